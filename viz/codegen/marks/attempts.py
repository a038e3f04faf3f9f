"""Let the codegen write a module with marks until the text is the unmarked one but for them.

Most modules are right at once. Where equal operands were written once, these are marked alike
(:mod:`viz.codegen.marks.equal_operands`); where the texts differ still, the marks around the
differences are taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import tvm

from viz.codegen.marks.clones.elide import ElidedText
from viz.codegen.marks.clones.plan import ClonePlan
from viz.codegen.marks.equal_operands import equal_operands, tell_apart
from viz.codegen.marks.instrument import FunctionNodes, Marker
from viz.errors import TVM_ERRORS
from viz.marking.align import (
    Marked,
    Placed,
    align,
    differences,
    take_out,
    without_declarations,
)
from viz.marking.char_index import Characters
from viz.model import Verified

ROUNDS = 6
"""How often marks are taken out and tried again before only statements keep theirs."""

Functions = dict[Any, tuple[Any, FunctionNodes]]
"""The functions of a module by variable, each with its nodes."""

Write = Callable[[tvm.IRModule], str]
"""Let the codegen write a module."""


class Aligned(NamedTuple):
    """Where marks stand in a text without clones, and how far they verified.

    Attributes
    ----------
    elsewhere
        Operands without a place: what an equal one wrote stands for them.
    """

    text: ElidedText
    placed: Placed
    verified: Verified
    elsewhere: Collection[int] = ()


class _Attempt(NamedTuple):
    """A marked text, and the unmarked one, without clones; and where these stand in that."""

    marked: Marked
    text: ElidedText
    clones: Placed


class Attempts:
    """Lets the codegen write a module with marks, and compares that with the unmarked text.

    Parameters
    ----------
    mod, text
        What the codegen was given, and what ``write`` gave.
    functions
        The functions of the module and their nodes, without those inside clones.
    prefix
        What marks are called.
    narrow
        See :class:`viz.codegen.marks.instrument.Marker`.
    """

    def __init__(
        self,
        mod: tvm.IRModule,
        functions: Functions,
        text: str,
        write: Write,
        prefix: str,
        plan: ClonePlan,
        *,
        narrow: bool = False,
    ) -> None:
        self._mod = mod
        self._functions = functions
        self._text = text
        self._write = write
        self._prefix = prefix
        self._plan = plan
        self._narrow = narrow
        self._equals: dict[int, int] = {}
        self._with_all: _Attempt | None = None

    def whole(self) -> Aligned | None:
        """Return the marks of all statements and expressions, if all of them can stand at once."""
        if self._plan and not self._equals:
            found = self._aligned(self._attempt(set(), only_needed=True), "expressions")
            if found is not None:
                return found
        self._with_all = self._attempt(set())
        return self._aligned(self._with_all, "expressions")

    def find_equals(self) -> bool:
        """Give equal operands the same marks from now on; return whether there are any."""
        for _, nodes in self._functions.values():
            self._equals |= equal_operands(nodes)
        return bool(self._equals)

    def most(self) -> Aligned:
        """Return the marks of all statements and of as many expressions as can have them.

        It goes on from what :meth:`whole` tried.
        """
        unmarked: set[int] = set()
        reference: _Attempt | None = None
        for number in range(ROUNDS):
            tried = self._attempt(unmarked) if unmarked else self._with_all
            if tried is None:
                break
            aligned = self._aligned(tried, "partly") if unmarked else None
            if aligned is not None:
                return aligned
            reference = reference or self._attempt(None)
            found = differences(tried.marked, reference.marked) if reference is not None else None
            # What stands in a run depends on the lines of its representatives.
            wrong = [each for each in found or () if each.statement not in self._plan]
            if not wrong:
                break
            take_out(wrong, number, tried.marked, unmarked)
        aligned = self._aligned(reference or self._attempt(None), "statements")
        if aligned is None and self._plan:
            # Then without counting lines, and without marks for the clones.
            aligned = self._aligned(self._attempt(None, elide=False), "statements")
        return aligned or Aligned(ElidedText(self._text, []), [], "none")

    def _attempt(
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
            variable: Marker(
                nodes,
                unmarked,
                self._prefix,
                only_needed=only_needed,
                equals=self._equals,
                narrow=self._narrow,
            ).mutate(function)
            for variable, (function, nodes) in self._functions.items()
        }
        marked = written(self._mod, rebuilt, self._write)
        if marked is None:
            return None
        marked = without_declarations(marked, self._prefix)
        if not elide:
            return _Attempt(Marked(marked, self._prefix), ElidedText(self._text, []), [])
        elided = self._plan.elide(marked, self._prefix, self._text, only_needed=only_needed)
        return _Attempt(Marked(elided.marked, self._prefix), elided.text, elided.clones)

    def _aligned(self, attempt: _Attempt | None, verified: Verified) -> Aligned | None:
        """Return the marks, but for those of runs of clones, if the two texts are equal."""
        placed = attempt and align(attempt.marked, Characters(attempt.text.text))
        if attempt is None or placed is None:
            return None
        own = [each for each in placed if each[-1] not in self._plan]
        every = own + attempt.text.inward(attempt.clones)
        apart = tell_apart(
            every, self._equals, [nodes.nodes for _, nodes in self._functions.values()]
        )
        return Aligned(attempt.text, apart.placed, verified, apart.elsewhere)


def written(mod: tvm.IRModule, functions: dict[Any, Any], write: Write) -> str | None:
    """Let the codegen write other functions in place of a module's, if it can."""
    try:
        return write(tvm.IRModule(functions, attrs=mod.attrs))
    except TVM_ERRORS:
        return None  # this codegen looks into something that is marked
