"""The training loop: batch after batch, forward, loss, gradients, step."""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Dataset

# given: a loader, such as a DataLoader, yields batches, (inputs, targets)
Loader = Iterable[Sequence[Tensor]]

# given: a loss function takes (outputs, targets) and returns the mean loss of the batch
LossFn = Callable[[Tensor, Tensor], Tensor]


# given: what fit notes down after each epoch
class EpochResult(NamedTuple):
    """The losses and the accuracy of one epoch, each a float."""

    train_loss: float
    test_loss: float
    accuracy: float


# given: what compare_batch_sizes finds out about each plan
class BatchSizeResult(NamedTuple):
    """What a batch size costs and what it brings."""

    batch_size: int
    epochs: int
    updates: int
    seconds: float
    accuracy: float


def train_epoch(model: nn.Module, loader: Loader, loss_fn: LossFn, optimizer: Optimizer) -> float:
    """Train the model on each batch once, and return the mean loss.

    This is all of training: for each batch the outputs, the loss, its gradients and one step of the
    optimizer. Gradients add up until somebody empties them. They are empty when you are called;
    from then on call `zero_grad` for each batch, before `backward` or after the step.
    Some layers behave differently in the two modes: whatever mode the model comes in, switch with
    `model.train()` first. Which mode you leave it in is up to you.

    The mean is over samples, not over batches: the last batch may be shorter. Each batch's loss, as
    it was before its step, counts once for each of its samples. Add up numbers, `loss.item()`: a
    sum of tensors would keep the graph of every batch.

    Go through the loader once. Use the loss function and the optimizer that you are given, and
    leave the batches as they are.

    Shapes: a batch is inputs (N, …) float32, as the model takes them, and targets (N,) int64, or
        whatever loss_fn(outputs, targets) takes; there is at least one batch → float.
    Example:
        >>> model = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.ones_(model.weight)  # so the output is 1 · x
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
        >>> batches = [
        ...     (torch.tensor([[1.0], [1.0]]), torch.zeros(2, 1)),  # loss 1; the weight becomes 0.5
        ...     (torch.tensor([[4.0]]), torch.zeros(1, 1)),  # so the output is 2, and the loss 4
        ... ]
        >>> train_epoch(model, batches, nn.MSELoss(), optimizer)  # (1 + 1 + 4) / 3
        2.0

    Source: https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
    """
    model.train()
    total, samples = 0.0, 0
    for inputs, targets in loader:
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
    return total / samples


def evaluate(model: nn.Module, loader: Loader, loss_fn: LossFn) -> tuple[float, float]:
    """Return the mean loss and the accuracy of a model, without changing it.

    The accuracy is the share of the samples whose largest output is that of their class. Both are
    means over samples, as in train_epoch.

    Looking leaves no trace. Work in eval mode, and put back the mode that `model.training` had.
    Build no graph: work inside `with torch.no_grad():`, and leave gradients on afterwards.

    Shapes: a batch is inputs (N, …) float32 and targets (N,) int64, outputs are (N, C) float32
        → (loss, accuracy), two floats, the accuracy in [0, 1].
    Example:
        >>> outputs = torch.tensor([[9.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 0.0]])
        >>> targets = torch.tensor([0, 1, 1, 0])  # the third output is wrong
        >>> margin = nn.MultiMarginLoss()  # 0 for the others, (1 + 9) / 2 for the third
        >>> evaluate(nn.Identity(), [(outputs, targets)], margin)
        (1.25, 0.75)

    Source: https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
    """
    was_training = model.training
    model.eval()
    total, correct, samples = 0.0, 0, 0
    with torch.no_grad():
        for inputs, targets in loader:
            outputs = model(inputs)  # (N, C)
            total += loss_fn(outputs, targets).item() * len(targets)
            correct += (outputs.argmax(dim=1) == targets).sum().item()
            samples += len(targets)
    model.train(was_training)
    return total / samples, correct / samples


def fit(
    model: nn.Module,
    train_set: Dataset[tuple[Tensor, Tensor]],
    test_set: Dataset[tuple[Tensor, Tensor]],
    *,
    epochs: int,
    batch_size: int,
    lr: float,
) -> list[EpochResult]:
    """Train the model with SGD and cross-entropy, and test it after each epoch.

    An epoch trains on each sample of the training set once, in batches of batch_size (the last one
    is what is left), in a new random order every time. Set no seed: that is up to whoever calls.
    Each step is SGD's without momentum: lr times the gradient of the batch's mean cross-entropy,
    subtracted. The test set is for testing only.

    A set has a length, and set[i] is a sample. That is all that a DataLoader needs, and all that
    you may count on: a set need not have `.images`. Neither set is changed.
    Call the two functions above, or write the loop out here: in training mode where it trains, in
    eval mode and without a graph where it tests, in batches as you like.

    Shapes: a sample is an image (1, 28, 28) float32, or whatever the model takes, and its class,
        () int64 → one EpochResult an epoch: (train_loss, test_loss, accuracy), three floats, the
        first as train_epoch returns it, the others as evaluate does after the epoch.
    Example:
        >>> from torch.utils.data import TensorDataset
        >>> train_set = TensorDataset(torch.zeros(5, 2), torch.zeros(5, dtype=torch.int64))
        >>> history = fit(nn.Linear(2, 3), train_set, train_set, epochs=2, batch_size=2, lr=0.1)
        >>> len(history)
        2
        >>> history[1].train_loss < history[0].train_loss
        True

    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
    """
    train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, train_loader, loss_fn, optimizer)
        test_loss, accuracy = evaluate(model, test_loader, loss_fn)
        history.append(EpochResult(train_loss, test_loss, accuracy))
    return history


# given: the experiment of the day, on your fit
def compare_batch_sizes(
    make_model: Callable[[], nn.Module],
    train_set: Dataset[tuple[Tensor, Tensor]],
    test_set: Dataset[tuple[Tensor, Tensor]],
    plans: Sequence[tuple[int, int]],
    *,
    lr: float,
) -> list[BatchSizeResult]:
    """Train a fresh model for each plan, (batch_size, epochs), and note its time and accuracy.

    Units: seconds on the clock, for the training and the test after each epoch.
    """
    torch.optim.SGD([torch.zeros(1)], lr=lr)  # the first optimizer imports for a second: not timed
    results = []
    for batch_size, epochs in plans:
        model = make_model()
        start = perf_counter()
        history = fit(model, train_set, test_set, epochs=epochs, batch_size=batch_size, lr=lr)
        seconds = perf_counter() - start
        updates = epochs * len(DataLoader(train_set, batch_size))  # a loader's length: its batches
        results.append(BatchSizeResult(batch_size, epochs, updates, seconds, history[-1].accuracy))
    return results


def plot_history(history: Sequence[EpochResult], ax: Axes) -> Axes:
    """Draw both losses and the accuracy, epoch by epoch.

    The first thing to look at after a training: a test loss that rises while the training loss goes
    on falling shows that the model learns its samples by heart.

    Draw three curves on the axes you are given, and return these. Losses and accuracy may have axes
    of their own: `ax.twinx()` lays a second one over the first. Name the curves where they can be
    read, in a legend or beside them: the names hold the words train, test and accuracy. Instead of
    the accuracy's curve you may name its axis. Open no window: that is up to whoever calls.

    Shapes: history, one EpochResult an epoch → the x of each curve counts the epochs, from 0 or 1.
    Units: the accuracy is drawn in [0, 1] or in percent.
    Example:
        >>> from matplotlib.figure import Figure
        >>> history = [EpochResult(2.0, 2.5, 0.25), EpochResult(1.0, 2.0, 0.5)]
        >>> ax = Figure().add_subplot()
        >>> plot_history(history, ax) is ax
        True

    Source: https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.twinx.html
    """
    numbers = range(1, len(history) + 1)
    right = ax.twinx()
    curves = [
        *ax.plot(numbers, [result.train_loss for result in history], label="train loss"),
        *ax.plot(numbers, [result.test_loss for result in history], label="test loss"),
        *right.plot(numbers, [result.accuracy for result in history], "C2--", label="accuracy"),
    ]
    ax.set(xlabel="epoch", ylabel="loss")
    right.set_ylabel("accuracy on the test set")
    right.legend(handles=curves, loc="center right")  # on the axes in front
    return ax


# given: `python -m exercises.day12.training` asks what the batch size changes, on your loop
if __name__ == "__main__":
    from matplotlib.figure import Figure
    from rich import print
    from rich.table import Table

    from kata import figures
    from kata.data import mnist_or_digits

    def make_model() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))

    torch.set_num_threads(1)  # for layers as small as these more threads only cost time
    torch.manual_seed(0)
    name, train_set, test_set = mnist_or_digits()
    if name == "MNIST":
        equal_epochs, equal_updates = [(8, 1), (64, 1), (256, 1)], [(16, 1), (64, 4), (256, 16)]
        print("on MNIST, 60,000 images: this takes most of a minute")
    else:
        equal_epochs, equal_updates = [(8, 5), (64, 5), (256, 5)], [(16, 5), (64, 20), (256, 75)]
        print(f"on the {len(train_set):,} digits that ship with the project")

    for title, plans in {"equal epochs": equal_epochs, "equal updates": equal_updates}.items():
        columns = ("batch size", "epochs", "updates", "seconds", "seconds an epoch", "accuracy")
        table = Table(title=title)
        for column in columns:
            table.add_column(column, justify="right")
        for result in compare_batch_sizes(make_model, train_set, test_set, plans, lr=0.02):
            size, epochs, updates, seconds, accuracy = result
            table.add_row(
                f"{size}",
                f"{epochs}",
                f"{updates:,}",
                f"{seconds:.2f}",
                f"{seconds / epochs:.3f}",
                f"{accuracy:.1%}",
            )
        print(table)
    print("What is left of the difference when the number of updates is the same?")

    history = fit(make_model(), train_set, test_set, epochs=8, batch_size=32, lr=0.05)
    try:
        picture = plot_history(history, Figure().add_subplot())
    except NotImplementedError:
        print("plot_history is today's stretch goal: it draws how a training went")
    else:
        figures.save(picture, 12, "history")
