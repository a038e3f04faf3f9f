"""Define options of ``run``: how it is checked, what it leaves behind, where another machine is."""

from __future__ import annotations

import argparse

from viz.harness.relay import TARGETS
from viz.locale.translator import Translator


def add_checking(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options of what a run is compared with, how exactly, and what it leaves behind."""
    command.add_argument(
        "--reference",
        metavar="numpy|llvm|python|FILE",
        default="",
        help=_(
            "what it is compared with: the text's NumPy function, the program before any pass, "
            "or a file with a NumPy function of your own"
        ),
    )
    for name in ("rtol", "atol"):
        command.add_argument(
            f"--{name}", type=float, metavar="1e-3", help=_("the tolerance in place of our own")
        )
    command.add_argument(
        "--time",
        action="store_true",
        help=_("time calls, beside what this machine reaches in a copy and a product of matrices"),
    )
    command.add_argument(
        "--save",
        action="append",
        metavar="FILE.npz|C=FILE.csv",
        help=_("write the arrays of the run, or an output as a table"),
    )
    command.add_argument(
        "--picture",
        metavar="FILE.svg",
        help=_("draw each output, what was expected and the error"),
    )


def add_cost(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options of what accesses cost."""
    command.add_argument(
        "--cost",
        action="store_true",
        help=_(
            "cuda-emulated: count what each access to memory costs: requests of warps, sectors, "
            "bank conflicts"
        ),
    )
    command.add_argument(
        "--cost-budget",
        type=int,
        default=0,
        metavar="N",
        help=_(
            "--cost: look at no further block after so many accesses of threads; outputs are "
            "compared only with --reference"
        ),
    )
    command.add_argument(
        "--cost-arch",
        default="",
        metavar="sm_80",
        help=_("--cost: the architecture whose limits say how many blocks fit"),
    )


def add_advice(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the option that looks for edits after which a run costs less."""
    command.add_argument(
        "--advise",
        action="store_true",
        help=_("cuda-emulated: edit the text so that its accesses cost less, and measure again"),
    )


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
