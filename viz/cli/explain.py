"""``explain``: who wrote a character of an emission, or what became of a line of the user's text.

The command line gives what all commands share: how a request is made of its options.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from viz.errors import RequestError
from viz.model import (
    Analysis,
    Explanation,
    Origins,
    OriginsPart,
    Overview,
    OverviewPart,
    Place,
    Problem,
    Request,
    Source,
    SourcePart,
    Tree,
    TreePart,
    catalog,
    encode,
)
from viz.provenance import explain as questions
from viz.service.client.submit import submit_all
from viz.text import Span, Text

MakeRequest = Callable[[argparse.Namespace, str, object, str], Request]
"""Makes a request of the options, the text, a part and a target."""

Tell = Callable[[Sequence[Problem]], None]
"""Prints problems on standard error."""

NOTHING = 1
"""The exit status when nothing became of the text, as grep's when nothing matches."""


def add_explain(commands: Any, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command to argparse's subparsers; ``common`` adds the file and the shared options."""
    command = commands.add_parser(
        "explain", help="tell who wrote a character of the source, or what became of a line"
    )
    common(command)
    usable = [name for name, row in catalog.targets().items() if not row.unavailable]
    command.add_argument("--target", required=True, help=", ".join(usable))
    asked = command.add_mutually_exclusive_group(required=True)
    asked.add_argument(
        "--at", type=_place, metavar="LINE:COL", help="a character of what the codegen writes"
    )
    asked.add_argument(
        "--find", type=_place, metavar="LINE[:COL]", help="a line or a character of your text"
    )
    command.add_argument("--part", choices=["host", "device"], default="", help="for --at")
    command.add_argument(
        "--form", choices=["source", "ir", "assembly"], help="for --at and llvm: IR or assembly"
    )
    command.add_argument("--language", choices=["en", "zh"], default="en")


def _place(given: str) -> tuple[int, int]:
    """Return line and column, both from 1; column 0 where none was given."""
    found = re.fullmatch(r"([1-9]\d*)(?::([1-9]\d*))?", given)
    if found is None:
        raise argparse.ArgumentTypeError(f"{given!r} is no line, nor LINE:COL (both count from 1)")
    return int(found[1]), int(found[2] or 0)


def explain(options: argparse.Namespace, text: str, request: MakeRequest, tell: Tell) -> int:
    """Answer ``--at`` or ``--find`` on standard output and return the exit status.

    Raises
    ------
    VizError
        When the text cannot be lowered, or nobody wrote the character.
    """
    analysis = _analysis(options, text, request)
    tell([each for each in analysis.overview.problems if each.code == "tvm"])
    if options.at is not None:
        found = _at(options, analysis)
        as_text = _explained(found, analysis, options.language)
        print(encode(found).decode() if options.json else "\n".join(as_text))
        return 0
    places = questions.find(analysis, _asked(text, *options.find))
    for place in places:
        print(encode(place).decode() if options.json else _found(place, analysis))
    return 0 if places else NOTHING


def _analysis(options: argparse.Namespace, text: str, request: MakeRequest) -> Analysis:
    parts = OverviewPart(), SourcePart(), OriginsPart(), TreePart(stage="final"), TreePart()
    asked = [request(options, text, part, options.target) for part in parts]
    overview, source, origins, final, tree = submit_all(asked).replies()
    assert isinstance(overview, Overview)
    assert isinstance(source, Source)
    assert isinstance(origins, Origins)
    assert isinstance(final, Tree)
    assert isinstance(tree, Tree)
    return Analysis(
        text=text,
        overview=overview,
        tree=tree,
        finals={options.target: final},
        sources={options.target: source},
        origins={options.target: origins},
    )


def _at(options: argparse.Namespace, analysis: Analysis) -> Explanation:
    emissions = analysis.sources[options.target].emissions
    parts = [each for each in emissions if options.part in ("", each.part)] or emissions
    form = options.form or parts[0].form
    shown = next((each for each in parts if each.form == form), parts[0])
    line, column = options.at
    lines = Text(shown.text)
    # Past the end of a line, or of the text, there is nothing: let that be said.
    if line > lines.line_count:
        raise RequestError(f"{shown.title} has {lines.line_count} lines")
    if column > (length := len(lines.line(line))):
        raise RequestError(f"line {line} of {shown.title} has {length} characters")
    offset = lines.offset(line, column)
    return questions.explain(analysis, options.target, offset, options.part, form)


def _asked(text: str, line: int, column: int) -> Span:
    """Return the span of a line without the white space around, or of one character."""
    lines = Text(text)
    if column:
        offset = lines.offset(line, column)
        return Span(offset, offset + 1)
    span = lines.line_span(line)
    inside = lines.slice(span)
    return Span(span.start + len(inside) - len(inside.lstrip()), span.start + len(inside.rstrip()))


# ---------------------------------------------------------------- as text


def _explained(found: Explanation, analysis: Analysis, language: str) -> Iterator[str]:
    emission = analysis.sources[found.target].emissions[found.emission]
    lines = Text(emission.text)
    where = lines.position(found.place.start)
    yield f"{found.token!r} at {where.line}:{where.column} of {emission.title}"
    yield f"  node        {_name(found.node)}"
    if found.covering:
        yield "              or an expression below it that could not be told apart"
    for parent in found.parents:
        yield f"  in          {_name(parent)}"
    if found.visitor:
        yield f"  written by  {found.visitor}"
    if found.made_by:
        yield f"  made by     {found.made_by_name}, pass {found.made_by}"
    else:
        yield "  made by     no pass: it was there when the pipeline began"
    yield f"  your text   {_CERTAINTY[found.certainty]}"
    if found.span is not None:
        yield from ("  " + line for line in Text(analysis.text).excerpt(found.span).splitlines())
    if paragraph := found.zh if language == "zh" else found.en:
        yield ""
        yield paragraph


_CERTAINTY = {
    "exact": "exactly this:",
    "inherited": "this, by way of a variable, a buffer, a call or what is around it:",
    "synthesised": "none: a pass or the schedule made it up",
    "lost": "it came from there, but nobody can say from where",
}


def _found(place: Place, analysis: Analysis) -> str:
    emission = analysis.sources[place.target].emissions[place.emission]
    lines = Text(emission.text)
    start, end = lines.position(place.start), lines.position(place.end)
    node = analysis.finals[place.target].nodes[place.node]
    head = f"{emission.title} {start.line}:{start.column}-{end.line}:{end.column}"
    return (
        f"{head}  {_name(node)}  ({place.certainty})\n{lines.excerpt(Span(place.start, place.end))}"
    )


def _name(node: Any) -> str:
    return f"{node.title} {node.label}".rstrip()
