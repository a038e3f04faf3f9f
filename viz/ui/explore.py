"""Explore: the text, its AST, and what each codegen writes of it, side by side."""

from __future__ import annotations

from typing import Any

import msgspec
import streamlit as st

from viz import catalog
from viz.errors import VizError
from viz.examples import examples
from viz.options import pair, typed
from viz.ui import editor_pane, source_pane, tree_pane
from viz.ui.pane import pane_title
from viz.ui.state import Workspace, change, escape, workspace


def page() -> None:
    """Draw the page."""
    space = workspace()
    _toolbar(space)
    left, middle, right = st.columns([4, 5, 5], gap="small")
    with left:
        overview = editor_pane.show(space)
    if overview is None:
        with middle:
            pane_title("AST")
            st.caption("The tree appears here when the text can be read.")
        with right:
            pane_title("Source")
            st.caption("The source appears here when the text can be read.")
    else:
        with middle:
            tree_pane.show(workspace())
        with right:
            source_pane.show(workspace())


# ---------------------------------------------------------------- toolbar


def _toolbar(space: Workspace) -> None:
    chooser, upload, targets, options = st.columns([3, 2, 5, 2], vertical_alignment="bottom")
    shipped = examples()
    names = list(shipped)
    # Once the text is the user's own, every example can be chosen, this one again too.
    st.session_state.example = space.shipped and space.shipped.name
    with chooser:
        st.selectbox(
            "Example",
            names,
            format_func=lambda name: shipped[name].title,
            placeholder="Your own text",
            key="example",
            on_change=_choose_example,
        )
    with upload, st.popover("Open a file", icon=":material/upload:", width="stretch"):
        st.file_uploader(
            "A Python file with TVMScript in it",
            type=["py", "txt"],
            key="upload",
            on_change=_take_upload,
        )
    usable = {name: row.title for name, row in catalog.targets().items() if not row.unavailable}
    with targets:
        st.pills(
            "Targets",
            list(usable),
            selection_mode="multi",
            default=[target for target in space.targets if target in usable],
            format_func=usable.__getitem__,
            key="targets",
            on_change=lambda: change(
                targets=tuple(t for t in usable if t in st.session_state.targets)
            ),
        )
    with options, st.popover("Options", icon=":material/tune:", width="stretch"):
        _options(space)


def _choose_example() -> None:
    name = st.session_state.example
    if name is None:
        return
    _replace_text(examples()[name].text, name)


def _take_upload() -> None:
    file = st.session_state.upload
    if file is not None:
        _replace_text(file.getvalue().decode("utf-8-sig", "replace"), "")


def _replace_text(text: str, example: str) -> None:
    before = workspace()
    if before.shipped is None:
        # What the user typed can be fetched back.
        st.session_state.kept = before.text
    change(
        text=text, example=example, definition="", function="", arguments={}, unfolded=(), folded=()
    )
    st.session_state.text = text


def _options(space: Workspace) -> None:
    st.text_input(
        "Architecture",
        value=space.options.arch,
        placeholder="sm_80 for CUDA, znver4 for LLVM",
        key="arch",
        on_change=lambda: _set_option(arch=st.session_state.arch.strip()),
    )
    for field, label, example in (
        ("attributes", "Target attributes", "max_num_threads=512"),
        ("config", "Pass configuration", "tirx.disable_vectorize=true"),
    ):
        st.text_area(
            label,
            value="\n".join(f"{k}={typed(v)}" for k, v in getattr(space.options, field).items()),
            placeholder=example,
            help="One NAME=VALUE a line.",
            height=80,
            key=field,
            on_change=_set_pairs,
            args=(field,),
        )


def _set_pairs(field: str) -> None:
    try:
        lines = [line for line in st.session_state[field].splitlines() if line.strip()]
        _set_option(**{field: dict(pair(line.strip()) for line in lines)})
    except VizError as error:
        st.toast(escape(f"{error.message}"), icon=":material/error:")


def _set_option(**values: Any) -> None:
    change(options=msgspec.structs.replace(workspace().options, **values))
