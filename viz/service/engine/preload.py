"""What a zygote loads before it forks: all that its children use and can no longer open."""

from __future__ import annotations

import gc
import importlib
import os
from contextlib import suppress

from viz.errors import RunError, VizError
from viz.model import (
    DiffPart,
    LinksPart,
    OriginsPart,
    OverviewPart,
    Part,
    Request,
    RunPart,
    SourcePart,
    StageTextPart,
    TreePart,
    catalog,
)
from viz.passes import gpu_schedule
from viz.runtime.build import includes
from viz.runtime.emulator import library as emulator
from viz.runtime.toolchain import family, settle
from viz.service import sandbox
from viz.service.engine import dispatch
from viz.service.engine.jailed_child import COMPILE, SOURCE_ONLY, World
from viz.service.sandbox import Grants, namespaces, paths

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
"""What references import, and what the standard library does when first used."""

_WARM_UP = """
@T.prim_func(s_tir=True)
def warm(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("B"):
            vi = T.axis.spatial(8, i)
            B[vi] = T.exp(A[vi]) + T.float32(1.0)
"""
_REFERENCE = "def reference(A):\n    return np.exp(A) + 1"
_WRONG = "@T.prim_func\ndef wrong():\n    T.nothing()\n"


def load(*, preload: bool) -> World:
    """Import and initialise all of the engine; there must be a usable TVM."""
    # Before the first thread: the kernel gives a namespace of users to single-threaded ones only.
    network = sandbox.tried("network", namespaces.restrict)
    os.environ[SOURCE_ONLY] = "1"
    for name in STANDARD:
        importlib.import_module(name)
    if preload:
        gpu_schedule.preload()
        importlib.import_module(f"{gpu_schedule.INTRINSICS}.metal")  # which the package leaves out
    _warm_up()
    gc.collect()
    gc.freeze()
    settle()
    if not emulator.missing():
        with suppress(RunError):  # then whoever runs CUDA here hears why
            emulator.runtime()  # no child may look into the cache
    headers = [*map(str, includes()), str(emulator.RUNTIME.parent)]
    return World(
        layers=(network,),
        grants=grants(headers),
        parent=os.getpid(),
        as_owner=as_owner(headers),
    )


def as_owner(headers: list[str]) -> frozenset[str]:
    """Return the profiles whose processes must read what no other user may."""
    return frozenset(
        name
        for name, needed in ((COMPILE, headers), ("gpu", paths.python()))
        if not all(paths.is_public(path) for path in needed)
    )


def grants(headers: list[str]) -> dict[str, Grants]:
    """Return what the process of each profile may open, beyond a folder of its own."""
    system, compilers = paths.existing(paths.SYSTEM), [*family("c"), *family("c++")]
    return {
        "compile": Grants(
            reads=(*system, *paths.existing(headers)),
            writes=(paths.NULL,),
            executes=(*compilers, *paths.loaders()) if compilers else (),
        ),
        "run-python": Grants(reads=(*system, *paths.python())),
        "gpu": Grants(
            reads=(*system, *paths.python(), "/proc", "/sys"),
            writes=(paths.NULL, *paths.devices()),
        ),
    }


def _warm_up() -> None:
    """Answer each part once: what is imported late would otherwise be missed in every child."""
    parts: tuple[Part, ...] = (
        SourcePart(),
        SourcePart(marks=False),
        OriginsPart(),
        TreePart(stage="final"),
        StageTextPart(stage="final"),
        DiffPart(before="input", after="final"),
        LinksPart(before="input", after="final"),
        OverviewPart(passes=True, counts=True),
    )
    for target, row in catalog.targets().items():
        if row.unavailable:
            continue
        answers = dispatch.Answers()
        for part in parts if target == "c" else parts[:1]:
            answers.answer(Request(text=_WARM_UP, target=target, part=part))
    # Serial code only: whoever forks after TVM has started its threads hangs.
    dispatch.answer(Request(text=_WARM_UP, part=RunPart(reference=_REFERENCE)))
    try:
        dispatch.answer(Request(text=_WRONG))
    except VizError:
        pass  # which is what it is for: errors have their own imports
