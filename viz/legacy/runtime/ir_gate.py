"""Check the IR of a program of 2024 before it runs: as :mod:`viz.runtime.ir_gate` does for today's.

The lists of what may run are the same where names only changed; ``runnable_2024.toml`` has what
stands in no list of today's, and the node types that a program may hold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import tvm
from tvm import tir
from tvm.target.codegen import llvm_lookup_intrinsic_id

from viz.errors import RefusedError
from viz.harness.run_rules import MOST_NODES, rules, shown, why_not_string
from viz.legacy.labels import operator
from viz.legacy.reflection import Array, Map, attribute_names, handle_of, shape_of, type_key
from viz.messages import Message, message_of
from viz.text import Span

TODAY = ("tirx.", "prim.")
"""What today's names of operations of ``tir.`` begin with."""

POINTERS = {"tir.address_of", "tir.tvm_access_ptr", "tir.type_annotation"}
"""Operations that make a pointer from a buffer only, and the name of a type, which no codegen takes
for a pointer."""

SYMBOLS = {"global_symbol", "system_lib_prefix"}
NAMES = {("tir.Var", "name"), ("tir.SizeVar", "name"), ("tir.Buffer", "name")}
NAMES |= {("tir.Block", "name_hint")}

NULL_OWNERS = {"tir.AttrStmt"}
"""Nodes that may hold a null pointer, as the attribute ``reduce_scope`` has."""


class LegacyRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lists of ``viz/model/catalog/runnable_2024.toml``."""

    operations: frozenset[str]
    types: frozenset[str]


@cache
def legacy_rules() -> LegacyRules:
    """Return the lists of what else may run."""
    text = files("viz.model.catalog").joinpath("runnable_2024.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=LegacyRules)


class _Held(NamedTuple):
    """A node or a string, the type and field of the node that holds it, and the nearest place."""

    value: Any
    owner: str
    field: str
    place: Span | None


def check(mod: tvm.IRModule, user_span: Callable[[Any], Span | None]) -> None:
    """Refuse a module that must not run.

    Parameters
    ----------
    user_span
        Gives the place of an object in the user's text.

    Raises
    ------
    RefusedError
        When it must not run, at the innermost node that has a place.
    """
    names = {str(variable.name_hint) for variable in mod.functions}
    for count, held in enumerate(_held(mod, user_span), 1):
        if count > MOST_NODES:
            why: Message | None = message_of("not-run-size", most=MOST_NODES)
        else:
            why = _why_not(held, names)
        if why is not None:
            raise RefusedError(message_of("not-run", why=why), span=held.place)


def _held(mod: tvm.IRModule, user_span: Callable[[Any], Span | None]) -> Iterator[_Held]:
    """Yield the nodes, strings and keys of a module; variables, buffers and types only once."""
    stack = [_Held(mod.attrs, "IRModule", "attrs", None)]
    for variable, function in mod.functions.items():
        stack.append(_Held(str(variable.name_hint), "GlobalVar", "name_hint", None))
        stack.append(_Held(function, "IRModule", "functions", None))
    seen: set[int] = set()
    while stack:
        held = stack.pop()
        value = held.value
        if isinstance(value, str):
            yield held
        elif isinstance(value, Array):
            stack += [held._replace(value=item) for item in value]
        elif isinstance(value, Map):
            for key, item in value.items():
                stack += _entry(held, key, item)
        elif isinstance(value, tvm.ir.attrs.DictAttrs):
            for key in attribute_names(value):
                stack += _entry(held, key, value[key])
        elif isinstance(value, tvm.runtime.Object):
            once = isinstance(value, tir.Var | tir.Buffer | tvm.ir.Type | tvm.ir.Op)
            if once and handle_of(value) in seen:
                continue
            seen.add(handle_of(value))
            place = user_span(value) or held.place
            yield held._replace(place=place)
            if not isinstance(value, tvm.ir.Op | tvm.ir.GlobalVar | tvm.target.Target):
                key = type_key(value)
                # Every codegen escapes the messages of assertions, so any text is allowed in them.
                fields = [name for name in shape_of(value).fields if name != "message"]
                stack += [_Held(getattr(value, name), key, name, place) for name in fields]


def _entry(held: _Held, key: Any, value: Any) -> list[_Held]:
    """Return the key and the value of an annotation or an attribute."""
    if not isinstance(key, str):
        return [held._replace(value=item) for item in (key, value)]
    return [held._replace(value=key, field="key"), held._replace(value=value, field=str(key))]


def _why_not(held: _Held, names: set[str]) -> Message | None:
    value = held.value
    if isinstance(value, str):
        symbol = held.field in SYMBOLS or held.owner == "GlobalVar"
        name = (held.owner, held.field) in NAMES
        return why_not_string(str(value), held.field, symbol=symbol, name=name)
    if isinstance(value, tvm.target.Target):
        return message_of("not-run-own-target")
    key = type_key(value)
    if key not in legacy_rules().types:
        return message_of("not-run-no-primfunc", type=key)
    if isinstance(value, tir.Call) and (why := _why_not_call(value, names)):
        return why
    if held.owner in NULL_OWNERS and _is_null(value):
        return None
    if held.owner == "tir.Evaluate":  # what is not used is no pointer: so tensor cores are called
        return None
    return _why_no_pointer(value)


def _why_not_call(call: Any, names: set[str]) -> Message | None:
    if isinstance(call.op, tvm.ir.GlobalVar):
        name = str(call.op.name_hint)
        return None if name in names else message_of("not-run-call-outside", name=shown(name))
    if not isinstance(call.op, tvm.ir.Op):
        return message_of("not-run-no-operation")
    name = operator(call)
    if name not in legacy_rules().operations:
        reasons = [rules().why_not(name.replace("tir.", letter, 1)) for letter in TODAY]
        if all(reason is not None for reason in reasons):
            return message_of("not-run-operation", name=name, why=reasons[0] or "")
    if name in ("tir.call_extern", "tir.call_pure_extern"):
        called = str(getattr(call.args[0], "value", ""))
        if called not in rules().extern:
            return message_of("not-run-extern", name=shown(called))
    elif name.startswith("tir.call_llvm"):
        if int(getattr(call.args[0], "value", 0)) not in _intrinsics():
            return message_of("not-run-llvm-intrinsic")
    return None


def _why_no_pointer(value: Any) -> Message | None:
    """Return why an expression is a forbidden pointer: made from a number, or read from memory."""
    if not isinstance(value, tvm.ir.PrimExpr) or isinstance(value, tir.Var | tir.StringImm):
        return None
    if str(value.dtype) != "handle":
        return None
    return None if operator(value) in POINTERS else message_of("not-run-pointer")


def _is_null(value: Any) -> bool:
    """Whether an expression is the constant ``T.reinterpret("handle", T.uint64(0))``."""
    return (
        isinstance(value, tir.Call)
        and operator(value) == "tir.reinterpret"
        and all(isinstance(argument, tir.IntImm) for argument in value.args)
        and not any(int(argument.value) for argument in value.args)
    )


@cache
def _intrinsics() -> frozenset[int]:
    """Return the ids, in the LLVM that TVM is linked with, of the intrinsics that may be used."""
    ids = {int(llvm_lookup_intrinsic_id(f"llvm.{name}")) for name in rules().llvm}
    return frozenset(ids - {0})
