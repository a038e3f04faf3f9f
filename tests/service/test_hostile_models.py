"""Hostile and damaged models of ONNX end as answers that say what is wrong, and at which node."""

from __future__ import annotations

import random
import struct

import pytest
from onnx import TensorProto, helper

import viz
from tests.support.models.onnx_models import FLOAT, graph, model, node, value, weight
from viz.errors import SourceError

RELU = node("Relu", ["x"], ["y"], name="act")
GOOD = model([RELU])


def changed(change):
    """Return the bytes of a small model after a change of it."""
    made = model([node("Relu", ["x"], ["h"], name="first"), node("Abs", ["h"], ["y"], name="act")])
    change(made)
    return made.SerializeToString()


def field(number, data):
    """Return a field of bytes as protocol buffers write it."""
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(number):
    pieces = bytearray()
    while number > 0x7F:
        pieces.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*pieces, number])


def nested(depth):
    """Return a model with a graph in a node in a graph, and so on."""
    inner = b""
    for _ in range(depth):
        # graph.node.attribute.g
        inner = field(1, field(5, field(6, inner)))
    return b"\x08\x08" + field(7, inner)


def external(tensor):
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/passwd")
    return tensor


def with_attribute(**attributes):
    return model([node("Relu", ["x"], ["y"], name="act", **attributes)])


def with_input(dims, kind=FLOAT):
    return model([RELU], [value("x", dims, kind)])


def typed(type_proto):
    return model([RELU], [helper.make_value_info("x", type_proto)])


def with_function():
    made = model([node("Twice", ["x"], ["y"], domain="mine")])
    body = [node("Add", ["a", "a"], ["b"])]
    opset = helper.make_opsetid("", 17)
    made.functions.append(helper.make_function("mine", "Twice", ["a"], ["b"], body, [opset]))
    return made


def with_sparse():
    made = model([RELU])
    sparse = made.graph.sparse_initializer.add()
    sparse.values.name = "s"
    return made


def loop():
    body = graph([RELU], [], [value("y", None)], name="body")
    return model(
        [node("Loop", ["n", "c"], ["y"], name="again", body=body)], [value("n", ()), value("c", ())]
    )


REFUSED = {
    "nothing": (b"", "no graph"),
    "random bytes": (random.Random(0).randbytes(4096), "no ONNX model, or a damaged one"),
    "Python": (b"import os\nos.system('id')\n", "no ONNX model, or a damaged one"),
    "truncated": (GOOD.SerializeToString()[:-7], "no ONNX model, or a damaged one"),
    "a length beyond the file": (b"\x08\x08\x3a\xff\xff\xff\xff\x7f", "a damaged one"),
    "a number without an end": (b"\x08" + b"\xff" * 30, "a damaged one"),
    "nested too deep": (nested(500), "a damaged one"),
    "no graph": (b"\x08\x08", "no graph"),
    "no node": (changed(lambda m: m.graph.ClearField("node")), "Nothing makes the output 'y'"),
    "no output": (changed(lambda m: m.graph.ClearField("output")), "has no output"),
    "no opset": (changed(lambda m: m.ClearField("opset_import")), r"\(opset\)"),
    "an opset of the future": (model([RELU], opset=999), "opset 999; opsets up to"),
    "an opset of none": (model([RELU], opset=0), "opset 0; opsets up to"),
    "an old opset that cannot be updated": (
        model([node("Upsample", ["x"], ["y"])], opset=1),
        "opset 1, and cannot be brought to opset 9",
    ),
    "an unknown operator": (
        model([node("Foo", ["x"], ["y"], name="bar")]),
        "The operator Foo of the node 'bar' is not known to TVM's importer",
    ),
    "another's operator of a known name": (
        model([node("Relu", ["x"], ["y"], name="act", domain="evil")]),
        "The operator Relu of the node 'act' is of the library 'evil'",
    ),
    "functions": (with_function(), "operators of its own, such as 'Twice'"),
    "a loop": (loop(), "operator Loop of the node 'again'"),
    "a circle": (
        model([node("Add", ["x", "b"], ["a"], name="one"), node("Abs", ["a"], ["b"])]),
        r"The node 'one' \(Add\) reads the tensor 'b', which nothing before it makes",
    ),
    "a tensor made twice": (
        model([node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"], name="two")]),
        r"The node 'two' \(Abs\) makes the tensor 'y', which there is already",
    ),
    "two inputs of a name": (model([RELU], [value("x", (2,)), value("x", (3,))]), "two inputs"),
    "two weights of a name": (model([RELU], None, None, [weight("w", [1])] * 2), "two inputs or w"),
    "an unnamed input": (model([RELU], [value("", (2,))]), "has no name"),
    "an output of nothing": (model([RELU], None, [value("z", None)]), "makes the output 'z'"),
    "a node without outputs": (model([RELU, node("Relu", ["x"], [""])]), "makes no tensor"),
    "an input of strings": (with_input((2,), TensorProto.STRING), "ONNX's type STRING"),
    "an input of complex numbers": (with_input((2,), TensorProto.COMPLEX64), "COMPLEX64"),
    "an input of an unknown type": (with_input((2,), 77), "ONNX's type 77"),
    "a sequence": (
        typed(helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, [2]))),
        "The input 'x' is a sequence",
    ),
    "an optional": (
        typed(helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, [2]))),
        "The input 'x' is optional",
    ),
    "a sparse input": (
        typed(helper.make_sparse_tensor_type_proto(FLOAT, [2])),
        "The input 'x' is a sparse tensor",
    ),
    "a sparse weight": (with_sparse(), "The weight 's' is a sparse tensor"),
    "a size of zero": (with_input((2, 0)), "'x' has a dimension of size 0"),
    "a negative size": (with_input((-2, 4)), "'x' has a dimension of size -2"),
    "a huge tensor": (with_input((1 << 40, 1 << 40)), "more elements than a machine"),
    "a huge weight without values": (
        changed(lambda m: m.graph.initializer.add(name="w", data_type=1, dims=[1 << 62, 3])),
        "'w' has more elements",
    ),
    "a division by zero in a size": (with_input(("1/0", 4)), "TVM's importer cannot read"),
    "a shape in another file": (
        model(
            [node("Reshape", ["x", "s"], ["y"], name="flat")],
            None,
            None,
            [external(weight("s", [8], "int64"))],
        ),
        r"The node 'flat' \(Reshape\) needs the values of 's'",
    ),
    "a constant in another file": (
        model([node("Constant", [], ["y"], name="k", value=external(weight("k", [1])))]),
        r"attribute 'value' of the node 'k' \(Constant\) are in another file",
    ),
    "an attribute that is missing": (
        model([node("MaxPool", ["x"], ["y"], name="pool")]),
        r"TVM's importer cannot read the node 'pool' \(MaxPool\)",
    ),
    "a wrong shape": (
        model([node("MatMul", ["x", "x"], ["y"], name="mm")]),
        r"cannot read the node 'mm' \(MatMul\)",
    ),
    "an attribute of a function": (
        changed(lambda m: m.graph.node[1].attribute.add(name="a", ref_attr_name="b")),
        r"The attribute 'a' of the node 'act' \(Abs\) is one of a function",
    ),
    "values of another size": (
        model(
            [node("Reshape", ["x", "s"], ["y"], name="flat")],
            None,
            None,
            [TensorProto(name="s", data_type=7, dims=[5], raw_data=struct.pack("<q", 8))],
        ),
        r"The node 'flat' \(Reshape\)",
    ),
}
"""Models by the kind of harm, each with a pattern of the answer to it."""


@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_model_ends_as_an_answer(kind):
    made, told = REFUSED[kind]
    data = made if isinstance(made, bytes) else made.SerializeToString()
    with pytest.raises(SourceError, match=told) as caught:
        viz.from_onnx(data)
    assert caught.value.told("zh") != caught.value.told("en")
