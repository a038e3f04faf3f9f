"""Older TVMScript spellings and what they are called today, as a table of rules.

A rule looks at one ``ast`` node at a time and proposes replacements of pieces of the user's text.
Rules marked ``certain`` match only what today's TVM no longer knows; the others (say a bare
``@T.prim_func``) mean something else today, so they apply only to a text that is old for certain
or does not parse as it is.

The spellings were collected from TVM's own tests of 2022 to 2024.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

from viz.frontend.dialect.names import Scope, bindings
from viz.frontend.syntax import dotted
from viz.text import Patch, Span

RENAMED = {
    "block": "sblock",
    "block_attr": "sblock_attr",
    "SizeVar": "Var",
    "buffer_decl": "Buffer",
    "float8": "float8_e4m3",
    "e4m3_float8": "float8_e4m3",
    "e5m2_float8": "float8_e5m2",
}
"""Members of ``T`` that only changed their name."""

_SCALAR = re.compile(r"(u?int|b?float|handle|boolean|bool)\w*")


OLD_DECORATORS = {
    "tvm.script.tir.prim_func",
    "tvm.script.tirx.prim_func",
    "script.tir.prim_func",
}


class Proposal(NamedTuple):
    """Write ``new`` for ``span``.

    ``pieces`` are the patches that do it where parts of the old text stay (other rules may change
    those); ``moves`` bring a body to the left.
    """

    span: Span
    new: str
    pieces: tuple[Patch, ...] = ()
    moves: tuple[Patch, ...] = ()

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The patches of the edit itself."""
        return self.pieces or (Patch(self.span, self.new),)


def _around(span: Span, before: str, kept: ast.expr, scope: Scope) -> Proposal:
    """Write ``before`` and an expression of the old text, which stays, for ``span``."""
    inner, after = scope.span(kept), ""
    if "\n" in scope.source(kept) and not isinstance(kept, ast.Call):
        before, after = f"{before}(", ")"
    pieces = (Patch(Span(span.start, inner.start), before), Patch(Span(inner.end, span.end), after))
    return Proposal(
        span,
        before + scope.source(kept) + after,
        tuple(piece for piece in pieces if piece.new or piece.span.start < piece.span.end),
    )


def _renamed(node: ast.Attribute, scope: Scope) -> Iterator[Proposal]:
    if new := RENAMED.get(scope.member(node)):
        yield Proposal(_attribute(node, scope), new)


def _alloc_buffer(node: ast.Attribute, scope: Scope) -> Iterator[Proposal]:
    if scope.member(node) == "alloc_buffer" and scope.blocks:
        yield Proposal(_attribute(node, scope), "sblock_alloc_buffer")


def _attribute(node: ast.Attribute, scope: Scope) -> Span:
    end = scope.span(node).end
    return Span(end - len(node.attr), end)


def _attribute_key(node: ast.Constant, scope: Scope) -> Iterator[Proposal]:
    if isinstance(node.value, str) and node.value.startswith("tir.") and node not in scope.prose:
        span = scope.span(node)
        start = span.start + scope.text.slice(span).find("tir.")
        yield Proposal(Span(start, start + len("tir.")), "tirx.")


def _prim_func(node: ast.FunctionDef, scope: Scope) -> Iterator[Proposal]:
    for decorator in node.decorator_list if scope.blocks else ():
        if not dotted(decorator).endswith("prim_func") or "s_tir" in ast.unparse(decorator):
            continue
        end, new = scope.span(decorator).end, "(s_tir=True)"
        if isinstance(decorator, ast.Call):
            given = [scope.span(each).end for each in (*decorator.args, *decorator.keywords)]
            end, new = max(given, default=end - 1), ", s_tir=True" if given else "s_tir=True"
        yield Proposal(Span(end, end), new)


def _decorator(node: ast.FunctionDef, scope: Scope) -> Iterator[Proposal]:
    yield from _named(node, scope, OLD_DECORATORS)


def _bare_decorator(node: ast.FunctionDef, scope: Scope) -> Iterator[Proposal]:
    yield from _named(node, scope, {"prim_func"})


def _named(node: ast.FunctionDef, scope: Scope, names: set[str]) -> Iterator[Proposal]:
    for decorator in node.decorator_list:
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted(name) in names:
            yield Proposal(scope.span(name), "T.prim_func")


def _buffer_subscript(node: ast.Subscript, scope: Scope) -> Iterator[Proposal]:
    if scope.member(node.value) == "Buffer":
        elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        inner = ", ".join(scope.source(element) for element in elements)
        yield Proposal(scope.span(node), f"{scope.source(node.value)}({inner})")


def _float_literal(node: ast.BinOp | ast.Compare | ast.Call, scope: Scope) -> Iterator[Proposal]:
    siblings: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        siblings = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        siblings = [node.left, *node.comparators]
    elif scope.member(node) in (
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
                filter(None, (scope.dtype(other) for other in siblings if other is not sibling)), ""
            )
            if dtype:
                yield Proposal(scope.span(sibling), f"T.{dtype}({scope.source(sibling)})")


def _ret(node: ast.Expr, scope: Scope) -> Iterator[Proposal]:
    if not isinstance(node.value, ast.Call):
        return
    call = node.value
    if scope.member(call) == "evaluate" and call.args and isinstance(call.args[0], ast.Call):
        call = call.args[0]
    if scope.member(call) == "ret" and call.args:
        yield _around(scope.span(node), "return ", call.args[0], scope)


def _allocate(node: ast.Assign | ast.With, scope: Scope) -> Iterator[Proposal]:
    for target, value in bindings(node):
        if not isinstance(value, ast.Call) or scope.member(value) != "allocate":
            continue
        extents, dtype = scope.argument(value, 0, "extents"), scope.argument(value, 1, "dtype")
        if extents is None or dtype is None:
            continue
        kind = scope.argument(value, 2, "scope")
        shape = f"({', '.join(scope.source(e) for e in getattr(extents, 'elts', [extents]))},)"
        where = f", scope={scope.source(kind)}" if kind is not None else ""
        new = (
            f"{target} = {scope.prefix(value)}.alloc_buffer({shape}, {scope.source(dtype)}{where})"
        )
        yield from _bound(node, scope, new)


def _pointer(node: ast.Name, scope: Scope) -> Iterator[Proposal]:
    if isinstance(node.ctx, ast.Load) and node.id in scope.pointers and node not in scope.indexed:
        end = scope.span(node).end
        if scope.text.string[end : end + 5] != ".data":
            yield Proposal(Span(end, end), ".data")


def _buffer_decl(node: ast.Assign, scope: Scope) -> Iterator[Proposal]:
    yield from _over_data(node, scope, "buffer_decl")


def _declared_buffer(node: ast.Assign, scope: Scope) -> Iterator[Proposal]:
    yield from _over_data(node, scope, "Buffer")


def _over_data(node: ast.Assign, scope: Scope, member: str) -> Iterator[Proposal]:
    call = node.value
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and scope.member(call) == member
        and any(keyword.arg == "data" for keyword in call.keywords)
    ):
        yield Proposal(_attribute(call.func, scope), "decl_buffer")


def _declaration(node: ast.Assign, scope: Scope) -> Iterator[Proposal]:
    # x = T.var("float32") or x = T.float32() above with T.let(x, v):
    for target, value in bindings(node):
        if (
            isinstance(value, ast.Call)
            and target in scope.named
            and (scope.member(value) in ("var", "Var") or _SCALAR.fullmatch(scope.member(value)))
        ):
            yield Proposal(scope.span(node), "pass")


def _let(node: ast.Assign | ast.With | ast.AnnAssign, scope: Scope) -> Iterator[Proposal]:
    # with T.LetStmt(v) as x:    x = T.LetStmt(v)    with T.let(x, v):    x: T.int32 = v
    for target, value in bindings(node):
        if (
            isinstance(value, ast.Call)
            and scope.member(value) in ("LetStmt", "let")
            and len(value.args) == 1
        ):
            yield from _bound(node, scope, f"{target}: T.let = ", value.args[0])
    if isinstance(node, ast.With) and len(node.items) == 1 and node.items[0].optional_vars is None:
        bound = scope.let(node.items[0].context_expr)
        if bound is not None:
            yield from _bound(node, scope, f"{scope.source(bound[0])}: T.let = ", bound[1])
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        annotation = node.annotation
        if isinstance(annotation, ast.Attribute) and scope.member(annotation) not in ("", "let"):
            yield Proposal(scope.span(annotation), f"T.let[{scope.source(annotation)}]")
        elif isinstance(annotation, ast.Subscript) and scope.member(annotation.value) == "Ptr":
            yield Proposal(scope.span(annotation), "T.let")


def _with_buffer(node: ast.With, scope: Scope) -> Iterator[Proposal]:
    for target, value in bindings(node):
        if scope.member(value) == "decl_buffer":
            yield from _bound(node, scope, f"{target} = ", value)


def _metadata(node: ast.Assign | ast.With, scope: Scope) -> Iterator[Proposal]:
    # Where a module printed before 2023 kept its constants; TVM takes it for a function today.
    if any(target == "__tvm_meta__" for target, _ in bindings(node)):
        yield Proposal(scope.span(node), "")


def _dropped(node: ast.Call, scope: Scope) -> Iterator[Proposal]:
    """Keywords that went without a trace: ``buffer_type="auto"``, ``is_size_var=True``."""
    if not scope.member(node):
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
        start = max((scope.span(each).end for each in before), default=scope.span(keyword).start)
        yield Proposal(Span(start, scope.span(keyword).end), "")


def _var(node: ast.Call, scope: Scope) -> Iterator[Proposal]:
    if scope.member(node) == "var" and len(node.args) == 1:
        dtype = node.args[0]
        if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str):
            yield Proposal(scope.span(node), f"{scope.prefix(node)}.{dtype.value}()")


def _bound(
    node: ast.AST, scope: Scope, new: str, kept: ast.expr | None = None
) -> Iterator[Proposal]:
    """Replace an assignment, or the head of a ``with`` whose body then moves to the left.

    ``kept`` is the part of the old text that follows ``new``.
    """

    def written(span: Span) -> Proposal:
        return Proposal(span, new) if kept is None else _around(span, new, kept, scope)

    if isinstance(node, ast.Assign):
        yield written(scope.span(node))
        return
    assert isinstance(node, ast.With)
    first, text = node.body[0], scope.text
    if first.lineno == node.lineno:
        return
    bound = node.items[0].optional_vars or node.items[0].context_expr
    colon = text.string.index(":", scope.span(bound).end)
    shift = first.col_offset - node.col_offset
    body: list[Patch] = []
    last = node.end_lineno or first.lineno
    for line in range(text.position(colon).line + 1, last + 1):
        if not text.line(line)[: first.col_offset].strip():
            span = text.line_span(line)
            start = min(span.start + node.col_offset, span.end)
            body.append(Patch(Span(start, min(start + shift, span.end)), ""))
    moved = tuple(patch for patch in body if patch.span.start < patch.span.end)
    yield written(Span(scope.span(node).start, colon + 1))._replace(moves=moved)


Find = Callable[[Any, Scope], Iterator[Proposal]]
"""Finds what to replace in a node, of the types that its annotation names."""


class Rule(NamedTuple):
    """A rule: its name, what to tell the user, whether only old text can match, and the finder."""

    name: str
    note: str
    certain: bool
    find: Find


@cache
def about(find: Find) -> frozenset[type[ast.AST]]:
    """Return the types of the nodes that a finder looks at."""
    hint = get_type_hints(find)["node"]
    return frozenset(get_args(hint) or {hint})


RULES: tuple[Rule, ...] = (
    Rule("buffer-decl", "a buffer over existing data is declared now", True, _buffer_decl),
    Rule("renamed", "has a new name since TVM 0.20", True, _renamed),
    Rule("attribute-key", "attribute keys start with tirx. now", True, _attribute_key),
    Rule("decorator", "tvm.script.tir is T now", True, _decorator),
    Rule("buffer-subscript", "buffer annotations are calls now", True, _buffer_subscript),
    Rule("ret", "a function returns with return now", True, _ret),
    Rule("allocate", "allocations are buffers now", True, _allocate),
    Rule("pointer", "the pointer of an allocation is its .data now", True, _pointer),
    Rule("with-buffer", "a declaration is a statement of its own now", True, _with_buffer),
    Rule("metadata", "modules print without it now", True, _metadata),
    Rule("dropped", "this argument is gone", True, _dropped),
    Rule("declaration", "a name is declared where it gets its value now", False, _declaration),
    Rule("var", "variables are made by their dtype now", True, _var),
    Rule("bare-decorator", "prim_func is a member of T", False, _bare_decorator),
    Rule("prim-func", "functions with blocks are marked s_tir=True now", False, _prim_func),
    Rule(
        "alloc-buffer", "inside block programs it is sblock_alloc_buffer now", False, _alloc_buffer
    ),
    Rule("declared-buffer", "a buffer over existing data is declared now", False, _declared_buffer),
    Rule("let", "names for values are written name: T.let = value now", False, _let),
    Rule("float-literal", "a number has a dtype of its own now", False, _float_literal),
)
