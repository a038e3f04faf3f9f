"""``doctor``: print what this machine and its TVM can do."""

from __future__ import annotations

import argparse

from viz.cli.exit_status import GOOD
from viz.cli.output import print_json, print_text
from viz.model import Check, Environment, EnvironmentPart, Request
from viz.service.client.submit import submit


def doctor(options: argparse.Namespace, text: str) -> int:
    """Print the checks of this machine; the text is not used."""
    environment = submit(Request(part=EnvironmentPart())).result()
    assert isinstance(environment, Environment)
    if options.json:
        print_json(environment)
        return GOOD
    print_text(_table(environment.checks))
    print_text("\nWhat protects this machine from the programs it is given:")
    print_text(_table(environment.protections))
    print_text("\nKinds of processes, and what each may use:")
    print_text(_table(environment.profiles))
    return GOOD


def _table(checks: tuple[Check, ...]) -> str:
    signs = {"ok": "✓", "missing": "–", "broken": "✗"}
    width = max((len(check.title.text()) for check in checks), default=0)
    lines = []
    for check in checks:
        lines.append(f"{signs[check.state]} {check.title.text():<{width}}  {check.message}")
        if check.hint:
            lines.append(f"  {'':<{width}}  {check.hint}")
    return "\n".join(lines)
