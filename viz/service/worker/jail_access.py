"""Say what jailed processes need of the machine: modules loaded before, files that stay open."""

from __future__ import annotations

import importlib
import shutil

from viz.harness.compilers import LANGUAGES, family, folders
from viz.service.sandbox import Grants, paths
from viz.service.worker.jailed_child import COMPILE, KERNELS

STANDARD = (
    "array",
    "bisect",
    "cmath",
    "collections",
    "copy",
    "decimal",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "linecache",
    "math",
    "numpy.ctypeslib",
    "numpy.fft",
    "numpy.lib.stride_tricks",
    "numpy.linalg",
    "numpy.ma",
    "numpy.random",
    "operator",
    "random",
    "statistics",
    "struct",
    "typing",
)
"""Modules that references import, and that the standard library imports on first use."""


def import_standard() -> None:
    """Import the modules of :data:`STANDARD`: a child may open no file of theirs."""
    for name in STANDARD:
        importlib.import_module(name)


def as_owner(headers: list[str]) -> frozenset[str]:
    """Return the profiles whose processes must read files that other users may not."""
    return frozenset(
        name
        for name, needed in (
            (COMPILE, headers),
            (KERNELS, paths.python()),
            ("gpu", paths.python()),
        )
        if not all(paths.is_public(path) for path in needed)
    )


def grants(headers: list[str]) -> dict[str, Grants]:
    """Return what the process of each profile may open, beyond a folder of its own."""
    system = paths.existing(paths.SYSTEM)
    compilers = [path for language in LANGUAGES for path in family(language)]
    return {
        "compile": Grants(
            reads=(*system, *paths.existing(headers), *paths.existing(folders())),
            writes=(paths.NULL,),
            executes=(*compilers, *paths.loaders()) if compilers else (),
        ),
        KERNELS: Grants(
            reads=(*system, *paths.python(), *paths.opencl()),
            writes=(paths.NULL,),
            executes=(*_linkers(), *paths.loaders()),
        ),
        "run-python": Grants(reads=(*system, *paths.python())),
        "gpu": Grants(
            reads=(*system, *paths.python(), "/proc", "/sys"),
            writes=(paths.NULL, *paths.devices()),
        ),
    }


def _linkers() -> tuple[str, ...]:
    """Return the linkers that PoCL makes libraries of kernels with."""
    return paths.existing(shutil.which(name) or "" for name in ("ld", "ld.lld"))
