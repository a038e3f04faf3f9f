"""Equal requests are computed once; no answer is lost or confused."""

import asyncio
import json
import random
import threading

from tests.support.scripted_workers import ask, statuses, texts, until
from viz.model import Answer, End, EnvironmentPart, Options, RunPart
from viz.service.client.cache import ENTRY_BYTES, Cache


def test_the_same_question_is_worked_on_once(made):
    broker, workers = made()
    tickets = [broker.submit(f"s{number}", [ask("same")]) for number in range(60)]
    # Nobody waits for a worker: one is at it for all of them.
    assert broker.counters().waiting == 0
    other = broker.submit("other", [ask("same", options=Options(arch="x"))])
    assert other.position == 1
    workers.of("same").finish()
    assert all(texts(ticket) == ["same"] for ticket in tickets)
    assert broker.counters().shared == 59
    until(lambda: len(workers.begun) == 2)
    workers.begun[1].finish()
    other.replies()
    # From now on it is known.
    assert texts(broker.submit("late", [ask("same")])) == ["same"]
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
    assert texts(third) == ["two"]
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

    streams = asyncio.run(wait())
    for number, frames in enumerate(streams):
        (answer,) = (frame for frame in frames if isinstance(frame, Answer))
        assert json.loads(bytes(answer.reply))["definition"] == str(number)
        assert frames[-1] == End(status="ok")


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
                        if getattr(reply, "definition", text) != text:
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
            assert json.loads(bytes(frame.reply))["definition"] == ticket.requests[frame.index].text
        assert {frame.index for frame in answers} >= {
            end.index for end in ticket.ends if end.status == "ok"
        }
    counters = broker.counters()
    assert min(counters.cached, counters.shared, counters.superseded, counters.cancelled) > 0


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
