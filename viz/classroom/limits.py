"""Limit how often an address may do something: buckets of tokens that fill again with time."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 10_000
"""Buckets that are kept; the one that was used the longest time ago is dropped first."""


class Buckets:
    """A bucket of tokens for each of many names, all alike.

    Parameters
    ----------
    burst
        The tokens of a full bucket.
    per_second
        How many tokens a bucket gains in a second.
    clock
        Returns seconds.
    """

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def has(self, name: str) -> bool:
        """Return whether a bucket has a token."""
        return self._level(name) >= 1

    def take(self, name: str) -> bool:
        """Take a token from a bucket; return whether there was one."""
        level = self._level(name)
        had = level >= 1
        self._levels[name] = (level - had, self._clock())
        self._levels.move_to_end(name)
        while len(self._levels) > MOST_ADDRESSES:
            self._levels.popitem(last=False)
        return had

    def _level(self, name: str) -> float:
        level, when = self._levels.get(name, (self._burst, self._clock()))
        return min(self._burst, level + (self._clock() - when) * self._per_second)

    def __len__(self) -> int:
        return len(self._levels)


def network_of(address: str) -> str:
    """Return what shares a bucket: an IPv4 address, the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
