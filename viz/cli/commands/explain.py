"""``explain``: explain a character of an emission, or find what a line of the text became."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.commands.python_source import python_analysis
from viz.cli.exit_status import GOOD
from viz.cli.node_life import life_lines, life_of
from viz.cli.output import padded, print_message, print_problems
from viz.cli.request import request
from viz.errors import RequestError
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import (
    PYTHON,
    Analysis,
    Explanation,
    Node,
    Origins,
    OriginsPart,
    Overview,
    OverviewPart,
    Place,
    Source,
    SourcePart,
    StageName,
    TargetAnalysis,
    Tree,
    TreePart,
    encode,
)
from viz.model.tree import words_of
from viz.provenance import explain as provenance
from viz.provenance.find import find, node_at
from viz.render.translated_labels import label_in_language
from viz.service.client.submit import submit_all
from viz.text import Span, Text

INPUT: StageName = "input"
FINAL: StageName = "final"
NOTHING = 1
"""The exit status when nothing came of a place in the text, as grep's when nothing matches."""


def explain(options: argparse.Namespace, text: str) -> int:
    """Print the explanation of ``--at``, the places of ``--find``, or with ``--life`` its life.

    Raises
    ------
    VizError
        When the text cannot be lowered, or no node wrote the character.
    """
    analysis = _analysis(options, text)
    print_problems(
        [problem for problem in analysis.overview.problems if problem.code == "tvm"], options.words
    )
    if options.life:
        return _life(options, text, analysis)
    if options.at is not None:
        explanation = _explanation(options, analysis)
        lines = _explanation_lines(explanation, analysis, options.words)
        print(encode(explanation).decode() if options.json else "\n".join(lines))
        return GOOD
    places = find(analysis, _span(text, *options.find))
    for place in places:
        print(
            encode(place).decode() if options.json else _place_lines(place, analysis, options.words)
        )
    return GOOD if places else NOTHING


def _life(options: argparse.Namespace, text: str, analysis: Analysis) -> int:
    """Print the life of the node that wrote the character, or that the place is about."""
    _: Translator = options.words
    assert analysis.tree is not None
    if options.at is not None:
        stage = options.stage if options.target == PYTHON else FINAL
        node = _explanation(options, analysis).node
    else:
        found = node_at(analysis.tree, _span(text, *options.find))
        if found is None:
            print_message("note", _("no node of your program stands there"), _)
            return NOTHING
        node, stage = found, INPUT
    life, names = life_of(options, text, stage, node.id)
    if options.json:
        print(encode(life).decode())
    else:
        print(_name(node, _), *life_lines(life, names, _), sep="\n")
    return GOOD


def _analysis(options: argparse.Namespace, text: str) -> Analysis:
    if options.target == PYTHON:
        program, written = python_analysis(options, text)
        return Analysis(text=text, overview=Overview(), tree=program, targets={PYTHON: written})
    parts = OverviewPart(), SourcePart(), OriginsPart(), TreePart(stage="final"), TreePart()
    requests = [request(options, text, part, options.target) for part in parts]
    overview, source, origins, final, tree = submit_all(requests).replies()
    assert isinstance(overview, Overview)
    assert isinstance(source, Source)
    assert isinstance(origins, Origins)
    assert isinstance(final, Tree)
    assert isinstance(tree, Tree)
    return Analysis(
        text=text,
        overview=overview,
        tree=tree,
        targets={options.target: TargetAnalysis(source=source, origins=origins, final=final)},
    )


def _explanation(options: argparse.Namespace, analysis: Analysis) -> Explanation:
    """Return the explanation of the character at line and column of ``--at``.

    Raises
    ------
    RequestError
        When the emission has no such line or column, or no node wrote the character.
    """
    emissions = analysis.sources[options.target].emissions
    candidates = [e for e in emissions if options.part in ("", e.part)] or emissions
    form = options.form or candidates[0].form
    emission = next((e for e in candidates if e.form == form), candidates[0])
    line, column = options.at
    lines = Text(emission.text)
    # Text.offset would take the nearest character instead.
    if line > lines.line_count:
        raise RequestError(
            message_of("past-last-line", title=emission.title, lines=lines.line_count)
        )
    if column > (length := len(lines.line(line))):
        raise RequestError(
            message_of("past-line-end", line=line, title=emission.title, length=length)
        )
    offset = lines.offset(line, column)
    return provenance.explain(analysis, options.target, offset, options.part, form)


def _span(text: str, line: int, column: int) -> Span:
    """Return the span of one character; for column 0 of the line without surrounding white space.

    Line and column are 1-based.
    """
    lines = Text(text)
    if column:
        offset = lines.offset(line, column)
        return Span(offset, offset + 1)
    span = lines.line_span(line)
    inside = lines.slice(span)
    return Span(span.start + len(inside) - len(inside.lstrip()), span.start + len(inside.rstrip()))


# ---------------------------------------------------------------- as text


def _explanation_lines(
    explanation: Explanation, analysis: Analysis, _: Translator
) -> Iterator[str]:
    emission = analysis.sources[explanation.target].emissions[explanation.emission]
    position = Text(emission.text).position(explanation.place.start)
    place = f"{position.line}:{position.column}"
    token = repr(explanation.token)
    yield _("{token} at {place} of {title}", token=token, place=place, title=_(emission.title))

    def row(name: str, value: str) -> str:
        return f"  {padded(name, 12)}{value}"

    yield row(_("node"), _name(explanation.node, _))
    if explanation.covering:
        yield row("", _("or an expression below it that could not be told apart"))
    for parent in explanation.parents:
        yield row(_("in"), _name(parent, _))
    if explanation.visitor:
        yield row(_("written by"), explanation.visitor)
    if explanation.target != PYTHON:  # the passes that made its stage do not say what they made
        yield row(_("made by"), _maker(explanation, _))
    unknown = explanation.certainty == "lost" and explanation.input_node is None
    yield row(_("your text"), _(_UNKNOWN if unknown else _CERTAINTY[explanation.certainty]))
    if explanation.span is not None:
        excerpt = Text(analysis.text).excerpt(explanation.span)
        yield from ("  " + line for line in excerpt.splitlines())
    if (part := explanation.model_part) is not None:
        place = f", {part.file}:{part.line}" if part.file else ""
        yield row(_("model"), f"{part.path} ({part.kind}){place}")
        if part.code:
            yield row("", part.code)
    if others := explanation.other_calls:
        lines = Text(analysis.text)
        numbers = ", ".join(str(lines.position(place.start).line) for place in others)
        yield row(_("also"), _("the same kernel serves the calls in: {lines}", lines=numbers))
    if paragraph := _.of(explanation):
        yield ""
        yield paragraph


def _maker(explanation: Explanation, _: Translator) -> str:
    if not explanation.made_by:
        return _("no pass: it was there when the pipeline began")
    made = {"name": explanation.made_by_name, "number": explanation.made_by}
    return _("{name}, pass {number}", **made)


CERTAINTIES = {
    "exact": marked("exact"),
    "inherited": marked("inherited"),
    "synthesised": marked("synthesised"),
    "lost": marked("lost"),
}
"""How a place is tied to the text, in a word."""

_CERTAINTY = {
    "exact": marked("exactly this:"),
    "inherited": marked("this, by way of a variable, a buffer, a call or what is around it:"),
    "synthesised": marked("none: a pass or the schedule made it up"),
    "lost": marked(
        "none: the node that it comes from is in no text, as in a module that was not parsed"
    ),
}


_UNKNOWN = marked("unknown: origins are off with this TVM")


def _place_lines(place: Place, analysis: Analysis, _: Translator) -> str:
    emission = analysis.sources[place.target].emissions[place.emission]
    lines = Text(emission.text)
    start, end = lines.position(place.start), lines.position(place.end)
    final = analysis.targets[place.target].final
    assert final is not None
    node = final.nodes[place.node]
    head = f"{_(emission.title)} {start.line}:{start.column}-{end.line}:{end.column}"
    excerpt = lines.excerpt(Span(place.start, place.end))
    return f"{head}  {_name(node, _)}  ({_(CERTAINTIES[place.certainty])})\n{excerpt}"


def _name(node: Node, _: Translator) -> str:
    return words_of(node.title, label_in_language(node, _.language))
