"""Find the layers of a model among the calls of kernels that a Relax function makes.

Where comments of the text say which part of a model a call is of (:class:`viz.model.ModelOrigin`),
a layer is what has a number of its own in that name: ``layers.7.attention.out`` is of
``layers.7``. Without such comments a layer is what repeats: the longest run of the same kernels in
the same order, again and again. For each length of a layer, each call is compared with the one
so many calls later; a stretch of equal ones that is at least one layer long is a run, and the run
that covers most calls is taken, of equally long ones that of the shortest layers. What stands
before and after it is looked at in the same way, as an encoder stands before a decoder.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from viz.model import CallGraph, ModelOrigin, Overview, Plain
from viz.text import Span

SHORTEST = 4
"""The fewest calls of a layer that is found by repetition: shorter ones repeat inside of layers."""

LONGEST = 1000
"""The most calls of such a layer."""

_NUMBERED = re.compile(r"(?:.*?[./:\[])??\d+\]?(?=[./:\[]|$)")
"""The beginning of a name, up to its first number that stands alone."""


class ModelLayer(Plain, frozen=True):
    """A layer of a model: the numbers of its calls, from 0, in their order."""

    name: str
    """Its name in the model, such as ``layers.7``; empty where repetition told it."""
    number: int
    """Its place among the layers, from 0."""
    calls: tuple[int, ...]


def layers_of(overview: Overview, graph: CallGraph) -> tuple[ModelLayer, ...]:
    """Return the layers of a Relax function by their first calls; calls may be of none."""
    paths = part_paths(overview, graph)
    named = _by_name([_numbered(path) for path in paths])
    if named:
        return named
    return repeated_layers([call.kernel for call in graph.calls])


def part_paths(overview: Overview, graph: CallGraph) -> list[str]:
    """Return for each call the name of the part of the model that it is of, empty if not known.

    Of several calls of the user's that were fused the last part counts that is known.
    """
    places = sorted(overview.origins, key=lambda each: each.span)
    paths = []
    for call in graph.calls:
        site = overview.kernels[call.kernel].sites[call.site]
        found = [_path_at(places, each.span) for each in site if each.span is not None]
        paths.append(next((path for path in reversed(found) if path), ""))
    return paths


def _path_at(places: Sequence[ModelOrigin], span: Span) -> str:
    """Return the name of the part whose statement holds a span."""
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if places[middle].span.start <= span.start:
            low = middle + 1
        else:
            high = middle
    if low and span.end <= places[low - 1].span.end:
        return places[low - 1].part.path
    return ""


def _numbered(path: str) -> str:
    """Return the beginning of a name that ends with its first number, empty without one."""
    match = _NUMBERED.match(path)
    return match[0] if match else ""


def _by_name(names: list[str]) -> tuple[ModelLayer, ...]:
    """Return the layers that have names; a call between two of one layer is of that layer, too."""
    last = ""
    ahead = list(names)  # the next name at each place
    for i in range(len(names) - 2, -1, -1):
        ahead[i] = names[i] or ahead[i + 1]
    calls: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        own = name or (last if last == ahead[i] else "")
        last = name or last
        if own:
            calls.setdefault(own, []).append(i)
    whole = {name: own for name, own in calls.items() if len(own) > 1}
    return tuple(
        ModelLayer(name=name, number=i, calls=tuple(own))
        for i, (name, own) in enumerate(whole.items())
    )


def repeated_layers(kernels: Sequence[int]) -> tuple[ModelLayer, ...]:
    """Return the layers that repetition tells, of the calls of these kernels."""
    return tuple(
        ModelLayer(name="", number=i, calls=tuple(calls))
        for i, calls in enumerate(_repeated(kernels, 0, len(kernels)))
    )


def _repeated(kernels: Sequence[int], start: int, end: int) -> Iterator[range]:
    run = longest_run(kernels[start:end])
    if run is None:
        return
    first, length, count = run
    begin, behind = start + first, start + first + length * count
    yield from _repeated(kernels, start, begin)
    for i in range(begin, behind, length):
        yield range(i, i + length)
    yield from _repeated(kernels, behind, end)


def longest_run(kernels: Sequence[int]) -> tuple[int, int, int] | None:
    """Return where the run that covers most calls begins, its layers' length, and their count."""
    best, covered = None, 0
    most = max(Counter(kernels).values(), default=0)
    if most < 2:
        return None
    for length in range(SHORTEST, min(len(kernels) // 2, LONGEST) + 1):
        first = 0
        for is_same, pairs in groupby(map(operator.eq, kernels, kernels[length:])):
            size = sum(1 for _ in pairs)
            count = size // length + 1
            if is_same and count > 1 and count * length > covered:
                best, covered = (first, length, count), count * length
            first += size
    return best
