"""``run --cost``: what the accesses of emulated kernels cost, as a table for each kernel."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

from viz.cli.output import padded
from viz.locale.translator import Translator
from viz.model import Cost, CostOptions, KernelCost
from viz.render.outcomes.access_words import CERTAINTIES
from viz.render.outcomes.cost_words import (
    NUMBERS,
    column_heads,
    cost_rows,
    kernel_title,
    lines_above,
    lines_below,
    rules_of,
)
from viz.text import text_width

WORST = "!"
"""The sign of the accesses that cost the most more than they would have to."""

Row = tuple[str, ...]


def cost_of(options: argparse.Namespace) -> CostOptions | None:
    """Return what ``--cost`` and the options beside it ask for."""
    if not (options.cost or options.cost_budget or options.cost_arch):
        return None
    return CostOptions(budget=options.cost_budget, arch=options.cost_arch)


def cost_lines(cost: Cost | None, causes: Mapping[int, str], _: Translator) -> Iterator[str]:
    """Yield the lines about each kernel, and at the end the rule of each figure by its class.

    Parameters
    ----------
    causes
        By node of the final tree since when its access has its pattern, in words.
    """
    if cost is None:
        return
    for kernel in cost.kernels:
        yield from _kernel(kernel, causes, _)
    yield from _rules(cost, _)
    yield ""


def _rules(cost: Cost, _: Translator) -> Iterator[str]:
    """Yield how each figure comes about, in a sentence, and what is not known."""
    for certainty, rows in rules_of(cost):
        sign, words = CERTAINTIES[certainty]
        yield f"{sign} {_(words)}"
        for row in rows:
            yield "  " + _("{kind}: {message}", kind=_.of(row.title), message=_.of(row))


def _kernel(kernel: KernelCost, causes: Mapping[int, str], _: Translator) -> Iterator[str]:
    yield kernel_title(kernel, _)
    yield from (f"  {line}" for line in lines_above(kernel, _))
    rows: list[Row] = [
        (WORST if row.is_worst else "", *row.cells) for row in cost_rows(kernel, causes, _)
    ]
    if rows:
        yield from _table([("", *column_heads(_)), *rows])
    yield from (f"  {line}" for line in lines_below(kernel, _))
    yield ""


def _table(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            padded(cell, -width if number in NUMBERS else width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True), -1)
        )
        yield ("  " + "  ".join(cells)).rstrip()
