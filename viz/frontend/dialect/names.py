"""Find older names: of members of ``T``, of namespaces, of decorators and of attribute keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from viz.frontend.bare_names import NAMESPACE, is_imported_name
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal, attribute_span
from viz.frontend.syntax import dotted
from viz.messages import message_of
from viz.model.catalog import spellings
from viz.text import Span

LONG_DECORATORS = {
    "tvm.script.tir.prim_func",
    "tvm.script.tirx.prim_func",
    "script.tir.prim_func",
}


def renamed(node: ast.Attribute, context: SpellingContext) -> Iterator[Proposal]:
    """Find members of ``T`` that only have another name today."""
    member = context.member(node)
    row = spellings().renamed.get(member)
    # An instruction's name may go on: T.ptx.mbarrier.init was one, T.ptx.mbarrier.init.b64 is.
    goes_on = member.startswith("ptx.") and node in context.owners
    end = context.span(node).end
    written = context.text.string[end - len(member) : end] == member
    if row is None or goes_on or not written or is_imported_name(node):
        return
    note = message_of("spelling-renamed-member", member=member, to=row.to)
    yield Proposal(Span(end - len(member), end), row.to, note=note, until=row.until)


def imported_name(node: ast.Attribute, context: SpellingContext) -> Iterator[Proposal]:
    """Find names that the file imports from TVM's script module in place of members of ``T``."""
    if not is_imported_name(node):
        return
    row = spellings().renamed.get(node.attr)
    today = row.to if row is not None else node.attr
    if today == "alloc_buffer" and context.has_blocks:
        today = "sblock_alloc_buffer"
    yield Proposal(context.span(node), f"{NAMESPACE}.{today}")


def tvm_namespace(node: ast.Attribute, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``tvm.tir.exp``, which has another module's name today."""
    if node.attr == "tir" and node in context.owners and dotted(node) == "tvm.tir":
        if not context.stores["tvm"]:
            yield Proposal(attribute_span(node, context), "tirx")


def namespace(node: ast.Name, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``tir.`` and ``ty.`` of 2021, in front of a member."""
    if node.id in context.old_namespaces and node in context.owners:
        yield Proposal(context.span(node), "T")


def script_decorator(
    node: ast.FunctionDef | ast.ClassDef, context: SpellingContext
) -> Iterator[Proposal]:
    """Find ``@tvm.script.tir`` of 2021, and functions of a class that need none there."""
    arguments = "(s_tir=True)" if context.has_blocks else ""
    decorators = [d for d in node.decorator_list if dotted(d) in ("tvm.script.tir", "script.tir")]
    today = "I.ir_module" if isinstance(node, ast.ClassDef) else f"T.prim_func{arguments}"
    for decorator in decorators:
        yield Proposal(context.span(decorator), today)
    bare = isinstance(node, ast.FunctionDef) and not node.decorator_list
    if bare and context.in_old_class:
        start = context.span(node).start
        indent = " " * node.col_offset
        yield Proposal(Span(start, start), f"@T.prim_func{arguments}\n{indent}")


def alloc_buffer(node: ast.Attribute, context: SpellingContext) -> Iterator[Proposal]:
    """Find allocations of a block program."""
    is_member = context.member(node) == "alloc_buffer" and not is_imported_name(node)
    if is_member and context.has_blocks:
        yield Proposal(attribute_span(node, context), "sblock_alloc_buffer")


def attribute_key(node: ast.Constant, context: SpellingContext) -> Iterator[Proposal]:
    """Find keys and operators that start with ``tir.``."""
    if isinstance(node.value, str) and node.value.startswith("tir.") and node not in context.prose:
        span = context.span(node)
        start = span.start + context.text.slice(span).find("tir.")
        yield Proposal(Span(start, start + len("tir.")), "tirx.")


_EXPERIMENTAL = re.compile(
    r"llvm\.experimental\.(?P<name>stepvector|vector\.(reverse|splice|(de)?interleave2|reduce\.\w+))"
)
"""Intrinsics of LLVM that are no experiments any more."""


def intrinsic(node: ast.Constant, context: SpellingContext) -> Iterator[Proposal]:
    """Find older names of intrinsics of LLVM, as in ``T.call_llvm_intrin(…, "llvm.…")``."""
    match = _EXPERIMENTAL.match(node.value) if isinstance(node.value, str) else None
    if match is not None and node not in context.prose:
        start = context.span(node).start
        source = context.source(node)
        begin = start + source.index("experimental.")
        yield Proposal(Span(begin, begin + len("experimental.")), "")


def prim_func(node: ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    """Find functions with blocks that are not marked as such."""
    for decorator in node.decorator_list if context.has_blocks else ():
        if not dotted(decorator).endswith("prim_func") or "s_tir" in ast.unparse(decorator):
            continue
        end, new = context.span(decorator).end, "(s_tir=True)"
        if isinstance(decorator, ast.Call):
            arguments = (*decorator.args, *decorator.keywords)
            ends = [context.span(argument).end for argument in arguments]
            end, new = max(ends, default=end - 1), ", s_tir=True" if ends else "s_tir=True"
        yield Proposal(Span(end, end), new)


def long_decorator(node: ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    """Find decorators that name ``T`` by its module."""
    yield from _named(node, context, LONG_DECORATORS)


def bare_decorator(node: ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``@prim_func`` without a namespace."""
    yield from _named(node, context, {"prim_func"})


def _named(node: ast.FunctionDef, context: SpellingContext, names: set[str]) -> Iterator[Proposal]:
    for decorator in node.decorator_list:
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted(name) in names:
            yield Proposal(context.span(name), "T.prim_func")
