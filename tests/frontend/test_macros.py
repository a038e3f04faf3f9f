"""Macros written out where they are called: the program that TVM makes of them, or a refusal."""

import importlib.util

import pytest
import tvm

from viz.errors import SourceError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.text import Span, Text

HEAD = "from tvm.script import tirx as T\nN = 16\nVAL = 64\n"

# Each ends with the function f, which TVM parses itself when Python runs the file.
EXACT = {
    "in the body": '''
@T.prim_func
def f(V: T.Buffer((7,), "int32")):
    for i in range(7):

        @T.inline
        def put(step):
            V[i] = V[i] + step

        put(2)
''',
    "a parameter like a variable around": '''
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    x: T.int32 = 10
    @T.inline
    def write(x):
        """Writes it."""
        A[0] = x
    write(T.int32(20))
    A[1] = x
''',
    "outside, with a constant": '''
@T.inline
def write(A):
    A[0] = VAL
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    write(A)
''',
    "a constant that the function hides": '''
@T.macro
def write(B, A):
    B[0] = A[VAL]
@T.prim_func
def f(A: T.Buffer((128,), "int32"), B: T.Buffer((1,), "int32")):
    for VAL in T.serial(10):
        write(B, A)
''',
    "names of where it is called": '''
@T.macro(hygienic=False)
def write(B, A):
    B[0] = A[VAL]
@T.prim_func
def f(A: T.Buffer((128,), "int32"), B: T.Buffer((1,), "int32")):
    for VAL in T.serial(10):
        write(B, A)
''',
    "macros that call macros": '''
@T.inline
def add_one(A, at=0):
    A[at] = A[at] + 1
@T.inline
def add_two(A):
    add_one(A)
    for i in range(4):
        add_one(A, at=i)
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    add_two(A)
    add_two(A)
''',
    "loops of one name": '''
@T.inline
def fill(A, value):
    for i in range(4):
        A[i] = value
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    for i in range(8):
        fill(A, i + 1)
        fill(A, A[i] * 2)
''',
    "an expression as an argument": '''
@T.macro
def scale(A, k):
    A[0] = A[0] * k
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    scale(A, A[1] + 2)
    scale(A, -3)
''',
    "arguments by their number": '''
@T.macro
def add(i, *buffers):
    buffers[0][i] = buffers[1][i] + buffers[2][i]
@T.macro
def add_twice(*all):
    add(0, *all)
    add(N, *all)
    T.evaluate(T.call_extern("int32", "f", *all))
@T.prim_func
def f(A: T.Buffer((128,), "int32"), B: T.Buffer((128,), "int32")):
    add_twice(A, B, A)
    add_twice(B, A, B)
''',
    "a macro as an argument": '''
@T.inline
def apply(fn, A):
    fn(A)
@T.inline
def inc(A):
    A[0] = A[0] + 1
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    apply(inc, A)
''',
    "one that calls itself": '''
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    for x in T.serial(10):
        @T.inline
        def add(x, c):
            if c > 0:
                add(x, c - 1)
            A[x] = A[x] + c
        add(x, 3)
''',
    "a variable that gets its value later": '''
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    @T.inline
    def write(A):
        A[0] = val
    val: T.int32 = 99
    write(A)
''',
    "a store to a variable around": '''
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    n: T.int32 = 0
    @T.inline
    def bump(by):
        n = n + by
        A[n] = by
    bump(1)
    bump(2)
''',
    "variables of its own": '''
@T.inline
def step(A, i):
    y = A[i] * 2
    A[i] = y + y
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    y: T.int32 = 3
    step(A, y)
    step(A, 1)
''',
    "variables of its own, inside": '''
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    @T.inline
    def step(i):
        y = A[i] * 2
        A[i] = y + y
    step(0)
    step(1)
''',
    "blocks": '''
@T.macro
def copy(A, B):
    for i in range(8):
        with T.sblock("copy"):
            vi = T.axis.spatial(8, i)
            B[vi] = A[vi]
@T.prim_func(s_tir=True)
def f(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32"), C: T.Buffer((8,), "int32")):
    copy(A, B)
    copy(B, C)
''',
    "axes of a block": '''
@T.macro
def assign(i, j, k, t1, t2, t3):
    vi, vj, vk = T.axis.remap("SSR", [i, j, k])
    t3[vi, vj] = t3[vi, vj] + t1[vi, vk] * t2[vj, vk]
@T.prim_func(s_tir=True)
def f(A: T.Buffer((8, 8), "float32"), B: T.Buffer((8, 8), "float32"), C: T.Buffer((8, 8), "float32")):
    for i, j, k in T.grid(8, 8, 8):
        with T.sblock("update"):
            assign(i, j, k, t1=A, t2=B, t3=C)
''',
    "an else, and lines that go on": '''
@T.inline
def choose(A, i):
    # which one
    if A[i] > 3:  # the larger
        A[i] = (A[i] +
            1)
    elif A[i] > 1:
        A[i] = 2
    else:
        for j in range(2): A[j] = i
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    for k in range(8):
        choose(A, k)
''',
    "a macro in a macro": '''
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    for x in range(10):
        @T.inline
        def outer(c):
            @T.inline
            def inner(d):
                A[x] = c + d
            inner(1)
            inner(c)
        outer(5)
''',
}  # fmt: skip


def by_tvm(text, folder):
    """Run a file with Python, in which TVM expands the macros; return its function f."""
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


@pytest.mark.parametrize("name", EXACT)
def test_a_macro_is_written_out_as_tvm_expands_it(name, tmp_path):
    text = HEAD + EXACT[name]
    parsed = parse(read(text), "f", gated=True)
    tvm.ir.assert_structural_equal(parsed.mod["f"], by_tvm(text, tmp_path))
    assert any(problem.code == "macro" for problem in parsed.problems)
    assert "inline" not in parsed.patched.string


def test_a_macro_of_an_older_spelling_is_brought_up_to_date():
    text = HEAD + EXACT["blocks"].replace("T.sblock", "T.block").replace("(s_tir=True)", "")
    new = parse(read(HEAD + EXACT["blocks"]), gated=True)
    old = parse(
        read(text.replace("    copy(A, B)\n", '    with T.block("root"):\n        copy(A, B)\n'))
    )
    assert 'T.sblock("copy_1")' in old.mod.script()
    assert 'T.sblock("copy_1")' in new.mod.script()


def test_spans_of_what_a_macro_wrote_are_in_the_macro():
    text = HEAD + EXACT["in the body"]
    parsed = parse(read(text), gated=True)
    store = next(iter(parsed.mod.functions.values())).body.body
    assert Text(text).slice(parsed.user_span(store.span)) == "V[i] = V[i] + step"
    assert Text(text).slice(parsed.user_span(store.value.span)) == "V[i] + step"
    start = parsed.patched.string.index("for i")
    assert Text(text).slice(parsed.patched.origin(Span(start, start + 5))) == "for i"


BODY = """
@T.prim_func
def f(A: T.Buffer((128,), "int32")):
    for i in range(8):
        {}
"""


@pytest.mark.parametrize(
    ("macro", "call", "message"),
    [
        ("def put(A): A[i] = 1", "put(A)", "`i` means another thing"),
        ("def put(**A): A[0] = 1", "put(A)", "`*` among its arguments"),
        ("def put(*A): T.evaluate(put)", "put(A, put)", "`*` among its arguments"),
        ("def put(A): A[0] = 1", "put(*A)", "`*` among its arguments"),
        ("def put(A): A[0] = 1", "put(A, 1)", "takes 1 arguments"),
        ("def put(A): A[0] = 1", "put(A, b=1)", "no such argument: b"),
        ("def put(A, b): A[0] = b", "put(A)", "argument b has no value"),
        ("def put(A, b=open('x')): A[0] = b", "put(A)", "argument b has no value"),
        ("def put(A): return A[0]", "put(A)", "no `return`"),
        ("def put(A): A[0] = 1", "A[0] = put(A)", "used as a value"),
        ("def put(A): A[0] = 1", "T.evaluate(put)", "used as a value"),
        ("def put(A): A[0] = 1", "put(T.alloc_buffer((4,), 'int32'))", "another thing each time"),
        ("def put(A): put(A)", "put(A)", "calls itself too often"),
        ("def put(A):\n    A[0] = 1\n    put(A)\n    put(A)", "put(A)", "too often"),
        ("def put(A): A = 1", "put(A)", "gives it another value"),
    ],
)  # fmt: skip
def test_what_is_not_exact_is_refused_at_its_place(macro, call, message):
    text = f"{HEAD}@T.inline\n{macro}\n{BODY.format(call)}"
    with pytest.raises(SourceError) as caught:
        parse(read(text), gated=True)
    assert message in caught.value.message
    assert (
        "put" in text[caught.value.span.start :].partition("\n")[0]
        or "A" in text[caught.value.span.start :]
    )
    assert caught.value.hint


def test_macros_that_double_end():
    macros = "@T.inline\ndef m0(A): A[0] = 1\n" + "".join(
        f"@T.inline\ndef m{n + 1}(A):\n    m{n}(A)\n    m{n}(A)\n    m{n}(A)\n" for n in range(18)
    )
    with pytest.raises(SourceError, match="too long, written out"):
        parse(read(HEAD + macros + BODY.format("m18(A)")), gated=True)


@pytest.mark.parametrize("kind", ["T.macro", "T.inline", "T.macro(hygienic=False)"])
def test_macros_of_tests_and_factories_are_found(kind):
    macro = f"    @{kind}\n    def put(A):\n        A[0] = 1\n"
    function = '    @T.prim_func\n    def f(A: T.Buffer((8,), "int32")):\n        put(A)\n'
    for text in (
        f"def test():\n{macro}{function}",
        f"def make():\n{macro}{function}    return f\n",
    ):
        assert "A[0] = 1" in parse(read(text), gated=True).mod.script()
    other = macro.replace("= 1", "= 2")
    text = f"def test_a():\n{other}    pass\ndef test_b():\n{macro}{function}"
    assert "A[0] = 1" in parse(read(text), gated=True).mod.script()


def test_what_a_macro_holds_passes_the_gate_too():
    text = f"{HEAD}@T.inline\ndef put(A): A[0] = open('x')\n{BODY.format('put(A)')}"
    with pytest.raises(Exception, match="Python's `open`") as caught:
        parse(read(text), gated=True)
    assert text[caught.value.span.start :].startswith("open")
