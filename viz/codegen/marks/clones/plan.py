"""Leave clones of statements out of an emission's marking, and give them marks afterwards.

This is the one entrance to the clones: a plan says which statements are left out, elides them from
the texts that are compared, and at last copies the marks of the statements they are clones of.
Without clones all marks are the same, but they take several times as long to find.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from tvm import tirx

from viz.codegen.marks.clones.elide import ElidedText
from viz.codegen.marks.clones.groups import (
    clone_groups,
    nodes_to_instrument,
    variables_of,
    with_other_buffers,
)
from viz.codegen.marks.clones.placement import Placement
from viz.codegen.marks.clones.runs import Runs, elide, runs, with_temporaries_of
from viz.codegen.marks.instrument import Omitted
from viz.codegen.marks.variables import VariableWords
from viz.ir.walker import Nodes, Occurrence
from viz.marking.align import Placed


class Elided(NamedTuple):
    """A marked text and the unmarked one, both without clones.

    Attributes
    ----------
    marked
        The marked text.
    text
        The unmarked text.
    clones
        Where the clones stand in the whole unmarked text.
    """

    marked: str
    text: ElidedText
    clones: Placed


class AllMarks(NamedTuple):
    """The marks of an emission, those of clones among them.

    Attributes
    ----------
    placed
        All marks, in the order in which they open.
    enclosing
        The marked nodes that stand in for others inside them.
    unlike
        The clones that are written otherwise than their representatives.
    """

    placed: Iterator[tuple[int, int, int]]
    enclosing: set[int]
    unlike: set[int]


class ClonePlan:
    """The clones of an emission.

    Parameters
    ----------
    functions
        The nodes of each function by its name, in pre-order.
    excluded
        Statements that shall not be clones.

    Attributes
    ----------
    nodes
        The nodes of each function that are not inside clones.
    omitted
        The statements of each function that are not marked.
    """

    def __init__(
        self, functions: Mapping[str, list[Occurrence]], excluded: Collection[int] = ()
    ) -> None:
        self._functions = functions
        self._groups = {name: clone_groups(nodes, excluded) for name, nodes in functions.items()}
        self._runs: Runs = {}
        self.nodes: dict[str, Nodes] = {}
        self.omitted: dict[str, Omitted] = {}
        for name, nodes in functions.items():
            groups = self._groups[name]
            of_function = runs(nodes, groups)
            self._runs |= of_function
            self.nodes[name] = nodes_to_instrument(nodes, groups)
            ids = frozenset(clone for run in of_function.values() for clone, _ in run)
            binds = (n for n in ids if nodes[n - nodes[0].id].obj.__class__ is tirx.Bind)
            self.omitted[name] = Omitted(
                ids,
                frozenset(of_function),
                {run[-1][0]: first for first, run in of_function.items()},
                frozenset((*binds, *with_other_buffers(nodes, groups))),
            )

    def __bool__(self) -> bool:
        """Whether there are any clones."""
        return bool(self._runs)

    def __contains__(self, number: int) -> bool:
        """Whether a mark is that of a run of clones."""
        return number in self._runs

    def elide(self, marked: str, prefix: str, text: str, *, only_needed: bool = False) -> Elided:
        """Elide the clones from a marked text and from the unmarked one.

        Parameters
        ----------
        only_needed
            Whether only those clones have been written in the marked text that others need.
        """
        found = elide(marked, prefix, text, self._runs, only_needed=only_needed)
        elided = ElidedText(text, found.cuts)
        if only_needed:
            marked = with_temporaries_of(elided.text, found.marked)
        else:
            marked = found.marked
        return Elided(marked, elided, found.clones)

    def variables(self) -> list[set[int]] | None:
        """Return the variables in the clones of each function.

        None where one of them stands in clones alone that no others need.
        """
        found: list[set[int]] = []
        for name, groups in self._groups.items():
            variables = variables_of(self._functions[name], groups)
            written = {each.handle for each in self.nodes[name].values()}
            needed = self.omitted[name].needed
            for group in groups:
                for number, leaves in zip(group.ids, group.leaves, strict=True):
                    if number in needed:
                        written.update(leaves)
            if not variables <= written:
                return None
            found.append(variables)
        return found

    def unneeded(self, text: ElidedText, placed: Placed) -> tuple[ElidedText, frozenset[int]]:
        """Return a text without the clones that no others need, and these clones.

        Parameters
        ----------
        text, placed
            The text without clones, and its marks, those of the clones among them.
        """
        numbers = frozenset().union(*(each.ids - each.needed for each in self.omitted.values()))
        clones = text.outward([each for each in placed if each[2] in numbers]).tolist()
        shorter = ElidedText(text.whole, [(start, end) for start, end, _ in clones])
        return shorter, frozenset(number for _, _, number in clones)

    def place(
        self, text: ElidedText, placed: Placed, enclosing: set[int], words: VariableWords
    ) -> AllMarks:
        """Return the marks of the whole text.

        Parameters
        ----------
        text, placed
            The text without clones, and its marks; among them are those of the clones themselves,
            each around the character that stands for one.
        enclosing
            The marked nodes that stand in for others inside them.
        words
            The words of the whole text that are variables.
        """
        placement = Placement(text.whole, text.outward(placed), enclosing, words)
        for name, nodes in self._functions.items():
            placement.add(self.nodes[name], nodes, self._groups[name])
        return AllMarks(placement.placed(), placement.enclosing, placement.unlike)
