"""The session of a browser tab: its workspace, requests to the engine, errors on the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from viz.errors import EngineError, VizError
from viz.locale.choice import asked_by_browser, named
from viz.locale.translator import Translator
from viz.messages import hint_of
from viz.model import (
    Answer,
    End,
    EngineName,
    Part,
    Progress,
    Queued,
    Reply,
    decode_reply,
)
from viz.model.problem import error_of
from viz.service.broker import Broker, shared
from viz.ui.workspace import Workspace, from_query
from viz.ui.workspace_store import WorkspaceStore

HEARTBEAT = 0.2
"""Seconds between checks whether Streamlit has abandoned this run of the script for a newer one."""

R = TypeVar("R", bound=Reply)

WORKSPACES: WorkspaceStore[Workspace] = WorkspaceStore()
"""Workspaces that workbenches sent, by session."""


@st.cache_resource(show_spinner=False)
def broker() -> Broker:
    """Return the server's broker, shared by all sessions, with its engine started."""
    broker = shared()
    broker.start()
    return broker


def session() -> str:
    """Return the id of this browser tab's session; empty outside of one."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def words() -> Translator:
    """Return the words of the visitor's language: the address's, else the browser's."""
    asked = named(st.query_params.get("lang", ""))
    return Translator(asked or asked_by_browser(st.context.headers.get("accept-language") or ""))


def current_workspace() -> Workspace:
    """Return the workspace that this session's workbench sent last, at first that of the URL."""
    sent = WORKSPACES.take(session())
    if sent is not None:
        st.session_state.workspace = sent
    if "workspace" not in st.session_state:
        st.session_state.workspace = from_query(st.query_params.get("w", ""))
    current: Workspace = st.session_state.workspace
    return current


def ask(part: Part, reply: type[R], engine: EngineName = "") -> R:
    """Return the engine's reply to a part of the workspace; its progress is shown meanwhile.

    Parameters
    ----------
    part, reply
        The part to ask for, and the type of its reply.
    engine
        Which engine is asked.

    Raises
    ------
    VizError
        When the engine reports an error.
    """
    _ = words()
    request = msgspec.structs.replace(current_workspace().request(part), engine=engine)
    ticket = broker().submit(session(), [request])
    result: Reply | None = None
    with _progress() as show:
        for frame in ticket.frames(heartbeat=HEARTBEAT):
            if isinstance(frame, Queued):
                show(_("number {position} in the queue …", position=frame.position))
            elif isinstance(frame, Progress):
                show(f"{frame.step.text(_.language)} …")
            elif isinstance(frame, Answer):
                result = decode_reply(part, frame.reply)
            elif isinstance(frame, End) and frame.status == "superseded":
                # A newer request of the same tab replaced this one. Where Streamlit has abandoned
                # this run of the script, it ends here; otherwise the page is drawn anew, not left
                # half drawn.
                st.rerun()
            elif isinstance(frame, End) and frame.problem is not None:
                raise error_of(frame.problem)
    assert isinstance(result, reply)
    return result


@contextmanager
def _progress() -> Iterator[Any]:
    line = st.empty()
    try:
        yield lambda step: line.caption(f"⏳ {step}")
    finally:
        line.empty()


def show_error(error: VizError) -> None:
    """Show an error and its hint."""
    _ = words()
    st.error(escape(error.what.text(_.language)), icon=":material/error:")
    if hint := hint_of(error.what, error.advice, _.language):
        st.caption(escape(hint))
    if isinstance(error, EngineError):
        st.button(_("Try again"), icon=":material/refresh:")  # a click runs the script again


def escape(text: str) -> str:
    """Return text with Markdown's special characters escaped, so that it shows as it was typed."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-!|<>$:~" else c for c in text)
