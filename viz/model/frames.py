"""The frames of a job: its place in the queue, its progress, its answer, its end."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.model.base import Plain, Problem


class Queued(Plain, tag="queued", frozen=True):
    """The job waits for its turn; ``position`` 1 is next. ``index`` is its first open request."""

    position: int
    index: int = 0


class Progress(Plain, tag="progress", frozen=True):
    """The job lives and is at this step of request number ``index``, counted from 0."""

    step: str
    index: int = 0


class Answer(Plain, tag="answer", frozen=True):
    """The part that was asked for, as JSON of its type (see :func:`decode_reply`)."""

    reply: msgspec.Raw
    index: int = 0


class End(Plain, tag="end", frozen=True):
    """The last frame of a request: ``ok``, or why there is no answer.

    ``superseded``: the same session asked something newer meanwhile; nothing went wrong.
    """

    status: Literal["ok", "failed", "timeout", "crashed", "cancelled", "superseded"]
    problem: Problem | None = None
    seconds: float = 0.0
    index: int = 0


Frame = Queued | Progress | Answer | End
