"""Keep the latest runs with their arrays, to draw other slices of them and to offer them as files.

A run is named by a number that cannot be guessed; only the page that asked for it is told. The
arrays come from a jailed process: their headers are compared with their sizes, and no object is
ever read.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from typing import Literal

from viz.errors import RequestError
from viz.harness.array_files import archive_of, csv_of
from viz.harness.arrays import Array
from viz.harness.comparison import Tolerance, errors_of
from viz.harness.outputs.pictures import MOST_CELLS, picture
from viz.kept_arrays import arrays_of
from viz.messages import message_of
from viz.model import Comparison, Outcome, OutputPicture

MOST_RUNS = 64
"""Runs that are kept, of all sessions together."""

MOST_BYTES = 256 << 20
"""Bytes of their arrays."""

FileKind = Literal["npz", "csv"]


class KeptRuns:
    """Outcomes by name, for several threads; those that were not looked at longest go first."""

    def __init__(self, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_runs, most_bytes
        self._kept: OrderedDict[str, Outcome] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, outcome: Outcome) -> str:
        """Keep an outcome, and return its name; empty where it has no arrays."""
        if not outcome.arrays:
            return ""
        name = secrets.token_urlsafe(16)
        runs, size = self._most
        with self._lock:
            self._kept[name] = outcome
            self._size += _bytes(outcome)
            while self._kept and (len(self._kept) > runs or self._size > size):
                _, oldest = self._kept.popitem(last=False)
                self._size -= _bytes(oldest)
        return name

    def get(self, name: str) -> Outcome:
        """Return an outcome.

        Raises
        ------
        RequestError
            When it is not kept any more.
        """
        with self._lock:
            if name not in self._kept:
                raise RequestError(message_of("run-not-kept"))
            self._kept.move_to_end(name)
            return self._kept[name]


def _bytes(outcome: Outcome) -> int:
    return sum(map(len, outcome.arrays.values()))


RUNS = KeptRuns()


def is_sound(picture: OutputPicture) -> bool:
    """Whether a picture has the sizes that it says; it comes from a process that ran a program."""
    cells = picture.rows * picture.columns
    fields = (picture.element, picture.got, picture.expected, picture.error, picture.wrong)
    return 0 < cells <= MOST_CELLS**2 and [len(each) for each in fields] == [
        cells * size for size in (4, 8, 8, 8, 4)
    ]


def slice_of(name: str, output: str, chosen: tuple[int, ...]) -> tuple[Comparison, OutputPicture]:
    """Return a slice of an output of a kept run.

    Raises
    ------
    RequestError
        When the run is not kept any more, or has no such output or slice.
    """
    comparison, got, expected = _output(RUNS.get(name), output)
    if expected is None:
        raise RequestError(message_of("no-output-named", name=output, known=()))
    tolerance = Tolerance(rtol=comparison.rtol, atol=comparison.atol)
    errors, wrong, _, _ = errors_of(got, expected, tolerance)
    made = picture(got, expected, errors, wrong, chosen)
    if made is None:
        raise RequestError(message_of("no-such-slice", slice=str([*chosen]), shape="[]"))
    return comparison, made


def file_of(name: str, kind: FileKind, output: str) -> tuple[bytes, str, str]:
    """Return all arrays of a kept run, or an output as a table: bytes, media type, a name.

    Raises
    ------
    RequestError
        As :func:`slice_of`, and where the table would have too many rows.
    """
    outcome = RUNS.get(name)
    if kind == "npz":
        return archive_of(outcome.arrays), "application/zip", "run.npz"
    _, got, expected = _output(outcome, output)
    plain = re.sub(r"\W", "_", output, flags=re.ASCII)[:60]
    return csv_of(got, expected), "text/csv", f"{plain}.csv"


def _output(outcome: Outcome, output: str) -> tuple[Comparison, Array, Array | None]:
    known = {each.name: each for each in outcome.comparisons}
    arrays = arrays_of(outcome)
    got, expected = arrays.get(f"output.{output}"), arrays.get(f"expected.{output}")
    if output not in known or got is None:
        raise RequestError(message_of("no-output-named", name=output, known=tuple(known)))
    if got.shape != known[output].shape or (expected is not None and expected.shape != got.shape):
        raise RequestError(message_of("no-output-named", name=output, known=tuple(known)))
    return known[output], got, expected
