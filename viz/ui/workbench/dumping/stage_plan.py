"""Translate questions for a recorded stage to requests to the engine, and replies to frames.

The frames are those of a stage of a pipeline: its tree, the drawing, the text, the diff.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from viz.dumps.difference import difference, node_changes, text_of, tree_request
from viz.dumps.files import ending_of
from viz.dumps.functions import part_of, reduced
from viz.messages import Language
from viz.model import (
    RECORDED,
    Diff,
    Links,
    Mark,
    Overview,
    OverviewPart,
    Plain,
    Problem,
    Request,
    Tree,
    encode,
)
from viz.provenance.stage_origins import own_span
from viz.render.translated_labels import in_language
from viz.render.web.data import mark_steps, stage_pack
from viz.text import Span
from viz.ui.workbench import diff_frames, frames
from viz.ui.workbench.frames import TreeView

LANGUAGES = {"cu": "cuda", "cuh": "cuda", "cl": "opencl", "metal": "metal", "wgsl": "wgsl"} | {
    "ll": "llvm",
    "s": "asm",
    "asm": "asm",
    "ptx": "asm",
}
"""The language of a source by the ending of its file; others are C."""


class RecordedQuestion(Plain, frozen=True):
    """A question for a stage of a dump, which the browser keeps."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    title: str
    text: str
    before: str | None = None
    """The text of the stage before; None where there is none."""
    source: bool = False
    """Whether it is what a codegen wrote."""
    function: str = ""
    """The function that is shown; all if empty."""
    parts: tuple[Literal["tree", "script", "diff"], ...] = ("tree",)
    tree: TreeView = TreeView()


class RecordedPlan:
    """The requests for a recorded stage, and the frames made of their replies."""

    def __init__(self, question: RecordedQuestion, language: Language = "en") -> None:
        self.question = question
        self.language = language
        self.text = self._reduced(question.text)
        self.requests: list[Request] = []
        self._names: list[str] = []
        self._raw: dict[str, bytes] = {}
        self._is_missing = not question.source and question.function != ""
        self._is_missing = self._is_missing and part_of(self.text, question.function) is None
        if question.source or self._is_missing or not {"tree", "script"} & {*question.parts}:
            return
        self._add("tree", tree_request(question.text, question.function))
        if "tree" in question.parts and question.before not in (None, question.text):
            self._add("before", tree_request(question.before or "", question.function))
        self._add("overview", Request(text=self.text, part=OverviewPart()))

    def _add(self, name: str, request: Request) -> None:
        self._names.append(name)
        self.requests.append(request)

    # ------------------------------------------------------------ what needs no engine

    def begin(self) -> Iterator[bytes]:
        """Yield what is known at once: the text and its diff."""
        question = self.question
        if "diff" in question.parts and question.before is not None:
            texts = (question.before, question.text)
            shown = (self._shown(texts[0]), self._shown(texts[1]))
            found = difference(question.number, texts, None, None, shown)
            yield diff_frames.diff(RECORDED, encode(found))
        if "script" in question.parts or question.source or self._is_missing:
            yield self._script(())

    def _reduced(self, text: str) -> str:
        """Return what is read of a stage: a function and those it names, or all."""
        return text if self.question.source else reduced(text, self.question.function)

    def _shown(self, text: str) -> str:
        return text if self.question.source else text_of(text, self.question.function)

    def _span(self) -> Span:
        """Return the lines that are shown."""
        whole = Span(0, 0 if self._is_missing else len(self.text))
        return part_of(self.text, self.question.function) or whole

    def _script(self, marks: tuple[Mark, ...]) -> bytes:
        span = self._span()
        shown = self.text[span.start : span.end]
        ending = ending_of(self.question.title)
        return frames.line(
            {
                "kind": "script",
                "stage": self.question.number,
                "target": RECORDED,
                "text": shown,
                "language": LANGUAGES.get(ending, "c") if self.question.source else "python",
                "marks": mark_steps(shown, marks),
            }
        )

    # ------------------------------------------------------------ replies

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Yield why a stage cannot be read, and its text in the place of its tree."""
        name = self._names[index]
        self._raw[name] = b""
        if name == "tree":
            shown = frames.shown_problem(problem, self.text, self.language)
            frame = {"kind": "problem", "part": RECORDED, "target": RECORDED, "problem": shown}
            yield frames.line(frame)
            yield self._script(())
        yield from self._picture(name)

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply as JSON; yield the frames whose replies have now all come."""
        name = self._names[index]
        self._raw[name] = raw
        if name == "overview":
            yield self._remarks(raw)
        elif name == "tree":
            tree = msgspec.json.decode(raw, type=Tree)
            yield self._stage(tree)
            if "script" in self.question.parts:
                yield self._script(marks_in(tree, self._span()))
        yield from self._picture(name)

    def _stage(self, tree: Tree) -> bytes:
        number = self.question.number
        links = Links(before="input", after=number, target=RECORDED)
        title, shown = self.question.title, in_language(tree, self.language)
        return frames.line(
            {"kind": "stage"} | stage_pack(f"{RECORDED}/{number}", title, shown, links)
        )

    def _remarks(self, raw: bytes) -> bytes:
        """Return what was done to read the stage, in sentences."""
        overview = msgspec.json.decode(raw, type=Overview)
        told = [problem.text(self.language) for problem in overview.problems]
        told += [edit.text(self.language) for edit in overview.edits]
        told += [left.text(self.language) for left in overview.left_out if left.hint]
        remarks = list(dict.fromkeys(told))
        return frames.line({"kind": RECORDED, "stage": self.question.number, "remarks": remarks})

    def _picture(self, name: str) -> Iterator[bytes]:
        """Yield the drawing once its tree, and that of the stage before, are known."""
        if "tree" not in self.question.parts or name not in ("tree", "before"):
            return
        needed = [each for each in ("tree", "before") if each in self._names]
        if any(each not in self._raw for each in needed) or not self._raw["tree"]:
            return
        view = msgspec.structs.replace(
            self.question.tree, stage=self.question.number, target=RECORDED, before=None
        )
        before = self._raw.get("before", b"")
        changes = encode(self._changes(before)) if before else b""
        yield frames.picture(view, self.language, self._raw["tree"], difference=changes)

    def _changes(self, before: bytes) -> Diff:
        number = self.question.number
        texts = (self._reduced(self.question.before or ""), self.text)
        old, new = (msgspec.json.decode(raw, type=Tree) for raw in (before, self._raw["tree"]))
        changes = node_changes(texts, old, new)
        return Diff(before=number - 1, after=number, target=RECORDED, changes=changes)


def marks_in(tree: Tree, part: Span) -> tuple[Mark, ...]:
    """Return the places of nodes in a part of their text, as marks of that part.

    Of several nodes at one place the first stands for all. Outer places come first, without those
    that cross others.
    """
    first: dict[tuple[int, int], int] = {}
    for node in tree.nodes:
        span = own_span(node)
        if span is not None and part.start <= span.start and span.end <= part.end:
            first.setdefault((span.start, -span.end), node.id)
    marks: list[Mark] = []
    ends: list[int] = []
    for (start, end), first_node in sorted(first.items()):
        while ends and ends[-1] <= start:
            ends.pop()
        if ends and -end > ends[-1]:
            continue
        ends.append(-end)
        marks.append(Mark(start - part.start, -end - part.start, first_node))
    return tuple(marks)
