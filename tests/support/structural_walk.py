"""TVM's structural walk of a module, against which the walker is checked."""

from __future__ import annotations

import re
from collections import Counter

import tvm
import tvm_ffi

from viz.ir.walker import walk_objects

ONLY_WALKED = re.compile(r"\.(annotations\[|attrs\[|error_kind$|message_parts\[)")
"""Paths of what the walker shows and TVM's walk leaves out: annotations, attributes of calls, the
texts of assertions."""


def visits_by_tvm(mod: tvm.IRModule) -> Counter:
    """Count the Exprs and Stmts that TVM's structural walk meets, by object."""
    visits: Counter = Counter()

    def count(node):
        visits[int(node.__chandle__())] += 1

    for function in mod.functions.values():
        tvm_ffi.structural_walk(function, ((tvm.ir.Expr, tvm.tirx.Stmt), count), order="pre")
    return visits


def differences(mod: tvm.IRModule) -> tuple[set[int], set[int]]:
    """Return the objects that the walker misses, and those that it has beyond ``ONLY_WALKED``."""
    pairs = walk_objects(mod)
    walked = {
        int(obj.__chandle__())
        for node, obj in pairs
        if isinstance(obj, tvm.ir.Expr | tvm.tirx.Stmt) and not ONLY_WALKED.search(node.path)
    }
    everything = {int(obj.__chandle__()) for _, obj in pairs}
    visited = set(visits_by_tvm(mod))
    return visited - everything, walked - visited
