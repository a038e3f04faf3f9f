"""Run the command line: ``python -m viz`` is the same as ``tirscope``."""

from viz.cli import run

run()
