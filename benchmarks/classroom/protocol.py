"""Lead and follow a class without a browser: what viz/ui/routes/classroom.py speaks, on sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

Event = dict[str, Any]


async def _sent(
    port: int, path: str, body: object, headers: dict[str, str]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int, str]:
    """Send a question; return the connection, the status and the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    rows = {"host": f"127.0.0.1:{port}", "content-type": "application/json"} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
    head = f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    await writer.drain()
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    return reader, writer, int(answer.split(" ", 2)[1]), answer.lower()


async def _pieces(reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of an answer whose length is not said before."""
    while size := int((await reader.readline()).strip() or b"0", 16):
        yield (await reader.readexactly(size + 2))[:-2]


async def tell(port: int, path: str, body: object, **headers: str) -> tuple[int, Event]:
    """Send a question that has a short answer; return its status and what it says."""
    rows = {name.replace("_", "-"): value for name, value in headers.items()}
    reader, writer, status, head = await _sent(port, f"/api/class/{path}", body, rows)
    try:
        if "content-length: " not in head:
            return status, {}
        length = int(head.partition("content-length: ")[2].partition("\r")[0])
        content = await reader.readexactly(length)
        return status, json.loads(content) if content.startswith(b"{") else {}
    finally:
        writer.close()


async def stream(
    port: int, path: str, body: object, headers: dict[str, str] | None = None
) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of any answer that comes as a stream; closing it hangs up."""
    reader, writer, status, _ = await _sent(port, path, body, headers or {})
    assert status == 200, status
    try:
        async for piece in _pieces(reader):
            yield piece
    finally:
        writer.close()


class ClassPage:
    """A page that leads or follows a class: the latest event of each kind that it heard.

    Parameters
    ----------
    port
        That of a server on this machine.
    path
        ``lead`` or ``follow``.
    body
        The question with which it begins to listen.
    """

    def __init__(self, port: int, path: str, body: Event) -> None:
        self.known: dict[str, Event] = {}
        self.heard: list[tuple[float, Event]] = []
        """All events, each with when it came, of ``time.time()``."""
        self._port = port
        self._path = path
        self._body = body
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def start(self, kind: str) -> Event:
        """Begin to listen; return the first event of a kind."""
        self._task = asyncio.create_task(self._listen())
        return await self.wait(kind)

    async def _listen(self) -> None:
        rest = b""
        async for piece in stream(self._port, f"/api/class/{self._path}", self._body):
            *events, rest = (rest + piece).split(b"\n\n")
            for event in events:
                if event.startswith(b"data: "):
                    self._hear(json.loads(event[6:]))
            async with self._changed:
                self._changed.notify_all()

    def _hear(self, event: Event) -> None:
        self.known[event["kind"]] = event
        self.heard.append((time.time(), event))

    async def wait(self, kind: str, seconds: float = 20.0, **fields: object) -> Event:
        """Return the latest event of a kind once it has these fields."""

        def is_there() -> bool:
            return fields.items() <= self.known.get(kind, {"kind": ""}).items() and (
                kind in self.known
            )

        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(is_there), seconds)
        return self.known[kind]

    async def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
