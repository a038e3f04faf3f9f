"""Make the frames of the tab Cost: what each access cost, and the stage that made it so.

Figures are numbers: the page says them in its language. What the engine says in words stands in
both languages, since the page keeps a measurement when it changes its own.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import LANGUAGES, Language, Message
from viz.model import Causes, KernelCost, Outcome, Problem, SiteCause
from viz.model.catalog import cost_rules
from viz.text import Span
from viz.ui.workbench import frames
from viz.ui.workbench.runs import for_the_page, verdict


def shown_cost(outcome: Outcome, text: str) -> dict[str, Any]:
    """Return the frame of an outcome's cost; ``text`` is the user's.

    Spans of the user's text are in UTF-16 units, those of the CUDA text in code points.
    """
    cost = outcome.cost
    return {
        "kind": "cost",
        "passed": outcome.passed,
        "budget": cost.budget if cost is not None else 0,
        "sizes": outcome.sizes,
        "kernels": [_kernel(each, text) for each in cost.kernels] if cost is not None else [],
        "told": {
            language: {
                "verdict": verdict(outcome, Translator(language)),
                "problems": [
                    frames.shown_problem(for_the_page(problem), text, language)
                    for problem in outcome.problems
                ],
            }
            for language in LANGUAGES
        },
    }


def cost_texts(language: Language) -> dict[str, Any]:
    """Return the rules of the figures and the architectures, for the page's catalog."""
    _ = Translator(language)
    return {
        "rules": [
            {
                "name": name,
                "title": row.title.zh if language == "zh" else row.title.en,
                "certainty": row.certainty,
                "words": _.of(row),
            }
            for name, row in cost_rules.cost_rules().items()
        ],
        "architectures": list(cost_rules.architectures()),
        "usual": cost_rules.USUAL_ARCHITECTURE,
    }


def _kernel(kernel: KernelCost, text: str) -> dict[str, Any]:
    own = frames.places(text)
    return {
        **_whole(kernel),
        "bytes_moved": kernel.bytes_moved,
        "intensity": kernel.intensity,
        "sites": [_whole(site) | {"own": own(site.own)} for site in kernel.sites],
        "branches": [_whole(branch) | {"own": own(branch.own)} for branch in kernel.branches],
    }


def shown_causes(causes: Causes, text: str) -> dict[str, Any]:
    """Return the frame of the causes of all sites."""
    return {
        "kind": "causes",
        "blocks": causes.blocks,
        "problem": _whole(causes.problem),
        "sites": [_cause(site, text) for site in causes.sites],
        "stages": [{"stage": s.stage, "title": _whole(s.title)} for s in causes.stages],
    }


def no_causes(problem: Problem) -> dict[str, Any]:
    """Return the frame of causes that could not be looked for, and why."""
    why = {language: problem.text(language) for language in LANGUAGES}
    return {"kind": "causes", "blocks": 0, "problem": why, "sites": [], "stages": []}


def _cause(site: SiteCause, text: str) -> dict[str, Any]:
    return {**_whole(site), "own": frames.places(text)(site.own)}


def _whole(value: Any) -> Any:
    """Return data with all of its fields, those with their default values among them.

    Messages are in both languages, spans are pairs, bytes are base64.
    """
    if isinstance(value, Message):
        return {language: value.text(language) for language in LANGUAGES}
    if isinstance(value, Span):
        return value.start, value.end
    if isinstance(value, msgspec.Struct):
        return {name: _whole(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_whole(each) for each in value]
    return value
