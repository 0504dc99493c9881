"""Activation functions: what ReLU, sigmoid and tanh do to a number, and to a gradient."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from torch import Tensor, nn


def relu(x: Tensor) -> Tensor:
    """Keep positive numbers and turn negative ones into zero.

    The activation of most networks today: cheap, and its slope is 1 wherever it lets a number
    through. Write it out, without torch's ready-made relu, sigmoid, tanh or softplus (modules and
    methods included); torch.clamp, maximum, where and plain arithmetic are fine.

    Shapes: x of any shape, float32 or float64 → the same shape and dtype; x is left unchanged.
    Autograd gets the way back: the gradient is right for 0 < |x| ≤ 20.
    Example:
        >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
        tensor([0., 0., 3.])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """
    return x.clamp(min=0)


def sigmoid(x: Tensor) -> Tensor:
    """Squash any number into the range from 0 to 1: 1 / (1 + e⁻ˣ).

    Once the usual activation, today mostly for turning a number into a probability. Right to 1e-6
    for every |x| up to 1000, although exp(1000) is inf. Write it out, without torch's ready-made
    relu, sigmoid, tanh or softplus; torch.exp, log, logsumexp, clamp, where and plain arithmetic
    are fine.

    Shapes: x of any shape, float32 or float64 → the same shape and dtype; x is left unchanged.
    Autograd gets the way back: the gradient is right for 0 < |x| ≤ 20.
    Example:
        >>> sigmoid(torch.tensor([0.0, 1000.0]))
        tensor([0.5000, 1.0000])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
    """
    # exp(89) is inf in float32. 1 / inf is still right, but its gradient would be 0 * inf, nan.
    return 1 / (1 + torch.exp(-x.clamp(min=-80)))


def tanh(x: Tensor) -> Tensor:
    """Squash any number into the range from -1 to 1: (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ).

    Sigmoid's shape, but centred on zero, and four times as steep there. Right to 1e-6 for every
    |x| up to 1000: the formula as it stands is inf / inf there. Write it out, without torch's
    ready-made relu, sigmoid, tanh or softplus; a function of your own is fine.

    Shapes: x of any shape, float32 or float64 → the same shape and dtype; x is left unchanged.
    Autograd gets the way back: the gradient is right for 0 < |x| ≤ 20.
    Example:
        >>> tanh(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    """
    return 2 * sigmoid(2 * x) - 1


def plot_activations(ax: Axes) -> Axes:
    """Draw the three functions into one picture, and return the axes.

    What they do to small, large and negative numbers is seen at a glance when they share one
    picture. Draw on the axes you are given, with ax.plot, not on a figure of your own, and do not
    show it. Each curve runs at least from -5 to 5, in order, its points at most 0.25 apart so that
    it looks smooth, and all of that range is in view. The curves' labels contain ReLU, sigmoid and
    tanh, and a legend shows them. Other lines, a grid and colours are up to you.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = plot_activations(Figure().subplots())
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['ReLU', 'sigmoid', 'tanh']

    Source: https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.plot.html
    """
    x = torch.linspace(-5, 5, 201)
    for label, activation in (("ReLU", relu), ("sigmoid", sigmoid), ("tanh", tanh)):
        ax.plot(x, activation(x), label=label)
    ax.legend()
    return ax


def gradient_norms(
    activation: Callable[[Tensor], Tensor], depth: int, width: int = 64, seed: int = 0
) -> Tensor:
    """Measure how much gradient each layer of a deep network receives, first layer first.

    On its way back the gradient is multiplied, layer after layer, by the weights and by the slope
    of the activation. If that makes it smaller each time, the first layers learn nothing.

    1. `torch.manual_seed(seed)`: the same seed gives the same network, another seed another one.
    2. Make `depth` separate layers `nn.Linear(width, width)`. Redraw each weight with
       `nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")`, whatever the activation, and
       set each bias to zero with `nn.init.zeros_(layer.bias)`.
    3. Send `x = torch.randn(64, width)` through all of them, with the activation after every
       layer, the last one included: what comes out is the output.
    4. `output.sum().backward()`. Return the `.norm()` of each layer's `weight.grad`.

    The activation is any function that takes a tensor and returns one of the same shape.

    Shapes: → (depth,) float32, at [0] the layer next to x.
    Example:
        >>> norms = gradient_norms(torch.sigmoid, depth=10)
        >>> norms.shape
        torch.Size([10])
        >>> bool(norms[0] < norms[-1] / 1000)
        True

    Source: https://docs.pytorch.org/docs/stable/nn.init.html
    """
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    x = torch.randn(64, width)
    for layer in layers:
        x = activation(layer(x))  # (64, width)
    x.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


def relu_slope(x: Tensor) -> Tensor:
    """Return the slope of ReLU at x.

    The slopes decide how much of a gradient gets back through a layer. These three need not be
    written out: use whatever you like, also torch's own functions. At 0, where ReLU has a corner,
    any number from 0 to 1 will do.

    Shapes: x of any shape, float32 or float64, |x| ≤ 1000 → the same shape and dtype; x is left
    unchanged.
    Example:
        >>> relu_slope(torch.tensor([-3.0, 0.5, 4.0]))
        tensor([0., 1., 1.])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """
    return (x > 0).to(x.dtype)


def sigmoid_slope(x: Tensor) -> Tensor:
    """Return the slope of sigmoid at x, right to 1e-6.

    It is steepest in the middle. How steep, at most? What does that do to a gradient that passes
    ten layers? The argument is x itself, not sigmoid(x).

    Shapes: x of any shape, float32 or float64, |x| ≤ 1000 → the same shape and dtype; x is left
    unchanged.
    Example:
        >>> sigmoid_slope(torch.tensor([-2.0, 0.0, 2.0]))
        tensor([0.1050, 0.2500, 0.1050])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
    """
    s = sigmoid(x)
    return s * (1 - s)


def tanh_slope(x: Tensor) -> Tensor:
    """Return the slope of tanh at x, right to 1e-6.

    In the middle it is as steep as ReLU; far out it is as flat as sigmoid. The argument is x
    itself, not tanh(x).

    Shapes: x of any shape, float32 or float64, |x| ≤ 1000 → the same shape and dtype; x is left
    unchanged.
    Example:
        >>> tanh_slope(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([0.4200, 1.0000, 0.4200])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    """
    return 1 - tanh(x) ** 2


# given: `python -m exercises.day13.activations` prints the experiment's table and draws your curves
if __name__ == "__main__":
    from contextlib import suppress

    import matplotlib.pyplot as plt
    from rich import print
    from rich.table import Table

    from kata import figures

    functions = {"ReLU": relu, "sigmoid": sigmoid, "tanh": tanh}
    slopes = {"ReLU": relu_slope, "sigmoid": sigmoid_slope, "tanh": tanh_slope}
    colours = {"ReLU": "#d1495b", "sigmoid": "#00798c", "tanh": "#edae49"}

    print("The gradient's norm in the first layer, divided by that in the last:")
    table = Table("layers", *functions)
    for depth in (2, 5, 10, 15, 20):
        norms = [gradient_norms(function, depth) for function in functions.values()]
        table.add_row(str(depth), *(f"{n[0] / n[-1]:.2g}" for n in norms))
    print(table)

    look = {
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.prop_cycle": plt.cycler(color=colours.values()),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlepad": 12,
        "axes.titlesize": "large",
        "grid.color": "#ececec",
        "legend.frameon": False,
        "lines.linewidth": 2.5,
    }
    x = torch.linspace(-5, 5, 1001)
    steepness = {}
    for name, slope in slopes.items():
        with suppress(NotImplementedError):  # a stretch goal that is not started
            steepness[name] = slope(x).where(x.abs() > 1e-4, torch.nan)  # ReLU's jump stays open

    plt.switch_backend("agg")  # draws into files only
    with plt.rc_context(look):
        n = 3 if steepness else 2
        figure, (left, *middle, right) = plt.subplots(
            1, n, figsize=(5 * n, 4.8), layout="constrained"
        )
        plot_activations(left).set(title="What comes out", xlabel="x")

        for ax in middle:
            for name, slope in steepness.items():
                ax.plot(x, slope, color=colours[name], label=name)
            ax.axhline(0.25, color="grey", linewidth=1, linestyle=":")
            ax.annotate("¼", (-5, 0.26), color="grey")
            ax.set(title="How steep it is", xlabel="x")
            ax.legend(loc="upper left")

        for name, function in functions.items():
            norms = gradient_norms(function, depth=20)
            share = norms / norms[-1]
            right.semilogy(range(1, 21), share, "o-", color=colours[name], label=name)
        right.set(title="What is left of the gradient on its way back", xlabel="layer")
        right.set_xticks([1, 5, 10, 15, 20])
        right.legend(loc="lower right")
    figures.save(figure, 13, "activations")
