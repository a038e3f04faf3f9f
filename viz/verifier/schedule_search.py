"""Search for schedules of a function: draw them, check what they compute, and compare their cost.

Times are compared within one search alone: all programs are called in turns, so that what else the
machine does falls on all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, NamedTuple

import msgspec

from viz.errors import VizError
from viz.harness.comparison import compare
from viz.ir.functions import only
from viz.ir.parse import Parsed
from viz.messages import Message, message_of
from viz.model import (
    EMULATED,
    CandidateCost,
    Cost,
    CostOptions,
    Figures,
    Options,
    Request,
    RunPart,
    ScheduleCandidate,
    ScheduleCode,
    ScheduleSearch,
    ScheduleStep,
    SearchPart,
)
from viz.model.problem import problem_of
from viz.passes.schedule import space
from viz.passes.schedule.replay import replay
from viz.passes.schedule.trace_text import in_function, named
from viz.runtime.analysis.precision import tolerances
from viz.runtime.devices import DEVICES, BuiltProgram
from viz.runtime.execute import Call, execute, seconds_of_repeats
from viz.runtime.run import declared_table, prepared, run
from viz.text import Span

ROUNDS = 5
"""How often every program is timed, all of them once before any a second time."""

BATCH = 8
"""Schedules of a generation of an evolution."""

Report = Callable[[Message], None]


def search(
    parsed: Parsed, name: str, request: Request, report: Report, check: Callable[[Any], None]
) -> ScheduleSearch:
    """Return the schedules that were found for a function, the best first.

    Parameters
    ----------
    check
        Raises a RefusedError for a module that may not be run.

    Raises
    ------
    VizError
        When the program cannot be run as it is written, or there is no design space for it.
    """
    part = request.part
    assert isinstance(part, SearchPart)
    is_only = len(parsed.mod.functions) == 1
    parsed = parsed._replace(mod=only(parsed.mod, name))
    check(parsed.mod)
    measure = _ByTime(parsed, name, part) if part.by == "time" else _ByCost(parsed, name, request)
    target = space.tuning_target("llvm" if part.by == "time" else "cuda", request.options)
    until = time.monotonic() + part.seconds
    mod = space.whole(parsed.mod, name)
    found: dict[tuple[str, ...], ScheduleCandidate] = {}
    drawn = 0

    def one(made: space.Drawn) -> ScheduleCandidate:
        if made.lines not in found:
            what = message_of("step-measuring", number=len(found) + 1, count=part.count)
            report(what)
            lines = tuple(named(made.lines, name, is_only=is_only))
            own = made._replace(lines=lines)
            found[made.lines] = _candidate(parsed, name, own, measure, check)
        return found[made.lines]

    report(message_of("step-drawing"))
    if part.tune and isinstance(measure, _ByTime):
        evolution = space.Evolution(mod, target, part.seed, part.count, min(BATCH, part.count))
        while (generation := evolution.generation()) and time.monotonic() < until:
            evolution.measured([measure.quick(one(made)) for made in generation])
            drawn += len(generation)
    else:
        for made in _draws(mod, target, part):
            drawn += 1
            if made is not None:
                one(made)
            if len(found) >= part.count or time.monotonic() > until:
                break
    is_cut = time.monotonic() > until and len(found) < part.count
    report(message_of("step-timing"))
    return ScheduleSearch(
        definition=parsed.definition,
        function=name,
        by=part.by,
        candidates=tuple(sorted(measure.finished([*found.values()]), key=rank)),
        drawn=drawn,
        is_cut=is_cut,
        seed=part.seed,
    )


def _draws(mod: Any, target: Any, part: SearchPart) -> Iterator[space.Drawn | None]:
    yield from space.by_rules(mod, target)
    yield from space.by_chance(mod, target, part.seed, part.count)


def rank(candidate: ScheduleCandidate) -> tuple[object, ...]:
    """Return what candidates are sorted by: the best first, what is not known of last."""
    cost = candidate.cost
    figure = candidate.seconds if cost is None else cost.sectors
    conflicts = cost.conflicts if cost is not None else 0
    # What could not be counted would rank as what costs nothing.
    is_known = figure is not None and (
        cost is None or (cost.is_complete and not cost.has_unknown_conflicts)
    )
    return (candidate.passed is False, not is_known, figure or 0.0, conflicts)


def _candidate(
    parsed: Parsed,
    name: str,
    made: space.Drawn,
    measure: _ByTime | _ByCost,
    check: Callable[[Any], None],
) -> ScheduleCandidate:
    """Replay what was drawn, as it would be taken over, and see what it computes."""
    candidate = ScheduleCandidate(made.rule, in_function(made.lines))
    steps = tuple(ScheduleStep(line, Span(0, 0), _method(line)) for line in made.lines)
    scheduled = replay(parsed.mod, ScheduleCode("sch", "", Span(0, 0), steps), {})
    try:
        if scheduled.failure is not None:
            raise scheduled.failure
        check(scheduled.mod)
        return measure.of(candidate, scheduled.mod)
    except VizError as error:
        return msgspec.structs.replace(candidate, problem=problem_of(error))


def _method(line: str) -> str:
    return line.partition("sch.")[2].partition("(")[0]


class _Running(NamedTuple):
    candidate: ScheduleCandidate
    program: BuiltProgram


class _ByTime:
    """Runs schedules through LLVM beside the program as it is written."""

    def __init__(self, parsed: Parsed, name: str, part: SearchPart) -> None:
        function = parsed.mod[name]
        ranges = declared_table(parsed, name, "RANGES")
        self._name = name
        self._call: Call = prepared(parsed, name, function, part.seed, part.sizes, ranges)
        self._allowed = tolerances(function, parsed.mod, self._call.arguments.sizes)
        program = DEVICES["llvm"].build(parsed.mod, Options(), name)
        self._expected = execute(program, self._call).outputs
        own = ScheduleCandidate("", "", passed=True)
        self._running = {"": _Running(own, program)}

    def of(self, candidate: ScheduleCandidate, mod: Any) -> ScheduleCandidate:
        """Build a schedule and compare what it computes."""
        program = DEVICES["llvm"].build(mod, Options(), self._name)
        outputs = execute(program, self._call).outputs
        passed = all(
            compare(name, array, self._expected[name], self._allowed.get(name, 0.0)).passed
            for name, array in outputs.items()
        )
        candidate = msgspec.structs.replace(candidate, passed=passed)
        self._running[candidate.steps] = _Running(candidate, program)
        return candidate

    def quick(self, candidate: ScheduleCandidate) -> float | None:
        """Return about how long a call takes; None where it does not compute what it should."""
        running = self._running.get(candidate.steps)
        if running is None or not candidate.passed:
            return None
        return next(iter(seconds_of_repeats(running.program, self._call, 1)), None)

    def finished(self, candidates: list[ScheduleCandidate]) -> list[ScheduleCandidate]:
        """Time all that ran, in turns; those that did not come along as they are."""
        times: dict[str, list[float]] = {key: [] for key in self._running}
        for _ in range(ROUNDS):
            for key, running in self._running.items():
                times[key] += seconds_of_repeats(running.program, self._call, 1)
        done = [
            msgspec.structs.replace(
                running.candidate, seconds=median(times[key]) if times[key] else None
            )
            for key, running in self._running.items()
        ]
        return [*done, *(each for each in candidates if each.steps not in self._running)]


class _ByCost:
    """Runs schedules on the emulator, which counts what their accesses cost."""

    def __init__(self, parsed: Parsed, name: str, request: Request) -> None:
        self._parsed, self._name, self._request = parsed, name, request

    def of(self, candidate: ScheduleCandidate, mod: Any) -> ScheduleCandidate:
        """Run a schedule, and sum up what was counted."""
        part = self._request.part
        assert isinstance(part, SearchPart)
        asked = RunPart(
            device=EMULATED,
            seed=part.seed,
            sizes=part.sizes,
            cost=CostOptions(),
            compare_with="llvm",
        )
        parsed = self._parsed._replace(mod=mod, unscheduled=self._parsed.mod)
        options = self._request.options
        outcome = run(parsed, self._name, Request(target="cuda", options=options, part=asked))
        cost = None if outcome.cost is None else summed(outcome.cost)
        return msgspec.structs.replace(candidate, passed=outcome.passed, cost=cost)

    def finished(self, candidates: list[ScheduleCandidate]) -> list[ScheduleCandidate]:
        """Return them as they are: figures need no turns."""
        return candidates


def summed(cost: Cost) -> CandidateCost:
    """Return what the accesses of all kernels cost together."""
    total = sum((kernel.figures for kernel in cost.kernels), Figures())
    return CandidateCost(
        sectors=total.sectors,
        ideal_sectors=total.ideal_sectors,
        conflicts=total.conflicts,
        is_complete=all(kernel.is_complete and kernel.problem is None for kernel in cost.kernels),
        has_unknown_conflicts=any(
            site.kind == "fragment" and site.space == "shared"
            for kernel in cost.kernels
            for site in kernel.sites
        ),
    )
