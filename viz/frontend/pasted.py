"""Clean a pasted text of what is no Python: prompts, outputs, Markdown, notebook commands.

What goes is overwritten with blanks, so every offset stays as it is in the user's text. Only a text
that Python cannot read is cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.notebook import MARK
from viz.frontend.syntax import is_python
from viz.messages import message_of
from viz.model import Edit
from viz.text import Span, Text

CLEANING = {
    "markdown": "cleaned-markdown",
    "prompts": "cleaned-prompts",
    "outputs": "cleaned-outputs",
    "notebook-commands": "cleaned-notebook-commands",
    "broken-cells": "cleaned-broken-cells",
    "indentation": "cleaned-indentation",
}
"""The rules, with the id of the message that tells the user why."""

_FENCE = re.compile(r"[ \t]*(?:```|~~~)+[ \t]*\{?\.?([\w+-]*)")
_PYTHON_FENCES = ("python", "py", "python3", "ipython", "ipython3", "tvmscript", "pycon")
_CODE = re.compile(r"^[ \t]*(?:@|def |class |import |from |>>> |In \[|\w+ = )", re.MULTILINE)
_DOCTEST = re.compile(r"[ \t]*(?:>>>|\.\.\.)(?: |(?=\t)|$)")
_DOCTEST_START = re.compile(r"[ \t]*>>>(?: |$)")
_IN = re.compile(r"[ \t]*(?:In )?\[[ \d*]*\]: ?")
_MORE = re.compile(r"[ \t]*\.{3,}: ?")
_OUT = re.compile(r"[ \t]*Out ?\[[ \d*]*\]:")
_IN_START = re.compile(r"[ \t]*(?:In \[[ \d*]*\]:|\[[ \d*]*\]:[ \t]*$)")
_MAGIC = re.compile(r"[ \t]*(?:%%?\w|!|\?\??\w|[\w.]+\?\??[ \t]*$|\w+ = [%!]\w)")
_PYTHON_CELLS = re.compile(r"%%(?:time|timeit|capture|prun|python3?|writefile .*\.py)\b")
_TVMSCRIPT = re.compile(r"\b(?:prim_func|ir_module)\b")
_TOKEN = re.compile(r"#.*|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[()\[\]{}]")


class Cleaned(NamedTuple):
    """A text with blanks where something was left out, and what that was.

    ``margins`` has the width of the left margin of each line, which is no indentation.
    """

    text: str
    edits: tuple[Edit, ...]
    margins: tuple[int, ...]


class _Line:
    """A line, how wide its margin is, and whether it is code."""

    def __init__(self, span: Span, text: str) -> None:
        self.span = span
        self.text = text
        self.margin = 0
        self.rule = ""
        """The rule that leaves the whole line out, or empty."""
        self.prompt = 0
        """Characters of the prompt."""

    @property
    def code(self) -> str:
        """The line without its prompt, empty for one that is left out."""
        return "" if self.rule else self.text[self.prompt :]


def cleaned(string: str) -> Cleaned:
    """Return a text without what is no Python; as it is where nothing is found."""
    text = Text(string)
    lines = []
    for number in range(1, text.line_count + 1):
        span = text.line_span(number)
        lines.append(_Line(span, text.slice(span)))
    if _stands_in(lines, _FENCE):
        _drop_markdown(lines)
    if _stands_in(lines, _IN_START):
        _drop_notebook_prompts(lines)
    elif _stands_in(lines, _DOCTEST_START):
        _drop_prompts(lines)
    _drop_magics(lines)
    _measure_margins(lines)
    if MARK.search(string):
        _drop_cells(lines)
    edits = tuple(_edits(lines, string))
    characters = list(string)
    for edit in edits:
        if edit.rule != "indentation":
            for offset in range(edit.span.start, edit.span.end):
                if characters[offset] not in "\r\n":
                    characters[offset] = " "
    return Cleaned("".join(characters), edits, tuple(line.margin for line in lines))


def _stands_in(lines: list[_Line], sign: re.Pattern[str]) -> bool:
    """Whether a line begins with a sign, outside of the strings of Python."""
    quote = ""
    for line in lines:
        if not quote and sign.match(line.code):
            return True
        _, quote = _scan(line.code, 0, quote)
    return False


def _drop_markdown(lines: list[_Line]) -> None:
    """Keep what stands between fences, where it is Python."""
    blocks: list[tuple[str, list[_Line]]] = [("prose", [])]
    open_ = False
    for line in lines:
        fence = _FENCE.match(line.text)
        if fence is None:
            blocks[-1][1].append(line)
            continue
        line.rule = "markdown"
        open_ = not open_
        blocks.append((fence[1].lower() if open_ else "prose", []))
    kept = [
        block
        for tag, block in blocks
        if tag in _PYTHON_FENCES
        or (tag == "" and _CODE.search("\n".join(line.text for line in block)))
    ]
    # A lone fence at the end or the start: the user copied too little of the page or too much.
    for _, block in blocks if kept else ():
        if not any(block is other for other in kept):
            for line in block:
                line.rule = "markdown"


def _drop_prompts(lines: list[_Line]) -> None:
    """Keep the lines behind ``>>>`` and ``...``; the others are outputs."""
    for line in (line for line in lines if not line.rule and line.text.strip()):
        prompt = _DOCTEST.match(line.text)
        if prompt:
            line.prompt = prompt.end()
        else:
            line.rule = "outputs"


def _drop_notebook_prompts(lines: list[_Line]) -> None:
    """Keep the code behind ``In [3]:`` and ``...:``, or in the lines below a bare ``In [3]:``."""
    state = "code"  # above the first prompt
    for line in (line for line in lines if not line.rule and line.text.strip()):
        if prompt := _IN.match(line.text):
            line.prompt = prompt.end()
            state = "prompted" if line.code.strip() else "code"
        elif _OUT.match(line.text):
            line.rule, state = "outputs", "outputs"
        elif state == "prompted" and (prompt := _MORE.match(line.text)):
            line.prompt = prompt.end()
        elif state != "code":
            line.rule, state = "outputs", "outputs"


def _drop_magics(lines: list[_Line]) -> None:
    """Leave out notebook commands: statements that begin with ``%``, ``!`` or ``?``."""
    depth, quote, whole_cell, continued = 0, "", False, False
    for line in lines:
        if MARK.match(line.text):
            depth, quote, whole_cell = 0, "", False
        code = line.code
        if whole_cell or continued or (not depth and not quote and _MAGIC.match(code)):
            if code.strip():
                line.rule = "notebook-commands"
                whole_cell = whole_cell or (code.startswith("%%") and not _PYTHON_CELLS.match(code))
                continued = code.rstrip().endswith("\\")
            continue
        depth, quote = _scan(code, depth, quote)


def _scan(code: str, depth: int, quote: str) -> tuple[int, str]:
    """Return how many brackets are open after a line, and the quote of a string that is."""
    position = 0
    while position < len(code):
        if quote:
            end = code.find(quote, position)
            if end < 0:
                return depth, quote
            position, quote = end + 3, ""
            continue
        token = _TOKEN.search(code, position)
        if token is None:
            break
        position = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in ("(", "[", "{"):
            depth += 1
        elif token[0] in (")", "]", "}"):
            depth = max(depth - 1, 0)
    return depth, quote


def _measure_margins(lines: list[_Line]) -> None:
    """Set the margin of each line: its prompt, and what all lines of its piece are indented by.

    A piece ends at an output, at a page's prose and at the start of a cell.
    """
    piece: list[_Line] = []
    for line in lines:
        if line.rule in ("outputs", "markdown", "broken-cells") or MARK.match(line.text):
            _set_margins(piece)
            piece = []
        elif not line.rule:
            piece.append(line)
    _set_margins(piece)


def _set_margins(piece: list[_Line]) -> None:
    counted = [line for line in piece if line.code.strip() and line.code.lstrip()[0] != "#"]
    # Of an indented function the selection often begins at its first character.
    if counted and counted[0].code[0] == "@":
        counted = counted[1:]
    common = min(map(_indentation, counted), default=0)
    for line in piece:
        line.margin = line.prompt + min(common, _indentation(line))


def _indentation(line: _Line) -> int:
    return len(line.code) - len(line.code.lstrip())


def _drop_cells(lines: list[_Line]) -> None:
    """Leave out the cells of a notebook that Python cannot read, where they hold no TVMScript."""
    starts = [number for number, line in enumerate(lines) if MARK.match(line.text)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        cell = lines[start:end]
        code = "\n".join("" if line.rule else line.text[line.margin :] for line in cell)
        if not is_python(code) and not _TVMSCRIPT.search(code):
            for line in cell[1:]:
                line.rule = line.rule or ("broken-cells" if line.text.strip() else "")


def _edits(lines: list[_Line], string: str) -> Iterator[Edit]:
    """Yield what is left out: a prompt each, and blocks of whole lines."""
    block: list[_Line] = []
    end: list[_Line | None] = [None]
    for line in [*lines, *end]:
        if block and (line is None or line.rule != block[0].rule):
            yield _edit(block[0].rule, Span(block[0].span.start, block[-1].span.end), string)
            block = []
        if line is None:
            return
        if line.rule:
            block.append(line)
            continue
        start = line.span.start
        if line.prompt:
            yield _edit("prompts", Span(start, start + line.prompt), string)
        if line.margin > line.prompt:
            yield _edit("indentation", Span(start + line.prompt, start + line.margin), string)


def _edit(rule: str, span: Span, string: str) -> Edit:
    old = string[span.start : span.end]
    return Edit(rule=rule, span=span, old=old, new="", what=message_of(CLEANING[rule]))
