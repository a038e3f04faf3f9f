"""Make questions about the text that a codegen writes: who wrote what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from random import Random

from viz.learn import queries
from viz.learn.quiz.draft import Draft, NotApplicableError, Option
from viz.learn.quiz.material import Material
from viz.learn.quiz.tree_kinds import LEAST_WRONG, among, shuffled, words_of
from viz.learn.structure import bare
from viz.model import Node

_FEWEST, _MOST = 3, 60
"""Characters of what a question shows of a text."""

_MOST_COMPARED = 300
"""Nodes whose texts are compared with each other."""


def writer_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the node that wrote some characters, which is pointed at."""
    texts = [emission.text for emission in material.emissions]
    named = {node.id: node for node in material.named}
    found = [
        (characters, named[min(writers)])
        for characters, writers in _pieces(material).items()
        if len(writers) == 1 and min(writers) in named and _fits(characters)
    ]
    # What looks the same in the program is easily found.
    found = shuffled(found, random)
    found.sort(key=lambda row: _dense(row[0]) in _dense(material.name(row[1]).words))
    for characters, node in found:
        if sum(text.count(characters) for text in texts) != 1:
            continue
        name = material.name(node)
        wrong = [other for _, other in found if other.id != node.id]
        wrong += [other for other in shuffled(material.named, random) if other.id != node.id]
        others = dict.fromkeys(_as_option(material, other) for other in wrong[: 4 * LEAST_WRONG])
        options, right = among(_as_option(material, node), [*others], random)
        if len(options) <= LEAST_WRONG:
            raise NotApplicableError("few-choices")
        yield Draft(
            kind="writer",
            how="point",
            values={"characters": characters, "target": material.title, **name._asdict()},
            answer=queries.PlaceQuery(wrote=characters, target=material.target),
            options=options,
            right=right,
        )


def _as_option(material: Material, node: Node) -> Option:
    name = material.name(node)
    return Option(f"{name.title}  {name.words}  :{name.line}", node.path)


def _pieces(material: Material) -> dict[str, set[int]]:
    """Return what was written, in all texts of the target, with the nodes that wrote it.

    Nodes that are the program's are named by their ids there; ``-1`` is any other.
    """
    pieces: defaultdict[str, set[int]] = defaultdict(set)
    for emission in material.emissions:
        for mark in emission.marks:
            characters = bare(emission.text[mark.start : mark.end])
            pieces[characters].add(material.exact.get(mark.node, -1))
    return pieces


def _fits(characters: str) -> bool:
    return _FEWEST <= len(characters) <= _MOST and "\n" not in characters


def _dense(text: str) -> str:
    return "".join(text.split())


def written_by(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for what a node wrote, among what others wrote."""
    found: dict[int, str] = {}
    for node in material.named:
        pieces = material.pieces.get(node.id, [])
        written, is_exact = max(pieces, key=lambda piece: len(piece[0]), default=("", False))
        if is_exact and _fits(bare(written)):
            found[node.id] = written
    found = dict(shuffled(sorted(found.items())[:_MOST_COMPARED], random))
    for id_ in found:
        node, written = material.nodes[id_], found[id_]
        own = bare(written)
        parts = {bare(piece) for piece, _ in material.pieces[id_]}
        # A part of it, or what it is a part of, would be half right.
        apart = {
            other: text
            for other, text in found.items()
            if bare(text) not in own and own not in bare(text) and bare(text) not in parts
        }
        others = shuffled(sorted(apart), random)
        # Those of the same type are the hardest to tell from it.
        others.sort(key=lambda other: material.nodes[other].title != node.title)
        wrong = list(dict.fromkeys(apart[other] for other in others))
        if len(wrong) < LEAST_WRONG:
            continue
        options, right = among(
            Option(bare(written), written), [Option(bare(text), text) for text in wrong], random
        )
        yield Draft(
            kind="written",
            how="choice",
            values=words_of(material, node) | {"target": material.title},
            answer=queries.WrittenQuery(written_by=material.place(node), target=material.target),
            options=options,
            right=right,
            shows=material.place(node),
        )
    if found:
        raise NotApplicableError("few-choices")
