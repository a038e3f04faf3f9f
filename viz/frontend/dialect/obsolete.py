"""Tell which version of TVM read a text, and what in it has no equivalent today."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from viz.errors import ParseError, VizError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.rewrite import contexts
from viz.frontend.extract import Extract
from viz.model import Edit
from viz.model.catalog import GoneRow, spellings


def generation(edits: Iterable[Edit]) -> str:
    """Return the newest TVM that read all of the spellings; empty when there are none."""
    order = list(spellings().generation)
    oldest = min((edit.until for edit in edits if edit.until), key=order.index, default="")
    return spellings().generation[oldest] if oldest else ""


def obsolete(extract: Extract) -> ParseError | None:
    """Return an error for the first spelling without equivalent, with the version that knew it."""
    return next(_obsolete(extract), None)


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
            if not member:
                continue
            if row := table.gone.get(member):
                yield _error(f"T.{member}", row, node.func, context)
            for keyword in node.keywords:
                if keyword.arg and (row := table.gone_keyword.get(keyword.arg)):
                    yield _error(f"the argument {keyword.arg}", row, keyword, context)


def _error(what: str, row: GoneRow, node: ast.AST, context: SpellingContext) -> ParseError:
    known = spellings().generation[row.until]
    message = f"{what} is an older spelling, which {known} was the last to read"
    return ParseError(message, span=context.span(node), hint=row.hint)
