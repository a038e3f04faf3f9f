"""Define the commands and options of the command line with argparse."""

from __future__ import annotations

import argparse
from functools import partial
from typing import get_args

from viz import __version__
from viz.cli.command_parser import CommandParser
from viz.cli.commands.comparing.options import add_compare
from viz.cli.commands.exporting.options import add_export
from viz.cli.commands.learning.exercises import add_exercises
from viz.cli.commands.learning.lesson_options import add_lessons
from viz.cli.commands.learning.options import add_quiz
from viz.cli.commands.serve import add_serve
from viz.cli.machine_options import add_machine_commands
from viz.cli.option_values import NAMED_STAGES, depth_value, place_value, stage_value
from viz.cli.request import BOTH
from viz.cli.run_options import add_advice, add_checking, add_cost, add_remote
from viz.cli.schedule_options import add_schedule
from viz.locale.translator import Translator
from viz.messages import LANGUAGES
from viz.model import LEGACY, PYTHON, InputKind, RuleLanguage, ThreadOrder, catalog

_FORMS = ["source", "ir", "assembly", "vm"]
"""The texts of a target that ``--form`` chooses from."""


def parser(_: Translator) -> argparse.ArgumentParser:
    """Return the parser of the command line, its help and errors in the words of ``_``.

    Its namespace has the command in ``command``.
    """
    program = CommandParser(
        words=_,
        prog="tirscope",
        description=_("See how TVM's TensorIR becomes source code."),
        epilog=_("Every command takes --lang en or --lang zh; without it LC_ALL and LANG decide."),
    )
    program.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {__version__}",
        help=_("show the version and exit"),
    )
    commands = program.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    _ast(commands.add_parser("ast", words=_, help=_("draw the AST")), _)
    _lower(commands.add_parser("lower", words=_, help=_("show what each pass of a target does")), _)
    _source(commands.add_parser("source", words=_, help=_("print what a codegen writes")), _)
    walked = _("print the walk of a codegen: each node that it enters and leaves")
    _step(commands.add_parser("step", words=_, help=walked), _)
    launched = _("say what stands in the way of launching it on a GPU, and mend it")
    _check(commands.add_parser("check", words=_, help=launched), _)
    stepped = _("follow its schedule step by step, or write down a default one")
    scheduled = commands.add_parser("schedule", words=_, help=stepped)
    _common(scheduled, _)
    _target(scheduled, _, "cuda")
    add_schedule(scheduled, _)
    ran = _("run it and compare its outputs with the reference")
    _run(commands.add_parser("run", words=_, help=ran), _)
    tried = _("write it by rules of your own, and compare the text with ours")
    _rule(commands.add_parser("rule", words=_, help=tried), _)
    explained = _("tell who wrote a character of the source, or what became of a line")
    _explain(commands.add_parser("explain", words=_, help=explained), _)
    beside = _("put two programs, targets, schedules or generations side by side")
    add_compare(commands.add_parser("compare", words=_, help=beside), _)
    whole = _("write the whole analysis as one HTML page")
    of_one = _("A report is of one program: lower, ast and the page show recorded stages.")
    _report(commands.add_parser("report", words=_, help=whole, description=of_one), _)
    add_export(commands, _)
    add_serve(commands, _)
    add_lessons(commands, _)
    quiz = commands.add_parser("quiz", words=_, help=_("ask questions that are made from it"))
    _common(quiz, _)
    _target(quiz, _, "c")
    add_quiz(quiz, _)
    add_exercises(commands, _)
    add_machine_commands(commands, _)
    for command in (program, *commands.choices.values()):
        _everywhere(command, _, is_program=command is program)
    return program


def _everywhere(command: argparse.ArgumentParser, _: Translator, *, is_program: bool) -> None:
    """Add the options that may stand before the command or after it."""
    command.add_argument(
        "--lang",
        choices=LANGUAGES,
        default=_.language if is_program else argparse.SUPPRESS,
        help=_("the language of what is printed"),
    )
    command.add_argument(
        "--legacy-python",
        metavar="PATH",
        default="" if is_program else argparse.SUPPRESS,
        help=_("the environment, or the Python, whose TVM is of 2024 (see legacy-env)"),
    )


def _ast(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _)
    stages = ", ".join(NAMED_STAGES)
    command.add_argument(
        "--stage",
        type=partial(stage_value, _),
        default="input",
        help=_("{stages}, or the number of a pass (lower lists them)", stages=stages),
    )
    command.add_argument("--target", default="c", help=_("whose pipeline, for another --stage"))
    command.add_argument(
        "--format", choices=["text", "dot", "svg", "png", "pdf", "json"], default="text"
    )
    command.add_argument("--depth", type=partial(depth_value, _), help=_("draw so many levels"))
    command.add_argument(
        "--types", action="store_true", help=_("draw types, shapes and bookkeeping too")
    )
    command.add_argument("--theme", choices=["light", "dark"], default="light")
    command.add_argument("-o", "--output", help=_("write here instead of standard output"))


def _lower(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _, both=True)
    _target(command, _, None)
    add = command.add_argument
    add("--changed", action="store_true", help=_("only passes that changed something"))
    add(
        "--pass",
        "--stage",
        dest="pass_name",
        metavar="NAME|N",
        help=_("print the program after this pass, such as FlattenBuffer, or this recorded stage"),
    )
    add("--diff", action="store_true", help=_("with --pass: print what the pass changed"))
    add("--kernels", action="store_true", help=_("print the kernels of Relax functions as a table"))
    add(
        "--verify",
        action="store_true",
        help=_("run the program after every pass and name the first pass that changes its outputs"),
    )
    add("--size", action="append", metavar="NAME=N", help=_("with --verify: value of an extent"))


def _source(command: argparse.ArgumentParser, _: Translator) -> None:
    _step(command, _, both=True)
    command.add_argument(
        "--diff",
        action="store_true",
        help=_("with --engine both: print what the two write differently"),
    )
    command.add_argument(
        "--form", choices=_FORMS, help=_("for llvm: IR or assembly alone; vm for that of Relax")
    )
    command.add_argument(
        "-n",
        "--number",
        action="store_true",
        help=_("number the lines, as explain --at counts them"),
    )
    command.add_argument(
        "--coverage",
        action="store_true",
        help=_("how much of it is linked to nodes, instead of it"),
    )
    command.add_argument(
        "--compile",
        action="store_true",
        help=_("ask a compiler of its language whether it takes the text (gcc, nvcc, clang)"),
    )


def _step(command: argparse.ArgumentParser, _: Translator, *, both: bool = False) -> None:
    """Add the options that choose a program, and of its texts some."""
    _common(command, _, both=both)
    _target(command, _, python=True)
    command.add_argument("--part", choices=["host", "device", "all"], default="all")


def _check(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _)
    _target(command, _)
    command.add_argument(
        "--mend", action="store_true", help=_("print the program with every mistake mended")
    )
    compiled = _("ask a compiler too, for each architecture; no GPU is needed")
    command.add_argument("--compile", action="store_true", help=compiled)


def _run(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _)
    command.add_argument(
        "--device",
        default="llvm",
        help=_("{devices}, or all", devices=", ".join(catalog.devices())),
    )
    command.add_argument(
        "--checked",
        action="store_true",
        help=_("c, cuda-emulated: look for mistakes, such as indices outside of buffers"),
    )
    command.add_argument(
        "--replay",
        action="store_true",
        help=_("cuda-emulated: replay the first race, and find a barrier that ends it"),
    )
    command.add_argument(
        "--order",
        choices=get_args(ThreadOrder),
        default="forward",
        help=_("cuda-emulated: in which order threads take turns"),
    )
    command.add_argument("--seed", type=int, default=0, help=_("of the random inputs"))
    command.add_argument(
        "--inputs",
        choices=get_args(InputKind),
        default="normal",
        help=_("what the inputs hold; edges are zeros, infinities, NaN and extremes"),
    )
    command.add_argument(
        "--array",
        action="append",
        metavar="NAME=A.npy",
        help=_("an array to run on, or a .npz file with several"),
    )
    command.add_argument(
        "--size", action="append", metavar="n=64", help=_("value of a symbolic extent")
    )
    add_checking(command, _)
    add_cost(command, _)
    add_advice(command, _)
    add_remote(command, _)
    command.add_argument(
        "--unsafe-run",
        action="store_true",
        help=_("run it although this system denies a protection that running needs (see doctor)"),
    )


def _rule(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _)
    command.add_argument(
        "--rule",
        action="append",
        metavar="NAME=FILE",
        help=_("a file with the rule for a type or an operator, such as Add=add.py"),
    )
    command.add_argument(
        "--show", metavar="NAME", help=_("print our own rule of that name instead, to begin with")
    )
    command.add_argument(
        "--language",
        choices=get_args(RuleLanguage),
        default="python",
        help=_("pseudo-c is a small C to learn with"),
    )
    _stage_of_pipeline(command, _)
    command.add_argument(
        "--size", action="append", metavar="n=64", help=_("value of a symbolic extent")
    )


def _explain(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _)
    _target(command, _, python=True)
    place = command.add_mutually_exclusive_group(required=True)
    place.add_argument(
        "--at",
        type=partial(place_value, _),
        metavar="LINE:COL",
        help=_("a character of what the codegen writes"),
    )
    place.add_argument(
        "--find",
        type=partial(place_value, _),
        metavar="LINE[:COL]",
        help=_("a line or a character of your text"),
    )
    command.add_argument(
        "--life",
        action="store_true",
        help=_("what each pass did to the node that is there, instead"),
    )
    command.add_argument("--part", choices=["host", "device"], default="", help=_("for --at"))
    command.add_argument(
        "--form", choices=_FORMS, help=_("for --at: IR or assembly of llvm, vm for that of Relax")
    )


def _report(command: argparse.ArgumentParser, _: Translator) -> None:
    _common(command, _)
    command.add_argument(
        "--target", action="append", help=_("may be repeated; c and cuda if left out")
    )
    command.add_argument(
        "--no-passes", action="store_true", help=_("leave the passes out: smaller")
    )
    command.add_argument(
        "--cost",
        action="store_true",
        help=_("run its CUDA kernels on the emulator, and show what each access costs"),
    )
    command.add_argument("-o", "--output", help=_("write here instead of standard output"))


def _target(
    command: argparse.ArgumentParser,
    _: Translator,
    default: str | None = "",
    *,
    python: bool = False,
) -> None:
    """Add ``--target``, needless for a default of None, with ``python`` the options of that one."""
    usable = [name for name, row in catalog.targets().items() if row.has_pipeline]
    command.add_argument(
        "--target",
        required=default == "",
        default=default,
        help=", ".join((*usable, PYTHON) if python else usable),
    )
    if python:
        _stage_of_pipeline(command, _)


def _stage_of_pipeline(command: argparse.ArgumentParser, _: Translator) -> None:
    """Add the options that choose the stage which Python is written from."""
    stages = ", ".join(NAMED_STAGES)
    command.add_argument(
        "--stage",
        type=partial(stage_value, _),
        default="input",
        help=_("for python: {stages}, or the number of a pass", stages=stages),
    )
    command.add_argument(
        "--lowered-for",
        metavar="TARGET",
        default="c",
        help=_("for python: whose pipeline, for another --stage"),
    )


def _common(command: argparse.ArgumentParser, _: Translator, *, both: bool = False) -> None:
    """Add what every command about a file has; with ``both`` it can compare two engines."""
    command.add_argument(
        "file", help=_("a Python file, a notebook or an .onnx file; - reads standard input")
    )
    command.add_argument("--definition", default="", help=_("which definition, by name"))
    command.add_argument("--function", default="", help=_("which PrimFunc of a module, by name"))
    command.add_argument(
        "--arg", action="append", metavar="N=8", help=_("an argument of a factory")
    )
    command.add_argument("--arch", default="", help=_("for example sm_90, or znver4 for llvm"))
    command.add_argument(
        "--attr", action="append", metavar="NAME=VALUE", help=_("a target attribute")
    )
    command.add_argument(
        "--config",
        action="append",
        metavar="NAME=VALUE",
        help=_("PassContext, such as tirx.disable_vectorize=true"),
    )
    command.add_argument(
        "--engine",
        choices=[LEGACY, BOTH] if both else [LEGACY],
        default="",
        help=_("which TVM answers: 2024 for one of that year, else today's"),
    )
    command.add_argument("--json", action="store_true", help=_("print the data"))
    command.add_argument(
        "-v", "--verbose", action="store_true", help=_("list every edit of the text")
    )
