"""Ask for an analysis part by part: of the program, and target by target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from viz.errors import VizError
from viz.frontend.notebook import source_of
from viz.model import (
    EMULATED,
    PYTHON,
    Analysis,
    Causes,
    CausesPart,
    CostOptions,
    EngineName,
    MeasuredCost,
    Options,
    OriginsPart,
    Outcome,
    Overview,
    OverviewPart,
    Part,
    PythonPart,
    Reply,
    Request,
    RunPart,
    Scalar,
    Source,
    SourcePart,
    TargetAnalysis,
    Tree,
    TreePart,
)
from viz.model.problem import problem_of
from viz.provenance.pass_queries import differences
from viz.provenance.stage_origins import stage_origins

Submit = Callable[[list[Request]], Iterator[Any]]
"""Answers requests about one text: their replies, in order.

What belongs together is submitted together: the process that answers then lowers the program once.
"""


def base_request(
    text: str | bytes,
    definition: str,
    function: str,
    arguments: Mapping[str, Scalar] | None,
    options: Options,
    engine: EngineName = "",
) -> Request:
    """Return a request about a program, whose part is to be chosen.

    Raises
    ------
    VizError
        When the code of a notebook, or the text of a model, is not to be had.
    """
    return Request(
        text=program_text(text),
        definition=definition,
        function=function,
        arguments=dict(arguments or {}),
        options=options,
        engine=engine,
    )


def program_text(program: str | bytes) -> str:
    """Return a text, of a notebook its code, of the bytes of an .onnx file what it is converted to.

    Raises
    ------
    VizError
        See :func:`viz.from_onnx`.
    """
    if isinstance(program, str):
        return source_of(program)
    from viz.service.client.conversion import program_of

    return program_of(program)


def with_part(base: Request, part: Part, target: str = "") -> Request:
    """Return a request for another part, and maybe another target."""
    return msgspec.structs.replace(base, part=part, target=target or base.target)


def analysis_of(
    base: Request,
    targets: str | Iterable[str],
    submit: Submit,
    *,
    finals: bool,
    passes: bool,
    compile: bool,
    cost: bool | CostOptions = False,
) -> Analysis:
    """Return the analysis of the text of ``base``, target by target: see :func:`viz.analyze`.

    Raises
    ------
    VizError
        When the text cannot be read; what fails for a target is its ``problem``.
    """
    overview, tree = submit([with_part(base, OverviewPart()), with_part(base, TreePart())])
    assert isinstance(overview, Overview)
    assert isinstance(tree, Tree)
    names = [targets] if isinstance(targets, str) else targets
    counted = cost_options(cost)
    return Analysis(
        text=base.text,
        engine=base.engine,
        overview=overview,
        tree=tree,
        targets={
            name: _python_analysis(base, tree, submit, finals=finals)
            if name == PYTHON
            else _target_analysis(base, name, submit, finals=finals, passes=passes, compile=compile)
            for name in names
        },
        cost=None if counted is None else measured_cost(base, submit, counted),
    )


def cost_options(cost: bool | CostOptions) -> CostOptions | None:
    """Return what a run is asked to count; None for nothing."""
    if isinstance(cost, CostOptions):
        return cost
    return CostOptions() if cost else None


def measured_cost(base: Request, submit: Submit, options: CostOptions) -> MeasuredCost:
    """Run a program on the emulator, and return what its accesses cost and since when."""
    try:
        (outcome,) = submit([with_part(base, RunPart(device=EMULATED, cost=options), "cuda")])
    except VizError as error:
        return MeasuredCost(problems=(problem_of(error),))
    assert isinstance(outcome, Outcome)
    causes: Causes | None = None
    try:
        (causes,) = submit([with_part(base, CausesPart(), "cuda")])
    except VizError:
        pass  # what the accesses cost is known all the same
    return MeasuredCost(cost=outcome.cost, causes=causes, problems=outcome.problems)


def _target_analysis(
    base: Request, target: str, submit: Submit, *, finals: bool, passes: bool, compile: bool
) -> TargetAnalysis:
    """Return what one target makes of the program; what was there before it failed is kept."""
    parts: dict[str, Any] = {}

    def submitted(requested: Iterable[Part]) -> Iterator[Reply]:
        return submit([with_part(base, part, target) for part in requested])

    try:
        if passes:
            (overview,) = submitted([OverviewPart(passes=True, counts=True)])
            assert isinstance(overview, Overview)
            parts |= {"passes": overview.passes, "kernels": overview.kernels}
            parts["diffs"] = tuple(submitted(differences(overview.passes)))
        requested: list[Part] = [SourcePart(schedule=True, compile=compile), OriginsPart()]
        if finals:
            requested.append(TreePart(stage="final"))
        replies = submitted(requested)
        source, origins = next(replies), next(replies)
        parts |= {"source": source, "origins": origins}
        if finals:
            parts["final"] = next(replies)
    except VizError as error:
        parts["problem"] = problem_of(error)
    return TargetAnalysis(**parts)


def _python_analysis(base: Request, tree: Tree, submit: Submit, *, finals: bool) -> TargetAnalysis:
    """Return the program as Python, which is written from the user's own tree."""
    try:
        (source,) = submit([with_part(base, PythonPart())])
    except VizError as error:
        return TargetAnalysis(problem=problem_of(error))
    assert isinstance(source, Source)
    if not source.emissions:
        return TargetAnalysis(problem=source.problems[0])
    origins = stage_origins(PYTHON, tree, tree)
    return TargetAnalysis(source=source, origins=origins, final=tree if finals else None)
