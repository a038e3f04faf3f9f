"""Name what wrong outputs have in common, and nothing where nothing fits."""

import numpy as np
import pytest

from viz.harness.comparison import compare
from viz.model import Request, RunPart
from viz.service.engine import dispatch

PROGRAM = """
@T.prim_func
def f(A: T.Buffer((48, 48), "float32"), B: T.Buffer((48, 48), "float32")):
{}

def reference(A):
    return A * 2 + 1
"""
RIGHT = """    for i in range(48):
        for j in range(48):
            B[i, j] = A[i, j] * T.float32(2) + T.float32(1)"""

WRONG = {
    "transposed": ("A[i, j]", "A[j, i]", "transposed: axes 0 and 1 are exchanged"),
    "off by one": (
        "A[i, j]",
        "A[T.max(i - 1, 0), j]",
        "off by 1 along axis 0: each element stands 1 too far on",
    ),
    "off by one back": (
        "A[i, j]",
        "A[i, T.min(j + 1, 47)]",
        "off by 1 along axis 1: each element stands 1 too early",
    ),
    "missing tail": (
        "range(48):\n        for",
        "range(45):\n        for",
        "not written: the last 3 along axis 0 (from index 45 on) are what the buffer held before",
    ),
    "last tile": (
        "range(48):\n            B",
        "range(32):\n            B",
        "not written: the last 16 along axis 1 (from index 32 on) are what the buffer held before",
    ),
    "reversed": ("A[i, j]", "A[47 - i, j]", "reversed along axis 0"),
    "doubled": (
        "* T.float32(2) + T.float32(1)",
        "* T.float32(4) + T.float32(2)",
        "every wrong element is 2.0 times what it should be",
    ),
    "one more": (
        "T.float32(1)",
        "T.float32(3)",
        "every wrong element is 2.0 more than it should be",
    ),
    "every third column": (
        "A[i, j] *",
        "T.if_then_else(j % 3 == 1, T.exp(A[i, j]), A[i, j]) *",
        "every index 3 apart along axis 1, from 1 on, is wrong",
    ),
    "zero": (
        "A[i, j] * T.float32(2) + T.float32(1)",
        "T.float32(0)",
        "zero: 2,303 of 2,304 elements are 0",
    ),
}


def outcome(body):
    return dispatch.answer(Request(text=PROGRAM.format(body), part=RunPart()))


def test_a_right_program_has_no_pattern():
    (comparison,) = outcome(RIGHT).comparisons
    assert comparison.passed
    assert comparison.pattern is None


@pytest.mark.parametrize("name", WRONG)
def test_the_pattern_of_a_wrong_program_is_named(name):
    old, new, expected = WRONG[name]
    assert old in RIGHT
    (comparison,) = outcome(RIGHT.replace(old, new)).comparisons
    assert not comparison.passed
    assert comparison.pattern.text() == expected
    assert comparison.pattern.text("zh") != expected


def test_noise_has_no_pattern():
    random = np.random.default_rng(0)
    right = random.standard_normal((40, 40)).astype("float32")
    wrong = right + (random.random((40, 40)) < 0.2) * random.standard_normal((40, 40))
    assert compare("B", wrong.astype("float32"), right).pattern is None
    few = right.copy()
    few[0, 0] += 1
    assert compare("B", few, right).pattern is None


def test_integers_and_vectors_have_patterns_too():
    right = np.arange(100, dtype="int64") ** 2
    assert "too early" in compare("B", np.roll(right, -1), right).pattern.text()
    late = right.copy()
    late[64:] = 7
    assert (
        compare("B", late, right).pattern.text()
        == "the last 36 along axis 0 (from index 64 on) are wrong"
    )
    corner = np.zeros((8, 8), "int32")
    bad = corner.copy()
    bad[5:, 6:] = np.arange(6).reshape(3, 2) + 3
    assert compare("B", bad, corner).pattern.text() == "the corner from [5, 6] on is wrong"
