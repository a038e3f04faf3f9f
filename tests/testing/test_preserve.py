"""``assert_passes_preserve``."""

import pytest

from tests.support.programs.wrong_passes import PASSES
from viz.frontend.examples import examples
from viz.testing import assert_passes_preserve

IF_DOUBLE = examples()["if_double"].text


def _failure(program, target, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_passes_preserve(program, target, **options)
    return str(caught.value)


def test_passes_preserve_what_a_program_computes():
    verification = assert_passes_preserve(IF_DOUBLE, "c")
    assert [stage.verdict for stage in verification.stages[:2]] == ["right", "same"]


def test_a_wrong_pass_of_ones_own_is_named():
    case = PASSES["swapped operands"]
    message = _failure(case.program, "c", passes=case.passes)
    assert message.startswith("test.Wrong is wrong for c: B[0] is -2, and 1 before all passes")
    assert f"    {case.python}    # i = 0\n" in message
    assert message.endswith(f"It comes from line 5: {case.own_text}")


def test_nothing_compared_is_no_success():
    program = (
        '@T.prim_func\ndef main(A: T.Buffer((8,), "int32")):\n'
        '    A[0] = T.call_extern("int32", "unknown", A[0])\n'
    )
    message = _failure(program, "c")
    assert message.startswith("no two stages could be run:\ninput : the Python codegen has no rule")


SHARED = """@T.prim_func(s_tir=True)
def main(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for tx in T.thread_binding(64, "threadIdx.x"):
        S = T.alloc_buffer((64,), scope="shared")
        R = T.alloc_buffer((64,), scope="shared")
        S[tx] = A[tx]
        {barrier}
        R[tx] = S[63 - tx]
        B[tx] = R[63 - tx]
"""
OWN = "@T.prim_func\ndef main(A: T.Buffer((8,), 'float32'), B: T.Buffer((8,), 'float32')):\n"
MISTAKES = {
    "an index past the end": (OWN + "    B[8] = A[0]\n", "c", "index 8 is out of bounds", 3),
    "an index below 0": (
        OWN + "    for i in range(8):\n        B[i] = A[i - 1]\n",
        *("c", "index -1 is out of bounds", 4),
    ),
    "memory that nothing wrote": (
        OWN + "    M = T.alloc_buffer((8,))\n    for i in range(7):\n        M[i] = A[i]\n"
        "    for i in range(8):\n        B[i] = M[i]\n",
        *("c", "B[7] depends on memory that nothing has written", 7),
    ),
    "a barrier that some threads leave out": (
        SHARED.format(barrier='if tx < 32:\n            T.tvm_storage_sync("shared")'),
        *("cuda", "thread (0,) waits for thread (32,), which has ended", 3),
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_of_the_users_blames_no_pass(what):
    program, target, words, line = MISTAKES[what]
    message = _failure(program, target)
    assert message.startswith(f"input is wrong for {target}: ")
    assert words in message
    assert "No pass is to blame" in message
    assert f"It comes from line {line}: " in message


@pytest.mark.parametrize("barrier", ["pass", 'T.tvm_storage_sync("shared")'])
def test_barriers_that_are_left_to_tvm_stand_beside_those_of_the_user(barrier):
    assert_passes_preserve(SHARED.format(barrier=barrier).replace("        pass\n", ""), "cuda")


@pytest.mark.parametrize("condition", ["tx < 64", "T.tvm_thread_invariant(A[0] < 99)"])
def test_a_barrier_stands_below_what_all_threads_find(condition):
    program = f"""@T.prim_func(s_tir=True)
def main(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for tx in T.thread_binding(64, "threadIdx.x"):
        S = T.alloc_buffer((64,), scope="shared")
        if {condition}:
            S[tx] = A[tx]
            B[tx] = S[63 - tx]
"""
    assert_passes_preserve(program, "cuda")


def test_a_rounding_that_is_left_out_before_a_cast_blames_no_pass():
    program = """@T.prim_func(s_tir=True)
def main(A: T.Buffer((64,), "bfloat16"), B: T.Buffer((64,), "int32")):
    for i in range(64):
        B[i] = T.Cast("int32", A[i] * T.bfloat16(100))
"""
    assert_passes_preserve(program, "c")


@pytest.mark.parametrize("scope", ["shared", "shared.dyn"])
def test_a_barrier_stands_between_rounds_that_share_memory_by_two_names(scope):
    """There is a ThreadSync for each kind of shared memory, and the last one has them all."""
    program = f"""@T.prim_func(s_tir=True)
def main(A: T.Buffer((64,), "float32")):
    bx = T.launch_thread("blockIdx.x", 1)
    storage = T.alloc_buffer((32,), "float32", scope="{scope}")
    tx = T.launch_thread("threadIdx.x", 32)
    one = T.decl_buffer((32,), data=storage.data, scope="{scope}")
    other = T.decl_buffer((32,), data=storage.data, scope="{scope}")
    for i in range(2):
        one[tx] = A[i * 32 + tx]
        A[i * 32 + tx] = other[31 - tx]
"""
    assert_passes_preserve(program, "cuda")
