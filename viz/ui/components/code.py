"""Show an emission whose nodes light up under the pointer, as a Streamlit component."""

from __future__ import annotations

from collections.abc import Iterator

from viz.model import Emission, Origins, Tree
from viz.render import markup
from viz.render.web.folds import Fold, folds
from viz.text import Span, Text
from viz.ui.workbench import assets

_HTML = '<div class="code" tabindex="0" role="group" aria-label="Generated source"></div>'
_CSS = """.code { overflow: auto; border: 1px solid var(--st-border-color); padding: 8px 0;
  border-radius: var(--st-base-radius); }
.code:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.code pre { overflow: visible !important; }
.code [data-node] { border-radius: 3px; }
.code .lit { background: color-mix(in srgb, var(--st-primary-color) 22%, transparent); }
.code summary { cursor: pointer; font-size: 12.5px; opacity: .75; padding: 2px 12px;
  background: color-mix(in srgb, currentColor 6%, transparent); }
"""
_FOLD_TITLES = {
    "checks": "{} lines that check the arguments, made by MakePackedAPI",
    "unwritten": "boilerplate: {} lines",
}


def code(html: str, height: int, key: str) -> None:
    """Show the HTML of :func:`linked`, at most ``height`` pixels high."""
    data = {"html": html, "height": height, **assets.address()}
    assets.component("code", _HTML, _CSS)(data=data, key=key, height="content")


def linked(emission: Emission, origins: Origins, final: Tree, theme: markup.Theme) -> str:
    """Return an emission as HTML with its marks; argument checks and boilerplate are folded."""
    lines = Text(emission.text)
    parts = []
    for first, count, what in _pieces(emission, folds(emission, origins, final), lines.line_count):
        start = lines.line_span(first).start
        last = first + count - 1
        end = lines.line_span(last + 1).start if last < lines.line_count else len(emission.text)
        marks = [
            (Span(max(mark.start, start) - start, min(mark.end, end) - start), mark.node)
            for mark in emission.marks
            if mark.start < end and mark.end > start
        ]
        piece = markup.html(emission.text[start:end], emission.language, marks, first)
        if what:
            title = _FOLD_TITLES[what].format(count)
            piece = f"<details><summary>{title}</summary>{piece}</details>"
        parts.append(piece)
    return f"<style>{markup.css(theme)}</style>{''.join(parts)}"


def _pieces(
    emission: Emission, folded: tuple[Fold, ...], line_count: int
) -> Iterator[tuple[int, int, str]]:
    """Yield the pieces of a text: first line, number of lines, kind of fold (empty: not folded)."""
    line = 1
    for fold in folded:
        if fold.first > line:
            yield line, fold.first - line, ""
        yield fold.first, fold.lines, fold.what
        line = fold.first + fold.lines
    if line <= line_count:
        yield line, line_count - line + 1, ""
