"""Exit statuses, and what a command is."""

from __future__ import annotations

import argparse
from collections.abc import Callable

GOOD, BAD, USAGE = 0, 1, 2
"""It worked; the input is bad or a check failed; the command line is wrong."""

Command = Callable[[argparse.Namespace, str], int]
"""Takes the options and the text, writes to standard output, returns an exit status."""
