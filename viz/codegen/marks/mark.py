"""Find which node wrote which characters of an emission, for every C-like codegen.

A codegen is a function from a module to a text. So mark the module's nodes, let the same codegen
write, and align the marked text with the unmarked one (:mod:`viz.codegen.marks.align`). A statement
is put between two string statements, an expression into a call of an unknown function. Where the
two texts differ, the marks around the difference are taken out and it is tried again: what remains
is verified, and characters without a mark of their own belong to the statement around them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache, cached_property
from itertools import starmap
from typing import Any, NamedTuple

import tvm
from tvm import ir, tirx

from viz.codegen.marks.align import (
    Difference,
    Marked,
    Placed,
    align,
    differences,
    naming,
    unused,
    without_declarations,
)
from viz.codegen.marks.char_index import Characters
from viz.codegen.marks.clones.elide import ElidedText
from viz.codegen.marks.clones.plan import ClonePlan
from viz.codegen.marks.instrument import FunctionNodes, Marker, field_of
from viz.codegen.marks.leaf_tokens import complete
from viz.codegen.marks.reprint_ir import Reprinter
from viz.codegen.marks.reprint_match import place, reprints
from viz.codegen.marks.variables import VariableWords, variable_words
from viz.ir.labels import is_a, type_key
from viz.ir.tvm_errors import TVM_ERRORS
from viz.ir.walker import LEAVES, Nodes, Occurrence
from viz.model import Mark, Verified

ROUNDS = 6
"""How often marks are taken out and tried again before only statements keep theirs."""

Functions = dict[Any, tuple[Any, FunctionNodes]]
"""The functions of a module by variable, each with its nodes."""

Write = Callable[[tvm.IRModule], str]
"""Let the codegen write a module."""


class Marking(NamedTuple):
    """The marks of one emission, and how far they verified."""

    marks: tuple[Mark, ...]
    verified: Verified
    covering: tuple[int, ...] = ()


def mark(
    mod: tvm.IRModule, text: str, occurrences: dict[str, list[Occurrence]], write: Write
) -> Marking:
    """Return the marks of ``text``, which ``write(mod)`` gave.

    Parameters
    ----------
    mod
        What the codegen was given.
    occurrences
        The nodes of each of its functions, by name, in pre-order with the ids of the final Tree.
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
        elided, placed, verified = _aligned(mod, to_mark, text, write, prefix, plan)
        words = known.words(to_mark, plan, elided, placed) if placed else None
        if words is None:
            words = VariableWords({})
            verified = "partly" if verified == "expressions" and placed else verified
        if verified in ("expressions", "partly"):
            placed += _reprinted(mod, to_mark, elided.text, placed, write, prefix)
        enclosing: set[int] = set()
        if placed:
            placed, enclosing = complete(elided.text, plan.nodes, placed, elided.words(words))
        enclosing |= _enclosing(plan.nodes, {number for _, _, number in placed})
        whole = plan.place(elided, placed, enclosing, words)
        if not whole.unlike:
            marks = tuple(starmap(Mark, whole.placed))
            return Marking(marks, verified, tuple(sorted(whole.enclosing)))
        excluded |= whole.unlike


class _Aligned(NamedTuple):
    """Where the marks stand in a text without clones, and how far they verified."""

    text: ElidedText
    placed: Placed
    verified: Verified


class _Attempt(NamedTuple):
    """A marked text, and the unmarked one, without clones; and where these stand in that."""

    marked: Marked
    text: ElidedText
    clones: Placed

    def aligned(self, plan: ClonePlan, verified: Verified) -> _Aligned | None:
        """Return the marks, but for those of runs of clones, if the two texts are equal."""
        placed = align(self.marked, Characters(self.text.text))
        if placed is None:
            return None
        own = [each for each in placed if each[-1] not in plan]
        return _Aligned(self.text, own + self.text.inward(self.clones), verified)


class _Attempts:
    """Lets the codegen write a module with marks, and compares that with the unmarked text."""

    def __init__(
        self,
        mod: tvm.IRModule,
        functions: Functions,
        text: str,
        write: Write,
        prefix: str,
        plan: ClonePlan,
    ) -> None:
        self._mod = mod
        self._functions = functions
        self._text = text
        self._write = write
        self._prefix = prefix
        self._plan = plan

    def attempt(
        self, unmarked: set[int] | None, *, only_needed: bool = False, elide: bool = True
    ) -> _Attempt | None:
        """Write the module with marks, if the codegen can.

        Parameters
        ----------
        unmarked
            The ids without a mark; None for all expressions.
        only_needed
            Write no clones but those that others need.
        elide
            Elide the clones from both texts.
        """
        rebuilt = {
            variable: Marker(nodes, unmarked, self._prefix, only_needed=only_needed).mutate(
                function
            )
            for variable, (function, nodes) in self._functions.items()
        }
        marked = _written(self._mod, rebuilt, self._write)
        if marked is None:
            return None
        marked = without_declarations(marked, self._prefix)
        if not elide:
            return _Attempt(Marked(marked, self._prefix), ElidedText(self._text, []), [])
        elided = self._plan.elide(marked, self._prefix, self._text, only_needed=only_needed)
        return _Attempt(Marked(elided.marked, self._prefix), elided.text, elided.clones)


def _aligned(
    mod: tvm.IRModule,
    functions: Functions,
    text: str,
    write: Write,
    prefix: str,
    plan: ClonePlan,
) -> _Aligned:
    """Return where the marks of statements and expressions stand."""
    attempt = _Attempts(mod, functions, text, write, prefix, plan).attempt
    unmarked: set[int] = set()
    tried = attempt(unmarked, only_needed=True) if plan else None
    aligned = tried and tried.aligned(plan, "expressions")
    if aligned is not None:
        return aligned
    reference: _Attempt | None = None
    for number in range(ROUNDS):
        tried = attempt(unmarked)
        if tried is None:
            break
        aligned = tried.aligned(plan, "partly" if unmarked else "expressions")
        if aligned is not None:
            return aligned
        reference = reference or attempt(None)
        found = differences(tried.marked, reference.marked) if reference is not None else None
        # What stands in a run depends on the lines of its representatives.
        wrong = [each for each in found or () if each.statement not in plan]
        if not wrong:
            break
        _take_out(wrong, number, tried.marked, unmarked)
    reference = reference or attempt(None)
    aligned = reference and reference.aligned(plan, "statements")
    if aligned is None and plan:  # then without counting lines, and without marks for the clones
        reference = attempt(None, elide=False)
        aligned = reference and reference.aligned(plan, "statements")
    return aligned or _Aligned(ElidedText(text, []), [], "none")


def _take_out(
    differing: list[Difference], round_number: int, marked: Marked, unmarked: set[int]
) -> None:
    """Add to the unmarked nodes those around differences: more of them in each round."""
    for difference in differing:
        if difference.statement in unmarked:
            unmarked |= naming(marked)
        unmarked |= set(difference.around[: 1 + round_number])
        if round_number > 1 or not difference.around:
            unmarked.add(difference.statement)


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
            elif _is_composite(each.obj.__class__) and not _is_looked_at(each):
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


def _is_looked_at(node: Occurrence) -> bool:
    return type_key(node.obj) == "prim.Ramp" and node.field.startswith("indices")


def _reprinted(
    mod: tvm.IRModule, functions: Functions, text: str, placed: Placed, write: Write, prefix: str
) -> Placed:
    """Return the marks of expressions that can bear none where they stand."""
    having = {number for _, _, number in placed}
    reprinters = {
        variable: Reprinter(nodes, having, prefix) for variable, (_, nodes) in functions.items()
    }
    if not any(each.wanted for each in reprinters.values()):
        return []
    rebuilt = {
        variable: each.mutate(functions[variable][0]) for variable, each in reprinters.items()
    }
    written = _written(mod, rebuilt, write)
    if written is None:
        return []
    parents = {
        number: each.parent
        for _, nodes in functions.values()
        for number, each in nodes.nodes.items()
    }
    return place(reprints(written, prefix), placed, parents, text)


def _written(mod: tvm.IRModule, functions: dict[Any, Any], write: Write) -> str | None:
    """Let the codegen write other functions in place of a module's, if it can."""
    try:
        return write(tvm.IRModule(functions, attrs=mod.attrs))
    except TVM_ERRORS:
        return None  # this codegen looks into something that is marked
