"""Change state of the whole process: faster lookups for TVM, deeper recursion, source-only builds.

Only the engine's own processes may be changed; each of them calls :func:`own_process` when it
starts. Everywhere else, as in the process of someone who calls ``viz.inspect``, the functions of
this module change nothing: the answers are the same, and some of them take longer.

Each change lasts as long as a ``with`` block and puts back what stood there when this module was
imported, so that blocks that overlap in two threads leave nothing behind.
"""

from __future__ import annotations

import inspect
import io
import linecache
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from types import FrameType
from typing import Any

from tvm.s_tir import Schedule

try:
    from tvm.tirx.script.parser import entry
except ImportError:  # private to TVM, see viz/ir/tvm_names.py
    entry = None
try:
    from tvm.s_tir.dlight.base import transform as default_schedules
except ImportError:  # private to TVM, too
    default_schedules = None

SOURCE_ONLY = "TVM_COMPILE_FORCE_FALLBACK"
"""The environment variable that keeps TVM's device codegens from loading, or compiling, what they
write: ``nvcc``, NVRTC and the GPU's driver are left alone."""

CUDA_COMPILER = "TVM_CUDA_COMPILE_MODE"
"""The environment variable that chooses ``nvcc`` or ``nvrtc`` for CUDA kernels."""

PARSER_FRAMES = 5000
"""Python frames that TVM's parser may use; it takes about ten for each level of nesting."""

_STACK = inspect.stack
PARSE: Callable[..., Any] | None = getattr(entry, "parse", None)
"""What TVM parses a decorated function with, None where it is not where it was."""
APPLY: Callable[..., Any] | None = getattr(default_schedules, "_apply_rules", None)
"""What TVM schedules a PrimFunc with by the first rule that fits, None where it is not there."""

_CHECKED_METHODS = {
    name: method
    for name, method in vars(Schedule).items()
    if inspect.isfunction(method) and hasattr(method, "__wrapped__")
}
"""The methods of a schedule that check the types of their arguments."""

_owned = False


def own_process() -> None:
    """Declare this process the engine's own: from now on its state may be changed."""
    global _owned
    _owned = True


def is_own_process() -> bool:
    """Whether this process is the engine's own."""
    return _owned


@contextmanager
def cheap_stack() -> Iterator[None]:
    """Make ``inspect.stack`` read no source files.

    TVMScript's decorators call it for their caller's frames, and by default it reads the source
    around every frame: half the time of a small program's parse, and nearly all of the seconds that
    importing the tensor intrinsics takes.
    """
    with _replaced(inspect, "stack", _STACK, _frames_without_source):
        yield


def _frames_without_source(context: int = 0) -> list[inspect.FrameInfo]:
    frames = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        frames.append(
            inspect.FrameInfo(frame, code.co_filename, frame.f_lineno, code.co_name, None, None)
        )
        frame = frame.f_back
    return frames


@contextmanager
def unchecked_schedules() -> Iterator[None]:
    """Make schedules skip the type checks of their arguments.

    TVM's own rules pass arguments of the right types, and the checks take a sixth of the time of a
    matmul's default schedule.
    """
    if not _owned:
        yield
        return
    for name, method in _CHECKED_METHODS.items():
        setattr(Schedule, name, method.__wrapped__)
    try:
        yield
    finally:
        for name, method in _CHECKED_METHODS.items():
            setattr(Schedule, name, method)


@contextmanager
def decorated_by(parse: Callable[..., Any]) -> Iterator[None]:
    """Make TVM's decorators of functions call this instead of :data:`PARSE`."""
    with _replaced(entry, "parse", PARSE, parse):
        yield


@contextmanager
def scheduled_by(apply: Callable[..., Any]) -> Iterator[None]:
    """Make TVM's pass of default schedules call this instead of :data:`APPLY`."""
    with _replaced(default_schedules, "_apply_rules", APPLY, apply):
        yield


@contextmanager
def _replaced(owner: Any, name: str, usual: Any, other: Any) -> Iterator[None]:
    """Give a module another function by a name, where it has its usual one."""
    if not _owned or usual is None:
        yield
        return
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, usual)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Raise Python's recursion limit to :data:`PARSER_FRAMES`, if it is lower."""
    if not _owned:
        yield
        return
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, PARSER_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what Python code prints and warns of, as the converters of TVM's importers do."""
    if not _owned:
        yield
        return
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def source_only() -> Iterator[None]:
    """Set :data:`SOURCE_ONLY`: TVM's device codegens return their text and compile nothing."""
    if not _owned:
        yield
        return
    before = os.environ.get(SOURCE_ONLY)
    os.environ[SOURCE_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SOURCE_ONLY]
        else:
            os.environ[SOURCE_ONLY] = before


def prefer_nvcc() -> None:
    """Make TVM compile CUDA kernels with ``nvcc`` for the rest of the process, unless it is told.

    In a process that is not the engine's own TVM's default holds, which is NVRTC.
    """
    if _owned:
        os.environ.setdefault(CUDA_COMPILER, "nvcc")


def keep_sources(*packages: str) -> None:
    """Keep the texts of loaded modules that are written in TVMScript, for a process without files.

    TVM parses a decorated function when the call that defines it runs, and asks ``inspect`` for
    its text: the tile operations of TIRx are such functions inside of others.
    """
    if not _owned:
        return
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        if name.startswith(packages) and path.endswith(".py"):
            lines = linecache.getlines(path)
            if any("tvm.script" in line for line in lines):
                # Without a time of change nobody looks whether the file is still the same.
                linecache.cache[path] = (sum(map(len, lines)), None, lines, path)
