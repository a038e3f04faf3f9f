"""The routes of classes: a teacher's page leads a room, students' pages follow it.

Who leads has the room's secret, who follows its code, and from the first event on a name that this
server signed; no session of Streamlit is needed, so a page is back at once after a restart. What
is sent to a page comes as server-sent events, each of them JSON.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
from anyio.to_thread import run_sync
from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from viz.classroom import joining
from viz.classroom.errors import ClassError
from viz.classroom.limits import network_of
from viz.classroom.mailbox import event
from viz.classroom.names import code_of, is_secret, new_secret
from viz.classroom.questions import ClassAnswer, ClassQuestion
from viz.classroom.room import MOST_STATE, Room
from viz.classroom.rooms import Rooms
from viz.locale.translator import marked
from viz.model import Plain
from viz.ui.routes.admission import (
    HttpRefusal,
    body_of,
    check_origin,
    decoded,
    language_of,
    refusing,
)
from viz.ui.routes.event_stream import EventStream, mailbox
from viz.ui.workspace import Workspace

MOST_BYTES = MOST_STATE + (16 << 10)
"""The largest request: a state, and a question."""

MOST_WAITING = 60.0
"""Seconds for which a page that was in a room waits in one request for it to be opened again."""

STATUS = {"unknown": 404, "often": 429, "full": 503, "large": 413, "wrong": 422}

ROOMS = Rooms()
"""The rooms of this server."""

Q = TypeVar("Q", bound=Plain)
Code = Annotated[str, Meta(max_length=40)]
Token = Annotated[str, Meta(max_length=80)]
Look = Annotated[str, Meta(max_length=1000)]
Steps = Annotated[str, Meta(max_length=20_000)]
"""What Step shows; a rule that is written there is in it."""


class ShownState(Plain, frozen=True):
    """What a teacher shows: the workspace, and what of it is looked at, as in a link."""

    workspace: Workspace
    tab: Look = ""
    pin: Look = ""
    step: Steps = ""
    checks: Look = ""
    lesson: Look = ""


class Led(Plain, frozen=True):
    """Something that a teacher does in a room; without a secret a new one is opened."""

    secret: Token = ""
    address: Annotated[str, Meta(max_length=joining.MOST_ADDRESS)] = ""
    """That of the teacher's page, for the link of the students."""
    state: msgspec.Raw = msgspec.Raw(b"")
    question: ClassQuestion | UnsetType | None = UNSET
    """What is asked, None for nothing; what was asked before stays where it is left out."""

    def __post_init__(self) -> None:
        if self.secret and not is_secret(self.secret):
            raise ValueError("this is no secret of a class")
        if bytes(self.state):
            msgspec.json.decode(self.state, type=ShownState)


class Followed(Plain, frozen=True):
    """Something that a student does in a room."""

    code: Code
    member: Token = ""
    follows: bool = True
    again: bool = False
    """Whether the page was in the room before."""
    question: Annotated[str, Meta(max_length=40)] = ""
    answer: ClassAnswer = 0


def routes() -> list[BaseRoute]:
    """Return the routes, for ``st.App``."""
    acts: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "lead": lead,
        "show": _led(lambda room, asked: room.show(bytes(asked.state))),
        "ask": _led(lambda room, asked: room.ask(asked.question or None)),
        "end": end,
        "follow": follow,
        "presence": _followed(lambda a: ROOMS.set_following(a.code, a.member, a.follows)),
        "answer": _followed(lambda a: ROOMS.answer(a.code, a.member, a.question, a.answer)),
    }
    return [
        Route(f"/api/class/{name}", refusing(_telling(act)), methods=["POST"])
        for name, act in acts.items()
    ]


def _telling(route: Callable[[Request], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Return a route that answers what a room refuses with a status and the reason in words."""

    async def answer(request: Request) -> Response:
        try:
            return await route(request)
        except ClassError as error:
            told = error.told(language_of(request))
            return JSONResponse({"message": told, "reason": error.reason}, STATUS[error.reason])

    return answer


async def _read(request: Request, kind: type[Q]) -> Q:
    check_origin(request)
    return decoded(await body_of(request, MOST_BYTES), kind)


async def lead(request: Request) -> Response:
    """Open a room, or go on with one, and answer with what its teacher is told."""
    asked = await _read(request, Led)
    secret = asked.secret or new_secret()
    code = ROOMS.code_of(secret)
    if code is None:
        ROOMS.admit_opening(_network(request))
        code = await run_sync(code_of, secret)
    try:
        link = joining.link(asked.address, code)
    except ValueError as error:
        text = marked("The question cannot be read: {error}")
        raise HttpRefusal(400, text, error=error) from error
    picture = await run_sync(joining.picture, link)
    box, woken = mailbox()
    box.put("room", event("room", code=code, secret=secret, link=link, picture=picture))
    room = ROOMS.lead(secret, code, box)
    try:
        room.show(bytes(asked.state))
    except ClassError:
        ROOMS.rest(room, box)  # nobody listens to the box
        raise
    if asked.question is not UNSET:
        room.ask(asked.question)
    ROOMS.admit_waiting(room)
    return EventStream(box, woken, lambda: ROOMS.rest(room, box), ROOMS.sweep)


async def follow(request: Request) -> Response:
    """Answer with what the students of a room are told."""
    asked = await _read(request, Followed)
    box, woken = mailbox()
    seat = ROOMS.follow(
        asked.code,
        asked.member,
        box,
        _network(request),
        follows=asked.follows,
        again=asked.again,
    )
    return EventStream(
        box,
        woken,
        lambda: ROOMS.leave(seat),
        ROOMS.sweep,
        lambda: MOST_WAITING if ROOMS.is_waiting(seat) else None,
    )


async def end(request: Request) -> Response:
    """End a room for all."""
    ROOMS.end((await _read(request, Led)).secret)
    return Response(status_code=204)


def _led(act: Callable[[Room, Led], None]) -> Callable[[Request], Awaitable[Response]]:
    """Return a route by which a teacher changes a room."""

    async def answer(request: Request) -> Response:
        asked = await _read(request, Led)
        act(ROOMS.led(asked.secret), asked)
        return Response(status_code=204)

    return answer


def _followed(act: Callable[[Followed], None]) -> Callable[[Request], Awaitable[Response]]:
    """Return a route by which a student does something in a room."""

    async def answer(request: Request) -> Response:
        act(await _read(request, Followed))
        return Response(status_code=204)

    return answer


def _network(request: Request) -> str:
    return network_of(request.client.host if request.client else "")
