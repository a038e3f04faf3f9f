"""Recordings: what a program does step by step, beside what it does at once."""

import re

import msgspec
import numpy as np
import pytest

from tests.support.builds import recorded
from tests.support.programs import outputs
from tests.support.programs.examples import parsed
from tests.support.programs.python_runs import case, copied, through_python
from viz.ir.labels import dtype
from viz.ir.walker import walk
from viz.model import StepRecording
from viz.passes.recording import record as lowered
from viz.step.python_codegen import python_of
from viz.step.recording.record import record
from viz.step.recording.replay import Replay


def recorded_run(tree, program, name="main", **limits):
    made = case(program, name)
    kinds = {str(param.name): dtype(param.ty) for param in made.function.params}
    arguments = {
        key: copied(value) if isinstance(value, np.ndarray) else np.dtype(kinds[key]).type(value)
        for key, value in made.arguments.values.items()
    }
    emission = python_of(tree)
    recording = record(tree, emission, name, arguments, **limits)
    raw = msgspec.json.encode(recording)
    return Replay(msgspec.json.decode(raw, type=StepRecording)), made, emission


def titles(replay, tree):
    return [tree.nodes[node].title for node in replay.columns["node"]]


def test_every_step_of_if_double():
    tree = walk(parsed("if_double").mod)
    replay, made, _ = recorded_run(tree, parsed("if_double"))
    x = made.arguments.values["x"]
    expected = []
    for value in x:
        expected += ["For", "IfThenElse", *(["BufferStore"] if value < 5 else [])]
    assert titles(replay, tree) == expected
    at = expected.index("BufferStore")  # the first of its element
    element = expected[: at + 1].count("For") - 1
    before, after = replay.state(at - 1), replay.state(at)
    assert before.variables == after.variables == {"i": element}
    np.testing.assert_array_equal(before.buffers["x"], x)
    assert after.buffers["x"][element] == 2 * x[element]
    np.testing.assert_array_equal(replay.state(-1).buffers["x"], x)
    np.testing.assert_array_equal(replay.columns["reads"], 1 + (x < 5))
    np.testing.assert_array_equal(replay.columns["writes"], x < 5)
    with pytest.raises(IndexError):
        replay.state(len(replay))


@pytest.mark.parametrize(
    ("name", "target", "stage"),
    [
        ("prefix_sum", "c", "input"),
        ("kv_cache_append", "c", "input"),
        pytest.param("dequantize_q4f16", "c", "input", marks=pytest.mark.thorough),
        ("loop_kinds", "c", 30),  # vectors
        ("collatz", "c", "input"),  # a while loop
        ("transpose_shared", "cuda", "input"),
        ("transpose_shared", "cuda", 39),
        ("argmax", "cuda", 30),  # shuffles
        ("tirx_warps", "cuda", "input"),  # threads by warp and lane
    ],
)
def test_the_last_state_is_what_the_program_computes(name, target, stage):
    build = recorded(name, target)
    tree = walk(build.stage(stage), stage, target)
    replay, made, emission = recorded_run(tree, parsed(name))
    assert replay.recording.problem is None
    got = replay.state(len(replay) - 1).buffers
    for buffer, value in through_python(emission, made).items():
        np.testing.assert_array_equal(got[buffer], value)


def test_what_each_thread_has_of_its_own():
    tree = walk(recorded("transpose_shared", "cuda").stage("input"))
    replay, *_ = recorded_run(tree, parsed("transpose_shared"))
    indices = set()
    for step in range(0, len(replay), 997):
        state = replay.state(step)
        if "threadIdx.x" in state.thread:
            indices.add((state.thread["threadIdx.y"], state.thread["threadIdx.x"]))
            assert (
                state.variables.get("tx", state.thread["threadIdx.x"])
                == (state.thread["threadIdx.x"])
            )
    assert len(indices) > 50
    shared = next(row for row in replay.recording.buffers if row.scope == "shared")
    assert shared.thread == -1


def test_limits():
    tree = walk(parsed("vector_add").mod)
    whole, *_ = recorded_run(tree, parsed("vector_add"))
    some, *_ = recorded_run(tree, parsed("vector_add"), most=1000)
    assert (len(some), some.recording.total, some.recording.stopped) == (1000, len(whole), "steps")
    np.testing.assert_array_equal(some.columns["writes"], whole.columns["writes"])
    np.testing.assert_array_equal(some.state(999).buffers["C"], whole.state(999).buffers["C"])
    short, *_ = recorded_run(tree, parsed("vector_add"), seconds=0)
    assert short.recording.stopped == "seconds"
    assert 0 < len(short) < len(whole)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    for i in range(9):\n        A[i] = A[i - 1]", r"index \[-1\] is outside of A"),
        ("    for i in range(9):\n        A[i] = 1", r"index \[8\] is outside of A, .* \(8\)"),
        ("    assert A[0] > 100, 'small'", "small"),
    ],
)
def test_an_error_is_at_its_statement(body, message):
    program = outputs.read(f"@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n{body}\n")
    tree = walk(program.mod, user_span=program.user_span)
    replay, *_ = recorded_run(tree, program)
    problem = replay.recording.problem
    assert re.search(message, problem.message)
    assert problem.span is not None
    assert replay.recording.failed == replay.columns["node"][-1]


def test_memory_of_its_own_is_new_in_each_block():
    """Each block's threads begin with memory that nothing has written."""
    build = lowered(outputs.read(LOCAL).mod, "cuda")
    replay, made, emission = recorded_run(walk(build.stage("input")), outputs.read(LOCAL))
    got = replay.state(len(replay) - 1).buffers["B"]
    np.testing.assert_array_equal(got, through_python(emission, made)["B"])
    own = [row for row in replay.recording.buffers if row.name == "L"]
    assert len(own) == 4
    new = replay.columns["access"] == 2
    assert new.sum() == 4 * 2


LOCAL = """@T.prim_func
def main(A: T.Buffer((8,), 'int32'), B: T.Buffer((8,), 'int32')):
    for bx in T.thread_binding(2, thread='blockIdx.x'):
        for tx in T.thread_binding(4, thread='threadIdx.x'):
            L = T.alloc_buffer((1,), 'int32', scope='local')
            L[0] = A[bx * 4 + tx]
            B[bx * 4 + tx] = L[0] + 1
"""
