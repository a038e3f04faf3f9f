"""A newer request of a session replaces its older one; closing early cancels."""

import asyncio

from tests.support.scripted_workers import ask, statuses, texts, until
from viz.errors import EngineError
from viz.model import Progress, Queued


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
    assert texts(newer) == ["same", "new"]
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
    assert texts(again) == ["a"]
    until(lambda: broker.problem is None)
