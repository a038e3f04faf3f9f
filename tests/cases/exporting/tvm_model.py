"""A model of TVM's nn: a list of blocks, a block with methods of its own, a symbolic extent."""
import tvm
from tvm.relax.frontend import nn
from tvm.relax.frontend.nn import op


class Block(nn.Module):
    def __init__(self, width):
        self.fc = nn.Linear(width, width)
        self.norm = nn.RMSNorm(width, -1)

    def forward(self, x):
        return self.activated(self.norm(self.fc(x)))

    def activated(self, y):
        return op.silu(y) * 2.0


class Net(nn.Module):
    def __init__(self):
        self.blocks = nn.ModuleList([Block(16), Block(16)])
        self.heads = nn.ModuleDict({"a": nn.Linear(16, 4, bias=False)})

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        left, right = op.split(self.heads["a"](x), 2, axis=-1)
        return left, self.scaled(right)

    def scaled(self, x):
        return op.tensor_expr_op(lambda a: tvm.topi.nn.relu(a), "own_relu", [x])

    def embed(self, x):
        return op.exp(x)


model = Net()
spec = {
    "forward": {"x": nn.spec.Tensor(["n", 16], "float32")},
    "embed": {"x": nn.spec.Tensor([4], "float32")},
}
