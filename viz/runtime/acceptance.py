"""Ask a compiler of a text's own language whether it takes the text that a codegen wrote.

TVM's codegens write some texts that no compiler takes. That is told from what only the emulator
does not know, with the compiler's first error, the node that wrote the place and the user's line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from viz.emulator.translate import NotEmulated
from viz.errors import RunError, VizError
from viz.harness.compilers import LANGUAGES, Language, checker, name_of
from viz.harness.toolchain import CompilerError, check
from viz.ir import tvm_names
from viz.ir.parse import Parsed
from viz.messages import Message, Value, hint_message, message_of
from viz.model import Emission, Options, Origins, Problem, Source
from viz.passes.pipeline import Lowered
from viz.passes.recording import Recording, record
from viz.runtime.build import C_FLAGS, includes
from viz.runtime.emulator.user_lines import SiteLocator
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


def verdict(text: str, language: str, arch: str) -> Verdict:
    """Return what a compiler says of a text.

    Parameters
    ----------
    arch
        The architecture that CUDA text is for, such as ``sm_80``.
    """
    if language not in CHECKED:
        return Verdict("", unchecked=message_of("no-compiler-used", language=language))
    known = CHECKED[language]
    name = name_of(checker(known))
    if not name:
        usual = LANGUAGES[known].programs[0]
        why = message_of("no-compiler-found", title=LANGUAGES[known].title, program=usual)
        return Verdict("", unchecked=why)
    flags: tuple[str, ...] = C_FLAGS if known == "c" else ()
    if known == "cuda" and _ARCHITECTURE.fullmatch(arch):
        flags = (f"-arch={arch}",)
    error = check(text, known, flags=flags, includes=includes() if known == "c" else ())
    if error is not None and not error.line:
        return Verdict(name, unchecked=error.message)
    return Verdict(name, error)


def can_check(language: str) -> bool:
    """Whether there is a compiler here for the language of an emission."""
    return language in CHECKED and bool(checker(CHECKED[language]))


# ---------------------------------------------------------------- of a source


def checked(source: Source, recording: Recording, parsed: Parsed) -> tuple[Problem, ...]:
    """Return, for each text of a marked source, what a compiler says of it."""
    from viz.passes.origins.origins_reply import origins_of

    lowered = recording.built()
    origins = None
    problems = []
    for emission in source.emissions:
        if emission.form != "source":
            continue
        said = verdict(emission.text, emission.language, _arch(lowered))
        span = None
        if said.error is not None and "origins" not in tvm_names.installed().off:
            origins = origins or origins_of(recording, parsed.user_span)
            span = _span(said.error, emission, origins, parsed)
        problems.append(_problem(said, emission, span))
    return tuple(problems)


def _problem(said: Verdict, emission: Emission, span: Span | None) -> Problem:
    title = emission.title
    if said.unchecked is not None:
        what = message_of("text-unchecked", title=title, why=said.unchecked)
        return Problem(code=UNCHECKED, severity="info", what=what)
    if said.error is None:
        what = message_of("text-accepted", title=title, program=said.program)
        return Problem(code=ACCEPTED, severity="info", what=what)
    return Problem(
        code=REFUSED, what=message_of("text-refused", title=title, **_refusal(said)), span=span
    )


def _refusal(said: Verdict) -> dict[str, Value]:
    assert said.error is not None
    return {"program": said.program, "line": said.error.line, "error": said.error.message}


def _arch(lowered: Lowered) -> str:
    return str(lowered.target.attrs.get("arch", ""))


def _span(
    error: CompilerError, emission: Emission, origins: Origins, parsed: Parsed
) -> Span | None:
    """Return the user's span of the node that wrote the place of an error."""
    lines = emission.text.split("\n")
    if error.line > len(lines):
        return None
    start = sum(len(line) + 1 for line in lines[: error.line - 1])
    line = lines[error.line - 1]
    indent = len(line) - len(line.lstrip())
    locator = SiteLocator(origins, emission, parsed.program.text)
    places = [error.column - 1, indent] if error.column else [indent]
    return next(filter(None, (locator.span_at(start + place) for place in places)), None)


# ---------------------------------------------------------------- of what the emulator refuses


def judged(error: NotEmulated, parsed: Parsed, options: Options) -> RunError:
    """Return the error of a text that the emulator does not know, with a CUDA compiler's word.

    Its place is that of the statement which the line of the text is from, or which calls the
    function that the line stands in.
    """
    span = error.span
    try:
        recording = record(parsed.mod, "cuda", options)
        said = verdict(error.text, "cuda", _arch(recording.built()))
        if said.error is not None:
            return RunError(
                message_of("no-compiler-takes", **_refusal(said)),
                span=next(_spans([said.error], error.text, recording, parsed), None),
            )
        uses = _uses(error.text, error.what)
        span = span or next(_spans(uses, error.text, recording, parsed), None)
    except VizError:
        return error
    hint = hint_message(error.what) if error.advice is None else error.advice
    if said.unchecked is None:
        advice = message_of("not-emulated-accepted", error=hint, program=said.program)
    else:
        advice = message_of("not-emulated-unchecked", error=hint, why=said.unchecked)
    return RunError(error.what, span=span, hint=advice)


_FUNCTION = re.compile(r"[^\s#/].*?(?P<name>\w+)\(")
"""The head of a function, at the left edge."""


def _uses(text: str, what: Message) -> Iterator[CompilerError]:
    """Yield the line that a message is about, and the calls of the function that it stands in."""
    lines, number = text.split("\n"), what.values.get("number")
    if not isinstance(number, int):
        return
    yield CompilerError(number, 0, what)
    heads = (_FUNCTION.match(line) for line in reversed(lines[:number]))
    head = next(filter(None, heads), None)
    call = re.compile(rf"\b{head['name']}\(") if head is not None else None
    for line, content in enumerate(lines[number:] if call else (), number + 1):
        if call is not None and (match := call.search(content)):
            yield CompilerError(line, match.start() + 1, what)


def _spans(
    errors: Iterable[CompilerError], text: str, recording: Recording, parsed: Parsed
) -> Iterator[Span]:
    if tvm_names.installed().off & {"marks", "origins"}:
        return
    from viz.codegen.marked_source import marked
    from viz.passes.origins.origins_reply import origins_of

    for emission in marked(recording).emissions:
        if emission.text == text:
            origins = origins_of(recording, parsed.user_span)
            found = (_span(error, emission, origins, parsed) for error in errors)
            yield from (span for span in found if span is not None)
