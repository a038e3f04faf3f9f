"""``run --device all``: run a program on every device of this machine, and print one table."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import duration, json_of, padded, print_notes, print_text
from viz.cli.request import request
from viz.errors import RequestError, VizError
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import EMULATED, Environment, EnvironmentPart, Outcome, RunPart, catalog
from viz.service.client.submit import submit, submit_all
from viz.text import text_width

EVERYWHERE = "all"
"""The name that stands for all devices."""

Row = tuple[str, ...]


def run_everywhere(options: argparse.Namespace, text: str, part: RunPart) -> int:
    """Print a row for each device and output; :data:`BAD` where one is wrong.

    A device that is missing, or cannot take the program, is named with the reason.

    Raises
    ------
    RequestError
        When files or times are asked for, which are of one device.
    VizError
        When the text cannot be read.
    """
    if options.save or options.picture or options.time or part.cost:
        raise RequestError(message_of("one-device-only"))
    print_notes(options, text)
    environment = submit(request(options, text, EnvironmentPart())).result()
    assert isinstance(environment, Environment)
    names = [name for name in catalog.devices() if name in environment.devices]
    asked = [request(options, text, _on(device, part)) for device in names]
    results = dict(zip(names, submit_all(asked).results(), strict=True))
    _: Translator = options.words
    if options.json:
        for result in results.values():
            if isinstance(result, Outcome):
                print_text(json_of(result).decode())
    else:
        print_text("\n".join(_table(list(_rows(results, _)))))
    ran = [result for result in results.values() if isinstance(result, Outcome)]
    return GOOD if ran and all(outcome.passed for outcome in ran) else BAD


def _on(device: str, part: RunPart) -> RunPart:
    """Return a run on a device, with those of its settings that the device has."""
    return msgspec.structs.replace(
        part,
        device=device,
        checked=part.checked and catalog.devices()[device].checks,
        order=part.order if device == EMULATED else "forward",
    )


def _rows(results: Mapping[str, object], _: Translator) -> Iterator[Row]:
    yield (
        *(_("device"), _("output"), "", _("max abs error"), _("max rel error")),
        *(_("build"), _("a call"), ""),
    )
    for device in catalog.devices():
        result = results.get(device)
        if isinstance(result, Outcome):
            yield from _outputs(device, result, _)
        elif isinstance(result, VizError):
            yield (device, "", "–", "", "", "", "", result.what.text(_.language))
        else:
            elsewhere = catalog.devices()[device].in_browser
            why = _("in the page only: open it and choose WebGPU") if elsewhere else _("not here")
            yield (device, "", "–", "", "", "", "", why)


def _outputs(device: str, outcome: Outcome, _: Translator) -> Iterator[Row]:
    times = tuple(
        "" if seconds is None else duration(seconds)
        for seconds in (outcome.build_seconds, outcome.seconds)
    )
    for comparison in outcome.comparisons:
        errors = tuple(
            _("not finite") if error is None else f"{error:.3g}"
            for error in (comparison.max_abs, comparison.max_rel)
        )
        pattern = "" if comparison.pattern is None else comparison.pattern.text(_.language)
        sign = "✓" if comparison.passed else "✗"
        yield (device, comparison.name, sign, *errors, *times, pattern)
    for finding in outcome.findings:
        sign = "!" if finding.harmless else "✗"
        yield (device, finding.buffer, sign, "", "", "", "", finding.text(_.language))
    if not outcome.comparisons:
        yield (device, "", "✓" if outcome.passed else "✗", "", "", *times, "")


def _table(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (padded(cell, width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
