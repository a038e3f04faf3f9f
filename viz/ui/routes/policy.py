"""The Content-Security-Policy of every page.

Inline scripts are refused: Streamlit's scripts and ours are files of this server, and Streamlit
turns a component's script into a ``blob:``. Inline styles are allowed, because Streamlit and the
editor write them at run time.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE = re.compile(rb"<script(?![^>]* src=)[^>]*>(.*?)</script>", re.DOTALL)


@cache
def policy(embedded: bool = False) -> str:
    """Return the policy; the inline scripts of Streamlit's own page are allowed by their hashes.

    A page that is made to be embedded may stand in any other one, slides in a file among them: it
    is only read, and holds nothing of a visitor's.
    """
    index = Path(streamlit.__file__).parent / "static" / "index.html"
    known = (
        f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE.findall(index.read_bytes())
    )
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self' blob:", *known)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "connect-src 'self' ws: wss:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            *(() if embedded else ("frame-ancestors 'self'",)),
        )
    )


class Policy:
    """ASGI middleware that adds the policy to every HTML response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the policy added."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    query = parse_qs(scope.get("query_string", b""), keep_blank_values=True)
                    headers["content-security-policy"] = policy(b"embed" in query)
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)
