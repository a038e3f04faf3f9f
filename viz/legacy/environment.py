"""Look at what this machine and a TVM of 2024 can do: the lines of ``doctor``."""

from __future__ import annotations

from collections.abc import Iterator

import tvm

from viz.legacy import installed
from viz.legacy.runtime.devices import DEVICES
from viz.messages import message_of, verbatim
from viz.model import Check, Environment, catalog
from viz.service.worker import machine_checks
from viz.service.worker.loaded_engine import PROBE
from viz.service.worker.machine_checks import good


def look() -> Environment:
    """Look at the engine, the compilers and the codegens, and at the jail."""
    layers = PROBE.get()()
    devices = tuple(_devices())
    return Environment(
        checks=(*_engine(), *devices, *machine_checks.compilers(), *_targets()),
        devices=tuple(
            check.name.removeprefix("device ") for check in devices if check.state == "ok"
        ),
        protections=machine_checks.protections(layers),
        profiles=machine_checks.profiles(layers),
    )


def _engine() -> Iterator[Check]:
    version = installed.version()
    package = installed.package() or message_of("not-from-package")
    other = installed.release() != installed.TESTED
    yield Check(
        name="TVM",
        title=message_of("check-tvm"),
        state="ok",
        what=message_of("version-of-package", version=version, package=package),
        advice=message_of("legacy-tested-with", tested=installed.TESTED) if other else None,
    )
    yield good("TVM module", "check-tvm-module", verbatim(installed.module()))
    library = installed.library()
    what = verbatim(library) if library else message_of("unknown")
    yield good("TVM library", "check-tvm-library", what)
    yield machine_checks.python()


def _devices() -> Iterator[Check]:
    for name, device in DEVICES.items():
        missing = device.missing()
        yield Check(
            name=f"device {name}",
            title=message_of("check-device", name=name),
            state="missing" if missing else "ok",
            what=missing or message_of("usable"),
        )


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
