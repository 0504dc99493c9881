"""The week's project: a network that learns to read digits, tested on digits it never saw."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset


class DigitClassifier(nn.Module):
    """A small feedforward network that reads the digit in an image.

    It needs no arguments, starts with random weights and has fewer than 500,000 of them, all its
    own: layers are attributes, not in a plain list. Put at least one hidden layer with an
    activation into it: without, it is a linear model, and those stop at 92 % on MNIST. Return
    logits, the last layer's output as it is: the loss does the softmax. In eval mode the logits of
    an image depend on that image alone, not on the others of its batch and not on chance. Whoever
    moves the model to another device can use it there: name no device in forward, and make no
    tensor on the CPU.

    Shapes: x (N, 1, 28, 28) float32 in [0, 1] → (N, 10) float32.
    Example:
        >>> DigitClassifier()(torch.zeros(5, 1, 28, 28)).shape
        torch.Size([5, 10])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
    """

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.hidden_layer = nn.Linear(28 * 28, 256)
        self.output_layer = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (N, 10), of a batch x, (N, 1, 28, 28)."""
        x = x.flatten(start_dim=1)  # (N, 784)
        return self.output_layer(torch.relu(self.hidden_layer(x)))


def train_classifier(
    train_set: Dataset[tuple[Tensor, Tensor]],
    *,
    epochs: int = 5,
    device: str | torch.device = "cpu",
    seed: int = 0,
) -> DigitClassifier:
    """Train a new DigitClassifier on train_set and return it.

    Go through train_set `epochs` times, with a step of an optimizer for each batch: cross-entropy
    of the logits, its gradient, the step, and no gradient left over for the next. A DataLoader
    makes the batches and shuffles them. Model, images and targets are on `device` while it trains.

    Everything random follows from `seed`: with torch.manual_seed(seed) before the model is made,
    two calls give the same model, and another seed gives another one. Use nothing but train_set,
    as a set of pairs, and leave it as it was: it may be any Dataset.

    Five epochs of MNIST are enough for 96 %, and thirty of the small digits for 90 %, if the steps
    are not too small: at batch size 64 SGD needs a learning rate of 0.1 or more, Adam one of 1e-3.

    Shapes: each pair of train_set is an image (1, 28, 28) float32 in [0, 1] and a target () int64.
    Example:
        >>> pairs = [(torch.rand(1, 28, 28), torch.tensor(n % 10)) for n in range(20)]
        >>> model = train_classifier(pairs, epochs=1)
        >>> model(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])

    Source: https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
    """
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(train_set, batch_size=64, shuffle=True)
    for _ in range(epochs):
        for images, targets in loader:
            loss = loss_fn(model(images.to(device)), targets.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def test_accuracy(model: nn.Module, test_set: Dataset[tuple[Tensor, Tensor]]) -> float:
    """Return the share of test_set that the model classifies right.

    Only images that it was not trained on tell what it has learnt: on the others it may just
    remember. Work in eval mode and without building a graph, put the mode back that you found, and
    bring the images to where the model's parameters are: next(model.parameters()).device. Classes
    and targets can only be compared in one place. The last batch may be smaller than the others:
    count images, not batches.

    Shapes: each pair of test_set is an image (1, 28, 28) float32 in [0, 1] and a target () int64.
    Units: a share in [0, 1], as a float; not per cent.
    Example:
        >>> model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        >>> model[1].bias.data = torch.arange(10.0)  # in a black image it always sees a 9
        >>> pairs = [(torch.zeros(1, 28, 28), torch.tensor(digit)) for digit in [9, 9, 3, 9]]
        >>> test_accuracy(model, pairs)
        0.75

    Source: https://karpathy.github.io/2019/04/25/recipe/
    """
    targets, classes = _targets_and_classes(model, test_set)
    return (classes == targets).sum().item() / len(targets)


def record_accuracy(path: Path, accuracy: float, **details: Any) -> None:
    """Append the accuracy to the file at path, as one line of JSON.

    A result that is not written down is soon a guess. The line is one object: `accuracy`, the
    number as it is (not text, not per cent); `recorded_at`, date, time and time zone as
    datetime.now().astimezone().isoformat() gives them; and each of the details under its own name.
    The folder is made if it is not there, and so are those above it. What the file held stays;
    should its last line not end with a newline, the new one must not be glued to it.

    Units: accuracy is a share in [0, 1].
    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "records" / "day14.jsonl"
        ...     record_accuracy(path, 0.9725, epochs=5)
        ...     json.loads(path.read_text())["accuracy"]
        0.9725

    Source: https://docs.python.org/3/library/json.html
    """
    now = datetime.now().astimezone()  # with the time zone, for a reader in another one
    record = {"accuracy": float(accuracy), "recorded_at": now.isoformat(), **details}
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_bytes() if path.exists() else b""
    mend = "\n" if held and not held.endswith(b"\n") else ""
    with path.open("a", encoding="utf-8") as file:
        file.write(mend + json.dumps(record) + "\n")  # in one piece: whole, or not at all


def confusion_matrix(model: nn.Module, test_set: Dataset[tuple[Tensor, Tensor]]) -> Tensor:
    """Count how often each digit was taken for each: rows are true digits, columns predicted ones.

    The diagonal holds what was right. Off it stands what accuracy does not say: whether the model
    takes fours for nines. It is 10 by 10 even if a digit is missing in test_set, and made in eval
    mode, as in test_accuracy.

    Shapes: each pair of test_set is an image (1, 28, 28) float32 and a target () int64 →
        (10, 10) int64.
    Example:
        >>> model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        >>> model[1].bias.data = torch.arange(10.0)  # in a black image it always sees a 9
        >>> pairs = [(torch.zeros(1, 28, 28), torch.tensor(digit)) for digit in [9, 9, 3, 9]]
        >>> confusion_matrix(model, pairs)[3]  # the only 3 was taken for a 9
        tensor([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])

    Source: https://en.wikipedia.org/wiki/Confusion_matrix
    """
    targets, classes = _targets_and_classes(model, test_set)
    cells = targets * 10 + classes  # each pair as the number of its cell, row by row
    return cells.bincount(minlength=100).reshape(10, 10)


def plot_mistakes(
    model: nn.Module,
    test_set: Dataset[tuple[Tensor, Tensor]],
    axes: np.ndarray | Sequence[Axes],
) -> None:
    """Show images that the model got wrong, one on each of the axes handed in.

    Nothing says more about a classifier than a look at its mistakes. Each image is titled `3 → 5`:
    a true 3, taken for a 5. Every one is another mistake; when there are fewer mistakes than axes,
    the spare axes are switched off, and when there are more, only so many are shown. The
    predictions are made in eval mode, as in test_accuracy.

    Shapes: each pair of test_set is an image (1, 28, 28) float32 and a target () int64; axes is an
        array of any shape, as plt.subplots returns it, or a list.
    Example:
        >>> import matplotlib.pyplot as plt
        >>> model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        >>> model[1].bias.data = torch.arange(10.0)  # in a black image it always sees a 9
        >>> pairs = [(torch.zeros(1, 28, 28), torch.tensor(digit)) for digit in [9, 9, 3, 9]]
        >>> figure, axes = plt.subplots(1, 2)
        >>> plot_mistakes(model, pairs, axes)
        >>> axes[0].get_title()
        '3 → 9'

    Source: https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.imshow.html
    """
    targets, classes = _targets_and_classes(model, test_set)
    axes = np.ravel(axes)
    for ax in axes:
        ax.axis("off")
    mistakes = (classes != targets).nonzero().flatten().tolist()
    for ax, index in zip(axes, mistakes, strict=False):  # until one of the two runs out
        image, target = test_set[index]
        ax.imshow(image.squeeze().numpy(), cmap="gray")
        ax.set_title(f"{target} → {classes[index]}")


def _targets_and_classes(
    model: nn.Module, pairs: Dataset[tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Return the true and the predicted class of each image, (N,) and (N,), on the CPU."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.no_grad():
        parts = [
            (targets, model(images.to(device)).argmax(dim=1).cpu())
            for images, targets in DataLoader(pairs, batch_size=256)
        ]
    model.train(was_training)
    targets, classes = zip(*parts, strict=True)
    return torch.cat(targets), torch.cat(classes)


# given: a set that reports how many pairs are drawn, so that a bar can follow any training loop
class Counted(Dataset[tuple[Tensor, Tensor]]):
    """The pairs of another set; `drawn` is called with the number of those that are taken."""

    def __init__(self, pairs: Any, drawn: Callable[[int], None]) -> None:
        self.pairs, self.drawn = pairs, drawn

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]:
        images, targets = self.pairs[index]
        self.drawn(targets.numel())
        return images, targets

    def __getitems__(self, indices: list[int]) -> list[tuple[Tensor, Tensor]]:
        """Return several pairs at once: what a DataLoader asks for, if a set has it."""
        self.drawn(len(indices))
        return self.pairs.__getitems__(indices)


# given: the whole project, from the data to the record
def main() -> None:
    """Train a classifier, test it on digits that it has not seen, and record the accuracy."""
    from time import perf_counter

    from rich.progress import Progress

    from kata.data import mnist_or_digits
    from kata.layout import ROOT, shown

    try:
        name, train_set, test_set = mnist_or_digits()
        epochs, seed = (5 if name == "MNIST" else 30), 0  # the digits are forty times fewer
        has_accelerator = torch.accelerator.is_available()  # a GPU, or Apple's
        device = str(torch.accelerator.current_accelerator()) if has_accelerator else "cpu"
        start = perf_counter()
        with Progress() as progress:
            total = epochs * len(train_set)
            bar = progress.add_task(f"{epochs} epochs of {name} on the {device}", total=total)
            model = train_classifier(
                Counted(train_set, lambda count: progress.advance(bar, count)),
                epochs=epochs,
                device=device,
                seed=seed,
            )
            progress.update(bar, completed=total)
        seconds = round(perf_counter() - start, 1)
        accuracy = test_accuracy(model, test_set)
    except KeyboardInterrupt:
        print("Stopped. Nothing was recorded.")
        raise SystemExit(130) from None  # what a shell expects after Ctrl-C

    path = ROOT / "records" / "day14.jsonl"
    record_accuracy(
        path, accuracy, data=name, epochs=epochs, seed=seed, device=device, seconds=seconds
    )
    print(f"{accuracy:.2%} of {len(test_set):,} unseen images right after {seconds} s of training.")
    if accuracy > 0.995:
        print("Warning: that is more than 99.5 %. Was it tested on unseen data?")
    print(f"Recorded in {shown(path)}")


# given: `python -m exercises.day14.classifier` runs the whole project on your classifier
if __name__ == "__main__":
    torch.set_num_threads(1)  # in a network this small more of them wait for each other
    main()
