"""Assert that a pass of a target's pipeline changes a program, or keeps it."""

from __future__ import annotations

import difflib
from itertools import islice

from viz.model import Options
from viz.testing.lowered_program import Program, changes, parse, record, runs

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
