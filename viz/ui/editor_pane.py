"""The editor pane: the text, what there is to choose in it, and what was made of it."""

from __future__ import annotations

import streamlit as st

from viz.errors import VizError
from viz.model import Overview, OverviewPart
from viz.options import pair, typed
from viz.text import Text
from viz.ui.pane import PANE_HEIGHT, pane_title, show_problems
from viz.ui.state import Workspace, ask, change, retyped, show_error, workspace


def show(space: Workspace) -> Overview | None:
    """Draw the pane; return the overview, or None when the text cannot be read."""
    pane_title("TVMScript")
    if "text" not in st.session_state:
        st.session_state.text = space.text
    st.text_area(
        "TVMScript",
        key="text",
        height=PANE_HEIGHT,
        label_visibility="collapsed",
        placeholder="Paste a @T.prim_func function, an @I.ir_module class, or a whole file.",
        on_change=lambda: retyped(st.session_state.text),
    )
    st.caption("Ctrl+Enter analyses what you typed.")
    if "kept" in st.session_state:
        st.button("Bring back what I typed", icon=":material/undo:", on_click=_bring_back)
    if space.shipped is not None and space.shipped.description:
        st.info(space.shipped.description, icon=":material/school:")
    try:
        overview = ask(OverviewPart(), Overview)
    except VizError as error:
        show_error(error, space.text)
        _arguments(space, error)
        return None
    _choices(space, overview)
    _said(space, overview)
    return overview


def _bring_back() -> None:
    text = st.session_state.pop("kept")
    change(text=text, example="", definition="", function="", arguments={}, unfolded=(), folded=())
    st.session_state.text = text


def _arguments(space: Workspace, error: VizError) -> None:
    """Ask for the arguments of a factory, when that is what is missing."""
    if "needs a value for" not in error.message:
        return
    name = error.message.rpartition(" ")[2]
    st.text_input(
        f"Value of {name}",
        key=f"argument_{name}",
        placeholder="8",
        on_change=lambda: _set_argument(name),
    )


def _set_argument(name: str) -> None:
    value = st.session_state[f"argument_{name}"].strip()
    others = {key: kept for key, kept in workspace().arguments.items() if key != name}
    change(arguments=others | (dict([pair(f"{name}={value}")]) if value else {}))


def _choices(space: Workspace, overview: Overview) -> None:
    """Let the user choose among several definitions, several functions, and fill in a factory."""
    names = [definition.name for definition in overview.definitions]
    if len(names) > 1:
        st.session_state.definition = overview.definition
        st.selectbox(
            "Definition",
            names,
            key="definition",
            on_change=lambda: change(
                definition=st.session_state.definition,
                function="",
                arguments={},
                unfolded=(),
                folded=(),
            ),
        )
    chosen = next((d for d in overview.definitions if d.name == overview.definition), None)
    for argument in chosen.arguments if chosen else ():
        value = space.arguments.get(argument.name, argument.default)
        key = f"argument_{argument.name}"
        st.session_state[key] = "" if value is None else typed(value)
        st.text_input(
            f"{argument.name} of {chosen.name if chosen else ''}",
            key=key,
            on_change=_set_argument,
            args=(argument.name,),
        )
    if len(overview.functions) > 1:
        functions = ["", *(function.name for function in overview.functions)]
        st.session_state.function = space.function if space.function in functions else ""
        st.selectbox(
            "Function in the tree",
            functions,
            format_func=lambda name: name or "all",
            key="function",
            on_change=lambda: change(function=st.session_state.function, unfolded=(), folded=()),
        )


def _said(space: Workspace, overview: Overview) -> None:
    text = Text(space.text)
    if overview.edits:
        count = len(overview.edits)
        title = (
            "1 older spelling brought up to date"
            if count == 1
            else f"{count} older spellings brought up to date"
        )
        with st.expander(title, icon=":material/history:"):
            st.dataframe(
                [
                    {
                        "Line": text.position(edit.span.start).line,
                        "You wrote": edit.old,
                        "Today": edit.new,
                        "Why": edit.note,
                    }
                    for edit in overview.edits
                ],
                hide_index=True,
            )
            st.caption("Your text stays as you typed it; TVM gets it with these edits.")
    if overview.left_out:
        with st.expander(
            f"{len(overview.left_out)} statements left out", icon=":material/filter_alt:"
        ):
            st.dataframe(
                [
                    {
                        "Line": text.position(left.span.start).line,
                        "What": left.what,
                        "Hint": left.hint,
                    }
                    for left in overview.left_out
                ],
                hide_index=True,
            )
    show_problems(overview.problems)
