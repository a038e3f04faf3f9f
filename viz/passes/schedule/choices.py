"""Try what a step of a schedule can do with a loop, a block or a buffer of a program.

Whether a primitive applies is known to TVM alone, so each row of the catalog's tries is played on a
copy of the schedule: what fails says why.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import tirx

from viz.errors import LoweringError, RequestError
from viz.ir.labels import type_key
from viz.ir.process_state import cheap_stack
from viz.ir.walker import occurrences
from viz.messages import Message, message_of
from viz.model import ScheduleChoice, ScheduleStep
from viz.model.catalog.schedule_methods import NodeKind, ScheduleTry, tries
from viz.passes.schedule.handles import Handles, Naming, Place, places
from viz.passes.schedule.replay import Player
from viz.text import Span

MOST_VALUES = 6
"""Values of a place in a step that are tried."""

FACTORS = (16, 8, 4, 32, 2, 3, 5, 7)
"""Factors of a split in the order in which they are tried: the first that the extent fits."""


class Chosen(NamedTuple):
    """What a question is about; a buffer has no place, but a variable."""

    kind: NodeKind
    id: int
    name: str
    function: str
    place: Place | None
    buffer: Any = None


def chosen(mod: tvm.IRModule, node: int | None, name: str) -> Chosen:
    """Return the loop, block or buffer that a node is or stands in, or that has a name.

    Raises
    ------
    RequestError
        When there is none.
    """
    known = places(mod)
    found = occurrences(mod)
    if node is None:
        for place in known.values():
            if place.name == name and name != "root":
                return _of_place(place)
        for each in found:
            if _is_buffer(each.obj) and each.obj.name == name:
                return Chosen("buffer", each.id, name, "", None, each.obj)
        raise RequestError(message_of("choices-no-name", name=name))
    if not 0 <= node < len(found):
        raise RequestError(message_of("choices-no-node", node=node))
    if _is_buffer(found[node].obj):
        buffer = found[node].obj
        return Chosen("buffer", node, str(buffer.name), "", None, buffer)
    at = node
    while at >= 0 and at not in known:
        at = found[at].parent
    if at < 0 or known[at].name == "root":
        raise RequestError(message_of("choices-no-node", node=node))
    return _of_place(known[at])


def _of_place(place: Place) -> Chosen:
    kind: NodeKind = "loop" if place.is_loop else "block"
    return Chosen(kind, place.id, place.name, place.function, place)


def _is_buffer(obj: Any) -> bool:
    return type_key(obj) == "ir.Var" and type_key(obj.ty) == "tirx.BufferType"


def choices(
    player: Player, variable: str, about: Chosen, *, is_gpu: bool
) -> tuple[ScheduleChoice, ...]:
    """Return what can be done first, then what cannot, with the reasons.

    Parameters
    ----------
    variable
        The name of the Schedule in the user's steps.
    is_gpu
        Whether copies go into the memories of a GPU.
    """
    known = places(player.mod)
    handles = Handles(player, variable, known)
    made: list[ScheduleChoice] = []
    with cheap_stack():
        for row in tries():
            if about.kind in row.on:
                scene = _Scene(known, about, partial(Naming, handles, variable, known), is_gpu)
                made += _tried(player, row, scene, variable)
    return tuple(sorted(made, key=lambda choice: choice.why_not is not None))


def _tried(player: Player, row: ScheduleTry, scene: _Scene, variable: str) -> list[ScheduleChoice]:
    """Return the variants of a try that apply, or the first one if none does."""
    variants, missing = scene.variants(row)
    if missing:
        return [ScheduleChoice(row.method, (), message_of(MISSING[missing]))]
    failed: list[ScheduleChoice] = []
    done: list[ScheduleChoice] = []
    for lines in variants:
        lines = tuple(re.sub(r"\bsch\.", f"{variable}.", line) for line in lines)
        choice = ScheduleChoice(row.method, lines, _why_not(player.copy(), lines))
        (done if choice.why_not is None else failed).append(choice)
    return done or failed[:1]


def _why_not(player: Player, lines: tuple[str, ...]) -> Message | None:
    for line in lines:
        failure = player.play(ScheduleStep(line, Span(0, 0), "split"))
        if isinstance(failure, LoweringError):
            return failure.what
    return None


MISSING = {
    "half": "choices-need-sole",
    "inner": "choices-need-inner",
    "beside": "choices-need-beside",
    "block": "choices-need-block",
    "pads": "choices-need-axes",
    "turned": "choices-need-axes",
    "turns": "choices-need-axes",
    "note": "choices-need-note",
    "around": "choices-need-around",
    "other": "choices-need-other",
    "elsewhere": "choices-need-elsewhere",
    "reader": "choices-need-reader",
    "read": "choices-need-reader",
    "writer": "choices-need-writer",
    "write": "choices-need-writer",
    "mirrored": "choices-need-rank",
    "row": "choices-need-rank",
    "axes": "choices-need-plain",
}
"""What a step needs that is not there, by the place that it has no value for."""

Value = str | int | Place
Binding = Mapping[str, Value]
"""Values of the places of a step; those that belong together come together."""


class _Scene:
    """What the places of a step can be for a loop, a block or a buffer."""

    def __init__(
        self,
        known: Mapping[int, Place],
        about: Chosen,
        naming: partial[Naming],
        is_gpu: bool,
    ) -> None:
        self._known = known
        self._about = about
        self._naming = naming
        self._is_gpu = is_gpu
        place = about.place
        self._blocks = [
            each
            for each in known.values()
            if not each.is_loop and each.name != "root" and about.function in ("", each.function)
        ]
        if place is None:
            self._own = [b for b in self._blocks if self._uses(b)]
        elif place.is_loop:
            self._own = [b for b in self._blocks if place in b.loops][:1]
        else:
            self._own = [place]

    def _uses(self, block: Place) -> bool:
        regions = (*block.obj.reads, *block.obj.writes)
        return any(region.source.same_as(self._about.buffer) for region in regions)

    def variants(self, row: ScheduleTry) -> tuple[list[tuple[str, ...]], str]:
        """Return the lines of each way to fill in a step, or the name of a place without values."""
        groups: list[list[Binding]] = []
        if self._about.kind == "loop" and not self._own:
            return [], "block"
        for group in GROUPS:
            if not any(name in row.places for name in group.places):
                continue
            wanted = [name for name in (*group.places, *group.more) if name in row.places]
            values = [each for each in group.values(self) if all(name in each for name in wanted)]
            if not values:
                return [], wanted[0] if not group.values(self) else wanted[-1]
            groups.append(values[:MOST_VALUES])
        return [self._lines(row, bindings) for bindings in itertools.product(*groups)], ""

    def _lines(self, row: ScheduleTry, bindings: tuple[Binding, ...]) -> tuple[str, ...]:
        naming = self._naming()
        words: dict[str, str] = {}
        for name, value in itertools.chain.from_iterable(each.items() for each in bindings):
            if name in row.places:
                words[name] = naming.of(value) if isinstance(value, Place) else str(value)
        ends = ("_0", "_1") if row.method == "split" else ("",)
        words["name"] = naming.fresh(self._wish(row), ends)
        if self._is_gpu:
            words |= {"near": '"shared"', "own": '"local"'}
        else:
            words |= {"near": '"global"', "own": '"global"'}
        return *naming.lines, row.step.format_map(words)

    def _wish(self, row: ScheduleTry) -> str:
        """Return what the result of a step would be called."""
        name = self._about.name.removesuffix("_")
        return name if row.method == "split" else f"{name}_{row.method.rpartition('_')[2]}"

    # ------------------------------------------------------------ values of places

    def loop(self) -> list[Binding]:
        """Return the loop itself, with what its extent allows."""
        place = self._about.place
        if place is None or not place.is_loop:
            return []
        extent = place.obj.extent
        count = int(extent.value) if isinstance(extent, tirx.IntImm) else 0
        fitting = (n for n in FACTORS if count % n == 0 and n < count)
        # With several blocks inside loop_partition reads memory that it may not.
        is_sole = sum(place in block.loops for block in self._blocks) == 1
        half = {"half": count // 2} if count > 1 and is_sole else {}
        return [{"loop": place, "factor": next(fitting, 16), **half}]

    def it(self) -> list[Binding]:
        """Return the loop or block itself, with each of its notes."""
        place = self._about.place
        if place is None:
            return []
        notes = [*place.obj.annotations]
        return [{"it": place, "note": f'"{note}"'} for note in notes] or [{"it": place}]

    def inner(self) -> list[Binding]:
        """Return the loop directly inside, if there is nothing but that."""
        place = self._about.place
        body = None if place is None or not place.is_loop else place.obj.body
        return [
            {"inner": each}
            for each in self._known.values()
            if each.is_loop and body is not None and each.obj.same_as(body)
        ]

    def beside(self) -> list[Binding]:
        """Return the loops beside it that go round as often."""
        place = self._about.place
        if place is None or not place.is_loop:
            return []
        return [
            {"beside": each}
            for each in self._known.values()
            if each.is_loop
            and each.parent == place.parent
            and each.id != place.id
            and each.function == place.function
            and tvm_ffi.structural_equal(each.obj.extent, place.obj.extent)
        ]

    def block(self) -> list[Binding]:
        """Return the block, with its axes."""
        bindings: list[Binding] = []
        for block in self._own:
            axes = [str(axis.var.name) for axis in block.obj.iter_vars]
            binding: dict[str, Value] = {"block": block}
            if axes:
                binding["pads"] = str([16] * len(axes))
            if len(axes) > 1:
                turned = ", ".join(reversed(axes))
                binding["turned"] = f"lambda {', '.join(axes)}: ({turned})"
                binding["turns"] = str([*range(len(axes))][::-1])
            bindings.append(binding)
        return bindings

    def around(self) -> list[Binding]:
        """Return the loops around the block."""
        return [{"around": loop} for block in self._own for loop in reversed(block.loops)]

    def other(self) -> list[Binding]:
        """Return the other blocks, nearest first."""
        own = {block.id for block in self._own}
        if self._about.place is not None and self._about.place.is_loop:
            own |= {b.id for b in self._blocks if self._about.place in b.loops}
        return [{"other": block} for block in self._blocks if block.id not in own]

    def elsewhere(self) -> list[Binding]:
        """Return the loops around other blocks, the innermost first."""
        own = {loop.id for block in self._own for loop in block.loops}
        loops = {
            loop.id: loop
            for block in self._blocks
            for loop in block.loops
            if block not in self._own and loop.id not in own
        }
        return [{"elsewhere": loop} for loop in sorted(loops.values(), reverse=True)]

    def reads(self) -> list[Binding]:
        """Return each buffer that the block reads, or each block that reads the buffer."""
        return self._regions("reader", "read", "reads")

    def writes(self) -> list[Binding]:
        """Return the same of what is written."""
        return self._regions("writer", "write", "writes")

    def _regions(self, block_name: str, number_name: str, field: str) -> list[Binding]:
        bindings: list[Binding] = []
        for block in self._own:
            axes = [str(axis.var.name) for axis in block.obj.iter_vars]
            for number, region in enumerate(getattr(block.obj, field)):
                if self._about.place is None and not region.source.same_as(self._about.buffer):
                    continue
                rank = len(region.region)
                binding: dict[str, Value] = {block_name: block, number_name: number}
                if rank > 1:
                    indices = [f"i{n}" for n in range(rank)]
                    turned = ", ".join(reversed(indices))
                    binding["mirrored"] = f"lambda {', '.join(indices)}: ({turned})"
                    binding["row"] = rank - 2
                used = _axes_of(region, axes)
                if used:
                    comma = "," if len(used) == 1 else ""
                    binding["axes"] = f"lambda {', '.join(axes)}: ({', '.join(used)}{comma})"
                bindings.append(binding)
        return bindings


def _axes_of(region: Any, axes: list[str]) -> list[str]:
    """Return the axes of a block that a region's beginnings name, in their order there."""
    used: dict[str, None] = {}
    for each in region.region:
        name = str(getattr(each.min, "name", ""))
        if name in axes:
            used[name] = None
    return [*used]


class _Group(NamedTuple):
    """Places that get their values together, ``more`` where one of the others is there."""

    places: tuple[str, ...]
    values: Callable[[_Scene], list[Binding]]
    more: tuple[str, ...] = ()


GROUPS = (
    _Group(("loop", "factor", "half"), _Scene.loop),
    _Group(("it", "note"), _Scene.it),
    _Group(("inner",), _Scene.inner),
    _Group(("beside",), _Scene.beside),
    _Group(("block", "pads", "turned", "turns"), _Scene.block),
    _Group(("around",), _Scene.around),
    _Group(("other",), _Scene.other),
    _Group(("elsewhere",), _Scene.elsewhere),
    _Group(("reader", "read"), _Scene.reads, ("mirrored", "row", "axes")),
    _Group(("writer", "write"), _Scene.writes, ("mirrored", "row", "axes")),
)
