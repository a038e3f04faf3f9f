"""Check a module with Relax functions before it runs: no foreign functions, no raw memory."""

from __future__ import annotations

import tvm
from tvm import ir, relax

from viz.errors import RefusedError
from viz.ir.functions import is_relax, prim_funcs
from viz.ir.labels import operator
from viz.ir.source_map import UserText
from viz.ir.walker import occurrences
from viz.messages import message_of
from viz.runtime import ir_gate

REFUSED = (
    "relax.builtin.",
    "relax.call_builtin_with_ctx",
    "relax.call_dps_packed",
    "relax.call_inplace_packed",
    "relax.call_pure_packed",
    "relax.call_py_func",
    "relax.ccl.",
    "relax.dist.",
    "relax.invoke_",
    "relax.make_closure",
    "relax.memory.",
    "relax.vm.",
)
"""How operators begin that call functions by name, or work on memory: passes put them in, and no
program needs them."""


def check(mod: tvm.IRModule, user_text: UserText) -> None:
    """Refuse a module that must not run.

    Raises
    ------
    RefusedError
        At a call of a function outside of the module, or what the PrimFuncs must not hold
        (:mod:`viz.runtime.ir_gate`).
    """
    ir_gate.check(prim_funcs(mod), user_text)
    for function in filter(is_relax, mod.functions.values()):
        place = function
        for node in occurrences(function):
            if isinstance(node.obj, ir.Call) and node.obj.span is not None:
                place = node.obj
            name = operator(node.obj) if isinstance(node.obj, ir.Call) else ""
            if isinstance(node.obj, relax.ExternFunc):
                name = str(node.obj.global_symbol)
            elif not name.startswith(REFUSED):
                continue
            raise RefusedError(
                message_of("not-run", why=message_of("not-run-external", name=name)),
                span=user_text(place.span),
            )
