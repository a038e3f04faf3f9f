"""Convert the bytes of an .onnx file to Relax text."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np

from viz.errors import SourceError
from viz.frontend.onnx.weights import sendable
from viz.ir.onnx.graph import (
    OLDEST_OPSET,
    UPDATED_OPSET,
    opset_of,
    prepared,
    refusal,
    shown,
)
from viz.messages import message_of
from viz.model import ConvertedModel, Problem


def is_installed() -> bool:
    """Return whether the package ``onnx`` is there, without importing it."""
    return importlib.util.find_spec("onnx") is not None


def converted(data: bytes) -> ConvertedModel:
    """Return a model as Relax text, with its weights as inputs.

    Nothing outside of the bytes is read.

    Raises
    ------
    SourceError
        When the package ``onnx`` is missing, or the bytes hold no model that can be converted.
    """
    if not is_installed():
        raise SourceError(message_of("onnx-missing"))
    import onnx
    from onnx.defs import onnx_opset_version

    from viz.ir.onnx.importer import imported, operators
    from viz.ir.onnx.text import written

    model = _read(onnx.ModelProto(), sendable(data))
    opset = opset_of(model, int(onnx_opset_version()))
    weights = len(model.graph.initializer)
    read_as = opset
    if opset < OLDEST_OPSET:
        model, read_as = _updated(model, opset), UPDATED_OPSET
    names = prepared(model, operators())
    text = written(imported(model.graph, read_as, names))
    problems = []
    if text.lifted:
        what = message_of("onnx-constants", count=text.lifted)
        problems.append(Problem(code="onnx", severity="warning", what=what))
    return ConvertedModel(
        text=text.text,
        nodes=names.nodes,
        opset=opset,
        weights=weights,
        problems=tuple(problems),
    )


def preload() -> None:
    """Convert a small model: what is imported on the way could not be read in a jailed process."""
    import onnx.version_converter  # for the models that are updated
    from onnx import helper, numpy_helper

    values = {"w": np.ones((4, 4), "float32"), "least": np.float32(0), "shape": np.array([2, 8])}
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["product"]),
            helper.make_node("Clip", ["product", "least"], ["clipped"]),
            helper.make_node("Reshape", ["clipped", "shape"], ["y"]),
        ],
        "warm",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [4, 4])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [2, 8])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    converted(model.SerializeToString())


def _updated(model: Any, opset: int) -> Any:
    """Return an old model in newer operators.

    Raises
    ------
    SourceError
        When the package ``onnx`` cannot bring it up to date.
    """
    from onnx import version_converter

    try:
        return version_converter.convert_version(model, UPDATED_OPSET)
    except Exception as error:  # whatever its C++ checks, in classes of its own
        reason = " ".join(str(error).split())[:200]
        raise refusal("onnx-not-updated", opset=opset, new=UPDATED_OPSET, reason=reason) from None


def _read(model: Any, data: bytes) -> Any:
    """Return a ModelProto read from bytes.

    Raises
    ------
    SourceError
        When they are none.
    """
    from google.protobuf.message import DecodeError

    try:
        model.ParseFromString(data)
    except (DecodeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise refusal("onnx-not-read", reason=reason) from None
    if not model.HasField("graph"):
        raise refusal("onnx-no-graph")
    for text in _texts(model):
        if isinstance(text, bytes):  # what the library makes of a text that is no UTF-8
            raise refusal("onnx-not-utf8", text=shown(text.decode("utf-8", "replace")))
    return model


def _texts(message: Any) -> Iterator[str | bytes]:
    """Yield the texts of a message of protocol buffers, those of messages in it too."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            yield from [value] if isinstance(value, str | bytes) else value
        elif field.type == field.TYPE_MESSAGE:
            for each in [value] if hasattr(value, "ListFields") else value:
                yield from _texts(each)
