"""Answer a request with server-sent events, as they come into a mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from viz.classroom.mailbox import Mailbox

HEARTBEAT = 15.0
"""Seconds without an event after which a comment shows that the connection is alive."""

SLOWEST = 30.0
"""Seconds that a listener may take to accept what it is sent."""


def mailbox() -> tuple[Mailbox, asyncio.Event]:
    """Return a mailbox, and what is set when there is something in it."""
    woken = asyncio.Event()
    return Mailbox(woken.set), woken


class EventStream(Response):
    """The events of a mailbox, until it is closed, or the listener goes or reads nothing.

    Parameters
    ----------
    box, woken
        The mailbox, and what it sets.
    closed
        Called once when the listener hears no more.
    beat
        Called with each heartbeat.
    limit
        Seconds after which the answer ends by itself; None for never.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        box: Mailbox,
        woken: asyncio.Event,
        closed: Callable[[], None],
        beat: Callable[[], None],
        limit: Callable[[], float | None] = lambda: None,
    ) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._box = box
        self._woken = woken
        self._closed = closed
        self._beat = beat
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the end."""
        try:
            async with anyio.create_task_group() as tasks:

                async def hang_up() -> None:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    tasks.cancel_scope.cancel()

                tasks.start_soon(hang_up)
                await self._send_all(send)
                tasks.cancel_scope.cancel()
        finally:
            self._closed()

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await self._send(send, start)
        began = anyio.current_time()
        while True:
            self._woken.clear()
            for taken in self._box.take():
                if not await self._send_body(send, b"data: " + taken + b"\n\n"):
                    return
            if self._box.is_closed:
                break
            limit = self._limit()
            if limit is not None and anyio.current_time() - began > limit:
                break
            with anyio.move_on_after(HEARTBEAT) as pause:
                await self._woken.wait()
            if pause.cancelled_caught:
                self._beat()
                if not await self._send_body(send, b":\n\n"):
                    return
        await self._send(send, {"type": "http.response.body", "body": b""})

    async def _send_body(self, send: Send, body: bytes) -> bool:
        return await self._send(
            send, {"type": "http.response.body", "body": body, "more_body": True}
        )

    async def _send(self, send: Send, message: dict[str, object]) -> bool:
        """Send a message; return whether the listener took it in time."""
        try:
            with anyio.fail_after(SLOWEST):
                await send(message)
        except (TimeoutError, OSError):
            return False
        return True
