"""Day 12: what the training loop, the evaluation and the whole training must do."""

import copy
import math
import re
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook
from torch.utils.data import DataLoader, Dataset

from kata import expect, figures
from kata.data import Images, digits, has_mnist, mnist
from kata.explain import explain
from kata.failure import Failure

CROSS_ENTROPY = nn.CrossEntropyLoss()


@dataclass
class Pass:
    """One batch on its way through a model: what went in, how, and whether backward came back."""

    inputs: torch.Tensor
    modes: set[bool]  # of the model and of its layer
    graph: bool
    weights: torch.Tensor  # as they were, in one row
    original: bool  # and not through a copy of the model
    backwards: int = 0

    @property
    def trained(self):
        return self.backwards > 0

    def note_backward(self, gradient):
        self.backwards += 1


@dataclass
class Notes:
    """The passes through a model and through its copies."""

    model: weakref.ref
    passes: list[Pass] = field(default_factory=list)


# Not kept on the models: what is handed over must not lead to its notes.
NOTES: list[Notes] = []
NOTES_OF = weakref.WeakKeyDictionary()  # of the models themselves; a copy has their key only


def passes_of(model):
    return NOTES_OF[model].passes


def own_passes(model):
    return [note for note in passes_of(model) if note.original]


def trained_passes(model):
    return [note for note in own_passes(model) if note.trained]


class Watched(nn.Module):
    """A linear layer of which each pass is noted, through its copies too."""

    def __init__(self, features=3, classes=4):
        super().__init__()
        self.layer = nn.Linear(features, classes)
        self.key = len(NOTES)
        NOTES.append(Notes(weakref.ref(self)))
        NOTES_OF[self] = NOTES[self.key]

    def forward(self, inputs):
        outputs = self.layer(inputs.flatten(start_dim=1))
        modes = {self.training, self.layer.training}
        original = NOTES[self.key].model() is self
        note = Pass(
            inputs.detach().clone(), modes, outputs.requires_grad, weights_of(self), original
        )
        NOTES[self.key].passes.append(note)
        if outputs.requires_grad:
            outputs.register_hook(note.note_backward)
        return outputs


# Functions, not methods: whoever has the model could put another function in a method's place.


def weights_of(model):
    """Return the weights of a model in one row."""
    return torch.cat([parameter.detach().flatten() for parameter in nn.Module.parameters(model)])


def outputs_with(model, weights, inputs):
    """Return what a watched layer would compute with the weights of another time."""
    weight, bias = weights.split([model.layer.weight.numel(), model.layer.bias.numel()])
    weight = weight.view_as(model.layer.weight)
    return nn.functional.linear(inputs.flatten(start_dim=1), weight, bias)


def gradient_at(model, weights, inputs, targets):
    """Return the gradient of cross-entropy at the weights of another time."""
    weights = weights.clone().requires_grad_()
    loss = CROSS_ENTROPY(outputs_with(model, weights, inputs), targets)
    return torch.autograd.grad(loss, weights)[0]


class Scaled(nn.Module):
    """A model whose outputs are its inputs, and that has a weight, as models do."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, inputs):
        return self.scale * inputs


@dataclass
class Step:
    """One step of an optimizer: whose, and what was there when it began."""

    optimizer: Optimizer
    backwards: int
    has_gradients: bool


@dataclass
class Steps:
    """The optimizers that were made, and the steps that any of them took."""

    made: list[Optimizer] = field(default_factory=list)
    taken: list[Step] = field(default_factory=list)
    filled: bool = False  # whether a gradient ever arrived in a parameter's .grad

    def note_gradient(self, parameter):
        self.filled = True

    def one_waits_in_vain(self):
        steppers = {id(step.optimizer) for step in self.taken}
        return bool(steppers) and any(id(one) not in steppers for one in self.made)


@contextmanager
def watched_steps(model, monkeypatch):
    steps, make = Steps(), Optimizer.__init__

    def note_it(optimizer, *args, **kwargs):
        steps.made.append(optimizer)
        make(optimizer, *args, **kwargs)

    def note_step(optimizer, args, kwargs):
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        has_gradients = any(gradient.any().item() for gradient in gradients)
        steps.taken.append(Step(optimizer, len(trained_passes(model)), has_gradients))

    handle = register_optimizer_step_pre_hook(note_step)
    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(steps.note_gradient)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Optimizer, "__init__", note_it)
            yield steps
    finally:
        handle.remove()


ROUNDS = weakref.WeakKeyDictionary()  # how often each loader was gone through; not kept on it


class Loader:
    """What a DataLoader is to a loop: batches, how many there are, and the set behind them."""

    def __init__(self, batches):
        self._batches = batches
        self.dataset = [sample for batch in batches for sample in zip(*batch, strict=True)]
        self.batch_size = len(batches[0][1])

    def __iter__(self):
        ROUNDS[self] = ROUNDS.get(self, 0) + 1
        yield from self._batches

    def __len__(self):
        return len(self._batches)


def batches_of(*sizes, features=3, classes=4):
    return [(torch.randn(n, features), torch.randint(classes, (n,))) for n in sizes]


def loader_of(kind, batches):
    """Return a loader of this kind; a DataLoader's batches must be of size 3, except the last."""
    loader = Loader(batches)
    return DataLoader(loader.dataset, batch_size=3) if kind == "DataLoader" else loader


@contextmanager
def known_errors(*, models=(), classes=None):
    """Say what an error means that today's code often ends in; the learner's line stays.

    `models` are those that were called, `classes` is how many their outputs tell apart.
    """
    try:
        yield
    except (AttributeError, TypeError, RuntimeError, ZeroDivisionError) as error:
        failure = meaning(error, models, classes)
        if failure is None:
            raise
        raise failure.with_traceback(error.__traceback__) from None


def meaning(error, models, classes):
    text, owner, asked = str(error), getattr(error, "obj", None), getattr(error, "name", "")
    frozen = any(not p.requires_grad for model in models for p in model.parameters())
    if isinstance(owner, Numbered):
        return Failure(
            f"the set was asked for .{asked}, and this one has no such thing",
            "A set has a length and samples, set[i]. A DataLoader needs no more.",
            mistake="more-than-a-set",
        )
    no_graph = text.startswith("element 0 of tensors does not require grad")
    if no_graph and frozen and torch.is_grad_enabled():
        return Failure(
            "requires_grad of the model's parameters is False: they can not be trained any more",
            "Leave the parameters as they are: `with torch.no_grad():` is enough, and ends by "
            "itself.",
            mistake="gradients-left-off",
        )
    if no_graph and not torch.is_grad_enabled():
        return Failure(
            "gradients were switched off and stayed so: nothing can be trained any more",
            "`with torch.no_grad():` switches them back on by itself.",
            mistake="gradients-left-off",
        )
    if isinstance(error, ZeroDivisionError):
        return Failure(
            f"something was divided by 0: {text}",
            "Was a loader without a single batch? With drop_last=True it is, where the whole set "
            "is smaller than a batch.",
        )
    if "modified by an inplace operation" in text:
        return Failure(
            "something that backward needs was changed before it was called",
            "A step changes the weights: first loss.backward(), then optimizer.step(). So does +=, "
            "and whatever else changes a tensor in place.",
        )
    if re.fullmatch(r'"log_softmax\w+" not implemented for \'Long\'', text):
        return Failure(
            "cross-entropy was given whole numbers in place of the model's outputs",
            "loss_fn(outputs, targets): the outputs come first, as the model returns them.",
        )
    known = explain(error)
    if (
        isinstance(error, TypeError)
        and "NoneType" in text
        and not (known and known.mistake == "stepped-after-nothing")  # it says more
    ):
        return Failure(
            f"something is None that should hold numbers: {text}",
            "Does one of the functions end without a `return`?",
        )
    sizes = re.fullmatch(r"The size of tensor a \((\d+)\) .* b \((\d+)\) .* dimension 0", text)
    if classes and sizes and str(classes) in sizes.groups():
        return Failure(
            f"{sizes[1]} numbers were compared with {sizes[2]}, and there are {classes} classes",
            "That is one answer a class, where one a sample is needed: the classes of a sample lie "
            "along dimension 1, argmax(dim=1).",
            mistake="argmax-over-batch",
        )
    return None


def a_float(value, what):
    """Return `value` if it is a float."""
    expect.that(
        not isinstance(value, int | list | tuple),
        f"{what} returned a {type(value).__name__}, expected a float",
    )
    return expect.a_float(value, call=what)


def close(value, expected, what, near_misses=None, because=""):
    """Compare a float with the expected number, to what float32 can hold."""
    actual = torch.tensor(a_float(value, what), dtype=torch.float64)
    expect.close(actual, float(expected), call=what, near_misses=near_misses, because=because)


@dataclass
class Outcome:
    """What a model makes of some batches: its outputs, and what follows from them."""

    outputs: list[torch.Tensor]
    targets: list[torch.Tensor]
    loss_fn: object = CROSS_ENTROPY

    def __post_init__(self):
        """Keep copies: whoever is handed the loader has the targets in hand."""
        self.targets = [targets.clone() for targets in self.targets]

    @property
    def samples(self):
        return sum(map(len, self.targets))

    @property
    def losses(self):
        return [
            self.loss_fn(outputs.detach(), targets).item()
            for outputs, targets in zip(self.outputs, self.targets, strict=True)
        ]

    @property
    def loss(self):
        total = sum(a * len(b) for a, b in zip(self.losses, self.targets, strict=True))
        return total / self.samples

    @property
    def accuracy(self):
        right = torch.cat(self.outputs).max(dim=1).indices == torch.cat(self.targets)
        return right.float().mean().item()

    def with_loss(self, loss_fn):
        return Outcome(self.outputs, self.targets, loss_fn)

    def loss_near_misses(self):
        softmax = lambda outputs, targets: self.loss_fn(outputs.softmax(dim=1), targets)  # noqa: E731
        losses = self.losses
        return {
            "mean-of-batch-means": (
                sum(losses) / len(losses),
                "That is the mean over batches, and the last one may be shorter. Over samples, "
                "each loss counts once for each sample of its batch.",
            ),
            "last-batch-only": (
                losses[-1],
                "That is the loss of the last batch alone. Add all of them up.",
            ),
            "sum-of-batches": (
                sum(losses),
                "That is the sum over batches. Asked for is the mean over samples.",
            ),
            "sum-instead-of-mean": (
                self.loss * self.samples,
                "That is the sum over samples: divide by their number.",
            ),
            "divided-by-samples-twice": (
                sum(losses) / self.samples,
                "A batch's loss is a mean already: multiply it by the number of its samples before "
                "you divide by the number of all.",
            ),
            "softmax-before-loss": (
                self.with_loss(softmax).loss,
                "Hand the outputs to the loss as they are: cross-entropy has its softmax inside.",
            ),
        }


# train_epoch


def one_weight(lr):
    """Return a model that computes w · x, with w = 1, and its optimizer."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    return model, torch.optim.SGD(model.parameters(), lr=lr)


def test_train_epoch_returns_the_loss_of_a_single_batch(exercise):
    model, optimizer = one_weight(lr=0.5)
    batch = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [1.0]])

    with known_errors():
        loss = exercise.train_epoch(model, Loader([batch]), nn.MSELoss(), optimizer)

    # The outputs are 1 and 3: (1² + 2²) / 2 = 2.5. The gradient is 1 · 1 + 2 · 3 = 7, so the step
    # makes the weight 1 - 3.5 = -2.5, and then the outputs -2.5 and -7.5: (6.25 + 72.25) / 2.
    after = "That is the loss after the step. Asked for is the one before."
    close(
        loss,
        2.5,
        "train_epoch, on one batch,",
        near_misses={"loss-after-step": (39.25, after)},
        because="The outputs are 1 and 3, the targets 0 and 1: (1 + 4) / 2.",
    )


def test_train_epoch_counts_each_sample_once_in_its_mean(exercise):
    model, optimizer = one_weight(lr=0.25)
    inputs = [torch.tensor([[1.0], [1.0]]), torch.tensor([[4.0]])]
    targets = [torch.tensor([[0.0], [0.0]]), torch.tensor([[6.0]])]

    with known_errors():
        batches = list(zip(inputs, targets, strict=True))
        loss = exercise.train_epoch(model, Loader(batches), nn.MSELoss(), optimizer)

    # Batch 1: outputs 1, loss 1, gradient 2: the weight becomes 1 - 0.25 · 2 = 0.5, the loss 0.25.
    # Batch 2: output 2, loss 16, gradient -32: the weight becomes 8.5, the output 34, the loss 784.
    outcome = Outcome([1.0 * inputs[0], 0.5 * inputs[1]], targets, nn.MSELoss())
    after = "Those are the losses after each step. Asked for are those before."
    close(
        loss,
        6.0,
        "train_epoch, on batches of 2 and 1 samples with losses 1 and 16,",
        near_misses=outcome.loss_near_misses() | {"loss-after-step": ((0.5 + 784) / 3, after)},
        because="The losses are 1 and then 16: (1 + 1 + 16) / 3.",
    )


@pytest.mark.parametrize("kind", ["DataLoader", "iterable"])
def test_train_epoch_takes_any_loader(exercise, kind):
    model, batches = Watched(), batches_of(3, 3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)  # so the model stays as it is
    outcome = Outcome([model.layer(x) for x, _ in batches], [t for _, t in batches])

    with known_errors():
        loss = exercise.train_epoch(model, loader_of(kind, batches), CROSS_ENTROPY, optimizer)

    near_misses = outcome.loss_near_misses() | {
        "loss-not-counted": (
            0.0,
            "No loss is in it: add up the loss of each batch, also of those for which nothing is "
            "printed.",
        ),
    }
    close(loss, outcome.loss, "train_epoch, on 3 batches, the last one shorter,", near_misses)


def test_train_epoch_counts_all_batches_of_a_long_epoch(exercise):
    """It has more of them than tutorials wait before they print a loss and start adding anew."""
    model, optimizer = one_weight(lr=0.0)  # so the output is the input, all the time
    inputs = torch.rand(2028 * 2 + 1, 1)
    inputs[1800 * 2 :] += 2  # so the mean of the last batches is nothing else's
    batches = [(x, torch.zeros_like(x)) for x in inputs.split(2)]
    losses = torch.stack([(x**2).sum() for x, _ in batches]).double()  # sums over samples

    with known_errors():
        loss = exercise.train_epoch(model, Loader(batches), nn.MSELoss(), optimizer)

    returned, near_misses = a_float(loss, "train_epoch, on 2029 batches,"), {}
    for forgotten in (2021, 2020, 2001, 2000, 1801, 1800):  # after each tenth, hundredth, … batch
        last = losses[forgotten:]
        for count in (len(last) * 2 - 1, len(inputs), len(last), len(batches)):
            mean = last.sum().item() / count
            if math.isclose(mean, returned, rel_tol=1e-5):
                near_misses["loss-reset"] = (
                    mean,
                    f"The losses of the first {forgotten} batches are not in it: where a loss is "
                    "printed on the way, the sum starts anew. Keep one sum for the whole epoch.",
                )
    close(loss, losses.sum() / len(inputs), "train_epoch, on 2029 batches,", near_misses)


def check_called(passes, name):
    expect.that(
        passes,
        f"{name} never called the model it was given",
        "Compute the outputs of each batch: outputs = model(inputs).",
        mistake="model-not-called",
    )


def check_backward_and_step(model, steps, name):
    """Fail unless the model was called, backward came back to it, and its weights could move."""
    check_called(own_passes(model), name)
    expect.that(
        trained_passes(model),
        f"{name} never called backward",
        "loss.backward() computes the gradients; without them no step leads anywhere.",
        mistake="no-backward",
    )
    moved = not torch.equal(own_passes(model)[0].weights, weights_of(model))
    expect.that(
        steps.taken or moved,
        f"{name} never took a step",
        "After backward, optimizer.step() changes the weights. Is it there, with its parentheses?",
        mistake="no-step",
    )


@pytest.mark.parametrize("batches", [4, 120])
def test_train_epoch_takes_one_step_for_each_batch(exercise, monkeypatch, batches):
    model, loader = Watched(), Loader(batches_of(*[4] * (batches - 1), 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    with watched_steps(model, monkeypatch) as steps, known_errors():
        exercise.train_epoch(model, loader, CROSS_ENTROPY, optimizer)

    check_backward_and_step(model, steps, "train_epoch")
    expect.that(
        ROUNDS.get(loader) == 1,
        f"train_epoch went through the loader {ROUNDS.get(loader, 0)} times, expected once",
        "One call is one epoch: whoever calls repeats it.",
        mistake="not-one-pass",
    )
    check_optimizer(optimizer, steps)
    count = len(trained_passes(model))
    expect.that(
        count == batches,
        f"train_epoch called backward on {count} of the {batches} batches",
        "For each batch: outputs, loss, backward, step.",
    )
    expect.that(
        len(steps.taken) != 1,
        f"train_epoch took one step for {batches} batches",
        "Step after each batch, inside the loop.",
        mistake="step-after-the-loop",
    )
    expect.that(
        len(steps.taken) == batches,
        f"train_epoch took {len(steps.taken)} steps for {batches} batches",
        "One step for each batch, after its backward.",
    )


def check_optimizer(optimizer, steps):
    others = [step for step in steps.taken if step.optimizer is not optimizer]
    expect.that(
        steps.taken and not others,
        "the weights were changed, but not by a step of the optimizer that train_epoch was given",
        "Call optimizer.step(), of the optimizer that you are given, and make none yourself.",
        mistake="optimizer-ignored",
    )


@pytest.mark.parametrize("calls", [1, 2], ids=["first call", "second call"])
def test_train_epoch_steps_by_the_gradient_of_each_batch(exercise, monkeypatch, calls):
    model, batches = Watched(), batches_of(5, 5, 5, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

    with watched_steps(model, monkeypatch) as steps, known_errors():
        for _ in range(calls):
            exercise.train_epoch(model, Loader(batches), CROSS_ENTROPY, optimizer)

    def targets_of(inputs):
        found = [t for x, t in batches if x.shape == inputs.shape and torch.equal(x, inputs)]
        expect.that(
            found,
            "the model was given inputs that are not those of any batch",
            "Hand the model the inputs as they are, a batch at a time.",
        )
        return found[0]

    check_updates(model, steps, targets_of, 0.5, "train_epoch")


def moves_and_gradients(model, targets_of):
    """Return how the weights moved from each pass to the next, and the gradient of each."""
    passes = trained_passes(model)
    weights = [note.weights for note in passes] + [weights_of(model)]
    moves = [after - before for before, after in pairwise(weights)]
    gradients = [gradient_at(model, p.weights, p.inputs, targets_of(p.inputs)) for p in passes]
    return moves, gradients


def same(a, b):
    # Weights are about 1, so that the difference of two float32 is right to about 1e-7.
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-3, atol=2e-6)


SUMMED = (
    "Each step is as many times too long as its batch has samples: call backward on the mean of "
    "the losses, not on their sum."
)


BACKWARD_TWICE = (
    "backward comes back to the outputs of each batch more than once, and each time adds its "
    "gradients to those that are there. Call it once for each batch."
)


def check_updates(model, steps, targets_of, lr, name):
    """Fail unless each step was -lr times the gradient of its own batch, and say what it was."""
    check_backward_and_step(model, steps, name)
    moves, gradients = moves_and_gradients(model, targets_of)
    pairs = list(zip(moves, gradients, strict=True))
    wrong = [number for number, (move, g) in enumerate(pairs) if not same(move, -lr * g)]
    if wrong:
        sizes = [len(note.inputs) for note in trained_passes(model)]
        summed = [n * gradient for n, gradient in zip(sizes, gradients, strict=True)]
        if all(same(move, -lr * g) for move, g in zip(moves, summed, strict=True)):
            advice, mistake = SUMMED, "sum-instead-of-mean"
        elif all(note.backwards > 1 for note in trained_passes(model)):
            advice, mistake = BACKWARD_TWICE, "backward-twice"
        else:
            advice, mistake = about_update(wrong[0], moves, gradients, steps, lr)
        headline = f"{name}: step {wrong[0] + 1} is not -lr times the gradient of its batch"
        expect.fail(headline, advice, mistake=mistake)


def about_update(number, moves, gradients, steps, lr):
    """Return what is known about the first step that is wrong: advice, and a mistake's id."""
    taken = steps.taken
    if steps.one_waits_in_vain():
        return "There are two optimizers, and one of them never steps.", "optimizer-ignored"
    if taken and taken[0].backwards == 0 and not taken[0].has_gradients:
        return (
            "The step comes before backward, when there is no gradient of its batch yet. First "
            "loss.backward(), then optimizer.step().",
            "step-before-backward",
        )
    if len(taken) == len(moves) and not any(step.has_gradients for step in taken):
        if not steps.filled:
            return (
                "The step looks for gradients in each parameter's .grad, and nothing put any "
                "there: loss.backward() does.",
                "no-backward",
            )
        return (
            "The gradients are empty when the step is taken: zero_grad belongs before backward or "
            "after the step, not between them.",
            "zero-grad-before-step",
        )
    if len(taken) == 1 and len(moves) > 1:
        return "There is one step in all: take one after each batch.", "step-after-the-loop"
    if number and same(moves[number], -lr * sum(gradients[: number + 1])):
        return (
            "The gradients of the batches before are still in it: backward adds to what is there. "
            "Call optimizer.zero_grad() for each batch.",
            "no-zero-grad",
        )
    gradient = gradients[number]
    share = -(moves[number] @ gradient / (gradient @ gradient)).item() / lr
    if number and share > 0 and same(moves[number], -share * lr * gradient):
        return (
            f"It is {share:.3g} times as long. The steps before were right: is the learning rate "
            "changed on the way? It stays as it is given.",
            None,
        )
    return "For each batch: gradients emptied, backward, one step, and nothing else.", None


@pytest.mark.parametrize("training", [False, True], ids=["from eval", "from training"])
def test_train_epoch_trains_in_training_mode(exercise, training):
    model = Watched().train(training)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    with known_errors():
        exercise.train_epoch(model, Loader(batches_of(3, 3, 2)), CROSS_ENTROPY, optimizer)

    check_called(passes_of(model), "train_epoch")
    check_training_mode(trained_passes(model) or passes_of(model), "train_epoch")


def check_training_mode(passes, name):
    modes = [note.modes == {True} for note in passes]
    expect.that(
        all(modes),
        f"{name} trained on {modes.count(False)} of {len(modes)} batches in eval mode",
        "Call model.train() before the first batch of an epoch, whatever mode the model is in: "
        "dropout, for one, acts in training mode only.",
        mistake="no-train-mode",
    )


def overshoot(outputs, targets):
    """Return by how much the outputs are too large, on average."""
    return (outputs - targets).clamp(min=0).mean()


LOSSES = {"MSELoss": nn.MSELoss(), "L1Loss": nn.L1Loss(), "overshoot": overshoot}


@pytest.mark.parametrize("name", LOSSES)
def test_train_epoch_uses_the_loss_function_it_is_given(exercise, name):
    model = Watched(features=3, classes=2)
    batches = [(torch.randn(n, 3), torch.randn(n, 2)) for n in (4, 4, 3)]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)  # so the model stays as it is
    outcome = Outcome([model.layer(x) for x, _ in batches], [t for _, t in batches], LOSSES[name])

    with known_errors():
        loss = exercise.train_epoch(model, Loader(batches), LOSSES[name], optimizer)

    swapped = outcome.with_loss(lambda outputs, targets: LOSSES[name](targets, outputs))
    near_misses = outcome.loss_near_misses() | {
        "loss-function-ignored": (
            outcome.with_loss(CROSS_ENTROPY).loss,
            "That is cross-entropy. Use the loss function that you are given.",
        ),
        "arguments-swapped": (
            swapped.loss,
            "The arguments of the loss function are swapped: loss_fn(outputs, targets).",
        ),
    }
    close(loss, outcome.loss, f"train_epoch, with {name},", near_misses)


OPTIMIZERS = {
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.05),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_train_epoch_uses_the_optimizer_it_is_given(exercise, monkeypatch, name):
    model, batches = Watched(), batches_of(4, 4, 3)
    optimizer = OPTIMIZERS[name](model.parameters())
    # The same optimizer, on a copy of the weights, with each gradient computed by itself.
    weights = weights_of(model).requires_grad_()
    reference = OPTIMIZERS[name]([weights])
    for inputs, targets in batches:
        weights.grad = gradient_at(model, weights.detach(), inputs, targets)
        reference.step()

    with watched_steps(model, monkeypatch) as steps, known_errors():
        exercise.train_epoch(model, Loader(batches), CROSS_ENTROPY, optimizer)

    check_backward_and_step(model, steps, "train_epoch")
    check_optimizer(optimizer, steps)
    expect.that(
        weights.shape == weights_of(model).shape
        and torch.allclose(weights_of(model), weights, rtol=1e-3, atol=1e-4),
        f"with {name}, train_epoch did not lead to the weights that it should lead to",
        "For each batch: gradients emptied, backward, one step, in this order.",
    )


def test_train_epoch_keeps_no_graph(exercise):
    class Held(torch.autograd.Function):
        @staticmethod
        def forward(loss):
            return loss.clone()

        @staticmethod
        def setup_context(ctx, inputs, output):  # apart from forward, as torch.func wants it
            graphs.append(weakref.ref(ctx))  # a part of the graph itself

        @staticmethod
        def backward(ctx, gradient):
            return gradient

    graphs, alive = [], [0]

    def loss_fn(outputs, targets):
        alive.append(sum(graph() is not None for graph in graphs))
        return Held.apply(CROSS_ENTROPY(outputs, targets))

    model = Watched()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    with known_errors():
        loss = exercise.train_epoch(model, Loader(batches_of(*[2] * 12)), loss_fn, optimizer)

    a_float(loss, "train_epoch")
    expect.that(
        max(alive) < 6,  # one or two are in use
        f"at one of 12 batches the graphs of {max(alive)} others were still in memory",
        "A sum, or a list, of losses keeps the graph of each: add up loss.item().",
        mistake="graph-kept",
    )


def test_train_epoch_hands_over_the_inputs_in_their_shape(exercise):
    model, batches = Watched(features=6), pictures_of(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    with known_errors():
        exercise.train_epoch(model, Loader(batches), CROSS_ENTROPY, optimizer)

    check_shape(passes_of(model), (1, 2, 3), "train_epoch")


def pictures_of(*sizes):
    return [(x.view(-1, 1, 2, 3), targets) for x, targets in batches_of(*sizes, features=6)]


def check_shape(passes, shape, name):
    """Fail unless the model was given each batch in the shape of the loader's inputs."""
    check_called(passes, name)
    flat = (math.prod(shape),)
    for given in (tuple(note.inputs.shape[1:]) for note in passes):
        expect.that(
            given == shape,
            f"{name} gave the model samples of shape {given}, expected {shape}",
            "Hand the model the inputs as they are: whether they have to be flattened is the "
            "model's affair.",
            mistake="inputs-flattened" if given == flat else None,
        )


def test_train_epoch_starts_anew_each_time(exercise):
    model, batches = Watched(), batches_of(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)  # so the model stays as it is
    weights, again = weights_of(model), copy.deepcopy(batches)

    with known_errors():
        first = exercise.train_epoch(model, Loader(batches), CROSS_ENTROPY, optimizer)
        second = exercise.train_epoch(model, Loader(again), CROSS_ENTROPY, optimizer)

    check_no_state([[first], [second]], torch.equal(weights, weights_of(model)), "train_epoch")


def check_no_state(results, same_model, name):
    """Fail if two calls on the same model and batches gave different numbers."""
    for value in (value for result in results for value in result):
        a_float(value, name)
    expect.that(
        np.allclose(*results) or not same_model,
        f"{name}, called twice on the same model and batches, returned "
        f"{' and then '.join(in_words(result) for result in results)}",
        "Something is left from the first call: start each sum and each list in the function. "
        "(A default argument such as losses=[] is made only once.)",
        mistake="state-kept",
    )


def in_words(numbers):
    return ", ".join(f"{number:g}" for number in numbers)


def check_unchanged(before, batches, function):
    for old, new in zip(before, batches, strict=True):
        for name, one, other in zip(["inputs", "targets"], old, new, strict=True):
            expect.unchanged(one, other, argument=f"loader, the {name} in it", function=function)
            expect.that(
                other.requires_grad == one.requires_grad and other.grad is None,
                f"after {function} the {name} in the loader are tracked for gradients",
                "Only the weights need gradients: call the model with the inputs as they are.",
                mistake="argument-changed",
            )


def test_train_epoch_leaves_the_batches_alone(exercise):
    model, batches = Watched(), batches_of(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = copy.deepcopy(batches)

    with known_errors():
        exercise.train_epoch(model, Loader(batches), CROSS_ENTROPY, optimizer)

    check_unchanged(before, batches, "train_epoch")


# evaluate


def evaluated(exercise, model, loader, loss_fn=CROSS_ENTROPY, classes=None):
    """Return what evaluate returned, if it is two floats."""
    with known_errors(classes=classes):
        loader = Loader(loader) if isinstance(loader, list) else loader
        result = exercise.evaluate(model, loader, loss_fn)
    kind = "None" if result is None else f"a {type(result).__name__}"
    expect.that(
        result is not None,
        "evaluate returned None, expected two floats",
        "Does the function end with a `return`?",
        mistake="returns-none",
    )
    expect.that(
        isinstance(result, tuple) and len(result) == 2,
        f"evaluate returned {kind}, expected two floats",
        "return loss, accuracy",
    )
    return tuple(a_float(value, "evaluate, as one of two numbers,") for value in result)


def check_evaluation(result, outcome, name, near_misses=None):
    """Compare (loss, accuracy) with what torch says."""
    right = outcome.loss, outcome.accuracy
    expect.that(
        np.allclose(result, right) or not np.allclose(result, right[::-1]),
        f"{name} returned the accuracy first, and the loss second",
        "The order is (loss, accuracy).",
        mistake="results-swapped",
    )
    near_misses = outcome.loss_near_misses() | (near_misses or {})
    close(result[0], outcome.loss, f"{name} as its loss,", near_misses)
    close(
        result[1],
        outcome.accuracy,
        f"{name} as its accuracy,",
        because="It is the share of the samples whose largest output is that of their class.",
    )


def test_evaluate_finds_the_class_of_each_row(exercise):
    # As many samples as classes. The largest of each row are 0, 1, 3, 1, 2: four are right. The
    # largest of each column are 0, 3, 4, 2, 3, and of these two would be.
    outputs = torch.tensor(
        [
            [9.0, 5.0, 4.0, 6.0, 2.0],
            [5.0, 8.0, 4.0, 3.0, 2.0],
            [8.0, 1.0, 0.0, 9.0, 4.0],
            [3.0, 9.0, 4.0, 1.0, 6.0],
            [3.0, 2.0, 8.0, 7.0, 0.0],
        ]
    )
    targets = torch.tensor([0, 1, 3, 2, 2])

    _, accuracy = evaluated(exercise, Scaled(), [(outputs, targets)], classes=5)

    columns = "Those are the best samples of the classes: argmax(dim=1) goes along the classes."
    close(
        accuracy,
        4 / 5,
        "evaluate, as the accuracy of 5 samples,",
        near_misses={
            "argmax-over-batch": (2 / 5, columns),
            "percent": (80, "That is in percent. Asked for is a share, in [0, 1]."),
        },
        because="The largest outputs are those of 0, 1, 3, 1, 2, the targets are 0, 1, 3, 2, 2.",
    )


def test_evaluate_compares_large_outputs(exercise):
    outputs = torch.tensor(
        [[100, 120, 90], [20, 18, 30], [-300, -200, -250], [5, 1, 0], [-1, 3, 2]],
        dtype=torch.float32,
    )

    _, accuracy = evaluated(
        exercise, Scaled(), [(outputs, torch.tensor([1, 2, 1, 0, 1]))], classes=3
    )

    close(
        accuracy,
        1.0,
        "evaluate, as the accuracy of 5 samples with large outputs,",
        near_misses={
            "saturated": (
                2 / 5,
                "Are the outputs squeezed first? The sigmoids of 18, 20 and 30 are all 1: compare "
                "the outputs, as they are.",
            ),
            "overflow": (
                3 / 5,
                "e to the power of 100 is inf, and of -200 it is 0: compare the outputs, as they "
                "are.",
            ),
        },
        because="The largest outputs are those of 1, 2, 1, 0 and 1, and so are the targets.",
    )


def test_evaluate_counts_each_sample_once_in_its_accuracy(exercise):
    # The largest of each row are 0, 3, 0, 2, 2 and 3, 3, 3: right are 4 of 5, and 1 of 3.
    outputs = [
        torch.tensor([[6, 4, 0, 5], [3, 0, 1, 5], [8, 6, 0, 3], [4, 1, 7, 2], [6, 4, 9, 3]]),
        torch.tensor([[7, 3, 8, 9], [3, 4, 6, 7], [8, 1, 3, 9]]),
    ]
    targets = [torch.tensor([0, 3, 1, 2, 2]), torch.tensor([3, 1, 2])]
    batches = list(zip([one.float() for one in outputs], targets, strict=True))

    _, accuracy = evaluated(exercise, Scaled(), batches, classes=4)

    # Each of the 8 compared with every target of its batch: 1 + 1 + 1 + 2 + 2 and 1 + 1 + 1.
    everyone = "Each sample is compared with every target: (N, 1) == (N,) is (N, N). No keepdim."
    close(
        accuracy,
        5 / 8,
        "evaluate, as the accuracy of batches of 5 and 3 samples,",
        near_misses={
            "mean-of-batch-means": (
                (4 / 5 + 1 / 3) / 2,
                "That is the mean of 4/5 and 1/3, and the last batch is shorter: count the right "
                "ones of all batches, and divide once.",
            ),
            "broadcast-comparison": (10 / 8, everyone),
            "percent": (62.5, "That is in percent. Asked for is a share, in [0, 1]."),
            "count-instead-of-share": (
                5,
                "That is how many are right: divide by the number of samples.",
            ),
            "error-instead-of-accuracy": (
                3 / 8,
                "That is the share of the wrong ones. Asked for is the share of the right ones.",
            ),
            "divided-by-batches": (
                5 / 2,
                "That is divided by the number of batches: divide by the number of samples.",
            ),
            "last-batch-only": (1 / 3, "That is the last batch alone. Count all of them."),
        },
        because="4 of 5 are right, then 1 of 3.",
    )


def test_evaluate_counts_each_sample_once_in_its_loss(exercise):
    # Probabilities 1/4 and 3/4 twice, then 7/8 and 1/8; of these the true class has 3/4, 1/4, 7/8.
    outputs = [torch.tensor([[0.0, math.log(3)]] * 2), torch.tensor([[math.log(7), 0.0]])]
    targets = [torch.tensor([1, 0]), torch.tensor([0])]

    loss, _ = evaluated(exercise, Scaled(), list(zip(outputs, targets, strict=True)), classes=2)

    close(
        loss,
        (math.log(4 / 3) + math.log(4) + math.log(8 / 7)) / 3,
        "evaluate, as the loss of batches of 2 and 1 samples,",
        near_misses=Outcome(outputs, targets).loss_near_misses(),
        because="The probabilities of the true classes are 3/4, 1/4 and 7/8.",
    )


def in_short(sizes):
    return str(sizes) if len(sizes) < 9 else f"{len(sizes)} batches of {sizes[0]}"


def watched_with(batches, *, classes=4):
    """Return a model and what it makes of these batches."""
    model = Watched(features=3, classes=classes)
    return model, Outcome([model.layer(x).detach() for x, _ in batches], [t for _, t in batches])


@pytest.mark.parametrize("sizes", [[1], [6], [6, 6, 5], [3, 1], [2] * 120], ids=in_short)
def test_evaluate_takes_batches_of_any_size(exercise, sizes):
    batches = batches_of(*sizes)
    model, outcome = watched_with(batches)

    result = evaluated(exercise, model, batches, classes=4)

    check_evaluation(result, outcome, "evaluate,")


def test_evaluate_starts_anew_each_time(exercise):
    model, batches = Watched(), batches_of(3, 2)

    results = [evaluated(exercise, model, copy.deepcopy(batches), classes=4) for _ in range(2)]

    check_no_state(results, True, "evaluate")


@pytest.mark.parametrize("kind", ["DataLoader", "iterable"])
def test_evaluate_takes_any_loader(exercise, kind):
    batches = batches_of(3, 3, 2)
    model, outcome = watched_with(batches)

    result = evaluated(exercise, model, loader_of(kind, batches), classes=4)

    check_evaluation(result, outcome, "evaluate,")


def trust(outputs, targets):
    """Return how large the outputs of the true classes are, on average."""
    return outputs.gather(1, targets[:, None]).mean()


@pytest.mark.parametrize("name", ["MultiMarginLoss", "trust"])
def test_evaluate_uses_the_loss_function_it_is_given(exercise, name):
    batches = batches_of(5, 3)
    model, outcome = watched_with(batches)
    loss_fn = {"MultiMarginLoss": nn.MultiMarginLoss(), "trust": trust}[name]

    result = evaluated(exercise, model, batches, loss_fn, classes=4)

    ignored = "That is cross-entropy. Use the loss function that you are given."
    near_misses = {"loss-function-ignored": (outcome.loss, ignored)}
    check_evaluation(result, outcome.with_loss(loss_fn), f"evaluate, with {name},", near_misses)


def test_evaluate_runs_in_eval_mode(exercise):
    model = Watched().train()

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(batches_of(3, 3, 2)), CROSS_ENTROPY)

    check_eval_mode(passes_of(model), "evaluate")


def check_eval_mode(passes, name):
    check_called(passes, name)
    expect.that(
        all(note.modes == {False} for note in passes),
        f"{name} ran the model in training mode",
        "Call model.eval() first: dropout, for one, must not act when a model is tested.",
        mistake="no-eval-mode",
    )


def test_evaluate_builds_no_graph(exercise):
    model = Watched()

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(batches_of(3, 2)), CROSS_ENTROPY)

    check_no_graph(passes_of(model), "evaluate")


def check_no_graph(passes, name):
    check_called(passes, name)
    expect.that(
        not any(note.graph for note in passes),
        f"{name} ran the model with gradients on",
        "Call the model inside `with torch.no_grad():`, which saves time and memory.",
        mistake="gradients-on",
    )


@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_evaluate_puts_the_mode_back(exercise, training):
    model = Watched().train(training)

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(batches_of(3, 2)), CROSS_ENTROPY)

    modes = {True: "training", False: "eval"}
    expect.that(
        model.training is training,
        f"the model was in {modes[training]} mode, and evaluate left it in {modes[not training]}",
        "Remember model.training before model.eval(), and give it to model.train(…) at the end.",
        mistake="mode-not-restored",
    )
    expect.that(
        model.layer.training is training,
        f"the model was in {modes[training]} mode, and evaluate left a layer inside it in "
        f"{modes[not training]} mode",
        "Use model.train(was_training): it reaches every layer, and setting model.training "
        "does not.",
        mistake="layers-left-out",
    )


@pytest.mark.parametrize("training", [True, False], ids=["from training", "from eval"])
def test_evaluate_leaves_gradients_on(exercise, training):
    model = Watched().train(training)

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(batches_of(3, 2)), CROSS_ENTROPY)

    expect.that(
        all(p.requires_grad for p in model.parameters()) or not torch.is_grad_enabled(),
        "after evaluate requires_grad of the model's parameters is False",
        "Leave the parameters as they are: `with torch.no_grad():` is enough, and ends by itself.",
        mistake="gradients-left-off",
    )
    expect.that(
        torch.is_grad_enabled(),
        "after evaluate gradients are switched off, and nothing can be trained any more",
        "`with torch.no_grad():` switches them back on by itself.",
        mistake="gradients-left-off",
    )


def test_evaluate_is_right_with_dropout_and_batch_norm(exercise):
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 4))
    model[0].running_mean.copy_(torch.randn(3))
    model[0].running_var.copy_(torch.rand(3) + 0.5)
    before, batches = copy.deepcopy(model).eval(), batches_of(6, 6, 5)
    outcome = Outcome([before(x) for x, _ in batches], [t for _, t in batches])

    result = evaluated(exercise, model.train(), batches, classes=4)

    expect.that(
        torch.equal(model[0].running_mean, before[0].running_mean),
        "evaluate changed what batch norm knows about the training set",
        "Call model.eval() first: in training mode batch norm learns from each batch it sees.",
        mistake="no-eval-mode",
    )
    check_evaluation(result, outcome, "evaluate, with dropout and batch norm,")


def test_evaluate_leaves_model_and_batches_alone(exercise):
    model, batches = Watched(), batches_of(3, 2)
    weights, before = weights_of(model), copy.deepcopy(batches)

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(batches), CROSS_ENTROPY)

    expect.unchanged(weights, weights_of(model), argument="model", function="evaluate")
    check_unchanged(before, batches, "evaluate")


def test_evaluate_hands_over_the_inputs_in_their_shape(exercise):
    model = Watched(features=6)

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(pictures_of(3, 2)), CROSS_ENTROPY)

    check_shape(passes_of(model), (1, 2, 3), "evaluate")


def test_evaluate_goes_through_the_loader_once(exercise):
    model, loader = Watched(), Loader(batches_of(3, 2))

    with known_errors(classes=4):
        exercise.evaluate(model, loader, CROSS_ENTROPY)

    check_called(passes_of(model), "evaluate")
    expect.that(
        ROUNDS.get(loader) == 1,
        f"evaluate went through the loader {ROUNDS.get(loader, 0)} times, expected once",
        "A loader that shuffles comes in another order the second time, and some can be gone "
        "through only once: work out loss and accuracy from the same outputs.",
        mistake="not-one-pass",
    )


def test_evaluate_leaves_the_gradients_of_the_model_alone(exercise):
    model = Watched()
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    before = [parameter.grad.clone() for parameter in model.parameters()]

    with known_errors(classes=4):
        exercise.evaluate(model, Loader(batches_of(3, 2)), CROSS_ENTROPY)

    after = [parameter.grad for parameter in model.parameters()]
    expect.that(
        all(b is not None and torch.equal(a, b) for a, b in zip(before, after, strict=True)),
        "evaluate changed the gradients that the model's parameters had",
        "Whoever called may still need them. Evaluating needs neither zero_grad nor backward.",
        mistake="argument-changed",
    )


# fit

CLASSES, FEATURES = 5, 6
TRAIN, TEST = 14, 9  # samples; neither is a multiple of the batch size
BATCH = 4
FIRST_TEST = 1000  # the number of the first sample of the test set


class Numbered(Dataset):
    """Samples that carry their number; nothing but a length and items, as any set has."""

    def __init__(self, count, first):
        self._pictures = torch.randn(count, 1, 2, FEATURES // 2)
        self._pictures[:, 0, 0, 0] = torch.arange(first, first + count) / 1000
        self._classes = torch.randint(CLASSES, (count,))

    def __len__(self):
        return len(self._classes)

    def __getitem__(self, index):
        return self._pictures[index], self._classes[index]


@dataclass
class Training:
    """A call of fit: what it was given, what it returned, what model and optimizers did."""

    model: Watched
    train_set: Numbered
    test_set: Numbered
    epochs: int
    lr: float
    steps: Steps
    start: torch.Tensor  # the weights with which the model came
    history: object = None
    known: dict[int, list[int | None]] = field(default_factory=dict)  # by what a note holds

    @cached_property
    def samples(self):
        """Return the pictures, flat, and the classes of both sets, the training set first."""
        pairs = [(*self.train_set[n], n) for n in range(TRAIN)]
        pairs += [(*self.test_set[n], FIRST_TEST + n) for n in range(TEST)]
        pictures, classes, numbers = zip(*pairs, strict=True)
        places = {number: place for place, number in enumerate(numbers)}
        return torch.stack(pictures).flatten(start_dim=1), torch.stack(classes), places

    def numbers_of(self, inputs):
        """Return the number of each sample, or None where it is not as the set has it."""
        if id(inputs) in self.known:
            return self.known[id(inputs)]
        pictures, _, places = self.samples
        rows = inputs.flatten(start_dim=1)
        numbers = (rows[:, 0] * 1000).round().long().tolist()
        whose = pictures[[places.get(number, 0) for number in numbers]]
        same = torch.isclose(whose, rows).all(dim=1).tolist()
        self.known[id(inputs)] = [
            number if number in places and is_same else None
            for number, is_same in zip(numbers, same, strict=True)
        ]
        return self.known[id(inputs)]

    def tests(self, note):
        """Tell whether a pass was not for training, and not only of samples to train on."""
        return not note.trained and not set(self.numbers_of(note.inputs)) <= set(range(TRAIN))

    def targets_of(self, inputs):
        _, classes, places = self.samples
        return classes[[places[number] for number in self.numbers_of(inputs)]]

    def passes_by_epoch(self):
        """Return the passes that trained, epoch by epoch; fail unless each sample is in each."""
        passes = [note for note in own_passes(self.model) if not self.tests(note)]
        check_called(passes, "fit, to train,")
        check_backward_and_step(self.model, self.steps, "fit")
        passes = trained_passes(self.model)
        expect.that(
            all(len(note.inputs) for note in passes),
            "fit handed the model a batch without samples",
            "The loop over the batches goes one too far: range(0, n, batch_size) ends before n.",
            mistake="empty-batch",
        )
        numbers = [number for note in passes for number in self.numbers_of(note.inputs)]
        check_samples(numbers, self.epochs)
        epochs, seen = [[] for _ in range(self.epochs)], 0
        for note in passes:
            epochs[seen // TRAIN].append(note)
            seen += len(note.inputs)
        return epochs

    def orders(self):
        """Return the numbers of the samples of each batch in order, epoch by epoch."""
        return [
            [self.numbers_of(note.inputs) for note in passes] for passes in self.passes_by_epoch()
        ]

    def weights_after_each_epoch(self):
        firsts = [passes[0].weights for passes in self.passes_by_epoch()]
        return [*firsts[1:], weights_of(self.model)]

    def outcome(self, weights, samples):
        """Return what the model with these weights makes of a set, in batches."""
        inputs, targets = samples[:]
        outputs = outputs_with(self.model, weights, inputs)
        return Outcome(list(outputs.split(BATCH)), list(targets.split(BATCH)))


def results_of(history, count=None):
    """Return the history; fail unless it holds three floats an epoch."""
    expect.that(
        isinstance(history, list | tuple) and history and len(history) == (count or len(history)),
        "fit did not return a list of one result an epoch",
        "Append one EpochResult(train_loss, test_loss, accuracy) an epoch, and return them all.",
    )
    for result in history:
        expect.that(
            isinstance(result, tuple) and len(result) == 3,
            f"fit returned a list with a {type(result).__name__} in it, expected EpochResult",
            "One EpochResult(train_loss, test_loss, accuracy) an epoch.",
        )
        for name, value in zip(["train_loss", "test_loss", "accuracy"], result, strict=True):
            a_float(value, f"fit, as a {name},")
    return history


@pytest.fixture
def fit(exercise, monkeypatch):
    """Call the learner's fit on a small model, and on sets whose samples carry their numbers."""

    def fit(*, epochs=3, batch_size=BATCH, lr=0.3, from_eval=False):
        train_set, test_set = Numbered(TRAIN, first=0), Numbered(TEST, first=FIRST_TEST)
        model = Watched(FEATURES, CLASSES).train(not from_eval)
        start = weights_of(model)
        errors = known_errors(models=[model], classes=CLASSES)
        with watched_steps(model, monkeypatch) as steps, errors:
            history = exercise.fit(
                model, train_set, test_set, epochs=epochs, batch_size=batch_size, lr=lr
            )
        return Training(model, train_set, test_set, epochs, lr, steps, start, history)

    return fit


def check_samples(numbers, epochs):
    """Fail unless the numbers of the samples trained on are those of whole epochs."""
    expect.that(
        None not in numbers,
        "fit trained on images that are not as the training set has them",
        "Hand the model what the set holds, as it is.",
    )
    tests = sum(number >= FIRST_TEST for number in numbers)
    expect.that(
        tests == 0,
        f"fit trained on samples of the test set, {tests} times",
        "The test set is for testing only: a model must not learn what it is tested with.",
        mistake="trained-on-test-set",
    )
    each, dropped = len(numbers) // epochs, TRAIN - TRAIN % BATCH
    if each < TRAIN and len(numbers) == epochs * each:
        own = [numbers[epoch * each : (epoch + 1) * each] for epoch in range(epochs)]
        is_shuffled = own[0] != sorted(own[0])
        may_be_dropped = each == dropped and not is_shuffled
        expect.that(
            epochs == 1 or may_be_dropped or len({frozenset(one) for one in own}) > 1,
            f"fit trained on the same {each} of {TRAIN} samples in each epoch",
            "Train on all of the training set: nothing is held back, there is a test set.",
            mistake="samples-held-back",
        )
        expect.that(
            each != dropped,
            f"fit trained on {dropped} of {TRAIN} samples in each epoch",
            "The last batch, which is shorter, is left out: drop_last, or a division rounded down?"
            if epochs > 1
            else "Is the last batch, which is shorter, left out, or a part of the set held back?",
            mistake="last-batch-dropped" if epochs > 1 or not is_shuffled else None,
        )
    expect.that(
        len(numbers) == epochs * TRAIN,
        f"fit trained on {len(numbers)} samples, expected {epochs} epochs of {TRAIN}",
        "An epoch is each sample of the training set, once.",
    )
    for epoch in range(epochs):
        own = numbers[epoch * TRAIN : (epoch + 1) * TRAIN]
        missing = len(set(range(TRAIN)) - set(own))
        expect.that(
            not missing,
            f"in epoch {epoch + 1} fit trained on some samples again, and on {missing} not at all",
            "Draw an order of all samples, not single samples: shuffle=True, or torch.randperm.",
            mistake="samples-repeated",
        )


def check_order(orders):
    """Fail unless the samples come in a new order each epoch."""
    expect.that(
        any([n for batch in order for n in batch] != list(range(TRAIN)) for order in orders),
        "fit trains on the samples in the order in which the set has them",
        "Give the DataLoader of the training set shuffle=True.",
        mistake="no-shuffle",
    )
    shared = [{frozenset(batch) for batch in order} for order in orders]
    expect.that(
        len(shared[0]) in (1, TRAIN)  # all at once, or one by one
        or any(one != other for one, other in pairwise(shared))
        or orders == orders[:1] * len(orders),
        "fit trains on batches that are made of the same samples in each epoch",
        "Only the batches change places, or the samples within them. Draw an order of all samples, "
        "and then cut it into batches, as a DataLoader with shuffle=True does.",
        mistake="blocks-shuffled",
    )
    expect.that(
        all(one != other for one, other in pairwise(orders)),
        "fit trains on the samples in the same order in two epochs",
        "Draw a new order in each epoch, as a DataLoader with shuffle=True does.",
        mistake="same-order",
    )


def test_fit_returns_one_result_for_each_epoch(exercise, fit):
    history = fit(epochs=3).history

    expect.that(
        history is not None,
        "fit returned None, expected a list of 3 results",
        "Does the function end with a `return`?",
        mistake="returns-none",
    )
    expect.that(
        isinstance(history, list),
        f"fit returned a {type(history).__name__}, expected a list",
        "Start with an empty list, and append one EpochResult an epoch.",
    )
    expect.that(
        len(history) == 3,
        f"fit returned a list of length {len(history)} for 3 epochs",
        "Append one EpochResult an epoch, inside the loop.",
    )
    for result in history:
        expect.that(
            isinstance(result, exercise.EpochResult),
            f"fit returned a list with a {type(result).__name__} in it, expected EpochResult",
            "EpochResult(train_loss, test_loss, accuracy) gives the numbers their names.",
            mistake="no-epoch-result",
        )
        for name, value in result._asdict().items():
            a_float(value, f"fit, as a {name},")


def test_fit_trains_on_each_sample_once_an_epoch(fit):
    fit().passes_by_epoch()


def test_fit_hands_over_the_inputs_in_their_shape(fit):
    check_shape(passes_of(fit(epochs=1).model), (1, 2, FEATURES // 2), "fit")


def test_fit_starts_anew_each_time(fit):
    first, second = (len(results_of(fit(epochs=2).history)) for _ in range(2))

    expect.that(
        second != first + 2,
        f"fit, called twice for 2 epochs, returned {first} results and then {second}",
        "The results of the first call are still there. A default argument such as history=[] is "
        "made only once: start the list in the function.",
        mistake="state-kept",
    )


@pytest.mark.parametrize("batch_size", [1, 4, TRAIN, 50])
def test_fit_trains_in_batches_of_the_size_given(fit, batch_size):
    sizes = sizes_of_batches(fit(epochs=2, batch_size=batch_size))

    whole, rest = divmod(TRAIN, batch_size)
    expected = [batch_size] * whole + [rest] * (rest > 0)
    if any(sorted(own, reverse=True) != expected for own in sizes):
        always = sizes == sizes_of_batches(fit(epochs=2, batch_size=7))
        expect.fail(
            f"fit with batch_size={batch_size} trained in batches of {in_words(sizes[0])}, "
            f"expected {in_words(expected)}",
            "Hand batch_size to the DataLoader of the training set, and each batch to the model as "
            "a whole.",
            mistake="batch-size-ignored" if always else None,
        )


def sizes_of_batches(training):
    return [[len(note.inputs) for note in passes] for passes in training.passes_by_epoch()]


def test_fit_draws_a_new_order_every_epoch(fit):
    check_order(fit(epochs=3).orders())


def test_fit_sets_no_seed(fit):
    first, second = fit(epochs=2).orders(), fit(epochs=2).orders()

    check_order(first)
    expect.that(
        first != second,
        "fit trains on the samples in the same orders each time it is called",
        "Set no seed in fit, and hand the DataLoader no generator that always starts alike: "
        "whoever calls may want each training to be another one.",
        mistake="same-orders-each-call",
    )


def test_fit_goes_on_from_the_weights_that_the_model_has(fit):
    training = fit(epochs=1)

    (first, *_), *_ = training.passes_by_epoch()
    expect.that(
        torch.equal(first.weights, training.start),
        "the model came to fit with weights, and fit began its training with others",
        "Train the model as it is: what it has learnt so far would be lost.",
        mistake="weights-drawn-anew",
    )


def test_fit_steps_as_plain_sgd_does(fit):
    training = fit()
    training.passes_by_epoch()

    check_sgd(training)


def check_sgd(training):
    """Fail unless each step was that of SGD, and say which optimizer's it was, if that is clear."""
    lr, steps = training.lr, training.steps
    expect.that(
        not any("initial_lr" in group for one in steps.made for group in one.param_groups),
        "fit has a scheduler change the learning rate in time",
        "Every step is lr times the gradient, however many epochs there are: no scheduler today.",
        mistake="scheduler",
    )
    moves, gradients = moves_and_gradients(training.model, training.targets_of)
    if not steps.one_waits_in_vain():
        sizes = moves[0].abs()
        expect.that(
            not (sizes.min() > 0.99 * sizes.max() and sizes.max() > 0),
            "fit's first step moved every weight by the same amount, whatever its gradient",
            "That is not SGD, but an optimizer such as Adam. Today it is torch.optim.SGD.",
            mistake="not-sgd",
        )
        rest = -moves[1] / lr - gradients[1]
        share = (rest @ gradients[0] / (gradients[0] @ gradients[0])).item()
        goes_on = 0.05 < share < 0.99 and same(lr * rest, lr * share * gradients[0])
        expect.that(
            not (goes_on and same(moves[0], -lr * gradients[0])),
            f"fit's second step has {share:.2f} of the first one in it",
            "That is momentum. Today it is SGD without: torch.optim.SGD(…, lr=lr).",
            mistake="momentum",
        )
    check_updates(training.model, steps, training.targets_of, lr, "fit")


def test_fit_uses_the_learning_rate_given(fit):
    trainings = [fit(epochs=2, lr=lr) for lr in (0.3, 0.1)]
    sizes = []
    for training in trainings:
        training.passes_by_epoch()
        (move, *_), (gradient, *_) = moves_and_gradients(training.model, training.targets_of)
        size = -(move @ gradient / (gradient @ gradient)).item()
        if same(move, -size * gradient) and not training.steps.one_waits_in_vain():
            sizes.append(size)

    expect.that(
        len(sizes) < 2 or sizes[0] == 0 or not math.isclose(*sizes, rel_tol=0.01),
        f"fit's steps are {sizes[0] if sizes else 0:.3g} times the gradient, with lr=0.3 and 0.1",
        "Hand lr to the optimizer: torch.optim.SGD(model.parameters(), lr=lr).",
        mistake="lr-ignored",
    )
    check_sgd(trainings[1])


@pytest.mark.parametrize("from_eval", [True, False], ids=["from eval", "from training"])
def test_fit_trains_in_training_mode(fit, from_eval):
    training = fit(from_eval=from_eval)

    passes = [note for passes in training.passes_by_epoch() for note in passes]
    check_training_mode(passes, "fit")


def test_fit_tests_in_eval_mode_and_without_a_graph(fit):
    training = fit()

    passes = [note for note in passes_of(training.model) if training.tests(note)]
    check_eval_mode(passes, "fit, on the test set,")
    check_no_graph(passes, "fit, on the test set,")


def test_fit_returns_the_training_loss_of_each_epoch(fit):
    training = fit()
    history, model = results_of(training.history, 3), training.model
    weights_after = training.weights_after_each_epoch()

    for number, passes in enumerate(training.passes_by_epoch()):

        def outcome(weights, passes=passes):
            inputs = [note.inputs for note in passes]
            outputs = [outputs_with(model, w, x) for w, x in zip(weights, inputs, strict=True)]
            return Outcome(outputs, [training.targets_of(x) for x in inputs])

        before = [note.weights for note in passes]
        expected, after = outcome(before), weights_after[number]
        test_loss = training.outcome(after, training.test_set).loss
        expect.that(
            np.allclose(history[number][0], expected.loss, rtol=1e-4)
            or not np.allclose(history[number][:2], (test_loss, expected.loss), rtol=1e-4),
            "fit returned the test loss as train_loss, and the other way round",
            "EpochResult(train_loss, test_loss, accuracy): in this order, or by name.",
            mistake="losses-swapped",
        )
        near_misses = expected.loss_near_misses() | {
            "loss-after-step": (
                outcome([*before[1:], after]).loss,
                "Those are the losses after each step. Asked for are those before.",
            ),
            "loss-after-epoch": (
                outcome([after] * len(passes)).loss,
                "That is the loss on the training set once the epoch is over. Asked for is the "
                "mean of the losses while it is trained, as train_epoch returns it.",
            ),
        }
        what = f"fit, as the train_loss of epoch {number + 1},"
        close(history[number][0], expected.loss, what, near_misses)


def test_fit_returns_the_test_of_each_epoch(fit):
    training = fit()
    history, after = results_of(training.history, 3), training.weights_after_each_epoch()
    before = [passes_of(training.model)[0].weights, *after[:-1]]

    for number in range(3):
        near_misses = {
            "tested-before-training": (
                training.outcome(before[number], training.test_set).loss,
                "That is the test before the epoch: test after it.",
            ),
            "tested-on-training-set": (
                training.outcome(after[number], training.train_set).loss,
                "That is the training set. Asked for is the test set, which the model never saw.",
            ),
            "last-batch-dropped": (
                training.outcome(after[number], training.test_set[: TEST - TEST % BATCH]).loss,
                "The last batch of the test set, which is shorter, is left out: drop_last?",
            ),
        }
        outcome = training.outcome(after[number], training.test_set)
        name = f"fit, after epoch {number + 1},"
        check_evaluation(history[number][1:], outcome, name, near_misses)


def test_fit_leaves_the_sets_alone(exercise):
    shape = (1, 2, FEATURES // 2)
    sets = [Images(torch.rand(n, *shape), torch.randint(CLASSES, (n,))) for n in (TRAIN, TEST)]
    before = [(one.images.clone(), one.targets.clone()) for one in sets]

    model = Watched(FEATURES, CLASSES)

    with known_errors(models=[model], classes=CLASSES):
        exercise.fit(model, *sets, epochs=2, batch_size=BATCH, lr=0.1)

    for name, one, (images, targets) in zip(["train_set", "test_set"], sets, before, strict=True):
        expect.unchanged(images, one.images, argument=name, function="fit")
        expect.unchanged(targets, one.targets, argument=name, function="fit")


def network(hidden):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))


@pytest.mark.timeout(60)
def test_fit_learns_the_digits(exercise):
    sets, model = digits(), network(hidden=32)
    start = copy.deepcopy(model.state_dict())

    with known_errors(models=[model], classes=10):
        history = exercise.fit(model, *sets, epochs=4, batch_size=32, lr=0.1)

    still = [name for name, now in model.state_dict().items() if torch.equal(now, start[name])]
    expect.that(
        len(still) in (0, len(start)),
        f"fit, on a network of two layers, never changed {' and '.join(still)}",
        "Hand the optimizer every parameter of the model: model.parameters().",
        mistake="parameters-left-out",
    )
    # Over 40 seeds the lowest was 88.1 %; guessing reaches 10 %.
    check_accuracy(history, 0.8, "4 epochs on the digits")


@pytest.mark.mnist
@pytest.mark.timeout(60)
@pytest.mark.skipif(not has_mnist(), reason="the real MNIST is not here: kata download")
def test_fit_learns_mnist_in_one_epoch(exercise):
    sets, model = mnist(), network(hidden=128)

    with known_errors(models=[model], classes=10):
        history = exercise.fit(model, *sets, epochs=1, batch_size=64, lr=0.1)

    # A first epoch reaches about 93 %.
    check_accuracy(history, 0.89, "one epoch on MNIST")


def check_accuracy(history, wanted, after):
    accuracy = results_of(history)[-1][2]
    expect.that(
        accuracy > wanted,
        f"after {after} the accuracy is {accuracy:.1%}, expected more than {wanted:.0%}",
        "Are the tests above green? They say what goes wrong in a training.",
    )


def test_compare_batch_sizes_reports_on_each_plan(exercise):
    sets, models = (Numbered(TRAIN, first=0), Numbered(TEST, first=FIRST_TEST)), []
    plans = [(4, 2), (TRAIN, 1), (50, 3)]

    def make_model():
        models.append(Watched(FEATURES, CLASSES))
        return models[-1]

    with known_errors(models=models, classes=CLASSES):
        found = exercise.compare_batch_sizes(make_model, *sets, plans, lr=0.1)

    # 14 samples are 4 batches of 4, the last one shorter, and one of 14 or of 50.
    expect.equal(
        [(one.batch_size, one.epochs, one.updates) for one in found],
        [(4, 2, 8), (TRAIN, 1, 1), (50, 3, 3)],
        call="compare_batch_sizes",
    )
    steps = [len(trained_passes(model)) for model in models]
    expect.that(
        steps == [8, 1, 3],
        f"fit trained the three models with {in_words(steps)} batches, expected 8, 1, 3",
        "Are the tests of fit above green? They say more.",
    )
    expect.that(all(one.seconds > 0 for one in found), "compare_batch_sizes took no time")


# plot_history

HISTORY = [(2.0, 2.2, 0.35), (1.1, 1.6, 0.55), (0.7, 1.3, 0.62), (0.4, 1.4, 0.71)]
TRAIN_LOSS, TEST_LOSS, ACCURACY = np.array(HISTORY).T
CURVES = {"train": TRAIN_LOSS, "test": TEST_LOSS, "accuracy": ACCURACY}


@contextmanager
def drawing(exercise):
    """Give the axes that plot_history drew on and what it returned; save what fails."""
    import matplotlib.pyplot as plt

    ax = plt.figure().add_subplot()
    plt.figure()  # what plt.plot would draw on
    history = [exercise.EpochResult(*values) for values in HISTORY]
    try:
        returned = exercise.plot_history(history, ax)
        elsewhere = [one for number in plt.get_fignums() for one in plt.figure(number).axes]
        elsewhere = [one for one in elsewhere if one not in figures.axes_of(ax)]
        expect.that(
            [tuple(one) for one in history] == HISTORY,
            "plot_history changed the history",
            "Whoever called still needs it: make new lists.",
            mistake="argument-changed",
        )
        expect.that(
            figures.curves(ax) or not any(figures.curves(one) for one in elsewhere),
            "plot_history did not draw on the axes it was given, but elsewhere",
            "Call ax.plot: plt.plot draws on whatever pyplot holds for the current axes.",
            mistake="global-figure",
        )
        expect.that(
            figures.curves(ax),
            "plot_history drew no curve on the axes it was given",
            "Call ax.plot(…) once for each of the two losses and the accuracy.",
            mistake="nothing-drawn",
        )
        yield ax, returned
    except Failure:
        figures.save(ax, 12, "plot_history")
        raise


def the_curve(ax, name):
    """Return the curve that shows the numbers of this name; the accuracy may be in percent."""
    wanted = [CURVES[name], 100 * CURVES[name]] if name == "accuracy" else [CURVES[name]]
    curves = figures.curves(ax)
    found = [c for c in curves for y in wanted if len(c.y) == len(y) and np.allclose(c.y, y)]
    what = "accuracy" if name == "accuracy" else f"{name} loss"
    expect.that(
        found,
        f"no curve shows the {what} of each epoch, {in_words(wanted[0])}; the curves are at "
        f"{' and at '.join(in_words(curve.y) for curve in curves)}",
        "Take this one number out of each EpochResult of the history.",
    )
    return found[0]


@pytest.mark.stretch("plot_history")
@pytest.mark.parametrize("name", CURVES)
def test_plot_history_draws_a_curve(exercise, name):
    with drawing(exercise) as (ax, _):
        the_curve(ax, name)


@pytest.mark.stretch("plot_history")
def test_plot_history_counts_epochs_along_x(exercise):
    with drawing(exercise) as (ax, _):
        for name in CURVES:
            x = the_curve(ax, name).x
            expect.that(
                np.allclose(np.diff(x), 1) and x[0] in (0, 1),
                f"along x the {name} curve is at {in_words(x)}, expected 1, 2, 3, 4",
                "x is the number of the epoch, counted from 1 or from 0.",
            )


@pytest.mark.stretch("plot_history")
def test_plot_history_names_its_curves(exercise):
    with drawing(exercise) as (ax, _):
        check_names(ax, {name: the_curve(ax, name).label for name in CURVES})


def mentions(text, name):
    """Tell whether a text names a curve; training is as good as train, testing as test."""
    words = [name] if name == "accuracy" else [name, f"{name}ing"]
    return any(figures.mentions(text, word) for word in words)


def holds_more_than_losses(ax):
    """Tell whether something other than the losses is drawn on these axes."""
    heights = [line.get_ydata() for line in ax.lines]
    heights += [np.asarray(one.get_offsets())[:, 1] for one in ax.collections]
    losses = TRAIN_LOSS, TEST_LOSS
    return not all(
        any(len(y) == len(one) and np.allclose(y, one) for one in losses) for y in heights
    )


def check_names(ax, labels):
    """Fail unless the picture tells which curve is which."""

    def says(name, wanted):
        return mentions(labels[name], wanted)

    swapped = says("train", "test") and says("test", "train")
    expect.that(
        not swapped or says("train", "train") or says("test", "test"),
        "the curve of the training loss is called test, and the other one train",
        "Is each label at the numbers that are drawn?",
        mistake="labels-swapped",
    )
    axis = any(
        figures.mentions(one.get_ylabel(), "accuracy") and holds_more_than_losses(one)
        for one in figures.axes_of(ax)
    )
    shown = [label.text for label in figures.labels(ax)]
    for name in CURVES:
        if name == "accuracy" and axis:
            continue
        expect.that(
            labels[name],
            f"the curve of {name} has no name",
            f'Give ax.plot a label="{name}": without it nobody knows which curve is which.',
            mistake="label-missing",
        )
        expect.that(
            says(name, name),
            f"the curve of {name} is called {labels[name]!r}, which does not mention {name}",
            f"Have the word {name} in its label.",
        )
        expect.that(
            any(mentions(text, name) for text in shown),
            f"the curve of {name} has a label, but the picture does not show it",
            "Call ax.legend() after the curves are drawn. Axes made by twinx have their own.",
            mistake="no-legend",
        )


@pytest.mark.stretch("plot_history")
def test_plot_history_returns_its_axes(exercise):
    with drawing(exercise) as (ax, returned):
        expect.that(
            returned is not None,
            "plot_history returned None, expected the axes it was given",
            "End with `return ax`.",
            mistake="returns-none",
        )
        expect.that(
            returned is ax,
            f"plot_history returned another {type(returned).__name__} than the axes it was given",
            "End with `return ax`; the axes that twinx made are not asked for.",
        )
        figures.save(ax, 12, "plot_history")
