"""Find the engines of this machine: the installed ``tvm``, and a second one of 2024 elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from viz import shipped, tvm_version
from viz.errors import EngineError, VizError
from viz.messages import message_of
from viz.model import LEGACY, Check, EngineName, Environment, EnvironmentPart, Reply, Request

VARIABLE = "TIRSCOPE_LEGACY_PYTHON"
"""The variable that names the Python whose ``tvm`` is of the 2024 generation."""

OF_AN_ENGINE = ("TVM", "Python", "device ", "target ")
"""What the names of the checks begin with that differ between the engines of one machine."""


class EngineProcess(NamedTuple):
    """How the processes of an engine are started.

    Attributes
    ----------
    fork_server, one_shot
        The command up to the arguments of each kind of process.
    foreign
        Whether its Python is another one than this one, with packages of its own.
    preloads
        Whether there are tensor intrinsics that a second fork server loads.
    """

    fork_server: tuple[str, ...]
    one_shot: tuple[str, ...]
    foreign: bool = False
    preloads: bool = True


def process_of(engine: EngineName) -> EngineProcess:
    """Return how the processes of an engine are started.

    Raises
    ------
    EngineError
        When there is no such engine, or the Python that was named for it does not exist.
    """
    if engine != LEGACY:
        if tvm_version.generation() != "older":
            return TODAY
        return _legacy(sys.executable, foreign=False)
    if python := legacy_python():
        return _legacy(python, foreign=True)
    raise EngineError(message_of("no-legacy-engine", variable=VARIABLE))


TODAY = EngineProcess(
    # A file in the working directory may be named like a module of ours.
    (sys.executable, "-P", "-m", "viz.service.engine.fork_server_main"),
    (sys.executable, "-P", "-m", "viz.service.engine.one_shot"),
)
"""The engine of today's TVM, or of none, which then says so."""


def _legacy(python: str, *, foreign: bool) -> EngineProcess:
    script = str(shipped.package_file("legacy/start.py"))
    command = (python, script)
    return EngineProcess((*command, "serve"), (*command, "answer"), foreign, preloads=False)


def chosen(engine: EngineName) -> EngineName:
    """Return the engine that answers: the only one there is has two names.

    Without a ``tvm`` here the second one answers everything.
    """
    generation = tvm_version.generation()
    if engine == LEGACY and not _named_python() and generation == "older":
        return ""
    if not engine and not generation and _named_python():
        return "2024"
    return engine


def has_both() -> bool:
    """Whether today's TVM is installed and one of 2024 was named."""
    return tvm_version.generation() == "today" and bool(_named_python())


def use_legacy_python(path: str) -> None:
    """Name the Python, or the environment's folder, whose ``tvm`` is of the 2024 generation."""
    os.environ[VARIABLE] = path


def _named_python() -> str:
    return os.environ.get(VARIABLE, "")


def legacy_python() -> str:
    """Return the path of the Python of the second engine, or an empty string.

    An environment's folder stands for the Python in it.

    Raises
    ------
    EngineError
        When there is no such program.
    """
    named = _named_python()
    if not named:
        return ""
    path = Path(named).expanduser()
    if path.is_dir():
        path /= "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    found = shutil.which(path)
    if found is None:
        raise EngineError(message_of("legacy-python-missing", path=named, variable=VARIABLE))
    return str(Path(found).absolute())


def with_second(answer: Callable[[Request], Reply]) -> Environment:
    """Return what this machine can do, with what the second engine says of itself, if it is there.

    Parameters
    ----------
    answer
        Answers a request; what it raises for the first engine is not caught.
    """
    environment = answer(Request(part=EnvironmentPart()))
    assert isinstance(environment, Environment)
    if not has_both():
        return environment
    try:
        second = answer(Request(part=EnvironmentPart(), engine=LEGACY))
    except VizError as error:
        title = message_of("check-tvm")
        failed = Check(
            name="TVM", title=title, state="broken", what=error.what, advice=error.advice
        )
        return msgspec.structs.replace(environment, second=(failed,))
    assert isinstance(second, Environment)
    checks = tuple(check for check in second.checks if check.name.startswith(OF_AN_ENGINE))
    return msgspec.structs.replace(environment, second=checks)
