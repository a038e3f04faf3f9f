"""Make the frames that the workbench draws from replies of the engine, cached by their bytes.

A class that opens the same example has its pictures drawn once. Spans in frames are in UTF-16
units, as browsers count. Texts are sent as text, never as HTML; pictures are SVG of
:mod:`viz.render.svg`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from viz.model import Links, Origins, Overview, Plain, Problem, Source, StageName, Tree, catalog
from viz.provenance.upgrade import diff_rows
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
    """The view of the tree pane: the stage of a target's build, the folding, the pane's size."""

    stage: StageName = "input"
    target: str = "c"
    unfolded: Paths = ()
    folded: Paths = ()
    types: bool = False
    whole: bool = False
    """Whether nodes are unfolded up to :data:`viz.render.graph.MOST` instead of its default."""
    depth: Annotated[int, msgspec.Meta(ge=0, le=MOST_DEPTH)] = 0
    width: Side = 520.0
    height: Side = 620.0

    def view(self, tree: Tree) -> graph.View:
        """Return the view of :mod:`viz.render.graph`, without nodes that the tree lacks."""
        ids = {node.path: node.id for node in tree.nodes}
        return graph.View(
            depth=self.depth or None,
            types=self.types,
            limit=graph.MOST if self.whole else graph.WHOLE.limit,
            unfolded=tuple(ids[path] for path in self.unfolded if path in ids),
            folded=tuple(ids[path] for path in self.folded if path in ids),
        )


# ---------------------------------------------------------------- frames


def line(frame: dict[str, Any]) -> bytes:
    """Return a frame as a line of JSON."""
    return msgspec.json.encode(frame) + b"\n"


@lru_cache(maxsize=64)
def overview(text: str, raw: bytes) -> bytes:
    """Return the definitions and functions of the text, and what was changed to read it."""
    reply = msgspec.json.decode(raw, type=Overview)
    place = _places(text)
    return line(
        {
            "kind": "overview",
            "definition": reply.definition,
            "definitions": [
                {"name": row.name, "arguments": row.arguments} for row in reply.definitions
            ],
            "functions": [function.name for function in reply.functions],
            "edits": [
                {"span": place(edit.span), "old": edit.old, "new": edit.new, "note": edit.message}
                for edit in reply.edits
            ],
            "generation": str(reply.generation or ""),
            "upgraded": reply.upgraded,
            "upgradeDiff": list(diff_rows(text, reply.upgraded)) if reply.upgraded else [],
            "leftOut": [
                {"span": place(left.span), "what": left.message, "hint": left.hint}
                for left in reply.left_out
            ],
            "problems": [shown_problem(problem, text) for problem in reply.problems],
        }
    )


@lru_cache(maxsize=64)
def program(text: str, raw: bytes) -> bytes:
    """Return the tree of the user's program and the spans of its nodes."""
    return line({"kind": "program"} | program_pack(_tree(raw), text))


@lru_cache(maxsize=16)
def final(name: str, tree: bytes) -> bytes:
    """Return the final tree of a target."""
    return line({"kind": "final"} | final_pack(name, _tree(tree)))


@lru_cache(maxsize=16)
def texts(text: str, tree: bytes, source: bytes) -> bytes:
    """Return the texts of a target with their marks; ``tree`` is the target's final one."""
    reply = msgspec.json.decode(source, type=Source)
    problems = [shown_problem(problem, text) for problem in reply.problems]
    packed = texts_pack(reply, _tree(tree))
    return line({"kind": "texts", "problems": problems} | packed)


@lru_cache(maxsize=16)
def schedule(target: str, raw: bytes) -> bytes:
    """Return the program after a target's default schedule, as TVMScript."""
    reply = msgspec.json.decode(raw, type=Source).schedule
    return line({"kind": "schedule", "name": target, "text": reply.script if reply else ""})


@lru_cache(maxsize=16)
def origins(text: str, tree: bytes, final: bytes, source: bytes, raw: bytes) -> bytes:
    """Return the origins of a target's nodes; ``tree`` is the user's, ``final`` the target's."""
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
    """Return the tree of a stage with the links of its nodes to the user's tree."""
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
    """Return the tree that the pane draws: a final one, which has origins, without its checks."""
    whole = _tree(tree)
    if not origins:
        return whole
    return pictures.without_checks(whole, msgspec.json.decode(origins, type=Origins))[0]


@lru_cache(maxsize=32)
def picture(view: TreeView, tree: bytes, origins: bytes = b"") -> bytes:
    """Return the picture of a tree.

    Raises
    ------
    WorkerError
        When Graphviz could not draw it.
    """
    whole = drawn(view, tree, origins)
    shown = graph.fold(whole, view.view(whole))
    name = view.stage if view.stage == "input" else view.target
    return line(
        {
            "kind": "picture",
            "stage": view.stage,
            "target": view.target,
            "svg": pictures.picture(whole, str(name), view.view(whole), view.width, view.height),
            "shown": len(shown.nodes),
            "total": sum(1 for _ in whole.walk()),
            "most": graph.MOST,
            "paths": {
                id_: whole.nodes[id_].path for id_ in shown.nodes if whole.nodes[id_].children
            },
        }
    )


@lru_cache(maxsize=8)
def _tree(raw: bytes) -> Tree:
    """Return a tree from its JSON, cached: several frames of an answer need the same one."""
    return msgspec.json.decode(raw, type=Tree)


# ---------------------------------------------------------------- problems and places


def shown_problem(problem: Problem, text: str) -> dict[str, Any]:
    """Return a problem as the page shows it, its span in UTF-16 units."""
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
