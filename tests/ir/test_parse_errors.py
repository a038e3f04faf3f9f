"""Errors of TVM's parser at common mistakes: explained in plain words, at the place, with a hint."""

from __future__ import annotations

import pytest

from viz.errors import ParseError, RefusedError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.messages import VERBATIM, messages
from viz.model.catalog import tvm_messages

PARAMETERS = """(
    A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32"), C: T.Buffer((8, 8), "float32"),
    n: T.int32):
"""
PLAIN = f"@T.prim_func\ndef f{PARAMETERS}"
BLOCKS = f'@T.prim_func(s_tir=True)\ndef f{PARAMETERS}    for i, j in T.grid(8, 8):\n        with T.sblock("b"):\n'

MISTAKES = [
    # the body of a loop over i, the marked part, the message, what the hint says
    ("B[i, i] = A[i]", "B[i, i] = A[i]", "index-count", "one index"),
    ("B[i] = A[i, i]", "A[i, i]", "too-many-indices", "one index"),
    ("B[i] = C[i, 0, 0]", "C[i, 0, 0]", "too-many-indices", "one index"),
    *[
        (f"B[i] = A[i] {sign} A[0]", f"A[i] {sign} A[0]", "bits-of-float", "T.Cast")
        for sign in ("&", "|", "^", "<<", ">>")
    ],
    ("B[i] = T.shift_left(A[i], 1)", "T.shift_left(A[i], 1)", "bits-of-float", "T.Cast"),
    ("B[i] = ~A[i]", "~A[i]", "complement-of-float", "T.Cast"),
    ("B[i] = A[i] // 2", "A[i] // 2", "integer-division", "T.floor"),
    ("B[i] = T.floordiv(A[i], 2)", "T.floordiv(A[i], 2)", "integer-division", "T.floor"),
    ("B[i] = A[i] % 2", "A[i] % 2", "integer-division", "T.fmod"),
    ("B[i / 2] = A[i]", "i / 2", "ambiguous-division", "i // 2"),
    ("B[i] = not A[i]", "not A[i]", "logic-of-numbers", "A[i] != 0.0"),
    ("B[i] = A[i] @ A[i]", "A[i] @ A[i]", "no-such-operator", "loops"),
    ("B[i] = n[0]", "n[0]", "subscript-of-number", "make it a buffer"),
    ('B["a"] = A[i]', 'B["a"] = A[i]', "index-not-expression", "B[i]"),
    ("B[i] = T.max(A[i])", "T.max(A[i])", "missing-argument", "T.max(a, b)"),
    (
        "B[i] = T.max(A[i], A[i], A[i])",
        "T.max(A[i], A[i], A[i])",
        "too-many-arguments",
        "T.max(a, b)",
    ),
    ("B[i] = T.exp(y=A[i])", "T.exp(y=A[i])", "unknown-argument", "T.exp(x)"),
    ("B[i] = T.exp(A[i], x=A[i])", "T.exp(A[i], x=A[i])", "argument-twice", "T.exp(x)"),
    ("B[i] = T.Select(i < 4, A[i])", "T.Select(i < 4, A[i])", "missing-argument", "false_value"),
    (
        'B[i] = T.Cast(A[i], "int32")',
        'T.Cast(A[i], "int32")',
        "argument-type",
        "T.Cast(dtype, value)",
    ),
    ("S = T.alloc_buffer()", "T.alloc_buffer()", "missing-argument", "T.alloc_buffer(shape, dtype"),
    ('S = T.alloc_buffer("8")', 'T.alloc_buffer("8")', "extent-not-integer", "(8, 8)"),
    ('B[i] = T.float32("x")', 'T.float32("x")', "text-not-number", "without quotes"),
    ("B[T.Ramp(0, 1, n)] = A[i]", "T.Ramp(0, 1, n)", "lanes-not-constant", "T.Ramp"),
    (
        'T.func_attr({"k": True})',
        'T.func_attr({"k": True})',
        "function-attributes-place",
        "sblock_attr",
    ),
    ("T.where(i < 4)", "T.where(i < 4)", "outside-block", "T.sblock"),
    ("with T.init():\n            B[0] = 0.0", "T.init()", "outside-block", "T.sblock"),
    ("with A:\n            B[0] = 0.0", "A", "with-other", "T.sblock"),
    ('if "a":\n            B[0] = 0.0', '"a"', "condition-not-bool", "A[i] > 0.0"),
    ("B[i] = foo(A[i])", "foo", "undefined-function", "Module.name"),
    ("B[i] = exp(A[i])", "exp", "undefined-function", "Did you mean T.exp?"),
    ("B[i] = np.exp(A[i])", "np", "undefined-library", "Did you mean T.exp?"),
    ("B[i] = axis.remap(A[i])", "axis", "gate-no-module", "Did you mean T.axis.remap?"),
    (
        "T.atomic_add(B.data, 1)",
        "T.atomic_add",
        "gate-no-member",
        "Did you mean T.cuda.atomic_add?",
    ),
    ('S = T.alloc_buffer((8,), "fp16")', '"fp16"', "unknown-dtype", "Did you mean float16?"),
    ('S = T.alloc_buffer((8,), "Float32")', '"Float32"', "unknown-dtype", "float32"),
    ('S = T.alloc_buffer((8,), "words")', '"words"', "unknown-dtype", "Such as float32"),
    (
        'S = T.alloc_buffer((8,), "handle")',
        'T.alloc_buffer((8,), "handle")',
        "handle-elements",
        "uint64",
    ),
    ('x = T.Cast("float32x4", A[i])', 'T.Cast("float32x4", A[i])', "cast-lanes", "float32x4"),
    ("T.evaluate(A)", "T.evaluate(A)", "whole-buffer-operand", "A[vi]"),
    (
        "B[i] = T.if_then_else(A[i], A[i], A[0])",
        "T.if_then_else(A[i], A[i], A[0])",
        "condition-not-bool",
        "A[i] > 0.0",
    ),
    ("B[:] = A[:]", "B[:] = A[:]", "open-slice", "A[0:16]"),
    ("B[i] = A[0:4] + 1.0", "A[0:4] + 1.0", "slice-operand", "A[vi, vj]"),
    ("B[i] = len(A)", "len(A)", "no-length", "A.shape[0]"),
    ("A[i], A[0] = A[0], A[i]", "A[i], A[0]", "several-stores", "old = A[i]"),
    ("print(A[i])", "print", "gate-builtin", "Leave it out"),
    ("B[i] = sorted(A)", "sorted", "gate-builtin", "loop over an index"),
    ("B[i] = pow(A[i], 2)", "pow", "gate-builtin", "Did you mean T.pow?"),
    ("B[i] = A[threadIdx.x]", "threadIdx", "gate-cuda-name", "T.thread_binding"),
    ("T.syncthreads()", "T.syncthreads", "gate-no-member", 'T.tvm_storage_sync("shared")'),
    ("B[i] = T.half(1)", "T.half", "gate-no-member", "T.float16"),
    ("...", "...", "gate-ellipsis", "leave"),
    ("B[i] = +T.exp(A[i])", "+T.exp(A[i])", "no-such-operator", "Write out"),
    # reductions as array libraries have them
    ("B[i] = T.sum(C[i, 0:8], axis=0)", "T.sum(C[i, 0:8], axis=0)", "no-reduction", "T.init()"),
    ("B[i] = T.max(C[i, :], axis=1)", "T.max(C[i, :], axis=1)", "no-reduction", "T.min_value"),
    ("B[i] = T.min(C[i, :])", "T.min(C[i, :])", "no-reduction", "T.max_value"),
    ('k = T.reduce_axis((0, 8), "k")', 'T.reduce_axis((0, 8), "k")', "no-reduction", "over k"),
    ("B[i] = te.sum(C[i, k], axis=k)", "te.sum(C[i, k], axis=k)", "no-reduction", "over k"),
    ("B[i] = np.dot(A, A)", "np.dot(A, A)", "no-reduction", "A[i, k] * B[k, j]"),
    ("B[i] = C[i, :].max()", "C[i, :].max()", "no-reduction", "T.max(B[i]"),
    ("B[i] = A.sum()", "A.sum()", "no-reduction", "B[i] + A[i, k]"),
    (
        "B[i] = sum(C[i, k] for k in range(8))",
        "sum(C[i, k] for k in range(8))",
        "no-reduction",
        "T.init()",
    ),
    ("return A, 1", "return A, 1", "returned-several", "buffers"),
    ("Module.scale(A.data)", "Module.scale", "gate-no-module", "@I.ir_module"),
    # older spellings whose replacement has a name that the user misspelt
    ("B[i] = T.Let(x, A[i], xx + x)", "xx", "undefined", "Did you mean x?"),
    ("B[i] = T.Let(y, A[i], y + y)", "y", "undefined", "above it"),
    ('T.store(B.data, ii, T.load("float32", A.data, i))', "ii", "undefined", "Did you mean i?"),
    ('S = T.allocate([nn], "float32", "global")', "nn", "undefined", "Did you mean n?"),
    ("B[i] = tir.expp(A[i])", "tir.expp", "gate-no-member", "Did you mean T.exp?"),
    ('y = T.var("floa32")', "floa32", "gate-no-member", "Did you mean T.float32?"),
]

LOOPS = [
    ('for i in T.serial("64"):', 'T.serial("64")', "loop-extent", "without quotes"),
    ('for i in range("64"):', 'range("64")', "loop-extent", "without quotes"),
    ('for i in T.grid(8, "8"):', 'T.grid(8, "8")', "loop-extent", "without quotes"),
    ("for i in T.serial(A[0]):", "T.serial(A[0])", "integer-wanted", "T.Cast"),
    ("for i in T.serial(6.5):", "6.5", "loop-extent", "n // 2"),
    ("for i in range(0, 7 / 2):", "7 / 2", "loop-extent", "n // 2"),
    ("for i in T.vectorized(T.float32(4)):", "T.float32(4)", "loop-extent", "n // 2"),
    ("for i in range(0, 8, 2.5):", "2.5", "loop-extent", "n // 2"),
    (
        'for i in T.thread_binding(4.5, thread="threadIdx.x"):',
        "4.5",
        "loop-extent",
        "n // 2",
    ),
    ("for i in range():", "range()", "range-arguments", "range(8)"),
    (
        "for i in T.thread_binding(8):",
        "T.thread_binding(8)",
        "binding-without-thread",
        "threadIdx.x",
    ),
    ("for i, in T.grid(8):", "i,", "one-loop-variable", "T.grid"),
    ("for i, j in range(8):", "i, j", "one-loop-variable", "T.grid"),
    ("for i, j in T.grid(8, 8, 2):", "i, j", "unpack-more", "one name"),
    ("for i, j, k in T.grid(8, 8):", "i, j, k", "unpack-fewer", "one name"),
    ("for i in [0, 1]:", "[0, 1]", "loop-over-other", "T.grid"),
    ("for A[0] in range(8):", "A[0]", "loop-variable-not-name", "for i in"),
]

IN_BLOCK = [
    ('vi = T.axis.remap("SS", [i, j])', 'vi = T.axis.remap("SS", [i, j])', "no-name-for-value", "vi, vj"),
    ('vi, vj = T.axis.remap("SX", [i, j])', 'T.axis.remap("SX", [i, j])', "unknown-axis-kind", "SR"),
    ('vi, vj = T.axis.remap("SS", i, j)', 'T.axis.remap("SS", i, j)', "remap-form", "[i, j]"),
    ('vi, vj = T.axis.remap("SS", [i, j + 1])', 'T.axis.remap("SS", [i, j + 1])', "remap-of-expression", "T.axis.spatial"),
    ("vi = T.axis.spatial(i)", "T.axis.spatial(i)", "missing-argument", "dom, binding"),
    ("vi = T.axis.spatial(6.5, i)", "T.axis.spatial(6.5, i)", "axis-extent", "n // 2"),
    ('T.func_attr({"k": True})', 'T.func_attr({"k": True})', "function-attributes-place", "sblock_attr"),
    ("T.reads(A[i])\n            T.reads(A[j])", "T.reads(A[j])", "block-part-twice", "T.reads("),
]  # fmt: skip


def refusal(text: str):
    with pytest.raises((ParseError, RefusedError)) as caught:
        parse(read(text), gated=True)
    return caught.value


@pytest.mark.parametrize(
    ("head", "line", "marked", "id_", "hint"),
    [
        *(
            (f"{PLAIN}    x = T.float32()\n    for i in range(8):\n        ", *row)
            for row in MISTAKES
        ),
        *((f"{PLAIN}    ", f"{row[0]}\n        B[0] = A[0]", *row[1:]) for row in LOOPS),
        *((f"{BLOCKS}            ", *row) for row in IN_BLOCK),
    ],
)
def test_a_mistake_is_explained_at_its_place_with_a_hint(head, line, marked, id_, hint):
    if "T.Let(x" not in line:
        head = head.replace("    x = T.float32()\n", "")
    text = f"{head}{line}\n"
    error = refusal(text)
    assert error.what.id == id_, error.message
    assert text[error.span.start : error.span.end] == marked
    assert error.span.start >= len(head)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("called", "hint"),
    [("Module.helpr", "Did you mean Module.helper?"), ("Module.other", "it has: helper, main")],
)
def test_a_call_of_a_function_that_the_module_lacks_names_those_it_has(called, hint):
    text = f"""
@I.ir_module
class Module:
    @T.prim_func
    def helper(A: T.Buffer((8,), "float32")):
        A[0] = T.float32(1)
    @T.prim_func
    def main(A: T.Buffer((8,), "float32")):
        {called}(A.data)
"""
    error = refusal(text)
    assert error.what.id == "gate-no-module-function"
    assert text[error.span.start : error.span.end] == called
    assert hint in error.hint


@pytest.mark.parametrize(
    "launched", ["", '    bx = T.env_thread("blockIdx.x")\n    T.launch_thread(bx, 4)\n']
)
def test_a_thread_that_nothing_launches_is_told(launched):
    text = f'{PLAIN}    tx = T.env_thread("threadIdx.x")\n{launched}    B[tx] = A[0]\n'
    error = refusal(text)
    assert error.what.id == "thread-not-launched"
    assert "B[tx] = A[0]" in text[error.span.start : error.span.end]
    assert "T.launch_thread(tx" in error.hint


def test_what_has_no_words_of_ours_has_a_hint_all_the_same():
    known = {row.id for row in tvm_messages.table() if row.where == "parser"}
    told_by_signature = {"missing-argument", "too-many-arguments", "unknown-argument", "argument-twice", "argument-type"}  # fmt: skip
    rows = messages()
    assert VERBATIM not in known
    assert all(rows[id_].hint for id_ in (known - told_by_signature) | {"refused-by-parser"})


def test_self_is_no_parameter_of_a_kernel():
    text = PLAIN.replace("(\n    A:", "(self, A:")
    error = refusal(
        f"@I.ir_module\nclass M:\n    {text.strip()}\n        A[0] = 0.0\n".replace(
            "\ndef", "\n    def"
        )
    )
    assert (error.what.id, "Module.name" in error.hint) == ("no-self", True)


@pytest.mark.parametrize(
    ("above", "line", "marked", "id_"),
    [
        ('c = {"n": 8}', 'B[c["n"]] = A[i]', "c", "own-python-value"),
        ("n = parse_args().n", "B[n] = A[i]", "n", "own-python-value"),
        ("def g(x):\n    return x * x", "B[i] = g(A[i])", "g", "own-python-function"),
    ],
)
def test_what_python_would_have_to_run_is_named_with_its_line(above, line, marked, id_):
    head = PLAIN.replace("    n: T.int32):", "    m: T.int32):")
    error = refusal(f"\n{above}\n{head}    for i in range(8):\n        {line}\n")
    assert (error.what.id, error.what.values["line"]) == (id_, 2)


def test_a_loop_variable_beside_the_axes_of_a_block_is_named_where_it_is_used():
    text = f"{BLOCKS}            vi = T.axis.spatial(8, i)\n            C[vi, j] = A[vi]\n"
    error = refusal(text)
    assert error.what.id == "loop-variable-in-block"
    assert text[: error.span.start].endswith("C[vi, ")
