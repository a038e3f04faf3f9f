"""Write the example that is a model of ONNX: the file, and the program that it is converted to.

The network is a small one for pictures of 8 × 8: a convolution with bias and ReLU, a maximum over
2 × 2, and a linear layer to ten classes. Its weights are drawn at random, and shipped in the file;
in the program they are inputs. Run ``python -m tools.example_models`` after a change here, of the
converter, or of TVM.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from viz.frontend.examples import RELAX
from viz.ir.onnx.convert import converted

NAME = "relax_conv_onnx"
MODEL = RELAX / f"{NAME}.onnx"
PROGRAM = RELAX / f"{NAME}.py"

HEAD = '''\
"""A model of ONNX: a small network for pictures.

A convolution, ReLU, a maximum over 2 x 2 and a linear layer, converted from relax_conv_onnx.onnx,
which lies beside this file. The weights are inputs, as in every model that is opened here. The
comments name the node that each statement was made from: a character of a kernel leads to the call,
and so to the node. See how one node becomes several calls (Conv: the convolution and its bias), and
several nodes one kernel for a GPU.
"""
'''
REFERENCE = """

def reference(x, conv_weight, conv_bias, fc_weight, fc_bias):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    conv = np.einsum("nchwij,ocij->nohw", windows, conv_weight) + conv_bias[:, None, None]
    pooled = np.maximum(conv, 0).reshape(2, 4, 4, 2, 4, 2).max(axis=(3, 5))
    return pooled.reshape(2, 64) @ fc_weight.T + fc_bias
"""
SHAPES = {
    "conv.weight": (4, 1, 3, 3),
    "conv.bias": (4,),
    "fc.weight": (10, 64),
    "fc.bias": (10,),
}


def network() -> onnx.ModelProto:
    """Return the model; its weights are the same each time."""
    random = np.random.default_rng(seed=0)
    node, value = helper.make_node, helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            node(
                "Conv",
                ["x", "conv.weight", "conv.bias"],
                ["conv"],
                name="/conv/Conv",
                kernel_shape=[3, 3],
                pads=[1, 1, 1, 1],
            ),
            node("Relu", ["conv"], ["relu"], name="/relu/Relu"),
            node(
                "MaxPool",
                ["relu"],
                ["pool"],
                name="/pool/MaxPool",
                kernel_shape=[2, 2],
                strides=[2, 2],
            ),
            node("Flatten", ["pool"], ["flat"], name="/Flatten"),
            node("Gemm", ["flat", "fc.weight", "fc.bias"], ["y"], name="/fc/Gemm", transB=1),
        ],
        "pictures",
        [value("x", onnx.TensorProto.FLOAT, [2, 1, 8, 8])],
        [value("y", onnx.TensorProto.FLOAT, [2, 10])],
        [
            numpy_helper.from_array(random.normal(0, 0.3, shape).astype("float32"), name)
            for name, shape in SHAPES.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8  # the oldest that has this opset: any reader takes it
    return model


def program(data: bytes) -> str:
    """Return the example's file for the bytes of a model."""
    return HEAD + converted(data).text + REFERENCE


def write(model: Path = MODEL, text: Path = PROGRAM) -> None:
    """Write both files."""
    data = network().SerializeToString(deterministic=True)
    model.write_bytes(data)
    text.write_text(program(data), encoding="utf-8")


if __name__ == "__main__":
    write()
