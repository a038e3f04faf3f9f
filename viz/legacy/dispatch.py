"""Answer requests with a TVM of 2024: from a Request to the reply of its part, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viz.errors import RequestError
from viz.legacy import environment
from viz.messages import message_of
from viz.model import (
    DiffPart,
    EnvironmentPart,
    LifePart,
    LinksPart,
    OriginsPart,
    OverviewPart,
    PythonPart,
    RacePart,
    RecordPart,
    Reply,
    Request,
    RulePart,
    RunPart,
    SourcePart,
    StageTextPart,
    TreePart,
    VerifyPart,
)
from viz.service.worker.loaded_engine import Report

REPLIES: dict[type, Callable[[Request, Any, Report], Reply]] = {}
"""What makes the reply to each part about a program; a part without a row is refused."""

NAMES: dict[type, str] = {
    OverviewPart: "asked-overview",
    TreePart: "asked-tree",
    StageTextPart: "asked-stage-text",
    DiffPart: "asked-diff",
    LinksPart: "asked-links",
    LifePart: "asked-life",
    SourcePart: "asked-source",
    PythonPart: "asked-python",
    OriginsPart: "asked-origins",
    RunPart: "asked-run",
    VerifyPart: "asked-verify",
    RacePart: "asked-race",
    RecordPart: "asked-record",
    RulePart: "asked-rule",
}
"""The id of the message that names each part, for a refusal."""


class LegacyAnswers:
    """Answers the requests of one job."""

    def answer(self, request: Request, report: Report = lambda step: None) -> Reply:
        """Answer one request.

        Raises
        ------
        VizError
            Of the kind that fits, with the place in the user's text where there is one.
        """
        if isinstance(request.part, EnvironmentPart):
            return environment.look()
        if type(request.part) not in REPLIES:
            asked = message_of(NAMES[type(request.part)])
            raise RequestError(message_of("legacy-cannot", asked=asked))
        return REPLIES[type(request.part)](request, None, report)
