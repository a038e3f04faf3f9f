"""Frames of what a run needs before it, and of a run in the browser."""
