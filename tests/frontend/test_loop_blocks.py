"""Loops that become blocks: the same program, which TVM's default GPU schedule can take."""

import pytest

import viz
from viz.frontend.loop_blocks import with_blocks

HEAD = "from tvm.script import tirx as T\n\n"
PLAIN = """@T.prim_func
def f(A: T.Buffer((8, 4), "float32"), B: T.Buffer((8, 4), "float32")):
    for i, j in T.grid(8, 4):
        B[i, j] = A[i, j] + 1.0
"""
NESTED = """@T.prim_func(private=True)
def f(a: T.handle, 变量: T.Buffer((4, 8, 3), "float32"), n: T.int32):
    \"\"\"Two nests.\"\"\"
    T.func_attr({"tirx.noalias": True})
    A = T.match_buffer(a, (8, n), "float32")
    for i in range(8):
        for j in T.serial(4):
            变量[j, i, 0] = (A[i, j]
                          * T.float32(2))  # twice
    for i in range(8):
        变量[0, i, 1] = T.float32(i)
"""


def test_the_edit_is_what_a_person_would_write():
    assert with_blocks(HEAD + PLAIN, "f") == HEAD + (
        "@T.prim_func(s_tir=True)\n"
        'def f(A: T.Buffer((8, 4), "float32"), B: T.Buffer((8, 4), "float32")):\n'
        "    for i, j in T.grid(8, 4):\n"
        '        with T.sblock("B"):\n'
        '            vi, vj = T.axis.remap("SS", [i, j])\n'
        "            B[vi, vj] = A[vi, vj] + 1.0\n"
    )
    wrapped = with_blocks(HEAD + NESTED, "f")
    assert "@T.prim_func(s_tir=True, private=True)" in wrapped
    assert (
        '            with T.sblock("变量"):\n                vi, vj = T.axis.remap("SS"' in wrapped
    )
    assert "变量[vj, vi, 0] = (A[vi, vj]\n" in wrapped
    assert 'with T.sblock("变量_2"):\n            vi = T.axis.remap("S", [i])\n' in wrapped


def test_the_result_gets_a_kernel_and_the_same_text_for_c():
    plain, blocks = (
        viz.analyze(text, ["c", "cuda"], finals=False).targets
        for text in (HEAD + PLAIN, with_blocks(HEAD + PLAIN, "f"))
    )
    assert "no block" in plain["cuda"].problem.message
    assert "__global__" in blocks["cuda"].source.emissions[0].text
    loops = [each["c"].source.emissions[0].text.split("for (")[1:] for each in (plain, blocks)]
    assert loops[0] == loops[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("B[i, j] = A[i, j] + 1.0", "B[i, j] = B[7 - i, j] + 1.0"),  # depends on another iteration
        ("B[i, j] = A[i, j] + 1.0", "B[i, 0] = A[i, j] + 1.0"),  # the last one counts
        ("B[i, j] = A[i, j] + 1.0", "B[i + 1, j] = A[i, j]"),
        ("B[i, j] = A[i, j] + 1.0", "B[i, j] = A[i, j]\n        A[i, j] = 0.0"),
        ("T.grid(8, 4)", "T.grid(8, 4, 2)"),
        ("i, j in T.grid(8, 4)", "i in T.vectorized(8)"),
        ("A: T.Buffer", "vi: T.int32, A: T.Buffer"),
        ("    for i", "    A[0, 0] = 1.0\n    for i"),
        ("@T.prim_func", "@T.prim_func(s_tir=False)"),
        ("@T.prim_func", "@prim_func"),
        ("4):\n        B", "4): B"),
    ],
    ids=range(11),
)
def test_what_may_be_another_program_is_not_rewritten(old, new):
    text = PLAIN.replace(old, new)
    assert text != PLAIN
    if "vi:" in new:
        text = text.replace("A[i, j] + 1.0", "A[i, j] + vi")
    assert with_blocks(HEAD + text, "f") is None
    assert with_blocks(HEAD + PLAIN, "g") is None
