"""``ast``: draw the AST at a stage, as text or as a picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from viz.cli.exit_status import GOOD
from viz.cli.output import print_notes, print_text
from viz.cli.request import request
from viz.errors import RequestError
from viz.messages import message_of
from viz.model import Tree, TreePart, encode
from viz.render import graph
from viz.render.translated_labels import in_language
from viz.service.client.submit import submit


def ast(options: argparse.Namespace, text: str) -> int:
    """Write the tree in the format of ``--format`` to a file or to standard output.

    Raises
    ------
    VizError
        When the text cannot be read or lowered, or when a PNG would go to a terminal.
    """
    part = TreePart(stage=options.stage)
    tree = submit(request(options, text, part, options.target)).result()
    assert isinstance(tree, Tree)
    print_notes(options, text)
    if options.json or options.format == "json":
        return _write(options, encode(tree) + b"\n")
    view = graph.View(depth=options.depth, types=options.types, limit=_limit(options))
    if options.format == "text":
        text_tree = graph.text_tree(tree, view, options.words)
        if not options.output:
            print_text(text_tree)
            return GOOD
        return _write(options, (text_tree + "\n").encode())
    if options.format == "png" and not options.output and sys.stdout.isatty():
        raise RequestError(message_of("png-on-terminal"))
    drawn = in_language(tree, options.words.language)
    return _write(options, graph.render(drawn, view, options.format, options.theme))


def _limit(options: argparse.Namespace) -> int:
    """Return how many nodes to draw at most: a terminal scrolls, a picture must be readable."""
    return graph.MOST if options.format == "text" or options.depth else graph.View().limit


def _write(options: argparse.Namespace, data: bytes) -> int:
    if options.output:
        Path(options.output).write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return GOOD
