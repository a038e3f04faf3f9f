"""Read the values of options that are no plain texts: stages, depths, places."""

from __future__ import annotations

import argparse
import re

from viz.locale.translator import Translator
from viz.model import StageName

NAMED_STAGES = ("input", "scheduled", "final")
"""The stages that are no passes."""


def stage_value(_: Translator, text: str) -> StageName:
    """Return the stage that an option names."""
    if text in NAMED_STAGES:
        return text  # type: ignore[return-value]
    if text.isdecimal():
        return int(text)
    stages = ", ".join(NAMED_STAGES)
    raise argparse.ArgumentTypeError(
        _("{text} is none of {stages}, nor a number", text=repr(text), stages=stages)
    )


def depth_value(_: Translator, text: str) -> int:
    """Return a number of levels."""
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(
        _("{text} is not a number of levels: 1 or more", text=repr(text))
    )


def place_value(_: Translator, text: str) -> tuple[int, int]:
    """Return line and column, both 1-based; column 0 for a whole line."""
    match = re.fullmatch(r"([1-9]\d*)(?::([1-9]\d*))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            _("{text} is no line, nor LINE:COL (both count from 1)", text=repr(text))
        )
    return int(match[1]), int(match[2] or 0)
