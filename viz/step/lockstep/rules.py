"""How the statements of a schedule's stages are run for all threads at once.

A buffer that is allocated outside of all threads is one for all of them, whatever its scope: until
a pass makes it smaller, it has an element for each of its indices. Loops outside of any thread go
one round after the other, also between two nests of threads: what a schedule makes of a program is
complete after its last step at the latest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from viz.messages import message_of
from viz.model import AccessKind, MemorySpace, Tree
from viz.step.accesses import loops, statements
from viz.step.accesses.expressions import VALUES
from viz.step.accesses.launches import INDICES, as_threads, inside
from viz.step.accesses.machine import Compiler, Machine, Mask, Run, Tables, UnableError, Value
from viz.step.accesses.memory import AXES, BufferMemory, BufferView, Lanes
from viz.step.accesses.needed import Needed
from viz.step.accesses.recorder import AccessRecorder
from viz.step.accesses.unread import ACCESSES
from viz.step.barriers import SYNCS
from viz.step.gpu_rules import BINDING, binding
from viz.step.writer import Part

UNWRITTEN = 255
"""The bytes of memory that nothing has written yet: of floats a NaN."""


class NoElementError(Exception):
    """A thread accesses what is no element of a buffer.

    Attributes
    ----------
    buffer
        Its name.
    """

    def __init__(self, buffer: str) -> None:
        super().__init__(buffer)
        self.buffer = buffer


class AllNeeded(Needed):
    """Says of every value and every buffer that it is needed."""

    def __init__(self) -> None:
        self.returns = True

    def __contains__(self, variable: int) -> bool:
        """Whether the value of a variable, or the content of a buffer, is needed."""
        return True


class SpreadLanes(Lanes):
    """All threads of some blocks of a kernel, from its first block to its last one.

    Attributes
    ----------
    total
        How many blocks the kernel has.
    """

    def __init__(self, extents: dict[str, int], most_lanes: int) -> None:
        threads = math.prod(extents.get(f"threadIdx.{axis}", 1) for axis in AXES)
        super().__init__(extents, max(2, most_lanes // max(1, threads)))  # the first and the last
        grid = [extents.get(f"blockIdx.{axis}", 1) for axis in AXES]
        self.total = math.prod(grid)
        if self.blocks < self.total:
            numbers = self.block * (self.total - 1) // max(1, self.blocks - 1)
            for axis, size in zip(AXES, grid, strict=True):
                self.index[f"blockIdx.{axis}"] = numbers % max(size, 1)
                numbers = numbers // max(size, 1)


class OneThread(Lanes):
    """What is outside of all nests of threads runs in: once."""

    def __init__(self) -> None:
        super().__init__({}, 1)
        self.count = 1
        self.lane, self.block, self.number = (
            each[:1] for each in (self.lane, self.block, self.number)
        )
        self.active = self.active[:1]


class ValueMachine(Machine):
    """The state of a run that computes every value, and looks at every access.

    Parameters
    ----------
    most_lanes
        How many threads of a kernel run, in whole blocks.
    most_rounds
        Rounds of loops and accesses after which the run ends.

    Attributes
    ----------
    most_run, most_of
        How many blocks of a kernel ran, and how many it has; of one that did not run as a whole.
    stored
        Of the memory of each parameter which elements were written.
    """

    def __init__(self, *, most_lanes: int, most_rounds: int, until: float) -> None:
        late = message_of("interpreter-time")
        super().__init__(
            AccessRecorder(), blocks=0, until=until, most_rounds=most_rounds, late=late
        )
        self.most_lanes = most_lanes
        self.most_of = 0
        self.stored: dict[int, Any] = {}

    def require_whole(self) -> None:
        """Refuse to go on after a kernel of which only some blocks ran.

        Raises
        ------
        UnableError
            When there was one.
        """
        if self.most_run < self.most_of:
            raise UnableError(message_of("interpreter-kernels"))

    def written(self, memory: BufferMemory, *, is_known: bool) -> None:
        """Take no note: after a kernel that did not run as a whole nothing runs."""

    def note(self, node: int, kind: AccessKind, view: BufferView, at: Any, mask: Mask) -> None:
        """Look whether an access is inside of its buffer, and note what was written.

        Raises
        ------
        NoElementError
            When an active thread accesses no element.
        """
        self.round()
        size = np.dtype(view.dtype).itemsize
        if view.element != size:
            raise UnableError(
                message_of("causes-node", what=f"{view.dtype}x{view.element // size}")
            )
        count = view.memory.size // size
        at = np.asarray(at)
        if at.size and (at.min() < 0 or at.max() >= count):
            if (mask & ((at < 0) | (at >= count))).any():
                raise NoElementError(view.name)
        if kind == "store" and isinstance(self.lanes, OneThread):
            self.require_whole()
        if kind == "store" and (stored := self.stored.get(id(view.memory))) is not None:
            inside = np.broadcast_to(mask, np.broadcast_shapes(mask.shape, at.shape))
            stored[np.broadcast_to(at, inside.shape)[inside]] = True


class ValueCompiler(Compiler):
    """Turns the nodes of a stage into functions that run them, and knows which threads are around.

    Attributes
    ----------
    tags
        The indices of threads that are bound around a statement.
    indices
        The variables that are bound to them.
    """

    def __init__(self, tree: Tree, machine: ValueMachine) -> None:
        super().__init__(tree, machine, TABLES, needed=AllNeeded())
        self.inside = True
        self.values_machine = machine
        self.tags: tuple[str, ...] = ()
        self.indices: dict[int, Value] = {}


def bound(c: ValueCompiler, part: Part) -> Run:
    """Run a loop whose rounds are threads as all of them at once; the outermost begins a kernel."""
    found = binding(part)
    assert found is not None
    at, tag, extent = found.variable.variable, found.tag, c.value(found.extent)
    if not tag.startswith(INDICES):  # a virtual thread
        return loops.loop(c, part)
    sizes = [] if c.tags else _sizes(c, part)
    before, c.tags = c.tags, (*c.tags, tag)
    c.indices[at] = extent
    run = as_threads(c, at, tag, extent, inside(c, found.body))
    c.tags = before
    return run if before else _kernel(c.values_machine, sizes, run)


def _kernel(machine: ValueMachine, sizes: list[tuple[str, Value]], body: Run) -> Run:
    """Return what runs the threads of a nest, and goes on as one thread after it."""

    def run(mask: Mask) -> None:
        if not mask.any():
            return
        extents: dict[str, int] = {}
        for tag, size in sizes:
            extents[tag] = max(extents.get(tag, 0), int(size(mask)))
        machine.require_whole()
        outside = machine.lanes
        lanes = machine.lanes = SpreadLanes(extents, machine.most_lanes)
        machine.most_run, machine.most_of = lanes.blocks, lanes.total
        if lanes.count:
            body(lanes.active)
        machine.lanes = outside

    return run


def _sizes(c: Compiler, part: Part) -> list[tuple[str, Value]]:
    links = [link for link in map(binding, part.find(*BINDING)) if link is not None]
    return [(link.tag, c.value(link.extent)) for link in links if link.tag.startswith(INDICES)]


def is_free(c: Compiler, loop: Part) -> bool:
    """Whether the rounds of a loop may run at once: each stores elements of its own.

    So it is where all that is inside is one block, which stores one element, the loop makes out its
    spatial axes alone, and what it loads of the same buffer is that element.
    """
    inner = loop["body"]
    while inner.key == "tirx.For" and binding(inner) is None:
        inner = inner["body"]
    if inner.key != "s_tir.SBlockRealize" or inner["block"].all("alloc_buffers"):
        return False
    block, variable = inner["block"], loop["loop_var"].variable
    body, axes = block["body"], block.all("iter_vars")
    if body.key != "tirx.BufferStore" or any(body.find("ir.GlobalVar")):
        return False
    stored = {each.variable for index in body.all("indices") for each in index.find("ir.Var")}
    for axis, value in zip(axes, inner.all("iter_values"), strict=True):
        is_used = any(each.variable == variable for each in value.find("ir.Var"))
        is_own = axis.field("iter_type") == "spatial" and axis["var"].variable in stored
        if is_used and not is_own:
            return False
    place = [written(index) for index in body.all("indices")]
    return all(
        [written(index) for index in load.all("indices")] == place
        for load in body["value"].find("ir.TensorLoad")
        if load["source"].variable == body["buffer"].variable
    )


def written(part: Part) -> tuple[Any, ...]:
    """Return what tells an expression from others: its nodes, their fields and variables."""
    return tuple(
        (each.key, tuple(each.node.fields.items()), each.node.variable) for each in part.below()
    )


def realize(c: ValueCompiler, part: Part) -> Run:
    """Run a block; threads that add up the same element do so one after the other."""
    axes = zip(part["block"].all("iter_vars"), part.all("iter_values"), strict=True)
    values = [value for axis, value in axes if axis.field("iter_type") == "reduce"]
    used = {each.variable for value in values for each in value.find("ir.Var")} & {*c.indices}
    run, env = statements.realize(c, part), c.env
    if not used:
        return run

    def one_by_one(mask: Mask) -> None:
        number: Any = 0
        for variable in used:
            number = number * c.indices[variable](mask) + env[variable]
        number = np.asarray(number)
        active = mask.any(axis=(*range(mask.ndim - 2), -1))
        for one in np.unique(number[active]):
            run(mask & (number == one))

    return one_by_one


def evaluation(c: Compiler, part: Part) -> Run:
    """Run a barrier, which is nothing where all threads go on together, or leave a loop.

    Raises
    ------
    UnableError
        When it is another call: nothing here knows what that does.
    """
    name = part["value"].field("op")
    if name in SYNCS:
        return statements.nothing(c, part)
    if name in loops.LEAVING:
        return statements.evaluated(c, part["value"])
    if part["value"].key == "ir.IntImm":
        return statements.nothing(c, part)
    raise UnableError(message_of("causes-node", what=name or part["value"].key))


def attribute(c: Compiler, part: Part) -> Run:
    """Run the body of an attribute that says nothing of threads.

    Raises
    ------
    UnableError
        When it does: then the program was not made by steps of a schedule alone.
    """
    if binding(part) is not None:
        raise UnableError(message_of("causes-node", what=part.field("attr_key")))
    return c.statement(part["body"])


def space_of(c: Compiler, buffer: Part) -> MemorySpace:
    """Return who has a buffer in common: all, the threads of a block, or one thread."""
    assert isinstance(c, ValueCompiler)
    is_shared = buffer.type().field("storage_scope").startswith("shared")
    if any(tag.startswith("threadIdx") for tag in c.tags) and not is_shared:
        return "local"
    return "shared" if c.tags else "global"


def _own(rule: Any) -> Any:
    """Return a rule that is called with what knows of the threads."""

    def checked(c: Compiler, part: Part) -> Run:
        assert isinstance(c, ValueCompiler)
        made: Run = rule(c, part)
        return made

    return checked


def _loop(c: ValueCompiler, part: Part) -> Run:
    return bound(c, part) if binding(part) else loops.loop(c, part)


def _unable(c: Compiler, part: Part) -> Run:
    raise UnableError(message_of("causes-node", what=part.key))


TABLES = Tables(
    VALUES,
    ACCESSES,
    {
        **statements.STATEMENTS,
        "tirx.For": _own(_loop),
        "s_tir.SBlockRealize": _own(realize),
        "tirx.Evaluate": evaluation,
        "tirx.AttrStmt": attribute,
        "tirx.Return": _unable,
    },
    statements.called,
    space_of,
    is_free,
    UNWRITTEN,
)
