"""A diff of two texts as an HTML table: one column of code, changed words highlighted in it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from viz.model import DiffLine
from viz.render.diff_rows import CONTEXT, DiffRow, shortened

SIGNS = {"same": " ", "removed": "−", "added": "+"}


def html(lines: Sequence[DiffLine], context: int = CONTEXT) -> str:
    """Return ``<table class="viz-diff">…``; all text is escaped."""
    return f'<table class="viz-diff">{"".join(map(_row, shortened(lines, context)))}</table>'


def _row(row: DiffRow) -> str:
    if row.kind == "gap":
        word = "line" if row.before == 1 else "lines"
        return f'<tr class="gap"><td colspan="4">{row.before} unchanged {word}</td></tr>'
    code = _words(row.text, row.ranges, "del" if row.kind == "removed" else "ins")
    return (
        f'<tr class="{row.kind}"><td>{row.before or ""}</td><td>{row.after or ""}</td>'
        f"<td>{SIGNS[row.kind]}</td><td><code>{code or ' '}</code></td></tr>"
    )


def _words(text: str, ranges: Sequence[tuple[int, int]], tag: str) -> str:
    parts, offset = [], 0
    for start, end in ranges:
        parts += [escape(text[offset:start]), f"<{tag}>{escape(text[start:end])}</{tag}>"]
        offset = end
    return "".join([*parts, escape(text[offset:])])


CSS = """.viz-diff { border-collapse: collapse; width: 100%; font: 12.5px/1.55 ui-monospace,
  SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; }
.viz-diff td { border: 0; padding: 0 .5em; vertical-align: top; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.viz-diff td:nth-child(-n+2) { width: 3em; text-align: right; color: var(--number);
  user-select: none; }
.viz-diff :is(.removed, .added) td:nth-child(-n+2) { color: var(--soft); }
.viz-diff td:nth-child(3) { width: 1em; user-select: none; }
.viz-diff code { font: inherit; background: none; padding: 0; color: inherit; }
.viz-diff .removed { background: color-mix(in srgb, #d1603d 14%, transparent); }
.viz-diff .added { background: color-mix(in srgb, #2b8a5b 15%, transparent); }
.viz-diff del { text-decoration: none; background: color-mix(in srgb, #d1603d 38%, transparent);
  border-radius: 2px; }
.viz-diff ins { text-decoration: none; background: color-mix(in srgb, #2b8a5b 40%, transparent);
  border-radius: 2px; }
.viz-diff .gap td { width: auto; text-align: center; color: var(--soft); padding: .15em;
  font-size: 12px; background: color-mix(in srgb, currentColor 5%, transparent); }
"""
