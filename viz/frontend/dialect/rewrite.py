"""Apply the rules for older spellings to a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from viz.errors import SourceError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal
from viz.frontend.dialect.spelling_rules import RULES, SpellingRule, node_types
from viz.frontend.extract import Extract
from viz.model import Edit
from viz.text import Patch


class Upgrade(NamedTuple):
    """The edits that bring a definition up to date.

    ``patches`` are the same as patches of the user's text. ``certain`` tells that today's TVM
    cannot read the definition without them.
    """

    edits: tuple[Edit, ...]
    patches: tuple[Patch, ...]
    certain: bool


def upgrade(extract: Extract) -> Upgrade:
    """Return the edits for one definition; where two overlap, that of the earlier rule.

    Raises
    ------
    SourceError
        When the definition is nested too deeply.
    """
    try:
        return _upgrade(extract)
    except RecursionError:
        raise SourceError("the program is nested too deeply to be read") from None


def _upgrade(extract: Extract) -> Upgrade:
    edits: list[Edit] = []
    # Dictionaries, since patches keep their order and are looked up often.
    accepted: dict[Patch, None] = {}
    moves: dict[Patch, None] = {}
    certain = "tir" in _imported(extract)
    contexts = [SpellingContext(extract, root) for root in extract.roots()]
    for rule, context, proposal in _proposals(contexts):
        if any(map(accepted.__contains__, proposal.patches)) or _overlap(
            proposal.patches, accepted
        ):
            continue
        accepted |= dict.fromkeys(proposal.patches)
        moves |= dict.fromkeys(proposal.moves)
        certain = certain or rule.certain
        edits.append(_edit(rule, proposal, context))
    # A line that is replaced as a whole needs no other indentation.
    kept = [move for move in moves if not _overlap((move,), accepted)]
    in_order = tuple(sorted(set(edits), key=lambda edit: edit.span))
    return Upgrade(in_order, (*accepted, *kept), certain)


def _proposals(
    contexts: list[SpellingContext],
) -> Iterator[tuple[SpellingRule, SpellingContext, Proposal]]:
    for rule in RULES:
        for context in contexts:
            for node in context.nodes_of(node_types(rule.find)):
                for proposal in rule.find(node, context):
                    yield rule, context, proposal


def _overlap(patches: Iterable[Patch], accepted: Iterable[Patch]) -> bool:
    return any(
        patch.span.start < other.span.end and other.span.start < patch.span.end
        for patch in patches
        for other in accepted
    )


def _edit(rule: SpellingRule, proposal: Proposal, context: SpellingContext) -> Edit:
    old = context.text.slice(proposal.span)
    return Edit(rule=rule.name, span=proposal.span, old=old, new=proposal.new, note=rule.note)


def _imported(extract: Extract) -> set[str]:
    """Return the words of the statements that import from ``tvm.script``: ``tir`` is an old one."""
    imported: set[str] = set()
    for statement in extract.program.left_out:
        words = extract.text.slice(statement.span).replace(",", " ").split()
        if statement.what == "an import" and "tvm.script" in " ".join(words):
            imported.update(words)
    return imported
