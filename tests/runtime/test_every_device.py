"""Every example on every device that can take it, against NumPy; what the others say instead."""

import sys

import msgspec
import pytest

from tests.support.builds import BOUND
from tests.support.devices.rpc_server import remote_engine
from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.programs.thorough import VARIED
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.model import EMULATED, OPENCL, PYTHON, REMOTE, Request, RunPart
from viz.runtime import run as run_module
from viz.runtime.devices import DEVICES
from viz.runtime.expectation import first_function
from viz.service.client.submit import submit

LARGE = {"matmul", "matmul_gpu", "batched_matmul_f16", "two_functions", "conv2d"}
"""The examples that take Python seconds; one of them runs in test_python_device.py."""

HALF = {"batched_matmul_f16", "dequantize_q4f16"}
TIRX = {"tirx_blocks", "tirx_warps"}
SERIAL = {"if_double": "no-block-to-schedule"}

REFUSED = {
    "llvm": dict.fromkeys(BOUND, "threads-on-cpu"),
    "c": dict.fromkeys(BOUND, "threads-on-cpu"),
    "cuda": SERIAL,
    EMULATED: SERIAL,
    OPENCL: SERIAL | dict.fromkeys(TIRX, "tirx-cuda-only") | dict.fromkeys(HALF, "opencl-no-half"),
    REMOTE: dict.fromkeys(BOUND, "threads-on-cpu"),
    PYTHON: {},
}
"""The ids of what a device says of the examples that it cannot take."""

SEEDS = {"llvm": (0, 1)}
"""The seeds of the random inputs, where not 0 alone."""

FEW = {
    OPENCL: VARIED,
    PYTHON: VARIED,
    REMOTE: (),  # remote/test_remote.py takes some of them to the server that it has started
}
"""The examples that a device takes in the usual run of the tests, where those are not all."""


def marks(device: str, name: str) -> list[pytest.MarkDecorator]:
    wanted = [pytest.mark.gpu] if device == "cuda" else []
    return wanted if name in FEW.get(device, EXAMPLES) else [*wanted, pytest.mark.thorough]


CASES = [
    pytest.param(device, name, marks=marks(device, name))
    for device in DEVICES
    for name in EXAMPLES
    if not (device == PYTHON and name in LARGE)
]


@pytest.fixture(scope="module")
def remote():
    with remote_engine() as made:
        yield made[0]


def run(name, device, seed, engine):
    request = Request(part=RunPart(device=device, seed=seed))
    if engine is not None:  # from here there is no way to it
        request = msgspec.structs.replace(request, text=examples()[name].text)
        return submit(request, engine=engine).result()
    program = parsed(name)
    return run_module.run(program, first_function(program), request)


@pytest.mark.parametrize(("device", "name"), CASES)
def test_an_example_is_right_or_refused(device, name, request):
    engine = None
    if device == REMOTE and sys.platform == "linux" and not DEVICES["c"].missing():
        engine = request.getfixturevalue("remote")
    elif missing := DEVICES[device].missing():
        pytest.skip(missing.text())
    refused = REFUSED[device].get(name)
    if refused is not None:
        with pytest.raises(VizError) as caught:
            run(name, device, 0, engine)
        assert caught.value.what.id == refused
        return
    for seed in SEEDS.get(device, (0,)):
        outcome = run(name, device, seed, engine)
        assert outcome.passed, outcome.comparisons
        assert "stand-in" not in {problem.code for problem in outcome.problems}
        assert outcome.reference.text() == "the NumPy reference"
        assert outcome.build_seconds > 0
        assert outcome.seconds
