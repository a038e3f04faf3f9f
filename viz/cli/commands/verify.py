"""``lower --verify``: run the program after each pass of a target, name the first wrong one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import padded, print_json, print_notes, print_problems, print_text
from viz.cli.request import request, sizes
from viz.locale.translator import Translator, marked
from viz.model import StageVerdict, Verification, VerifyPart, WrongStage
from viz.service.client.submit import submit

VERDICTS = {
    "right": ("✓", marked("right")),
    "same": ("=", marked("right, same program")),
    "wrong": ("✗", marked("wrong")),
    "unable": ("–", marked("cannot run")),
    "unchecked": (" ", marked("not run")),
}
"""The sign and the words of each verdict."""


def verify(options: argparse.Namespace, text: str) -> int:
    """Print a row for each stage and what is wrong with the first wrong one: then :data:`BAD`.

    Raises
    ------
    VizError
        When the text cannot be read, or no pass began.
    """
    part = VerifyPart(sizes=sizes(options.size))
    verification = submit(request(options, text, part, options.target)).result()
    assert isinstance(verification, Verification)
    print_notes(options, text, prim_funcs=True)
    _: Translator = options.words
    if options.json:
        print_json(verification)
    else:
        print_text("\n".join(_rows(verification.stages, _)))
        print_text(_summary(verification, _))
    print_problems(verification.problems, _, text, options.file)
    return GOOD if verification.passed else BAD


def stage_name(stage: StageVerdict | WrongStage, _: Translator) -> str:
    """Return what a stage is called: the pass before it, or where it stands."""
    if stage.name:
        return stage.name
    return _("your program") if stage.stage == "input" else _("the default GPU schedule")


def _rows(stages: tuple[StageVerdict, ...], _: Translator) -> Iterator[str]:
    names = [stage_name(stage, _) for stage in stages]
    width = max(map(len, names))
    words = {verdict: _(word) for verdict, (_sign, word) in VERDICTS.items()}
    for name, stage in zip(names, stages, strict=True):
        number = str(stage.stage) if isinstance(stage.stage, int) else ""
        sign = VERDICTS[stage.verdict][0]
        why = "" if stage.why is None else f": {stage.why.text(_.language)}"
        yield f"{number:>3} {sign} {padded(name, width)}  {words[stage.verdict]}{why}"


def _summary(verification: Verification, _: Translator) -> str:
    if verification.wrong is not None:
        return "\n".join(_wrong(verification.wrong, _))
    if not verification.compared:
        what = _("nothing was compared: no two stages could be run")
        return _("{kind}: {message}", kind=_("FAIL"), message=what)
    ran = sum(stage.verdict in ("right", "same") for stage in verification.stages)
    line = _(
        "{kind}: {message}",
        kind=_("pass"),
        message=_(
            "{ran} of {count} stages compute the same", ran=ran, count=len(verification.stages)
        ),
    )
    if verification.reference is None:
        return line
    compared = _(
        "the first one was compared with {reference}",
        reference=_.of_message(verification.reference),
    )
    return f"{line}; {compared}"


def _wrong(wrong: WrongStage, _: Translator) -> Iterator[str]:
    name = stage_name(wrong, _)
    yield _("{kind}: {message}", kind=_("FAIL"), message=f"{name}: {_.of_message(wrong.what)}")
    writer = wrong.fault
    if writer is None:
        return
    place = {"label": writer.label, "stage": writer.stage, "node": writer.node}
    if wrong.writer_before is not None:
        yield "  " + _("before, it was written by {label} (stage {stage}, node {node})", **place)
    elif not wrong.output:
        yield "  " + _("at {label} (stage {stage}, node {node})", **place)
    else:
        yield "  " + _("written by {label} (stage {stage}, node {node})", **place)
    values = ", ".join(f"{name} = {value}" for name, value in writer.values.items())
    yield f"  {writer.python}" + (f"    # {values}" if values else "")
    if writer.line is not None:
        where = _("line {line}", line=writer.line)
        yield "  " + _("{kind}: {message}", kind=where, message=writer.own_text)
