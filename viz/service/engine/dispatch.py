"""Answer requests: from a Request to the reply of its part, in this process.

The requests of one job are often about one program, so they share what is costly: its parse, and
the recorded build for each target. Neither changes once made, so an answer does not depend on
earlier requests.
"""

from __future__ import annotations

from viz.errors import LoweringError
from viz.frontend.program import read
from viz.ir.parse import Parsed, parse
from viz.ir.tvm_names import Parts
from viz.messages import message_of
from viz.model import (
    CausesPart,
    ChoicesPart,
    CostAdvicePart,
    DiffPart,
    EnvironmentPart,
    LaunchPart,
    LifePart,
    LinksPart,
    OnnxPart,
    OriginsPart,
    OverviewPart,
    Part,
    Reply,
    Request,
    RunPart,
    SchedulePart,
    SearchPart,
    SourcePart,
    StageTextPart,
    TreePart,
    encode,
)
from viz.service.engine import environment
from viz.service.engine.cause_reply import causes
from viz.service.engine.cost_advice_reply import cost_advice
from viz.service.engine.launch_reply import launch
from viz.service.engine.model_reply import model
from viz.service.engine.parts import usable
from viz.service.engine.program_work import ProgramWork
from viz.service.engine.replies import GATED, REPLIES
from viz.service.engine.run_replies import RUN_REPLIES
from viz.service.engine.schedule_reply import choices, schedule, search
from viz.service.worker.loaded_engine import Report

ANSWERS = (
    REPLIES
    | RUN_REPLIES
    | {LaunchPart: launch, SchedulePart: schedule, ChoicesPart: choices, SearchPart: search}
    | {CausesPart: causes, CostAdvicePart: cost_advice}
)
"""What makes the reply to each part of a request about a program."""


OF_RELAX_TOO = frozenset(
    (
        OverviewPart,
        TreePart,
        StageTextPart,
        DiffPart,
        LinksPart,
        LifePart,
        SourcePart,
        OriginsPart,
        RunPart,
        CausesPart,
    )
)
"""The parts that are about Relax functions, too; others are about the PrimFuncs alone."""


def needs_function_alone(part: Part) -> bool:
    """Whether a part is about the function of the request, and needs none that it does not call."""
    if isinstance(part, OverviewPart):
        return not part.functions
    return type(part) in REPLIES


class Answers:
    """Answers the requests of one job.

    Parameters
    ----------
    parsed
        A module that is parsed already: then all requests are about it, whatever their text.
    parts
        The parts of the engine that work; looked for when left out.
    """

    def __init__(self, parsed: Parsed | None = None, parts: Parts | None = None) -> None:
        self._parts = parts or usable()
        self._only = ProgramWork(parsed, self._parts) if parsed is not None else None
        self._read: dict[bytes, ProgramWork] = {}

    def answer(self, request: Request, report: Report = lambda step: None) -> Reply:
        """Answer one request.

        Raises
        ------
        VizError
            Of the kind that fits, with the place in the user's text where there is one.
        """
        if isinstance(request.part, EnvironmentPart):
            return environment.look(self._parts)
        if isinstance(request.part, OnnxPart):
            return model(request.part, self._parts, report)
        work = self._only or self._work_on(request, report)
        if request.function and not isinstance(request.part, OverviewPart):
            work = work.narrowed(request.function)
        if type(request.part) not in OF_RELAX_TOO:
            work = work.prim_funcs_only()
        try:
            return ANSWERS[type(request.part)](request, work, report)
        except LoweringError as error:
            work.locate(error, request)
            raise

    def _work_on(self, request: Request, report: Report) -> ProgramWork:
        # Whether a function is the first of its text, which counts for runs, all of them tell.
        function = request.function if needs_function_alone(request.part) else ""
        key = encode(Request(request.text, request.definition, request.arguments, function))
        if key not in self._read:
            report(message_of("step-parsing"))
            program = read(request.text)
            parsed = parse(
                program, request.definition, request.arguments, function=function, gated=GATED
            )
            self._read[key] = ProgramWork(parsed, self._parts)
        return self._read[key]


def answer(request: Request, report: Report = lambda step: None) -> Reply:
    """Answer one request alone.

    Raises
    ------
    VizError
        As :meth:`Answers.answer`.
    """
    return Answers().answer(request, report)


def answer_parsed(request: Request, parsed: Parsed, report: Report = lambda step: None) -> Reply:
    """Answer a request about a module that is parsed already.

    Raises
    ------
    VizError
        As :meth:`Answers.answer`.
    """
    return Answers(parsed).answer(request, report)
