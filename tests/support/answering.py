"""Requests about examples, answered in this process by the engine."""

from __future__ import annotations

from viz.frontend.examples import examples
from viz.model import Part, Reply, Request, decode_reply, encode
from viz.service.engine import dispatch


def request(name: str, target: str, part: Part) -> Request:
    """Return the request for a part of an example."""
    return Request(text=examples()[name].text, target=target, part=part)


def answer(request: Request) -> Reply:
    """Return the engine's reply, after a check that it goes through JSON and back unchanged."""
    reply = dispatch.answer(request)
    assert decode_reply(request.part, encode(reply)) == reply
    return reply
