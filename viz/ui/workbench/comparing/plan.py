"""Translate questions of the view Compare to requests to the engine, and its replies to frames.

What is known of a side comes as the frames that the panes of a workspace get, each inside a frame
that names the side: 0 or 1. Once all of both sides is there, a frame says how they pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from viz.comparisons import compared_runs, device_for
from viz.errors import VizError
from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import (
    EMULATED,
    Analysis,
    CostOptions,
    Origins,
    OriginsPart,
    Outcome,
    Overview,
    OverviewPart,
    Part,
    Plain,
    Problem,
    ProgramComparison,
    Request,
    RunPart,
    Source,
    SourcePart,
    TargetAnalysis,
    Tree,
    TreePairs,
    TreePart,
    catalog,
)
from viz.model.problem import error_of
from viz.provenance.compare.programs import compared
from viz.render import graph
from viz.render.outcomes.comparison_words import compared_rows
from viz.render.translated_labels import in_language
from viz.render.web import pictures
from viz.ui.workbench import frames
from viz.ui.workbench.comparing.pairs_pack import changed_nodes, packed_comparison, packed_row
from viz.ui.workbench.comparing.sides import ComparedSide, compared_sides
from viz.ui.workbench.frames import TreeView
from viz.ui.workbench.runs import MOST_SIZE
from viz.ui.workspace import Workspace

PARTS: dict[str, Part] = {
    "overview": OverviewPart(),
    "tree": TreePart(),
    "final": TreePart(stage="final"),
    "source": SourcePart(),
    "origins": OriginsPart(),
}
"""What is asked for of a side, in this order: each reply is drawn while the engine works on."""

MOST_UNFOLDED = 200
"""Nodes that are unfolded because something below them differs."""

MOST_LOWERED = 3000
"""Nodes of a lowered tree that is drawn beside another one."""

REPLIES: dict[str, type] = {
    "overview": Overview,
    "tree": Tree,
    "final": Tree,
    "source": Source,
    "origins": Origins,
    "run": Outcome,
}


class CompareQuestion(Plain, frozen=True):
    """A question for both sides of a workspace's comparison."""

    workspace: Workspace
    tree: TreeView = TreeView()
    """The size of the panes that draw the programs' trees."""
    run: bool = False
    """Whether both run on the same inputs, too."""

    def __post_init__(self) -> None:
        against = self.workspace.against
        for name in (against.own, against.target):
            row = catalog.target(name)
            if name and (row is None or not row.has_pipeline):
                message = f"there is no target {name!r} here"
                raise ValueError(message)
        if any(size > MOST_SIZE for size in against.sizes.values()):
            message = f"a size is from 1 to {MOST_SIZE}"
            raise ValueError(message)


class ComparePlan:
    """The requests to the engine for both sides, and the frames made of their replies."""

    def __init__(self, question: CompareQuestion, language: Language = "en") -> None:
        self.language = language
        self.question = question
        self.sides: tuple[ComparedSide, ComparedSide] = compared_sides(question.workspace)
        self.text = question.workspace.text
        self.requests: list[Request] = []
        self._names: list[tuple[int, str]] = []
        self._raw: dict[tuple[int, str], bytes] = {}
        self._problems: dict[tuple[int, str], Problem] = {}
        self._sent: set[tuple[int, str]] = set()
        self._is_done = False
        for number, side in enumerate(self.sides):
            parts = dict(PARTS)
            if question.run:
                device = device_for(catalog.target_and_engine(side.target)[0])
                cost = CostOptions() if device == EMULATED else None
                against = question.workspace.against
                parts["run"] = RunPart(
                    device=device, keep=True, cost=cost, seed=against.seed, sizes=against.sizes
                )
            for what, part in parts.items():
                self._names.append((number, what))
                self.requests.append(side.request(part))

    # ------------------------------------------------------------ replies

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a request that failed, the first time that a side says so."""
        side, what = self._names[index]
        yield from self._begin(side)
        is_known = any(
            at == side and known.message == problem.message
            for (at, _), known in self._problems.items()
        )
        self._problems[side, what] = problem
        if not is_known and what != "run":
            text = self.sides[side].workspace.text
            shown = frames.shown_problem(problem, text, self.language)
            target = self.sides[side].target
            inner = {"kind": "problem", "part": what, "target": target, "problem": shown}
            yield frames.line({"kind": "side", "side": side, "frame": inner})
        yield from self._end()

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply as JSON; yield the frames whose replies have now all come."""
        side, what = self._names[index]
        yield from self._begin(side)
        self._raw[side, what] = raw
        for name, needs in self._frames_of(side):
            if (side, name) not in self._sent and all((side, need) in self._raw for need in needs):
                self._sent.add((side, name))
                inner = self._frame(side, name, [self._raw[side, need] for need in needs])
                yield _inside(side, inner)
        yield from self._end()

    def _begin(self, side: int) -> Iterator[bytes]:
        """Yield the text of a side, before anything else that is known of it."""
        if (side, "text") in self._sent:
            return
        self._sent.add((side, "text"))
        workspace, target = self.sides[side]
        row = catalog.target(target)
        inner = {
            "kind": "text",
            "text": workspace.text,
            "target": target,
            "title": row.title if row is not None else target,
        }
        yield frames.line({"kind": "side", "side": side, "frame": inner})

    def _frames_of(self, side: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield "program", ("tree",)
        yield "final", ("tree", "final")
        yield "texts", ("tree", "final", "source")
        yield "origins", ("tree", "final", "source", "origins")

    def _frame(self, number: int, name: str, replies: list[bytes]) -> bytes:
        workspace, target = self.sides[number]
        text, language = workspace.text, self.language
        tree, *others = replies
        if name == "program":
            return frames.program(text, language, tree)
        if name == "final":
            return frames.final(target, language, *others)
        if name == "texts":
            return frames.texts(target, text, language, *others)
        final, source, origins = others
        return frames.origins(target, text, tree, final, source, origins)

    # ------------------------------------------------------------ both sides

    def _end(self) -> Iterator[bytes]:
        """Yield how the sides pair, once there is nothing more to come."""
        known = len(self._raw) + len(self._problems)
        if self._is_done or known < len(self.requests):
            return
        self._is_done = True
        analyses = [self._analysis(side) for side in (0, 1)]
        before, after = analyses
        if before is None or after is None:
            return
        names = (self.sides[0].target, self.sides[1].target)
        comparison = compared(before, after, [names])
        if self.question.run:
            comparison = self._with_runs(comparison)
        _ = Translator(self.language)
        yield frames.line(
            {
                "kind": "comparison",
                "same": comparison.is_same,
                "rows": [packed_row(row) for row in compared_rows(comparison, _)],
                **packed_comparison(comparison),
            }
        )
        layers = self.question.workspace.against.layers
        (pair,) = comparison.targets
        if "tree" in layers:
            trees = [self._decoded(side, "tree") for side in (0, 1)]
            yield from self._pictures("tree", trees, comparison.tree)
        if "lowered" in layers and pair.tree is not None:
            trees = [self._lowered(side) for side in (0, 1)]
            most = max(len(tree.nodes) for tree in trees)
            if most <= MOST_LOWERED:
                yield from self._pictures("lowered", trees, pair.tree)
            else:
                words = _(
                    "It has {count:,} nodes, too many to be drawn beside another.", count=most
                )
                yield from (_note(side, "lowered", words) for side in (0, 1))

    def _lowered(self, side: int) -> Tree:
        """Return the tree that the codegens of a side are given, without checks of arguments."""
        final: Tree = self._decoded(side, "final")
        if (side, "origins") not in self._raw:
            return final
        return pictures.without_checks(final, self._decoded(side, "origins"))[0]

    def _pictures(self, layer: str, trees: Sequence[Tree], pairs: TreePairs) -> Iterator[bytes]:
        """Yield the drawings of a tree of each side, with what differs outlined and unfolded."""
        trees = [in_language(tree, self.language) for tree in trees]
        changes = [changed_nodes(pairs, side) for side in (0, 1)]
        view = msgspec.structs.replace(self.question.tree, stage="input", unfolded=())
        # What is unfolded on one side is so on the other: then both look alike where they are.
        unfolded = dict.fromkeys(
            path
            for tree, kinds in zip(trees, changes, strict=True)
            for path in _hiding(tree, view, kinds)
        )
        view = msgspec.structs.replace(view, unfolded=tuple(unfolded)[:MOST_UNFOLDED])
        for side, (tree, kinds) in enumerate(zip(trees, changes, strict=True)):
            chosen, positions = view.fitted(tree)
            view = msgspec.structs.replace(view, direction=chosen.direction)  # of both the same
            inner = {
                "kind": "picture",
                "layer": layer,
                "words": "",
                "svg": pictures.picture(tree, f"{layer}{side}", chosen, positions, kinds),
                "shown": len(graph.fold(tree, chosen).nodes),
                "total": len(tree.nodes),
            }
            yield frames.line({"kind": "side", "side": side, "frame": inner})

    def _with_runs(self, comparison: ProgramComparison) -> ProgramComparison:
        results = [self._result(side) for side in (0, 1)]
        devices = [device_for(catalog.target_and_engine(side.target)[0]) for side in self.sides]
        (pair,) = comparison.targets
        runs = compared_runs((devices[0], devices[1]), results, pair, comparison)
        return msgspec.structs.replace(comparison, runs=(runs,))

    def _result(self, side: int) -> Outcome | VizError:
        problem = self._problems.get((side, "run"))
        if problem is not None:
            return error_of(problem)
        outcome: Outcome = self._decoded(side, "run")
        return outcome

    def _decoded(self, side: int, what: str) -> Any:
        return msgspec.json.decode(self._raw[side, what], type=REPLIES[what])

    def _analysis(self, side: int) -> Analysis | None:
        """Return what is known of a side; None where its text cannot be read."""
        if (side, "tree") not in self._raw or (side, "overview") not in self._raw:
            return None
        workspace, target = self.sides[side]
        found = {
            what: self._decoded(side, what)
            for what in ("source", "origins", "final")
            if (side, what) in self._raw
        }
        problem = next(
            (
                self._problems[side, what]
                for what in ("final", "source", "origins")
                if (side, what) in self._problems
            ),
            None,
        )
        return Analysis(
            text=workspace.text,
            overview=self._decoded(side, "overview"),
            tree=self._decoded(side, "tree"),
            targets={target: TargetAnalysis(**found, problem=problem)},
            engine=catalog.target_and_engine(target)[1],
        )


def _hiding(tree: Tree, view: TreeView, kinds: Iterable[int]) -> Iterator[str]:
    """Yield the paths of the nodes that are folded around what differs."""
    seen = {*graph.fold(tree, view.view(tree)).nodes}
    parents = {child.id: node.id for node in tree.nodes for child in node.children}
    for node in kinds:
        if tree.nodes[node].kind == "type":
            continue
        while node not in seen and node in parents:
            seen.add(node)
            node = parents[node]
            yield tree.nodes[node].path


def _note(side: int, layer: str, words: str) -> bytes:
    """Return the frame that says why a side has no drawing."""
    inner = {"kind": "picture", "layer": layer, "words": words, "svg": "", "shown": 0, "total": 0}
    return frames.line({"kind": "side", "side": side, "frame": inner})


def _inside(side: int, frame: bytes) -> bytes:
    """Return a frame inside one that names its side."""
    return b'{"kind":"side","side":%d,"frame":%s}\n' % (side, frame.rstrip(b"\n"))
