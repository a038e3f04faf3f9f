"""Look at what this machine and its TVM can do: the lines of ``doctor``."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from importlib import metadata
from pathlib import Path
from typing import Literal

import tvm

from viz.ir.tvm_names import Parts
from viz.ir.tvm_version import TESTED, installed
from viz.messages import Message, message_of, verbatim
from viz.model import Check, Environment, Problem, catalog
from viz.runtime import nvrtc
from viz.runtime.compilers import compiler, nvrtc_library
from viz.service import sandbox
from viz.service.sandbox.profiles import GIB


def look(parts: Parts) -> Environment:
    """Look at the engine, the devices, the compilers and the codegens, and at the jail.

    Parameters
    ----------
    parts
        The parts of the engine that work with this TVM.
    """
    layers = PROBE.get()()
    devices = tuple(_devices(parts))
    notice = parts.notice()
    return Environment(
        checks=(
            *_engine(parts, notice),
            *devices,
            *_compilers(),
            *_targets(),
        ),
        devices=tuple(
            check.name.removeprefix("device ") for check in devices if check.state == "ok"
        ),
        protections=tuple(map(_protection, layers)),
        profiles=tuple(_profile(profile, layers) for profile in sandbox.PROFILES.values()),
        problems=(notice,) if notice else (),
    )


PROBE: ContextVar[Callable[[], tuple[sandbox.Layer, ...]]] = ContextVar(
    "probe", default=sandbox.probe
)
"""Returns the layers of the jail that workers have here."""


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


def _engine(parts: Parts, notice: Problem | None) -> Iterator[Check]:
    version = parts.version
    advice = None
    if notice is not None:
        advice = message_of("tvm-notice", notice=notice.what, hint=notice.advice or "")
    elif version != TESTED:
        advice = message_of("tested-with", tested=TESTED)
    package = installed() or message_of("not-from-package")
    yield Check(
        name="TVM",
        title=message_of("check-tvm"),
        state="ok" if notice is None else "broken",
        what=message_of("version-of-package", version=version, package=package),
        advice=advice,
    )
    yield from parts.checks()
    yield _good("TVM module", "check-tvm-module", verbatim(str(tvm.__file__)))
    yield _good("TVM library", "check-tvm-library", _library())
    yield _good("tvm-ffi", "check-tvm-ffi", _ffi_version())
    python = message_of(
        "python-on", version=platform.python_version(), platform=platform.platform()
    )
    yield _good("Python", "check-python", python)


def _good(name: str, title: str, what: Message) -> Check:
    return Check(name=name, title=message_of(title), state="ok", what=what)


def _ffi_version() -> Message:
    try:
        return verbatim(metadata.version("apache-tvm-ffi"))
    except metadata.PackageNotFoundError:
        return message_of("not-from-package")  # as with builds of TVM that bring it themselves


def _devices(parts: Parts) -> Iterator[Check]:
    if "run" in parts.off:
        return
    from viz.runtime.devices import DEVICES

    for name, device in DEVICES.items():
        missing = device.missing()
        yield Check(
            name=f"device {name}",
            title=message_of("check-device", name=name),
            state="missing" if missing else "ok",
            what=missing or _usable(name),
            advice=_device_advice(name) if missing else None,
        )


def _usable(device: str) -> Message:
    if device == "cuda":
        return verbatim(str(tvm.cuda(0).device_name))
    return message_of("usable")


def _compilers() -> Iterator[Check]:
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


def _targets() -> Iterator[Check]:
    for name, row in catalog.targets().items():
        known = not row.unavailable and (
            tvm.get_global_func(f"target.build.{row.kind}", allow_missing=True) is not None
        )
        yield Check(
            name=f"target {name}",
            title=message_of("check-target", name=name),
            state="ok" if known else "missing",
            what=message_of("codegen-built-in" if known else row.unavailable or "codegen-missing"),
        )


def _library() -> Message:
    base = getattr(tvm, "base", None)
    library = getattr(base, "_LIB", None)
    name = getattr(library, "_name", "")
    folder = Path(str(tvm.__file__)).parent / "lib"
    path = name or ", ".join(sorted(str(path) for path in folder.glob("libtvm*.so")))
    return verbatim(path) if path else message_of("unknown")


def _device_advice(name: str) -> Message:
    if name == "cuda":
        return message_of("cuda-without-device")
    return message_of("install-compiler", language="C++" if name == "cuda-emulated" else "C")


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
