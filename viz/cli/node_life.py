"""Print the life of a node: the passes that made, changed, moved, copied or removed it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import groupby

from viz.cli.output import padded
from viz.cli.request import request
from viz.locale.translator import Translator, marked
from viz.model import (
    PYTHON,
    LifeEvent,
    LifePart,
    NodeLife,
    Overview,
    OverviewPart,
    StageName,
)
from viz.model.catalog import schedule_methods
from viz.service.client.submit import submit_all
from viz.text import text_width

_KINDS = {
    "made": marked("made"),
    "changed": marked("changed"),
    "moved": marked("moved"),
    "copied": marked("copied"),
    "removed": marked("removed"),
}
_STAGES: dict[StageName, str] = {
    "input": marked("Your program"),
    "scheduled": marked("Default schedule"),
    "final": marked("As the codegen gets it"),
}


def life_of(
    options: argparse.Namespace, text: str, stage: StageName, node: int
) -> tuple[NodeLife, dict[int, str]]:
    """Return the life of a node, and the names of the target's passes by number.

    Raises
    ------
    VizError
        When the text cannot be lowered, or the stage has no such node.
    """
    parts = LifePart(stage=stage, node=node), OverviewPart(passes=True)
    target = options.lowered_for if options.target == PYTHON else options.target
    requests = [request(options, text, part, target) for part in parts]
    life, overview = submit_all(requests).replies()
    assert isinstance(life, NodeLife)
    assert isinstance(overview, Overview)
    return life, {row.number: row.name for row in overview.passes}


def life_lines(life: NodeLife, names: dict[int, str], _: Translator) -> Iterator[str]:
    """Yield a line for each stage at which something happened to the node."""
    rows = [
        (_title(stage, names, _), _.list(_event(event, _) for event in events))
        for stage, events in groupby(life.events, key=lambda event: event.stage)
    ]
    width = max((text_width(title) for title, _words in rows), default=0)
    for title, words in rows:
        yield f"  {padded(title, width)}  {words}"


def _title(stage: StageName, names: dict[int, str], _: Translator) -> str:
    if isinstance(stage, str):
        return _(_STAGES[stage])
    name = names.get(stage, "")
    row = schedule_methods.steps_of_builds().get(name)
    return f"{stage} · {_(row.title) if row else name}"


def _event(event: LifeEvent, _: Translator) -> str:
    times = f" × {event.count}" if event.count > 1 else ""
    sure = "" if event.certainty == "exact" else " (?)"
    return f"{_(_KINDS[event.kind])}{times}{sure}"
