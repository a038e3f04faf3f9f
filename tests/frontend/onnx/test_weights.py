"""The values of weights are left out of a model's bytes, and nothing else, here and on the page."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.support.models.onnx_models import model, node, value, weight
from viz.errors import SourceError
from viz.frontend.onnx import weights
from viz.frontend.onnx.weights import is_onnx, sendable, without_weights


def network():
    """Return a model with weights of all kinds of fields: three are large, the others are read."""
    large = np.arange(1000)
    typed = [
        helper.make_tensor("floats", onnx.TensorProto.FLOAT, [1000], large),
        helper.make_tensor("longs", onnx.TensorProto.INT64, [1000], large + (1 << 40)),
    ]
    small = [weight("shape", [2, 4], "int64"), weight("scalar", 1)]
    nodes = [node("Add", ["x", "raw"], ["s"]), node("Reshape", ["s", "shape"], ["y"])]
    made = model(nodes, [value("x", (1000,))], None, [weight("raw", large), *typed, *small])
    made.graph.doc_string = "raw" * 1000  # no weight
    return made


def test_the_values_of_large_weights_are_left_out_and_all_else_stays():
    made = network()
    left = onnx.load_from_string(without_weights(made.SerializeToString()))
    for tensor in made.graph.initializer[:3]:
        for field in ("raw_data", "float_data", "int64_data"):
            tensor.ClearField(field)
    assert left == made
    assert len(left.SerializeToString()) < 4000
    again = left.SerializeToString()
    assert without_weights(again) == again


@pytest.mark.parametrize(
    "data",
    [b"", b"no model", b"\x08", b"\x3a\xff\xff\xff\xff\x0f", b"\x3a\x02\x2a\x05", b"\x0b" * 9],
    ids=["empty", "text", "no value", "too long", "too long inside", "a group"],
)
def test_what_is_no_model_stays_as_it_is(data):
    assert without_weights(data) == data


def test_a_model_is_known_by_its_name_or_by_its_first_field():
    data = network().SerializeToString()
    assert is_onnx(data)
    assert is_onnx(b"damaged", "Model.ONNX")
    assert not is_onnx(b"import tvm", "model.py")
    assert not is_onnx("变量".encode(), "-")


def test_a_file_of_too_many_fields_is_not_looked_through(monkeypatch):
    data = network().SerializeToString()
    monkeypatch.setattr(weights, "MOST_FIELDS", 3)
    assert without_weights(data) == data


def test_only_what_is_left_counts_for_the_limit(monkeypatch):
    data = network().SerializeToString()
    monkeypatch.setattr(weights, "MOST_BYTES", 5000)
    assert len(sendable(data)) < 5000 < len(data)
    monkeypatch.setattr(weights, "MOST_BYTES", 1000)
    with pytest.raises(SourceError, match="MiB without the values of its weights"):
        sendable(data)
