"""Print a stage as TVMScript, with marks for the characters that each node wrote.

The places come from the printer (:mod:`viz.ir.script_printer`): those of all statements from one
print, those of expressions from the outside inwards, many nodes in each print. No two nodes of one
print share an innermost placed ancestor, so the innermost placed node around an underline tells
which of them wrote it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tvm_ffi.access_path import AccessPath

from viz.ir import script_printer
from viz.ir.script_layout import Script
from viz.ir.walker import walk_objects
from viz.model import Mark, Node, StageName, StageText, Verified
from viz.text import Span

MOST_SECONDS = 1.5
"""The time that underlining may take, estimated as below: with a clock answers would vary."""

SECONDS_A_CHARACTER = 2.5e-7
SECONDS_A_PAIR = 4.5e-8
"""The time of a print: for each character, and for each requested node times each printed node.

Measured with TVM 0.27 on texts of 1 to 37 KB.
"""

UNCOMMENTED = {"tirx.SeqStmt", "tirx.AttrStmt"}
"""Nodes that may be printed without a statement; TVM warns on stderr of comments on them."""

DEFINED = {
    "tirx.PrimFunc": ("params",),
    "tirx.For": ("loop_var",),
    "tirx.Bind": ("var",),
    "tirx.AllocBuffer": ("buffer",),
    "tirx.DeclBuffer": ("buffer",),
    "tirx.AttrStmt": ("node", "var"),
    "s_tir.SBlock": ("iter_vars", "var"),
}
"""The fields that lead to the variables a node introduces; the printer gives them no path."""


def stage_text(root: Any, stage: StageName, target: str) -> StageText:
    """Print a module or a function with the marks of its nodes.

    Parameters
    ----------
    root
        An IRModule or a PrimFunc; the marks name nodes of its Tree (:func:`viz.ir.walker.walk`).
    stage, target
        Copied to the answer.
    """
    text = str(root.script())
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"
    try:
        marks, verified = _NodePlacer(root, text).marks()
    except (script_printer.PrintError, SyntaxError):
        pass  # the text stands, unmarked
    return StageText(stage=stage, target=target, text=text, marks=marks, verified=verified)


class _NodePlacer:
    """Finds the places of a root's nodes in its text."""

    def __init__(self, root: Any, text: str) -> None:
        self.root = root
        self.text = text
        self.script = Script(text)
        self.nodes = [node for node, _ in walk_objects(root)]
        self.paths = script_printer.paths(root, self.nodes)
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
        lines = script_printer.first_lines(self.root, self.text, requested)
        for node in self.nodes:
            if node.id in lines:
                self._place_statement(node.id, lines[node.id])
            elif node.kind in ("module", "func") or node.type_key == "tirx.AttrStmt":
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

    def _comment_path(self, node: Node) -> AccessPath | None:
        takes = node.kind == "stmt" and node.type_key not in UNCOMMENTED
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
                if underlines and self._fit(self.nodes[number], underlines):
                    self._place(number, underlines)
                    pending[number] = self._unplaced(number)
                else:
                    pending[outer].extend(self._unplaced(number))
        return True

    def _underlined(self, numbers: list[int]) -> script_printer.Underlined:
        # Printed twice: the first print shows which of the nodes have a place.
        self.seconds += 2 * SECONDS_A_CHARACTER * len(self.text)
        self.seconds += 2 * SECONDS_A_PAIR * len(self.nodes) * len(numbers)
        paths = [path for number in numbers if (path := self.paths[number]) is not None]
        return script_printer.underlined(self.root, self.text, paths)

    def _unplaced(self, number: int) -> deque[int]:
        """Return the unplaced nodes right below a node; a SeqStmt has no text of its own."""
        unplaced: deque[int] = deque()
        stack = [child.id for child in reversed(self.nodes[number].children)]
        while stack:
            descendant = stack.pop()
            if self.nodes[descendant].type_key == "tirx.SeqStmt":
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

    def _fit(self, node: Node, spans: list[Span]) -> bool:
        """Whether a node can have written this: TVM underlines a slice's end for its extent."""
        if node.type_key != "ir.IntImm":
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
            if not own and node.type_key == "tirx.SeqStmt" and below:
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
            if node.id in self.places and node.type_key in DEFINED:
                line = self.script.line(self.places[node.id][0].start)
                variables = self._at(node, DEFINED[node.type_key])
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
