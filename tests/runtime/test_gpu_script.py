"""The script for a machine with a GPU: tried on this CPU, and run where there is a GPU."""

import pytest

from benchmarks import gpu
from viz.runtime.devices import DEVICES
from viz.runtime.execute import stopped


def test_its_checks_pass_on_a_cpu_without_the_wait_for_what_hangs(capsys, monkeypatch):
    monkeypatch.setattr(gpu, "RUN_SECONDS", 3.0)
    monkeypatch.setattr(gpu, "TIMED", ("add_one",))
    monkeypatch.setattr(
        gpu, "stages", lambda only: (s for s in STAGES(only) if s[0] != gpu._compile)
    )
    done = gpu.check_all("llvm", 100.0, ["add_one"])
    assert [each for each in done if not each.passed] == []
    assert {each.stage for each in done} == {"examples", "wrong", "timing", "numbers"}
    told = {each.name: each.told for each in reversed(done)}
    assert "stopped after 3 s" in told["hangs"]
    assert "crashed" in told["writes far outside"]
    assert "0 failed, 0 left out" in capsys.readouterr().out


STAGES = gpu.stages


def test_what_is_wrong_is_told(monkeypatch):
    monkeypatch.setitem(gpu.WRONG, "nothing", "B[{at}] = A[{at}]")
    first, after = gpu._wrong("nothing", "llvm")
    assert not first.passed
    assert after.passed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("CUDAError: cuModuleUnload failed with error: CUDA_ERROR_ILLEGAL_ADDRESS", "outside of"),
        ("InternalError: CUDA: misaligned address", "no multiple of its size"),
        ("CUDALaunch Error: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES\n grid=(1,1,1)", "registers"),
        ("InternalError: Check failed: (a) is false:\n  b", "Check failed: (a) is false: b"),
    ],
)
def test_what_a_gpu_says_is_told_in_words(said, told):
    assert told in stopped(RuntimeError(said)).text()


@pytest.mark.gpu
@pytest.mark.skipif(bool(DEVICES["cuda"].missing()), reason=str(DEVICES["cuda"].missing()))
def test_all_checks_on_a_gpu():
    done = gpu.check_all("cuda", gpu.SECONDS)
    assert [each for each in done if not each.passed] == []
