"""The command line: the same data as the page, for terminals, scripts and CI.

Exit status: 0 when it worked, 1 when the input is bad or a check failed, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from viz import catalog, graph
from viz.errors import RequestError, SourceError, VizError
from viz.model import (
    Comparison,
    Environment,
    EnvironmentPart,
    Options,
    Outcome,
    Overview,
    OverviewPart,
    Problem,
    Request,
    RunPart,
    Scalar,
    Source,
    SourcePart,
    Tree,
    TreePart,
    encode,
)
from viz.options import pair
from viz.text import Text
from viz.worker import submit

GOOD, BAD, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    text = ""
    try:
        if options.command != "doctor":
            text = _read(options.file)
        command: Callable[[argparse.Namespace, str], int] = COMMANDS[options.command]
        return command(options, text)
    except VizError as error:
        _complain(error, text, getattr(options, "file", ""))
        return USAGE if isinstance(error, RequestError) else BAD
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `head` does
        return GOOD
    except KeyboardInterrupt:
        return BAD


# ---------------------------------------------------------------- arguments


def _parser() -> argparse.ArgumentParser:
    usable = [name for name, row in catalog.targets().items() if not row.unavailable]
    program = argparse.ArgumentParser(
        prog="python -m viz", description="See how TVM's TensorIR becomes source code."
    )
    commands = program.add_subparsers(dest="command", required=True, metavar="COMMAND")

    ast = commands.add_parser("ast", help="draw the AST")
    _common(ast)
    ast.add_argument("--stage", choices=["input", "scheduled", "final"], default="input")
    ast.add_argument("--target", default="c", help="whose pipeline, for --stage final")
    ast.add_argument(
        "--format", choices=["text", "dot", "svg", "png", "pdf", "json"], default="text"
    )
    ast.add_argument("--depth", type=int, help="draw so many levels")
    ast.add_argument("--types", action="store_true", help="draw types, shapes and bookkeeping too")
    ast.add_argument("--theme", choices=["light", "dark"], default="light")
    ast.add_argument("-o", "--output", help="write here instead of standard output")

    source = commands.add_parser("source", help="print what a codegen writes")
    _common(source)
    source.add_argument("--target", required=True, help=", ".join(usable))
    source.add_argument("--part", choices=["host", "device", "all"], default="all")
    source.add_argument(
        "--form", choices=["source", "ir", "assembly"], help="for llvm: IR or assembly alone"
    )

    run = commands.add_parser("run", help="run it and compare its outputs with the reference")
    _common(run)
    run.add_argument("--device", default="llvm", help="llvm, c or cuda")
    run.add_argument("--seed", type=int, default=0, help="of the random inputs")
    run.add_argument("--size", action="append", metavar="n=64", help="value of a symbolic extent")

    doctor = commands.add_parser("doctor", help="what this machine and its TVM can do")
    doctor.add_argument("--json", action="store_true", help="print the data")
    return program


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


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}") from None
    try:
        # Line ends stay as they are: positions count every character.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{file} is not text in UTF-8", hint="Save it as UTF-8.") from None


def _request(options: argparse.Namespace, text: str, part: object, target: str = "c") -> Request:
    return Request(
        text=text,
        definition=options.definition,
        function=options.function,
        arguments=_pairs(options.arg),
        target=target,
        options=Options(
            arch=options.arch, attributes=_pairs(options.attr), config=_pairs(options.config)
        ),
        part=part,  # type: ignore[arg-type]
    )


def _pairs(given: list[str] | None) -> dict[str, Scalar]:
    return dict(pair(each) for each in given or [])


# ---------------------------------------------------------------- commands


def _ast(options: argparse.Namespace, text: str) -> int:
    part = TreePart(stage=options.stage)
    tree = submit(_request(options, text, part, options.target)).result()
    assert isinstance(tree, Tree)
    _notes(options, text)
    if options.json or options.format == "json":
        return _write(options, encode(tree) + b"\n")
    view = graph.View(depth=options.depth, types=options.types, limit=_limit(options))
    if options.format == "text":
        return _write(options, (graph.text_tree(tree, view) + "\n").encode())
    if options.format == "png" and not options.output and sys.stdout.isatty():
        raise RequestError("a PNG does not belong on a terminal", hint="Name a file: -o tree.png")
    return _write(options, graph.render(tree, view, options.format, options.theme))


def _limit(options: argparse.Namespace) -> int:
    # A terminal scrolls; a picture must stay readable.
    return graph.MOST if options.format == "text" or options.depth else graph.View().limit


def _write(options: argparse.Namespace, data: bytes) -> int:
    if options.output:
        Path(options.output).write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return GOOD


def _source(options: argparse.Namespace, text: str) -> int:
    source = submit(_request(options, text, SourcePart(), options.target)).result()
    assert isinstance(source, Source)
    _notes(options, text)
    if options.json:
        print(encode(source).decode())
        return GOOD
    _tell(source.problems)
    chosen = [e for e in source.emissions if options.part in ("all", e.part)]
    chosen = [e for e in chosen if options.form in (None, e.form)]
    if not chosen:
        raise RequestError(f"{options.target} has no {options.form or options.part} text")
    for emission in chosen:
        if len(chosen) > 1:
            comment = {"llvm": ";", "asm": "#"}.get(emission.language, "//")
            print(f"{comment} ---------------- {emission.title} ----------------")
        print(emission.text.rstrip("\n"))
    return GOOD


def _run(options: argparse.Namespace, text: str) -> int:
    sizes = {name: int(value) for name, value in _pairs(options.size).items()}
    part = RunPart(device=options.device, seed=options.seed, sizes=sizes)
    outcome = submit(_request(options, text, part, options.device)).result()
    assert isinstance(outcome, Outcome)
    _notes(options, text)
    if options.json:
        print(encode(outcome).decode())
    else:
        _tell(outcome.problems)
        for comparison in outcome.comparisons:
            print(_comparison(comparison))
        taken = f", {_duration(outcome.seconds)} a call" if outcome.seconds is not None else ""
        verdict = "pass" if outcome.passed else "FAIL"
        print(f"{verdict}: ran on {outcome.ran}{taken}; compared with {outcome.reference}")
    return GOOD if outcome.passed else BAD


def _comparison(comparison: Comparison) -> str:
    shape = ", ".join(map(str, comparison.shape))
    text = (
        f"{comparison.name}: {comparison.dtype}[{shape}]  "
        f"max abs error {_number(comparison.max_abs)}, max rel error {_number(comparison.max_rel)}"
        f"  (tolerance {comparison.atol:g} + {comparison.rtol:g} |expected|)"
    )
    if comparison.first is None:
        return text
    first = comparison.first
    return (
        f"{text}\n  {comparison.mismatches:,} elements differ, first at {list(first.index)}: "
        f"got {_number(first.got)}, expected {_number(first.expected)}"
    )


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.6g}"


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _doctor(options: argparse.Namespace, text: str) -> int:
    environment = submit(Request(part=EnvironmentPart())).result()
    assert isinstance(environment, Environment)
    if options.json:
        print(encode(environment).decode())
        return GOOD
    signs = {"ok": "✓", "missing": "–", "broken": "✗"}
    width = max(len(check.name) for check in environment.checks)
    for check in environment.checks:
        print(f"{signs[check.state]} {check.name:<{width}}  {check.found}")
        if check.hint:
            print(f"  {'':<{width}}  {check.hint}")
    return GOOD


COMMANDS: dict[str, Callable[[argparse.Namespace, str], int]] = {
    "ast": _ast,
    "source": _source,
    "run": _run,
    "doctor": _doctor,
}


# ---------------------------------------------------------------- what is said beside the answer


def _notes(options: argparse.Namespace, text: str) -> None:
    """Say on standard error what was done to the text, and what was left out of it."""
    overview = submit(_request(options, text, OverviewPart())).result()
    assert isinstance(overview, Overview)
    lines = Text(text)
    if options.verbose:
        for edit in overview.edits:
            line = lines.position(edit.span.start).line
            _say("note", f"line {line}: {edit.old or '(nothing)'} → {edit.new}: {edit.note}")
        for left in overview.left_out:
            line = lines.position(left.span.start).line
            _say("note", f"line {line}: left out {left.what}. {left.hint}".rstrip())
    elif overview.edits:
        count = len(overview.edits)
        spellings = "an older spelling was" if count == 1 else f"{count} older spellings were"
        _say("note", f"{spellings} brought up to date (-v lists them)")
    if len(overview.definitions) > 1 and not options.definition:
        names = ", ".join(definition.name for definition in overview.definitions)
        _say("note", f"showing {overview.definition} of {names} (--definition chooses)")
    _tell(overview.problems)


def _tell(problems: Sequence[Problem]) -> None:
    for problem in problems:
        kind = "note" if problem.severity == "info" else problem.severity
        _say(kind, f"{problem.message} {problem.hint}".rstrip())


def _say(kind: str, message: str) -> None:
    print(f"{kind}: {message}", file=sys.stderr)


def _complain(error: VizError, text: str, file: str) -> None:
    _say("error", error.message)
    if error.span is not None and text:
        lines = Text(text)
        where = lines.position(error.span.start)
        name = "<stdin>" if file == "-" else file
        print(f"  --> {name}:{where.line}:{where.column}", file=sys.stderr)
        print(lines.excerpt(error.span), file=sys.stderr)
    if error.hint:
        _say("hint", error.hint)


def run() -> NoReturn:
    """Run the command line and leave."""
    sys.exit(main())
