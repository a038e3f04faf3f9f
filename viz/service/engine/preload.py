"""Load the engine before the first fork: children can no longer open the files of modules."""

from __future__ import annotations

import gc
import importlib
import os
from contextlib import suppress
from functools import partial

from viz.emulator import library as emulator
from viz.emulator.warps import grammar as cuda_grammar
from viz.errors import RunError, VizError
from viz.harness import opencl
from viz.harness.compilers import folders, settle
from viz.ir.onnx.convert import is_installed
from viz.ir.onnx.convert import preload as preload_onnx
from viz.ir.process_state import SOURCE_ONLY, keep_sources
from viz.ir.tvm_names import Parts
from viz.messages import message_of, messages
from viz.model import (
    PYTHON,
    CausesPart,
    ComputedPart,
    DiffPart,
    LifePart,
    LinksPart,
    OriginsPart,
    OverviewPart,
    Part,
    PlanPart,
    PythonPart,
    RecordPart,
    Request,
    RunPart,
    SchedulePart,
    SourcePart,
    StageTextPart,
    TreePart,
    VerifyPart,
    catalog,
)
from viz.model.catalog import cost_rules, schedule_methods, tvm_messages
from viz.passes import gpu_schedule
from viz.passes.kept_intrinsics import INTRINSICS
from viz.service import sandbox
from viz.service.engine.dispatch import Answers
from viz.service.engine.parts import failed, usable
from viz.service.sandbox import namespaces
from viz.service.worker.jail_access import as_owner, grants, import_standard
from viz.service.worker.jailed_child import ForkContext
from viz.service.worker.loaded_engine import LoadedEngine
from viz.tvm_version import TESTED

_WARM_UP = """
@T.prim_func(s_tir=True)
def warm(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("B"):
            vi = T.axis.spatial(8, i)
            B[vi] = T.exp(A[vi]) + T.float32(1.0)
"""
_WARM_UP_TIRX = """
@T.prim_func
def warm(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    T.device_entry()
    bx = T.cta_id([1])
    tx = T.thread_id([64])
    S = T.alloc_shared((64,), "float32")
    T.cta.copy(S[0:64], A[0:64])
    T.cuda.cta_sync()
    B[tx] = S[63 - tx]
"""
_WARM_UP_RELAX = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((8, 8), "float32"), y: R.Tensor((8,), "float32")):
        with R.dataflow():
            z = R.add(x, y)
            w = R.nn.relu(z)
            R.output(w)
        return w
"""
_SMALL = "@T.prim_func\ndef small(A: T.Buffer((8,), 'float32')):\n    A[0] = A[1] + T.float32(1)\n"
_REFERENCE = "def reference(A):\n    return np.exp(A) + 1"
_RELAX_REFERENCE = "def reference(x, y):\n    return np.maximum(x + y, 0)"
_WRONG = "@T.prim_func\ndef wrong():\n    T.nothing()\n"


def load(*, preload: bool) -> ForkContext:
    """Import and initialise all of the engine.

    Raises
    ------
    EngineError
        When there is no TVM that can be used.
    """
    # Before the first thread: the kernel gives a namespace of users to single-threaded ones only.
    network = sandbox.tried("network", namespaces.restrict)
    os.environ[SOURCE_ONLY] = "1"
    import_standard()
    parts = usable()
    if preload and "gpu_schedules" not in parts.off:
        gpu_schedule.preload()
    parts = _warm_up(parts)
    messages()  # no child may read a file of the package
    tvm_messages.table()
    schedule_methods.methods()
    cost_rules.architectures()
    schedule_methods.tries()
    catalog.signatures()
    keep_sources("tvm.backend", "tvm.tirx", "tvm.relax", "tvm.topi")
    gc.collect()
    gc.freeze()
    settle()
    if "run" not in parts.off:
        importlib.import_module("viz.runtime.compile_check")  # which no request of the warm-up uses
    if not opencl.missing():
        with suppress(ImportError):
            importlib.import_module("pyopencl")  # no runtime is loaded yet: those start threads
    if not emulator.missing() and "emulator" not in parts.off:
        with suppress(RunError):  # then a run on the emulator reports why
            emulator.runtime()  # compiled now: no child may read the cache
        with suppress(ImportError):  # then the emulator runs without it
            cuda_grammar.parser()
    headers = [*_headers(parts), str(emulator.RUNTIME.parent)]
    return ForkContext(
        layers=(network,),
        grants=grants(headers),
        parent=os.getpid(),
        as_owner=as_owner([*headers, *folders()]),
        engine=loaded(parts),
    )


def loaded(parts: Parts) -> LoadedEngine:
    """Return this engine as the processes that are forked from it know it."""
    small = Request(text=_SMALL, part=SourcePart(marks=False))
    return LoadedEngine(
        answers=partial(Answers, parts=parts),
        version=parts.version,
        tested=TESTED,
        standby=None if "sources" in parts.off else small,
        intrinsics=INTRINSICS,
        source_only=SOURCE_ONLY,
    )


def _headers(parts: Parts) -> list[str]:
    """Return the folders of TVM's C headers; none where nothing can be run."""
    if "run" in parts.off:
        return []
    from viz.runtime.build import includes
    from viz.runtime.checked_c.program import CHECKS

    return [*map(str, (*includes(), CHECKS))]


STEPS: tuple[tuple[str, Part], ...] = (
    # Also what later steps do: those may be off.
    ("walk", TreePart()),
    ("walk", OverviewPart()),
    ("walk", PythonPart()),
    ("run", RecordPart()),
    ("stage_marks", StageTextPart()),
    ("lowering", TreePart(stage="final")),
    ("lowering", OverviewPart(passes=True, counts=True)),
    ("sources", SourcePart(marks=False)),
    ("marks", SourcePart()),
    ("origins", OriginsPart()),
    ("stage_marks", StageTextPart(stage="final")),
    ("diffs", DiffPart(before="input", after="final")),
    ("diffs", LinksPart(before="input", after="final")),
    ("diffs", LifePart()),
)
"""The requests of the warm-up for the C target, and the part of the engine that each tests."""


RELAX_PARTS: tuple[Part, ...] = (
    TreePart(),
    StageTextPart(),
    OverviewPart(passes=True, counts=True),
    SourcePart(),
    OriginsPart(),
)
"""The parts that are answered for a Relax function."""


def _warm_up(parts: Parts) -> Parts:
    """Answer each part once: what is imported on first use would be missing in every child.

    Returns
    -------
    The parts of the engine that work: an answer that fails turns its part off.
    """
    answers = Answers(parts=parts)
    for part, wanted in STEPS:
        lowered = getattr(wanted, "stage", "input") != "input"
        if part not in parts.off and not (lowered and "lowering" in parts.off):
            parts = _tried(parts, part, answers, Request(text=_WARM_UP, part=wanted))
    for target, row in catalog.targets().items():
        if not row.has_pipeline or target == "c" or "sources" in parts.off:
            continue
        with suppress(VizError):  # a TVM without this codegen; a request for it reports that
            Answers(parts=parts).answer(Request(text=_WARM_UP, target=target, part=SourcePart()))
    if "sources" not in parts.off:
        with suppress(VizError):  # a TVM without TIRx
            Answers(parts=parts).answer(
                Request(text=_WARM_UP_TIRX, target="cuda", part=SourcePart())
            )
        for target in ("c", "cuda"):
            with suppress(Exception):  # of a TVM that is not known: what is no Relax still works
                relax = Answers(parts=parts)
                for wanted in RELAX_PARTS:
                    relax.answer(Request(text=_WARM_UP_RELAX, target=target, part=wanted))
    if "run" not in parts.off:
        # Serial code only: a fork after TVM has started its threads hangs.
        on_python = RunPart(device=PYTHON, reference=_REFERENCE)
        parts_of_runs = (
            RunPart(reference=_REFERENCE),
            on_python,
            VerifyPart(reference=_REFERENCE),
            SchedulePart(verify=True),
            PlanPart(),
            ComputedPart(
                run=RunPart(device="webgpu", reference=_REFERENCE), outputs={"B": bytes(32)}
            ),
        )
        for run in (*parts_of_runs, CausesPart()):
            request = Request(text=_WARM_UP, part=run)
            parts = _tried(parts, "run", Answers(parts=parts), request)
        with suppress(Exception):
            relaxed = RunPart(reference=_RELAX_REFERENCE)
            Answers(parts=parts).answer(Request(text=_WARM_UP_RELAX, part=relaxed))
    if "onnx" not in parts.off and is_installed():
        with suppress(Exception):  # of a package that is not known: a model then tells why
            preload_onnx()
    with suppress(VizError):  # raised on purpose: errors import modules of their own
        Answers(parts=parts).answer(Request(text=_WRONG))
    return parts


def _tried(parts: Parts, part: str, answers: Answers, request: Request) -> Parts:
    try:
        answers.answer(request)
    except Exception as error:
        # A TVM that is not known may fail in any way; the other parts are to work all the same.
        return parts.without(failed(part, message_of("small-program"), error))
    return parts
