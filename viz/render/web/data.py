"""Pack an analysis for the pages' scripts: marks, origins and nodes as arrays of numbers.

Offsets are UTF-16 units here, as browsers count; rising numbers are packed as steps. Every distinct
string stands once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

import msgspec

from viz.locale.translator import marked
from viz.model import (
    PYTHON,
    Analysis,
    Certainty,
    Emission,
    Links,
    Mark,
    ModelOrigin,
    ModelPart,
    Origins,
    Source,
    Tree,
    catalog,
)
from viz.provenance.explain import codegen_of, visitor_of
from viz.provenance.find import emitting_origins
from viz.provenance.stage_origins import inherited_spans, own_span
from viz.render.svg import colour_class
from viz.render.web.folds import folds

T = TypeVar("T", bound=Hashable)

CERTAINTIES: tuple[Certainty, ...] = ("exact", "inherited", "synthesised", "lost")
"""An origin's certainty is its index here."""


def report_pack(analysis: Analysis, stages: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return a whole analysis, with trees of stages (:func:`stage_pack`) that it lacks."""
    return {**_Packer().analysis(analysis), "stages": stages}


def script_data(data: Any) -> str:
    """Return data as JSON that is fit to stand inside a ``<script>`` element."""
    # "<" stands in strings alone; so no text can close the element or open a comment.
    return msgspec.json.encode(data).decode().replace("<", "\\u003c")


def program_pack(tree: Tree, text: str) -> dict[str, Any]:
    """Return the user's program by itself: its tree, the places of its nodes, its tables."""
    packer = _Packer()
    packed = packer.program(tree, text)
    return {**packed, "tables": packer.tables()}


def final_pack(name: str, final: Tree) -> dict[str, Any]:
    """Return a target's tree by itself, the first of three packs: see :class:`DerivedTree`."""
    packer = _Packer()
    return {
        "name": name,
        "title": title_of(name),
        "tree": packer.tree(final),
        "tables": packer.tables(),
    }


def texts_pack(source: Source, final: Tree) -> dict[str, Any]:
    """Return a target's texts with their marks, the second pack.

    The lines that check arguments are known by their origins alone: a text that may have such lines
    has no folds yet.
    """
    texts: list[dict[str, Any]] = [
        _text(emission, final)
        | {"text": emission.text, "title": emission.title, "part": emission.part}
        | {"folds": None if _may_check(emission) else folds(emission)}
        for emission in source.emissions
    ]
    if (schedule := source.schedule) is not None:
        text = schedule.script or None  # it is printed when somebody looks
        texts.append({**_SCHEDULE, "text": text, "title": marked("Schedule"), "part": "schedule"})
    return {"name": source.target, "texts": texts}


def origins_pack(
    tree: Tree, origins: Origins, source: Source, text: str, final: Tree
) -> dict[str, Any]:
    """Return the origins of a target's nodes, and the folds that need them: the third pack."""
    late_folds = [
        folds(emission, origins, final) if _may_check(emission) else None
        for emission in source.emissions
    ]
    packed = _origins(tree, origins, source, text, final)
    return {"name": source.target, **packed, "folds": late_folds}


def model_origins_pack(origins: Sequence[ModelOrigin], text: str) -> list[dict[str, Any]]:
    """Return what statements of Relax functions were made from."""
    units = utf16(text)
    return [
        {"span": (units(each.span.start), units(each.span.end))}
        | {name: getattr(each.part, name) for name in ModelPart.__struct_fields__}
        for each in origins
    ]


def stage_pack(name: str, title: str, stage: Tree, links: Links) -> dict[str, Any]:
    """Return the tree of a stage by itself, with its links from the input."""
    packer = _Packer()
    packed = {
        "name": name,
        "title": title,
        "origins": {
            "nodes": _steps([link.after for link in links.links]),
            "inputNodes": [link.before for link in links.links],
            "made": [],
            "how": "".join(str(CERTAINTIES.index(link.certainty)) for link in links.links),
            "places": {},
            "shared": [],
        },
        "tree": packer.tree(stage),
    }
    return {**packed, "tables": packer.tables()}


def title_of(name: str) -> str:
    """Return the title of a target; its name may have an engine."""
    row = catalog.target(name)
    return name if row is None else row.title


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
    """Packs the parts of an analysis, which share its tables: these grow with each part."""

    def __init__(self) -> None:
        self.strings: _Table[str] = _Table()
        self.types: _Table[tuple[str, str, str, str]] = _Table()
        self.fields: _Table[tuple[int, ...]] = _Table()

    def analysis(self, analysis: Analysis) -> dict[str, Any]:
        """Return all data of a report."""
        tree = analysis.tree or Tree(stage="input")
        targets = [
            self.target(name, tree, parts.source, parts.origins, parts.final, analysis.text)
            for name, parts in analysis.targets.items()
            if parts.source is not None and parts.origins is not None
        ]
        return {
            **self.program(tree, analysis.text),
            "modelOrigins": model_origins_pack(analysis.overview.origins, analysis.text),
            "targets": targets,
            **self.tables(),
        }

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
        return {"tree": self.tree(tree), "spans": _spans(tree, text)}

    def tree(self, tree: Tree) -> dict[str, Any]:
        """Return the nodes of a tree, six numbers each: see :class:`Tree` in model.js."""
        place = self.strings.place
        above = [0] * len(tree.nodes)
        fields = [place("")] * len(tree.nodes)
        numbers: list[int] = []
        known: dict[tuple[Any, ...], tuple[int, ...]] = {}
        for node in tree.nodes:
            for child in node.children:
                above[child.id] = child.id - node.id
                fields[child.id] = place(child.field)
            # Unrolled loops have thousands of nodes that are the same but for their place.
            key = node.type_key, node.kind, node.label, node.dtype, *node.fields.items()
            if key not in known:
                pairs = [place(part) for pair in node.fields.items() for part in pair]
                kind = (node.type_key, node.title, node.kind, colour_class(node))
                known[key] = (
                    self.types.place(kind),
                    place(node.label),
                    place(node.dtype),
                    self.fields.place(tuple(pairs)),
                )
            numbers += (above[node.id], fields[node.id], *known[key])
        return {"root": tree.nodes[0].path if tree.nodes else "", "nodes": numbers}

    def target(
        self, name: str, tree: Tree, source: Source, origins: Origins, final: Tree | None, text: str
    ) -> dict[str, Any]:
        """Return a target of a report, whose page has the texts already."""
        texts = [
            _text(emission, final) | {"folds": folds(emission, origins, final)}
            for emission in source.emissions
        ]
        return {
            "name": name,
            "title": title_of(name),
            "tree": self.tree(final) if final else None,
            "texts": [*texts, _SCHEDULE] if source.schedule else texts,
            **_origins(tree, origins, source, text, final),
        }


_SCHEDULE = {"language": "python"}


def _may_check(emission: Emission) -> bool:
    """Whether lines of a text may check arguments: a kernel's are checked before it is launched."""
    return emission.part == "host" and emission.language != PYTHON


def _origins(
    tree: Tree, origins: Origins, source: Source, text: str, final: Tree | None
) -> dict[str, Any]:
    """Return the origins of the nodes that a text can point at.

    ``inputNodes`` has -1 for a node that comes from none. ``places`` are those of the input nodes
    that the tree, as ``InputProgram`` in model.js reads it, puts elsewhere.
    """
    emitting = emitting_origins(source, origins.nodes, final)
    in_tree = inherited_spans(tree)
    units = utf16(text)
    places = {
        origin.input_node: (units(origin.span.start), units(origin.span.end))
        for origin in emitting
        if origin.input_node is not None and origin.span is not None
        if in_tree.get(origin.input_node) != origin.span
    }
    return {
        "passes": origins.passes,
        "origins": {
            "nodes": _steps([origin.node for origin in emitting]),
            "inputNodes": [
                -1 if origin.input_node is None else origin.input_node for origin in emitting
            ],
            "made": [origin.made_by for origin in emitting],
            "how": "".join(str(CERTAINTIES.index(origin.certainty)) for origin in emitting),
            "places": places,
            "shared": [(each.function, each.end, each.sites) for each in origins.shared],
        },
    }


def mark_steps(text: str, marks: Sequence[Mark]) -> list[int]:
    """Return marks as numbers, three each: the step of the start, the length, the node."""
    units = utf16(text)
    numbers: list[int] = []
    before = 0
    for mark in marks:
        start = units(mark.start)
        numbers += [start - before, units(mark.end) - start, mark.node]
        before = start
    return numbers


def _text(emission: Emission, final: Tree | None) -> dict[str, Any]:
    return {
        "language": emission.language,
        "marks": mark_steps(emission.text, emission.marks),
        "covering": emission.covering,
        "exact": emission.exact,
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
        if (span := own_span(node)) is not None
        for number in (node.id, units(span.start), units(span.end))
    ]


def _steps(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip((0, *numbers), numbers, strict=False)]


def utf16(text: str) -> Callable[[int], int]:
    """Return a function that turns an offset in code points into one in UTF-16 units."""
    if text.isascii() or max(text) < "\U00010000":
        return lambda offset: offset
    offsets = [0, *accumulate(map(_units, text))]
    return offsets.__getitem__


def _units(character: str) -> int:
    return 2 if character > "\uffff" else 1
