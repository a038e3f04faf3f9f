"""Marks for copies of unrolled statements, found once and laid over each copy."""
