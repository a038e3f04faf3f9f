"""What the pages' scripts read: marks, origins and nodes as arrays of numbers.

Offsets are UTF-16 units here, as browsers count; numbers
that rise are given as steps. Every distinct string stands once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

import msgspec

from viz import catalog
from viz.drawing import colour_class
from viz.model import Analysis, Certainty, Emission, Links, Source, Tree
from viz.panes.folds import folds
from viz.panes.ties import parents_of, places_of, ties
from viz.provenance import codegen_of, visitor_of

T = TypeVar("T", bound=Hashable)

CERTAINTIES: tuple[Certainty, ...] = ("exact", "inherited", "synthesised", "lost")
"""An origin's certainty is its index here."""


def script_data(analysis: Analysis) -> str:
    """Return the JSON of a whole analysis, fit to stand inside a ``<script>`` element."""
    data = msgspec.json.encode(_Packer().analysis(analysis)).decode()
    # "<" stands in strings alone; so no text can close the element or open a comment.
    return data.replace("<", "\\u003c")


def program_pack(tree: Tree, text: str) -> dict[str, Any]:
    """Return the user's program by itself: its tree, the places of its nodes, its tables."""
    packer = _Packer()
    packed = packer.program(tree, text)
    return {**packed, "tables": packer.tables()}


def target_pack(
    name: str, tree: Tree, source: Source, text: str, final: Tree | None
) -> dict[str, Any]:
    """Return a target by itself, its texts included: see :class:`Derived` in model.js."""
    packer = _Packer()
    packed = packer.target(name, tree, source, text, final)
    for each, emission in zip(packed["texts"], source.emissions, strict=False):
        each |= {"text": emission.text, "title": emission.title, "part": emission.part}
    if source.schedule is not None:
        packed["texts"][-1] |= {"text": source.schedule.script, "title": "Schedule", "part": ""}
    return {**packed, "tables": packer.tables()}


def stage_pack(name: str, title: str, stage: Tree, links: Links) -> dict[str, Any]:
    """Return the tree of a stage by itself, tied to the user's by links from the input."""
    packer = _Packer()
    packed = {
        "name": name,
        "title": title,
        "origins": {
            "nodes": _steps([link.after for link in links.links]),
            "ties": [link.before for link in links.links],
            "made": [],
            "how": "".join(str(CERTAINTIES.index(link.certainty)) for link in links.links),
            "spans": {},
        },
        "tree": packer.tree(stage, range(len(stage.nodes))),
    }
    return {**packed, "tables": packer.tables()}


class _Table(Generic[T]):
    """Distinct values in the order of their first use."""

    def __init__(self) -> None:
        self.places: dict[T, int] = {}

    def place(self, value: T) -> int:
        """Return the index of a value."""
        return self.places.setdefault(value, len(self.places))

    def rows(self) -> list[T]:
        """Return all values."""
        return list(self.places)


class _Packer:
    """Packs the parts of an analysis; they share its tables, which fill on the way."""

    def __init__(self) -> None:
        self.strings: _Table[str] = _Table()
        self.types: _Table[tuple[str, str, str, str]] = _Table()
        self.fields: _Table[tuple[int, ...]] = _Table()

    def analysis(self, analysis: Analysis) -> dict[str, Any]:
        """Return all data of a report."""
        tree = analysis.tree or Tree(stage="input")
        targets = [
            self.target(name, tree, source, analysis.text, analysis.finals.get(name))
            for name, source in analysis.sources.items()
        ]
        return {**self.program(tree, analysis.text), "targets": targets, **self.tables()}

    def tables(self) -> dict[str, Any]:
        """Return what the packed parts refer to, once they all are packed."""
        rows = catalog.nodes()
        return {
            "strings": self.strings.rows(),
            "types": self.types.rows(),
            "fields": self.fields.rows(),
            "catalog": {
                key: (rows[key].en, rows[key].zh) for key, *_ in self.types.rows() if key in rows
            },
        }

    def program(self, tree: Tree, text: str) -> dict[str, Any]:
        """Return the user's tree and the places of its nodes."""
        return {"tree": self.tree(tree, range(len(tree.nodes))), "spans": _spans(tree, text)}

    def tree(
        self, tree: Tree, ids: Iterable[int], parents: Mapping[int, int] | None = None
    ) -> dict[str, Any]:
        """Return some nodes of a tree, seven numbers each: see :class:`Tree` in model.js."""
        parents = parents_of(tree) if parents is None else parents
        fields = {child.id: child.field for node in tree.nodes for child in node.children}
        numbers: list[int] = []
        before = 0
        place = self.strings.place
        said: dict[tuple[Any, ...], tuple[int, ...]] = {}
        for id_ in ids:
            node = tree.nodes[id_]
            # Unrolled loops have thousands of nodes that say the same.
            key = node.type_key, node.kind, node.label, node.dtype, *node.fields.items()
            if key not in said:
                pairs = [place(part) for pair in node.fields.items() for part in pair]
                kind = (node.type_key, node.title, node.kind, colour_class(node))
                said[key] = (
                    self.types.place(kind),
                    place(node.label),
                    place(node.dtype),
                    self.fields.place(tuple(pairs)),
                )
            above = id_ - parents[id_] if id_ in parents else 0
            numbers += (id_ - before, above, place(fields.get(id_, "")), *said[key])
            before = id_
        return {"root": tree.nodes[0].path if tree.nodes else "", "nodes": numbers}

    def target(
        self, name: str, tree: Tree, source: Source, text: str, final: Tree | None
    ) -> dict[str, Any]:
        """Return a target: its texts' tokens, marks and folds, its nodes and their origins."""
        parents = parents_of(final) if final is not None else {}
        tied, places = ties(tree, source, final, parents), places_of(tree)
        units = utf16(text)
        spans = {
            origin.node: (units(origin.span.start), units(origin.span.end))
            for origin in source.origins
            if origin.span is not None
            and (origin.node not in tied or places.get(tied[origin.node]) != origin.span)
        }
        ids = [origin.node for origin in source.origins]
        return {
            "name": name,
            "title": catalog.targets()[name].title,
            "passes": source.passes,
            "origins": {
                "nodes": _steps(ids),
                "ties": [tied.get(node, -1) for node in ids],
                "made": [origin.made_by for origin in source.origins],
                "how": "".join(str(CERTAINTIES.index(o.certainty)) for o in source.origins),
                "spans": spans,
            },
            "tree": self.tree(final, _known(final, ids, parents), parents) if final else None,
            "texts": [_text(source, each, final) for each in source.emissions]
            + ([{"language": "python"}] if source.schedule else []),
        }


def _known(final: Tree, ids: Sequence[int], parents: Mapping[int, int]) -> list[int]:
    """Return the ids with the children of each, types left out: what can be pointed at."""
    found = set(ids) | {0}
    for id_ in ids:
        found |= {c.id for c in final.nodes[id_].children if final.nodes[c.id].kind != "type"}
    for id_ in list(found):
        while (parent := parents.get(id_)) is not None and parent not in found:
            found.add(parent)
            id_ = parent
    return sorted(found)


def _text(source: Source, emission: Emission, final: Tree | None) -> dict[str, Any]:
    units = utf16(emission.text)
    numbers: list[int] = []
    before = 0
    for mark in emission.marks:
        start = units(mark.start)
        numbers += [start - before, units(mark.end) - start, mark.node]
        before = start
    return {
        "language": emission.language,
        "marks": numbers,
        "folds": folds(source, emission, final),
        "covering": emission.covering,
        "visitors": _visitors(emission, final),
    }


def _visitors(emission: Emission, final: Tree | None) -> dict[str, str]:
    """Return the C++ function that wrote the marked nodes of a type, by ``type_key``."""
    if final is None:
        return {}
    codegen = codegen_of(emission.language)
    keys = sorted({final.nodes[mark.node].type_key for mark in emission.marks})
    return {key: name for key in keys if (name := visitor_of(key, codegen))}


def _spans(tree: Tree, text: str) -> list[int]:
    """Return the places of the input nodes, three numbers each: id, start, end."""
    units = utf16(text)
    return [
        number
        for node in tree.nodes
        if node.span is not None and node.kind != "type"
        for number in (node.id, units(node.span.start), units(node.span.end))
    ]


def _steps(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip((0, *numbers), numbers, strict=False)]


def utf16(text: str) -> Callable[[int], int]:
    """Return what turns an offset in code points into one in UTF-16 units."""
    if text.isascii() or max(text) < "\U00010000":
        return lambda offset: offset
    offsets = [0, *accumulate(map(_length, text))]
    return offsets.__getitem__


def _length(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
