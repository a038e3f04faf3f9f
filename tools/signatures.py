"""List the signatures of the members of T and I and of the methods of Schedule, for the editor.

``python -m tools.signatures --write`` writes ``viz/model/catalog/signatures.json``, a row a member:
its name, its parameters without their annotations, the first sentence of TVM's own explanation.
Only members that a program, or a step of a schedule, may use stand in it; what a method of Schedule
does the catalog says. Without ``--write`` the rows are printed. A test
compares the file with TVM.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tvm.s_tir import Schedule
from tvm.script.parser.core.entry import _default_globals

from viz.frontend.gate.members import namespaces
from viz.model.catalog import schedule_methods

FILE = Path(__file__).parent.parent / "viz" / "model" / "catalog" / "signatures.json"
SCHEDULE = "Schedule"
"""What stands in front of the names of its methods."""

NAMESPACES = ("T", "T.axis", "I")
DECORATORS = {"T": ("prim_func",), "I": ("ir_module",)}
LONGEST = 160
"""Characters of an explanation and of the parameters."""


def rows() -> list[tuple[str, str, str]]:
    """Return name, parameters and explanation of every member, by name."""
    members = (row for namespace in NAMESPACES for row in _members(namespace))
    return sorted((*members, *_schedule_methods()))


def _schedule_methods() -> Iterator[tuple[str, str, str]]:
    for name in schedule_methods.methods():
        parameters = (
            _parameters(getattr(Schedule, name)).replace("(self, ", "(").replace("self", "")
        )
        yield f"{SCHEDULE}.{name}", parameters, ""


def _members(space: str) -> Iterator[tuple[str, str, str]]:
    head, *rest = space.split(".")
    owner = _default_globals()[head]
    for name in rest:
        owner = getattr(owner, name)
    for name in (*namespaces()[space].allowed, *DECORATORS.get(space, ())):
        member = getattr(owner, name, None)
        if member is not None:
            yield f"{space}.{name}", _parameters(member), _explanation(member)


def _parameters(member: Any) -> str:
    if not callable(member):
        return ""
    try:
        signature = inspect.signature(member)
    except (TypeError, ValueError):
        return "(…)"
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    text = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    # Defaults that are objects print where they lie in memory.
    return text if len(text) <= LONGEST and " at 0x" not in text else "(…)"


def _explanation(member: Any) -> str:
    if isinstance(member, int | float | str | tuple):
        return ""  # their type's own text says nothing of them
    text = inspect.getdoc(member) or ""
    first = " ".join(text.partition("\n\n")[0].split())
    sentence = first.partition(". ")[0].rstrip(".")
    return f"{sentence[:LONGEST]}." if sentence else ""


def text() -> str:
    """Return the file's text, a row a line."""
    lines = (json.dumps(row, ensure_ascii=False) for row in rows())
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
    else:
        print(text(), end="")
