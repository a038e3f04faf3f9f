import pytest

from viz import dialect, source
from viz.examples import examples
from viz.extract import extract
from viz.text import Text

HEAD = "from tvm.script import tir as T\n@T.prim_func\ndef f(a: T.handle, A: T.Buffer((8,), 'float16')):\n"


def upgraded(body: str, head: str = HEAD) -> str:
    text = head + "\n".join("    " + line for line in body.splitlines()) + "\n"
    extracted = extract(source.read(text))
    patched = extracted.patched(dialect.upgrade(extracted).patches)
    lines = [line[4:] for line in patched.string.splitlines()[3:]]
    return "\n".join(lines).rstrip()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T.block_attr({'a': 1})", "T.sblock_attr({'a': 1})"),
        (
            "with T.block('b'):\n    C = T.alloc_buffer((8,))",
            "with T.sblock('b'):\n    C = T.sblock_alloc_buffer((8,))",
        ),
        ('T.func_attr({"tir.noalias": True})', 'T.func_attr({"tirx.noalias": True})'),
        ("T.evaluate(T.ret(a + 1))", "return a + 1"),
        ("T.ret(1)", "return 1"),
        ('n = T.var("int32")', "n = T.int32()"),
        ("x: T.int32 = 1", "x: T.let[T.int32] = 1"),
        ("x = T.LetStmt(a)", "x: T.let = a"),
        ("with T.let(x, a):\n    A[0] = x", "x: T.let = a\nA[0] = x"),
        ("with T.LetStmt(a) as x:\n    # why\n    A[0] = x", "x: T.let = a\n# why\nA[0] = x"),
        (
            'C = T.allocate([8, 2], "float32", "local")\nD = T.Buffer((16,), data=C, scope="local")',
            'C = T.alloc_buffer((8, 2,), "float32", scope="local")\nD = T.decl_buffer((16,), data=C.data, scope="local")',
        ),
        ("A[0] = A[1] * 2.0 + -1.5", "A[0] = A[1] * T.float16(2.0) + T.float16(-1.5)"),
        ("A[0] = T.max(A[0], 0.0)", "A[0] = T.max(A[0], T.float16(0.0))"),
        ("A[0] = 1.0", "A[0] = 1.0"),
        ("n = T.int32(is_size_var=True)", "n = T.int32()"),
    ],
)
def test_old_spellings_become_todays(old, new):
    assert upgraded(old) == new


def test_buffer_annotations_become_calls():
    text = '@T.prim_func\ndef f(A: T.Buffer[(8, 2), "float32"]):\n    A[0, 0] = 1.0\n'
    extracted = extract(source.read(text))
    found = dialect.upgrade(extracted)
    assert found.certain
    assert 'A: T.Buffer((8, 2), "float32")' in extracted.patched(found.patches).string


def test_aliases_are_followed():
    text = "from tvm.script import tir as X\n@X.prim_func\ndef f():\n    with X.block('b'):\n        pass\n"
    extracted = extract(source.read(text))
    assert "with X.sblock('b')" in extracted.patched(dialect.upgrade(extracted).patches).string


def test_the_notes_program_and_the_edits_it_needs():
    text = examples()["add_one"].text
    extracted = extract(source.read(text))
    lines = Text(text)
    edits = [
        (lines.line(lines.position(e.span.start).line).strip(), e.new)
        for e in dialect.upgrade(extracted).edits
    ]
    assert edits == [
        ("@T.prim_func", "(s_tir=True)"),
        ('T.func_attr({"global_symbol": "main", "tir.noalias": True})', "tirx."),
        ('with T.block("B"):', "sblock"),
        ("B[vi] = A[vi] + 1.0", "T.float32(1.0)"),
    ]


def test_todays_text_is_left_alone():
    for name in examples():
        if name != "add_one":
            extracted = extract(source.read(examples()[name].text))
            assert not dialect.upgrade(extracted).certain, name
