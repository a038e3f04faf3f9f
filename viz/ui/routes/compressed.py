"""Compress the scripts and styles of Streamlit's page, which Streamlit sends as they are.

On a slow line they are what a first visit waits for: 2.5 MB, or 0.7 MB compressed. Their names
hold a hash of their content, so each is compressed once. A font of icons, 0.4 MB, which Streamlit
fetches at its start and no page of ours shows, is left out of its style.
"""

from __future__ import annotations

import gzip
import re
from pathlib import PurePosixPath

from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from viz.ui.routes.whole_answer import answer_changed, mark_compressed

_FOLDER = "/static/"
_ICONS = re.compile(rb"@font-face\s*{[^}]*MaterialSymbols[^}]*}")
_ENDINGS = {".js", ".css", ".svg", ".json"}


class Compressed:
    """ASGI middleware that compresses the text files below ``/static/``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.known: dict[str, bytes] = {}
        """The compressed files by path. Only files that exist are in it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does; a whole file is sent compressed."""
        if not _is_meant(scope):
            await self.app(scope, receive, send)
            return

        async def change(content: bytes, headers: MutableHeaders) -> bytes:
            mark_compressed(headers)
            return await self._compressed(scope["path"], content)

        await answer_changed(
            self.app, scope, receive, send, is_meant=lambda headers: True, change=change
        )

    async def _compressed(self, path: str, content: bytes) -> bytes:
        if path not in self.known:
            if path.endswith(".css"):
                content = _ICONS.sub(b"", content)
            self.known[path] = await run_sync(gzip.compress, content, 6)
        return self.known[path]


def _is_meant(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or _FOLDER not in scope["path"]:
        return False
    headers = Headers(scope=scope)
    takes = "gzip" in headers.get("accept-encoding", "") and "range" not in headers
    return takes and PurePosixPath(scope["path"]).suffix in _ENDINGS
