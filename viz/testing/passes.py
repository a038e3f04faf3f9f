"""Assert that a pass of a target's pipeline changes a program, or keeps it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from viz.model import Options, Verification, VerifyPart, WrongStage
from viz.testing.lowered_program import Program, changes, parse, record, runs, verified

MOST_LINES = 60
"""Lines of a diff in a message."""


def assert_pass_changes(
    program: Program, target: str, name: str, *, options: Options = Options()
) -> None:
    """Assert that a pass changes the program in at least one of its runs.

    >>> assert_pass_changes(text, "c", "tirx.FlattenBuffer")
    >>> assert_pass_changes(text, "cuda", "ThreadSync", options=viz.Options(arch="sm_90"))

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``.
    target
        The target whose pipeline runs: ``c``, ``cuda``, ``llvm`` …
    name
        The pass: ``tirx.FlattenBuffer``, or ``FlattenBuffer`` for the passes of all namespaces.
    options
        Architecture, target attributes and PassContext config.

    Raises
    ------
    AssertionError
        When the pass changes nothing: the message lists the passes that do. When it does not run
        for this target: the message has the most similar names.
    VizError
        When the program cannot be read, or the build failed before the pass ended.
    """
    recording = record(parse(program), target, options)
    rows = runs(recording, name)
    if not any(row.changed for row in rows):
        times = "" if len(rows) == 1 else f" in {len(rows)} runs"
        raise AssertionError(
            f"{name} changed nothing{times} for {target}\n{changes(recording.rows())}"
        )


def assert_pass_keeps(
    program: Program, target: str, name: str, *, options: Options = Options()
) -> None:
    """Assert that a pass changes the program in none of its runs.

    >>> assert_pass_keeps(text, "c", "tirx.VectorizeLoop")

    Parameters
    ----------
    program, target, name, options
        As for :func:`assert_pass_changes`.

    Raises
    ------
    AssertionError
        When the pass changes the program: the message has the diff of its TVMScript. When it does
        not run for this target.
    VizError
        As for :func:`assert_pass_changes`.
    """
    recording = record(parse(program), target, options)
    changed = next((row for row in runs(recording, name) if row.changed), None)
    if changed is None:
        return
    step = recording.steps[changed.number - 1]
    before, after = (str(mod.script()).splitlines() for mod in (step.before, step.after))
    difference = difflib.unified_diff(before, after, "before", "after", n=1, lineterm="")
    lines = list(islice(difference, MOST_LINES + 1))
    more = ["…"] if len(lines) > MOST_LINES else []
    head = f"{name} changed the program for {target}, as pass {changed.number}:"
    raise AssertionError("\n".join([head, *lines[:MOST_LINES], *more, changes(recording.rows())]))


def assert_passes_preserve(
    program: Program,
    target: str,
    *,
    passes: Iterable[Any] | None = None,
    sizes: Mapping[str, int] | None = None,
    options: Options = Options(),
) -> Verification:
    """Assert that the program computes the same after every pass of a target's pipeline.

    It is run after each pass that changed something, by TIRscope's own Python codegen on random
    inputs, and compared with the program before all passes; that with the text's reference.

    >>> assert_passes_preserve(text, "cuda")
    >>> assert_passes_preserve(mod, "c", passes=[MyPass(), tvm.tirx.transform.FlattenBuffer()])

    Parameters
    ----------
    program, target, options
        As for :func:`assert_pass_changes`.
    passes
        Passes of your own that run instead of the target's pipeline, in this order.
    sizes
        Values of the variables in the buffers' shapes, by name; the others are chosen small.

    Returns
    -------
    Verification
        What each stage showed, also which of them could not be run, and why.

    Raises
    ------
    AssertionError
        When a pass changes what the program computes: the message has the pass, the first element
        that differs, the statement that wrote it and the line of the program behind that; or when
        no two stages could be run, so that nothing was compared.
    VizError
        When the program cannot be read, no pass began, or no inputs can be made.
    """
    part = VerifyPart(sizes=dict(sizes or {}))
    verification = verified(program, target, options, part, passes)
    if verification.wrong is not None:
        raise AssertionError(_wrong_pass(verification.wrong, verification))
    if not verification.compared:
        reasons = [f"{stage.stage} {stage.name}: {stage.why}" for stage in verification.stages]
        raise AssertionError("\n".join(["no two stages could be run:", *reasons]))
    return verification


def _wrong_pass(wrong: WrongStage, verification: Verification) -> str:
    name = wrong.name or str(wrong.stage)
    lines = [f"{name} is wrong for {verification.target}: {wrong.what}"]
    if (writer := wrong.fault) is not None:
        written = "written before it by" if wrong.writer_before else "written by"
        values = ", ".join(f"{name} = {value}" for name, value in writer.values.items())
        lines.append(f"{written} {writer.label} (stage {writer.stage}):")
        lines.append(f"    {writer.python}" + (f"    # {values}" if values else ""))
        if writer.line is not None:
            lines.append(f"It comes from line {writer.line}: {writer.own_text}")
    return "\n".join(lines)
