import pytest
from conftest import EXAMPLES, parsed

from viz import source
from viz.engine.parse import parse
from viz.errors import ParseError
from viz.examples import examples
from viz.text import Text

HEAD = '@T.prim_func(s_tir=True)\ndef f(A: T.Buffer((8,), "float32")):\n'


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_parses(name):
    assert parsed(name).mod.functions


def test_only_the_notes_program_needs_edits():
    assert {name for name in EXAMPLES if parsed(name).edits} == {"add_one"}


@pytest.mark.parametrize(
    ("body", "marked", "message", "hint"),
    [
        ("    A[0] = T.expp(A[0])\n", "T.expp", "`T.expp` does not exist", "exp"),
        ("    A[0] = A[0] + zz\n", "zz", "`zz` is not defined", "constant above"),
        (
            "    变量 = T.float32(1)\n    A[0] = 变量 + T.sqrtt(变量)\n",
            "T.sqrtt",
            "does not exist",
            "sqrt",
        ),
        ("\tA[0] = T.expp(A[0])\r\n", "T.expp", "does not exist", "exp"),
        ("    '𝔸变'; A[0] = AA[0]\n", "AA", "`AA` is not defined", "Did you mean A"),
    ],
)
def test_errors_point_into_the_users_text(body, marked, message, hint):
    text = "# 中文 comment\nx = 1\n" + HEAD + body
    with pytest.raises(ParseError) as caught:
        parse(source.read(text))
    error = caught.value
    assert error.span is not None
    assert text[error.span.start : error.span.end] == marked
    assert message in error.message
    assert hint in error.hint


def test_a_program_that_is_not_well_formed_is_named():
    text = '@T.prim_func\ndef f(A: T.Buffer((8,), "float32")):\n    B = T.Buffer((8,), "float32")\n    A[0] = B[0]\n'
    with pytest.raises(ParseError, match="not well-formed") as caught:
        parse(source.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == "f"


def test_spans_survive_edits_and_wide_characters():
    text = (
        "from tvm.script import tir as T\nclass K:\n    @T.prim_func\n"
        '    def f(变量: T.Buffer[(8,), "float32"]):\n        for i in range(8):\n'
        '            with T.block("𝔸"):\n                vi = T.axis.spatial(8, i)\n'
        "                变量[vi] = 变量[vi] * 2.0\n"
    ).replace("\n", "\r\n")
    result = parse(source.read(text))
    from viz.engine.nodes import walk

    spans = {
        node.type_key: text[node.span.start : node.span.end]
        for node in walk(result.mod, user_span=result.user_span).nodes
        if node.span
    }
    assert spans["tirx.BufferStore"] == "变量[vi] = 变量[vi] * 2.0"
    assert spans["prim.Mul"] == "变量[vi] * 2.0"
    assert spans["ir.TensorLoad"] == "变量[vi]"


def test_constants_and_factories_reach_the_parser():
    text = (
        "def make(N):\n    M = N * 2\n    @T.prim_func\n"
        '    def f(A: T.Buffer((M,), "float32")):\n        A[0] = 1.0\n    return f\n'
    )
    result = parse(source.read(text), arguments={"N": 8})
    assert 'T.Buffer((16,), "float32")' in str(result.mod.script())


def test_relax_functions_are_left_out_and_said():
    text = """from tvm.script import ir as I, relax as R, tirx as T
@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def add(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
        for i in range(8):
            with T.sblock("B"):
                vi = T.axis.spatial(8, i)
                B[vi] = A[vi] + T.float32(1.0)

    @R.function
    def main(x: R.Tensor((8,), "float32")) -> R.Tensor((8,), "float32"):
        cls = Module
        y = R.call_tir(cls.add, (x,), out_ty=R.Tensor((8,), "float32"))
        return y
"""
    result = parse(source.read(text))
    assert [gv.name_hint for gv in result.mod.functions] == ["add"]
    assert "main" in result.problems[0].message


def test_a_bare_decorator_means_what_it_means_today():
    # Without blocks and without old spellings nothing is changed.
    text = '@T.prim_func\ndef f(A: T.Buffer((8,), "float32")):\n    for i in range(8):\n        A[i] = A[i] + 1.0\n'
    assert parse(source.read(text)).edits == ()


def test_positions_refer_to_the_text_as_typed():
    text = examples()["add_one"].text.replace("1.0", "T.sqrrt(A[vi])")
    with pytest.raises(ParseError) as caught:
        parse(source.read(text))
    assert (
        Text(text).line(Text(text).position(caught.value.span.start).line).strip()
        == "B[vi] = A[vi] + T.sqrrt(A[vi])"
    )
