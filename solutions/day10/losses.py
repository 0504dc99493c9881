"""Loss functions: mean squared error and cross-entropy, and what their gradients say.

No function here changes its arguments. The losses and log_softmax keep the graph, so that a
network can be trained with them: compute with the tensors you are given.
"""

import torch
from matplotlib.axes import Axes
from torch import Tensor, nn


def mse_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error: the mean of (prediction - target)² over every element.

    The loss for predicting quantities, and what nn.MSELoss computes. Write it out yourself, with
    plain arithmetic. Compare the shapes before anything else: (N, 1) and (N,) can be subtracted,
    but that pairs every prediction with every target, and nothing tells you.

    Shapes: prediction and target the same shape, whatever it is, float32 → () float32, a tensor
        with the one number in it.
    Raises: ValueError if the two shapes are not equal; the message names both.
    Example:
        >>> mse_loss(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
        tensor(1.)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
    """
    if prediction.shape != target.shape:
        raise ValueError(
            f"prediction {tuple(prediction.shape)} and target {tuple(target.shape)} "
            "must have the same shape"
        )
    return ((prediction - target) ** 2).mean()


def log_softmax(logits: Tensor) -> Tensor:
    """Turn logits into log-probabilities over the classes, row by row.

    Softmax makes probabilities of logits, exp(x) / Σ exp(x), and this is its logarithm:
    x - log Σ exp(x). Write it out yourself, without torch's softmax and log_softmax
    (torch.logsumexp is fine).

    In float32 exp(89) is already inf, and exp(-104) is 0, whose log is -inf. But the result does
    not change when the same number is subtracted from a whole row: subtract its largest logit
    first, and no exp is ever too large.

    Shapes: logits (N, C) float32 → (N, C) float32; values and gradients are right for logits of
        1000 and -1000 too.
    Units: nats, the unit of the natural logarithm.
    Example:
        >>> log_softmax(torch.tensor([[0.0, 0.0], [1000.0, 0.0]]))  # log ½ is -0.6931
        tensor([[-6.9315e-01, -6.9315e-01],
                [ 0.0000e+00, -1.0000e+03]])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
    """
    shifted = logits - logits.max(dim=1, keepdim=True).values  # (N, C), the largest is 0
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()  # (N, C) - (N, 1)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropy: the mean over the batch of -log p, p the true class's probability.

    The loss for predicting classes, and what nn.CrossEntropyLoss computes. Like that one it takes
    logits, not probabilities. Go by way of this file's log_softmax, and pick each row's number
    yourself, without torch's cross_entropy.

    Shapes: logits (N, C) float32, target (N,) int64, the true class of each row, in [0, C)
        → () float32, a tensor with the one number in it.
    Units: nats.
    Example:
        >>> logits = torch.tensor([[0.0, 0.0], [0.0, 1000.0]])  # ½ and ½; as good as 0 and 1
        >>> cross_entropy(logits, torch.tensor([0, 1]))  # (log 2 + 0) / 2
        tensor(0.3466)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
    """
    rows = torch.arange(len(target))
    return -log_softmax(logits)[rows, target].mean()  # (N, C) → (N,) → ()


def loss_gradients(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of both losses with respect to the logits: (MSE's, cross-entropy's).

    A gradient says where a small step would lower the loss, and how much: a loss without gradient
    teaches nothing. Use torch's nn.MSELoss, on the softmax of the logits against the one-hot
    target (1 at the true class, else 0; torch.nn.functional.one_hot makes it), and
    nn.CrossEntropyLoss, on the logits as they are. Both average, as they do unless told otherwise.

    Autograd is tomorrow's subject. Until then, the recipe for one gradient is:

        x = logits.detach().clone().requires_grad_()  # a copy that remembers what is done with it
        loss = ...                                    # built, then called: nn.MSELoss()(…, …)
        loss.backward()                               # now the gradient is in x.grad

    A second backward() adds to x.grad, so take a fresh copy for the second loss. The caller's
    logits stay as they are, whether or not they require grad: values, requires_grad and .grad.

    Shapes: logits (N, C) float32, target (N,) int64 in [0, C), not every class needs to occur
        → a tuple of two tensors (N, C) float32.
    Example:
        >>> loss_gradients(torch.tensor([[0.0, 0.0]]), torch.tensor([0]))  # the softmax is ½, ½
        (tensor([[-0.2500,  0.2500]]), tensor([[-0.5000,  0.5000]]))

    Source: https://docs.pytorch.org/docs/stable/nn.html#loss-functions
    """
    one_hot = nn.functional.one_hot(target, num_classes=logits.shape[1]).float()  # (N, C)

    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(dim=1), one_hot).backward()

    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()

    return x.grad, y.grad  # type: ignore[return-value]  # backward has set both


def plot_losses(ax: Axes) -> Axes:
    """Draw both losses for two classes against the probability given to the true one.

    With p for the true class the other has 1 - p. MSE compares (p, 1 - p) with (1, 0), and is the
    mean of two squares; cross-entropy is -log p. Draw a smooth curve of each, 50 points or more,
    with p along x, from 0.01 or less to 0.99 or more, and the loss along y. Give each a label, one
    containing MSE and the other cross-entropy, and add a legend. Draw on the axes you are given,
    do not show them, and return them.

    Units: p is a share in [0, 1]; cross-entropy is in nats.
    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = plot_losses(Figure().add_subplot())
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['cross-entropy', 'MSE']

    Source: https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.plot.html
    """
    p = torch.linspace(0.005, 1, 200)
    mse = ((p - 1) ** 2 + ((1 - p) - 0) ** 2) / 2  # the true class, and the other one
    nats = -p.log()

    ax.plot(p, nats, color="#c1440e", linewidth=2.5, label="cross-entropy")
    ax.plot(p, mse, color="#2b5d8a", linewidth=2.5, label="MSE")
    ax.set(xlim=(0, 1), ylim=(0, None), xlabel="probability given to the true class", ylabel="loss")
    ax.set_title("Sure and wrong: MSE stops at 1, cross-entropy has no limit", loc="left")
    ax.legend(frameon=False)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


# given: `python -m exercises.day10.losses` makes the day's experiment with your loss_gradients
if __name__ == "__main__":
    from matplotlib.figure import Figure
    from rich import print
    from rich.table import Table

    from kata import figures

    NAMES = ("MSE", "cross-entropy")
    true_class = torch.tensor([0])

    def sample(lead: float) -> Tensor:
        """Return the logits, (1, 3), of a sample whose wrong class leads by `lead`."""
        return torch.tensor([[0.0, lead, 0.0]])

    def gradient_norms(lead: float) -> list[float]:
        """Return the length of each loss's gradient."""
        return [gradient.norm().item() for gradient in loss_gradients(sample(lead), true_class)]

    def steps_until_right(loss: int, lead: float, lr: float = 1.0, at_most: int = 5000) -> int:
        """Return how many steps against one loss's gradient make the true class the largest."""
        logits, steps = sample(lead), 0
        while logits.argmax(dim=1) != true_class and steps < at_most:
            logits = logits - lr * loss_gradients(logits, true_class)[loss]
            steps += 1
        return steps

    print("A wrong class leads by k: the norm of each gradient, and its share of k = 0's.")
    table = Table("k")
    for name in NAMES:
        table.add_column(name, justify="right")
        table.add_column("share", justify="right", style="bold")
    start = gradient_norms(0)
    for lead in (0, 2, 5, 10, 20):
        pairs = zip(gradient_norms(lead), start, strict=True)
        cells = [f"{number:.2g}" for norm, first in pairs for number in (norm, norm / first)]
        table.add_row(str(lead), *cells)
    print(table)

    print("From k = 8: how many steps with a learning rate of 1 until the sample is right.")
    table = Table("loss", "steps")
    for loss, name in enumerate(NAMES):
        table.add_row(name, str(steps_until_right(loss, lead=8)))
    print(table)

    try:
        ax = plot_losses(Figure(figsize=(7, 5)).add_subplot())
    except NotImplementedError:
        print("plot_losses, the stretch goal, adds a picture.")
    else:
        figures.save(ax, day=10, name="losses")
