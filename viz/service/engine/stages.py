"""Find the stage that a question is about, and its tree."""

from __future__ import annotations

from typing import Any

import tvm

from viz.ir.functions import function_of
from viz.model import Request, StageName, Tree
from viz.service.engine.program_work import ProgramWork, Report


def stages_of(
    request: Request, work: ProgramWork, report: Report, *names: StageName
) -> tuple[Any, ...]:
    """Return what is walked at some stages: a module, or the function that was chosen.

    Passes rename, split and add functions, so after them all are shown. The input needs no
    lowering.
    """
    if all(name == "input" for name in names):
        return tuple(_chosen(request, work.parsed.mod) for _ in names)
    recording = work.record(request, report)
    return tuple(
        _chosen(request, recording.stage(name))
        if name in ("input", "scheduled")
        else recording.stage(name)
        for name in names
    )


def _chosen(request: Request, mod: tvm.IRModule) -> Any:
    if not request.function:
        return mod
    return function_of(mod, request.function)


def target_of(request: Request, stage: StageName) -> str:
    """Return whose pipeline a stage is of; none's, where it is the program itself."""
    return "" if stage == "input" else request.target


def tree_at(request: Request, work: ProgramWork, report: Report, stage: StageName) -> Tree:
    """Return the tree of a stage."""
    (root,) = stages_of(request, work, report, stage)
    nodes = work.record(request, report).final if stage == "final" else None
    return work.walks.tree(root, stage, target_of(request, stage), nodes)
