"""Find an access in a program's text, the loops around it, and how far apart it goes with each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from viz.errors import SourceError
from viz.frontend.mends.place import TextPlace, called, place_of
from viz.frontend.program import Program
from viz.frontend.syntax import Constant, dotted, evaluate, span_of
from viz.text import Span

SERIAL = ("range", "serial", "unroll")
"""The functions whose rounds go one after the other in a thread; ``grid`` has several."""


class TextLoop(NamedTuple):
    """A loop of the user's text over one variable, or one of the variables of ``T.grid``."""

    node: ast.For
    target: ast.Name
    extent_node: ast.expr
    """Its extent in the text."""
    extent: int
    thread: str = ""
    """The thread axis that it is bound to, such as ``threadIdx.x``; empty for a serial loop."""

    @property
    def variable(self) -> str:
        """The name of its variable."""
        return self.target.id

    @property
    def is_lanes(self) -> bool:
        """Whether its rounds are neighbouring lanes of a warp."""
        return self.thread == "threadIdx.x"

    @property
    def is_of_grid(self) -> bool:
        """Whether its ``for`` has other variables, too."""
        return isinstance(self.node.target, ast.Tuple)

    @property
    def call(self) -> ast.Call:
        """What makes its range: ``T.thread_binding(32, thread="threadIdx.x")``."""
        assert isinstance(self.node.iter, ast.Call)
        return self.node.iter


class TextAccess(NamedTuple):
    """An access to a buffer in the user's text."""

    place: TextPlace
    subscript: ast.Subscript
    buffer: str
    loops: tuple[TextLoop, ...]
    """The loops around it, outermost first; those of another form are left out."""
    values: Mapping[str, ast.expr]
    """What names around it stand for: the axes of blocks and variables."""
    known: Mapping[str, Constant]
    """The constants of the text."""

    @property
    def indices(self) -> list[ast.expr]:
        """The index in each dimension."""
        index = self.subscript.slice
        return index.elts if isinstance(index, ast.Tuple) else [index]

    def stride(self, variable: str) -> int | None:
        """Return by how many elements the access moves when a variable goes from 0 to 1.

        All other variables are 0; None where that cannot be computed.
        """
        shape = self.shape
        try:
            first, second = (self._flat({variable: value}, shape) for value in (0, 1))
        except (SourceError, ValueError):
            return None
        return second - first

    def _flat(self, variables: Mapping[str, int], shape: tuple[int, ...] | None) -> int:
        indices = [self._value(index, variables, 0) for index in self.indices]
        if shape is None or len(shape) != len(indices):
            if len(indices) > 1 and any(indices[:-1]):
                raise ValueError
            return indices[-1]
        flat = 0
        for extent, index in zip(shape, indices, strict=True):
            flat = flat * extent + index
        return flat

    def _value(self, node: ast.expr, variables: Mapping[str, int], depth: int) -> int:
        """Return an index where variables that are not given are 0.

        Raises
        ------
        SourceError, ValueError
            When it is none that can be computed.
        """
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if depth > 9:
            raise ValueError
        known: dict[str, Any] = {name: self.known.get(name, 0) for name in names}
        for name in names & self.values.keys():
            known[name] = self._value(self.values[name], variables, depth + 1)
        value = evaluate(node, known | dict(variables))
        if not isinstance(value, int):
            raise ValueError
        return value

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The extents that the buffer is declared with; None where they are not constant."""
        node = declared_shape(self.place, self.buffer)
        return None if node is None else constant_shape(node, self.known)


def access_of(program: Program, span: Span, buffer: str) -> TextAccess | None:
    """Return the access to a buffer at a place; None where the text has none of that name there."""
    place = place_of(program, span)
    if place is None or place.function is None:
        return None
    subscripts = [
        node
        for node in ast.walk(place.statement)
        if isinstance(node, ast.Subscript) and _name(node.value) == buffer
    ]
    if not subscripts:
        return None
    subscript = min(subscripts, key=lambda node: _distance(span_of(node, place.text), span))
    known: dict[str, Constant] = {}
    for definition in program.definitions:
        if definition.span.start <= span.start < definition.span.end:
            known.update(program.constants.get(definition.span.start, {}))
    loops = tuple(_loops(place, known))
    return TextAccess(place, subscript, buffer, loops, _values(place), known)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _distance(one: Span, other: Span) -> int:
    return abs(one.start - other.start) + abs(one.end - other.end)


def _loops(place: TextPlace, known: Mapping[str, Constant]) -> Iterator[TextLoop]:
    for node in place.around:
        yield from loops_of(node, known)


def loops_of(node: ast.stmt, known: Mapping[str, Constant]) -> list[TextLoop]:
    """Return the loops of a statement, each from 0 to a constant; none for anything else."""
    if not isinstance(node, ast.For) or not isinstance(node.iter, ast.Call):
        return []
    call = node.iter
    targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
    if len(call.args) != len(targets):
        return []
    thread = ""
    if called(call, "thread_binding"):
        tags = [k.value for k in call.keywords if k.arg == "thread"]
        thread = str(getattr(tags[0], "value", "")) if len(call.keywords) == 1 and tags else ""
        if not thread:
            return []
    elif dotted(call).rpartition(".")[2] not in (*SERIAL, "grid") or call.keywords:
        return []
    found = []
    for target, argument in zip(targets, call.args, strict=True):
        extent = constant(argument, known)
        if extent is None or not isinstance(target, ast.Name):
            return []
        found.append(TextLoop(node, target, argument, extent, thread))
    return found


def constant(node: ast.expr, known: Mapping[str, Constant]) -> int | None:
    """Return the value of a whole number; None for anything else."""
    try:
        value = evaluate(node, known)
    except SourceError:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def constant_shape(node: ast.expr, known: Mapping[str, Constant]) -> tuple[int, ...] | None:
    """Return the extents that a shape has; None where they are not constant."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    extents = [constant(part, known) for part in parts]
    whole = [extent for extent in extents if extent is not None]
    return tuple(whole) if len(whole) == len(extents) else None


def declared_shape(place: TextPlace, buffer: str) -> ast.expr | None:
    """Return the shape that a function declares a buffer with."""
    call = declaration(place, buffer)
    if isinstance(call, ast.Call):
        first = 1 if called(call, "match_buffer") else 0
        return call.args[first] if len(call.args) > first else None
    return None


def declaration(place: TextPlace, buffer: str) -> ast.expr | None:
    """Return what declares a buffer: a call, or a parameter's annotation."""
    function = place.function
    if function is None:
        return None
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            if _name(node.targets[0]) == buffer and isinstance(node.value, ast.Call):
                return node.value
        elif isinstance(node, ast.arg) and node.arg == buffer and node.annotation is not None:
            return node.annotation
    return None


def _values(place: TextPlace) -> dict[str, ast.expr]:
    """Return what the names that are given around a place stand for."""
    found: dict[str, ast.expr] = {}
    for node in place.around:
        for statement in getattr(node, "body", ()):
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                found.update(_axes(statement.targets[0], statement.value))
    return found


def _axes(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    call = value if isinstance(value, ast.Call) else None
    method = dotted(call).rpartition(".")[2] if call is not None else ""
    if call is not None and method in ("spatial", "reduce") and len(call.args) == 2:
        if isinstance(target, ast.Name):
            yield target.id, call.args[1]
    elif call is not None and method == "remap" and len(call.args) == 2:
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        values = call.args[1].elts if isinstance(call.args[1], ast.List) else []
        for name, bound in zip(targets, values, strict=False):
            yield ast.unparse(name), bound
    elif isinstance(target, ast.Name) and isinstance(value, ast.BinOp | ast.Name):
        yield target.id, value
