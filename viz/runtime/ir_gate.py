"""Check a program's IR before it runs: refuse foreign functions, injected source, raw pointers.

Only a request to run is checked; the tree, the passes and the texts of a refused program can still
be shown. The check alone makes no program safe, since ``A[i + 64]`` reads past the end of a buffer:
the jail does. It refuses extern functions that are not on a list, strings that could become source
text of their own, and pointers made from numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import tvm
from tvm.target.codegen import llvm_lookup_intrinsic_id
from tvm_ffi import Array, Dict, List, Map

from viz.errors import RefusedError
from viz.harness.run_rules import MOST_NODES, rules, shown, why_not_string
from viz.ir.labels import dtype, operator, type_key
from viz.ir.reflection import shape
from viz.ir.walker import SpanOf
from viz.messages import Message, message_of

NAMES = {
    ("ir.Var", "name"),
    ("s_tir.SBlock", "name_hint"),
    ("ir.GlobalVar", "name_hint"),
}
"""Fields whose strings become names in the source, or part of names (a block's)."""

SYMBOLS = {"global_symbol", "system_lib_prefix"}
"""Attributes whose strings become names of functions."""

POINTERS = {"tirx.address_of", "tirx.buffer_data", "tirx.tvm_access_ptr"}
"""Operations that make a pointer, from a buffer only."""

NULL_OWNERS = {"tirx.AttrStmt"}
"""Nodes that may hold a null pointer, which the attribute ``reduce_scope`` has: no codegen writes
the values of attributes, and no buffer can be placed there."""


class Element(NamedTuple):
    """A node or a string of a module, and where it stands.

    Attributes
    ----------
    owner
        The ``type_key`` of the enclosing node.
    field
        The field of that node, or the key of its map, that holds the value.
    place
        The innermost enclosing statement or expression that has a span, or None.
    """

    value: Any
    owner: str
    field: str
    place: Any


def check(mod: tvm.IRModule, user_span: SpanOf = lambda span: None) -> None:
    """Refuse a module that must not run.

    Parameters
    ----------
    user_span
        Turns a TVM span into the user's (:meth:`viz.ir.parse.Parsed.user_span`).

    Raises
    ------
    RefusedError
        When it must not run, at the innermost node that has a span.
    """
    names = {str(variable.name_hint) for variable in mod.functions}
    count = 0
    for element in _elements(mod):
        count += 1
        too_large = count > MOST_NODES
        why = message_of("not-run-size", most=MOST_NODES) if too_large else _why_not(element, names)
        if why is not None:
            raise RefusedError(
                message_of("not-run", why=why),
                span=user_span(getattr(element.place, "span", None)),
            )


def _elements(mod: tvm.IRModule) -> Iterator[Element]:
    """Yield the nodes, strings and keys of a module; variables, types and operators only once."""
    stack = [Element(mod.attrs, "ir.IRModule", "attrs", None)]
    for variable, function in mod.functions.items():
        stack.append(Element(str(variable.name_hint), "ir.GlobalVar", "name_hint", function))
        stack.append(Element(function, "ir.IRModule", "functions", function))
    seen: set[int] = set()
    while stack:
        element = stack.pop()
        value = element.value
        if isinstance(value, str):
            yield element
        elif isinstance(value, Array | List):
            stack += [element._replace(value=item) for item in value]
        elif isinstance(value, Map | Dict):
            for key, item in value.items():
                stack += _entry(element, key, item)
        elif isinstance(value, tvm.ir.DictAttrs):
            for key in value.keys():
                stack += _entry(element, key, value[key])
        elif hasattr(type(value), "__tvm_ffi_type_info__"):
            once = isinstance(value, tvm.ir.Var | tvm.ir.Type | tvm.ir.Op)
            handle = int(value.__chandle__())
            if once and handle in seen:
                continue
            seen.add(handle)
            yield element
            stack += _fields(element)


def _entry(element: Element, key: Any, value: Any) -> list[Element]:
    """Return the key and the value of an annotation or an attribute."""
    if not isinstance(key, str):
        return [element._replace(value=item) for item in (key, value)]
    return [
        Element(key, element.owner, "key", element.place),
        Element(value, element.owner, str(key), element.place),
    ]


def _fields(element: Element) -> list[Element]:
    key = type_key(element.value)
    if key in ("ir.Op", "ir.GlobalVar"):
        return []
    place = element.value if getattr(element.value, "span", None) is not None else element.place
    cls: Any = type(element.value)
    # Every codegen escapes the messages of assertions, so any text is allowed in them.
    fields = [name for name in shape(cls).fields if name != "message_parts"]
    return [Element(getattr(element.value, name), key, name, place) for name in fields]


# ---------------------------------------------------------------- reasons


def _why_not(element: Element, names: set[str]) -> Message | None:
    if isinstance(element.value, str):
        return _why_not_string(element)
    rule = _RULES.get(type_key(element.value))
    if rule is not None and (why := rule(element.value, names)):
        return why
    if element.owner in NULL_OWNERS and _is_null(element.value):
        return None
    return _why_no_pointer(element.value)


def _why_not_string(element: Element) -> Message | None:
    symbol = element.field in SYMBOLS or element.owner == "ir.GlobalVar"
    name = (element.owner, element.field) in NAMES
    return why_not_string(str(element.value), element.field, symbol=symbol, name=name)


def _why_not_call(call: Any, names: set[str]) -> Message | None:
    operation = call.op
    if isinstance(operation, tvm.ir.GlobalVar):
        name = str(operation.name_hint)
        return None if name in names else message_of("not-run-call-outside", name=shown(name))
    if not isinstance(operation, tvm.ir.Op):
        return message_of("not-run-no-operation")
    name = str(operation.name)
    if why := rules().why_not(name):
        return message_of("not-run-operation", name=name, why=why)
    if name in ("tirx.call_extern", "tirx.call_pure_extern"):
        called = str(getattr(call.args[0], "value", ""))
        if called not in rules().extern:
            return message_of("not-run-extern", name=shown(called))
    elif name.startswith("tirx.call_llvm"):
        if int(getattr(call.args[0], "value", 0)) not in _intrinsics():
            return message_of("not-run-llvm-intrinsic")
    return None


def _why_not_function(function: Any, names: set[str]) -> Message | None:
    if isinstance(function, tvm.tirx.PrimFunc):
        return None
    return message_of("not-run-no-primfunc", type=type_key(function))


def _why_no_address(buffer: Any, names: set[str]) -> Message | None:
    return message_of("not-run-address") if len(buffer.allocated_addr) else None


def _why_no_target(target: Any, names: set[str]) -> Message | None:
    return message_of("not-run-own-target")


_RULES: dict[str, Callable[[Any, set[str]], Message | None]] = {
    "ir.Call": _why_not_call,
    "relax.expr.Function": _why_not_function,
    "relax.expr.ExternFunc": _why_not_function,
    "target.Target": _why_no_target,
    "tirx.BufferType": _why_no_address,
}


def _why_no_pointer(value: Any) -> Message | None:
    """Return why an expression is a forbidden pointer: made from a number, or read from memory."""
    if not isinstance(value, tvm.ir.Expr) or isinstance(value, tvm.ir.Var):
        return None
    ty = getattr(value, "ty", None)
    if ty is None or (type_key(ty) != "ir.PointerType" and dtype(ty) != "handle"):
        return None
    is_of_buffer = isinstance(value, tvm.ir.Call) and operator(value) in POINTERS
    return None if is_of_buffer else message_of("not-run-pointer")


def _is_null(value: Any) -> bool:
    """Whether an expression is the constant ``T.reinterpret("handle", T.uint64(0))``."""
    return (
        isinstance(value, tvm.ir.Call)
        and operator(value) == "tirx.reinterpret"
        and all(isinstance(argument, tvm.tirx.IntImm) for argument in value.args)
        and not any(int(argument.value) for argument in value.args)
    )


@cache
def _intrinsics() -> frozenset[int]:
    """Return the ids, in the LLVM that TVM is linked with, of the intrinsics that may be used."""
    ids = {int(llvm_lookup_intrinsic_id(f"llvm.{name}")) for name in rules().llvm}
    return frozenset(ids - {0})
