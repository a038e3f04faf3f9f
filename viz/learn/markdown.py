"""Read the Markdown of lessons into pieces of plain data; HTML is neither made nor read.

There are paragraphs, headings, lists, blocks of code, ``**strong**``, ``*em*``, code, and links
that act on the workspace (:data:`TARGETS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.learn.errors import FormError
from viz.learn.lesson import Phrase, Sentence, TextBlock
from viz.messages import message_of

TARGETS = ("node", "stage", "target", "tab", "pane", "view", "term", "lesson", "https")
"""What a link does, by what stands before its colon: select a node, go to a stage, look at the
stages of a target, open a tab of the dock, bring a pane in sight, show the stage in another way,
open the glossary, go to a lesson, or leave for a page of the web."""

FENCE = "```"

_PIECE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\[(?P<words>(?:[^\[\]`]|`[^`]*`)+)\]\((?P<to>[^()\s]+)\)"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|\*(?P<em>[^*\s][^*]*)\*"
)


class Section(NamedTuple):
    """A block of a file and the line that it begins at, from 1."""

    line: int
    kind: str
    """``text``, or the word behind the backquotes of a fence, which is ``code`` without one."""
    text: str


def parts(text: str, first: int = 1) -> Iterator[Section]:
    """Yield the blocks of a text, whose first line has the number ``first``.

    Raises
    ------
    FormError
        When a fence does not end.
    """
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        if not line.strip():
            number += 1
        elif line.startswith(FENCE):
            end = next((n for n in range(number + 1, len(lines)) if lines[n].rstrip() == FENCE), 0)
            if not end:
                raise FormError(message_of("lesson-fence"), first + number)
            inside = "\n".join(lines[number + 1 : end])
            yield Section(first + number, line[len(FENCE) :].strip() or "code", inside)
            number = end + 1
        else:
            end = number
            while end < len(lines) and lines[end].strip() and not lines[end].startswith(FENCE):
                end += 1
            yield Section(first + number, "text", "\n".join(lines[number:end]))
            number = end


def text_blocks(text: str) -> Iterator[TextBlock]:
    """Yield the paragraph, the heading or the rows of the list that a block of text is.

    Raises
    ------
    FormError
        When a link leads nowhere.
    """
    lines = text.splitlines()
    row = re.compile(r"\s*(?P<sign>[-*]|\d+\.)\s+(?P<words>.*)")
    if lines[0].startswith("#"):
        yield TextBlock(form="heading", words=sentence(lines[0].lstrip("# ")))
        lines = lines[1:]
    gathered: list[tuple[str, list[str]]] = []
    for line in lines:
        if match := row.fullmatch(line):
            form = "bullet" if match["sign"] in "-*" else "step"
            gathered.append((form, [match["words"]]))
        elif gathered:
            gathered[-1][1].append(line.strip())
        else:
            gathered.append(("paragraph", [line.strip()]))
    for form, rows in gathered:
        yield TextBlock(form=form, words=sentence(joined(rows)))  # type: ignore[arg-type]


def joined(lines: list[str]) -> str:
    """Return the lines of a paragraph as one; Chinese has no space where a line ends."""
    text = ""
    for line in lines:
        is_wide = bool(text) and bool(line) and ord(text[-1]) > 0x2E80 and ord(line[0]) > 0x2E80
        text += ("" if is_wide or not text else " ") + line
    return text


def sentence(text: str) -> Sentence:
    """Return the pieces of a sentence.

    Raises
    ------
    FormError
        When a link leads nowhere.
    """
    pieces: list[Phrase] = []
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            pieces.append(Phrase("text", text[end : match.start()]))
        end = match.end()
        if match["code"]:
            pieces.append(Phrase("code", match["code"]))
        elif match["strong"]:
            pieces.append(Phrase("strong", match["strong"]))
        elif match["em"]:
            pieces.append(Phrase("em", match["em"]))
        else:
            if match["to"].partition(":")[0] not in TARGETS:
                raise FormError(message_of("lesson-link", to=match["to"]))
            pieces.append(Phrase("link", match["words"].replace("`", ""), match["to"]))
    if end < len(text):
        pieces.append(Phrase("text", text[end:]))
    return tuple(pieces)
