"""What TVM's Python looks up for every call, without the price of looking.

What is put in another's place is that of the whole process. It is known from the beginning what was
there, and that is put back: calls that overlap leave nothing of ours behind.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tvm.s_tir import Schedule

_STACK = inspect.stack
_CHECKED = {
    name: each
    for name, each in vars(Schedule).items()
    if inspect.isfunction(each) and hasattr(each, "__wrapped__")
}
"""The methods of a schedule that look at the types of their arguments first."""


@contextmanager
def cheap_stack() -> Iterator[None]:
    """Let ``inspect.stack`` look for no file and no source lines meanwhile.

    TVMScript's decorators ask it for their caller's frames, and by default it reads the source
    around every one: half the time of a small program's parse, and nearly all of the seconds that
    importing the tensor intrinsics takes.
    """
    inspect.stack = _frames
    try:
        yield
    finally:
        inspect.stack = _STACK


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
def unchecked_schedules() -> Iterator[None]:
    """Let schedules believe that their arguments have the right types.

    TVM's own rules ask for nothing else, and to look takes a sixth of the time of a matmul's
    default schedule.
    """
    for name, method in _CHECKED.items():
        setattr(Schedule, name, method.__wrapped__)
    try:
        yield
    finally:
        for name, method in _CHECKED.items():
            setattr(Schedule, name, method)
