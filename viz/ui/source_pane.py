"""The source pane: what each target's codegen writes, a tab a target."""

from __future__ import annotations

from typing import Any

import streamlit as st

from viz import catalog, markup
from viz.errors import VizError
from viz.model import (
    Analysis,
    Emission,
    Explanation,
    Overview,
    Source,
    SourcePart,
    Tree,
    TreePart,
)
from viz.provenance import explain
from viz.text import Text
from viz.ui.code import code, linked
from viz.ui.pane import PANE_HEIGHT, pane_title, show_problems, theme
from viz.ui.state import Workspace, ask, escape, show_error


def show(space: Workspace) -> None:
    """Draw the pane."""
    pane_title("Source")
    if not space.targets:
        st.caption("Choose a target above.")
        return
    rows = catalog.targets()
    tabs = st.tabs([rows[target].title for target in space.targets])
    for target, tab in zip(space.targets, tabs, strict=True):
        with tab:
            try:
                source = ask(SourcePart(), Source, target)
            except VizError as error:
                show_error(error, space.text)
                continue
            _source(space, target, source)


def _source(space: Workspace, target: str, source: Source) -> None:
    titles = [emission.title for emission in source.emissions]
    if source.schedule is not None:
        titles.append("Schedule")
    chosen = titles[0]
    if len(titles) > 1:
        chosen = (
            st.segmented_control(
                "Text",
                titles,
                default=titles[0],
                label_visibility="collapsed",
                key=f"text_{target}",
            )
            or titles[0]
        )
    if chosen == "Schedule" and source.schedule is not None:
        _code(source.schedule.script, "python", f"{target}_schedule.py")
    else:
        _emission(space, target, source, titles.index(chosen))
    show_problems(source.problems)
    st.caption(escape(catalog.targets()[target].en))


def _emission(space: Workspace, target: str, source: Source, number: int) -> None:
    emission = source.emissions[number]
    final = ask(TreePart(stage="final"), Tree, target)
    key = f"chosen_{target}_{number}"
    chosen = st.session_state.get(key)
    if chosen is not None and not any(mark.node == chosen for mark in emission.marks):
        chosen = None
    picked = code(
        _linked(source, emission, final, theme()), chosen, PANE_HEIGHT - 90, f"code_{key}"
    )
    if picked is not None and picked != chosen:
        st.session_state[key] = picked
        st.rerun()
    if chosen is not None:
        _explanation(space, target, source, emission, final, chosen)
    elif emission.marks:
        st.caption("Point at the source to see what belongs together; click for what wrote it.")
    _download(emission.text, _file_name(target, emission))


@st.cache_data(show_spinner=False, max_entries=32)
def _linked(source: Source, emission: Emission, final: Tree, theme: Any) -> str:
    return linked(source, emission, final, theme)


def _explanation(
    space: Workspace, target: str, source: Source, emission: Emission, final: Tree, node: int
) -> None:
    """Say which node wrote what was clicked, through whom, and which text of the user's it was."""
    analysis = Analysis(
        text=space.text, overview=Overview(), sources={target: source}, finals={target: final}
    )
    found = explain(analysis, target, own_offset(emission, node), emission.part, emission.form)
    with st.container(border=True):
        title = f"**{escape(found.node.title)}** {escape(found.node.label)}"
        st.markdown(f"{title} · `{found.visitor}`" if found.visitor else title)
        st.caption(escape(_said(found)))
        if found.span is not None:
            st.code(Text(space.text).excerpt(found.span), language=None)
        if found.en:
            st.markdown(escape(found.en))


_CERTAINTY = {
    "exact": "This is your own text",
    "inherited": "This follows from your text",
    "synthesised": "No text of yours stands behind it",
    "lost": "It came from your text, but nobody can say from where",
}


def _said(found: Explanation) -> str:
    maker = f"made by pass {found.made_by}, {found.made_by_name}" if found.made_by_name else ""
    covering = "it also covers expressions below it that have no mark" if found.covering else ""
    return "; ".join(filter(None, (_CERTAINTY[found.certainty], maker, covering))) + "."


def own_offset(emission: Emission, node: int) -> int:
    """Return the first character that a marked node wrote and no node below it."""
    for mark in (mark for mark in emission.marks if mark.node == node):
        inner = [each for each in emission.marks if mark.start <= each.start < mark.end]
        for offset in range(mark.start, mark.end):
            around = [each for each in inner if each.start <= offset < each.end]
            if around[-1].node == node and not emission.text[offset].isspace():
                return offset
    return next(mark.start for mark in emission.marks if mark.node == node)


_ENDINGS = {
    "c": "c",
    "cuda": "cu",
    "opencl": "cl",
    "metal": "metal",
    "wgsl": "wgsl",
    "llvm": "ll",
    "asm": "s",
}


def _file_name(target: str, emission: Emission) -> str:
    return f"{target}_{emission.part}.{_ENDINGS.get(emission.language, 'txt')}"


def _code(text: str, language: str, file_name: str) -> None:
    with st.container(height=PANE_HEIGHT - 90, border=True):
        st.html(f"<style>{markup.css(theme())}</style>{_marked(text, language)}")
    _download(text, file_name)


def _download(text: str, file_name: str) -> None:
    st.download_button(
        "Download",
        data=text,
        file_name=file_name,
        key=f"source_{file_name}",
        icon=":material/download:",
    )


@st.cache_data(show_spinner=False, max_entries=128)
def _marked(text: str, language: str) -> str:
    return markup.html(text, language)
