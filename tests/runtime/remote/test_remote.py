"""The device remote: a real tracker and server of TVM's RPC on this machine, reached from the jail."""

import socket
import sys
import time

import pytest

from tests.support.devices.rpc_server import remote_engine
from viz.errors import RunError, VizError
from viz.frontend.examples import examples
from viz.harness import relay
from viz.model import Environment, EnvironmentPart, Outcome, Request, RunPart
from viz.runtime.devices import DEVICES
from viz.service.client import rpc_relay
from viz.service.client.cache import Cache
from viz.service.client.submit import submit

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or bool(DEVICES["c"].missing()),
    reason="it takes Linux's jail and an assembler",
)


@pytest.fixture(scope="module")
def remote():
    with remote_engine(seconds=4) as made:
        yield made


@pytest.fixture
def engine(remote):
    return remote[0]


def run(text, engine, seconds=30.0, **options):
    request = Request(text=text, part=RunPart(device="remote", **options))
    outcome = submit(request, engine=engine, seconds=seconds).result()
    assert isinstance(outcome, Outcome)
    return outcome


def next_works(engine):
    text = f"{examples()['add_one'].text}\n# {time.monotonic_ns()}\n"
    assert run(text, engine).passed


def test_what_ran_is_named_and_timed(engine):
    outcome = run(examples()["add_one"].text, engine)
    assert outcome.passed
    assert "the remote device" in outcome.ran.text()
    assert outcome.seconds
    assert outcome.build_seconds


@pytest.mark.parametrize("name", ["dynamic_add", "if_double", "softmax", "two_functions"])
def test_an_example_is_right(engine, name):
    outcome = run(examples()[name].text, engine)
    assert outcome.passed, outcome.comparisons
    assert outcome.reference.text() == "the NumPy reference"


def test_an_example_for_a_gpu_is_refused(engine):
    with pytest.raises(VizError) as caught:
        run(examples()["matmul_gpu"].text, engine)
    assert caught.value.what.id == "threads-on-cpu"


OUTSIDE = examples()["add_one"].text.replace("B[vi] =", "B[vi + 2000000000] =")
ENDLESS = """@T.prim_func
def endless(A: T.Buffer((8,), "float32")):
    while A[0] == A[0]:
        A[0] = A[0] * T.float32(1)
"""


def test_a_crash_or_a_loop_without_end_there_leaves_the_next_request_unharmed(engine):
    assert "2000000000" in OUTSIDE
    with pytest.raises(RunError, match="connection to the remote device was lost"):
        run(OUTSIDE, engine)
    next_works(engine)
    with pytest.raises(VizError, match=r"stopped after 2 s|was lost"):
        run(ENDLESS, engine, seconds=2.0)
    next_works(engine)


def test_the_environment_says_whether_it_can_be_reached(engine, monkeypatch):
    def state():
        found = submit(Request(part=EnvironmentPart()), engine=engine).result()
        assert isinstance(found, Environment)
        check = next(check for check in found.checks if check.name == "device remote")
        engine.cache = Cache()
        return check.state, check.message

    assert state()[0] == "ok"
    monkeypatch.setenv(relay.KEY, "another")
    assert state() == ("missing", "the tracker knows no server of the key 'another'")


WRONG = {
    "no such key": ({relay.KEY: "another"}, "remote-no-key"),
    "nothing there": ({relay.TRACKER: "127.0.0.1:1"}, "remote-not-reached"),
    "no tracker": ({relay.TRACKER: "127.0.0.1:{server}"}, "remote-no-tracker"),
    "a key that a server refuses": (
        {relay.TRACKER: "", relay.SERVER: "127.0.0.1:{server}"},
        "remote-key-refused",
    ),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_wrong_with_it_is_said_in_words(why, remote, monkeypatch):
    engine, port = remote
    variables, told = WRONG[why]
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(server=port))
    with pytest.raises(RunError) as caught:
        run(f"{examples()['add_one'].text}\n# {why}\n", engine)
    assert caught.value.what.id == told
    assert caught.value.hint


def test_a_server_that_is_in_use_is_waited_for_and_then_said_to_be(engine, monkeypatch):
    monkeypatch.setattr(rpc_relay, "FREE_SECONDS", 0.5)
    next_works(engine)
    with rpc_relay.opened() as held:
        held.sendall(relay.CONNECT)
        held.recv(1, socket.MSG_PEEK)
        with pytest.raises(RunError, match="no server of the key 'a-key' became free"):
            next_works(engine)
    monkeypatch.setattr(rpc_relay, "FREE_SECONDS", 20.0)
    next_works(engine)


def test_the_address_is_the_owners_and_the_key_stays_with_the_caller(monkeypatch):
    from viz.service.client.child_environment import environment

    monkeypatch.setenv(relay.KEY, "a secret")
    assert "a secret" not in environment().values()
    monkeypatch.setenv(relay.TRACKER, "no address")
    with pytest.raises(RunError, match="HOST:PORT"):
        relay.address()
    monkeypatch.setenv(relay.TRACKER, "localhost:1")
    monkeypatch.setenv(relay.KEY, "two words")
    with pytest.raises(RunError, match="has no blanks"):
        relay.address()
    monkeypatch.delenv(relay.KEY)
    monkeypatch.setenv(relay.TARGET, "")  # so that it is put back
    with pytest.raises(RunError, match="no target 'metal'"):
        rpc_relay.use(tracker="localhost:1", target="metal")
