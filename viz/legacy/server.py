"""Run the process that has loaded a TVM of 2024 and forks one child for each job."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from viz import tvm_version
from viz.emulator import library as emulator
from viz.emulator.warps import grammar
from viz.errors import TVM_ERRORS, EngineError, RunError, VizError
from viz.harness.compilers import folders, settle
from viz.legacy.runtime.c_library import INCLUDE
from viz.messages import message_of, messages
from viz.model import (
    DiffPart,
    LifePart,
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
from viz.model.catalog import schedule_methods, tvm_messages
from viz.service import sandbox
from viz.service.sandbox import namespaces
from viz.service.worker import fork_server
from viz.service.worker.jail_access import as_owner, grants, import_standard
from viz.service.worker.jailed_child import ForkContext
from viz.service.worker.loaded_engine import LoadedEngine

STEPS: tuple[Part, ...] = (
    TreePart(),
    OverviewPart(passes=True, counts=True),
    TreePart(stage="final"),
    StageTextPart(),
    StageTextPart(stage="final"),
    DiffPart(before="input", after="final"),
    LinksPart(before="input", after="final"),
    LifePart(),
    SourcePart(),
    OriginsPart(),
    RunPart(reference="def reference(A):\n    return np.exp(A) + 1"),
)
"""The requests of the warm-up, for the C target. None compiles a library of its own: the loader
would know that by the name of its file in memory, which is another one's in a child."""

_WARM_UP = """
@T.prim_func
def warm(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.block("B"):
            vi = T.axis.spatial(8, i)
            B[vi] = T.exp(A[vi]) + T.float32(1.0)
"""
_SMALL = "@T.prim_func\ndef small(A: T.Buffer((8,), 'float32')):\n    A[0] = A[1] + T.float32(1)\n"
_WRONG = "@T.prim_func\ndef wrong():\n    T.nothing()\n"


def load_context(*, preload: bool) -> ForkContext:
    """Import and initialise all of the engine; it has no intrinsics to preload.

    Raises
    ------
    EngineError
        When there is no TVM that can be used.
    """
    del preload
    # Before the first thread: the kernel gives a namespace of users to single-threaded ones only.
    network = sandbox.tried("network", namespaces.restrict)
    import_standard()
    engine = load()
    messages()  # no child may read a file of the package
    tvm_messages.table()
    schedule_methods.methods()
    catalog.signatures()
    catalog.devices()
    gc.collect()
    gc.freeze()
    settle()
    if not emulator.missing():
        with suppress(RunError):  # then a run on the emulator reports why
            emulator.runtime()  # compiled now: no child may read the cache
        with suppress(ImportError):  # then the emulator runs without it
            grammar.parser()
    headers = [str(INCLUDE), str(emulator.RUNTIME)]
    return ForkContext(
        layers=(network,),
        grants=grants(headers),
        parent=os.getpid(),
        engine=engine,
        as_owner=as_owner([*headers, *folders()]),
    )


def load() -> LoadedEngine:
    """Import the engine and its TVM.

    Raises
    ------
    EngineError
        When there is no TVM that can be used.
    """
    try:
        from viz.legacy import installed

        installed.require()
        from viz.legacy.dispatch import LegacyAnswers
    except VizError:
        raise
    except (*TVM_ERRORS, ImportError, OSError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        what = message_of("legacy-not-loaded", version=tvm_version.described(), reason=reason[:300])
        raise EngineError(what) from error
    _warm_up()
    version = installed.version()
    tested = version if installed.release() == installed.TESTED else installed.TESTED
    small = Request(text=_SMALL, part=SourcePart(marks=False))
    return LoadedEngine(LegacyAnswers, version, tested, standby=small)


def _warm_up() -> None:
    """Answer parts once: what is imported on first use would be missing in every child."""
    from viz.legacy.dispatch import LegacyAnswers

    targets = [name for name, row in catalog.targets().items() if row.has_pipeline]
    answers = LegacyAnswers()
    for part in STEPS:
        with suppress(Exception):  # then a request for it says what is wrong
            answers.answer(Request(text=_WARM_UP, part=part))
    for target in targets:
        with suppress(VizError):  # a TVM without this codegen; a request for it reports that
            answers.answer(Request(text=_WARM_UP, target=target, part=SourcePart()))
    with suppress(VizError):  # raised on purpose: errors import modules of their own
        LegacyAnswers().answer(Request(text=_WRONG, part=TreePart()))


if __name__ == "__main__":
    fork_server.main(*sys.argv[1:], load=load_context)
