"""The options of ``schedule``."""

from __future__ import annotations

import argparse

from viz.locale.translator import Translator


def add_schedule(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options of ``schedule`` beside those of a program and a target."""
    command.add_argument(
        "--steps", metavar="FILE", help=_("the steps, one a line; those below the program if not")
    )
    command.add_argument("--at", type=int, metavar="STEP", help=_("print the loops after a step"))
    command.add_argument(
        "--verify", action="store_true", help=_("run the program after each step, and compare")
    )
    command.add_argument(
        "--size", action="append", metavar="NAME=N", help=_("with --verify: value of an extent")
    )
    command.add_argument(
        "--offer", action="store_true", help=_("print the default schedule of the target as steps")
    )
