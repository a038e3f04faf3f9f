"""Clean a pasted text of what is no Python: prompts, outputs, prose, notebook commands.

What goes is overwritten with blanks, and a quote or blank of a word processor with Python's, so
every offset stays as it is in the user's text. Only a text that Python cannot read is cleaned.
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
    "typography": "cleaned-typography",
    "diff": "cleaned-diff",
    "quote-marks": "cleaned-quote-marks",
    "line-numbers": "cleaned-line-numbers",
    "prose": "cleaned-prose",
    "markdown": "cleaned-markdown",
    "prompts": "cleaned-prompts",
    "outputs": "cleaned-outputs",
    "notebook-commands": "cleaned-notebook-commands",
    "broken-cells": "cleaned-broken-cells",
    "indentation": "cleaned-indentation",
}
"""The rules, with the id of the message that tells the user why."""

_TYPOGRAPHY = dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'")
_TYPOGRAPHY |= dict.fromkeys("\u00a0\u2007\u202f\u200b\u3000\ufeff", " ")
_TYPOGRAPHY |= dict(
    zip("\uff0c\uff1a\uff1b\uff08\uff09\uff1d\u3010\u3011", ",:;()=[]", strict=True)
)
"""What word processors and web pages make of quotes and blanks, and Chinese punctuation."""
_MARK_OF_ORDER = "\ufeff"
"""The byte order mark, with which some editors begin a file."""
_STRAIGHTENED = re.compile(
    r"#.*|(?s:\"\"\".*?\"\"\"|'''.*?''')|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(["
    + "".join(_TYPOGRAPHY)
    + "])"
)
"""A string or comment, which stays as it is, or one of them."""
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+")
_DIFF_HEAD = re.compile(r"diff --git |index [0-9a-f]+\.\.|-|\+\+\+ |@@ |\\ No newline")
_QUOTE = re.compile(r"(?!>>>)(?:> ?)+")
_LINE_NUMBER = re.compile(r"[ \t]*(\d+)(?:[ \t]*[|:│]|\.?(?:\t|(?= |$)))")
_KEYWORD = re.compile(r"(?:@|#|(?:def|class|import|from|for|with|if|elif|while|return|assert)\b)")
_WORDS = re.compile(
    r"(?:[-*•] |\d+[.)] )?(?:[^\W\d_]|\.\.\.)[^=\[\]{}@#\"(]*(?:[\s.,:;!?…)]|\s\w+)"
)
_SENTENCE = re.compile(r"(?:\(?[^\W\d_]['’\w]*\)?[,;:]? ){3}\(?[^\W\d_]")
_DIAGNOSTIC = re.compile(r"error: |[ \t]*--> ?\S+:\d+|[ \t]*\d*[ \t]*\|(?:[ \t]|$)")
"""The lines in which TVM shows an error: what it is, where, and the line with ``^`` below."""
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
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
        self.mark = "prompts"
        """The rule that leaves the prompt out."""

    @property
    def code(self) -> str:
        """The line without its prompt, empty for one that is left out."""
        return "" if self.rule else self.text[self.prompt :]


def cleaned(string: str) -> Cleaned:
    """Return a text without what is no Python; as it is where nothing is found."""
    text = Text(_STRAIGHTENED.sub(_straight, string))
    lines = []
    for number in range(1, text.line_count + 1):
        span = text.line_span(number)
        lines.append(_Line(span, text.slice(span)))
    if string.startswith(_MARK_OF_ORDER):
        lines[0].prompt, lines[0].mark = 1, "typography"
    if _stands_in(lines, _HUNK) or _is_piece_of_diff(lines):
        _drop_diff(lines)
    _drop_quote_marks(lines)
    _drop_line_numbers(lines)
    if _stands_in(lines, _FENCE):
        _drop_markdown(lines)
    if _stands_in(lines, _IN_START):
        _drop_notebook_prompts(lines)
    elif _stands_in(lines, _DOCTEST_START):
        _drop_prompts(lines)
    _drop_magics(lines)
    if _TVMSCRIPT.search(string) and not MARK.search(string):
        _drop_prose(lines)
    _measure_margins(lines)
    if MARK.search(string):
        _drop_cells(lines)
    edits = tuple(_edits(lines, string))
    characters = list(text.string)
    for edit in edits:
        if edit.rule != "indentation":
            for offset in range(edit.span.start, edit.span.end):
                if characters[offset] not in "\r\n":
                    characters[offset] = " "
    inside = {offset for edit in edits for offset in range(edit.span.start, edit.span.end)}
    edits += tuple(
        _edit("typography", Span(at, at + 1), string, new)
        for at, (old, new) in enumerate(zip(string, text.string, strict=True))
        if old != new and at not in inside
    )
    edits = tuple(sorted(edits, key=lambda edit: edit.span))
    return Cleaned("".join(characters), edits, tuple(line.margin for line in lines))


def _straight(match: re.Match[str]) -> str:
    return _TYPOGRAPHY[match[1]] if match[1] else match[0]


def _stands_in(lines: list[_Line], sign: re.Pattern[str]) -> bool:
    """Whether a line begins with a sign, outside of the strings of Python."""
    quote = ""
    for line in lines:
        if not quote and sign.match(line.code):
            return True
        _, quote = _scan(line.code, 0, quote)
    return False


def _is_piece_of_diff(lines: list[_Line]) -> bool:
    """Whether every line begins with a blank or a sign of a diff, and some with each sign."""
    signs = {line.text[0] for line in lines if line.text.strip()}
    return {"-", "+"} <= signs <= {"-", "+", " "}


def _drop_diff(lines: list[_Line]) -> None:
    """Keep what a text has after the change that a diff shows."""
    for line in lines:
        if _DIFF_HEAD.match(line.text):
            line.rule = "diff"
        elif line.text[:1] in ("+", " "):
            line.prompt, line.mark = 1, "diff"


def _drop_quote_marks(lines: list[_Line]) -> None:
    """Keep what is quoted in a mail, where the code is in it."""
    quoted = [line for line in lines if not line.rule and _QUOTE.match(line.code)]
    if not any(_TVMSCRIPT.search(line.text) for line in quoted):
        return
    for line in lines:
        if line in quoted and (mark := _QUOTE.match(line.code)):
            line.prompt, line.mark = line.prompt + mark.end(), "quote-marks"
        elif line.code.strip():
            line.rule = "prose"


def _drop_line_numbers(lines: list[_Line]) -> None:
    """Keep what stands behind the numbers of the lines, where all have one."""
    filled = [line for line in lines if line.code.strip()]
    found = [_LINE_NUMBER.match(line.code) for line in filled]
    numbers = [int(number[1]) for number in found if number is not None]
    if len(numbers) < max(len(filled), 3) or numbers != sorted({*numbers}):
        return
    width = max(number.end() for number in found if number is not None)
    for line, number in zip(filled, found, strict=True):
        end = number.end() if number is not None else 0
        aligned = not line.text[:width].endswith("\t") and not line.text[end:width].strip()
        line.prompt = min(width if aligned else end, len(line.text))
        line.mark = "line-numbers"


def _drop_markdown(lines: list[_Line]) -> None:
    """Keep what stands between fences, where it is Python."""
    blocks: list[tuple[str, list[_Line]]] = [("prose", [])]
    open_ = False
    for line in lines:
        fence = _FENCE.match(line.code)
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
        or (tag == "" and _CODE.search("\n".join(line.code for line in block)))
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


def _drop_prose(lines: list[_Line]) -> None:
    """Leave out sentences around the code, and what Python printed when it failed."""
    depth, quote, failed = 0, "", False
    for line in lines:
        code = line.code.rstrip()
        if not depth and not quote:
            failed = (failed or bool(_TRACEBACK.match(code))) and not _KEYWORD.match(code)
            if code and (failed or _is_prose(code) or _DIAGNOSTIC.match(code)):
                line.rule = "prose"
                continue
        depth, quote = _scan(code, depth, quote)


def _is_prose(code: str) -> bool:
    """Whether a line at the left edge is a sentence, and neither Python nor a try at it."""
    if code[0].isspace() or _KEYWORD.match(code):
        return False
    is_sentence = bool(_WORDS.fullmatch(code) or _SENTENCE.search(code))
    return code.startswith("$ ") or (is_sentence and not is_python(code))


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
        if line.rule in ("outputs", "markdown", "broken-cells", "prose") or MARK.match(line.text):
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
            yield _edit(line.mark, Span(start, start + line.prompt), string)
        if line.margin > line.prompt:
            yield _edit("indentation", Span(start + line.prompt, start + line.margin), string)


def _edit(rule: str, span: Span, string: str, new: str = "") -> Edit:
    old = string[span.start : span.end]
    return Edit(rule=rule, span=span, old=old, new=new, what=message_of(CLEANING[rule]))
