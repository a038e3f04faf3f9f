"""Outcome of a run, its comparisons and findings, and the environment of this machine."""

from __future__ import annotations

from typing import Literal

from viz.messages import Message
from viz.model.base import Described, Plain, Problem
from viz.model.running.cost import Cost
from viz.text import Span

Mode = Literal["", "fast", "checked"]
"""How a program ran where there is a checked mode, empty elsewhere; on ``c`` never ``fast``."""

ThreadOrder = Literal["forward", "reversed", "shuffled"]
"""The order in which the emulator runs the blocks, warps and lanes of a launch. Lanes of a warp
that is one value run each statement together: among them it decides who writes an element last."""

FindingKind = Literal["barrier", "warp", "uninitialised", "bounds", "race", "overflow"]
"""Mistakes in a program. ``barrier`` and ``warp``: some threads of a block or warp never reach a
barrier, a shuffle or a tensor core operation at which the others wait, or pass another address to
it. ``uninitialised``: a value that was never written reached global memory. ``bounds``: an access
outside of a buffer. ``race``: two unordered accesses of which one is a write. ``overflow``: signed
integer arithmetic that left its type."""


ReferenceKind = Literal["", "numpy", "own", "llvm", "python"]
"""What outputs are compared with. ``numpy``: the text's NumPy function; ``own``: one that was given
beside it; ``llvm``: the program as it stands, by LLVM; ``python``: by the Python target. Empty: one
that was given, else the text's, else another CPU codegen."""

Value = int | float | Literal["nan", "inf", "-inf"]
"""A number; one that is not finite is named, which JSON has no numbers for."""


class Sample(Plain, frozen=True):
    """An element of an output and of its reference; integers are exact."""

    index: tuple[int, ...]
    """One index for each dimension of the output."""
    got: Value
    expected: Value


class Histogram(Plain, frozen=True):
    """How many numbers lie between edges; those that lie nowhere are counted beside them."""

    edges: tuple[float, ...]
    """One more than there are counts; the last edge is inclusive. Empty without finite numbers."""
    counts: tuple[int, ...]
    zeros: int = 0
    """Of errors, whose edges are powers of a number: those that are 0."""
    nan: int = 0
    infinite: int = 0


class OutputPicture(Plain, frozen=True):
    """A slice of an output beside its reference, in cells of one or more elements.

    The elements of a row are those along the last dimension; a vector is folded into rows. A cell
    shows the element of it that has the largest error: its number, what came, what was expected,
    and the error. The cells stand row by row, as the bytes of little-endian numbers.
    """

    slice: tuple[int, ...]
    """The index in all dimensions but the last two; empty for up to two dimensions."""
    row: int
    """Elements in a row; the last one of a vector may be shorter."""
    height: int
    """Rows in a cell, and ``width`` the elements of each; fewer at the lower and right border."""
    width: int
    rows: int
    """Rows of cells, and ``columns`` the cells of each."""
    columns: int
    element: bytes
    """uint32: the number of the element in the slice, row by row; 2^32 - 1 where there is none."""
    got: bytes
    """float64, as ``expected`` and ``error``."""
    expected: bytes
    error: bytes
    wrong: bytes
    """uint32: how many elements of the cell are wrong."""
    values: tuple[float, float]
    """The smallest and the largest finite number of the whole output and its reference."""
    errors: tuple[float, float]
    """The smallest finite error of the whole output that is not 0, and the largest; or zeros."""
    got_histogram: Histogram
    expected_histogram: Histogram
    error_histogram: Histogram
    """Of the whole output; those of values have the same edges."""


class Ceilings(Plain, frozen=True):
    """What the machine reached beside a run: measured right after it, under the same load."""

    bytes_per_second: float
    """Of a copy: bytes read and written."""
    operations_per_second: float
    """Of a product of matrices in float32: multiplications and additions."""
    copied: int
    """Bytes of the array that was copied."""
    extent: int
    """Rows of the matrices."""
    by: Message
    """What copied and multiplied."""


class Timing(Plain, frozen=True):
    """How long calls took, and how much that is of what the machine reaches."""

    seconds: tuple[float, ...]
    """Seconds of a call, a mean for each repeat."""
    median: float
    low: float
    """The first quartile of the repeats, and ``high`` the third."""
    high: float
    is_absolute: bool
    """Whether the seconds say something about the device: a GPU, which nobody else is using. Those
    of a CPU that is shared are good for ratios alone."""
    bytes: int
    """Bytes that a call cannot do without: each element of a parameter that is read or written,
    once each."""
    operations: int | None
    """Arithmetic operations on the data, from the IR; of conditions both sides. None where a loop
    has an extent that is not known before the run."""
    ceilings: Ceilings | None = None


class Comparison(Plain, frozen=True):
    """One output compared with its reference.

    An element matches when ``|got - expected| <= atol + rtol * |expected|``.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    passed: bool
    max_abs: float | None
    """Largest absolute error; None when it is not finite."""
    max_rel: float | None
    """Largest relative error; None when it is not finite."""
    max_ulps: int | None
    """Largest distance in steps of the output's dtype, where both are finite; None for integers."""
    rtol: float
    atol: float
    why: Message
    """Why the tolerance is what it is."""
    is_own: bool
    """Whether the tolerance, or a part of it, is that of the request."""
    mismatches: int
    """How many elements do not match."""
    first: Sample | None = None
    """The first mismatch in row-major order."""
    worst: Sample | None = None
    """The mismatch with the largest error."""
    low: tuple[int, ...] = ()
    """The smallest index of a mismatch in each dimension, and ``high`` the largest."""
    high: tuple[int, ...] = ()
    picture: OutputPicture | None = None
    """The slice with the largest error, where pictures are asked for; None for a scalar."""
    pattern: Message | None = None
    """What explains all mismatches, such as that the output is transposed; None if nothing does."""
    head: tuple[Sample, ...] = ()
    """The first elements."""


class Input(Plain, frozen=True):
    """An input that was generated."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    """Empty for a scalar."""
    head: tuple[float | None, ...] = ()
    """The first values; None for one that is not finite."""


class Site(Plain, frozen=True):
    """One thread at one line of an emitted text."""

    block: tuple[int, int, int]
    """``blockIdx`` as ``(x, y, z)``."""
    thread: tuple[int, int, int]
    """``threadIdx`` as ``(x, y, z)``."""
    doing: Message
    """It reads, writes, computes, waits at ``__syncthreads``, or has finished."""
    line: int | None = None
    """1-based line of the emitted text."""
    span: Span | None = None
    """Where that line comes from in the user's text, in code points."""
    own_line: int | None = None
    """1-based line of the user's text where ``span`` begins."""
    own_text: str = ""
    """That line of the user's text, without its indent."""


class Finding(Described, frozen=True, kw_only=True):
    """A mistake that a run detected, described: in a kernel with the first threads that made it.

    On a CPU there are no threads and ``kernel`` is empty; a write that was seen only afterwards,
    beside its buffer, has no ``sites``.
    """

    kind: FindingKind
    sites: tuple[Site, ...]
    """One thread, or two that conflict, the later one first. For ``uninitialised`` the first stores
    the value, the second read it."""
    kernel: str = ""
    """Name of the kernel; empty on a CPU."""
    grid: tuple[int, int, int] = (1, 1, 1)
    """Blocks of the launch, as ``(x, y, z)``."""
    block: tuple[int, int, int] = (1, 1, 1)
    """Threads of a block, as ``(x, y, z)``."""
    buffer: str = ""
    """Name of the buffer that was accessed."""
    index: tuple[int, ...] = ()
    """Index into the buffer as the user declared it, or flat where its shape is not known."""
    flat_index: int | None = None
    """Index of the element in memory, counted in elements."""
    extent: int | None = None
    """How many elements the buffer has."""
    detail: str = ""
    """Further values, such as the operands of an overflow."""
    count: int = 1
    """How often the same mistake was made at the same lines."""
    harmless: bool = False
    """Whether the run may pass all the same: a race in which all write the same value."""


class RunLaunch(Plain, frozen=True):
    """A launch of a kernel in an emulated run."""

    kernel: str
    grid: tuple[int, int, int]
    """Blocks in x, y and z."""
    block: tuple[int, int, int]
    """Threads of a block in x, y and z."""


class Outcome(Plain, frozen=True):
    """The outcome of a run: what :func:`viz.run` returns."""

    device: str
    """The device that was asked for."""
    ran: Message
    """The device that ran the program, in words; another one when ``device`` is missing."""
    passed: bool
    """Whether all outputs were right and all ``findings`` are harmless."""
    reference: Message
    """What the outputs were compared with, in words."""
    reference_kind: ReferenceKind = ""
    """The same as a name; empty where it was nothing, or a codegen that nobody chose."""
    comparisons: tuple[Comparison, ...] = ()
    """One an output."""
    inputs: tuple[Input, ...] = ()
    """The generated inputs, in the order of the parameters."""
    sizes: dict[str, int] = {}
    """The values of the variables in the buffers' shapes."""
    seconds: float | None = None
    """Mean time of one call in seconds, by TVM's evaluator after one warm-up; on Python of one."""
    build_seconds: float | None = None
    """Time to lower it, write its text and compile that, in seconds; None where nobody took it."""
    seed: int = 0
    """Seed of the inputs."""
    problems: tuple[Problem, ...] = ()
    """Warnings and remarks."""
    mode: Mode = ""
    findings: tuple[Finding, ...] = ()
    """Mistakes that were detected."""
    timing: Timing | None = None
    """Where it was asked for, and the device can time a call."""
    arrays: dict[str, bytes] = {}
    """Where they were asked for: ``input.A``, ``output.C``, ``expected.C``, each as a file of
    NumPy's format .npy (:func:`viz.arrays_of` reads them)."""
    cost: Cost | None = None
    """What the kernels' accesses cost, where that was asked for."""
    launches: tuple[RunLaunch, ...] = ()
    """Of an emulated run: the launches in the order of the host program, up to a number of them."""


class Check(Described, frozen=True, kw_only=True):
    """One line of ``doctor``: what was found, and what to do about it."""

    name: str
    """Stable name of what was checked, for programs."""
    title: Message
    """What was checked."""
    state: Literal["ok", "missing", "broken"]


class Environment(Plain, frozen=True):
    """What this machine and its TVM can do, and what protects it from the programs it is given."""

    checks: tuple[Check, ...]
    """Versions, compilers and devices."""
    devices: tuple[str, ...] = ()
    """Names of the devices that programs can run on."""
    protections: tuple[Check, ...] = ()
    """The layers of the jail."""
    profiles: tuple[Check, ...] = ()
    """The kinds of jailed processes with their limits; a ``missing`` one does not run here."""
    problems: tuple[Problem, ...] = ()
    """What is off with this TVM, if it differs from the one TIRscope knows."""
    second: tuple[Check, ...] = ()
    """Versions and targets of the engine for a TVM of 2024, where that was named beside this."""
