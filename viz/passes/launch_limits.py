"""Warn of kernels that a GPU cannot launch: too many threads, or too much shared memory.

The limits are those of the CUDA C++ Programming Guide's table of technical specifications for
compute capabilities 5.0 to 12.0: 1,024 threads a block and 48 KiB of static shared memory.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import tvm
import tvm_ffi
from tvm import tirx

from viz.frontend.declarations import declaration_of
from viz.ir.parse import Parsed
from viz.ir.walker import occurrences
from viz.messages import message_of
from viz.model import Problem
from viz.passes.function_roles import THREAD_BINDING
from viz.text import Span

if TYPE_CHECKING:
    from viz.passes.pipeline import Lowered

MOST_THREADS = 1024
"""Threads of a block."""

MOST_STATIC_SHARED = 48 << 10
"""Bytes of static shared memory of a block; nvcc refuses more."""

FP8_FROM = 89
"""The first architecture, ``sm_89``, that has numbers of eight bits."""

_FP8 = re.compile(r"float8_\w+|\w+_float8")
_NUMBER = re.compile(r"sm_(\d+)")


def problems(lowered: Lowered, parsed: Parsed) -> tuple[Problem, ...]:
    """Return a warning for each limit that a CUDA text goes beyond, with the user's line."""
    return tuple(
        problem
        for target, device in lowered.devices.items()
        if str(target.kind.name) == "cuda"
        for problem in (*_too_large(device, parsed), *_no_fp8(parsed, target))
    )


def _too_large(device: tvm.IRModule, parsed: Parsed) -> Iterator[Problem]:
    for variable, function in device.functions.items():
        name = str(variable.name_hint)
        extents: dict[str, int] = {}
        shared: dict[str, int] = {}

        def visit_attribute(node: Any, extents: dict[str, int] = extents) -> None:
            tag = str(getattr(node.node, "thread_tag", ""))
            if tag.startswith("threadIdx.") and isinstance(node.value, tirx.IntImm):
                extents[tag] = int(node.value.value)

        def visit_allocation(node: Any, shared: dict[str, int] = shared) -> None:
            ty = node.buffer.ty
            if getattr(ty, "storage_scope", "") == "shared" and (size := _bytes(ty)):
                shared[str(node.buffer.name)] = size

        callbacks = [(tirx.AttrStmt, visit_attribute), (tirx.AllocBuffer, visit_allocation)]
        tvm_ffi.structural_walk(function.body, callbacks, order="pre")
        if (threads := math.prod(extents.values())) > MOST_THREADS:
            yield _warning(
                message_of("too-many-threads", kernel=name, threads=threads, most=MOST_THREADS),
                _thread_loop(parsed),
            )
        if (total := sum(shared.values())) > MOST_STATIC_SHARED:
            largest = max(shared, key=shared.__getitem__)
            what = message_of(
                "too-much-shared",
                kernel=name,
                total=total,
                most=MOST_STATIC_SHARED,
                buffer=largest,
                size=shared[largest],
            )
            yield _warning(what, declaration_of(parsed.program.text, name, largest))


def _warning(what: Any, span: Span | None) -> Problem:
    return Problem(code="launch-limit", severity="warning", what=what, span=span)


def _bytes(ty: Any) -> int:
    """Return the size of a buffer, 0 where its shape is not constant."""
    if not all(isinstance(extent, tirx.IntImm) for extent in ty.shape):
        return 0
    dtype = tvm.DataType(str(ty.dtype))
    bits = math.prod(int(extent.value) for extent in ty.shape) * dtype.bits * dtype.lanes
    return int(-(-bits // 8))


def _thread_loop(parsed: Parsed) -> Span | None:
    """Return the loop over threads that has the largest extent; None where TVM bound them."""
    loops = [
        each.obj
        for each in occurrences(parsed.mod)
        if isinstance(each.obj, tirx.For)
        and each.obj.kind == THREAD_BINDING
        and str(each.obj.thread_binding.thread_tag).startswith("threadIdx.")
        and isinstance(each.obj.extent, tirx.IntImm)
    ]
    largest = max(loops, key=lambda loop: int(loop.extent.value), default=None)
    return None if largest is None else parsed.user_span(largest.span)


def _no_fp8(parsed: Parsed, target: tvm.target.Target) -> Iterator[Problem]:
    """Yield a remark where TVM stores numbers of eight bits in other types."""
    arch = str(target.attrs.get("arch", ""))
    number = _NUMBER.match(arch)
    dtype = _FP8.search(parsed.patched.string)
    if number is not None and int(number[1]) < FP8_FROM and dtype is not None:
        what = message_of("no-fp8", dtype=dtype[0], arch=arch, least=f"sm_{FP8_FROM}")
        yield Problem(code="fp8", severity="info", what=what)
