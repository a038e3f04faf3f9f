"""``compare``: print what two sides have in common, and what not."""

from __future__ import annotations

import argparse

from viz.cli.commands.comparing.options import SIDES
from viz.cli.commands.comparing.report import report_lines
from viz.cli.exit_status import BAD, GOOD, USAGE
from viz.cli.output import Failure, print_error, print_json, print_problems, print_text
from viz.cli.request import pairs, read, sizes
from viz.cli.unified_diff import print_diff
from viz.comparisons import (
    base_of,
    compare_analyses,
    side_analysis,
    target_pairs,
)
from viz.errors import VizError
from viz.model import Analysis, CostOptions, Options, ProgramComparison, Request, RunPart, Side
from viz.model.problem import problem_of

SAME = GOOD
DIFFERENT = BAD
TROUBLE = USAGE
"""As the exit statuses of ``diff``."""


def compare(options: argparse.Namespace, text: str) -> int:
    """Print the summary of two sides and the lines that differ.

    Returns
    -------
    int
        :data:`SAME`, :data:`DIFFERENT`, or :data:`TROUBLE` where a side cannot be read.

    Raises
    ------
    VizError
        When there is no such target, or an option has another form.
    """
    files = (options.file, options.other or options.file)
    texts = (text, read(options.other) if options.other else text)
    sides = tuple(_side(options, side, of_side) for side, of_side in zip(SIDES, texts, strict=True))
    chosen = target_pairs((sides[0], sides[1]), options.targets)
    analyses: list[Analysis] = []
    bases: list[Request] = []
    for at, side in enumerate(sides):
        try:
            bases.append(base_of(side))
            analyses.append(side_analysis(bases[at], [pair[at] for pair in chosen]))
        except VizError as error:
            print_error(
                error, bases[at].text if len(bases) > at else side.text, files[at], options.words
            )
            if options.json:
                print_json(Failure(problems=(problem_of(error),)))
            return TROUBLE
    part = RunPart(
        seed=options.seed,
        sizes=sizes(options.size),
        keep=True,
        cost=CostOptions() if options.cost else None,
    )
    comparison = compare_analyses(
        (bases[0], bases[1]),
        (analyses[0], analyses[1]),
        chosen,
        part if options.run or options.cost else None,
        options.device,
        rtol=options.rtol,
        atol=options.atol,
    )
    _print(comparison, options, files)
    return SAME if comparison.is_same else DIFFERENT


def _side(options: argparse.Namespace, side: str, text: str) -> Side:
    """Return what the options say of a side."""
    steps = getattr(options, f"steps_{side}")
    return Side(
        text=text,
        definition=getattr(options, f"definition_{side}"),
        arguments=pairs(getattr(options, f"arg_{side}")),
        options=Options(arch=getattr(options, f"arch_{side}")),
        target=getattr(options, f"target_{side}"),
        engine=getattr(options, f"engine_{side}"),
        steps=read(steps) if steps else "",
        scheduled=not getattr(options, f"no_schedule_{side}"),
    )


def _print(
    comparison: ProgramComparison, options: argparse.Namespace, files: tuple[str, str]
) -> None:
    if options.json:
        print_json(comparison)
        return
    for analysis, file in zip((comparison.before, comparison.after), files, strict=True):
        for problem in analysis.problems.values():
            print_problems([problem], options.words, analysis.text, file)
    report = report_lines(comparison, files, options.words)
    print_text("\n".join(report.summary))
    if options.brief:
        return
    for diff in report.diffs:
        print_text("")
        print_diff(diff)
