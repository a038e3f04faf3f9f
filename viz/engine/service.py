"""Answers requests: one function from a Request to the reply of its part, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tvm

from viz import source
from viz.diffing import diff_texts
from viz.engine import codegen, culprit, environment, execution, inputs, nodes, schedule
from viz.engine.functions import function_of, only
from viz.engine.lowering import Recording, record
from viz.engine.pairing import changes, pairs
from viz.engine.parse import Parsed, parse
from viz.engine.stagetext import stage_text
from viz.engine.tracing import traced
from viz.errors import LoweringError
from viz.model import (
    Diff,
    DiffPart,
    EnvironmentPart,
    Function,
    Link,
    Links,
    LinksPart,
    Overview,
    OverviewPart,
    Pass,
    Problem,
    Reply,
    Request,
    RunPart,
    SourcePart,
    StageName,
    StageText,
    StageTextPart,
    Tree,
    TreePart,
)
from viz.protocol import problem_of

Report = Callable[[str], None]
"""Called with the name of each step as it begins."""


def answer(request: Request, report: Report = lambda step: None) -> Reply:
    """Answer one request.

    Raises
    ------
    VizError
        Of the kind that fits, with the place in the user's text where there is one.
    """
    if isinstance(request.part, EnvironmentPart):
        return environment.look()
    report("parsing")
    program = source.read(request.text)
    parsed = parse(program, request.definition, request.arguments)
    return answer_parsed(request, parsed, report)


def answer_parsed(request: Request, parsed: Parsed, report: Report = lambda step: None) -> Reply:
    """Answer a request about a module that is parsed already.

    Raises
    ------
    VizError
        As :func:`answer`.
    """
    if request.function and not isinstance(request.part, OverviewPart):
        parsed = _narrowed(parsed, request.function)
    try:
        return _ANSWERS[type(request.part)](request, parsed, report)
    except LoweringError as error:
        _place(error, request, parsed)
        raise


def _narrowed(parsed: Parsed, function: str) -> Parsed:
    """Leave only a function and what it calls: the others may be impossible to lower."""
    return parsed._replace(mod=only(parsed.mod, function))


def _place(error: LoweringError, request: Request, parsed: Parsed) -> None:
    """Add the place in the user's text, where the error has none and one can be told."""
    if error.span is None:
        part = request.part
        target = part.device if isinstance(part, RunPart) else request.target
        error.span = culprit.find(error, parsed, target, request.options)


# ---------------------------------------------------------------- what the text holds


def _overview(request: Request, parsed: Parsed, report: Report) -> Overview:
    part = request.part
    assert isinstance(part, OverviewPart)
    chosen = _narrowed(parsed, request.function) if request.function else parsed
    passes, problems = _passes(request, chosen, report) if part.passes else ((), ())
    return Overview(
        definitions=parsed.program.definitions,
        definition=parsed.definition,
        functions=tuple(_functions(parsed)),
        edits=parsed.edits,
        left_out=parsed.program.left_out,
        problems=(*parsed.problems, *problems),
        script=str(parsed.mod.script()),
        passes=passes,
    )


def _passes(
    request: Request, parsed: Parsed, report: Report
) -> tuple[tuple[Pass, ...], tuple[Problem, ...]]:
    """Return the passes that ran, and what went wrong outside of them."""
    try:
        recording = _record(request, parsed, report)
    except LoweringError as error:  # before any pass
        _place(error, request, parsed)
        return (), (problem_of(error),)
    failure = recording.failure
    if isinstance(failure, LoweringError):
        _place(failure, request, parsed)
    if failure is None or recording.threw:
        return recording.rows(), ()
    return recording.rows(), (problem_of(failure),)


def _functions(parsed: Parsed) -> list[Function]:
    found = []
    for variable, function in parsed.mod.functions.items():
        name = str(variable.name_hint)
        span = parsed.name_span(name)
        found.append(inputs.describe(name, function, span, bound=schedule.is_bound(function)))
    # main first: it is what one wants to see.
    return sorted(found, key=lambda function: (function.name != "main", function.name))


# ---------------------------------------------------------------- stages


def _record(request: Request, parsed: Parsed, report: Report) -> Recording:
    _report_lowering(request, parsed, report)
    return record(parsed.mod, request.target, request.options)


def _report_lowering(request: Request, parsed: Parsed, report: Report) -> None:
    step = f"lowering for {request.target}"
    if codegen.row_of(request.target).gpu and schedule.may_load(parsed.mod):
        step += " (a matmul loads TVM's tensor intrinsics first, once: 10 to 20 s)"
    report(step)


def _stages(request: Request, parsed: Parsed, report: Report, *names: StageName) -> tuple[Any, ...]:
    """Return what is walked at some stages: a module, or the function that was chosen.

    Passes rename, split and add functions, so after them all are shown. The input needs no
    lowering.
    """
    if all(name == "input" for name in names):
        return tuple(_chosen(request, parsed.mod) for _ in names)
    recording = _record(request, parsed, report)
    return tuple(
        _chosen(request, recording.stage(name))
        if name in ("input", "scheduled")
        else recording.stage(name)
        for name in names
    )


def _target(request: Request, stage: StageName) -> str:
    return "" if stage == "input" else request.target


def _tree(request: Request, parsed: Parsed, report: Report) -> Tree:
    part = request.part
    assert isinstance(part, TreePart)
    (root,) = _stages(request, parsed, report, part.stage)
    return nodes.walk(root, part.stage, _target(request, part.stage), parsed.user_span)


def _stage_text(request: Request, parsed: Parsed, report: Report) -> StageText:
    part = request.part
    assert isinstance(part, StageTextPart)
    (root,) = _stages(request, parsed, report, part.stage)
    report("marking the text")
    return stage_text(root, part.stage, _target(request, part.stage))


def _diff(request: Request, parsed: Parsed, report: Report) -> Diff:
    part = request.part
    assert isinstance(part, DiffPart)
    before, after = _stages(request, parsed, report, part.before, part.after)
    report("comparing")
    return Diff(
        before=part.before,
        after=part.after,
        target=request.target,
        lines=diff_texts(str(before.script()), str(after.script())),
        changes=changes(nodes.walk_objects(before), nodes.walk_objects(after)),
    )


def _links(request: Request, parsed: Parsed, report: Report) -> Links:
    part = request.part
    assert isinstance(part, LinksPart)
    before, after = _stages(request, parsed, report, part.before, part.after)
    report("comparing")
    found = pairs(nodes.walk_objects(before), nodes.walk_objects(after))
    return Links(
        before=part.before,
        after=part.after,
        target=request.target,
        links=tuple(
            Link(before=old, after=new, certainty=certainty)
            for old, new, certainty in sorted(found, key=lambda pair: (pair[1], pair[0]))
        ),
    )


def _chosen(request: Request, mod: tvm.IRModule) -> Any:
    if not request.function:
        return mod
    return function_of(mod, request.function)


# ---------------------------------------------------------------- texts and runs


def _source(request: Request, parsed: Parsed, report: Report) -> Reply:
    part = request.part
    assert isinstance(part, SourcePart)
    if part.marks:
        recording = _record(request, parsed, report)
        report(f"writing {request.target}, marked")
        return traced(recording, parsed.user_span)
    _report_lowering(request, parsed, report)
    lowered = codegen.lower(parsed.mod, request.target, request.options)
    report(f"writing {request.target}")
    return codegen.emit(lowered)


def _run(request: Request, parsed: Parsed, report: Report) -> Reply:
    assert isinstance(request.part, RunPart)
    name = request.function or _functions(parsed)[0].name
    parsed = _narrowed(parsed, name)
    report(f"running {name} on {request.part.device}")
    return execution.run(parsed, name, request)


_ANSWERS: dict[type, Callable[[Request, Parsed, Report], Reply]] = {
    OverviewPart: _overview,
    TreePart: _tree,
    StageTextPart: _stage_text,
    DiffPart: _diff,
    LinksPart: _links,
    SourcePart: _source,
    RunPart: _run,
}
