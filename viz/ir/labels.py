"""Write one-line labels of IR nodes, short enough for a drawing.

An empty default and a table of rules by ``type_key``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from viz.ir.reflection import ENUMERATIONS, elements

INFIX = {
    "prim.Add": "+",
    "prim.Sub": "-",
    "prim.Mul": "*",
    "prim.Div": "/",
    "prim.Mod": "%",
    "prim.FloorDiv": "//",
    "prim.FloorMod": "%",
    "prim.EQ": "==",
    "prim.NE": "!=",
    "prim.LT": "<",
    "prim.LE": "<=",
    "prim.GT": ">",
    "prim.GE": ">=",
    "prim.And": "and",
    "prim.Or": "or",
    "prim.BitwiseAnd": "&",
    "prim.BitwiseOr": "|",
    "prim.BitwiseXor": "^",
    "prim.LShift": "<<",
    "prim.RShift": ">>",
}
LOOP_KINDS = ("range", "T.parallel", "T.vectorized", "T.unroll", "T.thread_binding")
"""``tirx.For.kind`` and the TVMScript spelling of each."""

DEEPEST = 4
"""Levels of an expression that a label shows."""

LONGEST = 60
"""Characters of a label."""


def type_key(node: Any) -> str:
    """Return the ``type_key`` TVM registered for an object's class, or an empty string."""
    return key_of(node.__class__)


@cache
def key_of(cls: type) -> str:
    """Return the ``type_key`` that TVM registered for a class, or an empty string."""
    info = getattr(cls, "__tvm_ffi_type_info__", None)
    return info.type_key if info is not None else ""


@cache
def is_a(cls: type, base: type) -> bool:
    """Whether a class is a subclass of another; cached, since Expr and Stmt are slow (ABCs)."""
    return issubclass(cls, base)


def label(node: Any) -> str:
    """Return a node's one-line label; an empty one where the node's title is enough."""
    rule = LABELS.get(type_key(node))
    if rule is not None:
        return _cut(rule(node))
    return ""


def short(node: Any, depth: int = DEEPEST) -> str:
    """Return an expression as one line of TVMScript-like text, cut off below ``depth`` levels."""
    key = type_key(node)
    if depth == 0 and key not in ("ir.Var", "ir.IntImm", "ir.FloatImm"):
        return "…"
    if key in INFIX:
        return f"{_operand(node.a, depth)} {INFIX[key]} {_operand(node.b, depth)}"
    rule = SHORT.get(key)
    if rule is not None:
        return rule(node, depth - 1)
    return LABELS[key](node) if key in LABELS else key.rpartition(".")[2]


def dtype(ty: Any) -> str:
    """Return a type as text: ``float32``, ``float32[8, n]`` for a buffer, ``float32*``."""
    key = type_key(ty)
    if key == "ir.PrimType":
        return str(ty.dtype)
    if key == "tirx.BufferType":
        return f"{dtype(ty.dtype)}[{_list(ty.shape)}]"
    if key == "ir.PointerType":
        return f"{dtype(ty.element_type)}*"
    if key == "relax.TensorType":
        shape = getattr(ty.shape, "values", None)
        return f"{ty.dtype or '?'}[{'?' if shape is None else _list(shape)}]"
    if key == "relax.ShapeType":
        return "Shape" if ty.values is None else f"({_list(ty.values)})"
    if key == "ir.TupleType":
        return f"({', '.join(map(dtype, ty.fields))})" if ty.fields else ""
    return ""


def operator(node: Any) -> str:
    """Return the name of a Call's operator; an empty string for any other node."""
    return str(getattr(getattr(node, "op", None), "name", ""))


def _operand(node: Any, depth: int) -> str:
    text = short(node, depth - 1)
    return f"({text})" if type_key(node) in INFIX else text


def _list(nodes: Any, depth: int = DEEPEST - 1) -> str:
    return ", ".join([short(node, depth) for node in elements(nodes)])


def _call(node: Any, depth: int) -> str:
    return f"{_callee(node)}({_list(node.args, depth)})"


def _callee(node: Any) -> str:
    name = getattr(node.op, "name", None) or getattr(node.op, "name_hint", "")
    name = str(name).rpartition(".")[2]
    # call_extern("erff", x) is labelled by the extern's name.
    if (
        name in ("call_extern", "call_pure_extern")
        and node.args
        and type_key(node.args[0]) == "ir.StringImm"
    ):
        return str(node.args[0].value)
    return name


def _loop(node: Any) -> str:
    name, start, extent = node.loop_var.name, short(node.min), short(node.extent)
    span = extent if start == "0" else f"{start}, {short(node.min + node.extent)}"
    kind = LOOP_KINDS[node.kind] if 0 <= node.kind < len(LOOP_KINDS) else "range"
    if node.thread_binding is not None and node.thread_binding.thread_tag:
        return f"for {name} in {node.thread_binding.thread_tag} ({span})"
    return f"for {name} in {kind}({span})"


def _attribute(node: Any) -> str:
    if type_key(node.node) == "tirx.IterVar":
        return f"{node.attr_key} {node.node.thread_tag or node.node.var.name} = {short(node.value)}"
    return f"{node.attr_key} = {short(node.value)}"


def _buffer(node: Any) -> str:
    ty = node.buffer.ty
    scope = getattr(ty, "storage_scope", "")
    where = f" in {scope}" if scope and scope != "global" else ""
    return f"{node.buffer.name}: {dtype(ty)}{where}"


def _scope_ids(node: Any) -> str:
    names = ", ".join(str(variable.name) for variable in node.def_ids)
    return f"{names} < {_list(node.extents)}" if node.extents else names


def _tile_call(node: Any) -> str:
    written = [argument for argument in node.args if type_key(argument) in SHORT]
    return f"{str(node.op.name).rpartition('.')[2]}({_list(written)})"


def _float(node: Any) -> str:
    return repr(float(node.value))


def _always(text: str) -> Callable[[Any], str]:
    return lambda node: text


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


SHORT: dict[str, Callable[[Any, int], str]] = {
    "ir.TensorLoad": lambda n, d: f"{short(n.source, d + 1)}[{_list(n.indices, d)}]",
    "ir.TensorRegion": lambda n, d: f"{n.source.name}[{_list(n.region, d)}]",
    "ir.Range": lambda n, d: f"{short(n.min, d)}:{short(n.min + n.extent, d)}",
    "ir.Call": _call,
    "prim.Cast": lambda n, d: f"{dtype(n.ty)}({short(n.value, d)})",
    "prim.Not": lambda n, d: f"not {_operand(n.a, d)}",
    "prim.BitwiseNot": lambda n, d: f"~{_operand(n.a, d)}",
    "prim.Min": lambda n, d: f"min({short(n.a, d)}, {short(n.b, d)})",
    "prim.Max": lambda n, d: f"max({short(n.a, d)}, {short(n.b, d)})",
    "prim.Select": lambda n, d: (
        f"Select({short(n.condition, d)}, {short(n.true_value, d)}, {short(n.false_value, d)})"
    ),
    "prim.Ramp": lambda n, d: (
        f"Ramp({short(n.base, d)}, {short(n.stride, d)}, {short(n.lanes, d)})"
    ),
    "prim.Broadcast": lambda n, d: f"Broadcast({short(n.value, d)}, {short(n.lanes, d)})",
    "prim.Let": lambda n, d: f"let {n.var.name} = {short(n.value, d)} in {short(n.body, d)}",
    "ir.Tuple": lambda n, d: f"({_list(n.fields, d)})",
}

LABELS: dict[str, Callable[[Any], str]] = {
    **{key: _always(sign) for key, sign in INFIX.items()},
    "prim.Min": lambda n: "min",
    "prim.Max": lambda n: "max",
    "prim.Not": lambda n: "not",
    "prim.BitwiseNot": lambda n: "~",
    "prim.Cast": lambda n: f"to {dtype(n.ty)}",
    "prim.Let": lambda n: f"{n.var.name} =",
    "ir.Var": lambda n: str(n.name),
    "ir.GlobalVar": lambda n: str(n.name_hint),
    "ir.IntImm": lambda n: str(bool(n.value)) if dtype(n.ty) == "bool" else str(n.value),
    "ir.FloatImm": _float,
    "ir.StringImm": lambda n: repr(str(n.value)),
    "ir.Call": _callee,
    "ir.Op": lambda n: str(n.name).rpartition(".")[2],
    "ir.TensorLoad": lambda n: f"{short(n.source)}[{_list(n.indices)}]",
    "ir.TensorRegion": lambda n: f"{n.source.name}[{_list(n.region)}]",
    "ir.Range": lambda n: f"{short(n.min)}:{short(n.min + n.extent)}",
    "tirx.For": _loop,
    "tirx.While": lambda n: f"while {short(n.condition)}",
    "tirx.IfThenElse": lambda n: f"if {short(n.condition)}",
    "tirx.BufferStore": lambda n: f"{n.buffer.name}[{_list(n.indices)}] = …",
    "tirx.Bind": lambda n: f"{n.var.name} = …",
    "tirx.AllocBuffer": _buffer,
    "tirx.DeclBuffer": _buffer,
    "tirx.AttrStmt": _attribute,
    "tirx.AssertStmt": lambda n: f"assert {short(n.condition)}",
    "tirx.SeqStmt": lambda n: f"{len(n.seq)} statements",
    "tirx.ScopeIdDefStmt": lambda n: _scope_ids(getattr(n, "def")),
    "tirx.ScopeIdDef": _scope_ids,
    "tirx.TilePrimitiveCall": _tile_call,
    "tirx.PrimFunc": lambda n: f"({', '.join(p.name for p in n.params)})",
    "tirx.IterVar": lambda n: f"{n.var.name} {_iter_type(n)}",
    "tirx.BufferType": dtype,
    "ir.PointerType": dtype,
    "relax.expr.Function": lambda n: f"({', '.join(str(p.name) for p in n.params)})",
    "relax.expr.ExternFunc": lambda n: str(n.global_symbol),
    "relax.expr.SeqExpr": lambda n: short(n.body),
    "relax.expr.VarBinding": lambda n: f"{n.var.name} = …",
    "relax.expr.MatchCast": lambda n: f"{n.var.name} = …",
    "relax.expr.BindingBlock": lambda n: f"{len(n.bindings)} bindings",
    "relax.expr.DataflowBlock": lambda n: f"{len(n.bindings)} bindings",
    "relax.expr.DataflowVar": lambda n: str(n.name),
    "relax.expr.If": lambda n: f"if {short(n.cond)}",
    "relax.expr.ShapeExpr": lambda n: f"({_list(n.values)})",
    "relax.TensorType": dtype,
    "relax.ShapeType": dtype,
    "s_tir.SBlock": lambda n: f'"{n.name_hint}"',
    "s_tir.MatchBufferRegion": lambda n: f"{n.buffer.name} over {n.source.source.name}",
}


def _iter_type(node: Any) -> str:
    kind = ENUMERATIONS["tirx.IterVar", "iter_type"].get(node.iter_type, "")
    where = f" in {short(node.dom)}" if node.dom is not None else ""
    return f"{kind}{where}{' ' + node.thread_tag if node.thread_tag else ''}"
