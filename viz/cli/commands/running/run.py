"""``run``: run a PrimFunc and print how its outputs compare with the reference."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from viz.cli.commands.running.causes import causes_of_sites
from viz.cli.commands.running.checking import (
    reference_of,
    save,
    timing_lines,
    tolerance_words,
    without_files,
    write_pictures,
)
from viz.cli.commands.running.cost import cost_lines, cost_of
from viz.cli.commands.running.cost_advice import advise
from viz.cli.commands.running.everywhere import EVERYWHERE, run_everywhere
from viz.cli.commands.running.race import replay
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import duration, print_json, print_notes, print_problems, print_text, sentences
from viz.cli.request import read_bytes, request, sizes
from viz.errors import RequestError
from viz.harness.array_files import arrays_of_archive
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import Comparison, Finding, Outcome, RunPart, Value
from viz.render.outcomes.run_words import launch_rows
from viz.service.client import rpc_relay
from viz.service.client.submit import submit, trust


def run(options: argparse.Namespace, text: str) -> int:
    """Print the findings, the comparisons and the verdict; :data:`BAD` when the run failed.

    Raises
    ------
    VizError
        When the text cannot be read, or the program cannot be built or run.
    """
    rpc_relay.use(options.rpc_tracker, options.rpc_server, options.rpc_key, options.rpc_target)
    if options.replay:
        return replay(options, text)
    part = RunPart(
        device=options.device,
        seed=options.seed,
        sizes=sizes(options.size),
        checked=options.checked,
        order=options.order,
        inputs=options.inputs,
        arrays=dict(_arrays(options.array or ())),
        **reference_of(options.reference),
        rtol=options.rtol,
        atol=options.atol,
        timed=options.time,
        pictures=options.picture is not None,
        keep=bool(options.save),
        cost=cost_of(options),
    )
    if options.advise:
        return advise(options, text, part)
    if options.unsafe_run:
        trust()
    if options.device == EVERYWHERE:
        return run_everywhere(options, text, part)
    outcome = submit(request(options, text, part)).result()
    assert isinstance(outcome, Outcome)
    save(outcome, options.save or ())
    if options.picture is not None:
        write_pictures(outcome, options.picture, options.words)
    print_notes(options, text)
    if options.json:
        print_json(without_files(outcome))
    else:
        _: Translator = options.words
        print_problems(outcome.problems, _, text, options.file)
        for finding in outcome.findings:
            print_text(_finding(finding, _))
        for comparison in outcome.comparisons:
            print_text(comparison_text(comparison, _))
        is_counted = outcome.cost is not None
        causes = causes_of_sites(options, text, part, outcome.seed) if is_counted else {}
        costs = cost_lines(outcome.cost, causes, _)
        for line in (*timing_lines(outcome, _), *costs, *_launch_lines(outcome, _)):
            print_text(line)
        ran = _.of_message(outcome.ran)
        if outcome.seconds is not None and outcome.timing is None:
            ran = _("{device}, {time} a call", device=ran, time=duration(outcome.seconds))
        verdict = _("pass") if outcome.passed else _("FAIL")
        if outcome.passed and outcome.cost is not None and not outcome.cost.ran_all:
            verdict = _("counted in part")
        compared = _(
            "ran on {ran}; compared with {reference}",
            ran=ran,
            reference=_.of_message(outcome.reference),
        )
        print_text(_("{kind}: {message}", kind=verdict, message=compared))
    return GOOD if outcome.passed else BAD


def _arrays(given: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the arrays of ``NAME=FILE.npy`` and ``FILE.npz``.

    Raises
    ------
    RequestError
        When one has another form, or an archive cannot be read.
    SourceError
        When a file cannot be read.
    """
    for each in given:
        name, equals, file = each.partition("=")
        if equals and name and file:
            yield name, read_bytes(file)
        elif each.endswith(".npz"):
            yield from arrays_of_archive(read_bytes(each)).items()
        else:
            raise RequestError(message_of("array-option", given=each))


KINDS = {
    "barrier": marked("barrier"),
    "warp": marked("warp"),
    "uninitialised": marked("uninitialised"),
    "bounds": marked("bounds"),
    "race": marked("race"),
    "overflow": marked("overflow"),
}
"""The kinds of findings, in a word."""


def _finding(finding: Finding, _: Translator) -> str:
    kind = _(KINDS[finding.kind])
    if finding.harmless:
        kind = _("{title}, harmless", title=kind)
    line = _("{kind}: {message}", kind=kind, message=finding.text(_.language))
    if finding.count > 1:
        line = _("{message} ({count:,} times)", message=line, count=finding.count)
    lines = [line]
    for site in finding.sites:
        if site.own_line is not None:
            where = _("line {line}", line=site.own_line)
            lines.append("  " + _("{kind}: {message}", kind=where, message=site.own_text))
    return "\n".join(dict.fromkeys(lines))


def _launch_lines(outcome: Outcome, _: Translator) -> Iterator[str]:
    """Yield the launches of an emulated run that made more than one."""
    if len(outcome.launches) > 1:
        yield _("launches, in the order of the host program")
        yield from (f"  {row}" for row in launch_rows(outcome, _))


def comparison_text(comparison: Comparison, _: Translator) -> str:
    """Return how an output compares, in a line or two."""
    shape = ", ".join(map(str, comparison.shape))
    errors = _(
        "max abs error {absolute}, max rel error {relative}"
        "  (tolerance {atol:g} + {rtol:g} |expected|)",
        absolute=_number(comparison.max_abs, _),
        relative=_number(comparison.max_rel, _),
        atol=comparison.atol,
        rtol=comparison.rtol,
    )
    text = f"{comparison.name}: {comparison.dtype}[{shape}]  {errors}"
    text = f"{text}\n  {tolerance_words(comparison, _)}"
    if comparison.first is None or comparison.worst is None:
        return text
    first, worst = comparison.first, comparison.worst
    differing = _(
        "{count:,} elements differ, first at {index}: got {got}, expected {expected}",
        count=comparison.mismatches,
        index=list(first.index),
        got=_number(first.got, _),
        expected=_number(first.expected, _),
    )
    text = f"{text}\n  {differing}"
    if worst.index != first.index:
        words = _(
            "worst at {index}: got {got}, expected {expected}",
            index=[*worst.index],
            got=_number(worst.got, _),
            expected=_number(worst.expected, _),
        )
        text = f"{text}\n  {words}"
    if comparison.pattern is None:
        return text
    pattern = sentences(
        comparison.pattern.text(_.language), comparison.pattern.hint(_.language), _=_
    )
    return f"{text}\n  {pattern}"


def _number(value: Value | None, _: Translator) -> str:
    if value is None:
        return _("not finite")
    return f"{value:.6g}" if isinstance(value, float) else str(value)
