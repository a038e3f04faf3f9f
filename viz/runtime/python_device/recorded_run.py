"""Record the run of a function as Python on made-up inputs, statement by statement."""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.errors import RunError
from viz.harness.arrays import numpy_dtype
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import RecordPart, StepRecording, Tree
from viz.runtime.python_device.made_inputs import made_inputs
from viz.step.python_codegen import name_in, python_of
from viz.step.recording.record import record
from viz.step.recording.recorder import MOST_BYTES, TooLargeError


def recorded_run(parsed: Parsed, tree: Tree, name: str, part: RecordPart) -> StepRecording:
    """Return what a function does at a stage, on the inputs that a run of it has.

    Parameters
    ----------
    parsed
        The module as the user wrote it: it tells what the inputs are.
    tree
        The tree of the stage that is run.
    name
        Name of the function.
    part
        The seed, and the sizes that are chosen.

    Raises
    ------
    RunError
        When a node has no rule, no inputs can be made, or the buffers are too large.
    """
    made = made_inputs(parsed, name, part.seed, part.sizes)
    emission = python_of(tree)
    arguments: dict[str, Any] = {
        key: value if isinstance(value, np.ndarray) else numpy_dtype(made.kinds[key]).type(value)
        for key, value in made.arguments.values.items()
    }
    try:
        return record(tree, emission, name_in(tree, emission, name), arguments)
    except TooLargeError:
        raise RunError(message_of("record-too-large", most=MOST_BYTES >> 20)) from None
