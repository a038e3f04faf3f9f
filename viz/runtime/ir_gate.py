"""The gate on a program's IR, before it runs: what machine code must not be made of.

Only Run asks it. The tree, the passes and the texts of a program that it refuses can be looked at.
It makes no program safe, since ``A[i + 64]`` reads what lies behind a buffer: the jail does that.
What it refuses is what no program to learn from needs: other people's functions, text that slips
into the generated source, pointers made of numbers.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import tvm
from tvm.target.codegen import llvm_lookup_intrinsic_id
from tvm_ffi import Array, Dict, List, Map

from viz.errors import RefusedError
from viz.ir.labels import dtype, operator, type_key
from viz.ir.walker import SpanOf, shape

MOST_NODES = 100_000
"""As a codegen meets them: what stands in two places counts twice."""

NAMES = {
    ("ir.Var", "name"),
    ("s_tir.SBlock", "name_hint"),
    ("ir.GlobalVar", "name_hint"),
}
"""Fields whose strings become names in the source; a block's name, part of names."""

SYMBOLS = {"global_symbol", "system_lib_prefix"}
"""Attributes whose strings become names of functions."""

_NAME = re.compile(r"(?!\d)[\w.]{1,128}")
_SYMBOL = re.compile(r"(?!\d)\w{1,128}")
_TEXT = re.compile(r"[\w .:,+\-*/=@<>\[\]]{0,200}")
"""Dtypes, scopes, threads and the like: some get into the source as they are, without quotes."""
_OWNER = re.compile(r"import|extern|(^|\.)target$|^device_|^compute_scope|resource|launch_params")
"""Attributes and annotations that bring in other code, or choose what the program runs on."""

POINTERS = {"tirx.address_of", "tirx.buffer_data", "tirx.tvm_access_ptr"}
"""What makes a pointer, from a buffer only."""


class Refused(msgspec.Struct, frozen=True):
    """Operations that must not run, and why."""

    why: str
    operations: frozenset[str]


class Rules(msgspec.Struct, frozen=True):
    """The lists of ``viz/model/catalog/runnable.toml``."""

    extern: frozenset[str]
    llvm: frozenset[str]
    families: tuple[str, ...]
    operations: frozenset[str]
    refused: tuple[Refused, ...]

    def why_not(self, operation: str) -> str:
        """Return why an operation must not run, or nothing."""
        if operation in self.operations or operation.startswith(self.families):
            return ""
        found = (row.why for row in self.refused if operation in row.operations)
        return next(found, "it is not known to be harmless")


@cache
def rules() -> Rules:
    """Return what may run."""
    text = files("viz.model.catalog").joinpath("runnable.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=Rules)


class Met(NamedTuple):
    """A node or a string where it was met.

    ``owner`` is the ``type_key`` of the node around it, ``field`` the field or the key in it, and
    ``place`` the innermost statement or expression with a span.
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
        At the innermost node with a span.
    """
    names = {str(variable.name_hint) for variable in mod.functions}
    count = 0
    for met in _everything(mod):
        count += 1
        why = "" if count <= MOST_NODES else f"it has more than {MOST_NODES:,} nodes"
        why = why or _why_not(met, names)
        if why:
            raise RefusedError(
                f"this program is not run: {why}",
                span=user_span(getattr(met.place, "span", None)),
                hint="Its tree, its passes and its source can be looked at all the same.",
            )


def _everything(mod: tvm.IRModule) -> Iterator[Met]:
    """Yield the nodes, strings and keys of a module; a variable and a type only where first met."""
    stack = [Met(mod.attrs, "ir.IRModule", "attrs", None)]
    for variable, function in mod.functions.items():
        stack.append(Met(str(variable.name_hint), "ir.GlobalVar", "name_hint", function))
        stack.append(Met(function, "ir.IRModule", "functions", function))
    seen: set[int] = set()
    while stack:
        met = stack.pop()
        value = met.value
        if isinstance(value, str):
            yield met
        elif isinstance(value, Array | List):
            stack += [met._replace(value=each) for each in value]
        elif isinstance(value, Map | Dict):
            for key, each in value.items():
                stack += _entry(met, key, each)
        elif isinstance(value, tvm.ir.DictAttrs):
            for key in value.keys():
                stack += _entry(met, key, value[key])
        elif hasattr(type(value), "__tvm_ffi_type_info__"):
            once = isinstance(value, tvm.ir.Var | tvm.ir.Type | tvm.ir.Op)
            handle = int(value.__chandle__())
            if once and handle in seen:
                continue
            seen.add(handle)
            yield met
            stack += _fields(met)


def _entry(met: Met, key: Any, value: Any) -> list[Met]:
    """Return the key and the value of an annotation or an attribute."""
    if not isinstance(key, str):
        return [met._replace(value=each) for each in (key, value)]
    return [Met(key, met.owner, "key", met.place), Met(value, met.owner, str(key), met.place)]


def _fields(met: Met) -> list[Met]:
    key = type_key(met.value)
    if key in ("ir.Op", "ir.GlobalVar"):
        return []
    place = met.value if getattr(met.value, "span", None) is not None else met.place
    cls: Any = type(met.value)
    # A message is escaped by every codegen, and may hold what it likes.
    fields = [name for name in shape(cls).fields if name != "message_parts"]
    return [Met(getattr(met.value, name), key, name, place) for name in fields]


# ---------------------------------------------------------------- reasons


def _why_not(met: Met, names: set[str]) -> str:
    if isinstance(met.value, str):
        return _why_not_string(met)
    rule = _RULES.get(type_key(met.value))
    if rule is not None and (why := rule(met.value, names)):
        return why
    return _why_no_pointer(met.value)


def _why_not_string(met: Met) -> str:
    text = str(met.value)
    if met.field in SYMBOLS or met.owner == "ir.GlobalVar":
        return "" if _SYMBOL.fullmatch(text) else f"{_shown(text)} is no name for a function"
    if (met.owner, met.field) in NAMES:
        return "" if _NAME.fullmatch(text) or not text else f"{_shown(text)} is no name"
    if met.field in ("key", "attr_key") and _OWNER.search(text):
        return f"the attribute {_shown(text)} brings in other code or another target"
    if not _TEXT.fullmatch(text):
        return f"the string {_shown(text)} may become source of its own"
    return ""


def _why_not_call(call: Any, names: set[str]) -> str:
    operation = call.op
    if isinstance(operation, tvm.ir.GlobalVar):
        name = str(operation.name_hint)
        return "" if name in names else f"it calls {_shown(name)}, which is not in the module"
    if not isinstance(operation, tvm.ir.Op):
        return "it calls what is no operation of TVM"
    name = str(operation.name)
    if why := rules().why_not(name):
        return f"it uses {name}; {why}"
    if name in ("tirx.call_extern", "tirx.call_pure_extern"):
        called = str(getattr(call.args[0], "value", ""))
        if called not in rules().extern:
            return f"it calls {_shown(called)}; only C's mathematics library may be called"
    elif name.startswith("tirx.call_llvm"):
        if int(getattr(call.args[0], "value", 0)) not in _intrinsics():
            return "it uses an intrinsic of LLVM that is not on the list"
    return ""


def _why_not_function(function: Any, names: set[str]) -> str:
    if not isinstance(function, tvm.tirx.PrimFunc):
        return f"it holds a {type_key(function)}, which is no PrimFunc"
    return ""


def _why_no_address(buffer: Any, names: set[str]) -> str:
    return "it places a buffer at an address" if len(buffer.allocated_addr) else ""


def _why_no_target(target: Any, names: set[str]) -> str:
    return "it names its own target; take that out of T.func_attr and choose a device"


_RULES: dict[str, Callable[[Any, set[str]], str]] = {
    "ir.Call": _why_not_call,
    "relax.expr.Function": _why_not_function,
    "relax.expr.ExternFunc": _why_not_function,
    "target.Target": _why_no_target,
    "tirx.BufferType": _why_no_address,
}


def _why_no_pointer(value: Any) -> str:
    """Tell an address that is made of numbers, or read from memory."""
    if not isinstance(value, tvm.ir.Expr) or isinstance(value, tvm.ir.Var):
        return ""
    ty = getattr(value, "ty", None)
    if ty is None or (type_key(ty) != "ir.PointerType" and dtype(ty) != "handle"):
        return ""
    made = isinstance(value, tvm.ir.Call) and operator(value) in POINTERS
    return "" if made else "it makes a pointer that is not one of its buffers"


@cache
def _intrinsics() -> frozenset[int]:
    """Return the numbers of LLVM's intrinsics that may be used, in this LLVM."""
    found = {int(llvm_lookup_intrinsic_id(f"llvm.{name}")) for name in rules().llvm}
    return frozenset(found - {0})


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
