"""Keep the arrays of a run for who looks at them afterwards, within a limit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from viz.errors import RequestError
from viz.harness.array_files import ROLES, npy
from viz.harness.arrays import Arguments, Array
from viz.messages import message_of
from viz.model import Problem, RunPart

MOST_BYTES = 24 << 20
"""Bytes of the arrays that are kept: a reply is at most 64 MiB of JSON."""


def require_tolerance(part: RunPart) -> None:
    """Refuse a tolerance that is none.

    Raises
    ------
    RequestError
        When it is negative or not finite.
    """
    for title, value in (("rtol", part.rtol), ("atol", part.atol)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise RequestError(message_of("bad-tolerance", title=title, value=str(value)))


def kept(
    arguments: Arguments,
    results: Mapping[str, Array],
    expected: Mapping[str, Array],
    part: RunPart,
) -> tuple[dict[str, bytes], list[Problem]]:
    """Return inputs, outputs and what was expected as files .npy, by role and name.

    None is kept where nobody asks for them; where they are too large together, a remark says so.
    """
    if not part.keep:
        return {}, []
    inputs = {name: np.asarray(value) for name, value in arguments.values.items()}
    roles = zip(ROLES, (inputs, results, expected), strict=True)
    arrays = {f"{role}.{name}": array for role, named in roles for name, array in named.items()}
    size = sum(array.nbytes for array in arrays.values())
    if size <= MOST_BYTES:
        return {name: npy(array) for name, array in arrays.items()}, []
    what = message_of("arrays-not-kept", size=f"{size >> 20:,}", most=MOST_BYTES >> 20)
    return {}, [Problem(code="not-kept", severity="info", what=what)]
