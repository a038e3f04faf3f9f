"""Make the files that the workbench offers: the tree as it is folded, the analysis as a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from anyio.to_thread import run_sync

from viz.messages import Language, message_of
from viz.model import (
    PYTHON,
    Analysis,
    Answer,
    Diff,
    End,
    Origins,
    OriginsPart,
    Overview,
    OverviewPart,
    Plain,
    Problem,
    PythonPart,
    Reply,
    Request,
    Source,
    SourcePart,
    TargetAnalysis,
    Tree,
    TreePart,
    catalog,
    decode_reply,
)
from viz.model.problem import error_of
from viz.provenance.generations import TextTies
from viz.provenance.pass_queries import differences
from viz.provenance.stage_origins import stage_origins
from viz.render import graph, report
from viz.render.palette import Theme
from viz.service.broker import shared
from viz.ui.workbench.frames import TreeView, drawn
from viz.ui.workbench.questions import MOST_TARGETS, Plan, Question
from viz.ui.workbench.running.kept_runs import file_of
from viz.ui.workspace import Workspace

_MEDIA = {"svg": "image/svg+xml", "png": "image/png", "dot": "text/vnd.graphviz"}


class Download(Plain, frozen=True):
    """A question for a file."""

    workspace: Workspace
    format: Literal["svg", "png", "dot", "report", "npz", "csv"]
    tree: TreeView = TreeView()
    theme: Theme = "light"
    run: str = ""
    """For npz and csv: the name of a run that is kept."""
    output: str = ""
    """For csv: which output of it."""


async def download(
    session: str, wanted: Download, language: Language = "en"
) -> tuple[bytes, str, str]:
    """Return a file's bytes, its media type and a name for it; ``language`` is the page's.

    Raises
    ------
    VizError
        When the engine reports an error, or Graphviz fails, or the run is not kept any more.
    """
    if wanted.format == "npz" or wanted.format == "csv":
        return await run_sync(file_of, wanted.run, wanted.format, wanted.output)
    if wanted.format == "report":
        analysis = await _analysis(session, wanted.workspace)
        page = await run_sync(report.render, analysis, "", language)
        return page.encode(), "text/html", f"{_name(wanted.workspace)}.html"
    content = await _drawing(session, wanted, language)
    return content, _MEDIA[wanted.format], f"{_name(wanted.workspace)}-ast.{wanted.format}"


def _name(workspace: Workspace) -> str:
    return workspace.shipped.name if workspace.shipped is not None else "tirscope"


async def _drawing(session: str, wanted: Download, language: Language) -> bytes:
    workspace = msgspec.structs.replace(wanted.workspace, targets=())  # no text is wanted
    plan = Plan(Question(workspace=workspace, parts=("tree",), tree=wanted.tree))
    answers: dict[int, bytes] = {}
    async for frame in shared().submit(session, plan.requests, lane="look").aframes():
        if isinstance(frame, Answer):
            answers[frame.index] = bytes(frame.reply)
        elif isinstance(frame, End) and frame.problem is not None:
            raise error_of(frame.problem)
    needed = {what: answers[index] for what, index in plan.drawing().items()}

    def draw() -> bytes:
        tree = drawn(language, needed["tree"], needed.get("origins", b""))
        assert wanted.format in ("svg", "png", "dot")
        view, _ = wanted.tree.fitted(tree)
        return graph.render(tree, view, wanted.format, wanted.theme)

    return await run_sync(draw)


async def _replies(session: str, requests: Iterable[Request]) -> list[Reply | Problem]:
    """Return the reply to each request, or the problem where there is none."""
    sent = list(requests)
    ticket = shared().submit(session, sent, lane="look")
    replies: dict[int, Reply | Problem] = {}
    async for frame in ticket.aframes():
        if isinstance(frame, Answer):
            replies[frame.index] = decode_reply(sent[frame.index].part, frame.reply)
        elif isinstance(frame, End) and frame.status != "ok":
            ended = Problem(
                code=frame.status, what=message_of("request-ended", status=frame.status)
            )
            replies[frame.index] = frame.problem or ended
    return [replies[index] for index in range(len(sent))]


async def _analysis(session: str, workspace: Workspace) -> Analysis:
    """Return what a report shows: the program, its targets, and what each pass changed."""
    program = (OverviewPart(), TreePart())
    targets = workspace.targets[:MOST_TARGETS]
    requests = [workspace.request(part) for part in program]
    for target in targets:
        parts = (PythonPart(),) if target == PYTHON else _TARGET_PARTS
        requests += [workspace.request(part, "c" if target == PYTHON else target) for part in parts]
    overview, tree, *rest = await _replies(session, requests)
    if isinstance(overview, Problem):
        raise error_of(overview)
    assert isinstance(overview, Overview)
    analysed: dict[str, TargetAnalysis] = {}
    for target in targets:
        if target == PYTHON:
            analysed[target] = _python_analysis(tree, rest.pop(0))
            continue
        *replies, rows = rest[: len(_TARGET_PARTS)]
        del rest[: len(_TARGET_PARTS)]
        record = _target_analysis(*replies)
        if catalog.target_and_engine(target)[1] and record.origins is not None:
            (own,) = await _replies(session, [workspace.request(TreePart(), target)])
            record = _tied(record, own, tree)
        if isinstance(rows, Overview) and rows.passes:
            diffs = await _diffs(session, workspace, target, rows)
            record = msgspec.structs.replace(
                record, passes=rows.passes, diffs=diffs, kernels=rows.kernels
            )
        analysed[target] = record
    return Analysis(
        text=workspace.text,
        overview=overview,
        tree=tree if isinstance(tree, Tree) else None,
        targets=analysed,
    )


_TARGET_PARTS = (
    SourcePart(schedule=True),
    OriginsPart(),
    TreePart(stage="final"),
    OverviewPart(passes=True, counts=True),
)
"""The parts of a target in a report."""


def _target_analysis(
    source: Reply | Problem, origins: Reply | Problem, final: Reply | Problem
) -> TargetAnalysis:
    """Return a target's texts, origins and tree, or the problem where it has no texts."""
    if isinstance(source, Source) and isinstance(origins, Origins) and isinstance(final, Tree):
        return TargetAnalysis(source=source, origins=origins, final=final)
    return TargetAnalysis(problem=source if isinstance(source, Problem) else None)


def _tied(record: TargetAnalysis, own: Reply | Problem, tree: Reply | Problem) -> TargetAnalysis:
    """Return the record of another engine, its input tree ``own`` tied to ``tree`` by text."""
    assert record.origins is not None
    if not isinstance(own, Tree) or not isinstance(tree, Tree):
        return record
    return msgspec.structs.replace(record, origins=TextTies(own, tree).origins(record.origins))


def _python_analysis(tree: Reply | Problem, source: Reply | Problem) -> TargetAnalysis:
    """Return the program as Python, or the problem where it cannot be written."""
    if isinstance(source, Source) and isinstance(tree, Tree):
        if not source.emissions:
            return TargetAnalysis(problem=source.problems[0])
        origins = stage_origins(PYTHON, tree, tree)
        return TargetAnalysis(source=source, origins=origins, final=tree)
    return TargetAnalysis(problem=source if isinstance(source, Problem) else None)


async def _diffs(
    session: str, workspace: Workspace, target: str, rows: Overview
) -> tuple[Diff, ...]:
    """Return the diff of each pass that changed the program; one that failed is left out."""
    requests = [workspace.request(part, target) for part in differences(rows.passes)]
    replies = await _replies(session, requests)
    return tuple(reply for reply in replies if isinstance(reply, Diff))
