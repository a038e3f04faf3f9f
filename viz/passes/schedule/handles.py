"""Name the loops and blocks of a program in steps: by the names they have, or after finding them.

A user's names come first: ``k0`` is more to its reader than what ``get_loops`` would give again.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tvm.s_tir.schedule import LoopRV, SBlockRV

from viz.errors import TVM_ERRORS
from viz.ir.labels import type_key
from viz.ir.walker import occurrences
from viz.passes.schedule.replay import Player

MOST_UNPACKED = 4
"""Loops around a block that get a name each; of more than that, one is taken by its number."""


class Place(NamedTuple):
    """A loop or block of a module, with the loops around it up to the next block, outermost first.

    ``parent`` is the id of the loop or block around it, -1 where there is none.
    """

    id: int
    obj: Any
    name: str
    function: str
    loops: tuple[Place, ...]
    parent: int

    @property
    def is_loop(self) -> bool:
        """Whether it is a loop, not a block."""
        return type_key(self.obj) == "tirx.For"


def places(mod: Any) -> dict[int, Place]:
    """Return the loops and blocks of a module by their ids in its Tree, in pre-order."""
    found: dict[int, Place] = {}
    inside: dict[int, tuple[str, tuple[Place, ...], int]] = {-1: ("", (), -1)}
    for node in occurrences(mod):
        function, loops, parent = inside[node.parent]
        kind = type_key(node.obj)
        if kind == "tirx.PrimFunc":
            function, loops = node.field, ()
        elif kind == "tirx.For":
            place = Place(node.id, node.obj, str(node.obj.loop_var.name), function, loops, parent)
            found[node.id] = place
            loops, parent = (*loops, place), node.id
        elif kind == "s_tir.SBlock":
            place = Place(node.id, node.obj, str(node.obj.name_hint), function, loops, parent)
            found[node.id] = place
            loops, parent = (), node.id
        inside[node.id] = function, loops, parent
    return found


class Handles:
    """What the loops and blocks of a program are called at a step of its schedule."""

    def __init__(self, player: Player, variable: str, known: Mapping[int, Place]) -> None:
        self._variable = variable
        self._places = known
        self._several = len(player.functions) > 1
        self.taken = {*player.names, variable}
        self.names: dict[int, str] = {}
        for name, value in player.names.items():
            for text, handle in _handles(name, value):
                try:
                    obj = player.schedule.get(handle)
                except TVM_ERRORS:
                    continue  # a step has consumed it
                self.names[obj.__chandle__()] = text


def _handles(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, LoopRV | SBlockRV):
        yield name, value
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            if isinstance(each, LoopRV | SBlockRV):
                yield f"{name}[{number}]", each


class Naming:
    """Names loops and blocks for one step, and collects the lines that find those without names."""

    def __init__(self, handles: Handles, variable: str, known: Mapping[int, Place]) -> None:
        self._handles = handles
        self._variable = variable
        self._places = known
        self._names = dict(handles.names)
        self._taken = set(handles.taken)
        self.lines: list[str] = []

    def fresh(self, wish: str, ends: tuple[str, ...] = ("",)) -> str:
        """Return a name like another one, which nothing has yet with any of the ends."""
        base = re.sub(r"\W", "_", wish, flags=re.ASCII).strip("_") or "it"
        base = f"v{base}" if base[0].isdigit() or keyword.iskeyword(base) else base
        name, number = base, 1
        while any(f"{name}{end}" in self._taken for end in ends):
            name, number = f"{base}{number}", number + 1
        self._taken |= {f"{name}{end}" for end in ends}
        return name

    def of(self, place: Place) -> str:
        """Return the name of a loop or a block; for a loop a block must be inside."""
        handle = place.obj.__chandle__()
        if handle not in self._names:
            if place.is_loop:
                self._find_loop(place)
            else:
                self._find_block(place)
        return self._names[handle]

    def _find_block(self, block: Place) -> None:
        name = self.fresh(block.name if block.name != "root" else "root_block")
        where = f', func_name="{block.function}"' if self._handles._several else ""
        self.lines.append(f'{name} = {self._variable}.get_sblock("{block.name}"{where})')
        self._names[block.obj.__chandle__()] = name

    def _find_loop(self, loop: Place) -> None:
        inside = next(p for p in self._places.values() if not p.is_loop and loop in p.loops)
        block = self.of(inside)
        named = any(each.obj.__chandle__() in self._names for each in inside.loops)
        if len(inside.loops) > MOST_UNPACKED or named:
            name = self.fresh(loop.name)
            number = inside.loops.index(loop)
            self.lines.append(f"{name} = {self._variable}.get_loops({block})[{number}]")
            self._names[loop.obj.__chandle__()] = name
            return
        names = [self.fresh(each.name) for each in inside.loops]
        comma = "," if len(names) == 1 else ""
        self.lines.append(f"{', '.join(names)}{comma} = {self._variable}.get_loops({block})")
        for each, name in zip(inside.loops, names, strict=True):
            self._names[each.obj.__chandle__()] = name
