"""Let the lanes of a warp begin where a sector of memory does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.frontend.cost_edits.access import TextAccess, TextLoop
from viz.frontend.cost_edits.loop_edits import inside, sum_of
from viz.frontend.cost_edits.patterns import SECTOR
from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.mends.place import TextPlace
from viz.messages import message_of
from viz.model import WarpRequest
from viz.text import Patch


def begin_earlier(
    access: TextAccess, request: WarpRequest | None, width: int
) -> Iterator[CostProposal]:
    """Yield ways to number threads from the start of a sector on: those before have no work.

    What each thread did is done by the one that many places later, so all is done as before.

    Parameters
    ----------
    request
        One whose lanes access elements in a row.
    width
        Bytes of an element.
    """
    lanes = next((loop for loop in access.loops if loop.is_lanes), None)
    if lanes is None or request is None or access.stride(lanes.variable) != 1:
        return
    beyond = min(offset for offset in request.offsets if offset >= 0) % SECTOR
    count = beyond // width
    if not count or beyond % width:
        return
    title = message_of("cost-align", thread=lanes.variable, count=count)
    why = message_of("cost-why-align", buffer=access.buffer)
    for patches in _ways(access, lanes, count):
        yield CostProposal("align", lanes.variable, title, why, tuple(patches))


def _ways(access: TextAccess, lanes: TextLoop, count: int) -> Iterator[list[Patch]]:
    """Yield what shifts the threads of all blocks together, or else those of each block."""
    place, name = access.place, lanes.variable
    for block in access.loops[: access.loops.index(lanes)]:
        if block.thread.startswith("blockIdx") and _is_one_number(block, lanes):
            number = f"{block.variable} * {lanes.extent} + {name}"
            end = block.extent * lanes.extent + count
            yield [
                place.replaced(block.extent_node, str(block.extent + -(-count // lanes.extent))),
                *_shifted(place, lanes, count, f"{count} <= {number} and {number} < {end}"),
            ]
    yield [
        place.replaced(lanes.extent_node, str(lanes.extent + count)),
        *_shifted(place, lanes, count, f"{name} >= {count}"),
    ]


def _shifted(place: TextPlace, lanes: TextLoop, count: int, condition: str) -> Iterator[Patch]:
    yield from inside(place, lanes, f"if {condition}:")
    yield from place.renamed(lanes.node.body, lanes.variable, f"({lanes.variable} - {count})")


def _is_one_number(block: TextLoop, lanes: TextLoop) -> bool:
    """Whether block and thread are used as the number ``block * threads + thread`` alone."""
    names = (block.variable, lanes.variable)
    nodes = [node for statement in lanes.node.body for node in ast.walk(statement)]
    used = sum(isinstance(node, ast.Name) and node.id in names for node in nodes)
    pairs = [pair for node in nodes if (pair := sum_of(node, block, lanes)) is not None]
    return used > 0 and used == 2 * len({id(alone) for _, alone in pairs})
