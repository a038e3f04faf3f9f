"""Make questions about the program's own tree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from random import Random
from typing import TypeVar

import msgspec

from viz.learn import queries, structure
from viz.learn.quiz.draft import Draft, NotApplicableError, Option, Value
from viz.learn.quiz.material import Material, about
from viz.model import Node, catalog

T = TypeVar("T")

MOST_WRONG = 3
"""Wrong answers beside the right one."""

LEAST_WRONG = 2

_MOST_COUNTED = 12
"""Nodes that someone counts."""

_SCALAR = re.compile(r"(?:u?int|b?float)\d+(?:_e\dm\d\w*)?|bool")
_DULL = ("Var", "IntImm", "FloatImm", "StringImm")
"""Types of nodes that a question is not about: each is what it looks like."""


def shuffled(items: Collection[T], random: Random) -> list[T]:
    """Return items in another order."""
    return random.sample([*items], len(items))


def among(right: Option, wrong: Sequence[Option], random: Random) -> tuple[tuple[Option, ...], int]:
    """Return options in any order, and which of them is the right one."""
    options = shuffled([right, *wrong[:MOST_WRONG]], random)
    return tuple(options), options.index(right)


def among_words(right: str, wrong: Sequence[str], random: Random) -> tuple[tuple[Option, ...], int]:
    """Return :func:`among` for answers that are shown as they are."""
    return among(Option(right, right), [Option(each, each) for each in wrong], random)


def words_of(material: Material, node: Node) -> dict[str, Value]:
    """Return the values by which a question names a node."""
    return dict(material.name(node)._asdict())


# ---------------------------------------------------------------- what a node is


def type_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the type of a node, by what stands for it in the text."""
    kinds = ("stmt", "expr")
    titles = sorted({node.title for node in material.visible if node.kind in kinds} - {*_DULL})
    if len(titles) <= LEAST_WRONG:
        raise NotApplicableError("few-choices")
    for node in shuffled(material.named, random):
        # A loop and a block are called by what says their type.
        is_told = node.title in ("For", "SBlock", *_DULL)
        if is_told or len({other.title for other in material.like(node)}) > 1:
            continue
        wrong = [title for title in titles if title != node.title]
        options, right = among_words(node.title, shuffled(wrong, random), random)
        yield Draft(
            kind="type",
            how="choice",
            values=words_of(material, node) | {"about": about(catalog.nodes().get(node.type_key))},
            answer=queries.TypeQuery(type_of=material.place(node)),
            options=options,
            right=right,
            shows=material.place(node),
        )


def dtype_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the type of an expression's value."""
    dtypes = _dtypes(material.nodes)
    if len(dtypes) <= LEAST_WRONG:
        dtypes += [dtype for dtype in _dtypes(material.final.nodes) if dtype not in dtypes]
    if len(dtypes) <= LEAST_WRONG:
        raise NotApplicableError("few-choices")
    for node in shuffled(material.named, random):
        if node.dtype not in dtypes or node.title in (*_DULL, "Cast"):
            continue
        # A cast that nobody wrote has the words of what it casts.
        if len({other.dtype for other in material.like(node)}) > 1:
            continue
        wrong = [dtype for dtype in dtypes if dtype != node.dtype]
        options, right = among_words(node.dtype, shuffled(wrong, random), random)
        yield Draft(
            kind="dtype",
            how="choice",
            values=words_of(material, node),
            answer=queries.DtypeQuery(dtype_of=material.place(node)),
            options=options,
            right=right,
            shows=material.place(node),
        )


def _dtypes(nodes: Sequence[Node]) -> list[str]:
    return sorted({node.dtype for node in nodes if _SCALAR.fullmatch(node.dtype)})


def count_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the number of nodes of a type."""
    shown = {node.id for node in material.visible}
    by_title: defaultdict[str, list[Node]] = defaultdict(list)
    for node in material.nodes:
        by_title[node.title].append(node)
    for title in shuffled(sorted(by_title), random):
        nodes = by_title[title]
        is_clear = (
            nodes[0].kind in ("stmt", "expr")
            and title not in _DULL
            and len({node.type_key for node in nodes}) == 1
            and all(node.id in shown for node in nodes)
        )
        if is_clear and 2 <= len(nodes) <= _MOST_COUNTED:
            yield Draft(
                kind="count",
                how="number",
                values={"title": title},
                answer=queries.CountQuery(count=nodes[0].type_key),
                shows=material.place(nodes[0]),
            )


# ---------------------------------------------------------------- what is around a node


def parent_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the node around another one, which is pointed at."""
    named = {node.id for node in material.named}
    for node in shuffled(material.named, random):
        edge = material.index.above(node.id)
        if edge is None or edge.parent.id not in named:
            continue
        parent = edge.parent
        near = [other for other in material.named if other.id not in (parent.id, node.id)]
        near.sort(key=lambda other: abs(other.id - node.id))
        options, right = among(
            _as_option(material, parent),
            [_as_option(material, other) for other in near[:MOST_WRONG]],
            random,
        )
        if len(options) <= LEAST_WRONG:
            raise NotApplicableError("few-choices")
        query = msgspec.structs.replace(material.place(node), parent=True)
        values = {"parent": parent.title, "field": edge.field}
        yield Draft(
            kind="parent",
            how="point",
            values=words_of(material, node) | values,
            answer=query,
            options=options,
            right=right,
        )


def _as_option(material: Material, node: Node) -> Option:
    name = material.name(node)
    return Option(f"{name.title}  {name.words}  :{name.line}", node.path)


def field_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the field of its parent that a node stands in."""
    edges = [edge for node in material.visible if (edge := material.index.above(node.id))]
    fields = sorted({edge.field for edge in edges if edge.parent.kind in ("stmt", "expr", "func")})
    if len(fields) <= LEAST_WRONG:
        raise NotApplicableError("few-choices")
    for node in shuffled(material.named, random):
        edge = material.index.above(node.id)
        if edge is None or edge.parent.title in ("SeqStmt", "SBlockRealize"):
            continue
        # Its other fields are the best wrong answers.
        own = {child.field for child in edge.parent.children}
        wrong = shuffled([field for field in fields if field != edge.field], random)
        wrong.sort(key=lambda field: field not in own)
        options, right = among_words(edge.field, wrong, random)
        yield Draft(
            kind="field",
            how="choice",
            values=words_of(material, node) | {"parent": edge.parent.title},
            answer=queries.FieldQuery(field_of=material.place(node)),
            options=options,
            right=right,
            shows=material.place(node),
        )


# ---------------------------------------------------------------- what a program does


def rounds_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for how often a statement runs in one call, those in several loops first."""
    found: list[tuple[Node, list[int]]] = []
    for node in shuffled(material.named, random):
        if node.title not in ("BufferStore", "Bind", "Evaluate"):
            continue
        extents = structure.loop_extents(material.index, node.id)
        if extents and structure.rounds(material.index, node.id) not in (0, 1):
            found.append((node, extents))
    for node, extents in sorted(found, key=lambda row: len(row[1]) < LEAST_WRONG):
        function = material.index.function(node.id)
        above = None if function is None else material.index.above(function.id)
        yield Draft(
            kind="rounds",
            how="number",
            values=words_of(material, node)
            | {
                "function": "main" if above is None else above.field,
                "product": " × ".join(map(str, extents)),
            },
            answer=queries.RoundsQuery(rounds_of=material.place(node)),
            shows=material.place(node),
        )


def use_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for how the program uses a buffer."""
    uses = {name: structure.use_of(material.index, name) for name in material.arrays}
    known: dict[str, str] = {name: use for name, use in uses.items() if use is not None}
    for name in shuffled(sorted(known), random):
        options = tuple(
            Option(use, use, look="named") for use in ("read", "written", "both", "neither")
        )
        yield Draft(
            kind="use",
            how="choice",
            values={"buffer": name},
            answer=queries.UseQuery(use_of=name),
            options=options,
            right=[option.value for option in options].index(known[name]),
        )
