"""The options of ``schedule``."""

from __future__ import annotations

import argparse

from viz.locale.translator import Translator


def add_schedule(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options of ``schedule`` beside those of a program and a target."""
    command.add_argument(
        "--steps", metavar="FILE", help=_("the steps, one a line; those below the program if not")
    )
    command.add_argument(
        "--at", type=int, metavar="STEP", help=_("the step to look at; the last one if left out")
    )
    command.add_argument(
        "--show",
        choices=("script", "tree", "diff"),
        help=_("print the program after this step, its tree, or what the step changed"),
    )
    command.add_argument(
        "--verify", action="store_true", help=_("run the program after each step, and compare")
    )
    command.add_argument(
        "--size",
        action="append",
        metavar="NAME=N",
        help=_("with --verify, --search and --cost: value of an extent"),
    )
    command.add_argument(
        "--device",
        choices=("llvm", "cuda-emulated"),
        default="llvm",
        help=_("with --verify: cuda-emulated also looks for races once threads are bound"),
    )
    command.add_argument(
        "--what",
        metavar="NAME|NODE",
        help=_("print what a step can do with a loop, a block or a buffer"),
    )
    command.add_argument(
        "--search", type=int, metavar="N", help=_("measure N other schedules, and print the best")
    )
    command.add_argument(
        "--by",
        choices=("time", "cost"),
        help=_("with --search: time of a call through LLVM, or cost of accesses on the emulator"),
    )
    command.add_argument(
        "--tune", action="store_true", help=_("with --search by time: go on from the fastest ones")
    )
    command.add_argument(
        "--seed", type=int, metavar="N", help=_("with --search: seed of what is drawn")
    )
    command.add_argument(
        "--cost",
        action="store_true",
        help=_("print what the accesses of its kernels cost after each step, and which made it so"),
    )
    command.add_argument(
        "--offer", action="store_true", help=_("print the default schedule of the target as steps")
    )
