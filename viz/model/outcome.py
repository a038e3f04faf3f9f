"""What happened when a program ran, and what this machine can do."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem
from viz.text import Span

Mode = Literal["", "fast", "checked"]
"""How the emulator ran a program; empty on other devices."""

ThreadOrder = Literal["forward", "reversed", "shuffled"]
"""In which order the emulator lets the blocks, warps and lanes of a launch run."""

FindingKind = Literal["barrier", "warp", "uninitialised", "bounds", "race", "overflow"]
"""What can be wrong in a kernel. ``barrier`` and ``warp``: some threads wait for others in vain.
``uninitialised``: what nobody wrote reached global memory. ``bounds``: an access outside of a
buffer. ``race``: two accesses that nothing orders, one of them a write. ``overflow``: signed
integer arithmetic that left its type."""


class Sample(Plain, frozen=True):
    """An element of an output: where it is, what came out, what should have.

    Integers are exact; None is what is not finite.
    """

    index: tuple[int, ...]
    got: int | float | None
    expected: int | float | None


class Comparison(Plain, frozen=True):
    """One output against its reference. Errors are None where they are not finite."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    passed: bool
    max_abs: float | None
    max_rel: float | None
    rtol: float
    atol: float
    mismatches: int
    first: Sample | None = None
    worst: Sample | None = None
    head: tuple[Sample, ...] = ()


class Input(Plain, frozen=True):
    """An input that was made: its shape and first values."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    head: tuple[float | None, ...] = ()


class Site(Plain, frozen=True):
    """One thread at one place of an emitted text. Indices are ``(x, y, z)``."""

    block: tuple[int, int, int]
    thread: tuple[int, int, int]
    doing: str
    """``reads``, ``writes``, ``computes``, ``waits at __syncthreads``, ``has finished``."""
    line: int | None = None
    """1-based in the emitted text."""
    span: Span | None = None
    """What stands behind that line in the user's text."""
    own_line: int | None = None
    """1-based, where the span begins."""
    own_text: str = ""
    """That line of the user's text, without its indent."""


class Finding(Plain, frozen=True):
    """A mistake in a kernel that the emulator met, with the first threads that made it.

    ``sites`` has one thread, or the two that are at odds: the one that was met last stands first.
    For uninitialised values the first stores them, the second read them.
    """

    kind: FindingKind
    message: str
    sites: tuple[Site, ...]
    kernel: str = ""
    grid: tuple[int, int, int] = (1, 1, 1)
    """Blocks of the launch."""
    block: tuple[int, int, int] = (1, 1, 1)
    """Threads of a block."""
    buffer: str = ""
    index: tuple[int, ...] = ()
    """Into the buffer as the user declared it, or flat where that is not known."""
    flat_index: int | None = None
    extent: int | None = None
    """Elements of the buffer."""
    detail: str = ""
    count: int = 1
    """How often the same was met between the same lines."""


class Outcome(Plain, frozen=True):
    """What happened when the program ran.

    ``device`` is what was asked for, ``ran`` what ran, in words; they differ when the device is
    missing. ``seconds`` is the mean time of one call by the engine's own evaluator, after one
    warm-up. With ``findings`` a run has not passed, whatever its outputs are.
    """

    device: str
    ran: str
    passed: bool
    reference: str
    comparisons: tuple[Comparison, ...] = ()
    inputs: tuple[Input, ...] = ()
    sizes: dict[str, int] = {}
    seconds: float | None = None
    seed: int = 0
    problems: tuple[Problem, ...] = ()
    mode: Mode = ""
    findings: tuple[Finding, ...] = ()


class Check(Plain, frozen=True):
    """One line of ``doctor``: what was looked at, what was found, whether it is good."""

    name: str
    state: Literal["ok", "missing", "broken"]
    found: str
    hint: str = ""


class Environment(Plain, frozen=True):
    """What this machine and its TVM can do, and what protects it from the programs it is given.

    ``protections`` has the layers of the jail, ``profiles`` the kinds of jailed processes with
    their limits; one that is ``missing`` does not run here. ``problems`` says what is off with this
    TVM.
    """

    checks: tuple[Check, ...]
    devices: tuple[str, ...] = ()
    protections: tuple[Check, ...] = ()
    profiles: tuple[Check, ...] = ()
    problems: tuple[Problem, ...] = ()
