"""Frames that a job sends while it runs: place in the queue, progress, answers, end."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.messages import Message
from viz.model.base import Plain, Problem


class Queued(Plain, tag="queued", frozen=True):
    """The job waits in the queue: ``position`` 1 is next, ``index`` its first open request."""

    position: int
    index: int = 0


class Progress(Plain, tag="progress", frozen=True):
    """The job is at this step of request number ``index`` (0-based)."""

    step: Message
    index: int = 0


class Answer(Plain, tag="answer", frozen=True):
    """The reply to request number ``index`` as JSON, for :func:`decode_reply`."""

    reply: msgspec.Raw
    index: int = 0


class End(Plain, tag="end", frozen=True):
    """The last frame of request number ``index``: ``ok``, or why there is no answer.

    ``superseded`` means that the same session sent a newer request; nothing went wrong. ``seconds``
    is the time that the request took.
    """

    status: Literal["ok", "failed", "timeout", "crashed", "cancelled", "superseded"]
    problem: Problem | None = None
    seconds: float = 0.0
    index: int = 0


Frame = Queued | Progress | Answer | End
