"""Take requests from sessions, start work in turn, deliver its frames to the sessions."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Sequence
from typing import Literal

import msgspec

from viz.errors import EngineError, RefusedError, VizError, WorkerError
from viz.messages import message_of
from viz.model import Answer, End, Frame, Problem, Queued, Request
from viz.model.problem import problem_of
from viz.service.broker import log
from viz.service.broker.counters import Counters, Tally
from viz.service.broker.queue import FairQueue, Lane
from viz.service.broker.sharing import Batch, Sharing
from viz.service.broker.ticket import Ticket
from viz.service.broker.workers import LocalWorkers, Workers
from viz.service.client.cache import Cache
from viz.service.client.submit import SECONDS, Engine

MOST_WAITING = 1000
"""Tickets that may wait; each holds a program in memory. Further ones are refused."""


class Broker:
    """One queue and its workers, for all sessions of a process. Any thread may use it.

    Parameters
    ----------
    workers
        How many pieces of work run at the same time; as many as there are cores when left out.
    engine
        The engine of this machine; a new one when left out.
    scheduler
        The address of a dask scheduler whose workers do the work, such as
        ``tcp://10.0.0.1:8786``.
    seconds
        How long one request may take.

    Raises
    ------
    EngineError
        When no scheduler answers there, or ``distributed`` is not installed.
    """

    def __init__(
        self,
        workers: int | None = None,
        engine: Engine | None = None,
        scheduler: str = "",
        *,
        seconds: float = SECONDS,
    ) -> None:
        self.engine = engine or Engine()
        self._cache: Cache = self.engine.cache
        self._workers: Workers = LocalWorkers(self.engine, seconds)
        cores = _cores()
        if scheduler:
            from viz.service.broker.cluster import Cluster

            self._workers = cluster = Cluster(scheduler, seconds)
            cores = cluster.threads
        self._most = workers or cores
        self._lock = threading.Lock()
        self._queue: FairQueue[Ticket] = FairQueue()
        self._sharing = Sharing()
        self._tickets: dict[tuple[str, Lane], Ticket] = {}
        self._running: list[Batch] = []
        self._tally = Tally()
        self.problem: Problem | None = None
        """The error of the latest attempt to use the engine; None when it worked."""

    # ------------------------------------------------------------ for sessions

    def submit(self, session: str, requests: Sequence[Request], *, lane: Lane = "view") -> Ticket:
        """Take some requests and return their ticket.

        The session's open ticket in this lane ends as ``superseded``, and its place in the queue
        goes to the new ticket. Never blocks.
        """
        keys = [_key(request) for request in requests]
        ticket = Ticket(session, lane, requests, keys, self._cancel)
        with self._lock:
            self._tally.counts["requests"] += len(requests)
            older = self._tickets.get((session, lane))
            self._look_up(ticket)
            # Before the older ticket leaves, so that work that both wait for goes on.
            self._sharing.subscribe(ticket)
            if ticket.open:
                self._place(ticket, older)
            if older is not None:
                self._drop(older, "superseded")
            if lane == "view" and (ahead := self._tickets.get((session, "ahead"))) is not None:
                self._drop(ahead, "superseded")  # another text is looked at
            if not ticket.open:
                self._close(ticket)
            self._dispatch()
        return ticket

    def anticipate(self, session: str, requests: Sequence[Request]) -> bool:
        """Compute what a session may want next; return False where the workers are needed.

        The answers go to the cache. What was anticipated for the session before is given up. One
        worker stays free.
        """
        keys = [_key(request) for request in requests]
        ticket = Ticket(session, "ahead", requests, keys, self._cancel)
        with self._lock:
            self._tally.counts["requests"] += len(requests)
            older = self._tickets.get((session, "ahead"))
            self._look_up(ticket)
            self._sharing.subscribe(ticket)
            self._tickets[session, "ahead"] = ticket
            if older is not None:
                self._drop(older, "superseded")
            unclaimed = self._sharing.unclaimed(ticket)
            if not ticket.open:
                self._close(ticket)
            elif unclaimed and (len(self._queue) or len(self._running) + 1 >= self._most):
                self._drop(ticket, "cancelled")
                return False
            elif unclaimed:
                self._begin_batch(ticket, unclaimed)
            return True

    def counters(self) -> Counters:
        """Return the counts so far."""
        with self._lock:
            return self._tally.counters(
                workers=self._most,
                running=len(self._running),
                waiting=len(self._queue),
                restarts=self._workers.restarts,
            )

    def start(self) -> None:
        """Start the workers, so that the first request does not wait for them."""
        self._workers.start()

    def close(self) -> None:
        """Cancel everything and stop the workers."""
        with self._lock:
            for ticket in list(self._tickets.values()):
                self._drop(ticket, "cancelled")
        self._workers.close()

    # ------------------------------------------------------------ tickets; all under the lock

    def _look_up(self, ticket: Ticket) -> None:
        """Answer the requests of a ticket that are in the cache."""
        for index, key in enumerate(ticket.keys):
            kept = self._cache.find(key)
            if kept is not None:
                self._tally.counts["cached"] += 1
                ticket.put(Answer(reply=msgspec.Raw(kept), index=index))
                self._end(ticket, End(status="ok", index=index))

    def _place(self, ticket: Ticket, older: Ticket | None) -> None:
        """Queue a ticket in the place of the session's older one."""
        if older is None and len(self._queue) >= MOST_WAITING:
            self._refuse(ticket)
            return
        self._tickets[ticket.session, ticket.lane] = ticket
        self._wait(ticket)
        # An older ticket that was being worked on has no place in the queue. Its successor is next:
        # a user who types during his turn must not lose it. But only once, or a user who goes on
        # typing would get every turn.
        waits = self._queue.get(ticket.session, ticket.lane) is ticket
        if older is not None and older.started and not older.hurried and waits:
            ticket.hurried = True
            self._queue.put_first(ticket.session, ticket.lane, ticket)

    def _wait(self, ticket: Ticket) -> None:
        """Put a ticket into the queue unless all that it needs is being computed already."""
        if self._sharing.unclaimed(ticket):
            self._queue.put(ticket.session, ticket.lane, ticket)
        else:
            self._queue.remove(ticket.session, ticket.lane)
            self._started(ticket)

    def _started(self, ticket: Ticket) -> None:
        ticket.position = 0
        ticket.started = ticket.started or time.monotonic()

    def _refuse(self, ticket: Ticket) -> None:
        problem = Problem(
            code=RefusedError.code,
            what=message_of("queue-full", count=MOST_WAITING),
        )
        for index in sorted(ticket.open):
            self._end(ticket, End(status="failed", problem=problem, index=index))

    def _cancel(self, ticket: Ticket) -> None:
        with self._lock:
            self._drop(ticket, "cancelled")
            self._dispatch()

    def _drop(self, ticket: Ticket, status: Literal["cancelled", "superseded"]) -> None:
        """End a ticket early, and the work that no other ticket waits for."""
        if not ticket.open:
            return
        problem = None
        if status == "cancelled":
            problem = Problem(code=WorkerError.code, what=message_of("cancelled"))
        for index in sorted(ticket.open):
            self._end(ticket, End(status=status, problem=problem, index=index))
        self._close(ticket)

    def _end(self, ticket: Ticket, end: End) -> None:
        self._tally.end(end)
        ticket.put(end)

    def _close(self, ticket: Ticket) -> None:
        """Remove a ticket whose requests all have their end."""
        if self._queue.get(ticket.session, ticket.lane) is ticket:
            self._queue.remove(ticket.session, ticket.lane)
        for batch in self._sharing.leave(ticket):
            self._tally.counts["kills"] += 1
            batch.work.cancel()
        if self._tickets.get((ticket.session, ticket.lane)) is ticket:
            del self._tickets[ticket.session, ticket.lane]
        now = time.monotonic()
        started = ticket.started or now
        wait, run = started - ticket.submitted, now - started
        self._tally.times(wait, run)
        log.ended(ticket, wait, run)

    # ------------------------------------------------------------ turns; all under the lock

    def _dispatch(self) -> None:
        """Start the tickets that may start, and send the others their place in the queue."""
        while len(self._running) < self._most:
            ticket = self._queue.take(self._may_start)
            if ticket is None:
                break
            self._begin(ticket)
        if len(self._queue) and len(self._running) >= self._most:
            for batch in [*self._running]:
                if batch.ticket.lane == "ahead":
                    self._drop(batch.ticket, "cancelled")  # its worker is needed
        for ticket, position in self._queue.positions():
            if ticket.position != position:
                ticket.position = position
                ticket.put(Queued(position=position, index=min(ticket.open)))

    def _may_start(self, session: str, lane: Lane) -> bool:
        owners = [batch.ticket for batch in self._running if batch.ticket.open]
        # One looks at stages while they are run one after the other, or while they are measured.
        behind = ("ahead", "verify", "cost", "lesson")
        if any(ticket.session == session and ticket.lane not in behind for ticket in owners):
            return False
        # Runs may take long: one worker stays free for views.
        runs = sum(batch.ticket.lane in ("run", *behind) for batch in self._running)
        return lane not in ("run", "verify", "cost", "lesson") or runs < max(self._most - 1, 1)

    def _begin(self, ticket: Ticket) -> None:
        """Start the requests of a ticket that no batch computes yet.

        Where nobody else waits for the free workers, each takes requests for other targets.
        """
        free = 1 if len(self._queue) else self._most - len(self._running)
        self._started(ticket)
        for indexes in by_target(ticket.requests, self._sharing.unclaimed(ticket), free):
            self._begin_batch(ticket, indexes)

    def _begin_batch(self, ticket: Ticket, indexes: list[int]) -> None:
        work = self._workers.begin([ticket.requests[index] for index in indexes])
        batch = Batch(ticket, indexes, work)
        self._sharing.begin(batch)
        self._running.append(batch)
        for key in batch.keys:  # a ticket that needs nothing else leaves the queue
            for other, _ in self._sharing.subscribers(key):
                if self._queue.get(other.session, other.lane) is other:
                    self._wait(other)
        # One thread for each running batch, however many sessions wait.
        threading.Thread(target=self._work, args=(batch,), daemon=True, name="broker").start()

    # ------------------------------------------------------------ work; each batch in its thread

    def _work(self, batch: Batch) -> None:
        problem: Problem | None = None
        try:
            for frame in batch.work.frames():
                with self._lock:
                    self._deliver(batch, frame)
        except VizError as error:
            problem = problem_of(error)
            if isinstance(error, EngineError):
                self.problem = problem
        else:
            self.problem = None
        finally:
            with self._lock:
                self._finish(batch, problem)
                self._dispatch()

    def _deliver(self, batch: Batch, frame: Frame) -> None:
        """Put a frame into every ticket that waits for its request."""
        key = batch.keys[frame.index]
        if not self._sharing.computes(batch, key):
            return  # no ticket waits for it any more
        if isinstance(frame, Answer):
            self._cache.keep(key, batch.requests[frame.index], bytes(frame.reply))
        subscribers = self._sharing.subscribers(key)
        if isinstance(frame, End):
            self._sharing.end(key)
        for ticket, index in subscribers:
            renumbered = msgspec.structs.replace(frame, index=index)
            if not isinstance(renumbered, End):
                ticket.put(renumbered)
                continue
            self._tally.counts["shared"] += ticket is not batch.ticket
            self._end(ticket, renumbered)
            if not ticket.open:
                self._close(ticket)

    def _finish(self, batch: Batch, problem: Problem | None) -> None:
        """Free the worker; end the requests that it left open."""
        self._running.remove(batch)
        lost = Problem(code=WorkerError.code, what=message_of("process-gone"))
        for index, key in enumerate(batch.keys):
            if self._sharing.computes(batch, key):
                status: Literal["failed", "crashed"] = "failed" if problem else "crashed"
                self._deliver(batch, End(status=status, problem=problem or lost, index=index))


def by_target(requests: Sequence[Request], indexes: Sequence[int], most: int) -> list[list[int]]:
    """Deal requests, given by index, to at most so many workers, those for one target to one."""
    targets: dict[str, list[int]] = {}
    for index in indexes:
        targets.setdefault(requests[index].target, []).append(index)
    hands: list[list[int]] = [[] for _ in range(min(most, len(targets)))]
    for turn, same in enumerate(targets.values()):
        hands[turn % len(hands)] += same
    return [sorted(hand) for hand in hands]


def _key(request: Request) -> bytes:
    try:
        return Cache.key(request)
    except UnicodeEncodeError:
        # A lone surrogate: the answer will be that this is no text.
        return secrets.token_bytes(32)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
