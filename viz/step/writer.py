"""Write a text from a Tree by rules, and note which node wrote which characters.

A rule gets a node and returns pieces: a string is written as it is, a node is written by its own
rule. That is all that a codegen is; what it writes is in its table of rules.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from viz.errors import RunError
from viz.messages import message_of
from viz.model import Mark, Node, Tree

ATOM = 20
"""How tightly a name, a call or a number binds: it never needs parentheses."""

NEWLINE = "\n"

NAMING = ("tirx.SeqStmt", "tirx.Bind", "tirx.AllocBuffer", "tirx.DeclBuffer")
"""The statements whose names last until the block around them ends."""


REASONS = {
    "no-python-packed": (
        *("tirx.isnullptr", "tirx.handle_add", "tirx.address_of", "tirx.tvm_struct"),
        *("tirx.tvm_stack", "tirx.tvm_call", "tirx.call_ffi", "tirx.tvm_throw", "tirx.anylist"),
    ),
    "no-python-machine": (
        *("tirx.call_extern", "tirx.call_pure_extern", "tirx.call_llvm", "tirx.ptx", "tirx.mma"),
        *("tirx.cuda.", "tirx.metal.", "tirx.nki.", "tirx.tvm_load_matrix", "tirx.tvm_mma"),
        *("tirx.tvm_store_matrix", "tirx.tvm_fill_fragment", "tirx.simdgroup"),
    ),
}
"""Ids of the messages that say why operators and node types, by the beginnings of their names, are
none that Python can be written for."""


class Part:
    """A node of a tree, with its children by the names of their fields: ``loop["body"]``."""

    __slots__ = ("node", "tree")

    def __init__(self, tree: Tree, node: Node) -> None:
        self.tree = tree
        self.node = node

    def __getitem__(self, field: str) -> Part:
        """Return the child of a field that always has one.

        Raises
        ------
        LookupError
            When it has none: a rule asks for what this type of node does not have.
        """
        for part in self.parts(field):
            return part
        there = ", ".join(child.field for child in self.node.children) or "none"
        raise LookupError(f"{self.node.title} has no child {field!r}; its children: {there}")

    def get(self, field: str) -> Part | None:
        """Return the child of a field, None where it has none."""
        return next(self.parts(field), None)

    def all(self, field: str) -> list[Part]:
        """Return the children in a field that holds an array."""
        return list(self.parts(f"{field}["))

    def one_or_all(self, field: str) -> list[Part]:
        """Return the children in a field that holds one, or an array."""
        return [*self.parts(field), *self.parts(f"{field}[")]

    def parts(self, field: str) -> Iterator[Part]:
        """Yield the children whose field is, or begins with ``field`` where that ends in ``[``."""
        for child in self.node.children:
            if child.field == field or (field[-1] == "[" and child.field.startswith(field)):
                yield Part(self.tree, self.tree.nodes[child.id])

    def below(self) -> Iterator[Part]:
        """Yield this node and all below it, in pre-order."""
        return (Part(self.tree, node) for node in self._below())

    def find(self, *keys: str) -> Iterator[Part]:
        """Yield those of some types among this node and all below it, in pre-order."""
        return (Part(self.tree, node) for node in self._below() if node.type_key in keys)

    def _below(self) -> tuple[Node, ...]:
        """Return the nodes, which in a tree with all its edges stand one after the other."""
        last = self.node
        while last.children:
            last = self.tree.nodes[last.children[-1].id]
        return self.tree.nodes[self.node.id : last.id + 1]

    def field(self, name: str) -> str:
        """Return the text of a field that holds no node, empty where there is none."""
        return self.node.fields.get(name, "")

    @property
    def key(self) -> str:
        """TVM's name of the node's type."""
        return self.node.type_key

    @property
    def dtype(self) -> str:
        """Type of the value of one lane, such as ``float32``."""
        return self.node.dtype.partition("x")[0]

    @property
    def lanes(self) -> int:
        """How many numbers the value has: 1, or those of a vector."""
        return int(self.node.dtype.partition("x")[2] or 1)

    @property
    def variable(self) -> int:
        """Id of the first node of a variable."""
        return self.node.id if self.node.variable is None else self.node.variable

    def type(self) -> Part:
        """Return the type of a buffer's variable."""
        first = Part(self.tree, self.tree.nodes[self.variable])
        known = first.node.type_node
        return first["ty"] if known is None else Part(self.tree, self.tree.nodes[known])

    def refused(self) -> RunError:
        """Return the error that says that no rule writes this node, and why there is none."""
        what = self.field("op") or self.key
        why = next((id_ for id_, names in REASONS.items() if what.startswith(names)), "no-python")
        return RunError(message_of(why, what=what), span=self.node.span)


class Operand(NamedTuple):
    """A node below an operator that binds at ``level``: one that binds less gets parentheses.

    A number that is ``typed`` is written with its type.
    """

    part: Part
    level: int = 0
    typed: bool = False


class Helper(NamedTuple):
    """A function of the runtime that the program calls."""

    name: str


class Block(NamedTuple):
    """Lines of their own, further to the right; names that begin in them end with them."""

    pieces: tuple[Piece, ...]


class Within(NamedTuple):
    """Pieces that are written while :attr:`RuleWriter.context` is another."""

    context: Context
    pieces: tuple[Piece, ...]


class Context(NamedTuple):
    """Where in a kernel the text is."""

    threads: tuple[tuple[str, int, str], ...] = ()
    """What is bound: tag (``threadIdx.x``), variable, and its name in the text; the outer first."""
    launch: tuple[tuple[str, Part], ...] = ()
    """The kernel's indices of threads and their extents, ``threadIdx.x`` last."""
    inside: bool = False
    """Whether this is what one thread of several does."""
    uniform: bool = True
    """Whether all threads of the block come here."""
    reducer: Part | None = None
    """How a reduction between threads combines two values."""
    has_threads: bool = False
    """Whether the function has GPU threads."""
    combined: frozenset[int] = frozenset()
    """The variables of buffers in which threads combine their values."""
    handed_out: frozenset[int] = frozenset()
    """The variables of buffers that are accessed outside of all threads of a block, too."""
    memory: Mapping[int, int] = MappingProxyType({})
    """Of buffers in the memory of others, by their variables: the variable of that memory."""
    has_barriers: bool | None = None
    """Whether the function has all its barriers; None where that is not known."""
    separate: bool = False
    """Whether threads are functions, also where they wait for nobody."""


Piece: TypeAlias = "str | Part | Operand | Helper | Block | Within"
Pieces: TypeAlias = tuple[Piece, ...]
Statement: TypeAlias = "Callable[[RuleWriter, Part], Pieces]"
"""A rule for statements: returns what they write."""
Expression: TypeAlias = "Callable[[RuleWriter, Operand], tuple[int, Pieces]]"
"""A rule for expressions: returns how tightly it binds, and what it writes."""


class RuleWriter:
    """Writes one text by tables of rules.

    Parameters
    ----------
    statements, expressions
        The rules by ``type_key``.
    operators
        The rules of calls by the name of the operator.
    reserved
        Names that no variable may have.
    """

    def __init__(
        self,
        statements: Mapping[str, Statement],
        expressions: Mapping[str, Expression],
        operators: Mapping[str, Expression],
        reserved: Iterable[str] = (),
    ) -> None:
        self._statements = statements
        self._expressions = expressions
        self.operators = operators
        self._chunks: list[str] = []
        self._length = 0
        self._indent = 0
        self._marks: list[Mark | None] = []
        self._names: dict[int, str] = {}
        self._functions: dict[str, str] = {}
        self._taken = [dict.fromkeys([*keyword.kwlist, *dir(builtins), *reserved], -1)]
        self.helpers: set[str] = set()
        self.context = Context()
        self.elsewhere: dict[int, str] = {}
        """Buffers that stand outside of their threads: the name of what has one for each thread,
        empty where all have one in common."""

    @property
    def text(self) -> str:
        """What has been written."""
        return "".join(self._chunks)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Which node wrote which characters, in the order in which the nodes were entered."""
        return tuple(mark for mark in self._marks if mark is not None)

    def write(self, *pieces: Piece) -> None:
        """Write pieces one after the other.

        Raises
        ------
        RunError
            When a node has no rule.
        """
        for piece in pieces:
            if isinstance(piece, str):
                self._write(piece.replace(NEWLINE, NEWLINE + "    " * self._indent))
            elif isinstance(piece, Helper):
                if piece.name not in self._taken[0]:  # a type that the runtime does not have
                    raise RunError(message_of("no-python", what=piece.name))
                self.helpers.add(piece.name)
                self._write(piece.name)
            elif isinstance(piece, Block):
                self._block(piece)
            elif isinstance(piece, Within):
                kept, self.context = self.context, piece.context
                self.write(*piece.pieces)
                self.context = kept
            else:
                self._visit(piece if isinstance(piece, Operand) else Operand(piece))

    def name(self, part: Part) -> str:
        """Return the name of a variable in the text: its own where that is free."""
        if not self.is_named(part):
            self._names[part.variable] = self.free(part.field("name"), part.variable)
        return self._names[part.variable]

    def function(self, name: str) -> str:
        """Return the name of a function in the text."""
        if name not in self._functions:
            self._functions[name] = self.free(name)
            self._taken[0][self._functions[name]] = -1
        return self._functions[name]

    def is_named(self, part: Part) -> bool:
        """Whether a variable has a name here."""
        name = self._names.get(part.variable, "")
        return any(names.get(name) == part.variable for names in self._taken)

    def free(self, wanted: str, variable: int = -1) -> str:
        """Return a name that nothing has here, and keep it for a variable until the block ends."""
        # Python reads names in this form: two that look alike are one.
        stem = re.sub(r"\W", "_", unicodedata.normalize("NFKC", wanted))
        stem = name = stem if stem.isidentifier() else f"v{stem}"
        number = 0
        while any(name in names for names in self._taken):
            number += 1
            name = f"{stem}_{number}"
        self._taken[-1][name] = variable
        return name

    def _visit(self, operand: Operand) -> None:
        part, level, _ = operand
        place, start, depth = len(self._marks), self._length, len(self._taken)
        self._marks.append(None)
        if part.key in self._statements:
            self._taken += [{}] if part.key not in NAMING else []
            self.write(*self._statements[part.key](self, part))
            self._taken = self._taken[:depth]
        elif part.key in self._expressions:
            own, pieces = self._expressions[part.key](self, operand)
            self.write(*(("(", *pieces, ")") if own < level else pieces))
        else:
            raise part.refused()
        if self._length > start:
            self._marks[place] = Mark(start, self._length, part.node.id)

    def _block(self, block: Block) -> None:
        self._taken.append({})
        self._indent += 1
        self.write(NEWLINE)
        start = self._length
        self.write(*block.pieces)
        if self._length == start:
            self._write("pass")
        self._indent -= 1
        self._taken.pop()

    def _write(self, text: str) -> None:
        self._chunks.append(text)
        self._length += len(text)


def joined(parts: Iterable[Piece], between: str = ", ") -> Pieces:
    """Return pieces with a text between each two."""
    pieces: list[Piece] = []
    for part in parts:
        pieces += [between, part] if pieces else [part]
    return tuple(pieces)
