"""Make up the inputs of a function that runs as Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from viz.harness import arrays
from viz.ir.labels import dtype
from viz.ir.parse import Parsed
from viz.runtime import inputs
from viz.runtime.expectation import is_first


class MadeInputs(NamedTuple):
    """A PrimFunc of a module, its inputs, and the dtypes of its parameters by name."""

    function: Any
    arguments: arrays.Arguments
    kinds: dict[str, str]


def made_inputs(parsed: Parsed, name: str, seed: int, sizes: Mapping[str, int]) -> MadeInputs:
    """Return inputs by the text's own tables, which are about its first function alone.

    Parameters
    ----------
    sizes
        Those that are chosen, by the names of variables in the buffers' shapes.

    Raises
    ------
    RunError
        When none can be made.
    """
    function = next(f for gv, f in parsed.mod.functions.items() if gv.name_hint == name)
    metadata = parsed.program.metadata
    declared = (metadata.sizes, metadata.ranges) if is_first(parsed, name) else ({}, {})
    # The user wrote the literals, which may be anything.
    tables: list[Any] = [table if isinstance(table, dict) else {} for table in declared]
    known, ranges = tables
    arguments = inputs.make(function, seed, {**known, **sizes}, ranges)
    kinds = {str(parameter.name): dtype(parameter.ty) for parameter in function.params}
    return MadeInputs(function, arguments, kinds)
