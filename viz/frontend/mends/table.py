"""Name the change of the text that mends each mistake, by the id of its message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from viz.frontend.mends import kernels, loops, memory
from viz.frontend.mends.place import TextPlace, place_of
from viz.frontend.program import Program
from viz.messages import Message
from viz.text import Patched, Span

Make = Callable[[TextPlace, Mapping[str, Any]], Iterator[loops.Proposal]]

MENDS: dict[str, Make] = {
    "host-access-in-reads": loops.bind_loop,
    "host-access-in-writes": loops.bind_loop,
    "host-access-reads": loops.bind_loop,
    "host-access-writes": loops.bind_loop,
    "no-block-to-schedule": loops.bind_function,
    "too-many-threads": loops.split_threads,
    "too-many-threads-along": lambda place, values: loops.other_axis(
        place, {**values, "kind": "threadIdx"}
    ),
    "too-many-blocks-along": lambda place, values: loops.other_axis(
        place, {**values, "kind": "blockIdx"}
    ),
    "same-thread-twice": loops.second_axis,
    "too-much-shared": memory.dynamic_shared,
    "buffer-outside-threads": memory.into_threads,
    "buffer-between-kernels": memory.without_scope,
    "parameter-of-scope": memory.without_scope,
    "unknown-scope-like": memory.close_scope,
    "no-thread-index": kernels.axis_name,
    "no-device-entry": kernels.device_entry,
    "ids-above-entry": kernels.device_entry,
    "ids-in-blocks": kernels.no_blocks,
    "kernel-on-cpu": kernels.without_target,
    "target-without-arch": kernels.with_architecture,
    "barrier-in-branch": kernels.barrier_for_all,
    "misaligned-vector": kernels.serial_vector,
    "reduction-over-threads": kernels.reduction,
}
"""What proposes changes, the best first."""


def mends(
    program: Program, id_: str, values: Mapping[str, Any], span: Span | None
) -> Iterator[tuple[Message, str]]:
    """Yield what would mend a mistake, with the whole text after it; the best first.

    Parameters
    ----------
    id_, values
        Of the mistake's message.
    span
        Its place in the program's text.
    """
    make = MENDS.get(id_)
    place = place_of(program, span) if span is not None else None
    if make is None or place is None:
        return
    for title, patches in make(place, values):
        try:
            text = Patched(program.text, patches).string
        except ValueError:  # what stands in the way of the change overlaps with it
            continue
        if text != program.text:
            yield title, text
