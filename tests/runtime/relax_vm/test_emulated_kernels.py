"""Kernels of a CUDA build run one by one on the emulated GPU, as the virtual machine calls them."""

import numpy as np
import pytest

from viz import arrays_of
from viz.errors import LoweringError
from viz.frontend.examples import relax_examples
from viz.model import CostOptions, OverviewPart, Request, RunPart
from viz.service.engine.dispatch import answer
from viz.text import Text

EMULATED = "cuda-emulated"
REVERSED = """\
from tvm.script import ir as I, relax as R, tirx as T

@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def reverse(A: T.Buffer((T.int64(64),), "float32"), B: T.Buffer((T.int64(64),), "float32")):
        S = T.sblock_alloc_buffer((T.int64(64),), scope="shared")
        for bx in T.thread_binding(T.int64(1), thread="blockIdx.x"):
            for tx in T.thread_binding(T.int64(64), thread="threadIdx.x"):
                with T.sblock("put"):
                    v = T.axis.spatial(T.int64(64), tx)
                    S[v] = A[v]
                with T.sblock("take"):
                    w = T.axis.spatial(T.int64(64), tx)
                    B[w] = S[T.int64(63) - w]

    @R.function
    def main(x: R.Tensor((64,), "float32")):
        cls = Module
        with R.dataflow():
            a = R.call_tir(cls.reverse, (x,), out_ty=R.Tensor((64,), "float32"))
            b = R.call_tir(cls.reverse, (a,), out_ty=R.Tensor((64,), "float32"))
            R.output(b)
        return b

def reference(x):
    return x
"""


def run(text: str, **options):
    return answer(Request(text=text, part=RunPart(device=EMULATED, **options)))


@pytest.mark.parametrize(
    ("name", "checked"),
    [
        ("relax_linear", True),
        ("relax_attention", False),
        pytest.param("relax_attention", True, marks=pytest.mark.thorough),
    ],
)
def test_an_example_runs_as_a_whole(name, checked):
    """The first has a size that is known when it runs: the host computes shapes by itself."""
    text = relax_examples()[name].text
    outcome = run(text, checked=checked)
    mode = "checked" if checked else "fast"
    assert (outcome.passed, outcome.mode, outcome.reference_kind) == (True, mode, "numpy")
    overview = answer(Request(text=text, target="cuda", part=OverviewPart(passes=True)))
    called = {f"{kernel.name}_kernel": len(kernel.sites) for kernel in overview.kernels}
    launched = [launch.kernel for launch in outcome.launches]
    assert {name: launched.count(name) for name in launched} == called


def test_each_launch_gets_what_the_one_before_it_wrote():
    outcome = run(REVERSED, keep=True)
    assert outcome.passed
    kept = arrays_of(outcome)
    np.testing.assert_array_equal(kept["output.result"], kept["input.x"])
    assert len(outcome.launches) == 2
    assert {launch.block for launch in outcome.launches} == {(64, 1, 1)}
    assert np.array_equal(
        arrays_of(run(REVERSED.replace("(a,)", "(x,)"), keep=True))["output.result"],
        kept["input.x"][::-1],
    )


def test_a_mistake_in_one_kernel_is_told_with_its_line():
    text = REVERSED.replace("B[w] = S[T.int64(63) - w]", "B[0] = S[w]")
    outcome = run(text, checked=True)
    assert not outcome.passed
    (race,) = outcome.findings
    assert (race.kind, race.buffer, race.kernel) == ("race", "B", "reverse_kernel")
    line = Text(text).position(text.index("B[0] =")).line
    assert {site.own_line for site in race.sites} == {line}


def test_what_all_launches_cost_is_counted():
    kernels = run(REVERSED, cost=CostOptions()).cost.kernels
    assert sum(kernel.launches for kernel in kernels) == 2
    stored = [
        site.figures.requests
        for kernel in kernels
        for site in kernel.sites
        if site.kind == "store" and site.space == "global"
    ]
    assert sum(stored) == 2 * 2  # two launches of two warps


def test_kernels_whose_shapes_are_written_otherwise_are_explained():
    """FuseTIR refuses to put a kernel of 32-bit extents and one of Relax's own together."""
    text = REVERSED.replace("T.int64(64)", "64").replace(
        "a = R.call_tir(cls.reverse, (x,)",
        "r = R.nn.relu(x)\n            a = R.call_tir(cls.reverse, (r,)",
    )
    with pytest.raises(
        LoweringError, match="TVM compares their shapes as they are written"
    ) as told:
        run(text)
    assert told.value.span is not None
    assert Text(text).slice(told.value.span).startswith("S[v] = A[v]")
