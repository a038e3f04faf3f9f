"""``source``: print the source code of a target, or how much of it is linked to nodes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import print_json, print_message, print_notes, print_problems, print_text
from viz.cli.request import request
from viz.errors import RequestError
from viz.messages import message_of
from viz.model import (
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
    "expressions": "marks verified down to expressions",
    "partly": "marks verified partly: the codegen writes some statements, or names of variables,"
    " otherwise when they are marked, so these stand for all that is in them",
    "statements": "marks verified down to statements, which stand for the expressions in them",
    "none": "no marks: the text changes when statements are marked",
}
"""What is said of how far marks are verified."""


def source(options: argparse.Namespace, text: str) -> int:
    """Print the emissions that ``--part`` and ``--form`` choose, or their coverage.

    Raises
    ------
    VizError
        When the text cannot be read, lowered or emitted, or the target has no such emission.
    """
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
    print_problems(emitted.problems, text, options.file)
    if options.verbose and emitted.schedule is not None:
        rules = ", ".join(emitted.schedule.rules)
        print_message("note", f"rules of the default schedule: {rules}")
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
        _print_coverage(emissions, *provenance)
    else:
        _print_emissions(emissions, numbered=options.number)
    return BAD if refused else GOOD


def _print_emissions(emissions: list[Emission], *, numbered: bool) -> None:
    """Print the texts, each below a heading where there are several."""
    for emission in emissions:
        if len(emissions) > 1:
            comment = COMMENTS.get(emission.language, "//")
            print_text(f"{comment} ---------------- {emission.title} ----------------")
        text = emission.text.rstrip("\n")
        print_text("\n".join(_numbered(text)) if numbered else text)


def _numbered(text: str) -> Iterator[str]:
    """Yield the lines of one emission, each after its 1-based number."""
    lines = text.split("\n")
    width = len(str(len(lines)))
    return (f"{number:>{width}}  {line}" for number, line in enumerate(lines, 1))


def _print_coverage(emissions: list[Emission], final: Reply, origins: Reply) -> None:
    """Print the shares of characters and nodes that are linked, three lines an emission."""
    assert isinstance(final, Tree)
    assert isinstance(origins, Origins)
    for emission in emissions:
        measured = coverage(origins, final, emission)
        if not measured.characters:
            print_text(f"{emission.title}: there is no function in it")
            continue
        total, nodes = measured.characters or 1, sum(measured.nodes.values()) or 1
        print_text(
            f"{emission.title}: {VERIFIED[measured.verified]};"
            f" {emission.exact:.1%} of the characters by the very node"
        )
        print(
            f"  characters of function bodies: {measured.exact / total:.1%} by the very node,"
            f" {measured.ancestor / total:.1%} by a node around it, {measured.none / total:.1%} not"
        )
        kinds = ", ".join(f"{n / nodes:.1%} {kind}" for kind, n in sorted(measured.nodes.items()))
        print(
            f"  computing nodes: {sum(measured.nodes.values())}, {measured.spanned / nodes:.1%}"
            f" with a place in your text ({kinds or 'none'})"
        )
