"""Read the arrays that a run kept: ``viz.arrays_of``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viz.model import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray


def arrays_of(outcome: Outcome) -> dict[str, NDArray[Any]]:
    """Return the arrays that a run kept: ``input.A``, ``output.C``, ``expected.C``.

    Raises
    ------
    RequestError
        When the outcome holds something else.
    """
    from viz.harness.array_files import kept_array

    kinds = {array.name: array.dtype for array in outcome.inputs}
    kinds |= {array.name: array.dtype for array in outcome.comparisons}
    return {
        name: kept_array(data, kinds.get(name.partition(".")[2], ""))
        for name, data in outcome.arrays.items()
    }
