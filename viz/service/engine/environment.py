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
from viz.messages import message_of
from viz.model import Check, Environment, Problem, catalog
from viz.runtime.compilers import compiler
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
    found = layer.reason if layer.on else f"missing: {layer.reason}"
    return Check(
        name=sandbox.TITLES[layer.name], state="ok" if layer.on else "missing", found=found
    )


def _profile(profile: sandbox.Profile, layers: tuple[sandbox.Layer, ...]) -> Check:
    missing = sandbox.lacking(profile, layers)
    limits = [f"{profile.seconds:g} s", f"{profile.processor} s of processor time"]
    if profile.memory:
        limits.append(f"{profile.memory / GIB:g} GiB of memory")
    limits.append(f"files of {profile.written >> 20} MiB" if profile.written else "writes no file")
    lacks = ", ".join(sandbox.TITLES[layer.name] for layer in missing)
    return Check(
        name=f"{profile.name}: {profile.title}",
        state="missing" if missing else "ok",
        found=", ".join(limits),
        hint=f"Does not run here, for lack of: {lacks}. {message_of('unsafe-run')}"
        if missing
        else "",
    )


def _engine(parts: Parts, notice: Problem | None) -> Iterator[Check]:
    version = parts.version
    hint = ""
    if notice is not None:
        hint = f"{notice.message} {notice.hint}"
    elif version != TESTED:
        hint = f"Tested with {TESTED}; pip install 'tirscope[tvm]' installs it."
    yield Check(
        name="TVM",
        state="ok" if notice is None else "broken",
        found=f"{version} ({installed() or 'not from a package'})",
        hint=hint,
    )
    yield from parts.checks()
    yield Check(name="TVM module", state="ok", found=str(tvm.__file__))
    yield Check(name="TVM library", state="ok", found=_library())
    yield Check(name="tvm-ffi", state="ok", found=_ffi_version())
    yield Check(
        name="Python", state="ok", found=f"{platform.python_version()} on {platform.platform()}"
    )


def _ffi_version() -> str:
    try:
        return metadata.version("apache-tvm-ffi")
    except metadata.PackageNotFoundError:
        return "not from a package"  # as with builds of TVM that bring it themselves


def _devices(parts: Parts) -> Iterator[Check]:
    if "run" in parts.off:
        return
    from viz.runtime.devices import DEVICES

    for name, device in DEVICES.items():
        missing = device.missing()
        state: Literal["ok", "missing"] = "missing" if missing else "ok"
        found = missing or (str(tvm.cuda(0).device_name) if name == "cuda" else "usable")
        yield Check(
            name=f"device {name}",
            state=state,
            found=found,
            hint=_device_hint(name) if missing else "",
        )


def _compilers() -> Iterator[Check]:
    yield _program("C compiler", compiler("c"), "Install gcc or clang to run the C target.")
    yield _program(
        "nvcc",
        compiler("cuda"),
        "Needed to check CUDA text, and to run it, for which NVRTC from pip install "
        "'tirscope[cuda]' serves too.",
    )
    yield _program("clang", compiler("opencl"), "Only needed to check OpenCL text.")


def _targets() -> Iterator[Check]:
    for name, row in catalog.targets().items():
        if row.unavailable:
            yield Check(name=f"target {name}", state="missing", found=row.unavailable)
            continue
        known = tvm.get_global_func(f"target.build.{row.kind}", allow_missing=True) is not None
        found = "codegen built in" if known else "this TVM was built without its codegen"
        yield Check(name=f"target {name}", state="ok" if known else "missing", found=found)


def _library() -> str:
    base = getattr(tvm, "base", None)
    library = getattr(base, "_LIB", None)
    name = getattr(library, "_name", "")
    folder = Path(str(tvm.__file__)).parent / "lib"
    return name or ", ".join(sorted(str(path) for path in folder.glob("libtvm*.so"))) or "unknown"


def _device_hint(name: str) -> str:
    if name == "cuda":
        return "Programs run through LLVM or C instead; CUDA source is shown all the same."
    return f"Install a {'C++' if name == 'cuda-emulated' else 'C'} compiler."


def _program(name: str, path: str, hint: str) -> Check:
    if not path:
        return Check(name=name, state="missing", found="not found", hint=hint)
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Check(name=name, state="broken", found=path, hint=hint)
    lines = [line.strip() for line in done.stdout.splitlines() if re.search(r"\d+\.\d+", line)]
    return Check(name=name, state="ok", found=f"{lines[0]} ({path})" if lines else path)
