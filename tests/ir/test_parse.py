"""Parsing of TVMScript: modules, spans in the user's text, explained errors."""

import pytest

from tests.support.programs.examples import EXAMPLES, parsed
from viz.errors import ParseError
from viz.frontend import program
from viz.frontend.examples import examples
from viz.ir.parse import parse
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
        parse(program.read(text))
    error = caught.value
    assert error.span is not None
    assert text[error.span.start : error.span.end] == marked
    assert message in error.message
    assert hint in error.hint


def test_an_ill_formed_program_is_refused_at_its_mistake():
    text = '@T.prim_func\ndef f(A: T.Buffer((8,), "float32")):\n    B = T.Buffer((8,), "float32")\n    A[0] = B[0]\n'
    with pytest.raises(ParseError, match="not well-formed") as caught:
        parse(program.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == "B[0]"
    assert "<root>" not in caught.value.message


def test_a_store_without_its_index_is_refused_at_the_store():
    text = examples()["argmax"].text.replace("largest[vi] = new_l", "largest = new_l")
    with pytest.raises(ParseError, match="largest is a buffer") as caught:
        parse(program.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == "largest = new_largest"


def test_spans_survive_edits_and_wide_characters():
    text = (
        "from tvm.script import tir as T\nclass K:\n    @T.prim_func\n"
        '    def f(变量: T.Buffer[(8,), "float32"]):\n        for i in range(8):\n'
        '            with T.block("𝔸"):\n                vi = T.axis.spatial(8, i)\n'
        "                变量[vi] = 变量[vi] * 2.0\n"
    ).replace("\n", "\r\n")
    result = parse(program.read(text))
    from viz.ir.walker import walk

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
    result = parse(program.read(text), arguments={"N": 8})
    assert 'T.Buffer((16,), "float32")' in str(result.mod.script())


def test_numbers_that_are_not_finite_are_read_as_tvm_prints_them():
    text = """@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def fill(A: T.Buffer((4,), "float16")):
        for i in range(4):
            A[i] = T.float16("-inf") + T.float16("nan")

    @R.function
    def main(x: R.Tensor((4,), "float32")) -> R.Tensor((4,), "float32"):
        y = R.add(x, R.const(-1e999, "float32"))
        z = R.clip(y, T.float32("-nan"), T.float64("inf"))
        w = R.maximum(z, R.full(R.shape([4]), R.const(1e999 - 1e999, "float32"), "float32"))
        return R.add(w, R.const(1e999, "float32"))
"""
    mod = parse(program.read(text), gated=True).mod
    printed = str(mod.script())
    result = parse(program.read(printed), gated=True)
    words = ['"-inf"', '"-nan"', '"inf"']  # of Relax: those of the PrimFunc are read as they are
    assert [printed[e.span.start : e.span.end] for e in result.edits] == words
    assert {edit.rule for edit in result.edits} == {"not-finite"}
    # A number that is none (NaN) differs from itself, and loses its sign.
    assert str(result.mod.script()).replace("-nan", "nan") == printed.replace("-nan", "nan")


@pytest.mark.parametrize(
    "call",
    [
        'R.call_tir(cls.add, (x,), out_ty=R.Tensor((8,), "float32"))',
        'R.call_tir(cls.add, (x,), out_sinfo=R.Tensor((8,), "float32"))',
        'R.call_tir(add, (x,), (8,),\n            dtype="float32")',
        "R.gone_since_2023(x)",
    ],
)
@pytest.mark.parametrize("indent", ["", "    "])
def test_relax_functions_are_read_and_those_that_cannot_be_are_left_out(call, indent):
    text = f"""@I.ir_module
class Module:
    @R.function(pure=False)
    def main(x: R.Tensor((8,), "float32")) -> R.Tensor((8,), "float32"):
        cls = Module
        y = {call}
        return y

    @T.prim_func(s_tir=True)
    def add(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
        for i in range(8):
            with T.sblock("B"):
                vi = T.axis.spatial(8, i)
                B[vi] = A[vi] + T.gone(1.0)
"""
    if indent:
        text = "def make():\n" + "".join(indent + line + "\n" for line in text.splitlines())
    with pytest.raises(ParseError) as caught:
        parse(program.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == "T.gone"
    result = parse(program.read(text.replace("T.gone", "T.float32")))
    names = {gv.name_hint for gv in result.mod.functions}
    if "cls.add" in call:
        assert names == {"main", "add"}
        assert result.problems == ()
    else:  # a name that is not defined, and an operator that is gone
        assert names == {"add"}
        (problem,) = result.problems
        assert problem.severity == "warning"
        assert "main" in problem.message
        assert call.replace("\n            ", "").startswith("R.call_tir(add") == (
            text[problem.span.start : problem.span.end] == "add"
        )


@pytest.mark.parametrize(
    "body",
    [
        'x = T.var("float16")\nwith T.let(x, A[0] * 0.1):\n    A[1] = x',
        "x = T.float16()\nwith T.LetStmt(A[0] * 0.1, var=x):\n    A[1] = x * 0.5",
        "with T.LetStmt(\n    A[0]\n    * 0.1\n) as x:\n    A[1] = x",
        'C = T.allocate([8], "float16", "local")\nwith T.decl_buffer((8,), "float16", data=C, scope="local") as D:\n    D[0] = A[0]',
        'C = T.allocate([8], "float16", "local")\nD = T.buffer_decl((8,), "float16", data=C, scope="local")\nD[0] = A[0]',
        'C = T.allocate([8], "float16", "local")\nC[0] = A[0]\nA[1] = C[0] * 0.1',
        'with T.block("b"):\n    vi = T.axis.spatial(8, 0)\n    A[vi] = A[vi] * 0.1',
    ],
)
@pytest.mark.parametrize("decorator", ["@T.prim_func", "@prim_func(\n    private=True,\n)"])
def test_tvm_accepts_rewritten_older_spellings(decorator, body):
    head = f'{decorator}\ndef f(A: T.Buffer((8,), "float16")):\n'
    text = head + "".join(f"    {line}\n" for line in body.splitlines())
    result = parse(program.read(text))
    assert result.edits
    script = str(result.mod.script())
    assert "float32" not in script  # a literal of another dtype would bring casts


def test_the_metadata_line_of_an_old_print_is_removed():
    function = HEAD.replace("(s_tir=True)", "") + "    A[0] = A[1]\n"
    text = "@I.ir_module\nclass M:\n" + "".join(f"    {line}\n" for line in function.splitlines())
    assert parse(program.read(text + "    __tvm_meta__ = None\n")).mod.functions


def test_an_error_in_a_module_of_relax_functions_alone_stands_at_its_place():
    text = "@I.ir_module\nclass M:\n    @R.function\n    def main(x): return x\n"
    with pytest.raises(ParseError, match="every parameter needs an annotation") as caught:
        parse(program.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == "x"


def test_a_bare_decorator_keeps_its_present_meaning():
    # Without blocks and without old spellings nothing is changed.
    text = '@T.prim_func\ndef f(A: T.Buffer((8,), "float32")):\n    for i in range(8):\n        A[i] = A[i] + 1.0\n'
    assert parse(program.read(text)).edits == ()


def test_positions_refer_to_the_text_as_typed():
    text = examples()["add_one"].text.replace("1.0", "T.sqrrt(A[vi])")
    with pytest.raises(ParseError) as caught:
        parse(program.read(text))
    assert (
        Text(text).line(Text(text).position(caught.value.span.start).line).strip()
        == "B[vi] = A[vi] + T.sqrrt(A[vi])"
    )


MISTAKES = [
    ("B[vi] = A", "B[vi] = A", "not a whole buffer", "B[vi] = A[vi]"),
    ("B[vi] = A[vi:vi+1]", "B[vi] = A[vi:vi+1]", "slice", "index for every"),
    ("return", "return", "without a value", "writes into its buffers"),
    ("assert vi < 4", "assert vi < 4", "needs a message", '"message"'),
    ("B[vi] = np.float32(1)", "np", "not defined", "T.float32(1)"),
    ("B[vi] = None", "None", "no value", ""),
    ("B[None] = A[vi]", "None", "no value", ""),
    ("B[vi] += None", "None", "no value", ""),
    ("T.evaluate(0); import math", "import math", "`import` is not TVMScript", "loops"),
    ("async with x: pass", "async with x: pass", "`async with` is not", "loops"),
    ("B[vi] = max(A[vi], 0)", "max(A[vi], 0)", "Python's own", "T.max"),
]


@pytest.mark.parametrize(("line", "marked", "message", "hint"), MISTAKES)
def test_common_mistakes_are_explained_at_their_spans(line, marked, message, hint):
    text = (
        "import numpy as np\n@T.prim_func(s_tir=True)\n"
        'def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):\n'
        '    for i in range(8):\n        with T.sblock("B"):\n'
        f"            vi = T.axis.spatial(8, i)\n            {line}\n"
    )
    with pytest.raises(ParseError) as caught:
        parse(program.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == marked
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_python_statements_and_axes_outside_blocks_are_refused_at_their_lines():
    for line, message in (
        ("try:\n            pass\n        finally:\n            pass", "`try` is not"),
        ("match i:\n            case 1:\n                pass", "`match` is not"),
        ("T.axis.spatial(8, i)", "only inside a block"),
    ):
        text = f"{HEAD}    for i in range(8):\n        A[i] = 1.0\n        {line}\n"
        with pytest.raises(ParseError, match=message) as caught:
            parse(program.read(text))
        assert text[caught.value.span.start :].startswith(line.splitlines()[0])


def test_a_parameter_without_annotation_is_refused_at_its_name():
    text = '@T.prim_func\ndef main(A: T.int32, B, C: T.Buffer((8,), "float32")):\n    C[0] = 1.0\n'
    with pytest.raises(ParseError, match="needs an annotation") as caught:
        parse(program.read(text))
    assert text[caught.value.span.start : caught.value.span.end] == "B"


def test_deep_expressions_parse_and_too_deep_ones_are_refused_at_their_line():
    sums, calls = " + ".join(["A[0]"] * 400), "T.exp(" * 150 + "A[0]" + ")" * 150
    assert parse(program.read(f"{HEAD}    A[0] = {sums}\n    A[1] = {calls}\n")).mod
    text = f"{HEAD}    A[1] = 1.0\n    A[0] = {' + '.join(['A[0]'] * 2000)}\n"
    with pytest.raises(ParseError, match="too deeply") as caught:
        parse(program.read(text))
    assert Text(text).position(caught.value.span.start).line == 4


def test_variables_have_no_span():
    from viz.ir.walker import walk

    read = parsed("matmul")
    nodes = walk(read.mod, user_span=read.user_span).nodes
    assert any(node.type_key == "ir.Var" for node in nodes)
    assert not [node for node in nodes if node.type_key == "ir.Var" and node.span]


@pytest.mark.parametrize(
    "text",
    [
        "@T.prim_func(s_tir=True)\ndef f(a: T.handle):\n    n = T.int64()\n"
        '    A = T.match_buffer(a, (n, n * 2), "float32")\n    A[0, 0] = T.float32(1)\n',
        "@I.ir_module\nclass Module:\n    @R.function\n"
        '    def main(x: R.Tensor(("n", "n * 2"), "float32")):\n        return R.add(x, x)\n',
    ],
    ids=["TensorIR", "Relax"],
)
def test_what_tvm_prints_of_symbolic_shapes_is_read(text):
    # Above the definition it prints n = TypeVar("n").
    printed = str(parse(program.read(text), gated=True).mod.script())
    assert 'TypeVar("n")' in printed
    again = parse(program.read(printed), gated=True)
    assert str(again.mod.script()) == printed
    assert again.program.left_out == ()
