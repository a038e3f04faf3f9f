"""Files read into programs: definitions, factories, constants, and what is left out."""

import ast

import pytest

from viz.errors import RequestError, SourceError
from viz.frontend import syntax
from viz.frontend.examples import examples, gallery, relax_examples, wrong_examples
from viz.frontend.extract import extract
from viz.frontend.program import Metadata, read
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
    program = read(text)
    assert [d.name for d in program.definitions] == ["f"]
    assert extract(program).variables == {"N": 8, "NAME": "x"}
    assert program.namespaces == {"TIR": "T"}
    lines = Text(text)
    left_out = {
        (lines.position(statement.span.start).line, statement.message)
        for statement in program.left_out
    }
    assert left_out == {
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
    program = read(f"class TestG:\n    if True:\n{inner}\n")
    extracted = extract(program)
    assert extracted.patched().string.strip() == FUNCTION.format(name="g").strip()


def test_the_extracted_text_keeps_lines_and_maps_back():
    text = "# 变量\r\nx = 1\r\n" + FUNCTION.format(name="f").replace("\n", "\r\n") + "print(1)\r\n"
    patched = extract(read(text)).patched()
    assert Text(patched.string).line_count == Text(text).line_count
    start = patched.string.index("A[i] + 1.0")
    origin = patched.origin(Span(start, start + 10))
    assert text[origin.start : origin.end] == "A[i] + 1.0"


def test_a_factory_gets_its_arguments_and_computes_its_constants():
    text = (
        "def make(N, M=2):\n    K = N * M\n    @T.prim_func\n"
        '    def f(A: T.Buffer((K,), "float32")):\n        A[0] = 1.0\n    return f\n'
    )
    program = read(text)
    assert program.definitions[0].kind == "factory"
    assert extract(program, arguments={"N": 8}).variables["K"] == 16
    with pytest.raises(RequestError, match="needs a value for N"):
        extract(program)
    with pytest.raises(RequestError, match="no argument named 'Q'"):
        extract(program, arguments={"N": 8, "Q": 1})


SIZED = """@T.prim_func
def f(A: T.Buffer((N,), "float32")):
    A[0] = 1.0
"""


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "value", "left_out_lines"),
    [
        (f"N = 8\n{SIZED}N = 16\n", 8, []),
        (f"N = 8\nN *= 2\n{SIZED}", 16, []),
        (f"N = 8\nN = int(sys.argv[1])\n{SIZED}", None, [2]),
        (f"N = 8\nN += len(x)\n{SIZED}", None, [2]),
        (f"N = 8\nfor N in range(3):\n    pass\n{SIZED}", None, [2]),
        (f"N = 8\nimport numpy as N\n{SIZED}", None, [2]),
        (f"N: int\nM = N = K = 128\n{SIZED}", 128, []),
        (f"M, N = 8, 4\n{SIZED}", 4, []),
        (f"S = (2, 3)\nN = 1 << S[1]\n{SIZED}", 8, []),
        (f"N = 2 ** 3 ** 2\n{SIZED}", 512, []),
        (f"BIG = 4 > 2\nif BIG:\n    N = 8\nelse:\n    N = 4\n{SIZED}", 8, [5]),
        (f"N = 2\nif cond():\n    N = 8\n{SIZED}", None, []),
        (f"N = 2\nclass K:\n    N = 4\n{indented(SIZED)}N = 3\n", 4, []),
        (f"N = 2\nclass K:\n    N = 4\n    @T.prim_func\n    def g(): pass\n{SIZED}", 2, []),
    ],
)
def test_a_definition_gets_the_constants_in_force_where_it_stands(text, value, left_out_lines):
    program = read(text)
    assert extract(program, "f").variables.get("N") == value
    lines = Text(text)
    assert [
        lines.position(statement.span.start).line for statement in program.left_out
    ] == left_out_lines


INNER = '    @T.prim_func\n    def {}(A: T.Buffer((K,), "float32")):\n        A[0] = 1.0\n'


@pytest.mark.parametrize(
    ("head", "body", "arguments", "expected"),
    [
        (
            "N",
            "    K: int = N + 1\n{f}    sch = tvm.tir.Schedule(f)\n    return sch.mod\n",
            8,
            ("f", 9),
        ),
        ("N=2*4, M=-1", "    K = N * M\n{f}    return f\n", None, ("f", -8)),
        ("N=2", "    K = N\n{f}    K = 5\n{g}    return g\n", None, ("g", 5)),
        ("N=2", "    K = N\n{f}    K = 5\n{g}    return f\n", None, ("f", 2)),
        ("N=2", "    K = N\n    if N > 4:\n{if_}    else:\n{ig}    return f\n", 8, ("f", 8)),
        ("N=2", "    if N > 4:\n        return 0\n    K = N\n{f}{g}    return g\n", None, ("g", 2)),
        ("N", "    if N < 0:\n        raise ValueError\n    K = N\n{f}    return f\n", 8, ("f", 8)),
        ("N", "    if flag():\n        K = N\n{if_}        return f\n", 8, ("f", 8)),
        ("N", "    K = N\n{f}{g}    return pick()\n", 8, "which definition make returns"),
        (
            "N",
            "    K = N\n    if pick():\n{if_}    else:\n{ig}    return f\n",
            8,
            "which definition",
        ),
        ("N", "    K = ask(N)\n{f}    return f\n", 8, "`K` is no constant"),
        ("N", "    K = N\n{f}    return f\n", None, "needs a value for N"),
    ],
)
def test_a_factory_gives_what_it_returns(head, body, arguments, expected):
    pieces = {"f": INNER.format("f"), "g": INNER.format("g")}
    pieces |= {"if_": indented(pieces["f"]), "ig": indented(pieces["g"])}
    program = read(f"def make({head}):\n" + body.format(**pieces))
    factory_arguments = {} if arguments is None else {"N": arguments}
    if isinstance(expected, str):
        with pytest.raises((SourceError, RequestError), match=expected) as caught:
            extract(program, arguments=factory_arguments)
        assert "needs" not in expected or "--arg N=8" in caught.value.hint
    else:
        extracted = extract(program, arguments=factory_arguments)
        assert (extracted.nodes[0].name, extracted.variables["K"]) == expected


def test_a_factory_sees_the_whole_file():
    program = read("K = 1\ndef make():\n" + INNER.format("f") + "K = 2\n")
    assert extract(program).variables["K"] == 2


@pytest.mark.parametrize(
    ("text", "line", "left_out"),
    [
        (FUNCTION + "{again}", 5, {"an earlier definition of f"}),
        ("if x():\n{inner}else:\n{inner}", 7, {"an earlier definition of f"}),
        ("if False:\n{inner}else:\n{inner}", 7, {"a branch not taken"}),
        ("try:\n{inner}except E:\n{inner}", 2, {"an earlier definition of f"}),
        ("try:\n    pass\nexcept E:\n{inner}", 4, set()),
    ],
)
def test_the_definition_that_python_would_see(text, line, left_out):
    whole = FUNCTION.format(name="f")
    text = text.format(name="f", again=whole, inner=indented(whole))
    program = read(text)
    lines = Text(text)
    assert [lines.position(d.span.start).line for d in program.definitions] == [line]
    assert {statement.message for statement in program.left_out} == left_out


@pytest.mark.parametrize("value", ["(8,)", "[8, 16]", "{'n': 'many'}", "{1: 2}", "8"])
def test_a_users_own_sizes_are_a_constant(value):
    program = read(f"SIZES = {value}\nRANGES = {value}\n" + FUNCTION.format(name="f"))
    assert program.metadata == Metadata()
    assert ("SIZES" in extract(program).variables) == ("{" not in value)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "nothing here yet", "Paste"),
        ("  \n\n", "nothing here yet", "Paste"),
        ("x" * 1_000_000, "200,000", "only the functions"),
        ("\x00\x01PNG", "control characters", "text"),
        ("def f(:\n", "not Python", "Mend this line"),
        ("    x = 1\n  y = 2\n", "not Python", "Mend this line"),
        ("```python\nx\n```", "no TVMScript", "@T.prim_func"),
        (">>> x = 1", "no TVMScript", "@T.prim_func"),
        ("%time x", "no TVMScript", "@T.prim_func"),
        ("x = 1", "no TVMScript", "@T.prim_func"),
        ("A = te.compute((8,), lambda i: i)\n", "tensor expression", "create_prim_func([A])"),
        ("class M(nn.Module):\n    pass\n", "no TVMScript", "exported"),
        ('def f(A: T.Buffer((8,), "float32")):\n    A[0] = 1.0\n', "no TVMScript", "line above"),
        ("(" * 5000, "", ""),
        (
            "if a:\n    N = 1\n" + "elif a:\n    N = 2\n" * 600 + "else:\n" + indented(SIZED),
            "deeply",
            "",
        ),
        ("-" * 100_000 + "1", "", ""),
    ],
)
def test_bad_input_is_refused_in_plain_words(text, message, hint):
    with pytest.raises(SourceError) as caught:
        read(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_syntax_error_is_placed_in_the_users_text():
    text = "变量 = 1\n\tx = = 2\n"
    with pytest.raises(SourceError) as caught:
        read(text)
    assert caught.value.span is not None
    assert Text(text).position(caught.value.span.start).line == 2


def test_every_example_says_what_it_teaches():
    for name, example in gallery().items():
        assert example.title, name
        assert len(example.description) > 60, name
        program = read(example.text)
        assert program.metadata.reference.startswith("def reference("), name
        if example.wrong:
            assert example.description.endswith("?"), name


def test_an_example_says_for_which_targets_it_is_shown():
    function = FUNCTION.format(name="f")
    assert read(function).metadata.targets == ()
    assert read(function + 'TARGETS = ("cuda", "opencl")').metadata.targets == ("cuda", "opencl")
    # A constant of the user's own of that name is no such list, and stays a constant.
    for value in ('("cuda", "tpu")', "3", '{"cuda": 1}', "__import__('os')"):
        assert read(f"TARGETS = {value}\n{function}").metadata.targets == (), value
    for value in ("8", '("cuda", "c")'):
        assert "TARGETS" in extract(read(f"TARGETS = {value}\n{function}")).variables


def test_every_shipped_program_has_a_name_of_its_own():
    assert not examples().keys() & wrong_examples().keys()
    assert [example.wrong for example in wrong_examples().values()] == [True] * 3
    assert gallery().keys() == examples().keys() | relax_examples().keys() | wrong_examples().keys()


def test_constants_are_evaluated_without_python():
    with pytest.raises(SourceError, match="64 bits"):
        syntax.evaluate(ast.parse("4611686018427387904 * 4", mode="eval").body, {})
    known = {"dtype": "int8", "n": 4}
    for text in ('f"{dtype}x{n * 2}"', '"int" + "8x" + "8"'):
        assert syntax.evaluate(ast.parse(text, mode="eval").body, known) == "int8x8"
    doubled = "N = 'ab'\n" + "N = N + N\n" * 40 + FUNCTION.format(name="f")
    assert extract(read(doubled)).variables == {}
    for text in (
        "f'{1:>1000000}'",
        "f'{[]!r}'",
        "__import__('os')",
        "[].append(1)",
        "9 ** 9 ** 9",
        "'a' * 10**9",
        "open('x')",
    ):
        program = read(f"N = {text}\n" + FUNCTION.format(name="f"))
        assert extract(program).variables == {}
