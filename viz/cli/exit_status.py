"""Define the exit statuses and the type of a command's function."""

from __future__ import annotations

import argparse
from collections.abc import Callable

GOOD = 0
"""The command did its work and every check passed."""
BAD = 1
"""The input is bad, or a check failed."""
USAGE = 2
"""The command line is wrong."""

Command = Callable[[argparse.Namespace, str], int]
"""Runs a command: takes the options and the text, writes to standard output, returns the status."""
