"""Frames of how a run was checked: pictures of outputs, times beside what the machine reaches."""

from __future__ import annotations

from typing import Any

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import Comparison, Histogram, Outcome, OutputPicture, Plain, Timing
from viz.render.outcomes.colour_scales import SCALES
from viz.render.outcomes.run_words import (
    picture_words,
    sentence,
    sentences,
    share_of_roof,
    timing_words,
)
from viz.ui.workbench.running.kept_runs import RUNS, is_sound, slice_of


class PictureQuestion(Plain, frozen=True):
    """A question for another slice of an output of a run that is kept."""

    run: str
    output: str
    slice: tuple[int, ...]


def shown(outcome: Outcome) -> dict[str, Any]:
    """Return the numbers of pictures and times, and the name that the run is kept under."""
    pictures = {
        each.name: shown_picture(each, each.picture)
        for each in outcome.comparisons
        if each.picture is not None and is_sound(each.picture)
    }
    return {
        "kept": RUNS.put(outcome),
        "pictures": pictures,
        "scales": SCALES if pictures else None,
        "timing": None if outcome.timing is None else _timing(outcome.timing),
    }


def told(outcome: Outcome, language: Language) -> dict[str, Any]:
    """Return the words of pictures, by output, and of times."""
    _ = Translator(language)
    timing = () if outcome.timing is None else timing_words(outcome.timing)
    return {
        "pictureWords": {
            each.name: sentences(picture_words(each, each.picture), _)
            for each in outcome.comparisons
            if each.picture is not None and is_sound(each.picture)
        },
        "timingWords": [sentence(words, _) for words in timing],
    }


def another_slice(question: PictureQuestion, language: Language) -> dict[str, Any]:
    """Return a slice of an output, drawn and in words.

    Raises
    ------
    RequestError
        When the run is not kept any more, or has no such output or slice.
    """
    comparison, picture = slice_of(question.run, question.output, question.slice)
    words = sentences(picture_words(comparison, picture), Translator(language))
    return {"picture": shown_picture(comparison, picture), "words": words}


def shown_picture(comparison: Comparison, picture: OutputPicture) -> dict[str, Any]:
    """Return a picture as JSON: arrays of numbers in base64."""
    return {
        "shape": comparison.shape,
        "slice": picture.slice,
        "row": picture.row,
        "height": picture.height,
        "width": picture.width,
        "rows": picture.rows,
        "columns": picture.columns,
        "element": picture.element,
        "got": picture.got,
        "expected": picture.expected,
        "error": picture.error,
        "wrong": picture.wrong,
        "values": picture.values,
        "errors": picture.errors,
        "histograms": {
            "got": _histogram(picture.got_histogram),
            "expected": _histogram(picture.expected_histogram),
            "error": _histogram(picture.error_histogram),
        },
    }


def _histogram(histogram: Histogram) -> dict[str, Any]:
    return {
        "edges": histogram.edges,
        "counts": histogram.counts,
        "zeros": histogram.zeros,
        "nan": histogram.nan,
        "infinite": histogram.infinite,
    }


def _timing(timing: Timing) -> dict[str, Any]:
    ceilings = timing.ceilings
    return {
        "median": timing.median,
        "low": timing.low,
        "high": timing.high,
        "isAbsolute": timing.is_absolute,
        "bytes": timing.bytes,
        "operations": timing.operations,
        "share": share_of_roof(timing),
        "bytesPerSecond": None if ceilings is None else ceilings.bytes_per_second,
        "operationsPerSecond": None if ceilings is None else ceilings.operations_per_second,
    }
