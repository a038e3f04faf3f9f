"""Make small models of ONNX: good ones, and those that somebody made to do harm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node
FLOAT = TensorProto.FLOAT


def value(name: str, shape: Iterable[int | str] | None, kind: int = FLOAT) -> Any:
    """Return an input or output."""
    return helper.make_tensor_value_info(name, kind, None if shape is None else list(shape))


def weight(name: str, values: Any, dtype: str = "float32") -> Any:
    """Return an initializer."""
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def graph(
    nodes: list[Any],
    inputs: Iterable[Any] | None = None,
    outputs: Iterable[Any] | None = None,
    weights: Iterable[Any] = (),
    name: str = "g",
) -> Any:
    """Return a graph; from ``x`` of 2 × 4 to ``y`` if nothing else is given."""
    return helper.make_graph(
        nodes,
        name,
        [value("x", (2, 4))] if inputs is None else list(inputs),
        [value("y", None)] if outputs is None else list(outputs),
        list(weights),
    )


def model(nodes: list[Any], *args: Any, opset: int = 17, **kwargs: Any) -> onnx.ModelProto:
    """Return a model of a graph: see :func:`graph`."""
    made = helper.make_model(
        graph(nodes, *args, **kwargs), opset_imports=[helper.make_opsetid("", opset)]
    )
    made.ir_version = 8
    return made
