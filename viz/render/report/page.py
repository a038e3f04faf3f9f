"""The report's page around its panes: policy, style and script, header, card, passes."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from viz.messages import Language
from viz.model import Analysis
from viz.render import diff_html, graph, markup, web
from viz.render.report.bundle import bundle
from viz.render.report.costs import costs
from viz.render.report.lowering import lowerings
from viz.render.report.panes import source_pane, text_pane, tree_pane
from viz.render.report.words import both, labelled, text_html
from viz.render.translated_labels import in_language
from viz.render.web.data import script_data


def page(analysis: Analysis, title: str = "", language: Language = "en") -> str:
    """Return the page of an analysis (:func:`viz.render.report.render`)."""
    title = title or analysis.overview.definition or "TIRscope"
    analysis = _with_labels(analysis, language)
    policy = (
        f"default-src 'none'; style-src {_hash(_style())}; script-src {_hash(_script())};"
        " base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="TIRscope">',
            f"<title>{text_html(title)} · TIRscope</title>",
            f"<style>{_style()}</style></head><body>",
            _header(analysis, title),
            f'<div class="panes"><main>{text_pane(analysis)}{tree_pane(analysis)}'
            f"{source_pane(analysis)}</main>{_CARD}</div>",
            costs(analysis),
            lowerings(analysis),
            f'<script type="application/json" id="data">{script_data(analysis)}</script>',
            f"<script>{_script()}</script></body></html>\n",
        ]
    )


def _with_labels(analysis: Analysis, language: Language) -> Analysis:
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
def _style() -> str:
    """Return the style sheet of the page, with the dark colours for ``:root.dark``."""
    trees = "".join(graph.style(theme) for theme in ("auto", "light", "dark"))
    code = f"{markup.css('light')}:root.dark{{{markup.css('dark')}}}"
    shared = f":root{{{web.read('colours.css')}}}{web.read('panes.css')}"
    own = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return f"{code}{trees}{diff_html.CSS}{shared}{own}"


@cache
def _script() -> str:
    """Return the page's modules as one script, whose names are its own."""
    return f'"use strict";(() => {{\n{bundle(Path(__file__).with_name("main.js"))}}})()'


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


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

_CARD = (
    f'<aside class="card" {labelled("What you point at", "指着的内容")}>'
    '<div class="headline" role="status"></div><div class="details"></div></aside>'
)
