"""Programs through the Python codegen: what they write, and the same through LLVM."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from viz.harness import arrays, reference
from viz.ir.labels import dtype
from viz.ir.parse import Parsed
from viz.ir.walker import walk
from viz.model import Emission, Options, StageName
from viz.passes.recording import Recording
from viz.runtime import inputs
from viz.runtime.devices import DEVICES
from viz.runtime.execute import RETURNED, Call, execute
from viz.step.execution.limited import Limit, LimitedProgram, ProgramError
from viz.step.python_codegen import python_of

PACKED = ("tirx.MakePackedAPI", "tirx.SplitHostDevice", "tirx.Filter")
"""The passes from which on a function has another signature."""


UNLIMITED = Limit(rounds=10**12, until=float("inf"))


class ArrayCall(NamedTuple):
    """A function and made-up arguments by name."""

    function: object
    arguments: arrays.Arguments

    @property
    def buffers(self) -> list[str]:
        values = self.arguments.values.items()
        return [name for name, value in values if isinstance(value, np.ndarray)]


def case(parsed: Parsed, name: str = "main", sizes=None, ranges=None) -> ArrayCall:
    function = parsed.mod[name]
    metadata = parsed.program.metadata
    known = sizes if sizes is not None else metadata.sizes or {}
    return ArrayCall(function, inputs.make(function, 0, known, ranges or metadata.ranges or {}))


def through_llvm(parsed: Parsed, made: ArrayCall, name: str = "main") -> dict[str, np.ndarray]:
    """Return all buffers after a run."""
    built = DEVICES["llvm"].build(parsed.mod, Options(), name)
    return execute(built, Call(name, made.function, made.arguments, made.buffers)).outputs


def through_reference(parsed: Parsed, made: ArrayCall) -> dict[str, np.ndarray]:
    """Return the outputs that the text's own reference computes."""
    source = parsed.program.metadata.reference
    names = [name for name in made.buffers if name not in source.partition(")")[0]]
    return reference.call(source, made.arguments, names)


def through_python(
    emission: Emission, made: ArrayCall, name: str = "main"
) -> dict[str, np.ndarray]:
    """Return all buffers after a run of a program's text."""
    kinds = {str(param.name): dtype(param.ty) for param in made.function.params}
    copies = {
        key: copied(value) if isinstance(value, np.ndarray) else np.dtype(kinds[key]).type(value)
        for key, value in made.arguments.values.items()
    }
    program = LimitedProgram([emission.text])
    try:
        value = program.call(name, copies.values(), UNLIMITED, checking=True).value
    except ProgramError as error:
        raise error.error from None
    outputs = {key: copies[key] for key in made.buffers}
    return outputs if value is None else {**outputs, RETURNED: value}


def copied(array: np.ndarray) -> np.ndarray:
    """Return a copy with the same strides."""
    last = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
    memory = np.zeros(last // array.itemsize + 1, array.dtype)
    copy = np.lib.stride_tricks.as_strided(memory, array.shape, array.strides)
    copy[...] = array
    return copy


def stages(recording: Recording) -> dict[StageName, str]:
    """Return the stages at which a program has its own signature and was changed, by number."""
    found: dict[StageName, str] = {"input": "input"}
    for number, (step, changed) in enumerate(
        zip(recording.steps, recording.changed, strict=True), 1
    ):
        if step.name in PACKED:
            break
        if changed:
            found[number] = step.name
    return found


def program_at(recording: Recording, stage: StageName) -> Emission:
    return python_of(walk(recording.stage(stage), stage, recording.target))


def assert_same(outputs, expected, where: str = "") -> None:
    """Assert that buffers agree: integers to the bit, floats to a tolerance of their type."""
    for name, value in expected.items():
        tolerance = {"float16": 1e-2, "bfloat16": 1e-1}.get(str(value.dtype), 2e-5)
        if value.dtype.kind in "iub":
            np.testing.assert_array_equal(outputs[name], value, err_msg=f"{where} {name}")
        else:
            np.testing.assert_allclose(
                np.asarray(outputs[name], np.float64),
                np.asarray(value, np.float64),
                rtol=tolerance,
                atol=tolerance,
                err_msg=f"{where} {name}",
            )
