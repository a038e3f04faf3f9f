"""Requests to the routes of the workbench, without a server and without a browser."""

import asyncio
import json

from starlette.applications import Starlette

from viz.ui.routes import api
from viz.ui.workbench import tokens


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def frames(self):
        return [json.loads(line) for line in self.body.splitlines()]

    def frame(self, kind, **fields):
        return next(
            frame
            for frame in self.frames
            if frame["kind"] == kind and fields.items() <= frame.items()
        )


def ask(path, body=None, headers=None, leave_after=None):
    """Send one request to the routes; hang up after ``leave_after`` pieces of the answer."""
    return asyncio.run(_ask(path, body, headers or {}, leave_after))


async def _ask(path, body, headers, leave_after):
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "server": ("test", 80),
        "headers": [(k.encode(), v.encode()) for k, v in ({"host": "test"} | headers).items()],
    }
    left = asyncio.Event()
    sent = [{"type": "http.request", "body": body or b""}]
    pieces, start = [], {}

    async def receive():
        if sent:
            return sent.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            start.update(message)
        elif message.get("body"):
            pieces.append(message["body"])
            if leave_after is not None and len(pieces) >= leave_after:
                left.set()

    await Starlette(routes=api.routes())(scope, receive, send)
    return Reply(
        start["status"],
        {k.decode(): v.decode() for k, v in start["headers"]},
        b"".join(pieces),
    )


def own_headers(**headers):
    return {
        "content-type": "application/json",
        tokens.HEADER: tokens.issue("someone"),
        "sec-fetch-site": "same-origin",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
