"""Explain what a pass or a codegen of the TVM of 2024 threw."""

from __future__ import annotations

import tvm

from viz.errors import LoweringError, VizError
from viz.legacy.functions import is_bound
from viz.messages import Message, message_of
from viz.model.catalog import tvm_messages
from viz.targets.rows import row_of

MOST_OF_A_LINE = 300
"""Characters of a line of TVM's that are shown."""


def lowering_error(
    error: Exception, name: str, mod: tvm.IRModule | None = None, thrower: str = ""
) -> VizError:
    """Return an error with a plain message and a hint for what a pass or codegen threw.

    Parameters
    ----------
    name
        The target.
    mod
        The module that could not be lowered, where it is known.
    thrower
        The name of the pass, if it was one.
    """
    if isinstance(error, VizError):
        return error
    if mod is not None and not row_of(name).gpu and any(map(is_bound, mod.functions.values())):
        return LoweringError(message_of("threads-on-cpu"))
    return LoweringError(_explained(str(error), type(error).__name__, name, thrower))


def _explained(text: str, kind: str, name: str, thrower: str) -> Message:
    title = row_of(name).title
    placed = f"{text.rstrip()} (in the pass {thrower})" if thrower else text
    found = tvm_messages.row_of("gpu lowering", placed) if row_of(name).gpu else None
    found = found or tvm_messages.row_of("lowering", placed)
    if found is not None:
        row, match = found
        values = {"target": title} | match.groupdict("")
        return message_of(row.id, **{key: _cut(value) for key, value in values.items()})
    # First stands C++'s stack, a line in two of which names a file; below it the reason.
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("File ")]
    useful = [line for line in lines if "Check failed" in line or "Error" in line]
    reason = _cut((useful or lines or [kind])[-1])
    if thrower:
        return message_of("not-lowered-in-pass", target=title, reason=reason, thrower=thrower)
    return message_of("not-lowered", target=title, reason=reason)


def _cut(line: str) -> str:
    return line if len(line) <= MOST_OF_A_LINE else line[: MOST_OF_A_LINE - 1] + "…"
