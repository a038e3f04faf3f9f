"""A run without end on each device of the server is cancelled, and the next one is unharmed."""

import sys
import time

import pytest

from tests.support.devices.rpc_server import remote_engine
from tests.support.programs.thorough import usually
from viz.frontend.examples import examples
from viz.messages import message_of
from viz.model import REMOTE, End, Outcome, Progress, Request, RunPart
from viz.runtime.devices import DEVICES
from viz.service.client.submit import Engine, submit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

ON_CPU = """@T.prim_func
def endless(A: T.Buffer((8,), "float32")):
    while A[0] == A[0]:
        A[0] = A[0] * T.float32(1)

def reference(A):
    return A
"""
ON_GPU = ON_CPU.replace(
    "    while A[0] == A[0]:\n    ",
    '    for tx in T.thread_binding(8, thread="threadIdx.x"):\n'
    "        while A[0] == A[0]:\n        ",
)
TOLD = message_of("step-running", function="", device="").id


@pytest.fixture(scope="module")
def local():
    engine = Engine(local=True)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def remote():
    with remote_engine(seconds=4) as (engine, _):
        yield engine


@pytest.mark.parametrize("device", usually(DEVICES, {"llvm", "cuda-emulated", "opencl"}))
def test_a_run_without_end_is_cancelled(request, device):
    engine = request.getfixturevalue("remote" if device == REMOTE else "local")
    why = DEVICES[device].missing()
    if why is not None and device != REMOTE:
        pytest.skip(why.text())
    text = ON_CPU if device in ("llvm", "c", "python", REMOTE) else ON_GPU
    running = submit(Request(text=text, part=RunPart(device=device)), engine=engine, seconds=60)
    began = ended = 0.0
    last = None
    for frame in running.frames(heartbeat=0.2):
        last = frame
        if isinstance(frame, Progress) and frame.step.id == TOLD:
            began = began or time.monotonic()
            if time.monotonic() - began > 1.5 and not ended:
                ended = time.monotonic()
                running.cancel()
    assert isinstance(last, End)
    assert last.status == "cancelled", last.problem
    assert time.monotonic() - ended < 3
    again = f"{examples()['vector_add'].text}\n# {time.monotonic_ns()}\n"
    outcome = submit(Request(text=again, part=RunPart(device=device)), engine=engine).result()
    assert isinstance(outcome, Outcome)
    assert outcome.passed
