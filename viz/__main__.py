"""Run the command line: ``python -m viz``."""

from viz.cli import run

run()
