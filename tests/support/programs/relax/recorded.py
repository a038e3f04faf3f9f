"""Recorded builds of the examples with Relax functions, and what their characters lead to."""

from __future__ import annotations

import re
from functools import cache

from viz.frontend.examples import relax_examples
from viz.model import Emission, OriginsPart, Request, SourcePart
from viz.passes.recording import Recording
from viz.text import Span


@cache
def recording(name: str, target: str) -> Recording:
    """Return the recorded build of an example."""
    from viz.frontend.program import read
    from viz.ir.parse import parse
    from viz.passes.recording import record

    return record(parse(read(relax_examples()[name].text)).mod, target)


@cache
def answers(name: str, target: str):
    """Return the source of an example for a target, and where its nodes come from."""
    from viz.service.engine.dispatch import Answers

    ask = Answers()
    text = relax_examples()[name].text
    source = ask.answer(Request(text=text, target=target, part=SourcePart()))
    return source, ask.answer(Request(text=text, target=target, part=OriginsPart()))


def emission(name: str, target: str, language: str) -> Emission:
    """Return the text of a language."""
    return next(each for each in answers(name, target)[0].emissions if each.language == language)


def written_by(name: str, target: str, language: str, pattern: str) -> list[str]:
    """Return the user's text behind each match of a pattern, each once, in their order."""
    found = emission(name, target, language)
    origins = answers(name, target)[1]
    text = relax_examples()[name].text
    spans: dict[Span | None, None] = {}
    for match in re.finditer(pattern, found.text):
        marks = [m for m in found.marks if m.start <= match.start() < m.end]
        spans[origins.nodes[marks[-1].node].span if marks else None] = None
    return [text[span.start : span.end] if span else "" for span in spans]
