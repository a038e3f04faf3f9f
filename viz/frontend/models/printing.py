"""Say how Relax texts that TIRscope writes differ from what TVM prints of the same module."""

MOST_COLUMNS = 100
"""Characters of a line, beyond which arguments or parameters stand on lines of their own."""

NOT_FINITE = {"inf": "1e999", "-inf": "-1e999", "nan": "1e999 - 1e999", "-nan": "1e999 - 1e999"}
"""What TVM's parser takes for numbers that TVM prints as words: Python's 1e999 is infinite."""
