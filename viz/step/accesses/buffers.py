"""How buffers get their memory: those of parameters, allocations, and views of other ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.messages import message_of
from viz.model import MemorySpace
from viz.step.accesses.machine import Compiler, Mask, Run, UnableError
from viz.step.accesses.memory import BufferMemory, BufferView, bytes_of, of_array, row_major
from viz.step.runtime import lanes_of
from viz.step.writer import Part


def space_of(c: Compiler, buffer: Part) -> MemorySpace:
    """Return where a buffer lies; what is neither global nor shared belongs to a thread."""
    scope = buffer.type().field("storage_scope").partition(".")[0]
    return "global" if scope in ("", "global") else "shared" if scope == "shared" else "local"


def allocated(c: Compiler, buffer: Part) -> Run:
    """Allocate a buffer; in a loop it keeps what it has."""
    ty, space, env, at = buffer.type(), c.space(buffer), c.env, buffer.variable
    shape = [c.value(extent) for extent in ty.all("shape")]
    steps = [c.value(step) for step in ty.all("strides")]
    dtype, name = ty.field("dtype"), buffer.field("name")
    element = bytes_of(dtype)

    def run(mask: Mask) -> None:
        extents = [extent(mask) for extent in shape]
        strides = tuple(step(mask) for step in steps) or row_major(extents)
        last = sum((n - 1) * step for n, step in zip(extents, strides, strict=True))
        size = max(0, int(last) + 1) * element
        before = env.get(at)
        if isinstance(before, BufferView) and before.memory.size == size:
            return
        memory = BufferMemory(space, size, fill=c.tables.fill)
        env[at] = BufferView(memory, name, lanes_of(dtype)[0], element, strides)

    return run


def declared(c: Compiler, part: Part) -> Run:
    """Take a buffer in the memory of another one, or of a pointer."""
    data, buffer, env = part["data"], part["buffer"], c.env
    memory = data["args[0]"] if data.field("op") == "tirx.buffer_data" else data
    if memory.key != "ir.Var":
        raise UnableError(message_of("causes-node", what=data.field("op") or data.key))
    ty = buffer.type()
    shape = [c.value(extent) for extent in ty.all("shape")]
    steps = [c.value(step) for step in ty.all("strides")]
    offset = c.value(ty["elem_offset"])
    dtype, name = ty.field("dtype"), buffer.field("name")
    element = bytes_of(dtype)

    def run(mask: Mask) -> None:
        strides = tuple(step(mask) for step in steps)
        if not strides:
            # Of a kernel's buffer the outermost extent may be a variable of the host's alone.
            inner = [extent(mask) for extent in shape[1:]]
            strides = row_major([1, *inner]) if shape else ()
        below = c.view(memory).memory
        kind = lanes_of(dtype)[0]
        env[buffer.variable] = BufferView(below, name, kind, element, strides, offset(mask))

    return run


def matched(c: Compiler, part: Part) -> Run:
    """Take a region of a buffer as another one."""
    source, buffer, env = part["source"], part["buffer"], c.env
    rank = len(buffer.type().all("shape"))
    name, own = buffer.field("name"), buffer.type()
    least = [c.value(region["min"]) for region in source.all("region")]
    free = [(each.variable, i) for i, each in enumerate(own.all("strides")) if each.key == "ir.Var"]
    begins = own.get("elem_offset")

    def run(mask: Mask) -> None:
        whole = c.view(source["source"])
        at = whole.place([each(mask) for each in least])
        strides = whole.strides[len(whole.strides) - rank :]
        for number, i in free:
            env[number] = strides[i]
        if begins is not None and begins.key == "ir.Var":
            env[begins.variable] = at
        env[buffer.variable] = whole._replace(name=name, strides=strides, offset=at)

    return run


def begin(c: Compiler, function: Part, arguments: dict[str, Any]) -> None:
    """Give the parameters of a function their values, and the extents that only buffers know."""
    parameters = function.all("params")
    for parameter, value in zip(parameters, arguments.values(), strict=True):
        if isinstance(value, np.ndarray):
            ty = parameter.type()
            view = of_array(value, parameter.field("name"), ty.field("dtype"))
            c.env[parameter.variable] = view
            known = {"shape": value.shape, "strides": view.strides, "elem_offset": (0,)}
            for field, numbers in known.items():
                for extent, number in zip(ty.one_or_all(field), numbers, strict=False):
                    if extent.key == "ir.Var":
                        c.env.setdefault(extent.variable, int(number))
        else:
            c.env[parameter.variable] = value.item() if hasattr(value, "item") else value
