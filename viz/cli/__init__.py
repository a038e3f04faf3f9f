"""The command line: the same data as the page, for terminals, scripts and CI.

Exit status: 0 when it worked, 1 when the input is bad or a check failed, 2 for wrong usage.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from viz.cli import explain, lower, report, show
from viz.cli import run as run_command
from viz.cli.arguments import parser, read, request
from viz.cli.output import complain, tell
from viz.cli.status import BAD, GOOD, USAGE, Command
from viz.errors import RequestError, VizError

COMMANDS: dict[str, Command] = {
    **show.COMMANDS,
    **lower.COMMANDS,
    **run_command.COMMANDS,
    **report.COMMANDS,
    "explain": partial(explain.explain, request=request, tell=tell),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = parser().parse_args(arguments)
    text = ""
    try:
        if options.command != "doctor":
            text = read(options.file)
        return COMMANDS[options.command](options, text)
    except VizError as error:
        complain(error, text, getattr(options, "file", ""))
        return USAGE if isinstance(error, RequestError) else BAD
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `head` does
        return GOOD
    except OSError as error:
        output = getattr(options, "output", None)
        if output is None or error.filename != output:
            raise
        complain(RequestError(f"{output} cannot be written: {error.strerror}"), "", "")
        return USAGE
    except KeyboardInterrupt:
        return BAD


def run() -> NoReturn:
    """Run the command line and leave."""
    # What the encoding of a terminal lacks is written out: ✓ as \u2713.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
