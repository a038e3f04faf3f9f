"""A definition brought up to date: the table of older spellings applied to it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from viz.extract import Extract
from viz.model import Edit
from viz.scope import Scope
from viz.spellings import RULES, Proposal, Rule
from viz.text import Patch


class Upgrade(NamedTuple):
    """The edits that bring a definition up to date, and whether it is old for certain."""

    edits: tuple[Edit, ...]
    patches: tuple[Patch, ...]
    certain: bool


def upgrade(extract: Extract) -> Upgrade:
    """Propose the edits for one definition.

    Overlapping proposals: the earlier rule of the table wins.
    """
    edits: list[Edit] = []
    taken: list[Patch] = []
    certain = "tir" in _imported(extract)
    scopes = [(node, Scope(extract, node)) for node in extract.nodes]
    for rule in RULES:
        for root, scope in scopes:
            for node in ast.walk(root):
                for proposal in rule.find(node, scope):
                    patch = Patch(proposal.span, proposal.new)
                    nested = _compose(taken, patch)
                    if nested is None:
                        continue
                    taken = [*nested, *proposal.more]
                    certain = certain or rule.certain
                    edits.append(_edit(rule, proposal, scope))
    return Upgrade(
        tuple(sorted(set(edits), key=lambda edit: edit.span)), tuple(dict.fromkeys(taken)), certain
    )


def _compose(taken: list[Patch], patch: Patch) -> list[Patch] | None:
    """Add a patch; None when it overlaps one that is there (or stands there already)."""
    if patch in taken:
        return None
    for other in taken:
        if patch.span.start < other.span.end and other.span.start < patch.span.end:
            return None
    return [*taken, patch]


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
