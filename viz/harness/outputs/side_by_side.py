"""Compare the outputs of two runs with each other."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from viz.harness.array_files import ROLES, kept_array
from viz.harness.comparison import Array, Tolerance, compare
from viz.messages import message_of
from viz.model import Comparison, Outcome

_OUTPUT = f"{ROLES[1]}."
_INPUT = f"{ROLES[0]}."


class ComparedOutputs(NamedTuple):
    """Outputs of both runs by name, and the names of those that have no counterpart."""

    compared: tuple[Comparison, ...]
    alone: tuple[tuple[str, ...], tuple[str, ...]]


def compare_runs(
    before: Outcome, after: Outcome, rtol: float | None = None, atol: float | None = None
) -> ComparedOutputs:
    """Compare what the second run computed with what the first one did.

    An output may be off by what either run's may be off from its reference.

    Parameters
    ----------
    before, after
        Runs that kept their arrays.
    rtol, atol
        The tolerances of the user, in place of those.

    Raises
    ------
    RequestError
        When an outcome holds something else than arrays.
    """
    old, new = outputs_of(before), outputs_of(after)
    common = [name for name in old if name in new and old[name].shape == new[name].shape]
    allowed = {
        name: max(
            (each.rtol for run in (before, after) for each in run.comparisons if each.name == name),
            default=0.0,
        )
        for name in common
    }
    compared = tuple(
        _compared(name, new[name], old[name], Tolerance(allowed[name], rtol=rtol, atol=atol))
        for name in common
    )
    alone = (
        tuple(name for name in old if name not in common),
        tuple(name for name in new if name not in common),
    )
    return ComparedOutputs(compared, alone)


def outputs_of(outcome: Outcome) -> dict[str, Array]:
    """Return the outputs that a run kept, by name.

    Raises
    ------
    RequestError
        When the outcome holds something else than arrays.
    """
    kinds = {each.name: each.dtype for each in outcome.comparisons}
    named = {
        name.removeprefix(_OUTPUT): data
        for name, data in outcome.arrays.items()
        if name.startswith(_OUTPUT)
    }
    return {name: kept_array(data, kinds.get(name, "")) for name, data in named.items()}


def other_inputs(before: Outcome, after: Outcome) -> dict[str, bytes]:
    """Return the inputs of the first run by name, which the second run had others of.

    Both keep their arrays. The second can be run on them in place of its own.
    """
    return {
        name.removeprefix(_INPUT): data
        for name, data in before.arrays.items()
        if name.startswith(_INPUT) and after.arrays.get(name, data) != data
    }


def _compared(name: str, actual: Array, expected: Array, allowed: Tolerance) -> Comparison:
    if actual.dtype != expected.dtype:  # of two programs that declare it otherwise
        kind = np.result_type(actual.dtype, expected.dtype)
        actual, expected = actual.astype(kind), expected.astype(kind)
    found = compare(name, actual, expected, allowed)
    if allowed.is_own or not found.rtol:
        return found
    return msgspec.structs.replace(found, why=message_of("tolerance-sides", rtol=found.rtol))
