"""The tree pane: the program's AST at a stage, to fold, zoom and download."""

from __future__ import annotations

from typing import Any

import streamlit as st

from viz import catalog, graph
from viz.errors import VizError
from viz.model import Tree, TreePart
from viz.ui.pane import PANE_HEIGHT, pane_title, theme
from viz.ui.picture import picture
from viz.ui.state import MOST_DEPTH, Workspace, ask, change, show_error

STAGES = {"input": "Input", "scheduled": "Scheduled", "final": "Final"}
"""Your program, with the default GPU schedule, and as the codegen gets it."""


def show(space: Workspace) -> None:
    """Draw the pane."""
    title, stage, settings = st.columns([2, 6, 3], vertical_alignment="center")
    with title:
        pane_title("AST")
    with stage:
        chosen: Any = (
            st.segmented_control(
                "Stage",
                list(STAGES),
                default=space.stage,
                label_visibility="collapsed",
                key="stage",
                format_func=STAGES.__getitem__,
                on_change=lambda: change(
                    stage=st.session_state.stage or "input", unfolded=(), folded=()
                ),
            )
            or "input"
        )
    with settings, st.popover("View", icon=":material/visibility:", width="stretch"):
        _view_settings(space)
    target = (space.targets or ("c",))[0]
    if chosen == "scheduled":
        target = next((t for t in space.targets if catalog.targets()[t].gpu), "cuda")
    try:
        tree = ask(TreePart(stage=chosen), Tree, target)
        view = graph.View(
            depth=space.depth or None,
            types=space.types,
            unfolded=tuple(i for i in space.unfolded if i < len(tree.nodes)),
            folded=tuple(i for i in space.folded if i < len(tree.nodes)),
        )
        clicked = picture(_picture(tree, view, theme()), PANE_HEIGHT, key="ast")
    except VizError as error:
        show_error(error, space.text)
        return
    _tree_footer(tree, view, target)
    if clicked is not None and clicked < len(tree.nodes):
        _toggle(space, tree, view, clicked)


def _view_settings(space: Workspace) -> None:
    st.toggle(
        "Types, shapes and bookkeeping",
        value=space.types,
        key="types",
        on_change=lambda: change(types=st.session_state.types),
    )
    st.number_input(
        "Depth",
        min_value=0,
        max_value=MOST_DEPTH,
        value=space.depth,
        key="depth",
        help="0 shows all levels.",
        on_change=lambda: change(depth=int(st.session_state.depth)),
    )
    st.button("Fold as at first", on_click=lambda: change(unfolded=(), folded=()))
    st.caption("Click a node to fold or unfold it. Drag to move, Ctrl and the wheel to zoom.")


def _toggle(space: Workspace, tree: Tree, view: graph.View, node: int) -> None:
    """Fold the subtree of a node, or unfold what is hidden below it."""
    if node in space.folded:
        change(folded=tuple(i for i in space.folded if i != node))
    elif node in space.unfolded:
        change(unfolded=tuple(i for i in space.unfolded if i != node), folded=(*space.folded, node))
    elif graph.fold(tree, view).hidden.get(node):
        change(unfolded=(*space.unfolded, node))
    elif tree.nodes[node].children:
        change(folded=(*space.folded, node))
    else:
        return
    st.rerun()


@st.cache_data(show_spinner="drawing …", max_entries=64)
def _picture(tree: Tree, view: graph.View, theme: Any) -> str:
    fitted, numbers = graph.fit(tree, view, PANE_HEIGHT * 0.9, PANE_HEIGHT)
    return graph.svg(tree, fitted, numbers, theme)


@st.cache_data(show_spinner="drawing …", max_entries=32)
def _file(tree: Tree, view: graph.View, format: Any) -> bytes:
    return graph.render(tree, view, format)


def _tree_footer(tree: Tree, view: graph.View, target: str) -> None:
    shown = graph.fold(tree, view)
    where = "" if tree.stage == "input" else f" for {catalog.targets()[target].title}"
    note, svg, png, dot = st.columns([4, 1, 1, 1], vertical_alignment="center")
    note.caption(
        f"{len(shown.nodes):,} of {len(tree.nodes):,} nodes, {tree.stage}{where}. "
        "Blue boxes are statements, amber pills expressions."
    )
    for place, format in ((svg, "svg"), (png, "png"), (dot, "dot")):
        place.download_button(
            format.upper(),
            data=lambda format=format: _file(tree, view, format),
            file_name=f"ast.{format}",
            key=f"download_{format}",
            width="stretch",
        )
