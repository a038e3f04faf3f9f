"""Define the options of ``compare``."""

from __future__ import annotations

import argparse

from viz.locale.translator import Translator
from viz.model import LEGACY, PYTHON, catalog

SIDES = ("a", "b")
"""What the options of one side end with."""


def add_compare(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the files, the options of each side, and what is compared beside the texts."""
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = _(
        "Exit status, as of diff: 0 where the programs and what is written, computed and counted"
        " are the same,\n1 where something differs (comments and blanks of the files count for"
        " nothing), 2 on trouble."
    )
    command.add_argument(
        "file", help=_("a Python file, a notebook or an .onnx file; - reads standard input")
    )
    command.add_argument(
        "other", nargs="?", default="", help=_("the second one; the first again if left out")
    )
    usable = [name for name, row in catalog.targets().items() if row.has_pipeline]
    command.add_argument(
        "--targets",
        nargs="+",
        metavar="TARGET",
        default=["c"],
        help=_(
            "{targets}; of one file two targets are compared with each other",
            targets=", ".join((*usable, PYTHON)),
        ),
    )
    for side in SIDES:
        _side(command, side, _)
    command.add_argument(
        "--run",
        action="store_true",
        help=_("run both on the same inputs, and compare what they compute"),
    )
    command.add_argument(
        "--cost",
        action="store_true",
        help=_("also count what the accesses of emulated CUDA kernels cost"),
    )
    command.add_argument(
        "--device", default="", help=_("where both run; one for each target if left out")
    )
    command.add_argument("--seed", type=int, default=0, help=_("of the random inputs"))
    command.add_argument(
        "--size", action="append", metavar="n=64", help=_("value of a symbolic extent")
    )
    for name in ("rtol", "atol"):
        command.add_argument(
            f"--{name}", type=float, metavar="1e-3", help=_("the tolerance in place of our own")
        )
    command.add_argument(
        "-q", "--brief", action="store_true", help=_("print the summary alone, without texts")
    )
    command.add_argument("--json", action="store_true", help=_("print the data"))


def _side(command: argparse.ArgumentParser, side: str, _: Translator) -> None:
    name = {"side": side.upper()}
    command.add_argument(
        f"--definition-{side}", default="", metavar="NAME", help=_("of {side}: which one", **name)
    )
    command.add_argument(
        f"--target-{side}", default="", metavar="TARGET", help=_("of {side}: its target", **name)
    )
    command.add_argument(
        f"--engine-{side}",
        choices=[LEGACY],
        default="",
        help=_("of {side}: which TVM, 2024 for one of that year", **name),
    )
    command.add_argument(
        f"--arch-{side}", default="", metavar="ARCH", help=_("of {side}: such as sm_90", **name)
    )
    command.add_argument(
        f"--arg-{side}",
        action="append",
        metavar="N=8",
        help=_("of {side}: an argument of a factory", **name),
    )
    command.add_argument(
        f"--steps-{side}",
        metavar="FILE",
        default="",
        help=_("of {side}: the steps of its schedule", **name),
    )
    command.add_argument(
        f"--no-schedule-{side}",
        action="store_true",
        help=_("of {side}: without the schedule in its text", **name),
    )
