"""Older spellings of TVMScript, brought up to date."""
