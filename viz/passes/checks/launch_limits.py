"""Warn of kernels that a GPU cannot launch: too many threads or blocks, too much shared memory.

The limits are those of the CUDA C++ Programming Guide's table of technical specifications for
compute capabilities 5.0 to 12.0: 1,024 threads a block, 64 of them along z; 2^31 - 1 blocks along
x, 65,535 along y and z; 48 KiB of static shared memory, and of dynamic shared memory what the
architecture has for a block.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import tvm
import tvm_ffi
from tvm import tirx

from viz.emulator.limits import MOST_STATIC_SHARED
from viz.frontend.declarations import declaration_of, launch_of
from viz.ir.labels import type_key
from viz.ir.parse import Parsed
from viz.ir.walker import walk_objects
from viz.messages import message_of
from viz.model import Problem
from viz.model.launch import MOST_THREADS
from viz.passes.function_roles import THREAD_BINDING
from viz.text import Span

if TYPE_CHECKING:
    from viz.passes.pipeline import Lowered

MOST_ALONG = {
    "threadIdx.z": 64,
    "blockIdx.x": 2**31 - 1,
    "blockIdx.y": 65535,
    "blockIdx.z": 65535,
}
"""Threads or blocks along one axis."""

KIB = 1024
MOST_DYNAMIC_SHARED = {
    50: 48, 52: 48, 53: 48, 60: 48, 61: 48, 62: 48, 70: 96, 72: 96, 75: 64, 80: 163, 86: 99,
    87: 163, 89: 99, 90: 227, 100: 227, 103: 227, 110: 227, 120: 99, 121: 99,
}  # fmt: skip
"""KiB of shared memory of a block by compute capability, ``sm_80`` being 80."""

BLOCKS_OF_KERNEL = 1
"""``tirx.ScopeIdDef.scope`` of ``T.cta_id``; other ids count threads, or blocks of a cluster."""

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
        for problem in (*_too_large(device, parsed, target), *_no_fp8(parsed, target))
    )


def most_dynamic_shared(arch: str) -> int | None:
    """Return the bytes of shared memory that a block may have; None for an unknown architecture."""
    number = _NUMBER.match(arch)
    kib = MOST_DYNAMIC_SHARED.get(int(number[1])) if number is not None else None
    return None if kib is None else kib * KIB


class KernelUse(NamedTuple):
    """What a kernel is launched with."""

    extents: dict[str, int | None]
    """Threads or blocks along each axis, such as ``threadIdx.x``; None where it is no constant."""
    shared: dict[str, int]
    """Bytes of each buffer of the scope ``shared``, and in ``dynamic`` of ``shared.dyn``."""
    dynamic: dict[str, int]


def kernel_use(function: Any) -> KernelUse:
    """Return the threads, blocks and shared memory of a lowered kernel."""
    use = KernelUse({}, {}, {})
    scopes = {"shared": use.shared, "shared.dyn": use.dynamic}

    def visit_attribute(node: Any) -> None:
        if node.attr_key == "thread_extent":
            constant = isinstance(node.value, tirx.IntImm)
            use.extents[str(node.node.thread_tag)] = int(node.value.value) if constant else None

    def visit_allocation(node: Any) -> None:
        ty = node.buffer.ty
        sizes = scopes.get(str(getattr(ty, "storage_scope", "")))
        if sizes is not None and (size := _bytes(ty)):
            sizes[str(node.buffer.name)] = size

    callbacks = [(tirx.AttrStmt, visit_attribute), (tirx.AllocBuffer, visit_allocation)]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return use


def _too_large(
    device: tvm.IRModule, parsed: Parsed, target: tvm.target.Target
) -> Iterator[Problem]:
    arch = str(target.attrs.get("arch", ""))
    for variable, function in device.functions.items():
        name = str(variable.name_hint)
        use = kernel_use(function)
        shared, dynamic = use.shared, use.dynamic
        extents = {tag: extent for tag, extent in use.extents.items() if extent is not None}
        along = {tag: extent for tag, extent in extents.items() if tag.startswith("threadIdx.")}
        if (threads := math.prod(along.values())) > MOST_THREADS:
            largest = max(along, key=along.__getitem__)
            yield _warning(
                message_of("too-many-threads", kernel=name, threads=threads, most=MOST_THREADS),
                _launch(parsed, largest, along[largest]),
            )
            extents = {tag: extent for tag, extent in extents.items() if tag not in along}
        for tag, extent in extents.items():
            if extent > (most := MOST_ALONG.get(tag, extent)):
                id_ = "too-many-threads-along" if tag in along else "too-many-blocks-along"
                what = message_of(id_, kernel=name, count=extent, axis=tag[-1], most=most)
                yield _warning(what, _launch(parsed, tag, extent))
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
            yield _warning(what, declaration_of(parsed.program, name, largest))
        used, may_use = total + sum(dynamic.values()), most_dynamic_shared(arch)
        if dynamic and may_use is not None and used > may_use:
            what = message_of("too-much-dynamic", kernel=name, total=used, most=may_use, arch=arch)
            yield _warning(what, _dynamic_declaration(parsed, name))


def _dynamic_declaration(parsed: Parsed, name: str) -> Span | None:
    """Return the largest buffer of dynamic shared memory that the user's text declares."""
    found = [
        (_bytes(buffer.ty), str(buffer.name))
        for _, obj in walk_objects(parsed.mod, parsed.user_span)
        for buffer in (*getattr(obj, "alloc_buffers", ()), getattr(obj, "buffer", None))
        if str(getattr(getattr(buffer, "ty", None), "storage_scope", "")) == "shared.dyn"
    ]
    return declaration_of(parsed.program, name, max(found)[1]) if found else None


def _warning(what: Any, span: Span | None) -> Problem:
    return Problem(code="launch-limit", severity="warning", what=what, span=span)


def _bytes(ty: Any) -> int:
    """Return the size of a buffer, 0 where its shape is not constant."""
    if not all(isinstance(extent, tirx.IntImm) for extent in ty.shape):
        return 0
    dtype = tvm.DataType(str(ty.dtype))
    bits = math.prod(int(extent.value) for extent in ty.shape) * dtype.bits * dtype.lanes
    return int(-(-bits // 8))


def _launch(parsed: Parsed, tag: str, extent: int) -> Span | None:
    """Return what gives a thread axis an extent; None where TVM bound the loop.

    A TIRx kernel may have its threads from several ids; then it is the largest of them.
    """
    if (call := launch_of(parsed.program, tag, extent)) is not None:
        return call
    placed = [(n.span, obj) for n, obj in walk_objects(parsed.mod, parsed.user_span) if n.span]
    exact = (span for span, obj in placed if extent in _extents(obj, tag))
    if (place := next(exact, None)) is not None:
        return place
    ids = [(max(sizes), span) for span, obj in placed if (sizes := _id_extents(obj, tag))]
    return max(ids)[1] if ids else None


def _extents(node: Any, tag: str) -> list[int]:
    """Return the extents that a statement gives a thread axis."""
    if isinstance(node, tirx.For) and node.kind == THREAD_BINDING:
        return _constants([node.extent]) if str(node.thread_binding.thread_tag) == tag else []
    if isinstance(node, tirx.AttrStmt) and node.attr_key == "thread_extent":
        return _constants([node.value]) if str(node.node.thread_tag) == tag else []
    return _id_extents(node, tag)


def _id_extents(node: Any, tag: str) -> list[int]:
    """Return the extents of the ids of a TIRx kernel that a thread axis may come from."""
    if type_key(node) != "tirx.ScopeIdDefStmt":
        return []
    scope = getattr(node, "def")
    is_blocks = int(scope.scope) == BLOCKS_OF_KERNEL
    return _constants(scope.extents or ()) if is_blocks == tag.startswith("blockIdx.") else []


def _constants(extents: Any) -> list[int]:
    return [int(each.value) for each in extents if isinstance(each, tirx.IntImm)]


def _no_fp8(parsed: Parsed, target: tvm.target.Target) -> Iterator[Problem]:
    """Yield a remark where TVM stores numbers of eight bits in other types."""
    arch = str(target.attrs.get("arch", ""))
    number = _NUMBER.match(arch)
    dtype = _FP8.search(parsed.patched.string)
    if number is not None and int(number[1]) < FP8_FROM and dtype is not None:
        what = message_of("no-fp8", dtype=dtype[0], arch=arch, least=f"sm_{FP8_FROM}")
        yield Problem(code="fp8", severity="info", what=what)
