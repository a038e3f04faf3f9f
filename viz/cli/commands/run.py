"""``run``: run a PrimFunc and print how its outputs compare with the reference."""

from __future__ import annotations

import argparse

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import print_json, print_notes, print_problems, print_text
from viz.cli.request import request, sizes
from viz.model import Comparison, Finding, Outcome, RunPart
from viz.service.client.submit import submit, trust


def run(options: argparse.Namespace, text: str) -> int:
    """Print the findings, the comparisons and the verdict; :data:`BAD` when the run failed.

    Raises
    ------
    VizError
        When the text cannot be read, or the program cannot be built or run.
    """
    part = RunPart(
        device=options.device,
        seed=options.seed,
        sizes=sizes(options.size),
        checked=options.checked,
        order=options.order,
    )
    if options.unsafe_run:
        trust()
    outcome = submit(request(options, text, part)).result()
    assert isinstance(outcome, Outcome)
    print_notes(options, text)
    if options.json:
        print_json(outcome)
    else:
        print_problems(outcome.problems, text, options.file)
        for finding in outcome.findings:
            print_text(_finding(finding))
        for comparison in outcome.comparisons:
            print_text(_comparison(comparison))
        duration = f", {_duration(outcome.seconds)} a call" if outcome.seconds is not None else ""
        verdict = "pass" if outcome.passed else "FAIL"
        print_text(f"{verdict}: ran on {outcome.ran}{duration}; compared with {outcome.reference}")
    return GOOD if outcome.passed else BAD


def _finding(finding: Finding) -> str:
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    kind = f"{finding.kind}, harmless" if finding.harmless else finding.kind
    lines = [f"{kind}: {finding.message}{times}"]
    for site in finding.sites:
        if site.own_line is not None:
            lines.append(f"  line {site.own_line}: {site.own_text}")
    return "\n".join(dict.fromkeys(lines))


def _comparison(comparison: Comparison) -> str:
    shape = ", ".join(map(str, comparison.shape))
    text = (
        f"{comparison.name}: {comparison.dtype}[{shape}]  "
        f"max abs error {_number(comparison.max_abs)}, max rel error {_number(comparison.max_rel)}"
        f"  (tolerance {comparison.atol:g} + {comparison.rtol:g} |expected|)"
    )
    if comparison.first is None:
        return text
    first = comparison.first
    return (
        f"{text}\n  {comparison.mismatches:,} elements differ, first at {list(first.index)}: "
        f"got {_number(first.got)}, expected {_number(first.expected)}"
    )


def _number(value: int | float | None) -> str:
    if isinstance(value, int):
        return str(value)
    return "not finite" if value is None else f"{value:.6g}"


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
