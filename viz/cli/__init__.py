"""The command line: the same data as the page, for terminals, scripts and CI.

Exit status: 0 when it worked, 1 when the input is bad or a check failed, 2 for wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from viz.cli import lower, running, show
from viz.cli.arguments import parser, read
from viz.cli.saying import complain
from viz.cli.status import BAD, GOOD, USAGE
from viz.errors import RequestError, VizError

COMMANDS = {**show.COMMANDS, **lower.COMMANDS, **running.COMMANDS}


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
    except KeyboardInterrupt:
        return BAD


def run() -> NoReturn:
    """Run the command line and leave."""
    sys.exit(main())
