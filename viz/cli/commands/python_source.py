"""``source --target python``: print a stage as the Python program that our own codegen writes."""

from __future__ import annotations

import argparse

from viz.cli.exit_status import GOOD
from viz.cli.output import print_json, print_notes, print_text
from viz.cli.request import request
from viz.model import Source, Tree, TreePart
from viz.service.client.submit import submit
from viz.step.python_codegen import python_of

PYTHON = "python"
"""The target whose codegen is in :mod:`viz.step`: it needs a tree and no pipeline."""


def python_source(options: argparse.Namespace, text: str) -> int:
    """Print the program of ``--stage``, of the pipeline of ``--lowered-for``.

    Raises
    ------
    VizError
        When the text cannot be read or lowered, or a node has no rule.
    """
    part = TreePart(stage=options.stage)
    tree = submit(request(options, text, part, options.lowered_for)).result()
    assert isinstance(tree, Tree)
    program = python_of(tree)
    print_notes(options, text)
    if options.json:
        print_json(Source(target=PYTHON, emissions=(program,)))
    else:
        print_text(numbered_text(program.text) if options.number else program.text.rstrip("\n"))
    return GOOD


def numbered_text(text: str) -> str:
    """Return the lines of a text, each after its 1-based number."""
    lines = text.rstrip("\n").split("\n")
    width = len(str(len(lines)))
    return "\n".join(f"{number:>{width}}  {line}" for number, line in enumerate(lines, 1))
