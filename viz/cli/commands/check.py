"""``check``: say what stands in the way of launching a program's kernels, and how to mend it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import (
    duration,
    escape_controls,
    print_json,
    print_message,
    print_notes,
    print_problems,
    print_text,
)
from viz.cli.request import request
from viz.locale.translator import Translator
from viz.model import Advice, CompileCheck, LaunchPart, LaunchReport
from viz.provenance.upgrade import diff_rows
from viz.service.client.submit import submit

MOST_MENDS = 20
"""Changes that ``--mend`` makes one after the other; each is asked for anew."""


def check(options: argparse.Namespace, text: str) -> int:
    """Print the kernels and what is wrong with them; :data:`BAD` if a GPU could not launch one.

    With ``--mend`` the mended program is printed instead, and what is left of its mistakes.

    Raises
    ------
    VizError
        When the text cannot be read, or the target has no kernels.
    """
    report = _report(options, text)
    if options.mend:
        for _ in range(MOST_MENDS):
            mend = next((each.mend for each in report.advice if each.mend is not None), None)
            if mend is None:
                break
            print_message("note", mend.title.text(options.lang), options.words)
            text = mend.text
            report = _report(options, text)
        print_text(text.rstrip("\n"))
    else:
        print_notes(options, text, prim_funcs=True)
        if options.json:
            print_json(report)
        else:
            print_text("\n".join(_kernels(report, options.words)))
    refused = [check.problem for check in report.compiled if check.problem is not None]
    errors = [problem for problem in refused if problem.severity == "error"]
    print_problems(list(dict.fromkeys(errors)), options.words, text, options.file)
    for advice in report.advice:
        _print(advice, options, text)
    return GOOD if report.launchable else BAD


def _report(options: argparse.Namespace, text: str) -> LaunchReport:
    report = submit(
        request(options, text, LaunchPart(compile=options.compile), options.target)
    ).result()
    assert isinstance(report, LaunchReport)
    return report


def _kernels(report: LaunchReport, _: Translator) -> Iterator[str]:
    for kernel in report.kernels:
        yield _(
            "{kernel}: grid {grid}, block {block}, {bytes} bytes of shared memory",
            kernel=kernel.name,
            grid=_extents(kernel.grid),
            block=_extents(kernel.block),
            bytes=f"{kernel.shared:,}",
        )
    for check in report.compiled:
        yield _compiled(check, _)
    count = len(report.advice) + sum(
        check.problem is not None and check.problem.severity == "error" for check in report.compiled
    )
    if report.launchable:
        yield _("{kind}: {message}", kind=_("pass"), message=_("nothing stands in the way"))
    else:
        words = _.plural("one mistake", "{count} mistakes", count)
        yield _("{kind}: {message}", kind=_("FAIL"), message=words)


def _compiled(check: CompileCheck, _: Translator) -> str:
    """Return what a compiler says of the kernels, in a line; its first error is told below."""
    arch = check.arch or _("any architecture")
    if check.problem is None:
        return _(
            "{arch}: {program} takes the kernels, {time}",
            arch=arch,
            program=check.program,
            time=duration(check.seconds),
        )
    if check.problem.severity == "error":
        return _("{arch}: {program} refuses the kernels", arch=arch, program=check.program)
    return _("{kind}: {message}", kind=arch, message=check.problem.text(_.language))


def _extents(extents: tuple[int | None, ...]) -> str:
    return " x ".join("?" if extent is None else str(extent) for extent in extents)


def _print(advice: Advice, options: argparse.Namespace, text: str) -> None:
    """Print a mistake with its place, the rule that it breaks and the change that mends it."""
    _: Translator = options.words
    print_problems([advice], _, text, options.file)
    if advice.why is not None:
        print_message("why", advice.why.text(_.language), _)
    if advice.mend is not None and not options.mend:
        print_message("mend", advice.mend.title.text(_.language), _)
        for sign, line in diff_rows(text, advice.mend.text):
            print(escape_controls(f"  {sign} {line}"), file=sys.stderr)
