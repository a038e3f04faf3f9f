"""Show the workspace's outline at once, and fetch its scripts beside those of Streamlit.

Streamlit's page is empty until its scripts have run. What this adds to it is static HTML: an
outline of the panes, which a rule of style takes away when there is something to show, and the
addresses of our own files, so that they do not wait until a component asks for them.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from viz.locale.choice import asked_by_browser, named
from viz.messages import Language
from viz.ui.routes.whole_answer import answer_changed, mark_compressed
from viz.ui.workbench import assets

_FONT = re.compile(rb'<link\s+rel="preload"[^>]*SourceSans[^>]*/>')
"""A font that Streamlit fetches first; the theme uses another."""

_OURS = {b"accept-encoding", b"if-none-match", b"if-modified-since"}
"""Headers of a request that are dealt with here."""


@cache
def _additions(language: Language) -> tuple[bytes, bytes]:
    """Return what the page's head and its body begin with; ``language`` is the visitor's."""
    folder = f"{assets.root()}/workbench/{assets.version()}"
    links = [
        f'<link rel="modulepreload" href="{folder}/{assets.MODULE}">',
        f'<link rel="preload" as="style" href="{folder}/workbench.css">',
    ]
    data = [f"catalog.{language}.json", *(["words.zh.json"] if language == "zh" else [])]
    links += [
        f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{folder}/{name}">'
        for name in data
    ]
    outline = files(__package__).joinpath("skeleton.html").read_text(encoding="utf-8")
    return "".join(links).encode(), outline.encode()


def with_skeleton(page: bytes, is_workspace: bool, language: Language = "en") -> bytes:
    """Return Streamlit's page with the outline; that of the workspace with its files' addresses."""
    links, outline = _additions(language)
    page = _FONT.sub(b"", page, count=1)
    page = re.sub(rb"<body[^>]*>", lambda body: body[0] + outline, page, count=1)
    return page.replace(b"</head>", links + b"</head>", 1) if is_workspace else page


class Skeleton:
    """ASGI middleware that adds the outline to Streamlit's page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the outline added to a page."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "text/html" not in headers.get("accept", ""):
            await self.app(scope, receive, send)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        asked = asked_by_browser(headers.get("accept-language", ""))
        language = named(query.get("lang", [""])[0]) or asked
        # A page is always sent whole, and compressed here, since it is complete only here.
        passed = [(name, value) for name, value in scope["headers"] if name not in _OURS]
        is_compressed = "gzip" in headers.get("accept-encoding", "")
        is_workspace = not scope["path"].rstrip("/").endswith("/environment")

        async def change(content: bytes, answer: MutableHeaders) -> bytes:
            page = with_skeleton(content, is_workspace, language)
            del answer["etag"], answer["last-modified"]
            if not is_compressed:
                return page
            mark_compressed(answer)
            return gzip.compress(page, 6)

        await answer_changed(
            self.app,
            {**scope, "headers": passed},
            receive,
            send,
            is_meant=lambda answer: answer.get("content-type", "").startswith("text/html"),
            change=change,
        )
