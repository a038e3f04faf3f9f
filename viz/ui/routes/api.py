"""The routes that the workbench asks: parts of an analysis, files, and its own static files.

A question is a POST of JSON with the session's token (:mod:`viz.ui.workbench.tokens`). Its answer
streams frames, a JSON object a line. Leaving early cancels the work; a newer question of the same
session replaces an older one that is not answered yet. Equal questions have equal answers, so an
answer's tag is made from its question and a browser that has it gets 304.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncGenerator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from viz import __version__
from viz.errors import VizError
from viz.model import Answer, End, Plain, Progress, Queued, encode
from viz.model.problem import problem_of
from viz.service.broker import Lane, shared
from viz.ui.session import SPACES
from viz.ui.workbench import assets, tokens
from viz.ui.workbench.downloads import Download, download
from viz.ui.workbench.frames import line, said
from viz.ui.workbench.questions import Ask, Plan

MOST_BYTES = 1 << 20
"""Of a question; a program of 20,000 lines has half of that."""

HEARTBEAT = 5.0
"""Seconds of quiet after which a frame says that the work goes on."""

Q = TypeVar("Q", bound=Plain)


def routes() -> list[BaseRoute]:
    """Return the routes, for ``st.App``."""
    return [
        Route("/api/parts", parts, methods=["POST"]),
        Route("/api/file", file, methods=["POST"]),
        Route("/workbench/{version}/{name:path}", assets.own_file),
        Route("/monaco/{version}/{name:path}", assets.monaco_file),
    ]


class Refused(Exception):
    """A question that is not answered: the HTTP status, and what to tell."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def parts(request: Request) -> Response:
    """Answer a question for parts of an analysis with a stream of frames."""
    try:
        session, body = await _admitted(request)
        ask = _decoded(body, Ask)
    except Refused as refused:
        return _refusal(refused)
    if ask.current:
        SPACES.put(session, ask.space)
    tag = _tag(ask)
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    lane: Lane = "view" if "program" in ask.parts else "look"
    frames = _frames(session, ask, lane)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        frames = _squeezed(frames)
    return StreamingResponse(frames, media_type="application/x-ndjson", headers=headers)


async def _squeezed(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield pieces as gzip, each so that it can be read when it arrives.

    Streamlit would do it otherwise, ten times as slowly for a fifth less.
    """
    squeeze = zlib.compressobj(1, wbits=31)
    try:
        async for piece in pieces:
            yield squeeze.compress(piece) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        yield squeeze.flush()
    finally:
        await pieces.aclose()  # it cancels the work of whoever left


async def file(request: Request) -> Response:
    """Answer a question for a file with its bytes."""
    try:
        session, body = await _admitted(request)
        wanted = _decoded(body, Download)
        content, media, name = await download(session, wanted)
    except Refused as refused:
        return _refusal(refused)
    except VizError as error:
        return JSONResponse({"message": f"{error.message} {error.hint}".strip()}, 422)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media, headers=headers)


# ---------------------------------------------------------------- who may ask


async def _admitted(request: Request) -> tuple[str, bytes]:
    """Return the session and the body of a request.

    Raises
    ------
    Refused
        When it comes from another site, has no token of ours, or is too long.
    """
    if not _same_origin(request):
        raise Refused(403, "This page belongs to another site.")
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "A question is JSON.")
    session = tokens.session_of(request.headers.get(tokens.HEADER, ""))
    if session is None:
        raise Refused(401, "The session is over. Reload the page.")
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise Refused(413, f"A question has at most {MOST_BYTES >> 20} MiB.")
    except ClientDisconnect:
        raise Refused(400, "The question ended early.") from None
    return session, bytes(body)


def _same_origin(request: Request) -> bool:
    """Whether the browser says that our own page asks; what is no browser need not say it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _decoded(body: bytes, kind: type[Q]) -> Q:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"The question cannot be read: {error}") from error


def _refusal(refused: Refused) -> Response:
    return JSONResponse({"message": refused.message}, refused.status)


def _tag(ask: Ask) -> str:
    known = f"{__version__} {assets.version()}".encode()
    return f'"{hashlib.sha256(known + encode(ask)).hexdigest()[:32]}"'


# ---------------------------------------------------------------- answering


async def _frames(session: str, ask: Ask, lane: Lane) -> AsyncGenerator[bytes, None]:
    plan = Plan(ask)
    ticket = shared().submit(session, plan.requests, lane=lane)
    status = "ok"
    seconds = 0.0
    try:
        async for frame in ticket.aframes(heartbeat=HEARTBEAT):
            if isinstance(frame, Queued):
                yield line({"kind": "queued", "position": frame.position})
            elif isinstance(frame, Progress):
                yield line({"kind": "progress", "step": frame.step})
            elif isinstance(frame, Answer):
                for piece in await run_sync(_made, plan, frame.index, bytes(frame.reply)):
                    yield piece
            elif isinstance(frame, End):
                seconds += frame.seconds
                if frame.status != "ok":
                    status = "superseded" if frame.status == "superseded" else "failed"
                if frame.problem is not None and (found := plan.failed(frame.index, frame.problem)):
                    yield line(found)
    finally:
        if ticket.open:
            ticket.cancel()
    yield line({"kind": "end", "status": status, "seconds": seconds})


def _made(plan: Plan, index: int, raw: bytes) -> list[bytes]:
    """Return the frames that a reply makes possible; drawing can fail where the engine did not."""
    found: list[bytes] = []
    try:
        found.extend(plan.answered(index, raw))
    except VizError as error:
        problem: dict[str, Any] = said(problem_of(error), plan.ask.space.text)
        found.append(line({"kind": "problem", "part": "picture", "target": "", "problem": problem}))
    return found
