"""Name what older versions of TVM read and today's has no equivalent for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.errors import ParseError, VizError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.rewrite import contexts
from viz.frontend.extract import Extract
from viz.messages import message_of
from viz.model import Edit
from viz.model.catalog import GoneRow, spellings

MOST_SHOWN = 60
"""Characters of a spelling that an error repeats."""


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
    known = message_of(spellings().generation[edit.until])
    short = "\n" not in edit.old and len(edit.old) <= MOST_SHOWN
    id_ = "no-equivalent" if short else "no-equivalent-long"
    parsed = isinstance(refused, ParseError)
    return ParseError(
        message_of(id_, spelling=edit.old, known=known),
        span=edit.span,
        hint=message_of("in-tvms-words", error=refused.what) if parsed else "",
    )


def _obsolete(extract: Extract) -> Iterator[ParseError]:
    table = spellings()
    for context in contexts(extract):
        for node in context.nodes_of(frozenset((ast.Call,))):
            assert isinstance(node, ast.Call)
            member = context.member(node)
            if not member:
                continue
            if row := table.gone.get(member):
                yield _error("obsolete-call", member, row, node.func, context)
            for keyword in node.keywords:
                if keyword.arg and (row := table.gone_keyword.get(keyword.arg)):
                    yield _error("obsolete-keyword", keyword.arg, row, keyword, context)


def _error(
    id_: str, name: str, row: GoneRow, node: ast.AST, context: SpellingContext
) -> ParseError:
    known = message_of(spellings().generation[row.until])
    what = message_of(id_, name=name, known=known)
    return ParseError(what, span=context.span(node), hint=message_of(row.hint))
