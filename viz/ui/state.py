"""What the user set, in the session and in the URL, and how a page asks the engine."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import msgspec
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from viz import catalog
from viz.broker import Broker, shared
from viz.errors import EngineError, VizError
from viz.examples import Example, examples
from viz.model import (
    Answer,
    End,
    Options,
    Part,
    Plain,
    Progress,
    Queued,
    Reply,
    Request,
    RunPart,
    Scalar,
    StageName,
    decode_reply,
)
from viz.protocol import error_of
from viz.source import read
from viz.text import Text
from viz.ui.spaces import Spaces

HEARTBEAT = 0.2
"""Seconds between looks at whether the user has clicked something else meanwhile."""

MOST_URL_CHARACTERS = 6000
"""Longer programs stay out of the URL: some servers refuse longer ones."""

MOST_DEPTH = 60

R = TypeVar("R", bound=Reply)


class Workspace(Plain, frozen=True):
    """Everything a page shows follows from this.

    It survives changing the page and fits in a URL.
    """

    example: str = "add_one"
    text: str = ""
    targets: tuple[str, ...] = ("c", "cuda")
    definition: str = ""
    function: str = ""
    arguments: dict[str, Scalar] = {}
    options: Options = Options()
    stage: StageName = "input"
    depth: Annotated[int, msgspec.Meta(ge=0, le=MOST_DEPTH)] = 0
    types: bool = False
    unfolded: tuple[str, ...] = ()
    """Nodes of the drawn tree, by their path: so an edit elsewhere leaves them as they are."""
    folded: tuple[str, ...] = ()

    @property
    def shipped(self) -> Example | None:
        """The example whose text this is; None once the user has changed it."""
        found = examples().get(self.example)
        return found if found is not None and found.text == self.text else None

    def request(self, part: Part, target: str = "c") -> Request:
        """Return the request for a part of what is on the page."""
        options = self.options
        row = catalog.targets()[target]
        if not (row.gpu and row.arch):
            # The page's one field for it speaks of GPUs; LLVM's is an attribute like any other.
            options = msgspec.structs.replace(options, arch="")
        return Request(
            text=self.text,
            definition=self.definition,
            function=self.function,
            arguments=self.arguments,
            target=target,
            options=options,
            part=part,
        )


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


def tidied(space: Workspace) -> Workspace:
    """Return a workspace whose choices name something in its text, as far as that can be read."""
    try:
        found = {definition.name for definition in read(space.text).definitions}
    except VizError:
        return space  # half-typed: keep what was chosen
    if not space.definition or space.definition in found:
        return space
    return msgspec.structs.replace(space, definition="", function="", arguments={})


def to_query(space: Workspace) -> str:
    """Return a workspace as text for a URL; the text of an unchanged example is left out of it.

    Returns an empty string where the program is too long for a URL.
    """
    if space.shipped is not None:
        space = msgspec.structs.replace(space, text="")
    packed = (
        base64.urlsafe_b64encode(zlib.compress(msgspec.json.encode(space), 9)).decode().rstrip("=")
    )
    return packed if len(packed) <= MOST_URL_CHARACTERS else ""


def from_query(query: str) -> Workspace:
    """Return the workspace of a URL; a damaged or missing one gives the first example."""
    try:
        packed = base64.urlsafe_b64decode(query + "=" * (-len(query) % 4))
        # A few hundred bytes can unpack to gigabytes: take no more than a program's worth.
        space = msgspec.json.decode(
            zlib.decompressobj().decompress(packed, 1 << 20), type=Workspace
        )
    except (ValueError, zlib.error, msgspec.MsgspecError):
        space = Workspace()
    usable = (name for name, row in catalog.targets().items() if not row.unavailable)
    space = msgspec.structs.replace(
        space, targets=tuple(name for name in usable if name in space.targets)
    )
    if space.text or space.example not in examples():
        return space
    return msgspec.structs.replace(space, text=examples()[space.example].text)


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
