"""Find the tokens of nodes that cannot bear a mark themselves.

A variable where it is defined, the buffer of a load, a constant that the codegen looks at: none of
them may be put into a call. But the words of variables are known
(:mod:`viz.codegen.marks.variables`), as are the values of constants, and which characters no other
node wrote. Where variable or value and number agree, the characters are theirs; else they stay with
the node around them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from tvm import ir, tirx

from viz.codegen.marks.declarations import declared
from viz.codegen.marks.temporaries import innermost, put_in, temporaries
from viz.codegen.marks.temporary_values import TEMPORARY
from viz.codegen.marks.variables import VariableWords, spellings
from viz.ir.labels import is_a, operator, type_key
from viz.ir.walker import Nodes, Occurrence
from viz.marking.align import Placed, Ranges, nested
from viz.marking.brackets import STRING
from viz.model import catalog

NUMBER = (
    r"(?:0x[0-9a-fA-F.]+p[+-]?\d+[fF]?|0x[0-9a-fA-F]+\w*|\d[\d.]*(?:e[+-]?\d+)?\w*)(?:/\*[^*]*\*/)?"
)
"""A literal, with the comment in which the CUDA codegen says the same once more."""
WORD = re.compile(
    rf'[^\w"/]*+(?:(?P<word>__float2\w+\({NUMBER}\)|[^\W\d]\w*|{NUMBER})'
    rf"|{STRING}|//[^\n]*|/\*.*?\*/)"
)
"""A word, or text that has none, with all before it that begins neither."""
INTEGER = re.compile(r"(0x[0-9a-fA-F]+|\d+)(?:[uU]?[lL]{0,2}|i)")
FLOAT = re.compile(
    r"(?:__float2\w+\()?(?P<digits>0x[0-9a-f.]+p[+-]?\d+|\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)"
    r"[fFhH]?(?:/\*.*\*/)?\)?"
)
CODEGEN = catalog.codegen_calls()
UNWRITTEN_ARGUMENTS = {
    (name, f"args[{i}]")
    for name, arguments in CODEGEN.unwritten_arguments.items()
    for i in arguments
}
ADDED = " + "
UNWRITTEN = {field for _, field in CODEGEN.fields.not_written | UNWRITTEN_ARGUMENTS}

Unmarked = dict[tuple[int, Any], list[Occurrence]]
"""Leaves by the id of the node around them and their variable or value."""


def complete(
    text: str, functions: Mapping[str, Nodes], placed: Placed, variables: VariableWords
) -> tuple[Placed, set[int]]:
    """Return the marks together with those of functions, defined variables, buffers, constants.

    Of some leaves it cannot be told which words are theirs: the nodes that such words belong to are
    returned too.

    Parameters
    ----------
    functions
        The nodes of each function of the emission, by its name; the first is the PrimFunc.
    variables
        The words of the text that are variables.
    """
    ranges: Ranges = defaultdict(list)
    for start, end, number in placed:
        ranges[number].append((start, end))
    found = list(placed)
    for name, nodes in functions.items():
        for start, end, number in declared(text, name, nodes, ranges, variables):
            ranges[number].append((start, end))
            found.append((start, end, number))
        found += _values(text, nodes, ranges)
    found = nested(found)
    inside = innermost(text, found)
    statements, ambiguous, emitted_early = temporaries(text, found, inside)
    for start, end, number in statements:
        ranges[number].append((start, end))
    put_in(statements, found, inside)
    wanted = [(nodes, _unmarked(nodes, ranges)) for nodes in functions.values()]
    holders = {holder for _, leaves in wanted for holder, _ in leaves}
    words = _own_words(text, found, inside, holders, variables)
    for nodes, leaves in wanted:
        names = spellings(text, nodes, ranges, variables)
        offsets = _Offsets(nodes, ranges, words, variables)
        found += _leaves(nodes, leaves, words, variables, names, offsets, emitted_early, ambiguous)
    return nested(found), ambiguous


def _values(text: str, nodes: Nodes, ranges: Ranges) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of what an Evaluate evaluates: its own part is the semicolon."""
    for each in nodes.values():
        if each.field != "value" or each.id in ranges or each.parent not in nodes:
            continue
        if nodes[each.parent].obj.__class__ is not tirx.Evaluate:
            continue
        for start, end in ranges.get(each.parent, ()):
            if text[end - 1] == ";" and end - 1 > start:
                ranges[each.id].append((start, end - 1))
                yield start, end - 1, each.id


class _Word(NamedTuple):
    """A word; whether it may be the number of a vector's lane (a factor), and is an index.

    ``mark`` is the number of the mark that it stands in; a node can have several. ``variable`` is
    the handle of the variable that it is, or 0. ``base_end`` is where that ends which it is added
    to, as to the pointer in ``(A + 0)``; -1 where it is not. ``minus`` says that a sign is before.
    """

    start: int
    end: int
    text: str
    lane: bool
    is_index: bool
    mark: int
    variable: int
    base_end: int
    minus: bool


def _own_words(
    text: str, marks: Placed, inside: Any, holders: set[int], variables: VariableWords
) -> dict[int, list[_Word]]:
    """Return the words that each holder wrote and none of the nodes below it."""
    holding = np.array([number in holders for _, _, number in marks] + [False])
    spans = [match.span("word") for match in WORD.finditer(text) if match.lastgroup]
    words: dict[int, list[_Word]] = defaultdict(list)
    if not spans:
        return words
    around = inside[[start for start, _ in spans]]
    held = np.flatnonzero(holding[around]).tolist()
    for i, mark in zip(held, around[held].tolist(), strict=True):
        start, end = spans[i]
        _, last, number = marks[mark]
        if end <= last:
            before = text[start - 1 : start]
            words[number].append(
                _Word(
                    start,
                    end,
                    text[start:end],
                    before == "*",
                    before == "[",
                    mark,
                    variables.at(start),
                    start - len(ADDED) if text.endswith(ADDED, 0, start) else -1,
                    before == "-",
                )
            )
    return words


def _unmarked(nodes: Nodes, ranges: Ranges) -> Unmarked:
    """Return the leaves without a mark, by the marked node around them and what they say."""
    wanted: Unmarked = defaultdict(list)
    for each in nodes.values():
        if each.obj.__class__ not in LEAVES or each.id in ranges:
            continue
        above = each.parent
        if each.field in UNWRITTEN and _is_unwritten(nodes[above].obj, each.field):
            continue
        while above in nodes and above not in ranges and not _is_silent(nodes[above]):
            above = nodes[above].parent
        if above in ranges:
            wanted[above, _identity(each)].append(each)
    return wanted


def _is_unwritten(node: Any, field: str) -> bool:
    """Whether a codegen reads a field of a node rather than writes it."""
    return (type_key(node), field) in CODEGEN.fields.not_written or (
        operator(node),
        field,
    ) in UNWRITTEN_ARGUMENTS


def _leaves(
    nodes: Nodes,
    wanted: Unmarked,
    words: dict[int, list[_Word]],
    variables: VariableWords,
    names: dict[int, set[str]],
    offsets: _Offsets,
    emitted_early: Container[int],
    ambiguous: set[int],
) -> Placed:
    """Give the words of a node to the unmarked leaves below it; note where that is ambiguous."""
    found: Placed = []
    taken: set[int] = set()
    for (holder, _), leaves in wanted.items():
        leaf = leaves[0]
        is_variable = leaf.obj.__class__ is ir.Var
        free = [word for word in words.get(holder, ()) if word.start not in taken]
        if is_variable:
            variable = variables.written_as(leaf.handle)
            candidates = [word for word in free if word.variable == variable]
            # A thread's index has no name of its own, but it may be given one.
            if not candidates and leaf.handle in names:
                candidates = [word for word in free if word.text in names[leaf.handle]]
            elif not candidates and leaf.field == "var" and free and free[0].text == "let":
                # WGSL: ``let v__1 : …``, where nothing uses the index.
                candidates = [word for word in free[1:2] if TEMPORARY.fullmatch(word.text)]
        else:
            value = leaf.obj.value
            matches = _CONSTANTS[leaf.obj.__class__](value)
            candidates = [w for w in free if matches(w.text) and not (w.minus and value >= 0)]
        if type_key(nodes[holder].obj) == "prim.Ramp":
            candidates = [word for word in candidates if not word.lane]
        if not candidates:
            continue
        if not is_variable and (added := offsets.pairs(holder, leaves, candidates)):
            for word, each in added:
                taken.add(word.start)
                found.append((word.start, word.end, each.id))
            continue
        if len(candidates) > len(leaves) and not is_variable:
            candidates = [word for word in candidates if word.is_index] or candidates
        repeats = is_variable or type_key(nodes[holder].obj) in CODEGEN.types.repeating
        if len(leaves) == 1 and (repeats or all(word.is_index for word in candidates)):
            pairs = [(word, leaf) for word in candidates]
        elif (
            holder in emitted_early and len(candidates) > 1
        ):  # which is whose is not told by their order
            ambiguous.add(holder)
            continue
        elif {*(marks_of := Counter(word.mark for word in candidates)).values()} == {len(leaves)}:
            pairs = list(zip(candidates, leaves * len(marks_of), strict=True))
        elif is_variable:  # it is the same variable wherever it stands
            pairs = [(word, leaf) for word in candidates]
        else:
            ambiguous.add(holder)
            continue
        for word, each in pairs:
            taken.add(word.start)
            found.append((word.start, word.end, each.id))
    return found


class _Offsets:
    """Finds the numbers that are added to a pointer, which is the argument before them.

    Calls that a codegen writes as assembly name each pointer several times, and lanes by numbers.
    """

    def __init__(
        self,
        nodes: Nodes,
        ranges: Ranges,
        words: dict[int, list[_Word]],
        variables: VariableWords,
    ) -> None:
        self._nodes = nodes
        self._ranges = ranges
        self._words = words
        self._variables = variables

    def pairs(
        self, holder: int, leaves: list[Occurrence], candidates: list[_Word]
    ) -> list[tuple[_Word, Occurrence]]:
        """Return the words of leaves below a node; none where not all of them are offsets."""
        pairs: list[tuple[_Word, Occurrence]] = []
        for leaf in leaves:
            ends = self._ends(holder, leaf)
            added = [(word, leaf) for word in candidates if word.base_end in ends]
            if not added:
                return []
            pairs += added
        return pairs if len({word.start for word, _ in pairs}) == len(pairs) else []

    def _ends(self, holder: int, leaf: Occurrence) -> set[int]:
        """Return where the argument before a leaf ends in the text."""
        pointer = self._before(leaf)
        if pointer is None:
            return set()
        ends = {end for _, end in self._ranges.get(pointer.id, ())}
        if operator(pointer.obj) in CODEGEN.operators.memory:
            below = filter(None, map(self._nodes.get, range(pointer.id + 1, leaf.id)))
            # It is written by the name of its argument.
            pointer = next((each for each in below if each.field == "args[0]"), pointer)
        if pointer.obj.__class__ is ir.Var:
            handle = self._variables.written_as(pointer.handle)
            ends |= {word.end for word in self._words[holder] if word.variable == handle}
        return ends

    def _before(self, leaf: Occurrence) -> Occurrence | None:
        """Return the argument before a leaf that is one itself, None for the first."""
        if not leaf.field.startswith("args["):
            return None
        before = self._nodes.get(leaf.id - 1)  # the last node of that argument, in pre-order
        while before is not None and before.parent != leaf.parent:
            before = self._nodes.get(before.parent)
        return before


def _is_silent(node: Occurrence) -> bool:
    """Whether a statement without a mark wrote nothing, its leaves neither."""
    return is_a(node.obj.__class__, tirx.Stmt) and type_key(node.obj) not in (
        "tirx.SeqStmt",
        "s_tir.SBlock",
    )


def _identity(leaf: Occurrence) -> Any:
    cls = leaf.obj.__class__
    return leaf.handle if cls is ir.Var else (cls, leaf.obj.value)


Matches = Callable[[str], bool]
"""Whether a word is a constant's value."""


def _integer(value: int) -> Matches:
    value = abs(value)
    text = str(value)

    def matches(word: str) -> bool:
        if word == text:
            return True
        match = INTEGER.fullmatch(word)
        return match is not None and int(match[1], 0 if "x" in match[1] else 10) == value

    return matches


def _float(value: float) -> Matches:
    rounded = f"{abs(value):.5e}"  # TVM writes seven digits

    def matches(word: str) -> bool:
        match = FLOAT.fullmatch(word)
        if match is None:
            return False
        digits = match["digits"]
        return f"{float.fromhex(digits) if 'x' in digits else float(digits):.5e}" == rounded

    return matches


_CONSTANTS: dict[type, Callable[[Any], Matches]] = {tirx.IntImm: _integer, tirx.FloatImm: _float}
LEAVES = frozenset((ir.Var, *_CONSTANTS))
"""Nodes that are given words."""


def has_value(cls: type, value: Any, word: str) -> bool:
    """Whether a word of a text may be the value of a constant of a class."""
    return cls in _CONSTANTS and _CONSTANTS[cls](value)(word)
