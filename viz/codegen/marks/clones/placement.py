"""Copy the marks of a statement, the representative, to its clones.

Where the text of a clone has the representative's tokens, but for the names and numbers of its own
leaves, and each of these is what its leaf must be, its nodes wrote what the representative's wrote.
There can be hundreds of clones to one representative, so they are compared with it all at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from tvm import ir, tirx

from viz.codegen.marks.clones.groups import CloneGroup
from viz.codegen.marks.clones.token_compare import TokenComparison
from viz.codegen.marks.leaf_tokens import has_value
from viz.codegen.marks.variables import NO_WORD, VariableWords, spellings
from viz.ir.walker import LEAVES, Nodes, Occurrence
from viz.marking.align import Placed, Ranges
from viz.marking.brackets import STRING

LITERAL = re.compile(STRING)


class Placement:
    """Copies the marks of representatives to their clones.

    Parameters
    ----------
    text, placed
        An emission, and its marks but for those inside clones, a row each.
    enclosing
        The marked nodes of it that stand in for others inside them.
    variables
        The words of the text that are variables.

    Attributes
    ----------
    unlike
        The clones that are written otherwise than their representatives.
    """

    def __init__(
        self, text: str, placed: Any, enclosing: set[int], variables: VariableWords
    ) -> None:
        self.text = text
        self._variables = variables
        self.unlike: set[int] = set()
        self.enclosing = set(enclosing)
        self._placed = [placed]
        self._ranges: Ranges = defaultdict(list)
        for start, end, number in placed.tolist():
            self._ranges[number].append((start, end))

    def placed(self) -> Iterator[tuple[int, int, int]]:
        """Yield all marks, in the order in which they open."""
        starts, ends, numbers = np.concatenate(self._placed).T
        length = len(self.text) + 1
        order = np.lexsort((numbers, starts * length + (length - ends)))
        return zip(*(each[order].tolist() for each in (starts, ends, numbers)), strict=True)

    def add(self, outside: Nodes, nodes: list[Occurrence], groups: Iterable[CloneGroup]) -> None:
        """Mark the clones of a function.

        Parameters
        ----------
        outside
            Its nodes but for those inside clones.
        nodes
            All its nodes.
        groups
            Its groups of clones.
        """
        tokens = TokenComparison(self.text)
        leaves = _LeafTokens(self.text, outside, self._ranges, self._variables)
        for group in groups:
            placed = self._add_group(group, nodes, tokens, leaves)
            self.unlike.update(set(group.clones).difference(placed))

    def _add_group(
        self,
        group: CloneGroup,
        nodes: list[Occurrence],
        tokens: TokenComparison,
        leaves: _LeafTokens,
    ) -> Collection[int]:
        """Mark the clones of a group that match their representative, and return these."""
        representative = group.ids[0]
        own = range(representative, representative + group.size)
        ranges = self._ranges[representative]
        inside = [(a, b, n - representative) for n in own[1:] for a, b in self._ranges[n]]
        written = [i for i, n in enumerate(group.ids) if len(self._ranges[n]) == len(ranges)]
        if not ranges and not inside:
            return [group.ids[i] for i in written]  # none of them wrote anything
        if len(ranges) != 1 or any(a < ranges[0][0] or b > ranges[0][1] for a, b, _ in inside):
            return ()
        first = nodes[0].id
        originals = nodes[representative - first : own.stop - first]
        loose = [(a, b) for a, b, at in inside if originals[at].obj.__class__ in LEAVES]
        if originals[0].obj.__class__ is tirx.AssertStmt:
            # No node but the statement has a mark in its message.
            loose += [each.span() for each in LITERAL.finditer(self.text, *ranges[0])]
        marks = np.array(inside, dtype=np.intp).reshape(-1, 3)
        places = [self._ranges[group.ids[i]][0] for i in written]
        rows, edges = tokens.matches(places, marks[:, :2], loose)
        if not rows.size:
            return ()
        chosen = [written[row] for row in rows.tolist()]
        wrong = _with_wrong_leaves(group, chosen, inside, edges, originals, leaves)
        right = [i for i in range(1, len(chosen)) if i not in wrong]
        matching = [group.ids[chosen[i]] for i in right]
        numbers = np.array(matching, dtype=np.intp)[:, None] + marks[:, 2]
        copied = np.concatenate((edges[right], numbers[:, :, None]), axis=2)
        self._placed.append(copied.reshape(-1, 3))
        enclosing = [n - representative for n in own if n in self.enclosing]
        self.enclosing.update(clone + at for clone in matching for at in enclosing)
        return matching


def _with_wrong_leaves(
    group: CloneGroup,
    chosen: list[int],
    inside: Placed,
    edges: Any,
    originals: list[Occurrence],
    tokens: _LeafTokens,
) -> set[int]:
    """Return which of some statements of a group are written with other leaves than their own.

    Parameters
    ----------
    chosen
        These statements, by their numbers in the group; the representative is the first.
    inside
        The marks in the representative, with the number of the node in the statement.
    edges
        Where they begin and end in each statement.
    originals
        The nodes of the representative.
    """
    leaves = [at for at, each in enumerate(originals) if each.obj.__class__ in LEAVES]
    meanings = dict(zip(leaves, zip(*(group.leaves[i] for i in chosen), strict=True), strict=True))
    marked = [i for i, (_, _, at) in enumerate(inside) if at in meanings]
    spans = edges.swapaxes(0, 1)[marked].tolist()
    wrong: set[int] = set()
    for i, places in zip(marked, spans, strict=True):
        at = inside[i][2]
        wrong |= tokens.wrong(originals[at].obj.__class__, places, meanings[at])
    return wrong


class _LeafTokens:
    """The tokens that leaves of a function are written as.

    Parameters
    ----------
    text, outside, ranges, variables
        A text, the function's nodes but for those inside clones, the marks of these, and the words
        of the text that are variables.
    """

    def __init__(self, text: str, outside: Nodes, ranges: Ranges, variables: VariableWords) -> None:
        self._text = text
        self._variables = variables
        self._spellings = spellings(text, outside, ranges, variables)
        self._equal: defaultdict[type, set[tuple[Any, str]]] = defaultdict(set)

    def wrong(self, cls: type, places: list[tuple[int, int]], meanings: Sequence[Any]) -> set[int]:
        """Return the numbers of the leaves of a class that are not written as they must be.

        The first one is written right: its mark is known.

        Parameters
        ----------
        places, meanings
            Where each is written, and what it means
            (:class:`viz.codegen.marks.clones.groups.CloneGroup`).
        """
        text = self._text
        pairs = [*zip(meanings, [text[start:end] for start, end in places], strict=True)]
        if cls is ir.Var:
            return self._wrong_variables(places, pairs)
        equal = self._equal[cls]
        equal.add(pairs[0])
        if equal.issuperset(pairs):
            return set()
        equal |= {pair for pair in {*pairs} if has_value(cls, *pair)}
        return {i for i, pair in enumerate(pairs) if pair not in equal}

    def _wrong_variables(
        self, places: list[tuple[int, int]], pairs: list[tuple[int, str]]
    ) -> set[int]:
        """Return the numbers of the pairs of a variable and a word that is not the variable's."""
        words, data, names = self._variables.words, self._variables.data, self._variables.names
        own = self._equal[ir.Var]
        own |= {
            (variable, word)
            for variable, word in {*pairs} - own
            if names.get(data.get(variable, variable)) == word or word in self._spellings[variable]
        }
        if own.issuperset(pairs) and words.keys().isdisjoint(start for start, _ in places):
            return set()
        return {
            i
            for i, ((start, _), (variable, word)) in enumerate(zip(places, pairs, strict=True))
            if words.get(start, NO_WORD)[1] != data.get(variable, variable)
            and (start in words or (variable, word) not in own)
            and word not in self._spellings[variable]
        }
