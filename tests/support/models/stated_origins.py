"""Read which parts of a model the comments of a Relax text name for its statements."""

from __future__ import annotations

from typing import NamedTuple

from viz.frontend.models.origins import read_origins
from viz.frontend.program import read
from viz.text import Text


class StatedOrigin(NamedTuple):
    """A statement of a text, and the part of the model that its comment names."""

    variable: str
    operator: str
    """``lv`` where it only names another value, ``lv[0]`` where it takes a part of one."""
    path: str
    kind: str
    file: str
    line: int
    code: str


def origins_of(text: str) -> list[StatedOrigin]:
    """Return the statements with an origin, in the order of the text."""
    found = []
    for origin in read_origins(text, read(text).tree()):
        target, _, value = Text(text).slice(origin.span).partition(" = ")
        operator = value.partition("(")[0]
        if not operator.startswith("R."):
            operator = "lv[0]" if "[" in operator else "lv"
        part = origin.part
        found.append(
            StatedOrigin(
                target.partition(":")[0].strip(),
                operator,
                part.path,
                part.kind,
                part.file,
                part.line,
                part.code,
            )
        )
    return found
