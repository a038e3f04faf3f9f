"""A model of torch: a block that is used twice, a buffer, a constant array, a symbolic extent."""
import torch
from torch_layers import Block


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(16)
        self.head = torch.nn.Linear(16, 4)
        self.register_buffer("scale", torch.ones(16))

    def forward(self, x, mask):
        x = x + self.block(x)
        x = self.block(x) * self.scale
        x = self.head(x) + torch.tensor(
            [1.0, 2.0, 3.0, 4.0])
        return torch.softmax(x.masked_fill(mask, -1e9), dim=-1)


batch = torch.export.Dim("batch", min=2, max=64)
net = Net().eval()
example = {"x": torch.rand(6, 16), "mask": torch.zeros(6, 4, dtype=torch.bool)}
extents = {"x": {0: batch}, "mask": {0: batch}}
