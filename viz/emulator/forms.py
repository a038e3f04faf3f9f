"""Translate a CUDA text so that each kernel runs in its best form: see ``warps.form``."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import NamedTuple

from viz.emulator import library
from viz.emulator.instrument import dynamic_granule, instrument
from viz.emulator.parallel import can_run_in_parallel
from viz.emulator.translate import (
    BASE_STACK,
    FRAGMENTS,
    LOCAL,
    MOST_TILE,
    CudaFunction,
    NotEmulated,
    Translation,
    translate,
)
from viz.emulator.warps.blocks import block_axes
from viz.emulator.warps.counters import CostCounters
from viz.emulator.warps.form import QUICK, Forms, forms
from viz.emulator.warps.parsing import functions
from viz.emulator.warps.tree import CudaVariable
from viz.messages import message_of
from viz.model import Problem

_WARP_BASE = 1 << 20
_LANES = 32
_LINE_BYTES = 1 << 10
"""Bytes of a warp's stack for the values of a line of the text."""

_ELEMENT_BYTES = 192
"""Bytes that checked mode records of an element of a lane's own array, beside its values."""


def emulated(text: str, *, checked: bool, warps: bool = True, counted: bool = False) -> Translation:
    """Translate a CUDA text to C++.

    Parameters
    ----------
    checked
        Whether for checked runs.
    warps
        Whether kernels may run warps as values; else each thread has a fiber.
    counted
        Whether kernels that run warps also count their requests and their arithmetic.

    Raises
    ------
    RunError
        See :func:`viz.emulator.translate.require_emulatable`.
    """
    lanes = instrument(text) if checked else translate(text)
    lines = text.split("\n")
    kernels = {
        name: "\n".join(lines[kernel.first_line - 1 : kernel.last_line])
        for name, kernel in lanes.kernels.items()
    }

    if not checked:
        lanes = lanes._replace(block_axes=_block_axes(text, kernels))
    if not warps:
        return lanes

    def dynamic(variable: CudaVariable) -> str:
        kind, name = variable.type, variable.name
        if checked:
            return f"EMULATOR_DYNAMIC({kind}, {name}, {dynamic_granule(kind, name, text)})"
        return f"{kind}* {name} = reinterpret_cast<{kind}*>(emulator::dynamic_shared)"

    counters = CostCounters() if counted else None
    chosen = forms(text, kernels, dynamic, checked=checked, counters=counters)
    if not chosen.kernels:
        return lanes._replace(fibers=chosen.reasons)
    return lanes._replace(
        text=_text(lanes, chosen),
        warps=frozenset(chosen.kernels),
        warp_stack_bytes=_warp_stack_bytes(text, lanes.stack_bytes, len(lines)),
        fibers=chosen.reasons,
        counters=counters,
    )


class Built(NamedTuple):
    """A text that is compiled and loaded.

    Attributes
    ----------
    copy
        The library once more, with a state of its own; None where blocks run one after the other.
    """

    translation: Translation
    library: ctypes.CDLL
    copy: ctypes.CDLL | None


def built(
    text: str,
    *,
    checked: bool,
    warps: bool = True,
    counted: bool = False,
    parallel: bool = True,
    definition: str = "",
) -> Built:
    """Translate a CUDA text as :func:`emulated` does, compile it and load it.

    Parameters
    ----------
    parallel
        Whether blocks may run at the same time, where each writes memory of its own.
    definition
        A macro that tells the headers of the runtime which TVM wrote the text.

    Raises
    ------
    RunError
        When it cannot be emulated, or there is no compiler.
    """
    translation = emulated(text, checked=checked, warps=warps, counted=counted)
    if not parallel:
        translation = translation._replace(block_axes={})
    try:
        return _loaded(translation, checked=checked, definition=definition)
    except NotEmulated:
        if not translation.warps:
            raise
    why = message_of("warps-refused")
    lanes = emulated(text, checked=checked, warps=False)
    lanes = lanes._replace(fibers=dict.fromkeys(translation.warps, why))
    return _loaded(lanes, checked=checked, definition=definition)


def kept_fibers(translation: Translation) -> list[Problem]:
    """Return a remark on each kernel that masks do not say; not on those that need no masks."""
    return [
        Problem(
            code="fibers",
            severity="info",
            what=message_of("keeps-fibers", name=name, why=why),
        )
        for name, why in translation.fibers.items()
        if why.id != QUICK
    ]


def _loaded(translation: Translation, *, checked: bool, definition: str) -> Built:
    if definition:
        translation = translation._replace(text=f"#define {definition}\n{translation.text}")
    count = 2 if translation.block_axes else 1
    first, *others = library.build_copies(translation, count, checked=checked)
    return Built(translation, first, next(iter(others), None))


def _block_axes(text: str, kernels: Mapping[str, str]) -> dict[str, frozenset[str]]:
    if not can_run_in_parallel():
        return {}
    trees = functions(text, frozenset(kernels))
    found = {name: block_axes(trees.get(name), body) for name, body in kernels.items()}
    return {name: axes for name, axes in found.items() if axes}


def _warp_stack_bytes(text: str, lane_bytes: int, lines: int) -> int:
    """Return what a warp may need, from what one of its lanes may."""
    elements = sum(int(count) for _, count in LOCAL.findall(text))
    tiles = MOST_TILE * sum(map(int, FRAGMENTS.findall(text)))
    arrays = _LANES * (lane_bytes - tiles - BASE_STACK) + _ELEMENT_BYTES * elements
    return _WARP_BASE + arrays + 2 * tiles + _LINE_BYTES * lines


def _text(lanes: Translation, chosen: Forms) -> str:
    """Return the text with the kernels that run warps in place of those that run lanes."""
    replaced = [kernel for name, kernel in lanes.kernels.items() if name in chosen.kernels]
    head, body = lanes.text.split("#line 1\n", 1)
    lines = body.split("\n")
    for kernel in replaced:
        _blank(lines, kernel)
    names = {f"EMULATOR_KERNEL({kernel.name})" for kernel in replaced}
    rest = "\n".join(line for line in lines if line not in names)
    parts = [
        head + "#line 1",
        rest,
        '#include "warps/warps.h"',
        "namespace warps = emulator::warps;",
    ]
    parts += [chosen.helpers, *chosen.kernels.values()]
    parts += [f"EMULATOR_WARP_KERNEL({kernel.name})" for kernel in replaced]
    return "\n".join([*parts, ""])


def _blank(lines: list[str], kernel: CudaFunction) -> None:
    """Remove a kernel's own lines, so that the others keep their numbers."""
    count = kernel.last_line - kernel.first_line + 1
    lines[kernel.first_line - 1 : kernel.last_line] = [""] * count
