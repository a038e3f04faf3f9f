"""Tell which version of TVM read a text, and what in it has no equivalent today."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from viz.errors import ParseError, VizError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.ptx.instruction import is_older_call
from viz.frontend.dialect.rewrite import Upgrade, contexts
from viz.frontend.extract import Extract
from viz.frontend.syntax import dotted
from viz.messages import Message, message_of
from viz.model import Edit
from viz.model.catalog import GoneRow, spellings
from viz.text import Span

MOST_SHOWN = 60
"""Characters of a spelling that an error repeats."""


def generation(edits: Iterable[Edit]) -> Message | None:
    """Return the newest TVM that read all of the spellings; None when there are none."""
    order = list(spellings().generation)
    oldest = min((edit.until for edit in edits if edit.until), key=order.index, default="")
    return message_of(spellings().generation[oldest]) if oldest else None


def obsolete(extract: Extract, upgrade: Upgrade) -> ParseError | None:
    """Return an error for the first spelling without equivalent, with the version that knew it.

    None is said of what an upgrade has replaced.
    """
    edits = [edit.span for edit in upgrade.edits]
    errors = (error for error in _obsolete(extract) if not _is_inside(error.span, edits))
    return next(errors, None)


def _is_inside(span: Span | None, edits: list[Span]) -> bool:
    return span is not None and any(e.start <= span.start and span.end <= e.end for e in edits)


INSTRUCTION = GoneRow(until="0.26", hint="gone-modifiers")
"""What is said of an older call of an instruction that has no form of today."""


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


TYPOS = ("undefined", "undefined-function", "no-member", "gate-no-member", "unknown-dtype")
"""The messages about a name that nothing has."""


def misspelt(edit: Edit, refused: VizError, extract: Extract) -> VizError | None:
    """Return a refusal at the name in the user's own text that it is about; None if there is none.

    What replaces an older spelling has the names that the user wrote in it.

    Parameters
    ----------
    refused
        Why TVM refuses the replacement of an older spelling.
    """
    if refused.what.id not in TYPOS:
        return None
    written = str(refused.what.values.get("name") or refused.what.values.get("written", ""))
    name = written.rpartition(".")[2]
    if refused.what.id.startswith("undefined") and name in _bound(extract):
        return None
    match = re.search(rf"(?<![\w.]){re.escape(written)}\b|\b{re.escape(name)}\b", edit.old)
    if match is None:
        return None
    start = edit.span.start + match.start()
    place = Span(start, start + len(match[0]))
    return type(refused)(refused.what, span=place, hint=refused.advice or "")


def _bound(extract: Extract) -> set[str]:
    """Return the names that a definition gives a value."""
    nodes = [node for outer in extract.nodes for node in ast.walk(outer)]
    names = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _obsolete(extract: Extract) -> Iterator[ParseError]:
    table = spellings()
    for context in contexts(extract):
        for node in context.nodes_of(frozenset((ast.Call,))):
            assert isinstance(node, ast.Call)
            member = context.member(node)
            if row := table.gone.get(member or _tile_operation(node, context)):
                yield _error("obsolete-call", context.source(node.func), row, node.func, context)
            elif is_older_call(node, context):
                name = context.source(node.func)
                yield _error("obsolete-call", name, INSTRUCTION, node.func, context)
            for keyword in node.keywords if member else ():
                if keyword.arg and (row := table.gone_keyword.get(keyword.arg)):
                    yield _error("obsolete-keyword", keyword.arg, row, keyword, context)


def _tile_operation(node: ast.Call, context: SpellingContext) -> str:
    """Return ``Tx.copy`` for a call of it, whatever name the file gives ``Tx``."""
    name, _, rest = dotted(node).partition(".")
    return f"Tx.{rest}" if context.namespaces.get(name, name) == "Tx" else ""


def _error(
    id_: str, name: str, row: GoneRow, node: ast.AST, context: SpellingContext
) -> ParseError:
    known = message_of(spellings().generation[row.until])
    what = message_of(id_, name=name, known=known)
    return ParseError(what, span=context.span(node), hint=message_of(row.hint))
