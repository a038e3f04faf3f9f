"""Options of ``run`` about the check: references, tolerances, times, arrays that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from viz.cli.request import read
from viz.errors import RequestError, SourceError
from viz.harness.array_files import archive_of, csv_of
from viz.kept_arrays import arrays_of
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import Comparison, Outcome, OutputPicture, ReferenceKind
from viz.render.outcomes.output_svg import output_svg
from viz.render.outcomes.run_words import picture_words, sentences, timing_words


def reference_of(option: str) -> dict[str, Any]:
    """Return the fields of a run for ``--reference``: a name, or a file with a function.

    Raises
    ------
    SourceError
        When the file cannot be read.
    """
    if option in get_args(ReferenceKind):
        return {"compare_with": option}
    return {"compare_with": "own", "reference": read(option)}


def tolerance_words(comparison: Comparison, _: Translator) -> str:
    """Return why the tolerance is what it is, and the error in steps of the dtype."""
    why = _("tolerance: {why}", why=_.of_message(comparison.why))
    if comparison.max_ulps is None:
        return why
    steps = _.plural(
        "at most 1 step of {dtype} apart (ULP)",
        "at most {count:,} steps of {dtype} apart (ULP)",
        comparison.max_ulps,
        dtype=comparison.dtype,
    )
    return f"{steps}; {why}"


def timing_lines(outcome: Outcome, _: Translator) -> Iterator[str]:
    """Yield what the times of a run mean."""
    if outcome.timing is not None:
        for words in timing_words(outcome.timing):
            yield _("time: {words}", words=_.of_message(words))


def save(outcome: Outcome, options: Iterable[str]) -> None:
    """Write the files of ``--save FILE.npz`` and ``--save C=FILE.csv``.

    Raises
    ------
    RequestError
        When an option has another form, or there is no such output.
    SourceError
        When a file cannot be written.
    """
    for option in options:
        name, equals, file = option.partition("=")
        if equals and file.endswith(".csv"):
            arrays = arrays_of(outcome)
            if outcome.arrays and f"output.{name}" not in arrays:
                known = tuple(each.name for each in outcome.comparisons)
                raise RequestError(message_of("no-output-named", name=name, known=known))
            if outcome.arrays:
                got, expected = arrays[f"output.{name}"], arrays.get(f"expected.{name}")
                _write(file, csv_of(got, expected))
        elif option.endswith(".npz"):
            if outcome.arrays:
                _write(option, archive_of(outcome.arrays))
        else:
            raise RequestError(message_of("save-option", given=option))


def _write(file: str, data: bytes) -> None:
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        reason = str(error.strerror)
        raise SourceError(message_of("file-not-written", file=file, reason=reason)) from None


def write_pictures(outcome: Outcome, file: str, _: Translator) -> None:
    """Write the pictures of all outputs as one drawing.

    Raises
    ------
    SourceError
        When the file cannot be written.
    """
    drawn = [
        (comparison, comparison.picture, _picture_words(comparison, comparison.picture, _))
        for comparison in outcome.comparisons
        if comparison.picture is not None
    ]
    if drawn:
        _write(file, output_svg(drawn, _).encode())


def _picture_words(comparison: Comparison, picture: OutputPicture, _: Translator) -> str:
    return sentences(picture_words(comparison, picture), _)


def without_files(outcome: Outcome) -> Outcome:
    """Return an outcome without its arrays and pictures, which were written as files."""
    plain = (msgspec.structs.replace(each, picture=None) for each in outcome.comparisons)
    return msgspec.structs.replace(outcome, arrays={}, comparisons=tuple(plain))
