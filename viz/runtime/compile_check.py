"""Ask a compiler whether it takes a target's kernels, for several architectures; nothing is run."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from viz.codegen.emit import write
from viz.emulator.verdicts import Verdict, refusal
from viz.errors import TVM_ERRORS, LoweringError, VizError
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import CompileCheck, Options, Problem, catalog
from viz.passes.pipeline import Lowered, lower
from viz.passes.recording import record
from viz.runtime.acceptance import places, verdict

ARCHITECTURES = {"cuda": ("sm_80", "sm_90", "sm_100")}
"""The architectures that a target's kernels are checked for, where none is chosen."""


def compile_checks(parsed: Parsed, target: str, options: Options) -> tuple[CompileCheck, ...]:
    """Return what a compiler says of a target's kernels, for each architecture.

    A program that cannot be lowered has none: why not is part of the launch report.
    """
    chosen = (options.arch,) if options.arch else ARCHITECTURES.get(target, ("",))
    return tuple(
        check
        for arch in chosen
        for check in _checked(parsed, target, msgspec.structs.replace(options, arch=arch))
    )


def _checked(parsed: Parsed, target: str, options: Options) -> Iterator[CompileCheck]:
    try:
        lowered = lower(parsed.mod, target, options)
        texts = [*_texts(lowered)]
    except (LoweringError, *TVM_ERRORS):
        return
    for text in texts:
        began = time.perf_counter()
        said = verdict(text, catalog.targets()[target].language, options.arch)
        seconds = time.perf_counter() - began
        yield CompileCheck(
            arch=options.arch,
            program=said.program,
            seconds=seconds,
            problem=_problem(said, text, parsed, target, options),
        )


def _texts(lowered: Lowered) -> Iterator[str]:
    for kind, device in lowered.devices.items():
        yield write(device, kind)


def _problem(
    said: Verdict, text: str, parsed: Parsed, target: str, options: Options
) -> Problem | None:
    title = catalog.targets()[target].device_title or catalog.targets()[target].title
    if said.unchecked is not None:
        what = message_of("text-unchecked", title=title, why=said.unchecked)
        return Problem(code="unchecked-text", severity="info", what=what)
    if said.error is None:
        return None
    try:
        recording = record(parsed.mod, target, options)
        span = next(places([said.error], text, recording, parsed), None)
    except VizError:
        span = None
    what = message_of("text-refused", title=title, **refusal(said))
    return Problem(code="refused-text", what=what, span=span)
