"""The anatomy of a network: the names of its layers, its weights, and a picture of it."""

from collections.abc import Sequence
from itertools import pairwise, product

import torch
from matplotlib.axes import Axes
from torch import Tensor


def layer_names(layer_sizes: Sequence[int]) -> list[str]:
    """Name the layers of a network: input, hidden layers, output.

    A network is described by the number of nodes in each of its layers. The first layer takes the
    input and the last one gives the output; all layers between them are hidden. Hidden layers are
    counted from 1; when there is only one, it is just "hidden".

    Raises: ValueError if there are fewer than two sizes: a network has an input and an output.
    Example:
        >>> layer_names([784, 128, 10])
        ['input', 'hidden', 'output']
        >>> layer_names([784, 128, 64, 10])
        ['input', 'hidden 1', 'hidden 2', 'output']

    Source: http://neuralnetworksanddeeplearning.com/chap1.html
    """
    if len(layer_sizes) < 2:
        raise ValueError(f"a network has at least two layers, got sizes {list(layer_sizes)}")
    hidden = [f"hidden {number}" for number in range(1, len(layer_sizes) - 1)]
    if len(hidden) == 1:
        hidden = ["hidden"]
    return ["input", *hidden, "output"]


def weight_shapes(layer_sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Give the shape of each weight matrix, first layer of weights first.

    Weights lie between two layers of nodes, so there is one matrix fewer than there are layers.
    Each is stored as nn.Linear stores it, one row for each node it leads to: (out, in).

    Example:
        >>> weight_shapes([784, 128, 10])
        [(128, 784), (10, 128)]

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """
    return [(size_out, size_in) for size_in, size_out in pairwise(layer_sizes)]


def count_parameters(layer_sizes: Sequence[int]) -> int:
    """Count the numbers that training will change: all weights and all biases.

    Every node has a weight for each node of the layer before it, and one bias. Only the nodes of
    the input have neither: they hold the data.

    Example:
        >>> count_parameters([2, 3, 1])  # 3 · 2 + 3 for the hidden layer, 1 · 3 + 1 for the output
        13

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """
    return sum(size_out * size_in + size_out for size_in, size_out in pairwise(layer_sizes))


# given: where the nodes may stand
def node_positions(layer_sizes: Sequence[int]) -> list[Tensor]:
    """Place the nodes: one column a layer, from left to right, each centred on y = 0.

    Shapes: for each layer of n nodes one tensor (n, 2) float32, whose rows are (x, y).
    Example:
        >>> node_positions([1, 2])
        [tensor([[0., 0.]]), tensor([[ 1.0000,  0.5000],
                [ 1.0000, -0.5000]])]
    """
    return [
        torch.tensor([(x, (size - 1) / 2 - number) for number in range(size)], dtype=torch.float32)
        for x, size in enumerate(layer_sizes)
    ]


def draw_network(layer_sizes: Sequence[int], ax: Axes) -> Axes:
    """Draw the network on `ax`, and return `ax`.

    - Each node is one mark, and nothing else is (biases are not drawn). The layers stand side by
      side, the input on the left; `node_positions` gives you places that do.
    - Each weight is one line. A node is connected with every node of the next layer, not only with
      the one beside it, and with no others.
    - Each layer's name, as `layer_names` has it, stands above or below the layer. You may add to
      it and write it in any case: "Input layer (4)".

    Everything else is yours: colours, sizes, whether the axes show. Draw with the methods of `ax`
    (`ax.scatter`, `ax.plot`, `ax.text`), not with those of `plt`, which draw on whatever figure is
    the current one. Leave `plt.show()` to whoever calls: they may want to save the picture.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> draw_network([3, 4, 2], ax) is ax
        True

    Source: https://matplotlib.org/stable/users/explain/axes/axes_intro.html
    """
    names, layers = layer_names(layer_sizes), node_positions(layer_sizes)
    colours = ["steelblue", *["mediumseagreen"] * (len(layers) - 2), "indianred"]
    top = max(layer_sizes) / 2

    for layer, following in pairwise(layers):
        for (x1, y1), (x2, y2) in product(layer.tolist(), following.tolist()):
            ax.plot([x1, x2], [y1, y2], color="silver", linewidth=1, zorder=1)
    for x, (name, layer, colour) in enumerate(zip(names, layers, colours, strict=True)):
        ax.scatter(layer[:, 0], layer[:, 1], s=700, color=colour, edgecolor="white", zorder=2)
        ax.text(x, top, f"{name} ({len(layer)})", color=colour, size="large", ha="center")
    ax.margins(0.1)
    ax.axis("off")
    return ax


# given: `python -m exercises.day08.anatomy` draws a network and counts the one of tomorrow
if __name__ == "__main__":
    from itertools import zip_longest

    from matplotlib.figure import Figure
    from rich import print
    from rich.table import Table

    from kata.layout import ROOT, shown

    sizes = [784, 128, 10]  # an image of 28 × 28 pixels comes in, one of ten digits goes out
    table = Table("layer", "nodes", "weights")
    for name, size, shape in zip_longest(layer_names(sizes), sizes, [None, *weight_shapes(sizes)]):
        table.add_row(name, str(size), str(shape or "none"))
    print(table, f"{count_parameters(sizes):,} parameters to learn")

    small = [4, 6, 6, 3]
    figure = Figure(figsize=(8, 5), layout="constrained")
    ax = draw_network(small, figure.subplots())
    figure.suptitle(f"A network with {count_parameters(small)} parameters", size="x-large")
    path = ROOT / "plots" / "day08" / "network.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"The picture of a smaller one is in {shown(path)}")
