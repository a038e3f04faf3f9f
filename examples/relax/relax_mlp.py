"""Two layers with an activation between them.

A multilayer perceptron: silu(x W1 + b1) W2 + b2. The two matmuls have different shapes, so each
gets a PrimFunc of its own; a GPU's pipeline then fuses the addition and the activation behind the
first one into its kernel, and the second addition into the other. Look at the memory: the tensors
between the layers are given storage by StaticPlanBlockMemory, and freed after their last use.
"""
from tvm.script import ir as I
from tvm.script import relax as R


@I.ir_module
class Module:
    @R.function
    def main(
        x: R.Tensor((8, 32), "float32"),
        w1: R.Tensor((32, 64), "float32"),
        b1: R.Tensor((64,), "float32"),
        w2: R.Tensor((64, 16), "float32"),
        b2: R.Tensor((16,), "float32"),
    ) -> R.Tensor((8, 16), "float32"):
        with R.dataflow():
            hidden = R.nn.silu(R.add(R.matmul(x, w1), b1))
            y = R.add(R.matmul(hidden, w2), b2)
            R.output(y)
        return y


def reference(x, w1, b1, w2, b2):
    before = x @ w1 + b1
    return before / (1 + np.exp(-before)) @ w2 + b2
