"""Add the options of ``run`` that name the remote device."""

from __future__ import annotations

import argparse

from viz.harness.relay import TARGETS
from viz.locale.translator import Translator


def add_remote(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options that name the remote device."""
    command.add_argument(
        "--rpc-tracker",
        default="",
        metavar="HOST:PORT",
        help=_("remote: the tracker of TVM's RPC that knows its servers"),
    )
    command.add_argument(
        "--rpc-server",
        default="",
        metavar="HOST:PORT",
        help=_("remote: a server of TVM's RPC, without a tracker"),
    )
    command.add_argument("--rpc-key", default="", help=_("remote: the key of the servers"))
    command.add_argument(
        "--rpc-target",
        default="",
        choices=("", *TARGETS),
        help=_("remote: what it runs; it is asked when left out"),
    )
