"""Assert that a compiler takes the source code that a target's codegens write."""

from __future__ import annotations

from typing import Literal

from viz.errors import RequestError, RunError
from viz.messages import message_of
from viz.model import Emission, Options, Problem, Source, catalog
from viz.testing import lowered_program
from viz.testing.source import numbered
from viz.text import Text


def has_compiler(target: str) -> bool:
    """Whether this machine can check all that a target's codegens write.

    >>> @pytest.mark.skipif(not has_compiler("cuda"), reason="no nvcc and no NVRTC")

    Raises
    ------
    RequestError
        When there is no such target.
    """
    rows = catalog.targets()
    if target not in rows:
        raise RequestError(message_of("no-target", name=target, known=tuple(rows)))
    from viz.emulator.verdicts import can_check

    row = rows[target]
    texts = [row, *([rows[row.host]] if row.host else [])]
    return all(can_check(text.language) for text in texts)


def assert_compiles(
    program: lowered_program.Program,
    target: str,
    *,
    part: Literal["host", "device", "all"] = "all",
    options: Options = Options(),
) -> None:
    """Assert that a compiler of its own language takes the source code of a target.

    C is given to gcc, cc or clang, CUDA to nvcc or else to NVRTC, OpenCL to clang; the variables
    ``CC``, ``NVCC`` and ``CLANG`` name others. Nothing is linked and nothing runs.

    >>> assert_compiles(text, "c")
    >>> assert_compiles(mod, "cuda", part="device", options=viz.Options(arch="sm_90"))

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``.
    target
        The target whose codegens write: ``c``, ``cuda``, ``opencl``.
    part
        The host's text, the device's, or both.
    options
        Architecture, target attributes and PassContext config.

    Raises
    ------
    AssertionError
        When the compiler refuses the text: the message has its first error, the line of the
        program that it comes from, and the text around it.
    RunError
        When nothing here can check the text (:func:`has_compiler`): an assertion that was not made
        must not pass.
    VizError
        When the program cannot be read, lowered or emitted, may not be given to a compiler, or the
        target has no such text.
    """
    text, source = lowered_program.checked_source(program, target, options)
    verdicts = [
        (emission, problem)
        for emission, problem in _verdicts(source)
        if part in ("all", emission.part)
    ]
    if not verdicts:
        raise RequestError(message_of("no-such-text", target=target, form=part))
    for emission, problem in verdicts:
        if problem.code == "refused-text":
            raise AssertionError(_refusal(problem, emission, text))
    for _, problem in verdicts:
        if problem.code == "unchecked-text":
            raise RunError(problem.what)


def _verdicts(source: Source) -> list[tuple[Emission, Problem]]:
    """Return the texts that a compiler was asked about, each with what it said."""
    from viz.emulator.verdicts import ACCEPTED, REFUSED, UNCHECKED

    asked = [emission for emission in source.emissions if emission.form == "source"]
    codes = (ACCEPTED, REFUSED, UNCHECKED)
    answers = [problem for problem in source.problems if problem.code in codes]
    return list(zip(asked, answers, strict=True))


def _refusal(problem: Problem, emission: Emission, text: str) -> str:
    message = problem.message
    if problem.span is not None:
        lines = Text(text)
        position = lines.position(problem.span.start)
        message += f"\nIt comes from line {position.line}:\n{lines.excerpt(problem.span)}"
    line = int(str(problem.what.values["line"]))
    return f"{message}\nThe text:\n{numbered(emission.text, [line])}"
