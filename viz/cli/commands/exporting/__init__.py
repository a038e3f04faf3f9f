"""Define the command ``export``."""
