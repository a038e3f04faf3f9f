"""Bring a text in today's TVMScript down to the spelling of 2024, with a reason for each edit.

The tables of older spellings are read the other way round where both directions mean the same; what
this generation cannot say at all is refused with its place. A rule looks at one node of Python's
``ast`` at a time and proposes patches of the text.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from viz.errors import ParseError
from viz.frontend.extract import Extract
from viz.frontend.gate.allow_list import LETTERS
from viz.frontend.gate.members import members
from viz.frontend.gate.not_tvmscript import dtypes
from viz.frontend.reading.attempts import Respelt
from viz.frontend.syntax import dotted, parsed, span_of
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

DECLARING = frozenset(
    (
        "Buffer",
        "alloc_buffer",
        "alloc_local",
        "alloc_shared",
        "decl_buffer",
        "env_thread",
        "handle",
        "launch_thread",
        "match_buffer",
        "meta_var",
        "sblock_alloc_buffer",
    )
)
"""Members of ``T`` whose result is no value: a name for it declares something."""

DTYPES = dtypes() | {"bool"}

NOT_THERE: dict[type[ast.AST], str] = {ast.Break: "`break`", ast.Continue: "`continue`"}
"""Statements that the parser of 2024 does not know."""


class Respelling(NamedTuple):
    """Patches that belong together: the place they are about, and why."""

    patches: tuple[Patch, ...]
    note: Message
    rule: str


class _Names:
    """The text that is brought down, and what its names mean."""

    def __init__(self, patched: Patched, tree: ast.Module, extract: Extract) -> None:
        self._patched = patched
        self.text = patched.text
        self.letters = LETTERS | dict(extract.program.namespaces)
        self.is_todays = _is_todays(extract)
        self.on_top = {
            id(statement.value)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for statement in function.body
            if isinstance(statement, ast.Assign)
        }
        """The calls whose value is named in the body of a function itself."""
        # Blocks make the difference between T.alloc_buffer of a block and that of a statement.
        self.has_blocks = any(
            self.member(node) in ("sblock", "block")
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
        )

    def span(self, node: ast.AST) -> Span:
        return span_of(node, self.text)

    def origin(self, node: ast.AST) -> Span:
        """Return a node's place in the user's text."""
        return self._patched.origin(self.span(node))

    def source(self, node: ast.AST) -> str:
        return self.text.slice(self.span(node))

    def member(self, node: ast.AST) -> str:
        """Return the name of a member of ``T``, without ``T.``; empty for anything else."""
        node = node.func if isinstance(node, ast.Call) else node
        root, _, rest = dotted(node).partition(".")
        return rest if self.letters.get(root) == "T" else ""

    def tail(self, node: ast.AST, name: str) -> Span:
        """Return the span of a member's name at the end of an attribute."""
        end = self.span(node).end
        return Span(end - len(name), end)


Rule = Callable[[Any, _Names], Iterator[Respelling]]


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
    names = _Names(patched, tree, extract)
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


def _is_todays(extract: Extract) -> bool:
    """Whether the user's text is certainly in today's dialect."""
    imports = [
        extract.text.slice(statement.span).replace(",", " ").split()
        for statement in extract.program.left_out
        if statement.what.id == "left-out-import"
    ]
    if any("tvm.script" in " ".join(words) and "tirx" in words for words in imports):
        return True
    sources = "\n".join(extract.text.slice(span) for span in extract.spans())
    return any(word in sources for word in _TODAYS_WORDS)


_TODAYS_WORDS = ("T.sblock", "s_tir=", "T.let", "tirx.", "T.device_entry")


def _not_there(node: ast.AST, names: _Names) -> Message | None:
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


def _renamed(node: ast.Attribute, names: _Names) -> Iterator[Respelling]:
    """Names of members that were changed since."""
    member = names.member(node)
    if older := RENAMED.get(member):
        note = message_of("down-renamed", member=member, to=older)
        yield Respelling((Patch(names.tail(node, member), older),), note, "renamed")


def _allocation(node: ast.Call, names: _Names) -> Iterator[Respelling]:
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


def _decorator(node: ast.FunctionDef | ast.ClassDef, names: _Names) -> Iterator[Respelling]:
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


def _scalars(function: ast.FunctionDef, names: _Names) -> Iterator[Respelling]:
    """Today's variables: ``x: T.int32 = 0`` may change, where a name of 2024 has one value.

    Raises
    ------
    ParseError
        When such a variable has no dtype in the text.
    """
    if not names.is_todays:
        return
    inner = list(ast.walk(function))
    stores = [node for node in inner if isinstance(node, ast.Name) and _is_stored(node)]
    counts = Counter(node.id for node in stores)
    declared = {
        node.target.id: node
        for node in inner
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and names.member(node.annotation) in DTYPES
    }
    for node in inner:
        changed: ast.expr | None = None
        if isinstance(node, ast.AugAssign):
            changed = node.target
        elif isinstance(node, ast.Assign) and _gives_value(node, names):
            changed = node.targets[0] if counts[dotted(node.targets[0])] > 1 else None
        if isinstance(changed, ast.Name) and changed.id not in declared:
            what = message_of("down-changing-name", name=changed.id)
            raise ParseError(what, span=names.origin(changed))
    for name, node in declared.items():
        if counts[name] == 1 and node.value is not None:
            continue
        yield from _as_element(name, node, inner, names)


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _gives_value(node: ast.Assign, names: _Names) -> bool:
    """Whether an assignment gives a name a value, and declares nothing."""
    if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return False
    member = names.member(node.value) if isinstance(node.value, ast.Call) else ""
    makes_variable = member in DTYPES and not getattr(node.value, "args", ())
    return not (member in DECLARING or member.startswith("axis.") or makes_variable)


def _as_element(
    name: str, node: ast.AnnAssign, inner: list[ast.AST], names: _Names
) -> Iterator[Respelling]:
    """Make a variable the only element of a local buffer, at its declaration and all its uses."""
    note = message_of("down-variable", name=name)
    dtype = names.member(node.annotation)
    declaration = f'{name} = T.decl_buffer((1,), "{dtype}", scope="local")'
    whole = names.span(node)
    if node.value is None:
        yield Respelling((Patch(whole, declaration),), note, "variable")
    else:
        head = Span(whole.start, names.span(node.value).start)
        patch = Patch(head, f"{declaration}; {name}[0] = ")
        yield Respelling((patch,), note, "variable")
    for use in inner:
        if isinstance(use, ast.Name) and use.id == name and use is not node.target:
            place = names.span(use)
            yield Respelling((Patch(place, f"{name}[0]"),), note, "variable")


def _comparison(node: ast.Compare, names: _Names) -> Iterator[Respelling]:
    """``0 <= i < n``, which the parser of 2024 takes for ``(0 <= i) < n``."""
    if not names.is_todays or len(node.ops) < 2:
        return
    for before in node.comparators[:-1]:
        span = names.span(before)
        patch = Patch(Span(span.end, span.end), f" and {names.source(before)}")
        yield Respelling((patch,), message_of("down-comparison"), "comparison")


def _string(node: ast.Constant, names: _Names) -> Iterator[Respelling]:
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


def _tvm_namespace(node: ast.Attribute, names: _Names) -> Iterator[Respelling]:
    """``tvm.tirx.exp``, whose module had another name."""
    if node.attr == "tirx" and dotted(node) == "tvm.tirx":
        patch = Patch(names.tail(node, "tirx"), "tir")
        yield Respelling((patch,), message_of("down-tvm-tir"), "tvm-namespace")


def _let(node: ast.AnnAssign, names: _Names) -> Iterator[Respelling]:
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


def _bfloat16(node: ast.Call, names: _Names) -> Iterator[Respelling]:
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
    ast.FunctionDef: (_scalars, _decorator),
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
