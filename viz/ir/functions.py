"""Select functions of a module with their callees, and give private functions a symbol."""

from __future__ import annotations

from typing import Any

import tvm
import tvm_ffi

from viz.errors import RequestError
from viz.ir.labels import key_of
from viz.messages import message_of


def function_of(mod: tvm.IRModule, name: str) -> Any:
    """Return a module's PrimFunc by name.

    Raises
    ------
    RequestError
        When there is none.
    """
    return mod[_variable(mod, name)]


def module_name(mod: tvm.IRModule, name: str) -> str:
    """Return what a module calls a function that is given by that name or by its symbol.

    Raises
    ------
    RequestError
        When there is none.
    """
    return str(_variable(mod, name).name_hint)


def is_relax(function: Any) -> bool:
    """Return whether a function is one of Relax."""
    return key_of(function.__class__) == "relax.expr.Function"


def returns_value(function: Any) -> bool:
    """Return whether a PrimFunc returns a number, in place of writing to buffers."""
    return key_of(function.ret_type.__class__) == "ir.PrimType"


def relax_functions(mod: tvm.IRModule) -> dict[str, Any]:
    """Return the Relax functions of a module, by name."""
    return {str(v.name_hint): f for v, f in mod.functions.items() if is_relax(f)}


def prim_funcs(mod: tvm.IRModule) -> tvm.IRModule:
    """Return a module without the functions that are no PrimFuncs; itself where there are none."""
    functions = {
        variable: function
        for variable, function in mod.functions.items()
        if isinstance(function, tvm.tirx.PrimFunc)
    }
    return mod if len(functions) == len(mod.functions) else tvm.IRModule(functions, attrs=mod.attrs)


def symbol_of(function: Any) -> str:
    """Return the ``global_symbol`` of a function: what its text is called; empty if it is private.

    In a module it may differ from the name by which the module knows the function.
    """
    symbol = function.attrs.get("global_symbol") if function.attrs else None
    return str(symbol) if symbol else ""


def only(mod: tvm.IRModule, name: str) -> tvm.IRModule:
    """Return a module of one function and those that it calls, directly or through others.

    Raises
    ------
    RequestError
        When there is no function of this name.
    """
    selected: dict[Any, Any] = {}
    waiting = [_variable(mod, name)]
    while waiting:
        variable = waiting.pop()
        if variable not in selected:
            selected[variable] = mod[variable]
            waiting += _calls(mod, mod[variable])
    return mod if len(selected) == len(mod.functions) else tvm.IRModule(selected, attrs=mod.attrs)


def named(mod: tvm.IRModule) -> tuple[tvm.IRModule, tuple[str, ...]]:
    """Give each private function that nothing in the module calls a ``global_symbol``: its name.

    TVM prints the internal functions of Relax modules as ``@T.prim_func(private=True)``, and its
    pipelines lower no entry point without a symbol. A private function that another one calls is
    its subroutine and stays as it is.

    Returns
    -------
    The module (the same object where every function has a symbol), and the functions named.
    """
    called = {str(v.name_hint) for f in mod.functions.values() for v in _calls(mod, f)}
    functions = dict(mod.functions.items())
    names = []
    for variable, function in mod.functions.items():
        name = str(variable.name_hint)
        if name not in called and not symbol_of(function):
            functions[variable] = function.with_attr("global_symbol", name)
            names.append(name)
    if not names:
        return mod, ()
    return tvm.IRModule(functions, attrs=mod.attrs), tuple(sorted(names))


def by_importance(mod: tvm.IRModule) -> list[str]:
    """Return the names of a module's functions: ``main``, those that no other calls, the rest.

    Each of the three is sorted by name. The first is what a text is about.
    """
    functions = {str(v.name_hint): f for v, f in mod.functions.items()}
    called = {
        callee for name, function in functions.items() for callee in callees(function) - {name}
    }
    return sorted(functions, key=lambda name: (name != "main", name in called, name))


def _variable(mod: tvm.IRModule, name: str) -> Any:
    """Return a function's variable by its name in the module, else by its ``global_symbol``."""
    for variable in mod.functions:
        if variable.name_hint == name:
            return variable
    for variable, function in mod.functions.items():
        if symbol_of(function) == name:
            return variable
    known = tuple(sorted(str(variable.name_hint) for variable in mod.functions))
    raise RequestError(message_of("no-function", name=name, known=known))


def callees(function: Any) -> set[str]:
    """Return the names of the functions of its module that a function calls."""
    names: set[str] = set()
    callback = (tvm.ir.GlobalVar, lambda variable: names.add(str(variable.name_hint)))
    tvm_ffi.structural_walk(function.body, [callback], order="pre")
    return names


def _calls(mod: tvm.IRModule, function: Any) -> list[Any]:
    """Return the module's functions that a function calls, as the module's GlobalVars."""
    names = callees(function)
    return [variable for variable in mod.functions if str(variable.name_hint) in names]
