"""Run a program of the Python codegen and record what each statement did."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from viz.messages import Message, message_of
from viz.model import (
    Column,
    Emission,
    Problem,
    RecordedBuffer,
    RecordedVariable,
    StepRecording,
    Tree,
)
from viz.step.python_codegen import HELPERS, MODULES
from viz.step.recording.instrument import RECORDER, Instrumented, instrumented
from viz.step.recording.recorder import (
    MOST_SECONDS,
    MOST_STEPS,
    Memory,
    OutsideError,
    Recorder,
    StoppedError,
)
from viz.step.runtime import lanes_of
from viz.step.writer import Part

LEVEL = 3
"""How hard zlib tries: more takes as long as the run."""


def record(
    tree: Tree,
    emission: Emission,
    function: str,
    arguments: Mapping[str, Any],
    *,
    most: int = MOST_STEPS,
    seconds: float = MOST_SECONDS,
) -> StepRecording:
    """Call a function of a program, and return what it did.

    The program is Python and does what it says: it must be trusted, or this process jailed. What
    it writes is in the arrays afterwards.

    Parameters
    ----------
    tree
        The tree that the program was written from.
    emission
        What :func:`viz.step.python_codegen.python_of` wrote.
    function
        Name of the function in the program.
    arguments
        Arrays for buffers and NumPy's numbers for scalars by name, in the order of the parameters.
    most, seconds
        How many steps are kept, and how long the run may take.

    Returns
    -------
    StepRecording
        With a problem where the program failed; then what it did until then.

    Raises
    ------
    TooLargeError
        When its buffers have too many bytes.
    """
    program = instrumented(tree, emission)
    names = {node.id: node.fields.get("name", "") for node in tree.nodes if node.dtype}
    recorder = Recorder(program.tags, lambda node: names.get(node, ""), most=most, seconds=seconds)
    parameters = _parameters(tree, function)
    initial = bytearray()
    for (name, values), variable in zip(arguments.items(), parameters, strict=True):
        if isinstance(values, np.ndarray):
            recorder.parameter(values, variable, name)
            initial += recorder.memories[-1].bytes
    problem, failed, stopped = _run(tree, program, recorder, function, list(arguments.values()))
    columns, content = _packed(recorder, initial)
    return StepRecording(
        stage=tree.stage,
        target=tree.target,
        function=function,
        steps=len(recorder.node),
        total=recorder.total,
        stopped=stopped or ("steps" if recorder.is_full else ""),
        buffers=tuple(_buffer(memory, tree) for memory in recorder.memories),
        variables=tuple(
            RecordedVariable(
                name=name, node=node, condition=condition, dtype=tree.nodes[node].dtype
            )
            for name, node, condition in program.variables
        ),
        tags=tuple(program.tags),
        problem=problem,
        failed=failed,
        columns=columns,
        content=content,
    )


def _parameters(tree: Tree, function: str) -> list[int]:
    """Return the variables of the parameters of a function."""
    root = tree.nodes[0]
    candidates = [root, *(tree.nodes[child.id] for child in root.children)]
    functions = [node for node in candidates if node.type_key == "tirx.PrimFunc"]
    chosen = next((node for node in functions if node.path == function), functions[0])
    return [part.variable for part in Part(tree, chosen).all("params")]


def _run(
    tree: Tree, program: Instrumented, recorder: Recorder, function: str, arguments: list[Any]
) -> tuple[Problem | None, int | None, Any]:
    """Run a program to its end; return what ended it early, where, and the limit if that did."""
    namespace: dict[str, Any] = {RECORDER: recorder}
    for module in MODULES:
        namespace |= {
            name: getattr(module, name) for name in HELPERS if HELPERS[name] == module.__name__
        }
    exec(compile(program.module, "<python>", "exec"), namespace)
    try:
        # Overflow, and division by zero of floats, are no errors in TIR.
        with np.errstate(all="ignore"):
            namespace[function](*arguments)
    except StoppedError:
        return None, None, "seconds"
    except (ArithmeticError, AssertionError, LookupError, RuntimeError, ValueError) as error:
        node = tree.nodes[recorder.current]
        problem = Problem(code="run", what=_what(error), span=node.span)
        return problem, node.id, ""
    return None, None, ""


def _what(error: Exception) -> Message:
    if isinstance(error, OutsideError):
        index, shape = (", ".join(map(str, each)) for each in (error.index, error.shape))
        return message_of("record-outside", buffer=error.name, index=index, shape=shape)
    return message_of("record-failed", error=str(error) or type(error).__name__)


def _buffer(memory: Memory, tree: Tree) -> RecordedBuffer:
    values = memory.values
    kind = Part(tree, tree.nodes[memory.variable]).type()
    return RecordedBuffer(
        name=memory.name,
        dtype=lanes_of(str(values.dtype))[0],
        shape=values.shape,
        strides=values.strides,
        size=memory.size,
        variable=memory.variable,
        scope=kind.field("storage_scope") or "global",
        thread=-1 if memory.parameter or not memory.thread else memory.thread,
        parameter=memory.parameter,
    )


def _packed(recorder: Recorder, initial: bytearray) -> tuple[tuple[Column, ...], bytes]:
    """Return the columns and their numbers, compressed."""
    kept = len(recorder.node)
    columns: list[tuple[str, Any]] = [
        ("node", np.frombuffer(recorder.node, np.uint32)),
        ("thread", np.frombuffer(recorder.step_thread, np.uint32)),
        ("sets", _counts(recorder.set_count, len(recorder.variable))),
        ("accesses", _counts(recorder.access_count, len(recorder.access))),
        ("variable", np.frombuffer(recorder.variable, np.uint32).astype(np.uint16)),
        ("value", np.frombuffer(recorder.value, np.float64)),
        ("access", np.frombuffer(recorder.access, np.uint8)),
        ("buffer", np.frombuffer(recorder.buffer, np.uint32).astype(np.uint16)),
        ("offset", np.frombuffer(recorder.offset, np.uint32)),
        ("written", np.frombuffer(recorder.written, np.uint8)),
        ("initial", np.frombuffer(initial, np.uint8)),
        ("reads", _joined([memory.reads for memory in recorder.memories])),
        ("writes", _joined([memory.writes for memory in recorder.memories])),
        ("own", np.array([recorder.owns[row] for row in range(len(recorder.owns))], np.uint32)),
        ("threads", np.array(list(recorder.threads), np.int32).reshape(-1)),
    ]
    assert kept == len(columns[2][1])
    content = b"".join(np.ascontiguousarray(values).tobytes() for _, values in columns)
    described = tuple(
        Column(name=name, dtype=str(values.dtype), count=len(values)) for name, values in columns
    )
    return described, zlib.compress(content, LEVEL)


def _counts(starts: array[int], end: int) -> Any:
    """Return how many rows each step has, from where they begin."""
    return np.diff(np.append(np.frombuffer(starts, np.uint32), np.uint32(end))).astype(np.uint32)


def _joined(counts: list[array[int]]) -> Any:
    return np.concatenate([np.zeros(0, np.uint32), *(np.frombuffer(c, np.uint32) for c in counts)])
