"""Answer requests with a TVM of 2024: from a Request to the reply of its part, in this process."""

from __future__ import annotations

import os
from typing import TypeVar

import msgspec

from viz.errors import LoweringError, RequestError, VizError
from viz.frontend.program import read
from viz.legacy import environment, installed
from viz.legacy.parse import parse
from viz.legacy.program_work import LegacyWork
from viz.legacy.replies import REPLIES
from viz.messages import Message, hint_message, hint_of, in_2024, message_of
from viz.model import (
    Environment,
    EnvironmentPart,
    Overview,
    OverviewPart,
    Problem,
    Reply,
    Request,
    encode,
)
from viz.model.request import REPLY_TYPES
from viz.service.worker.loaded_engine import Report

GATED = os.environ.get("TIRSCOPE_GATES") != "off"
"""Whether texts pass the gate; off only where the jail behind it is tested."""


def _named(part: type[msgspec.Struct]) -> Message:
    """Return the words for what a part asks for, for a refusal."""
    tag = str(part.__struct_config__.tag).replace("_", "-")
    return message_of(f"asked-{tag}")


R = TypeVar("R", Overview, Environment)


def _with_notice(reply: R) -> R:
    """Add what the only engine that is installed here cannot show."""
    parts = [part for part in REPLY_TYPES if part not in REPLIES and part is not EnvironmentPart]
    lacking = tuple(_named(part) for part in parts)
    what = message_of("legacy-notice", version=installed.version(), lacking=lacking)
    notice = Problem(code="tvm", severity="info", what=what)
    return msgspec.structs.replace(reply, problems=(notice, *reply.problems))


def _advice_in_2024(what: Message, advice: Message | None) -> Message | None:
    """Return advice that names TVMScript's members as this TVM does, where it names them at all."""
    said = hint_message(what) if advice is None else advice
    return in_2024(said) if in_2024(said).text() != hint_of(what, advice) else advice


class LegacyAnswers:
    """Answers the requests of one job; those about one program share its parse."""

    def __init__(self) -> None:
        self._read: dict[bytes, LegacyWork] = {}

    def answer(self, request: Request, report: Report = lambda step: None) -> Reply:
        """Answer one request.

        Raises
        ------
        VizError
            Of the kind that fits, with the place in the user's text where there is one.
        """
        if isinstance(request.part, EnvironmentPart):
            looked = environment.look()
            return looked if request.engine else _with_notice(looked)
        if type(request.part) not in REPLIES:
            id_ = "legacy-cannot" if request.engine else "legacy-only-cannot"
            raise RequestError(message_of(id_, asked=_named(type(request.part))))
        try:
            reply = self._replied(request, report)
        except VizError as error:
            error.advice = _advice_in_2024(error.what, error.advice)
            raise
        if not isinstance(reply, Overview):
            return reply
        problems = tuple(
            msgspec.structs.replace(each, advice=_advice_in_2024(each.what, each.advice))
            for each in reply.problems
        )
        reply = msgspec.structs.replace(reply, problems=problems)
        return reply if request.engine else _with_notice(reply)

    def _replied(self, request: Request, report: Report) -> Reply:
        work = self._work_on(request, report)
        if request.function and not isinstance(request.part, OverviewPart):
            work = work.narrowed(request.function)
        try:
            return REPLIES[type(request.part)](request, work, report)
        except LoweringError as error:
            work.locate(error, request)
            raise

    def _work_on(self, request: Request, report: Report) -> LegacyWork:
        key = encode(Request(request.text, request.definition, request.arguments))
        if key not in self._read:
            report(message_of("step-parsing"))
            program = read(request.text)
            parsed = parse(program, request.definition, request.arguments, gated=GATED)
            self._read[key] = LegacyWork(parsed)
        return self._read[key]
