"""The session of a browser tab: its workspace, and how a page asks the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from viz.errors import EngineError, VizError
from viz.model import (
    Answer,
    End,
    Part,
    Progress,
    Queued,
    Reply,
    RunPart,
    decode_reply,
)
from viz.model.problem import error_of
from viz.service.broker import Broker, shared
from viz.text import Text
from viz.ui.workspace import Workspace, from_query
from viz.ui.workspace_store import Spaces

HEARTBEAT = 0.2
"""Seconds between looks at whether the user has clicked something else meanwhile."""


R = TypeVar("R", bound=Reply)


SPACES: Spaces[Workspace] = Spaces()
"""What workbenches said, by session."""


@st.cache_resource(show_spinner=False)
def broker() -> Broker:
    """Return the server's broker, shared by all sessions; its engine begins to load."""
    found = shared()
    found.start()
    return found


def session() -> str:
    """Return what tells this browser tab from others."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def workspace() -> Workspace:
    """Return this session's workspace: what the workbench last said, at first that of the URL."""
    said = SPACES.take(session())
    if said is not None:
        st.session_state.workspace = said
    if "workspace" not in st.session_state:
        st.session_state.workspace = from_query(st.query_params.get("w", ""))
    found: Workspace = st.session_state.workspace
    return found


def ask(part: Part, reply: type[R], target: str = "c", **changes: Any) -> R:
    """Ask the engine for a part of what is on the page, with its progress shown.

    ``changes`` replace fields of the request.

    Raises
    ------
    VizError
        What the engine reported.
    """
    request = msgspec.structs.replace(workspace().request(part, target), **changes)
    ticket = broker().submit(
        session(), [request], lane="run" if isinstance(part, RunPart) else "view"
    )
    result: Reply | None = None
    with _progress() as show:
        for frame in ticket.frames(heartbeat=HEARTBEAT):
            if isinstance(frame, Queued):
                show(f"number {frame.position} in the queue")
            elif isinstance(frame, Progress):
                show(frame.step)
            elif isinstance(frame, Answer):
                result = decode_reply(part, frame.reply)
            elif isinstance(frame, End) and frame.status == "superseded":
                # The same tab asked something newer. A run of this script that Streamlit has given
                # up ends here; one that it has not must not leave half a page.
                st.rerun()
            elif isinstance(frame, End) and frame.problem is not None:
                raise error_of(frame.problem)
    assert isinstance(result, reply)
    return result


@contextmanager
def _progress() -> Iterator[Any]:
    place = st.empty()
    try:
        yield lambda step: place.caption(f"⏳ {step} …")
    finally:
        place.empty()


def show_error(error: VizError, text: str) -> None:
    """Show an error with the line of the user's text it is about."""
    where = ""
    if error.span is not None and text:
        lines = Text(text)
        where = f"Line {lines.position(error.span.start).line}: "
    st.error(f"{where}{escape(error.message)}", icon=":material/error:")
    if error.span is not None and text:
        st.code(Text(text).excerpt(error.span), language=None)
    if error.hint:
        st.caption(escape(error.hint))
    if isinstance(error, EngineError):
        st.button("Try again", icon=":material/refresh:")  # a click runs the page anew


def escape(text: str) -> str:
    """Return text with Markdown's signs made harmless, so that what users typed shows as typed."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-!|<>$:~" else c for c in text)
