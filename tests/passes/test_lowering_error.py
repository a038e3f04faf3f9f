"""Exceptions of passes and codegens: explained in plain words, at the user's line."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from viz.errors import LoweringError, ParseError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import Request, SourcePart
from viz.service.engine.dispatch import answer
from viz.text import Text


class Failing(NamedTuple):
    """A program that a target cannot have: the id of the message, and a piece of the line."""

    target: str
    id: str
    line: str
    text: str


SYNC = """
@T.prim_func
def rotate(A: T.Buffer((64,), "int32"), B: T.Buffer((64,), "int32")):
    tile = T.alloc_buffer((64,), "int32", scope="shared")
    tx = T.launch_thread("threadIdx.x", 64)
    if tx < A[0]:
        for step in range(4):
            tile[tx] = A[tx] + step
            B[tx] = tile[(tx + 1) % 64]
"""

SYMBOL = """
@T.prim_func
def rows(a: T.handle, b: T.handle):
    m = T.int32()
    A = T.match_buffer(a, (m * 4,))
    B = T.match_buffer(b, (m * 4,))
    for i in range(m * 4):
        B[i] = A[i]
"""

EXP = """
@T.prim_func
def f(B: T.Buffer((16,), "float32")):
    for i in range(16):
        B[i] = T.Cast("float32", T.exp(i))
"""

BOOL = """
@T.prim_func
def prod(A: T.Buffer((4,), "bool"), B: T.Buffer((4,), "bool")):
    for i in range(4):
        B[i] = A[i] * B[i]
"""

INT4 = """
@T.prim_func
def pack(A: T.Buffer((4,), "int32"), B: T.Buffer((4,), "int4")):
    for i in range(4):
        B[i] = T.Cast("int4", A[i])
"""

THREADS = """
@T.prim_func
def f(A: T.Buffer((4,), "int32")):
    for i in T.thread_binding(4, thread="threadIdx.x"):
        A[i] = 0
"""

INDEX = """
@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = B[i] + A[T.Cast("float32", i)]
"""

TYPE = """
@T.prim_func(s_tir=True)
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "int4")):
    for i in range(64):
        with T.sblock("b"):
            vi = T.axis.spatial(64, i)
            B[vi] = A[vi]
"""

EMPTY = """
@T.prim_func(s_tir=True)
def f(A: T.Buffer((8,), "float32")):
    for i, j in T.grid(8, 0):
        with T.sblock("b"):
            vi, vj = T.axis.remap("SS", [i, j])
            A[vi] = 0.0
"""

SCOPE = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    T.device_entry()
    block = T.cta_id([1])
    thread = T.thread_id()
    A[thread] = 0.0
"""

READ = """
@T.prim_func
def f(N: T.Buffer((1,), "int32"), A: T.Buffer((64,), "float32")):
    for i in T.thread_binding(N[0], thread="threadIdx.x"):
        A[i] = 0.0
"""

MISNAMED = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    for i in T.thread_binding(64, thread="threadIdx.q"):
        A[i] = 0.0
"""

RETURNED = """
@T.prim_func
def f(A: T.Buffer((8,), "float32")){type}:
    B = T.alloc_buffer((8,), "float32")
    for i in range(8):
        B[i] = A[i]
    return B
"""

HELPER = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def clamp(value: T.float32) -> T.float32:
        return T.max(value, T.float32(0))

    @T.prim_func
    def act(A: T.Buffer((64,), "float32")):
        for i in T.thread_binding(64, thread="threadIdx.x"):
            A[i] = Module.clamp(A[i])
"""

PUBLIC_HELPER = """
@I.ir_module
class Module:
    @T.prim_func
    def step(x: T.handle("float32"), i: T.int32):
        X = T.decl_buffer((64,), "float32", data=x)
        X[i] = X[i] * T.float32(2)

    @T.prim_func
    def act(A: T.Buffer((64,), "float32")):
        for i in T.thread_binding(64, thread="threadIdx.x"):
            Module.step(A.data, i)
"""

VECTOR = """
@T.prim_func
def f(A: T.Buffer((64,), "{dtype}"), B: T.Buffer((64,), "{dtype}")):
    for i in T.thread_binding(8, thread="threadIdx.x"):
        for v in T.vectorized({extent}):
            B[i * {extent} + v] = A[i * {extent} + v] + A[i]
"""

LENGTH = """
@T.prim_func
def f(A: T.Buffer((64,), "float32"), n: T.int32):
    for j in T.serial(2):
        for i in T.{kind}(n):
            A[i] = 0.0
"""

NO_ENTRY = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    for i in range(2):
        thread = T.{member}([32])
        A[i * 32 + thread] = 0.0
"""

ENTRY_BELOW = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    block = T.cta_id([2])
    T.device_entry()
    thread = T.thread_id([32])
    A[block * 32 + thread] = 0.0
"""

NO_SIZE = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    for i in T.thread_binding(64, thread="threadIdx.x"):
        S = T.alloc_local((0,), "float32")
        A[i] = S[0]
"""

NO_THREADS = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    T.device_entry()
    block = T.cta_id([1])
    for thread in T.thread_binding(64, thread="threadIdx.x"):
        A[thread] = 0.0
"""

HANDED_ON = """
@I.ir_module
class M:
    @T.prim_func
    def one(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
        for i in range(8):
            B[i] = A[i]
    @T.prim_func
    def two(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
        M.one(A, B)
"""

REMAINDER = "T.truncmod(B[i], T.float32(2))"

REDUCER = examples()["rms_norm"].text.replace("T.float32(0)", "T.float32(7)")

FAILING = (
    Failing("c", "index-not-integer", 'T.Cast("float32", i)', INDEX),
    Failing("cuda", "sync-inside-condition", "if tx < A[0]", SYNC),
    Failing("c", "buffer-handed-on", "M.one", HANDED_ON),
    Failing("c", "float-remainder", "T.truncmod", EXP.replace("T.exp(i)", REMAINDER)),
    Failing("cuda", "float-remainder", "T.truncmod", EXP.replace("T.exp(i)", REMAINDER)),
    Failing("c", "number-as-condition", "T.likely", EXP.replace("T.exp(i)", "T.likely(B[i])")),
    Failing("c", "bits-of-dtype", "T.clz", EXP.replace("T.exp(i)", "T.clz(B[i])")),
    Failing("c", "loop-step", "for i in", EXP.replace("range(16)", "range(16, 0, -1)")),
    Failing("c", "unknown-extent", "A = T.match_buffer", SYMBOL),
    Failing("cuda", "unknown-extent", "A = T.match_buffer", SYMBOL),
    Failing("c", "math-of-integer", "T.exp(i)", EXP),
    Failing("llvm", "math-of-integer", "T.exp(i)", EXP),
    Failing("llvm", "bool-arithmetic", "A[i] * B[i]", BOOL),
    Failing("c", "no-type-for", 'B: T.Buffer((4,), "int4")', INT4),
    Failing("cuda", "no-type-for", 'B: T.Buffer((64,), "int4")', TYPE),
    Failing("cuda", "empty-loop", "T.grid(8, 0)", EMPTY),
    Failing("cuda", "scope-without-extent", "T.thread_id()", SCOPE),
    Failing("cuda", "launch-reads-memory", "T.thread_binding(N[0]", READ),
    Failing("cuda", "no-thread-index", 'thread="threadIdx.q"', MISNAMED),
    Failing("c", "returned-buffer", "return B", RETURNED.format(type="")),
    Failing("cuda", "returned-buffer", "return B", RETURNED.format(type=" -> T.Buffer((8,))")),
    Failing("opencl", "no-thread-index", 'thread="threadIdx"', MISNAMED.replace(".q", "")),
    *(
        Failing(target, "no-device-functions", "def clamp", HELPER)
        for target in ("opencl", "metal", "webgpu")
    ),
    Failing("webgpu", "no-double", "A[i", VECTOR.format(dtype="float64", extent=2)),
    Failing(
        "webgpu", "no-vector-type", "T.vectorized(8)", VECTOR.format(dtype="float16", extent=8)
    ),
    Failing("cuda", "no-vector-type", "T.vectorized(8)", VECTOR.format(dtype="int64", extent=8)),
    Failing(
        "cuda", "vector-of-vectors", "T.vectorized(2)", VECTOR.format(dtype="float32x4", extent=2)
    ),
    Failing(
        "llvm",
        "vector-condition",
        "T.vectorized(8)",
        VECTOR.format(dtype="float8_e5m2", extent=8).replace(
            'T.thread_binding(8, thread="threadIdx.x")', "range(8)"
        ),
    ),
    Failing(
        "llvm", "no-conversion", "T.Cast", EXP.replace("T.exp(i)", 'T.Cast("float4_e2m1fn", i)')
    ),
    Failing(
        "c",
        "text-argument",
        "T.call_extern",
        EXP.replace("T.exp(i)", "i") + '    T.evaluate(T.call_extern("int32", "puts", "hi"))\n',
    ),
    Failing("cuda", "called-by-kernel", "def step", PUBLIC_HELPER),
    Failing("cuda", "no-reducer", "T.float32(7)", REDUCER),
    Failing("llvm", "threads-on-cpu", "T.thread_binding", THREADS),
    Failing("c", "vectorized-not-constant", "T.vectorized(n)", LENGTH.format(kind="vectorized")),
    Failing("c", "unrolled-not-constant", "T.unroll(n)", LENGTH.format(kind="unroll")),
    Failing("cuda", "no-device-entry", "T.thread_id", NO_ENTRY.format(member="thread_id")),
    Failing("cuda", "no-device-entry", "T.lane_id", NO_ENTRY.format(member="lane_id")),
    Failing("webgpu", "no-device-entry", "T.cta_id", NO_ENTRY.format(member="cta_id")),
    Failing("cuda", "ids-above-entry", "T.cta_id", ENTRY_BELOW),
    Failing(
        "cuda", "ids-in-blocks", "T.cta_id", SCOPE.replace("prim_func", "prim_func(s_tir=True)")
    ),
    Failing("cuda", "tirx-without-threads", "def f(", NO_THREADS),
    Failing("cuda", "allocation-not-constant", "T.alloc_local((0,)", NO_SIZE),
)


@pytest.mark.parametrize("failing", FAILING, ids=lambda each: f"{each.id}-{each.target}")
def test_a_failed_lowering_is_explained_at_its_line(failing):
    with pytest.raises(LoweringError) as raised:
        answer(Request(text=failing.text, target=failing.target, part=SourcePart()))
    error = raised.value
    assert error.what.id == failing.id
    assert error.hint
    line = Text(failing.text).position(error.span.start).line
    assert failing.line in failing.text.split("\n")[line - 1]


def test_a_dtype_that_does_not_exist_is_refused_where_it_stands():
    text = THREADS.replace("int32", "int33")
    with pytest.raises(ParseError, match="no dtype named int33") as raised:
        parse(read(text))
    assert text[raised.value.span.start : raised.value.span.end] == '"int33"'
    assert "int32" in raised.value.hint


BLOCKS = """
@T.prim_func(s_tir=True)
def f(A: T.Buffer((8, 8), "float32"), B: T.Buffer((8, 8), "float32"), C: T.Buffer((8, 8), "float32")):
    for i in range(8):
"""

UNFIT = {
    "rule-needs-chain": """
        for j in range(8):
            with T.sblock("b"):
                vi, vj = T.axis.remap("SS", [i, j])
                B[vi, vj] = A[vi, vj]
        for j in range(8):
            with T.sblock("c"):
                vi, vj = T.axis.remap("SS", [i, j])
                C[vi, vj] = B[vi, vj]
""",
    "rule-needs-complete": """
        for j in range(8):
            with T.sblock("b"):
                vi, vj = T.axis.remap("SR", [i, j])
                B[vi, 0] = B[vi, 0] + A[vi, vj]
""",
}


@pytest.mark.parametrize("id_", UNFIT)
def test_why_no_rule_of_the_default_schedule_fits_is_said_in_plain_words(id_):
    text = BLOCKS + UNFIT[id_].lstrip("\n")
    with pytest.raises(LoweringError) as raised:
        answer(Request(text=text, target="cuda", part=SourcePart()))
    error = raised.value
    assert error.what.id == "no-rule-fits-because"
    assert [reason.values["why"].id for reason in error.what.values["reasons"]] == [id_]
    assert not re.search(r"tirx\.|s_tir\.|SRef", error.message)
    assert text[error.span.start : error.span.end] == "f"
