"""``run`` and ``doctor``: what a program computes, and what this machine can do."""

from __future__ import annotations

import argparse

from viz.cli.arguments import request, sizes
from viz.cli.output import notes, put, put_json, tell
from viz.cli.status import BAD, GOOD, Command
from viz.model import (
    Check,
    Comparison,
    Environment,
    EnvironmentPart,
    Finding,
    Outcome,
    Request,
    RunPart,
    encode,
)
from viz.service.client.submit import submit, trust


def run(options: argparse.Namespace, text: str) -> int:
    """Run a function and print how its outputs compare; the exit status is the verdict."""
    part = RunPart(
        device=options.device,
        seed=options.seed,
        sizes=sizes(options.size),
        checked=options.checked,
        order=options.order,
    )
    if options.unsafe_run:
        trust()
    outcome = submit(request(options, text, part, options.device)).result()
    assert isinstance(outcome, Outcome)
    notes(options, text)
    if options.json:
        put_json(encode(outcome))
    else:
        tell(outcome.problems)
        for finding in outcome.findings:
            put(_finding(finding))
        for comparison in outcome.comparisons:
            put(_comparison(comparison))
        taken = f", {_duration(outcome.seconds)} a call" if outcome.seconds is not None else ""
        verdict = "pass" if outcome.passed else "FAIL"
        put(f"{verdict}: ran on {outcome.ran}{taken}; compared with {outcome.reference}")
    return GOOD if outcome.passed else BAD


def _finding(finding: Finding) -> str:
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    lines = [f"{finding.kind}: {finding.message}{times}"]
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


def doctor(options: argparse.Namespace, text: str) -> int:
    """Print what was found on this machine."""
    environment = submit(Request(part=EnvironmentPart())).result()
    assert isinstance(environment, Environment)
    if options.json:
        put_json(encode(environment))
        return GOOD
    put(_table(environment.checks))
    put("\nWhat protects this machine from the programs it is given:")
    put(_table(environment.protections))
    put("\nKinds of processes, and what each may use:")
    put(_table(environment.profiles))
    return GOOD


def _table(checks: tuple[Check, ...]) -> str:
    signs = {"ok": "✓", "missing": "–", "broken": "✗"}
    width = max((len(check.name) for check in checks), default=0)
    lines = []
    for check in checks:
        lines.append(f"{signs[check.state]} {check.name:<{width}}  {check.found}")
        if check.hint:
            lines.append(f"  {'':<{width}}  {check.hint}")
    return "\n".join(lines)


COMMANDS: dict[str, Command] = {"run": run, "doctor": doctor}
