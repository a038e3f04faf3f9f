"""Note of each binding that TVM's frontends emit what it is made from.

Both frontends build functions with ``relax.BlockBuilder``. While :func:`noting` runs, its methods
that emit also ask where in the model the call comes from. What one call emits beside the binding
that it returns (TVM gives every nested call a variable) is found by what that binding uses: nothing
is matched by names or by counting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tvm import relax

from viz.model import ModelPart

WhatFor = Callable[[], ModelPart | None]
"""Says which part of the model is being computed at this moment, None where that is not known."""

_EMITTING = ("emit", "emit_output", "match_cast")


class BindingNotes:
    """What each binding of each function is made from."""

    def __init__(self, what_for: WhatFor) -> None:
        self._what_for = what_for
        self._parts: dict[Any, ModelPart | None] = {}
        self._functions: dict[str, list[tuple[str, ModelPart | None]]] = {}

    def parts(self, name: str, function: relax.Function) -> list[ModelPart | None]:
        """Return what the bindings of a finished function are made from, as its print has them.

        Bindings inside an ``if`` come where it stands: those of its first branch and the variable
        that it defines, then those of the other and the variable again.

        Parameters
        ----------
        name
            The name of the function in its module.
        """
        noted = self._functions.get(name, [])
        names = [str(binding.var.name) for binding in _in_print(function)]
        # Passes of a frontend keep the bindings; where one does not, no tie is better than a guess.
        return [part for _, part in noted] if [name for name, _ in noted] == names else []

    def emitted(self, builder: relax.BlockBuilder, variable: Any) -> None:
        """Note a variable that a builder has just emitted, and those that it needed."""
        part = self._what_for()
        waiting = [variable]
        while waiting:
            current = waiting.pop()
            if current in self._parts or (value := builder.lookup_binding(current)) is None:
                continue
            # A returned variable is another name of what was computed before, maybe elsewhere.
            self._parts[current] = self._of(value) or part
            if isinstance(value, relax.If):
                inside = [*_bindings(value.true_branch), *_bindings(value.false_branch)]
                self._parts.update((binding.var, part) for binding in inside)
            waiting.extend(relax.analysis.free_vars(value))

    def _of(self, value: Any) -> ModelPart | None:
        return self._parts.get(value) if isinstance(value, relax.Var) else None

    def finished(self, name: str, function: Any) -> None:
        """Note a function whose bindings are all emitted."""
        if isinstance(function, relax.Function):
            self._functions[name] = [
                (str(binding.var.name), self._parts.get(binding.var))
                for binding in _in_print(function)
            ]


@contextmanager
def noting(what_for: WhatFor) -> Iterator[BindingNotes]:
    """Note all bindings that builders emit until the end of the block."""
    notes = BindingNotes(what_for)
    builder: Any = relax.BlockBuilder
    originals = {name: getattr(builder, name) for name in (*_EMITTING, "emit_func_output")}

    def emitting(original: Callable[..., Any]) -> Callable[..., Any]:
        def emit(self: relax.BlockBuilder, *arguments: Any, **options: Any) -> Any:
            variable = original(self, *arguments, **options)
            notes.emitted(self, variable)
            return variable

        return emit

    def emit_func_output(self: relax.BlockBuilder, *arguments: Any, **options: Any) -> Any:
        variable = originals["emit_func_output"](self, *arguments, **options)
        notes.finished(str(variable.name_hint), self.get()[variable])
        return variable

    try:
        for name in _EMITTING:
            setattr(builder, name, emitting(originals[name]))
        builder.emit_func_output = emit_func_output
        yield notes
    finally:
        for name, original in originals.items():
            setattr(builder, name, original)


def _in_print(function: relax.Function) -> Iterator[Any]:
    """Yield the bindings of a function in the order of its print."""
    yield from _bindings(function.body)


def _bindings(expression: Any) -> Iterator[Any]:
    for block in getattr(expression, "blocks", ()):
        for binding in block.bindings:
            value = getattr(binding, "value", None)
            if isinstance(value, relax.If):
                yield from _bindings(value.true_branch)
                yield binding
                yield from _bindings(value.false_branch)
            if not isinstance(value, relax.Function):  # a function of its own in the print
                yield binding
