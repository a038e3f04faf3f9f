"""``legacy-env``: make an environment with a TVM of 2024, the second engine."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from viz.cli.exit_status import GOOD
from viz.cli.legacy_environment.make import make
from viz.cli.output import print_message, print_text
from viz.locale.translator import Translator
from viz.messages import Message
from viz.service.client.engines import VARIABLE


def legacy_env(options: argparse.Namespace, text: str) -> int:
    """Make the environment, print each step, and then how it is used.

    Raises
    ------
    VizError
        When it cannot be made.
    """
    _: Translator = options.words
    began = time.monotonic()

    def tell(step: Message) -> None:
        print_message("note", f"{step.text(_.language)} …", _)

    folder = Path(options.folder)
    version = make(folder, tell)
    seconds = time.monotonic() - began
    made = {"version": version, "folder": folder.absolute(), "seconds": f"{seconds:.0f}"}
    print_text(_("TVM {version} is in {folder} ({seconds} s). To use it:", **made))
    print_text(f"export {VARIABLE}={folder.absolute()}")
    print_text("tirscope source FILE --target cuda --engine 2024")
    return GOOD
