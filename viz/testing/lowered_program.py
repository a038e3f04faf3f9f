"""Lower a program in this process: its Tree at a stage, its source, its passes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from viz.frontend.program import read
from viz.model import (
    PYTHON,
    Options,
    Pass,
    PythonPart,
    Request,
    Source,
    SourcePart,
    Tree,
    TreePart,
    Verification,
    VerifyPart,
)
from viz.model.problem import error_of

if TYPE_CHECKING:
    from viz.ir.parse import Parsed
    from viz.passes.recording import Recording

Program = str | Any
"""A text with TVMScript in it, or a ``tvm.IRModule``, whose type is not imported here."""

NAMED_STAGES = ("input", "scheduled", "final")
"""Stages that are no pass."""


def parse(program: Program) -> Parsed:
    """Parse a program; TVM's parser executes Python in a text, so it must be trusted.

    Raises
    ------
    VizError
        When the text cannot be read.
    TypeError
        When the program is neither a text nor an IRModule.
    """
    from viz.ir.tvm_names import require_engine

    require_engine()
    from viz.ir.parse import parse, parsed_module

    if isinstance(program, str):
        return parse(read(program))
    if not hasattr(program, "functions"):
        kind = type(program).__name__
        message = f"a program is a text or a tvm.IRModule, not a {kind}"
        raise TypeError(f"{message}; a PrimFunc goes into one: tvm.IRModule({{'main': f}})")
    return parsed_module(program)


def tree(program: Program, stage: str | int, target: str, options: Options) -> Tree:
    """Return the Tree of a program at a stage.

    Parameters
    ----------
    stage
        One of :data:`NAMED_STAGES`, or the name or number of a pass: the stage after its last run.

    Raises
    ------
    VizError
        When the program cannot be read or lowered that far, or there is no such target or stage.
    AssertionError
        When no pass of this name ran.
    """
    parsed = parse(program)
    if stage in NAMED_STAGES:
        from viz.service.engine.dispatch import answer_parsed

        part = TreePart(stage=stage)  # type: ignore[arg-type]
        reply = answer_parsed(Request(target=target, options=options, part=part), parsed)
        assert isinstance(reply, Tree)
        return reply
    from viz.ir.walker import walk

    recording = record(parsed, target, options)
    number = stage if isinstance(stage, int) else runs(recording, stage)[-1].number
    return walk(recording.stage(number), number, target, parsed.user_span)


def source(program: Program, target: str, options: Options) -> Source:
    """Return everything that the codegens of a target write, without marks, or the input as Python.

    Raises
    ------
    VizError
        When the program cannot be read, lowered or emitted.
    """
    parsed = parse(program)
    from viz.service.engine.dispatch import answer_parsed

    if target == PYTHON:
        reply = answer_parsed(Request(options=options, part=PythonPart()), parsed)
    else:
        part = SourcePart(marks=False)
        reply = answer_parsed(Request(target=target, options=options, part=part), parsed)
    assert isinstance(reply, Source)
    if not reply.emissions:
        raise error_of(reply.problems[0])
    return reply


def checked_source(program: Program, target: str, options: Options) -> tuple[str, Source]:
    """Return a program's text, and what the codegens write for it with compilers' verdicts.

    Raises
    ------
    VizError
        When the program cannot be read, lowered or emitted, or may not be given to a compiler.
    """
    parsed = parse(program)
    from viz.service.engine.dispatch import answer_parsed

    part = SourcePart(compile=True)
    reply = answer_parsed(Request(target=target, options=options, part=part), parsed)
    assert isinstance(reply, Source)
    return parsed.program.text, reply


def record(parsed: Parsed, target: str, options: Options) -> Recording:
    """Return the recording of a build, which may end with a pass that threw.

    Raises
    ------
    VizError
        When no pass began.
    """
    from viz.passes.recording import record

    return record(parsed.mod, target, options)


def verified(
    program: Program,
    target: str,
    options: Options,
    part: VerifyPart,
    passes: Iterable[Any] | None,
) -> Verification:
    """Run every stage of a program: of a target's pipeline, or of other passes.

    Raises
    ------
    VizError
        When the program cannot be read or lowered, or no inputs can be made.
    """
    parsed = parse(program)
    from viz.ir.functions import by_importance
    from viz.passes.recording import record, record_passes
    from viz.verifier.verify import verification

    recording = (
        record(parsed.mod, target, options)
        if passes is None
        else record_passes(parsed.mod, passes, target, options)
    )
    return verification(parsed, by_importance(parsed.mod)[0], recording, part)


def runs(recording: Recording, name: str) -> list[Pass]:
    """Return the completed runs of a pass.

    Parameters
    ----------
    name
        ``tirx.FlattenBuffer``, or ``FlattenBuffer`` for the passes of all namespaces.

    Raises
    ------
    VizError
        The failure of the build, when it failed before or in this pass.
    AssertionError
        When no such pass ran, with the most similar names.
    """
    rows = [row for row in recording.rows() if row.problem is None]
    matching = [row for row in rows if name in (row.name, _short(row.name))]
    if matching:
        return matching
    if recording.failure is not None:
        raise recording.failure
    names = {row.name: row.name for row in rows} | {_short(row.name): row.name for row in rows}
    similar = {names[match] for match in difflib.get_close_matches(name, names, n=3, cutoff=0.5)}
    hint = f"; did you mean {' or '.join(sorted(similar))}?" if similar else ""
    raise AssertionError(
        f"no pass named {name!r} runs for {recording.target}{hint}\n{changes(rows)}"
    )


def changes(rows: Iterable[Pass]) -> str:
    """Return the passes that changed something, one a line, with their numbers."""
    lines = [f"{row.number:>5} {row.name}" for row in rows if row.changed]
    return "\n".join(["The passes that changed something:", *(lines or ["  none"])])


def _short(name: str) -> str:
    return name.rpartition(".")[2]
