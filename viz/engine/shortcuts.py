"""What TVM's Python looks up for every call, without the price of looking."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType

from tvm.s_tir.schedule import _type_checker


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


@contextmanager
def cheap_checks() -> Iterator[None]:
    """Let schedules know again what they found out of a type hint before.

    Each call of a schedule has its arguments checked, for which every hint is taken apart anew: a
    twelfth of the time that the default schedule of a matmul takes.
    """
    take_apart = _type_checker._dispatcher
    _type_checker._dispatcher = _taken_apart
    try:
        yield
    finally:
        _type_checker._dispatcher = take_apart


_taken_apart = cache(_type_checker._dispatcher)
