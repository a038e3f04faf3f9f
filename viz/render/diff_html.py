"""A diff of two texts as an HTML table: one column of code, changed words highlighted in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from viz.model import DiffLine

CONTEXT = 3
"""Unchanged lines shown around a change; longer runs become one row with their number."""

SIGNS = {"same": " ", "removed": "−", "added": "+"}


def html(lines: Sequence[DiffLine], context: int = CONTEXT) -> str:
    """Return ``<table class="viz-diff">…``; all text is escaped."""
    return f'<table class="viz-diff">{"".join(_rows(lines, context))}</table>'


def _rows(lines: Sequence[DiffLine], context: int) -> Iterator[str]:
    changed = [i for i, line in enumerate(lines) if line.kind != "same"]
    near = {i + step for i in changed for step in range(-context, context + 1)}
    skipped = 0
    for i, line in enumerate(lines):
        if i not in near:
            skipped += 1
            continue
        if skipped:
            yield _gap(skipped)
            skipped = 0
        if line.kind in ("removed", "changed"):
            yield _row("removed", line.before_line, 0, _words(line.before, line.removed, "del"))
        if line.kind in ("added", "changed"):
            yield _row("added", 0, line.after_line, _words(line.after, line.added, "ins"))
        if line.kind == "same":
            yield _row("same", line.before_line, line.after_line, escape(line.after))
    if skipped:
        yield _gap(skipped)


def _gap(count: int) -> str:
    word = "line" if count == 1 else "lines"
    return f'<tr class="gap"><td colspan="4">{count} unchanged {word}</td></tr>'


def _row(kind: str, before: int, after: int, code: str) -> str:
    return (
        f'<tr class="{kind}"><td>{before or ""}</td><td>{after or ""}</td>'
        f"<td>{SIGNS[kind]}</td><td><code>{code or ' '}</code></td></tr>"
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
.viz-diff td:nth-child(-n+2) { width: 3em; text-align: right; opacity: .5; user-select: none; }
.viz-diff td:nth-child(3) { width: 1em; user-select: none; }
.viz-diff code { font: inherit; background: none; padding: 0; color: inherit; }
.viz-diff .removed { background: color-mix(in srgb, #d1603d 14%, transparent); }
.viz-diff .added { background: color-mix(in srgb, #2b8a5b 15%, transparent); }
.viz-diff del { text-decoration: none; background: color-mix(in srgb, #d1603d 38%, transparent);
  border-radius: 2px; }
.viz-diff ins { text-decoration: none; background: color-mix(in srgb, #2b8a5b 40%, transparent);
  border-radius: 2px; }
.viz-diff .gap td { width: auto; text-align: center; opacity: .6; padding: .15em; font-size: 11px;
  background: color-mix(in srgb, currentColor 5%, transparent); }
"""
