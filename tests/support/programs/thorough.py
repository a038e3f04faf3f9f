"""Programs that the usual run of the tests takes, and those for a thorough one alone."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest

VARIED = {
    *("argmax", "dequantize_q4f16", "gelu", "if_double", "loop_kinds", "matmul_gpu", "rms_norm"),
    *("rope", "softmax", "tirx_blocks", "tirx_warps", "transpose_shared", "two_functions"),
}
"""Examples that together have each operation, type and scope of memory that any example has.

A test of what holds for all programs takes these; ``pytest -m thorough`` takes the others.
"""


def usually(cases: Iterable[Any], chosen: Collection[Any]) -> list[Any]:
    """Return parameters of a test: those that are not chosen are for ``pytest -m thorough``.

    A case of several values is chosen by all of them or by its first, a name.
    """
    parameters = []
    for case in cases:
        values = case if isinstance(case, tuple) else (case,)
        if case in chosen or values[0] in chosen:
            parameters.append(pytest.param(*values))
        else:
            parameters.append(pytest.param(*values, marks=pytest.mark.thorough))
    return parameters
