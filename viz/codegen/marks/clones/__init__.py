"""Marks for clones of statements, copied from one of them that was marked."""
