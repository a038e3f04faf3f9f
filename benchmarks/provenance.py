"""What provenance costs: python benchmarks/provenance.py.

Side by side in one process, for an unrolled 128³ CUDA matmul and for functions of 1,000 to 10,000
nodes: TVM's own parse, default schedule and build, over our Overview with its passes and Source
with marks and origins. Only ratios mean something, but for the limit on large functions.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"  # neither side calls nvcc

import tvm  # noqa: E402

from viz.engine import codegen, service  # noqa: E402
from viz.engine.schedule import schedule_for_gpu  # noqa: E402
from viz.model import OverviewPart, Request, SourcePart  # noqa: E402

ROUNDS = 7
MOST = 2.0
"""Overview and Source with marks of the matmul, over the build."""
SECONDS = 2.0
"""Marks of a function of 10,000 nodes."""

MATMUL = """
@T.prim_func(s_tir=True)
def matmul(
    A: T.Buffer((128, 128), "float32"),
    B: T.Buffer((128, 128), "float32"),
    C: T.Buffer((128, 128), "float32"),
):
    for i, j, k in T.grid(128, 128, 128):
        with T.sblock("C"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float32(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]
"""


def long(statements: int) -> str:
    """Return a function of so many different stores."""
    lines = [
        f"        A[i * {n % 7 + 1} + {n}] = A[i + {n}] * T.float32({n}) + A[i * 2 + {n % 11}]"
        for n in range(statements)
    ]
    head = '@T.prim_func\ndef long(A: T.Buffer((65536,), "float32")):\n    for i in range(64):\n'
    return head + "\n".join(lines)


def build(text: str, target: str) -> None:
    """Do what a user of TVM does, and take the text."""
    mod = tvm.IRModule({"main": tvm.script.from_source(text)})
    named = codegen.target_of(target)
    scheduled = schedule_for_gpu(mod, named)[0] if codegen.row_of(target).gpu else mod
    built = tvm.compile(scheduled, target=named).mod
    for each in (built, *built.imports):
        each.inspect_source()


def ours(text: str, target: str) -> None:
    """Answer the two requests."""
    for part in OverviewPart(passes=True), SourcePart():
        service.answer(Request(text=text, target=target, part=part))


def seconds(work: Callable[[str, str], object], text: str, target: str) -> float:
    """Return the seconds of one call, without the garbage collector: workers have it off too."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    work(text, target)
    taken = time.perf_counter() - start
    gc.enable()
    return taken


def main() -> int:
    """Print the table; return 1 where a threshold is missed."""
    times = [(seconds(ours, MATMUL, "cuda"), seconds(build, MATMUL, "cuda")) for _ in range(ROUNDS)]
    mine, tvms = (statistics.median(each) for each in zip(*times, strict=True))
    ratio = mine / tvms
    print(f"128³ matmul, CUDA: {mine * 1e3:.0f} ms over {tvms * 1e3:.0f} ms of build: {ratio:.2f}")
    print(f"  threshold {MOST}")
    good = ratio <= MOST
    for statements in (50, 200, 450):
        request = Request(text=long(statements), part=SourcePart(), target="c")
        source = service.answer(request)
        nodes = max(origin.node for origin in source.origins) + 1
        plain = Request(text=long(statements), part=SourcePart(marks=False), target="c")
        with_marks, without = (
            min(seconds(lambda *_, r=each: service.answer(r), "", "") for _ in range(3))
            for each in (request, plain)
        )
        print(
            f"{nodes:,} nodes: marks and origins {with_marks - without:.2f} s,"
            f" {with_marks / without:.2f} times the source without, {source.emissions[0].verified}"
        )
        good = good and (nodes > 10_500 or with_marks - without <= SECONDS)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
