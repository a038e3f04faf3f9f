"""Find which values decide where a program accesses memory: only those are computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from viz.model import Tree
from viz.step.gpu_rules import binding
from viz.step.kernel_calls import LAUNCH
from viz.step.writer import Part

CONDITIONS = {"tirx.IfThenElse": "condition", "tirx.While": "condition", "prim.Select": "condition"}
CHOICE = "prim.if_then_else"

FRAGMENTS = ("tirx.tvm_load_matrix_sync", "tirx.tvm_store_matrix_sync")
"""Calls with a fragment, its extents m, n and k, its number, a pointer, a leading dimension and a
layout."""

POINTER, LEADING = "args[5]", "args[6]"

ACCESS_POINTER = "tirx.tvm_access_ptr"
"""A call with a type, the pointer, an offset in elements, an extent, and how it is accessed."""


class Needed:
    """The variables and buffers of a tree whose values are needed, buffers by their memory."""

    def __init__(self, tree: Tree) -> None:
        self._memory: dict[int, int] = {}
        self._from: defaultdict[int, list[Part]] = defaultdict(list)
        self._returned: list[Part] = []
        self._functions = {
            part.node.path: part.all("params")
            for child in tree.nodes[0].children
            if (part := Part(tree, tree.nodes[child.id])).key == "tirx.PrimFunc"
        }
        root = Part(tree, tree.nodes[0])
        controls: list[Part] = []
        for part in root.below():
            self._read(part, controls)
        self.returns = False
        self._variables: set[int] = set()
        self._follow(controls)

    def __contains__(self, variable: int) -> bool:
        """Whether the value of a variable, or the content of a buffer, is needed."""
        return self.memory(variable) in self._variables

    def memory(self, variable: int) -> int:
        """Return the variable that stands for the memory of a buffer."""
        while (other := self._memory.get(variable, variable)) != variable:
            variable = other
        return variable

    def _same(self, one: int, other: int) -> None:
        first, second = self.memory(one), self.memory(other)
        if first != second:
            self._memory[first] = second

    def _read(self, part: Part, controls: list[Part]) -> None:
        """Note what a node says of memory, values, and the places that decide."""
        key = part.key
        if key in CONDITIONS:
            controls.append(part[CONDITIONS[key]])
        elif key == "tirx.For":
            controls += [part["min"], part["extent"], *part.parts("step")]
        elif key in ("ir.TensorLoad", "tirx.BufferStore"):
            controls += part.all("indices")
            if key == "tirx.BufferStore":
                self._from[part["buffer"].variable].append(part["value"])
        elif key in ("prim.And", "prim.Or"):
            if any(part["b"].find("ir.TensorLoad")):
                controls.append(part["a"])
        elif key in ("tirx.Bind", "prim.Let"):
            self._from[part["var"].variable].append(part["value"])
        elif key in ("s_tir.SBlockRealize", "s_tir.SBlock"):
            self._read_block(part, controls)
        elif key in ("tirx.DeclBuffer", "tirx.AllocBuffer", "tirx.AttrStmt"):
            self._read_buffer(part, controls)
        elif key in ("tirx.Return", "ir.Call"):
            self._read_call(part, controls)

    def _read_block(self, part: Part, controls: list[Part]) -> None:
        if part.key == "s_tir.SBlock":
            for buffer in part.all("alloc_buffers"):
                controls += extents_of(buffer)
            for match in part.all("match_buffers"):
                source = match["source"]
                self._same(match["buffer"].variable, source["source"].variable)
                controls += [region["min"] for region in source.all("region")]
            return
        controls.append(part["predicate"])
        axes = part["block"].all("iter_vars")
        for axis, value in zip(axes, part.all("iter_values"), strict=True):
            self._from[axis["var"].variable].append(value)
            if axis.field("iter_type") == "reduce" and part["block"].get("init") is not None:
                controls += [axis["var"], axis["dom"]["min"]]

    def _read_buffer(self, part: Part, controls: list[Part]) -> None:
        """Note what a buffer is made of, or an attribute that binds an index of threads."""
        if part.key == "tirx.AttrStmt":
            if (found := binding(part)) is not None:
                controls.append(found.extent)
            return
        controls += extents_of(part["buffer"])
        if part.key == "tirx.DeclBuffer":
            for variable in variables_in(part["data"]):
                self._same(part["buffer"].variable, variable)

    def _read_call(self, part: Part, controls: list[Part]) -> None:
        if part.key == "tirx.Return":
            self._returned += part.parts("value")
            return
        name = part.field("op")
        arguments = part.all("args")
        if name == LAUNCH:
            controls += arguments
        elif name == CHOICE:
            controls.append(arguments[0])
        elif name in FRAGMENTS:
            controls += _deciding(part)
        elif name == "tirx.ret":
            self._returned += arguments
        elif not name and part["op"].key == "ir.GlobalVar":
            for given, parameter in zip(
                arguments, self._functions.get(part["op"].node.label, ()), strict=False
            ):
                if is_buffer(parameter):
                    for variable in variables_in(given):
                        self._same(parameter.variable, variable)
                else:
                    self._from[parameter.variable].append(given)

    def _follow(self, waiting: list[Part]) -> None:
        """Take all that the places that decide depend on."""
        sources: defaultdict[int, list[Part]] = defaultdict(list)
        for variable, values in self._from.items():
            sources[self.memory(variable)] += values
        while waiting:
            for part in waiting.pop().find("ir.Var", "ir.GlobalVar"):
                if part.key == "ir.GlobalVar":
                    if not self.returns:
                        self.returns = True
                        waiting += self._returned
                    continue
                memory = self.memory(part.variable)
                if memory not in self._variables:
                    self._variables.add(memory)
                    waiting += sources[memory]


def extents_of(buffer: Part) -> list[Part]:
    """Return what the type of a buffer says of its place in memory."""
    ty = buffer.type()
    return [*ty.all("shape"), *ty.all("strides"), *ty.parts("elem_offset")]


def is_buffer(part: Part) -> bool:
    """Whether a variable is a buffer or a pointer to one."""
    return part.node.dtype.endswith(("]", "*")) or "handle" in part.node.dtype


def variables_in(part: Part) -> Iterator[int]:
    """Yield the variables that an expression names, without those in types."""
    return (each.variable for each in part.find("ir.Var") if is_buffer(each))


def _deciding(call: Part) -> list[Part]:
    """Return the operands of the access of a fragment that decide where it accesses memory."""
    pointer = call[POINTER]
    where = [pointer["args[2]"]] if pointer.field("op") == ACCESS_POINTER else []
    return [*where, call[LEADING]]
