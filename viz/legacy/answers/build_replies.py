"""Make the replies that need a program's build: stages, what differs between them, and sources."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec

from viz.emulator.verdicts import problem_of as problem_of_verdict
from viz.emulator.verdicts import span_of, verdict
from viz.errors import LoweringError
from viz.frontend.reading.names import declaring_spans
from viz.legacy.codegen import emit
from viz.legacy.codegen.marked_source import marked
from viz.legacy.functions import function_of
from viz.legacy.passes.origins import LegacyIdentities, origins_of
from viz.legacy.passes.recording import LegacyRecording
from viz.legacy.program_work import LegacyWork
from viz.legacy.runtime import ir_gate
from viz.legacy.runtime.c_library import C_FLAGS, INCLUDE
from viz.messages import message_of
from viz.model import (
    Diff,
    DiffPart,
    LifePart,
    Link,
    Links,
    LinksPart,
    NodeLife,
    Origins,
    OriginsPart,
    OverviewPart,
    Pass,
    Problem,
    Reply,
    Request,
    Source,
    SourcePart,
    StageName,
    Tree,
    TreePart,
)
from viz.model.problem import problem_of
from viz.provenance.node_life import Life, stage_steps
from viz.provenance.stage_diff import changes, pairs
from viz.provenance.text_diff import diff_texts
from viz.service.worker.loaded_engine import Report

GATED = os.environ.get("TIRSCOPE_GATES") != "off"
"""Whether programs pass the gate; off only where the jail behind it is tested."""

LegacyReply = Callable[[Request, LegacyWork, Report], Reply]


def stages(
    request: Request, work: LegacyWork, report: Report, *names: StageName
) -> tuple[Any, ...]:
    """Return what is walked at some stages: a module, or the function that was chosen.

    Passes rename, split and add functions, so after them all are shown. The input needs no
    lowering.

    Raises
    ------
    VizError
        See :meth:`viz.legacy.program_work.LegacyWork.record`.
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


def _chosen(request: Request, mod: Any) -> Any:
    return function_of(mod, request.function) if request.function else mod


def target_at(request: Request, stage: StageName) -> str:
    """Return the target of a stage; the input has none."""
    return "" if stage == "input" else request.target


def passes(
    request: Request, work: LegacyWork, report: Report
) -> tuple[tuple[Pass, ...], tuple[Problem, ...]]:
    """Return the passes that ran, and what went wrong outside of them."""
    part = request.part
    assert isinstance(part, OverviewPart)
    try:
        recording = work.record(request, report)
    except LoweringError as error:  # before any pass
        work.locate(error, request)
        return (), (problem_of(error),)
    if isinstance(recording.failure, LoweringError):
        work.locate(recording.failure, request)
    rows = recording.rows(counts=part.counts)
    if recording.failure is None or recording.threw:
        return rows, ()
    return rows, (problem_of(recording.failure),)


def _tree(request: Request, work: LegacyWork, report: Report) -> Tree:
    part = request.part
    assert isinstance(part, TreePart)
    (root,) = stages(request, work, report, part.stage)
    return work.walks.tree(root, part.stage, target_at(request, part.stage))


def _diff(request: Request, work: LegacyWork, report: Report) -> Diff:
    part = request.part
    assert isinstance(part, DiffPart)
    before, after = stages(request, work, report, part.before, part.after)
    report(message_of("step-comparing"))
    walked = work.walks.objects(before), work.walks.objects(after)
    return Diff(
        before=part.before,
        after=part.after,
        target=request.target,
        lines=diff_texts(str(before.script()), str(after.script())) if part.lines else (),
        changes=changes(*walked, _identities(request, work, report)),
    )


def _links(request: Request, work: LegacyWork, report: Report) -> Links:
    part = request.part
    assert isinstance(part, LinksPart)
    before, after = stages(request, work, report, part.before, part.after)
    report(message_of("step-comparing"))
    walked = work.walks.objects(before), work.walks.objects(after)
    linked = pairs(*walked, _identities(request, work, report))
    return Links(
        before=part.before,
        after=part.after,
        target=request.target,
        links=tuple(
            Link(before=old, after=new, certainty=certainty)
            for old, new, certainty in sorted(linked, key=lambda pair: (pair[1], pair[0]))
        ),
    )


def _life(request: Request, work: LegacyWork, report: Report) -> NodeLife:
    part = request.part
    assert isinstance(part, LifePart)
    recording = work.record(request, report)
    report(message_of("step-comparing"))

    def walked(stage: StageName) -> Any:
        return work.walks.objects(stages(request, work, report, stage)[0])

    steps = stage_steps(recording.rows(), complete=recording.lowered is not None)
    life = Life(steps, walked, _identities(request, work, report))
    return NodeLife(target=request.target, events=life.events(part.stage, part.node))


def _identities(request: Request, work: LegacyWork, report: Report) -> LegacyIdentities:
    return LegacyIdentities(work.ancestry(work.record(request, report)))


def _source(request: Request, work: LegacyWork, report: Report) -> Source:
    part = request.part
    assert isinstance(part, SourcePart)
    recording = work.record(request, report)
    lowered = recording.built()
    marks = part.marks or part.compile
    report(message_of("step-writing-marked" if marks else "step-writing", target=request.target))
    source = marked(recording) if marks else emit.emit(lowered)
    if part.compile:
        report(message_of("step-compilers"))
        source = _with_verdicts(source, recording, work)
    return emit.with_script(source, lowered) if part.schedule else source


def _with_verdicts(source: Source, recording: LegacyRecording, work: LegacyWork) -> Source:
    """Return a source with what compilers say of its texts.

    Raises
    ------
    RefusedError
        When the program is none whose text a compiler may be given.
    """
    if GATED:
        ir_gate.check(work.parsed.mod, work.parsed.user_span)
    arch = str(recording.built().target.attrs.get("arch", ""))
    problems = []
    for emission in source.emissions:
        if emission.form != "source":
            continue
        text = emission.text
        said = verdict(text, emission.language, arch, C_FLAGS, lambda: (INCLUDE,))
        span = None
        if said.error is not None:
            origins = origins_in(work, recording)
            span = span_of(said.error, emission, origins, work.parsed.program.text)
        problems.append(problem_of_verdict(said, emission, span))
    return msgspec.structs.replace(source, problems=(*source.problems, *problems))


def origins_in(work: LegacyWork, recording: LegacyRecording) -> Origins:
    """Return where each final node of a recorded build comes from."""
    parsed = work.parsed
    return origins_of(
        recording,
        work.ancestry(recording),
        parsed.user_span,
        lambda function: declaring_spans(parsed.program, parsed.definition, function),
    )


def _origins(request: Request, work: LegacyWork, report: Report) -> Origins:
    recording = work.record(request, report)
    recording.built()
    report(message_of("step-origins", target=request.target))
    return origins_in(work, recording)


BUILD_REPLIES: dict[type, LegacyReply] = {
    TreePart: _tree,
    DiffPart: _diff,
    LinksPart: _links,
    LifePart: _life,
    SourcePart: _source,
    OriginsPart: _origins,
}
"""What makes the reply to each part that needs a build, or a stage of one."""
