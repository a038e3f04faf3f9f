"""Number the statements of a module, to mark the instructions that LLVM makes of them.

LLVM's debug information carries a line number from every statement to every instruction that comes
of it, through all of its optimisations. So the module is copied, each statement of the copy is
given its node id as line number, and it is compiled again: what differs from the first text are
debug locations, and those of the copy name the nodes (:mod:`viz.marking.debug_lines`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tvm
from tvm import ir, tirx

from viz.ir.reflection import classes
from viz.ir.walker import Occurrence, occurrences
from viz.model import catalog

LEAVING = classes(catalog.codegen_calls().types.leaving)

_SET_SPAN: Callable[[Any, Any], None] = tirx.Stmt.__tvm_ffi_type_info__.fields[0].setter


def numbered(mod: tvm.IRModule, functions: dict[str, list[Occurrence]]) -> tvm.IRModule:
    """Return a copy of a lowered module whose statements have their node ids + 1 as lines."""
    copy = tvm.ir.load_json(tvm.ir.save_json(mod))
    source = ir.SourceName("node")
    name = ""
    offset = 0
    for each in occurrences(copy)[1:]:
        if each.parent == 0:
            name = each.field
            offset = functions[name][0].id - each.id
        if isinstance(each.obj, tirx.Stmt):
            line = each.id + offset + 1
            _SET_SPAN(each.obj, ir.Span(source, line, line, 1, 1))
    return copy


def returning(functions: dict[str, list[Occurrence]]) -> set[int]:
    """Return the ids of statements that may leave their function."""
    return {
        each.id for nodes in functions.values() for each in nodes if each.obj.__class__ in LEAVING
    }
