"""Find which node wrote which characters of an emission of the TVM of 2024.

As :mod:`viz.codegen.marks` does for today's: the same codegen writes a module with marks,
statements between two strings and expressions in calls, and the marked text is aligned with the
unmarked one (:mod:`viz.marking.align`). Where the two differ, the marks around the difference are
taken out and it is tried again: what remains is verified.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import tvm
from tvm import tir

from viz.errors import TVM_ERRORS
from viz.legacy.codegen.rebuild import replaced
from viz.legacy.codegen.vector_parts import vector_marks
from viz.legacy.functions import symbol_of
from viz.legacy.passes.pipeline import with_functions
from viz.legacy.reflection import type_key
from viz.legacy.walker import LegacyOccurrence
from viz.marking.align import (
    Marked,
    Placed,
    Ranges,
    align,
    differences,
    nested,
    take_out,
    unused,
    without_declarations,
)
from viz.marking.char_index import Characters
from viz.marking.heads import function_text
from viz.model import Mark, Verified, catalog

CODEGEN = catalog.codegen_fields_2024()
ROUNDS = 6
"""How often marks are taken out and tried again before only statements keep theirs."""
SCALAR = re.compile(r"bool|u?int\d+|b?float\d+(_\w+)?|handle")
LEAVES = (tir.Var, tir.IntImm, tir.FloatImm, tir.StringImm)
EXTERN = tvm.ir.Op.get("tir.call_pure_extern")

Write = Callable[[tvm.IRModule], str]
Functions = Mapping[str, list[LegacyOccurrence]]
"""The nodes of each function by name, in pre-order with the ids of the final Tree."""


class LegacyMarking(NamedTuple):
    """The marks of one emission, and how far they verified."""

    marks: tuple[Mark, ...]
    verified: Verified
    covering: tuple[int, ...] = ()


def mark(mod: tvm.IRModule, text: str, functions: Functions, write: Write) -> LegacyMarking:
    """Return the marks of ``text``, which ``write(mod)`` gave."""
    prefix = unused(text)
    present = {
        variable: _LegacyNodes(functions[str(variable.name_hint)])
        for variable, function in mod.functions.items()
        if isinstance(function, tir.PrimFunc)
    }
    placed, verified = _LegacyAttempts(mod, present, text, write, prefix).most()
    ranges: Ranges = defaultdict(list)
    for start, end, number in placed:
        ranges[number].append((start, end))
    found = list(placed)
    if verified in ("expressions", "partly"):
        code = {variable: (n.function.obj, n.code) for variable, n in present.items()}
        found += vector_marks(mod, code, text, ranges, write, prefix)
    for variable, nodes in present.items():
        written = [place for number in nodes.ids for place in ranges.get(number, ())]
        name = symbol_of(nodes.function.obj) or str(variable.name_hint)
        places = function_text(text, name, written).places if placed else []
        found += ((start, end, nodes.function.id) for start, end in places)
    kept = nested(found)
    having = {number for _, _, number in kept}
    covering = {number for nodes in present.values() for number in nodes.covering(having)}
    return LegacyMarking(tuple(Mark(*each) for each in kept), verified, tuple(sorted(covering)))


class _LegacyNodes:
    """The nodes of a function, and what may be done to each of them.

    Attributes
    ----------
    function
        The PrimFunc.
    code
        The statements and expressions that are written, by id: what stands in a field that is
        read only, or in a closed call, is none of them.
    markable
        The ids of those expressions that may stand in a call.
    """

    def __init__(self, nodes: list[LegacyOccurrence]) -> None:
        self.function = nodes[0]
        self.ids = range(nodes[0].id, nodes[-1].id + 1)
        self.nodes = {each.id: each for each in nodes}
        self.code: dict[int, LegacyOccurrence] = {}
        self._closed: list[LegacyOccurrence] = []
        self._aligned: set[int] = set()
        self.markable: set[int] = set()
        self.children: dict[int, list[LegacyOccurrence]] = defaultdict(list)
        for each in nodes[1:]:
            if not isinstance(each.obj, (tvm.ir.PrimExpr, tir.Stmt)):
                continue
            if each.parent == self.function.id:
                written = each.field == "body"
            elif above := self.code.get(each.parent):
                written = self._is_written(above, each)
            else:
                continue
            if written:
                self.code[each.id] = each
                self.children[each.parent].append(each)
            elif each.field.startswith("args["):
                self._closed.append(each)

    def _is_written(self, above: LegacyOccurrence, here: LegacyOccurrence) -> bool:
        """Whether a node may be rebuilt where it stands; note whether it may bear a mark."""
        if isinstance(here.obj, tir.Stmt):
            return True
        field, _, place = here.field.partition("[")
        key = type_key(above.obj)
        if (key, field) in CODEGEN.passed:
            return True
        if key == "tir.Ramp" or above.id in self._aligned:
            return self._is_in_index(above, here)
        if key == "tir.Call":
            operator = str(getattr(above.obj.op, "name", ""))
            takes = operator in CODEGEN.operators and field == "args"
            if not takes or int(place[:-1]) in CODEGEN.read.get(operator, ()):
                return False
        elif field not in CODEGEN.fields.get(key, ()):
            return False
        named = (key, field) in CODEGEN.keeps_names and _has_name(here.obj)
        is_text = isinstance(here.obj, tir.StringImm)
        if SCALAR.fullmatch(str(here.obj.dtype)) and not named and not is_text:
            self.markable.add(here.id)
        return True

    def _is_in_index(self, above: LegacyOccurrence, here: LegacyOccurrence) -> bool:
        """Whether a part of a vector's index may be rebuilt; note whether it may bear a mark.

        Codegens look whether the first index is a multiple of the lanes: of a sum the terms, and of
        a multiple of a constant what is multiplied, can be anything.
        """
        if here.field == "a" and isinstance(above.obj, tir.Mul):
            if not isinstance(above.obj.b, tir.IntImm):
                return False
            self.markable.add(here.id)
            return True
        is_term = isinstance(above.obj, tir.Add) or here.field == "base"
        if not is_term or isinstance(here.obj, LEAVES):
            return False
        self._aligned.add(here.id)
        return True

    def covering(self, having: set[int]) -> Iterable[int]:
        """Yield the marked nodes that stand in for an unmarked expression below them."""
        for each in (*self.code.values(), *self._closed):
            if each.id in having or isinstance(each.obj, (tir.Stmt, *LEAVES)):
                continue
            above = each.parent
            while above in self.code and above not in having:
                above = self.code[above].parent
            if above in having and (each.parent != above or not self._is_passed(each)):
                yield above

    def _is_passed(self, node: LegacyOccurrence) -> bool:
        """Whether a node is all that the statement around it writes."""
        above = self.code.get(node.parent)
        return above is not None and (type_key(above.obj), node.field) in CODEGEN.passed


def _has_name(node: Any) -> bool:
    # A conditional is written as statements that set a temporary, and then its name.
    operator = str(getattr(getattr(node, "op", None), "name", ""))
    return isinstance(node, LEAVES) or operator == "tir.if_then_else"


class _LegacyAttempts:
    """Lets the codegen write a module with marks, and compares that with the unmarked text."""

    def __init__(
        self,
        mod: tvm.IRModule,
        functions: Mapping[Any, _LegacyNodes],
        text: str,
        write: Write,
        prefix: str,
    ) -> None:
        self._mod = mod
        self._functions = functions
        self._plain = Characters(text)
        self._write = write
        self._prefix = prefix

    def most(self) -> tuple[Placed, Verified]:
        """Return the marks of all statements and of as many expressions as can have them."""
        unmarked: set[int] = set()
        reference: Marked | None = None
        for number in range(ROUNDS):
            tried = self._attempt(unmarked)
            if tried is None:
                break
            placed = align(tried, self._plain)
            if placed is not None:
                return placed, "partly" if unmarked else "expressions"
            reference = reference or self._attempt(None)
            wrong = differences(tried, reference) if reference is not None else None
            if not wrong:
                break
            take_out(wrong, number, tried, unmarked)
        reference = reference or self._attempt(None)
        placed = align(reference, self._plain) if reference is not None else None
        return (placed, "statements") if placed is not None else ([], "none")

    def _attempt(self, unmarked: set[int] | None) -> Marked | None:
        """Write the module with marks, if the codegen can.

        Parameters
        ----------
        unmarked
            The ids of expressions without a mark, and of statements whose expressions have none;
            None for all expressions.
        """
        rebuilt = {
            variable: _rebuilt(nodes, unmarked, self._prefix)
            for variable, nodes in self._functions.items()
        }
        try:
            text = self._write(with_functions(self._mod, rebuilt))
        except TVM_ERRORS:
            return None  # this codegen looks into something that is marked
        return Marked(without_declarations(text, self._prefix), self._prefix)


def _rebuilt(nodes: _LegacyNodes, unmarked: set[int] | None, prefix: str) -> Any:
    """Return a function with marks around the nodes of its body.

    The nodes below one have larger ids: from the last to the first, each is rebuilt of those.
    """
    made: dict[int, Any] = {}
    without = _without(nodes, unmarked)
    for number in reversed(nodes.code):
        node = nodes.code[number]
        inner = replaced(node.obj, [(each.field, made[each.id]) for each in nodes.children[number]])
        if isinstance(node.obj, tir.Stmt):
            if type_key(node.obj) not in CODEGEN.unmarked_statements:
                inner = tir.SeqStmt([_tag(f"{prefix}<{number}"), inner, _tag(f"{prefix}>{number}")])
        elif number in nodes.markable and number not in without:
            name = tir.StringImm(f"__{prefix}{number}")
            inner = tir.Call(node.obj.dtype, EXTERN, [name, inner])
        made[number] = inner
    (body,) = (made[each.id] for each in nodes.children[nodes.function.id])
    return nodes.function.obj.with_body(body)


def _without(nodes: _LegacyNodes, unmarked: set[int] | None) -> set[int]:
    """Return the expressions that bear no mark."""
    if unmarked is None:
        return nodes.markable
    found = unmarked & nodes.code.keys()
    if not found:
        return found
    silent: set[int] = set()
    for number, node in nodes.code.items():
        if isinstance(node.obj, tir.Stmt):
            if number in unmarked:
                silent.add(number)
        elif node.parent in silent:
            silent.add(number)
            found.add(number)
    return found


def _tag(string: str) -> Any:
    """Return a statement that every codegen writes as a string literal and a semicolon."""
    return tir.Evaluate(tir.StringImm(string))
