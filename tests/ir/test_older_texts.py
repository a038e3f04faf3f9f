"""Texts of older versions of TVM, read as a user would paste them."""

import ast
from pathlib import Path

import pytest

from viz.errors import ParseError, VizError
from viz.frontend import program
from viz.frontend.dialect.obsolete import generation
from viz.ir.parse import parse

CASES = Path(__file__).parents[1] / "cases"

UPGRADES = {
    "2022/parameters_flattened": ("0.9 or 0.10", "T_bag_flat = T.decl_buffer((72,), "),
    "2023/dequantise": ("0.13 to 0.20", '"tirx.noalias": True'),
    "2023/fuzzed_expressions": ("0.13 to 0.20", "T.max(p0[0, a, b, T.Ramp(c * 8, 1, 8)], "),
    "2023/scatter": ("0.13 to 0.20", '"tirx.noalias": True'),
    "2021/matmul": ("2021", "A = T.match_buffer(a, [64, 32], elem_offset=0"),
    "2022/lowered_kernel": ("2022", "A_shared_1[T.Ramp(threadIdx_x * 4, 1, 4)] = "),
    "2023/warp_reduction": ("0.12 to 0.23", "r = T.decl_buffer(1, data=r_data.data, "),
    "2022/warp_product": ("0.24", 'T.ptx_legacy.mma("m8n8k4", "row", "row", "float16", '),
    "2022/let_expression": ("2022", 'T.Let(s * s, where={s: T.cast(i, "float32")})'),
    "2023/pointer_annotation": ("0.12 to 0.23", "q: T.let = T.address_of("),
    "2023/let_statement": ("0.12 to 0.23", "k: T.let = n * 2"),
    "2023/pooled_buffer": ("0.12 to 0.23", 'T.decl_buffer([16], dtype="uint8", data=tile_data)'),
    "2022/target_string": ("0.12 to 0.23", 'T.target({"kind": "llvm", "opt-level": 0})'),
    "2022/async_copy": (
        "0.24",
        'T.s_tir.cp_async_raw("float16", S.data, 8 * tx, G.data, 8 * tx, 16)',
    ),
    "2023/four_bytes": ("0.12 to 0.23", "four: T.let[T.uint8x4] = V[T.Ramp(i * 4, 1, 4)]"),
    "2022/let_of_a_variable": ("2022", "T.Let(k + k, where={k: 3})"),
    "2024/numbered_barriers": (
        "0.12 to 0.23",
        "T.evaluate(T.cuda.mbarrier_wait(T.address_of(barriers[0]), 0))",
    ),
    "2023/attribute_constant": ("0.13 to 0.20", '{"tirx.noalias": True}'),
}
"""The generation that each text looks like, and a piece of the text that it becomes."""


@pytest.mark.parametrize("name", UPGRADES)
def test_an_older_text_is_brought_up_to_date(name):
    text = (CASES / f"{name}.py").read_text()
    parsed = parse(program.read(text), gated=True)
    looks, piece = UPGRADES[name]
    assert looks in str(generation(parsed.edits))
    assert piece in parsed.upgraded
    # What the user gets to keep is today's as it stands.
    again = parse(program.read(parsed.upgraded), gated=True)
    assert not again.edits
    ast.parse(parsed.upgraded)


HEAD = 'def f(A: T.Buffer((16,), "float32"), B: T.Buffer((4, 4), "float32")):\n'


def body(lines: str, decorator: str = "@T.prim_func") -> str:
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"{decorator}\n{HEAD}{indented}"


@pytest.mark.parametrize(
    "lines",
    [
        "A[0:8:2] = A[8:16:2]",
        "A[0:4] = T.float32(0)",
        "A[0:4] = 0",
        "B[1, 0:4] = A[4:8] + T.max(A[0:4], B[2, 0:4])",
        'A[T.int64(0):T.int64(4)] = T.Cast("float32x4", A[T.int64(4):T.int64(8)])',
        'T.store(A.data, 0, T.load("float32", B.data, 5), True)',
        'x = T.var("float32")\nT.store(A.data, T.ramp(0, 1, 4), T.load("float32x4", A.data, T.ramp(4, 1, 4)), T.broadcast(True, 4))',
        'with T.block([16], "b") as [v]:\n    A[v] = 1.0',
        'for i in range(16):\n    with T.block([16], "b") as [v]:\n        A[v] = 1.0',
        'for i in range(4):\n    with T.block([4, T.reduce_axis(0, 4)], "b") as [v, k]:\n        T.bind(v, i)\n        T.bind(k, 0)\n        A[v] = B[v, k]',
        'with T.allocate([4], "float32", "global") as C:\n    with T.block([4], "b") as [v]:\n        A[v] = B[v, 0]',
        'C = T.allocate_const([1.5, -2, 3], "float32", [3])\nD = T.Buffer((3,), "float32", data=C)\nA[0] = D[1]',
        'C = T.buffer_decl((4,), "float32")\nC[0] = A[0]\nA[0] = C[0]',
        "with T.LetStmt(A[0]) as x:\n    A[1] = x\nwith T.LetStmt(A[2]) as x:\n    A[3] = x",
        "A.vstore([T.Ramp(0, 1, 4)], T.Broadcast(T.float32(0), 4), predicate=T.Broadcast(T.bool(True), 4))",
        'for i in T.serial(4, annotations={"k": T.bool(True)}):\n    A.vstore([i], T.float32(0), predicate=T.bool(True))',
        "C = T.alloc_buffer((4,), axis_separators=[])\nC[0] = A[0]",
        'c = T.allocate_const([1.5, 2], "float32", [2])\nfor i in range(2):\n    with T.block("b"):\n        v = T.axis.spatial(2, i)\n        C = T.Buffer((2,), "float32", data=c)\n        T.reads(C[v])\n        T.writes(A[v])\n        A[v] = C[v]',
        'T.realize(A[0:16], "")\nC = T.Buffer((16,))\nT.realize(C[0:4], "")\nC[0] = A[0]',
        'i = T.int32()\nT.attr(i, "pragma_unroll_explicit", 1)\nfor i in range(4):\n    A[i] = T.float32(0)',
        't = T.env_thread("threadIdx.x")\nT.attr(t, "pragma_unroll_explicit", 1)\nT.launch_thread(t, 4)\nA[t] = T.float32(0)',
    ],
)
def test_tvm_reads_what_a_spelling_becomes(lines):
    parsed = parse(program.read(body(lines)), gated=True)
    assert parsed.edits


@pytest.mark.parametrize(
    ("lines", "place", "words"),
    [
        (
            'C = T.Buffer((16,))\nfor i in T.parallel(4):\n    T.realize(C[0:16], "")\n    C[0] = A[0]',
            "T.realize",
            "0.12 to 0.23",
        ),
        ("C = T.alloc_buffer((4,), axis_separators=[1])", "axis_separators=[1]", "0.12 to 0.23"),
        ("T.evaluate(T.ptx_mma_sp())", "T.ptx_mma_sp", "0.24"),
        ("with Tx.compose_op():\n    Tx.add(A, A, T.float32(1))", "Tx.compose_op", "0.26"),
        ("T.ptx.ld(A.data, A[0], 'f32', space='global')", "T.ptx.ld", "0.26"),
        ('T.evaluate(T.ptx_mma("m8n8k4"))', "ptx_mma", "0.24"),
        # Mistakes are told in the words of the user's own text.
        ("A[0] = B[0:4]", "A[0] = B[0:4]", "a whole buffer or a slice of one"),
        ("A[0:4] = undefined[0:4]", "undefined", "`undefined` is not defined"),
        ("with T.block('b'):\n    A[0] = no", "no", "`no` is not defined"),
    ],
)
def test_what_has_no_equivalent_is_named_where_it_stands(lines, place, words):
    text = body(lines)
    with pytest.raises(VizError) as caught:
        parse(program.read(text), gated=True)
    assert isinstance(caught.value, ParseError)
    assert text[caught.value.span.start : caught.value.span.end] == place
    assert words in caught.value.message


def test_a_mistake_in_a_text_of_today_stays_one():
    text = body('C = T.Buffer((4,), "float32")\nA[0] = C[0]')
    with pytest.raises(ParseError, match="not well-formed"):
        parse(program.read(text), gated=True)


def test_constants_of_attributes_are_plain_in_every_text():
    text = body('T.func_attr({"tirx.noalias": T.bool(True)})\nA[0] = T.float32(0)')
    parsed = parse(program.read(text), gated=True)
    assert [edit.new for edit in parsed.edits] == ["True"]
    assert parsed.mod["f"].attrs["tirx.noalias"] is True


@pytest.mark.parametrize("member", ["sblock", "block"])
def test_a_text_of_todays_names_that_lacks_a_mark_is_no_older_one(member):
    text = f"""
@T.prim_func
def f(A: T.Buffer((8,), "float32")):
    S = T.alloc_buffer((8,), "float32")
    for i in range(8):
        with T.{member}("b"):
            vi = T.axis.spatial(8, i)
            S[vi] = A[vi]
"""
    parsed = parse(program.read(text))
    assert any(edit.rule == "prim-func" for edit in parsed.edits)
    assert (generation(parsed.edits) is None) == (member == "sblock")
