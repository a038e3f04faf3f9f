"""Errors of TVM's parser and passes about Relax functions: plain words, at the user's line."""

import pytest

from viz.errors import LoweringError, ParseError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import Request, SourcePart
from viz.service.engine.dispatch import answer
from viz.text import Text

HEAD = "from tvm.script import ir as I, relax as R, tirx as T\n\n@I.ir_module\nclass Module:\n"
COPY = """\
    @T.prim_func(s_tir=True)
    def copy(a: T.handle, b: T.handle):
        n = T.int64()
        A = T.match_buffer(a, (n,))
        B = T.match_buffer(b, (n,))
        for i in range(n):
            with T.sblock("copy"):
                v = T.axis.spatial(n, i)
                B[v] = A[v]

"""
EIGHT = COPY.replace("        n = T.int64()\n", "").replace("(n,)", "(T.int64(8),)")
EIGHT = EIGHT.replace("range(n)", "range(T.int64(8))").replace("spatial(n", "spatial(T.int64(8)")
X = 'x: R.Tensor((8,), "float32")'


def program(parameters, *lines, before=""):
    body = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}{before}    @R.function\n    def main({parameters}):\n{body}"


FAILING = {  # the message's id, what it is about, and the program
    "rank alone": (
        "shape-not-known",
        "R.add(x, y)",
        program(X + ', y: R.Tensor(ndim=1, dtype="float32")', "return R.add(x, y)"),
    ),
    "in a tuple": (
        "shape-not-known",
        "R.concat((x, y))",
        program(X + ', y: R.Tensor(ndim=1, dtype="float32")', "return R.concat((x, y))"),
    ),
    "sizes that may differ": (
        "result-shape-not-known",
        "R.add(x, y)",
        program(
            'x: R.Tensor(("n",), "float32"), y: R.Tensor(("m",), "float32")',
            "z = R.add(x, y)",
            "return R.exp(z)",
        ),
    ),
    "no dtype": (
        "dtype-not-known",
        "R.exp(y)",
        program(X + ", y: R.Tensor((8,))", "return R.exp(y)"),
    ),
    "a function in a function": (
        "function-in-function",
        "def inner(y: R.Tensor((8,), 'float32')) -> R.Tensor((8,), 'float32'):",
        program(
            X,
            "@R.function",
            "def inner(y: R.Tensor((8,), 'float32')) -> R.Tensor((8,), 'float32'):",
            "    return R.add(x, y)",
            "return inner(x)",
        ),
    ),
    "an output of another shape": (
        "kernel-argument-type",
        'R.call_tir(Module.copy, (x,), out_ty=R.Tensor((4,), "float32"))',
        program(
            X,
            'a = R.call_tir(Module.copy, (x,), out_ty=R.Tensor((8,), "float32"))',
            'b = R.call_tir(Module.copy, (x,), out_ty=R.Tensor((4,), "float32"))',
            "return (a, b)",
            before=EIGHT,
        ),
    ),
    "fused with sizes of its own": (
        "fused-sizes-differ",
        'a = R.call_tir(Module.copy, (x,), out_ty=R.Tensor((8,), "float32"))',
        program(
            X,
            "with R.dataflow():",
            '    a = R.call_tir(Module.copy, (x,), out_ty=R.Tensor((8,), "float32"))',
            "    b = R.exp(a)",
            "    R.output(b)",
            "return b",
            before=COPY,
        ),
    ),
}


@pytest.mark.parametrize(("id_", "line", "text"), FAILING.values(), ids=FAILING)
def test_a_program_that_cannot_be_lowered_is_explained(id_, line, text):
    target = "cuda" if id_.startswith("fused") else "c"
    with pytest.raises(LoweringError) as told:
        answer(Request(text=text, target=target, part=SourcePart()))
    assert told.value.what.id == id_, told.value.message
    assert told.value.span is not None
    assert Text(text).slice(told.value.span).startswith(line)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('R.add(x, R.const("one"))', "R.const is given a text"),
        ("R.concat((x, x), axis=7)", "R.concat, the input axis 7 is out of range"),
    ],
)
def test_a_call_that_the_parser_refuses_is_named(call, message):
    text = program(X, f"return {call}")
    with pytest.raises(ParseError, match=message) as told:
        parse(read(text))
    assert "ir.Op" not in told.value.message
    assert told.value.span is not None
    assert Text(text).slice(told.value.span) in f"return {call}"


def test_a_number_behind_an_output_is_explained_where_tvm_fuses():
    kernel = """    @T.prim_func
    def scale(x: T.Buffer((8,), "float32"), y: T.Buffer((8,), "float32"), s: T.float32):
        for i in range(8):
            with T.sblock("scale"):
                vi = T.axis.spatial(8, i)
                y[vi] = x[vi] * s
"""
    text = program(
        X,
        "with R.dataflow():",
        "    s = R.prim_value(T.float32(2))",
        '    a = R.call_tir(Module.scale, (x, s), out_ty=R.Tensor((8,), "float32"))',
        "    b = R.add(a, a)",
        "    R.output(b)",
        "return b",
        before=kernel,
    )
    with pytest.raises(LoweringError) as told:
        answer(Request(text=text, target="cuda", part=SourcePart()))
    assert told.value.what.id == "fused-parameters-order", told.value.message


def test_a_kernel_without_blocks_is_named_where_tvm_schedules():
    kernel = """    @T.prim_func
    def twice(x: T.Buffer((8,), "float32"), y: T.Buffer((8,), "float32")):
        for i in range(8):
            y[i] = x[i] * T.float32(2)
"""
    call = 'a = R.call_tir(Module.twice, (x,), out_ty=R.Tensor((8,), "float32"))'
    text = program(X, call, "return a", before=kernel)
    with pytest.raises(LoweringError) as told:
        answer(Request(text=text, target="cuda", part=SourcePart()))
    assert told.value.what.id == "no-block-to-schedule", told.value.message
    assert Text(text).slice(told.value.span) == "twice"
