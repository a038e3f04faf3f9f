"""Bring a text in today's TVMScript down to the spelling of 2024, with a reason for each edit.

The tables of older spellings are read the other way round where both directions mean the same; what
this generation cannot say at all is refused with its place. A rule looks at one node of Python's
``ast`` at a time and proposes patches of the text.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from viz.errors import ParseError
from viz.frontend.extract import Extract
from viz.frontend.gate.members import members
from viz.frontend.reading.attempts import Respelt
from viz.frontend.syntax import dotted, parsed
from viz.legacy.parsing.respelling import Respelling, TextNames
from viz.legacy.parsing.variables import variables
from viz.messages import Message, message_of
from viz.model import Edit
from viz.model.catalog import spellings
from viz.text import Patch, Patched, Span

GENERATION = "2024"

NEWER_THAN_2024 = ("0.19", "0.20", "0.23", "0.24", "0.25", "0.26")
"""The last versions that read a spelling which that generation has."""

SAME_ARGUMENTS = ("block", "block_attr", "e4m3_float8", "e5m2_float8")
"""Members of ``T`` in 2024 that only have another name today, their arguments being the same."""

LOCAL_MEMORY = {"alloc_local": "local", "alloc_shared": "shared"}
"""Today's allocations of a memory, in functions without blocks, by member of ``T``."""

NOT_THERE: dict[type[ast.AST], str] = {ast.Break: "`break`", ast.Continue: "`continue`"}
"""Statements that the parser of 2024 does not know."""


Rule = Callable[[Any, TextNames], Iterator[Respelling]]


def respell(patched: Patched, extract: Extract) -> Respelt:
    """Return a text in the spelling of 2024, and the edits with their places in the user's text.

    A text that is no Python, or has nothing to respell, stays as it is.

    Raises
    ------
    ParseError
        When it says what this generation cannot, with the place in the user's text.
    """
    try:
        tree = parsed(patched.string)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Respelt(patched)
    names = TextNames(patched, tree, extract)
    accepted: list[Respelling] = []
    taken: list[Span] = []  # in order
    for node in ast.walk(tree):
        if (what := _not_there(node, names)) is not None:
            raise ParseError(what, span=names.origin(node))
        for rule in RULES.get(type(node), ()):
            for proposal in rule(node, names):
                spans = [patch.span for patch in proposal.patches]
                if not any(_meets(span, taken) for span in spans):
                    accepted.append(proposal)
                    for span in spans:
                        insort(taken, span)
    if not accepted:
        return Respelt(patched)
    patches = [patch for proposal in accepted for patch in proposal.patches]
    edits = (_edit(proposal, patched) for proposal in accepted)
    return Respelt(LoweredText(patched, patches), tuple(sorted(edits, key=lambda edit: edit.span)))


class LoweredText(Patched):
    """A patched text with further patches, which maps spans back to the first original."""

    def __init__(self, base: Patched, patches: list[Patch]) -> None:
        self._base = base
        self._last = Patched(base.string, patches)
        self.original = base.original
        self.patches = base.patches
        self.string = self._last.string

    def origin(self, span: Span) -> Span:
        """Return the span of the first original that a span of this text comes from."""
        return self._base.origin(self._last.origin(span))


def _edit(proposal: Respelling, patched: Patched) -> Edit:
    first, last = proposal.patches[0], proposal.patches[-1]
    whole = Span(first.span.start, last.span.end)
    inside = Patched(
        patched.string[whole.start : whole.end],
        [
            Patch(
                Span(patch.span.start - whole.start, patch.span.end - whole.start),
                patch.new,
            )
            for patch in proposal.patches
        ],
    )
    return Edit(
        rule=proposal.rule,
        span=patched.origin(whole),
        old=inside.original,
        new=inside.string,
        what=proposal.note,
    )


def _meets(span: Span, taken: list[Span]) -> bool:
    """Whether a span is one of some that meet nowhere, in order, or shares characters with one."""
    after = bisect_left(taken, span)
    return any(
        span == other or (span.start < other.end and other.start < span.end)
        for other in taken[max(0, after - 1) : after + 1]
    )


def _not_there(node: ast.AST, names: TextNames) -> Message | None:
    """Return why this generation cannot express a node; None where it can."""
    if type(node) in NOT_THERE:
        return message_of("down-no-statement", statement=NOT_THERE[type(node)])
    if isinstance(node, ast.Attribute):
        member = names.member(node)
        first = member.partition(".")[0]
        if member and first not in KNOWN and first in NEWER:
            return message_of("down-no-member", member=f"T.{member}")
    return None


# ---------------------------------------------------------------- rules


def _renamed(node: ast.Attribute, names: TextNames) -> Iterator[Respelling]:
    """Names of members that were changed since."""
    member = names.member(node)
    if older := RENAMED.get(member):
        note = message_of("down-renamed", member=member, to=older)
        yield Respelling((Patch(names.tail(node, member), older),), note, "renamed")


def _allocation(node: ast.Call, names: TextNames) -> Iterator[Respelling]:
    """Allocations: those of blocks have another name, others are declarations without data."""
    member = names.member(node)
    if member == "sblock_alloc_buffer":
        place = names.tail(node.func, member)
        note = message_of("down-block-allocation")
        yield Respelling((Patch(place, "alloc_buffer"),), note, "alloc-buffer")
        return
    # Elsewhere than at the top of a function, that generation takes none without blocks.
    flat = (names.is_todays or id(node) not in names.on_top) and not names.has_blocks
    if not flat or member not in ("alloc_buffer", *LOCAL_MEMORY):
        return
    new = "decl_buffer"
    patches = [Patch(names.tail(node.func, member), new)]
    if len(node.args) == 3:  # the third is the memory today
        start = names.span(node.args[2]).start
        patches.append(Patch(Span(start, start), "scope="))
    if member in LOCAL_MEMORY:
        last = [*node.args, *(keyword.value for keyword in node.keywords)][-1:]
        end = names.span(last[0]).end if last else names.span(node).end - 1
        patches.append(Patch(Span(end, end), f', scope="{LOCAL_MEMORY[member]}"'))
    yield Respelling(tuple(patches), message_of("down-flat-allocation"), "allocation")


def _decorator(node: ast.FunctionDef | ast.ClassDef, names: TextNames) -> Iterator[Respelling]:
    """``s_tir=True``: every function of that time may have blocks."""
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        kept = [keyword for keyword in decorator.keywords if keyword.arg != "s_tir"]
        if len(kept) == len(decorator.keywords):
            continue
        function, whole = names.span(decorator.func), names.span(decorator)
        inside = ", ".join(f"{keyword.arg}={names.source(keyword.value)}" for keyword in kept)
        new = f"({inside})" if inside else ""
        patch = Patch(Span(function.end, whole.end), new)
        yield Respelling((patch,), message_of("down-unmarked"), "prim-func")


def _comparison(node: ast.Compare, names: TextNames) -> Iterator[Respelling]:
    """``0 <= i < n``, which the parser of 2024 takes for ``(0 <= i) < n``."""
    if not names.is_todays or len(node.ops) < 2:
        return
    for before in node.comparators[:-1]:
        span = names.span(before)
        patch = Patch(Span(span.end, span.end), f" and {names.source(before)}")
        yield Respelling((patch,), message_of("down-comparison"), "comparison")


def _string(node: ast.Constant, names: TextNames) -> Iterator[Respelling]:
    """Keys of attributes and names of operators that start with ``tirx.``, and dtypes."""
    if not isinstance(node.value, str):
        return
    span = names.span(node)
    source = names.text.slice(span)
    if node.value.startswith("tirx."):
        start = span.start + source.find("tirx.")
        patch = Patch(Span(start, start + len("tirx.")), "tir.")
        yield Respelling((patch,), message_of("down-attribute-key"), "attribute-key")
    older = RENAMED.get(node.value)
    if older and older.endswith("float8"):
        start = span.start + source.find(node.value)
        note = message_of("down-renamed", member=node.value, to=older)
        yield Respelling((Patch(Span(start, start + len(node.value)), older),), note, "dtype")


def _tvm_namespace(node: ast.Attribute, names: TextNames) -> Iterator[Respelling]:
    """``tvm.tirx.exp``, whose module had another name."""
    if node.attr == "tirx" and dotted(node) == "tvm.tirx":
        patch = Patch(names.tail(node, "tirx"), "tir")
        yield Respelling((patch,), message_of("down-tvm-tir"), "tvm-namespace")


def _let(node: ast.AnnAssign, names: TextNames) -> Iterator[Respelling]:
    """``x: T.let[T.float32] = value``, whose type stood there alone, or did not stand there."""
    annotation = node.annotation
    note = message_of("down-let")
    if isinstance(annotation, ast.Subscript) and names.member(annotation.value) == "let":
        outer, inner = names.span(annotation), names.span(annotation.slice)
        before, after = Span(outer.start, inner.start), Span(inner.end, outer.end)
        yield Respelling((Patch(before, ""), Patch(after, "")), note, "let")
    elif names.member(annotation) == "let" and node.value is not None:
        end = names.span(node.target).end
        patch = Patch(Span(end, names.span(annotation).end), "")
        yield Respelling((patch,), note, "let")


def _bfloat16(node: ast.Call, names: TextNames) -> Iterator[Respelling]:
    """``T.bfloat16(x)``: that dtype was no member of ``T``."""
    if names.member(node) == "bfloat16" and len(node.args) == 1 and not node.keywords:
        function, argument = names.span(node.func), names.span(node.args[0])
        prefix = dotted(node.func).partition(".")[0]
        patch = Patch(Span(function.start, argument.start), f'{prefix}.Cast("bfloat16", ')
        note = message_of("down-bfloat16")
        yield Respelling((patch,), note, "dtype")


RULES: Mapping[type[ast.AST], tuple[Rule, ...]] = {
    ast.Attribute: (_tvm_namespace, _renamed),
    ast.Call: (_allocation, _bfloat16),
    ast.Compare: (_comparison,),
    ast.FunctionDef: (variables, _decorator),
    ast.ClassDef: (_decorator,),
    ast.Constant: (_string,),
    ast.AnnAssign: (_let,),
}
"""The rules by the class of Python's ``ast`` that they look at; the first that fits counts."""

_OF_2024 = members(GENERATION).namespaces["T"]
KNOWN = _OF_2024.allowed | _OF_2024.refused.keys()
RENAMED = {
    row.to: name
    for name, row in spellings().renamed.items()
    if row.until in NEWER_THAN_2024 and name in SAME_ARGUMENTS
}
"""The name of 2024 for today's name of a member of ``T``."""

NEWER = (
    members().namespaces["T"].allowed
    - set(RENAMED)
    - {"sblock_alloc_buffer", "bfloat16", "let", *LOCAL_MEMORY}
)
"""Members of ``T`` that came later, or have no other name in 2024."""
