"""``report``: write the whole analysis as one HTML page that works offline."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import viz
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import json_of, print_error, print_overview_notes
from viz.cli.request import request
from viz.model import OverviewPart
from viz.render.report import render


def report(options: argparse.Namespace, text: str) -> int:
    """Write the page, or with ``--json`` its data; :data:`BAD` when a target failed.

    Raises
    ------
    VizError
        When the text cannot be read.
    """
    base = request(options, text, OverviewPart())
    analysis = viz.analyze(
        text,
        options.target or ["c", "cuda"],
        definition=base.definition,
        function=base.function,
        arguments=base.arguments,
        options=base.options,
        passes=not options.no_passes,
        cost=options.cost,
        engine=base.engine,
    )
    print_overview_notes(analysis.overview, options, text)
    for problem in analysis.problems.values():
        print_error(problem, text, options.file, options.words)
    title = "" if options.file == "-" else Path(options.file).stem
    page = (
        json_of(analysis) + b"\n"
        if options.json
        else render(analysis, title, options.lang).encode()
    )
    if options.output:
        Path(options.output).write_bytes(page)
    else:
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()
    return BAD if analysis.problems else GOOD
