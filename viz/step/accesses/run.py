"""Run the kernels of a stage on some blocks, and return what each access cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from viz.messages import message_of
from viz.model import Figures, Tree
from viz.step.accesses.buffers import begin, space_of
from viz.step.accesses.doubts import doubtful
from viz.step.accesses.expressions import VALUES
from viz.step.accesses.loops import is_free
from viz.step.accesses.machine import (
    Compiler,
    Machine,
    Run,
    Tables,
    UnableError,
    stops_explained,
)
from viz.step.accesses.needed import shared_parameters
from viz.step.accesses.recorder import AccessKey, AccessRecorder
from viz.step.accesses.statements import STATEMENTS, called, functions
from viz.step.accesses.unread import ACCESSES
from viz.step.kernel_calls import LAUNCH
from viz.step.writer import Part

TABLES = Tables(VALUES, ACCESSES, STATEMENTS, called, space_of, is_free)


class StageRun(NamedTuple):
    """What the kernels of a stage accessed."""

    sites: dict[AccessKey, Figures]
    blocks: int
    """The most blocks of a kernel that ran; 0 where there is no kernel."""
    doubtful: frozenset[int] = frozenset()
    """Nodes whose accesses are decided by values that are not known."""


def accesses(
    trees: Sequence[Tree],
    function: str,
    arguments: Mapping[str, Any],
    *,
    blocks: int,
    until: float | None = None,
) -> StageRun:
    """Run the kernels that a function launches, and count what their accesses cost.

    All threads of the first ``blocks`` blocks of each kernel run at once, statement by statement,
    so the access of a warp at a place is one request of the lanes that are there. Only values are
    computed that decide where something is accessed.

    Parameters
    ----------
    trees
        The tree of the stage, or first that of the host's function and then that of the kernels it
        calls; the nodes of the sites are those of the last one.
    function
        Name of the host's function.
    arguments
        Arrays for buffers and numbers for scalars by name, in the order of the parameters.
    until
        The moment of ``time.monotonic()`` at which it ends; None for one minute from now.

    Raises
    ------
    UnableError
        When it cannot be run, or not within the limits.
    """
    until = time.monotonic() + 60 if until is None else until
    recorder = AccessRecorder()
    machine = Machine(recorder, blocks=blocks, until=until)
    with stops_explained():
        kernels = _run(trees, function, arguments, machine)
        sites = recorder.totals()
        in_doubt = doubtful(kernels, {key.node for key in sites})
    return StageRun(sites, machine.most_run, in_doubt)


def _run(
    trees: Sequence[Tree], function: str, arguments: Mapping[str, Any], machine: Machine
) -> Compiler:
    """Run a function, and return what its kernels were compiled with."""
    same = shared_parameters(trees[0], trees[-1])
    host = kernels = Compiler(trees[0], machine, TABLES, same if len(trees) == 1 else ())
    if len(trees) > 1:
        kernels = Compiler(trees[1], machine, TABLES, same)
        host.launcher = _launcher(kernels)
    elif any(part.field("op") == LAUNCH for part in _calls(trees[0])):
        host.launcher = _launcher(host)
    found = next((f for f in functions(host) if f.node.path in (function, "")), None)
    if found is None:
        raise UnableError(message_of("unable-packed"))
    begin(host, found, dict(arguments))
    host.statement(found["body"])(None)
    return kernels


def _calls(tree: Tree) -> list[Part]:
    return list(Part(tree, tree.nodes[0]).find("ir.Call"))


def _launcher(c: Compiler) -> Callable[[str, Sequence[Any]], None]:
    """Return what launches a kernel by its name with the arguments of its call."""
    bodies: dict[str, tuple[list[int], Run]] = {}

    def launch(name: str, arguments: Sequence[Any]) -> None:
        if name not in bodies:
            function = next((f for f in functions(c) if f.node.path == name), None)
            if function is None:
                raise UnableError(message_of("causes-node", what=name))
            parameters = [each.variable for each in function.all("params")]
            bodies[name] = parameters, c.statement(function["body"])
        parameters, run = bodies[name]
        c.env.update(zip(parameters, arguments, strict=False))
        run(None)

    return launch
