"""Compare two programs, two targets, two schedules or two generations of TVM: ``viz.compare``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from viz.analysis import analysis_of
from viz.errors import VizError
from viz.frontend.notebook import source_of
from viz.frontend.program import read
from viz.frontend.schedule.compose import with_steps, without_schedules
from viz.messages import message_of
from viz.model import (
    EMULATED,
    Analysis,
    ComparedRuns,
    CostOptions,
    Outcome,
    Problem,
    ProgramComparison,
    Request,
    RunPart,
    Side,
    TargetPair,
    catalog,
)
from viz.model.problem import problem_of
from viz.provenance.compare.costs import paired_costs
from viz.provenance.compare.programs import compared

NOT_KEPT = "not-kept"
"""The code of the remark that a run's arrays are too large to be kept."""


def compare(
    a: str | Side,
    b: str | Side = "",
    targets: str | Iterable[str] = ("c",),
    *,
    run: bool = False,
    device: str = "",
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    cost: bool = False,
) -> ProgramComparison:
    r"""Put two programs side by side: texts, trees, emitted sources, outputs, costs.

    The programs are worked on in jailed processes: they need not be trusted.

    >>> comparison = viz.compare(text, text.replace("A[vi] +", "A[vi] \*"), ["c", "cuda"])
    >>> comparison.is_same, [pair.kind for pair in comparison.tree.pairs if pair.kind != "kept"]
    >>> viz.compare(viz.Side(text=text, target="c"), viz.Side(text=text, target="cuda"))
    >>> viz.compare(text, viz.Side(text=text, scheduled=False), "cuda", run=True).runs[0].outputs

    Parameters
    ----------
    a, b
        The sides: texts as for :func:`viz.analyze`, or :class:`~viz.model.Side` with what else is
        chosen of each. If ``b`` is empty it is the text of ``a``.
    targets
        The targets for which what is written is compared, on a side that names none. Two targets
        of one program are compared with each other.
    run
        Whether to run both sides on the same inputs, and compare what they compute with each other
        and with their references.
    device
        The device that both run on; if empty, one that runs the code of each side's target on this
        machine's CPU.
    seed, sizes
        Of the inputs, as for :func:`viz.run`.
    rtol, atol
        The tolerance between the outputs of the sides, in place of what either may be off from its
        reference.
    cost
        Whether to count, too, what the accesses of emulated CUDA kernels cost.

    Returns
    -------
    ProgramComparison
        A side that fails for a target does not raise: its ``problem`` is set, and where it cannot
        run that of its run.

    Raises
    ------
    VizError
        When a text cannot be read: see :func:`viz.analyze`.
    """
    sides = sides_of(a, b)
    names = (targets,) if isinstance(targets, str) else tuple(targets)
    pairs = target_pairs(sides, names)
    bases = base_of(sides[0]), base_of(sides[1])
    before, after = (
        side_analysis(base, [pair[at] for pair in pairs]) for at, base in enumerate(bases)
    )
    part = RunPart(
        seed=seed, sizes=dict(sizes or {}), keep=True, cost=CostOptions() if cost else None
    )
    return compare_analyses(
        bases,
        (before, after),
        pairs,
        part if run or cost else None,
        device,
        rtol=rtol,
        atol=atol,
    )


def compare_analyses(
    bases: tuple[Request, Request],
    analyses: tuple[Analysis, Analysis],
    pairs: Sequence[tuple[str, str]],
    part: RunPart | None,
    device: str = "",
    *,
    rtol: float | None = None,
    atol: float | None = None,
) -> ProgramComparison:
    """Put two analyses side by side, and run both where ``part`` says how: see :func:`compare`."""
    comparison = compared(*analyses, pairs)
    if part is None:
        return comparison
    runs = tuple(
        run_both(bases, pair, comparison, part, device, rtol=rtol, atol=atol)
        for pair in comparison.targets
    )
    return msgspec.structs.replace(comparison, runs=runs)


def sides_of(a: str | Side, b: str | Side) -> tuple[Side, Side]:
    """Return both sides; a second one without a text has that of the first."""
    first = Side(text=a) if isinstance(a, str) else a
    second = Side(text=b) if isinstance(b, str) else b
    if not second.text:
        choices = {} if isinstance(b, Side) else {"definition": first.definition}
        second = msgspec.structs.replace(second, text=first.text, **choices)
    return first, second


def target_pairs(sides: tuple[Side, Side], targets: Sequence[str]) -> list[tuple[str, str]]:
    """Return which target of the first side stands beside which of the second.

    Two targets of one program are compared with each other: nothing else differs.
    """
    if sides[0] == sides[1] and not sides[0].target and len(targets) == 2:
        return [(targets[0], targets[1])]
    first, second = ((side.target,) if side.target else tuple(targets) for side in sides)
    if len(first) != len(second):  # one target beside several
        count = max(len(first), len(second))
        first, second = (names * count if len(names) == 1 else names for names in (first, second))
    return list(dict.fromkeys(zip(first, second, strict=True)))


def base_of(side: Side) -> Request:
    """Return the request for a side, whose part and target are to be chosen.

    Raises
    ------
    SourceError
        When a schedule is to be taken out of a text that cannot be read.
    """
    text = source_of(side.text)
    if not side.scheduled:
        text = without_schedules(text, read(text).schedules)
    if side.steps:
        text = with_steps(text, side.steps)
    return Request(
        text=text,
        definition=side.definition,
        function=side.function,
        arguments=side.arguments,
        options=side.options,
        engine=side.engine,
    )


def side_analysis(base: Request, targets: Iterable[str]) -> Analysis:
    """Return the analysis of a side for its targets.

    Raises
    ------
    VizError
        When its text cannot be read.
    """
    from viz.service.client.submit import submit_all

    def submit(requests: list[Request]) -> Iterator[Any]:
        return submit_all(requests).replies()

    names = list(dict.fromkeys(targets))
    return analysis_of(base, names, submit, finals=True, passes=False, compile=False)


# ---------------------------------------------------------------- running both


def device_for(target: str) -> str:
    """Return a device that runs the code of a target on any machine; ``llvm`` where none does."""
    names = [name for name, row in catalog.devices().items() if row.target == target]
    on_cpu = [name for name in names if name in ("c", "llvm", "python", EMULATED)]
    return (on_cpu or ["llvm"])[0]


def run_both(
    bases: tuple[Request, Request],
    pair: TargetPair,
    comparison: ProgramComparison,
    part: RunPart,
    device: str = "",
    *,
    rtol: float | None = None,
    atol: float | None = None,
) -> ComparedRuns:
    """Run both sides on the same inputs, and compare them with each other and their references.

    Parameters
    ----------
    bases
        The requests for the sides.
    pair, comparison
        What was found of the sides for a pair of targets.
    part
        How they run; its device does not count, and costs are counted where a device can.
    device
        The device of both; one for each side's target if empty.
    """
    from viz.service.client.submit import submit, submit_all

    names = (pair.before, pair.after)
    devices = (device or device_for(names[0]), device or device_for(names[1]))
    requests = [
        msgspec.structs.replace(base, target=name, part=_on(where, part))
        for base, name, where in zip(bases, names, devices, strict=True)
    ]
    results = list(submit_all(requests).results())

    def again(arrays: dict[str, bytes]) -> Outcome:
        run = msgspec.structs.replace(_on(devices[1], part), arrays=arrays)
        outcome = submit(msgspec.structs.replace(requests[1], part=run)).result()
        assert isinstance(outcome, Outcome)
        return outcome

    return compared_runs(devices, results, pair, comparison, again, rtol, atol)


def _on(device: str, part: RunPart) -> RunPart:
    cost = part.cost if device == EMULATED else None
    return msgspec.structs.replace(part, device=device, cost=cost)


def compared_runs(
    device: tuple[str, str],
    results: Sequence[Any],
    pair: TargetPair,
    comparison: ProgramComparison,
    again: Callable[[dict[str, bytes]], Outcome] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> ComparedRuns:
    """Compare two runs, or say why there are none.

    Parameters
    ----------
    results
        An Outcome or a VizError for each side.
    again
        Runs the second side on other inputs: on those of the first where it had others. Without
        it nothing is said of such outputs.
    """
    from viz.harness.outputs.side_by_side import ComparedOutputs, compare_runs, other_inputs

    before, after = (result if isinstance(result, Outcome) else None for result in results)
    problems = [_problem(result) for result in results]
    found = ComparedOutputs((), ((), ()))
    if before is not None and after is not None and not any(problems):
        if others := other_inputs(before, after):
            try:
                after = None if again is None else again(others)
            except VizError as error:
                after, problems[1] = None, problem_of(error)
            if again is None:
                problems[1] = Problem(code="inputs", what=message_of("other-inputs"))
        if after is not None:
            found = compare_runs(before, after, rtol, atol)
    kernels = (
        paired_costs(before.cost, after.cost, pair.tree, comparison.lines)
        if before is not None and after is not None and before.cost and after.cost
        else ()
    )
    return ComparedRuns(
        target=(pair.before, pair.after),
        device=device,
        before=before,
        after=after,
        problems=(problems[0], problems[1]),
        outputs=found.compared,
        alone=found.alone,
        kernels=kernels,
    )


def _problem(result: Any) -> Problem | None:
    """Return why there is nothing to compare of a run; None where there is."""
    if isinstance(result, VizError):
        return problem_of(result)
    assert isinstance(result, Outcome)
    return next((problem for problem in result.problems if problem.code == NOT_KEPT), None)
