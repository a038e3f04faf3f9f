"""Find the place in the user's text that a run as Python stopped at."""

from __future__ import annotations

from viz.errors import RunError
from viz.ir.parse import Parsed
from viz.ir.walker import walk
from viz.step.python_codegen import python_of
from viz.text import Span, Text


def place_without_rule(parsed: Parsed) -> Span | None:
    """Return the place in the user's text of the node that no rule writes."""
    try:
        python_of(walk(parsed.mod, user_span=parsed.user_span))
    except RunError as error:
        return error.span
    return None


def place_of_line(parsed: Parsed, line: int) -> Span | None:
    """Return the place in the user's text of the statement that wrote a line (1-based)."""
    tree = walk(parsed.mod, user_span=parsed.user_span)
    emission = python_of(tree)
    lines = Text(emission.text)
    if not 1 <= line <= lines.line_count:
        return None
    start = lines.line_span(line).start
    start += len(lines.line(line)) - len(lines.line(line).lstrip())
    around = [mark for mark in emission.marks if mark.start <= start < mark.end]
    spans = [tree.nodes[mark.node].span for mark in around if tree.nodes[mark.node].kind == "stmt"]
    return next((span for span in reversed(spans) if span is not None), None)
