"""Which step or pass made accesses cost what they do: for ``schedule --cost``, ``run --cost``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import padded, print_json, print_message, print_notes, print_text
from viz.cli.request import request, sizes
from viz.errors import VizError
from viz.locale.translator import Translator
from viz.model import Causes, CausesPart, Figures, RunPart, StageCost
from viz.model.problem import problem_of
from viz.render.outcomes.access_words import access_words
from viz.render.outcomes.cost_words import cause_by_node, cause_words
from viz.service.client.submit import submit
from viz.text import Text, text_width

BESIDE_A_RUN = 10.0
"""Seconds after which no further stage runs, where causes are said beside what a run cost."""


def asked_causes(options: argparse.Namespace, text: str, part: CausesPart) -> Causes:
    """Return which step or pass brought in the pattern of each access of the CUDA build.

    Raises
    ------
    VizError
        When the text cannot be read or built, or no inputs can be made.
    """
    causes = submit(request(options, text, part, "cuda")).result()
    assert isinstance(causes, Causes)
    return causes


def stage_costs(options: argparse.Namespace, text: str) -> int:
    """Print a row for each stage whose accesses cost something else, and the cause of each access.

    Returns :data:`BAD` where nothing could be counted.

    Raises
    ------
    VizError
        As :func:`asked_causes`.
    """
    causes = asked_causes(options, text, CausesPart(sizes=sizes(options.size)))
    _: Translator = options.words
    print_notes(options, text)
    if options.json:
        print_json(causes)
    else:
        print_text("\n".join([*_stages(causes, _), "", *_sites(causes, text, _)]).rstrip())
        if causes.problem is not None:
            print_text(_("{kind}: {message}", kind=_("note"), message=_.of_message(causes.problem)))
    return GOOD if causes.sites else BAD


def causes_of_sites(
    options: argparse.Namespace, text: str, run: RunPart, seed: int
) -> Mapping[int, str]:
    """Return by node of the final tree since when its access has its pattern, in words.

    The stages run on the inputs of the run. Empty where no cause can be found, such as for a
    program that cannot run as Python: what the accesses cost is known all the same. A note says
    why a cause is not known.
    """
    _: Translator = options.words
    part = CausesPart(
        seed=seed, sizes=run.sizes, inputs=run.inputs, arrays=run.arrays, seconds=BESIDE_A_RUN
    )
    try:
        causes = asked_causes(options, text, part)
    except VizError as error:
        print_message("note", problem_of(error).text(_.language), _)
        return {}
    if causes.problem is not None and not all(site.since is not None for site in causes.sites):
        print_message("note", _.of_message(causes.problem), _)
    return cause_by_node(causes.sites, _)


def _stages(causes: Causes, _: Translator) -> Iterator[str]:
    """Yield a row for each stage at which the figures differ from those before."""
    yield _("first {blocks} blocks of each kernel", blocks=causes.blocks)
    heads = ("", _("requests"), _("sectors"), _("ideal"), _("requests"), _("bank conflicts"), "")
    groups = ("", _("global memory"), "", "", _("shared memory"), "", "")
    rows: list[Sequence[str]] = [groups, heads]
    before: tuple[Figures, Figures, int] | None = None
    for stage in causes.stages:
        found = stage.global_figures, stage.shared_figures, stage.shared_fragments
        if found != before:
            rows.append(_row(stage, _))
        before = found
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            padded(cell, width if number in (0, 6) or row is groups else -width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _row(stage: StageCost, _: Translator) -> Sequence[str]:
    of_global, of_shared = stage.global_figures, stage.shared_figures
    title = _("your program") if stage.title is None else _.of_message(stage.title)
    numbers = (
        *(of_global.requests, of_global.sectors, of_global.ideal_sectors),
        *(of_shared.requests, of_shared.conflicts),
    )
    # What bank conflicts fragments have is not known.
    apart = stage.shared_fragments and _("and {count:,} fragments", count=stage.shared_fragments)
    return (title, *(f"{number:,}" for number in numbers), apart or "")


def _sites(causes: Causes, text: str, _: Translator) -> Iterator[str]:
    """Yield a line for each access to global or shared memory of the final stage."""
    lines: dict[str, int] = {}
    for site in causes.sites:
        last = site.patterns[-1]
        if last.space == "local":
            continue
        figures = last.figures
        if last.space == "global":
            each = _("{sectors} sectors a request", sectors=_mean(figures.sectors, figures))
        elif site.kind == "fragment":
            each = _("rows {step} bytes apart", step=last.step)
        else:
            each = _(
                "{conflicts} bank conflicts a request", conflicts=_mean(figures.conflicts, figures)
            )
        where = ""
        if site.own is not None:
            where = _("line {line}", line=Text(text).position(site.own.start).line) + ": "
        access = access_words(site.kind, last.buffer, _)
        lines.setdefault(f"{where}{access}: {each}, {cause_words(site, _)}", 0)
        lines[f"{where}{access}: {each}, {cause_words(site, _)}"] += 1
    for line, count in lines.items():
        yield line if count == 1 else _("{line} ({count} accesses)", line=line, count=count)


def _mean(total: int, figures: Figures) -> str:
    return f"{total / figures.requests:.4g}"
