"""Lays the marks of a statement, the model, over the text of those that are alike.

Where a copy's text has the model's words, but for the names and numbers of its own leaves, each of
which says what it must, its nodes wrote what the model's wrote. There can be hundreds of
copies and few models, so the copies of one are compared with it all at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from tvm import ir, tirx

from viz.codegen.marks.align import STRING, Placed, Ranges
from viz.codegen.marks.clones.groups import Family
from viz.codegen.marks.clones.token_compare import Wording
from viz.codegen.marks.leaf_tokens import has_value
from viz.codegen.marks.variables import NO_WORD, VariableWords, spellings
from viz.ir.walker import LEAVES, Nodes, Occurrence

LITERAL = re.compile(STRING)


class Laying:
    """Lays the marks of models over their copies.

    Parameters
    ----------
    text, placed
        An emission, and its marks but for those inside copies, a row each.
    covering
        The marked nodes of it that stand in for others.
    variables
        The words of the text that are variables.

    Attributes
    ----------
    unlike
        The copies that say something else than their models.
    """

    def __init__(
        self, text: str, placed: Any, covering: set[int], variables: VariableWords
    ) -> None:
        self.text = text
        self._variables = variables
        self.unlike: set[int] = set()
        self.covering = set(covering)
        self._found = [placed]
        self._ranges: Ranges = defaultdict(list)
        for start, end, number in placed.tolist():
            self._ranges[number].append((start, end))

    def placed(self) -> Iterator[tuple[int, int, int]]:
        """Yield all marks, in the order in which they open."""
        starts, ends, numbers = np.concatenate(self._found).T
        length = len(self.text) + 1
        order = np.lexsort((numbers, starts * length + (length - ends)))
        return zip(*(each[order].tolist() for each in (starts, ends, numbers)), strict=True)

    def lay(self, heard: Nodes, nodes: list[Occurrence], found: Iterable[Family]) -> None:
        """Mark the copies of a function.

        Parameters
        ----------
        heard
            Its nodes but for those inside copies.
        nodes
            All its nodes.
        found
            Its statements that are alike.
        """
        wording, spelled = (
            Wording(self.text),
            _Spelled(self.text, heard, self._ranges, self._variables),
        )
        for family in found:
            alike = self._laid(family, nodes, wording, spelled)
            self.unlike.update(set(family.copies).difference(alike))

    def _laid(
        self, family: Family, nodes: list[Occurrence], wording: Wording, spelled: _Spelled
    ) -> Collection[int]:
        """Lay the marks of a model over its copies that say what it says, and return these."""
        model = family.ids[0]
        own = range(model, model + family.size)
        ranges = self._ranges[model]
        inside = [(a, b, n - model) for n in own[1:] for a, b in self._ranges[n]]
        written = [i for i, n in enumerate(family.ids) if len(self._ranges[n]) == len(ranges)]
        if not ranges and not inside:
            return [family.ids[i] for i in written]  # none of them wrote anything
        if len(ranges) != 1 or any(a < ranges[0][0] or b > ranges[0][1] for a, b, _ in inside):
            return ()
        first = nodes[0].id
        classes = [each.obj.__class__ for each in nodes[model - first : own.stop - first]]
        loose = [(a, b) for a, b, at in inside if classes[at] in LEAVES]
        if classes[0] is tirx.AssertStmt:
            # No node but the statement has a mark in its message.
            loose += [each.span() for each in LITERAL.finditer(self.text, *ranges[0])]
        marks = np.array(inside, dtype=np.intp).reshape(-1, 3)
        places = [self._ranges[family.ids[i]][0] for i in written]
        rows, edges = wording.alike(places, marks[:, :2], loose)
        if not rows.size:
            return ()
        chosen = [written[row] for row in rows.tolist()]
        wrong = self._wrong(family, chosen, inside, edges, nodes, spelled)
        right = [i for i in range(1, len(chosen)) if i not in wrong]
        alike = [family.ids[chosen[i]] for i in right]
        numbers = np.array(alike, dtype=np.intp)[:, None] + marks[:, 2]
        found = np.concatenate((edges[right], numbers[:, :, None]), axis=2)
        self._found.append(found.reshape(-1, 3))
        covering = [n - model for n in own if n in self.covering]
        self.covering.update(each + at for each in alike for at in covering)
        return alike

    def _wrong(
        self,
        family: Family,
        chosen: list[int],
        inside: Placed,
        edges: Any,
        nodes: list[Occurrence],
        spelled: _Spelled,
    ) -> set[int]:
        """Return which of some statements, the model first, say something else in their leaves.

        Parameters
        ----------
        chosen
            These statements, by their numbers in the family.
        inside
            The marks in the model, with the number of the node in the statement.
        edges
            Where they begin and end in each statement.
        """
        start = family.ids[0] - nodes[0].id
        own = nodes[start : start + family.size]
        leaves = [at for at, each in enumerate(own) if each.obj.__class__ in LEAVES]
        means = zip(*(family.leaves[i] for i in chosen), strict=True)
        meant = dict(zip(leaves, means, strict=True))
        marked = [i for i, (_, _, at) in enumerate(inside) if at in meant]
        spans = edges.swapaxes(0, 1)[marked].tolist()
        wrong: set[int] = set()
        for i, places in zip(marked, spans, strict=True):
            at = inside[i][2]
            wrong |= spelled.wrong(own[at].obj.__class__, places, meant[at])
        return wrong


class _Spelled:
    """How the leaves of a function are written.

    Parameters
    ----------
    text, heard, ranges, variables
        A text, the function's nodes but for those inside copies, the marks of these, and the words
        of the text that are variables.
    """

    def __init__(self, text: str, heard: Nodes, ranges: Ranges, variables: VariableWords) -> None:
        self._text = text
        self._variables = variables
        self._spellings = spellings(text, heard, ranges, variables)
        self._equal: defaultdict[type, set[tuple[Any, str]]] = defaultdict(set)

    def wrong(self, cls: type, places: list[tuple[int, int]], means: Sequence[Any]) -> set[int]:
        """Return which of some leaves of a class are not written as they must be, by number.

        The first one is: its mark is known.

        Parameters
        ----------
        places, means
            Where each is written, and what it means
            (:class:`viz.codegen.marks.clones.groups.Family`).
        """
        if cls is ir.Var:
            words, data = self._variables.words, self._variables.data
            return {
                i
                for i, ((start, end), variable) in enumerate(zip(places, means, strict=True))
                if words.get(start, NO_WORD)[1] != data.get(variable, variable)
                and self._text[start:end] not in self._spellings[variable]
            }
        pairs = [*zip(means, (self._text[start:end] for start, end in places), strict=True)]
        equal = self._equal[cls]
        equal.add(pairs[0])
        if equal.issuperset(pairs):
            return set()
        equal |= {pair for pair in {*pairs} if has_value(cls, *pair)}
        return {i for i, pair in enumerate(pairs) if pair not in equal}
