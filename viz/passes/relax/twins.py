"""Find for each binding of a Relax function the one that it was before a pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from tvm import ir

from viz.ir.labels import operator
from viz.passes.relax.bindings import BindingReader, Bound, callee


class Earlier(NamedTuple):
    """A binding after a pass, and what it was before.

    Attributes
    ----------
    variable
        The handle of the variable that the value was bound to, 0 where none is known.
    stands
        ``alone``, ``in a group`` of calls that are to be fused, or ``for a group``, which it calls.
    """

    bound: Bound
    variable: int
    stands: Literal["alone", "in a group", "for a group"]


def with_earlier(
    before: Any, after: Any, functions: Mapping[str, Any], read: BindingReader
) -> Iterator[Earlier]:
    """Yield the bindings of a function after a pass, those of groups before the calls of these.

    Parameters
    ----------
    before, after
        The function.
    functions
        The Relax functions after the pass by name, groups among them.
    """
    bindings = read.bindings(after)
    groups = [functions.get(callee(bound.value)) for bound in bindings]
    inside = (each for group in groups if group for each in read.bindings(group))
    twins = _Twins(read.bindings(before), (*bindings, *inside), read)
    for bound, group in zip(bindings, groups, strict=True):
        if group is None:
            yield Earlier(bound, twins.of(bound), "alone")
            continue
        twins.enter(group, bound.value)
        for inner in read.bindings(group):
            yield Earlier(inner, twins.of(inner), "in a group")
        yield Earlier(bound, 0, "for a group")
        twins.leave(group, bound.variable)


class _Twins:
    """Finds for each binding of a function the one of the function before a pass that it was.

    Parameters
    ----------
    before
        What the function bound before the pass.
    after
        What it binds after it, and the groups that it calls then.
    """

    def __init__(
        self, before: Sequence[Bound], after: Iterable[Bound], reader: BindingReader
    ) -> None:
        self._read = reader
        self._same: dict[int, int] = {}
        """The handle of the earlier variable, by that of the one that stands in its place."""
        self._values: dict[int, int] = {}
        """The variables by the handles of their values."""
        self._calls: dict[Any, list[int]] = {}
        """The variables that are gone, by what tells their values from others."""
        self._used: set[int] = set()
        """The variables that were found."""
        kept = {each.variable.__chandle__() for each in after}
        for variable, value in before:
            handle = variable.__chandle__()
            self._same[handle] = handle
            self._values[value.__chandle__()] = handle
            if handle not in kept:
                self._calls.setdefault(self._key(value), []).append(handle)

    def of(self, bound: Bound) -> int:
        """Return the handle of the earlier variable of a binding, 0 where there is none."""
        handle = bound.variable.__chandle__()
        twin = self._same.get(handle) or self._values.get(bound.value.__chandle__(), 0)
        if twin in self._used:  # it stands in a group that several calls share
            twin = 0
        if self._calls and twin != handle:
            alike = self._calls.get(self._key(bound.value), [])
            if not twin and alike:
                twin = alike[0]
            if twin in alike:
                alike.remove(twin)
        if twin:
            self._same[handle] = twin
            self._used.add(twin)
        return twin

    def enter(self, group: Any, call: Any) -> None:
        """Note what the parameters of a group stand for where it is called."""
        for parameter, argument in zip(group.params, call.args, strict=False):
            # A constant is no variable where it was used before: FuseOps makes a parameter of it.
            is_variable = isinstance(argument, ir.Var)
            self._same[parameter.__chandle__()] = self._variable(argument) if is_variable else 0

    def leave(self, group: Any, variable: Any) -> None:
        """Note what the variable of a group's result stands for."""
        self._same[variable.__chandle__()] = self._variable(group.body.body)

    def _variable(self, obj: Any) -> int:
        handle: int = obj.__chandle__()
        return self._same.get(handle, handle)

    def _key(self, value: Any) -> Any:
        """Return what tells a value from others: what it calls, and the variables it is given."""
        if isinstance(value, ir.TupleGetItem):
            return int(value.index), self._variable(value.tuple_value)
        name = self._read.kernel_of(value) or operator(value)
        variables = (each for each in self._read.arguments(value) if isinstance(each, ir.Var))
        return name, tuple(filter(None, map(self._variable, variables)))
