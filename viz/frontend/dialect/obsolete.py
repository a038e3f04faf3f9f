"""Tell which version of TVM read a text, and what in it has no equivalent today."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from viz.errors import ParseError, VizError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.ptx.instruction import is_older_call
from viz.frontend.dialect.rewrite import Upgrade, contexts
from viz.frontend.extract import Extract
from viz.frontend.syntax import dotted
from viz.model import Edit
from viz.model.catalog import GoneRow, spellings
from viz.text import Span


def generation(edits: Iterable[Edit]) -> str:
    """Return the newest TVM that read all of the spellings; empty when there are none."""
    order = list(spellings().generation)
    oldest = min((edit.until for edit in edits if edit.until), key=order.index, default="")
    return spellings().generation[oldest] if oldest else ""


def obsolete(extract: Extract, upgrade: Upgrade) -> ParseError | None:
    """Return an error for the first spelling without equivalent, with the version that knew it.

    None is said of what an upgrade has replaced.
    """
    edits = [edit.span for edit in upgrade.edits]
    errors = (error for error in _obsolete(extract) if not _is_inside(error.span, edits))
    return next(errors, None)


def _is_inside(span: Span | None, edits: list[Span]) -> bool:
    return span is not None and any(e.start <= span.start and span.end <= e.end for e in edits)


INSTRUCTION = GoneRow(
    until="0.26",
    hint="Instructions are written with all their modifiers today, as in the PTX manual, and their "
    "results come first: T.ptx.ld.global_.f32(x, A.data).",
)
"""What is said of an older call of an instruction that has no form of today."""


def cannot_upgrade(edit: Edit, refused: VizError) -> ParseError:
    """Return an error for an older spelling whose replacement TVM refuses.

    Parameters
    ----------
    refused
        Why it is refused; its words may be about what the user did not write.
    """
    known = spellings().generation[edit.until]
    what = f"`{edit.old}` is" if "\n" not in edit.old and len(edit.old) <= 60 else "this is"
    message = f"{what} an older spelling, of {known} or before, that has no equivalent here"
    hint = f"In TVM's words: {refused.message}" if isinstance(refused, ParseError) else ""
    return ParseError(message, span=edit.span, hint=hint)


def _obsolete(extract: Extract) -> Iterator[ParseError]:
    table = spellings()
    for context in contexts(extract):
        for node in context.nodes_of(frozenset((ast.Call,))):
            assert isinstance(node, ast.Call)
            member = context.member(node)
            if row := table.gone.get(member or _tile_operation(node, context)):
                yield _error(context.source(node.func), row, node.func, context)
            elif is_older_call(node, context):
                yield _error(context.source(node.func), INSTRUCTION, node.func, context)
            for keyword in node.keywords if member else ():
                if keyword.arg and (row := table.gone_keyword.get(keyword.arg)):
                    yield _error(f"the argument {keyword.arg}", row, keyword, context)


def _tile_operation(node: ast.Call, context: SpellingContext) -> str:
    """Return ``Tx.copy`` for a call of it, whatever name the file gives ``Tx``."""
    name, _, rest = dotted(node).partition(".")
    return f"Tx.{rest}" if context.namespaces.get(name, name) == "Tx" else ""


def _error(what: str, row: GoneRow, node: ast.AST, context: SpellingContext) -> ParseError:
    known = spellings().generation[row.until]
    message = f"{what} is an older spelling, which {known} was the last to read"
    return ParseError(message, span=context.span(node), hint=row.hint)
