"""Look at what this machine has beside TVM: Python, compilers, the jail; lines of ``doctor``."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Iterator
from typing import Literal

from viz.harness import nvrtc
from viz.harness.compilers import compiler, nvrtc_library
from viz.messages import Message, message_of, verbatim
from viz.model import Check
from viz.service import sandbox
from viz.service.sandbox.profiles import GIB


def protections(layers: tuple[sandbox.Layer, ...]) -> tuple[Check, ...]:
    """Return a line for each layer of the jail."""
    return tuple(map(_protection, layers))


def profiles(layers: tuple[sandbox.Layer, ...]) -> tuple[Check, ...]:
    """Return a line for each kind of process: its limits, and whether it may start here."""
    return tuple(_profile(profile, layers) for profile in sandbox.PROFILES.values())


def _protection(layer: sandbox.Layer) -> Check:
    reason = layer.reason
    return Check(
        name=layer.name,
        title=message_of(f"layer-{layer.name}"),
        state="ok" if layer.on else "missing",
        what=reason if layer.on else message_of("layer-missing", reason=reason),
    )


def _profile(profile: sandbox.Profile, layers: tuple[sandbox.Layer, ...]) -> Check:
    missing = sandbox.lacking(profile, layers)
    limits = [
        message_of("limit-seconds", seconds=profile.seconds),
        message_of("limit-processor", seconds=profile.processor),
    ]
    if profile.memory:
        limits.append(message_of("limit-memory", gib=profile.memory / GIB))
    mib = profile.written >> 20
    limits.append(message_of("limit-files", mib=mib) if mib else message_of("limit-no-file"))
    lacks = tuple(message_of(f"layer-{layer.name}") for layer in missing)
    title = message_of(f"profile-{profile.name}")
    return Check(
        name=profile.name,
        title=message_of("check-profile", name=profile.name, title=title),
        state="missing" if missing else "ok",
        what=message_of("profile-limits", limits=tuple(limits)),
        advice=message_of("profile-lacks", layers=lacks, way=message_of("unsafe-run"))
        if missing
        else None,
    )


def python() -> Check:
    """Return the line about Python and the system."""
    what = message_of("python-on", version=platform.python_version(), platform=platform.platform())
    return good("Python", "check-python", what)


def good(name: str, title: str, what: Message) -> Check:
    """Return a line about something that is as it should be; ``title`` is the id of a message."""
    return Check(name=name, title=message_of(title), state="ok", what=what)


def compilers() -> Iterator[Check]:
    """Yield a line for each compiler that TIRscope can use."""
    yield _program("C compiler", "check-c-compiler", compiler("c"), "install-c-compiler")
    yield _program("nvcc", "check-nvcc", compiler("cuda"), "nvcc-needed")
    yield _nvrtc()
    yield _program("clang", "check-clang", compiler("opencl"), "clang-needed")


def _nvrtc() -> Check:
    path = nvrtc_library()
    title = message_of("check-nvrtc")
    if not path:
        what, advice = message_of("not-found"), message_of("nvrtc-needed")
        return Check(name=nvrtc.NAME, title=title, state="missing", what=what, advice=advice)
    try:
        what = message_of("program-at", version=nvrtc.version(path), path=path)
    except (OSError, AttributeError):
        return Check(name=nvrtc.NAME, title=title, state="broken", what=verbatim(path))
    return Check(name=nvrtc.NAME, title=title, state="ok", what=what)


def _program(name: str, title: str, path: str, advice: str) -> Check:
    """Return the check of a program; ``title`` and ``advice`` are ids of messages."""

    def check(state: Literal["ok", "missing", "broken"], what: Message) -> Check:
        hint = None if state == "ok" else message_of(advice)
        return Check(name=name, title=message_of(title), state=state, what=what, advice=hint)

    if not path:
        return check("missing", message_of("not-found"))
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return check("broken", verbatim(path))
    lines = [line.strip() for line in done.stdout.splitlines() if re.search(r"\d+\.\d+", line)]
    if not lines:
        return check("ok", verbatim(path))
    return check("ok", message_of("program-at", version=lines[0], path=path))
