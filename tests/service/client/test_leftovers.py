"""Requests leak nothing to each other, and leave no file, thread or process behind."""

import itertools
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.attacks.failing_programs import CRASHING, ENDLESS
from viz.errors import VizError
from viz.harness import compilers
from viz.model import Answer, Overview, Progress, Request, RunPart, SourcePart
from viz.service.client.submit import Engine, Submission

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

SECRET = "the owner's own secret"
PLAIN = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i]
"""


@pytest.fixture(scope="module")
def engine():
    """Start an engine where the owner has a secret."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SECRET_OF_THE_OWNER", SECRET)
    made = Engine()
    assert made.lease()[0].wait_until_ready(60)
    patch.undo()
    yield made
    made.close()


def answered(engine, request):
    """Wait until a request has its end."""
    for _ in Submission(engine, request, 10.0).frames():
        pass


def next_works(engine):
    text = f"{PLAIN}# {time.monotonic_ns()}\n"
    assert isinstance(Submission(engine, Request(text=text)).result(), Overview)


def files_of(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_no_process_that_answers_others_has_seen_a_text(engine):
    """What is forked for the next request holds nothing of those before it."""
    word = f"unmistakable_{os.getpid()}_{time.monotonic_ns()}"
    reply = Submission(engine, Request(text=PLAIN.replace("f(", f"{word}("))).result()
    assert reply.functions[0].name == word
    host, _ = engine.lease()
    searched = 0
    try:
        memory = Path(f"/proc/{host.pid}/mem").open("rb")
    except PermissionError:
        pytest.skip("this user may not look into its own processes")
    with memory:
        for line in Path(f"/proc/{host.pid}/maps").read_text().splitlines():
            mapping = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if mapping:
                start, end = (int(bound, 16) for bound in mapping.groups())
                memory.seek(start)
                content = memory.read(end - start)
                searched += len(content)
                assert word.encode() not in content
                assert SECRET.encode() not in content
    assert searched > 50 << 20


def test_nothing_piles_up(engine):
    """Files, threads and processes are as many after good, bad and given-up requests as before."""
    numbers = itertools.count()

    def round_():
        for text, part in (
            (PLAIN, SourcePart()),
            ("def f(:\n", SourcePart()),
            (PLAIN.replace("A[i]", "open(1)"), SourcePart()),
            (CRASHING, RunPart()),
            (PLAIN, RunPart(device="c")),
        ):
            answered(engine, Request(text=f"{text}# {next(numbers)}\n", part=part))
        leaving = Submission(engine, Request(text=f"{ENDLESS}# {next(numbers)}\n", part=RunPart()))
        for frame in leaving.frames(heartbeat=0.05):
            if isinstance(frame, Progress) and frame.step.id == "step-running":
                break

    def counted():
        """Return how many there are once that has not changed for a while."""
        next_works(engine)
        host, _ = engine.lease()
        seen = [()]
        for _ in range(100):
            time.sleep(0.1)
            files = files_of("self"), files_of(host.pid)
            seen.append((*files, threading.active_count(), children(host.pid)))
            if len(seen) > 4 and len(set(seen[-4:])) == 1:
                break
        return seen[-1]

    round_()
    before = counted()
    for _ in range(4):
        round_()
    assert counted() == before


def children(pid):
    """Return how many children a process has, zombies included."""
    parents = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.append(int(stat.read_text().rpartition(")")[2].split()[1]))
        except OSError:
            continue
    return parents.count(pid)


def test_an_answer_that_holds_a_secret_is_an_answer_like_others(engine):
    """Who asks twice gets the same; who asks for something else gets nothing of it."""
    first, second = (PLAIN.replace("f(", f"{name}(") for name in ("mine", "yours"))
    for text, name in ((first, "mine"), (second, "yours"), (first, "mine")):
        frames = list(Submission(engine, Request(text=text)).frames())
        (answer,) = (frame for frame in frames if isinstance(frame, Answer))
        assert name in bytes(answer.reply).decode()
        assert {"mine": "yours", "yours": "mine"}[name] not in bytes(answer.reply).decode()


def test_errors_of_hostile_texts_are_errors_of_ours(engine):
    for text in ("T." * 5000, "@" * 5000, "(" * 5000, "\n" * 150_000, "\\" * 9999, "é" * 199_999):
        with pytest.raises(VizError):
            Submission(engine, Request(text=text)).result()


ORPHANS = """
import os, time
from pathlib import Path
from viz.service.sandbox.kernel import prctl
from viz.model import Request, RunPart
from viz.service.wire import Assignment, Order, pack
from viz.service.client.fork_server_client import ForkServerClient

def processes():
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, parent, _, session = rest.split()[:4]
        yield name.partition("(")[2], state, int(parent), int(session)

def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)

prctl(36, 1)  # this process adopts orphans, as process 1 of a container does
server = ForkServerClient.spawn()
assert server.wait_until_ready(60)
stream = server.start(Order(job=1, profile="run-library", seconds=60.0))
request = Request(text={text!r}, part=RunPart(device="c"))
stream.sendall(pack(Assignment(requests=(request,), indices=(0,))))
until(lambda: any(name == "cc1" and session == server.pid for name, _, _, session in processes()))
server.kill(1)
assert server.exit(1).status == 9
until(lambda: not any(session == server.pid for name, _, parent, session in processes()
                      if parent not in (os.getpid(), server.pid) or name in ("cc1", "gcc")))
found = [name for name, state, parent, _ in processes() if parent == os.getpid() and state == "Z"]
server.close()
print("zombies:", *found)
"""


def test_a_killed_compiler_is_reaped_by_the_fork_server():
    """In a container the web server may be process 1, which reaps no orphans."""
    if "gcc" not in Path(compilers.compiler("c")).name:
        pytest.skip("it looks for gcc's cc1")
    lines = (
        f"    A[{k % 64}] = A[{k * 7 % 64}] * A[{k * 5 % 64}] + T.exp(A[{k * 11 % 64}])\n"
        for k in range(500)
    )
    text = '@T.prim_func\ndef f(A: T.Buffer((64,), "float32")):\n' + "".join(lines)
    done = subprocess.run(
        [sys.executable, "-c", ORPHANS.replace("{text!r}", repr(text))],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "zombies:", done.stdout + done.stderr
