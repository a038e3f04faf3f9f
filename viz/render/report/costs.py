"""What the accesses of emulated kernels cost, as tables in both languages, with the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from viz.locale.translator import Translator
from viz.model import Analysis, Causes, KernelCost, Problem
from viz.model.catalog.cost_rules import CostRuleRow, cost_rules
from viz.render.outcomes.access_words import CERTAINTIES
from viz.render.outcomes.cost_words import (
    CostRow,
    cause_by_node,
    column_heads,
    cost_rows,
    kernel_title,
    lines_above,
    lines_below,
    unknown_words,
)
from viz.render.report.words import both, labelled, text_html, told

CUDA = "cuda"
"""The target whose text was counted."""

Words = Callable[[Translator], str]

_ENGLISH, _CHINESE = Translator("en"), Translator("zh")


def costs(analysis: Analysis) -> str:
    """Return the section of what accesses cost; empty where nobody asked."""
    measured = analysis.cost
    if measured is None:
        return ""
    parts = [f"<h2>{both('What accesses cost', '访问的代价')}</h2>"]
    parts += map(_problem, measured.problems)
    if measured.cost is not None:
        is_drawn = CUDA in analysis.sources
        for kernel in measured.cost.kernels:
            parts += _kernel(kernel, measured.causes, is_drawn=is_drawn)
        parts.append(f'<p class="soft">{_told(unknown_words)}</p>')
        parts.append(_rules())
    return f'<section id="costs">{"".join(parts)}</section>'


def _told(words: Words) -> str:
    """Return words in both languages; once where they are the same."""
    english, chinese = words(_ENGLISH), words(_CHINESE)
    return text_html(english) if english == chinese else both(english, chinese)


def _problem(problem: Problem) -> str:
    return f'<p class="problem {problem.severity}">{told(problem)}</p>'


def _kernel(kernel: KernelCost, causes: Causes | None, *, is_drawn: bool) -> Iterator[str]:
    yield f"<h3>{_told(lambda _: kernel_title(kernel, _))}</h3>"
    yield from _paragraphs(lambda _: lines_above(kernel, _))
    by_language = [
        cost_rows(kernel, cause_by_node(causes.sites if causes else (), _), _)
        for _ in (_ENGLISH, _CHINESE)
    ]
    rows = list(zip(*by_language, strict=True))
    if rows:
        heads = "".join(
            f"<th>{_both(*head)}</th>"
            for head in zip(column_heads(_ENGLISH), column_heads(_CHINESE), strict=True)
        )
        body = "".join(_row(english, chinese, is_drawn=is_drawn) for english, chinese in rows)
        label = labelled("Accesses of a kernel", "一个核函数的访问")
        table = f"<table><tr>{heads}</tr>{body}</table>"
        yield f'<div class="scroll" tabindex="0" role="group" {label}>{table}</div>'
    yield from _paragraphs(lambda _: lines_below(kernel, _))


def _paragraphs(lines: Callable[[Translator], Iterator[str]]) -> Iterator[str]:
    for english, chinese in zip(lines(_ENGLISH), lines(_CHINESE), strict=True):
        yield f"<p>{_both(english, chinese)}</p>"


def _row(english: CostRow, chinese: CostRow, *, is_drawn: bool) -> str:
    """Return the row of an access; its first cell pins its node, where that is in the page."""
    cells = [_both(*pair) for pair in zip(english.cells, chinese.cells, strict=True)]
    node = english.site.node
    if is_drawn and node is not None:
        label = labelled("Show this access", "显示这次访问")
        cells[0] = f'<button data-access="{node}" {label}>{cells[0]}</button>'
    worst = ' class="worst"' if english.is_worst else ""
    return f"<tr{worst}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _both(english: str, chinese: str) -> str:
    return text_html(english) if english == chinese else both(english, chinese)


def _rules() -> str:
    """Return the rule of each figure, to unfold, those that are surest first."""
    summary = _told(lambda _: _("How each figure comes about, and what is not known"))
    parts = []
    for certainty, (sign, words) in CERTAINTIES.items():
        rows = "".join(_rule(row) for row in cost_rules().values() if row.certainty == certainty)
        title = both(f"{sign} {_ENGLISH(words)}", f"{sign} {_CHINESE(words)}")
        parts.append(f"<h4>{title}</h4><dl>{rows}</dl>")
    return f"<details><summary>{summary}</summary>{''.join(parts)}</details>"


def _rule(row: CostRuleRow) -> str:
    return f"<dt>{both(row.title.en, row.title.zh)}</dt><dd>{both(row.en, row.zh)}</dd>"
