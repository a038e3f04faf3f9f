"""Translate questions of the workbench to requests to the engine, and its replies to frames.

A question holds all that its answer depends on: the workspace, the parts, the view of the tree
pane. The answer is a stream of frames, one JSON object a line: progress, each part as soon as the
replies that it needs have come (:mod:`viz.ui.workbench.frames`), the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Literal

import msgspec

from viz.messages import Language
from viz.model import (
    PYTHON,
    CausesPart,
    ChoicesPart,
    DiffPart,
    LaunchPart,
    LifePart,
    LinksPart,
    OriginsPart,
    OverviewPart,
    Part,
    Plain,
    Problem,
    PythonPart,
    Request,
    SchedulePart,
    SearchPart,
    SourcePart,
    StageName,
    StageTextPart,
    TreePart,
    VerifyPart,
    catalog,
)
from viz.ui.workbench import diff_frames, frames
from viz.ui.workbench.frames import TreeView
from viz.ui.workbench.launches import launch
from viz.ui.workbench.models import frames as model_frames
from viz.ui.workbench.models.frames import CallsView
from viz.ui.workbench.running import run_setup
from viz.ui.workbench.schedules import allowed, choices, search, step_costs, steps
from viz.ui.workbench.verifications import verification
from viz.ui.workspace import Workspace, normalised

MOST_TARGETS = 2
"""Targets whose sources are shown beside each other, Python among them."""

MOST_NEXT = 12
"""Stages that are computed before the user looks at them."""

TREE = ("tree", "")
"""The name of the request for the program's tree."""

OWN_TREE = "tree of its engine"
"""What is asked for where a target's engine is another one than that of the program's tree."""

LONG_TEXT = 40_000
"""Characters of a text from which on its passes and calls come before its sources."""

_STAGE_PARTS = frozenset(("tree", "script", "diff"))
"""The parts of a question that show a stage, which Python is then written from."""


class Question(Plain, frozen=True):
    """One question of the workbench."""

    workspace: Workspace
    parts: tuple[
        Literal[
            "program",
            "previews",
            "sources",
            "passes",
            "tree",
            "script",
            "diff",
            "verify",
            "launch",
            "compile",
            "steps",
            "offer",
            "checked-steps",
            "emulated-steps",
            "step-costs",
            "choices",
            "search",
            "generations",
            "calls",
        ],
        ...,
    ]
    tree: TreeView = TreeView()
    current: bool = True
    """Whether the text is the editor's, not an older one that is shown while that is broken."""
    schedules: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_TARGETS)] = ()
    """Targets whose default schedule is shown."""
    life: tuple[StageName, Annotated[int, msgspec.Meta(ge=0)]] | None = None
    """A stage and the node in it whose life is shown."""
    about: tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]] | None = (
        None
    )
    """A step of the schedule, and a node in the tree after it, that something can be done with."""
    search: SearchPart = SearchPart()
    calls: CallsView = CallsView()
    aside: bool = False
    """Whether it is asked beside what the panes show, and takes the place of nothing."""

    def __post_init__(self) -> None:
        named = {*self.workspace.targets} - {PYTHON} | {self.tree.target, *self.schedules}
        for name in sorted(named):
            row = catalog.target(name)
            if row is None or not row.has_pipeline:
                message = f"there is no target {name!r} here"
                raise ValueError(message)


class NextStops(Plain, frozen=True):
    """The stages that the user may look at next, each with the one that it is compared with."""

    question: Question
    stops: Annotated[
        tuple[tuple[StageName, Annotated[int, msgspec.Meta(ge=0)] | None], ...],
        msgspec.Meta(max_length=MOST_NEXT),
    ]

    def requests(self) -> list[Request]:
        """Return what the engine is asked for when the user goes there, each request once."""
        question = self.question
        requests: list[Request] = []
        for stage, before in self.stops:
            view = msgspec.structs.replace(question.tree, stage=stage, before=before)
            plan = Plan(msgspec.structs.replace(question, tree=view))
            requests += [request for request in plan.requests if request not in requests]
        return requests


class Plan:
    """The requests to the engine for a question, and the frames made of their replies."""

    def __init__(self, question: Question, language: Language = "en") -> None:
        self.language = language
        self.question = question = msgspec.structs.replace(
            question, workspace=normalised(question.workspace)
        )
        self.requests: list[Request] = []
        self._names: list[tuple[str, str]] = []
        self._is_read = "program" not in question.parts  # else its tree comes first
        self._raw: dict[tuple[str, str], bytes] = {}
        self._sent: set[tuple[str, str]] = set()
        self._told: set[str] = set()
        self._early: list[tuple[int, Problem]] = []
        if "program" in question.parts:
            self._add("overview", "", OverviewPart())
        self._add(*TREE, TreePart())
        shown = question.workspace.targets[:MOST_TARGETS]
        writes_python = PYTHON in shown and not _STAGE_PARTS.isdisjoint(question.parts)
        if {"tree", "script"} & {*question.parts} or writes_python:
            self._add_stage(question.tree)
        if writes_python:
            part = PythonPart(stage=question.tree.stage)
            self._add(PYTHON, question.tree.target, part)
            if question.tree.stage != "input":  # where that stage cannot be written
                self._add("python of the program", question.tree.target, PythonPart())
        passes = OverviewPart(passes=True, functions=not question.workspace.function)
        if "passes" in question.parts and len(question.workspace.text) > LONG_TEXT:
            self._add("passes", question.tree.target, passes)
        if "sources" in question.parts:
            for target in shown:
                if target != PYTHON:
                    self._add_target(target)
        for target in question.schedules:
            self._add("schedule", target, SourcePart(marks=False, schedule=True))
        if {"passes", "calls"} & {*question.parts}:
            self._add("passes", question.tree.target, passes)
        self._add_details(question)

    def _add_details(self, question: Question) -> None:
        """Ask for what is shown of a stage, and of what differs between stages and engines."""
        stage, before = question.tree.stage, question.tree.before
        target = question.tree.target
        if before is not None and "tree" in question.parts:
            self._add("changes", target, DiffPart(before=before, after=stage, lines=False))
        engine = catalog.target_and_engine(target)[1]
        if question.life is not None and not (engine and question.life[0] == "input"):
            # The program's own nodes are those of the engine that made its tree.
            self._add("life", target, LifePart(stage=question.life[0], node=question.life[1]))
        details: tuple[tuple[str, str, str, Part], ...] = (
            ("script", "script", target, StageTextPart(stage=stage)),
            ("verify", "verify", target, VerifyPart()),
            ("launch", "launch", target, LaunchPart(compile="compile" in question.parts)),
            ("steps", "steps", target, SchedulePart(offer="offer" in question.parts)),
            ("offer", "steps", target, SchedulePart(offer=True)),
            ("emulated-steps", "steps", target, SchedulePart(verify=True, device="cuda-emulated")),
            ("checked-steps", "steps", target, SchedulePart(verify=True)),
            ("step-costs", "step-costs", "cuda", CausesPart(steps=True)),
        )
        for wanted, what, name, part in details:
            if wanted in question.parts:
                self._add(what, name, part)
        if "choices" in question.parts and question.about is not None:
            step, node = question.about
            self._add("choices", target, ChoicesPart(step=step, node=node))
        if "search" in question.parts:
            by_time = question.search.by == "time"
            self._add("search", "llvm" if by_time else "cuda", allowed(question.search))
        if "generations" in question.parts:
            for name in self._both_generations():
                self._add("source", name, SourcePart())
                self._add("passes", name, OverviewPart(passes=True))
        if before is not None and "diff" in question.parts:
            self._add("diff", target, DiffPart(before=before, after=stage))

    def _add(self, what: str, target: str, part: Part) -> None:
        if (what, target) not in self._names:
            self._names.append((what, target))
            self.requests.append(self.question.workspace.request(part, target or "c"))

    def _add_target(self, target: str) -> None:
        # In this order, each reply is drawn while the engine works on the next.
        if "previews" in self.question.parts:
            self._add("preview", target, SourcePart(marks=False))
        self._add_own_tree(target)
        self._add("final", target, TreePart(stage="final"))
        self._add("source", target, SourcePart())
        self._add("origins", target, OriginsPart())

    def _add_own_tree(self, target: str) -> None:
        """Ask for the tree of a target's own engine: its nodes are tied to the program's."""
        if catalog.target_and_engine(target)[1]:
            self._add(OWN_TREE, target, TreePart())

    def _add_stage(self, tree: TreeView) -> None:
        if tree.stage == "final":
            self._add_target(tree.target)
        elif tree.stage != "input":
            self._add_own_tree(tree.target)
            self._add("stage", tree.target, TreePart(stage=tree.stage))
            self._add("links", tree.target, LinksPart(before="input", after=tree.stage))

    # ------------------------------------------------------------ replies

    @property
    def text(self) -> str:
        """The text of the question's program."""
        return self.question.workspace.text

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a request that failed, unless its problem was sent before."""
        name = self._names[index]
        self._is_read = self._is_read or name == TREE
        if self._is_early(name[0]):
            self._early.append((index, problem))
            return
        yield from self._told_problem(index, problem)
        if name == TREE:
            yield from self._settle()

    def _told_problem(self, index: int, problem: Problem) -> Iterator[bytes]:
        what, target = self._names[index]
        if what == "changes":  # the drawing goes without it
            self._raw[what, target] = b""
            yield from self._complete()
        if what == "preview" or (problem.message in self._told and what != PYTHON):
            return  # a text that cannot be read fails every part with the same message
        self._told.add(problem.message)
        shown = frames.shown_problem(problem, self.text, self.language)
        frame = {"kind": "problem", "part": what, "target": target, "problem": shown}
        yield frames.line(frame)

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply as JSON; yield the frames whose replies have now all come."""
        name = self._names[index]
        self._raw[name] = raw
        self._is_read = self._is_read or name == TREE
        yield from self._complete()
        if name == TREE:
            yield from self._settle()

    def _is_early(self, what: str) -> bool:
        """Whether something of a target is known before the program itself: it waits for that."""
        return not self._is_read and what not in ("overview", "setup", "tree")

    def _settle(self) -> Iterator[bytes]:
        """Yield what waited for the program."""
        early, self._early = self._early, []
        for index, problem in early:
            yield from self._told_problem(index, problem)

    def _complete(self) -> Iterator[bytes]:
        for name, needs in self._frames():
            is_due = name not in self._sent and not self._is_early(name[0])
            if is_due and all(reply in self._raw for reply in needs):
                self._sent.add(name)
                yield self._frame(*name, [self._raw[reply] for reply in needs])

    def _frame(self, kind: str, target: str, replies: list[bytes]) -> bytes:
        text, view, language = self.text, self.question.tree, self.language
        makers: dict[str, Callable[..., bytes]] = {
            "overview": partial(frames.overview, text, language),
            "setup": partial(run_setup.setup, text),
            "program": partial(frames.program, text, language),
            "preview": partial(frames.preview, target),
            "final": partial(frames.final, target, language),
            "texts": partial(frames.texts, target, text, language),
            "origins": partial(frames.origins, target, text),
            "passes": partial(frames.passes, text, language, target),
            "model": partial(model_frames.model, text, language, target),
            "calls": partial(model_frames.calls, language, self.question.calls, target),
            "schedule": partial(frames.schedule, target),
            "stage": partial(frames.stage, view.stage, target, language),
            "life": partial(frames.life, target),
            "script": partial(frames.script, target),
            PYTHON: partial(frames.python, text, language, view.stage, target),
            "diff": partial(diff_frames.diff, target),
            "verify": partial(verification, text, language),
            "launch": partial(launch, text, language),
            "steps": partial(steps, text, language),
            "choices": partial(choices, language),
            "step-costs": partial(step_costs, language),
            "search": partial(search, text, language),
            "generations": partial(diff_frames.generations, target, language),
        }
        if kind in makers:
            return makers[kind](*replies)
        drawn = dict(zip(self._drawn(), replies, strict=True))
        return frames.picture(view, language, **drawn)

    def _frames(self) -> Iterator[tuple[tuple[str, str], list[tuple[str, str]]]]:
        """Yield the frames of the answer, each with the replies that it is made of."""
        parts, tree, asked = self.question.parts, TREE, self._names
        target = self.question.tree.target
        if "program" in parts:
            yield ("overview", ""), [("overview", "")]
            yield ("setup", ""), [("overview", "")]
            yield ("program", ""), [tree]
        if ("stage", target) in asked:
            needs = [("stage", target), ("links", target)]
            yield ("stage", target), [*needs, *self._ties(target)]
        if (PYTHON, target) in asked:
            needs = [self._stage_tree(), (PYTHON, target)]
            if (own := ("python of the program", target)) in asked:
                needs += [tree, own]
            yield (PYTHON, target), needs
        if "tree" in parts:
            yield ("picture", ""), [*self._drawn().values()]
        for what, name in asked:
            if what == "final" and "sources" in parts:
                final, source = ("final", name), ("source", name)
                yield final, [final]
                yield ("texts", name), [final, source]
                needs = [tree, final, source, ("origins", name)]
                yield ("origins", name), [*needs, *self._ties(name)[1:]]
            elif what in ("preview", "schedule", "choices", "search", "step-costs"):
                yield (what, name), [(what, name)]
        for kind in ("passes", "model", "calls"):
            if ("calls" if kind == "calls" else "passes") in parts:
                yield (kind, target), [("passes", target)]
        if "generations" in parts and (names := self._both_generations()):
            needs = [(what, name) for what in ("source", "passes") for name in names]
            yield ("generations", names[1]), needs
        for kind in ("script", "diff", "life", "verify", "launch", "steps"):
            if (kind in parts or kind in ("life", "steps")) and (kind, target) in asked:
                yield (kind, target), [(kind, target)]

    def _both_generations(self) -> tuple[str, ...]:
        """Return the names of the target that both engines are shown for, the older one first."""
        shown = self.question.workspace.targets
        for name in shown:
            base, engine = catalog.target_and_engine(name)
            if engine and base in shown:
                return name, base
        return ()

    def _ties(self, target: str) -> list[tuple[str, str]]:
        """Return the replies that tie the nodes of a target's engine to the program's tree."""
        own = (OWN_TREE, target)
        return [TREE, own] if own in self._names else []

    def drawing(self) -> dict[str, int]:
        """Return the indices of the requests that the drawing needs, by what their replies are."""
        return {what: self._names.index(name) for what, name in self._drawn().items()}

    def _stage_tree(self) -> tuple[str, str]:
        stage, target = self.question.tree.stage, self.question.tree.target
        return TREE if stage == "input" else ("final" if stage == "final" else "stage", target)

    def _drawn(self) -> dict[str, tuple[str, str]]:
        stage, target = self.question.tree.stage, self.question.tree.target
        needs = {"tree": self._stage_tree()}
        if stage == "final":
            return needs | {"origins": ("origins", target)}
        changes = ("changes", target)
        return needs | ({"difference": changes} if changes in self._names else {})
