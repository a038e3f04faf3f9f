"""What the workbench asks for, and the engine's requests behind it.

One question names everything it is about: the workspace, which parts, what the tree pane shows. The
answer comes as frames, one JSON object a line: how things stand, the parts as they get ready
(:mod:`viz.ui.workbench.frames`), the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from viz.model import (
    LinksPart,
    OriginsPart,
    OverviewPart,
    Part,
    Plain,
    Problem,
    Request,
    SourcePart,
    TreePart,
    catalog,
)
from viz.ui.workbench import frames
from viz.ui.workbench.frames import TreeView
from viz.ui.workspace import Workspace, tidied

MOST_TARGETS = 2
"""Texts that stand beside each other."""


class Ask(Plain, frozen=True):
    """One question of the workbench."""

    space: Workspace
    parts: tuple[Literal["program", "sources", "passes", "tree"], ...]
    tree: TreeView = TreeView()
    current: bool = True
    """Whether the text is what stands in the editor, and not one before it that is still shown."""
    schedules: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_TARGETS)] = ()
    """Targets whose default schedule is looked at."""

    def __post_init__(self) -> None:
        for name in (*self.space.targets, self.tree.target, *self.schedules):
            row = catalog.targets().get(name)
            if row is None or row.unavailable:
                message = f"there is no target {name!r} here"
                raise ValueError(message)


class Plan:
    """The engine's requests behind a question, and what their replies make."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask = msgspec.structs.replace(ask, space=tidied(ask.space))
        self.requests: list[Request] = []
        self._names: list[tuple[str, str]] = []
        self._raw: dict[tuple[str, str], bytes] = {}
        self._sent: set[tuple[str, str]] = set()
        self._failed = ""
        if "program" in ask.parts:
            self._add("overview", "", OverviewPart())
        self._add("tree", "", TreePart())
        if "tree" in ask.parts:
            self._add_stage(ask.tree)
        if "sources" in ask.parts:
            for target in ask.space.targets[:MOST_TARGETS]:
                self._add_target(target)
        for target in ask.schedules:
            self._add("schedule", target, SourcePart(marks=False, schedule=True))
        if "passes" in ask.parts:
            self._add("passes", ask.tree.target, OverviewPart(passes=True))

    def _add(self, what: str, target: str, part: Part) -> None:
        if (what, target) not in self._names:
            self._names.append((what, target))
            self.requests.append(self.ask.space.request(part, target or "c"))

    def _add_target(self, target: str) -> None:
        # In this order: each is drawn while the engine is at the next.
        self._add("final", target, TreePart(stage="final"))
        self._add("source", target, SourcePart())
        self._add("origins", target, OriginsPart())

    def _add_stage(self, tree: TreeView) -> None:
        if tree.stage == "final":
            self._add_target(tree.target)
        elif tree.stage != "input":
            self._add("stage", tree.target, TreePart(stage=tree.stage))
            self._add("links", tree.target, LinksPart(before="input", after=tree.stage))

    # ------------------------------------------------------------ replies

    def failed(self, index: int, problem: Problem) -> dict[str, Any] | None:
        """Return the frame for a request without an answer; None when it was said already."""
        what, target = self._names[index]
        if problem.message == self._failed:
            return None  # a text that cannot be read fails every part for the same reason
        self._failed = problem.message
        return {
            "kind": "problem",
            "part": what,
            "target": target,
            "problem": frames.said(problem, self.ask.space.text),
        }

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply, as its JSON; yield the frames that can be made now."""
        self._raw[self._names[index]] = raw
        text, view = self.ask.space.text, self.ask.tree
        for frame, needs in self._frames():
            if frame in self._sent or any(each not in self._raw for each in needs):
                continue
            self._sent.add(frame)
            found = [self._raw[each] for each in needs]
            kind, target = frame
            if kind == "overview":
                yield frames.overview(text, *found)
            elif kind == "program":
                yield frames.program(text, *found)
            elif kind == "final":
                yield frames.final(target, *found)
            elif kind == "texts":
                yield frames.texts(text, *found)
            elif kind == "origins":
                yield frames.origins(text, *found)
            elif kind == "passes":
                yield frames.passes(target, *found)
            elif kind == "schedule":
                yield frames.schedule(target, *found)
            elif kind == "stage":
                yield frames.stage(view.stage, target, *found)
            else:
                yield frames.picture(view, *found)

    def _frames(self) -> Iterator[tuple[tuple[str, str], list[tuple[str, str]]]]:
        """Yield the frames that this question wants, with the replies that each needs."""
        parts, tree, asked = self.ask.parts, ("tree", ""), self._names
        target = self.ask.tree.target
        if "program" in parts:
            yield ("overview", ""), [("overview", "")]
            yield ("program", ""), [tree]
        if ("stage", target) in asked:
            yield ("stage", target), [("stage", target), ("links", target)]
        if "tree" in parts:
            yield ("picture", ""), self._drawn(tree, target)
        for what, name in asked:
            if what == "final" and "sources" in parts:
                final, source = ("final", name), ("source", name)
                yield final, [final]
                yield ("texts", name), [final, source]
                yield ("origins", name), [tree, final, source, ("origins", name)]
            elif what == "schedule":
                yield (what, name), [(what, name)]
        if "passes" in parts:
            yield ("passes", target), [("passes", target)]

    def drawing(self) -> list[int]:
        """Return which requests' replies the drawing needs, in the order :func:`drawn` takes."""
        needs = self._drawn(("tree", ""), self.ask.tree.target)
        return [self._names.index(each) for each in needs]

    def _drawn(self, tree: tuple[str, str], target: str) -> list[tuple[str, str]]:
        if self.ask.tree.stage == "input":
            return [tree]
        if self.ask.tree.stage == "final":
            return [("final", target), ("origins", target)]
        return [("stage", target)]
