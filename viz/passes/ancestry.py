"""Trace every object of a build: the stage where it began, the object it was rebuilt from.

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

from viz.ir.functions import symbol_of
from viz.ir.labels import operator
from viz.ir.reflection import classes, elements
from viz.model import catalog
from viz.passes.recording import Recording

SHARED_CLASSES = frozenset((ir.Var, tirx.IntImm, tirx.FloatImm, ir.StringImm, ir.GlobalVar, ir.Op))
"""Classes whose objects are not traced: the same one stands in many places."""

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
"""A comparison, and the equal one with its sides exchanged."""

NOT_TRACED = {"reads", "writes", "annotations"}
"""Fields that hold no code."""

LEAF_STATEMENTS = classes(catalog.codegen_calls().types.simple_statements)
"""Statements without others inside."""

LARGE = 100_000
"""As many new objects a stage may always have."""

MOST_PER_FINAL_NODE = 8
"""How many new objects a large stage may have for each final node."""

SAMPLED = 13
"""Of so many statements one is counted to estimate the size of a stage: no power of two, since
unrolled loops repeat themselves."""


class Ancestry:
    """The objects of a recording, by handle: their address, since all of them are alive.

    A stage that is many times as large as the last one is not looked into: where loops are unrolled
    and most of that is simplified away. What it made counts as made by the pass after it.

    Attributes
    ----------
    first_stage
        The number of the stage where the object began, 0 for what the pipeline was given. A pass
        that only rebuilt a node, because something below it changed, did not make it; one that put
        a node of another type in its place did. Vars are in it when they are parameters.
    previous
        The object of an earlier stage that it was rebuilt from, where there is one. For a Var, the
        one that stood in its place.
    classes
        Its Python class.
    spans
        The handle of its TVM span; passes share span objects rather than copy them.
    variables
        The handle of its Var, for the types of ``NAMED``.
    children
        The objects in its fields, leaves left out.
    uses
        The objects that used a Var, by the Var's handle, in the order they were met.
    """

    def __init__(self, recording: Recording) -> None:
        self.first_stage: dict[int, int] = {}
        self.previous: dict[int, int] = {}
        self.classes: dict[int, Any] = {}
        self.spans: dict[int, int] = {}
        self.variables: dict[int, int] = {}
        self.children: dict[int, list[int]] = {}
        self.uses: defaultdict[int, list[int]] = defaultdict(list)
        self._keys: dict[int, tuple[Any, ...]] = {}
        self._latest: dict[Any, int] = {}
        self._known_variables: set[int] = set()
        self._functions: dict[str, int] = {}
        most = max(LARGE, MOST_PER_FINAL_NODE * len(recording.final))
        for number, module in _stages(recording):
            if not self._has_more(module, most):
                self._add_stage(number, module)
        for parameter, argument in _kernel_arguments(recording):
            self.previous.setdefault(parameter, argument)

    def lineage(self, handle: int) -> Iterator[int]:
        """Yield the object, what it was rebuilt from, and so on back."""
        current: int | None = handle
        while current is not None:
            yield current
            current = self.previous.get(current)

    def _has_more(self, module: tvm.IRModule, most: int) -> bool:
        """Whether a module has more objects than that which no earlier stage had: an estimate."""
        statements = 0
        sampled: set[int] = set()
        stack = [function for _, function in module.functions.items()]
        while stack and len(sampled) * SAMPLED <= most:
            obj = stack.pop()
            if obj.__chandle__() in self.first_stage:
                continue
            inside = _statements_in(obj)
            if inside or not isinstance(obj, tirx.Stmt):
                stack += inside
                continue
            if statements % SAMPLED == 0:
                self._sample(obj, sampled)
            statements += 1
        return len(sampled) * SAMPLED > most

    def _sample(self, statement: Any, sampled: set[int]) -> None:
        """Note the objects of a statement that no earlier stage had."""
        stack = [statement]
        while stack:
            obj = stack.pop()
            handle = obj.__chandle__()
            if handle not in self.first_stage and handle not in sampled:
                sampled.add(handle)
                stack += [each for each in _parts(obj) if each.__class__ not in SHARED_CLASSES]

    def _add_stage(self, number: int, module: tvm.IRModule) -> None:
        """Add the objects of a stage that no earlier one had, and pair them with earlier ones."""
        new: list[int] = []
        functions: dict[str, int] = {}
        for variable, function in module.functions.items():
            handle, name = function.__chandle__(), str(variable.name_hint)
            functions[name] = handle
            if handle not in self.first_stage and isinstance(function, tirx.PrimFunc):
                for parameter in function.params:
                    self.first_stage.setdefault(parameter.__chandle__(), number)
                self._visit(number, function, new)
                if name in self._functions:
                    self.previous[handle] = self._functions[name]
        self._functions |= functions
        self._pair(new)
        for handle in reversed(new):
            for key in self._keys.get(handle, ()):
                self._latest[key] = handle
        self._known_variables.update(
            self.variables[handle] for handle in new if handle in self.variables
        )

    def _visit(self, number: int, function: Any, new: list[int]) -> None:
        """Note what a function has that no earlier stage had, parents before children."""
        # This runs for every object of a build: attributes are looked up once.
        first_stage, classes, uses = self.first_stage, self.classes, self.uses
        stack = [(function.__chandle__(), function)]
        while stack:
            handle, obj = stack.pop()
            if handle in first_stage:
                continue
            new.append(handle)
            first_stage[handle] = number
            cls = classes[handle] = obj.__class__
            span = obj.span
            if span is not None or cls in NAMED:
                self._note_keys(handle, obj, cls, span)
            children: list[int] = []
            fresh: list[tuple[int, Any]] = []
            for name, many in fields(cls):
                value = getattr(obj, name)
                for child in elements(value) if many else (value,):
                    child_class = child.__class__
                    if child_class is ir.Var:
                        uses[child.__chandle__()].append(handle)
                    elif child is not None and child_class not in SHARED_CLASSES:
                        child_handle = child.__chandle__()
                        children.append(child_handle)
                        if child_handle not in first_stage:
                            fresh.append((child_handle, child))
            if children:
                self.children[handle] = children
                fresh.reverse()
                stack += fresh

    def _note_keys(self, handle: int, obj: Any, cls: Any, span: Any) -> None:
        """Note the keys that an object shares with its earlier self, the surest first."""
        keys: tuple[Any, ...] = ()
        if span is not None:
            span_handle = self.spans[handle] = span.__chandle__()
            keys = ((span_handle, cls),)
        if cls in NAMED and (variable := NAMED[cls](obj)) is not None:
            variable_handle = self.variables[handle] = variable.__chandle__()
            if cls in BINDERS:
                keys += ((variable_handle, cls), variable_handle)
        if keys:
            self._keys[handle] = keys

    def _pair(self, new: list[int]) -> None:
        """Find what new objects were rebuilt from, and what their children may have been.

        Only what is new in this stage gets an earlier self, and that is always of an earlier stage:
        so no lineage has a circle.
        """
        # This runs for every object of a build, too.
        previous, classes, children = self.previous, self.classes, self.children
        spans, latest, fresh = self.spans, self._latest, set(new)
        for handle in new:
            old_node, keys = previous.get(handle), self._keys.get(handle, ())
            # Its place among its siblings says less than a span or a Var, but tells copies apart.
            if keys and (old_node is None or spans.get(old_node) != spans.get(handle)):
                for key in keys:
                    if key in latest:
                        previous[handle] = old_node = latest[key]
                        break
            if old_node is None or classes[old_node] is not classes[handle]:
                continue
            self.first_stage[handle] = self.first_stage[old_node]
            if handle in self.variables:
                self._pair_variables(old_node, handle)
            below = children.get(handle)
            if below is not None and old_node in children:
                self._pair_children(children[old_node], below, fresh)

    def _pair_variables(self, old_node: int, handle: int) -> None:
        """Pair the Vars of two paired objects, if the second one is new."""
        known = self._known_variables
        variable, earlier = self.variables[handle], self.variables.get(old_node)
        if earlier in known and variable not in known:
            self.previous.setdefault(variable, earlier)

    def _pair_children(self, old: list[int], new: list[int], fresh: set[int]) -> None:
        """Pair the children of two paired objects, in order; ``fresh`` are new in this stage."""
        previous, classes = self.previous, self.classes
        kept = set(new) if len(new) > 4 else new
        if len(old) != len(new):
            old, new = _equally_frequent(
                [child for child in old if child not in kept],
                [child for child in new if child in fresh],
                classes,
            )
        for old_node, new_node in zip(old, new, strict=True):
            if new_node not in fresh or new_node in previous or old_node in kept:
                continue
            if (
                classes[old_node] is classes[new_node]
                or TURNED.get(classes[old_node]) is classes[new_node]
            ):
                previous[new_node] = old_node
            elif classes[old_node] is tirx.For:
                self._pair_unrolled(old_node, new_node)

    def _pair_unrolled(self, loop: int, new_node: int) -> None:
        """Pair the body of a loop with what stands in the loop's place, once or many times."""
        classes, children = self.classes, self.children
        while (
            classes[loop] is tirx.For and classes[new_node] is not tirx.For and children.get(loop)
        ):
            loop = children[loop][-1]
        body = children[loop] if classes[loop] is tirx.SeqStmt else [loop]
        unrolled = children[new_node] if classes[new_node] is tirx.SeqStmt else [new_node]
        if len(unrolled) % len(body) == 0:
            for i, statement in enumerate(unrolled):
                old_node = body[i % len(body)]
                if classes[old_node] is classes[statement] and old_node != statement:
                    self.previous.setdefault(statement, old_node)


@cache
def fields(cls: Any) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a class that hold code, and whether each holds several nodes."""
    code: list[tuple[str, bool]] = []
    info = cls.__tvm_ffi_type_info__
    while info is not None:
        declared = [(field.name, str(field.ty)) for field in info.fields]
        code = [
            (name, "Array[" in ty)
            for name, ty in declared
            if name not in NOT_TRACED and ("Expr" in ty or "Stmt" in ty or "Block" in ty)
        ] + code
        info = info.parent_type_info
    return tuple(code)


def _parts(obj: Any) -> Iterator[Any]:
    """Yield the objects in the fields of an object that hold code."""
    for name, many in fields(obj.__class__):
        value = getattr(obj, name)
        yield from (each for each in (elements(value) if many else (value,)) if each is not None)


def _statements_in(obj: Any) -> list[Any]:
    """Return the statements in the fields of an object; of most statements there are none."""
    if obj.__class__ in LEAF_STATEMENTS:
        return []
    return [each for each in _parts(obj) if isinstance(each, tirx.Stmt)]


def _stages(recording: Recording) -> Iterator[tuple[int, tvm.IRModule]]:
    yield 0, recording.input
    if recording.steps:
        yield 0, recording.steps[0].before
    for number, step in enumerate(recording.steps, 1):
        yield number, step.after


def _kernel_arguments(recording: Recording) -> Iterator[tuple[int, int]]:
    """Yield the parameters of kernels and the variables that the host passes for them."""
    for step in recording.steps:
        if step.name != "tirx.SplitHostDevice":
            continue
        kernels = {
            symbol_of(function) or str(variable.name_hint): function
            for variable, function in step.after.functions.items()
        }
        for function in kernels.values():
            for call in _launches(function):
                kernel = kernels.get(str(call.args[0].value))
                if kernel is None:
                    continue
                for parameter, argument in zip(kernel.params, list(call.args)[1:], strict=False):
                    if isinstance(argument, ir.Var):
                        yield parameter.__chandle__(), argument.__chandle__()


def _launches(function: Any) -> list[Any]:
    launches: list[Any] = []

    def visit(call: Any) -> None:
        if operator(call) == "tirx.call_ffi_kernel":
            launches.append(call)

    if isinstance(function, tirx.PrimFunc):
        tvm_ffi.structural_walk(function.body, [(ir.Call, visit)], order="pre")
    return launches


def _equally_frequent(
    old: list[int], new: list[int], classes: dict[int, Any]
) -> tuple[list[int], list[int]]:
    """Keep of two lists the classes that both have equally often, sorted by class alike."""
    counts = Counter(classes[child] for child in old)
    others = Counter(classes[child] for child in new)
    order = {cls: i for i, (cls, count) in enumerate(counts.items()) if others[cls] == count}

    def sorted_by_class(children: list[int]) -> list[int]:
        kept = (child for child in children if classes[child] in order)
        return sorted(kept, key=lambda child: order[classes[child]])

    return sorted_by_class(old), sorted_by_class(new)
