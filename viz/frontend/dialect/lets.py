"""Find older spellings that give a value a name, and of ``return``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from viz.frontend.dialect.context import SpellingContext, bindings
from viz.frontend.dialect.proposal import Proposal, keeping, replacing_binding
from viz.text import Patch, Span

COMPUTING = frozenset(
    "Broadcast Cast Ramp Select Shuffle abs broadcast call_extern call_intrin call_llvm_intrin "
    "call_llvm_pure_intrin call_pure_extern cast ceil ceildiv exp floor floordiv floormod "
    "if_then_else likely log max min pow ramp reinterpret round rsqrt shift_left shift_right "
    "sigmoid sqrt tanh trunc truncdiv truncmod".split()
)
"""Members of ``T`` whose result is a value that an assignment names."""

_SCALAR_TYPE = re.compile(r"(u?int|b?float|handle|boolean|bool)\w*")


def ret(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.ret(x)`` as a statement."""
    if not isinstance(node.value, ast.Call):
        return
    call = node.value
    if context.member(call) == "evaluate" and call.args and isinstance(call.args[0], ast.Call):
        call = call.args[0]
    if context.member(call) == "ret" and call.args:
        yield keeping(context.span(node), "return ", call.args[0], context)


def declaration(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``x = T.var("float32")`` or ``x = T.float32()`` of a name that a let declares, too."""
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


def let(
    node: ast.Assign | ast.With | ast.AnnAssign | ast.Expr, context: SpellingContext
) -> Iterator[Proposal]:
    """Find the statements that give a value a name.

    ``with T.LetStmt(v) as x:``, ``x = T.LetStmt(v)``, ``with T.let(x, v):``,
    ``T.LetStmt(v, var=x)``, ``x: T.int32 = v``, ``x: T.handle("int8") = v``.
    """
    for target, value in bindings(node):
        if (
            isinstance(node, ast.Assign | ast.With)
            and isinstance(value, ast.Call)
            and context.member(value) in ("LetStmt", "let")
            and len(value.args) == 1
        ):
            yield from _named(node, target, value.args[0], context)
    if isinstance(node, ast.Expr):
        yield from _bound(node, node.value, context)
    if isinstance(node, ast.With) and len(node.items) == 1 and node.items[0].optional_vars is None:
        yield from _bound(node, node.items[0].context_expr, context)
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from _annotated(node.annotation, context)


def _named(
    node: ast.Assign | ast.With | ast.Expr, name: str, value: ast.expr, context: SpellingContext
) -> Iterator[Proposal]:
    """Name a value; a name that several ``with`` give gets a number, since it lasts longer now."""
    own = name
    if isinstance(node, ast.With) and context.lets[name] > 1:
        own = context.numbered(name, node)
    inside = node.body if isinstance(node, ast.With) and own != name else []
    uses = [
        Patch(context.span(use), own)
        for statement in inside
        for use in ast.walk(statement)
        if isinstance(use, ast.Name) and use.id == name
    ]
    for proposal in replacing_binding(node, context, f"{own}: T.let = ", value):
        yield proposal._replace(pieces=(*proposal.patches, *uses))


def _bound(
    node: ast.With | ast.Expr, call: ast.expr, context: SpellingContext
) -> Iterator[Proposal]:
    bound = context.let(call)
    if bound is None:
        return
    name, value = bound
    if isinstance(name, ast.Name):
        yield from _named(node, name.id, value, context)
    elif isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name):
        yield from _pointer_of_buffer(node, name.value.id, value, context)


def _pointer_of_buffer(
    node: ast.With | ast.Expr, buffer: str, value: ast.expr, context: SpellingContext
) -> Iterator[Proposal]:
    """Replace ``with T.LetStmt(value, var=tile.data):``, which names the pointer of a buffer.

    The buffer was declared before; it is declared over the pointer now.
    """
    maker, declared = context.makers.get(buffer), context.declarations.get(buffer)
    if not isinstance(maker, ast.Call) or declared is None:
        return
    pointer = context.fresh(f"{buffer}_data")
    indent = "\n" + " " * node.col_offset
    arguments = ", ".join(context.source(a) for a in (*maker.args, *maker.keywords))
    head = f"{pointer}: T.let = {context.source(value)}"
    new = f"{head}{indent}{buffer} = T.decl_buffer({arguments}, data={pointer})"
    for proposal in replacing_binding(node, context, new):
        gone = Patch(context.span(declared), "pass")
        yield proposal._replace(pieces=(*proposal.patches, gone))


def _annotated(annotation: ast.expr, context: SpellingContext) -> Iterator[Proposal]:
    if isinstance(annotation, ast.Attribute) and context.member(annotation) not in ("", "let"):
        yield Proposal(context.span(annotation), f"T.let[{context.source(annotation)}]")
    elif isinstance(annotation, ast.Subscript) and context.member(annotation.value) == "Ptr":
        yield Proposal(context.span(annotation), "T.let")


def plain_assignment(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``x = A[0] + 1``, which named a value and makes a variable in memory today."""
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Name):
        return
    if context.stores[target.id] == 1 and _is_value(node.value, context):
        span, value = context.span(node), context.span(node.value)
        new = f"{target.id}: T.let = {context.source(node.value)}"
        head = Patch(Span(span.start, value.start), f"{target.id}: T.let = ")
        yield Proposal(span, new, (head,))


def _is_value(node: ast.expr, context: SpellingContext) -> bool:
    """Return whether an expression computes a value of TensorIR."""
    if isinstance(node, ast.BinOp):
        return any(_is_value(side, context) for side in (node.left, node.right))
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id in context.buffers
    return isinstance(node, ast.Call) and bool(node.args) and context.member(node) in COMPUTING


def handle(node: ast.AnnAssign, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``q: T.handle("int8") = value``."""
    is_handle = isinstance(node.annotation, ast.Call) and context.member(node.annotation) in (
        "handle",
        "Ptr",
    )
    if node.value is not None and is_handle:
        yield Proposal(context.span(node.annotation), "T.let")


def let_expression(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.Let(x, value, body)`` and ``T.let(x, value, body)``."""
    if context.member(node) not in ("Let", "let") or len(node.args) != 3 or node.keywords:
        return
    name, value, body = node.args
    prefix = context.todays_prefix(node)
    if any(map(_may_change, (*ast.walk(value), *ast.walk(body)))):
        # What other rules may change stays where it is.
        ends = [context.span(argument) for argument in node.args]
        start = context.span(node).start
        yield Proposal(
            Span(start, ends[2].start),
            f"{prefix}.Let(where={{{context.source(name)}: {context.source(value)}}}, expr=",
            pieces=(
                Patch(Span(start, ends[0].start), f"{prefix}.Let(where={{"),
                Patch(Span(ends[0].end, ends[1].start), ": "),
                Patch(Span(ends[1].end, ends[2].start), "}, expr="),
            ),
        )
        return
    where = f"{{{context.source(name)}: {context.source(value)}}}"
    yield Proposal(context.span(node), f"{prefix}.Let({context.source(body)}, where={where})")


def _may_change(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Slice) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Let", "let", "load"))
    )
