"""Translate questions of the Run tab to requests to the engine, and its replies to frames.

A question without a run is for the devices of this machine. Texts in frames are shown as text,
never as HTML; spans are in UTF-16 units, as browsers count.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from viz.errors import VizError
from viz.frontend.program import Metadata, read
from viz.messages import message_of
from viz.model import (
    EMULATED,
    Check,
    Comparison,
    Environment,
    EnvironmentPart,
    Finding,
    Function,
    Outcome,
    Overview,
    Plain,
    Problem,
    Request,
    RunPart,
    Sample,
    Site,
    catalog,
)
from viz.render import thread_grid
from viz.render.palette import Theme
from viz.ui.workbench import frames
from viz.ui.workspace import Workspace, normalised

CHECKING = ("c", EMULATED)
"""The devices that have a checked mode."""

MOST_SIZE = 1 << 20
"""The largest value of a variable in a shape that can be asked for."""

MODES = {
    "": "",
    "fast": "The emitted text itself, compiled for the CPU. Mistakes were not looked for.",
    "checked": "The emitted text itself, compiled for the CPU. Mistakes were looked for.",
}
"""What is said of each mode of a device that has a checked one."""

TITLES = {
    "barrier": "Barrier not reached by all",
    "warp": "Warp operation not reached by all",
    "uninitialised": "Uninitialised value",
    "bounds": "Out of bounds",
    "race": "Data race",
    "overflow": "Integer overflow",
}
"""The title of each kind of finding."""

_THEMES: tuple[Theme, ...] = ("light", "dark")

_PAGE_HINTS = {
    "unchecked": "switch-checked-on",
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

    def __init__(self, question: RunQuestion) -> None:
        self.text = question.workspace.text
        self._question = question
        run = question.run
        part, target = (
            run or EnvironmentPart(),
            catalog.devices()[run.device].target if run else "c",
        )
        workspace = normalised(question.workspace) if run else question.workspace
        self.requests: list[Request] = [workspace.request(part, target)]

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for the request that failed."""
        shown = frames.shown_problem(for_the_page(problem), self.text)
        yield frames.line(
            {
                "kind": "problem",
                "part": self.requests[index].part.__struct_config__.tag,
                "target": "",
                "problem": shown,
            }
        )

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of the reply as JSON."""
        run = self._question.run
        if run is None:
            yield frames.line(devices(msgspec.json.decode(raw, type=Environment)))
        else:
            outcome = msgspec.json.decode(raw, type=Outcome)
            yield frames.line(shown_outcome(outcome, self.text))


# ---------------------------------------------------------------- before a run


@lru_cache(maxsize=64)
def setup(text: str, raw: bytes) -> bytes:
    """Return what a run has to be told about a text: its functions and its reference.

    A function has the variables in its shapes, with the values that they have at first.
    """
    functions = msgspec.json.decode(raw, type=Overview).functions
    try:
        metadata = read(text).metadata
    except VizError:
        metadata = Metadata()
    rows = [_function(function, metadata) for function in functions]
    return frames.line({"kind": "setup", "functions": rows, "reference": metadata.reference})


def _function(function: Function, metadata: Metadata) -> dict[str, Any]:
    parameters = ", ".join(
        f"{p.name}: {p.dtype}" + (f"[{', '.join(p.shape)}]" if p.shape is not None else "")
        for p in function.parameters
    )
    symbols = dict.fromkeys(s for p in function.parameters for s in p.symbols)
    return {
        "name": function.name,
        "signature": f"{function.name}({parameters})",
        "bound": function.bound,
        "sizes": {symbol: metadata.sizes.get(symbol, 100) for symbol in symbols},
    }


def devices(environment: Environment) -> dict[str, Any]:
    """Return the frame of the devices, those that are not there with the reason."""
    reasons = {check.name: f"{check.message}. {check.hint}" for check in environment.checks}
    return {
        "kind": "devices",
        "devices": [
            {
                "name": name,
                "title": row.title,
                "target": row.target,
                "isThere": name in environment.devices,
                "why": "" if name in environment.devices else reasons.get(f"device {name}", ""),
                "checks": name in CHECKING,
                "orders": name == EMULATED,
            }
            for name, row in catalog.devices().items()
        ],
        "protection": protection(environment.protections),
    }


def protection(layers: tuple[Check, ...]) -> str:
    """Return in one line which layers of the jail protect this system and which it lacks."""
    on = [layer.name for layer in layers if layer.state == "ok"]
    off = [layer.name for layer in layers if layer.state != "ok"]
    present = f"It runs in a process of its own: {', '.join(on)}." if on else ""
    missing = f"This system lacks: {', '.join(off)}." if off else ""
    return f"{present} {missing} Details are on the Environment page.".strip()


# ---------------------------------------------------------------- after a run


def verdict(outcome: Outcome) -> str:
    """Return the verdict of a run, in a few words."""
    count = sum(not finding.harmless for finding in outcome.findings)
    if count:
        right = outcome.comparisons and all(output.passed for output in outcome.comparisons)
        mistakes = "A mistake was found" if count == 1 else f"{count} mistakes were found"
        return f"{mistakes}, though the outputs are right" if right else mistakes
    if not outcome.comparisons and outcome.passed:
        return "No mistake was found"
    return "The outputs are right" if outcome.passed else "The outputs are wrong"


def for_the_page(problem: Problem) -> Problem:
    """Return a problem with a hint for the page in place of one for the command line."""
    advice = _PAGE_HINTS.get(problem.code)
    if advice is None:
        return problem
    return msgspec.structs.replace(problem, advice=message_of(advice))


def shown_outcome(outcome: Outcome, text: str) -> dict[str, Any]:
    """Return the frame of an outcome; ``text`` is the user's."""
    ran = f"Ran {outcome.ran}" if outcome.device == EMULATED else f"Ran on {outcome.ran}"
    # The text without vectors, which ran then, is not the one in the source pane.
    is_shown = not any(problem.code == "vectors" for problem in outcome.problems)
    target = catalog.devices()[outcome.device].target if is_shown else ""
    return {
        "kind": "outcome",
        "passed": outcome.passed,
        "verdict": verdict(outcome),
        "ran": f"{ran}, compared with {outcome.reference}.",
        "mode": MODES[outcome.mode],
        "target": target,
        "problems": [
            frames.shown_problem(for_the_page(problem), text) for problem in outcome.problems
        ],
        "comparisons": [_comparison(comparison) for comparison in outcome.comparisons],
        "findings": [_finding(finding, text) for finding in outcome.findings],
        "inputs": [
            f"{array.name}: {array.dtype}[{', '.join(map(str, array.shape))}] = "
            + ", ".join(map(_value, array.head))
            + " …"
            for array in outcome.inputs
        ],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    mismatches = [
        (title, sample)
        for title, sample in (("first", comparison.first), ("worst", comparison.worst))
        if sample is not None
    ]
    return {
        "name": comparison.name,
        "type": f"{comparison.dtype}[{', '.join(map(str, comparison.shape))}]",
        "passed": comparison.passed,
        "maxAbs": _error(comparison.max_abs),
        "maxRel": _error(comparison.max_rel),
        "differ": f"{comparison.mismatches:,}",
        "mismatches": [[title, *_sample(sample)] for title, sample in mismatches],
        "head": [["", *_sample(sample)] for sample in comparison.head],
        "tolerance": f"{comparison.atol:g} + {comparison.rtol:g} × |expected|",
    }


def _sample(sample: Sample) -> tuple[str, str, str]:
    return str([*sample.index]), _value(sample.got), _value(sample.expected)


def _error(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.3g}"


def _value(value: float | None) -> str:
    if value is None:
        return "not finite"
    return str(value) if isinstance(value, int) else f"{value:.7g}"


def _finding(finding: Finding, text: str) -> dict[str, Any]:
    times = f", {finding.count:,} times" if finding.count > 1 else ""
    harmless = ", harmless" if finding.harmless else ""
    kernel = f" in {finding.kernel}" if finding.kernel else ""
    message = finding.message
    return {
        "title": f"{TITLES[finding.kind]}{harmless}{kernel}{times}",
        "message": message[:1].upper() + message[1:],
        "hint": finding.hint,
        "sites": [
            _site(number, site, finding.kernel, text)
            for number, site in enumerate(finding.sites, 1)
        ],
        "pictures": _pictures(finding) if finding.kernel else [],
    }


def _pictures(finding: Finding) -> list[dict[str, Any]]:
    """Return the pictures of a finding in words, and as addresses of images by theme."""
    themes = [thread_grid.pictures(finding, theme) for theme in _THEMES]
    return [
        {
            "title": shown[0].title,
            "words": f"{shown[0].title}: {shown[0].marked}",
            "sources": {
                theme: f"data:image/svg+xml;base64,{b64encode(picture.svg.encode()).decode()}"
                for theme, picture in zip(_THEMES, shown, strict=True)
            },
        }
        for shown in zip(*themes, strict=True)
    ]


def _site(number: int, site: Site, kernel: str, text: str) -> dict[str, Any]:
    return {
        "number": number,
        "colours": {theme: thread_grid.colour(number, theme) for theme in _THEMES},
        "words": thread_grid.legend(site) if kernel else site.doing.text(),
        "line": site.line,
        "span": frames.places(text)(site.span),
        "own": site.own_text,
    }
