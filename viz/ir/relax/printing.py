"""Print a Relax module so that TVM's parser reads it, in lines that people can read.

TVM's printer leaves import lines as comments, writes numbers that are not finite in a way that the
parser refuses, and puts all parameters or arguments into one line. Only such places are rewritten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import tvm

from viz.frontend.models.printing import MOST_COLUMNS, NOT_FINITE
from viz.frontend.syntax import dotted
from viz.text import Patch, Patched, Span, Text

_COMMENTED_IMPORT = re.compile(r"^# (?=from \S+ import |import )", re.MULTILINE)
_WORD_CONSTANT = re.compile(r'R\.const\("(-?(?:inf|nan))", ')
_METADATA = "\n# Metadata omitted. Use show_meta=True in script() method to show it."

UNPRINTED = "metadata["
"""How a print begins to refer to what it has not, such as the values of an array."""


def printed(mod: tvm.IRModule, *, typed: bool = True, wrapped: bool = False) -> str:
    """Return a module as text, import lines before it.

    Parameters
    ----------
    typed
        Whether statements bind variables with their types, which TVM's parser finds again.
    wrapped
        Whether the arguments of long calls stand on further lines.
    """
    text = str(mod.script(show_meta=False, show_all_ty=typed)).removesuffix(_METADATA)
    text = _COMMENTED_IMPORT.sub("", text)
    text = _WORD_CONSTANT.sub(lambda match: f"R.const({NOT_FINITE[match[1]]}, ", text)
    head, decorator, rest = text.partition("@I.ir_module")
    text = f"{head.rstrip()}\n\n\n{decorator}{rest.rstrip()}\n"
    return Patched(text, _patches(Text(text), wrapped=wrapped)).string


def _patches(text: Text, *, wrapped: bool) -> Iterator[Patch]:
    """Yield the edits that break long lines: a line for a parameter, or for some arguments."""
    for node in ast.walk(ast.parse(text.string)):
        parts: list[ast.arg | ast.expr | ast.keyword] = []
        call = getattr(node, "value", None)
        if isinstance(node, ast.FunctionDef):
            parts = [*node.args.args]
        elif (
            wrapped and isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(call, ast.Call)
        ):
            parts = [*call.args, *call.keywords] if dotted(call).startswith("R.") else []
        if not parts or len(text.line(node.lineno)) <= MOST_COLUMNS:  # type: ignore[attr-defined]
            continue
        spans = [_span(text, part) for part in parts]
        margin = " " * node.col_offset  # type: ignore[attr-defined]
        width = 0 if isinstance(node, ast.FunctionDef) else MOST_COLUMNS - len(margin) - 4
        rows = "".join(f"\n{margin}    {row}" for row in _rows(map(text.slice, spans), width))
        yield Patch(Span(spans[0].start, spans[-1].end), f"{rows}\n{margin}")


def _rows(pieces: Iterator[str], width: int) -> list[str]:
    """Return pieces with commas behind them, in rows of a width where more than one fits."""
    rows: list[str] = []
    for piece in pieces:
        if rows and len(rows[-1]) + 2 + len(piece) <= width:
            rows[-1] += f" {piece},"
        else:
            rows.append(f"{piece},")
    return rows


def _span(text: Text, node: ast.arg | ast.expr | ast.keyword) -> Span:
    end = text.offset_of_byte(node.end_lineno or node.lineno, node.end_col_offset or 0)
    return Span(text.offset_of_byte(node.lineno, node.col_offset), end)
