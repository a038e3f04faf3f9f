"""Whether a pass of a target's pipeline changes a program."""

from __future__ import annotations

import difflib
from itertools import islice

from viz.model import Options
from viz.testing.program import Program, changes, parse, record, runs

MOST_LINES = 60
"""Lines of a diff that a message shows."""


def assert_pass_changes(
    program: Program, target: str, name: str, *, options: Options = Options()
) -> None:
    """Fail unless a pass changes the program, at least in one of its runs.

    Parameters
    ----------
    program
        A text with TVMScript in it, or a ``tvm.IRModule``.
    target
        Whose pipeline: ``c``, ``cuda``, ``llvm`` …
    name
        The pass: ``tirx.FlattenBuffer``, or ``FlattenBuffer`` for every pass that ends so.
    options
        Architecture, target attributes and PassContext config.

    Raises
    ------
    AssertionError
        When it changes nothing, with the passes that did; when it does not run for this target,
        with the nearest names.
    VizError
        When the program cannot be read, or a pass threw before this one ended.
    """
    recording = record(parse(program), target, options)
    found = runs(recording, name)
    if not any(row.changed for row in found):
        times = "" if len(found) == 1 else f" in {len(found)} runs"
        raise AssertionError(
            f"{name} changed nothing{times} for {target}\n{changes(recording.rows())}"
        )


def assert_pass_keeps(
    program: Program, target: str, name: str, *, options: Options = Options()
) -> None:
    """Fail when a pass changes the program, in any of its runs.

    Parameters and errors are those of :func:`assert_pass_changes`; the message has what changed,
    as TVMScript.
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
