"""The routes of the workbench: parts of an analysis, runs, downloads, static files.

A question is a POST of JSON with the session's token (:mod:`viz.ui.workbench.tokens`). Its answer
is a stream of frames, a JSON object a line. Closing the connection cancels the work; a newer
question of the same session replaces an older one that is not answered yet. Equal questions in one
language have equal answers: the ETag is made from both, and a browser that has the answer gets 304.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from viz import __version__
from viz.errors import VizError
from viz.locale.translator import marked
from viz.messages import Language
from viz.model import Answer, End, Plain, Progress, Queued, encode
from viz.model.problem import problem_of
from viz.service.broker import Lane, shared
from viz.ui.routes import classroom
from viz.ui.routes.admission import (
    HttpRefusal,
    body_of,
    check_origin,
    decoded,
    language_of,
    refusing,
)
from viz.ui.session import WORKSPACES
from viz.ui.workbench import assets, tokens
from viz.ui.workbench.comparing.plan import ComparePlan, CompareQuestion
from viz.ui.workbench.costs.advice import CostAdvicePlan, CostAdviceQuestion
from viz.ui.workbench.costs.measurements import CostPlan, CostQuestion
from viz.ui.workbench.downloads import Download, download
from viz.ui.workbench.dumping.listing import DumpQuestion, listed
from viz.ui.workbench.dumping.stage_plan import RecordedPlan, RecordedQuestion
from viz.ui.workbench.frames import line, shown_problem
from viz.ui.workbench.learning.exercises import ExercisePlan, ExerciseQuestion
from viz.ui.workbench.lessons import LessonPlan, LessonQuery
from viz.ui.workbench.opening.models import ModelPlan, ModelQuestion
from viz.ui.workbench.questions import NextStops, Plan, Question
from viz.ui.workbench.quizzes.plan import QuizPlan, QuizQuery
from viz.ui.workbench.races import RacePlan, RaceQuestion
from viz.ui.workbench.recordings import RecordPlan, RecordQuestion
from viz.ui.workbench.rule_trials import RulePlan, RuleQuestion
from viz.ui.workbench.running.browser_runs import ComputedQuestion
from viz.ui.workbench.running.checking import PictureQuestion, another_slice
from viz.ui.workbench.runs import RunPlan, RunQuestion

MOST_BYTES = 1 << 20
"""The largest question; a program of 20,000 lines has half of that."""

MOST_WITH_ARRAYS = 24 << 20
"""The largest question with arrays, of the user's or a browser's, or a model: 16 MiB are 22 MiB as
base64."""

AHEAD = "x-tirscope-ahead"
"""The header of a question that the user has not asked yet."""

HEARTBEAT = 5.0
"""Seconds without a frame after which one is sent to show that the work goes on."""

Q = TypeVar("Q", bound=Plain)

AnyPlan = (
    Plan
    | RunPlan
    | RecordPlan
    | RulePlan
    | RacePlan
    | CostPlan
    | CostAdvicePlan
    | ComparePlan
    | LessonPlan
    | QuizPlan
    | ExercisePlan
    | RecordedPlan
    | ModelPlan
)


def routes() -> list[BaseRoute]:
    """Return the routes, for ``st.App``."""
    alike = {
        "record": _answering(RecordQuestion, RecordPlan, "run"),
        "race": _answering(RaceQuestion, RacePlan, "run"),
        "rule": _answering(RuleQuestion, RulePlan, "run"),
        "computed": _answering(ComputedQuestion, RunPlan, "run", MOST_WITH_ARRAYS),
        "lesson": _answering(LessonQuery, LessonPlan, "lesson"),
        "quiz": _answering(QuizQuery, QuizPlan, "lesson"),
        "exercise": _answering(ExerciseQuestion, ExercisePlan, "lesson"),
        "model": _answering(ModelQuestion, ModelPlan, "step", MOST_WITH_ARRAYS),
        "cost": _answering(CostQuestion, CostPlan, "cost", MOST_WITH_ARRAYS),
        "recorded": _answering(RecordedQuestion, RecordedPlan, "look", MOST_WITH_ARRAYS),
        "cost-advice": _answering(CostAdviceQuestion, CostAdvicePlan, "cost", MOST_WITH_ARRAYS),
    }
    return [
        *(
            Route(f"/api/{name}", refusing(answer), methods=["POST"])
            for name, answer in alike.items()
        ),
        Route("/api/parts", refusing(parts), methods=["POST"]),
        Route("/api/next", refusing(next_stops), methods=["POST"]),
        Route("/api/run", refusing(run), methods=["POST"]),
        Route("/api/picture", refusing(picture), methods=["POST"]),
        Route("/api/dump", refusing(dump), methods=["POST"]),
        Route("/api/compare", refusing(compare), methods=["POST"]),
        Route("/api/file", refusing(file), methods=["POST"]),
        *classroom.routes(),
        Route("/workbench/{version}/{name:path}", assets.own_file),
        Route("/monaco/{version}/{name:path}", assets.monaco_file),
    ]


async def parts(request: Request) -> Response:
    """Answer a question for parts of an analysis with a stream of frames."""
    session, body = await _admitted(request)
    question = decoded(body, Question)
    if question.current and AHEAD not in request.headers:
        WORKSPACES.put(session, question.workspace)
    language = language_of(request)
    tag = _tag(question, language)
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    lane: Lane = "view" if "program" in question.parts else "look"
    if question.life is not None:
        lane = "life"
    elif not {"verify", "search", "checked-steps", "emulated-steps", "step-costs"}.isdisjoint(
        question.parts
    ):
        lane = "verify"
    elif question.aside:
        lane = "step"
    return _streamed(request, _frames(session, Plan(question, language), lane), headers)


async def next_stops(request: Request) -> Response:
    """Begin with what the user may look at next, if there is a worker for that; say whether."""
    session, body = await _admitted(request)
    requests = await run_sync(decoded(body, NextStops).requests)
    return JSONResponse({"begun": shared().anticipate(session, requests)})


async def run(request: Request) -> Response:
    """Answer a question for a run, or for the devices, with a stream of frames."""
    session, body = await _admitted(request, MOST_WITH_ARRAYS)
    question = await run_sync(decoded, body, RunQuestion)
    plan = RunPlan(question, language_of(request))
    headers = {"cache-control": "private, no-store"}  # another run may take another course
    return _streamed(request, _frames(session, plan, "run"), headers)


async def picture(request: Request) -> Response:
    """Answer a question for another slice of an output of a run that was kept."""
    _, body = await _admitted(request)
    question = decoded(body, PictureQuestion)
    try:
        drawn = await run_sync(another_slice, question, language_of(request))
    except VizError as error:
        return JSONResponse({"message": error.told(language_of(request))}, 422)
    return Response(line(drawn), media_type="application/json")


async def dump(request: Request) -> Response:
    """Answer the question which stages some files are."""
    _, body = await _admitted(request, MOST_WITH_ARRAYS)
    question = await run_sync(decoded, body, DumpQuestion)
    try:
        found = await run_sync(listed, question, language_of(request))
    except VizError as error:
        return JSONResponse({"message": error.told(language_of(request))}, 422)
    return Response(await run_sync(line, found), media_type="application/json")


def _answering(
    kind: type[Q], plan: Callable[[Q, Language], AnyPlan], lane: Lane, most: int = MOST_BYTES
) -> Callable[[Request], Awaitable[Response]]:
    """Return a route that answers questions of a kind, of at most so many bytes, with frames."""

    async def answer(request: Request) -> Response:
        session, body = await _admitted(request, most)
        asked = plan(await run_sync(decoded, body, kind), language_of(request))
        headers = {"cache-control": "private, no-store"}  # another run may take another course
        return _streamed(request, _frames(session, asked, lane), headers)

    return answer


async def compare(request: Request) -> Response:
    """Answer a question for both sides of a comparison with a stream of frames."""
    session, body = await _admitted(request)
    question = decoded(body, CompareQuestion)
    plan = await run_sync(ComparePlan, question, language_of(request))
    headers = {"cache-control": "private, no-store"}
    lane: Lane = "run" if question.run else "step"
    return _streamed(request, _frames(session, plan, lane), headers)


def _streamed(
    request: Request, frames: AsyncGenerator[bytes, None], headers: dict[str, str]
) -> Response:
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        frames = _compressed(frames)
    return StreamingResponse(frames, media_type="application/x-ndjson", headers=headers)


async def _compressed(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield pieces as gzip, flushed after each, so that it can be read when it arrives.

    Otherwise Streamlit compresses the response, ten times as slowly, to a fifth less.
    """
    compressor = zlib.compressobj(1, wbits=31)
    try:
        async for piece in pieces:
            yield compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH)
        yield compressor.flush()
    finally:
        await pieces.aclose()  # cancels the work when the browser has closed the connection


async def file(request: Request) -> Response:
    """Answer a question for a download with the bytes of the file."""
    session, body = await _admitted(request)
    wanted = decoded(body, Download)
    try:
        content, media, name = await download(session, wanted, language_of(request))
    except VizError as error:
        return JSONResponse({"message": error.told(language_of(request))}, 422)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media, headers=headers)


# ---------------------------------------------------------------- checks of a request


async def _admitted(request: Request, most: int = MOST_BYTES) -> tuple[str, bytes]:
    """Return the session and the body of a request, of at most so many bytes.

    Raises
    ------
    HttpRefusal
        When it comes from another site, has no valid token, or is too long.
    """
    check_origin(request)
    session = tokens.session_of(request.headers.get(tokens.HEADER, ""))
    if session is None:
        raise HttpRefusal(401, marked("The session is over. Reload the page."))
    return session, await body_of(request, most)


def _tag(question: Question, language: Language) -> str:
    versions = f"{__version__} {assets.version()} {language}".encode()
    return f'"{hashlib.sha256(versions + encode(question)).hexdigest()[:32]}"'


# ---------------------------------------------------------------- answers


async def _frames(session: str, plan: AnyPlan, lane: Lane) -> AsyncGenerator[bytes, None]:
    ticket = shared().submit(session, plan.requests, lane=lane)
    status = "ok"
    seconds = 0.0
    try:
        if isinstance(plan, RecordedPlan):
            for piece in await run_sync(list, plan.begin()):
                yield piece
        async for frame in ticket.aframes(heartbeat=HEARTBEAT):
            if isinstance(frame, Queued):
                yield line({"kind": "queued", "position": frame.position})
            elif isinstance(frame, Progress):
                yield line({"kind": "progress", "step": frame.step.text(plan.language)})
            elif isinstance(frame, Answer):
                for piece in await run_sync(
                    _frames_of_reply, plan, frame.index, bytes(frame.reply)
                ):
                    yield piece
            elif isinstance(frame, End):
                seconds += frame.seconds
                if frame.status != "ok":
                    status = "superseded" if frame.status == "superseded" else "failed"
                if frame.problem is not None:
                    for piece in plan.failed(frame.index, frame.problem):
                        yield piece
    finally:
        if ticket.open:
            ticket.cancel()
    yield line({"kind": "end", "status": status, "seconds": seconds})


def _frames_of_reply(plan: AnyPlan, index: int, raw: bytes) -> list[bytes]:
    """Return the frames that a reply completes, with a problem where drawing one of them fails."""
    lines: list[bytes] = []
    try:
        lines.extend(plan.answered(index, raw))
    except VizError as error:
        problem: dict[str, Any] = shown_problem(problem_of(error), plan.text, plan.language)
        lines.append(line({"kind": "problem", "part": "picture", "target": "", "problem": problem}))
    return lines
