"""Show what the emulator found: the message, the threads as pictures, the lines in the texts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape as escape_html

import streamlit as st

from viz.model import Finding
from viz.render import markup, thread_grid
from viz.render.palette import Theme
from viz.text import Span, Text
from viz.ui.components.pane import pane_title, theme
from viz.ui.session import escape

CONTEXT = 3
"""Lines shown before and after a highlighted one."""

TITLES = {
    "barrier": "Barrier not reached by all",
    "warp": "Warp operation not reached by all",
    "uninitialised": "Uninitialised value",
    "bounds": "Out of bounds",
    "race": "Data race",
    "overflow": "Integer overflow",
}
"""The title of each kind of finding."""

Highlights = Mapping[int, Sequence[int]]
"""The numbers of the threads at each highlighted line; both count from 1."""


def show_findings(findings: tuple[Finding, ...], text: str, emitted: str) -> None:
    """Show findings, the first one open, each with its lines of both texts.

    ``text`` is the user's, ``emitted`` the CUDA or C text, empty where it is not known.
    """
    for number, finding in enumerate(findings, 1):
        times = f", {finding.count:,} times" if finding.count > 1 else ""
        harmless = ", harmless" if finding.harmless else ""
        kernel = f" in {finding.kernel}" if finding.kernel else ""
        title = f"{number}. {TITLES[finding.kind]}{harmless}{kernel}{times}"
        with st.expander(escape(title), expanded=number == 1):
            _finding(finding, text, emitted, theme())


def _finding(finding: Finding, text: str, emitted: str, shade: Theme) -> None:
    message = finding.message
    st.markdown(escape(message[:1].upper() + message[1:]))
    if finding.kernel:
        st.html(f"<style>{_css(shade)}</style>{_threads(finding, shade)}")
    lines: dict[int, list[int]] = {}
    own: dict[int, list[int]] = {}
    for number, site in enumerate(finding.sites, 1):
        if site.line:
            lines.setdefault(site.line, []).append(number)
        if site.own_line is not None:
            own.setdefault(site.own_line, []).append(number)
    if emitted and lines:
        language = "cuda" if finding.kernel else "c"
        pane_title("CUDA text" if finding.kernel else "C text")
        st.html(excerpt(emitted, language, lines, shade))
    if own:
        pane_title("Your text")
        st.html(excerpt(text, "python", own, shade))


def _threads(finding: Finding, shade: Theme) -> str:
    """Return the legend and the pictures of a finding's threads, as HTML."""
    chips = "".join(
        f'<li><b style="background:{thread_grid.colour(number, shade)}">{number}</b> '
        f"{escape_html(thread_grid.legend(site))}</li>"
        for number, site in enumerate(finding.sites, 1)
    )
    pictures = "".join(map(_figure, thread_grid.pictures(finding, shade)))
    return f'<ul class="threads">{chips}</ul><div class="launch">{pictures}</div>'


def _figure(picture: thread_grid.Picture) -> str:
    # Streamlit removes SVG elements from HTML but leaves images.
    data = b64encode(picture.svg.encode()).decode()
    description = escape_html(f"{picture.title}: {picture.marked}")
    return (
        f'<figure><img alt="{description}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{escape_html(picture.title)}</figcaption></figure>"
    )


def excerpt(text: str, language: str, highlights: Highlights, shade: Theme) -> str:
    """Return the highlighted lines and those around them as HTML, with a row for each gap."""
    lines = Text(text)
    parts = []
    for first, last in _pieces(highlights, lines.line_count):
        start, end = lines.line_span(first).start, lines.line_span(last).end
        marks = []
        for line in sorted(highlights):
            if first <= line <= last:
                span = lines.line_span(line)
                indent = len(lines.line(line)) - len(lines.line(line).lstrip())
                # Marked as node 1 or 2 by the number of its thread, as node 3 for both threads.
                node = sum(set(highlights[line]))
                marks.append((Span(span.start + indent - start, span.end - start), node))
        parts.append(markup.html(text[start:end], language, marks, first))
    gap = '<div class="gap">⋯</div>'
    style = f"<style>{markup.css(shade)}{_css(shade)}</style>"
    return f'{style}<div class="lit" tabindex="0">{gap.join(parts)}</div>'


def _pieces(highlights: Highlights, line_count: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each run of lines to show."""
    near = sorted(
        {
            line + step
            for line in highlights
            for step in range(-CONTEXT, CONTEXT + 1)
            if 1 <= line + step <= line_count
        }
    )
    first = None
    for line in near:
        first = line if first is None else first
        if line + 1 not in near:
            yield first, line
            first = None


def _css(shade: Theme) -> str:
    one, two = thread_grid.colour(1, shade), thread_grid.colour(2, shade)
    ground = "#ffffff" if shade == "light" else "#0d1117"
    washes = {
        number: f"color-mix(in srgb, {c} 26%, transparent)" for number, c in ((1, one), (2, two))
    }
    return f"""
.threads {{ list-style: none; margin: 0 0 .8rem !important; padding: 0 !important;
  font-size: 14px; }}
.threads li {{ margin: .2rem 0; padding: 0; }}
.threads b {{ display: inline-block; min-width: 1.5em; margin-right: .35em;
  text-align: center; border-radius: 3px;
  color: {ground}; }}
.launch {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }}
.launch figure {{ margin: 0; max-width: 100%; }}
.launch img {{ max-width: 100%; height: auto; display: block; }}
.launch figcaption {{ font-size: 12.5px; opacity: .8; margin-top: .25rem; }}
.lit {{ border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: 8px;
  padding: .4rem 0; overflow: auto; }}
.lit .viz-code {{ overflow: visible; width: max-content; }}
.lit .gap {{ padding-left: 2em; opacity: .6; }}
.lit [data-node] {{ border-radius: 3px; }}
.lit [data-node="1"] {{ background: {washes[1]}; }}
.lit [data-node="2"] {{ background: {washes[2]}; }}
.lit [data-node="3"] {{ background: linear-gradient(90deg, {washes[1]}, {washes[2]}); }}
.lit [data-node]::after {{ font-weight: 700; margin-left: 1em; }}
.lit [data-node="1"]::after {{ content: "◀ 1"; color: {one}; }}
.lit [data-node="2"]::after {{ content: "◀ 2"; color: {two}; }}
.lit [data-node="3"]::after {{ content: "◀ 1, 2"; }}
"""
