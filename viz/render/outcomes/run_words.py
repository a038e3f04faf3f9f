"""Say in words what pictures of a run show: where an output is wrong, what a call's time means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from math import prod

import numpy as np

from viz.locale.translator import Translator
from viz.messages import Message, message_of
from viz.model import Comparison, Outcome, OutputPicture, Timing

MOST_LAUNCHES = 60
"""How many rows of launches are shown."""


def launch_rows(outcome: Outcome, _: Translator) -> list[str]:
    """Return the launches of an emulated run in their order, those that are alike in one row."""
    rows: list[str] = []
    number = 1
    for launch, alike in groupby(outcome.launches):
        count = len(list(alike))
        numbers = str(number) if count == 1 else f"{number}–{number + count - 1}"
        words = _(
            "{numbers}: {kernel}, {grid} blocks of {block} threads",
            numbers=numbers,
            kernel=launch.kernel,
            grid=_size(launch.grid),
            block=_size(launch.block),
        )
        rows.append(words)
        number += count
    left = len(rows) - MOST_LAUNCHES
    return [*rows[:MOST_LAUNCHES], *([_("and {count:,} more", count=left)] if left > 0 else [])]


def _size(extents: tuple[int, int, int]) -> str:
    return " × ".join(map(str, extents))


def picture_words(comparison: Comparison, picture: OutputPicture) -> Iterator[Message]:
    """Yield the essence of a picture: what a cell is, how large errors are, and where."""
    shape = comparison.shape
    if picture.slice:
        yield message_of("picture-slice", slice=str([*picture.slice]))
    if picture.height * picture.width > 1:
        yield message_of("picture-cells", height=picture.height, width=picture.width)
    elif len(shape) == 1 and shape[0] > picture.row:
        yield message_of("picture-folded", row=picture.row)
    low, high = picture.values
    yield message_of("picture-values", low=f"{low:.4g}", high=f"{high:.4g}")
    yield from _errors(comparison, picture)
    for side, histogram in (
        ("got", picture.got_histogram),
        ("expected", picture.expected_histogram),
    ):
        for kind, count in (("nan", histogram.nan), ("infinite", histogram.infinite)):
            if count:
                yield message_of(f"picture-{kind}-{side}", count=count)


def _errors(comparison: Comparison, picture: OutputPicture) -> Iterator[Message]:
    largest = f"{picture.errors[1]:.3g}"
    if not comparison.mismatches:
        yield message_of("picture-right", error=largest)
        return
    yield message_of(
        "picture-wrong",
        wrong=comparison.mismatches,
        size=prod(comparison.shape),
        low=str([*comparison.low]),
        high=str([*comparison.high]),
    )
    if comparison.worst is not None:
        yield message_of("picture-worst", error=largest, index=str([*comparison.worst.index]))
    if picture.slice:
        wrong = np.frombuffer(picture.wrong, "<u4").reshape(picture.rows, picture.columns)
        if not wrong.any():
            yield message_of("picture-slice-right")
            return
        rows, columns = (np.flatnonzero(wrong.any(axis=axis)) for axis in (1, 0))
        lines, extent = shape_of_slice(comparison.shape)
        yield message_of(
            "picture-slice-wrong",
            wrong=int(wrong.sum()),
            row=int(rows[0]) * picture.height,
            last_row=min(int(rows[-1] + 1) * picture.height, lines) - 1,
            column=int(columns[0]) * picture.width,
            last_column=min(int(columns[-1] + 1) * picture.width, extent) - 1,
        )


def shape_of_slice(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of a slice of more than one dimension."""
    return shape[-2], shape[-1]


def sentences(messages: Iterable[Message], _: Translator) -> str:
    """Return messages as sentences, one after the other."""
    return _.sentences(*(sentence(message, _) for message in messages))


def sentence(message: Message, _: Translator) -> str:
    """Return a message as a sentence."""
    text = _.of_message(message)
    return text[:1].upper() + text[1:] + ("。" if _.language == "zh" else ".")


# ---------------------------------------------------------------- times


def share_of_roof(timing: Timing) -> float | None:
    """Return how much of its ceiling a call reaches, from 0 to about 1; None without ceilings.

    The ceiling is the time of the bytes at the rate of a copy, or of the operations at that of a
    product, whichever is longer.
    """
    if timing.ceilings is None:
        return None
    moving = timing.bytes / timing.ceilings.bytes_per_second
    computing = (timing.operations or 0) / timing.ceilings.operations_per_second
    return max(moving, computing) / timing.median


def is_bound_by_memory(timing: Timing) -> bool:
    """Whether moving the bytes takes longer than the operations, at the ceilings' rates."""
    assert timing.ceilings is not None
    moving = timing.bytes / timing.ceilings.bytes_per_second
    return moving >= (timing.operations or 0) / timing.ceilings.operations_per_second


def timing_words(timing: Timing) -> Iterator[Message]:
    """Yield what the times of a call mean: seconds of a GPU, of a shared CPU ratios alone."""
    count = len(timing.seconds)
    if timing.is_absolute:
        shown = {"median": timing.median, "low": timing.low, "high": timing.high}
        words = {name: f"{seconds * 1e6:,.4g}" for name, seconds in shown.items()}
        yield message_of("timing-absolute", count=count, **words)
    else:
        low, high = (f"{each / timing.median:.2f}" for each in (timing.low, timing.high))
        yield message_of("timing-spread", count=count, low=low, high=high)
    if timing.operations is None:
        yield message_of("timing-bytes", bytes=timing.bytes)
    else:
        intensity = f"{timing.operations / max(timing.bytes, 1):.3g}"
        operations = timing.operations
        yield message_of(
            "timing-work", bytes=timing.bytes, operations=operations, intensity=intensity
        )
    share = share_of_roof(timing)
    if share is None or timing.ceilings is None:
        return
    is_memory = is_bound_by_memory(timing)
    id_ = "timing-share-memory" if is_memory else "timing-share-arithmetic"
    yield message_of(id_, share=f"{100 * share:.3g}", by=timing.ceilings.by)
    if share > 1:
        yield message_of("timing-above" if is_memory else "timing-noise")
