"""Check the memory that buffers are in: unknown scopes, and scopes that their place cannot have.

What a kernel shares between its threads, or has for one thread, is allocated in the kernel. A
buffer that is declared outside of all thread loops is the host's: TVM passes it to the kernels as
a pointer, and whatever its scope says it is in global memory.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import s_tir, tirx

from viz.errors import LoweringError
from viz.frontend.declarations import declaration_of
from viz.ir.labels import type_key
from viz.ir.parse import Parsed
from viz.messages import Message, message_of
from viz.model import Problem
from viz.passes.function_roles import is_kernel
from viz.text import Span

SCOPES = (
    "global",
    "shared",
    "shared.dyn",
    "local",
    "warp",
    "wmma.matrix_a",
    "wmma.matrix_b",
    "wmma.accumulator",
    "m16n8k8.matrixA",
    "m16n8k8.matrixB",
    "m16n8k8.matrixC",
    "metal.simdgroup",
    "metal.cooperative_tensor",
    "global.texture",
    "global.vtcm",
    "tmem",
    "trn.sbuf",
    "trn.psum",
    "amx.tmm",
)
"""The scopes that TVM's passes and codegens know: ``src/runtime/thread_storage_scope.h``."""

COMMON = ("global", "shared", "shared.dyn", "local", "warp")
"""The scopes that are named to the user."""

_TAGGED = re.compile(r"(?:global|local|warp|texture|amx\.tmm)\d*(?:[.:-][\w.:-]*)?")
"""Memories that a backend names by a tag of its own (``local.L0A``): TVM takes any."""


def require_known(mod: tvm.IRModule) -> None:
    """Refuse scopes that TVM does not know.

    TVM itself looks at the first letters: it takes ``sharedd`` for shared memory, and its CUDA
    codegen then writes a buffer of each thread.

    Raises
    ------
    LoweringError
        With the scope and the one that it is most like.
    """
    for function in mod.functions.values():
        if isinstance(function, tirx.PrimFunc):
            for scope in _scopes(function):
                if scope and scope not in SCOPES and not _TAGGED.fullmatch(scope):
                    raise LoweringError(_unknown(scope))


def _scopes(function: Any) -> list[str]:
    found = [_scope(parameter) for parameter in function.params]

    def visit_buffer(node: Any) -> None:
        found.append(_scope(node.buffer))

    def visit_block(node: Any) -> None:
        found.extend(_scope(buffer) for buffer in node.alloc_buffers)

    callbacks = [
        (tirx.AllocBuffer, visit_buffer),
        (tirx.DeclBuffer, visit_buffer),
        (s_tir.SBlock, visit_block),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return found


def _scope(variable: Any) -> str:
    """Return the scope of a buffer or of a pointer; empty for a number."""
    return str(getattr(variable.ty, "storage_scope", "") or "")


def _unknown(scope: str) -> Message:
    close = difflib.get_close_matches(scope, SCOPES, n=1, cutoff=0.6)
    if close:
        return message_of("unknown-scope-like", scope=scope, known=COMMON, close=close[0])
    return message_of("unknown-scope", scope=scope, known=COMMON)


class MisplacedBuffer(NamedTuple):
    """A buffer that the host hands to a kernel, with a scope that only a kernel's own can have."""

    function: str
    """The user's function."""
    buffer: str
    scope: str
    is_parameter: bool
    """Whether it is a parameter of the function."""
    is_scheduled: bool
    """Whether the thread loops are those of TVM's default schedule."""

    def described(self) -> Message:
        """Return what is wrong."""
        if self.is_parameter:
            id_ = "parameter-of-scope"
        elif self.is_scheduled:
            id_ = "buffer-between-kernels"
        else:
            id_ = "buffer-outside-threads"
        return message_of(id_, function=self.function, buffer=self.buffer, scope=self.scope)

    def place(self, parsed: Parsed) -> Span | None:
        """Return where the user's text declares it."""
        return declaration_of(parsed.program, self.function, self.buffer)

    def problem(self, parsed: Parsed) -> Problem:
        """Return it as a warning; where TVM chose the loops the program is right all the same."""
        return Problem(
            code="memory-scope",
            severity="info" if self.is_scheduled else "warning",
            what=self.described(),
            span=self.place(parsed),
        )


def misplaced(
    mod: tvm.IRModule, devices: Mapping[Any, tvm.IRModule], scheduled: tuple[str, ...]
) -> tuple[MisplacedBuffer, ...]:
    """Return the buffers that kernels get from the host although their scope is a kernel's own.

    Parameters
    ----------
    mod
        The module before the passes.
    devices
        The lowered kernels.
    scheduled
        The functions whose loops TVM's default schedule bound.
    """
    names = {str(variable.name_hint): function for variable, function in mod.functions.items()}
    found: dict[tuple[str, str], MisplacedBuffer] = {}
    for device in devices.values():
        for variable, kernel in device.functions.items():
            if not is_kernel(kernel):
                continue
            name = _owner(str(variable.name_hint), names)
            own = {str(each.name) for each in names[name].params} if name in names else set()
            for buffer, scope in _handed(kernel):
                is_parameter = buffer in own or f"{buffer}_handle" in own
                found.setdefault(
                    (name, buffer),
                    MisplacedBuffer(name, buffer, scope, is_parameter, name in scheduled),
                )
    return tuple(found.values())


def _owner(kernel: str, names: Mapping[str, Any]) -> str:
    """Return the function that a kernel was split from: TVM appends ``_kernel`` and a number."""
    own = (name for name in names if re.fullmatch(rf"{re.escape(name)}(?:_kernel\w*)?", kernel))
    return max(own, key=len, default=kernel)


def _handed(kernel: Any) -> Iterator[tuple[str, str]]:
    """Yield the names and scopes of the buffers that a kernel gets and cannot get."""
    for parameter in kernel.params:
        if type_key(parameter.ty) == "ir.PointerType":
            scope = _scope(parameter)
            if scope and not scope.startswith(("global", "texture")):
                yield str(parameter.name).removesuffix("_ptr"), scope
