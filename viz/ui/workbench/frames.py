"""The frames that the workbench draws, made from the engine's bytes and kept by them.

So a class that opens the same example pays for its drawings once. Spans are in UTF-16 units, as
browsers count; all texts go out as text, the drawings are our own SVG.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from viz.model import Links, Origins, Overview, Plain, Problem, Source, StageName, Tree, catalog
from viz.render import graph
from viz.render.web import pictures
from viz.render.web.data import (
    final_pack,
    origins_pack,
    program_pack,
    stage_pack,
    texts_pack,
    utf16,
)
from viz.text import Span
from viz.ui.workspace import MOST_DEPTH

Side = Annotated[float, msgspec.Meta(ge=50, le=10_000)]
Paths = Annotated[tuple[str, ...], msgspec.Meta(max_length=4000)]


class TreeView(Plain, frozen=True):
    """What the tree pane shows: a stage of a target's build, how far unfolded, in how much room."""

    stage: StageName = "input"
    target: str = "c"
    unfolded: Paths = ()
    folded: Paths = ()
    types: bool = False
    whole: bool = False
    """Whether as much as can be drawn is unfolded by itself."""
    depth: Annotated[int, msgspec.Meta(ge=0, le=MOST_DEPTH)] = 0
    width: Side = 520.0
    height: Side = 620.0

    def view(self, tree: Tree) -> graph.View:
        """Return the same for :mod:`viz.render.graph`; nodes that the tree lacks are left out."""
        ids = {node.path: node.id for node in tree.nodes}
        return graph.View(
            depth=self.depth or None,
            types=self.types,
            limit=graph.MOST if self.whole else graph.WHOLE.limit,
            unfolded=tuple(ids[path] for path in self.unfolded if path in ids),
            folded=tuple(ids[path] for path in self.folded if path in ids),
        )


# ---------------------------------------------------------------- frames, by the engine's bytes


def line(frame: dict[str, Any]) -> bytes:
    """Return a frame as a line."""
    return msgspec.json.encode(frame) + b"\n"


@lru_cache(maxsize=64)
def overview(text: str, raw: bytes) -> bytes:
    """Return what the text holds, and what was done to read it."""
    found = msgspec.json.decode(raw, type=Overview)
    place = _places(text)
    return line(
        {
            "kind": "overview",
            "definition": found.definition,
            "definitions": [
                {"name": each.name, "arguments": each.arguments} for each in found.definitions
            ],
            "functions": [each.name for each in found.functions],
            "edits": [
                {"span": place(e.span), "old": e.old, "new": e.new, "note": e.note}
                for e in found.edits
            ],
            "leftOut": [
                {"span": place(left.span), "what": left.what, "hint": left.hint}
                for left in found.left_out
            ],
            "problems": [said(problem, text) for problem in found.problems],
        }
    )


@lru_cache(maxsize=64)
def program(text: str, raw: bytes) -> bytes:
    """Return the user's program: its tree and the places of its nodes."""
    return line({"kind": "program"} | program_pack(_tree(raw), text))


@lru_cache(maxsize=16)
def final(name: str, tree: bytes) -> bytes:
    """Return the tree of a target."""
    return line({"kind": "final"} | final_pack(name, _tree(tree)))


@lru_cache(maxsize=16)
def texts(text: str, tree: bytes, source: bytes) -> bytes:
    """Return the texts of a target and who wrote them; ``tree`` is the target's."""
    found = msgspec.json.decode(source, type=Source)
    problems = [said(problem, text) for problem in found.problems]
    packed = texts_pack(found, _tree(tree))
    return line({"kind": "texts", "problems": problems} | packed)


@lru_cache(maxsize=16)
def schedule(target: str, raw: bytes) -> bytes:
    """Return what a target's default schedule left, as text."""
    found = msgspec.json.decode(raw, type=Source).schedule
    return line({"kind": "schedule", "name": target, "text": found.script if found else ""})


@lru_cache(maxsize=16)
def origins(text: str, tree: bytes, final: bytes, source: bytes, raw: bytes) -> bytes:
    """Return where a target's nodes come from."""
    packed = origins_pack(
        _tree(tree),
        msgspec.json.decode(raw, type=Origins),
        msgspec.json.decode(source, type=Source),
        text,
        _tree(final),
    )
    return line({"kind": "origins"} | packed)


@lru_cache(maxsize=16)
def stage(stage: StageName, target: str, tree: bytes, links: bytes) -> bytes:
    """Return the tree of a stage, tied to the user's."""
    pack = stage_pack(
        f"{target}/{stage}",
        catalog.targets()[target].title,
        _tree(tree),
        msgspec.json.decode(links, type=Links),
    )
    return line({"kind": "stage"} | pack)


@lru_cache(maxsize=64)
def passes(target: str, raw: bytes) -> bytes:
    """Return the rows of the passes of a target."""
    rows = msgspec.json.decode(raw, type=Overview).passes
    return line(
        {
            "kind": "passes",
            "target": target,
            "rows": [
                {"number": row.number, "name": row.name, "part": row.part, "changed": row.changed}
                for row in rows
            ],
        }
    )


def drawn(view: TreeView, tree: bytes, origins: bytes = b"") -> Tree:
    """Return the tree that the pane draws: of a final one the argument checks are left out."""
    found = _tree(tree)
    if not origins:
        return found
    return pictures.without_checks(found, msgspec.json.decode(origins, type=Origins))[0]


@lru_cache(maxsize=32)
def picture(view: TreeView, tree: bytes, origins: bytes = b"") -> bytes:
    """Return the drawing of a tree.

    Raises
    ------
    WorkerError
        When Graphviz could not draw it.
    """
    found = drawn(view, tree, origins)
    shown = graph.fold(found, view.view(found))
    name = view.stage if view.stage == "input" else view.target
    return line(
        {
            "kind": "picture",
            "stage": view.stage,
            "target": view.target,
            "svg": pictures.picture(found, str(name), view.view(found), view.width, view.height),
            "shown": len(shown.nodes),
            "total": sum(1 for _ in found.walk()),
            "most": graph.MOST,
            "paths": {
                id_: found.nodes[id_].path for id_ in shown.nodes if found.nodes[id_].children
            },
        }
    )


@lru_cache(maxsize=8)
def _tree(raw: bytes) -> Tree:
    """Return a tree from its JSON; the frames of an answer need the same ones."""
    return msgspec.json.decode(raw, type=Tree)


# ---------------------------------------------------------------- problems and places


def said(problem: Problem, text: str) -> dict[str, Any]:
    """Return a problem as the page shows it, its place in UTF-16 units."""
    return {
        "message": problem.message,
        "hint": problem.hint,
        "severity": problem.severity,
        "span": _places(text)(problem.span),
    }


def _places(text: str) -> Callable[[Span | None], tuple[int, int] | None]:
    units = utf16(text)

    def place(span: Span | None) -> tuple[int, int] | None:
        return None if span is None else (units(span.start), units(span.end))

    return place
