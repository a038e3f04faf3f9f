"""A definition brought up to date: the table of older spellings applied to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from viz.errors import SourceError
from viz.frontend.dialect.names import Scope
from viz.frontend.dialect.rules import RULES, Proposal, Rule, about
from viz.frontend.extract import Extract
from viz.model import Edit
from viz.text import Patch


class Upgrade(NamedTuple):
    """The edits that bring a definition up to date, and whether it is old for certain."""

    edits: tuple[Edit, ...]
    patches: tuple[Patch, ...]
    certain: bool


def upgrade(extract: Extract) -> Upgrade:
    """Propose the edits for one definition.

    Overlapping proposals: the earlier rule of the table wins.

    Raises
    ------
    SourceError
        When the definition is nested too deeply to be followed.
    """
    try:
        return _upgrade(extract)
    except RecursionError:
        raise SourceError("the program is nested too deeply to be read") from None


def _upgrade(extract: Extract) -> Upgrade:
    edits: list[Edit] = []
    taken: dict[Patch, None] = {}
    moves: dict[Patch, None] = {}
    certain = "tir" in _imported(extract)
    scopes = [Scope(extract, root) for root in extract.roots()]
    for rule, scope, proposal in _proposals(scopes):
        if any(map(taken.__contains__, proposal.patches)) or _overlap(proposal.patches, taken):
            continue
        taken |= dict.fromkeys(proposal.patches)
        moves |= dict.fromkeys(proposal.moves)
        certain = certain or rule.certain
        edits.append(_edit(rule, proposal, scope))
    # A line that is written anew as a whole needs no moving.
    kept = [move for move in moves if not _overlap((move,), taken)]
    return Upgrade(tuple(sorted(set(edits), key=lambda edit: edit.span)), (*taken, *kept), certain)


def _proposals(scopes: list[Scope]) -> Iterator[tuple[Rule, Scope, Proposal]]:
    for rule in RULES:
        for scope in scopes:
            for node in scope.of(about(rule.find)):
                for proposal in rule.find(node, scope):
                    yield rule, scope, proposal


def _overlap(patches: Iterable[Patch], taken: Iterable[Patch]) -> bool:
    return any(
        patch.span.start < other.span.end and other.span.start < patch.span.end
        for patch in patches
        for other in taken
    )


def _edit(rule: Rule, proposal: Proposal, scope: Scope) -> Edit:
    old = scope.text.slice(proposal.span)
    return Edit(rule=rule.name, span=proposal.span, old=old, new=proposal.new, note=rule.note)


def _imported(extract: Extract) -> set[str]:
    """Return the old module names that the file imports from ``tvm.script``."""
    found: set[str] = set()
    for left in extract.program.left_out:
        words = extract.text.slice(left.span).replace(",", " ").split()
        if left.what == "an import" and "tvm.script" in " ".join(words):
            found.update(words)
    return found
