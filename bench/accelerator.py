"""Train day 14 on the accelerator and check its accuracy, and that it really ran there.

    python -m bench.accelerator [--allow-cpu] [exercises]

The same training runs on the CPU beside it: the two must agree within a point. `exercises` checks
your answer instead of the reference. With MNIST (KATA_DATA, `kata download`) the accuracy asked
for is 96 % after 5 epochs, on the embedded digits 90 % after 30.
"""

import argparse
import importlib
import sys
import time
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import nn

from kata import data

GOAL = {"MNIST": (5, 0.96), "digits": (30, 0.90)}
AGREEMENT = 0.01


def watch_inputs(seen: set[str]) -> Any:
    """Note the device type of every tensor that goes into a module while training."""

    def note(module: nn.Module, inputs: tuple[object, ...]) -> None:
        seen.update(value.device.type for value in inputs if isinstance(value, torch.Tensor))

    return nn.modules.module.register_module_forward_pre_hook(note)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", nargs="?", choices=["solutions", "exercises"], default="solutions")
    parser.add_argument("--allow-cpu", action="store_true", help="without an accelerator: the CPU")
    options = parser.parse_args()
    accelerator = (
        torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    )
    if accelerator is None and not options.allow_cpu:
        print("torch finds no accelerator; --allow-cpu runs the same check on the CPU")
        return 1
    device = accelerator or torch.device("cpu")
    torch.set_num_threads(1)
    classifier = importlib.import_module(f"{options.side}.day14.classifier")
    name, train_set, test_set = data.mnist_or_digits()
    epochs, goal = GOAL[name]

    problems = []
    table = Table("device", "accuracy", "seconds", title=f"day 14 on {name}, {epochs} epochs")
    accuracies = []
    for where in (device, torch.device("cpu")):
        seen: set[str] = set()
        hook = watch_inputs(seen)
        start = time.perf_counter()
        model = classifier.train_classifier(train_set, epochs=epochs, device=where, seed=0)
        seconds = time.perf_counter() - start
        hook.remove()
        homes = {parameter.device.type for parameter in model.parameters()}
        if homes != {where.type}:
            problems.append(f"asked for {where.type}, the parameters are on {sorted(homes)}")
        if seen != {where.type}:
            problems.append(f"asked for {where.type}, the batches were on {sorted(seen)}")
        accuracies.append(classifier.test_accuracy(model, test_set))
        table.add_row(str(where), f"{accuracies[-1]:.2%}", f"{seconds:.1f}")
    Console().print(table)

    if min(accuracies) < goal:
        problems.append(f"{min(accuracies):.2%} right, expected at least {goal:.0%}")
    if abs(accuracies[0] - accuracies[1]) > AGREEMENT:
        problems.append(f"{device} and the CPU differ by more than {AGREEMENT:.0%}")
    for problem in problems:
        print(problem)
    return len(problems)


if __name__ == "__main__":
    sys.exit(main())
