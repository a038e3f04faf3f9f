"""TVMScript's decorators, without the price of looking at who calls them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cheap_stack() -> Iterator[None]:
    """Let ``inspect.stack`` leave out source lines meanwhile.

    TVMScript's decorators ask it for their caller's frame, and by default it reads the source
    around every frame: half the time of a small program's parse, and nearly all of the seconds
    that importing the tensor intrinsics takes.
    """
    stack = inspect.stack
    inspect.stack = lambda context=0: stack(0)
    try:
        yield
    finally:
        inspect.stack = stack
