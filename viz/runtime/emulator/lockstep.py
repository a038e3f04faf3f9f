"""Lanes that keep step: where a text counts on the lanes of a warp running as one.

TVM reduces over a number of threads that fits no shuffle through shared memory that it declares
volatile, and emits nothing for its own ``tvm_storage_sync("warp")``: each statement that touches
such memory is meant to be done by all lanes before any of them goes on to the next. So it was up to
Pascal; since Volta CUDA promises it no more, and checked runs say so.
"""

from __future__ import annotations

import re

_VOLATILE = re.compile(r"\(volatile |\(emulator::Volatile<")
"""A cast to what is volatile: as the text has it, and as checked mode writes it."""

_STORE = re.compile(rf"^(?P<target>[^=]*?(?:{_VOLATILE.pattern})[^=]*?) = (?P<value>.*);$")
_HEAD = re.compile(r"(?:if|for|while)\b|[}#]|else\b")


def in_step(line: str) -> str:
    """Return a statement so that the lanes of a warp do it together.

    They meet ahead of it; and when it both reads and writes, after what it reads.
    """
    if not _VOLATILE.search(line):
        return line
    statement = line.lstrip()
    indent = line[: len(line) - len(statement)]
    head = _HEAD.match(statement)
    if head and head[0][0] in "}#e":
        return line  # no statement may stand before it
    store = None if head else _STORE.match(statement)
    if store and _VOLATILE.search(store["value"]):
        statement = f"EMULATOR_STORE({store['target']}, {store['value']});"
    return f"{indent}EMULATOR_STEP; {statement}"
