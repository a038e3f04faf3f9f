"""Turns of sessions, places in the queue, and refusals when it is full."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_workers import ask, statuses, texts, until
from viz.model import Queued, RunPart
from viz.service.broker import broker as module
from viz.service.broker.queue import FairQueue


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
            next_item = queue.take(lambda session, lane: True)
            assert (next_item is None) == (not waiting)
            if next_item is not None:
                assert order[next_item] == 1
                waiting = {key: item for key, item in waiting.items() if item != next_item}
    assert sorted(item for item, _ in queue.positions()) == sorted(waiting.values())
    # From here on nobody gets a second turn before everybody who waits had a first.
    owners = {item: session for (session, _), item in waiting.items()}
    left = Counter(owners.values())
    while (next_item := queue.take(lambda session, lane: True)) is not None:
        session = owners[next_item]
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
    assert texts(late) == ["e"]
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
    assert texts(first) == ["a1"]
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
    assert texts(look) == ["d"]
    assert [work.texts for work in workers.begun] == [["a"], ["d"]]


def test_targets_are_shared_out_while_nobody_waits(made):
    broker, workers = made(2)
    requests = [ask("x", target=target) for target in ("c", "c", "cuda", "cuda", "metal")]
    first = broker.submit("a", requests)
    other = broker.submit("b", requests[2:])  # it waits for the same work
    until(lambda: len(workers.begun) == 2)
    targets = [[request.target for request in work.requests] for work in workers.begun]
    assert targets == [["c", "cuda"], ["metal"]] or targets == [["c", "metal"], ["cuda"]]
    for work in workers.begun:
        work.finish()
    assert texts(first) == ["x"] * 5
    assert texts(other) == ["x"] * 3
    # With somebody in the queue one worker does it all.
    busy = [broker.submit(name, [ask(name)]) for name in "cde"]
    late = broker.submit("f", [ask("y", target=target) for target in ("c", "cuda")])
    for name in "cde":
        until(lambda name=name: any(name in work.texts for work in workers.begun))
        assert len([work for work in workers.begun if "y" in work.texts]) <= 1
        workers.of(name).finish()
    for ticket, name in zip(busy, "cde", strict=True):
        assert texts(ticket) == [name]
    until(lambda: any("y" in work.texts for work in workers.begun))
    for work in workers.begun:
        work.finish()
    assert texts(late) == ["y"] * 2


def test_what_may_be_wanted_next_takes_a_worker_that_nobody_needs(made):
    broker, workers = made(2)
    assert broker.anticipate("a", [ask("next"), ask("later")])
    (ahead,) = workers.begun
    look = broker.submit("a", [ask("next")], lane="look")
    assert len(workers.begun) == 1  # it is worked on already
    # Another text of the same session, and of others: the second worker, then the first.
    view = broker.submit("b", [ask("view")])
    until(lambda: len(workers.begun) == 2)
    assert not broker.anticipate("b", [ask("no")])
    waits = broker.submit("c", [ask("waits")])
    assert not ahead.cancelled.is_set()  # somebody waits for it
    look.cancel()
    until(lambda: len(workers.begun) == 3)
    assert ahead.cancelled.is_set()
    for work in workers.begun:
        work.finish()
    assert (texts(view), texts(waits)) == (["view"], ["waits"])
    until(lambda: not broker.counters().running)
    # Its answers are known afterwards; an edit gives up what is not known yet.
    assert broker.anticipate("a", [ask("known")])
    workers.of("known").finish()
    until(lambda: not broker.counters().running)
    assert texts(broker.submit("a", [ask("known")], lane="look")) == ["known"]
    assert broker.anticipate("a", [ask("old")])
    edited = broker.submit("a", [ask("edited")])
    assert workers.of("old").cancelled.is_set()
    workers.of("edited").finish()
    assert texts(edited) == ["edited"]


def test_more_than_can_wait_are_turned_away(made, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    broker, _ = made()
    waiting = [broker.submit(name, [ask(name)]) for name in "abc"]
    (problem,) = broker.submit("d", [ask("d")]).replies()
    assert (problem.code, problem.message) == ("refused", "2 others are waiting already")
    newer = broker.submit("c", [ask("c2")])  # c has its place already
    assert (newer.position, statuses(waiting[2])) == (2, ["superseded"])
    assert broker.counters().refused == 1
