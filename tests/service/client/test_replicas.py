"""Replicas of fork servers take over when a fork server is killed, once or several times."""

import itertools
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.support.attacks.failing_programs import frames_of_a_killed
from viz.frontend.examples import examples
from viz.model import End, Overview, Request, SourcePart
from viz.service.client.pool import Engine
from viz.service.client.submit import Submission

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers need Linux")

FRESH = itertools.count()


@pytest.fixture(scope="module")
def engine():
    started = Engine(warm=True)
    yield started
    started.close()


def asked(**fields):
    return Request(text=f"{examples()['matmul'].text}# {next(FRESH)}\n", **fields)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def replica(engine, preload=False):
    """Wait for the replica of a fork server, with or without tensor intrinsics, and return it."""
    key = "", preload
    until(lambda: key in engine._replicas and engine._replicas[key].ready)
    return engine._replicas[key]


def test_a_request_goes_on_in_a_replica_when_its_server_is_killed(engine):
    assert isinstance(Submission(engine, asked()).result(), Overview)
    for _ in range(2):
        # Requests go to the one with tensor intrinsics once it has loaded.
        next_ = replica(engine, preload=True)
        running = Submission(engine, asked(part=SourcePart(), target="cuda"))
        frames = frames_of_a_killed(running)
        assert [type(frame).__name__ for frame in frames] == ["Progress", "Answer", "End"]
        # Not another that had to load.
        assert engine._hosts["", True] is next_


def test_a_request_outlives_all_fork_servers(engine):
    replica(engine)
    for host in (*engine._hosts.values(), *engine._replicas.values()):
        if host.pid:
            os.kill(host.pid, signal.SIGKILL)
    *_, end = Submission(engine, asked()).frames()
    assert end == End(status="ok", seconds=end.seconds)


class DeadHost:
    """A host that has died, which is noticed at the first order."""

    alive = ready = True
    asked = pid = 0

    def wait_until_ready(self, seconds):
        return True

    def start(self, order, relay=None):
        self.asked += 1
        raise BrokenPipeError

    def exit(self, job, seconds=2.0):
        self.alive = False

    def kill(self, job):
        pass

    def close(self):
        pass


def test_a_dead_host_is_asked_once():
    engine, dead = Engine(), DeadHost()
    engine._hosts["", False] = dead
    assert isinstance(Submission(engine, asked()).result(), Overview)
    assert dead.asked == 1
    engine.close()


def test_a_dead_replica_is_replaced_at_the_next_request(engine):
    # Not at once: what ended it may end the next, without end.
    first = replica(engine)
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not first.alive)
    assert engine._replicas["", False] is first
    assert isinstance(Submission(engine, asked()).result(), Overview)
    assert replica(engine) is not first


def test_closing_leaves_no_process_and_no_folder(engine):
    replica(engine)
    hosts = [*engine._hosts.values(), *engine._replicas.values()]
    assert len(hosts) >= 2
    engine.close()
    for host in hosts:
        assert not host._folder.exists()
        assert not host.pid or not alive(host.pid)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
