"""Hold the functions of a CUDA text as typed trees: what warps run is known before it is written.

Places are 0-based offsets into the text, lines 1-based.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

VariableKind = Literal["value", "array", "fragment", "shared", "dynamic", "parameter", "builtin"]


@dataclass(eq=False)
class CudaVariable:
    """A declared name.

    Attributes
    ----------
    name
        As in the text.
    kind
        ``value`` and ``array`` are a thread's own, ``fragment`` is a tile, or an array of tiles, of
        a warp, ``shared`` and ``dynamic`` are arrays of a block, ``builtin`` is one such as
        ``threadIdx``.
    type
        The type of the value, of an element, or of what a pointer points to.
    extent
        The elements of an array, as text; of fragments too, empty for a single one.
    pointer
        Whether the value is a pointer.
    initial
        What a value is declared with.
    varies
        Whether it differs from lane to lane.
    level, assigned
        The mask that it is declared under, and those under which it is assigned.
    exposed
        Whether its address is taken other than to read or write it at once.
    """

    name: str
    kind: VariableKind
    type: str
    extent: str = ""
    pointer: bool = False
    initial: Expression | None = None
    varies: bool = False
    level: int = 0
    assigned: set[int] = field(default_factory=set)
    exposed: bool = False


class Expression(NamedTuple):
    """An expression.

    Attributes
    ----------
    kind
        ``name``, ``literal``, ``unary``, ``binary``, ``conditional``, ``cast``, ``pointer-cast``,
        ``index``, ``deref``, ``address``, ``field``, ``arrow`` or ``call``.
    text
        Its own part of the text: a literal, an operator, a type, a member's or function's name.
    parts
        Its operands.
    variable
        What a name stands for; None for a name that the text does not declare.
    place, end
        Where it begins and ends in the text, without parentheses around it.
    """

    kind: str
    text: str
    parts: tuple[Expression, ...] = ()
    variable: CudaVariable | None = None
    place: int = 0
    end: int = 0


class Declare(NamedTuple):
    """The declaration of a variable; ``variable.initial`` is its value."""

    variable: CudaVariable
    line: int


class Assign(NamedTuple):
    """``target = value``."""

    target: Expression
    value: Expression
    line: int


class Evaluate(NamedTuple):
    """An expression whose value is not used."""

    value: Expression
    line: int


class If(NamedTuple):
    """A branch."""

    condition: Expression
    then: CudaBlock
    other: CudaBlock | None
    line: int


class Loop(NamedTuple):
    """``for`` and ``while``: any part may be missing."""

    first: Declare | Assign | None
    condition: Expression | None
    update: Assign | None
    body: CudaBlock
    line: int


class Leave(NamedTuple):
    """``break``, ``continue`` or ``return``."""

    what: str
    value: Expression | None
    line: int


class CudaBlock(NamedTuple):
    """Statements in braces."""

    statements: tuple[Statement, ...]
    line: int


Statement = Declare | Assign | Evaluate | If | Loop | Leave | CudaBlock


class FunctionTree(NamedTuple):
    """A function of the text.

    Attributes
    ----------
    last_line
        The line of its closing brace.
    types
        The types that it is a template of.
    """

    name: str
    parameters: tuple[CudaVariable, ...]
    body: CudaBlock
    first_line: int
    last_line: int
    types: tuple[str, ...] = ()


def statements(root: Statement) -> Iterator[Statement]:
    """Yield a statement and all that it contains, in the order of the text."""
    yield root
    match root:
        case If():
            inner: tuple[Statement | None, ...] = (root.then, root.other)
        case Loop():
            inner = (root.first, root.body, root.update)
        case CudaBlock():
            inner = root.statements
        case _:
            inner = ()
    for statement in inner:
        if statement is not None:
            yield from statements(statement)


def own_expressions(statement: Statement) -> tuple[Expression, ...]:
    """Return the expressions of a statement, without those of the statements in it."""
    match statement:
        case Declare():
            parts: tuple[Expression | None, ...] = (statement.variable.initial,)
        case Assign():
            parts = (statement.target, statement.value)
        case Evaluate() | Leave():
            parts = (statement.value,)
        case If() | Loop():
            parts = (statement.condition,)
        case _:
            parts = ()
    return tuple(part for part in parts if part is not None)


def expressions(root: Expression) -> Iterator[Expression]:
    """Yield an expression and all that it contains."""
    yield root
    for part in root.parts:
        yield from expressions(part)


def named(expression: Expression) -> CudaVariable | None:
    """Return the variable that an expression names."""
    return expression.variable if expression.kind == "name" else None
