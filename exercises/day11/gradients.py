"""Gradients on paper, by autograd and by small differences, and the descent that follows them."""

from collections.abc import Callable

import torch
from torch import Tensor


def gradient_by_hand(x: Tensor) -> Tensor:
    """Return the gradient of y = Σ (3x² + 2x), worked out on paper.

    The sum runs over all elements of x. Each stands in one term only, so that its entry of the
    gradient is the derivative of that term: find it on paper, and write it down. No autograd yet
    (no backward, no torch.autograd.grad): this is what you will check it against.

    Shapes: x of any shape, float32 or float64 → the same shape and dtype; x stays as it was.
    Example:
        >>> gradient_by_hand(torch.tensor([1.0, -1.0]))  # a step of 0.01 from 1 adds 0.08 to y
        tensor([ 8., -4.])

    Source: https://en.wikipedia.org/wiki/Gradient
    """
    raise NotImplementedError("day 11: gradient_by_hand")


def gradient_by_autograd(x: Tensor) -> Tensor:
    """Return the gradient of y = Σ (3x² + 2x), worked out by autograd.

    Autograd records what is computed from a tensor that requires a gradient. `y.backward()`, from
    the single number y, walks that record back, and adds the gradient to the tensor's `.grad`:
    *adds*, so that whatever is there already stays in the sum.

    The x you are given is not yours: its values, its requires_grad and its .grad stay as they
    were, whatever they were, and a second call gives the same answer. Make a tensor of your own,
    a leaf, from nothing but the numbers: `x.detach().clone().requires_grad_()`. (The gradient
    itself is asked for; whether it has a graph of its own is not.)

    Shapes: x of any shape, float32 or float64 → the same shape and dtype.
    Example:
        >>> x = torch.tensor([1.0, -1.0])
        >>> gradient_by_autograd(x)
        tensor([ 8., -4.])
        >>> x.requires_grad, x.grad
        (False, None)

    Source: https://docs.pytorch.org/docs/stable/notes/autograd.html
    """
    raise NotImplementedError("day 11: gradient_by_autograd")


def gradient_descent(f: Callable[[Tensor], Tensor], start: Tensor, lr: float, steps: int) -> Tensor:
    """Walk downhill on f from `start`, and return every point on the way.

    The gradient points uphill, so a step goes the other way: x - lr * gradient of f at x. Autograd
    finds the gradient, anew at every point: one left over from the step before would be added to
    it. The step itself is no part of f: autograd must not record it.

    The path begins with `start`, before any step, and ends after the last. It is plain numbers,
    without a graph. `start` may require a gradient or have one; it stays as it was, and so does
    its .grad.

    Shapes: f takes a tensor of start's shape and dtype and returns a scalar; start of any shape,
        () too, float32 or float64 → (steps + 1, *start.shape), same dtype.
    Example:
        >>> def bowl(x):
        ...     return (x**2).sum()  # its gradient is 2x
        >>> gradient_descent(bowl, torch.tensor([4.0, -2.0]), lr=0.25, steps=2)
        tensor([[ 4.0000, -2.0000],
                [ 2.0000, -1.0000],
                [ 1.0000, -0.5000]])

    Source: https://en.wikipedia.org/wiki/Gradient_descent
    """
    raise NotImplementedError("day 11: gradient_descent")


def linear_gradients(x: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients (dw, db) of a linear model's mean squared error, by the chain rule.

    The loss is mean((x @ w + b - y)²) over the N samples. Work from the outside in: the mean, the
    square, then the line. No autograd: this is what backward does for you, by hand. The arguments
    stay as they were.

    Shapes: x (N, D), y (N,), w (D,), b (), all float32 → dw (D,), db (), float32.
    Example:
        >>> x, y = torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0])
        >>> linear_gradients(x, y, w=torch.tensor([1.0]), b=torch.tensor(1.0))  # errors: 2 and 4
        (tensor([14.]), tensor(6.))

    Source: https://en.wikipedia.org/wiki/Chain_rule
    """
    raise NotImplementedError("day 11: linear_gradients")


def numerical_gradient(f: Callable[[Tensor], Tensor], x: Tensor, eps: float = 1e-6) -> Tensor:
    """Estimate the gradient of f at x from its values alone, by central differences.

    Move one element of x by eps to either side, leave all others where they are, and divide the
    difference of the two values of f by the distance, 2·eps. It takes two calls of f an element,
    and no calculus: too slow to train with, and the best way to check a gradient.

    A difference of two nearly equal numbers needs all the digits there are: whatever x is, f is
    given float64, and the result is float64. No autograd. x stays as it was.

    Shapes: f takes a float64 tensor of x's shape and returns a scalar; x of any shape, float32 or
        float64 → the same shape, float64.
    Example:
        >>> def cubes(x):
        ...     return (x**3).sum()
        >>> numerical_gradient(cubes, torch.tensor([1.0, 2.0]), eps=0.1)  # (1.1³ - 0.9³) / 0.2
        tensor([ 3.0100, 12.0100], dtype=torch.float64)

    Source: https://en.wikipedia.org/wiki/Numerical_differentiation
    """
    raise NotImplementedError("day 11: numerical_gradient")


def backward_by_hand(
    x: Tensor, target: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients (dw1, db1, dw2, db2) of a network's cross-entropy, without autograd.

    The network is day 9's: z = x @ w1.T + b1, h = relu(z), logits = h @ w2.T + b2. The loss is
    the cross-entropy of the logits, the mean over the batch. Backpropagation goes back the way
    the numbers came, one step at a time. It starts from what makes softmax and cross-entropy such
    a good pair: with respect to the logits the gradient is (softmax(logits) - one_hot(target)) / N.
    A ReLU lets through the gradient of the units that it let through. The arguments stay as they
    were.

    Shapes: x (N, D), w1 (H, D), b1 (H,), w2 (C, H), b2 (C,), all float32; target (N,) int64 →
        dw1 (H, D), db1 (H,), dw2 (C, H), db2 (C,), float32.
    Example:
        >>> x, target = torch.tensor([[3.0]]), torch.tensor([0])
        >>> w1, b1 = torch.tensor([[1.0]]), torch.tensor([0.0])
        >>> w2, b2 = torch.tensor([[1.0], [1.0]]), torch.tensor([0.0, 0.0])
        >>> dw1, db1, dw2, db2 = backward_by_hand(x, target, w1, b1, w2, b2)
        >>> db2  # both logits are 3: each class gets 1/2, and class 0 should have got 1
        tensor([-0.5000,  0.5000])

    Source: http://neuralnetworksanddeeplearning.com/chap2.html
    """
    raise NotImplementedError("day 11: backward_by_hand")


# given: `python -m exercises.day11.gradients` compares your gradients, tries out learning rates,
# and draws 3,000 of your descents in one picture
if __name__ == "__main__":
    from contextlib import suppress

    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from rich import print
    from rich.table import Table

    from kata.layout import ROOT

    x = torch.tensor([-2.0, -0.5, 0.0, 1.0, 3.0])
    columns = {"x": x, "by hand": gradient_by_hand(x), "by autograd": gradient_by_autograd(x)}
    with suppress(NotImplementedError):  # a stretch goal: it joins the table once it is written
        columns["by differences"] = numerical_gradient(lambda x: (3 * x**2 + 2 * x).sum(), x)
    table = Table(*columns, title="the gradient of y = Σ (3x² + 2x)")
    for row in zip(*columns.values(), strict=True):
        table.add_row(*(f"{value:.6f}" for value in row))
    print(table)

    def bowl(x: Tensor) -> Tensor:
        return x[0] ** 2 + 10 * x[1] ** 2

    table = Table("lr", "f at the start", "after 10 steps", "after 50", title="x₀² + 10 x₁²")
    for lr in (0.001, 0.01, 0.09, 0.101):
        path = gradient_descent(bowl, torch.tensor([4.0, 2.0]), lr, 50)
        table.add_row(str(lr), *(f"{bowl(path[step]):.3g}" for step in (0, 10, 50)))
    print(table)

    def landscape(x: Tensor) -> Tensor:  # Himmelblau's function: four valleys, all of depth 0
        u, v = x.unbind(-1)
        return (u**2 + v - 11) ** 2 + (u + v**2 - 7) ** 2

    torch.manual_seed(11)
    starts = 12 * torch.rand(3000, 2) - 6
    # The points do not touch each other: the gradient of the sum moves each on its own.
    paths = gradient_descent(lambda x: landscape(x).sum(), starts, lr=0.001, steps=250)
    bottoms = torch.tensor([[3.0, 2.0], [-2.805, 3.131], [-3.779, -3.283], [3.584, -1.848]])
    valley = torch.cdist(paths[-1], bottoms).argmin(dim=1)

    figure = plt.figure(figsize=(10, 10), facecolor="#0b1020")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(-5.5, 5.5), ylim=(-5.5, 5.5), facecolor="#0b1020")
    ax.set_axis_off()
    grid = torch.cartesian_prod(*2 * [torch.linspace(-6, 6, 200)]).view(200, 200, 2)
    height = landscape(grid).log1p()
    ax.contour(*grid.unbind(-1), height, levels=24, colors="white", linewidths=0.5, alpha=0.22)
    for number, color in enumerate(["#ffb454", "#59c2ff", "#c792ea", "#7fd962"]):
        lines = paths[:, valley == number]
        ax.plot(lines[..., 0], lines[..., 1], color=color, linewidth=0.6, alpha=0.4)
    ax.plot(*bottoms.T, "o", color="white", markersize=7)
    picture = ROOT / "plots" / "day11" / "descent.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=200, facecolor=figure.get_facecolor())
    print(f"3,000 descents into four valleys: {picture}")
