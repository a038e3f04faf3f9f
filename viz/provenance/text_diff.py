"""Compare two texts: by line, and by word inside the lines that changed.

Lines are matched as difflib does, but where a text repeats itself too much for that: there first
the lines that stand once in each text are matched (patience diff), then what lies between them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from viz.model import DiffLine, Range

MOST_WORK = 300_000
"""Pairs of equal lines (or words) beyond which difflib, which revisits them, is too slow."""

MOST_PAIRS = 20_000
"""Pairs of lines in one replaced block beyond which they are paired by their order alone."""

SIMILAR = 0.5
"""From how many shared words on (as a fraction) two lines count as one line that changed."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


def diff_texts(before: str, after: str) -> tuple[DiffLine, ...]:
    r"""Return the lines of both texts in one order.

    The texts are ``"\n".join`` of the ``before`` of every row but the added ones, and of the
    ``after`` of every row but the removed ones. A changed row's lines are equal once its ranges are
    taken out.
    """
    old, new = before.split("\n"), after.split("\n")
    rows: list[DiffLine] = []
    i = j = 0
    for a, b in [*_matches(old, new), (len(old), len(new))]:
        rows += _replaced(old[i:a], new[j:b], i, j)
        if a < len(old):
            rows.append(_pair(old[a], new[b], a, b))
        i, j = a + 1, b + 1
    return tuple(rows)


# ---------------------------------------------------------------- which lines are the same


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs of indices of equal items, rising in both."""
    matches: list[tuple[int, int]] = []
    todo = [(0, len(old), 0, len(new))]
    while todo:
        i, a, j, b = todo.pop()
        while i < a and j < b and old[i] == new[j]:
            matches.append((i, j))
            i, j = i + 1, j + 1
        while i < a and j < b and old[a - 1] == new[b - 1]:
            a, b = a - 1, b - 1
            matches.append((a, b))
        if i == a or j == b:
            continue
        counts = Counter(new[j:b])
        if sum(counts[item] for item in old[i:a]) <= MOST_WORK:
            blocks = SequenceMatcher(None, old[i:a], new[j:b], autojunk=False)
            for block in blocks.get_matching_blocks():
                matches += [(i + block.a + k, j + block.b + k) for k in range(block.size)]
            continue
        anchors = [(i + x, j + y) for x, y in _anchors(old[i:a], new[j:b])]
        if anchors:
            matches += anchors
            ends = [(i - 1, j - 1), *anchors, (a, b)]
            for (x, y), (v, w) in pairwise(ends):
                todo.append((x + 1, v, y + 1, w))
    return sorted(matches)


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the most pairs of items that stand once in either, such that both indices rise."""
    once_old = {item for item, count in Counter(old).items() if count == 1}
    once_new = {item: n for item, n in Counter(new).items() if n == 1 and item in once_old}
    where = {item: k for k, item in enumerate(new) if item in once_new}
    pairs = [(k, where[item]) for k, item in enumerate(old) if item in where]
    # The longest rising subsequence: the last index of the best one of each length.
    ends: list[int] = []
    best: list[int] = []
    previous: list[int] = []
    for number, (_, y) in enumerate(pairs):
        length = bisect_left(ends, y)
        previous.append(best[length - 1] if length else -1)
        ends[length : length + 1] = [y]
        best[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = best[-1] if best else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


# ---------------------------------------------------------------- which lines changed


def _replaced(old: list[str], new: list[str], i: int, j: int) -> Iterator[DiffLine]:
    """Yield the rows of a block without matches; ``i`` and ``j`` lines stand before it."""
    a = b = 0
    for x, y in [*_similar_lines(old, new), (len(old), len(new))]:
        for k in range(a, x):
            yield DiffLine(kind="removed", before=old[k], before_line=i + k + 1)
        for k in range(b, y):
            yield DiffLine(kind="added", after=new[k], after_line=j + k + 1)
        if x < len(old):
            yield _pair(old[x], new[y], i + x, j + y)
        a, b = x + 1, y + 1


def _pair(old: str, new: str, i: int, j: int) -> DiffLine:
    removed, added = _words(old, new) if old != new else ((), ())
    return DiffLine(
        kind="changed" if old != new else "same",
        before=old,
        after=new,
        before_line=i + 1,
        after_line=j + 1,
        removed=removed,
        added=added,
    )


def _similar_lines(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return pairs of similar lines, rising in both, with the greatest sum of similarities."""
    if len(old) * len(new) > MOST_PAIRS:
        pairs = zip(enumerate(map(_bag, old)), enumerate(map(_bag, new)), strict=False)
        return [(i, j) for (i, x), (j, y) in pairs if _similarity(x, y) >= SIMILAR]
    bags = [_bag(line) for line in new]
    # best[i][j]: the greatest sum over old[i:] and new[j:].
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    score = [[0.0] * len(new) for _ in old]
    for i in reversed(range(len(old))):
        bag = _bag(old[i])
        for j in reversed(range(len(new))):
            similarity = _similarity(bag, bags[j])
            score[i][j] = similarity if similarity >= SIMILAR else -1.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], score[i][j] + best[i + 1][j + 1])
    pairs_of_lines: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if score[i][j] >= 0 and best[i][j] == score[i][j] + best[i + 1][j + 1]:
            pairs_of_lines.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs_of_lines


def _bag(line: str) -> Counter[str]:
    return Counter(re.findall(r"\w+|[^\w\s]", line))


def _similarity(a: Counter[str], b: Counter[str]) -> float:
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 1.0


def _words(before: str, after: str) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """Return the ranges of two lines that differ; what is left of either is the same."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    # Blanks alone do not keep two changes apart.
    kept = [(a, b) for a, b in _matches(old, new)]
    kept = [
        (a, b)
        for k, (a, b) in enumerate(kept)
        if not old[a].isspace() or _has_matched_neighbour(kept, k, len(old), len(new))
    ]
    return _gaps(old, [a for a, _ in kept]), _gaps(new, [b for _, b in kept])


def _has_matched_neighbour(kept: list[tuple[int, int]], k: int, old: int, new: int) -> bool:
    """Whether the matched word next to match ``k`` is matched too, or it stands at an end."""
    a, b = kept[k]
    left = (k and kept[k - 1] == (a - 1, b - 1)) or (a, b) == (0, 0)
    right = kept[k + 1 : k + 2] == [(a + 1, b + 1)] or (a, b) == (old - 1, new - 1)
    return bool(left or right)


def _gaps(words: list[str], kept: list[int]) -> tuple[Range, ...]:
    """Return the character ranges of the words whose index is not kept, neighbours as one."""
    ranges: list[Range] = []
    same = set(kept)
    at = 0
    for index, word in enumerate(words):
        if index not in same:
            if ranges and ranges[-1][1] == at:
                ranges[-1] = (ranges[-1][0], at + len(word))
            else:
                ranges.append((at, at + len(word)))
        at += len(word)
    return tuple(ranges)
