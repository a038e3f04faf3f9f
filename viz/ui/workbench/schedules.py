"""Draw a user's schedule as a frame for the tab Schedule: its steps, and the loops after each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from viz.messages import Language
from viz.model import ScheduleReport, ScheduleStep
from viz.model.catalog import schedule_methods
from viz.render.web.data import utf16
from viz.ui.workbench import frames


@lru_cache(maxsize=64)
def steps(text: str, language: Language, raw: bytes) -> bytes:
    """Return the frame of a schedule; spans are in UTF-16 units of the user's text.

    The steps that are switched off stand among the others, in the order of the text.
    """
    reply = msgspec.json.decode(raw, type=ScheduleReport)
    units = utf16(text)
    stops = reply.stops[1:]
    done = {stop.step.span.start: stop for stop in stops if stop.step is not None}
    rows: list[dict[str, Any]] = []
    code = reply.code
    written = sorted((*code.steps, *code.off), key=lambda s: s.span) if code is not None else []
    for step in written:
        if not step.method:
            continue
        stop = done.get(step.span.start)
        rows.append(
            {
                **_step(step, language),
                "span": [units(step.span.start), units(step.span.end)],
                "off": code is not None and step in code.off,
                "number": stop.number if stop else None,
                "nest": msgspec.to_builtins(stop.nest) if stop else [],
                "problem": frames.shown_problem(stop.problem, text, language)
                if stop and stop.problem
                else None,
            }
        )
    return frames.line(
        {
            "kind": "steps",
            "definition": reply.definition,
            "variable": code.variable if code is not None else "sch",
            "end": units(code.span.end) if code is not None else None,
            "nest": msgspec.to_builtins(reply.stops[0].nest),
            "steps": rows,
            "offered": reply.offered,
            "rules": reply.rules,
        }
    )


def _step(step: ScheduleStep, language: Language) -> dict[str, str]:
    row = schedule_methods.methods()[step.method]
    return {
        "text": step.text,
        "method": step.method,
        "kind": row.kind,
        "words": row.zh if language == "zh" else row.en,
    }


def method_texts(language: Language) -> list[dict[str, str]]:
    """Return the methods that a step may call, for the page's catalog."""
    return [
        {"name": name, "example": row.example, "words": row.zh if language == "zh" else row.en}
        for name, row in schedule_methods.methods().items()
    ]
