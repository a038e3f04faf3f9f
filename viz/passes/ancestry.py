"""Every object of a build: where it began, and the object of an earlier stage it was rebuilt from.

TVM's nodes never change once made: a pass that alters one rebuilds it and all that stand above it,
and shares the rest. While all stages are alive, an object of a stage is therefore either one of an
earlier stage (then so is everything below it) or new. Only what is new is visited: the cost is that
of the changes, not that of the stages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.ir.arrays import elements
from viz.ir.labels import operator
from viz.passes.recording import Recording

LEAVES = frozenset((ir.Var, tirx.IntImm, tirx.FloatImm, ir.StringImm, ir.GlobalVar, ir.Op))
"""Not followed: the same object stands in many places."""

NAMED: dict[Any, Callable[[Any], Any]] = {
    tirx.For: lambda node: node.loop_var,
    tirx.Bind: lambda node: node.var,
    tirx.AllocBuffer: lambda node: node.buffer,
    tirx.DeclBuffer: lambda node: node.buffer,
    tirx.AttrStmt: lambda node: getattr(node.node, "var", None),
    tirx.BufferStore: lambda node: node.buffer,
    ir.TensorLoad: lambda node: node.source,
}
"""The Var that such a node is about; it usually survives when the node is rebuilt."""

BINDERS = frozenset((tirx.For, tirx.Bind, tirx.AllocBuffer, tirx.DeclBuffer, tirx.AttrStmt))
"""Those of ``NAMED`` that no other node of a function shares its Var with."""

TURNED: dict[Any, Any] = {
    tirx.LT: tirx.GT,
    tirx.GT: tirx.LT,
    tirx.LE: tirx.GE,
    tirx.GE: tirx.LE,
}
"""A comparison, and the one it is when its sides change places."""

NOT_FOLLOWED = {"reads", "writes", "annotations"}
"""Fields that hold no code."""


class Ancestry:
    """The objects of a recording, by handle: their address, since all of them are alive.

    Attributes
    ----------
    made
        The number of the stage where the object began, 0 for what the pipeline was given. A pass
        that only rebuilt a node, because something below it changed, did not make it; one that put
        a node of another type in its place did. Vars are in it when they are parameters.
    before
        The object of an earlier stage that it was rebuilt from, where there is one. For a Var, the
        one that stood in its place.
    cls
        Its Python class.
    span
        The handle of its TVM span; passes share span objects rather than copy them.
    variable
        The handle of its Var, for the types of ``NAMED``.
    below
        The objects in its fields, leaves left out.
    uses
        The objects that used a Var, by the Var's handle, in the order they were met.
    """

    def __init__(self, recording: Recording) -> None:
        self.made: dict[int, int] = {}
        self.before: dict[int, int] = {}
        self.cls: dict[int, Any] = {}
        self.span: dict[int, int] = {}
        self.variable: dict[int, int] = {}
        self.below: dict[int, list[int]] = {}
        self.uses: defaultdict[int, list[int]] = defaultdict(list)
        self._keys: dict[int, tuple[Any, ...]] = {}
        self._latest: dict[Any, int] = {}
        self._known: set[int] = set()
        self._functions: dict[str, int] = {}
        for number, module in _stages(recording):
            self._enter(number, module)
        for parameter, argument in _passed(recording):
            self.before.setdefault(parameter, argument)

    def line(self, handle: int) -> Iterator[int]:
        """Yield the object, what it was rebuilt from, and so on back."""
        current: int | None = handle
        while current is not None:
            yield current
            current = self.before.get(current)

    def _enter(self, number: int, module: tvm.IRModule) -> None:
        """Take in a stage."""
        new: list[int] = []
        functions: dict[str, int] = {}
        for variable, function in module.functions.items():
            handle, name = function.__chandle__(), str(variable.name_hint)
            functions[name] = handle
            if handle not in self.made and isinstance(function, tirx.PrimFunc):
                for parameter in function.params:
                    self.made.setdefault(parameter.__chandle__(), number)
                self._visit(number, function, new)
                if name in self._functions:
                    self.before[handle] = self._functions[name]
        self._functions |= functions
        fresh = set(new)
        before, keys = self.before, self._keys
        for handle in new:
            if handle in before or handle in keys:
                self._pair(handle, fresh)
        for handle in reversed(new):
            for key in self._keys.get(handle, ()):
                self._latest[key] = handle
        self._known.update(self.variable[handle] for handle in new if handle in self.variable)

    def _visit(self, number: int, function: Any, new: list[int]) -> None:
        """Note what a function has that no earlier stage had, parents before children."""
        # This runs for every object of a build: what it needs is at hand.
        made, classes, below, uses = self.made, self.cls, self.below, self.uses
        stack = [(function.__chandle__(), function)]
        while stack:
            handle, obj = stack.pop()
            if handle in made:
                continue
            new.append(handle)
            made[handle] = number
            cls = classes[handle] = obj.__class__
            span = obj.span
            if span is not None or cls in NAMED:
                self._name(handle, obj, cls, span)
            children: list[int] = []
            fresh: list[tuple[int, Any]] = []
            for name, many in fields(cls):
                value = getattr(obj, name)
                for child in elements(value) if many else (value,):
                    kind = child.__class__
                    if kind is ir.Var:
                        uses[child.__chandle__()].append(handle)
                    elif kind not in LEAVES and child is not None:
                        place = child.__chandle__()
                        children.append(place)
                        if place not in made:
                            fresh.append((place, child))
            if children:
                below[handle] = children
                fresh.reverse()
                stack += fresh

    def _name(self, handle: int, obj: Any, cls: Any, span: Any) -> None:
        """Note what ties an object to its earlier self, the surest first."""
        keys: tuple[Any, ...] = ()
        if span is not None:
            place = self.span[handle] = span.__chandle__()
            keys = ((place, cls),)
        if cls in NAMED and (variable := NAMED[cls](obj)) is not None:
            named = self.variable[handle] = variable.__chandle__()
            if cls in BINDERS:
                keys += ((named, cls), named)
        if keys:
            self._keys[handle] = keys

    def _pair(self, handle: int, fresh: set[int]) -> None:
        """Find what a new object was rebuilt from, and what those below it may have been.

        Only what is new in this stage gets an earlier self, and that is always of a stage before:
        so no line comes back to where it began.
        """
        before, cls, known = self.before, self.cls[handle], self._known
        was = before.get(handle)
        # Its place among its siblings says less than a span or a Var, but tells copies apart.
        if was is None or self.span.get(was) != self.span.get(handle):
            for key in self._keys.get(handle, ()):
                if key in self._latest:
                    before[handle] = was = self._latest[key]
                    break
        if was is None or self.cls[was] is not cls:
            return
        self.made[handle] = self.made[was]
        here, there = self.variable.get(handle), self.variable.get(was)
        if here is not None and there in known and here not in known:
            before.setdefault(here, there)
        if handle in self.below and was in self.below:
            self._pair_below(self.below[was], self.below[handle], fresh)

    def _pair_below(self, old: list[int], new: list[int], fresh: set[int]) -> None:
        before, cls = self.before, self.cls
        kept = set(new) if len(new) > 4 else new
        if len(old) != len(new):
            old, new = _as_often(
                [each for each in old if each not in kept],
                [each for each in new if each in fresh],
                cls,
            )
        for x, y in zip(old, new, strict=True):
            if y not in fresh or y in before or x in kept:
                continue
            if cls[x] is cls[y] or TURNED.get(cls[x]) is cls[y]:
                before[y] = x
            elif cls[x] is tirx.For:
                self._unwrap(x, y)

    def _unwrap(self, loop: int, now: int) -> None:
        """Pair the body of a loop with what stands in the loop's place, once or many times."""
        cls, below, before = self.cls, self.below, self.before
        while cls[loop] is tirx.For and cls[now] is not tirx.For and below.get(loop):
            loop = below[loop][-1]
        old = below[loop] if cls[loop] is tirx.SeqStmt else [loop]
        new = below[now] if cls[now] is tirx.SeqStmt else [now]
        if len(new) % len(old) == 0:
            for i, y in enumerate(new):
                x = old[i % len(old)]
                if cls[x] is cls[y] and x != y:
                    before.setdefault(y, x)


@cache
def fields(cls: Any) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a class that hold code, and whether each holds several nodes."""
    found: list[tuple[str, bool]] = []
    info = cls.__tvm_ffi_type_info__
    while info is not None:
        declared = [(field.name, str(field.ty)) for field in info.fields]
        found = [
            (name, "Array[" in ty)
            for name, ty in declared
            if name not in NOT_FOLLOWED and ("Expr" in ty or "Stmt" in ty or "Block" in ty)
        ] + found
        info = info.parent_type_info
    return tuple(found)


def _stages(recording: Recording) -> Iterator[tuple[int, tvm.IRModule]]:
    yield 0, recording.given
    if recording.steps:
        yield 0, recording.steps[0].before
    for number, step in enumerate(recording.steps, 1):
        yield number, step.after


def _passed(recording: Recording) -> Iterator[tuple[int, int]]:
    """Yield the parameters of kernels and the variables that the host passes for them."""
    for step in recording.steps:
        if step.name != "tirx.SplitHostDevice":
            continue
        kernels = {str(v.name_hint): f for v, f in step.after.functions.items()}
        for function in kernels.values():
            for call in _launches(function):
                kernel = kernels.get(str(call.args[0].value))
                if kernel is None:
                    continue
                for parameter, argument in zip(kernel.params, list(call.args)[1:], strict=False):
                    if isinstance(argument, ir.Var):
                        yield parameter.__chandle__(), argument.__chandle__()


def _launches(function: Any) -> list[Any]:
    found: list[Any] = []

    def visit(call: Any) -> None:
        if operator(call) == "tirx.call_ffi_kernel":
            found.append(call)

    if isinstance(function, tirx.PrimFunc):
        tvm_ffi.structural_walk(function.body, [(ir.Call, visit)], order="pre")
    return found


def _as_often(old: list[int], new: list[int], cls: dict[int, Any]) -> tuple[list[int], list[int]]:
    """Keep of two lists the classes that both have as often, in the same order of classes."""
    counts, others = Counter(cls[each] for each in old), Counter(cls[each] for each in new)
    order = {one: i for i, (one, n) in enumerate(counts.items()) if others[one] == n}
    return (
        sorted((each for each in old if cls[each] in order), key=lambda each: order[cls[each]]),
        sorted((each for each in new if cls[each] in order), key=lambda each: order[cls[each]]),
    )
