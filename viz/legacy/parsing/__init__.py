"""Bring a text to the spelling of 2024, note places while it is parsed, and explain errors."""
