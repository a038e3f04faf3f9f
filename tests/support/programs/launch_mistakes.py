"""Programs that no GPU runs as they mean it: what is wrong with each, and the line where."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "cases" / "launch"


class LaunchMistake(NamedTuple):
    """A program, the id of the message that must be said of it, and its 1-based line."""

    name: str
    text: str
    code: str
    line: int


def launch_mistakes() -> list[LaunchMistake]:
    """Return the programs: a line's comment ``# wrong: CODE`` says what is wrong there."""
    found = []
    for path in sorted(FOLDER.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if "# wrong: " in line:
                found.append(LaunchMistake(path.stem, text, line.split("# wrong: ")[1], number))
    return found
