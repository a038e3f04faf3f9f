"""Older spellings and what they are replaced by."""

import pytest

from viz.frontend import program
from viz.frontend.dialect import rewrite
from viz.frontend.dialect.spelling_rules import RULES
from viz.frontend.examples import examples
from viz.frontend.extract import extract
from viz.messages import messages
from viz.text import Text

HEAD = "from tvm.script import tir as T\n@T.prim_func\ndef f(a: T.handle, A: T.Buffer((8,), 'float16')):\n"


def upgraded(body: str, head: str = HEAD) -> str:
    text = head + "\n".join("    " + line for line in body.splitlines()) + "\n"
    extracted = extract(program.read(text))
    patched = extracted.patched(rewrite.upgrade(extracted).patches)
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
        ("A[0] = tvm.tir.exp(A[1])", "A[0] = tvm.tirx.exp(A[1])"),
        ('T.func_attr({"tir.noalias": True})', 'T.func_attr({"tirx.noalias": True})'),
        ("A[0:8:2] = A[a:a + 4]", "A[T.Ramp(0, 2, 4)] = A[T.Ramp(a, 1, 4)]"),
        (
            "A[0:4] = 2\nT.Buffer[8]",
            "A[T.Ramp(0, 1, 4)] = T.Broadcast(T.float16(2), 4)\nT.Buffer(8)",
        ),
        ("T.reads(A[0:4])\nT.ret(0)", "T.reads(A[0:4])\nreturn 0"),
        ("x = T.Let(y, 1, y * 2)", "x = T.Let(y * 2, where={y: 1})"),
        ("x = T.let(y, 1, y * 2.5)", "x = T.Let(where={y: 1}, expr=y * 2.5)"),
        ("T.call_tir(f, a)", "f(a)"),
        ('T.Call("int32", op, [a])', 'T.Call(op, [a], ret_ty="int32")'),
        (
            'T.target("cuda -arch=sm_80 -keys=cuda,gpu")',
            'T.target({"kind": "cuda", "arch": "sm_80", "keys": ["cuda", "gpu"]})',
        ),
        ('I.vdevice("llvm -opt-level=0", 0)', 'I.vdevice({"kind": "llvm", "opt-level": 0}, 0)'),
        (
            'T.allocate_const([1, -2], "int8", [2])\nC = T.allocate_const([1, -2], "int8", [2])',
            'T.allocate_const([1, -2], "int8", [2])\nC = T.alloc_buffer((2,), "int8"); C[0] = T.int8(1); C[1] = T.int8(-2)',
        ),
        ("T.simdgroup_load(C.data, 0, A.data, 8)", "T.metal.simdgroup_load(C.data, 0, A.data, 8)"),
        (
            'T.ptx_cp_async(C.data, 0, A.data, 0, 16, dtype="float16")',
            'T.s_tir.cp_async_raw("float16", C.data, 0, A.data, 0, 16)',
        ),
        (
            "T.ptx.mbarrier.init(C.data, 1)\nT.ptx.mbarrier.init.b64(C.data, 1)",
            "T.ptx.mbarrier.init.shared.b64(C.data, 1)\nT.ptx.mbarrier.init.b64(C.data, 1)",
        ),
        (
            'x: T.let = T.tvm_struct_get(a, 12, 12, "int64")\nT.tvm_struct_set(a, 0, 10, x)',
            'x: T.let = T.tvm_struct_get(a, 12, 15, "int64")\nT.tvm_struct_set(a, 0, 10, x)',
        ),
        ("T.evaluate(T.ret(a + 1))", "return a + 1"),
        ("T.ret(1)", "return 1"),
        (
            "T.call_llvm_intrin('int32xvscalex4', 'llvm.experimental.stepvector')",
            "T.call_llvm_intrin('int32xvscalex4', 'llvm.stepvector')",
        ),
        ('n = T.var("int32")', "n = T.int32()"),
        ("for i in T.range(0, 8):\n    A[i] = A[0]", "for i in T.serial(0, 8):\n    A[i] = A[0]"),
        ('B = T.match_buffer(a, (8,), type="auto")', "B = T.match_buffer(a, (8,))"),
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
        ("T.ret(A[0] * 0.1)", "return A[0] * T.float16(0.1)"),
        ("T.ret(\n    A[0]\n    * 0.1)", "return (A[0]\n    * T.float16(0.1))"),
        (
            "with T.LetStmt(A[0] * 0.1) as x:\n    A[0] = x * 0.5",
            "x: T.let = A[0] * T.float16(0.1)\nA[0] = x * T.float16(0.5)",
        ),
        (
            'x = T.var("float16")\nwith T.let(x, a):\n    A[0] = x * 2.0',
            "pass\nx: T.let = a\nA[0] = x * T.float16(2.0)",
        ),
        (
            "x = T.float32()\nwith T.LetStmt(a, var=x):\n    A[0] = x",
            "pass\nx: T.let = a\nA[0] = x",
        ),
        (
            'C = T.allocate([8], "float32")\nwith T.decl_buffer((8,), "float32", data=C) as D:\n    D[0] = 1.0',
            'C = T.alloc_buffer((8,), "float32")\nD = T.decl_buffer((8,), "float32", data=C.data)\nD[0] = 1.0',
        ),
        (
            'D = T.buffer_decl((8,), "float32", data=C)',
            'D = T.decl_buffer((8,), "float32", data=C)',
        ),
        (
            'C = T.allocate([8], "int32")\nC[0] = C[1]',
            'C = T.alloc_buffer((8,), "int32")\nC[0] = C[1]',
        ),
        (
            '"""tir.a"""\nT.call_extern("int32", "tir.b", "tir.c")',
            '"""tir.a"""\nT.call_extern("int32", "tir.b", "tir.c")',
        ),
        ('T.call_intrin("float32", "tir.exp", a)', 'T.call_intrin("float32", "tirx.exp", a)'),
        (
            'I = T.match_buffer(a, [8], "int32")\nA[0] = I[0] * 0.5',
            'I = T.match_buffer(a, [8], "int32")\nA[0] = I[0] * 0.5',
        ),
    ],
)
def test_old_spellings_become_todays(old, new):
    assert upgraded(old) == new


def whole(text: str) -> str:
    extracted = extract(program.read(text))
    return extracted.patched(rewrite.upgrade(extracted).patches).string


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        ('A: T.Buffer((8,), "float16")', ""),
        ("A: T.Buffer((8,), dtype)", ""),
        ("A: T.Buffer[(8,), dtype]", ""),
        ("a: T.handle", "    A = T.match_buffer(a, [8], dtype)\n"),
        ("a: T.handle", "    A = T.match_buffer(a, shape=[8], dtype=dtype)\n"),
        ("a: T.handle", "    A = T.alloc_buffer([8], dtype)\n"),
    ],
)
def test_a_number_takes_the_dtype_of_its_own_function(declared, body):
    function = f"    @T.prim_func\n    def f({declared}):\n    {body}        A[0] = A[0] * 0.1\n"
    other = (
        '    @T.prim_func\n    def {}(A: T.Buffer((8,), "float32")):\n        A[0] = A[0] * 0.1\n'
    )
    text = (
        "dtype = 'float16'\n@I.ir_module\nclass M:\n"
        + other.format("e")
        + function
        + other.format("g")
    )
    lines = [line.strip() for line in whole(text).splitlines() if "0.1" in line]
    assert [line.partition("* ")[2] for line in lines] == [
        "T.float32(0.1)",
        "T.float16(0.1)",
        "T.float32(0.1)",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@T.prim_func(\n    private=True,\n)", "@T.prim_func(\n    private=True, s_tir=True,\n)"),
        ("@T.prim_func(private=True)", "@T.prim_func(private=True, s_tir=True)"),
        ("@T.prim_func()", "@T.prim_func(s_tir=True)"),
        ("@prim_func", "@T.prim_func(s_tir=True)"),
        ("@prim_func(private=True)", "@T.prim_func(private=True, s_tir=True)"),
        ("@tvm.script.tir.prim_func", "@T.prim_func(s_tir=True)"),
    ],
)
def test_decorators_of_block_programs(old, new):
    body = "\ndef f():\n    with T.block('b'):\n        pass\n"
    assert whole(old + body).strip() == (new + body.replace("T.block", "T.sblock")).strip()


def test_a_statement_of_several_lines_can_stand_where_a_body_moves_left():
    text = (
        "def make():\n    @T.prim_func\n    def f(A: T.Buffer((8,), 'float16')):\n"
        "        with T.let(x, 1):\n            C = T.allocate(\n                [8],\n                'int8')\n"
        "            A[x] = 1.0\n"
    )
    assert [line for line in whole(text).splitlines() if line][2:] == [
        "    x: T.let = 1",
        "    C = T.alloc_buffer((8,), 'int8')",
        "    A[x] = 1.0",
    ]


def test_buffer_annotations_become_calls():
    text = '@T.prim_func\ndef f(A: T.Buffer[(8, 2), "float32"]):\n    A[0, 0] = 1.0\n'
    extracted = extract(program.read(text))
    upgrade = rewrite.upgrade(extracted)
    assert upgrade.certain
    assert 'A: T.Buffer((8, 2), "float32")' in extracted.patched(upgrade.patches).string


def test_aliases_are_followed():
    text = "from tvm.script import tir as X\n@X.prim_func\ndef f():\n    with X.block('b'):\n        pass\n"
    extracted = extract(program.read(text))
    assert "with X.sblock('b')" in extracted.patched(rewrite.upgrade(extracted).patches).string


def test_the_notes_program_and_the_edits_it_needs():
    text = examples()["add_one"].text
    extracted = extract(program.read(text))
    lines = Text(text)
    edits = [
        (lines.line(lines.position(e.span.start).line).strip(), e.new)
        for e in rewrite.upgrade(extracted).edits
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
            extracted = extract(program.read(examples()[name].text))
            assert not rewrite.upgrade(extracted).certain, name


@pytest.mark.parametrize("note", sorted({rule.note for rule in RULES}))
def test_what_a_rule_tells_has_its_words(note):
    assert messages()[note].hint is None
