"""Day 9: attempts that the tests must tell apart."""

import torch
import torch.nn.functional as F
from torch import nn

from kata.attempts import right, wrong


@wrong("forward_by_hand", mistake="no-activation")
def without_relu(x, w1, b1, w2, b2):
    return (x @ w1.T + b1) @ w2.T + b2


@wrong("OneHiddenLayerNet", mistake="missing-super-init")
class WithoutSuper(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet.forward", mistake="returns-none")
def forgets_to_return(self, x):
    h = torch.relu(self.hidden_layer(x.flatten(1)))
    self.output_layer(h)


@right("OneHiddenLayerNet")
class WithSequential(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(in_features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        )

    def forward(self, x):
        return self.net(x)


def matmul_by_loops(a, b):
    rows = []
    for i in range(len(a)):
        rows.append(torch.stack([(a[i] * b[:, j]).sum() for j in range(b.shape[1])]))
    return torch.stack(rows)


@right("forward_by_hand")
def with_loops(x, w1, b1, w2, b2):
    h = matmul_by_loops(x, w1.t()) + b1
    h = torch.maximum(h, torch.zeros_like(h))
    return matmul_by_loops(h, w2.t()) + b2
