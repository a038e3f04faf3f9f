"""Run a function at a stage of its schedule, all threads of a kernel at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.messages import message_of
from viz.model import Tree
from viz.step.accesses.buffers import begin
from viz.step.accesses.machine import UnableError, stops_explained
from viz.step.accesses.memory import BufferView
from viz.step.accesses.statements import functions
from viz.step.lockstep.rules import OneThread, ValueCompiler, ValueMachine

MOST_LANES = 1 << 10
"""Threads of a kernel that run at once, in whole blocks."""

MOST_ROUNDS = 15_000
"""Rounds of loops and accesses of a run: each is one for all threads."""


class Interpreted(NamedTuple):
    """What ran; the outputs are in the arrays that it was called with.

    Attributes
    ----------
    blocks, total
        How many blocks of a kernel ran, and how many it has.
    written
        Of each array by name which elements were written, flat in the order of its memory; None
        where all blocks ran.
    """

    blocks: int
    total: int
    written: Mapping[str, Any] | None


def interpreted(
    tree: Tree,
    function: str,
    arguments: Mapping[str, Any],
    *,
    until: float,
    most_lanes: int = MOST_LANES,
    most_rounds: int = MOST_ROUNDS,
) -> Interpreted:
    """Run a function: all threads of its kernels go on together, statement by statement.

    Of a grid with more threads than ``most_lanes`` only some blocks run, from the first to the last
    one, where nothing comes after it.

    Parameters
    ----------
    arguments
        Arrays for buffers and numbers for scalars by name, in the order of the parameters. The
        arrays are written to.
    until
        The moment of ``time.monotonic()`` at which it ends.

    Raises
    ------
    UnableError
        When it cannot be run, or not within the limits.
    NoElementError
        When a thread accesses what is no element of a buffer.
    """
    machine = ValueMachine(most_lanes=most_lanes, most_rounds=most_rounds, until=until)
    with stops_explained():
        views = _run(tree, function, arguments, machine)
    if machine.most_run >= machine.most_of:
        return Interpreted(machine.most_run, machine.most_of, None)
    written = {name: machine.stored[id(view.memory)] for name, view in views.items()}
    return Interpreted(machine.most_run, machine.most_of, written)


def _run(
    tree: Tree, function: str, arguments: Mapping[str, Any], machine: ValueMachine
) -> dict[str, BufferView]:
    """Run a function, and return its arrays as buffers."""
    compiler = ValueCompiler(tree, machine)
    found = next((f for f in functions(compiler) if f.node.path in (function, "")), None)
    if found is None:
        raise UnableError(message_of("unable-packed"))
    begin(compiler, found, dict(arguments))
    views: dict[str, BufferView] = {}
    for (name, value), parameter in zip(arguments.items(), found.all("params"), strict=True):
        if isinstance(value, np.ndarray):
            view = views[name] = compiler.env[parameter.variable]
            count = view.memory.size // np.dtype(view.dtype).itemsize
            machine.stored[id(view.memory)] = np.zeros(count, bool)
    machine.lanes = OneThread()
    compiler.statement(found["body"])(machine.lanes.active)
    return views
