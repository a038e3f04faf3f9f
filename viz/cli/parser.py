"""Define the commands and options of the command line with argparse."""

from __future__ import annotations

import argparse
import re
from typing import get_args

from viz import __version__
from viz.cli.commands.serve import add_serve
from viz.model import StageName, ThreadOrder, catalog

NAMED_STAGES = ("input", "scheduled", "final")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; its namespace has the command in ``command``."""
    program = argparse.ArgumentParser(
        prog="tirscope", description="See how TVM's TensorIR becomes source code."
    )
    program.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = program.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _ast(commands.add_parser("ast", help="draw the AST"))
    _lower(commands.add_parser("lower", help="show what each pass of a target does"))
    _source(commands.add_parser("source", help="print what a codegen writes"))
    _run(commands.add_parser("run", help="run it and compare its outputs with the reference"))
    _explain(
        commands.add_parser(
            "explain", help="tell who wrote a character of the source, or what became of a line"
        )
    )
    _report(commands.add_parser("report", help="write the whole analysis as one HTML page"))
    add_serve(commands)
    doctor = commands.add_parser("doctor", help="what this machine and its TVM can do")
    doctor.add_argument("--json", action="store_true", help="print the data")
    return program


def _ast(command: argparse.ArgumentParser) -> None:
    _common(command)
    command.add_argument(
        "--stage",
        type=_stage,
        default="input",
        help=f"{', '.join(NAMED_STAGES)}, or the number of a pass (lower lists them)",
    )
    command.add_argument("--target", default="c", help="whose pipeline, for another --stage")
    command.add_argument(
        "--format", choices=["text", "dot", "svg", "png", "pdf", "json"], default="text"
    )
    command.add_argument("--depth", type=_depth, help="draw so many levels")
    command.add_argument(
        "--types", action="store_true", help="draw types, shapes and bookkeeping too"
    )
    command.add_argument("--theme", choices=["light", "dark"], default="light")
    command.add_argument("-o", "--output", help="write here instead of standard output")


def _lower(command: argparse.ArgumentParser) -> None:
    _common(command)
    _target(command)
    command.add_argument(
        "--changed", action="store_true", help="only passes that changed something"
    )
    command.add_argument(
        "--pass",
        dest="pass_name",
        metavar="NAME|N",
        help="print the program after this pass, such as FlattenBuffer",
    )
    command.add_argument(
        "--diff", action="store_true", help="with --pass: print what the pass changed"
    )


def _source(command: argparse.ArgumentParser) -> None:
    _common(command)
    _target(command)
    command.add_argument("--part", choices=["host", "device", "all"], default="all")
    command.add_argument(
        "--form", choices=["source", "ir", "assembly"], help="for llvm: IR or assembly alone"
    )
    command.add_argument(
        "-n", "--number", action="store_true", help="number the lines, as explain --at counts them"
    )
    command.add_argument(
        "--coverage", action="store_true", help="how much of it is linked to nodes, instead of it"
    )
    command.add_argument(
        "--compile",
        action="store_true",
        help="ask a compiler of its language whether it takes the text (gcc, nvcc, clang)",
    )


def _run(command: argparse.ArgumentParser) -> None:
    _common(command)
    command.add_argument("--device", default="llvm", help="llvm, c, cuda or cuda-emulated")
    command.add_argument(
        "--checked",
        action="store_true",
        help="c, cuda-emulated: look for mistakes, such as indices outside of buffers",
    )
    command.add_argument(
        "--order",
        choices=get_args(ThreadOrder),
        default="forward",
        help="cuda-emulated: in which order threads take turns",
    )
    command.add_argument("--seed", type=int, default=0, help="of the random inputs")
    command.add_argument(
        "--size", action="append", metavar="n=64", help="value of a symbolic extent"
    )
    command.add_argument(
        "--unsafe-run",
        action="store_true",
        help="run it although this system denies a protection that running needs (see doctor)",
    )


def _explain(command: argparse.ArgumentParser) -> None:
    _common(command)
    _target(command)
    place = command.add_mutually_exclusive_group(required=True)
    place.add_argument(
        "--at", type=_place, metavar="LINE:COL", help="a character of what the codegen writes"
    )
    place.add_argument(
        "--find", type=_place, metavar="LINE[:COL]", help="a line or a character of your text"
    )
    command.add_argument("--part", choices=["host", "device"], default="", help="for --at")
    command.add_argument(
        "--form", choices=["source", "ir", "assembly"], help="for --at and llvm: IR or assembly"
    )
    command.add_argument("--language", choices=["en", "zh"], default="en")


def _report(command: argparse.ArgumentParser) -> None:
    _common(command)
    command.add_argument(
        "--target", action="append", help="may be repeated; c and cuda if left out"
    )
    command.add_argument("--no-passes", action="store_true", help="leave the passes out: smaller")
    command.add_argument("-o", "--output", help="write here instead of standard output")


def _target(command: argparse.ArgumentParser) -> None:
    usable = [name for name, row in catalog.targets().items() if not row.unavailable]
    command.add_argument("--target", required=True, help=", ".join(usable))


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", help="a Python file or notebook with TVMScript in it; - reads standard input"
    )
    command.add_argument("--definition", default="", help="which definition, by name")
    command.add_argument("--function", default="", help="which PrimFunc of a module, by name")
    command.add_argument("--arg", action="append", metavar="N=8", help="an argument of a factory")
    command.add_argument("--arch", default="", help="for example sm_90, or znver4 for llvm")
    command.add_argument("--attr", action="append", metavar="NAME=VALUE", help="a target attribute")
    command.add_argument(
        "--config",
        action="append",
        metavar="NAME=VALUE",
        help="PassContext, such as tirx.disable_vectorize=true",
    )
    command.add_argument("--json", action="store_true", help="print the data")
    command.add_argument("-v", "--verbose", action="store_true", help="list every edit of the text")


def _stage(text: str) -> StageName:
    if text in NAMED_STAGES:
        return text  # type: ignore[return-value]
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(NAMED_STAGES)}, nor a number")


def _depth(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of levels: 1 or more")


def _place(text: str) -> tuple[int, int]:
    """Return line and column, both 1-based; column 0 for a whole line."""
    match = re.fullmatch(r"([1-9]\d*)(?::([1-9]\d*))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no line, nor LINE:COL (both count from 1)")
    return int(match[1]), int(match[2] or 0)
