"""Answer with the whole body of what an app sends, changed once it is complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def answer_changed(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    is_meant: Callable[[MutableHeaders], bool],
    change: Callable[[bytes, MutableHeaders], Awaitable[bytes]],
) -> None:
    """Answer as an app does, with another body where it is meant.

    Only an answer of status 200 that is not compressed is changed; any other is passed on piece by
    piece.

    Parameters
    ----------
    is_meant
        Whether an answer with these headers is changed.
    change
        Returns the other body; it may change the headers. The length is set here.
    """
    start: Message = {}
    pieces: list[bytes] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        headers = MutableHeaders(scope=start)
        if start["status"] != 200 or "content-encoding" in headers or not is_meant(headers):
            if start.pop("type", None):  # its first piece
                await send({**start, "type": "http.response.start"})
            await send(message)
            return
        pieces.append(message.get("body", b""))
        if message.get("more_body"):
            return
        content = await change(b"".join(pieces), headers)
        headers["content-length"] = str(len(content))
        await send(start)
        await send({"type": "http.response.body", "body": content})

    await app(scope, receive, sending)


def mark_compressed(headers: MutableHeaders) -> None:
    """Say in the headers of an answer that its body is compressed by gzip."""
    headers["content-encoding"] = "gzip"
    headers.add_vary_header("accept-encoding")
