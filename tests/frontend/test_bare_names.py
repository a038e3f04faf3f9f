"""Names that a file imports from TVM's script module are read as members of T."""

import pytest
import tvm_ffi

from viz.errors import ParseError, VizError
from viz.frontend.program import read
from viz.ir.parse import parse

HEAD = "from tvm.script.tir import {names}\n"
FULL = """from tvm.script import tir as T

@T.prim_func
def total(A: T.Buffer((8, 8), "float32"), B: T.Buffer((8,), "float32")):
    S = T.alloc_buffer((8, 8), "float32")
    for i, j in T.grid(8, 8):
        with T.block("double"):
            vi, vj = T.axis.remap("SS", [i, j])
            S[vi, vj] = T.exp(A[vi, vj]) * T.cast(2, "float32")
    for i, j in T.grid(8, 8):
        with T.block("add"):
            vi, vj = T.axis.remap("SR", [i, j])
            with T.init():
                B[vi] = T.float32(0)
            B[vi] = B[vi] + S[vi, vj]
"""
BARE = FULL.replace("T.", "")
ALL = "prim_func, Buffer, alloc_buffer, grid, block, axis, exp, cast, init, float32"


@pytest.mark.parametrize(
    "text",
    [
        BARE.replace("from tvm.script import tir as T\n", HEAD.format(names=ALL)),
        BARE.replace("from tvm.script import tir as T\n", HEAD.format(names="*")),
        BARE.replace("from tvm.script import tir as T\n", HEAD.format(names=ALL))
        .replace("tvm.script.tir", "tvm.script.parser.tir")
        .replace("prim_func,", "prim_func as kernel,")
        .replace("@prim_func", "@kernel"),
        BARE.replace("from tvm.script import tir as T\n", HEAD.format(names=ALL))
        .replace(" axis,", " axis as ax, block as step,")
        .replace(" axis.", " ax.")
        .replace(" block(", " step("),
    ],
    ids=["by name", "everything", "from the parser", "by another name"],
)
def test_imported_names_are_members_of_t(text):
    parsed = parse(read(text), gated=True)
    assert tvm_ffi.structural_equal(parsed.mod, parse(read(FULL), gated=True).mod)
    assert "imported-name" in {edit.rule for edit in parsed.edits}
    assert "T.axis.remap" in parsed.upgraded


def test_the_older_spelling_behind_a_name_that_copies_its_arguments():
    text = (
        HEAD.format(names="prim_func, Buffer, load, store, exp")
        + '@prim_func\ndef f(A: Buffer((8,), "float32")):\n'
        '    for i in range(8):\n        store(A.data, i, exp(load("float32", A.data, i)))\n'
    )
    assert "A[i] = T.exp(A[i])" in parse(read(text), gated=True).upgraded


def test_what_a_function_binds_is_its_own():
    text = (
        HEAD.format(names="prim_func, Buffer, grid, block")
        + '@prim_func\ndef f(block: Buffer((8,), "float32"), A: Buffer((8,), "float32")):\n'
        "    for i in range(8):\n        A[i] = block[i]\n"
    )
    upgraded = parse(read(text), gated=True).upgraded
    assert "A[i] = block[i]" in upgraded
    assert 'block: T.Buffer((8,), "float32")' in upgraded


@pytest.mark.parametrize(
    ("text", "error", "marked"),
    [
        # T is the file's own, so nothing can be written as its member
        ("T = 8\n" + BARE, VizError, None),
        # not imported
        (BARE.replace("S[vi, vj] = exp", "S[vi, vj] = exq"), ParseError, "exq"),
        (BARE.replace("S[vi, vj] = exp", "S[vi, vj] = tanh"), ParseError, "tanh"),
    ],
)
def test_other_names_stay_as_they_are(text, error, marked):
    text = text.replace("from tvm.script import tir as T\n", HEAD.format(names=ALL))
    with pytest.raises(error) as caught:
        parse(read(text), gated=True)
    if marked:
        assert text[caught.value.span.start : caught.value.span.end] == marked
