"""The user's text, as read."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem, Scalar
from viz.model.stages import Pass
from viz.text import Span


class Edit(Plain, frozen=True):
    """One older spelling brought up to date; ``span`` is where it stands in the user's text."""

    rule: str
    span: Span
    old: str
    new: str
    note: str


class LeftOut(Plain, frozen=True):
    """A statement of the pasted file that is not TVMScript and was not used."""

    span: Span
    what: str
    hint: str = ""


class Argument(Plain, frozen=True):
    """An argument of a factory (``def make(N): @T.prim_func …``) that the user fills in."""

    name: str
    default: Scalar | None = None
    annotation: str = ""


class Definition(Plain, frozen=True):
    """A PrimFunc, a module class, or a factory of one, found in the user's text."""

    name: str
    kind: Literal["function", "module", "factory"]
    span: Span
    arguments: tuple[Argument, ...] = ()


class Parameter(Plain, frozen=True):
    """A parameter of a PrimFunc: a buffer when it has a shape, else a scalar."""

    name: str
    dtype: str
    shape: tuple[str, ...] | None = None
    written: bool = False
    symbols: tuple[str, ...] = ()
    """Names of the variables in its shape; they get a size when the program runs."""


class Function(Plain, frozen=True):
    """A PrimFunc of the parsed module."""

    name: str
    parameters: tuple[Parameter, ...]
    span: Span | None = None
    bound: bool = False
    """Whether its loops are bound to GPU threads already."""


class Overview(Plain, frozen=True):
    """What the text holds, and what had to be done to read it."""

    definitions: tuple[Definition, ...] = ()
    definition: str = ""
    functions: tuple[Function, ...] = ()
    edits: tuple[Edit, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()
    passes: tuple[Pass, ...] = ()
    """The passes of the request's target, when they were asked for."""
