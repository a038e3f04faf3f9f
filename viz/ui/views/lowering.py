"""The page Lowering: what each pass of a target's build does to the program."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from viz.errors import VizError
from viz.model import (
    Change,
    Diff,
    DiffPart,
    Emission,
    Origins,
    OriginsPart,
    Overview,
    OverviewPart,
    Pass,
    Source,
    SourcePart,
    StageText,
    StageTextPart,
    Tree,
    TreePart,
    catalog,
)
from viz.provenance.pass_queries import given
from viz.render import diff_html, graph, markup
from viz.ui.components.code import code, linked
from viz.ui.components.pane import PANE_HEIGHT, pane_title, show_problems, theme
from viz.ui.components.passes import passes
from viz.ui.components.picture import picture
from viz.ui.session import ask, current_workspace, escape, show_error
from viz.ui.workspace import Workspace

KINDS = 7
"""Node types with a bar of their own in the chart; all others share one."""

VIEWS = {"difference": "Difference", "text": "Text after it", "tree": "Tree after it"}
"""What can be shown of a pass, with the title of each."""

MOST_UNFOLDED = 60
"""Changed nodes that are unfolded in the tree; unrolling a loop adds thousands."""


def page() -> None:
    """Draw the page."""
    workspace = current_workspace()
    target = _target(workspace)
    try:
        overview = ask(OverviewPart(passes=True, counts=True), Overview, target)
    except VizError as error:
        show_error(error, workspace.text)
        return
    show_problems(overview.problems)
    if not overview.passes:
        return
    listing, detail = st.columns([3, 8], gap="medium")
    chosen = min(st.session_state.get("pass", 0), len(overview.passes))
    with listing:
        picked = passes(overview.passes, chosen, PANE_HEIGHT - 40, key="passes")
        if picked is not None and picked != chosen:
            st.session_state["pass"] = picked
            st.rerun()
        st.caption("j and k move, / searches. + and − count nodes.")
    with detail:
        try:
            if chosen:
                _pass(workspace, target, overview, chosen)
            else:
                _whole(workspace, target, overview)
        except VizError as error:
            show_error(error, workspace.text)


def _target(workspace: Workspace) -> str:
    rows = {name: row for name, row in catalog.targets().items() if not row.unavailable}
    st.session_state.setdefault("lowering_target", (workspace.targets or ("c",))[0])
    chosen: Any = st.segmented_control(
        "Target",
        list(rows),
        format_func=lambda name: rows[name].title,
        label_visibility="collapsed",
        key="lowering_target",
    )
    return str(chosen or (workspace.targets or ("c",))[0])


def _whole(workspace: Workspace, target: str, overview: Overview) -> None:
    """Show both ends of the pipeline: the user's text, and the source that the codegen emits."""
    before, after = st.columns(2, gap="small")
    with before:
        pane_title("Your text")
        _code(workspace.text, "python")
    with after:
        pane_title("The final source")
        source = ask(SourcePart(), Source, target)
        origins = ask(OriginsPart(), Origins, target)
        final = ask(TreePart(stage="final"), Tree, target)
        html = _linked(source.emissions[0], origins, final, theme())
        code(html, PANE_HEIGHT - 150, key=f"final_{target}")
    changed = sum(row.changed for row in overview.passes)
    spent = sum(row.seconds for row in overview.passes) * 1e3
    st.caption(
        f"{len(overview.passes)} passes ran in {spent:.0f} ms, {changed} of them changed something."
    )
    _chart(overview.passes)


def _pass(workspace: Workspace, target: str, overview: Overview, number: int) -> None:
    row = overview.passes[number - 1]
    known = catalog.passes().get(row.name)
    title = escape(known.title if known else row.name)
    st.markdown(f"**{number} · {title}** `{row.name}` · {row.seconds * 1e3:.2g} ms")
    if known:
        st.markdown(escape(known.en))
    before = given(overview.passes, number)
    if row.problem is not None:
        st.error(escape(row.problem.message), icon=":material/error:")
        st.caption("This is what it was given:")
        _code(ask(StageTextPart(stage=before), StageText, target).text, "python")
        return
    if not row.changed:
        st.caption("It changed nothing here.")
        _code(ask(StageTextPart(stage=number), StageText, target).text, "python")
        return
    view = st.segmented_control(
        "What to see",
        list(VIEWS),
        default="difference",
        format_func=VIEWS.__getitem__,
        label_visibility="collapsed",
        key="pass_view",
    )
    if view == "text":
        _code(ask(StageTextPart(stage=number), StageText, target).text, "python")
        return
    diff = ask(DiffPart(before=before, after=number), Diff, target)
    if view == "tree":
        _tree(ask(TreePart(stage=number), Tree, target), diff.changes)
        return
    with st.container(height=PANE_HEIGHT - 150, border=True):
        st.html(f"<style>{diff_html.CSS}</style>{diff_html.html(diff.lines)}")


def _tree(tree: Tree, changes: tuple[Change, ...]) -> None:
    count = Counter(change.kind for change in changes)
    kinds = {change.after: str(change.kind) for change in changes if change.after is not None}
    picture(_picture(tree, kinds, theme()), PANE_HEIGHT - 190, key="stage_tree")
    summary = ", ".join(f"{number:,} {kind}" for kind, number in sorted(count.items()))
    st.caption(
        f"{summary or 'no node changed'}. Green: added. Orange: changed. Violet, dashed: moved."
        + (f" The first {MOST_UNFOLDED} are unfolded." if len(kinds) > MOST_UNFOLDED else "")
    )


@st.cache_data(show_spinner="drawing …", max_entries=32)
def _picture(tree: Tree, changes: dict[int, str], theme: Any) -> str:
    """Return a stage's tree as SVG; ``changes`` has the kind of change of each changed node."""
    parents = {child.id: node.id for node in tree.nodes for child in node.children}
    unfolded: set[int] = set()
    for number in sorted(changes)[:MOST_UNFOLDED]:
        while (number := parents.get(number, -1)) >= 0 and number not in unfolded:
            unfolded.add(number)
    view = graph.View(unfolded=tuple(sorted(unfolded)) if len(unfolded) < MOST_UNFOLDED else ())
    view, positions = graph.fit(tree, view, PANE_HEIGHT * 1.4, PANE_HEIGHT - 190)
    return graph.svg(tree, view, positions, theme, changes)


def _chart(rows: tuple[Pass, ...]) -> None:
    """Chart the nodes of each type after each pass that changed the program."""
    counted = [row for row in rows if row.counts]
    if not counted:
        return
    total: Counter[str] = Counter()
    for row in counted:
        total.update(row.counts)
    kinds = [kind for kind, _ in total.most_common(KINDS)]
    names = catalog.nodes()
    data = [
        {
            "pass": _stage_name(row),
            "node": names[kind].title if kind in names else kind,
            "nodes": row.counts.get(kind, 0),
        }
        for row in counted
        for kind in kinds
    ]
    data += [
        {
            "pass": _stage_name(row),
            "node": "others",
            "nodes": sum(number for kind, number in row.counts.items() if kind not in kinds),
        }
        for row in counted
    ]
    pane_title("Nodes after each pass that changed something")
    axes = {
        "x": {"field": "pass", "type": "nominal", "title": None, "axis": {"labelLimit": 140}},
        "y": {"field": "nodes", "type": "quantitative", "title": None},
        "color": {"field": "node", "type": "nominal", "legend": {"orient": "right"}},
        "tooltip": [{"field": "pass"}, {"field": "node"}, {"field": "nodes"}],
    }
    spec = {"data": {"values": data}, "mark": "bar", "height": 260, "encoding": axes}
    st.vega_lite_chart(spec)
    if any(row.part != "all" for row in counted):
        st.caption("Host and device are counted apart once the module is split.")


def _stage_name(row: Pass) -> str:
    """Return the name of a pass in the chart; numbers of two digits sort them in their order."""
    part = "" if row.part == "all" else f" ({row.part})"
    return f"{row.number:02d} {row.name.rpartition('.')[2]}{part}"


def _code(text: str, language: str) -> None:
    with st.container(height=PANE_HEIGHT - 150, border=True):
        st.html(f"<style>{markup.css(theme())}</style>{_marked(text, language)}")


@st.cache_data(show_spinner=False, max_entries=32)
def _linked(emission: Emission, origins: Origins, final: Tree, theme: Any) -> str:
    return linked(emission, origins, final, theme)


@st.cache_data(show_spinner=False, max_entries=64)
def _marked(text: str, language: str) -> str:
    return markup.html(text, language)
