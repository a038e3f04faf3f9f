"""Rules that replace older spellings of TVMScript by today's.

A rule looks at one ``ast`` node at a time and proposes replacements in the user's text. Rules that
are ``certain`` match only spellings that today's TVM does not read. The others match spellings that
mean something else today, such as a bare ``@T.prim_func``: they are applied only to a text that is
certainly old, or that does not parse as it stands.

The spellings were collected from TVM's own tests of 2022 to 2024.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

from viz.frontend.dialect.context import SpellingContext, bindings
from viz.frontend.dialect.proposal import Proposal, attribute_span, keeping, replacing_binding
from viz.frontend.syntax import dotted
from viz.text import Span

RENAMED = {
    "block": "sblock",
    "block_attr": "sblock_attr",
    "SizeVar": "Var",
    "buffer_decl": "Buffer",
    "float8": "float8_e4m3",
    "e4m3_float8": "float8_e4m3",
    "e5m2_float8": "float8_e5m2",
}
"""Today's names of the members of ``T`` that were only renamed."""

_SCALAR_TYPE = re.compile(r"(u?int|b?float|handle|boolean|bool)\w*")


OLD_DECORATORS = {
    "tvm.script.tir.prim_func",
    "tvm.script.tirx.prim_func",
    "script.tir.prim_func",
}


def _renamed(node: ast.Attribute, context: SpellingContext) -> Iterator[Proposal]:
    if new := RENAMED.get(context.member(node)):
        yield Proposal(attribute_span(node, context), new)


def _alloc_buffer(node: ast.Attribute, context: SpellingContext) -> Iterator[Proposal]:
    if context.member(node) == "alloc_buffer" and context.has_blocks:
        yield Proposal(attribute_span(node, context), "sblock_alloc_buffer")


def _attribute_key(node: ast.Constant, context: SpellingContext) -> Iterator[Proposal]:
    if isinstance(node.value, str) and node.value.startswith("tir.") and node not in context.prose:
        span = context.span(node)
        start = span.start + context.text.slice(span).find("tir.")
        yield Proposal(Span(start, start + len("tir.")), "tirx.")


def _prim_func(node: ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    for decorator in node.decorator_list if context.has_blocks else ():
        if not dotted(decorator).endswith("prim_func") or "s_tir" in ast.unparse(decorator):
            continue
        end, new = context.span(decorator).end, "(s_tir=True)"
        if isinstance(decorator, ast.Call):
            arguments = (*decorator.args, *decorator.keywords)
            ends = [context.span(argument).end for argument in arguments]
            end, new = max(ends, default=end - 1), ", s_tir=True" if ends else "s_tir=True"
        yield Proposal(Span(end, end), new)


def _decorator(node: ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    yield from _named(node, context, OLD_DECORATORS)


def _bare_decorator(node: ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    yield from _named(node, context, {"prim_func"})


def _named(node: ast.FunctionDef, context: SpellingContext, names: set[str]) -> Iterator[Proposal]:
    for decorator in node.decorator_list:
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted(name) in names:
            yield Proposal(context.span(name), "T.prim_func")


def _buffer_subscript(node: ast.Subscript, context: SpellingContext) -> Iterator[Proposal]:
    if context.member(node.value) == "Buffer":
        elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        inner = ", ".join(context.source(element) for element in elements)
        yield Proposal(context.span(node), f"{context.source(node.value)}({inner})")


def _float_literal(
    node: ast.BinOp | ast.Compare | ast.Call, context: SpellingContext
) -> Iterator[Proposal]:
    siblings: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        siblings = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        siblings = [node.left, *node.comparators]
    elif context.member(node) in (
        "max",
        "min",
        "pow",
        "Select",
        "if_then_else",
    ):
        siblings = list(node.args)
    for sibling in siblings:
        literal = sibling.operand if isinstance(sibling, ast.UnaryOp) else sibling
        if isinstance(literal, ast.Constant) and isinstance(literal.value, float):
            dtype = next(
                filter(None, (context.dtype(other) for other in siblings if other is not sibling)),
                "",
            )
            if dtype:
                yield Proposal(context.span(sibling), f"T.{dtype}({context.source(sibling)})")


def _ret(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    if not isinstance(node.value, ast.Call):
        return
    call = node.value
    if context.member(call) == "evaluate" and call.args and isinstance(call.args[0], ast.Call):
        call = call.args[0]
    if context.member(call) == "ret" and call.args:
        yield keeping(context.span(node), "return ", call.args[0], context)


def _allocate(node: ast.Assign | ast.With, context: SpellingContext) -> Iterator[Proposal]:
    for target, value in bindings(node):
        if not isinstance(value, ast.Call) or context.member(value) != "allocate":
            continue
        extents, dtype = context.argument(value, 0, "extents"), context.argument(value, 1, "dtype")
        if extents is None or dtype is None:
            continue
        kind = context.argument(value, 2, "scope")
        shape = f"({', '.join(context.source(e) for e in getattr(extents, 'elts', [extents]))},)"
        where = f", scope={context.source(kind)}" if kind is not None else ""
        allocation = f"{context.prefix(value)}.alloc_buffer"
        new = f"{target} = {allocation}({shape}, {context.source(dtype)}{where})"
        yield from replacing_binding(node, context, new)


def _pointer(node: ast.Name, context: SpellingContext) -> Iterator[Proposal]:
    if (
        isinstance(node.ctx, ast.Load)
        and node.id in context.pointers
        and node not in context.indexed
    ):
        end = context.span(node).end
        if context.text.string[end : end + 5] != ".data":
            yield Proposal(Span(end, end), ".data")


def _buffer_decl(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    yield from _over_data(node, context, "buffer_decl")


def _declared_buffer(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    yield from _over_data(node, context, "Buffer")


def _over_data(node: ast.Assign, context: SpellingContext, member: str) -> Iterator[Proposal]:
    call = node.value
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and context.member(call) == member
        and any(keyword.arg == "data" for keyword in call.keywords)
    ):
        yield Proposal(attribute_span(call.func, context), "decl_buffer")


def _declaration(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    # x = T.var("float32") or x = T.float32() above with T.let(x, v):
    for target, value in bindings(node):
        if (
            isinstance(value, ast.Call)
            and target in context.let_names
            and (
                context.member(value) in ("var", "Var")
                or _SCALAR_TYPE.fullmatch(context.member(value))
            )
        ):
            yield Proposal(context.span(node), "pass")


def _let(
    node: ast.Assign | ast.With | ast.AnnAssign, context: SpellingContext
) -> Iterator[Proposal]:
    # with T.LetStmt(v) as x:    x = T.LetStmt(v)    with T.let(x, v):    x: T.int32 = v
    for target, value in bindings(node):
        if (
            isinstance(value, ast.Call)
            and context.member(value) in ("LetStmt", "let")
            and len(value.args) == 1
        ):
            yield from replacing_binding(node, context, f"{target}: T.let = ", value.args[0])
    if isinstance(node, ast.With) and len(node.items) == 1 and node.items[0].optional_vars is None:
        bound = context.let(node.items[0].context_expr)
        if bound is not None:
            yield from replacing_binding(
                node, context, f"{context.source(bound[0])}: T.let = ", bound[1]
            )
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        annotation = node.annotation
        if isinstance(annotation, ast.Attribute) and context.member(annotation) not in ("", "let"):
            yield Proposal(context.span(annotation), f"T.let[{context.source(annotation)}]")
        elif isinstance(annotation, ast.Subscript) and context.member(annotation.value) == "Ptr":
            yield Proposal(context.span(annotation), "T.let")


def _with_buffer(node: ast.With, context: SpellingContext) -> Iterator[Proposal]:
    for target, value in bindings(node):
        if context.member(value) == "decl_buffer":
            yield from replacing_binding(node, context, f"{target} = ", value)


def _metadata(node: ast.Assign | ast.With, context: SpellingContext) -> Iterator[Proposal]:
    # A module printed before 2023 keeps its constants there; TVM takes it for a function today.
    if any(target == "__tvm_meta__" for target, _ in bindings(node)):
        yield Proposal(context.span(node), "")


def _dropped(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Remove keywords that TVM no longer takes: ``buffer_type="auto"``, ``is_size_var=True``."""
    if not context.member(node):
        return
    for keyword in node.keywords:
        if keyword.arg not in ("buffer_type", "is_size_var"):
            continue
        before = [
            *node.args,
            *(
                k
                for k in node.keywords
                if k.value.lineno < keyword.value.lineno
                or (k.value.lineno, k.value.col_offset)
                < (keyword.value.lineno, keyword.value.col_offset)
            ),
        ]
        start = max(
            (context.span(argument).end for argument in before), default=context.span(keyword).start
        )
        yield Proposal(Span(start, context.span(keyword).end), "")


def _var(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    if context.member(node) == "var" and len(node.args) == 1:
        dtype = node.args[0]
        if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str):
            yield Proposal(context.span(node), f"{context.prefix(node)}.{dtype.value}()")


Find = Callable[[Any, SpellingContext], Iterator[Proposal]]
"""Proposes replacements in a node, which is of the types that the annotation of ``node`` names."""


class SpellingRule(NamedTuple):
    """A rule for an older spelling.

    Attributes
    ----------
    name
        Its name in ``Edit.rule``.
    note
        What the user is told.
    certain
        Whether it matches only what today's TVM does not read.
    find
        Proposes the replacements in a node.
    """

    name: str
    note: str
    certain: bool
    find: Find


@cache
def node_types(find: Find) -> frozenset[type[ast.AST]]:
    """Return the types of the nodes that a rule looks at, from its annotation."""
    hint = get_type_hints(find)["node"]
    return frozenset(get_args(hint) or {hint})


RULES: tuple[SpellingRule, ...] = (
    SpellingRule("buffer-decl", "a buffer over existing data is declared now", True, _buffer_decl),
    SpellingRule("renamed", "has a new name since TVM 0.20", True, _renamed),
    SpellingRule("attribute-key", "attribute keys start with tirx. now", True, _attribute_key),
    SpellingRule("decorator", "tvm.script.tir is T now", True, _decorator),
    SpellingRule("buffer-subscript", "buffer annotations are calls now", True, _buffer_subscript),
    SpellingRule("ret", "a function returns with return now", True, _ret),
    SpellingRule("allocate", "allocations are buffers now", True, _allocate),
    SpellingRule("pointer", "the pointer of an allocation is its .data now", True, _pointer),
    SpellingRule("with-buffer", "a declaration is a statement of its own now", True, _with_buffer),
    SpellingRule("metadata", "modules print without it now", True, _metadata),
    SpellingRule("dropped", "this argument is gone", True, _dropped),
    SpellingRule(
        "declaration", "a name is declared where it gets its value now", False, _declaration
    ),
    SpellingRule("var", "variables are made by their dtype now", True, _var),
    SpellingRule("bare-decorator", "prim_func is a member of T", False, _bare_decorator),
    SpellingRule("prim-func", "functions with blocks are marked s_tir=True now", False, _prim_func),
    SpellingRule(
        "alloc-buffer", "inside block programs it is sblock_alloc_buffer now", False, _alloc_buffer
    ),
    SpellingRule(
        "declared-buffer", "a buffer over existing data is declared now", False, _declared_buffer
    ),
    SpellingRule("let", "names for values are written name: T.let = value now", False, _let),
    SpellingRule("float-literal", "a number has a dtype of its own now", False, _float_literal),
)
