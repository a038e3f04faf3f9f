"""Who works when: turns, replacing, sharing, cancelling, with workers of the test's and real ones."""

import asyncio
import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.broker import Broker, log, serving
from viz.broker import broker as module
from viz.broker.counters import quantile
from viz.broker.queue import FairQueue
from viz.cache import ENTRY_BYTES, Cache
from viz.errors import EngineError
from viz.examples import examples
from viz.model import (
    Answer,
    End,
    EnvironmentPart,
    Options,
    Overview,
    OverviewPart,
    Problem,
    Progress,
    Queued,
    Request,
    RunPart,
    SourcePart,
    Tree,
    TreePart,
    encode,
)
from viz.worker import Engine

ROOT = Path(__file__).resolve().parent.parent
ENDLESS = """@T.prim_func
def f(A: T.Buffer((8,), "int32")):
    while A[0] > -5:
        A[0] = A[0] + A[0] * 0
"""


def ask(text, part=OverviewPart(), **fields):
    return Request(text=text, part=part, **fields)


class Workers:
    """Workers that do nothing until the test lets them: each answers with its request's text."""

    restarts = 0

    def __init__(self, *, wait=True):
        self.begun = []
        self.wait = wait

    def begin(self, requests):
        work = Work(requests)
        self.begun.append(work)
        if not self.wait:
            work.go.set()
        return work

    def of(self, text):
        """Return the work on a text: there is exactly one."""
        (found,) = (work for work in self.begun if text in work.texts)
        return found

    def start(self): ...

    def close(self):
        for work in self.begun:
            work.cancel()


class Work:
    def __init__(self, requests):
        self.requests = requests
        self.texts = [request.text for request in requests]
        self.go = threading.Event()
        self.cancelled = threading.Event()
        self.error = None

    def finish(self):
        self.go.set()

    def fail(self, error):
        self.error = error
        self.go.set()

    def cancel(self):
        self.cancelled.set()
        self.go.set()

    def frames(self, heartbeat=None):
        for index, request in enumerate(self.requests):
            yield Progress(step="begun", index=index)
            assert self.go.wait(30)
            if self.error is not None:
                raise self.error
            if self.cancelled.is_set():
                yield End(
                    status="cancelled", problem=Problem(code="worker", message=""), index=index
                )
                continue
            reply = encode(Overview(script=request.text))
            yield Answer(reply=msgspec.Raw(reply), index=index)
            yield End(status="ok", index=index)


@pytest.fixture
def made():
    """Make brokers with workers of the test's; in the end nothing is left in any of them."""
    brokers = []

    def make(workers=1, **options):
        broker = Broker(workers)
        broker._workers = Workers(**options)
        brokers.append(broker)
        return broker, broker._workers

    yield make
    for broker in brokers:
        broker.close()
        until(lambda broker=broker: not broker._running)
        assert not broker._tickets
        assert not len(broker._queue)
        assert not broker._sharing._subscribers
        assert not broker._sharing._computing
        counters = broker.counters()
        assert counters.requests == sum(
            getattr(counters, name)
            for name in "answered failed refused crashed timeouts cancelled superseded".split()
        )


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def statuses(ticket):
    return [end.status for end in sorted(ticket.ends, key=lambda end: end.index)]


def scripts(ticket):
    return [reply.script for reply in ticket.replies()]


# ---------------------------------------------------------------- turns


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "put", "put", "remove", "take"]),
            st.sampled_from("abcd"),
            st.sampled_from(["view", "look", "run"]),
        ),
        max_size=40,
    )
)
def test_the_queue_is_fair(steps):
    queue, waiting, turns = FairQueue(), {}, Counter()
    for number, (step, session, lane) in enumerate(steps):
        if step == "put":
            place = dict(queue.positions()).get(waiting.get((session, lane)))
            queue.put(session, lane, number)
            waiting[session, lane] = number
            # What replaces keeps the place; what is new passes nobody of its own session.
            assert place in (None, dict(queue.positions())[number])
        elif step == "remove":
            queue.remove(session, lane)
            waiting.pop((session, lane), None)
        else:
            order = dict(queue.positions())
            taken = queue.take(lambda session, lane: True)
            assert (taken is None) == (not waiting)
            if taken is not None:
                assert order[taken] == 1
                waiting = {key: item for key, item in waiting.items() if item != taken}
    assert sorted(item for item, _ in queue.positions()) == sorted(waiting.values())
    # From here on nobody gets a second turn before everybody who waits had a first.
    owners = {item: session for (session, _), item in waiting.items()}
    left = Counter(owners.values())
    while (taken := queue.take(lambda session, lane: True)) is not None:
        session = owners[taken]
        assert all(turns[session] <= turns[other] for other in left if left[other])
        turns[session] += 1
        left[session] -= 1
    assert not +left


def test_places_are_seen_and_move(made):
    broker, workers = made()
    tickets = [broker.submit(name, [ask(name)]) for name in "abcd"]
    assert [ticket.position for ticket in tickets] == [0, 1, 2, 3]
    # d leaves no hole, and whoever comes stands behind.
    tickets[2].cancel()
    late = broker.submit("e", [ask("e")])
    assert [tickets[3].position, late.position] == [2, 3]
    reading = tickets[3].frames(heartbeat=0.01)
    assert next(reading) == Queued(position=2)  # where it stood before is of no use any more
    assert next(reading) == Queued(position=2)  # the heartbeat
    workers.of("a").finish()
    until(lambda: tickets[3].position == 1)
    assert Queued(position=1) in (next(reading) for _ in range(1000))
    for name in "bde":
        until(lambda name=name: any(name in work.texts for work in workers.begun))
        workers.of(name).finish()
    assert scripts(late) == ["e"]
    assert len(workers.begun) == 4  # c never began


def test_never_more_at_work_than_workers_and_one_of_a_session(made):
    broker, workers = made(3)
    first = broker.submit("a", [ask("a1")])
    second = broker.submit("a", [ask("a2")], lane="look")
    others = [broker.submit(name, [ask(name)]) for name in "bcd"]
    until(lambda: broker.counters().running == 3)
    assert [work.texts for work in workers.begun] == [["a1"], ["b"], ["c"]]
    assert (second.position, others[2].position) == (1, 2)
    workers.of("b").finish()
    # a is at work still, so d passes it.
    until(lambda: len(workers.begun) == 4)
    assert workers.begun[3].texts == ["d"]
    workers.of("a1").finish()
    assert scripts(first) == ["a1"]
    until(lambda: len(workers.begun) == 5)
    assert workers.begun[4].texts == ["a2"]


def test_runs_leave_a_worker_to_those_who_look(made):
    broker, workers = made(2)
    for name in "abc":
        broker.submit(name, [ask(name, RunPart())], lane="run")
    until(lambda: len(workers.begun) == 1)
    assert broker.counters().waiting == 2
    look = broker.submit("d", [ask("d")])
    assert look.position == 0
    workers.of("d").finish()
    assert scripts(look) == ["d"]
    assert [work.texts for work in workers.begun] == [["a"], ["d"]]


def test_more_than_can_wait_are_turned_away(made, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    broker, _ = made()
    waiting = [broker.submit(name, [ask(name)]) for name in "abc"]
    (problem,) = broker.submit("d", [ask("d")]).replies()
    assert (problem.code, problem.message) == ("refused", "2 others are waiting already")
    newer = broker.submit("c", [ask("c2")])  # c has its place already
    assert (newer.position, statuses(waiting[2])) == (2, ["superseded"])
    assert broker.counters().refused == 1


# ---------------------------------------------------------------- replacing and cancelling


def test_a_newer_edit_takes_the_place_of_the_older(made):
    broker, workers = made()
    running, older, behind = (broker.submit(name, [ask(name)]) for name in "abc")
    newer = broker.submit("b", [ask("b2")])
    assert statuses(older) == ["superseded"]
    assert older.ends[0].problem is None
    assert (newer.position, behind.position) == (1, 2)
    # One that is at work gives way at once, and its successor is next: once.
    newest = broker.submit("a", [ask("a2")])
    assert statuses(running) == ["superseded"]
    assert workers.of("a").cancelled.is_set()
    until(lambda: len(workers.begun) == 2)
    assert workers.begun[1].texts == ["a2"]
    last = broker.submit("a", [ask("a3")])
    assert statuses(newest) == ["superseded"]
    until(lambda: len(workers.begun) == 3)
    assert workers.begun[2].texts == ["b2"]
    until(lambda: (behind.position, last.position) == (1, 2))
    assert broker.counters().kills == 2


def test_what_both_edits_want_goes_on(made):
    broker, workers = made()
    older = broker.submit("a", [ask("same"), ask("old")])
    newer = broker.submit("a", [ask("same"), ask("new")])
    assert statuses(older) == ["superseded"] * 2
    work = workers.of("same")
    assert not work.cancelled.is_set()
    work.finish()
    until(lambda: len(workers.begun) == 2)
    workers.of("new").finish()
    assert scripts(newer) == ["same", "new"]
    assert [work.texts for work in workers.begun] == [["same", "old"], ["new"]]


def test_leaving_early_cancels(made):
    broker, workers = made()
    ticket = broker.submit("a", [ask("a")])
    for _ in ticket.frames(heartbeat=0.01):
        break
    assert statuses(ticket) == ["cancelled"]
    assert workers.of("a").cancelled.is_set()

    async def leave():
        reading = other.aframes(heartbeat=0.01)
        assert isinstance(await anext(reading), Queued | Progress)
        await reading.aclose()

    other = broker.submit("b", [ask("b")])
    asyncio.run(leave())
    assert statuses(other) == ["cancelled"]


def test_a_lost_worker_is_an_end(made):
    broker, workers = made()
    tickets = [broker.submit("a", [ask("a"), ask("b")]), broker.submit("b", [ask("b")])]
    workers.begun[0].fail(EngineError("no TVM", hint="install it"))
    assert [[p.message for p in ticket.replies()] for ticket in tickets] == [
        ["no TVM"] * 2,
        ["no TVM"],
    ]
    assert broker.problem is not None
    again = broker.submit("a", [ask("a")])
    until(lambda: len(workers.begun) == 2)
    workers.begun[1].finish()
    assert scripts(again) == ["a"]
    until(lambda: broker.problem is None)


# ---------------------------------------------------------------- sharing


def test_the_same_question_is_worked_on_once(made):
    broker, workers = made()
    tickets = [broker.submit(f"s{number}", [ask("same")]) for number in range(60)]
    # Nobody waits for a worker: one is at it for all of them.
    assert broker.counters().waiting == 0
    other = broker.submit("other", [ask("same", options=Options(arch="x"))])
    assert other.position == 1
    workers.of("same").finish()
    assert all(scripts(ticket) == ["same"] for ticket in tickets)
    assert broker.counters().shared == 59
    until(lambda: len(workers.begun) == 2)
    workers.begun[1].finish()
    other.replies()
    # From now on it is known.
    assert scripts(broker.submit("late", [ask("same")])) == ["same"]
    assert broker.counters().cached == 1
    assert len(workers.begun) == 2


def test_shared_work_dies_with_its_last_subscriber(made):
    broker, workers = made(2)
    first = broker.submit("a", [ask("one"), ask("two")])
    second = broker.submit("b", [ask("two")])
    (work,) = workers.begun
    first.cancel()
    assert not work.cancelled.is_set()
    second.cancel()
    assert work.cancelled.is_set()
    assert (statuses(first), statuses(second)) == (["cancelled"] * 2, ["cancelled"])
    # Whoever asks now gets a worker that lives.
    third = broker.submit("c", [ask("two")])
    until(lambda: len(workers.begun) == 2)
    workers.begun[1].finish()
    assert scripts(third) == ["two"]
    assert broker.counters().kills == 1


def test_waiting_takes_no_threads(made):
    broker, workers = made(2)
    before = threading.active_count()

    async def wait():
        tickets = [broker.submit(f"s{number}", [ask(f"{number}")]) for number in range(200)]
        readers = [asyncio.create_task(read(ticket)) for ticket in tickets]
        await asyncio.sleep(0.1)
        assert threading.active_count() <= before + 2
        workers.wait = False
        for work in workers.begun:
            work.finish()
        return await asyncio.gather(*readers)

    async def read(ticket):
        return [frame async for frame in ticket.aframes(heartbeat=0.02)]

    found = asyncio.run(wait())
    for number, frames in enumerate(found):
        assert json.loads(bytes(frames[-2].reply))["script"] == str(number)
        assert frames[-1] == End(status="ok")
        assert sum(isinstance(frame, Answer) for frame in frames) == 1


def test_nothing_is_lost_or_mixed_up(made):
    """Threads ask, replace, share, cancel as they like: every request ends once, and rightly."""
    broker, _ = made(3, wait=False)
    tickets, failures = [], []

    def student(number):
        chance = random.Random(number)
        for _ in range(150):
            texts = [f"text {chance.randrange(40)}" for _ in range(chance.randrange(1, 4))]
            options = Options(arch=str(chance.randrange(30)))
            ticket = broker.submit(
                f"s{number % 5}",
                [ask(text, options=options) for text in texts],
                lane=chance.choice(["view", "look", "run"]),
            )
            tickets.append(ticket)
            match chance.randrange(4):
                case 0:
                    ticket.cancel()
                case 1:
                    for frame in ticket.frames():
                        if isinstance(frame, Answer):
                            break
                case 2:
                    replies = ticket.replies()
                    for text, reply in zip(texts, replies, strict=True):
                        if getattr(reply, "script", text) != text:
                            failures.append((text, reply))

    threads = [threading.Thread(target=student, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    until(lambda: not broker.counters().running and not broker.counters().waiting)
    assert not failures
    for ticket in tickets:
        assert sorted(end.index for end in ticket.ends) == list(range(len(ticket.requests)))
        answers = [frame for frame in ticket.frames() if isinstance(frame, Answer)]
        for frame in answers:
            assert json.loads(bytes(frame.reply))["script"] == ticket.requests[frame.index].text
        assert {frame.index for frame in answers} >= {
            end.index for end in ticket.ends if end.status == "ok"
        }
    counters = broker.counters()
    assert min(counters.cached, counters.shared, counters.superseded, counters.cancelled) > 0


# ---------------------------------------------------------------- memory, counters, lines


def test_the_cache_is_bounded():
    cache = Cache(10 * (100 + ENTRY_BYTES))
    for number in range(100):
        cache.put(ask(str(number)), bytes(100))
        cache.get(ask("0"))  # what is used stays
    kept = [number for number in range(100) if cache.get(ask(str(number))) is not None]
    assert kept == [0, *range(91, 100)]
    cache.put(ask("0"), bytes(50))
    cache.put(ask("tiny"), b"")
    assert cache.get(ask("92")) is not None
    cache.put(ask("huge"), bytes(1 << 20))
    assert cache.get(ask("huge")) is None
    for part in (RunPart(), EnvironmentPart()):
        cache.put(ask("", part), b"1")
        assert cache.get(ask("", part)) is None


def test_quantiles():
    assert [quantile(range(1, 101), share) for share in (0.5, 0.95, 1)] == [50, 95, 100]
    assert (quantile([7], 0.95), quantile([], 0.5)) == (7, 0)


def test_lines_say_what_happened_and_nothing_of_the_program(made, caplog):
    broker, _ = made(wait=False)
    secret = "a secret of mine"
    with caplog.at_level(logging.INFO, log.LOGGER.name):
        requests = [
            ask(
                secret,
                definition=secret,
                function=secret,
                target=secret,
                arguments={secret: secret},
            ),
            ask(secret, RunPart(device=secret, reference=secret), target="cuda"),
        ]
        for _ in broker.submit("my token", requests).frames():
            pass
        until(lambda: caplog.records)
    (record,) = caplog.records
    line = json.loads(record.getMessage())
    assert not any(word in record.getMessage() for word in ("secret", "token"))
    assert line | {"session": "", "queue_ms": 0, "run_ms": 0} == {
        "event": "ticket",
        "session": "",
        "lane": "view",
        "parts": ["overview", "run"],
        "targets": ["cuda", "unknown"],
        "characters": len(secret),
        "queue_ms": 0,
        "run_ms": 0,
        "status": ["ok", "ok"],
    }
    assert line["session"] == log.session_name("my token") != log.session_name("another")


def test_the_command_line_of_a_server(capsys):
    serving.configure(["--workers", "3", "--of-somebody-else"])
    assert (serving._SETTINGS.workers, serving._SETTINGS.scheduler) == (3, "")
    serving.configure([])
    assert serving._SETTINGS.workers is None
    with pytest.raises(SystemExit):
        serving.configure(["--workers", "0"])
    assert "invalid" in capsys.readouterr().err


# ---------------------------------------------------------------- real workers


@pytest.fixture(scope="module")
def real():
    broker = Broker(2, Engine())
    yield broker
    broker.close()


def test_real_answers(real):
    text = examples()["softmax"].text
    requests = [
        ask(text),
        ask("def f(:\n"),
        ask(text, TreePart()),
        ask("\ud800"),
        ask(text, SourcePart(), target="cuda"),
    ]
    overview, problem, tree, broken, source = real.submit("a", requests).replies()
    assert isinstance(overview, Overview)
    assert isinstance(tree, Tree)
    assert source.target == "cuda"
    assert problem.span is not None
    assert "broken Unicode" in broken.message


def test_a_shared_run_dies_with_its_last_subscriber(real):
    request = ask(ENDLESS + "# shared\n", RunPart())
    tickets = [real.submit(name, [request], lane="run") for name in "ab"]
    for frame in tickets[0].frames(heartbeat=0.05):
        if isinstance(frame, Progress) and frame.step.startswith("running"):
            break  # which cancels it
    for frame in tickets[1].frames(heartbeat=0.3):
        if frame == Progress(step="running f on llvm"):
            break
    began = time.monotonic()
    until(lambda: real.counters().running == 0)
    assert time.monotonic() - began < 10  # it would run for ever
    assert isinstance(real.submit("a", [ask(ENDLESS)]).replies()[0], Overview)


def test_a_killed_engine_costs_nobody_an_answer(real):
    text = examples()["matmul"].text
    tickets = [
        real.submit(f"s{number}", [ask(f"{text}# {number}\n", SourcePart(), target="cuda")])
        for number in range(4)
    ]
    until(lambda: real.counters().running == 2)
    before = real.counters().restarts
    host, _ = real.engine.lease()
    os.kill(host.pid, signal.SIGKILL)
    assert [ticket.replies()[0].target for ticket in tickets] == ["cuda"] * 4
    assert real.counters().restarts == before + 1


def test_health(real, monkeypatch):
    from viz.ui import health

    monkeypatch.setattr(health, "shared", lambda: real)
    good = asyncio.run(health.health(None))
    assert (good.status_code, json.loads(good.body)["status"]) == (200, "ok")
    assert json.loads(good.body)["counters"]["workers"] == 2
    monkeypatch.setattr(real, "problem", Problem(code="engine", message="/a/path"))
    bad = asyncio.run(health.health(None))
    assert bad.status_code == 503
    assert b"path" not in bad.body


def test_a_server_tells_its_health():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", port, "--", "--workers", "3"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def answer():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                return json.loads(reply.read())
        except OSError:
            return None

    try:
        until(lambda: answer() is not None, seconds=60)
        said = answer()
    finally:
        process.terminate()
        process.wait(30)
    assert (said["status"], said["counters"]["workers"]) == ("ok", 3)


def test_the_environment_page_shows_the_counters(real, monkeypatch):
    from streamlit.testing.v1 import AppTest

    from viz.ui import environment, state

    def page():
        from viz.ui import environment

        environment.page()

    monkeypatch.setattr(state, "broker", lambda: real)
    monkeypatch.setattr(environment, "broker", lambda: real)
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    shown = "".join(element.value for element in at.get("html"))
    counters = real.counters()
    assert "of 2 workers busy, 0 waiting" in shown
    assert f"{counters.requests:,}: {counters.answered:,} answered" in shown
    assert f"{counters.kills:,} killed, {counters.restarts:,} engine restarts" in shown


# ---------------------------------------------------------------- a cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler and a worker with two threads, as their owner would."""
    distributed = pytest.importorskip("distributed", reason="requirements-cluster.txt")
    found = tmp_path_factory.mktemp("dask") / "scheduler.json"
    both = ["--scheduler-file", found, "--no-dashboard"]
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", "0", *both],
        ["worker", "--nthreads", "2", "--no-nanny", *both],
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=found.parent,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        until(found.exists, seconds=60)
        with distributed.Client(scheduler_file=str(found), timeout=60) as client:
            client.wait_for_workers(1, timeout=60)
            address = client.scheduler.address
        broker = Broker(scheduler=address)
        yield broker
        broker.close()
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def test_a_cluster_answers_as_this_machine(cluster, real):
    text = examples()["add_one"].text + "# far\n"
    requests = [ask(text), ask("def f(:\n"), ask(text, SourcePart(), target="cuda")]
    here, there = (broker.submit("a", requests).replies() for broker in (real, cluster))
    assert [encode(reply) for reply in there] == [encode(reply) for reply in here]
    assert cluster.counters().workers == 2
    assert cluster.submit("b", requests[:1]).replies()[0] == here[0]
    assert cluster.counters().cached == 1


def threads_at_work(dask_worker):
    return len(dask_worker.active_threads)


def test_a_cluster_stops_what_nobody_wants(cluster):
    client = cluster._workers._client
    for session in "abc":  # one more than there are workers
        ticket = cluster.submit(session, [ask(ENDLESS, RunPart())])
        until(lambda: any(client.run(threads_at_work).values()))
        ticket.cancel()
    # Long before their time is up.
    until(lambda: not any(client.run(threads_at_work).values()), seconds=8)
    answer = cluster.submit("d", [ask(ENDLESS + "# looked at\n")]).replies()[0]
    assert isinstance(answer, Overview)


def test_a_scheduler_that_is_not_there(monkeypatch):
    pytest.importorskip("distributed", reason="requirements-cluster.txt")
    monkeypatch.setattr("viz.broker.cluster.CONNECTING_SECONDS", 0.5)
    with pytest.raises(EngineError, match="no dask scheduler answers"):
        Broker(scheduler="tcp://127.0.0.1:9")


# ---------------------------------------------------------------- the long scripts, short


@pytest.mark.parametrize(
    "command",
    [
        ["load.py", "--sessions", "6", "--seconds", "5", "--every", "2", "--untimed"],
        ["soak.py", "--requests", "40", "--shots", "0", "--cold", "--untimed"],
    ],
    ids=["load", "soak"],
)
def test_the_long_scripts(command):
    script, *arguments = command
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
