"""Remark on outputs that are not a number (NaN): such elements match, and say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from viz.harness.comparison import is_float
from viz.messages import message_of
from viz.model import Problem

Array = npt.NDArray[Any]


def not_numbers(
    results: Mapping[str, Array], expected: Mapping[str, Array], inputs: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield a remark for each output of floats with elements that are NaN where they should be.

    An output without any number is a warning: whatever the program computes passes then. Single
    elements are a note; they are none where inputs have such elements, too.

    Parameters
    ----------
    results, expected
        Outputs by name, and those that there is something to compare with.
    inputs
        The arguments of the call by name.
    """
    arrays = {name: np.asarray(value) for name, value in inputs.items() if name not in results}
    floats = {name: array for name, array in arrays.items() if is_float(array)}
    come_in = any(_nan(array).any() for array in floats.values())
    example = next(iter(floats), next(iter(arrays), "A"))
    for name, array in results.items():
        if not is_float(array) or not array.size:
            continue
        other = expected.get(name)
        nan = _nan(array) if other is None or not is_float(other) else _nan(array) & _nan(other)
        count = int(nan.sum())
        if count == array.size:
            id_ = "all-not-numbers" if other is not None else "all-not-numbers-alone"
            what = message_of(id_, name=name, input=example)
            yield Problem(code=id_, severity="warning", what=what)
        elif count and not come_in:
            what = message_of("some-not-numbers", name=name, count=count, size=int(array.size))
            yield Problem(code="some-not-numbers", severity="info", what=what)


def _nan(array: Array) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.isnan(array.astype(np.float64))
    return found
