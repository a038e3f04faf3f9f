"""``doctor``: print what this machine and its TVM can do."""

from __future__ import annotations

import argparse

from viz.cli.exit_status import GOOD
from viz.cli.output import padded, print_json, print_text
from viz.locale.translator import Translator
from viz.model import Check
from viz.service.client.engines import with_second
from viz.service.client.submit import submit
from viz.text import text_width


def doctor(options: argparse.Namespace, text: str) -> int:
    """Print the checks of this machine; the text is not used."""
    environment = with_second(lambda request: submit(request).result())
    if options.json:
        print_json(environment)
        return GOOD
    _: Translator = options.words
    print_text(_table(environment.checks, _))
    if environment.second:
        print_text("\n" + _("A second engine, with a TVM of 2024 (--engine 2024):"))
        print_text(_table(environment.second, _))
    print_text("\n" + _("What protects this machine from the programs it is given:"))
    print_text(_table(environment.protections, _))
    print_text("\n" + _("Kinds of processes, and what each may use:"))
    print_text(_table(environment.profiles, _))
    return GOOD


def _table(checks: tuple[Check, ...], _: Translator) -> str:
    signs = {"ok": "✓", "missing": "–", "broken": "✗"}
    titles = [_.of_message(check.title) for check in checks]
    width = max(map(text_width, titles), default=0)
    lines = []
    for check, title in zip(checks, titles, strict=True):
        message, hint = check.text(_.language), check.hint_text(_.language)
        lines.append(f"{signs[check.state]} {padded(title, width)}  {message}")
        if hint:
            lines.append(f"  {'':<{width}}  {hint}")
    return "\n".join(lines)
