"""Queue items so that sessions take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Literal, TypeVar

Lane = Literal["view", "look", "life", "step", "run", "verify", "cost", "lesson", "ahead"]
"""The kinds of requests that a session may have open at the same time: the parts that the editor
shows, a part that is opened (such as a stage's text), the life of a node, a text to go through
step by step, a run, a run after every pass, what a run costs, what a lesson asks, and
what it may want next."""

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Waiting items, at most one per session and lane. Not thread-safe.

    Sessions stand in a ring: each turn takes one item of one session, and its other items wait for
    the next round. So no session gets more turns by sending more.
    """

    def __init__(self) -> None:
        self._ring: dict[str, dict[Lane, T]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._ring.values()))

    def put(self, session: str, lane: Lane, item: T) -> None:
        """Add an item at the end, or in the place of the one that waits in that lane already."""
        # A dict keeps the place of a key that is assigned again.
        self._ring.setdefault(session, {})[lane] = item

    def put_first(self, session: str, lane: Lane, item: T) -> None:
        """Add an item whose turn is next."""
        lanes = self._ring.pop(session, {})
        lanes.pop(lane, None)
        self._ring = {session: {lane: item, **lanes}, **self._ring}

    def get(self, session: str, lane: Lane) -> T | None:
        """Return the item that waits there, or None."""
        return self._ring.get(session, {}).get(lane)

    def remove(self, session: str, lane: Lane) -> None:
        """Remove an item from the queue, if there is one."""
        lanes = self._ring.get(session, {})
        lanes.pop(lane, None)
        if not lanes:
            self._ring.pop(session, None)

    def take(self, may: Callable[[str, Lane], bool]) -> T | None:
        """Remove and return the next item that may start; its session moves to the end."""
        for session, lanes in self._ring.items():
            for lane, item in lanes.items():
                if may(session, lane):
                    del lanes[lane]
                    del self._ring[session]
                    if lanes:
                        self._ring[session] = lanes
                    return item
        return None

    def positions(self) -> Iterator[tuple[T, int]]:
        """Yield each item with its position, from 1, in the order of their turns."""
        position = 0
        rounds = max(map(len, self._ring.values()), default=0)
        for turn in range(rounds):
            for lanes in self._ring.values():
                if turn < len(lanes):
                    position += 1
                    yield list(lanes.values())[turn], position
