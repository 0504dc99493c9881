"""A first network: one hidden layer, by hand and as a PyTorch module."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


def forward_by_hand(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """Compute a network with one hidden layer from its weights.

    This is all that a layer is: a matrix product, a bias and, between two layers, a ReLU, which
    turns negative numbers into zero. Without the ReLU two layers would be no more than one.
    Weights are stored as nn.Linear stores them, one row for each unit they lead to: (out, in).

    Shapes: x (N, D), w1 (H, D), b1 (H,), w2 (C, H), b2 (C,), all float32 → (N, C) float32.
    Example:
        >>> x = torch.tensor([[1.0, 2.0]])
        >>> w1, b1 = torch.tensor([[1.0, 1.0], [-1.0, 0.0]]), torch.tensor([0.0, 0.0])
        >>> w2, b2 = torch.tensor([[1.0, 1.0]]), torch.tensor([0.5])
        >>> forward_by_hand(x, w1, b1, w2, b2)  # hidden units: 3 and -1, after ReLU 3 and 0
        tensor([[3.5000]])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """
    hidden = torch.clamp(x @ w1.T + b1, min=0)  # (N, H)
    return hidden @ w2.T + b2  # (N, C)


class OneHiddenLayerNet(nn.Module):
    """The same network as a module: two layers with biases, ReLU after the first.

    A module owns its weights, so that an optimizer finds them and they can be saved. Both layers
    start with random weights, as PyTorch initialises them. The output is the second layer's as it
    is, called logits: the loss functions of PyTorch expect neither softmax nor log-softmax.

    Shapes: x (N, …) float32, each sample flattened to in_features numbers → (N, classes) float32.
    Example:
        >>> net = OneHiddenLayerNet(in_features=4, hidden=3, classes=2)
        >>> net(torch.zeros(5, 2, 2)).shape
        torch.Size([5, 2])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
    """

    def __init__(self, in_features: int = 784, hidden: int = 128, classes: int = 10) -> None:
        """Make the two layers: in_features → hidden → classes."""
        super().__init__()
        self.hidden_layer = nn.Linear(in_features, hidden)
        self.output_layer = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (N, classes), of a batch x, (N, …)."""
        x = x.flatten(start_dim=1)  # (N, in_features)
        hidden = torch.relu(self.hidden_layer(x))  # (N, hidden)
        return self.output_layer(hidden)


def predict(model: nn.Module, x: Tensor) -> Tensor:
    """Return the class that the model finds most likely for each row.

    Predicting is not training. Some layers behave differently in the two modes, so switch to eval
    mode with `model.eval()` and put back the mode you found, `model.train(was_training)`. And no
    gradient is needed: work inside `with torch.no_grad():`, which saves memory and time.

    Shapes: x (N, …) float32, whatever the model takes → (N,) int64, each in [0, C).
    Example:
        >>> logits = torch.tensor([[0.1, 2.0, -1.0], [3.0, 0.0, 0.0]])
        >>> predict(nn.Identity(), logits)
        tensor([1, 0])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        classes = model(x).argmax(dim=1)  # (N, C) → (N,)
    model.train(was_training)
    return classes


class DeepNet(nn.Module):
    """A network with any number of hidden layers, ReLU between the layers.

    `DeepNet([784, 128, 10])` computes what OneHiddenLayerNet does; `DeepNet([4, 2])` is a single
    layer, without a ReLU. The weights start as random numbers, as PyTorch initialises them.

    Shapes: x (N, …) float32, flattened to layer_sizes[0] numbers → (N, layer_sizes[-1]) float32.
    Example:
        >>> DeepNet([4, 8, 8, 3])(torch.zeros(2, 4)).shape
        torch.Size([2, 3])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
    """

    def __init__(self, layer_sizes: Sequence[int]) -> None:
        """Make one layer for each pair of neighbours in layer_sizes."""
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(layer_sizes))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (N, layer_sizes[-1]), of a batch x, (N, …)."""
        x = x.flatten(start_dim=1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# given: `python -m exercises.day09.network` shows what your network predicts before any training
if __name__ == "__main__":
    from rich import print
    from rich.table import Table

    from kata.data import digits

    _, test_set = digits()
    classes = predict(OneHiddenLayerNet(), test_set.images)

    table = Table("digit", "predicted before training")
    for digit, predicted in zip(test_set.targets[:10], classes[:10], strict=True):
        table.add_row(str(digit.item()), str(predicted.item()))
    print(table)
    share = (classes == test_set.targets).float().mean().item()
    print(f"{share:.0%} of {len(classes)} right: about one in ten, by chance. Day 12 trains it.")
