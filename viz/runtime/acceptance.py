"""Ask a compiler of a text's own language whether it takes the text that a codegen wrote.

TVM's codegens write some texts that no compiler takes. That is told from what only the emulator
does not know, with the compiler's first error, the node that wrote the place and the user's line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from viz.emulator import verdicts
from viz.emulator.translate import NotEmulated
from viz.emulator.verdicts import Verdict, problem_of, refusal, span_of
from viz.errors import RunError, VizError
from viz.harness.toolchain import CompilerError
from viz.ir import tvm_names
from viz.ir.parse import Parsed
from viz.messages import Message, hint_message, message_of
from viz.model import Options, Problem, Source
from viz.passes.pipeline import Lowered
from viz.passes.recording import Recording, record
from viz.runtime.build import C_FLAGS, includes
from viz.text import Span


def verdict(text: str, language: str, arch: str) -> Verdict:
    """Return what a compiler says of a text, with TVM's headers for one in C.

    Parameters
    ----------
    arch
        The architecture that CUDA text is for, such as ``sm_80``.
    """
    return verdicts.verdict(text, language, arch, C_FLAGS, includes)


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
            span = span_of(said.error, emission, origins, parsed.program.text)
        problems.append(problem_of(said, emission, span))
    return tuple(problems)


def _arch(lowered: Lowered) -> str:
    return str(lowered.target.attrs.get("arch", ""))


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
                message_of("no-compiler-takes", **refusal(said)),
                span=next(places([said.error], error.text, recording, parsed), None),
            )
        uses = _uses(error.text, error.what)
        span = span or next(places(uses, error.text, recording, parsed), None)
    except VizError:
        return error
    hint = hint_message(error.what) if error.advice is None else error.advice
    if said.unchecked is None:
        advice = message_of("not-emulated-accepted", error=hint, program=said.program)
    else:
        advice = message_of("not-emulated-unchecked", error=hint, why=said.unchecked)
    return RunError(error.what, span=span, hint=advice)


def at_users_line(
    error: RunError, text: str, target: str, parsed: Parsed, options: Options
) -> RunError:
    """Give an error about a line of a target's text the place of what wrote it, and return it."""
    number = error.what.values.get("number")
    if error.span is None and isinstance(number, int) and number:
        column = error.what.values.get("column")
        place = CompilerError(number, column if isinstance(column, int) else 0, error.what)
        with suppress(VizError):
            recording = record(parsed.mod, target, options)
            error.span = next(places([place], text, recording, parsed), None)
    return error


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


def places(
    errors: Iterable[CompilerError], text: str, recording: Recording, parsed: Parsed
) -> Iterator[Span]:
    """Yield where in the user's text what a compiler said of a codegen's text comes from."""
    if tvm_names.installed().off & {"marks", "origins"}:
        return
    from viz.codegen.marked_source import marked
    from viz.passes.origins.origins_reply import origins_of

    for emission in marked(recording).emissions:
        if emission.text == text:
            origins = origins_of(recording, parsed.user_span)
            found = (span_of(error, emission, origins, parsed.program.text) for error in errors)
            yield from (span for span in found if span is not None)
