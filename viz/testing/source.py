"""Whether what a codegen wrote matches the directives of LLVM's FileCheck.

The matching is PyPI's ``filecheck``, used as a library: nothing is written to a file.
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
from viz.model import Emission, Options, Source
from viz.testing import program as ask
from viz.text import Span, Text

AROUND = 20
"""Lines that a message shows before and after those that filecheck names."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_COMMENTS = {"llvm": ";", "asm": "#"}


def assert_source(
    program: ask.Program,
    target: str,
    directives: str,
    *,
    part: Literal["host", "device", "all"] = "all",
    form: Literal["source", "ir", "assembly"] | None = None,
    options: Options = Options(),
) -> None:
    """Fail unless what a target's codegen writes matches FileCheck directives.

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``.
    target
        ``c``, ``cuda``, ``llvm`` …
    directives
        One a line, with or without a comment leader: ``CHECK: for (``, ``CHECK-NEXT:``,
        ``CHECK-SAME:``, ``CHECK-NOT:``, ``CHECK-DAG:``, ``CHECK-LABEL:``, ``CHECK-COUNT-2:``,
        ``CHECK-EMPTY:``, with ``{{regex}}`` and ``[[NAME:regex]]``. ``COM:`` begins a comment.
    part
        The host's text, the device's, or both, the one that one came to see first.
    form
        For ``llvm``: its IR or its assembly alone.
    options
        Architecture, target attributes and PassContext config.

    Raises
    ------
    AssertionError
        When the text does not match, with what filecheck says and the text.
    ValueError
        When a line is no directive: filecheck would pass over it.
    VizError
        When the program cannot be read, lowered or emitted, or the target has no such text.
    """
    said = MatchOptions(match_filename="directive", input_file=target)
    _require_directives(directives, said)
    text = _text(ask.source(program, target, options), part, form)
    complaint, near = _check(text, directives, said)
    if complaint:
        raise AssertionError(
            f"the source for {target} does not match\n{complaint}\n"
            f"The directives:\n{_numbered(directives)}\nThe text:\n{_numbered(text, near)}"
        )


def _text(source: Source, part: str, form: str | None) -> str:
    chosen = [
        each
        for each in source.emissions
        if part in ("all", each.part) and form in (None, each.form)
    ]
    if not chosen:
        raise RequestError(f"{source.target} has no {form or part} text")
    texts = [each.text.rstrip("\n") + "\n" for each in chosen]
    if len(chosen) == 1:
        return texts[0]
    return "".join(f"{_heading(each)}\n{text}" for each, text in zip(chosen, texts, strict=True))


def _heading(emission: Emission) -> str:
    comment = _COMMENTS.get(emission.language, "//")
    return f"{comment} ---------------- {emission.title} ----------------"


def _require_directives(directives: str, said: MatchOptions) -> None:
    directive, _ = pattern_for_opts(said)
    comment = re.compile(rf"\b({'|'.join(said.comment_prefixes)})\b")
    for number, line in enumerate(directives.splitlines(), 1):
        if line.strip() and not directive.search(line) and not comment.search(line):
            raise ValueError(
                f"line {number} is no FileCheck directive: {line.strip()!r}; "
                "write CHECK: …, or COM: before a comment"
            )


class _Input(FInput):
    """A text that names its own lines: filecheck's own line numbers drift and become floats."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.named: list[int] = []

    def print_line(self, pos_override: int | None = None, end_pos: int | None = None) -> str:
        start = self.range.start if pos_override is None else pos_override
        if self.content.startswith("\n", start):
            start += 1
        text = Text(self.content)
        where = text.position(start)
        self.named.append(where.line)
        span = Span(start, max(end_pos or 0, start + 1))
        return f"{self.fname}:{where.line}:{where.column}\n{text.excerpt(span)}"


def _check(text: str, directives: str, said: MatchOptions) -> tuple[str, list[int]]:
    """Return what filecheck complains about, nothing when the text matches, and at which lines."""
    given = _Input(said.input_file, text)
    parser = Parser(said, StringIO(directives), *pattern_for_opts(said))
    matcher = Matcher(said, given, parser)
    # In place of the process's own: sys.stderr may be in use by other threads.
    matcher.stderr = output = StringIO()
    try:
        failed = bool(matcher.run())
    except CheckError:
        failed = True  # thrown again, after the message, by its search for a shorter match
    except (AssertionError, RuntimeError) as error:
        # It asserts its own state (a CHECK-NEXT after the last line), and says with a
        # NotImplementedError what it cannot do (arithmetic on numeric variables).
        failed = True
        print(f"filecheck gave up: {error or 'there is no line after this'}", file=output)
    complaint = _COLOURS.sub("", output.getvalue()).rstrip() or "no reason given"
    return complaint if failed else "", given.named


def _numbered(text: str, near: Sequence[int] = ()) -> str:
    """Return a text with line numbers; of a long one only what stands near some of its lines."""
    lines = text.splitlines()
    shown, last = [], 0
    for number, line in enumerate(lines, 1):
        if len(lines) > 2 * AROUND and all(abs(number - each) > AROUND for each in near or (1,)):
            continue
        if number > last + 1:
            shown.append("      …")
        shown.append(f"{number:>5} | {line}")
        last = number
    return "\n".join([*shown, *(["      …"] if last < len(lines) else [])])
