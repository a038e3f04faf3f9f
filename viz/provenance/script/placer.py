"""Place the nodes of a stage in its print as TVMScript.

The places come from the printer of TVM: those of all statements from one print, those of
expressions from the outside inwards, many nodes in each print. No two nodes of one print share an
innermost placed ancestor, so the innermost placed node around an underline tells which of them
wrote it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from viz.model import Mark, Node, Verified
from viz.provenance.script.layout import Script
from viz.provenance.script.prints import Underlined
from viz.text import Span

MOST_SECONDS = 1.5
"""The time that underlining may take, estimated as below: with a clock answers would vary."""

SECONDS_A_CHARACTER = 2.5e-7
SECONDS_A_PAIR = 4.5e-8
"""The time of a print: for each character, and for each requested node times each printed node.

Measured with TVM 0.27 on texts of 1 to 37 KB.
"""


class ScriptTypes(NamedTuple):
    """What a generation of TVM calls the node types that are printed in ways of their own.

    Attributes
    ----------
    sequence, attribute, integer
        The ``type_key`` of SeqStmt, of AttrStmt, and of IntImm.
    transparent
        Types without characters of their own: what is below them is looked for in their place.
    uncommented
        Statements that may be printed as no statement of their own: TVM warns on stderr of comments
        on them.
    defined
        The fields that lead to the variables a node introduces; the printer gives them no path.
    tells_unprinted
        Whether the printer says of which nodes it has underlined an ancestor in their place.
    """

    sequence: str
    attribute: str
    integer: str
    transparent: frozenset[str]
    uncommented: frozenset[str]
    defined: Mapping[str, tuple[str, ...]]
    tells_unprinted: bool = True


class ScriptPrinter(NamedTuple):
    """How a root is printed once more.

    Attributes
    ----------
    paths
        The printer's path of each node; None for those that have none.
    first_lines
        Returns the 1-based first line of each statement that the printer annotates, of some paths
        by id.
    underlined
        Returns the characters that the nodes of some paths wrote, together.
    """

    paths: Sequence[Any | None]
    first_lines: Callable[[Mapping[int, Any]], dict[int, int]]
    underlined: Callable[[Sequence[Any]], Underlined]


class NodePlacer:
    """Finds the places of a root's nodes in its text.

    Raises
    ------
    PrintError
        When a print differs from the text by more than comments or carets.
    SyntaxError
        When the text is not Python.
    """

    def __init__(
        self, text: str, nodes: Sequence[Node], printer: ScriptPrinter, types: ScriptTypes
    ) -> None:
        self.text = text
        self.script = Script(text)
        self.nodes = nodes
        self.printer = printer
        self.paths = printer.paths
        self.types = types
        self.places: dict[int, list[Span]] = {}
        # For each character the innermost placed node.
        self.inner = [0] * len(text)
        self.seconds = 0.0

    def marks(self) -> tuple[tuple[Mark, ...], Verified]:
        """Return the marks, outer ones first, and how completely they were verified."""
        self._place_statements()
        complete = self._place_expressions()
        self._close_statements()
        self._place_definitions()
        everything = sorted(
            (span.start, -span.end, node) for node, spans in self.places.items() for span in spans
        )
        nested = tuple(_nested(Mark(start, -end, node) for start, end, node in everything))
        whole = complete and len(nested) == len(everything)
        return nested, "expressions" if whole else "partly"

    # ------------------------------------------------------------ statements and functions

    def _place_statements(self) -> None:
        """Place functions, and statements that are printed as statements."""
        requested = {node.id: path for node in self.nodes if (path := self._comment_path(node))}
        lines = self.printer.first_lines(requested)
        for node in self.nodes:
            if node.id in lines:
                self._place_statement(node.id, lines[node.id])
            elif node.kind in ("module", "func"):
                self._place_by_underline(node)
            elif node.type_key == self.types.attribute and self.types.tells_unprinted:
                self._place_by_underline(node)

    def _place_by_underline(self, node: Node) -> None:
        """Place a node by the line of its underline, or of its value's.

        An AttrStmt that is printed without ``with`` has no path, but its value has one.
        """
        values = [child.id for child in node.children if child.field == "value"]
        for number in (node.id, *values):
            if self.paths[number] and (spans := self._underlined([number]).spans):
                self._place_statement(node.id, self.script.line(spans[0].start))
                return

    def _comment_path(self, node: Node) -> Any | None:
        takes = node.kind == "stmt" and node.type_key not in self.types.uncommented
        return self.paths[node.id] if takes else None

    def _place_statement(self, number: int, line: int) -> None:
        if (span := self.script.statement(line)) is not None:
            self._place(number, [span])

    def _place(self, number: int, spans: list[Span]) -> None:
        self.places[number] = spans
        for span in spans:
            self.inner[span.start : span.end] = [number] * (span.end - span.start)

    # ------------------------------------------------------------ expressions

    def _place_expressions(self) -> bool:
        """Underline until all nodes are placed (True) or the time is used up (False)."""
        pending: dict[int, deque[int]] = {0: deque()}
        for number, spans in ({0: [Span(0, 0)]} | self.places).items():
            # Statements that share their characters, as a block and its realize do, share the queue
            # of the innermost.
            innermost = self.inner[spans[0].start]
            pending.setdefault(innermost, deque()).extend(self._unplaced(number))
        while chosen := {outer: queue.popleft() for outer, queue in pending.items() if queue}:
            if self.seconds > MOST_SECONDS:
                return False
            exact, spans = self._underlined(list(chosen.values()))
            pieces = self._by_inner(spans)
            for (outer, number), is_exact in zip(chosen.items(), exact, strict=True):
                underlines = pieces.get(outer, []) if is_exact else []
                if not self.types.tells_unprinted and self._is_all_of(outer, underlines):
                    underlines = self._alone(outer, number)
                if underlines and self._fit(self.nodes[number], underlines):
                    self._place(number, underlines)
                    pending[number] = self._unplaced(number)
                else:
                    pending[outer].extend(self._unplaced(number))
        return True

    def _underlined(self, numbers: list[int]) -> Underlined:
        # Printed twice where the first print tells which of the nodes have a place.
        prints = 2 if self.types.tells_unprinted else 1
        self.seconds += prints * SECONDS_A_CHARACTER * len(self.text)
        self.seconds += prints * SECONDS_A_PAIR * len(self.nodes) * len(numbers)
        paths = [path for number in numbers if (path := self.paths[number]) is not None]
        return self.printer.underlined(paths)

    def _unplaced(self, number: int) -> deque[int]:
        """Return the unplaced nodes right below a node, or below one without text of its own."""
        unplaced: deque[int] = deque()
        stack = [child.id for child in reversed(self.nodes[number].children)]
        while stack:
            descendant = stack.pop()
            if self.nodes[descendant].type_key in self.types.transparent:
                stack += [child.id for child in reversed(self.nodes[descendant].children)]
            elif descendant not in self.places and self.paths[descendant] is not None:
                unplaced.append(descendant)
        return unplaced

    def _by_inner(self, spans: list[Span]) -> dict[int, list[Span]]:
        """Cut underlines where the innermost placed node changes, and return them by that node."""
        by_node: dict[int, list[Span]] = {}
        for span in spans:
            for node, group in groupby(range(span.start, span.end), self.inner.__getitem__):
                offsets = list(group)
                by_node.setdefault(node, []).append(Span(offsets[0], offsets[-1] + 1))
        return by_node

    def _is_all_of(self, outer: int, spans: list[Span]) -> bool:
        """Whether spans go from the first to the last character that is a placed node's own."""
        if not spans:
            return False
        if any(self._own(outer, 0, spans[0].start)):
            return False
        return not any(self._own(outer, spans[-1].end, len(self.text)))

    def _own(self, outer: int, start: int, end: int) -> Iterator[int]:
        """Yield the offsets in a range that are a node's own and may be underlined."""
        at = start
        while outer in self.inner[at:end]:
            at = self.inner.index(outer, at, end) + 1
            if at - 1 in self._written:
                yield at

    @cached_property
    def _written(self) -> frozenset[int]:
        """The offsets of characters that may be underlined: neither blank nor in a comment."""
        return frozenset(
            match.start() + i
            for match in re.finditer(r"[^\n]+", self.text)
            if not match[0].lstrip().startswith("#")
            for i, character in enumerate(match[0])
            if not character.isspace()
        )

    def _alone(self, outer: int, number: int) -> list[Span]:
        """Return what a node underlines by itself; nothing where that is an ancestor's.

        In a print with others the ancestor of one of those may cover it.
        """
        spans = self._by_inner(self._underlined([number]).spans).get(outer, [])
        return [] if self._is_all_of(outer, spans) else spans

    def _fit(self, node: Node, spans: list[Span]) -> bool:
        """Whether a node can have written this: TVM underlines a slice's end for its extent."""
        if node.type_key != self.types.integer:
            return True
        written = [self.script.lines.slice(span) for span in spans]
        return all(text in (node.label, f"T.{node.dtype}({node.label})") for text in written)

    # ------------------------------------------------------------ nodes without a path

    def _close_statements(self) -> None:
        """Place statements that share a line or have none, and extend all to their bodies' ends.

        An AttrStmt that is printed without ``with`` extends to the end of its body; a loop inside
        ``T.grid`` has the place of the outermost.
        """
        for node in reversed(self.nodes):
            if node.kind != "stmt":
                continue
            below = [span for inner in self._statements_below(node) for span in self.places[inner]]
            own = self.places.get(node.id, [])
            if not own and node.type_key == self.types.sequence and below:
                own = [Span(min(span.start for span in below), 0)]
            if not own and (span := self._statement_of_an_expression(node)):
                own = [span]
            if own:
                end = max(span.end for span in (*own, *below))
                self.places[node.id] = [Span(own[0].start, end)]

    def _statements_below(self, node: Node) -> Iterator[int]:
        """Yield the nearest placed statements below a node."""
        stack = [child.id for child in node.children]
        while stack:
            number = stack.pop()
            if self.nodes[number].kind == "stmt" and number in self.places:
                yield number
            else:
                stack += [child.id for child in self.nodes[number].children]

    def _statement_of_an_expression(self, node: Node) -> Span | None:
        """Return the statement on the line of the node's first placed child expression."""
        for child in node.children:
            if self.nodes[child.id].kind == "expr" and child.id in self.places:
                return self.script.statement(self.script.line(self.places[child.id][0].start))
        return None

    def _place_definitions(self) -> None:
        """Place variables at their definitions, where a line has as many names as variables."""
        introduced: dict[int, list[int]] = {}
        for node in self.nodes:
            if node.id in self.places and node.type_key in self.types.defined:
                line = self.script.line(self.places[node.id][0].start)
                variables = self._at(node, self.types.defined[node.type_key])
                introduced.setdefault(line, []).extend(variables)
        for line, numbers in introduced.items():
            names = self.script.names(line)
            if len(names) == len(numbers):
                self.places |= {
                    number: [name]
                    for number, name in zip(numbers, names, strict=True)
                    if number not in self.places
                }

    def _at(self, node: Node, fields: Iterable[str]) -> list[int]:
        """Return the nodes that a chain of fields leads to."""
        nodes = [node]
        for field in fields:
            nodes = [
                self.nodes[child.id]
                for parent in nodes
                for child in parent.children
                if child.field.partition("[")[0] == field
            ]
        return [node.id for node in nodes]


def _nested(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Yield the marks that cross no earlier one."""
    ends: list[int] = []
    for mark in marks:
        while ends and ends[-1] <= mark.start:
            ends.pop()
        if not ends or mark.end <= ends[-1]:
            ends.append(mark.end)
            yield mark
