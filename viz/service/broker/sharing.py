"""Who waits for what, so that the same question is worked on once."""

from __future__ import annotations

from collections.abc import Sequence

from viz.service.broker.ticket import Ticket
from viz.service.broker.work import Work

Subscriber = tuple[Ticket, int]
"""A ticket and the index of one of its requests."""


class Batch:
    """Requests of a ticket, by index, that are computed together."""

    def __init__(self, ticket: Ticket, indexes: Sequence[int], work: Work) -> None:
        self.ticket = ticket
        self.requests = tuple(ticket.requests[index] for index in indexes)
        self.keys = tuple(ticket.keys[index] for index in indexes)
        self.work = work


class Sharing:
    """The open requests of all tickets, and which batch computes them. Not for several threads."""

    def __init__(self) -> None:
        self._subscribers: dict[bytes, list[Subscriber]] = {}
        self._computing: dict[bytes, Batch] = {}

    def subscribe(self, ticket: Ticket) -> None:
        """Note that a ticket waits for all of its requests that are open."""
        for index in sorted(ticket.open):
            self._subscribers.setdefault(ticket.keys[index], []).append((ticket, index))

    def subscribers(self, key: bytes) -> tuple[Subscriber, ...]:
        """Return who waits for a request."""
        return tuple(self._subscribers.get(key, ()))

    def unclaimed(self, ticket: Ticket) -> list[int]:
        """Return the open requests of a ticket that nobody computes, each question once."""
        found: dict[bytes, int] = {}
        for index in sorted(ticket.open):
            if ticket.keys[index] not in self._computing:
                found.setdefault(ticket.keys[index], index)
        return list(found.values())

    def begin(self, batch: Batch) -> None:
        """Note that a batch computes its requests from now on."""
        self._computing.update(dict.fromkeys(batch.keys, batch))

    def computes(self, batch: Batch, key: bytes) -> bool:
        """Return whether a batch's word on a request still counts."""
        return self._computing.get(key) is batch

    def end(self, key: bytes) -> None:
        """Forget a request that has ended."""
        self._computing.pop(key, None)
        self._subscribers.pop(key, None)

    def leave(self, ticket: Ticket) -> list[Batch]:
        """Forget a ticket; return the batches that nobody waits for any more."""
        batches = []
        for key in dict.fromkeys(ticket.keys):
            left = [each for each in self._subscribers.get(key, ()) if each[0] is not ticket]
            if left:
                self._subscribers[key] = left
                continue
            self._subscribers.pop(key, None)
            if (batch := self._computing.get(key)) is not None:
                batches.append(batch)
        unwanted = [batch for batch in dict.fromkeys(batches) if not self._wanted(batch)]
        for batch in unwanted:
            self.forget(batch)
        return unwanted

    def _wanted(self, batch: Batch) -> bool:
        return any(self.computes(batch, key) and self._subscribers.get(key) for key in batch.keys)

    def forget(self, batch: Batch) -> list[bytes]:
        """Let go of what a batch was still computing; return the keys of it."""
        left = [key for key in batch.keys if self.computes(batch, key)]
        for key in left:
            del self._computing[key]
        return left
