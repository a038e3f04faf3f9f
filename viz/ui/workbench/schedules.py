"""Draw a user's schedule as a frame for the tab Schedule: its steps, and the loops after each."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from viz.messages import Language
from viz.model import (
    Causes,
    Figures,
    NestNode,
    ScheduleChoices,
    ScheduleReport,
    ScheduleSearch,
    ScheduleStep,
    SearchPart,
    catalog,
)
from viz.model.catalog import schedule_methods
from viz.render.web.data import utf16
from viz.ui.workbench import frames

MOST_OF_A_VISITOR = 16
"""Schedules that a visitor may have measured at once."""

_CHOSEN = argparse.Namespace(tune=False)


def configure(arguments: Sequence[str]) -> None:
    """Read from the server's command line whether visitors may tune schedules: ``--tune``.

    Other arguments are ignored.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--tune", action="store_true")
    parser.parse_known_args(arguments, _CHOSEN)


def may_tune() -> bool:
    """Return whether visitors may tune schedules."""
    return bool(_CHOSEN.tune)


def allowed(wanted: SearchPart) -> SearchPart:
    """Return a search with no more of it than a visitor may ask for."""
    return msgspec.structs.replace(
        wanted, count=max(1, min(wanted.count, MOST_OF_A_VISITOR)), tune=wanted.tune and may_tune()
    )


@lru_cache(maxsize=64)
def steps(text: str, language: Language, raw: bytes) -> bytes:
    """Return the frame of a schedule; spans are in UTF-16 units of the user's text.

    The steps that are switched off stand among the others, in the order of the text.
    """
    reply = msgspec.json.decode(raw, type=ScheduleReport)
    units = utf16(text)
    stops = reply.stops[1:]
    verdicts = {each.stage: each for each in reply.verdicts}
    done = {stop.step.span.start: stop for stop in stops if stop.step is not None}
    rows: list[dict[str, Any]] = []
    code = reply.code
    written = sorted((*code.steps, *code.off), key=lambda s: s.span) if code is not None else []
    for step in written:
        if not step.method:
            continue
        stop = done.get(step.span.start)
        found = verdicts.get(stop.number) if stop else None
        why = found.why.text(language) if found and found.why else ""
        rows.append(
            {
                **_step(step, language),
                "span": [units(step.span.start), units(step.span.end)],
                "off": code is not None and step in code.off,
                "number": stop.number if stop else None,
                "verdict": [found.verdict, why, found.by] if found else None,
                "nest": _nest(stop.nest) if stop else [],
                "leftOut": stop.left_out if stop else 0,
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
            "nest": _nest(reply.stops[0].nest),
            "leftOut": reply.stops[0].left_out,
            "steps": rows,
            "offered": reply.offered,
            "rules": reply.rules,
        }
    )


def _nest(nodes: Sequence[NestNode]) -> list[dict[str, Any]]:
    return [{**msgspec.to_builtins(node), "line": node.line} for node in nodes]


@lru_cache(maxsize=64)
def choices(language: Language, raw: bytes) -> bytes:
    """Return the frame of what a step can do with a loop, a block or a buffer."""
    reply = msgspec.json.decode(raw, type=ScheduleChoices)
    methods = schedule_methods.methods()
    rows = [
        {
            "method": choice.method,
            "words": methods[choice.method].zh if language == "zh" else methods[choice.method].en,
            "lines": choice.lines,
            "whyNot": "" if choice.why_not is None else choice.why_not.text(language),
        }
        for choice in reply.choices
    ]
    frame = {"step": reply.step, "node": reply.node, "of": reply.kind, "name": reply.name}
    return frames.line({"kind": "choices", **frame, "choices": rows})


@lru_cache(maxsize=16)
def step_costs(language: Language, raw: bytes) -> bytes:
    """Return the frame of what all accesses together cost after each stage with threads."""
    causes = msgspec.json.decode(raw, type=Causes)
    stages = [
        {
            "stage": each.stage,
            "title": "" if each.title is None else each.title.text(language),
            "global": _totals(each.global_figures),
            "shared": _totals(each.shared_figures),
            "fragments": each.shared_fragments,
        }
        for each in causes.stages
    ]
    problem = "" if causes.problem is None else causes.problem.text(language)
    frame = {"blocks": causes.blocks, "problem": problem, "stages": stages}
    return frames.line({"kind": "step-costs", **frame})


def _totals(figures: Figures) -> dict[str, int]:
    return {
        "requests": figures.requests,
        "sectors": figures.sectors,
        "ideal": figures.ideal_sectors,
        "conflicts": figures.conflicts,
    }


@lru_cache(maxsize=16)
def search(text: str, language: Language, raw: bytes) -> bytes:
    """Return the frame of schedules that were found, the best ones first."""
    reply = msgspec.json.decode(raw, type=ScheduleSearch)
    own = next((each.seconds for each in reply.candidates if not each.steps), None)
    rows = [
        {
            "rule": each.rule,
            "steps": each.steps,
            "seconds": each.seconds,
            "ratio": own / each.seconds if own and each.seconds else None,
            "cost": None if each.cost is None else msgspec.to_builtins(each.cost),
            "passed": each.passed,
            "problem": frames.shown_problem(each.problem, text, language) if each.problem else None,
        }
        for each in reply.candidates
    ]
    frame = {"function": reply.function, "by": reply.by, "drawn": reply.drawn, "cut": reply.is_cut}
    frame["seed"] = reply.seed
    return frames.line({"kind": "search", **frame, "candidates": rows})


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
    parameters = {name: written for name, written, _ in catalog.signatures()}
    return [
        {
            "name": name,
            "parameters": parameters.get(f"Schedule.{name}", ""),
            "example": row.example,
            "words": row.zh if language == "zh" else row.en,
        }
        for name, row in schedule_methods.methods().items()
    ]
