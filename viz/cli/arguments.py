"""The command line's arguments, and the request that they make."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from viz import __version__
from viz.cli.explain import add_explain
from viz.cli.serve import add_serve
from viz.errors import RequestError, SourceError
from viz.frontend.assignments import pair, typed
from viz.model import Options, Request, Scalar, StageName, ThreadOrder, catalog

NAMED_STAGES = ("input", "scheduled", "final")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    program = argparse.ArgumentParser(
        prog="tirscope", description="See how TVM's TensorIR becomes source code."
    )
    program.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = program.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _ast(commands.add_parser("ast", help="draw the AST"))
    _lower(commands.add_parser("lower", help="show what each pass of a target does"))
    _source(commands.add_parser("source", help="print what a codegen writes"))
    _run(commands.add_parser("run", help="run it and compare its outputs with the reference"))
    add_explain(commands, _common)
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
        dest="wanted",
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
        "--coverage", action="store_true", help="how much of it is tied to nodes, instead of it"
    )


def _run(command: argparse.ArgumentParser) -> None:
    _common(command)
    command.add_argument("--device", default="llvm", help="llvm, c, cuda or cuda-emulated")
    command.add_argument(
        "--checked", action="store_true", help="cuda-emulated: look for mistakes in the kernels"
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
    command.add_argument("file", help="a Python file with TVMScript in it; - reads standard input")
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


def _stage(given: str) -> StageName:
    if given in NAMED_STAGES:
        return given  # type: ignore[return-value]
    if given.isdecimal():
        return int(given)
    raise argparse.ArgumentTypeError(
        f"{given!r} is none of {', '.join(NAMED_STAGES)}, nor a number"
    )


def _depth(given: str) -> int:
    if given.isdecimal() and int(given) > 0:
        return int(given)
    raise argparse.ArgumentTypeError(f"{given!r} is not a number of levels: 1 or more")


def read(file: str) -> str:
    """Return the text of a file; ``-`` is standard input.

    Raises
    ------
    SourceError
        When it cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}") from None
    try:
        # Line ends stay as they are: positions count every character.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{file} is not text in UTF-8", hint="Save it as UTF-8.") from None


def request(options: argparse.Namespace, text: str, part: object, target: str = "c") -> Request:
    """Return the request for a part.

    Raises
    ------
    RequestError
        When a ``NAME=VALUE`` is not one.
    """
    return Request(
        text=text,
        definition=options.definition,
        function=options.function,
        arguments=pairs(options.arg),
        target=target,
        options=Options(
            arch=options.arch, attributes=pairs(options.attr), config=pairs(options.config)
        ),
        part=part,  # type: ignore[arg-type]
    )


def pairs(given: list[str] | None) -> dict[str, Scalar]:
    """Return the values of repeated ``NAME=VALUE`` options.

    Raises
    ------
    RequestError
        When one is no such pair.
    """
    return dict(pair(each) for each in given or [])


def sizes(given: list[str] | None) -> dict[str, int]:
    """Return the values of repeated ``n=64``.

    Raises
    ------
    RequestError
        When one is no such pair, or no whole number.
    """
    found: dict[str, int] = {}
    for name, value in pairs(given).items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise RequestError(f"the size of {name} is {typed(value)}; it must be a whole number")
        found[name] = value
    return found
