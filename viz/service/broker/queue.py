"""A queue in which sessions take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Literal, TypeVar

Lane = Literal["view", "look", "run"]
"""What a session can wait for at the same time: the parts that the editor shows, a part that
somebody looks at (such as a stage's text), a run."""

T = TypeVar("T")


class FairQueue(Generic[T]):
    """What waits, at most one thing per session and lane. Not for several threads at once.

    Sessions stand in a ring: each turn takes one thing of one session, and what else that session
    has waits for the next round. So nobody gets more turns by asking for more.
    """

    def __init__(self) -> None:
        self._ring: dict[str, dict[Lane, T]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._ring.values()))

    def put(self, session: str, lane: Lane, item: T) -> None:
        """Add something at the end, or in the place of what waits in that lane already."""
        # A dict keeps the place of a key that is assigned again.
        self._ring.setdefault(session, {})[lane] = item

    def put_first(self, session: str, lane: Lane, item: T) -> None:
        """Add something whose turn is next."""
        lanes = self._ring.pop(session, {})
        lanes.pop(lane, None)
        self._ring = {session: {lane: item, **lanes}, **self._ring}

    def get(self, session: str, lane: Lane) -> T | None:
        """Return what waits there."""
        return self._ring.get(session, {}).get(lane)

    def remove(self, session: str, lane: Lane) -> None:
        """Take something out, wherever it stands; nothing happens where nothing waits."""
        lanes = self._ring.get(session, {})
        lanes.pop(lane, None)
        if not lanes:
            self._ring.pop(session, None)

    def take(self, may: Callable[[str, Lane], bool]) -> T | None:
        """Take out the next thing that may start now; its session goes to the end of the ring."""
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
        """Yield everything in the order of its turn, from 1."""
        position = 0
        rounds = max(map(len, self._ring.values()), default=0)
        for turn in range(rounds):
            for lanes in self._ring.values():
                if turn < len(lanes):
                    position += 1
                    yield list(lanes.values())[turn], position
