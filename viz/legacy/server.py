"""Run the process that has loaded a TVM of 2024 and forks one child for each job."""

from __future__ import annotations

import gc
import os
import sys

from viz.errors import TVM_ERRORS, EngineError, VizError
from viz.harness.compilers import folders, settle
from viz.messages import message_of, messages
from viz.model import catalog
from viz.model.catalog import tvm_messages
from viz.service import sandbox
from viz.service.sandbox import namespaces
from viz.service.worker import fork_server
from viz.service.worker.jail_access import as_owner, grants, import_standard
from viz.service.worker.jailed_child import ForkContext
from viz.service.worker.loaded_engine import LoadedEngine


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
    catalog.signatures()
    gc.collect()
    gc.freeze()
    settle()
    return ForkContext(
        layers=(network,),
        grants=grants([]),
        parent=os.getpid(),
        engine=engine,
        as_owner=as_owner([*folders()]),
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
        from viz.legacy.dispatch import LegacyAnswers

        installed.require()
    except VizError:
        raise
    except (*TVM_ERRORS, ImportError, OSError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        what = message_of("legacy-not-loaded", path=sys.executable, reason=reason[:300])
        raise EngineError(what) from error
    return LoadedEngine(LegacyAnswers, installed.version(), installed.TESTED)


if __name__ == "__main__":
    fork_server.main(*sys.argv[1:], load=load_context)
