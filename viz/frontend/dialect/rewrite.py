"""Apply the rules for older spellings to a definition."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from viz.errors import SourceError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal
from viz.frontend.dialect.rule import Scope, SpellingRule, node_types
from viz.frontend.dialect.spelling_rules import RULES
from viz.frontend.extract import Extract
from viz.frontend.macros import is_macro
from viz.frontend.syntax import is_old_script, span_of
from viz.messages import message_of
from viz.model import Edit
from viz.text import Patch, Span, Text


class AcceptedEdit(NamedTuple):
    """An edit, its patches of the user's text, and what its rule says of the text."""

    edit: Edit
    patches: tuple[Patch, ...]
    moves: tuple[Patch, ...]
    scope: Scope


class Upgrade:
    """The edits that bring a definition up to date.

    Attributes
    ----------
    text
        The user's text.
    accepted
        The edits, in the order of the rules.
    certain
        Whether today's TVM cannot read the definition without them.
    """

    def __init__(
        self, text: Text, accepted: tuple[AcceptedEdit, ...] = (), *, certain: bool = False
    ) -> None:
        self.text = text
        self.accepted = accepted
        self.certain = certain

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The edits in the order of the text."""
        return tuple(sorted({row.edit for row in self.accepted}, key=lambda edit: edit.span))

    @cached_property
    def patches(self) -> tuple[Patch, ...]:
        """The edits as patches of the user's text."""
        patches = dict.fromkeys(patch for row in self.accepted for patch in row.patches)
        moves = dict.fromkeys(move for row in self.accepted for move in row.moves)
        # A line that is replaced as a whole needs no other indentation.
        kept = [move for move in moves if not _overlap((move,), patches)]
        shifts: dict[int, int] = {}
        for move in kept:
            line = self.text.position(move.span.start).line
            shift = len(move.new) - (move.span.end - move.span.start)
            shifts[line] = shifts.get(line, 0) + shift
        return (*(self._shifted(patch, shifts) for patch in patches), *kept)

    def _shifted(self, patch: Patch, shifts: dict[int, int]) -> Patch:
        """Return a patch whose further lines move as the line does where it begins."""
        if "\n" not in patch.new or not shifts:
            return patch
        shift = shifts.get(self.text.position(patch.span.start).line, 0)
        first, *lines = patch.new.split("\n")
        moved = (" " * shift + line if shift > 0 else line[-shift:] for line in lines)
        return Patch(patch.span, "\n".join((first, *moved)))

    def harmless(self) -> Upgrade:
        """Return the edits that mean the same in every text."""
        rows = tuple(row for row in self.accepted if row.scope == "any")
        return Upgrade(self.text, rows)

    def only(self, versions: Collection[str]) -> Upgrade:
        """Return the edits of spellings that some versions were the last to read.

        Those that say nothing of a version and mean the same in every text belong to it, too.
        """
        rows = tuple(
            row
            for row in self.accepted
            if row.edit.until in versions or (row.scope == "any" and not row.edit.until)
        )
        return Upgrade(self.text, rows)

    def without(self, rows: tuple[AcceptedEdit, ...]) -> Upgrade:
        """Return the upgrade without some of its edits."""
        kept = tuple(row for row in self.accepted if row not in rows)
        return Upgrade(self.text, kept, certain=self.certain)

    def involved(self, span: Span | None, extract: Extract) -> tuple[AcceptedEdit, ...]:
        """Return the edits that an error may be about: around its span, or in its expression."""
        if span is None:
            return ()
        compound = any(
            span.start <= span_of(inner, extract.text).start < span.end
            for node in extract.nodes
            for inner in ast.walk(node)
            if isinstance(inner, _COMPOUND)
        )
        return tuple(
            row
            for row in self.accepted
            if row.edit.rule not in _NAMES_ALONE
            and (
                (row.edit.span.start <= span.start and span.end <= row.edit.span.end)
                or (
                    not compound
                    and span.start <= row.edit.span.start
                    and row.edit.span.end <= span.end
                )
            )
        )


_NAMES_ALONE = {"namespace"}
"""Rules whose edits are never at fault: they bring what follows to its place."""

_COMPOUND = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.With)


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
        raise SourceError(message_of("too-nested-to-read")) from None


def _upgrade(extract: Extract) -> Upgrade:
    rows: list[AcceptedEdit] = []
    # A dictionary, since patches are looked up often.
    accepted: dict[Patch, None] = {}
    for rule, context, proposal in _proposals(contexts(extract)):
        if any(map(accepted.__contains__, proposal.patches)) or _overlap(
            proposal.patches, accepted
        ):
            continue
        accepted |= dict.fromkeys(proposal.patches)
        edit = _edit(rule, proposal, context)
        rows.append(AcceptedEdit(edit, proposal.patches, proposal.moves, rule.scope))
    certain = "tir" in _imported(extract) or any(row.scope == "old" for row in rows)
    if not certain:
        rows = [row for row in rows if row.scope != "doubtful"]
    return Upgrade(extract.text, tuple(rows), certain=certain)


def contexts(extract: Extract) -> list[SpellingContext]:
    """Return what is known of each function, and of the class around them."""
    classes = [n for n in extract.nodes if isinstance(n, ast.ClassDef) and is_old_script(n)]
    outer = [SpellingContext(extract, node, whole=False) for node in classes]
    found = [SpellingContext(extract, root) for root in extract.roots()]
    _share_blocks(found)
    return outer + found


def _share_blocks(contexts: list[SpellingContext]) -> None:
    """Note that a function has the blocks of the macros that it calls, and they those around."""
    macros = {
        context.root.name: context
        for context in contexts
        if isinstance(context.root, ast.FunctionDef) and is_macro(context.root)
    }
    for context in contexts if macros else ():
        group, waiting = [context], [context]
        while waiting:
            names = waiting.pop().names & macros.keys()
            called = [macros[name] for name in sorted(names) if macros[name] not in group]
            group += called
            waiting += called
        if any(member.has_blocks for member in group):
            for member in group:
                member.has_blocks = True


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
    is_todays = rule.scope == "ambiguous" and context.is_todays
    return Edit(
        rule=rule.name,
        span=proposal.span,
        old=context.text.slice(proposal.span),
        new=proposal.new,
        what=proposal.note or message_of(rule.note),
        until="" if is_todays else proposal.until or rule.until,
    )


def _imported(extract: Extract) -> set[str]:
    """Return the words of the statements that import from ``tvm.script``: ``tir`` is an old one."""
    imported: set[str] = set()
    for statement in extract.program.left_out:
        words = extract.text.slice(statement.span).replace(",", " ").split()
        if statement.what.id == "left-out-import" and "tvm.script" in " ".join(words):
            imported.update(words)
    return imported
