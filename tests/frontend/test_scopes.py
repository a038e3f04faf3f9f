"""Definitions inside tests and fixtures: which are offered, and which arguments they need."""

from pathlib import Path

import pytest

from viz.errors import RequestError
from viz.frontend.extract import extract
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.text import Span

CASES = Path(__file__).parents[1] / "cases" / "forms"
KERNEL = """@T.prim_func
def {name}(A: T.Buffer(({extent},), "{dtype}")):
    A[0] = T.{dtype}(1)
"""


def kernel(name: str = "f", extent: str = "8", indent: int = 4) -> str:
    text = KERNEL.format(name=name, extent=extent, dtype="int32")
    return "".join(" " * indent + line for line in text.splitlines(keepends=True))


def test_a_kernel_in_a_test_method_needs_no_values():
    program = read((CASES / "kernel_in_a_test_method.py").read_text(encoding="utf-8"))
    parsed = parse(program, gated=True)
    assert [definition.arguments for definition in program.definitions] == [()]
    assert [gv.name_hint for gv in parsed.mod.functions] == ["copy_rows"]


BOTH = (
    "def test_it({parameters}):\n"
    + kernel("before", "{extent}")
    + kernel("expected")
    + "    check(before, expected)\n"
)


@pytest.mark.parametrize(
    ("text", "names", "arguments", "extent"),
    [
        (BOTH.format(parameters="self, target", extent="8"), ["before", "expected"], [], 8),
        (BOTH.format(parameters="n", extent="n"), ["before", "expected"], ["n"], None),
        (BOTH.format(parameters="n=4", extent="n"), ["before", "expected"], ["n"], 4),
        ("def test_it(n):\n    m = n * 2\n    k = len(n)\n" + kernel("f", "m"), ["test_it"], ["n"], None),
        ("def test_it(n, k):\n    if k:\n        m = n\n    else:\n        m = 2 * n\n" + kernel("f", "m"), ["test_it"], ["n", "k"], None),
        ("def test_it(f, A):\n    B = A\n" + kernel("f", "8"), ["test_it"], [], 8),
        ("@pytest.mark.parametrize('n', [16, 32])\ndef test_it(n):\n" + kernel("f", "n"), ["test_it"], ["n"], 16),
        ("@pytest.mark.parametrize('k, n', [(1, 2), (3, 4)])\ndef test_it(n, k):\n" + kernel("f", "n"), ["test_it"], ["n"], 2),
        ("n = tvm.testing.parameter(4, 8)\n@pytest.fixture\ndef mod(n):\n" + kernel("f", "n") + "    return f\n", ["mod"], ["n"], 4),
        ("class TestA:\n" + kernel("before") + "class TestB:\n" + kernel("before") + kernel("after"), ["TestA.before", "TestB.before", "after"], [], 8),
        ("def test_a():\n" + kernel("f") + kernel("g") + "def test_b(x):\n" + kernel("f") + kernel("h"), ["test_a.f", "g", "test_b.f", "h"], [], 8),
        ("def test_it():\n    def make(n):\n" + kernel("f", "n", 8) + "        return f\n" + kernel("g") + "    check(make(8), g)\n", ["make", "g"], ["n"], None),
        ("class TestIt(tvm.testing.CompareBeforeAfter):\n    def before(A: T.Buffer((8,), 'int32')):\n        A[0] = 1\n    expected = before\n", ["before"], [], 8),
    ],
)  # fmt: skip
def test_the_definitions_of_tests_are_offered_with_what_they_need(text, names, arguments, extent):
    program = read(text)
    assert [definition.name for definition in program.definitions] == names
    first = program.definitions[0]
    assert [argument.name for argument in first.arguments] == arguments
    if extent is None:
        with pytest.raises(RequestError, match="needs a value for"):
            extract(program)
        mod = parse(program, arguments=dict.fromkeys(arguments, 6), gated=True).mod
    else:
        mod = parse(program, gated=True).mod
        assert int(next(iter(mod.functions.values())).params[0].ty.shape[0]) == extent
    for definition in program.definitions[1:]:
        given = {argument.name: 6 for argument in definition.arguments}
        assert extract(program, definition.name, given).definition is definition
    assert not [left for left in program.left_out if "check" in left.message]


def test_values_change_the_constants_of_a_test():
    text = (
        "def test_it(n=4):\n    m = n * 2\n" + kernel("f", "m") + "    m = 1\n" + kernel("g", "m")
    )
    program = read(text)
    for name, given, extent in [("f", {}, 8), ("f", {"n": 5}, 10), ("g", {"n": 5}, 1)]:
        assert extract(program, name, given).variables["m"] == extent
    with pytest.raises(RequestError, match="no argument named 'q'"):
        extract(program, "f", {"q": 1})


def test_an_argument_that_is_not_needed_may_be_given():
    program = read("def test_it(self, target):\n" + kernel())
    assert extract(program, arguments={"self": 0}).nodes[0].name == "f"


@pytest.mark.parametrize(
    ("body", "is_block"),
    [
        ("        for i in range(8):\n            A[i] = 1\n", False),
        ("        with T.sblock('b'):\n            A[0] = 1\n", True),
    ],
)
def test_an_undecorated_function_of_a_test_is_decorated(body, is_block):
    head = "class TestIt(BaseBeforeAfter):\n    def before(A: T.Buffer((8,), 'int32')):\n"
    parsed = parse(read(head + body), gated=True)
    assert bool(parsed.mod["before"].attrs.get("s_tir", False)) == is_block
    store = parsed.patched.string.index("A[")
    assert (head + body)[parsed.patched.origin(Span(store, store + 2)).start :].startswith("A[")


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def before(A: T.Buffer((8,), 'int32')):\n        A[0] = 1\n",
        "class A(B):\n    def before(self):\n        A[0] = 1\n",
        "class A(B):\n    def main(A: T.Buffer((8,), 'int32')):\n        A[0] = 1\n",
        "class A(B):\n    @fixture\n    def before(A: T.Buffer((8,), 'int32')):\n        A[0] = 1\n",
    ],
)
def test_other_functions_without_a_decorator_are_python(text):
    assert [d.name for d in read(text + kernel(indent=0)).definitions] == ["f"]
