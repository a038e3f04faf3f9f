"""Look at what this machine and its TVM can do: the lines of ``doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import tvm

from viz.errors import RunError
from viz.harness import opencl, relay
from viz.ir.tvm_names import Parts
from viz.messages import Message, hint_message, message_of, verbatim
from viz.model import OPENCL, REMOTE, Check, Environment, Problem, catalog
from viz.service.worker import machine_checks
from viz.service.worker.loaded_engine import PROBE
from viz.service.worker.machine_checks import good
from viz.tvm_version import TESTED, installed


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
            *_browsers(),
            *machine_checks.compilers(),
            *_targets(),
        ),
        devices=tuple(
            check.name.removeprefix("device ") for check in devices if check.state == "ok"
        ),
        protections=machine_checks.protections(layers),
        profiles=machine_checks.profiles(layers),
        problems=(notice,) if notice else (),
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
    yield good("TVM module", "check-tvm-module", verbatim(str(tvm.__file__)))
    yield good("TVM library", "check-tvm-library", _library())
    yield good("tvm-ffi", "check-tvm-ffi", _ffi_version())
    yield _onnx()
    yield machine_checks.python()


def _onnx() -> Check:
    """Return the line about the package that reads models of ONNX."""
    title = message_of("check-onnx")
    try:
        version = verbatim(metadata.version("onnx"))
    except metadata.PackageNotFoundError:
        what, advice = message_of("not-found"), message_of("onnx-needed")
        return Check(name="onnx", title=title, state="missing", what=what, advice=advice)
    return Check(name="onnx", title=title, state="ok", what=version)


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
        missing = device.missing() or _out_of_reach(name)
        yield Check(
            name=f"device {name}",
            title=message_of("check-device", name=name),
            state="missing" if missing else "ok",
            what=missing or _usable(name),
            advice=_device_advice(name, missing) if missing else None,
        )


def _out_of_reach(device: str) -> Message | None:
    """Return why the remote device cannot be reached now, or None."""
    if device != REMOTE:
        return None
    try:
        relay.ask(relay.LOOK)
    except RunError as error:
        return error.what
    return None


def _browsers() -> Iterator[Check]:
    """Yield the devices that each visitor of the page has or lacks."""
    for name, row in catalog.devices().items():
        if row.in_browser:
            yield Check(
                name=f"device {name}",
                title=message_of("check-device", name=name),
                state="ok",
                what=message_of("seen-in-browser"),
            )


def _usable(device: str) -> Message:
    if device == "cuda":
        return verbatim(str(tvm.cuda(0).device_name))
    if device == OPENCL:
        return opencl.describe()
    return message_of("usable")


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


def _device_advice(name: str, missing: Message) -> Message:
    if name == "cuda":
        return message_of("cuda-without-device")
    if (hint := hint_message(missing)) is not None:
        return hint
    return message_of("install-compiler", language="C++" if name == "cuda-emulated" else "C")
