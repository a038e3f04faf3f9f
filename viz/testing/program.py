"""What the tests ask of a program: its Tree at a stage, its source, its passes; in this process."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from viz.frontend.program import read
from viz.model import Options, Pass, Request, Source, SourcePart, Tree, TreePart

if TYPE_CHECKING:
    from viz.ir.parse import Parsed
    from viz.passes.recording import Recording

Program = str | Any
"""A text with TVMScript in it, or a ``tvm.IRModule`` (only the engine may name that type)."""

NAMED_STAGES = ("input", "scheduled", "final")


def parse(program: Program) -> Parsed:
    """Return a program as parsed; TVM's parser runs a text, so trust it.

    Raises
    ------
    VizError
        When a text cannot be read.
    TypeError
        When the program is neither a text nor an IRModule.
    """
    from viz.ir.requirements import require_engine

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
    """Return the Tree at a stage: one of :data:`NAMED_STAGES`, or after a pass, by name or number.

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
    """Return everything the target's codegens write.

    Raises
    ------
    VizError
        When the program cannot be read, lowered or emitted.
    """
    parsed = parse(program)
    from viz.service.engine.dispatch import answer_parsed

    part = SourcePart(marks=False)
    reply = answer_parsed(Request(target=target, options=options, part=part), parsed)
    assert isinstance(reply, Source)
    return reply


def record(parsed: Parsed, target: str, options: Options) -> Recording:
    """Return the passes of a build, the one that threw included.

    Raises
    ------
    VizError
        When no pass began.
    """
    from viz.passes.recording import record

    return record(parsed.mod, target, options)


def runs(recording: Recording, name: str) -> list[Pass]:
    """Return the runs of a pass that ended, by full name or without what stands before the dot.

    Raises
    ------
    VizError
        The build's own failure, when it threw before or in this pass.
    AssertionError
        When no such pass ran, with the nearest names.
    """
    rows = [row for row in recording.rows() if row.problem is None]
    found = [row for row in rows if name in (row.name, _short(row.name))]
    if found:
        return found
    if recording.failure is not None:
        raise recording.failure
    names = {row.name: row.name for row in rows} | {_short(row.name): row.name for row in rows}
    near = {names[each] for each in difflib.get_close_matches(name, names, n=3, cutoff=0.5)}
    hint = f"; did you mean {' or '.join(sorted(near))}?" if near else ""
    raise AssertionError(
        f"no pass named {name!r} runs for {recording.target}{hint}\n{changes(rows)}"
    )


def changes(rows: Iterable[Pass]) -> str:
    """Return the passes that changed something, one per line, with their numbers."""
    lines = [f"{row.number:>5} {row.name}" for row in rows if row.changed]
    return "\n".join(["The passes that changed something:", *(lines or ["  none"])])


def _short(name: str) -> str:
    return name.rpartition(".")[2]
