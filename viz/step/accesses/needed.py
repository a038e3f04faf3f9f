"""Find which values decide where a program accesses memory: only those are computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

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

ADDRESS = "tirx.address_of"
ACCESS_POINTER = "tirx.tvm_access_ptr"
"""A call with a type, the pointer, an offset in elements, an extent, and how it is accessed."""


class Needed:
    """The variables and buffers of a tree whose values are needed, buffers by their memory.

    Parameters
    ----------
    same
        Pairs of variables that are given the same memory from outside of the tree.
    """

    def __init__(self, tree: Tree, same: Iterable[tuple[int, int]] = ()) -> None:
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
        for one, other in same:
            self._same(one, other)
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
            controls += deciding(part)
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

    def _follow(self, controls: list[Part]) -> None:
        """Take all that the places that decide depend on."""
        self._sources: defaultdict[int, list[Part]] = defaultdict(list)
        for variable, values in self._from.items():
            self._sources[self.memory(variable)] += values
        self._variables = self.reached(controls)
        self.returns = any(
            any(part.find("ir.GlobalVar"))
            for part in (*controls, *(each for at in self._variables for each in self._sources[at]))
        )

    def reached(self, parts: list[Part]) -> set[int]:
        """Return the variables and the memory that some expressions depend on."""
        waiting, found, returns = [*parts], set[int](), False
        while waiting:
            for part in waiting.pop().find("ir.Var", "ir.GlobalVar"):
                if part.key == "ir.GlobalVar":
                    if not returns:
                        returns = True
                        waiting += self._returned
                    continue
                memory = self.memory(part.variable)
                if memory not in found:
                    found.add(memory)
                    waiting += self._sources[memory]
        return found


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


def shared_parameters(host: Tree, kernels: Tree) -> list[tuple[int, int]]:
    """Return pairs of kernels' parameters that a host's function gives the same memory."""
    needed = Needed(host)
    parameters = {
        part.node.path: part.all("params")
        for part in Part(kernels, kernels.nodes[0]).find("tirx.PrimFunc")
    }
    first: dict[int, int] = {}
    pairs = []
    for call in Part(host, host.nodes[0]).find("ir.Call"):
        if call.field("op") != LAUNCH:
            continue
        name, *given = call.all("args")
        for argument, parameter in zip(
            given, parameters.get(name.field("value"), ()), strict=False
        ):
            for variable in variables_in(argument) if is_buffer(parameter) else ():
                known = first.setdefault(needed.memory(variable), parameter.variable)
                pairs.append((known, parameter.variable))
    return pairs


def deciding(access: Part) -> list[Part]:
    """Return the operands of an access that decide where it accesses memory."""
    if access.field("op") in FRAGMENTS:
        pointer = access[POINTER]
        if pointer.field("op") != ACCESS_POINTER:
            return [*pointer["args[0]"].all("indices"), access[LEADING]]
        return [pointer["args[2]"], access[LEADING]]
    if access.key == "ir.Call":  # an atomic through a pointer
        pointed = [each["args[0]"] for each in access.all("args") if each.field("op") == ADDRESS]
        return [index for each in pointed for index in each.all("indices")]
    return access.all("indices")
