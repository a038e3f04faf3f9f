"""Find which node wrote which characters of an emission, for every C-like codegen.

A codegen is a function from a module to a text. So mark the module's nodes, let the same codegen
write, and align the marked text with the unmarked one (:mod:`viz.marking.align`). A statement
is put between two string statements, an expression into a call of an unknown function. Where the
two texts differ, the marks around the difference are taken out and it is tried again: what remains
is verified, and characters without a mark of their own belong to the statement around them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache, cached_property
from itertools import chain, starmap
from typing import Any, NamedTuple

import tvm
from tvm import ir, tirx

from viz.codegen.marks.attempts import Aligned, Attempts, Functions, Write, written
from viz.codegen.marks.clones.elide import ElidedText
from viz.codegen.marks.clones.plan import ClonePlan
from viz.codegen.marks.instrument import FunctionNodes, field_of
from viz.codegen.marks.leaf_tokens import complete
from viz.codegen.marks.reprints.ir import ExpressionKind, Reprinter, kind_of
from viz.codegen.marks.reprints.place import PlacedReprints, Surroundings, place
from viz.codegen.marks.variables import VariableWords, variable_words
from viz.errors import TVM_ERRORS
from viz.ir.labels import is_a, operator, type_key
from viz.ir.walker import LEAVES, Nodes, Occurrence
from viz.marking.align import Placed, unused
from viz.model import Mark, Verified, catalog


class Marking(NamedTuple):
    """The marks of one emission, and how far they verified."""

    marks: tuple[Mark, ...]
    verified: Verified
    covering: tuple[int, ...] = ()


def mark(
    mod: tvm.IRModule,
    text: str,
    occurrences: dict[str, list[Occurrence]],
    write: Write,
    *,
    narrow: bool = False,
) -> Marking:
    """Return the marks of ``text``, which ``write(mod)`` gave.

    Parameters
    ----------
    mod
        What the codegen was given.
    occurrences
        The nodes of each of its functions, by name, in pre-order with the ids of the final Tree.
    narrow
        Whether the codegen has no 64-bit integers, and writes those that it gets as narrower ones.
    """
    prefix = unused(text)
    known = _Variables(mod, text, write, prefix)
    functions = {
        str(variable.name_hint): (variable, function)
        for variable, function in mod.functions.items()
        if isinstance(function, tirx.PrimFunc)
    }
    excluded: set[int] = set()
    while True:
        plan = ClonePlan({name: occurrences[name] for name in functions}, excluded)
        to_mark: Functions = {
            variable: (function, FunctionNodes(plan.nodes[name], plan.omitted[name]))
            for name, (variable, function) in functions.items()
        }
        aligned = _aligned(Attempts(mod, to_mark, text, write, prefix, plan, narrow=narrow), plan)
        if aligned is None:
            excluded.update(each.id for name in functions for each in occurrences[name])
            continue
        elided, placed, verified, elsewhere = aligned
        words = known.words(to_mark, plan, elided, placed) if placed else None
        if words is None:
            words = VariableWords({})
            verified = "partly" if verified == "expressions" and placed else verified
        elsewhere = _with_all_below(plan.nodes, elsewhere)
        if verified in ("expressions", "partly"):
            having = {number for _, _, number in placed} | elsewhere
            more = _Reprinting(mod, to_mark, having, write, prefix).placed(elided.text, placed)
            placed += more.placed
            elsewhere |= _with_all_below(plan.nodes, more.elsewhere)
        enclosing: set[int] = set()
        nodes = {name: _without(each, elsewhere) for name, each in plan.nodes.items()}
        if placed or verified == "expressions":  # a function may write nothing but its head
            placed, enclosing = complete(elided.text, nodes, placed, elided.words(words))
        enclosing |= _enclosing(nodes, {number for _, _, number in placed})
        whole = plan.place(elided, placed, enclosing, words)
        if not whole.unlike:
            marks = tuple(starmap(Mark, whole.placed))
            return Marking(marks, verified, tuple(sorted(whole.enclosing)))
        excluded |= whole.unlike


def _aligned(attempts: Attempts, plan: ClonePlan) -> Aligned | None:
    """Return the marks of statements and expressions; None where clones are in the way."""
    found = attempts.whole()
    if found is None and attempts.find_equals():
        if plan:
            return None  # equal operands can be inside clones
        found = attempts.whole()
    return found or attempts.most()


def _with_all_below(functions: Mapping[str, Nodes], some: Collection[int]) -> set[int]:
    """Return some nodes and all that stand below them."""
    found = set(some)
    if found:
        for nodes in functions.values():
            found.update(number for number, node in nodes.items() if node.parent in found)
    return found


def _without(nodes: Nodes, left_out: set[int]) -> Nodes:
    """Return the nodes that are not among some."""
    if not left_out:
        return nodes
    return {number: node for number, node in nodes.items() if number not in left_out}


class _Variables:
    """Finds the words that are variables: without clones first, then in the whole text."""

    def __init__(self, mod: tvm.IRModule, text: str, write: Write, prefix: str) -> None:
        self._mod = mod
        self._text = text
        self._write = write
        self._prefix = prefix
        self._is_first = True

    def words(
        self, functions: Functions, plan: ClonePlan, text: ElidedText, placed: Placed
    ) -> VariableWords | None:
        """Return the words of the text; of variables in clones maybe their names alone.

        None where the codegen writes something else if the variables are called otherwise.

        Parameters
        ----------
        text, placed
            The text without clones, and the marks of statements and expressions in it.
        """
        words = None
        if self._is_first and plan:
            words = self._without_clones(functions, plan, text, placed)
        # The second time a clone was not written as its representative.
        self._is_first = False
        return words or self._whole

    @cached_property
    def _whole(self) -> VariableWords | None:
        found = self._found(self._text, {}, ())
        return found and found._replace(names={})  # all words are known by their places

    def _without_clones(
        self, functions: Functions, plan: ClonePlan, text: ElidedText, placed: Placed
    ) -> VariableWords | None:
        """Return the words outside clones, if they tell the names of the variables inside."""
        variables = plan.variables()
        if variables is None:
            return None
        nodes = {variable: nodes for variable, (_, nodes) in functions.items()}
        shorter, omitted = plan.unneeded(text, placed)
        found = self._found(shorter.text, nodes, omitted)
        if found is None or not all(map(found.tell_apart, variables)):
            return None
        return shorter.words_outward(found)

    def _found(
        self, text: str, nodes: Mapping[Any, FunctionNodes], omitted: Collection[int]
    ) -> VariableWords | None:
        try:
            return variable_words(self._mod, text, self._write, self._prefix, nodes, omitted)
        except TVM_ERRORS:
            return None


def _enclosing(functions: Mapping[str, Nodes], having: set[int]) -> set[int]:
    """Return the marked nodes that stand in for an unmarked expression below them."""
    found: set[int] = set()
    for nodes in functions.values():
        # Unwritten: what a codegen reads only, and everything below that.
        unwritten: set[int] = set()
        for each in nodes.values():
            parent = nodes.get(each.parent)
            if parent is None:
                continue
            inside = each.parent not in unwritten and _is_code(parent.obj.__class__)
            if inside and each.id in having:
                continue
            if not inside or field_of(parent.obj.__class__, each.field).sealed:
                unwritten.add(each.id)
            elif _is_written_itself(each):
                above = each.parent
                while above in nodes and above not in having:
                    above = nodes[above].parent
                if above in having:
                    found.add(above)
    return found


@cache
def _is_code(cls: type) -> bool:
    return is_a(cls, ir.Expr) or is_a(cls, tirx.Stmt)


@cache
def _is_composite(cls: type) -> bool:
    return is_a(cls, ir.Expr) and cls not in LEAVES


def _is_written_itself(node: Occurrence) -> bool:
    """Whether an expression writes more than the leaves below it."""
    is_name = operator(node.obj) in catalog.codegen_calls().operators.memory
    return _is_composite(node.obj.__class__) and not is_name and not _is_looked_at(node)


def _is_looked_at(node: Occurrence) -> bool:
    return type_key(node.obj) == "prim.Ramp" and node.field.startswith("indices")


class _Reprinting:
    """Lets the codegen write the expressions without a mark once more, each on its own."""

    def __init__(
        self, mod: tvm.IRModule, functions: Functions, having: set[int], write: Write, prefix: str
    ) -> None:
        self._mod = mod
        self._functions = functions
        self._having = having
        self._write = write
        self._prefix = prefix
        self._reprinters: list[Reprinter] = []

    def placed(self, text: str, marks: Placed) -> PlacedReprints:
        """Return the marks of these expressions in a text, inside those it has."""
        reprinted = self._written(None)
        if reprinted is None:  # some cannot be written on their own, as an index of eight lanes
            each_wanted = chain(*(chain(*one.wanted.values()) for one in self._reprinters))
            kinds = self._writable(sorted({*map(kind_of, each_wanted)}, key=str))
            reprinted = self._written({*kinds}) if kinds else None
        if not reprinted:
            return PlacedReprints([], set())
        parents = {
            number: each.parent
            for _, nodes in self._functions.values()
            for number, each in nodes.nodes.items()
        }
        statements: dict[int, int] = {}
        looked_at: set[int] = set()
        for reprinter in self._reprinters:
            for statement, wanted in reprinter.wanted.items():
                statements |= {each.id: statement for each in wanted}
                looked_at |= {each.id for each in wanted if _is_looked_at(each)}
        around = Surroundings(parents, statements, looked_at)
        return place(reprinted, self._prefix, marks, around, text)

    def _written(self, kinds: Collection[ExpressionKind] | None) -> str | None:
        """Let the codegen write expressions of some kinds; empty, if there are none."""
        reprinters = {
            variable: Reprinter(nodes, self._having, self._prefix, kinds)
            for variable, (_, nodes) in self._functions.items()
        }
        self._reprinters = [*reprinters.values()]
        if not any(chain(*(each.wanted.values() for each in self._reprinters))):
            return ""
        rebuilt = {
            variable: each.mutate(self._functions[variable][0])
            for variable, each in reprinters.items()
        }
        return written(self._mod, rebuilt, self._write)

    def _writable(self, kinds: list[ExpressionKind]) -> list[ExpressionKind]:
        """Return those of some kinds that the codegen can write."""
        if not kinds or self._written(kinds) is not None:
            return kinds
        half = len(kinds) // 2
        return self._writable(kinds[:half]) + self._writable(kinds[half:]) if half else []
