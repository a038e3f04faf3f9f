"""The source pane: what each target's codegen writes, a tab a target."""

from __future__ import annotations

import streamlit as st

from viz import catalog, markup
from viz.errors import VizError
from viz.model import Emission, Source, SourcePart
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
                source = ask(SourcePart(marks=False), Source, target)
            except VizError as error:
                show_error(error, space.text)
                continue
            _source(target, source)


def _source(target: str, source: Source) -> None:
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
        emission = source.emissions[titles.index(chosen)]
        _code(emission.text, emission.language, _file_name(target, emission))
    show_problems(source.problems)
    st.caption(escape(catalog.targets()[target].en))


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
