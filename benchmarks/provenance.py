"""Time marks and origins against TVM's build: python benchmarks/provenance.py.

In turns in one process, for an unrolled 128³ CUDA matmul: what TVM does by itself (parse, default
schedule, build, text), and three jobs: Overview with a row per pass and Source with marks; the same
with the nodes counted after each pass; the same with the origins of the final nodes, too. Then the
marks of functions of 1,000 to 10,000 nodes. The thresholds are on the processor time of this
process, which a busy machine changes little.

A job does the parse, the lowering and the texts of the build as well, so a ratio of 2 leaves one
build's time for the rest: Python over the nodes of the final module (6,000 here) and two more
emissions of each text with markers. The share of each step is printed.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"  # neither side calls nvcc

import msgspec  # noqa: E402
import tvm  # noqa: E402
from tvm.s_tir import dlight  # noqa: E402

from viz.codegen import emit  # noqa: E402
from viz.codegen.marked_source import marked  # noqa: E402
from viz.codegen.marks.clones import groups  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.ir.parse import parse  # noqa: E402
from viz.ir.process_state import own_process  # noqa: E402
from viz.ir.walker import occurrences  # noqa: E402
from viz.model import OriginsPart, OverviewPart, Part, Request, SourcePart  # noqa: E402
from viz.passes import gpu_schedule, pipeline, targets  # noqa: E402
from viz.passes.origins.origins import origins  # noqa: E402
from viz.passes.recording import Recording, record  # noqa: E402
from viz.service.engine import dispatch  # noqa: E402
from viz.targets.rows import row_of  # noqa: E402

ROUNDS = 15
TVMS, JOB = "TVM's build", "Overview and Source with marks"
MOST = 2.0
"""The largest ratio of Overview and Source with marks of the matmul to the build."""
SECONDS = 2.0
"""The longest time for the marks of a function of 10,000 nodes."""

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


class CallSeconds(NamedTuple):
    """Seconds of one call: of this process, and on the wall."""

    own: float
    wall: float


def timed(work: Callable[[], object]) -> CallSeconds:
    """Return the seconds of one call, without the garbage collector: workers have it off too."""
    gc.collect()
    gc.disable()
    wall, own = time.perf_counter(), time.process_time()
    work()
    seconds = CallSeconds(time.process_time() - own, time.perf_counter() - wall)
    gc.enable()
    return seconds


def build(text: str, target: str) -> None:
    """Parse, schedule and build as a user of TVM does, and take the texts."""
    mod = tvm.IRModule({"main": tvm.script.from_source(text)})
    named = targets.target_of(target)
    if row_of(target).gpu:
        with named:
            rules = [getattr(dlight.gpu, rule)() for rule in gpu_schedule.RULES]
            mod = dlight.ApplyDefaultSchedule(*rules)(mod)
    built = tvm.compile(mod, target=named).mod
    for module in (built, *built.imports):
        module.inspect_source()


LEAST = (OverviewPart(passes=True), SourcePart())
COUNTED = (OverviewPart(passes=True, counts=True), SourcePart())


def answer(text: str, target: str, parts: Iterable[Part]) -> None:
    """Answer the parts of one text as one job does."""
    answers = dispatch.Answers()
    for part in parts:
        answers.answer(Request(text=text, target=target, part=part))


def shares(text: str, target: str) -> dict[str, Callable[[], object]]:
    """Return the steps of a job by name, and TVM's own for the first two."""
    parsed = parse(read(text))
    recording = record(parsed.mod, target)
    nodes = occurrences(recording.stage("final"))
    return {
        "TVM's parse": lambda: tvm.script.from_source(text),
        "TVM's schedule and lowering": lambda: pipeline.lower(parsed.mod, target),
        "parse": lambda: parse(read(text)),
        "schedule and lowering, recorded": lambda: record(parsed.mod, target),
        "rows of the passes": lambda: record_again(recording).rows(),
        "rows with counts": lambda: record_again(recording).rows(counts=True),
        "texts": lambda: emit.writings(recording.built()),
        "nodes of the final module": lambda: occurrences(recording.stage("final")),
        "origins": lambda: origins(recording, nodes, parsed.user_span),
        "Source: texts, marks": lambda: marked(recording),
    }


def record_again(recording: Recording) -> Recording:
    """Return a copy of a recording that has not computed yet what its passes changed."""
    return Recording(recording.input, recording.target, recording.steps, recording.lowered, None)


def without_clones(job: Callable[[], None]) -> None:
    """Do a job that marks every copy of an unrolled statement by itself."""
    least = groups.MIN_CLONED_NODES
    groups.MIN_CLONED_NODES = sys.maxsize
    try:
        job()
    finally:
        groups.MIN_CLONED_NODES = least


def matmul() -> bool:
    """Compare the job with the build; return whether the threshold is met."""
    gpu_schedule.preload()  # or TVM's schedule does it, which takes seconds

    def least() -> None:
        answer(MATMUL, "cuda", LEAST)

    jobs = {
        TVMS: lambda: build(MATMUL, "cuda"),
        JOB: least,
        "the same without clones": lambda: without_clones(least),
        "the same with node counts": lambda: answer(MATMUL, "cuda", COUNTED),
        "the same with origins, too": lambda: answer(MATMUL, "cuda", (*COUNTED, OriginsPart())),
    }
    rounds = [{name: timed(job) for name, job in jobs.items()} for _ in range(ROUNDS)]
    print(f"128³ matmul, CUDA, of the process and on the wall; at most {MOST} times the build:")
    # Ratios are taken within each round, since the machine's speed may change between rounds.
    over = {name: median(row[name].own / row[TVMS].own for row in rounds) for name in jobs}
    for name in jobs:
        own, wall = (median(getattr(row[name], of) for row in rounds) for of in CallSeconds._fields)
        walls = median(row[name].wall / row[TVMS].wall for row in rounds)
        print(f"  {name:<37}{own * 1e3:7.1f} ms{over[name]:7.2f}{wall * 1e3:11.1f} ms{walls:7.2f}")
    print("of which")
    tvms = median(row[TVMS].own for row in rounds)
    for name, work in shares(MATMUL, "cuda").items():
        seconds = median(timed(work).own for _ in range(ROUNDS))
        print(f"  {name:<37}{seconds * 1e3:7.1f} ms{seconds / tvms:7.2f} of the build")
    return over[JOB] <= MOST


def large(statements: int) -> bool:
    """Time the marks of a large function; return whether the threshold is met."""
    request = Request(text=long(statements), part=SourcePart(), target="c")
    source = dispatch.answer(request)
    nodes = max(mark.node for emission in source.emissions for mark in emission.marks) + 1
    plain = msgspec.structs.replace(request, part=SourcePart(marks=False))
    with_marks, without = (
        min(timed(lambda asked=asked: dispatch.answer(asked)).own for _ in range(3))
        for asked in (request, plain)
    )
    print(
        f"{nodes:,} nodes: marks {with_marks - without:.2f} s (at most {SECONDS}),"
        f" {with_marks / without:.2f} times the source without, {source.emissions[0].verified}"
    )
    return nodes > 10_500 or with_marks - without <= SECONDS


def main() -> int:
    """Print the figures; return 1 where a threshold is missed."""
    own_process()  # what the engine's processes take is measured, with their accelerations
    return int(not all([matmul(), *map(large, (50, 200, 600))]))


if __name__ == "__main__":
    sys.exit(main())
