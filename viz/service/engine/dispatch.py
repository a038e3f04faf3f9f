"""Answers requests: from a Request to the reply of its part, in this process.

The requests of one job are often about one program, so they share what is costly: its parse, and
the recorded build for each target. Neither changes once made, so an answer does not depend on what
was asked before it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import tvm

from viz.codegen import emit
from viz.codegen.marked_source import marked, origins
from viz.errors import LoweringError
from viz.frontend.program import read
from viz.ir import walker
from viz.ir.functions import function_of, only
from viz.ir.parse import Parsed, parse
from viz.ir.stage_text import stage_text
from viz.model import (
    Diff,
    DiffPart,
    EnvironmentPart,
    Function,
    Link,
    Links,
    LinksPart,
    OriginsPart,
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
    encode,
)
from viz.model.problem import problem_of
from viz.passes import error_location, gpu_schedule, targets
from viz.passes.recording import Recording, record
from viz.passes.stage_diff import changes, pairs
from viz.provenance.text_diff import diff_texts
from viz.runtime import inputs, ir_gate, run
from viz.service.engine import environment

GATED = os.environ.get("TIRSCOPE_GATES") != "off"
"""Whether texts and programs pass the gates; off only where the jail behind them is tested."""

Report = Callable[[str], None]
"""Called with the name of each step as it begins."""


class Answers:
    """Answers the requests of one job.

    Parameters
    ----------
    parsed
        A module that is parsed already: then all requests are about it, whatever their text.
    """

    def __init__(self, parsed: Parsed | None = None) -> None:
        self._given = _Shared(parsed) if parsed is not None else None
        self._read: dict[bytes, _Shared] = {}

    def answer(self, request: Request, report: Report = lambda step: None) -> Reply:
        """Answer one request.

        Raises
        ------
        VizError
            Of the kind that fits, with the place in the user's text where there is one.
        """
        if isinstance(request.part, EnvironmentPart):
            return environment.look()
        shared = self._given or self._shared(request, report)
        if request.function and not isinstance(request.part, OverviewPart):
            shared = shared.narrowed(request.function)
        try:
            return _ANSWERS[type(request.part)](request, shared, report)
        except LoweringError as error:
            _place(error, request, shared.parsed)
            raise

    def _shared(self, request: Request, report: Report) -> _Shared:
        key = encode(Request(request.text, request.definition, request.arguments))
        if key not in self._read:
            report("parsing")
            program = read(request.text)
            parsed = parse(program, request.definition, request.arguments, gated=GATED)
            self._read[key] = _Shared(parsed)
        return self._read[key]


def answer(request: Request, report: Report = lambda step: None) -> Reply:
    """Answer one request alone.

    Raises
    ------
    VizError
        As :meth:`Answers.answer`.
    """
    return Answers().answer(request, report)


def answer_parsed(request: Request, parsed: Parsed, report: Report = lambda step: None) -> Reply:
    """Answer a request about a module that is parsed already.

    Raises
    ------
    VizError
        As :meth:`Answers.answer`.
    """
    return Answers(parsed).answer(request, report)


class _Shared:
    """A module, and what the requests about it share."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self._narrowed: dict[str, _Shared] = {}
        self._recordings: dict[tuple[str, bytes], Recording] = {}

    def narrowed(self, function: str) -> _Shared:
        """Leave only a function and what it calls: the others may be impossible to lower."""
        if function not in self._narrowed:
            mod = only(self.parsed.mod, function)
            self._narrowed[function] = _Shared(self.parsed._replace(mod=mod))
        return self._narrowed[function]

    def record(self, request: Request, report: Report) -> Recording:
        """Lower the module for a request's target and options, once, with a record of the passes.

        Raises
        ------
        VizError
            See :func:`viz.passes.recording.record`; asked again, it is tried again.
        """
        key = request.target, encode(request.options)
        if key not in self._recordings:
            _report_lowering(request, self.parsed, report)
            self._recordings[key] = record(self.parsed.mod, request.target, request.options)
        return self._recordings[key]


def _place(error: LoweringError, request: Request, parsed: Parsed) -> None:
    """Add the place in the user's text, where the error has none and one can be told."""
    if error.span is None:
        part = request.part
        target = run.target_of(part.device) if isinstance(part, RunPart) else request.target
        error.span = error_location.find(error, parsed, target, request.options)


# ---------------------------------------------------------------- what the text holds


def _overview(request: Request, shared: _Shared, report: Report) -> Overview:
    part = request.part
    assert isinstance(part, OverviewPart)
    parsed = shared.parsed
    chosen = shared.narrowed(request.function) if request.function else shared
    passes, problems = _passes(request, chosen, report) if part.passes else ((), ())
    return Overview(
        definitions=parsed.program.definitions,
        definition=parsed.definition,
        functions=tuple(_functions(parsed)),
        edits=parsed.edits,
        left_out=parsed.program.left_out,
        problems=(*parsed.problems, *problems),
        passes=passes,
    )


def _passes(
    request: Request, shared: _Shared, report: Report
) -> tuple[tuple[Pass, ...], tuple[Problem, ...]]:
    """Return the passes that ran, and what went wrong outside of them."""
    part = request.part
    assert isinstance(part, OverviewPart)
    try:
        recording = shared.record(request, report)
    except LoweringError as error:  # before any pass
        _place(error, request, shared.parsed)
        return (), (problem_of(error),)
    failure = recording.failure
    if isinstance(failure, LoweringError):
        _place(failure, request, shared.parsed)
    rows = recording.rows(counts=part.counts)
    if failure is None or recording.threw:
        return rows, ()
    return rows, (problem_of(failure),)


def _functions(parsed: Parsed) -> list[Function]:
    found = []
    for variable, function in parsed.mod.functions.items():
        name = str(variable.name_hint)
        span = parsed.name_span(name)
        found.append(inputs.describe(name, function, span, bound=gpu_schedule.is_bound(function)))
    # main first: it is what one wants to see.
    return sorted(found, key=lambda function: (function.name != "main", function.name))


# ---------------------------------------------------------------- stages


def _report_lowering(request: Request, parsed: Parsed, report: Report) -> None:
    step = f"lowering for {request.target}"
    if targets.row_of(request.target).gpu and gpu_schedule.may_load(parsed.mod):
        step += " (a matmul loads TVM's tensor intrinsics first, once: 10 to 20 s)"
    report(step)


def _stages(
    request: Request, shared: _Shared, report: Report, *names: StageName
) -> tuple[Any, ...]:
    """Return what is walked at some stages: a module, or the function that was chosen.

    Passes rename, split and add functions, so after them all are shown. The input needs no
    lowering.
    """
    if all(name == "input" for name in names):
        return tuple(_chosen(request, shared.parsed.mod) for _ in names)
    recording = shared.record(request, report)
    return tuple(
        _chosen(request, recording.stage(name))
        if name in ("input", "scheduled")
        else recording.stage(name)
        for name in names
    )


def _target(request: Request, stage: StageName) -> str:
    return "" if stage == "input" else request.target


def _tree(request: Request, shared: _Shared, report: Report) -> Tree:
    part = request.part
    assert isinstance(part, TreePart)
    (root,) = _stages(request, shared, report, part.stage)
    found = shared.record(request, report).final if part.stage == "final" else None
    target = _target(request, part.stage)
    return walker.walk(root, part.stage, target, shared.parsed.user_span, found)


def _stage_text(request: Request, shared: _Shared, report: Report) -> StageText:
    part = request.part
    assert isinstance(part, StageTextPart)
    (root,) = _stages(request, shared, report, part.stage)
    report("marking the text")
    return stage_text(root, part.stage, _target(request, part.stage))


def _diff(request: Request, shared: _Shared, report: Report) -> Diff:
    part = request.part
    assert isinstance(part, DiffPart)
    before, after = _stages(request, shared, report, part.before, part.after)
    report("comparing")
    return Diff(
        before=part.before,
        after=part.after,
        target=request.target,
        lines=diff_texts(str(before.script()), str(after.script())),
        changes=changes(walker.walk_objects(before), walker.walk_objects(after)),
    )


def _links(request: Request, shared: _Shared, report: Report) -> Links:
    part = request.part
    assert isinstance(part, LinksPart)
    before, after = _stages(request, shared, report, part.before, part.after)
    report("comparing")
    found = pairs(walker.walk_objects(before), walker.walk_objects(after))
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


def _source(request: Request, shared: _Shared, report: Report) -> Reply:
    part = request.part
    assert isinstance(part, SourcePart)
    recording = shared.record(request, report)
    lowered = recording.built()
    report(f"writing {request.target}{', marked' if part.marks else ''}")
    found = marked(recording) if part.marks else emit.emit(lowered)
    return emit.with_script(found, lowered) if part.schedule else found


def _origins(request: Request, shared: _Shared, report: Report) -> Reply:
    recording = shared.record(request, report)
    report(f"following the nodes for {request.target}")
    return origins(recording, shared.parsed.user_span)


def _run(request: Request, shared: _Shared, report: Report) -> Reply:
    assert isinstance(request.part, RunPart)
    name = request.function or _functions(shared.parsed)[0].name
    report(f"running {name} on {request.part.device}")
    parsed = shared.narrowed(name).parsed
    if GATED:
        ir_gate.check(parsed.mod, parsed.user_span)
    return run.run(parsed, name, request)


_ANSWERS: dict[type, Callable[[Request, _Shared, Report], Reply]] = {
    OverviewPart: _overview,
    TreePart: _tree,
    StageTextPart: _stage_text,
    DiffPart: _diff,
    LinksPart: _links,
    SourcePart: _source,
    OriginsPart: _origins,
    RunPart: _run,
}
