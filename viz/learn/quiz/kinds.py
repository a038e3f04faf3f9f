"""List the kinds of questions, in the order in which a quiz asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from viz.learn.quiz import pass_kinds, run_kinds, target_kinds, text_kinds, tree_kinds
from viz.learn.quiz.draft import Draft
from viz.learn.quiz.material import Material

Kind = Callable[[Material, Random], Iterator[Draft]]
"""Yields questions of a kind about a program, in an order that the random numbers give. It raises
``NotApplicableError`` where the program has none, or yields none."""

KINDS: dict[str, Kind] = {
    "type": tree_kinds.type_of,
    "parent": tree_kinds.parent_of,
    "field": tree_kinds.field_of,
    "count": tree_kinds.count_of,
    "dtype": tree_kinds.dtype_of,
    "use": tree_kinds.use_of,
    "rounds": tree_kinds.rounds_of,
    "writer": text_kinds.writer_of,
    "written": text_kinds.written_by,
    "adds": pass_kinds.adding,
    "removes": pass_kinds.removing,
    "next": pass_kinds.following,
    "thread": target_kinds.thread_of,
    "target": target_kinds.refusing,
}
"""From what a program is, over what becomes of it, to its targets."""

RUN_KINDS: dict[str, Kind] = {
    "check": run_kinds.check_of,
    "racers": run_kinds.racers,
    "sectors": run_kinds.sectors_of,
    "banks": run_kinds.rounds_of_banks,
}
"""What a run of it shows, where the emulated GPU can run it: these come last."""
