"""Frames of a hostile worker: each wrong one ends its request, and nothing of it is kept."""

import itertools
import signal
import socket
import struct
import threading
import time

import msgspec
import pytest

from viz.messages import verbatim
from viz.model import Answer, End, Overview, Problem, Progress, Request, decode_reply, encode
from viz.service.client.worker_stream import WorkerStream
from viz.service.wire import MOST_PROBLEM_CHARACTERS, MOST_PROGRESS, Notice, framed, pack

OVERVIEW = Overview(definitions=(), definition="f", functions=(), edits=(), left_out=())
GOOD = [Answer(reply=msgspec.Raw(encode(OVERVIEW))), End(status="ok")]


class ScriptedHost:
    """A host whose one process sends the bytes that a test gives."""

    alive = True

    def __init__(self, sent, status=signal.SIGKILL):
        self._sent, self._status = sent, status
        self.killed = threading.Event()

    def start(self, order, relay=None):
        read_end, write_end = socket.socketpair()
        threading.Thread(target=self._talk, args=(write_end,), daemon=True).start()
        return read_end

    def _talk(self, stream):
        with stream:
            try:
                for piece in self._sent:
                    stream.sendall(piece)
            except OSError:
                pass

    def kill(self, job):
        self.killed.set()

    def exit(self, job, seconds=2.0):
        return Notice(job=job, status=int(self._status))


def talk(sent, requests=1, seconds=5.0, status=signal.SIGKILL):
    """Return the frames of a worker's stream, the texts whose answers were kept, and the host."""
    kept = []
    host = ScriptedHost(sent, status)
    stream = WorkerStream(
        host,
        1,
        {index: Request(text=str(index)) for index in range(requests)},
        seconds=seconds,
        cancelled=threading.Event(),
        keep=lambda request, reply: kept.append(request.text),
    )
    frames = list(stream.frames(heartbeat=None))
    stream.close()
    return frames, kept, host


def packed(*frames):
    return [pack(frame) for frame in frames]


def test_the_truth_is_passed_on():
    frames, kept, host = talk(packed(Progress(step=verbatim("parsing")), *GOOD))
    assert [type(frame) for frame in frames] == [Progress, Answer, End]
    assert decode_reply(Request().part, frames[1].reply) == OVERVIEW
    assert kept == ["0"]
    assert not host.killed.is_set()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (packed(*(msgspec.structs.replace(frame, index=1) for frame in GOOD)), "no sense"),
        (packed(End(status="ok")), "no sense"),
        (packed(End(status="failed")), "no sense"),
        (packed(End(status="timeout")), "no sense"),
        (packed(GOOD[0], GOOD[0]), "no sense"),
        (packed(Answer(reply=msgspec.Raw(b'{"definition":1}'))), "no sense"),
        ([framed(b"\x80\x04cposix\nsystem\n")], "no sense"),
        ([framed(b'{"type":"queued","position":1}')], "no sense"),
        ([struct.pack("<I", 0xFFFFFFFF)], "more than may be shown"),
        (
            itertools.repeat(pack(Progress(step=verbatim("x"))), MOST_PROGRESS + 1),
            "more than may be shown",
        ),
        (itertools.repeat(b"\xff" * (1 << 16)), "more than may be shown"),
        ([framed(b'{"type":"answer","reply":' + b"[" * 99_999 + b"]" * 99_999 + b"}")], "no sense"),
        (
            packed(Answer(reply=msgspec.Raw(b'{"x":' + b"[" * 99_999 + b"]" * 99_999 + b"}"))),
            "no sense",
        ),
        ([framed(b"[" * 999_999)], "no sense"),
        ([pack(GOOD[0])[:-1]], "killed it"),
        ([], "killed it"),
    ],
)
def test_a_lie_ends_its_request(sent, message):
    frames, kept, host = talk(sent)
    (end,) = [frame for frame in frames if isinstance(frame, End)]
    assert frames[-1] is end
    assert end.status == "crashed"
    assert message in end.problem.message
    assert host.killed.is_set()
    assert kept in ([], ["0"])


def test_what_was_answered_before_is_kept():
    later = [msgspec.structs.replace(frame, index=2) for frame in GOOD]
    frames, kept, _ = talk(packed(*GOOD, *later), requests=3)
    ends = [frame for frame in frames if isinstance(frame, End)]
    assert [(end.index, end.status) for end in ends] == [(0, "ok"), (1, "crashed")]
    assert kept == ["0"]


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (signal.SIGSEGV, "SIGSEGV", "outside its buffer"),
        (signal.SIGFPE, "SIGFPE", "division by zero"),
        (signal.SIGXCPU, "processor time", "smaller"),
        (3 << 8, "ended by itself", "TIRSCOPE_DEBUG"),
    ],
)
def test_how_it_ended_is_told(status, message, hint):
    ((end,), _, _) = talk([], status=status)
    assert message in end.problem.message
    assert hint in end.problem.hint


def test_what_it_says_of_a_failure_is_no_longer_than_one_may_read():
    problem = Problem(code="run", what=verbatim("x" * 100_000), advice=verbatim("y" * 100_000))
    ((end,), _, _) = talk(packed(End(status="failed", problem=problem)))
    assert len(end.problem.message) == len(end.problem.hint) == MOST_PROBLEM_CHARACTERS


# The second is more than a socket holds: a worker that does not read must not block the caller.
@pytest.mark.parametrize("request_", [Request(), Request(text="x" * (8 << 20))], ids=["", "long"])
def test_silence_ends_by_the_clock(request_):
    class SilentHost(ScriptedHost):
        def _talk(self, stream):
            self.killed.wait(10)
            stream.close()

    began = time.monotonic()
    host = SilentHost([])
    stream = WorkerStream(
        host, 1, {0: request_}, seconds=0.5, cancelled=threading.Event(), keep=print
    )
    frames = list(stream.frames(heartbeat=0.1))
    stream.close()
    assert all(type(frame) is Progress for frame in frames[:-1])
    assert (frames[-1].status, frames[-1].problem.message) == ("timeout", "stopped after 0.5 s")
    assert time.monotonic() - began < 5
    assert host.killed.is_set()
