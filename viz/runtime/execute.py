"""Call one function of a built program, time it, and find the outputs that it never wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tvm

from viz.errors import RunError
from viz.ir.functions import symbol_of
from viz.ir.labels import dtype
from viz.ir.tvm_errors import TVM_ERRORS
from viz.runtime import inputs
from viz.runtime.devices import BuiltProgram

RETURNED = "returned value"
"""The name of what a function returns, where outputs are named."""

MOST_REASON_CHARACTERS = 300


class Call(NamedTuple):
    """A PrimFunc and the arguments that it is called with.

    Attributes
    ----------
    outputs
        The names of the buffers that the function writes; empty where it returns its result.
    """

    name: str
    function: Any
    arguments: inputs.Arguments
    outputs: list[str]
    returns_value: bool = False

    @property
    def symbol(self) -> str:
        """What a built program calls the function."""
        return symbol_of(self.function) or self.name


def execute(program: BuiltProgram, call: Call) -> dict[str, inputs.Array]:
    """Call the function on fresh copies of its arguments and return its outputs by name.

    Raises
    ------
    RunError
        When it stops with an error.
    """
    tensors = _tensors(program, call.arguments)
    parameters = [tensors[str(parameter.name)] for parameter in call.function.params]
    try:
        value = program.module[call.symbol](*parameters)
        program.device.sync()
    except TVM_ERRORS as error:
        raise RunError(f"the program stopped: {_reason(error)}") from None
    if call.returns_value:
        return {RETURNED: np.asarray(value, inputs.numpy_dtype(dtype(call.function.ret_type)))}
    return {name: tensors[name].numpy() for name in call.outputs}


def mean_seconds(program: BuiltProgram, call: Call) -> float | None:
    """Return the mean seconds of a call, after one warm-up.

    None where the device cannot time it.
    """
    tensors = _tensors(program, call.arguments)
    parameters = [tensors[str(parameter.name)] for parameter in call.function.params]
    try:
        evaluator = program.module.time_evaluator(
            call.symbol, program.device, number=1, repeat=3, min_repeat_ms=2
        )
        return float(evaluator(*parameters).mean)
    except TVM_ERRORS:
        return None


def unwritten_outputs(
    program: BuiltProgram,
    call: Call,
    results: Mapping[str, inputs.Array],
    passed: set[str],
    seed: int,
    ranges: Mapping[str, tuple[float, float]],
) -> list[str]:
    """Return the outputs that hold what they held before the call.

    An output may have been written with the very values that it held, so those that are unchanged
    are filled with other content and the function is called once more.

    Parameters
    ----------
    passed
        Outputs that a reference confirmed: they may be as they were.
    """
    unchanged = [
        name
        for name in call.outputs
        if name not in passed and _is_unchanged(call.arguments, results, name)
    ]
    if not unchanged:
        return []
    refilled = inputs.refill(call.arguments, unchanged, seed, ranges)
    again = call._replace(arguments=refilled, outputs=unchanged, returns_value=False)
    second = execute(program, again)
    return [name for name in unchanged if _is_unchanged(refilled, second, name)]


def _is_unchanged(
    arguments: inputs.Arguments, results: Mapping[str, inputs.Array], name: str
) -> bool:
    # By bytes: random content may be not a number.
    before, after = np.asarray(arguments.values[name]), results[name]
    return bool(after.size) and before.tobytes() == after.tobytes()


def _tensors(program: BuiltProgram, arguments: inputs.Arguments) -> dict[str, Any]:
    return {
        name: tvm.runtime.tensor(value, program.device) if isinstance(value, np.ndarray) else value
        for name, value in arguments.values.items()
    }


def _reason(error: Exception) -> str:
    """Return an error's message in one line: TVM breaks a sentence over several."""
    lines = [line.strip() for line in str(error).splitlines()]
    message = " ".join(line for line in lines if line and not line.startswith("File "))
    if len(message) > MOST_REASON_CHARACTERS:
        return f"{message[:MOST_REASON_CHARACTERS]}…"
    return message or type(error).__name__
