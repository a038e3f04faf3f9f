"""What happened when a program ran, and what this machine can do."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem


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


class Outcome(Plain, frozen=True):
    """What happened when the program ran.

    ``device`` is what was asked for, ``ran`` what ran, in words; they differ when the device is
    missing. ``seconds`` is the mean time of one call by the engine's own evaluator, after one
    warm-up.
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


class Check(Plain, frozen=True):
    """One line of ``doctor``: what was looked at, what was found, whether it is good."""

    name: str
    state: Literal["ok", "missing", "broken"]
    found: str
    hint: str = ""


class Environment(Plain, frozen=True):
    """What this machine and its TVM can do."""

    checks: tuple[Check, ...]
    devices: tuple[str, ...] = ()
