"""Passes that are wrong, each in one way, and what names them: the pass, the line, the text behind.

Each stands in a pipeline between passes of TVM that are right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tvm
from tvm import ir, s_tir, tirx

from viz.ir.labels import operator, type_key
from viz.ir.mutation import mutate

STEPS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((16,), "int32"), B: T.Buffer((16,), "int32"), C: T.Buffer((16,), "float32")):
    for i in range(16):
        B[i] = (A[i] - 7) * 3 // 2
    for j in range(1, 15):
        if A[j] > 4:
            C[j] = T.Cast("float32", B[j - 1]) + T.float32(0.5)
        else:
            C[j] = T.float32(0)
    for k in T.unroll(4):
        C[k * 4] = C[k * 4] - T.float32(1)
"""
SUMS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((6, 8), "int32"), S: T.Buffer((6,), "int32"), D: T.Buffer((6, 8), "int32")):
    for i in range(6):
        S[i] = 0
        for k in range(8):
            S[i] = S[i] + A[i, k]
    for m in range(1, 6):
        for n in range(7):
            D[m, n] = D[m - 1, n + 1] * 2 + S[m]
"""
TILES = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    with T.launch_thread("blockIdx.x", 2) as bx:
        tile = T.alloc_buffer((64,), scope="shared")
        tx = T.launch_thread("threadIdx.x", 64)
        tile[tx] = A[bx * 64 + tx] * T.float32(2)
        if tx > 0:
            B[bx * 64 + tx] = tile[tx - 1]
"""
Change = Callable[[Any, Any], Any]


class WrongPass(NamedTuple):
    """A pass that changes what a program computes."""

    program: str
    passes: list[Any]
    """The wrong one among others."""
    python: str
    """The beginning of the Python statement at fault, in the wrong stage or the one before it."""
    own_text: str
    """The line of the program that it comes from."""
    is_gone: bool = False
    """True where that statement stands in the stage before, and the pass left it out."""


def rebuilt(node: Any, **fields: Any) -> Any:
    """Return a statement or an expression with other fields."""
    names = {
        "tirx.BufferStore": ("buffer", "value", "indices"),
        "tirx.For": ("loop_var", "min", "extent", "kind", "body"),
        "tirx.IfThenElse": ("condition", "then_case", "else_case"),
        "tirx.AttrStmt": ("node", "attr_key", "value", "body"),
    }[type_key(node)]
    return type(node)(*(fields.get(name, getattr(node, name)) for name in names))


def wrong(*changes: tuple[Any, Change]) -> Any:
    """Return a pass that replaces nodes by class; a change that returns None leaves one alone."""

    def callback(change: Change) -> Change:
        def applied(node: Any, mutator: Any) -> Any:
            made = change(node, mutator)
            return mutator.default_mutate(node) if made is None else made

        return applied

    @tvm.transform.module_pass(opt_level=0, name="test.Wrong")
    def changed(mod: Any, context: Any) -> Any:
        callbacks = [(cls, callback(change)) for cls, change in changes]
        functions = {
            name: f.with_body(mutate(f.body, callbacks)) for name, f in mod.functions.items()
        }
        return tvm.IRModule(functions, attrs=mod.attrs)

    return changed


def on_cpu(*changes: tuple[Any, Change]) -> list[Any]:
    return [
        tirx.transform.StmtSimplify(),
        tirx.transform.FlattenBuffer(),
        wrong(*changes),
        tirx.transform.UnrollLoop(),
        tirx.transform.CommonSubexprElim(),
    ]


def on_gpu(*changes: tuple[Any, Change]) -> list[Any]:
    return [
        tirx.transform.StmtSimplify(),
        tirx.transform.FlattenBuffer(),
        s_tir.transform.ThreadSync("shared"),
        wrong(*changes),
        tirx.transform.StmtSimplify(),
    ]


def store_to(buffer: str, change: Callable[[Any], Any]) -> tuple[Any, Change]:
    """Change the stores to a buffer."""

    def changed(node: Any, mutator: Any) -> Any:
        return change(node) if str(node.buffer.name).startswith(buffer) else None

    return tirx.BufferStore, changed


def loop_over(variable: str, change: Callable[[Any], Any]) -> tuple[Any, Change]:
    """Change the loop with a variable of this name."""

    def changed(node: Any, mutator: Any) -> Any:
        return change(node) if str(node.loop_var.name) == variable else None

    return tirx.For, changed


def interchanged(outer: Any) -> Any:
    inner = outer.body
    return rebuilt(inner, body=rebuilt(outer, body=inner.body))


def without_syncs(node: Any, mutator: Any) -> Any:
    is_sync = operator(node.value) == "tirx.tvm_storage_sync"
    return tirx.Evaluate(tirx.const(0, "int32")) if is_sync else None


def thread_extent(node: Any, mutator: Any) -> Any:
    if node.attr_key != "thread_extent" or "threadIdx" not in str(node.node.thread_tag):
        return None
    return rebuilt(node, value=tirx.const(32, "int32"), body=mutator.mutate(node.body))


def constant(value: Any, kind: str) -> Any:
    return tirx.const(value, kind)


def at(loop: Any, value: int) -> Any:
    """Return the body of a loop in one of its rounds."""

    def variable(node: Any, mutator: Any) -> Any:
        is_it = str(node.name) == str(loop.loop_var.name)
        return constant(value, "int32") if is_it else node

    return mutate(loop.body, [(ir.Var, variable)])


NOTHING = tirx.Evaluate(tirx.const(0, "int32"))
B_LINE, C_LINE, ELSE_LINE = (
    "B[i] = (A[i] - 7) * 3 // 2",
    'C[j] = T.Cast("float32", B[j - 1]) + T.float32(0.5)',
    "C[j] = T.float32(0)",
)

PASSES: dict[str, WrongPass] = {
    "swapped operands": WrongPass(
        STEPS,
        on_cpu((tirx.Sub, lambda n, m: tirx.Sub(n.b, n.a) if "21" in str(n) else None)),
        "B_1[i] = (21 - A_1[i] * 3) // 2",
        B_LINE,
    ),
    "a dropped store": WrongPass(
        STEPS,
        on_cpu(store_to("B", lambda n: NOTHING)),
        "B_1[i] = ",
        B_LINE,
        is_gone=True,
    ),
    "an extent one too small": WrongPass(
        STEPS,
        on_cpu(loop_over("i", lambda n: rebuilt(n, extent=constant(15, "int32")))),
        "B_1[i] = ",
        B_LINE,
        is_gone=True,
    ),
    "an extent one too large": WrongPass(
        STEPS,
        on_cpu(loop_over("i", lambda n: rebuilt(n, extent=constant(17, "int32")))),
        "B_1[i] = ",
        B_LINE,
    ),
    "a wrong predicate": WrongPass(
        STEPS,
        on_cpu((tirx.LT, lambda n, m: tirx.LT(n.b, n.a))),
        "C_1[j - 1 + 1] = float32(B_1[j - 1]) + 0.5",
        C_LINE,
        is_gone=True,
    ),
    "a wrong index": WrongPass(
        STEPS,
        on_cpu(store_to("B", lambda n: rebuilt(n, indices=[15 - n.indices[0]]))),
        "B_1[15 - i] = ",
        B_LINE,
    ),
    "a wrong cast": WrongPass(
        STEPS,
        on_cpu((tirx.Cast, lambda n, m: tirx.Cast("float32", tirx.Cast("int8", n.value * 100)))),
        "C_1[j - 1 + 1] = float32(int8(B_1[j - 1] * 100)) + 0.5",
        C_LINE,
    ),
    "a dropped else": WrongPass(
        STEPS,
        on_cpu((tirx.IfThenElse, lambda n, m: rebuilt(n, else_case=None))),
        "C_1[j - 1 + 1] = 0.0",
        ELSE_LINE,
        is_gone=True,
    ),
    "division truncated, not floored": WrongPass(
        STEPS,
        on_cpu((tirx.FloorDiv, lambda n, m: tirx.Div(n.a, n.b))),
        "B_1[i] = truncdiv(A_1[i] * 3 - 21, 2)",
        B_LINE,
    ),
    "a loop unrolled short": WrongPass(
        STEPS,
        on_cpu(
            loop_over(
                "k",
                lambda n: tirx.SeqStmt([at(n, i) for i in range(3)]),
            )
        ),
        "C_1[k * 4] = ",
        "C[k * 4] = C[k * 4] - T.float32(1)",
        is_gone=True,
    ),
    "a wrong initial value": WrongPass(
        SUMS,
        on_cpu(
            store_to(
                "S",
                lambda n: (
                    rebuilt(n, value=constant(1, "int32"))
                    if type_key(n.value) == "ir.IntImm"
                    else None
                ),
            )
        ),
        "S_1[i] = S_1[i] + ",
        "S[i] = S[i] + A[i, k]",
    ),
    "loops reordered against a dependence": WrongPass(
        SUMS,
        on_cpu(loop_over("m", interchanged)),
        "D_1[m * 8 + n] = ",
        "D[m, n] = D[m - 1, n + 1] * 2 + S[m]",
    ),
    "a wrong dtype": WrongPass(
        SUMS,
        on_cpu(
            store_to(
                "D", lambda n: rebuilt(n, value=tirx.Cast("int32", tirx.Cast("int8", n.value)))
            )
        ),
        "D_1[m * 8 + n] = int32(int8(",
        "D[m, n] = D[m - 1, n + 1] * 2 + S[m]",
    ),
    "a dropped barrier": WrongPass(
        TILES,
        on_gpu((tirx.Evaluate, without_syncs)),
        "B_1[bx * 64 + tx] = tile[tx - 1]",
        "B[bx * 64 + tx] = tile[tx - 1]",
    ),
    "a wrong thread extent": WrongPass(
        TILES,
        on_gpu((tirx.AttrStmt, thread_extent)),
        "B_1[bx * 64 + tx] = tile[tx - 1]",
        "B[bx * 64 + tx] = tile[tx - 1]",
        is_gone=True,
    ),
}
"""The wrong passes by what is wrong with them."""
