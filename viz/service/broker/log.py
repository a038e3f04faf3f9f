"""Log a JSON object a line for the server's owner, without a character of any program."""

from __future__ import annotations

import hashlib
import logging
import logging.handlers
import queue
import secrets
from typing import Any, TextIO

import msgspec

from viz.model import catalog
from viz.service.broker.ticket import Ticket

LOGGER = logging.getLogger("tirscope")

_SALT = secrets.token_bytes(16)


def write_to(stream: TextIO) -> None:
    """Write the lines to a stream from now on, in a thread of its own.

    So a slow reader of the stream delays no session.
    """
    if LOGGER.handlers:
        return
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    logging.handlers.QueueListener(lines, logging.StreamHandler(stream)).start()
    LOGGER.addHandler(logging.handlers.QueueHandler(lines))
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def line(event: str, **fields: Any) -> None:
    """Write one line."""
    LOGGER.info("%s", msgspec.json.encode({"event": event, **fields}).decode())


def session_name(session: str) -> str:
    """Return a name for a session that identifies it in the log and gives no access to it.

    It is different each time the server starts.
    """
    return hashlib.blake2s(session.encode(errors="replace"), key=_SALT, digest_size=6).hexdigest()


def ended(ticket: Ticket, wait: float, run: float) -> None:
    """Log a ticket that has ended."""
    line(
        "ticket",
        session=session_name(ticket.session),
        lane=ticket.lane,
        parts=[str(request.part.__struct_config__.tag) for request in ticket.requests],
        targets=sorted({_known(request.target) for request in ticket.requests}),
        characters=max((len(request.text) for request in ticket.requests), default=0),
        queue_ms=round(wait * 1e3),
        run_ms=round(run * 1e3),
        status=[end.status for end in ticket.ends],
    )


def _known(target: str) -> str:
    """Return a target's name; other names came from outside and may hold anything."""
    return target if target in catalog.targets() else "unknown"
