"""Let the rounds of every loop go one after the other: then a CPU can run what is for a GPU."""

from __future__ import annotations

from typing import Any

import tvm
import tvm_ffi
from tvm import tirx

from viz.ir.mutation import mutate


def in_order(mod: tvm.IRModule) -> tvm.IRModule:
    """Return a module in which the rounds of every loop go one after the other."""

    def loop(node: Any, mutator: Any) -> Any:
        node = mutator.default_mutate(node)
        if node.kind == tirx.ForKind.SERIAL and node.thread_binding is None:
            return node
        return tirx.For(
            node.loop_var, node.min, node.extent, tirx.ForKind.SERIAL, node.body, None, {}
        )

    functions = {
        variable: function.with_body(mutate(function.body, [(tirx.For, loop)]))
        if isinstance(function, tirx.PrimFunc)
        else function
        for variable, function in mod.functions.items()
    }
    return tvm.IRModule(functions, attrs=mod.attrs)


def are_alike(one: tvm.IRModule, other: tvm.IRModule) -> bool:
    """Whether two modules differ in the names of variables at most."""
    return bool(tvm_ffi.structural_equal(one, other, map_free_vars=True))
