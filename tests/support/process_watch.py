"""Record the state of a process, and compare it while and after something runs in it."""

from __future__ import annotations

import builtins
import inspect
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType

import tvm
import tvm_ffi
from tvm.s_tir import Schedule

HOOKS = ("excepthook", "unraisablehook", "displayhook", "stdin", "stdout", "stderr")
READING = {"filters", "_filters_mutated", "showwarning", "_showwarning_orig", "_onceregistry"}
"""What warnings.catch_warnings sets while Python reads a text that it would warn of."""


TVMS_OWN = {(tvm.ir.GlobalVar, "__call__")}
"""TVM's parser replaces it while it parses a function, and puts it back."""


def is_of_tvm(name: str) -> bool:
    return name.partition(".")[0] in ("tvm", "tvm_ffi")


def state() -> dict:
    """Return what the process holds by owner and name: modules and classes of TVM, and hooks."""
    owners = [module for name, module in sys.modules.items() if is_of_tvm(name)]
    owners += [inspect, builtins, threading, warnings, logging]
    for module in tuple(owners):
        owners += [
            member
            for member in vars(module).values()
            if isinstance(member, type) and is_of_tvm(member.__module__)
        ]
    values = {(owner, name): value for owner in owners for name, value in vars(owner).items()}
    values |= {("environment", name): value for name, value in os.environ.items()}
    values |= {("sys", name): getattr(sys, name) for name in HOOKS}
    values |= {("finder", i): finder for i, finder in enumerate(sys.meta_path)}
    values |= {("handler", i): handler for i, handler in enumerate(logging.getLogger().handlers)}
    values |= {("signal", number): signal.getsignal(number) for number in signal.valid_signals()}
    values["sys", "recursion limit"] = sys.getrecursionlimit()
    return values


def differences(before: dict, *, during: bool = False) -> list:
    """Return the owners and names whose values differ; modules may be loaded, not changed."""
    current = state()
    missing = object()
    different = []
    for key, value in before.items():
        other = current.get(key, missing)
        same = other == value if isinstance(value, int | str) else other is value
        allowed = key in TVMS_OWN or (key[0] is warnings and key[1] in READING)
        if not same and not (during and allowed):
            different.append(key)
    fresh = current.keys() - before.keys()
    return different + [key for key in fresh if isinstance(key[0], str) or key[0] is Schedule]


class Watched:
    """Compares the state of this process at every call of Python, and raises when it differs.

    At each call ``inspect.stack``, the streams and the recursion limit are compared, at every
    seventh the methods of ``Schedule``, at every 200th the environment, at every 50,000th all of
    :func:`state`.
    """

    def __enter__(self) -> None:
        self.calls, self.different = 0, []
        self.schedule = dict(vars(Schedule))
        self.names = set(tvm_ffi.registry.list_global_func_names())
        self.variables = dict(os.environ)
        self.before = state()
        sys.setprofile(self.comparison())

    def comparison(self) -> Callable[[FrameType, str, object], None]:
        """Return what is called millions of times: it reads no attributes of this object."""
        inspected, system, methods = vars(inspect), vars(sys), vars(Schedule)
        stack, stdout, stderr = inspect.stack, sys.stdout, sys.stderr
        limit_of, limit, schedule = sys.getrecursionlimit, sys.getrecursionlimit(), self.schedule
        calls = 0

        def compare(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            if event != "call":
                return
            calls += 1
            if inspected["stack"] is not stack:
                self.different.append("inspect.stack")
            if system["stdout"] is not stdout or system["stderr"] is not stderr:
                self.different.append("streams")
            if limit_of() != limit:
                self.different.append("recursion limit")
            if not calls % 7 and methods != schedule:
                self.different += methods.items() ^ schedule.items()
            if not calls % 200:
                self.calls = calls
                if dict(os.environ) != self.variables:
                    self.different.append("environment")
                if not calls % 50_000:
                    self.different += differences(self.before, during=True)

        return compare

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)
        self.different += differences(self.before)
        self.different += set(tvm_ffi.registry.list_global_func_names()) ^ self.names
        assert self.calls > 1000, self.calls
        if error[0] is None:
            assert not self.different, self.different[:8]


def forbid_device_modules() -> None:
    """Act as with a GPU's runtime that cannot compile: device texts exist in source only."""

    def create(*_: object) -> None:
        raise RuntimeError("a device module was created")

    for kind in ("cuda", "opencl", "metal", "webgpu"):
        tvm.register_global_func(f"ffi.Module.create.{kind}", create, override=True)
