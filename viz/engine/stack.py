"""TVMScript's decorators, without the price of looking at who calls them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def cheap_stack() -> Iterator[None]:
    """Let ``inspect.stack`` look for no file and no source lines meanwhile.

    TVMScript's decorators ask it for their caller's frames, and by default it reads the source
    around every one: half the time of a small program's parse, and nearly all of the seconds that
    importing the tensor intrinsics takes.
    """
    stack = inspect.stack
    inspect.stack = _frames
    try:
        yield
    finally:
        inspect.stack = stack


def _frames(context: int = 0) -> list[inspect.FrameInfo]:
    found = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        found.append(
            inspect.FrameInfo(frame, code.co_filename, frame.f_lineno, code.co_name, None, None)
        )
        frame = frame.f_back
    return found
