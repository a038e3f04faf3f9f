import ast

import pytest

from viz import source, syntax
from viz.errors import RequestError, SourceError
from viz.examples import examples
from viz.extract import extract
from viz.text import Span, Text

FUNCTION = """@T.prim_func
def {name}(A: T.Buffer((8,), "float32")):
    for i in range(8):
        A[i] = A[i] + 1.0
"""


def test_a_whole_file_is_read_and_the_rest_is_listed():
    text = (
        "import tvm\nimport numpy as np\nfrom tvm.script import tir as TIR\nN = 4 * 2\nNAME = 'x'\n"
        + FUNCTION.format(name="f")
        + "sch = tvm.tir.Schedule(f)\nlib = tvm.build(f, target='llvm')\nprint(lib)\nx = np.zeros(8)\n"
    )
    program = source.read(text)
    assert [d.name for d in program.definitions] == ["f"]
    assert program.constants == {"N": 8, "NAME": "x"}
    assert program.namespaces == {"TIR": "T"}
    lines = Text(text)
    found = {(lines.position(left.span.start).line, left.what) for left in program.left_out}
    assert found == {
        (1, "an import"),
        (2, "an import"),
        (3, "an import"),
        (10, "a schedule"),
        (11, "a build"),
        (12, "output"),
        (13, "array set-up"),
    }


def test_definitions_inside_classes_and_branches_are_found():
    inner = "\n".join("        " + line for line in FUNCTION.format(name="g").splitlines())
    program = source.read(f"class TestG:\n    if True:\n{inner}\n")
    extracted = extract(program)
    assert extracted.patched().string.strip() == FUNCTION.format(name="g").strip()


def test_the_extracted_text_keeps_lines_and_maps_back():
    text = "# 变量\r\nx = 1\r\n" + FUNCTION.format(name="f").replace("\n", "\r\n") + "print(1)\r\n"
    patched = extract(source.read(text)).patched()
    assert Text(patched.string).line_count == Text(text).line_count
    start = patched.string.index("A[i] + 1.0")
    origin = patched.origin(Span(start, start + 10))
    assert text[origin.start : origin.end] == "A[i] + 1.0"


def test_a_factory_gets_its_arguments_and_computes_its_constants():
    text = (
        "def make(N, M=2):\n    K = N * M\n    @T.prim_func\n"
        '    def f(A: T.Buffer((K,), "float32")):\n        A[0] = 1.0\n    return f\n'
    )
    program = source.read(text)
    assert program.definitions[0].kind == "factory"
    assert extract(program, arguments={"N": 8}).variables["K"] == 16
    with pytest.raises(RequestError, match="needs a value for N"):
        extract(program)
    with pytest.raises(RequestError, match="no argument named 'Q'"):
        extract(program, arguments={"N": 8, "Q": 1})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "nothing here yet", "Paste"),
        ("  \n\n", "nothing here yet", "Paste"),
        ("x" * 1_000_000, "200,000", "only the functions"),
        ("\x00\x01PNG", "control characters", "text"),
        ("def f(:\n", "not Python", "Mend this line"),
        ("    x = 1\n  y = 2\n", "not Python", "indented"),
        ("```python\nx\n```", "not Python", "```"),
        (">>> x = 1", "not Python", "prompts"),
        ("%time x", "not Python", "notebook"),
        ("x = 1", "no TVMScript", "@T.prim_func"),
        ("A = te.compute((8,), lambda i: i)\n", "no TVMScript", "create_prim_func"),
        ("class M(nn.Module):\n    pass\n", "no TVMScript", "exported"),
        ('def f(A: T.Buffer((8,), "float32")):\n    A[0] = 1.0\n', "no TVMScript", "line above"),
        ("(" * 5000, "", ""),
        ("-" * 100_000 + "1", "", ""),
    ],
)
def test_bad_input_is_refused_in_plain_words(text, message, hint):
    with pytest.raises(SourceError) as caught:
        source.read(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_syntax_error_is_placed_in_the_users_text():
    text = "变量 = 1\n\tx = = 2\n"
    with pytest.raises(SourceError) as caught:
        source.read(text)
    assert caught.value.span is not None
    assert Text(text).position(caught.value.span.start).line == 2


def test_every_example_says_what_it_teaches():
    for name, example in examples().items():
        assert example.title, name
        assert len(example.description) > 60, name
        program = source.read(example.text)
        assert program.metadata.reference.startswith("def reference("), name


def test_constants_are_evaluated_without_python():
    with pytest.raises(SourceError, match="64 bits"):
        syntax.evaluate(ast.parse("4611686018427387904 * 4", mode="eval").body, {})
    for text in ("__import__('os')", "[].append(1)", "9 ** 9 ** 9", "'a' * 10**9", "open('x')"):
        program = source.read(f"N = {text}\n" + FUNCTION.format(name="f"))
        assert program.constants == {}
