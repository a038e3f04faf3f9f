"""What all threads at once access at the final stage is what the emulator sees in the CUDA text."""

from collections import Counter

import pytest

from tests.support.programs.costs import fragments
from tests.support.programs.costs.cost_kernels import KERNELS
from tests.support.programs.costs.planted_causes import PLANTED
from tests.support.programs.thorough import usually
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.functions import by_importance
from viz.ir.parse import parse
from viz.ir.walker import Walks
from viz.model import EMULATED, CostOptions, Figures, Request, RunPart
from viz.passes.recording import record
from viz.passes.schedule.replay import replay
from viz.runtime import run
from viz.runtime.run import declared_table, prepared
from viz.verifier.causes.stage_accesses import StageAccesses

WITHOUT_KERNEL = {"if_double"}
"""TVM's default schedule finds no block in it."""

SCHEDULED = {
    "guarded tail",
    "column of a cached tile",
    "padding squeezed out",
    "padding kept by an attribute",
    "vectorize",
    "unrolled",
    "reduction across threads",
    "rows of a fragment squeezed together",
}
"""Those of the planted causes whose kernels are not alike."""

TEXTS = (
    {name: example.text for name, example in examples().items() if name not in WITHOUT_KERNEL}
    | {each.name: each.text for each in PLANTED if each.name in SCHEDULED}
    | {"tensor cores": fragments.PRODUCT}
    | {f"kernel {each.name}": each.text for each in KERNELS if not each.arrays}
)


USUAL = {
    *("loop_kinds", "softmax", "tirx_blocks", "tirx_warps", "transpose_shared"),
    *("guarded tail", "padding squeezed out", "padding kept by an attribute", "unrolled"),
    *("vectorize", "reduction across threads", "rows of a fragment squeezed together"),
    # Of the figures of the other kernels test_cost.py knows from their index functions.
    *(f"kernel {name}" for name in ("atomics", "bytes", "divergent branch", "every second")),
    *(f"kernel {name}" for name in ("four at once", "pairs in shared memory", "swizzle")),
}


@pytest.mark.parametrize("name", usually(TEXTS, USUAL))
def test_the_emulator_counts_the_same(name):
    text = TEXTS[name]
    parsed = parse(read(text))
    code = schedule_of(parsed.program.schedules, parsed.definition)
    scheduled = replay(parsed.mod, code, {}) if code else None
    function = by_importance(parsed.mod)[0]
    ours = counted_at_once(parsed, function, scheduled)
    built = parsed if scheduled is None else parsed._replace(mod=scheduled.mod)
    theirs = counted_by_emulator(built, function, text)
    assert ours
    assert ours == theirs


def counted_at_once(parsed, function, scheduled):
    recording = record(parsed.mod, "cuda", scheduled=scheduled)
    ranges = declared_table(parsed, function, "RANGES")
    call = prepared(parsed, function, parsed.mod[function], 0, {}, ranges)
    runner = StageAccesses(
        recording,
        function,
        Walks(parsed.user_span),
        call.arguments.values,
        blocks=1 << 20,
        until=float("inf"),
    )
    found = Counter()
    for sites in runner.sites("final").values():
        for access, figures in sites.items():
            if access.space != "local":  # what becomes registers is not counted alike
                key = access[:4]
                found[key] = (found[key] or Figures()) + figures
    return found


def counted_by_emulator(parsed, function, text):
    part = RunPart(device=EMULATED, checked=True, cost=CostOptions())
    outcome = run.run(parsed, function, Request(text=text, target="cuda", part=part))
    found = Counter()
    for kernel in outcome.cost.kernels:
        assert kernel.problem is None
        assert kernel.is_complete
        for site in kernel.sites:
            if site.space != "local":
                key = site.node, site.kind, site.space, site.width
                found[key] = (found[key] or Figures()) + site.figures
    return found
