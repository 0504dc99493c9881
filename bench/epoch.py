"""One epoch of day 12 on the real MNIST, beside the usual loop and beside the bare training.

    KATA_DATA=folder python -m bench.epoch [--runs 5]

The same model (784-128-10), SGD and batches of 64, one thread, run in turn: `kata.data` through a
DataLoader; torchvision's MNIST with ToTensor and Normalize through a DataLoader; and batches that
were made beforehand, so that nothing but training is left.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from kata import data
from solutions.day12.training import train_epoch

BATCH_SIZE = 64
OF_THE_USUAL = 1 / 5
OF_BARE_TRAINING = 1.6


def seconds(make_loader: Callable[[], Iterable[Any]]) -> float:
    """Return the wall time of one epoch with a fresh model, in seconds."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = make_loader()
    start = time.perf_counter()
    train_epoch(model, loader, nn.CrossEntropyLoss(), optimizer)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    torch.set_num_threads(1)
    try:
        train_set, _ = data.mnist()
    except data.MnistError as error:
        sys.exit(str(error))
    usual_set = datasets.MNIST(
        data.mnist_root(),
        transform=transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
        ),
    )
    ready = list(DataLoader(train_set, batch_size=BATCH_SIZE, shuffle=True))
    loops: dict[str, Callable[[], Iterable[Any]]] = {
        "kata.data and a DataLoader": lambda: DataLoader(train_set, BATCH_SIZE, shuffle=True),
        "ToTensor, Normalize and a DataLoader": lambda: DataLoader(usual_set, BATCH_SIZE, True),
        "batches made beforehand": lambda: ready,
    }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(runs):
        for name, make_loader in loops.items():
            times[name].append(seconds(make_loader))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:38} {value:5.2f} s  ({min(times[name]):.2f}–{max(times[name]):.2f})")
    own, usual, bare = medians.values()
    print(f"{own / usual:.2f} of the usual loop (at most {OF_THE_USUAL:.2f})")
    print(f"{own / bare:.2f} of bare training (at most {OF_BARE_TRAINING:.2f})")
    return int(own / usual > OF_THE_USUAL or own / bare > OF_BARE_TRAINING)


if __name__ == "__main__":
    sys.exit(main())
