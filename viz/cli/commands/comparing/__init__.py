"""``compare``: two programs, targets, schedules or generations of TVM side by side."""
