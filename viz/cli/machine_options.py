"""Define the options of the commands about this machine: ``doctor`` and ``legacy-env``."""

from __future__ import annotations

import argparse

from viz.locale.translator import Translator


def add_machine_commands(
    commands: argparse._SubParsersAction,  # type: ignore[type-arg]
    _: Translator,
) -> None:
    """Add the commands."""
    doctor = commands.add_parser("doctor", words=_, help=_("what this machine and its TVM can do"))
    doctor.add_argument("--json", action="store_true", help=_("print the data"))
    made = _("make an environment with a TVM of 2024, the second engine")
    legacy = commands.add_parser("legacy-env", words=_, help=made)
    legacy.add_argument("folder", metavar="FOLDER", help=_("where; there must be nothing yet"))
