"""The training loop: batch after batch, forward, loss, gradients, step."""

import math
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Dataset

# given: what the annotations below stand for
Loader = Iterable[Sequence[Tensor]]  # of batches: (inputs, targets)
LossFn = Callable[[Tensor, Tensor], Tensor]  # (outputs, targets) → the batch's mean loss


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
    """Train the model on every batch once, and return the mean loss.

    This is all of training: for each batch, outputs, loss, gradients, one step of the optimizer.
    Gradients add up until somebody empties them, so each step needs `zero_grad` once: before
    `backward` or after the step. Some layers behave differently in the two modes: call
    `model.train()` first, whatever mode the model comes in. The mode afterwards is free.

    The mean is over samples, not over batches, since the last batch may be shorter: each batch's
    loss, as it was before its step, counts once for each of its samples. Add up numbers,
    `loss.item()`: a sum of tensors would keep the graph of every batch.

    The loader is any iterable of (inputs, targets) batches. Go through it once, and count the
    samples as they come: it may have neither a length nor a `.dataset`. Loss function and optimizer
    are the ones given, and the batches stay as they are.

    Shapes: inputs (N, …) float32, as the model takes them; targets (N,) int64, or whatever
        loss_fn(outputs, targets) takes; loss_fn returns the batch's mean. → float.
    Example:
        >>> model = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.ones_(model.weight)  # the model's output is 1 · x
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
        >>> batches = [
        ...     (torch.tensor([[1.0], [1.0]]), torch.zeros(2, 1)),  # loss 1; the weight becomes 0.5
        ...     (torch.tensor([[4.0]]), torch.zeros(1, 1)),  # the output is 2, its loss 4
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
    """Return the mean loss and the accuracy of a model that is only looked at.

    The accuracy is the share of samples whose largest output is that of their class. As in
    train_epoch, both are means over samples, the loader is any iterable of batches, gone through
    once, and the loss function is the one given.

    Looking must not leave a trace. Work in eval mode, and put back the mode that model.training
    had. Build no graph: work inside `with torch.no_grad():`, and leave gradients on afterwards.

    Shapes: inputs (N, …) float32; outputs (N, C) float32; targets (N,) int64 → two floats, the
        accuracy in [0, 1].
    Example:
        >>> outputs = torch.tensor([[9.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 0.0]])
        >>> targets = torch.tensor([0, 1, 1, 0])  # the third is wrong
        >>> margin = nn.MultiMarginLoss()  # 0 for the right ones here; (1 + 9) / 2 for the third
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
    train_set: Dataset,
    test_set: Dataset,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
) -> list[EpochResult]:
    """Train the model with SGD and cross-entropy, and test it after each epoch.

    Each epoch trains on every sample of the training set once, in batches of batch_size (the last
    one is what is left), in a new random order; set no seed here, that is for the caller to do.
    Each step goes against the gradient, lr times its length: SGD without momentum. The test set is
    for testing only.

    The test set may be used in any batches. Both sets are only read: `len(train_set)` and
    `train_set[i]`, or a DataLoader, is all that you may count on. You may call the two functions
    above, or write the loop out here: the model is in training mode while it trains, in eval mode
    and without a graph while it is tested.

    Shapes: each sample is an image (1, 28, 28) float32, or whatever the model takes, and its class,
        () int64 → one EpochResult an epoch: (train_loss, test_loss, accuracy), three floats, the
        first as train_epoch returns it, the others as evaluate returns them after the epoch.
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


# given: today's experiment, with your fit
def compare_batch_sizes(
    make_model: Callable[[], nn.Module],
    train_set: Dataset,
    test_set: Dataset,
    plans: Sequence[tuple[int, int]],
    *,
    lr: float,
) -> list[BatchSizeResult]:
    """Train a fresh model for each (batch_size, epochs) plan, and note its time and accuracy.

    Units: seconds of wall time, for training and the test after each epoch.
    """
    torch.optim.SGD([torch.zeros(1)], lr=lr)  # a process's first optimizer imports for a second
    results = []
    for batch_size, epochs in plans:
        model = make_model()
        start = perf_counter()
        history = fit(model, train_set, test_set, epochs=epochs, batch_size=batch_size, lr=lr)
        seconds = perf_counter() - start
        updates = epochs * math.ceil(len(train_set) / batch_size)
        results.append(
            BatchSizeResult(batch_size, epochs, updates, seconds, history[-1].accuracy)
        )
    return results
