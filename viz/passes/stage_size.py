"""Estimate how many objects a stage of a build has that no earlier stage had."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import tvm
from tvm import tirx

from viz.ir.reflection import classes, elements
from viz.ir.walker import OfClass
from viz.model import catalog
from viz.passes.code_fields import FIELDS, SHARED_CLASSES

LEAF_STATEMENTS = classes(catalog.codegen_calls().types.simple_statements)
"""Statements without others inside."""

IS_STATEMENT = OfClass(lambda cls: issubclass(cls, tirx.Stmt))
"""Whether a class is one of statements; ``isinstance`` takes longer."""

LARGE = 100_000
"""As many new objects a stage may always have."""

MOST_PER_FINAL_NODE = 8
"""How many new objects a large stage may have for each final node."""

SAMPLED = 13
"""Of so many statements one is counted to estimate the size of a stage: no power of two, since
unrolled loops repeat themselves."""


def limit(final: int) -> int:
    """Return how many new objects a stage may have, by the number of final nodes."""
    return max(LARGE, MOST_PER_FINAL_NODE * final)


def has_more(module: tvm.IRModule, known: Container[int], most: int) -> bool:
    """Whether a module has more objects than that which are not known by their handles.

    It is an estimate: of the statements without others inside, one of some is counted.
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
    return len(sampled) * SAMPLED > most


def _statements_in(obj: Any) -> list[Any]:
    """Return the statements in the fields of an object; of most statements there are none."""
    found: list[Any] = []
    for name, many in FIELDS[obj.__class__]:
        value = getattr(obj, name)
        inside = elements(value) if many else (value,)
        found += [each for each in inside if IS_STATEMENT[each.__class__]]
    return found


def _sample(statement: Any, known: Container[int], sampled: set[int]) -> None:
    """Add the handles of the objects of a statement that are not known."""
    stack = [statement]
    while stack:
        obj = stack.pop()
        handle = obj.__chandle__()
        if handle in known or handle in sampled:
            continue
        sampled.add(handle)
        for name, many in FIELDS[obj.__class__]:
            value = getattr(obj, name)
            for child in elements(value) if many else (value,):
                if child is not None and child.__class__ not in SHARED_CLASSES:
                    stack.append(child)
