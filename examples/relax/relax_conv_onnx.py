"""A model of ONNX: a small network for pictures.

A convolution, ReLU, a maximum over 2 x 2 and a linear layer, converted from relax_conv_onnx.onnx,
which lies beside this file. The weights are inputs, as in every model that is opened here. The
comments name the node that each statement was made from: a character of a kernel leads to the call,
and so to the node. See how one node becomes several calls (Conv: the convolution and its bias), and
several nodes one kernel for a GPU.
"""
from tvm.script import ir as I
from tvm.script import relax as R


@I.ir_module
class Module:
    @R.function
    def main(
        x: R.Tensor((2, 1, 8, 8), dtype="float32"),
        conv_weight: R.Tensor((4, 1, 3, 3), dtype="float32"),
        conv_bias: R.Tensor((4,), dtype="float32"),
        fc_weight: R.Tensor((10, 64), dtype="float32"),
        fc_bias: R.Tensor((10,), dtype="float32"),
    ) -> R.Tensor((2, 10), dtype="float32"):
        R.func_attr({"num_input": 1})
        with R.dataflow():
            # from /conv/Conv (Conv)
            lv: R.Tensor((2, 4, 8, 8), dtype="float32") = R.nn.conv2d(
                x, conv_weight, strides=[1, 1], padding=[1, 1, 1, 1], dilation=[1, 1], groups=1,
                data_layout="NCHW", kernel_layout="OIHW", out_layout="NCHW", out_dtype=None,
            )
            lv1: R.Tensor((1, 4, 1, 1), dtype="float32") = R.reshape(
                conv_bias, R.shape([1, 4, 1, 1]),
            )
            lv2: R.Tensor((2, 4, 8, 8), dtype="float32") = R.add(lv, lv1)
            # from /relu/Relu (Relu)
            lv3: R.Tensor((2, 4, 8, 8), dtype="float32") = R.nn.relu(lv2)
            # from /pool/MaxPool (MaxPool)
            lv4: R.Tensor((2, 4, 4, 4), dtype="float32") = R.nn.max_pool2d(
                lv3, pool_size=[2, 2], strides=[2, 2], dilation=[1, 1], padding=[0, 0, 0, 0],
                ceil_mode=False, count_include_pad=False, layout="NCHW", out_layout="NCHW",
            )
            # from /Flatten (Flatten)
            lv5: R.Tensor((2, 64), dtype="float32") = R.reshape(lv4, R.shape([2, 64]))
            # from /fc/Gemm (Gemm)
            lv6: R.Tensor((64, 10), dtype="float32") = R.permute_dims(fc_weight, axes=[1, 0])
            lv7: R.Tensor((2, 10), dtype="float32") = R.matmul(lv5, lv6, out_dtype=None)
            gv: R.Tensor((2, 10), dtype="float32") = R.add(lv7, fc_bias)
            R.output(gv)
        return gv


def reference(x, conv_weight, conv_bias, fc_weight, fc_bias):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    conv = np.einsum("nchwij,ocij->nohw", windows, conv_weight) + conv_bias[:, None, None]
    pooled = np.maximum(conv, 0).reshape(2, 4, 4, 2, 4, 2).max(axis=(3, 5))
    return pooled.reshape(2, 64) @ fc_weight.T + fc_bias
