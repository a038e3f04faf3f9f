"""Assertions of viz.testing: their messages, and unit tests of TVM written with them."""

import subprocess
import sys
from pathlib import Path

import pytest
import tvm

import viz
from tests.support.programs.examples import parsed
from viz.errors import LoweringError, RequestError, VizError
from viz.frontend.examples import examples
from viz.testing import (
    anywhere,
    assert_ast,
    assert_pass_changes,
    assert_pass_keeps,
    assert_source,
    node,
    nowhere,
)
from viz.testing.nodes import (
    LT,
    Add,
    BufferStore,
    Call,
    FloatImm,
    For,
    IfThenElse,
    IRModule,
    Mul,
    PrimFunc,
    SBlock,
    SBlockRealize,
    SeqStmt,
    TensorLoad,
    Var,
)
from viz.testing.pattern_match import Matcher

ROOT = Path(__file__).resolve().parents[2]
IF_DOUBLE, VECTOR_ADD, MATMUL = (
    examples()[name].text for name in ("if_double", "vector_add", "matmul")
)


def failure(helper, *arguments, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        helper(*arguments, **options)
    return str(caught.value)


# ---------------------------------------------------------------- unit tests of TVM itself


def test_if_double_is_a_loop_with_a_branch_without_else():
    doubled = BufferStore(indices=["i"], value=Mul(a=TensorLoad("x[i]"), b=2))
    branch = IfThenElse(condition=LT(b=5), then_case=doubled, else_case=None)
    body = For(loop_var="i", extent=32, body=branch)
    assert_ast(IF_DOUBLE, IRModule(main=PrimFunc(body=body, attrs={"tirx.noalias": True})))


def test_vector_add_becomes_a_kernel_of_one_store():
    assert_source(
        VECTOR_ADD,
        "cuda",
        """
        COM: the kernel comes before the host's code, and no loop is left in it
        CHECK: __launch_bounds__([[THREADS:[0-9]+]]) main_kernel({{.*}}) {
        CHECK-NOT: for (
        CHECK: C_ptr[((((int)blockIdx.x) * [[THREADS]]) + ((int)threadIdx.x))] =
        CHECK-NEXT: }
        CHECK: Host code (C)
        """,
    )
    assert_source(VECTOR_ADD, "cuda", "CHECK-NOT: __global__", part="host")


def test_flatten_buffer_leaves_one_index_a_buffer():
    assert_pass_changes(MATMUL, "c", "tirx.FlattenBuffer")
    two = BufferStore(indices=[..., ..., Var(), Var()])
    assert_ast(MATMUL, two, stage="s_tir.LowerOpaqueBlock")
    assert_ast(MATMUL, nowhere(two), stage="tirx.FlattenBuffer")
    assert_ast(MATMUL, BufferStore(indices=[Add(a=Mul(b=128))]), stage="FlattenBuffer")


def test_blocks_are_gone_before_the_codegen():
    assert_ast(MATMUL, SBlock("C", init=BufferStore(value=0.0)))
    assert_ast(MATMUL, nowhere(node("s_tir.SBlock")), stage="final", target="cuda")
    assert_pass_keeps(VECTOR_ADD, "c", "LowerInitBlock")
    assert_pass_changes(MATMUL, "c", "LowerInitBlock")


def test_a_while_tests_its_condition_inside():
    directives = """
        CHECK: for (int32_t i = 0; i < 256; ++i) {
        CHECK: while (1) {
        CHECK-NEXT: if (!({{.*}})) { break; }
        """
    assert_source(examples()["collatz"].text, "c", directives)


# ---------------------------------------------------------------- patterns


def loops(text: str) -> viz.Tree:
    """The tree of a function whose body is ``text``, over A: float32[8] and n: int32."""
    program = "@T.prim_func\ndef f(A: T.Buffer((8,), 'float32'), n: T.int32):\n"
    return viz.inspect(program + "".join(f"    {line}\n" for line in text.splitlines()), []).tree


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        (For(), True),
        (node("tirx.For"), True),
        (For("for i in range(8)"), True),
        (For(extent=8), True),
        (For(extent=9), False),
        (For(extent=8.0), False),
        (For(extent="8"), True),
        (For(extent=True), False),
        (For(loop_var=Var("i", dtype="int32")), True),
        (For(loop_var=Var("i", dtype="int64")), False),
        (For(annotations=None), True),
        (For(body=None), False),
        (For(body=...), True),
        (For(no_such_field=...), False),
        (For(body=[BufferStore()]), False),
        (For(body=[BufferStore(), BufferStore()]), True),
        (For(body=[BufferStore(), ...]), True),
        (For(body=[..., BufferStore(value=2.0)]), True),
        (For(body=[..., BufferStore(value=1.0)]), False),
        (For(body=[..., BufferStore(value=1.0), ...]), True),
        (For(body=[..., BufferStore(), BufferStore(), BufferStore(), ...]), False),
        (For(body=SeqStmt(seq=[..., BufferStore(value=pytest.approx(2.0))])), True),
        (For(body=anywhere(FloatImm(2.0))), True),
        (For(body=anywhere(FloatImm(3.0))), False),
        (For(body=nowhere(FloatImm(3.0))), True),
        (For(body=nowhere(FloatImm(2.0))), False),
        (PrimFunc(body=[For()], params=["A", "n"]), True),
        (PrimFunc(params=["n", "A"]), False),
        (PrimFunc(params=[..., "n"], attrs={"global_symbol": "f"}), True),
        (PrimFunc(attrs={"global_symbol": "g"}), False),
        (PrimFunc(attrs={"no_such_key": ...}), False),
        (PrimFunc(attrs={"no_such_key": None}), True),
        (node(..., dtype="float32"), True),
        (node(..., dtype="float64"), False),
        (nowhere(IfThenElse()), True),
        (nowhere(For()), False),
        (anywhere(For()), True),
    ],
    ids=repr,
)
def test_what_a_pattern_matches(pattern, holds):
    tree = loops("for i in range(8):\n    A[i] = 1.0\n    A[i] = 2.0")
    if holds:
        assert_ast(tree, pattern)
    else:
        failure(assert_ast, tree, pattern)


def test_the_first_node_that_matches_is_returned():
    tree = loops("for i in range(4):\n    A[i] = 1.0\nfor j in range(8):\n    A[j] = 1.0")
    assert assert_ast(tree, For()).path == "f.body.seq[0]"
    assert assert_ast(tree, For(extent=8)).path == "f.body.seq[1]"


def test_a_call_by_what_it_calls():
    tree = loops("A[0] = T.exp(A[1])")
    assert_ast(tree, Call("exp", op="tirx.exp", args=[TensorLoad()]))
    failure(assert_ast, tree, Call("log"))


def test_a_slip_in_a_type_never_passes():
    with pytest.raises(ValueError, match="no node type named 'Fro'; did you mean For"):
        node("Fro")
    with pytest.raises(ImportError):
        from viz.testing.nodes import BufferStor  # noqa: F401


def test_the_nearest_node_is_pointed_at():
    pattern = For(body=SBlockRealize(block=SBlock(body=BufferStore(value=Add(a=..., b=2.0)))))
    message = failure(assert_ast, examples()["add_one"].text, pattern)
    path = "main.body.block.body"
    assert f"nearest: {path} (for i in range(8))" in message
    assert f"  {path}.body.block.body.value.b: expected 2.0, found FloatImm 1.0\n" in message
    lines = message.splitlines()
    assert [line.split(":")[1].strip() for line in lines if line.endswith("  ✓")] == [
        "For i in range(8)  ✓",
        "SBlockRealize  ✓",
        'SBlock "B"  ✓',
        "BufferStore B[vi] = …  ✓",
        "Add +  float32  ✓",
    ]
    assert [line.strip(" │└├─") for line in lines if "✗" in line] == [
        "b: FloatImm 1.0  ✗ expected 2.0"
    ]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (For(bod=...), "f.body.bod: expected ..., found no such field; there are kind, loop_var"),
        (For(extent=9), "extent: IntImm 8  ✗ expected 9"),  # folded by default
        (For(body=[BufferStore()]), "f.body.body[1]: expected no more, found BufferStore A[i] = …"),
        (For(body=[BufferStore()] * 3), "f.body.body: expected BufferStore(), found nothing"),
        (PrimFunc(params="A"), "f.params: expected 'A', found a sequence of 2: write it in [ ]"),
        (PrimFunc(attrs={"x": 1}), "expected 1, found no such key; there are global_symbol"),
        (IfThenElse(), "nothing in it is near; the tree has "),
        (nowhere(FloatImm(2.0)), "FloatImm 2.0  ✗ expected no FloatImm(2.0)"),
    ],
    ids=repr,
)
def test_unmet_demands_stand_in_the_message(pattern, words):
    tree = loops("for i in range(8):\n    A[i] = 1.0\n    A[i] = 2.0")
    assert words in failure(assert_ast, tree, pattern)


def test_every_note_stands_at_its_own_line():
    """The line of a node is counted, not looked up, so each node of a larger tree is tried."""
    tree = viz.inspect(examples()["softmax"].text, []).tree
    for checked in tree.nodes:
        if checked.kind == "stmt":
            message = failure(assert_ast, tree, nowhere(node(checked.type_key)))
            first = next(n for n in tree.nodes if n.type_key == checked.type_key)
            (line,) = [line for line in message.splitlines() if "✗" in line]
            assert f": {first.title} " in f"{line} "


def test_of_a_large_tree_only_the_neighbourhood_is_shown():
    text = "\n".join(f"A[{i % 8}] = A[{i % 7}] + {i}.0" for i in range(200))
    tree = loops(text)
    message = failure(assert_ast, tree, BufferStore(value=Add(a=TensorLoad("A[3]"), b=123.0)))
    assert "BufferStore A[3] = …  ✓" in message
    assert len(message.splitlines()) < 20
    assert "seq[199]" not in failure(assert_ast, tree, IfThenElse())


def test_sequences_align_as_a_reader_would():
    tree = loops("A[0] = 0.0\nA[1] = 1.0\nA[2] = 2.0\nA[3] = 3.0")
    wanted = [BufferStore(value=float(i)) for i in (0, 2, 3)]
    report = Matcher(tree).match(PrimFunc(body=wanted), 1)
    assert report.cost == 1
    assert [miss.where for miss in report.misses] == ["f.body[1]"]


# ---------------------------------------------------------------- sources


def test_filecheck_says_where_and_the_text_is_shown():
    message = failure(
        assert_source,
        VECTOR_ADD,
        "c",
        "// CHECK: for (int32_t i = 0; i < 4096; ++i) {\n// CHECK-NEXT: C[i] = (A[i] - B[i]);",
    )
    assert 'directive:2: error: Couldn\'t match "C[i] = (A[i] - B[i]);".' in message
    (where,) = set(
        line.strip() for line in message.splitlines() if line.endswith("C[i] = (A[i] + B[i]);")
    )
    assert f"Current position at c:{where.split(' |')[0]}:1\n" in message
    assert "\x1b" not in message


@pytest.mark.parametrize(
    ("directives", "words"),
    [
        ("CHECK: for (\nCHECK-NOT: return 0;", "excluded string found"),
        ("CHECK-LABEL: no_such_function", "Could not find label"),
        ("CHECK-COUNT-3: for (", "Couldn't match"),
        ("CHECK: {{[}}", "Malformed regex"),
        ("CHECK: [[NAME]]", "referenced before assignment"),
        ("CHECK: int32_t main [[NAME]]", "referenced before assignment"),
        ("CHECK: [[#N+1]]", "filecheck gave up"),
        ("", "No check strings found"),
        ("CHECK: return 0;\nCHECK-NEXT: }\nCHECK-NEXT: }", "filecheck gave up|Couldn't match"),
    ],
)
def test_a_source_that_does_not_match(directives, words):
    with pytest.raises(AssertionError, match=words):
        assert_source(VECTOR_ADD, "c", directives)


def test_a_slip_in_a_directive_never_passes():
    with pytest.raises(ValueError, match="line 2 is no FileCheck directive: 'CHECK-NXT: }'"):
        assert_source(VECTOR_ADD, "c", "CHECK: for (\nCHECK-NXT: }")


def test_python_is_a_source_too():
    assert_source(
        examples()["if_double"].text, "python", "CHECK: if x[i] < 5:\nCHECK-NEXT: x[i] = x[i] * 2"
    )
    extern = "@T.prim_func\ndef f():\n    T.evaluate(T.call_extern('int32', 'getchar'))\n"
    with pytest.raises(VizError, match=r"has no rule for tirx\.call_extern"):
        assert_source(extern, "python", "CHECK: def")


def test_the_parts_of_a_source():
    assert_source(MATMUL, "cuda", "CHECK: __global__\nCHECK-NOT: TVMFFI", part="device")
    assert_source(MATMUL, "llvm", "CHECK: .text\nCHECK-NOT: define", form="assembly")
    assert_source(
        MATMUL, "llvm", "CHECK: define\nCHECK: ; --{{.*}}Assembly\nCHECK: .text".replace("; ", "# ")
    )
    with pytest.raises(RequestError, match="c has no device text"):
        assert_source(MATMUL, "c", "CHECK: x", part="device")


def test_options_reach_the_target():
    options = viz.Options(config={"tirx.disable_vectorize": True})
    text = examples()["loop_kinds"].text
    assert_source(text, "c", "CHECK: int32_t16")
    assert_source(text, "c", "CHECK-NOT: int32_t16", options=options)
    assert_pass_changes(text, "c", "tirx.VectorizeLoop", options=options)
    assert "Ramp" in failure(assert_ast, text, nowhere(node("Ramp")), stage="final")
    assert_ast(text, nowhere(node("Ramp")), stage="final", options=options)


# ---------------------------------------------------------------- passes


def test_a_pass_that_changes_nothing():
    message = failure(assert_pass_changes, IF_DOUBLE, "c", "UnrollLoop")
    assert message.startswith(
        "UnrollLoop changed nothing for c\nThe passes that changed something:"
    )
    assert "tirx.MakePackedAPI" in message
    assert "tirx.UnrollLoop" not in message
    assert "nothing in 3 runs" in failure(assert_pass_changes, IF_DOUBLE, "c", "ThreadSync")


def test_a_pass_that_changes_something_is_shown_as_a_diff():
    message = failure(assert_pass_keeps, MATMUL, "c", "tirx.FlattenBuffer")
    assert "-                C[i, j] = T.float32(0.0)\n" in message
    assert "+                C_1[i * 128 + j] = T.float32(0.0)\n" in message
    assert "changed the program for c, as pass " in message


@pytest.mark.parametrize("helper", [assert_pass_changes, assert_pass_keeps])
def test_an_unknown_pass_never_passes(helper):
    message = failure(helper, MATMUL, "c", "tirx.FlatenBuffer")
    assert "no pass named 'tirx.FlatenBuffer' runs for c; did you mean" in message
    assert "tirx.FlattenBuffer" in message.splitlines()[0]


def test_a_build_that_fails_is_no_pass_that_keeps():
    bound = examples()["matmul_gpu"].text
    with pytest.raises(LoweringError):
        assert_pass_keeps(bound, "c", "LowerIntrin")
    with pytest.raises(RequestError, match="no target named"):
        assert_pass_keeps(MATMUL, "klingon", "LowerIntrin")


# ---------------------------------------------------------------- programs


def test_modules_are_taken_and_stay_as_they_are():
    mod = parsed("matmul").mod
    before = mod.script()
    assert_ast(mod, SBlock("C"))
    assert_source(mod, "c", "CHECK: k < 128")
    assert_pass_changes(mod, "cuda", "UnrollLoop")
    assert mod.script() == before
    with pytest.raises(TypeError, match="a PrimFunc goes into one"):
        assert_ast(mod["main"], For())
    assert_ast(tvm.IRModule({"main": mod["main"]}), For())


def test_what_cannot_be_read_is_no_failed_assertion():
    with pytest.raises(viz.VizError):
        assert_ast("x = 1", For())
    with pytest.raises(RequestError, match="no stage 999"):
        assert_ast(MATMUL, For(), stage=999)


@pytest.mark.parametrize("wrong", ["tirx.For", For], ids=["a name", "a factory"])
def test_what_is_no_pattern_says_so(wrong):
    with pytest.raises(TypeError, match=r"is no pattern; write For\(\)"):
        assert_ast(MATMUL, wrong)


def test_importing_the_helpers_imports_no_tvm():
    code = (
        "import sys, viz.testing, viz.testing.nodes\n"
        "viz.testing.nodes.For(extent=8)\n"
        "assert not {'tvm', 'tvm_ffi'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
