"""Call one function of a built program, time it, and find the outputs that it never wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tvm

from viz.errors import TVM_ERRORS, RunError
from viz.harness import arrays
from viz.harness.guarded import Damage
from viz.ir.functions import symbol_of
from viz.ir.labels import dtype
from viz.messages import Message, message_of
from viz.runtime.devices import BuiltProgram
from viz.runtime.guarded import GuardedArray
from viz.runtime.python_device.program import PythonProgram

RETURNED = "returned value"
"""The name of what a function returns, where outputs are named."""

MOST_REASON_CHARACTERS = 300


class Execution(NamedTuple):
    """What a call left behind.

    Attributes
    ----------
    outputs
        The outputs by name.
    damage
        What was written outside of buffers, by their names; seen in memory of the CPU alone.
    """

    outputs: dict[str, arrays.Array]
    damage: dict[str, Damage]


class Call(NamedTuple):
    """A PrimFunc and the arguments that it is called with.

    Attributes
    ----------
    outputs
        The names of the buffers that the function writes; empty where it returns its result.
    """

    name: str
    function: Any
    arguments: arrays.Arguments
    outputs: list[str]
    returns_value: bool = False

    @property
    def symbol(self) -> str:
        """What a built program calls the function."""
        return symbol_of(self.function) or self.name


def execute(program: BuiltProgram, call: Call) -> Execution:
    """Call the function on fresh copies of its arguments.

    Raises
    ------
    RunError
        When it stops with an error.
    """
    guarded, passed = _placed(program, call.arguments)
    parameters = [passed[str(parameter.name)] for parameter in call.function.params]
    try:
        value = program.module[call.symbol](*parameters)
        program.device.sync()
    except TVM_ERRORS as error:
        raise RunError(stopped(error)) from None
    damage = {name: found for name, array in guarded.items() if (found := array.damage())}
    if call.returns_value:
        kind = arrays.numpy_dtype(dtype(call.function.ret_type))
        return Execution({RETURNED: np.asarray(value, kind)}, damage)
    outputs = {
        name: np.array(guarded[name].array) if name in guarded else passed[name].numpy()
        for name in call.outputs
    }
    return Execution(outputs, damage)


def mean_seconds(program: BuiltProgram, call: Call) -> float | None:
    """Return the mean seconds of a call, after one warm-up.

    None where the device cannot time it.
    """
    if program.mode == "checked":
        return None  # a time would mean nothing
    if isinstance(program.module, PythonProgram):
        return program.module.seconds  # it is long enough to be measured once
    each = seconds_of_repeats(program, call, 3)
    return sum(each) / len(each) if each else None


def seconds_of_repeats(program: BuiltProgram, call: Call, repeats: int) -> list[float]:
    """Return the mean seconds of a call for each repeat, which takes 2 ms or one call.

    Nothing where the device cannot time it.
    """
    guarded, passed = _placed(program, call.arguments)
    parameters = [passed[str(parameter.name)] for parameter in call.function.params]
    try:
        evaluator = program.module.time_evaluator(
            call.symbol, program.device, number=1, repeat=repeats, min_repeat_ms=2
        )
        return [float(seconds) for seconds in evaluator(*parameters).results]
    except TVM_ERRORS:
        return []
    finally:
        del guarded  # until now the memory of the parameters


def unwritten_outputs(
    program: BuiltProgram,
    call: Call,
    results: Mapping[str, arrays.Array],
    passed: set[str],
    seed: int,
) -> list[str]:
    """Return the outputs that hold what they held before the call; none where not all of it ran.

    An output may have been written with the very values that it held, so those that are unchanged
    are filled with other content and the function is called once more.

    Parameters
    ----------
    passed
        Outputs that a reference confirmed: they may be as they were.
    """
    if not program.ran_all:
        return []
    unchanged = [
        name
        for name in call.outputs
        if name not in passed and _is_unchanged(call.arguments, results, name)
    ]
    if not unchanged:
        return []
    refilled = arrays.refill(call.arguments, unchanged, seed)
    again = call._replace(arguments=refilled, outputs=unchanged, returns_value=False)
    second = execute(program, again).outputs
    return [name for name in unchanged if _is_unchanged(refilled, second, name)]


def _is_unchanged(
    arguments: arrays.Arguments, results: Mapping[str, arrays.Array], name: str
) -> bool:
    # By bytes: random content may be not a number.
    before, after = np.asarray(arguments.values[name]), results[name]
    return bool(after.size) and before.tobytes() == after.tobytes()


def _placed(
    program: BuiltProgram, arguments: arrays.Arguments
) -> tuple[dict[str, GuardedArray], dict[str, Any]]:
    """Return copies of the arrays, between guard zones on the CPU, and the values to pass.

    The guarded arrays must outlive the call.
    """
    arrays = {name: v for name, v in arguments.values.items() if isinstance(v, np.ndarray)}
    passed: dict[str, Any] = dict(arguments.values)
    if program.device != tvm.cpu():
        return {}, passed | {n: tvm.runtime.tensor(v, program.device) for n, v in arrays.items()}
    guarded = {name: GuardedArray(value) for name, value in arrays.items()}
    if program.takes == "guarded":
        return guarded, passed | guarded
    taken = {n: a.array if program.takes == "arrays" else a.tensor for n, a in guarded.items()}
    return guarded, passed | taken


GPU_ERRORS = {
    "gpu-illegal-address": r"illegal memory access|ILLEGAL_ADDRESS",
    "gpu-misaligned": r"misaligned address|MISALIGNED_ADDRESS",
    "gpu-timeout": r"launch timed out|LAUNCH_TIMEOUT",
    "gpu-memory": r"CUDA.*out of memory|CUDA_ERROR_OUT_OF_MEMORY",
    "gpu-resources": r"too many resources requested|LAUNCH_OUT_OF_RESOURCES",
    "gpu-trap": r"device-side assert|unspecified launch failure|ERROR_ASSERT|LAUNCH_FAILED",
}
"""What CUDA says when a kernel fails, by the id of the message that says it in words."""


def stopped(error: Exception) -> Message:
    """Return the message about a program that stopped with an error of TVM or of a GPU."""
    for id_, pattern in GPU_ERRORS.items():
        if re.search(pattern, str(error), re.DOTALL):
            return message_of(id_)
    return message_of("program-stopped", reason=_reason(error))


def _reason(error: Exception) -> str:
    """Return an error's message in one line: TVM breaks a sentence over several."""
    lines = [line.strip() for line in str(error).splitlines()]
    message = " ".join(line for line in lines if line and not line.startswith("File "))
    if len(message) > MOST_REASON_CHARACTERS:
        return f"{message[:MOST_REASON_CHARACTERS]}…"
    return message or type(error).__name__
