"""Marks: which node wrote which characters of an emission."""
