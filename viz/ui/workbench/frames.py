"""Make the frames that the workbench draws from replies of the engine, cached by their bytes.

A class that opens the same example has its pictures drawn once. Spans in frames are in UTF-16
units, as browsers count. Texts are sent as text, never as HTML; pictures are SVG of
:mod:`viz.render.svg`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

from viz.frontend.extract import ARGUMENTS_NEEDED
from viz.frontend.loop_blocks import with_blocks
from viz.locale.translator import Translator
from viz.messages import Language, Message, message_of
from viz.model import (
    PLANNING,
    Diff,
    Links,
    NodeLife,
    Origins,
    Overview,
    Plain,
    Problem,
    Source,
    StageName,
    StageText,
    Tree,
    catalog,
)
from viz.provenance.generations import TextTies
from viz.provenance.pass_queries import input_stage
from viz.provenance.upgrade import diff_rows
from viz.render import graph
from viz.render.translated_labels import in_language
from viz.render.web import pictures
from viz.render.web.data import (
    final_pack,
    mark_steps,
    model_origins_pack,
    origins_pack,
    program_pack,
    stage_pack,
    texts_pack,
    utf16,
)
from viz.text import Span
from viz.ui.workspace import MOST_DEPTH

_THREADS, _NO_BLOCK = "threads-on-cpu", "no-block-to-schedule"
"""Ids of messages for which the page offers help."""

Side = Annotated[float, msgspec.Meta(ge=50, le=10_000)]
Paths = Annotated[tuple[str, ...], msgspec.Meta(max_length=4000)]


class TreeView(Plain, frozen=True):
    """The view of the tree pane: the stage of a target's build, the folding, the pane's size."""

    stage: StageName = "input"
    target: str = "c"
    before: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """The stage that a stage after a pass is compared with; None compares it with none."""
    unfolded: Paths = ()
    folded: Paths = ()
    types: bool = False
    whole: bool = False
    """Whether nodes are unfolded up to :data:`viz.render.graph.MOST` instead of its default."""
    depth: Annotated[int, msgspec.Meta(ge=0, le=MOST_DEPTH)] = 0
    width: Side = 520.0
    height: Side = 620.0
    direction: Literal["", "right", "down"] = ""
    """Where children are drawn; empty for what fills the pane best."""

    def fitted(self, tree: Tree) -> tuple[graph.View, graph.Layout]:
        """Return the view in its direction, and its layout.

        Raises
        ------
        WorkerError
            When Graphviz could not draw it.
        """
        view = self.view(tree)
        if not self.direction:
            return graph.fit(tree, view, self.width, self.height)
        view = msgspec.structs.replace(view, direction=self.direction)
        return view, graph.arrange(tree, view)

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
def overview(text: str, language: Language, raw: bytes) -> bytes:
    """Return the definitions and functions of the text, and what was changed to read it."""
    reply = msgspec.json.decode(raw, type=Overview)
    place = places(text)
    return line(
        {
            "kind": "overview",
            "definition": reply.definition,
            "definitions": [
                {"name": row.name, "arguments": row.arguments} for row in reply.definitions
            ],
            "functions": [function.name for function in reply.functions],
            "edits": [
                {
                    "span": place(edit.span),
                    "old": edit.old,
                    "new": edit.new,
                    "note": edit.text(language),
                }
                for edit in reply.edits
            ],
            "generation": reply.generation.text(language) if reply.generation else "",
            "upgraded": reply.upgraded,
            "upgradeDiff": list(diff_rows(text, reply.upgraded)) if reply.upgraded else [],
            "leftOut": [
                {
                    "span": place(left.span),
                    "what": left.text(language),
                    "hint": left.hint_text(language),
                }
                for left in reply.left_out
            ],
            "modelOrigins": model_origins_pack(reply.origins, text),
            "problems": [shown_problem(problem, text, language) for problem in reply.problems],
        }
    )


@lru_cache(maxsize=64)
def program(text: str, language: Language, raw: bytes) -> bytes:
    """Return the tree of the user's program and the spans of its nodes."""
    return line({"kind": "program"} | program_pack(in_language(_tree(raw), language), text))


@lru_cache(maxsize=16)
def final(name: str, language: Language, tree: bytes) -> bytes:
    """Return the final tree of a target."""
    return line({"kind": "final"} | final_pack(name, in_language(_tree(tree), language)))


@lru_cache(maxsize=16)
def texts(name: str, text: str, language: Language, tree: bytes, source: bytes) -> bytes:
    """Return the texts of a target with their marks; ``tree`` is the target's final one."""
    reply = msgspec.json.decode(source, type=Source)
    problems = [shown_problem(problem, text, language) for problem in reply.problems]
    packed = texts_pack(reply, _tree(tree)) | {"name": name}
    _ = Translator(language)
    for row in packed["texts"]:
        row["title"] = _(row["title"])
    return line({"kind": "texts", "problems": problems} | packed)


@lru_cache(maxsize=64)
def python(
    text: str,
    language: Language,
    stage: StageName,
    target: str,
    tree: bytes,
    source: bytes,
    *program: bytes,
) -> bytes:
    """Return a stage as a Python program with its marks, or the user's program, and why.

    ``tree`` is that of the stage; ``program`` are the user's tree and that as Python.
    """
    reply = msgspec.json.decode(source, type=Source)
    problems = [shown_problem(problem, text, language) for problem in reply.problems]
    if program and not reply.emissions:
        own = msgspec.json.decode(program[1], type=Source)
        if own.emissions:
            stage, tree, reply = "input", program[0], own
            problems = [problem | {"severity": "info"} for problem in problems]
    texts = texts_pack(reply, _tree(tree))["texts"]
    where = {"stage": stage, "target": target}
    return line({"kind": "python", **where, "texts": texts, "problems": problems})


@lru_cache(maxsize=16)
def preview(target: str, source: bytes) -> bytes:
    """Return the texts of a target without their marks, to be seen until those have come."""
    emissions = msgspec.json.decode(source, type=Source).emissions
    rows = [{"part": e.part, "language": e.language, "text": e.text} for e in emissions]
    return line({"kind": "preview", "name": target, "texts": rows})


@lru_cache(maxsize=16)
def schedule(target: str, raw: bytes) -> bytes:
    """Return the program after a target's default schedule, as TVMScript."""
    reply = msgspec.json.decode(raw, type=Source).schedule
    return line({"kind": "schedule", "name": target, "text": reply.script if reply else ""})


@lru_cache(maxsize=16)
def origins(
    name: str, text: str, tree: bytes, final: bytes, source: bytes, raw: bytes, own: bytes = b""
) -> bytes:
    """Return the origins of a target's nodes; ``tree`` is the user's, ``final`` the target's.

    ``own`` is the user's tree as another engine made it, whose nodes the origins name.
    """
    reply = msgspec.json.decode(raw, type=Origins)
    if own:
        reply = _ties(own, tree).origins(reply)
    written = msgspec.json.decode(source, type=Source)
    packed = origins_pack(_tree(tree), reply, written, text, _tree(final))
    return line({"kind": "origins"} | packed | {"name": name})


@lru_cache(maxsize=8)
def _ties(own: bytes, tree: bytes) -> TextTies:
    return TextTies(_tree(own), _tree(tree))


@lru_cache(maxsize=16)
def stage(
    stage: StageName,
    target: str,
    language: Language,
    tree: bytes,
    links: bytes,
    program: bytes = b"",
    own: bytes = b"",
) -> bytes:
    """Return the tree of a stage with the links of its nodes to the user's tree.

    ``program`` is that tree and ``own`` the one that another engine made, whose nodes the links
    name; both are empty where that is no other engine.
    """
    row = catalog.target(target)
    assert row is not None
    linked = msgspec.json.decode(links, type=Links)
    pack = stage_pack(
        f"{target}/{stage}",
        row.title,
        in_language(_tree(tree), language),
        _ties(own, program).links(linked) if own else linked,
    )
    return line({"kind": "stage"} | pack)


@lru_cache(maxsize=64)
def passes(text: str, language: Language, target: str, raw: bytes) -> bytes:
    """Return the rows of the passes of a target."""
    overview = msgspec.json.decode(raw, type=Overview)
    memory = {PLANNING: msgspec.to_builtins(overview.memory)}
    rows = [
        {
            "number": row.number,
            "name": row.name,
            "part": row.part,
            "step": row.written.text if row.written else None,
            "changed": row.changed,
            "before": input_stage(overview.passes, row.number),
            "seconds": row.seconds,
            "problem": row.problem and shown_problem(row.problem, text, language),
            "memory": memory.get(row.name),
        }
        for row in overview.passes
    ]
    return line({"kind": "passes", "target": target, "rows": rows})


@lru_cache(maxsize=64)
def script(target: str, raw: bytes) -> bytes:
    """Return a stage as TVMScript, with the marks of its nodes."""
    text = msgspec.json.decode(raw, type=StageText)
    packed = {"text": text.text, "marks": mark_steps(text.text, text.marks)}
    return line({"kind": "script", "stage": text.stage, "target": target} | packed)


def drawn(language: Language, tree: bytes, origins: bytes = b"") -> Tree:
    """Return the tree that the pane draws: a final one, which has origins, without its checks."""
    whole = in_language(_tree(tree), language)
    if not origins:
        return whole
    return pictures.without_checks(whole, msgspec.json.decode(origins, type=Origins))[0]


@lru_cache(maxsize=32)
def picture(
    view: TreeView,
    language: Language,
    tree: bytes,
    *,
    origins: bytes = b"",
    difference: bytes = b"",
) -> bytes:
    """Return the picture of a tree; ``difference`` is that of the stage to the one before.

    Raises
    ------
    WorkerError
        When Graphviz could not draw it.
    """
    whole = drawn(language, tree, origins)
    chosen, positions = view.fitted(whole)
    shown = graph.fold(whole, chosen)
    name = view.stage if view.stage == "input" else view.target
    changes = msgspec.json.decode(difference, type=Diff).changes if difference else ()
    kinds = {each.after: str(each.kind) for each in changes if each.after is not None}
    return line(
        {
            "kind": "picture",
            "stage": view.stage,
            "target": view.target,
            "svg": pictures.picture(whole, str(name), chosen, positions, kinds),
            "changed": kinds,
            "direction": chosen.direction,
            "shown": len(shown.nodes),
            "total": len(whole.nodes),
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


@lru_cache(maxsize=256)
def life(target: str, raw: bytes) -> bytes:
    """Return what happened to a node."""
    reply = msgspec.json.decode(raw, type=NodeLife)
    rows = [[e.stage, e.kind, e.node, e.certainty, e.count] for e in reply.events]
    return line({"kind": "life", "target": target, "events": rows})


def shown_problem(problem: Problem, text: str, language: Language) -> dict[str, Any]:
    """Return a problem as the page shows it in a language, its span in UTF-16 units.

    ``missing`` are the arguments of a factory that have no value: the page has fields for them.
    ``needs`` is "threads" where only targets for GPUs can take the program. ``mend`` is a text that
    the target can take, and what is another in it.
    """
    missing = problem.what.values["arguments"] if problem.what.id == ARGUMENTS_NEEDED else ()
    fill_in = message_of("fill-in-arguments")
    return {
        "message": problem.text(language),
        "hint": fill_in.text(language) if missing else problem.hint_text(language),
        "missing": missing,
        "severity": problem.severity,
        "span": places(text)(problem.span),
        "needs": "threads" if _THREADS in _ids(problem.what) else "",
        "mend": _mend(problem.what, text),
    }


def _ids(what: Message) -> set[str]:
    """Return the ids of a message and of those in it."""
    inner = (value for value in what.values.values() if isinstance(value, Message))
    return {what.id}.union(*map(_ids, inner))


def _mend(what: Message, text: str) -> dict[str, Any] | None:
    if what.id != _NO_BLOCK:
        return None
    mended = with_blocks(text, str(what.values["function"]))
    return {"text": mended, "diff": list(diff_rows(text, mended))} if mended else None


def places(text: str) -> Callable[[Span | None], tuple[int, int] | None]:
    """Return a function from spans of a text, in code points, to spans in UTF-16 units."""
    units = utf16(text)

    def place(span: Span | None) -> tuple[int, int] | None:
        return None if span is None else (units(span.start), units(span.end))

    return place
