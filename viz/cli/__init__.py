"""Run the command line: the same data as on the page, for terminals, scripts and CI.

Exit status: 0 when the command worked, 1 when the input is bad or a check failed, 2 for wrong
usage.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from viz.cli.command_parser import asked_for
from viz.cli.commands.ast import ast
from viz.cli.commands.check import check
from viz.cli.commands.comparing.compare import compare
from viz.cli.commands.comparing.recorded import recorded
from viz.cli.commands.doctor import doctor
from viz.cli.commands.explain import explain
from viz.cli.commands.exporting.export import export
from viz.cli.commands.learning.exercises import exercises
from viz.cli.commands.learning.quiz import quiz
from viz.cli.commands.legacy_env import legacy_env
from viz.cli.commands.lessons import lessons
from viz.cli.commands.lower import lower
from viz.cli.commands.report import report
from viz.cli.commands.rule import rule
from viz.cli.commands.running.run import run as run_program
from viz.cli.commands.schedule import schedule
from viz.cli.commands.serve import serve
from viz.cli.commands.source import source
from viz.cli.commands.step import step
from viz.cli.exit_status import BAD, GOOD, USAGE, Command
from viz.cli.output import Failure, print_error, print_json, print_problems
from viz.cli.parser import parser
from viz.cli.request import read_program
from viz.dumps.reading import is_dump
from viz.errors import RequestError, VizError
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model.problem import problem_of
from viz.service.client.engines import use_legacy_python

COMMANDS: dict[str, Command] = {
    "ast": ast,
    "lower": lower,
    "source": source,
    "step": step,
    "check": check,
    "schedule": schedule,
    "run": run_program,
    "rule": rule,
    "compare": compare,
    "explain": explain,
    "report": report,
    "export": export,
    "serve": serve,
    "lessons": lessons,
    "quiz": quiz,
    "exercises": exercises,
    "doctor": doctor,
    "legacy-env": legacy_env,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    arguments
        Those after the program's name; ``sys.argv`` if None.
    """
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(Translator(asked_for(given, os.environ))).parse_args(given)
    _ = options.words = Translator(options.lang)
    text = ""
    if options.legacy_python:
        use_legacy_python(options.legacy_python)
    try:
        if "file" in options and is_dump(options.file):
            return recorded(options)
        if "file" in options:
            text, remarks = read_program(options.file)
            print_problems(remarks, _)
        return COMMANDS[options.command](options, text)
    except VizError as error:
        print_error(error, text, getattr(options, "file", ""), _)
        if getattr(options, "json", False) or getattr(options, "format", "") == "json":
            print_json(Failure(problems=(problem_of(error),)))
        return USAGE if isinstance(error, RequestError) else BAD
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `head` does
        return GOOD
    except OSError as error:
        output = getattr(options, "output", None)
        if output is None or error.filename != output:
            raise
        reason = str(error.strerror)
        print_error(
            RequestError(message_of("file-not-written", file=output, reason=reason)), "", "", _
        )
        return USAGE
    except KeyboardInterrupt:
        return BAD


def run() -> NoReturn:
    """Run the command line of this process and exit with its status."""
    # What the encoding of a terminal lacks is written out: ✓ as \u2713.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
