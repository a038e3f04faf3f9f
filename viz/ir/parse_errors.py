"""Explain what TVM's check for well-formed programs says, and find its place."""

from __future__ import annotations

import re

import tvm

from viz.frontend.declarations import rebound_buffer, thread_names, use_in_block
from viz.frontend.extract import Extract
from viz.frontend.reading.parser_messages import first_line
from viz.ir.source_map import UserText, along, has_place
from viz.messages import Message, message_of
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span


def ill_formed(
    error: Exception, mod: tvm.IRModule, patched: Patched, extracted: Extract
) -> tuple[Message, Span | None]:
    """Explain what TVM's check for well-formed programs says, and find its place.

    Returns
    -------
    The message, and the innermost place on the path that TVM gives; None where it gives none.
    """
    reason = re.sub(r" at <root>\S*| ?<root>\S*", "", first_line(str(error)))
    what = tvm_messages.explained("check", reason.removeprefix("TIR is ill-formed: "))
    places = [UserText(patched)(node.span) for node in along(str(error), mod) if has_place(node)]
    span = next((place for place in reversed(places) if place), None)
    program, name = extracted.program, extracted.definition.name
    if what.id == "undeclared-buffer":
        buffer = str(what.values["buffer"])
        if rebound := rebound_buffer(program, name, buffer):
            return message_of("buffer-rebound", buffer=buffer), rebound
    if what.id == "loop-variable-in-block":
        names = (str(what.values["block"]), str(what.values["variable"]))
        return what, use_in_block(program, *names) or span
    if what.id == "undeclared-variable":
        variable = str(what.values["variable"])
        if variable in thread_names(program, name):
            return message_of("thread-not-launched", variable=variable), span
    return what, span
