"""Check requests of the page: where they come from, what they hold, how long they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from viz.locale.choice import asked_by_browser
from viz.locale.translator import Translator, marked
from viz.messages import Language
from viz.model import Plain

Q = TypeVar("Q", bound=Plain)


class HttpRefusal(Exception):
    """A question that is refused: the HTTP status, and what the user is told, with its values."""

    def __init__(self, status: int, text: str, **values: object) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.values = values


def refusing(route: Callable[[Request], Awaitable[Response]]) -> Callable[..., Any]:
    """Return a route that answers a refused question with the refusal's status and message."""

    async def answer(request: Request) -> Response:
        try:
            return await route(request)
        except HttpRefusal as refusal:
            _ = Translator(language_of(request))
            return JSONResponse({"message": _(refusal.text, **refusal.values)}, refusal.status)

    return answer


def language_of(request: Request) -> Language:
    """Return the language of the page that asks."""
    return asked_by_browser(request.headers.get("accept-language", ""))


def check_origin(request: Request) -> None:
    """Check that a request is a question of our own page, or of a client that is no browser.

    Raises
    ------
    HttpRefusal
        When another site's page sent it, or it is no JSON: such a one any page could send.
    """
    if not _same_origin(request):
        raise HttpRefusal(403, marked("This page belongs to another site."))
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HttpRefusal(415, marked("A question is JSON."))


async def body_of(request: Request, most: int) -> bytes:
    """Return the body of a request, of at most so many bytes.

    Raises
    ------
    HttpRefusal
        When it is longer, or ends early.
    """
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                if most >> 20:
                    text = marked("A question has at most {count} MiB.")
                    raise HttpRefusal(413, text, count=most >> 20)
                raise HttpRefusal(
                    413, marked("A question has at most {count} KiB."), count=most >> 10
                )
    except ClientDisconnect:
        raise HttpRefusal(400, marked("The question ended early.")) from None
    return bytes(body)


def decoded(body: bytes, kind: type[Q]) -> Q:
    """Return the question of a kind that a body holds.

    Raises
    ------
    HttpRefusal
        When it holds none.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        text = marked("The question cannot be read: {error}")
        raise HttpRefusal(400, text, error=error) from error


def _same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
