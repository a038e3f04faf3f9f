"""Today's dialect in the spelling of 2024: the program is the same, or it is refused politely."""

import pytest

from tests.support.attacks.harmful_programs import ATTACKS
from tests.support.legacy import require_legacy_tvm

require_legacy_tvm()

import tvm  # noqa: E402

from viz.errors import ParseError, RefusedError, SourceError  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.legacy import parse as parsing  # noqa: E402
from viz.legacy.parse import parse  # noqa: E402

HEAD = "(A: T.Buffer((8,), 'float32'), n: T.int32):\n"

SAME = [
    # a body in today's dialect, with its decorator's options, and in that of 2024
    (
        "(s_tir=True)",
        """
    T.func_attr({"tirx.noalias": True})
    C = T.sblock_alloc_buffer((8,), "float32")
    for i in range(8):
        with T.sblock("b"):
            vi = T.axis.spatial(8, i)
            T.sblock_attr({"k": 1})
            C[vi] = tvm.tirx.exp(A[vi])
""",
        """
    T.func_attr({"tir.noalias": True})
    C = T.alloc_buffer((8,), "float32")
    for i in range(8):
        with T.block("b"):
            vi = T.axis.spatial(8, i)
            T.block_attr({"k": 1})
            C[vi] = tvm.tir.exp(A[vi])
""",
    ),
    (
        "",
        """
    x: T.let[T.float32] = A[0]
    y: T.let = A[1]
    for i in range(8):
        S = T.alloc_shared((4,), "float32")
        L = T.alloc_buffer((4,), "float32", "local")
        S[0], L[0] = x, y
        A[i] = T.call_intrin("float32", "tirx.exp", S[0]) + L[0]
""".replace("S[0], L[0] = x, y", "S[0] = x\n        L[0] = y"),
        """
    x: T.float32 = A[0]
    y = A[1]
    for i in range(8):
        S = T.decl_buffer((4,), "float32", scope="shared")
        L = T.decl_buffer((4,), "float32", scope="local")
        S[0] = x
        L[0] = y
        A[i] = T.call_intrin("float32", "tir.exp", S[0]) + L[0]
""",
    ),
    (
        "(s_tir=True)",
        """
    total: T.float32 = 0.0
    last: T.int32
    once: T.int32 = n
    for i in range(8):
        total += A[i]
        last = i + once
    if 0 <= n < 8 and total > 0.0:
        A[n] = total + T.bfloat16(last)
""",
        """
    total = T.decl_buffer((1,), "float32", scope="local")
    total[0] = 0.0
    last = T.decl_buffer((1,), "int32", scope="local")
    once: T.int32 = n
    for i in range(8):
        total[0] += A[i]
        last[0] = i + once
    if 0 <= n and n < 8 and total[0] > 0.0:
        A[n] = total[0] + T.Cast("bfloat16", last[0])
""",
    ),
]


def program(body, options=""):
    return f"@T.prim_func{options}\ndef f{HEAD}{body.lstrip(chr(10))}"


@pytest.mark.parametrize(("options", "today", "then"), SAME)
def test_the_program_is_the_same(options, today, then):
    text = program(today, options or "(private=True)").replace("range(8)", "T.serial(8)")
    text = f"from tvm.script import tirx as T\n{text}"
    brought = parse(read(text), gated=True)
    written = parse(read(program(then, "" if options else "(private=True)")), gated=True)
    assert not written.edits
    functions = [next(iter(each.mod.functions.values())) for each in (brought, written)]
    tvm.ir.assert_structural_equal(*functions)
    for edit in brought.edits:
        assert text[edit.span.start : edit.span.end] == edit.old
        assert edit.text("en") != edit.text("zh")
    # The text that is shown is the one that was read.
    assert not parse(read(brought.upgraded), gated=True).respellings


OLDER = """
@T.prim_func
def f(a: T.handle, b: T.handle) -> None:
    A = T.match_buffer(a, (8,), "float32")
    B = T.match_buffer(b, (8,), "float32")
    for i in range(8):
        with T.block([8], "copy") as [vi]:
            T.bind(vi, i)
            B[vi] = A[vi]
"""


def test_a_program_of_2021_is_read_too():
    parsed = parse(read(OLDER), gated=True)
    assert {edit.until for edit in parsed.edits} >= {"0.8.dev0"}
    assert 'with T.block("copy")' in str(parsed.mod.script())
    assert "T.sblock" not in parsed.upgraded


def test_a_program_of_2024_is_taken_word_for_word():
    text = program(SAME[0][2]).replace("tvm.tir", "T")
    text = text.replace("    for i", "    x = A[0] * A[1]\n    for i", 1)
    parsed = parse(read(text), gated=True)
    assert not parsed.edits
    assert not parsed.upgraded


def test_a_name_that_changes_without_a_dtype_is_refused_at_its_place():
    body = "    x = A[0]\n    x = x + A[1]\n    A[2] = x\n"
    text = f"from tvm.script import tirx as T\n{program(body)}"
    with pytest.raises(ParseError) as caught:
        parse(read(text), gated=True)
    assert caught.value.what.id == "down-changing-name"
    assert text[caught.value.span.start :].startswith("x = ")


@pytest.mark.parametrize(
    "attack", [pytest.param(each, id=each.name) for each in ATTACKS if each.stop == "text"]
)
def test_the_gate_stops_what_it_stops_today(attack, monkeypatch):
    def unread(*arguments):
        raise AssertionError("TVM's parser got it")

    monkeypatch.setattr(parsing, "_parse", unread)
    with pytest.raises((RefusedError, ParseError, SourceError)):
        parse(read(attack.aimed("/marker")), gated=True)
