"""``schedule``: follow a program's schedule step by step, or write down a default one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.commands.running.causes import stage_costs
from viz.cli.commands.verify import VERDICTS
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import padded, print_error, print_json, print_notes, print_text
from viz.cli.request import read, request, sizes
from viz.cli.schedule_stage import print_stage, step_number
from viz.errors import RequestError
from viz.frontend.schedule.compose import with_steps
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import (
    CandidateCost,
    ChoicesPart,
    NestNode,
    ScheduleChoices,
    SchedulePart,
    ScheduleReport,
    ScheduleSearch,
    ScheduleStop,
    SearchMeasure,
    SearchPart,
    StageVerdict,
)
from viz.model.catalog import schedule_methods
from viz.schedules import check_search
from viz.service.client.submit import submit
from viz.text import text_width

BY = {
    "llvm": marked("LLVM"),
    "interpreter": marked("interpreter"),
    "emulator": marked("emulator"),
}
"""The words for what ran a step."""

LONGEST_STEP = 80
"""Characters of a step in the table."""


def schedule(options: argparse.Namespace, text: str) -> int:
    """Print a row for each step and the loops after the last one; :data:`BAD` if a step fails.

    With ``--show`` the program after a step is printed instead, its tree or what the step changed.
    With ``--offer`` the steps of the target's default schedule are printed instead, with ``--what``
    what a step can do with a loop, a block or a buffer, with ``--search`` other schedules, with
    ``--cost`` what the accesses of the kernels cost after each step and pass.

    Raises
    ------
    VizError
        When the text cannot be read, or no rule of the default schedule fits.
    RequestError
        When there is no step of the number that ``--at`` names, or an option needs another one.
    """
    _require_together(options)
    if options.steps:
        text = with_steps(text, read(options.steps))
    if options.what is not None:
        return _choices(options, text)
    if options.search is not None:
        return _search(options, text)
    if options.cost:
        return stage_costs(options, text)
    part = SchedulePart(
        offer=options.offer,
        verify=options.verify,
        device=options.device,
        sizes=sizes(options.size),
    )
    report = submit(request(options, text, part, options.target)).result()
    assert isinstance(report, ScheduleReport)
    print_notes(options, text)
    if options.show:
        print_stage(options, text, report.stops)
    elif options.json:
        print_json(report)
    elif options.offer:
        print_text(report.offered.rstrip("\n"))
    else:
        print_text("\n".join(_lines(report, options)))
    failed = report.stops[-1].problem
    if failed is not None:
        print_error(failed, text, options.file, options.words)
    wrong = any(each.verdict == "wrong" for each in report.verdicts)
    return BAD if failed is not None or wrong else GOOD


def _require_together(options: argparse.Namespace) -> None:
    """Refuse options that would be of no effect beside the others."""
    alone = {"--tune": options.tune, "--by": options.by, "--seed": options.seed is not None}
    for option, is_given in alone.items():
        if is_given and options.search is None:
            raise RequestError(message_of("option-needs", option=option, needed="--search"))
    whole = {
        "--offer": options.offer,
        "--search": options.search is not None,
        "--cost": options.cost,
    }
    shown = whole | {"--what": options.what is not None, "--verify": options.verify}
    for option, is_chosen, others in (
        ("--at", options.at is not None, whole),
        ("--show", options.show, shown),
    ):
        for other, is_given in others.items():
            if is_chosen and is_given:
                raise RequestError(message_of("options-apart", option=option, other=other))


def _choices(options: argparse.Namespace, text: str) -> int:
    """Print what a step can do with a loop, a block or a buffer."""
    node = int(options.what) if options.what.isdecimal() else None
    part = ChoicesPart(options.at, node, "" if node is not None else options.what)
    reply = submit(request(options, text, part, options.target)).result()
    assert isinstance(reply, ScheduleChoices)
    print_notes(options, text)
    if options.json:
        print_json(reply)
    else:
        print_text("\n".join(_choice_lines(reply, options.words)))
    return GOOD


def _choice_lines(reply: ScheduleChoices, _: Translator) -> Iterator[str]:
    kinds = {"loop": _("the loop {name}"), "block": _("the block {name}")}
    kinds["buffer"] = _("the buffer {name}")
    about = kinds[reply.kind].format(name=reply.name)
    yield _("What a step can do with {it} after step {step}:", it=about, step=reply.step)
    methods = schedule_methods.methods()
    found = {line: None for choice in reply.choices for line in choice.lines[:-1]}
    if found:
        yield "    " + _("(lines that name what has no name yet)")
    yield from (f"    {line}" for line in found)
    shown = ""
    for choice in reply.choices:
        if choice.why_not is not None:
            break
        if choice.method != shown:
            row = methods[choice.method]
            yield f"  {choice.method}: {row.zh if _.language == 'zh' else row.en}"
        shown = choice.method
        yield f"    {choice.lines[-1]}"
    yield ""
    for choice in reply.choices:
        if choice.why_not is not None:
            yield f"  ✗ {choice.method}: {choice.why_not.text(_.language)}"


def _search(options: argparse.Namespace, text: str) -> int:
    """Print schedules that were found with their figures, then the steps of the best one.

    Raises
    ------
    RequestError
        When the number of schedules is none from 1 to 64, or ``--tune`` stands beside cost.
    """
    by: SearchMeasure = options.by or "time"
    check_search(options.search, by, tune=options.tune)
    part = SearchPart(
        count=options.search,
        seed=options.seed or 0,
        by=by,
        tune=options.tune,
        sizes=sizes(options.size),
    )
    target = "llvm" if by == "time" else "cuda"
    reply = submit(request(options, text, part, target)).result()
    assert isinstance(reply, ScheduleSearch)
    print_notes(options, text)
    if options.json:
        print_json(reply)
    else:
        print_text("\n".join(_search_lines(reply, options.words)))
    return GOOD if any(each.passed for each in reply.candidates) else BAD


def _candidate_words(cost: CandidateCost, _: Translator) -> str:
    sectors, ideal = f"{cost.sectors:,}", f"{cost.ideal_sectors:,}"
    words = [_("{sectors} sectors (ideal {ideal})", sectors=sectors, ideal=ideal)]
    if cost.has_unknown_conflicts:
        words.append(_("bank conflicts not known"))
    else:
        words.append(_("{conflicts} bank conflicts", conflicts=f"{cost.conflicts:,}"))
    if not cost.is_complete:
        words.append(_("not all was counted"))
    return _.list(words)


def _search_lines(reply: ScheduleSearch, _: Translator) -> Iterator[str]:
    own = next((each.seconds for each in reply.candidates if not each.steps), None)
    for number, each in enumerate(reply.candidates, 1):
        rule = each.rule or _("as it is written")
        sign = {True: "✓", False: "✗", None: "?"}[each.passed]
        said = ""
        if each.seconds is not None:
            ratio = f"  {own / each.seconds:6.2f} ×" if own else ""
            said = f"{each.seconds * 1e3:10.3f} ms{ratio}"
        elif each.cost is not None:
            said = _candidate_words(each.cost, _)
        elif each.problem is not None:
            said = each.problem.what.text(_.language)
        yield f"{number:>3} {sign} {rule:<26}{said}".rstrip()
    if reply.by == "time":
        yield _(
            "Times of one run on this machine, in turns; × against the program as it is written."
        )
    count = sum(bool(each.steps) for each in reply.candidates)
    yield _(
        "{count} schedules were measured, of {drawn} that were drawn with seed {seed}.",
        count=count,
        drawn=reply.drawn,
        seed=reply.seed,
    )
    if reply.is_cut:
        yield _("The time was up before all were measured.")
    best = next((each for each in reply.candidates if each.steps and each.passed), None)
    if best is not None:
        yield ""
        yield best.steps.rstrip("\n")


def _lines(report: ScheduleReport, options: argparse.Namespace) -> Iterator[str]:
    _: Translator = options.words
    verdicts = {each.stage: each for each in report.verdicts}
    steps = report.stops[1:]
    if not steps:
        yield _("This program has no schedule. --offer writes down the default one as steps.")
        yield from nest_lines(report.stops[0].nest, report.stops[0].left_out, _)
        return
    at = len(steps) if options.at is None else step_number(report.stops, options.at)
    shown = [_cut(stop) for stop in steps]
    width = max(map(text_width, shown))
    for stop, words in zip(steps, shown, strict=True):
        sign = "✗" if stop.problem else "*" if stop.nest else " "
        said = _said(verdicts[stop.number], _) if stop.number in verdicts else ""
        yield f"{stop.number:>3} {sign} {padded(words, width)}{said}".rstrip()
    shown_stop = next(stop for stop in reversed(report.stops[: at + 1]) if stop.nest)
    yield ""
    yield from nest_lines(shown_stop.nest, shown_stop.left_out, _)


def _said(verdict: StageVerdict, _: Translator) -> str:
    sign, words = VERDICTS[verdict.verdict]
    why = "" if verdict.why is None else f": {verdict.why.text(_.language)}"
    by = f" ({_(BY[verdict.by])})" if verdict.by else ""
    return f"  {sign} {_(words)}{by}{why}"


def _cut(stop: ScheduleStop) -> str:
    line = " ".join(stop.step.text.split()) if stop.step else ""
    return line if len(line) <= LONGEST_STEP else line[: LONGEST_STEP - 1] + "…"


def nest_lines(nest: tuple[NestNode, ...], left_out: int, _: Translator) -> Iterator[str]:
    """Yield a line for each function, loop and block of a loop nest, indented by its depth."""
    for node in nest:
        yield "  " * node.level + node.line
    if left_out:
        yield _("… {count} more loops and blocks", count=f"{left_out:,}")
