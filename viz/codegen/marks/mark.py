"""Which node wrote which characters of an emission, for every C-like codegen.

A codegen is a function from a module to a text. So mark the module's nodes, let the same codegen
write, and lay the marked text over the unmarked one (:mod:`viz.codegen.marks.align`). A statement
is put between two string statements, an expression into a call of an unknown function. Where the
marked text says something else than the unmarked one, the marks around the difference are taken out
and it is tried again: what remains is verified, and characters without a mark of their own belong
to the statement around them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import starmap
from typing import Any, NamedTuple

import tvm
from tvm import ir, tirx

from viz.codegen.marks.align import (
    Marked,
    Placed,
    align,
    differences,
    naming,
    unused,
    without_declarations,
)
from viz.codegen.marks.char_index import Plain
from viz.codegen.marks.clones import groups
from viz.codegen.marks.clones.elide import Condensed
from viz.codegen.marks.clones.placement import Laying
from viz.codegen.marks.clones.runs import Runs, renamed, runs, spread
from viz.codegen.marks.instrument import Marker, Places, field_of
from viz.codegen.marks.leaf_tokens import complete
from viz.codegen.marks.reprint_ir import Echoing
from viz.codegen.marks.reprint_match import echoes, place
from viz.codegen.marks.variables import VariableWords, variable_words
from viz.ir.labels import is_a, type_key
from viz.ir.tvm_errors import TVM_ERRORS
from viz.ir.walker import LEAVES, Nodes, Occurrence
from viz.model import Mark, Verified

ROUNDS = 6
"""How often marks are taken out and tried again before only statements keep theirs."""

"""What a codegen raises that looks into something that is marked, or was called otherwise."""

Functions = dict[Any, tuple[Any, Places]]
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
    words = _variable_words(mod, text, write, prefix)
    apart: set[int] = set()
    while True:
        functions: Functions = {}
        rows: Runs = {}
        families: dict[str, list[groups.Family]] = {}
        for variable, function in mod.functions.items():
            if isinstance(function, tirx.PrimFunc):
                name = str(variable.name_hint)
                nodes = occurrences[name]
                found = families[name] = groups.families(nodes, apart)
                strangers = {*groups.strangers(nodes, found)}
                places = Places(groups.heard(nodes, found), runs(nodes, found), strangers)
                rows |= places.rows
                functions[variable] = function, places
        short, placed, verified = _aligned(mod, functions, text, write, prefix, rows)
        if verified in ("expressions", "partly"):
            placed += _echoed(mod, functions, short.text, placed, write, prefix)
        heard = {str(v.name_hint): places.nodes for v, (_, places) in functions.items()}
        placed, covering = (
            complete(short.text, heard, placed, short.words(words)) if placed else ([], set())
        )
        covering |= _covering(heard, {number for _, _, number in placed})
        laying = Laying(text, short.outward(placed), covering, words)
        for name, of_function in heard.items():
            laying.lay(of_function, occurrences[name], families[name])
        if not laying.unlike:
            marks = tuple(starmap(Mark, laying.placed()))
            return Marking(marks, verified, tuple(sorted(laying.covering)))
        apart |= laying.unlike


class _Aligned(NamedTuple):
    """Where the marks stand in a text without copies, and how far they verified."""

    short: Condensed
    placed: Placed
    verified: Verified


class _Attempt(NamedTuple):
    """A marked text, and the unmarked one, without copies; and where these stand in that."""

    marked: Marked
    short: Condensed
    copies: Placed

    def aligned(self, rows: Runs, verified: Verified) -> _Aligned | None:
        """Return the marks, but those of rows, if the two texts say the same."""
        placed = align(self.marked, Plain(self.short.text))
        if placed is None:
            return None
        own = [each for each in placed if each[-1] not in rows]
        return _Aligned(self.short, own + self.short.inward(self.copies), verified)


def _aligned(
    mod: tvm.IRModule, functions: Functions, text: str, write: Write, prefix: str, rows: Runs
) -> _Aligned:
    """Return where the marks of statements and expressions stand."""

    def attempt(
        left_out: set[int] | None, rows: Runs = rows, *, brief: bool = False
    ) -> _Attempt | None:
        written = _write(mod, functions, write, left_out, prefix, brief=brief)
        if written is None:
            return None
        found = spread(written, prefix, text, rows, brief=brief)
        short = Condensed(text, found.cuts)
        marked = renamed(found.marked, short.text) if brief else found.marked
        return _Attempt(Marked(marked, prefix), short, found.copies)

    left_out: set[int] = set()
    tried = attempt(left_out, brief=True) if rows else None
    aligned = tried and tried.aligned(rows, "expressions")
    if aligned is not None:
        return aligned
    reference: _Attempt | None = None
    for number in range(ROUNDS):
        tried = attempt(left_out)
        if tried is None:
            break
        aligned = tried.aligned(rows, "partly" if left_out else "expressions")
        if aligned is not None:
            return aligned
        reference = reference or attempt(None)
        found = differences(tried.marked, reference.marked) if reference is not None else None
        # What stands in a row depends on the lines of its models.
        wrong = [each for each in found or () if each.statement not in rows]
        if not wrong:
            break
        for difference in wrong:
            if difference.statement in left_out:
                left_out |= naming(tried.marked)
            left_out |= set(difference.around[: 1 + number])
            if number > 1 or not difference.around:
                left_out.add(difference.statement)
    reference = reference or attempt(None)
    aligned = reference and reference.aligned(rows, "statements")
    if aligned is None and rows:  # then by no lines, and without the copies
        reference = attempt(None, {})
        aligned = reference and reference.aligned(rows, "statements")
    return aligned or _Aligned(Condensed(text, []), [], "none")


def _variable_words(mod: tvm.IRModule, text: str, write: Write, prefix: str) -> VariableWords:
    """Return the words of a text that are variables; none where the codegen refuses to say."""
    try:
        return variable_words(mod, text, write, prefix)
    except TVM_ERRORS:
        return VariableWords({})


def _covering(named: dict[str, Nodes], having: set[int]) -> set[int]:
    """Return the marked nodes that stand in for an expression below them."""
    found: set[int] = set()
    for nodes in named.values():
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


def _echoed(
    mod: tvm.IRModule, functions: Functions, text: str, placed: Placed, write: Write, prefix: str
) -> Placed:
    """Return the marks of expressions that could bear none where they stand."""
    having = {number for _, _, number in placed}
    echoing = {
        variable: Echoing(places, having, prefix) for variable, (_, places) in functions.items()
    }
    if not any(each.wanted for each in echoing.values()):
        return []
    rebuilt = {variable: each.mutate(functions[variable][0]) for variable, each in echoing.items()}
    echo = _written(mod, rebuilt, write)
    if echo is None:
        return []
    parents = {
        number: each.parent
        for _, places in functions.values()
        for number, each in places.nodes.items()
    }
    return place(echoes(echo, prefix), placed, parents, text)


def _write(
    mod: tvm.IRModule,
    functions: Functions,
    write: Write,
    left_out: set[int] | None,
    prefix: str,
    *,
    brief: bool,
) -> str | None:
    """Write the marked module; without expressions where ``left_out`` is None."""
    rebuilt = {
        variable: Marker(places, left_out, prefix, brief=brief).mutate(function)
        for variable, (function, places) in functions.items()
    }
    written = _written(mod, rebuilt, write)
    return None if written is None else without_declarations(written, prefix)


def _written(mod: tvm.IRModule, functions: dict[Any, Any], write: Write) -> str | None:
    """Let the codegen write other functions in place of a module's, if it can."""
    try:
        return write(tvm.IRModule(functions, attrs=mod.attrs))
    except TVM_ERRORS:
        return None  # this codegen looks into something that is marked
