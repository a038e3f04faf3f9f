"""``serve``: start the page on a port of this machine."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from functools import partial
from typing import Any

from viz.locale.translator import Translator
from viz.shipped import shipped


def add_serve(commands: Any, _: Translator) -> None:
    """Add the command ``serve`` to the subparsers of the command line."""
    cluster = _("let the workers of a dask cluster do the work")
    remote = _("offer the device remote: a tracker of TVM's RPC")
    alone = _("the same with one server and no tracker")
    taught = _("the lessons of a folder of yours, in the place of the shipped ones")
    tuned = _("let visitors tune schedules: measured searches that go on from the fastest ones")
    after = {
        "--workers N": _("how many requests are worked on at once; one per core when left out"),
        "--log": _("a line of JSON per request on standard error, without its text"),
        "--scheduler tcp://HOST:PORT": f"\n{'':18}{cluster}",
        "--rpc-tracker HOST:PORT": f"\n{'':18}{remote}",
        "--rpc-server HOST:PORT": f"\n{'':18}{alone}",
        "--rpc-key KEY": _("the key of the remote servers"),
        "--lessons FOLDER": f"\n{'':18}{taught}",
        "--tune": f"\n{'':18}{tuned}",
        "--unsafe-run": _(
            "run programs although this system denies a protection that running needs"
        ),
    }
    rows = "".join(f"  {name:<15} {words}\n" for name, words in after.items())
    command: argparse.ArgumentParser = commands.add_parser(
        "serve",
        words=_,
        help=_("start the page"),
        epilog=f"{_('options after --:')}\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--port", type=partial(_port, _), help=_("8501, or the next free one, when left out")
    )
    command.add_argument("--address", help=_("listen on this address only, such as 127.0.0.1"))
    command.add_argument("options", nargs="*", metavar="-- OPTION", help=_("see below"))


def serve(options: argparse.Namespace, _text: str) -> int:
    """Replace this process by Streamlit's server, which ends with Ctrl+C or a signal."""
    command = streamlit_command(options.port, options.address, options.options)
    if sys.platform == "win32":  # there, the shell does not wait for what exec starts
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    os.execv(command[0], command)


def streamlit_command(port: int | None, address: str | None, options: list[str]) -> list[str]:
    """Return the command that starts the page from any working directory.

    Streamlit finds its settings, ``.streamlit/config.toml``, beside ``app.py``. ``-P`` keeps the
    working directory off Python's path.
    """
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped("app.py"))]
    if port:
        command += ["--server.port", str(port)]
    if address:
        command += ["--server.address", address]
    return [*command, "--", *options]


def _port(_: Translator, text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(_("{text} is not a port: 1 to 65535", text=repr(text)))
