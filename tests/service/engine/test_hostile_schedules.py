"""Schedules that mean harm, or make none of what they ask for: each ends as an answer."""

from contextlib import suppress

import pytest

from viz.errors import LoweringError, RefusedError, RequestError, RunError
from viz.model import (
    ChoicesPart,
    Request,
    RunPart,
    ScheduleChoices,
    SchedulePart,
    ScheduleSearch,
    SearchPart,
    Source,
    SourcePart,
)
from viz.service.client.submit import Engine, submit, submit_all

PROGRAM = """
@T.prim_func
def f(A: T.Buffer((64, 64), "float32"), B: T.Buffer((64, 64), "float32")):
    for i, j in T.grid(64, 64):
        with T.block("b"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vi, vj] + T.float32(1)

def schedule(sch):
    b = sch.get_block("b")
    i, j = sch.get_loops(b)
"""

SAMPLED = "a = sch.sample_categorical([2, 4], [0.5, 0.5])"

HOSTILE = [
    'sch.annotate(i, "pragma_import_c", "int f() { return system(0); }")',
    'sch.annotate(i, "pragma_import_llvm", "define void @f() { ret void }")',
    'sch.annotate(b, "x", {"y": [1] + [2] + [3]})\n    sch.annotate(i, "pragma_x", None)',
    "sch.split(i, [9223372036854775807, None])",
    "sch.sample_perfect_tile(i, n=1000000)",
    "sch.sample_categorical([], [])",
    "sch.seed(-1)",
    "sch.pad_einsum(b, [2147483647, 2147483647])",
    'sch.cache_read(b, -1, "shared")',
    "sch.blockize([])",
    "sch.remove_rv(i)\n    sch.unroll(i)",
    'sch.transform_layout(b, ("write", 0), lambda i, j: (i // 0, j))',
    'sch.transform_layout(b, ("write", 0), lambda i, j: sch.get_loops(b))',
    'sch.transform_layout(b, ("write", 0), lambda *i: [i, i])',
    'sch.transform_layout(b, ("write", 0), lambda i, j: (i,) * 3)',
    'sch.tensorize(i, "wmma_sync_16x16x16_f16f16f32")',
    "x, y = sch.split(i, [8, 8])\n    sch.merge(x, j)",
    "sch.fuse()",
    "sch.reorder()",
    'sch.get_sblock("\\0")',
    "sch.reorder_block_iter_var(b, [0, 0])",
    "sch.rolling_buffer(b, 99)",
    'sch.unsafe_set_dtype(b, 0, "float32x1000000")',
    "sch.storage_align(b, 0, axis=7, factor=0, offset=-3)",
    'sch.bind(i, "threadIdx.x")\n    sch.bind(j, "threadIdx.x")',
    "\n    ".join(["sch.unroll(i)"] * 3000),
    "\n    ".join(["a = [1]", *["a = a + a"] * 40, "sch.reorder(*a)"]),
    "\n    ".join(["a = [1]", *["a = [a, a]"] * 40, 'sch.annotate(i, "x", a)']),
    "\n    ".join(["a = {}", *['a = {"x": a, "y": [a]}'] * 40, 'sch.annotate(i, "x", a)']),
    "\n    ".join([SAMPLED, *["a = a + a"] * 40, "sch.split(i, [a, None])"]),
]


@pytest.fixture(scope="module")
def engine():
    engine = Engine(local=True)
    yield engine
    engine.close()


@pytest.mark.parametrize("steps", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_schedule_ends_as_an_answer(engine, steps):
    text = f"{PROGRAM}    {steps}\n"
    asked = [Request(text=text, target="c", part=part) for part in (SchedulePart(), SourcePart())]
    report, source = submit_all(asked, engine=engine).results()
    last = report.stops[-1]
    assert isinstance(source, Source | LoweringError | RefusedError)
    if "pragma_import" in steps:
        with pytest.raises(RefusedError):
            submit(Request(text=text, part=RunPart(device="llvm")), engine=engine).result()
    elif "a = " in steps:
        assert last.problem.what.id == "step-large"
    elif last.problem is not None:
        assert last.problem.span is not None


ASKED = [
    ChoicesPart(step=-1, node=0),
    ChoicesPart(step=10**9, node=0),
    ChoicesPart(step=0, node=10**9),
    ChoicesPart(step=0, node=-5),
    ChoicesPart(step=0, name="i\0"),
    ChoicesPart(step=2, node=0),
    SearchPart(count=1, seed=-1),
    SearchPart(count=1, seed=2**63, sizes={"n": 10**18}),
    SearchPart(count=64, seconds=-1.0),
]


@pytest.mark.parametrize("part", ASKED, ids=range(len(ASKED)))
def test_what_nobody_would_ask_of_a_schedule_ends_as_an_answer(engine, part):
    text = f"{PROGRAM}    sch.unroll(j)\n"
    with suppress(LoweringError, RequestError, RunError):  # an EngineError: the process ended
        reply = submit(Request(text=text, target="llvm", part=part), engine=engine).result()
        assert isinstance(reply, ScheduleChoices | ScheduleSearch)
