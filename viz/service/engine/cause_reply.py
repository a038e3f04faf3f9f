"""Answer which stage of a CUDA build brought in the access pattern of each node."""

from __future__ import annotations

import msgspec

from viz.errors import RequestError
from viz.ir.functions import by_importance, is_relax, module_name
from viz.messages import message_of
from viz.model import CausesPart, Reply, Request
from viz.service.engine.program_work import ProgramWork
from viz.service.worker.loaded_engine import Report


def causes(request: Request, work: ProgramWork, report: Report) -> Reply:
    """Run the stages of the CUDA build on some blocks, and compare their accesses.

    Raises
    ------
    RequestError
        When the function that runs is one of Relax, which calls several kernels.
    VizError
        When the build fails, or no inputs can be made.
    """
    part = request.part
    assert isinstance(part, CausesPart)
    work.parts.require("run")
    from viz.verifier.causes import causes as finding

    name = module_name(work.parsed.mod, request.function or by_importance(work.parsed.mod)[0])
    if is_relax(work.parsed.mod[name]) and not part.steps:
        raise RequestError(message_of("relax-causes", name=name))
    work = work.prim_funcs_only()
    request = msgspec.structs.replace(request, target="cuda")
    recording = work.record(request, report)
    name = module_name(work.parsed.mod, request.function or by_importance(work.parsed.mod)[0])
    return finding.causes(work.parsed, name, recording, part, walks=work.walks, report=report)
