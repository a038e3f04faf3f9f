"""Say which pass or schedule step brought in the pattern of each access of a CUDA build."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from viz.ir.parse import Parsed
from viz.ir.walker import Walks
from viz.messages import Message, message_of
from viz.model import (
    Causes,
    CausesPart,
    Figures,
    RunPart,
    SiteCause,
    StageCost,
    StageName,
    catalog,
)
from viz.passes.recording import Recording
from viz.passes.stage_diff import pairs
from viz.runtime.run import declared_table, prepared
from viz.step.accesses.machine import UnableError
from viz.text import Span
from viz.verifier.causes.history import History, StageSites, histories
from viz.verifier.causes.site_links import site_links
from viz.verifier.causes.stage_accesses import Sites, StageAccesses, changed_stages

Report = Callable[[Message], None]


def causes(
    parsed: Parsed,
    function: str,
    recording: Recording,
    part: CausesPart,
    *,
    walks: Walks | None = None,
    report: Report = lambda step: None,
) -> Causes:
    """Run every stage of a recorded build on some blocks, and compare the accesses of each.

    Parameters
    ----------
    function
        Name of the function that is run; the module is ``recording.input``.
    walks
        The walks of the stages' modules, where others use the same.

    Raises
    ------
    VizError
        When the build failed, a size is chosen that the function does not have, or no inputs can
        be made.
    """
    until = time.monotonic() + part.seconds
    ranges = declared_table(parsed, function, "RANGES")
    prim_func = recording.input[function]
    inputs = RunPart(inputs=part.inputs, arrays=part.arrays)
    call = prepared(parsed, function, prim_func, part.seed, part.sizes, ranges, inputs)
    walks = walks or Walks(parsed.user_span)
    runner = StageAccesses(
        recording, function, walks, call.arguments.values, blocks=part.blocks, until=until
    )
    names = list(changed_stages(recording))
    if part.steps:
        names = [name for name in names if name == "final" or _is_step(recording, name)]
    counted, unable = _counted(names, runner, report, recording)
    if not any(counted.values()):
        why = unable.get("final") or next(iter(unable.values()), None)
        problem = why or message_of("causes-no-kernel")
        return Causes(sites=(), problem=problem)
    found: list[History] = []
    if not part.steps:
        stages = [
            StageSites(name, counted.get(name), _links(runner, before, name), runner.doubtful(name))
            for before, name in zip([None, *names], names, strict=False)
        ]
        found = histories(stages)
    return Causes(
        sites=tuple(_cause(each, recording, runner) for each in found),
        stages=tuple(
            _cost(name, counted[name], title(recording, name))
            for name in names
            if counted.get(name)
        ),
        blocks=runner.blocks,
        problem=_problem(unable, len(names)) or _doubt(len(runner.doubtful("final"))),
    )


def _counted(
    names: list[StageName], runner: StageAccesses, report: Report, recording: Recording
) -> tuple[dict[StageName, Sites], dict[StageName, Message]]:
    """Return what was counted at each stage, and why others could not be run."""
    counted: dict[StageName, Sites] = {}
    unable: dict[StageName, Message] = {}
    # The final one first, and from there back: without it there is nothing to trace back.
    for number, name in enumerate(["final", *reversed(names[:-1])], 1):
        shown = title(recording, name) or message_of("verified-input")
        report(message_of("step-causes", name=shown, number=number, count=len(names)))
        try:
            counted[name] = runner.sites(name)
        except UnableError as error:
            unable[name] = error.why
            if name == "final":
                break
    return counted, unable


def _is_step(recording: Recording, stage: StageName) -> bool:
    return isinstance(stage, int) and recording.steps[stage - 1].part == "schedule"


def _problem(unable: Mapping[StageName, Message], total: int) -> Message | None:
    if not unable:
        return None
    if "final" in unable:
        return message_of("causes-final", why=unable["final"])
    why = next(iter(unable.values()))
    return message_of("causes-stages", count=len(unable), total=total, why=why)


def _doubt(count: int) -> Message | None:
    return message_of("causes-doubtful", count=count) if count else None


def _links(runner: StageAccesses, before: StageName | None, after: StageName) -> dict[int, int]:
    """Return the node of the stage before that each node comes from."""
    if before is None:
        return {}
    linked = pairs(runner.objects(before), runner.objects(after))
    partners = {later: earlier for earlier, later, _ in linked}
    return site_links(runner.tree(before), runner.tree(after), partners)


def title(recording: Recording, stage: StageName) -> Message | None:
    """Return the words for what made a stage; None for the user's own text."""
    if stage == "input":
        return None
    if stage == "scheduled":
        return message_of("cause-default-schedule")
    if stage == "final":
        return message_of("cause-end")
    step = recording.steps[stage - 1]
    if step.part == "schedule":
        return message_of("cause-step", number=stage, name=step.name.rpartition(".")[2])
    row = catalog.passes().get(step.name)
    name = step.name.rpartition(".")[2]
    if row is None:
        return message_of("cause-unknown-pass", name=name)
    return message_of("cause-pass", name=name, title=row.title)


def _cause(history: History, recording: Recording, runner: StageAccesses) -> SiteCause:
    return SiteCause(
        node=history.node,
        kind=history.kind,
        patterns=history.patterns,
        since=history.since,
        title=None if history.since is None else title(recording, history.since),
        own=_place(history, recording, runner),
    )


def _place(history: History, recording: Recording, runner: StageAccesses) -> Span | None:
    """Return the place of the schedule's step in the user's text, or that of the access."""
    if isinstance(history.since, int):
        written = recording.steps[history.since - 1].written
        if written is not None:
            return written.span
    for stage, node in history.nodes:
        span = runner.tree(stage).nodes[node].span
        if span is not None:
            return span
    return None


def _cost(stage: StageName, sites: Sites, words: Message | None) -> StageCost:
    """Return all accesses of a stage together, fragments in shared memory apart."""
    fragments = 0
    totals: dict[str, Figures] = {"global": Figures(), "shared": Figures()}
    for found in sites.values():
        for key, figures in found.items():
            if key.kind == "fragment" and key.space == "shared":
                fragments += figures.requests
            elif key.space in totals:
                totals[key.space] += figures
    return StageCost(
        stage=stage,
        title=words,
        global_figures=totals["global"],
        shared_figures=totals["shared"],
        shared_fragments=fragments,
    )
