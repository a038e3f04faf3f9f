"""Read the errors of the 2024 TVM: the line that states the reason, and the place it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tvm

from viz.frontend.declarations import rebound_buffer, thread_names, use_in_block
from viz.frontend.extract import Extract
from viz.legacy.parsing.places import PlaceTable
from viz.legacy.reflection import Array
from viz.messages import Message, message_of
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span

_BEFORE_REASON = re.compile(r'.*^\s*File "[^"\n]*", line \d+[^\n]*\n', re.S | re.M)
"""What TVM puts in front of the reason: the frames of its own C++ code, the last with its line."""

_KIND = re.compile(r"^(?:\w*Error|error): *")
_TECHNICAL = re.compile(
    r"^In function .*converting argument \d+: (?:\[[\d:]+\] \S+:\d+: )?"
    r"|^\w*Error: *|^Check failed: .*?(?: is false|\(\S+ vs\. \S+\) ): *(?=\S)"
)
"""What TVM says of its own code in front of its words."""

_PATH = re.compile(
    r'<root>(?:\.functions\[I\.GlobalVar\("(?P<name>\w+)"\)\])?(?P<rest>(?:\.\w+|\[\d+\])*)'
)
"""A path such as ``<root>.functions[I.GlobalVar("f")].body.indices[0]``."""


def reason_of(message: str) -> str:
    """Return the reason in a message of the 2024 TVM, in one line.

    An error of its C++ code begins with the frames of that code.
    """
    text = _BEFORE_REASON.sub("", message, count=1)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    while lines and re.match(r"Traceback|\d+: |at /|\^+$", lines[0]):
        del lines[0]
    whole = " ".join(lines) or message.strip()
    while _KIND.match(whole):
        whole = _KIND.sub("", whole, count=1)
    return whole


def words_of(reason: str) -> str:
    """Return a reason without what was checked and where in TVM's code, where words follow."""
    while _TECHNICAL.match(reason):
        reason = _TECHNICAL.sub("", reason, count=1)
    return reason


def ill_formed(
    error: Exception, mod: tvm.IRModule, places: PlaceTable, patched: Patched, extracted: Extract
) -> tuple[Message, Span | None]:
    """Explain what TVM's check for well-formed programs says, and find its place.

    Returns
    -------
    The message, and the innermost place in the user's text on the path that TVM gives; None where
    it gives none.
    """
    reason = reason_of(str(error))
    what = tvm_messages.explained("check", re.sub(r" at <root>\S*", "", reason))
    spans = [span for node in _along(reason, mod) if (span := places.span(node)) is not None]
    place = patched.origin(spans[-1]) if spans else None
    program, name = extracted.program, extracted.definition.name
    if what.id == "undeclared-buffer":
        buffer = str(what.values["buffer"])
        if rebound := rebound_buffer(program, name, buffer):
            return message_of("buffer-rebound", buffer=buffer), rebound
    if what.id == "loop-variable-in-block":
        names = (str(what.values["block"]), str(what.values["variable"]))
        return what, use_in_block(program, *names) or place
    if what.id == "undeclared-variable":
        variable = str(what.values["variable"])
        if variable in thread_names(program, name):
            return message_of("thread-not-launched", variable=variable), place
    return what, place


def _along(message: str, mod: tvm.IRModule) -> Iterator[Any]:
    """Yield the nodes on the last path in a message, outermost first.

    A path without a function's name belongs to the only function of a module.
    """
    paths = list(_PATH.finditer(message))
    if not paths:
        return
    path = paths[0]
    functions = {str(variable.name_hint): f for variable, f in mod.functions.items()}
    name = path["name"] or (next(iter(functions)) if len(functions) == 1 else "")
    node: Any = functions.get(name)
    for field, index in re.findall(r"\.(\w+)|\[(\d+)\]", path["rest"]):
        if node is None:
            return
        if field:
            node = getattr(node, field, None)
        else:
            node = node[int(index)] if isinstance(node, Array) and int(index) < len(node) else None
        if isinstance(node, tvm.runtime.Object) and not isinstance(node, Array):
            yield node
