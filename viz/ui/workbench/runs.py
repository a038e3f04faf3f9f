"""Translate questions of the Run tab to requests to the engine, and its replies to frames.

A question without a run is for the devices of this machine. Texts in frames are shown as text,
never as HTML; spans are in UTF-16 units, as browsers count.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from math import prod
from typing import Any

import msgspec

from viz.locale.translator import Translator, marked
from viz.messages import LANGUAGES, Language, message_of
from viz.model import (
    EMULATED,
    Comparison,
    Environment,
    EnvironmentPart,
    Finding,
    LaunchPlan,
    Outcome,
    Part,
    Plain,
    PlanPart,
    Problem,
    Request,
    RunPart,
    Sample,
    Site,
    Value,
    catalog,
)
from viz.render import thread_grid
from viz.render.outcomes.run_words import launch_rows, sentence
from viz.render.palette import Theme
from viz.ui.workbench import frames
from viz.ui.workbench.running import checking, run_setup
from viz.ui.workbench.running.browser_runs import ComputedQuestion, shown_plan
from viz.ui.workspace import Workspace, normalised

MOST_SIZE = 1 << 20
"""The largest value of a variable in a shape that can be asked for."""

MODES = {
    "": "",
    "fast": marked("The emitted text itself, compiled for the CPU. Mistakes were not looked for."),
    "checked": marked("The emitted text itself, compiled for the CPU. Mistakes were looked for."),
}
"""What is said of each mode of a device that has a checked one."""

TITLES = {
    "barrier": marked("Barrier not reached by all"),
    "warp": marked("Warp operation not run by all alike"),
    "uninitialised": marked("Uninitialised value"),
    "bounds": marked("Out of bounds"),
    "race": marked("Data race"),
    "overflow": marked("Integer overflow"),
}
"""The title of each kind of finding."""

_THEMES: tuple[Theme, ...] = ("light", "dark")

_PAGE_HINTS = {
    "unchecked": "switch-checked-on",
    "unchecked-in-part": "measure-all-blocks",
    "unplaced": "choose-c-checked",
}
"""Ids of hints for the page, by the code of a problem whose hint is for the command line."""


class RunQuestion(Plain, frozen=True):
    """A question for a run of the workspace's function, or for the devices without one."""

    workspace: Workspace
    run: RunPart | None = None

    def __post_init__(self) -> None:
        if self.run is None:
            return
        if self.run.device not in catalog.devices():
            message = f"there is no device {self.run.device!r} here"
            raise ValueError(message)
        if not all(1 <= size <= MOST_SIZE for size in self.run.sizes.values()):
            message = f"a size is from 1 to {MOST_SIZE}"
            raise ValueError(message)
        if not 0 <= self.run.seed <= 1 << 31:
            message = f"a seed is from 0 to {1 << 31}"
            raise ValueError(message)


class RunPlan:
    """The request to the engine for a question of the Run tab, and the frames of its reply."""

    def __init__(self, question: RunQuestion | ComputedQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.workspace.text
        self._question = question
        workspace = question.workspace if question.run is None else normalised(question.workspace)
        self.requests: list[Request] = [workspace.request(*self._asked(question))]

    @staticmethod
    def _asked(question: RunQuestion | ComputedQuestion) -> tuple[Part, str]:
        """Return what the engine is asked, and the target whose options count."""
        run = question.run
        if run is None:
            return EnvironmentPart(), "c"
        row = catalog.devices()[run.device]
        if isinstance(question, ComputedQuestion):
            return question.part, row.target
        return (PlanPart(run=run) if row.in_browser else run), row.target

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for the request that failed."""
        told = {
            language: frames.shown_problem(for_the_page(problem), self.text, language)
            for language in LANGUAGES
        }
        yield frames.line(
            {
                "kind": "problem",
                "part": self.requests[index].part.__struct_config__.tag,
                "target": "",
                "problem": told[self.language],
                "told": told,
            }
        )

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of the reply as JSON.

        An outcome is told in every language: the page keeps it when it changes its own, since
        another run could be another one.
        """
        part = self.requests[0].part
        if isinstance(part, EnvironmentPart):
            yield frames.line(
                run_setup.devices(msgspec.json.decode(raw, type=Environment), self.language)
            )
        elif isinstance(part, PlanPart):
            plan = msgspec.json.decode(raw, type=LaunchPlan)
            yield frames.line(shown_plan(plan, self.text))
        else:
            outcome = msgspec.json.decode(raw, type=Outcome)
            told = {language: shown_outcome(outcome, self.text, language) for language in LANGUAGES}
            yield frames.line(told[self.language] | checking.shown(outcome) | {"told": told})


# ---------------------------------------------------------------- after a run


def verdict(outcome: Outcome, _: Translator) -> str:
    """Return the verdict of a run, in a few words."""
    count = sum(not finding.harmless for finding in outcome.findings)
    if count:
        right = outcome.comparisons and all(output.passed for output in outcome.comparisons)
        mistakes = _.plural("A mistake was found", "{count:,} mistakes were found", count)
        return (
            _("{mistakes}, though the outputs are right", mistakes=mistakes) if right else mistakes
        )
    if outcome.cost is not None and not outcome.cost.ran_all:
        return _("No mistake was found in the blocks that ran")
    if not outcome.comparisons and outcome.passed:
        return _("No mistake was found")
    return _("The outputs are right") if outcome.passed else _("The outputs are wrong")


def for_the_page(problem: Problem) -> Problem:
    """Return a problem with a hint for the page in place of one for the command line."""
    advice = _PAGE_HINTS.get(problem.code)
    if advice is None:
        return problem
    return msgspec.structs.replace(problem, advice=message_of(advice))


def shown_outcome(outcome: Outcome, text: str, language: Language) -> dict[str, Any]:
    """Return the frame of an outcome in a language; ``text`` is the user's."""
    _ = Translator(language)
    where = {"what": _.of_message(outcome.ran), "reference": _.of_message(outcome.reference)}
    ran = (
        _("Ran {what}, compared with {reference}.", **where)
        if outcome.device == EMULATED
        else _("Ran on {what}, compared with {reference}.", **where)
    )
    # The text without vectors, which ran then, is not the one in the source pane.
    is_shown = not any(problem.code == "vectors" for problem in outcome.problems)
    target = catalog.devices()[outcome.device].target if is_shown else ""
    return {
        "kind": "outcome",
        "passed": outcome.passed,
        "verdict": verdict(outcome, _),
        "ran": ran,
        "mode": _(MODES[outcome.mode]),
        "seconds": outcome.seconds,
        "buildSeconds": outcome.build_seconds,
        "target": target,
        "problems": [
            frames.shown_problem(for_the_page(problem), text, language)
            for problem in outcome.problems
        ],
        "comparisons": [_comparison(comparison, _) for comparison in outcome.comparisons],
        "findings": [
            _finding(finding, text, _) | {"race": _race_number(finding, outcome)}
            for finding in outcome.findings
        ],
        "inputs": [
            f"{array.name}: {array.dtype}[{', '.join(map(str, array.shape))}] = "
            + ", ".join(_value(value, _) for value in array.head)
            + " …"
            for array in outcome.inputs
        ],
        "launches": launch_rows(outcome, _) if len(outcome.launches) > 1 else [],
        **checking.told(outcome, language),
    }


def _comparison(comparison: Comparison, _: Translator) -> dict[str, Any]:
    mismatches = [
        (title, sample)
        for title, sample in ((_("first"), comparison.first), (_("worst"), comparison.worst))
        if sample is not None
    ]
    tolerance = {"absolute": f"{comparison.atol:.3g}", "relative": f"{comparison.rtol:g}"}
    return {
        "name": comparison.name,
        "type": f"{comparison.dtype}[{', '.join(map(str, comparison.shape))}]",
        "passed": comparison.passed,
        "maxAbs": _error(comparison.max_abs, _),
        "maxRel": _error(comparison.max_rel, _),
        "differ": f"{comparison.mismatches:,}",
        "mismatches": [[title, *_sample(sample, _)] for title, sample in mismatches],
        "head": [["", *_sample(sample, _)] for sample in comparison.head],
        "tolerance": _("{absolute} + {relative} × |expected|", **tolerance),
        "where": _where(comparison, _),
        "maxUlps": "" if comparison.max_ulps is None else f"{comparison.max_ulps:,}",
        "why": sentence(comparison.why, _),
        "isOwnTolerance": comparison.is_own,
        "pattern": "" if comparison.pattern is None else _.of_message(comparison.pattern),
        "patternHint": "" if comparison.pattern is None else comparison.pattern.hint(_.language),
    }


def _where(comparison: Comparison, _: Translator) -> str:
    """Return where an output is wrong, in words; empty where it is nowhere."""
    if not comparison.low:
        return ""
    places = {"low": str([*comparison.low]), "high": str([*comparison.high])}
    counts = {"wrong": comparison.mismatches, "count": prod(comparison.shape)}
    return _(
        "{wrong:,} of {count:,} elements differ, between {low} and {high}.", **counts, **places
    )


def _sample(sample: Sample, _: Translator) -> tuple[str, str, str]:
    return str([*sample.index]), _value(sample.got, _), _value(sample.expected, _)


def _error(value: float | None, _: Translator) -> str:
    return _("not finite") if value is None else f"{value:.3g}"


def _value(value: Value | None, _: Translator) -> str:
    if value is None:
        return _("not finite")
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _finding(finding: Finding, text: str, _: Translator) -> dict[str, Any]:
    kind = _(TITLES[finding.kind])
    title = _("{kind} in {kernel}", kind=kind, kernel=finding.kernel) if finding.kernel else kind
    if finding.harmless:
        title = _("{title}, harmless", title=title)
    if finding.count > 1:
        title = _("{title}, {count:,} times", title=title, count=finding.count)
    message = finding.text(_.language)
    return {
        "title": title,
        "message": message[:1].upper() + message[1:],
        "hint": finding.hint_text(_.language),
        "sites": [
            _site(number, site, finding.kernel, text, _)
            for number, site in enumerate(finding.sites, 1)
        ],
        "pictures": _pictures(finding, _) if finding.kernel else [],
    }


def _race_number(finding: Finding, outcome: Outcome) -> int | None:
    """Return the place of a finding among the races that can be replayed; None for others.

    Those of a Relax function are not: a replay runs one PrimFunc.
    """
    if outcome.ran.id == "ran-kernels-by-vm":
        return None
    races = [each for each in outcome.findings if each.kind == "race" and len(each.sites) == 2]
    return races.index(finding) if finding in races else None


def _pictures(finding: Finding, _: Translator) -> list[dict[str, Any]]:
    """Return the pictures of a finding in words, and as addresses of images by theme."""
    themes = [thread_grid.pictures(finding, theme, _.language) for theme in _THEMES]
    return [
        {
            "title": shown[0].title,
            "words": _("{title}: {marked}", title=shown[0].title, marked=shown[0].marked),
            "sources": {
                theme: f"data:image/svg+xml;base64,{b64encode(picture.svg.encode()).decode()}"
                for theme, picture in zip(_THEMES, shown, strict=True)
            },
        }
        for shown in zip(*themes, strict=True)
    ]


def _site(number: int, site: Site, kernel: str, text: str, _: Translator) -> dict[str, Any]:
    return {
        "number": number,
        "colours": {theme: thread_grid.colour(number, theme) for theme in _THEMES},
        "words": thread_grid.legend(site, _.language) if kernel else _.of_message(site.doing),
        "line": site.line,
        "span": frames.places(text)(site.span),
        "own": site.own_text,
    }
