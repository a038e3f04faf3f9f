"""``source``: print the source code of a target, or how much of it is linked to nodes."""

from __future__ import annotations

import argparse

from viz.cli.commands.python_source import python_analysis, python_source
from viz.cli.exit_status import BAD, GOOD
from viz.cli.generations import both_sources
from viz.cli.output import print_json, print_message, print_notes, print_problems, print_text
from viz.cli.request import BOTH, request
from viz.errors import RequestError
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import (
    PYTHON,
    Emission,
    Origins,
    OriginsPart,
    Part,
    Reply,
    Source,
    SourcePart,
    Tree,
    TreePart,
)
from viz.provenance.coverage import coverage
from viz.service.client.submit import submit_all

COMMENTS = {"llvm": ";", "asm": "#"}
"""What begins a comment, by language; ``//`` in the others."""


VERIFIED: dict[str, str] = {
    "expressions": marked("marks verified down to expressions"),
    "partly": marked(
        "marks verified partly: the codegen writes some statements, or names of variables,"
        " otherwise when they are marked, so these stand for all that is in them"
    ),
    "statements": marked(
        "marks verified down to statements, which stand for the expressions in them"
    ),
    "none": marked("no marks: the text changes when statements are marked"),
}
"""What is said of how far marks are verified."""


def source(options: argparse.Namespace, text: str) -> int:
    """Print the emissions that ``--part`` and ``--form`` choose, or their coverage.

    Raises
    ------
    VizError
        When the text cannot be read, lowered or emitted, or the target has no such emission.
    """
    if options.diff and options.engine != BOTH:
        raise RequestError(message_of("diff-needs-both"))
    if options.engine == BOTH:
        return both_sources(options, text)
    if options.target == PYTHON:
        return _python(options, text)
    parts: list[Part] = [
        SourcePart(marks=options.coverage or options.json, compile=options.compile)
    ]
    if options.coverage:
        parts += [TreePart(stage="final"), OriginsPart()]
    requests = [request(options, text, part, options.target) for part in parts]
    emitted, *provenance = submit_all(requests).replies()
    assert isinstance(emitted, Source)
    refused = any(problem.severity == "error" for problem in emitted.problems)
    print_notes(options, text)
    if options.json:
        print_json(emitted)
        return BAD if refused else GOOD
    print_problems(emitted.problems, options.words, text, options.file)
    if options.verbose and emitted.schedule is not None:
        _: Translator = options.words
        rules = ", ".join(emitted.schedule.rules)
        print_message("note", _("rules of the default schedule: {rules}", rules=rules), _)
    emissions = [
        emission
        for emission in emitted.emissions
        if options.part in ("all", emission.part) and options.form in (None, emission.form)
    ]
    if not emissions:
        raise RequestError(
            message_of("no-such-text", target=options.target, form=options.form or options.part)
        )
    if options.coverage:
        final, origins = provenance
        _print_coverage(emissions, final, origins, options.words)
    else:
        _print_emissions(emissions, options.words, numbered=options.number)
    return BAD if refused else GOOD


def _python(options: argparse.Namespace, text: str) -> int:
    """Print a stage as Python, or how much of that is linked to nodes."""
    if options.coverage and not options.json:
        _program, analysis = python_analysis(options, text)
        assert analysis.source is not None
        assert analysis.final is not None
        assert analysis.origins is not None
        print_notes(options, text, prim_funcs=True)
        emissions = list(analysis.source.emissions)
        _print_coverage(emissions, analysis.final, analysis.origins, options.words)
        return GOOD
    source = python_source(options, text)
    print_notes(options, text, prim_funcs=True)
    if options.json:
        print_json(source)
    else:
        _print_emissions(list(source.emissions), options.words, numbered=options.number)
    return GOOD


def _numbered(text: str) -> str:
    """Return the lines of a text, each after its 1-based number."""
    lines = text.rstrip("\n").split("\n")
    width = len(str(len(lines)))
    return "\n".join(f"{number:>{width}}  {line}" for number, line in enumerate(lines, 1))


def _print_emissions(emissions: list[Emission], _: Translator, *, numbered: bool) -> None:
    """Print the texts, each below a heading where there are several."""
    for emission in emissions:
        if len(emissions) > 1:
            comment = COMMENTS.get(emission.language, "//")
            print_text(f"{comment} ---------------- {_(emission.title)} ----------------")
        print_text(_numbered(emission.text) if numbered else emission.text.rstrip("\n"))


def _print_coverage(emissions: list[Emission], final: Reply, origins: Reply, _: Translator) -> None:
    """Print the shares of characters and nodes that are linked, three lines an emission."""
    assert isinstance(final, Tree)
    assert isinstance(origins, Origins)
    for emission in emissions:
        measured = coverage(origins, final, emission)
        if not measured.characters:
            print_text(_("{title}: there is no function in it", title=_(emission.title)))
            continue
        total, nodes = measured.characters or 1, sum(measured.nodes.values()) or 1
        print_text(
            _(
                "{title}: {verified}; {exact:.1%} of the characters by the very node",
                title=_(emission.title),
                verified=_(VERIFIED[measured.verified]),
                exact=emission.exact,
            )
        )
        characters = _(
            "characters of function bodies: {exact:.1%} by the very node, {around:.1%} by a node"
            " around it, {none:.1%} not",
            exact=measured.exact / total,
            around=measured.ancestor / total,
            none=measured.none / total,
        )
        print(f"  {characters}")
        kinds = ", ".join(f"{n / nodes:.1%} {kind}" for kind, n in sorted(measured.nodes.items()))
        computing = _(
            "computing nodes: {count}, {share:.1%} with a place in your text ({kinds})",
            count=sum(measured.nodes.values()),
            share=measured.spanned / nodes,
            kinds=kinds or _("none"),
        )
        print(f"  {computing}")
