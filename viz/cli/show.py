"""``ast`` and ``source``: the tree, and the texts that the codegens write."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from viz import graph
from viz.cli.arguments import request
from viz.cli.saying import notes, tell
from viz.cli.status import GOOD, Command
from viz.errors import RequestError
from viz.model import Source, SourcePart, Tree, TreePart, encode
from viz.worker import submit


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
        return _write(options, (graph.text_tree(tree, view) + "\n").encode())
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
    """Print the texts of a target."""
    found = submit(request(options, text, SourcePart(marks=False), options.target)).result()
    assert isinstance(found, Source)
    notes(options, text)
    if options.json:
        print(encode(found).decode())
        return GOOD
    tell(found.problems)
    chosen = [e for e in found.emissions if options.part in ("all", e.part)]
    chosen = [e for e in chosen if options.form in (None, e.form)]
    if not chosen:
        raise RequestError(f"{options.target} has no {options.form or options.part} text")
    for emission in chosen:
        if len(chosen) > 1:
            comment = {"llvm": ";", "asm": "#"}.get(emission.language, "//")
            print(f"{comment} ---------------- {emission.title} ----------------")
        print(emission.text.rstrip("\n"))
    return GOOD


COMMANDS: dict[str, Command] = {"ast": ast, "source": source}
