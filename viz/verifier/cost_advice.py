"""Try edits of a program's text that may lower what its accesses cost, and keep those that do.

An edit is kept if the text with it runs, computes what the program computed before, brings in no
mistake that a checked run finds, and costs less: nothing is said of an edit without a measure.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from viz.errors import VizError
from viz.frontend.cost_edits.patterns import SECTOR, FlawedAccess, flawed_accesses
from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.cost_edits.proposals import proposals
from viz.frontend.cost_edits.steps import LanesStep, step_of_lanes
from viz.frontend.program import Program
from viz.harness.array_files import kept_array
from viz.harness.arrays import Array
from viz.harness.comparison import Tolerance, compare
from viz.messages import Message, message_of
from viz.model import (
    AccessFlaw,
    Cost,
    CostAdvice,
    CostAdvicePart,
    CostSuggestion,
    Outcome,
    Problem,
    ScheduleCode,
    TriedEdit,
)
from viz.model.problem import problem_of
from viz.text import Patched, Span, Text
from viz.verifier.cost_change import CostTotal, access_changes, kernel_changes

Measure = Callable[[str], Outcome]
"""Runs a text with its accesses counted, which finds mistakes too, and keeps its outputs.

Raises a VizError where the text cannot be run."""

Report = Callable[[Message], None]

OUTPUT = "output."
"""What stands before the names of outputs that a run kept."""

LANES = "lanes"
FAMILIES = {"pad": "pad", "swizzle": "swizzle"}
"""Kinds of edits that are each suggested; of the others, which change what lanes do, the best is,
and only where none of these is enough."""

MOST_EDITS = 48
"""Edits that are looked at; of many accesses those that cost most come first."""

NO_EDIT: dict[AccessFlaw, str] = {
    "conflicts": "cost-no-edit-conflicts",
    "scattered": "cost-no-edit-scattered",
    "misaligned": "cost-no-edit-misaligned",
}
"""The id of the message for an access that no edit mends."""

SLIGHT = 1.05
"""Accesses that cost up to this many times what they need are left alone: a guarded end does."""


class _Edit(NamedTuple):
    """An edit that is to be tried."""

    flawed: FlawedAccess
    proposal: CostProposal
    text: str

    @property
    def family(self) -> tuple[str, str, str]:
        """What one edit is enough for."""
        kind = FAMILIES.get(self.proposal.kind, LANES)
        return self.flawed.site.buffer, self.flawed.site.kind, kind


class _Kept(NamedTuple):
    """An edit that helps."""

    edit: _Edit
    cost: Cost

    @property
    def left(self) -> int:
        """What all accesses cost with it beyond what they need."""
        return sum(_excesses(self.cost).values())


def cost_advice(
    program: Program,
    text: str,
    schedule: ScheduleCode | None,
    part: CostAdvicePart,
    measure: Measure,
    report: Report,
    *,
    is_bound: bool = True,
) -> CostAdvice:
    """Run a program with its accesses counted, and try the edits that may make them cost less.

    Parameters
    ----------
    text
        The user's text, which edits are made in: that of ``program`` has blanks in some places.
    schedule
        The schedule of the definition that runs; None without one.
    is_bound
        Whether the program, or its schedule, says which thread does what; else TVM's default
        schedule does.

    Raises
    ------
    VizError
        When the program itself cannot be run.
    """
    until = time.monotonic() + part.seconds
    report(message_of("step-cost-measuring"))
    outcome = measure(text)
    if not outcome.passed or outcome.cost is None:
        what = message_of("cost-advice-failing")
        return CostAdvice(False, outcome.cost, problems=(_info("failing", what),))
    if not any(name.startswith(OUTPUT) for name in outcome.arrays):
        large = (problem for problem in outcome.problems if problem.code == "not-kept")
        return CostAdvice(True, outcome.cost, problems=tuple(large))
    lanes = None if schedule is None else step_of_lanes(program.text, schedule)
    search = _Search(text, outcome, measure)
    flawed = [each for each in flawed_accesses(outcome.cost) if each.times > SLIGHT]
    edits = list(islice(_edits(program, text, schedule, flawed), MOST_EDITS))
    over = 0
    for number, edit in enumerate(edits, 1):
        if search.is_settled(edit):
            continue
        if time.monotonic() > until or search.count >= part.most:
            over += 1
            continue
        title = edit.proposal.title
        report(message_of("step-cost-edit", number=number, count=len(edits), title=title))
        search.attempt(edit)
    problems = [*_partial(outcome.cost), *search.unmended(flawed, lanes)]
    if flawed and not is_bound:
        problems.append(_info("scheduled", message_of("cost-advice-scheduled")))
    if over:
        problems.append(_info("stopped", message_of("cost-advice-stopped", count=over)))
    return CostAdvice(
        passed=True,
        cost=outcome.cost,
        suggestions=tuple(search.suggestions()),
        tried=tuple(search.tried()),
        problems=tuple(problems),
    )


def _info(code: str, what: Message) -> Problem:
    return Problem(code=code, severity="info", what=what)


def _edits(
    program: Program, text: str, schedule: ScheduleCode | None, flawed: list[FlawedAccess]
) -> Iterator[_Edit]:
    """Yield edits for the worst access first, each text once."""
    seen = {text}
    places: dict[tuple[Span | None, str, str], FlawedAccess] = {}
    for each in flawed:
        places.setdefault((each.site.own, each.site.buffer, each.site.kind), each)
    for each in places.values():
        for proposal in proposals(program, schedule, each):
            try:
                edited = Patched(text, proposal.patches).string
            except ValueError:  # two changes of one place
                continue
            if edited not in seen:
                seen.add(edited)
                yield _Edit(each, proposal, edited)


def _partial(cost: Cost) -> Iterator[Problem]:
    counted = sum(kernel.counted_blocks for kernel in cost.kernels)
    blocks = sum(kernel.blocks for kernel in cost.kernels)
    if counted < blocks:
        what = message_of("cost-advice-partial", counted=counted, blocks=blocks)
        yield _info("partial", what)


class _Search:
    """Tries edits of one program, and remembers what came of them."""

    def __init__(self, text: str, before: Outcome, measure: Measure) -> None:
        self._text = text
        assert before.cost is not None
        self._before, self._cost = before, before.cost
        self._measure = measure
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._tried: list[tuple[_Edit, Message]] = []
        self._mistakes = {(each.kind, each.buffer) for each in before.findings}
        self.count = 0

    def is_settled(self, edit: _Edit) -> bool:
        """Whether edits of a family that is enough already leave an access nothing to gain."""
        *access, family = edit.family
        enough = {family, *FAMILIES.values()} if family == LANES else {family}
        kept = (self._kept.get((access[0], access[1], each)) for each in enough)
        return any(each is not None and self._is_enough(each) for each in kept)

    def _is_enough(self, kept: _Kept) -> bool:
        """Whether an edit leaves its access nothing to gain, and no other one more than before."""
        before, after = _excesses(self._cost), _excesses(kept.cost)
        site = kept.edit.flawed.site
        return after[site.buffer, site.kind] <= 0 and all(
            count <= before[access] for access, count in after.items()
        )

    def attempt(self, edit: _Edit) -> None:
        """Run a text with an edit, and keep the edit if it helps."""
        self.count += 1
        try:
            outcome = self._measure(edit.text)
            why = self._refused(outcome)
        except VizError as error:
            why = message_of("cost-tried-failed", what=problem_of(error).what)
        if why is not None:
            self._tried.append((edit, why))
            return
        assert outcome.cost is not None
        kept, best = _Kept(edit, outcome.cost), self._kept.get(edit.family)
        if best is not None and kept.left >= best.left:
            kept, best = best, kept
        self._kept[edit.family] = kept
        if best is not None:
            self._tried.append((best.edit, message_of("cost-tried-other")))

    def _refused(self, outcome: Outcome) -> Message | None:
        """Return why what an edit makes of the program is no better; None if it is."""
        for finding in outcome.findings:
            if not finding.harmless or (finding.kind, finding.buffer) not in self._mistakes:
                return message_of("cost-tried-finding", what=finding.what)
        if not outcome.passed or outcome.cost is None or not self._is_equal(outcome):
            return message_of("cost-tried-differs")
        return CostTotal.of(self._cost).refused(CostTotal.of(outcome.cost))

    def _is_equal(self, outcome: Outcome) -> bool:
        """Whether the outputs are those of the program before, within the run's tolerances."""
        old, new = _outputs(self._before), _outputs(outcome)
        allowed = {
            each.name: Tolerance(rtol=each.rtol, atol=each.atol)
            for each in self._before.comparisons
        }
        return old.keys() == new.keys() and all(
            compare(name, new[name], old[name], allowed.get(name, Tolerance())).passed
            for name in old
        )

    # ------------------------------------------------------------ what is said

    def suggestions(self) -> list[CostSuggestion]:
        """Return the edits that help, those that leave least to gain first."""
        kept = sorted(self._kept.values(), key=lambda each: each.left)
        return [self._suggestion(each) for each in kept]

    def _suggestion(self, kept: _Kept) -> CostSuggestion:
        flawed, proposal, text = kept.edit
        site = flawed.site
        line = site.own_line
        if line is None and site.own is not None:
            line = Text(self._text).position(site.own.start).line
        return CostSuggestion(
            kind=proposal.kind,
            flaw=flawed.flaw,
            title=proposal.title,
            why=proposal.why,
            buffer=site.buffer,
            span=site.own,
            line=line,
            edits=proposal.patches,
            text=text,
            accesses=tuple(access_changes(self._cost, kept.cost, site)),
            kernels=tuple(kernel_changes(self._cost, kept.cost)),
        )

    def tried(self) -> Iterator[TriedEdit]:
        """Yield edits that do not help, one for each that was tried in several ways."""
        helped = {(k.edit.proposal.kind, k.edit.proposal.about) for k in self._kept.values()}
        for edit, why in reversed(self._tried):
            key = edit.proposal.kind, edit.proposal.about
            if key not in helped:
                helped.add(key)
                yield TriedEdit(edit.proposal.title, why, edit.flawed.site.buffer)

    def unmended(self, flawed: list[FlawedAccess], lanes: LanesStep | None) -> Iterator[Problem]:
        """Yield a remark for each access that costs more than it needs and that no edit mends.

        Parameters
        ----------
        lanes
            The step that says how many lanes go in a row.
        """
        before, after = _excesses(self._cost), [_excesses(k.cost) for k in self._kept.values()]
        seen: set[tuple[str, str]] = set()
        for each in flawed:
            key = each.site.buffer, each.site.kind
            if key in seen or any(excesses[key] < before[key] for excesses in after):
                continue
            seen.add(key)
            what = message_of(NO_EDIT[each.flaw], buffer=each.site.buffer, times=each.times)
            count = SECTOR // each.site.width
            if each.flaw == "misaligned" and lanes is not None and self._lanes(each) % count:
                what = message_of(
                    "cost-no-edit-step",
                    buffer=each.site.buffer,
                    times=each.times,
                    number=lanes.number,
                    method=lanes.method,
                    loop=lanes.loop,
                    count=count,
                )
            yield Problem(code="no-edit", severity="info", what=what, span=each.site.own)

    def _lanes(self, flawed: FlawedAccess) -> int:
        """Return how many threads of a block go in a row."""
        return next(k.block[0] for k in self._cost.kernels if flawed.site in k.sites)


def _outputs(outcome: Outcome) -> dict[str, Array]:
    """Return the outputs of a run by name."""
    kinds = {array.name: array.dtype for array in outcome.inputs}
    kinds |= {array.name: array.dtype for array in outcome.comparisons}
    named = {
        name.removeprefix(OUTPUT): data
        for name, data in outcome.arrays.items()
        if name.startswith(OUTPUT)
    }
    return {name: kept_array(data, kinds.get(name, "")) for name, data in named.items()}


def _excesses(cost: Cost) -> Counter[tuple[str, str]]:
    """Return what the accesses of each kind to each buffer cost beyond what they need."""
    found: Counter[tuple[str, str]] = Counter()
    for kernel in cost.kernels:
        for site in kernel.sites:
            found[site.buffer, site.kind] += site.figures.excess
    return found
