"""``report``: the whole analysis as one HTML page that works offline."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import viz
from viz.cli.arguments import request
from viz.cli.output import complain, notes_of
from viz.cli.status import BAD, GOOD, Command
from viz.model import OverviewPart, encode
from viz.render.report import render


def report(options: argparse.Namespace, text: str) -> int:
    """Write the page; the exit status tells whether every target could be shown."""
    base = request(options, text, OverviewPart())
    analysis = viz.analyze(
        text,
        options.target or ["c", "cuda"],
        definition=base.definition,
        function=base.function,
        arguments=base.arguments,
        options=base.options,
        passes=not options.no_passes,
    )
    notes_of(analysis.overview, options, text)
    for problem in analysis.problems.values():
        complain(problem, text, options.file)
    title = "" if options.file == "-" else Path(options.file).stem
    page = encode(analysis) + b"\n" if options.json else render(analysis, title).encode()
    if options.output:
        Path(options.output).write_bytes(page)
    else:
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()
    return BAD if analysis.problems else GOOD


COMMANDS: dict[str, Command] = {"report": report}
