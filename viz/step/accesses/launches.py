"""How kernels begin, and how the indices of their threads get their values."""

from __future__ import annotations

from viz.errors import RunError
from viz.messages import message_of
from viz.step import tirx_rules
from viz.step.accesses.machine import Compiler, Mask, Run, UnableError, Value
from viz.step.accesses.memory import Lanes
from viz.step.gpu_rules import BINDING, Binding, binding
from viz.step.threads import WARP
from viz.step.writer import Part

KERNEL_ATTRIBUTES = (tirx_rules.ENTRY,)
INDICES = ("blockIdx.", "threadIdx.")


def bound(c: Compiler, part: Part) -> Run:
    """Run a statement that binds a variable to an index of threads, as all threads at once."""
    found = binding(part)
    assert found is not None
    body, env, at = inside(c, found.body), c.env, found.variable.variable
    extent, tag, machine = c.value(found.extent), found.tag, c.machine

    if tag.startswith(INDICES):
        return kernel(c, part, as_threads(c, at, tag, extent, body))

    def virtual(mask: Mask) -> None:
        for number in range(int(extent(mask))):
            machine.round()
            env[at] = number
            body(mask)

    return virtual


def as_threads(c: Compiler, at: int, tag: str, extent: Value, body: Run) -> Run:
    """Return what runs a body with a variable bound to an index of threads, as all at once.

    Parameters
    ----------
    at
        The variable.
    extent
        How many values it takes: threads beyond them do nothing.
    """
    env, machine = c.env, c.machine

    def run(mask: Mask) -> None:
        assert machine.lanes is not None
        env[at] = machine.lanes.index[tag]
        size = extent(mask)
        if size != machine.lanes.extents.get(tag, 1):
            mask = mask & (env[at] < size)
        body(mask)

    return run


def inside(c: Compiler, body: Part) -> Run:
    """Return what runs a statement as part of a kernel."""
    before, c.inside = c.inside, True
    run = c.statement(body)
    c.inside = before
    return run


def kernel(c: Compiler, part: Part, body: Run) -> Run:
    """Return what begins a kernel where none has begun yet."""
    sizes = _extents(c, part)
    machine = c.machine

    def run(mask: Mask) -> None:
        if machine.lanes is not None:
            body(mask)
            return
        extents: dict[str, int] = {}
        for tag, size in sizes:
            extents[tag] = max(extents.get(tag, 0), int(size(None)))
        machine.lanes = Lanes(extents, machine.blocks)
        machine.kernel += 1
        machine.most_run = max(machine.most_run, machine.lanes.blocks)
        try:
            if machine.lanes.count:
                body(machine.lanes.active)
        finally:
            machine.lanes = None

    return run


def _extents(c: Compiler, part: Part) -> list[tuple[str, Value]]:
    """Return the indices of a kernel and what computes how many values each has."""
    links = [link for link in map(binding, part.find(*BINDING)) if link is not None]
    links += [
        link
        for entry in part.find("tirx.AttrStmt")
        if entry.field("attr_key") == tirx_rules.ENTRY
        for link in (*blocks(entry), *threads(entry))
    ]
    return [(link.tag, c.value(link.extent)) for link in links if link.tag.startswith(INDICES)]


def blocks(entry: Part) -> list[Binding]:
    """Return the indices of the blocks of a TIRx kernel."""
    return _bindings(entry["body"], {tirx_rules.BLOCK: "blockIdx.{axis}"})


def threads(entry: Part) -> list[Binding]:
    """Return the indices of the threads of a TIRx kernel."""
    scopes = {tirx_rules.OF_WARP: "threadIdx.y", tirx_rules.LANE: "threadIdx.x"}
    plain = _bindings(entry["body"], {tirx_rules.THREAD: "threadIdx.{axis}"})
    return plain or _bindings(entry["body"], scopes)


def _bindings(body: Part, tags: dict[str, str]) -> list[Binding]:
    try:
        return tirx_rules.bindings(body, tags)
    except RunError as error:
        raise UnableError(error.what) from error


def indices_of_scopes(c: Compiler, part: Part) -> Run:
    """Give the indices that a TIRx kernel asks for their values."""
    definition, env, machine = part["def"], c.env, c.machine
    scope, ids = definition.field("scope"), [each.variable for each in definition.all("def_ids")]
    names = {tirx_rules.BLOCK: "blockIdx", tirx_rules.THREAD: "threadIdx"}
    if scope not in (*names, tirx_rules.OF_WARP, tirx_rules.LANE):
        raise UnableError(message_of("causes-node", what=scope))

    def run(mask: Mask) -> None:
        lanes = machine.lanes
        assert lanes is not None
        for axis, at in zip("xyz", ids, strict=False):
            if scope in names:
                env[at] = lanes.index[f"{names[scope]}.{axis}"]
            else:
                number = lanes.number
                env[at] = number // WARP if scope == tirx_rules.OF_WARP else number % WARP

    return run
