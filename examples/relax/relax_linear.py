"""A linear layer: from one call on tensors to a kernel.

Relax is the IR above TensorIR: y = x W^T + b, written as operators on whole tensors. It is what TVM
makes of the nn.Module that stands at the end, written by tirscope export, with the line of Python
above the statements that come from it. Go along the rail: LegalizeOps makes a PrimFunc with loops
of each operator, FuseOps and FuseTIR make one kernel of them for a GPU, and the last pass of this
stretch writes the code of the virtual machine that calls it. The PrimFuncs go on through the passes
of TensorIR. Point at a character of the kernel to see which call it is of.
"""
# Net of linear.py, written by tirscope export
from typing import TypeVar
from tvm.script import ir as I
from tvm.script import relax as R

n = TypeVar("n")


@I.ir_module
class Module:
    @R.function
    def forward(
        x: R.Tensor((n, 64), dtype="float32"),
        linear_weight: R.Tensor((32, 64), dtype="float32"),
        linear_bias: R.Tensor((32,), dtype="float32"),
    ) -> R.Tensor((n, 32), dtype="float32"):
        R.func_attr({"num_input": 1})
        with R.dataflow():
            # from linear (Linear), linear.py:9: return self.linear(x)
            matmul_weight: R.Tensor((64, 32), dtype="float32") = R.permute_dims(linear_weight, axes=None)
            matmul: R.Tensor((n, 32), dtype="float32") = R.matmul(x, matmul_weight, out_dtype=None)
            add: R.Tensor((n, 32), dtype="float32") = R.add(matmul, linear_bias)
            gv: R.Tensor((n, 32), dtype="float32") = add
            R.output(gv)
        return gv


SIZES = {"n": 48}


def reference(x, linear_weight, linear_bias):
    return x @ linear_weight.T + linear_bias


# linear.py, from which "tirscope export linear.py" wrote the module:
#
#     from tvm.relax.frontend import nn
#
#
#     class Net(nn.Module):
#         def __init__(self):
#             self.linear = nn.Linear(64, 32)
#
#         def forward(self, x):
#             return self.linear(x)
#
#
#     model = Net()
#     spec = {"forward": {"x": nn.spec.Tensor(["n", 64], "float32")}}
