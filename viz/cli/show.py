"""``ast`` and ``source``: the tree, and the texts that the codegens write."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from viz.cli.arguments import request
from viz.cli.output import notes, put, put_json, say, tell
from viz.cli.status import GOOD, Command
from viz.errors import RequestError
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
    encode,
)
from viz.provenance.coverage import coverage
from viz.render import graph
from viz.service.client.submit import submit, submit_all


def ast(options: argparse.Namespace, text: str) -> int:
    """Draw the AST at a stage, as text or as a picture."""
    part = TreePart(stage=options.stage)
    tree = submit(request(options, text, part, options.target)).result()
    assert isinstance(tree, Tree)
    notes(options, text)
    if options.json or options.format == "json":
        return _write(options, encode(tree) + b"\n")
    view = graph.View(depth=options.depth, types=options.types, limit=_limit(options))
    if options.format == "text":
        text_tree = graph.text_tree(tree, view)
        if not options.output:
            put(text_tree)
            return GOOD
        return _write(options, (text_tree + "\n").encode())
    if options.format == "png" and not options.output and sys.stdout.isatty():
        raise RequestError("a PNG does not belong on a terminal", hint="Name a file: -o tree.png")
    return _write(options, graph.render(tree, view, options.format, options.theme))


def _limit(options: argparse.Namespace) -> int:
    # A terminal scrolls; a picture must stay readable.
    return graph.MOST if options.format == "text" or options.depth else graph.View().limit


def _write(options: argparse.Namespace, data: bytes) -> int:
    if options.output:
        Path(options.output).write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return GOOD


def source(options: argparse.Namespace, text: str) -> int:
    """Print the texts of a target, or how much of them is tied to nodes."""
    parts: list[Part] = [SourcePart(marks=options.coverage or options.json)]
    if options.coverage:
        parts += [TreePart(stage="final"), OriginsPart()]
    asked = [request(options, text, part, options.target) for part in parts]
    found, *measured = submit_all(asked).replies()
    assert isinstance(found, Source)
    notes(options, text)
    if options.json:
        put_json(encode(found))
        return GOOD
    tell(found.problems)
    if options.verbose and found.schedule is not None:
        say("note", f"rules of the default schedule: {', '.join(found.schedule.rules)}")
    chosen = [e for e in found.emissions if options.part in ("all", e.part)]
    chosen = [e for e in chosen if options.form in (None, e.form)]
    if not chosen:
        raise RequestError(f"{options.target} has no {options.form or options.part} text")
    if options.coverage:
        return _coverage(chosen, *measured)
    for emission in chosen:
        if len(chosen) > 1:
            comment = {"llvm": ";", "asm": "#"}.get(emission.language, "//")
            put(f"{comment} ---------------- {emission.title} ----------------")
        written = emission.text.rstrip("\n")
        put("\n".join(_numbered(written)) if options.number else written)
    return GOOD


def _numbered(text: str) -> Iterator[str]:
    """Yield the lines with their numbers: each text counts from 1."""
    lines = text.split("\n")
    width = len(str(len(lines)))
    return (f"{number:>{width}}  {line}" for number, line in enumerate(lines, 1))


def _coverage(chosen: list[Emission], final: Reply, origins: Reply) -> int:
    """Print the shares of characters and nodes that are tied, a line an emission."""
    assert isinstance(final, Tree)
    assert isinstance(origins, Origins)
    for emission in chosen:
        measured = coverage(origins, final, emission)
        total, nodes = measured.characters or 1, sum(measured.nodes.values()) or 1
        put(f"{emission.title}: marks verified down to {measured.verified}")
        print(
            f"  characters of function bodies: {measured.exact / total:.1%} by the very node,"
            f" {measured.ancestor / total:.1%} by a node around it, {measured.none / total:.1%} not"
        )
        kinds = ", ".join(f"{n / nodes:.1%} {kind}" for kind, n in sorted(measured.nodes.items()))
        print(
            f"  computing nodes: {sum(measured.nodes.values())}, {measured.spanned / nodes:.1%}"
            f" with a place in your text ({kinds or 'none'})"
        )
    return GOOD


COMMANDS: dict[str, Command] = {"ast": ast, "source": source}
