"""The outputs of programs on whole numbers, which two compilers must agree on to the last bit."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tests.support.programs.random_expressions import INPUT, SIZES
from viz.frontend import program
from viz.harness import arrays
from viz.ir.parse import Parsed, parse
from viz.model import Options
from viz.runtime import inputs
from viz.runtime.devices import DEVICES
from viz.runtime.execute import Call, execute


@lru_cache(maxsize=32)
def read(text: str) -> Parsed:
    """Return a text parsed, once for the checks of one test."""
    return parse(program.read(text))


def outputs(text: str, device: str) -> dict[str, np.ndarray]:
    """Return all buffers of the program after a run on whole numbers."""
    parsed = read(text)
    function = parsed.mod["main"]
    ranges = {str(parameter.name): (-INPUT, INPUT + 1) for parameter in function.params}
    made = inputs.make(function, 0, SIZES, ranges)
    whole = {  # two compilers may round differently
        name: np.rint(value).astype(value.dtype)
        if isinstance(value, np.ndarray)
        else type(value)(round(value))
        for name, value in made.values.items()
    }
    buffers = [name for name, value in whole.items() if isinstance(value, np.ndarray)]
    built = DEVICES[device].build(parsed.mod, Options(), "main")
    arguments = arrays.Arguments(whole, made.sizes)
    return execute(built, Call("main", function, arguments, buffers)).outputs
