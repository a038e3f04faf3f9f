"""Follow the calls of Relax functions through Relax's passes: which call became which kernel.

A pass keeps the variable that a call is bound to, or the call itself, or it makes a function of
several calls, in their order. So each binding of a later stage is one of the user's or was made of
some of them; and each PrimFunc that a pass made is the kernel of the calls that name it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import tvm
from tvm import ir, relax, tirx

from viz.ir.functions import is_relax, relax_functions
from viz.ir.labels import operator
from viz.ir.walker import Occurrence
from viz.passes.relax.bindings import (
    BindingReader,
    Bound,
    arguments,
    bindings,
    callee,
    kernel_of,
    objects,
    statements,
)
from viz.passes.relax.twins import with_earlier
from viz.passes.step import Step

Nodes = tuple[int, ...]
"""Ids of nodes of the stage ``input``."""


class CalledKernel(NamedTuple):
    """A PrimFunc that Relax functions call.

    Attributes
    ----------
    name
        The name of its GlobalVar when it was made.
    made_by
        The number of the pass that made it; 0 for one of the user's.
    sites
        What each call of it was made of, in the order of the program: one of the user's calls, or
        several that were fused.
    function
        The PrimFunc as it was made, before any schedule.
    """

    name: str
    made_by: int
    sites: tuple[Nodes, ...]
    function: Any


class CallSite(NamedTuple):
    """A call of a PrimFunc, as the codegen of the virtual machine gets it.

    Attributes
    ----------
    calls
        What it was made of: one of the user's calls, or several that were fused.
    arguments
        The node behind each argument, in their order; -1 where none is known.
    """

    calls: Nodes
    arguments: Nodes


class CallOfKernel(NamedTuple):
    """A call of a PrimFunc: its binding, the PrimFunc's name, and what it was made of."""

    bound: Bound
    name: str
    site: CallSite


class RelaxCalls:
    """The calls of a build, from the user's to the kernels.

    Parameters
    ----------
    steps
        All steps of the build; those of Relax are followed.
    nodes
        The nodes of the stage ``input``.

    Attributes
    ----------
    kernels
        The kernels by the name that they were made with.
    last
        The module that the codegen of the virtual machine gets; None without Relax functions.
    called
        The calls of PrimFuncs by each of its Relax functions, by name, in the order of the program.
    sites
        The calls of each PrimFunc, by its name, in the order of the program.
    made_of
        The input node behind what Relax's passes made, by the handle of an object: behind what a
        kernel computes the call, behind a kernel's parameter the argument, behind a binding the
        user's. Of several calls that were fused it is the last.
    made_by
        The number of the pass that made a variable of a Relax function or its value, by handle; 0
        for the user's.
    """

    def __init__(self, steps: tuple[Step, ...], nodes: list[Occurrence]) -> None:
        self.kernels: dict[str, CalledKernel] = {}
        self.made_of: dict[int, int] = {}
        self.made_by: dict[int, int] = {}
        self._read = BindingReader()
        self._origins: dict[int, Nodes] = {}
        """By the handle of a variable or of a bound value."""
        self._parameters: dict[int, int] = {}
        """Nodes of the parameters of the user's Relax functions, by handle."""
        self._note_input(nodes)
        upper = [(i, step) for i, step in enumerate(steps, 1) if step.part == "relax"]
        if upper:
            self._new_kernels(0, None, upper[0][1].before)
        for number, step in upper:
            if not step.before.functions.same_as(step.after.functions):
                self._follow(number, step.before, step.after)
                self._new_kernels(number, step.before, step.after)
        self.last = upper[-1][1].before if upper else None
        self.called = self._called()
        self.sites: dict[str, list[CallSite]] = {}
        for calls in self.called.values():
            for each in calls:
                self.sites.setdefault(each.name, []).append(each.site)

    def _note_input(self, nodes: list[Occurrence]) -> None:
        for node in nodes:
            above = nodes[node.parent].obj if node.parent >= 0 else None
            if isinstance(above, relax.VarBinding) and node.field == "value":
                self._origins.setdefault(node.handle, (node.id,))
                own = self._origins[node.handle] if isinstance(node.obj, ir.Var) else (node.id,)
                self._origins.setdefault(above.var.__chandle__(), own)
                for obj in (above.var, node.obj):
                    self.made_by[obj.__chandle__()] = 0
            elif isinstance(above, relax.Function) and node.field.startswith("params["):
                self._parameters[node.handle] = node.id

    def _follow(self, number: int, before: tvm.IRModule, after: tvm.IRModule) -> None:
        """Find the origins of the bindings that a pass made."""
        earlier, functions = relax_functions(before), relax_functions(after)
        for name in earlier.keys() & functions.keys():
            if not earlier[name].same_as(functions[name]):
                self._rebuilt(earlier[name], functions[name], functions)
        # Groups of fused calls come first: other functions call them.
        for function in sorted(functions.values(), key=_is_group, reverse=True):
            bound = self._read.bindings(function)
            for obj in (each for pair in bound for each in pair):
                self.made_by.setdefault(obj.__chandle__(), number)
            for each in bound:
                named = each.value.__chandle__()
                if isinstance(each.value, ir.Var) and named in self._origins:  # by now, a group
                    self._origins[each.variable.__chandle__()] = self._origins[named]
                self._settle(each, self._own(each, functions))
            self._aliases(bound)
            self._users(bound)

    def _settle(self, bound: Bound, nodes: Nodes) -> None:
        if nodes:
            for obj in (bound.variable, bound.value):
                self._origins.setdefault(obj.__chandle__(), nodes)
            self.made_of.setdefault(bound.variable.__chandle__(), nodes[-1])
            if not isinstance(bound.value, ir.Var):
                self.made_of.setdefault(bound.value.__chandle__(), nodes[-1])

    def _own(self, bound: Bound, functions: dict[str, Any]) -> Nodes:
        """Return the origin of a binding by its variable, its value or the group it calls."""
        for obj in (bound.variable, bound.value):
            if (nodes := self._origins.get(obj.__chandle__())) is not None:
                return nodes
        group = functions.get(callee(bound.value))
        if group is None:
            return ()
        inside = (self._origins.get(each.variable.__chandle__(), ()) for each in _computed(group))
        return tuple(dict.fromkeys(node for nodes in inside for node in nodes))

    def _rebuilt(self, before: Any, after: Any, functions: dict[str, Any]) -> None:
        """Find the origins of bindings that a pass made anew, by what they call and are given.

        ToNonDataflow gives them other variables, FuseOps where shapes have variables.
        """
        made_of: list[int] = []
        for each in with_earlier(before, after, functions, self._read):
            nodes = self._origins.get(each.variable, ())
            if each.stands == "for a group":
                nodes, made_of = tuple(dict.fromkeys(made_of)), []
            elif each.stands == "in a group" and isinstance(each.bound.value, ir.Call):
                made_of += nodes
            self._settle(each.bound, nodes)

    def _aliases(self, bound: list[Bound]) -> None:
        """Give what a name stands for the name's origin: ``y = alloc``, ``t = alloc1, alloc2``."""
        for variable, value in bound:
            nodes = self._origins.get(variable.__chandle__(), ())
            named = list(value.fields) if isinstance(value, ir.Tuple) else [value]
            for each in named if nodes else ():
                if isinstance(each, ir.Var):
                    self._origins.setdefault(each.__chandle__(), nodes)

    def _users(self, bound: list[Bound]) -> None:
        """Give what serves a call the call's origin: memory that it writes, checks of arguments."""
        unknown = self._unknown(bound)
        for each in unknown.values():
            if makes_room(each.value):
                continue
            nodes = list(map(self._of_argument, self._read.arguments(each.value)))
            known = [n for n in nodes if n]
            if known:  # a kernel writes its last arguments
                is_kernel = isinstance(getattr(each.value, "op", None), ir.GlobalVar)
                self._settle(each, known[-1 if is_kernel else 0])
        unknown = self._unknown(unknown.values())
        users: dict[int, Nodes] = {}
        for each in reversed(bound) if unknown else ():
            handle = each.variable.__chandle__()
            if handle in unknown:
                self._settle(each, users.get(handle, ()))
            own = self._origins.get(handle, ())
            for argument in self._read.arguments(each.value) if own else ():
                if (memory := argument.__chandle__()) in unknown:
                    users[memory] = own

    def _unknown(self, bound: Iterable[Bound]) -> dict[int, Bound]:
        """Return the bindings without an origin, by the handles of their variables."""
        handles = ((each.variable.__chandle__(), each) for each in bound)
        return {handle: each for handle, each in handles if handle not in self._origins}

    def _of_argument(self, argument: Any) -> Nodes:
        handle = argument.__chandle__() if isinstance(argument, ir.Var) else 0
        if handle in self._parameters:
            return (self._parameters[handle],)
        return self._origins.get(handle, ())

    # ------------------------------------------------------------ kernels

    def _called(self) -> dict[str, list[CallOfKernel]]:
        """Return the calls of PrimFuncs whose origin is known, by each Relax function."""
        called: dict[str, list[CallOfKernel]] = {}
        for caller, function in (relax_functions(self.last) if self.last else {}).items():
            for each in self._read.bindings(function):
                nodes = self._origins.get(each.variable.__chandle__(), ())
                if (name := self._read.kernel_of(each.value)) and nodes:
                    given = (
                        (*self._of_argument(argument), -1)[0]
                        for argument in self._read.arguments(each.value)
                    )
                    site = CallSite(nodes, tuple(given))
                    called.setdefault(caller, []).append(CallOfKernel(each, name, site))
        return called

    def _new_kernels(self, number: int, before: tvm.IRModule | None, after: tvm.IRModule) -> None:
        """Note the PrimFuncs that a stage has and no earlier one had, if its calls name them."""
        prim_funcs = {str(v.name_hint): f for v, f in after.functions.items() if not is_relax(f)}
        sites: dict[str, list[Bound]] = {}
        for function in after.functions.values():
            for each in self._read.bindings(function) if is_relax(function) else ():
                sites.setdefault(self._read.kernel_of(each.value), []).append(each)
        for name, function in prim_funcs.items():
            if name in self.kernels or name not in sites:
                continue
            nodes = tuple(self._origins.get(s.variable.__chandle__(), ()) for s in sites[name])
            self.kernels[name] = CalledKernel(name, number, nodes, function)
            if number and nodes[0] and isinstance(function, tirx.PrimFunc):
                self._note_parameters(function, sites[name][0], nodes[0])
                self._note_body(function, self._parts(name, before, nodes[0]))

    def _parts(self, name: str, before: tvm.IRModule | None, nodes: Nodes) -> list[tuple[int, int]]:
        """Return the number of statements of each call in a kernel, with the call's node."""
        functions = {str(v.name_hint): f for v, f in before.functions.items()} if before else {}
        group = functions.get(name)
        parts = []
        for each in _computed(group) if group is not None and is_relax(group) else ():
            kernel = functions.get(kernel_of(each.value))
            of_call = self._origins.get(each.variable.__chandle__(), nodes)
            if isinstance(kernel, tirx.PrimFunc):
                parts.append((len(statements(kernel)), of_call[0]))
        return parts or [(0, nodes[0])]

    def _note_parameters(self, function: Any, site: Bound, nodes: Nodes) -> None:
        given = arguments(site.value)
        for i, parameter in enumerate(function.params):
            own = self._of_argument(given[i]) if i < len(given) else ()
            self.made_of.setdefault(parameter.__chandle__(), own[0] if own else nodes[-1])

    def _note_body(self, function: Any, parts: list[tuple[int, int]]) -> None:
        """Note the call behind each object of a kernel: of a fused one by its statements."""
        outermost = statements(function)
        calls = [node for count, node in parts for _ in range(count)]
        if len(calls) != len(outermost):  # one call, or a pass put them together otherwise
            calls = [parts[0][1]] * len(outermost) if len(parts) == 1 else []
        callers: dict[int, tuple[Any, list[int]]] = {}
        for statement, node in zip(outermost, calls, strict=False):
            for obj in objects(statement):
                callers.setdefault(obj.__chandle__(), (obj, []))[1].append(node)
        for handle, (obj, nodes) in callers.items():
            if _is_buffer(obj):  # of an argument, else of the call that writes it
                self.made_of.setdefault(handle, nodes[0])
            elif len(set(nodes)) == 1:  # also where another call of the operator made it at first
                self.made_of[handle] = nodes[0]
            else:  # several of the calls share it: what is around it tells them apart
                self.made_of.pop(handle, None)


def _is_buffer(obj: Any) -> bool:
    return isinstance(obj, ir.Var) and not isinstance(obj.ty, ir.PrimType)


def _is_group(function: Any) -> bool:
    """Whether a Relax function is a group of calls that one kernel is to be made of."""
    return bool(function.attrs) and "Primitive" in function.attrs


def _computed(group: Any) -> Iterator[Bound]:
    """Yield the bindings of a group that compute something."""
    return (each for each in bindings(group.body) if isinstance(each.value, ir.Call))


def makes_room(value: Any) -> bool:
    """Whether a value is memory or a shape, which serves what uses it."""
    name = operator(value)
    packed = str(getattr(getattr(value, "op", None), "global_symbol", ""))
    return ".alloc_" in name or packed.startswith("vm.builtin.make_shape")
