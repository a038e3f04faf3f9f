"""Find how far an output may be from its reference: by the narrowest floats on the way to it.

A sum of float16 that ends in a float32 is no more exact than float16, and one of many terms is less
exact the more there are, where the sum itself is rounded to float16. Products in float16 that are
summed in float32 are as exact as one product, so that a term which is left out is seen. Copies, and
values that are only read, round nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import ml_dtypes
import tvm

from viz.harness.comparison import TOLERANCES, Tolerance
from viz.ir.labels import dtype, type_key
from viz.ir.walker import Occurrence, occurrences
from viz.runtime.analysis.sizes import DEFAULT_SIZE, buffers, variables
from viz.runtime.analysis.written import called, handle

_UNROUNDED = {"ir.TensorLoad", "ir.Var", "ir.FloatImm", "prim.Select", "prim.Broadcast"}
"""Expressions that hand on what they are given."""


class Rounding(NamedTuple):
    """The tolerance that a store needs, and the buffers that its value comes from."""

    tolerance: Tolerance
    sources: frozenset[int]


def tolerances(function: Any, mod: tvm.IRModule, sizes: Mapping[str, int]) -> dict[str, Tolerance]:
    """Return the tolerance of each buffer of a PrimFunc that floats are computed for.

    Parameters
    ----------
    mod
        The module of the function, whose other functions it may call.
    sizes
        The values of the variables in shapes.
    """
    stores: dict[int, list[Rounding]] = {}
    for each in _functions(function, mod):
        _Function(each, mod, sizes).collect(stores)
    found: dict[str, Tolerance] = {}
    for param in buffers(function):
        seen: set[int] = set()
        waiting = [handle(param)]
        while waiting:
            if (buffer := waiting.pop()) in seen:
                continue
            seen.add(buffer)
            for rounding in stores.get(buffer, ()):
                name = str(param.name)
                found[name] = max(found.get(name, Tolerance()), rounding.tolerance, key=_least)
                waiting += rounding.sources
    return found


def _least(tolerance: Tolerance) -> float:
    return tolerance.least


def _functions(function: Any, mod: tvm.IRModule) -> list[Any]:
    """Return a function, and the others of its module where it calls any."""
    others = [f for f in mod.functions.values() if isinstance(f, tvm.tirx.PrimFunc)]
    calls = (node.obj for node in occurrences(function) if isinstance(node.obj, tvm.ir.Call))
    return others if any(isinstance(call.op, tvm.ir.GlobalVar) for call in calls) else [function]


class _Function:
    """Collects the stores of one function."""

    def __init__(self, function: Any, mod: tvm.IRModule, sizes: Mapping[str, int]) -> None:
        self._mod, self._sizes = mod, sizes
        self._nodes = occurrences(function)
        self._loops: dict[int, set[int]] = {}
        self._resets: dict[int, set[int]] = {}

    def collect(self, stores: dict[int, list[Rounding]]) -> None:
        """Add the roundings of each buffer, by its handle."""
        updates = []
        for node in self._nodes:
            key = type_key(node.obj)
            if key == "s_tir.SBlockRealize":
                for iterator, value in zip(
                    node.obj.block.iter_vars, node.obj.iter_values, strict=True
                ):
                    self._loops[handle(iterator.var)] = self._loops_of([value])
            elif key == "tirx.BufferStore":
                updates.append(node)
            else:
                for target, sources in _aliases(node.obj, key, self._mod):
                    stores.setdefault(target, []).append(Rounding(Tolerance(), frozenset(sources)))
        for node in updates:
            if not _reads_itself(node.obj):
                enclosing = {handle(loop.loop_var) for loop in self._enclosing(node)}
                self._resets.setdefault(handle(node.obj.buffer), set()).update(enclosing)
        for node in updates:
            stores.setdefault(handle(node.obj.buffer), []).append(self._rounding(node))

    def _rounding(self, node: Occurrence) -> Rounding:
        store = node.obj
        inside = [each.obj for each in occurrences(store.value)]
        sources = frozenset(
            handle(each.source) for each in inside if type_key(each) == "ir.TensorLoad"
        )
        terms = self._terms(node) if _reads_itself(store) else 1
        spine = _spine(store)
        needed = [
            _tolerance(kind.partition("x")[0], terms if each.id in spine else 1)
            for each in occurrences(store.value)
            if isinstance(each.obj, tvm.ir.Expr) and type_key(each.obj) not in _UNROUNDED
            if "float" in (kind := dtype(each.obj.ty))
        ]
        return Rounding(max(needed, default=Tolerance(), key=_least), sources)

    def _terms(self, node: Occurrence) -> int:
        """Return how often a store updates the same element, as far as it can be told."""
        buffer = handle(node.obj.buffer)
        fixed = self._loops_of(node.obj.indices)
        if not self._in_block(node):
            fixed = fixed | self._resets.get(buffer, set())
        loops = [loop for loop in self._enclosing(node) if handle(loop.loop_var) not in fixed]
        return math.prod(self._extent(loop.extent) for loop in loops)

    def _extent(self, extent: Any) -> int:
        if type_key(extent) == "ir.Var":
            return max(1, self._sizes.get(str(extent.name), DEFAULT_SIZE))
        return max(1, int(getattr(extent, "value", 1)))

    def _loops_of(self, expressions: Any) -> set[int]:
        """Return the loop variables that expressions depend on."""
        loops: set[int] = set()
        for expression in expressions:
            for variable in variables(expression):
                loops |= self._loops.get(handle(variable), {handle(variable)})
        return loops

    def _above(self, node: Occurrence) -> Iterator[Occurrence]:
        while node.parent >= 0:
            node = self._nodes[node.parent]
            yield node

    def _enclosing(self, node: Occurrence) -> list[Any]:
        return [above.obj for above in self._above(node) if type_key(above.obj) == "tirx.For"]

    def _in_block(self, node: Occurrence) -> bool:
        """Whether a store stands in a block with an initialisation of its own."""
        blocks = [a.obj for a in self._above(node) if type_key(a.obj) == "s_tir.SBlock"]
        return bool(blocks) and blocks[0].init is not None


def _aliases(node: Any, key: str, mod: tvm.IRModule) -> Iterator[tuple[int, list[int]]]:
    """Yield buffers with those that share their memory."""
    pairs: list[tuple[Any, Any]] = []
    if key == "tirx.DeclBuffer":
        pairs = [(node.buffer, node.data)]
    elif key == "s_tir.SBlock":
        pairs = [(region.buffer, region.source.source) for region in node.match_buffers]
    elif key == "ir.Call" and (function := called(node, mod)) is not None:
        pairs = [*zip(function.params, node.args, strict=False)]
    for one, other in pairs:
        others = [handle(variable) for variable in variables(other)]
        yield handle(one), others
        for variable in others:
            yield variable, [handle(one)]


def _spine(store: Any) -> set[int]:
    """Return the ids of the expressions between a store and the old value that it updates.

    What they round, each update rounds again. What only a term rounds is rounded once: of a sum in
    float32 of products in bfloat16 the products' errors are as large as one of them.
    """
    nodes = occurrences(store.value)
    spine: set[int] = set()
    for node in nodes:
        is_old = type_key(node.obj) == "ir.TensorLoad"
        if is_old and handle(node.obj.source) == handle(store.buffer):
            while node.parent >= 0:
                node = nodes[node.parent]
                spine.add(node.id)
    return spine


def _reads_itself(store: Any) -> bool:
    loads = (each.obj for each in occurrences(store.value) if type_key(each.obj) == "ir.TensorLoad")
    return any(handle(load.source) == handle(store.buffer) for load in loads)


def _tolerance(kind: str, terms: int) -> Tolerance:
    """Return the tolerance for a sum in this dtype: its terms' roundings add up like a walk."""
    try:
        step = float(ml_dtypes.finfo(getattr(ml_dtypes, kind, kind)).eps)
    except (TypeError, ValueError):
        return Tolerance()
    least = max(TOLERANCES.get(kind, step), step * math.sqrt(terms))
    return Tolerance(least, kind, terms)
