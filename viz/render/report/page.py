"""The report's page around its panes: header, card, passes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from viz.messages import Language
from viz.model import Analysis
from viz.render.report.bundle import classic
from viz.render.report.costs import costs
from viz.render.report.document import CARD, document, shared_style
from viz.render.report.kernels import kernel_tables
from viz.render.report.lowering import lowerings
from viz.render.report.panes import source_pane, text_pane, tree_pane
from viz.render.report.words import both, labelled, text_html
from viz.render.translated_labels import in_language
from viz.render.web.data import report_pack, script_data


def page(analysis: Analysis, title: str = "", language: Language = "en") -> str:
    """Return the page of an analysis (:func:`viz.render.report.render`)."""
    title = title or analysis.overview.definition or "TIRscope"
    analysis = with_labels(analysis, language)
    body = "\n".join(
        [
            _header(analysis, title),
            f'<div class="panes"><main>{text_pane(analysis)}{tree_pane(analysis)}'
            f"{source_pane(analysis)}</main>{CARD}</div>",
            costs(analysis),
            kernel_tables(analysis),
            lowerings(analysis),
            f'<script type="application/json" id="data">{script_data(report_pack(analysis))}'
            "</script>",
        ]
    )
    return document(title, language, body, shared_style(), _script())


def with_labels(analysis: Analysis, language: Language) -> Analysis:
    """Return an analysis whose trees have their labels in a language."""
    targets = {
        name: msgspec.structs.replace(
            target, final=target.final and in_language(target.final, language)
        )
        for name, target in analysis.targets.items()
    }
    tree = analysis.tree and in_language(analysis.tree, language)
    return msgspec.structs.replace(analysis, tree=tree, targets=targets)


@cache
def _script() -> str:
    """Return the page's modules as one script, whose names are its own."""
    return classic(Path(__file__).with_name("main.js"))


# ---------------------------------------------------------------- header and card


def _header(analysis: Analysis, title: str) -> str:
    functions = ", ".join(
        f"{function.name}({', '.join(parameter.name for parameter in function.parameters)})"
        for function in analysis.overview.functions
    )
    language = labelled("中文: explanations in Chinese", "English：用英文显示说明")
    return (
        f"<header><h1>TIRscope</h1><b>{text_html(title)}</b>"
        f'<span class="soft functions">{text_html(functions)}</span><span class="spring"></span>'
        '<noscript><span class="soft">Links between the panes need JavaScript.</span></noscript>'
        f"{_COSTS if analysis.cost is not None else ''}"
        f"{_LINK if any(target.passes for target in analysis.targets.values()) else ''}"
        f'<button id="language" lang="zh" {language}>中文</button>'
        f'<button id="theme" {labelled("Light or dark", "浅色或深色")}>◐</button></header>'
    )


_COSTS = f'<a href="#costs">{both("Cost", "代价")} ↓</a>'
_LINK = f'<a href="#lowerings">{both("Passes", "各个 pass")} ↓</a>'
