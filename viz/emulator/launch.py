"""Configure the launches of kernels on the emulated GPU, within the limits of a GPU."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping
from typing import Any

from viz.emulator.library import LaunchConfig
from viz.emulator.limits import (
    MOST_BLOCKS,
    MOST_BLOCKS_IN_ALL,
    MOST_DYNAMIC_SHARED,
)
from viz.emulator.translate import CudaFunction, Translation
from viz.errors import RunError
from viz.messages import message_of
from viz.model import ThreadOrder
from viz.model.launch import MOST_THREADS

DYNAMIC = "use_dyn_shared_memory"
"""What the name of the launch parameter with the bytes of dynamic shared memory ends with."""

MOST_CALL_STACK = 4 << 20
"""Bytes that a call of a kernel may need of the stack of the operating system's thread."""

_ORDERS: tuple[ThreadOrder, ...] = ("forward", "reversed", "shuffled")


def launch_config(
    translation: Translation,
    kernel: CudaFunction,
    extents: Mapping[str, int | float],
    *,
    order: ThreadOrder = "forward",
    seed: int = 0,
) -> LaunchConfig:
    """Return the configuration of a launch.

    Parameters
    ----------
    extents
        The values of the launch parameters, such as ``blockIdx.x``; others are 1.
    order, seed
        The order in which threads run.

    Raises
    ------
    RunError
        When no GPU could launch it.
    """
    dynamic = (value for name, value in extents.items() if name.endswith(DYNAMIC))
    config = LaunchConfig(
        grid=_along(extents, "blockIdx"),
        block=_along(extents, "threadIdx"),
        dynamic_bytes=int(next(dynamic, 0)),
        order=_ORDERS.index(order),
        seed=seed,
    )
    _require_possible(kernel, config)
    return config_for(translation, kernel, config)


def config_for(
    translation: Translation, kernel: CudaFunction, config: LaunchConfig
) -> LaunchConfig:
    """Return the configuration of the same launch for another translation of the text."""
    result = LaunchConfig.from_buffer_copy(config)
    warps = kernel.name in translation.warps
    result.stack_bytes = translation.warp_stack_bytes if warps else translation.stack_bytes
    result.fibers = int(translation.waits or translation.warp_stack_bytes > MOST_CALL_STACK)
    result.warps = int(warps)
    return result


def may_run_together(translation: Translation, kernel: CudaFunction, config: LaunchConfig) -> bool:
    """Whether the blocks of a launch may run at the same time: not in another order."""
    axes = translation.block_axes.get(kernel.name, frozenset())
    extents = zip("xyz", three(config.grid), strict=True)
    return config.order == 0 and all(axis in axes for axis, extent in extents if extent > 1)


def three(values: Any) -> tuple[int, int, int]:
    """Return the extents along x, y and z of a grid or a block."""
    x, y, z = values
    return x, y, z


def _along(extents: Mapping[str, int | float], axis: str) -> Any:
    return (ctypes.c_uint32 * 3)(
        *(int(extents.get(f"{axis}.{dimension}", 1)) for dimension in "xyz")
    )


def _require_possible(kernel: CudaFunction, config: LaunchConfig) -> None:
    x, y, z = three(config.block)
    if x * y * z > MOST_THREADS:
        raise RunError(
            message_of("launch-threads", name=kernel.name, value=x * y * z, most=MOST_THREADS)
        )
    for axis, blocks, most in zip("xyz", three(config.grid), MOST_BLOCKS, strict=True):
        if blocks > most:
            raise RunError(
                message_of("launch-blocks", name=kernel.name, blocks=blocks, axis=axis, most=most)
            )
    if (total := math.prod(three(config.grid))) > MOST_BLOCKS_IN_ALL:
        raise RunError(
            message_of("launch-blocks-total", name=kernel.name, total=total),
        )
    if config.dynamic_bytes > MOST_DYNAMIC_SHARED:
        raise RunError(
            message_of(
                "launch-dynamic-shared",
                name=kernel.name,
                dynamic_bytes=config.dynamic_bytes,
                most=MOST_DYNAMIC_SHARED,
            )
        )
