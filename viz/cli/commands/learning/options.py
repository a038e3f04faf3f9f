"""Define the options of ``quiz``."""

from __future__ import annotations

import argparse
from functools import partial

from viz.learn.quiz.making import MOST, USUAL
from viz.locale.translator import Translator


def add_quiz(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options of ``quiz`` beside those of a program and a target."""
    command.add_argument(
        "--seed",
        type=partial(_number, _, 0, 1 << 53),
        default=0,
        help=_("chooses the questions: the same ones for the same text"),
    )
    command.add_argument(
        "--questions",
        type=partial(_number, _, 1, MOST),
        default=USUAL,
        metavar="N",
        help=_("how many, at most {most}", most=MOST),
    )
    command.add_argument(
        "--answers", action="store_true", help=_("print the answers too, and ask nothing")
    )


def _number(_: Translator, least: int, most: int, text: str) -> int:
    if text.isdecimal() and least <= int(text) <= most:
        return int(text)
    words = _("{text} is no number from {least} to {most}", text=repr(text), least=least, most=most)
    raise argparse.ArgumentTypeError(words)
