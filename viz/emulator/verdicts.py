"""Ask a compiler of its language whether it takes an emitted text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from viz.emulator.user_lines import SiteLocator
from viz.harness.compilers import LANGUAGES, Language, checker, name_of
from viz.harness.toolchain import CompilerError, check
from viz.messages import Message, Value, message_of
from viz.model import Emission, Origins, Problem
from viz.text import Span

CHECKED: dict[str, Language] = {"c": "c", "cuda": "cuda", "opencl": "opencl"}
"""The language of a compiler by that of an emission. The others have none that would be at hand:
validators of WGSL come with a GPU's driver or a browser alone, and Metal's with macOS."""

REFUSED, UNCHECKED, ACCEPTED = "refused-text", "unchecked-text", "accepted-text"
"""Codes of the problems."""

_ARCHITECTURE = re.compile(r"sm_\w+")


class Verdict(NamedTuple):
    """What a compiler says of a text.

    Attributes
    ----------
    program
        The compiler's name.
    error
        Its first error; None where it takes the text.
    unchecked
        Why the text was not checked; None where it was.
    """

    program: str
    error: CompilerError | None = None
    unchecked: Message | None = None


def verdict(
    text: str,
    language: str,
    arch: str,
    c_flags: Sequence[str],
    includes: Callable[[], Sequence[Path]],
) -> Verdict:
    """Return what a compiler says of a text.

    Parameters
    ----------
    arch
        The architecture that CUDA text is for, such as ``sm_80``.
    c_flags, includes
        Those for C text; the folders are those of its headers.
    """
    if language not in CHECKED:
        return Verdict("", unchecked=message_of("no-compiler-used", language=language))
    known = CHECKED[language]
    name = name_of(checker(known))
    if not name:
        usual = LANGUAGES[known].programs[0]
        why = message_of("no-compiler-found", title=LANGUAGES[known].title, program=usual)
        return Verdict("", unchecked=why)
    flags: Sequence[str] = c_flags if known == "c" else ()
    if known == "cuda" and _ARCHITECTURE.fullmatch(arch):
        flags = (f"-arch={arch}",)
    error = check(text, known, flags=flags, includes=includes() if known == "c" else ())
    if error is not None and not error.line:
        return Verdict(name, unchecked=error.message)
    return Verdict(name, error)


def can_check(language: str) -> bool:
    """Whether there is a compiler here for the language of an emission."""
    return language in CHECKED and bool(checker(CHECKED[language]))


def problem_of(said: Verdict, emission: Emission, span: Span | None) -> Problem:
    """Return what a compiler says of an emission, at a place of the user's text."""
    title = emission.title
    if said.unchecked is not None:
        what = message_of("text-unchecked", title=title, why=said.unchecked)
        return Problem(code=UNCHECKED, severity="info", what=what)
    if said.error is None:
        what = message_of("text-accepted", title=title, program=said.program)
        return Problem(code=ACCEPTED, severity="info", what=what)
    return Problem(
        code=REFUSED, what=message_of("text-refused", title=title, **refusal(said)), span=span
    )


def refusal(said: Verdict) -> dict[str, Value]:
    """Return the values of a message about a text that a compiler refuses."""
    assert said.error is not None
    return {"program": said.program, "line": said.error.line, "error": said.error.message}


def span_of(error: CompilerError, emission: Emission, origins: Origins, text: str) -> Span | None:
    """Return the user's span of the node that wrote the place of an error."""
    lines = emission.text.split("\n")
    if error.line > len(lines):
        return None
    start = sum(len(line) + 1 for line in lines[: error.line - 1])
    line = lines[error.line - 1]
    indent = len(line) - len(line.lstrip())
    locator = SiteLocator(origins, emission, text)
    places = [error.column - 1, indent] if error.column else [indent]
    return next(filter(None, (locator.span_at(start + place) for place in places)), None)
