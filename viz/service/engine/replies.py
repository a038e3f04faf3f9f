"""Make the reply to each kind of part, from what its requests share.

A part of the engine is imported where it is needed and has been found to work: a TVM without one
of its names must not keep the others from answering (:mod:`viz.ir.tvm_names`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import tvm

from viz.errors import EngineError, LoweringError, RunError
from viz.frontend.dialect.obsolete import generation
from viz.frontend.models.origins import read_origins
from viz.ir.functions import by_importance, function_of, is_relax
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import (
    PYTHON,
    CallGraph,
    Diff,
    DiffPart,
    Function,
    LifePart,
    Link,
    Links,
    LinksPart,
    MemoryPlan,
    NodeLife,
    Origin,
    Origins,
    OriginsPart,
    Overview,
    OverviewPart,
    Pass,
    Problem,
    PythonPart,
    RelaxKernel,
    Reply,
    Request,
    Source,
    SourcePart,
    StageName,
    StageText,
    StageTextPart,
    Tree,
    TreePart,
)
from viz.model.problem import problem_of
from viz.provenance.node_life import Life, stage_steps
from viz.provenance.text_diff import diff_texts
from viz.service.engine.program_work import ProgramWork
from viz.service.worker.loaded_engine import Report
from viz.step.python_codegen import python_of

if TYPE_CHECKING:
    from viz.passes.recording import Recording

GATED = os.environ.get("TIRSCOPE_GATES") != "off"
"""Whether texts and programs pass the gates; off only where the jail behind them is tested."""


# ---------------------------------------------------------------- what the text holds


def _overview(request: Request, work: ProgramWork, report: Report) -> Overview:
    part = request.part
    assert isinstance(part, OverviewPart)
    parsed = work.parsed
    chosen = work.narrowed(request.function) if request.function else work
    passes, problems = _passes(request, chosen, report) if part.passes else ((), ())
    kernels: tuple[RelaxKernel, ...] = ()
    graphs: tuple[CallGraph, ...] = ()
    memory: tuple[MemoryPlan, ...] = ()
    if part.passes:
        problems += chosen.remarks(request.target)
        if passes and chosen.parsed.has_relax:
            from viz.passes.relax.memory_plan import memory_plans
            from viz.runtime.models.kernels import kernels_of

            recording = chosen.record(request, report)
            kernels, graphs = kernels_of(recording, parsed.user_span)
            memory = memory_plans(recording)
    notice = work.parts.notice()
    return Overview(
        definitions=parsed.program.definitions,
        definition=parsed.definition,
        functions=tuple(_functions(parsed)) if part.functions else (),
        edits=parsed.edits,
        generation=generation(parsed.edits),
        upgraded=parsed.upgraded,
        left_out=parsed.program.left_out,
        origins=read_origins(parsed.program.text, parsed.program.tree()),
        problems=(*([notice] if notice else []), *parsed.problems, *problems),
        passes=passes,
        kernels=kernels,
        graphs=graphs,
        memory=memory,
    )


def _passes(
    request: Request, work: ProgramWork, report: Report
) -> tuple[tuple[Pass, ...], tuple[Problem, ...]]:
    """Return the passes that ran, and what went wrong outside of them."""
    part = request.part
    assert isinstance(part, OverviewPart)
    try:
        recording = work.record(request, report)
    except EngineError as error:
        return (), (problem_of(error),)
    except LoweringError as error:  # before any pass
        work.locate(error, request)
        return (), (problem_of(error),)
    failure = recording.failure
    if isinstance(failure, LoweringError):
        work.locate(failure, request)
    rows = recording.rows(counts=part.counts)
    if failure is None or recording.threw:
        return rows, ()
    return rows, (problem_of(failure),)


def _functions(parsed: Parsed) -> list[Function]:
    from viz.passes import function_roles
    from viz.runtime.analysis import parameters, relax_parameters

    functions = []
    for variable, function in parsed.mod.functions.items():
        name = str(variable.name_hint)
        place = parsed.name_span(name)
        if is_relax(function):
            functions.append(relax_parameters.describe(name, function, place))
            continue
        bound = function_roles.is_bound(function)
        functions.append(parameters.describe(name, function, place, bound=bound, mod=parsed.mod))
    names = by_importance(parsed.mod)
    return sorted(functions, key=lambda function: names.index(function.name))


# ---------------------------------------------------------------- stages


def stages(
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


def _target(request: Request, stage: StageName) -> str:
    return "" if stage == "input" else request.target


def _tree(request: Request, work: ProgramWork, report: Report) -> Tree:
    part = request.part
    assert isinstance(part, TreePart)
    return tree_at(request, work, report, part.stage)


def tree_at(request: Request, work: ProgramWork, report: Report, stage: StageName) -> Tree:
    """Return the tree of a stage."""
    (root,) = stages(request, work, report, stage)
    nodes = work.record(request, report).final if stage == "final" else None
    return work.walks.tree(root, stage, _target(request, stage), nodes)


def _python(request: Request, work: ProgramWork, report: Report) -> Source:
    part = request.part
    assert isinstance(part, PythonPart)
    tree = tree_at(request, work, report, part.stage)
    try:
        return Source(target=PYTHON, emissions=(python_of(tree),))
    except RunError as error:  # which stages can be written is an answer, too
        return Source(target=PYTHON, emissions=(), problems=(problem_of(error),))


def _stage_text(request: Request, work: ProgramWork, report: Report) -> StageText:
    part = request.part
    assert isinstance(part, StageTextPart)
    (root,) = stages(request, work, report, part.stage)
    target = _target(request, part.stage)
    if "stage_marks" in work.parts.off:
        return StageText(stage=part.stage, target=target, text=str(root.script()))
    from viz.ir.stage_text import stage_text

    report(message_of("step-marking"))
    return stage_text(root, part.stage, target)


def _compared_stages(
    request: Request, work: ProgramWork, report: Report, before: StageName, after: StageName
) -> tuple[Any, Any]:
    """Return two stages to compare; refuse where the installed TVM lacks what that needs."""
    work.parts.require("diffs")
    old, new = stages(request, work, report, before, after)
    report(message_of("step-comparing"))
    return old, new


def _diff(request: Request, work: ProgramWork, report: Report) -> Diff:
    part = request.part
    assert isinstance(part, DiffPart)
    before, after = _compared_stages(request, work, report, part.before, part.after)
    from viz.passes.stage_diff import changes

    return Diff(
        before=part.before,
        after=part.after,
        target=request.target,
        lines=diff_texts(str(before.script()), str(after.script())) if part.lines else (),
        changes=changes(work.walks.objects(before), work.walks.objects(after)),
    )


def _links(request: Request, work: ProgramWork, report: Report) -> Links:
    part = request.part
    assert isinstance(part, LinksPart)
    before, after = _compared_stages(request, work, report, part.before, part.after)
    from viz.passes.stage_diff import pairs

    linked = pairs(work.walks.objects(before), work.walks.objects(after))
    return Links(
        before=part.before,
        after=part.after,
        target=request.target,
        links=tuple(
            Link(before=old, after=new, certainty=certainty)
            for old, new, certainty in sorted(linked, key=lambda pair: (pair[1], pair[0]))
        ),
    )


def _life(request: Request, work: ProgramWork, report: Report) -> NodeLife:
    part = request.part
    assert isinstance(part, LifePart)
    work.parts.require("diffs")
    recording = work.record(request, report)
    report(message_of("step-comparing"))
    from viz.passes.stage_diff import IDENTITIES

    def walked(stage: StageName) -> Any:
        return work.walks.objects(stages(request, work, report, stage)[0])

    steps = stage_steps(recording.rows(), complete=recording.lowered is not None)
    events = Life(steps, walked, IDENTITIES).events(part.stage, part.node)
    return NodeLife(target=request.target, events=events)


# ---------------------------------------------------------------- texts and runs


def _source(request: Request, work: ProgramWork, report: Report) -> Reply:
    part = request.part
    assert isinstance(part, SourcePart)
    recording = work.record(request, report)
    lowered = recording.built()
    work.parts.require("sources")
    from viz.codegen import emit

    marks = (part.marks or part.compile) and "marks" not in work.parts.off
    id_ = "step-writing-marked" if marks else "step-writing"
    report(message_of(id_, target=request.target))
    writings = work.once("writings", recording, lambda: emit.writings(lowered))
    if marks:
        from viz.codegen.marked_source import marked

        source = marked(recording, writings, llvm="debug_lines" not in work.parts.off)
    else:
        source = emit.source(lowered, [writing.emission for writing in writings])
    if recording.relax is not None:
        from viz.codegen.marked_source import by_function
        from viz.codegen.relax_code import relax_code

        if (code := relax_code(recording, by_function(recording.final))) is not None:
            source = msgspec.structs.replace(source, emissions=(*source.emissions, code))
    if lowered.devices:
        from viz.passes.checks import problems as checks

        warnings = work.once("warnings", recording, lambda: checks.problems(lowered, work.parsed))
        source = msgspec.structs.replace(source, problems=(*warnings, *source.problems))
    if part.compile:
        report(message_of("step-compilers"))
        source = _with_verdicts(request, source, recording, work)
    if remarks := work.remarks(request.target):
        source = msgspec.structs.replace(source, problems=(*remarks, *source.problems))
    return emit.with_script(source, lowered) if part.schedule else source


def _with_verdicts(
    request: Request, source: Source, recording: Recording, work: ProgramWork
) -> Source:
    """Return a source with what compilers say of its texts.

    Raises
    ------
    RefusedError
        When the program is none whose text a compiler may be given.
    """
    work.parts.require("run")
    from viz.runtime import acceptance, ir_gate

    built = work.built(request.target)
    if GATED:
        ir_gate.check(work.parsed.mod, work.parsed.user_span)
        ir_gate.check(built.mod, built.user_span)
    problems = acceptance.checked(source, recording, built)
    return msgspec.structs.replace(source, problems=(*source.problems, *problems))


def _origins(request: Request, work: ProgramWork, report: Report) -> Reply:
    recording = work.record(request, report)
    report(message_of("step-origins", target=request.target))
    if "origins" in work.parts.off:
        # The pages and the report index them by node: each has one, of which nothing is known.
        return Origins(
            target=recording.target,
            nodes=tuple(
                Origin(node=node.id, input_node=None, span=None, made_by=0, certainty="lost")
                for node in recording.final
            ),
            passes=tuple(step.name for step in recording.steps),
        )
    from viz.passes.origins.origins_reply import origins_of

    return origins_of(recording, work.parsed.user_span)


REPLIES: dict[type, Callable[[Request, ProgramWork, Report], Reply]] = {
    OverviewPart: _overview,
    TreePart: _tree,
    StageTextPart: _stage_text,
    DiffPart: _diff,
    LinksPart: _links,
    LifePart: _life,
    SourcePart: _source,
    PythonPart: _python,
    OriginsPart: _origins,
}
"""What makes the reply to each part that runs nothing; an EnvironmentPart is about no program."""
