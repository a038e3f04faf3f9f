"""Keep the lanes of a warp in lockstep at the statements that rely on it.

For thread counts that no shuffle fits, TVM reduces through volatile shared memory, and emits
nothing for its own ``tvm_storage_sync("warp")``: all lanes are meant to complete each statement
that touches such memory before any lane continues. Up to Pascal the hardware did so; since Volta
CUDA does not guarantee it, which checked runs report.
"""

from __future__ import annotations

import re

_VOLATILE = re.compile(r"\(volatile |\(emulator::Volatile<")
"""A cast to a volatile pointer: in the emitted text, and as checked mode writes it."""

_STORE = re.compile(rf"^(?P<target>[^=]*?(?:{_VOLATILE.pattern})[^=]*?) = (?P<value>.*);$")
_HEAD = re.compile(r"(?:if|for|while)\b|[}#]|else\b")


def in_step(line: str) -> str:
    """Rewrite a statement that touches volatile memory so that the lanes of a warp run it together.

    The lanes wait for each other before it, and between its read and its write if it does both.
    """
    if not _VOLATILE.search(line):
        return line
    statement = line.lstrip()
    indent = line[: len(line) - len(statement)]
    head = _HEAD.match(statement)
    if head and head[0][0] in "}#e":
        return line  # C++ allows no statement before it
    store = None if head else _STORE.match(statement)
    if store and _VOLATILE.search(store["value"]):
        statement = f"EMULATOR_STORE({store['target']}, {store['value']});"
    return f"{indent}EMULATOR_STEP; {statement}"
