"""A linear layer: from one call on tensors to a kernel.

Relax is the IR above TensorIR: y = x W^T + b, written as operators on whole tensors, as TVM's
nn.Linear exports it. Go along the rail: LegalizeOps makes a PrimFunc with loops of each operator,
FuseOps and FuseTIR make one kernel of them for a GPU, and the last pass of this stretch writes the
code of the virtual machine that calls it. The PrimFuncs go on through the passes of TensorIR. Point
at a character of the kernel to see which call it is of.
"""
from tvm.script import ir as I
from tvm.script import relax as R


@I.ir_module
class Module:
    @R.function
    def main(
        x: R.Tensor(("n", 64), "float32"),
        weight: R.Tensor((32, 64), "float32"),
        bias: R.Tensor((32,), "float32"),
    ) -> R.Tensor(("n", 32), "float32"):
        with R.dataflow():
            transposed = R.permute_dims(weight, axes=None)
            product = R.matmul(x, transposed)
            y = R.add(product, bias)
            R.output(y)
        return y


SIZES = {"n": 48}


def reference(x, weight, bias):
    return x @ weight.T + bias
