"""Estimate how many objects a stage of a build has that no earlier stage had."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, NamedTuple

import tvm
from tvm import tirx

from viz.ir.reflection import classes
from viz.ir.walker import OfClass
from viz.model import catalog
from viz.passes.code_fields import CODE_IN, SHARED_CLASSES

LEAF_STATEMENTS = classes(catalog.codegen_calls().types.simple_statements)
"""Statements without others inside."""

IS_STATEMENT = OfClass(lambda cls: issubclass(cls, tirx.Stmt))
"""Whether a class is one of statements; ``isinstance`` takes longer."""

LARGE = 100_000
"""As many new objects a stage may always have."""

LARGE_PER_FINAL_NODE = 3
"""How many new objects for each final node make a stage a large one."""

MOST_PER_FINAL_NODE = 8
"""How many new objects a large stage may have for each final node to be looked into at all."""

UNCOUNTED = SHARED_CLASSES | {type(None)}
"""Classes of what an object of a sampled statement has that is not counted."""

SAMPLED = 13
"""Of so many statements one is counted to estimate the size of a stage: no power of two, since
unrolled loops repeat themselves."""


class Limits(NamedTuple):
    """How many new objects make a stage large, and how many it may have to be looked into."""

    large: int
    most: int


def limits(final: int) -> Limits:
    """Return the limits of a build by the number of its final nodes."""
    return Limits(max(LARGE, LARGE_PER_FINAL_NODE * final), max(LARGE, MOST_PER_FINAL_NODE * final))


def new_objects(module: tvm.IRModule, known: Container[int], most: int) -> int:
    """Return about how many objects a module has that are not known by their handles.

    Of the statements without others inside, one of some is counted. It stops at more than ``most``.
    """
    statements = 0
    sampled: set[int] = set()
    stack: list[Any] = [*module.functions.values()]
    while stack and len(sampled) * SAMPLED <= most:
        obj = stack.pop()
        if obj.__chandle__() in known:
            continue
        inside = [] if obj.__class__ in LEAF_STATEMENTS else _statements_in(obj)
        if inside or not IS_STATEMENT[obj.__class__]:
            stack += inside
            continue
        if statements % SAMPLED == 0:
            _sample(obj, known, sampled)
        statements += 1
    return len(sampled) * SAMPLED


def _statements_in(obj: Any) -> list[Any]:
    """Return the statements in the fields of an object; of most statements there are none."""
    return [each for each in CODE_IN[obj.__class__](obj) if IS_STATEMENT[each.__class__]]


def _sample(statement: Any, known: Container[int], sampled: set[int]) -> None:
    """Add the handles of the objects of a statement that are not known."""
    stack = [statement]
    while stack:
        obj = stack.pop()
        handle = obj.__chandle__()
        if handle not in known and handle not in sampled:
            sampled.add(handle)
            below = CODE_IN[obj.__class__](obj)
            stack += [each for each in below if each.__class__ not in UNCOUNTED]
