"""Write one-line labels of the nodes of the 2024 TVM, short enough for a drawing.

An empty default and a table of rules by ``type_key``, as for today's nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tvm import tir

from viz.legacy.reflection import ENUMERATIONS, type_key

INFIX = {
    "tir.Add": "+",
    "tir.Sub": "-",
    "tir.Mul": "*",
    "tir.Div": "/",
    "tir.Mod": "%",
    "tir.FloorDiv": "//",
    "tir.FloorMod": "%",
    "tir.EQ": "==",
    "tir.NE": "!=",
    "tir.LT": "<",
    "tir.LE": "<=",
    "tir.GT": ">",
    "tir.GE": ">=",
    "tir.And": "and",
    "tir.Or": "or",
}
LOOP_KINDS = ("range", "T.parallel", "T.vectorized", "T.unroll", "T.thread_binding")
"""``tir.For.kind`` and the TVMScript spelling of each."""

DEEPEST = 4
"""Levels of an expression that a label shows."""

LONGEST = 60
"""Characters of a label."""

LEAVES = ("tir.Var", "tir.SizeVar", "IntImm", "FloatImm")


def label(node: Any) -> str:
    """Return a node's one-line label; an empty one where the node's title is enough."""
    rule = LABELS.get(type_key(node))
    text = " ".join(rule(node).split()) if rule is not None else ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def short(node: Any, depth: int = DEEPEST) -> str:
    """Return an expression as one line of TVMScript-like text, cut off below ``depth`` levels."""
    if isinstance(node, str):
        return node
    key = type_key(node)
    if depth == 0 and key not in LEAVES:
        return "…"
    if key in INFIX:
        return f"{_operand(node.a, depth)} {INFIX[key]} {_operand(node.b, depth)}"
    rule = SHORT.get(key)
    if rule is not None:
        return rule(node, depth - 1)
    return LABELS[key](node) if key in LABELS else key.rpartition(".")[2]


def dtype_of(node: Any) -> str:
    """Return the type of an expression, a buffer or a type: ``float32``, ``float32[8, n]``."""
    key = type_key(node)
    if key == "tir.Buffer":
        return f"{node.dtype}[{_list(node.shape)}]"
    if key == "PrimType":
        return str(node.dtype)
    if key == "PointerType":
        return f"{dtype_of(node.element_type)}*"
    if key == "TupleType":
        return f"({', '.join(map(dtype_of, node.fields))})" if node.fields else ""
    if isinstance(node, tir.Var) and type_key(node.type_annotation or node) == "PointerType":
        return dtype_of(node.type_annotation)
    return str(getattr(node, "dtype", "") or "")


def operator(node: Any) -> str:
    """Return the name of a Call's operator; an empty string for any other node."""
    return str(getattr(getattr(node, "op", None), "name", ""))


def _operand(node: Any, depth: int) -> str:
    text = short(node, depth - 1)
    return f"({text})" if type_key(node) in INFIX else text


def _list(nodes: Any, depth: int = DEEPEST - 1) -> str:
    return ", ".join([short(node, depth) for node in nodes])


def _call(node: Any, depth: int) -> str:
    return f"{_callee(node)}({_list(node.args, depth)})"


def _callee(node: Any) -> str:
    name = getattr(node.op, "name", None) or getattr(node.op, "name_hint", "")
    name = str(name).rpartition(".")[2]
    # call_extern("erff", x) is labelled by the extern's name.
    if name in ("call_extern", "call_pure_extern") and node.args:
        if isinstance(node.args[0], tir.StringImm):
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
    if isinstance(node.node, tir.IterVar):
        return f"{node.attr_key} {node.node.thread_tag or node.node.var.name} = {short(node.value)}"
    return f"{node.attr_key} = {short(node.value)}"


def _parameters(function: Any) -> list[str]:
    """Return the names of a function's parameters; of one that stands for a buffer the buffer's."""
    buffers = {variable.handle.value: buffer for variable, buffer in function.buffer_map.items()}
    return [str(buffers.get(each.handle.value, each).name) for each in function.params]


def _scoped(name: str, ty: str, scope: str) -> str:
    return f"{name}: {ty}{f' in {scope}' if scope not in ('', 'global') else ''}"


def _scope_of(variable: Any) -> str:
    return str(getattr(variable.type_annotation, "storage_scope", "") or "")


def _allocate(node: Any) -> str:
    return _scoped(
        node.buffer_var.name, f"{node.dtype}[{_list(node.extents)}]", _scope_of(node.buffer_var)
    )


def _declared(buffer: Any) -> str:
    return _scoped(buffer.name, dtype_of(buffer), _scope_of(buffer.data))


def _integer(node: Any) -> str:
    return str(bool(node.value)) if str(node.dtype) == "bool" else str(node.value)


def _iter_var(node: Any) -> str:
    names = ENUMERATIONS["tir.IterVar", "iter_type"]
    kind = names[node.iter_type] if 0 <= node.iter_type < len(names) else ""
    where = f" in {short(node.dom)}" if node.dom is not None else ""
    return f"{node.var.name} {kind}{where}{' ' + node.thread_tag if node.thread_tag else ''}"


def _always(text: str) -> Callable[[Any], str]:
    return lambda node: text


SHORT: dict[str, Callable[[Any, int], str]] = {
    "tir.BufferLoad": lambda n, d: f"{n.buffer.name}[{_list(n.indices, d)}]",
    "tir.BufferRegion": lambda n, d: f"{n.buffer.name}[{_list(n.region, d)}]",
    "Range": lambda n, d: f"{short(n.min, d)}:{short(n.min + n.extent, d)}",
    "tir.Call": _call,
    "tir.Cast": lambda n, d: f"{n.dtype}({short(n.value, d)})",
    "tir.Not": lambda n, d: f"not {_operand(n.a, d)}",
    "tir.Min": lambda n, d: f"min({short(n.a, d)}, {short(n.b, d)})",
    "tir.Max": lambda n, d: f"max({short(n.a, d)}, {short(n.b, d)})",
    "tir.Select": lambda n, d: (
        f"Select({short(n.condition, d)}, {short(n.true_value, d)}, {short(n.false_value, d)})"
    ),
    "tir.Ramp": lambda n, d: f"Ramp({short(n.base, d)}, {short(n.stride, d)}, {short(n.lanes, d)})",
    "tir.Broadcast": lambda n, d: f"Broadcast({short(n.value, d)}, {short(n.lanes, d)})",
    "tir.Let": lambda n, d: f"let {n.var.name} = {short(n.value, d)} in {short(n.body, d)}",
}

LABELS: dict[str, Callable[[Any], str]] = {
    **{key: _always(sign) for key, sign in INFIX.items()},
    "tir.Min": _always("min"),
    "tir.Max": _always("max"),
    "tir.Not": _always("not"),
    "tir.Cast": lambda n: f"to {n.dtype}",
    "tir.Let": lambda n: f"{n.var.name} =",
    "tir.Var": lambda n: str(n.name),
    "tir.SizeVar": lambda n: str(n.name),
    "GlobalVar": lambda n: str(n.name_hint),
    "IntImm": _integer,
    "FloatImm": lambda n: repr(float(n.value)),
    "tir.StringImm": lambda n: repr(str(n.value)),
    "tir.Call": _callee,
    "Op": lambda n: str(n.name).rpartition(".")[2],
    "tir.Buffer": _declared,
    "tir.BufferLoad": lambda n: f"{n.buffer.name}[{_list(n.indices)}]",
    "tir.BufferRegion": lambda n: f"{n.buffer.name}[{_list(n.region)}]",
    "Range": lambda n: f"{short(n.min)}:{short(n.min + n.extent)}",
    "tir.For": _loop,
    "tir.While": lambda n: f"while {short(n.condition)}",
    "tir.IfThenElse": lambda n: f"if {short(n.condition)}",
    "tir.BufferStore": lambda n: f"{n.buffer.name}[{_list(n.indices)}] = …",
    "tir.LetStmt": lambda n: f"{n.var.name} = …",
    "tir.Allocate": _allocate,
    "tir.AllocateConst": lambda n: f"{n.buffer_var.name}: {n.dtype}[{_list(n.extents)}]",
    "tir.DeclBuffer": lambda n: _declared(n.buffer),
    "tir.BufferRealize": lambda n: f"{n.buffer.name}[{_list(n.bounds)}]",
    "tir.AttrStmt": _attribute,
    "tir.AssertStmt": lambda n: f"assert {short(n.condition)}",
    "tir.SeqStmt": lambda n: f"{len(n.seq)} statements",
    "tir.PrimFunc": lambda n: f"({', '.join(_parameters(n))})",
    "tir.IterVar": _iter_var,
    "PointerType": dtype_of,
    "tir.Block": lambda n: f'"{n.name_hint}"',
    "tir.MatchBufferRegion": lambda n: f"{n.buffer.name} over {n.source.buffer.name}",
}
