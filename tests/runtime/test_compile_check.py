"""Compilers look at the kernels of every example for three architectures, without a GPU."""

import sys

import pytest

from tests.support.programs.examples import EXAMPLES
from tests.support.programs.thorough import usually
from viz.cli import main
from viz.frontend.examples import examples
from viz.harness import nvrtc
from viz.model import LaunchPart, LaunchReport, Options, Request
from viz.runtime.compile_check import ARCHITECTURES
from viz.service.client.submit import Engine, submit

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="it is done in Linux's jail"),
    pytest.mark.skipif(
        not nvrtc.library(), reason="NVRTC is not installed: pip install 'tirscope[nvrtc]'"
    ),
]

# The codegen writes `short + short` as a sum of int, which CUDA does not narrow in a list.
REFUSED = """@T.prim_func(s_tir=True)
def dequant(W: T.Buffer((64, 32), "uint8"), O: T.Buffer((64, 64), "float16")):
    for r in T.thread_binding(64, thread="blockIdx.x"):
        for t in T.thread_binding(8, thread="threadIdx.x"):
            for v in T.vectorized(8):
                with T.sblock("dq"):
                    vr = T.axis.spatial(64, r)
                    vc = T.axis.spatial(64, t * 8 + v)
                    O[vr, vc] = T.Cast("float16", T.bitwise_and(
                        T.shift_right(W[vr, vc // 2], T.Cast("uint8", vc % 2 * 4)), T.uint8(15)))
"""


@pytest.fixture(scope="module")
def engine():
    """An engine that finds no nvcc, which is slower, and then takes NVRTC."""
    patch = pytest.MonkeyPatch()
    patch.setenv("PATH", "/usr/bin:/bin")
    patch.delenv("NVCC", raising=False)
    made = Engine(local=True)
    yield made
    made.close()
    patch.undo()


def checked(text, engine, arch=""):
    part = LaunchPart(mends=False, compile=True)
    request = Request(text=text, target="cuda", part=part, options=Options(arch=arch))
    report = submit(request, engine=engine).result()
    assert isinstance(report, LaunchReport)
    if report.compiled and report.compiled[0].problem is not None:
        if report.compiled[0].problem.what.values.get("why") is not None:
            pytest.skip(report.compiled[0].problem.message)
    return report


NAMES = sorted(set(EXAMPLES) - {"if_double"})
USUAL = {"argmax", "dequantize_q4f16", "rope", "softmax", "tirx_warps", "transpose_shared"}


@pytest.mark.parametrize("name", usually(NAMES, USUAL))
def test_the_kernels_of_an_example_compile(name, engine):
    """For one architecture each, and one example for all: benchmarks/gpu.py does all of them."""
    chosen = ARCHITECTURES["cuda"]
    archs = chosen if name == "argmax" else (chosen[NAMES.index(name) % len(chosen)],)
    report = checked(examples()[name].text, engine, archs[0] if len(archs) == 1 else "")
    assert tuple(check.arch for check in report.compiled) == archs
    assert all(check.problem is None for check in report.compiled)
    assert report.launchable


def test_what_is_refused_has_the_place_that_wrote_the_line(engine):
    report = checked(REFUSED, engine, "sm_90")
    assert not report.launchable
    for check in report.compiled:
        assert "refuses line" in check.problem.message
        line = REFUSED.count("\n", 0, check.problem.span.start)
        assert "T.shift_right" in REFUSED.splitlines()[line]


def test_the_command_tells_each_architecture_and_the_first_error_once(tmp_path, capsys):
    path = tmp_path / "refused.py"
    path.write_text(REFUSED)
    status = main(["check", str(path), "--target", "cuda", "--compile", "--arch", "sm_90"])
    told = capsys.readouterr()
    if "sm_90: " not in told.out or "brings no headers" in told.out:
        pytest.skip("this NVRTC has no headers")
    assert status == 1
    assert "refuses the kernels" in told.out
    assert told.err.count("refuses line") == 1
    assert "shift_right" in told.err
