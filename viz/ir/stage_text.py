"""A stage as TVMScript, with the characters that each node wrote.

The printer itself is asked (:mod:`viz.ir.script_printer`): for statements in one print, for the
rest from the outside inwards, many nodes in a print. Of those asked for together no two stand in
the same node whose place is known, so the innermost such node around an underline tells whose it
is.
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
"""How long underlining may take, by the estimate below: a clock would make answers differ."""

SECONDS_A_CHARACTER = 2.5e-7
SECONDS_A_PAIR = 4.5e-8
"""What a print costs for each character, and for each node asked for times each node printed.

Measured with TVM 0.27 on texts of 1 to 37 KB.
"""

UNCOMMENTED = {"tirx.SeqStmt", "tirx.AttrStmt"}
"""Can be printed as no statement of their own; TVM complains on stderr about comments on them."""

DEFINED = {
    "tirx.PrimFunc": ("params",),
    "tirx.For": ("loop_var",),
    "tirx.Bind": ("var",),
    "tirx.AllocBuffer": ("buffer",),
    "tirx.DeclBuffer": ("buffer",),
    "tirx.AttrStmt": ("node", "var"),
    "s_tir.SBlock": ("iter_vars", "var"),
}
"""The fields that lead to the variables a node introduces; their names are printed pathless."""


def stage_text(root: Any, stage: StageName, target: str) -> StageText:
    """Print a module or a function with the marks of its nodes.

    Parameters
    ----------
    root
        An IRModule or a PrimFunc; the marks name nodes of its Tree (:func:`viz.ir.walker.walk`).
    stage, target
        Said in the answer, not looked at.
    """
    text = str(root.script())
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"
    try:
        marks, verified = _Marking(root, text).marks()
    except (script_printer.PrintError, SyntaxError):
        pass  # the text stands, unmarked
    return StageText(stage=stage, target=target, text=text, marks=marks, verified=verified)


class _Marking:
    """Finds the places of a root's nodes in its text."""

    def __init__(self, root: Any, text: str) -> None:
        self.root = root
        self.text = text
        self.script = Script(text)
        self.nodes = [node for node, _ in walk_objects(root)]
        self.paths = script_printer.paths(root, self.nodes)
        self.places: dict[int, list[Span]] = {}
        # For each character the innermost node whose place is known.
        self.inner = [0] * len(text)
        self.seconds = 0.0

    def marks(self) -> tuple[tuple[Mark, ...], Verified]:
        """Return the marks, outer ones first, and how far they go."""
        self._place_statements()
        complete = self._place_the_rest()
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
        """Place functions and statements, but for those that are printed as no statement."""
        asked = {node.id: path for node in self.nodes if (path := self._comment_path(node))}
        lines = script_printer.first_lines(self.root, self.text, asked)
        for node in self.nodes:
            if node.id in lines:
                self._place_statement(node.id, lines[node.id])
            elif node.kind in ("module", "func") or node.type_key == "tirx.AttrStmt":
                self._place_alone(node)

    def _place_alone(self, node: Node) -> None:
        """Place a node that is underlined with all that stands in it; a scope by its value too.

        A scope that is printed without ``with`` has no path of its own, the value in it has.
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

    # ------------------------------------------------------------ what stands in them

    def _place_the_rest(self) -> bool:
        """Underline, until all is known (True) or too much time has gone (False)."""
        waiting: dict[int, deque[int]] = {0: deque()}
        for number, spans in ({0: [Span(0, 0)]} | self.places).items():
            # Of statements that share their characters, as a block and its realize do, the
            # innermost has them.
            home = self.inner[spans[0].start]
            waiting.setdefault(home, deque()).extend(self._unplaced(number))
        while chosen := {outer: queue.popleft() for outer, queue in waiting.items() if queue}:
            if self.seconds > MOST_SECONDS:
                return False
            exact, spans = self._underlined(list(chosen.values()))
            pieces = self._by_inner(spans)
            for (outer, number), seen in zip(chosen.items(), exact, strict=True):
                mine = pieces.get(outer, []) if seen else []
                if mine and self._fit(self.nodes[number], mine):
                    self._place(number, mine)
                    waiting[number] = self._unplaced(number)
                else:
                    waiting[outer].extend(self._unplaced(number))
        return True

    def _underlined(self, numbers: list[int]) -> script_printer.Underlined:
        # Printed twice: TVM has to say first which of them it prints as such.
        self.seconds += 2 * SECONDS_A_CHARACTER * len(self.text)
        self.seconds += 2 * SECONDS_A_PAIR * len(self.nodes) * len(numbers)
        paths = [path for number in numbers if (path := self.paths[number]) is not None]
        return script_printer.underlined(self.root, self.text, paths)

    def _unplaced(self, number: int) -> deque[int]:
        """Return what is left to ask for right below a node; sequences are no text of their own."""
        found: deque[int] = deque()
        stack = [child.id for child in reversed(self.nodes[number].children)]
        while stack:
            each = stack.pop()
            if self.nodes[each].type_key == "tirx.SeqStmt":
                stack += [child.id for child in reversed(self.nodes[each].children)]
            elif each not in self.places and self.paths[each] is not None:
                found.append(each)
        return found

    def _by_inner(self, spans: list[Span]) -> dict[int, list[Span]]:
        """Cut underlines where the innermost known node changes, and return them by that node."""
        found: dict[int, list[Span]] = {}
        for span in spans:
            for node, group in groupby(range(span.start, span.end), self.inner.__getitem__):
                places = list(group)
                found.setdefault(node, []).append(Span(places[0], places[-1] + 1))
        return found

    def _fit(self, node: Node, spans: list[Span]) -> bool:
        """Whether a node can have written this: of a slice TVM underlines the end as its extent."""
        if node.type_key != "ir.IntImm":
            return True
        written = [self.script.lines.slice(span) for span in spans]
        return all(each in (node.label, f"T.{node.dtype}({node.label})") for each in written)

    # ------------------------------------------------------------ what the printer has no path for

    def _close_statements(self) -> None:
        """Find the statements that share a line or have none, and let all reach to their ends.

        A scope that is printed without ``with`` reaches to the end of what stands in it; a loop
        inside ``T.grid`` has the place of the outermost.
        """
        for node in reversed(self.nodes):
            if node.kind != "stmt":
                continue
            below = [span for each in self._statements_below(node) for span in self.places[each]]
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
        """Return the statement on the line of the first placed expression of the node's own."""
        for child in node.children:
            if self.nodes[child.id].kind == "expr" and child.id in self.places:
                return self.script.statement(self.script.line(self.places[child.id][0].start))
        return None

    def _place_definitions(self) -> None:
        """Place variables where they are introduced, when a line has as many names as variables."""
        introduced: dict[int, list[int]] = {}
        for node in self.nodes:
            if node.id in self.places and node.type_key in DEFINED:
                line = self.script.line(self.places[node.id][0].start)
                found = self._at(node, DEFINED[node.type_key])
                introduced.setdefault(line, []).extend(found)
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
        found = [node]
        for field in fields:
            found = [
                self.nodes[child.id]
                for each in found
                for child in each.children
                if child.field.partition("[")[0] == field
            ]
        return [each.id for each in found]


def _nested(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Leave out marks that cross an earlier one."""
    around: list[int] = []
    for mark in marks:
        while around and around[-1] <= mark.start:
            around.pop()
        if not around or mark.end <= around[-1]:
            around.append(mark.end)
            yield mark
