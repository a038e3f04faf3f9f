"""The passes of each target as HTML; a pass that changed the program unfolds to its diff."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from viz.model import Analysis, Diff, Pass
from viz.model.catalog import schedule_methods
from viz.provenance import pass_queries
from viz.render import diff_html
from viz.render.report.words import both, known, told
from viz.render.web.data import title_of

_PARTS = {
    "schedule": ("schedule", "调度"),
    "relax": ("Relax", "Relax"),
    "host": ("host", "主机"),
    "device": ("device", "设备"),
}


def lowerings(analysis: Analysis) -> str:
    """Return the passes of all targets; the page's script shows those of the target in focus."""
    lowered = {name: target for name, target in analysis.targets.items() if target.passes}
    if not lowered:
        return ""
    sections = "".join(
        f'<section class="lowering" data-target="{name}"><h2>'
        f"{both(f'Lowering for {title_of(name)}', f'{title_of(name)} 的 lowering')}</h2>"
        f"{passes(target.passes, target.diffs)}</section>"
        for name, target in lowered.items()
    )
    return f'<div id="lowerings">{sections}</div>'


def passes(rows: Sequence[Pass], diffs: Sequence[Diff]) -> str:
    """Return the list of a target's passes, in the order of the build.

    Consecutive passes that changed nothing share a row. Times are left out, since they differ from
    run to run and equal analyses give equal pages.
    """
    counts = pass_queries.counts(rows)
    by_pass = {diff.after: diff for diff in diffs}
    parts: list[str] = []
    idle: list[Pass] = []
    for row in rows:
        if not row.changed and row.problem is None:
            idle.append(row)
            continue
        parts += _idle(idle)
        idle = []
        parts.append(_pass(row, counts.get(row.number), by_pass.get(row.number)))
    return f'<ol class="passes">{"".join([*parts, *_idle(idle)])}</ol>'


def _pass(row: Pass, count: pass_queries.Count | None, diff: Diff | None) -> str:
    nodes = "" if count is None else f'<span class="count">{_nodes(count)}</span>'
    return (
        f'<li class="{"threw" if row.problem else "changed"}"><details><summary>'
        f'<b class="number">{row.number}</b>{_name(row)}{nodes}</summary>'
        f"{_explained(row)}{_problem(row)}{_changes(row, diff)}</details></li>"
    )


def _name(row: Pass) -> str:
    about = schedule_methods.steps_of_builds().get(row.name)
    title = f'<span class="title">{known(about.title)}</span>' if about else ""
    part = f'<span class="chip">{both(*_PARTS[row.part])}</span>' if row.part in _PARTS else ""
    name = row.written.text if row.written else row.name
    return f"<code>{escape(name)}</code>{title}{part}"


def _nodes(count: pass_queries.Count) -> str:
    more = ""
    if count.more is not None:
        more = f" ({count.more:+,})".replace("-", "−") if count.more else " (±0)"
    return both(f"{count.nodes:,} nodes{more}", f"{count.nodes:,} 个节点{more}")


def _explained(row: Pass) -> str:
    about = schedule_methods.steps_of_builds().get(row.name)
    return f'<p class="explained">{both(about.en, about.zh)}</p>' if about else ""


def _problem(row: Pass) -> str:
    if row.problem is None:
        return ""
    return f'<p class="problem error">{told(row.problem)}</p>'


def _changes(row: Pass, diff: Diff | None) -> str:
    if row.problem is not None or diff is None:
        return ""
    if all(line.kind == "same" for line in diff.lines):
        words = both(
            "As TVMScript the program reads the same; what changed cannot be seen in its text.",
            "TVMScript 文本没有变化；改变的部分在文本里看不到。",
        )
        return f'<p class="soft">{words}</p>'
    return f'<div class="difference" tabindex="0">{diff_html.html(diff.lines)}</div>'


def _idle(rows: Sequence[Pass]) -> list[str]:
    """Return the row of consecutive passes that changed nothing; no row for none."""
    if not rows:
        return []
    if len(rows) == 1:
        words = both("1 pass changed nothing", "1 个 pass 没有改动")
    else:
        words = both(f"{len(rows)} passes changed nothing", f"{len(rows)} 个 pass 没有改动")
    items = "".join(
        f'<li><b class="number">{row.number}</b>{_name(row)}{_explained(row)}</li>' for row in rows
    )
    return [f'<li class="idle"><details><summary>{words}</summary><ul>{items}</ul></details></li>']
