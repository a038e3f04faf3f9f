"""Let TVM's importer read a graph node by node, and note what it makes of each.

The importer binds what it makes of a node at once, or later, where another node uses it. Before
each node a statement is bound that is none of the model's, which tells what stands below it; what
is left unbound is remembered by its object. So each statement is known to be of one node, or of
none: no name and no order is relied on. The added statements are taken out in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import tvm
from tvm import ir, relax
from tvm.relax.frontend.onnx import onnx_frontend

from viz.errors import SourceError
from viz.ir.onnx.graph import DTYPES, MOST_PATH, Prepared, refusal, shown
from viz.ir.process_state import quiet
from viz.messages import verbatim
from viz.model import ModelPart
from viz.model.catalog.tvm_messages import plain

MARK = 7_000_000_000
"""The size in a bound shape that tells the number of a node, added to it."""

END = "end"
"""What stands for a node below the last one."""


class Imported(NamedTuple):
    """A module, and the parts of the model that its statements were made from.

    Attributes
    ----------
    mod
        The module; ``main`` has the inputs of the graph as its parameters, then the weights.
    parts
        What each statement of ``main`` that binds a variable was made from, in their order.
    """

    mod: tvm.IRModule
    parts: tuple[ModelPart | None, ...]


def operators() -> set[str]:
    """Return the names of the operators that TVM's importer knows."""
    return {*onnx_frontend._get_convert_map(), "If"}


def imported(graph: Any, opset: int, names: Prepared) -> Imported:
    """Import a graph that was checked, its weights as parameters.

    Parameters
    ----------
    graph
        A ``GraphProto`` as :func:`viz.ir.onnx.graph.prepared` leaves it.

    Raises
    ------
    SourceError
        When the importer cannot read a node, or something else in it.
    """
    importer = _Followed(names)
    with quiet():
        try:
            mod = importer.from_onnx(graph, opset)
        except SourceError:
            raise
        except Exception as error:  # whatever a converter of an operator raises
            raise importer.failure(error) from None
    return importer.finished(mod)


class _Weights(dict[str, Any]):
    """The weights by name: the variable of each, and its values when a converter wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.tensors: dict[str, Any] = {}
        self.wanted: Any = None

    def __getitem__(self, name: str) -> tuple[Any, Any]:
        self.wanted = self.tensors[name]
        value = onnx_frontend.get_numpy(self.wanted).reshape(tuple(self.wanted.dims))
        self.wanted = None
        return super().__getitem__(name)[0], tvm.runtime.tensor(value)


class _Followed(onnx_frontend.ONNXGraphImporter):  # type: ignore[misc]
    """TVM's importer, which tells what it makes of each node."""

    def __init__(self, names: Prepared) -> None:
        super().__init__({}, None, keep_params_in_input=True, sanitize=False)
        self._names = names
        self._numbers = {key: number for number, key in enumerate(names.parts)}
        self._keys = list(names.parts)
        self._now = ""
        """The new name of the node that is read."""
        self._unbound: dict[int, tuple[Any, str]] = {}
        """What is not bound yet, by its handle: the object, and the node it was made from."""
        self._params: _Weights = _Weights()

    # ------------------------------------------------------------ the importer's own steps

    def _parse_graph_initializers(self, graph: Any) -> None:
        for tensor in graph.initializer:
            dtype = DTYPES[tensor.data_type]
            variable = self._new_var(tensor.name, shape=tuple(tensor.dims), dtype=dtype)
            self._nodes[tensor.name] = variable
            self._params.tensors[tensor.name] = tensor
            self._params[tensor.name] = variable, 0

    def _construct_nodes(self, graph: Any) -> None:
        for node in graph.node:
            self._begin(node.name)
            super()._construct_nodes(SimpleNamespace(node=[node]))
        self._begin(END)

    def _convert_operator(
        self, op_name: str, inputs: list[Any], attrs: dict[str, Any], opset: int
    ) -> Any:
        key = attrs["tvm_custom"]["name"]
        self._begin(key)
        result = super()._convert_operator(op_name, inputs, attrs, opset)
        self._note(result, key)
        return result

    def _convert_subgraph(self, bb: Any, graph: Any) -> Any:
        result = super()._convert_subgraph(bb, graph)
        self._begin(graph.name)  # what follows is the node's that the graph is in
        return result

    # ------------------------------------------------------------ what was made of which node

    def _begin(self, key: str) -> None:
        self._now = key
        number = self._numbers.get(key, len(self._keys))
        self.bb.emit(relax.ShapeExpr([MARK + number]), "mark")  # a name that no other one follows

    def _note(self, made: Any, key: str) -> None:
        if isinstance(made, relax.Tuple):
            for each in made.fields:
                self._note(each, key)
        elif isinstance(made, ir.Call | ir.TupleGetItem):
            self._unbound.setdefault(made.__chandle__(), (made, key))

    def failure(self, error: Exception) -> SourceError:
        """Return the error of the node that the importer was at when it raised another one."""
        part = self._names.parts.get(self._now)
        if part is not None and (tensor := self._params.wanted) is not None:
            name = next(n for n, new in self._names.tensors.items() if new == tensor.name)
            return refusal("onnx-values", part, tensor=shown(name))
        lines = str(error).strip().splitlines() or [""]
        words = lines[0] if isinstance(error, KeyError | AssertionError) else lines[-1]
        reason = verbatim(f"{type(error).__name__}: {plain(words)[:MOST_PATH]}")
        id = "onnx-not-imported" if part is None else "onnx-node-not-imported"
        return refusal(id, part, reason=reason)

    def finished(self, mod: tvm.IRModule) -> Imported:
        """Return the module without what was added to follow it, and without unused weights."""
        function = mod["main"]
        parts: list[ModelPart | None] = []
        known: dict[int, ModelPart | None] = {}
        blocks = []
        now = END
        for block in function.body.blocks:
            kept = []
            for binding in block.bindings:
                if (number := _number(binding.value)) is not None:
                    now = self._keys[number] if number < len(self._keys) else END
                    continue
                kept.append(binding)
                for each in _statements(binding):
                    part = self._part(each.value, now, known)
                    known[each.var.__chandle__()] = part
                    parts.append(part)
            blocks.append(type(block)(kept, block.span))
        body = relax.SeqExpr(blocks, function.body.body, function.body.span)
        used = {each.__chandle__() for each in relax.analysis.free_vars(body)}
        weights = [p for p in function.params if str(p.name) in self._params]
        unused = {p.__chandle__() for p in weights} - used
        parameters = [p for p in function.params if p.__chandle__() not in unused]
        rebuilt = relax.Function(
            parameters, body, function.ret_ty, function.is_pure, function.attrs
        ).without_attr("params")
        left = tvm.IRModule(dict(mod.functions.items()), attrs=mod.attrs)
        left.update_func(left.get_global_var("main"), rebuilt)
        return Imported(left, tuple(parts))

    def _part(self, value: Any, now: str, known: dict[int, Any]) -> ModelPart | None:
        """Return what a bound value was made from, ``now`` being the node above it."""
        if isinstance(value, ir.Var):
            return known.get(value.__chandle__())
        _, key = self._unbound.get(value.__chandle__(), (None, now))
        return self._names.parts.get(key)


def _number(value: Any) -> int | None:
    """Return the number of the node that a statement was added for; None for the model's own."""
    if not isinstance(value, relax.ShapeExpr) or len(value.values) != 1:
        return None
    number = getattr(value.values[0], "value", 0) - MARK
    return number if number >= 0 else None


def _statements(binding: Any) -> Iterator[Any]:
    """Yield the bindings that stand in the text for one: a condition has one in each branch."""
    if not isinstance(binding.value, relax.If):
        yield binding
        return
    for branch in (binding.value.true_branch, binding.value.false_branch):
        for block in branch.blocks:
            for each in block.bindings:
                yield from _statements(each)
        yield binding
