"""Subscribe tickets to requests by key, so that equal requests are computed once."""

from __future__ import annotations

from collections.abc import Sequence

from viz.service.broker.ticket import Ticket
from viz.service.broker.workers import Work

Subscriber = tuple[Ticket, int]
"""A ticket and the index of one of its requests."""


class Batch:
    """Requests of a ticket that are computed together.

    Parameters
    ----------
    indexes
        Which of the ticket's requests.
    """

    def __init__(self, ticket: Ticket, indexes: Sequence[int], work: Work) -> None:
        self.ticket = ticket
        self.requests = tuple(ticket.requests[index] for index in indexes)
        self.keys = tuple(ticket.keys[index] for index in indexes)
        self.work = work


class Sharing:
    """The open requests of all tickets, and the batch that computes each. Not thread-safe."""

    def __init__(self) -> None:
        self._subscribers: dict[bytes, list[Subscriber]] = {}
        self._computing: dict[bytes, Batch] = {}

    def subscribe(self, ticket: Ticket) -> None:
        """Add a ticket to those that wait for each of its open requests."""
        for index in sorted(ticket.open):
            self._subscribers.setdefault(ticket.keys[index], []).append((ticket, index))

    def subscribers(self, key: bytes) -> tuple[Subscriber, ...]:
        """Return the tickets that wait for a request."""
        return tuple(self._subscribers.get(key, ()))

    def unclaimed(self, ticket: Ticket) -> list[int]:
        """Return the indices of open requests that no batch computes, equal requests once."""
        unclaimed: dict[bytes, int] = {}
        for index in sorted(ticket.open):
            if ticket.keys[index] not in self._computing:
                unclaimed.setdefault(ticket.keys[index], index)
        return list(unclaimed.values())

    def begin(self, batch: Batch) -> None:
        """Register a batch as the one that computes its requests."""
        self._computing.update(dict.fromkeys(batch.keys, batch))

    def computes(self, batch: Batch, key: bytes) -> bool:
        """Whether a batch is still the one that computes a request."""
        return self._computing.get(key) is batch

    def end(self, key: bytes) -> None:
        """Remove a request that has ended."""
        self._computing.pop(key, None)
        self._subscribers.pop(key, None)

    def leave(self, ticket: Ticket) -> list[Batch]:
        """Remove a ticket; return the batches that no ticket waits for any more."""
        batches = []
        for key in dict.fromkeys(ticket.keys):
            others = [entry for entry in self._subscribers.get(key, ()) if entry[0] is not ticket]
            if others:
                self._subscribers[key] = others
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
        """Unregister a batch; return the keys of the requests that it was still computing."""
        left = [key for key in batch.keys if self.computes(batch, key)]
        for key in left:
            del self._computing[key]
        return left
