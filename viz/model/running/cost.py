"""What the accesses of emulated kernels cost: requests of warps, sectors and bank conflicts.

How each figure comes about, and how sure it is, stands in the catalog's ``cost_rules``.
"""

from __future__ import annotations

from typing import Literal

from viz.messages import Message
from viz.model.base import Plain, Problem
from viz.model.running.inputs import InputKind
from viz.model.stages import StageName
from viz.text import Span

CostCertainty = Literal["counted", "modelled", "unknown"]
"""``counted``: exactly, of the text as it stands; ``modelled``: by a rule that hardware may differ
from; ``unknown``: nothing here can tell."""

AccessKind = Literal["load", "store", "atomic", "fragment"]
"""What a site does; ``fragment`` is a tensor core's load or store of a tile of a matrix,
by a whole warp."""

MemorySpace = Literal["global", "shared", "local"]
"""Where a buffer lies; ``local`` is an array of each thread, which may be registers."""

Limit = Literal["threads", "blocks", "shared"]
"""What allows no further block on a multiprocessor."""


class CostOptions(Plain, frozen=True):
    """How much of a run is looked at, and what for."""

    budget: int = 0
    """Accesses of single threads, after which no further block is looked at; 0 for all of them.
    Blocks beyond it run only where a later kernel needs what they write, or outputs are asked for
    (:attr:`RunPart.wants_outputs`): then unchecked and uncounted."""
    arch: str = ""
    """The architecture whose limits hold, such as ``sm_80``; that of the request's options, or
    else the catalog's, if empty."""
    pictures: bool = False
    """Also how often each element of a buffer was accessed over time."""


class WarpRequest(Plain, frozen=True):
    """One request of a warp, as an example of what a site does."""

    block: tuple[int, int, int]
    """``blockIdx`` as ``(x, y, z)``."""
    warp: int
    """Number of the warp in its block."""
    offsets: tuple[int, ...]
    """Of each of the 32 lanes the byte in the buffer's memory that its access begins at; -1 where
    the lane is not active."""
    sectors: int = 0
    """Sectors of 32 bytes that it touches, in global memory."""
    wavefronts: int = 0
    """Wavefronts that it takes, in shared memory."""


class Figures(Plain, frozen=True):
    """What is counted at a site, over all of its requests; sums over sites make sense too."""

    requests: int = 0
    """Times that a warp made the access, with at least one lane active."""
    lanes: int = 0
    """Active lanes of all requests."""
    sectors: int = 0
    """Sectors of 32 bytes that the requests touch, in global memory; 0 elsewhere."""
    ideal_sectors: int = 0
    """Sectors that would hold the distinct bytes that each request asks for."""
    wavefronts: int = 0
    """Rounds of the 32 banks, in shared memory; 0 elsewhere. 8 bytes a lane go by half warps,
    16 bytes by quarter warps."""
    least_wavefronts: int = 0
    """The same where parts of a request whose lanes ask for the same words go together, as some
    architectures do."""
    ideal_wavefronts: int = 0
    """Wavefronts without any conflict: 1, 2 or 4 a request with that part of a warp active."""
    bytes_asked: int = 0
    """Bytes of all active lanes."""
    bytes_used: int = 0
    """Distinct bytes of each request, summed over the requests."""

    def __add__(self, other: Figures) -> Figures:
        """Return the figures of two sites, or of two runs of one, together."""
        names = self.__struct_fields__
        return Figures(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def conflicts(self) -> int:
        """Bank conflicts: wavefronts beyond one for each part of a request with an active lane."""
        return self.wavefronts - self.ideal_wavefronts

    @property
    def excess(self) -> int:
        """Sectors and wavefronts beyond the ideal."""
        return self.sectors - self.ideal_sectors + self.conflicts

    @property
    def bytes_moved(self) -> int:
        """Bytes of the sectors: what global memory moves before any cache."""
        return 32 * self.sectors


class AccessSite(Plain, frozen=True):
    """An access to memory in the emitted CUDA text, with what it cost in the whole run."""

    span: Span
    """The access in the CUDA text, in code points."""
    kind: AccessKind
    space: MemorySpace
    buffer: str
    """The user's name of the memory, else that in the text."""
    width: int
    """Bytes of each lane; of a fragment those of an element."""
    figures: Figures
    lanes: tuple[tuple[int, int], ...] = ()
    """Numbers of active lanes, the least first, each with how many requests had so many."""
    most_on_one: int = 1
    """For an atomic: the most lanes of a request that want the same element."""
    worst: WarpRequest | None = None
    """The request with the most sectors or wavefronts, the first of them."""
    node: int | None = None
    """Its node in the Tree of the final stage; None where the marks do not say."""
    own: Span | None = None
    """Where it comes from in the user's text, in code points."""
    own_line: int | None = None
    """1-based line of the user's text where ``own`` begins."""
    call: Span | None = None
    """In a helper that the kernel calls: the call in the CUDA text, to which ``node`` and ``own``
    belong. Each call is a site of its own."""


class BranchCost(Plain, frozen=True):
    """A condition that divides warps: an ``if``, a ``while``, a loop or a ``?:``."""

    span: Span
    """In the CUDA text, in code points."""
    warps: int
    """Times that a warp came to it."""
    divided: int
    """Times that some of its active lanes went on and others did not."""
    node: int | None = None
    """Its node in the Tree of the final stage; None where the marks do not say."""
    own: Span | None = None
    """Where it comes from in the user's text, in code points."""
    own_line: int | None = None
    """1-based line of the user's text."""


class BufferAccesses(Plain, frozen=True):
    """How often the elements of a buffer were accessed, over time: for a picture."""

    name: str
    space: MemorySpace
    elements: int
    """How many it has; of shared memory those of one block, all blocks counted together."""
    element_bytes: int
    per_cell: int
    """Neighbouring elements that are counted together; fewer in the last cell."""
    slices: int
    """Slices of time with as many requests of the kernel each; fewer in the last one."""
    requests_per_slice: int
    requests: int
    """Those of the kernel, in all slices."""
    counts: bytes
    """uint32, little endian: accesses of lanes, ``slices`` rows with a number for each cell."""
    reuse: bytes
    """float32: of each cell the mean number of other requests of the kernel between two accesses to
    the same element; NaN where no element was accessed twice."""
    shape: tuple[int, ...] = ()
    """As the user declared it; empty where that is not known."""


class Occupancy(Plain, frozen=True):
    """How many blocks fit on a multiprocessor by threads and shared memory, registers left out."""

    arch: str
    blocks: int
    warps: int
    most_warps: int
    limits: tuple[Limit, ...]
    """What allows no more of them."""
    static_shared: int
    dynamic_shared: int


class KernelCost(Plain, frozen=True):
    """What a kernel cost in all of its launches of one call."""

    name: str
    launches: int
    grid: tuple[int, int, int]
    """Blocks of its first launch, as ``(x, y, z)``."""
    block: tuple[int, int, int]
    """Threads of a block, as ``(x, y, z)``."""
    blocks: int
    """Blocks of all launches."""
    counted_blocks: int
    """Blocks that were looked at; no figure is scaled up."""
    sites: tuple[AccessSite, ...] = ()
    """In the order of the text. Accesses that never ran are missing."""
    branches: tuple[BranchCost, ...] = ()
    barriers: int = 0
    """Barriers that blocks went through."""
    float_operations: int = 0
    """Arithmetic on floats by active lanes: each operation 1, both sides of a ``?:``."""
    integer_operations: int = 0
    """The same on integers, indices included: a bound, since a compiler drops repeated ones."""
    occupancy: Occupancy | None = None
    buffers: tuple[BufferAccesses, ...] = ()
    """Where pictures are asked for."""
    problem: Message | None = None
    """Why its accesses were not counted."""

    @property
    def figures(self) -> Figures:
        """The figures of all of its sites together."""
        return sum((site.figures for site in self.sites), Figures())

    @property
    def is_complete(self) -> bool:
        """Whether all blocks were looked at."""
        return self.counted_blocks == self.blocks

    @property
    def bytes_moved(self) -> int:
        """Bytes of all sectors of global memory."""
        return sum(site.figures.bytes_moved for site in self.sites)

    @property
    def intensity(self) -> float | None:
        """Operations on floats for each byte that is moved; None where none is."""
        return self.float_operations / self.bytes_moved if self.bytes_moved else None


class Cost(Plain, frozen=True):
    """What the kernels of a run cost, in the order of their first launches."""

    kernels: tuple[KernelCost, ...]
    budget: int = 0
    """The accesses that were allowed; 0 for all."""
    ran_all: bool = True
    """Whether all blocks ran. Else the outputs are not whole, and compared with nothing."""


class CausesPart(Plain, tag="causes", frozen=True):
    """Ask which stage of a CUDA build brought in the access pattern of each node of the final tree.

    The stages run as Python on the inputs of a run, some blocks of each kernel: no stage but the
    last one has a CUDA text.
    """

    seed: int = 0
    """Seed of the random inputs."""
    sizes: dict[str, int] = {}
    """Values of the variables in the buffers' shapes, by name."""
    inputs: InputKind = "normal"
    """As of a run."""
    arrays: dict[str, bytes] = {}
    """As of a run: those to run on, by the names of the parameters."""
    blocks: int = 2
    """Blocks of each kernel that run, the first ones."""
    seconds: float = 20.0
    """Seconds after which no further stage runs."""
    steps: bool = False
    """Whether only the stages after the steps of the user's schedule are looked at, and the final
    one: what they cost, without the causes."""


class SitePattern(Plain, frozen=True):
    """How an access behaves at a stage: figures of the blocks that ran."""

    stage: StageName
    node: int
    """Its node in the Tree of that stage."""
    figures: Figures
    width: int
    space: MemorySpace
    buffer: str = ""
    step: int = 0
    """Of a fragment the bytes from one row of its tile to the next, or from one column; 0 of other
    accesses."""


class SiteCause(Plain, frozen=True):
    """The history of an access of the final tree, and the stage that made it what it is."""

    node: int
    """In the Tree of the final stage."""
    kind: AccessKind
    patterns: tuple[SitePattern, ...]
    """At the first stage at which it was found, and at each at which it was no longer the same; the
    first one first."""
    since: StageName | None = None
    """The first stage from which on it has the pattern of the final one; None if not known, because
    stages before could not be run, or values decide where it accesses that blocks write which did
    not run."""
    title: Message | None = None
    """The pass or schedule step that made this stage, in words; None for the user's own text."""
    own: Span | None = None
    """Where the access, or the step of the schedule, stands in the user's text."""


class StageCost(Plain, frozen=True):
    """All accesses of a stage together: of global and of shared memory."""

    stage: StageName
    title: Message | None
    global_figures: Figures
    shared_figures: Figures
    """Of all but fragments: what bank conflicts these have is not known."""
    shared_fragments: int = 0
    """Requests for fragments of tensor cores to shared memory."""


class Causes(Plain, frozen=True):
    """Which stage brought in the pattern of each access."""

    sites: tuple[SiteCause, ...]
    stages: tuple[StageCost, ...] = ()
    """The stages that ran with threads, in order."""
    blocks: int = 0
    """Blocks of each kernel that ran."""
    problem: Message | None = None
    """Why stages, or all of them, could not be run."""


class MeasuredCost(Plain, frozen=True):
    """What the accesses of a program cost when it ran on the emulator, and since when."""

    cost: Cost | None = None
    """None where it could not run."""
    causes: Causes | None = None
    """None where no stage could be looked at."""
    problems: tuple[Problem, ...] = ()
    """Why it could not run, or remarks on the run."""
