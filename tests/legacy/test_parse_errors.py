"""Errors of the 2024 TVM's parser: in plain words, at the user's own words, with a hint."""

import pytest

from tests.support.legacy import require_legacy_tvm

require_legacy_tvm()

from viz.errors import ParseError, RefusedError  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.legacy.parse import parse  # noqa: E402
from viz.legacy.parsing.parse_errors import reason_of, words_of  # noqa: E402

HEAD = """@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32"), n: T.int32):
    for i in range(8):
        """
TODAYS = HEAD.replace("prim_func", "prim_func(s_tir=True)")

MISTAKES = [
    # the body of a loop over i, the marked part, the message, what the message or its hint says
    ("B[i, i] = A[i]", "B[i, i] = A[i]", "index-count", "2 indices"),
    ("B[i] = A[i, i]", "A[i, i]", "index-count", "A has 1 dim"),
    ("B[i] = A[i] // 2", "A[i] // 2", "integer-division", "T.floor"),
    ("B[i] = not A[i]", "not A[i]", "logic-of-numbers", "!= 0.0"),
    ("B[i] = n[0]", "n[0]", "subscript-of-number", "make it a buffer"),
    ('B["a"] = A[i]', 'B["a"] = A[i]', "index-not-expression", "B[i]"),
    ("B[i] = A", "B[i] = A", "stored-whole-buffer", ""),
    ('B[i] = "a"', 'B[i] = "a"', "stored-no-value", ""),
    ("B[i] = None", "None", "stored-none", ""),
    ("B[i] = A[0:4] + 1.0", "B[i] = A[0:4] + 1.0", "stored-other-dtype", "float32x4"),
    ('B[i] = T.Cast(A[i], "x")', 'T.Cast(A[i], "x")', "argument-type", "T.Cast(dtype, value)"),
    ("B[i] = A[i] + A", "A[i] + A", "whole-buffer-operand", "A[vi]"),
    ('B[i] = T.Cast("fp16", A[i])', '"fp16"', "unknown-dtype", "Did you mean float16?"),
    ("x: T.int32 = A[i]", "x: T.int32 = A[i]", "let-of-other-type", "T.Cast"),
    ("B[i] = T.uint8(300)", "T.uint8(300)", "exceeds-range", "300"),
    ("T.where(i < 4)", "T.where(i < 4)", "outside-block", ""),
    ('if "a":\n            B[i] = A[i]', '"a"', "condition-not-bool", ""),
    ('for j in T.serial("6"):\n            B[i] = A[i]', 'T.serial("6")', "loop-extent", ""),
    ("for j in T.serial(n / 2):\n            B[i] = A[i]", "n / 2", "ambiguous-division", ""),
    ("for j in T.serial(6.5):\n            B[i] = A[i]", "6.5", "loop-extent", ""),
    ("B[k] = A[i]", "k", "undefined", ""),
    ("B[i] = A[i].foo", "A[i].foo", "gate-attribute", ""),
    ("B[i] = T.exq(A[i])", "T.exq", "gate-no-member", "T.exp"),
    ("B[i] = T.bf16(A[i])", "T.bf16", "down-no-member", "today's TVM"),
    ("break", "break", "down-no-statement", "today's TVM"),
    ("B[i] = eval('1')", "eval", "gate-builtin", ""),
    ("B[i] = T.ir.tvm.x", "T.ir.tvm.x", "gate-refused-member", "module"),
    ('T.customized_code("x")', "T.customized_code", "gate-refused-member", "nothing has read"),
]


@pytest.mark.parametrize("head", [HEAD, TODAYS])
@pytest.mark.parametrize(("line", "marked", "id_", "words"), MISTAKES)
def test_a_mistake_is_explained_at_its_place(head, line, marked, id_, words):
    text = f"{head}{line}\n"
    with pytest.raises((ParseError, RefusedError)) as caught:
        parse(read(text), gated=True)
    error = caught.value
    assert error.what.id == id_, error.message
    assert text[error.span.start : error.span.end] == marked
    assert error.span.start >= len(head)
    assert words in error.message + error.hint


def test_the_reason_is_what_tvm_says_below_its_own_code():
    message = (
        "Traceback (most recent call last):\n  3: _ZN3tvm\n        at /home/x/src/a.cc:8\n"
        '  File "/home/x/src/a.cc", line 50\n'
        "InternalError: Check failed: (a.is_int()) is false: A[i] is none"
    )
    assert reason_of(message) == "Check failed: (a.is_int()) is false: A[i] is none"
    assert words_of(reason_of(message)) == "A[i] is none"
    assert words_of("Check failed: a == b (1 vs. 2) : too many") == "too many"
    assert words_of("Check failed: a == b (1 vs. 2) :") == "Check failed: a == b (1 vs. 2) :"


def test_a_loop_variable_beside_the_axes_of_a_block_is_named_where_it_is_used():
    text = (
        f'{HEAD}with T.block("b"):\n{" " * 12}vi = T.axis.spatial(8, i)\n{" " * 12}B[vi] = A[i]\n'
    )
    with pytest.raises(ParseError) as caught:
        parse(read(text), gated=True)
    assert caught.value.what.id == "loop-variable-in-block"
    assert text[: caught.value.span.start].endswith("B[vi] = A[")
