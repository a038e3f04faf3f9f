"""Lays the marks of a statement, the model, over the text of those that are alike.

Where a copy's text has the model's words, but for the names and numbers of its own leaves, each of
which says what it must, its nodes wrote what the model's wrote. There can be hundreds of
copies and few models, so the copies of one are compared with it all at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, repeat
from operator import attrgetter
from typing import Any

import numpy as np
from tvm import ir, tirx

from viz.engine.alignment import STRING, Placed
from viz.engine.alike import Copy
from viz.engine.declared import Ranges
from viz.engine.leaves import says
from viz.engine.nodes import CONSTANTS, Nodes, Occurrence
from viz.engine.wording import Wording

LEAVES = CONSTANTS | {ir.Var, ir.StringImm}
LITERAL = re.compile(STRING)


class Laying:
    """Lays the marks of models over their copies.

    Parameters
    ----------
    text, placed
        An emission, and its marks but for those inside copies.
    covering
        The marked nodes of it that stand in for others.

    Attributes
    ----------
    unlike
        The copies that say something else than their models.
    """

    def __init__(self, text: str, placed: Placed, covering: set[int]) -> None:
        self.text = text
        self.unlike: set[int] = set()
        self.covering = set(covering)
        self._found = [np.array(placed, dtype=np.intp).reshape(-1, 3)]
        self._ranges: Ranges = defaultdict(list)
        for start, end, number in placed:
            self._ranges[number].append((start, end))

    def placed(self) -> Iterator[tuple[int, int, int]]:
        """Yield all marks, in the order in which they open."""
        starts, ends, numbers = np.concatenate(self._found).T
        order = np.lexsort((numbers, -ends, starts))
        return zip(*(each[order].tolist() for each in (starts, ends, numbers)), strict=True)

    def lay(self, heard: Nodes, nodes: list[Occurrence], found: Collection[Copy]) -> None:
        """Mark the copies of a function.

        Parameters
        ----------
        heard
            Its nodes but for those inside copies.
        nodes
            All its nodes.
        found
            Its copies, those of one model in a row.
        """
        if not found:
            return
        wording, spelled = Wording(self.text), _Spelled(self.text, heard, self._ranges)
        for model, group in groupby(found, attrgetter("model")):
            copies = list(group)
            written = len(self._ranges[model])
            ids = [each.id for each in copies if len(self._ranges[each.id]) == written]
            alike = self._laid([model, *ids], copies[0].size, nodes, wording, spelled)
            self.unlike.update({each.id for each in copies}.difference(alike))

    def _laid(
        self,
        ids: list[int],
        size: int,
        nodes: list[Occurrence],
        wording: Wording,
        spelled: _Spelled,
    ) -> Collection[int]:
        """Lay the marks of the first of these statements over the others that say what it says.

        Returns
        -------
        These statements.
        """
        model = ids[0]
        own = range(model, model + size)
        ranges = self._ranges[model]
        inside = [(a, b, n - model) for n in own[1:] for a, b in self._ranges[n]]
        if not ranges and not inside:
            return ids  # none of them wrote anything
        if len(ranges) != 1 or any(a < ranges[0][0] or b > ranges[0][1] for a, b, _ in inside):
            return ()
        marks = np.array(inside, dtype=np.intp).reshape(-1, 3)
        first = nodes[0].id
        leaves = [
            (i, at)
            for i, (_, _, at) in enumerate(inside)
            if nodes[model + at - first].obj.__class__ in LEAVES
        ]
        loose = [inside[i][:2] for i, _ in leaves]
        if nodes[model - first].obj.__class__ is tirx.AssertStmt:
            # No node but the statement has a mark in its message.
            loose += [each.span() for each in LITERAL.finditer(self.text, *ranges[0])]
        rows, edges = wording.alike([self._ranges[each][0] for each in ids], marks[:, :2], loose)
        if not rows.size:
            return ()
        starts = [ids[row] - first for row in rows.tolist()]
        columns = list(zip(*(nodes[start : start + size] for start in starts), strict=True))
        wrong: set[int] = set()
        for mark, at in leaves:
            said = [self.text[a:b] for a, b in edges[:, mark].tolist()]
            wrong |= spelled.wrong(said, columns[at])
        right = [i for i in range(1, len(rows)) if i not in wrong]
        others = np.array(ids)[rows[right]]
        numbers = others[:, None] + marks[:, 2]
        found = np.concatenate((edges[right], numbers[:, :, None]), axis=2)
        self._found.append(found.reshape(-1, 3))
        alike: list[int] = others.tolist()
        covering = [n - model for n in own if n in self.covering]
        self.covering.update(each + at for each in alike for at in covering)
        return alike


class _Spelled:
    """How the leaves of a function are written.

    Parameters
    ----------
    text, heard, ranges
        A text, the function's nodes but for those inside copies, and the marks of these.
    """

    def __init__(self, text: str, heard: Nodes, ranges: Ranges) -> None:
        self._names: defaultdict[int, set[str]] = defaultdict(set)
        self._sure: set[tuple[type, Any, str]] = set()
        for number, node in heard.items():
            if node.obj.__class__ is ir.Var and number in ranges:
                self._names[node.handle].update(text[a:b] for a, b in ranges[number])

    def wrong(self, words: list[str], leaves: Sequence[Occurrence]) -> set[int]:
        """Return which of some leaves of one class are not written as they must be, by number.

        The first one is: its mark is known.
        """
        is_variable = leaves[0].obj.__class__ is ir.Var
        means = [leaf.handle if is_variable else leaf.obj.value for leaf in leaves]
        pairs = [*zip(repeat(leaves[0].obj.__class__), means, words)]
        self._sure.add(pairs[0])
        if self._sure.issuperset(pairs):
            return set()
        for pair, leaf in dict(zip(pairs, leaves, strict=True)).items():
            if pair not in self._sure and self._says(pair[-1], leaf):
                self._sure.add(pair)
        return {i for i, pair in enumerate(pairs) if pair not in self._sure}

    def _says(self, word: str, leaf: Occurrence) -> bool:
        names = self._names[leaf.handle] if leaf.obj.__class__ is ir.Var else set()
        right = word in names if names else says(word, leaf)
        if right:
            names.add(word)
        return right
