"""Trace every object of a build: the stage where it began, the object it was rebuilt from.

TVM's nodes never change once made: a pass that alters one rebuilds it and all that stand above it,
and shares the rest. While all stages are alive, an object of a stage is therefore either one of an
earlier stage (then so is everything below it) or new. Only what is new is visited: the cost is that
of the changes, not that of the stages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.ir.functions import symbol_of
from viz.ir.labels import operator
from viz.passes import stage_size
from viz.passes.code_fields import CODE_IN, SHARED_CLASSES
from viz.passes.recording import Recording

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


CHOICES = frozenset((tirx.Select,))
"""What unrolling makes large: nested, they hold a table, of which each copy reads one number."""


class TracedObject(msgspec.Struct, eq=False):
    """An object of a build.

    Attributes
    ----------
    handle
        Its address.
    cls
        Its Python class.
    parent
        The first object that it was met in, None for a function.
    span
        The handle of its TVM span, 0 without; passes share span objects rather than copy them.
    variable
        The handle of its Var, for the types of ``NAMED``, else 0.
    children
        The objects in its fields, leaves left out.
    previous
        The object of an earlier stage that it was rebuilt from, where there is one.
    stage
        The number of the stage where it began, 0 for what the pipeline was given. A pass that only
        rebuilt a node, because something below it changed, did not make it; one that put a node of
        another type in its place did.
    met
        Which of the modules it was met in first, counted from 1; 0 before it is looked into.
    """

    handle: int
    cls: Any
    parent: TracedObject | None
    span: int = 0
    variable: int = 0
    stage: int = 0
    met: int = 0
    children: Sequence[TracedObject] = ()
    previous: TracedObject | None = None

    def lineage(self) -> Iterator[TracedObject]:
        """Yield the object, what it was rebuilt from, and so on back."""
        current: TracedObject | None = self
        while current is not None:
            yield current
            current = current.previous


class _Stage(NamedTuple):
    """What a module of the build has that no earlier one had.

    Attributes
    ----------
    number
        The number of the stage.
    objects
        The objects of this stage and of earlier ones, by handle.
    opaque
        The classes of objects that are not looked into.
    new
        The new objects, parents before children.
    latest
        The first of these with each key that an object shares with its earlier self.
    """

    number: int
    objects: dict[int, TracedObject]
    opaque: Container[Any]
    new: list[TracedObject]
    latest: dict[Any, TracedObject]


class Ancestry:
    """The objects of a recording, by handle: their address, since all of them are alive.

    In a stage that is several times as large as the last one, loops are unrolled, and most of that
    is simplified away: there, what a Select chooses from is not looked into. A stage many times as
    large is left out. What these made that is not looked into counts as made by the pass after it.

    Attributes
    ----------
    objects
        The objects, Vars and other leaves left out.
    parameters
        The number of the stage where each parameter began, by the handle of its Var.
    earlier_variables
        The Var that stood in the place of another one, by handle.
    uses
        The objects that used a Var, by the Var's handle, in the order they were met.
    """

    def __init__(self, recording: Recording) -> None:
        self.objects: dict[int, TracedObject] = {}
        self.parameters: dict[int, int] = {}
        self.earlier_variables: dict[int, int] = {}
        self.uses: defaultdict[int, list[TracedObject]] = defaultdict(list)
        self._modules = 0
        self._latest: dict[Any, TracedObject] = {}
        self._known_variables: set[int] = set()
        self._functions: dict[str, TracedObject] = {}
        limits = stage_size.limits(len(recording.final))
        is_large = False
        for number, module in _stages(recording):
            # After a large stage, what was not looked into there counts once more.
            most = limits.large if is_large else limits.most
            size = stage_size.new_objects(module, self.objects, most)
            if size <= limits.most:
                is_large = size > limits.large
                self._add_stage(number, module, is_large=is_large)
        for parameter, argument in _kernel_arguments(recording):
            self.earlier_variables.setdefault(parameter, argument)

    def stage_of(self, handle: int) -> int | None:
        """Return the number of the stage where an object or a parameter began; None for others."""
        found = self.objects.get(handle)
        return self.parameters.get(handle) if found is None else found.stage

    def variable_of(self, handle: int) -> int:
        """Return the handle of the Var that an object is about, 0 without."""
        found = self.objects.get(handle)
        return 0 if found is None else found.variable

    def lineage(self, handle: int) -> Iterator[int]:
        """Yield the handles of an object, of what it was rebuilt from, and so on back."""
        found = self.objects.get(handle)
        return iter((handle,)) if found is None else (each.handle for each in found.lineage())

    def variable_lineage(self, variable: int) -> Iterator[int]:
        """Yield a Var, the one that stood in its place, and so on back."""
        current: int | None = variable
        while current is not None:
            yield current
            current = self.earlier_variables.get(current)

    def _add_stage(self, number: int, module: tvm.IRModule, *, is_large: bool) -> None:
        """Add the objects of a stage that no earlier one had, and pair them with earlier ones."""
        self._modules += 1
        if is_large:
            stage = _Stage(number, dict(self.objects), CHOICES, [], {})
        else:
            stage = _Stage(number, self.objects, (), [], {})
        functions: dict[str, TracedObject] = {}
        for variable, function in module.functions.items():
            if not isinstance(function, tirx.PrimFunc):
                continue
            handle, name = function.__chandle__(), str(variable.name_hint)
            traced = stage.objects.get(handle)
            if traced is None:
                for parameter in function.params:
                    self.parameters.setdefault(parameter.__chandle__(), number)
                traced = stage.objects[handle] = TracedObject(handle, function.__class__, None)
                self._visit(stage, traced, function)
                traced.previous = self._functions.get(name)
            functions[name] = traced
        self._functions |= functions
        self._pair(stage.new)
        if is_large:
            self._keep(stage)
        self._latest |= stage.latest
        self._known_variables.update(each.variable for each in stage.new if each.variable)

    def _keep(self, stage: _Stage) -> None:
        """Keep the objects of a stage with nothing below them that was not looked into.

        What a later stage has of the others is looked into there.
        """
        known = self.objects
        for traced in reversed(stage.new):
            if traced.cls in stage.opaque:
                continue
            for child in traced.children:
                if child.handle not in known:
                    break
            else:
                known[traced.handle] = traced

    def _visit(self, stage: _Stage, traced: TracedObject, function: Any) -> None:
        """Note what a function has that no earlier stage had, parents before children."""
        # This runs for every object of a build: attributes are looked up once.
        number, objects, opaque, new, latest = stage
        uses, modules = self.uses, self._modules
        stack = [(traced, function)]
        while stack:
            traced, obj = stack.pop()
            if traced.met:
                continue
            new.append(traced)
            traced.met, traced.stage = modules, number
            cls = traced.cls
            if (span := obj.span) is not None:
                traced.span = span.__chandle__()
                latest.setdefault((traced.span, cls), traced)
            if cls in NAMED:
                self._note_variable(traced, obj, latest)
            children: list[TracedObject] = []
            fresh: list[tuple[TracedObject, Any]] = []
            for child in () if cls in opaque else CODE_IN[cls](obj):
                child_class = child.__class__
                if child_class is ir.Var:
                    uses[child.__chandle__()].append(traced)
                elif child_class not in SHARED_CLASSES and child is not None:
                    handle = child.__chandle__()
                    below = objects.get(handle)
                    if below is None:
                        below = objects[handle] = TracedObject(handle, child_class, traced)
                    if not below.met:
                        fresh.append((below, child))
                    children.append(below)
            if children:
                traced.children = children
                fresh.reverse()
                stack += fresh

    def _note_variable(
        self, traced: TracedObject, obj: Any, latest: dict[Any, TracedObject]
    ) -> None:
        """Note the Var that an object is about, and what it shares with its earlier self by it."""
        variable = NAMED[traced.cls](obj)
        if variable is None:
            return
        traced.variable = variable.__chandle__()
        if traced.cls in BINDERS:
            latest.setdefault((traced.variable, traced.cls), traced)
            latest.setdefault(traced.variable, traced)

    def _pair(self, new: list[TracedObject]) -> None:
        """Find what new objects were rebuilt from, and what their children may have been.

        Only what is new in this stage gets an earlier self, and that is always of an earlier stage:
        so no lineage has a circle.
        """
        # This runs for every object of a build, too.
        latest = self._latest
        for traced in new:
            old, cls, span = traced.previous, traced.cls, traced.span
            # Its place among its siblings says less than a span or a Var, but tells copies apart.
            if old is None or old.span != span:
                earlier = latest.get((span, cls)) if span else None
                if earlier is None and traced.variable and cls in BINDERS:
                    variable = traced.variable
                    earlier = latest.get((variable, cls), latest.get(variable))
                if earlier is not None:
                    traced.previous = old = earlier
            if old is None or old.cls is not cls:
                continue
            traced.stage = old.stage
            if traced.variable:
                self._pair_variables(old, traced)
            if traced.children and old.children:
                self._pair_children(old.children, traced.children)

    def _pair_variables(self, old: TracedObject, new: TracedObject) -> None:
        """Pair the Vars of two paired objects, if the second one is new."""
        known = self._known_variables
        if old.variable in known and new.variable not in known:
            self.earlier_variables.setdefault(new.variable, old.variable)

    def _pair_children(self, old: Sequence[TracedObject], new: Sequence[TracedObject]) -> None:
        """Pair the children of two paired objects, in order, as far as they are new."""
        modules = self._modules
        kept = set(new) if len(new) > 4 else new
        if len(old) != len(new):
            new = [child for child in new if child.met == modules]
            old = [child for child in old if child not in kept] if new else []
            old, new = _equally_frequent(old, new)
        for old_child, child in zip(old, new, strict=True):
            if child.met != modules or child.previous is not None or old_child in kept:
                continue
            if old_child.cls is child.cls or TURNED.get(old_child.cls) is child.cls:
                child.previous = old_child
            elif old_child.cls is tirx.For:
                _pair_unrolled(old_child, child)


def _pair_unrolled(loop: TracedObject, new: TracedObject) -> None:
    """Pair the body of a loop with what stands in the loop's place, once or many times."""
    while loop.cls is tirx.For and new.cls is not tirx.For and loop.children:
        loop = loop.children[-1]
    body = loop.children if loop.cls is tirx.SeqStmt else [loop]
    unrolled = new.children if new.cls is tirx.SeqStmt else [new]
    if len(unrolled) % len(body) == 0:
        for i, statement in enumerate(unrolled):
            old = body[i % len(body)]
            if old.cls is statement.cls and old is not statement and statement.previous is None:
                statement.previous = old


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
    old: Sequence[TracedObject], new: Sequence[TracedObject]
) -> tuple[list[TracedObject], list[TracedObject]]:
    """Keep of two lists the classes that both have equally often, sorted by class alike."""
    if not old or not new:
        return [], []
    counts = Counter(child.cls for child in old)
    others = Counter(child.cls for child in new)
    order = {cls: i for i, (cls, count) in enumerate(counts.items()) if others[cls] == count}

    def sorted_by_class(children: Sequence[TracedObject]) -> list[TracedObject]:
        kept = (child for child in children if child.cls in order)
        return sorted(kept, key=lambda child: order[child.cls])

    return sorted_by_class(old), sorted_by_class(new)
