"""Describe an engine that is loaded to the processes that are forked from it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple, Protocol

from viz.messages import Message
from viz.model import Reply, Request
from viz.service import sandbox

Report = Callable[[Message], None]
"""Called with each step as it begins."""

PROBE: ContextVar[Callable[[], tuple[sandbox.Layer, ...]]] = ContextVar(
    "probe", default=sandbox.probe
)
"""Returns the layers of the jail that workers have here."""


class Answering(Protocol):
    """Answers the requests of one job, which share what is costly."""

    def answer(self, request: Request, report: Report) -> Reply:
        """Answer one request.

        Raises
        ------
        VizError
            Of the kind that fits, with the place in the user's text where there is one.
        """


class LoadedEngine(NamedTuple):
    """An engine that a process has loaded.

    Attributes
    ----------
    answers
        Makes what answers the requests of one job.
    version
        That of its TVM.
    tested
        The version of TVM that it was tested with.
    standby
        A small request that a standby worker answers before its job comes; None for none.
    intrinsics
        The package with TVM's tensor intrinsics, which only a preloading process imports; empty
        where there is none.
    source_only
        The environment variable that keeps TVM from loading or compiling what it writes; it is
        taken away where devices may be used.
    """

    answers: Callable[[], Answering]
    version: str
    tested: str
    standby: Request | None = None
    intrinsics: str = ""
    source_only: str = ""
