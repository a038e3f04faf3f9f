"""Programs of which one run shows one property: what is made up, compared, and found outside."""

from __future__ import annotations

from typing import NamedTuple


class RunProgram(NamedTuple):
    """A program and what a run of it must give.

    Attributes
    ----------
    outputs
        The names of the outputs that are compared, separated by spaces.
    findings
        Of each finding the buffer, the index and the line of the user's text with ``# 1`` at its
        end, ``# 2`` …; 0 where no line is known.
    problems
        The codes of its problems, separated by spaces.
    """

    name: str
    device: str
    text: str
    outputs: str = ""
    findings: tuple[tuple[str, int, int], ...] = ()
    problems: str = ""
    checked: bool = False
    passed: bool = True


SYMBOLS = """@T.prim_func
def flip(a: T.handle, b: T.handle):
    n, c, h, w = T.int64(), T.int64(), T.int64(), T.int64()
    A = T.match_buffer(a, (n, c, h, w))
    B = T.match_buffer(b, (n, c, h, w // 8))
    for i, j, k, l in T.grid(n, c, h, w // 8):
        B[i, j, k, l] = T.float32(0) - A[i, j, k, l]
"""
STEERED = """@T.prim_func
def clear(X: T.Buffer((21,), "float32"), n: T.int32, off: T.int32, flag: T.bool):
    for i in range(n):
        if n != 0 and flag:
            X[i * 2 + off] = T.float32(0)
"""
LOADED = """@T.prim_func
def scatter(I: T.Buffer((8,), "int32"), L: T.Buffer((3,), "int32"), X: T.Buffer((3, 4), "float32")):
    for i in range(3):
        for j in range(L[i]):
            X[i, j] = T.float32(j)
    for i in range(8):
        X[I[i], I[i] + 1] = T.float32(2)
"""
STRIDED = """@T.prim_func
def rows(a: T.handle, b: T.handle, p: T.int32):
    A = T.match_buffer(a, (5, 8), "float16", strides=[p, 1])
    B = T.match_buffer(b, (5, 8), "float16", strides=[11, 1])
    for i, j in T.grid(5, 8):
        B[i, j] = A[i, j] + T.float16(1)

def reference(A, p):
    assert p == 8 and A.shape == (5, 8)
    return A + np.float16(1)
"""
HALF_SUM = """@T.prim_func(s_tir=True)
def dots(W: T.Buffer((300, 2048), "float16"), x: T.Buffer((1, 2048), "float16"),
         y: T.Buffer((1, 300), "float32")):
    half = T.sblock_alloc_buffer((1, 300), "float16")
    for i, j, k in T.grid(1, 300, 2048):
        with T.sblock("dot"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                half[vi, vj] = T.float16(0)
            half[vi, vj] = half[vi, vj] + x[vi, vk] * W[vj, vk]
    for i, j in T.grid(1, 300):
        with T.sblock("cast"):
            vi, vj = T.axis.remap("SS", [i, j])
            y[vi, vj] = T.Cast("float32", half[vi, vj])
"""
CALLEE = """@I.ir_module
class Split:
    @T.prim_func
    def main(X: T.Buffer((12,), "float32"), Y: T.Buffer((12,), "float32")):
        Split.part(X.data, Y.data)

    @T.prim_func(private=True)
    def part(x: T.handle("float32"), y: T.handle("float32")):
        P = T.decl_buffer((12,), "float32", data=x)
        Q = T.decl_buffer((12,), "float32", data=y)
        for i in range(12):
            Q[i] = P[i] + T.float32(1)
"""
BOOL_PRODUCT = """@T.prim_func(s_tir=True)
def prod(x: T.Buffer((4, 16), "bool"), y: T.Buffer((4,), "bool")):
    for i, k in T.grid(4, 16):
        with T.sblock("prod"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                y[vi] = T.bool(True)
            y[vi] = y[vi] * x[vi, vk]
"""
UNWRITTEN_SCALAR = """@T.prim_func
def f(n: T.int32, A: T.Buffer((), "{dtype}")):
    if n < 0:
        A[()] = T.Cast("{dtype}", 1)
"""
PAST_THE_END = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(9):
        B[i] = A[i] + T.float32(1)  # 1

def reference(A):
    return A + 1
"""
BEFORE_THE_BEGINNING = """@T.prim_func
def f(A: T.Buffer((8,), "int8"), B: T.Buffer((8,), "int8")):
    for i in range(8):
        B[i] = A[i]
        B[i - 3] = A[i]  # 1
"""
SEVERAL = """@I.ir_module
class M:
    @T.prim_func
    def main(a: T.handle, B: T.Buffer((8, 4), "float32")):
        n = T.int32()
        A = T.match_buffer(a, (n, 4), "float32")
        L = T.alloc_buffer((4,), "float32", scope="local")
        V = T.Buffer((48,), data=B.data)
        for i in range(8):
            for j in range(5):
                L[j] = A[i, j]  # 1
                V[i * 4 + j] = L[T.Cast("int32", A[i, 0]) % 4] + A[i + 1, j]  # 2
        for i in T.unroll(4):
            V[i + 31] = T.float32(2)  # 3
SIZES = {"n": 8}
"""

FAR_OUTSIDE = """@T.prim_func
def f(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32")):
    for i in range(8):
        B[i * 100000000] = A[i]  # 1
"""

INDENTED = """
    TIMES = 3
    @T.prim_func
    def scale(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32")):
        for i in range(8):
            B[i] = A[i] * TIMES

    def reference(A):
        return A * TIMES
"""

ROOTS = """@T.prim_func
def roots(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32"), C: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = T.sqrt(A[i] - T.float32(100))
        C[i] = T.sqrt(A[i])
"""

RUNS = (
    RunProgram("not_a_number", "llvm", ROOTS, "B C", problems="all-not-numbers some-not-numbers"),
    RunProgram(
        "numbers_again",
        "llvm",
        ROOTS + """RANGES = {"A": (101, 102)}""",
        "B C",
    ),
    RunProgram("extents_fit_together", "llvm", SYMBOLS, "B"),
    RunProgram("integers_that_steer_fit", "c", STEERED, "X", checked=True),
    RunProgram("elements_that_are_indices_fit", "c", LOADED, "X", checked=True),
    RunProgram("declared_strides_on_llvm", "llvm", STRIDED, "B"),
    RunProgram("declared_strides_on_c", "c", STRIDED, "B", checked=True),
    RunProgram("half_sum", "cuda-emulated", HALF_SUM, "y", problems=""),
    RunProgram("written_by_a_callee", "llvm", CALLEE, "Y"),
    RunProgram("c_alone_can", "c", BOOL_PRODUCT, "", problems="uncompared"),
    *(
        RunProgram(
            f"unwritten_{dtype}_of_rank_0",
            "llvm",
            UNWRITTEN_SCALAR.format(dtype=dtype),
            "A",
            problems="unwritten",
            passed=False,
        )
        for dtype in ("float32", "int32", "bool")
    ),
    *(
        RunProgram(
            f"past_the_end_on_{device}",
            device,
            PAST_THE_END,
            "B",
            (("B", 8, 0),),
            problems="unplaced",
            passed=False,
        )
        for device in ("llvm", "c")
    ),
    RunProgram("indented_with_a_reference", "llvm", INDENTED, "B"),
    RunProgram(
        "past_the_end_checked",
        "c",
        PAST_THE_END,
        "B",
        (("A", 8, 1), ("B", 8, 1)),
        checked=True,
        passed=False,
    ),
    RunProgram(
        "before_the_beginning",
        "llvm",
        BEFORE_THE_BEGINNING,
        "B",
        (("B", -1, 0),),
        problems="unplaced",
        passed=False,
    ),
    RunProgram(
        "before_the_beginning_checked",
        "c",
        BEFORE_THE_BEGINNING,
        "",
        (("B", -3, 1),),
        checked=True,
        passed=False,
    ),
    RunProgram(
        "far_outside_checked",
        "c",
        FAR_OUTSIDE,
        "",
        (("B", 100000000, 1),),
        checked=True,
        passed=False,
    ),
    RunProgram(
        "several_buffers_checked",
        "c",
        SEVERAL,
        "",
        (("A", 32, 1), ("L", 4, 1), ("A", 32, 2), ("V", 32, 2), ("V", 32, 3)),
        checked=True,
        passed=False,
    ),
)
