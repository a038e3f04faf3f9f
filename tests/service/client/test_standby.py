"""Twins of zygotes: what takes over when the engine's process is killed, again and again."""

import itertools
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.support.ending import frames_of_a_killed
from viz.frontend.examples import examples
from viz.model import End, Overview, Request, SourcePart
from viz.service.client.client import Job
from viz.service.client.pool import Engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zygotes are Linux's")

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


def twin(engine):
    """Wait for the process that stands by for the one that loads fast, and return it."""
    host = engine._hosts[False]
    assert host.wait_until_ready(60)
    until(lambda: False in engine._twins and engine._twins[False].ready)
    return engine._twins[False]


def test_whoever_is_killed_in_the_middle_a_twin_goes_on(engine):
    assert isinstance(Job(engine, asked()).result(), Overview)
    for _ in range(2):
        next_ = twin(engine)
        running = Job(engine, asked(part=SourcePart(), target="cuda"))
        frames = frames_of_a_killed(running)
        assert [type(frame).__name__ for frame in frames] == ["Progress", "Answer", "End"]
        # Not another that had to load.
        assert engine._hosts[False] is next_


def test_a_request_outlives_all_of_them(engine):
    twin(engine)
    for host in (*engine._hosts.values(), *engine._twins.values()):
        if host.pid:
            os.kill(host.pid, signal.SIGKILL)
    *_, end = Job(engine, asked()).frames()
    assert end == End(status="ok", seconds=end.seconds)


class Dying:
    """A host that has died, which is noticed when somebody waits for it."""

    alive = ready = True
    asked = pid = 0

    def wait_until_ready(self, seconds):
        return True

    def start(self, order):
        self.asked += 1
        raise BrokenPipeError

    def exit(self, job, seconds=2.0):
        self.alive = False

    def kill(self, job):
        pass

    def close(self):
        pass


def test_whoever_has_died_is_asked_once():
    engine, dying = Engine(), Dying()
    engine._hosts[False] = dying
    assert isinstance(Job(engine, asked()).result(), Overview)
    assert dying.asked == 1
    engine.close()


def test_a_twin_that_died_is_replaced_when_somebody_asks(engine):
    # Not by itself: what ended it may end the next, for ever.
    first = twin(engine)
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not first.alive)
    assert engine._twins[False] is first
    assert isinstance(Job(engine, asked()).result(), Overview)
    assert twin(engine) is not first


def test_in_the_end_nothing_is_left(engine):
    twin(engine)
    hosts = [*engine._hosts.values(), *engine._twins.values()]
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
