"""``step``: print how a codegen walks the tree, node by node, with what it writes on the way."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.exit_status import GOOD
from viz.cli.output import print_json, print_notes, print_text
from viz.cli.request import request
from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import (
    PYTHON,
    Emission,
    Part,
    Plain,
    PythonPart,
    Source,
    SourcePart,
    StageName,
    Tree,
    TreePart,
    Walk,
)
from viz.model.problem import error_of
from viz.model.tree import words_of
from viz.provenance.walk import walk_of
from viz.service.client.submit import submit_all

MOST_CHARACTERS = 60
"""Of what a node writes at once: a host function's checks are thousands."""


class TargetWalks(Plain, frozen=True):
    """The walks of a target's codegens, one for each text."""

    target: str
    walks: tuple[Walk, ...]


def step(options: argparse.Namespace, text: str) -> int:
    """Print the walk of each text that ``--part`` chooses.

    Raises
    ------
    VizError
        When the text cannot be read, lowered or emitted, or the target has no such text.
    """
    tree, emissions = _emitted(options, text)
    chosen = [each for each in emissions if options.part in ("all", each.part) and each.marks]
    if not chosen:
        raise RequestError(message_of("no-walk", target=options.target))
    walks = tuple(walk_of(tree, emission) for emission in chosen)
    print_notes(options, text)
    if options.json:
        print_json(TargetWalks(target=options.target, walks=walks))
        return GOOD
    _: Translator = options.words
    for walk in walks:
        print_text("\n".join([_(walk.title), *walk_lines(walk, tree)]))
    return GOOD


def _emitted(options: argparse.Namespace, text: str) -> tuple[Tree, tuple[Emission, ...]]:
    """Return the texts of a target with marks, and the tree that they were written from."""
    is_ours = options.target == PYTHON
    stage: StageName = options.stage if is_ours else "final"
    pipeline = options.lowered_for if is_ours else options.target
    parts: tuple[Part, ...] = (
        TreePart(stage=stage),
        PythonPart(stage=stage) if is_ours else SourcePart(),
    )
    requests = [request(options, text, part, pipeline) for part in parts]
    tree, source = submit_all(requests).replies()
    assert isinstance(tree, Tree)
    assert isinstance(source, Source)
    if is_ours and not source.emissions:
        raise error_of(source.problems[0])
    return tree, source.emissions


def walk_lines(walk: Walk, tree: Tree) -> Iterator[str]:
    """Yield a line for each step: its number, the characters by then, the node, what is written.

    What stands after a node is written before the next step, by the innermost node that is open.
    """
    depth = 0
    ends = [step.written for step in walk.steps[1:]]
    ends.append(walk.steps[-1].written if walk.steps else 0)
    for number, (at, end) in enumerate(zip(walk.steps, ends, strict=True), 1):
        depth -= not at.enters
        node = tree.nodes[at.node]
        name = words_of(node.title, node.label)
        words = "│ " * depth + (f"┌ {name}" if at.enters else "└")
        depth += at.enters
        written = _quoted(walk.text[at.written : end]) if end > at.written else ""
        yield f"{number:>5} {at.written:>6}  {words:<44} {written}".rstrip()


def _quoted(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return repr(text)
    half = MOST_CHARACTERS // 2
    return f"{text[:half]!r} … {text[-half:]!r} ({len(text)})"
