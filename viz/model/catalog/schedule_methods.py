"""The methods of TVM's Schedule that a step may call: older names, examples, explanations."""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from viz.messages import Words
from viz.model.catalog import PassRow, all_passes

PREFIX = "schedule."
"""What the name of a step of a schedule begins with, among the names of passes."""


class ScheduleMethod(msgspec.Struct, frozen=True):
    """A method, with a sentence or two for learners about what it does to the tree."""

    kind: Literal["find", "change"]
    """Whether it only gives a handle on a loop or a block, or changes the program."""
    example: str
    short: Words
    """A word of it, for the rail."""
    en: str
    zh: str
    was: tuple[str, ...] = ()
    """Its older names."""


NodeKind = Literal["loop", "block", "buffer"]
"""What a schedule can do something with."""


class ScheduleTry(msgspec.Struct, frozen=True):
    """A step that is tried for a node, with places for what is known there."""

    on: tuple[NodeKind, ...]
    step: str

    @property
    def method(self) -> str:
        """The method that the step calls."""
        return self.step.partition("sch.")[2].partition("(")[0]

    @property
    def places(self) -> tuple[str, ...]:
        """The names of its places, each once."""
        return tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", self.step)))


@cache
def tries() -> tuple[ScheduleTry, ...]:
    """Return what is tried for a loop, a block or a buffer, in the order of the answer."""
    text = files(__package__).joinpath("schedule_tries.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert(tomllib.loads(text)["try"], type=list[ScheduleTry]))


@cache
def methods() -> dict[str, ScheduleMethod]:
    """Return the methods by their names today."""
    text = files(__package__).joinpath("schedule_methods.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["method"], type=dict[str, ScheduleMethod])


@cache
def _older() -> dict[str, str]:
    return {older: name for name, row in methods().items() for older in row.was}


def todays(name: str) -> str:
    """Return today's name of a method, given that or an older one."""
    return _older().get(name, name)


def row_of(name: str) -> ScheduleMethod | None:
    """Return the row of a method by its name today or an older one; None if there is none."""
    return methods().get(todays(name))


@cache
def _rows() -> dict[str, PassRow]:
    return {
        PREFIX + name: PassRow(title=name, short=row.short, en=row.en, zh=row.zh)
        for name, row in methods().items()
    }


def steps_of_builds() -> dict[str, PassRow]:
    """Return the rows of the passes of both generations, and of the steps of users' schedules."""
    return {**all_passes(), **_rows()}


def like(name: str) -> tuple[str, ...]:
    """Return the names of methods that look like a misspelt one."""
    return tuple(difflib.get_close_matches(name, [*methods(), *_older()], 3))
