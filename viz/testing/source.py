"""Assert that the source code of a target matches directives of LLVM's FileCheck.

The matching is done by PyPI's ``filecheck``, in this process and without files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import Literal

from filecheck.error import CheckError
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import Options as MatchOptions
from filecheck.parser import Parser, pattern_for_opts

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import Emission, Options, Source
from viz.model.emission import TextForm
from viz.testing import lowered_program
from viz.text import Span, Text

AROUND = 20
"""Lines in a message before and after those that filecheck names."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_COMMENTS = {"llvm": ";", "asm": "#"}


def assert_source(
    program: lowered_program.Program,
    target: str,
    directives: str,
    *,
    part: Literal["host", "device", "all"] = "all",
    form: TextForm | None = None,
    options: Options = Options(),
) -> None:
    """Assert that the source code of a target matches FileCheck directives.

    >>> assert_source(text, "c", "CHECK: for (int32_t i = 0; i < 8; ++i) {")
    >>> assert_source(text, "cuda", "CHECK-NOT: __syncthreads", part="device")

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``.
    target
        The target whose codegens write: ``c``, ``cuda``, ``llvm`` …; ``python`` for the program as
        written.
    directives
        One a line, with or without a comment leader: ``CHECK: for (``, ``CHECK-NEXT:``,
        ``CHECK-SAME:``, ``CHECK-NOT:``, ``CHECK-DAG:``, ``CHECK-LABEL:``, ``CHECK-COUNT-2:``,
        ``CHECK-EMPTY:``, with ``{{regex}}`` and ``[[NAME:regex]]``. ``COM:`` begins a comment.
    part
        The host's text, the device's, or both (of a GPU target the device's first).
    form
        For ``llvm`` only its ``ir`` or its ``assembly``; of Relax functions ``vm``, the code of the
        virtual machine.
    options
        Architecture, target attributes and PassContext config.

    Raises
    ------
    AssertionError
        When the text does not match: the message has filecheck's and the text.
    ValueError
        When a line is no directive, which filecheck would ignore.
    VizError
        When the program cannot be read, lowered or emitted, or the target has no such text.
    """
    match_options = MatchOptions(match_filename="directive", input_file=target)
    _require_directives(directives, match_options)
    text = _text(lowered_program.source(program, target, options), part, form)
    mismatch, lines = _mismatch(text, directives, match_options)
    if mismatch:
        raise AssertionError(
            f"the source for {target} does not match\n{mismatch}\n"
            f"The directives:\n{numbered(directives)}\nThe text:\n{numbered(text, lines)}"
        )


def _text(source: Source, part: str, form: str | None) -> str:
    """Return the emission of a part and form; several below headings.

    Raises
    ------
    RequestError
        When there is none.
    """
    emissions = [
        emission
        for emission in source.emissions
        if part in ("all", emission.part) and form in (None, emission.form)
    ]
    if not emissions:
        raise RequestError(message_of("no-such-text", target=source.target, form=form or part))
    texts = [emission.text.rstrip("\n") + "\n" for emission in emissions]
    if len(emissions) == 1:
        return texts[0]
    return "".join(
        f"{_heading(emission)}\n{text}" for emission, text in zip(emissions, texts, strict=True)
    )


def _heading(emission: Emission) -> str:
    comment = _COMMENTS.get(emission.language, "//")
    return f"{comment} ---------------- {emission.title} ----------------"


def _require_directives(directives: str, match_options: MatchOptions) -> None:
    """Raise ValueError for a line that is neither empty, nor a directive, nor a comment."""
    directive, _ = pattern_for_opts(match_options)
    comment = re.compile(rf"\b({'|'.join(match_options.comment_prefixes)})\b")
    for number, line in enumerate(directives.splitlines(), 1):
        if line.strip() and not directive.search(line) and not comment.search(line):
            raise ValueError(
                f"line {number} is no FileCheck directive: {line.strip()!r}; "
                "write CHECK: …, or COM: before a comment"
            )


class _Input(FInput):
    """A text that counts its own lines: the line numbers of filecheck drift and become floats."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.printed: list[int] = []
        """1-based numbers of the lines that messages show."""

    def print_line(self, pos_override: int | None = None, end_pos: int | None = None) -> str:
        start = self.range.start if pos_override is None else pos_override
        if self.content.startswith("\n", start):
            start += 1
        text = Text(self.content)
        position = text.position(start)
        self.printed.append(position.line)
        span = Span(start, max(end_pos or 0, start + 1))
        return f"{self.fname}:{position.line}:{position.column}\n{text.excerpt(span)}"


def _mismatch(text: str, directives: str, match_options: MatchOptions) -> tuple[str, list[int]]:
    """Return filecheck's message, empty when the text matches, and the 1-based lines it shows."""
    matched_input = _Input(match_options.input_file, text)
    parser = Parser(match_options, StringIO(directives), *pattern_for_opts(match_options))
    matcher = Matcher(match_options, matched_input, parser)
    # In place of the process's own: sys.stderr may be in use by other threads.
    matcher.stderr = output = StringIO()
    try:
        failed = bool(matcher.run())
    except CheckError:
        failed = True  # thrown again, after the message, by its search for a shorter match
    except (AssertionError, RuntimeError) as error:
        # An assertion fails for a CHECK-NEXT after the last line; NotImplementedError is raised
        # for arithmetic on numeric variables.
        failed = True
        print(f"filecheck gave up: {error or 'there is no line after this'}", file=output)
    message = _COLOURS.sub("", output.getvalue()).rstrip() or "no reason given"
    return message if failed else "", matched_input.printed


def numbered(text: str, near: Sequence[int] = ()) -> str:
    """Return a text with line numbers; of a long one only the lines around those in ``near``."""
    lines = text.splitlines()
    shown, last = [], 0
    for number, content in enumerate(lines, 1):
        if len(lines) > 2 * AROUND and all(abs(number - line) > AROUND for line in near or (1,)):
            continue
        if number > last + 1:
            shown.append("      …")
        shown.append(f"{number:>5} | {content}")
        last = number
    return "\n".join([*shown, *(["      …"] if last < len(lines) else [])])
