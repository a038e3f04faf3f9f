"""Factories of patterns, one for each node type of the catalog, named by its title.

>>> from viz.testing.nodes import Add, For, TensorLoad
>>> For(body=Add(a=TensorLoad(), b=1.0))

Importing a name that no node type has raises an ImportError.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from viz.testing.pattern import Pattern, node, titles


def __getattr__(name: str) -> Callable[..., Pattern]:
    """Return the factory of patterns for the node type with this title."""
    if name not in titles():
        raise AttributeError(f"there is no node type named {name!r}", name=name)
    return partial(node, name)


def __dir__() -> list[str]:
    """Return the titles, for completion."""
    return titles()
