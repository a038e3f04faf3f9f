"""Turn a Jupyter notebook into one text with a mark before each cell, and name places by cell.

The text is what the page, the command line and the library work on. A mark is a comment that
editors know as the start of a cell, ``# %% cell 3``, so the text alone says where each cell begins.
"""

from __future__ import annotations

import json
import re
from typing import Any

from viz.errors import SourceError
from viz.messages import message_of
from viz.text import Text

MARK = re.compile(r"^# %% cell (\d+)[ \t]*$", re.MULTILINE)
"""The line before a cell; cells with code are counted from 1."""


def is_notebook(text: str) -> bool:
    """Return whether a text is the JSON of a notebook."""
    start = text.lstrip()[:1]
    return start == "{" and re.search(r'"(cells|worksheets)"\s*:\s*\[', text) is not None


def source_of(text: str) -> str:
    """Return the code of a notebook, its cells in order; any other text as it is.

    Markdown, outputs and metadata are left out. Notebook commands (``%time``, ``!pip``) stay, as
    lines of the user's own.

    Raises
    ------
    SourceError
        When the notebook is damaged, or has no cell with code.
    """
    if not is_notebook(text):
        return text
    cells = [source for source in map(_code, _cells(text)) if source.strip()]
    if not cells:
        raise SourceError(message_of("notebook-no-code"))
    pieces = (
        f"# %% cell {number}\n{source.rstrip()}\n" for number, source in enumerate(cells, start=1)
    )
    return "\n".join(pieces)


def _cells(text: str) -> list[Any]:
    """Return the cells of a notebook of format 3 or 4."""
    try:
        notebook = json.loads(text)
        if "cells" in notebook:
            return list(notebook["cells"])
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SourceError(message_of("notebook-damaged")) from None


def _code(cell: Any) -> str:
    """Return the code of a cell, empty for one that is no code."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return ""
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def cell_line(text: Text, line: int) -> tuple[int, int]:
    """Return the cell that a 1-based line is in, and its line there; 0 and the line without cells.

    A mark is line 0 of its cell.
    """
    end = text.line_span(line).end
    marks = list(MARK.finditer(text.string, 0, end))
    if not marks:
        return 0, line
    return int(marks[-1][1]), line - text.position(marks[-1].start()).line
