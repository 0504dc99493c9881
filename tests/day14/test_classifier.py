"""Day 14: what the classifier, its training, its test on unseen digits and its record must do."""

import ast
import contextlib
import copy
import functools
import inspect
import json
import math
import random
import re
import sys
import time as clock
import weakref
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import Dataset

from kata import data, expect
from kata.data import digits
from kata.failure import Failure

aten = torch.ops.aten

OTHER_DEVICE = re.compile(
    r"Tensor on device \S+ is not on the expected device|Expected all tensors to be on the same dev"
)

ONLY_ON_THE_CPU = re.compile(r"can't convert \S+ device type tensor to numpy")


class OnlyPairs(Failure, AttributeError):
    """Raised for what a set need not have; hasattr still just says no."""


class Pairs(Dataset):
    """A set that can do what every set can: give its pairs, and say how many there are."""

    def __init__(self, images, targets):
        self._images, self._targets = images, targets

    def __len__(self):
        return len(self._targets)

    def __getitem__(self, index):
        return self._images[index], self._targets[index]

    def __getattr__(self, name):
        if name in ("images", "targets", "data", "tensors"):
            raise OnlyPairs(
                f"the code asks the set for .{name}, which a set need not have",
                "Any Dataset of pairs may come: let a DataLoader draw (images, targets) from it.",
                mistake="not-drawn-as-pairs",
            )
        raise AttributeError(f"a set of pairs has no attribute {name!r}")


to_train_on = functools.cache(lambda: digits()[0])  # drawn once, and only copies of it leave


def some_digits(count, *, rename=None):
    """Return `count` images to train on; `rename` gives each digit another name."""
    train = to_train_on()
    targets = train.targets if rename is None else rename[train.targets]
    return Pairs(train.images[:count].clone(), targets[:count].clone())


# ---- DigitClassifier


def new(exercise):
    """Return a learner's classifier, once it is a module that keeps images apart."""
    model = exercise.DigitClassifier()
    expect.that(
        isinstance(model, nn.Module),
        f"DigitClassifier() is a {type(model).__name__}, expected a network",
        "DigitClassifier is a class that inherits from nn.Module: keep the class line as it was.",
        mistake="not-a-module",
    )
    expect.that(
        any(True for _ in model.parameters()),
        "DigitClassifier() has no parameters",
        "Make the layers attributes, self.layer = nn.Linear(…): a module does not look into lists.",
        mistake="layers-not-registered",
    )
    one = model.eval()(torch.zeros(1, 1, 28, 28))
    expect.that(
        getattr(one, "shape", None) != (10,),
        "DigitClassifier()(x (1, 1, 28, 28)) returned a tensor of shape (10,), "
        "expected shape (1, 10)",
        "The batch dimension is lost: flatten from dimension 1 on, x.flatten(start_dim=1).",
        mistake="batch-flattened",
    )
    expect.a_tensor(one, call="DigitClassifier()(x (1, 1, 28, 28))")
    return model.train()


def is_probabilities(numbers):
    """Tell whether a softmax made these rows, or these columns."""
    if numbers.dim() != 2 or len(numbers) < 2 or not bool((numbers >= 0).all()):
        return False
    return any(
        torch.allclose(numbers.sum(dim), torch.ones(()), atol=1e-4, rtol=0) for dim in (0, 1)
    )


def no_softmax(logits):
    expect.that(
        not is_probabilities(logits.detach()),
        "DigitClassifier returned probabilities: none is negative, and together they make one",
        "Return the logits as they are, without softmax: the loss function does it.",
        mistake="softmax-in-forward",
    )


def test_classifier_is_a_module_that_needs_no_arguments(exercise):
    new(exercise)


@pytest.mark.parametrize("batch", [1, 3])
def test_classifier_returns_ten_logits_for_each_image(exercise, batch):
    model = new(exercise).eval()

    logits = model(torch.rand(batch, 1, 28, 28))

    call = f"DigitClassifier()(x ({batch}, 1, 28, 28))"
    expect.that(
        logits.shape == (batch, 10),
        f"{call} returned a tensor of shape {tuple(logits.shape)}, expected shape ({batch}, 10)",
        "One row an image, one column a digit.",
    )
    expect.that(
        logits.dtype == torch.float32,
        f"{call} returned {str(logits.dtype).removeprefix('torch.')}, expected float32",
        "The logits have the dtype of the images.",
        mistake="wrong-dtype",
    )
    expect.that(
        not logits.isnan().any(),
        f"{call} returned numbers that are nan, not a number",
        "Layers start with weights that fit: torch.empty holds whatever was in the memory. A "
        "division by 0, or the log of a negative number, gives nan too.",
    )


def test_classifier_returns_logits_and_no_probabilities(exercise):
    model = new(exercise).eval()

    logits = model(torch.rand(16, 1, 28, 28))

    no_softmax(logits)


def test_classifier_is_small(exercise):
    model = new(exercise)

    count = sum(parameter.numel() for parameter in model.parameters())

    expect.that(
        count < 500_000,
        f"DigitClassifier() has {count:,} parameters, expected fewer than 500,000",
        "How many does the widest layer have? nn.Linear(784, 256) alone has 200,960.",
        mistake="too-many-parameters",
    )


def test_classifier_is_more_than_a_linear_model(exercise):
    """For one that is not, f(a + b) + f(0) = f(a) + f(b), whatever its weights are."""
    model = new(exercise).eval()
    ignores = None
    for change in (0, 0.1, None):  # small or positive weights can hide an activation
        with torch.no_grad():
            for parameter in model.parameters():
                if change is None:
                    parameter.normal_(std=0.1)
                else:
                    parameter += torch.randn_like(parameter) * change
        bends, ignores = is_not_linear(model)
        if bends:
            return
    expect.that(
        not ignores,
        "DigitClassifier computes the same logits for every image, whatever its weights are",
        "Does forward pass x on from layer to layer? A ReLU never lets go of what is always "
        "below zero.",
        mistake="ignores-the-image",
    )
    expect.fail(
        "DigitClassifier computes a linear function: its logits for the sum of two images are the "
        "sum of their logits",
        "Is there an activation, such as ReLU, between the layers? Without, they are only one, and "
        "that stops at 92 % on MNIST.",
        mistake="no-activation",
    )


def is_not_linear(model):
    """Tell whether logits do not add up, and whether they are the same for all images."""
    a = torch.randint(0, 2, (8, 1, 28, 28)).float()
    with torch.no_grad():
        both, none, first, second = (model(x) for x in (a + (1 - a), 0 * a, a, 1 - a))
    if not torch.cat([both, none, first, second]).isfinite().all():
        return True, False  # a black image has no contrast: what divides by that is not linear
    scale = 1e-5 * (1 + first.abs().max().item())
    return not torch.allclose(both + none, first + second, rtol=0, atol=scale), torch.equal(
        first, second
    )


def must_own_its_weights(exercise):
    """Two models with the same state compute the same; chance in eval mode is another test's."""
    one, other = new(exercise).eval(), new(exercise).eval()
    x = torch.rand(8, 1, 28, 28)
    with torch.no_grad():
        by_chance = not torch.equal(one(x.clone()), one(x.clone()))

    other.load_state_dict(one.state_dict())

    with torch.no_grad():
        same = torch.allclose(one(x.clone()), other(x.clone()), rtol=1e-4, atol=1e-5)
    expect.that(
        same or by_chance,
        "a DigitClassifier that is given all the weights of another one still computes something "
        "else",
        "Some layers are in a plain list, or are no layers but tensors: no optimizer finds them. "
        "Use attributes, nn.Sequential, nn.ModuleList or nn.Parameter.",
        mistake="layers-not-registered",
    )


def with_large_weights(exercise):
    """Return the logits of a random classifier, and those when its weights are 50 times larger."""
    model = new(exercise).eval()
    x = torch.rand(64, 1, 28, 28)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn_like(parameter) * 0.1
        before = model(x)
        for parameter in model.parameters():
            parameter *= 50
        return before, model(x)


def hardly_goes_below_zero(logits):
    """Tell whether negative numbers are small beside the positive ones, as after GELU."""
    low, high = logits.min(), logits.max()
    return logits.isfinite().all() and high > 20 and low > -0.05 * high


def test_classifier_ends_with_a_layer_and_no_activation(exercise):
    """With large weights the logits are large, unless something bounds them."""
    before, logits = with_large_weights(exercise)

    no_softmax(before)
    both = torch.cat([before, logits])
    model, x = new(exercise), torch.rand(64, 1, 28, 28)
    with torch.no_grad():
        zeros = (model.train()(x.clone()) == 0).sum()
        in_eval_mode = (model.eval()(x.clone()) == 0).sum()
    expect.that(
        zeros < 10 or in_eval_mode > 0,
        f"in training mode {zeros} of 640 numbers that DigitClassifier returned were exactly 0",
        "Return the last layer's output as it is. Dropout belongs before it: here it takes away "
        "answers.",
        mistake="dropout-at-the-end",
    )
    expect.that(
        both.dim() != 2 or not both.isfinite().all() or (both < 0).any() or not (both == 0).any(),
        "DigitClassifier returned no number below zero, and zeros in place of them",
        "Return the last layer's output as it is: a logit may be negative, and where ReLU makes 0 "
        "of it nothing is learnt.",
        mistake="activation-at-the-end",
    )
    expect.that(
        not both.isfinite().all() or both.abs().max() > 1 or logits.abs().max() < 0.9,
        "DigitClassifier returned no number beyond 1 or -1, however large its weights are",
        "Return the last layer's output as it is, without sigmoid or tanh: a logit may be any "
        "number.",
        mistake="activation-at-the-end",
    )
    low, high = logits.min().item(), logits.max().item()
    expect.that(
        # A layer's ten outputs are all positive once in a thousand times, and not four times.
        not hardly_goes_below_zero(logits)
        or not all(hardly_goes_below_zero(with_large_weights(exercise)[1]) for _ in range(3)),
        f"DigitClassifier returned numbers up to {high:.3g}, and none below {low:.3g}",
        "Return the last layer's output as it is, without an activation such as GELU or a leaky "
        "ReLU: a logit may be any number.",
        mistake="activation-at-the-end",
    )


def test_classifier_keeps_all_its_weights_as_its_own(exercise):
    must_own_its_weights(exercise)


def must_share_nothing(exercise):
    one, other = new(exercise), new(exercise)
    shared = {id(value) for value in one.parameters()} & {id(value) for value in other.parameters()}
    expect.that(
        not shared,
        "two DigitClassifiers have a layer in common: what trains one changes the other",
        "Make all layers in __init__: those at the top of the file, of the class, or in a default "
        "value of a parameter are made only once.",
        mistake="layers-shared",
    )
    return one, other


def test_classifier_starts_with_random_weights(exercise):
    one, other = must_share_nothing(exercise)

    expect.that(
        not same_weights(weights(one), weights(other)),
        "two new DigitClassifiers have the same weights",
        "Leave the weights random, as the layers make them, and set no seed inside the class.",
        mistake="constant-weights",
    )


def test_classifier_leaves_its_input_alone(exercise):
    model = new(exercise).eval()
    x = torch.rand(3, 1, 28, 28)
    before = x.clone()

    model(x)

    expect.that(
        torch.equal(x, before),
        "DigitClassifier.forward changed its input",
        "Make new tensors: whoever called still needs the old one.",
        mistake="argument-changed",
    )


def test_classifier_can_be_trained(exercise):
    model = new(exercise)

    logits = model(torch.rand(4, 1, 28, 28))

    expect.that(
        isinstance(logits, Tensor) and logits.requires_grad,
        "the classifier's output carries no gradient",
        "Leave out .detach(), no_grad and torch.tensor(…) in forward: they cut the graph.",
        mistake="no-graph",
    )


def depends_on_the_seed(model, x):
    """Tell whether a model gives the same logits again if the same random numbers come again."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        one = model(x.clone())
        torch.manual_seed(1)
        return torch.equal(one, model(x.clone()))


def test_in_eval_mode_an_images_logits_do_not_depend_on_its_batch(exercise):
    model = new(exercise)
    with torch.no_grad():
        model(torch.rand(32, 1, 28, 28))  # a batch norm has seen something by now
        model.eval()
        x = torch.rand(8, 1, 28, 28) * torch.linspace(0.2, 1, 8).view(8, 1, 1, 1)

        together = model(x.clone())
        again = model(x.clone())
        alone = torch.cat([model(image[None].clone()) for image in x])
        in_company = model(torch.cat([x, torch.zeros(5, 1, 28, 28)]))[:8]

    expect.that(
        torch.equal(together, again) or depends_on_the_seed(model, x),
        "in eval mode DigitClassifier returned other logits for the same images the second time, "
        "and nothing random is to blame",
        "Keep nothing between the calls: no counter, no total, no image of the call before.",
        mistake="state-kept",
    )
    expect.that(
        torch.equal(together, again),
        "in eval mode DigitClassifier returned other logits for the same images the second time",
        "Nothing may be random then: use the layer nn.Dropout, or F.dropout with "
        "training=self.training, and make layers in __init__, not in forward.",
        mistake="random-in-eval-mode",
    )
    no_softmax(together)
    for other in (alone, in_company):
        expect.that(
            torch.allclose(together, other, rtol=1e-3, atol=1e-4),
            "in eval mode DigitClassifier returned other logits for an image in another batch",
            "An image must not see the others of its batch: does forward take a mean, a maximum or "
            "a softmax over dimension 0, or over everything?",
            mistake="depends-on-batch",
        )


def must_be_movable(exercise):
    """Try the device meta, which every machine has: tensors there have a shape and no numbers."""
    must_share_nothing(exercise)
    model = new(exercise).eval().to("meta")
    try:
        logits = model(torch.zeros(2, 1, 28, 28, device="meta"))
    except Exception as error:
        if "Cannot copy out of meta tensor" in str(error):
            raise Failure(
                "moved to another device, DigitClassifier takes the images away from it",
                "Leave .cpu(), .cuda() and .to(…) out of forward: who calls brings the images to "
                "the model.",
                mistake="device-in-forward",
            ).with_traceback(error.__traceback__) from None
        if not OTHER_DEVICE.search(str(error)):
            return  # what needs numbers cannot be tried without them
        traceback = error.__traceback__
    else:
        if not isinstance(logits, Tensor) or logits.device.type == "meta":
            return
        traceback = None
    must_own_its_weights(exercise)
    raise Failure(
        "moved to another device, DigitClassifier still computes with a tensor on the CPU",
        "Model.to(device) moves layers, parameters and buffers only. Make a tensor of your own "
        "where x is, torch.zeros(…, device=x.device), or keep it with self.register_buffer(…).",
        mistake="cpu-tensor-in-forward",
    ).with_traceback(traceback)


def test_classifier_works_wherever_it_is_moved(exercise):
    must_be_movable(exercise)


# ---- train_classifier


@dataclass
class Run:
    """What one classifier went through during a training."""

    model: nn.Module  # held, so that no other one gets its id
    start: dict[str, Tensor]
    images: int = 0  # that it was shown with gradients on
    batches: int = 0  # in which they came
    prints: set[float] = field(default_factory=set)  # a number for each different image
    darkest: float = 0.0  # the pixels of those images
    brightest: float = 1.0
    states: list[dict[str, Tensor]] = field(default_factory=list)  # its weights before each batch


@dataclass
class Training:
    """What can be seen of a training from outside, whatever its loop looks like."""

    model: nn.Module | None = None
    runs: dict[int, Run] = field(default_factory=dict)
    probabilities: bool = False  # the model returned some
    softmax_twice: bool = False
    no_log: bool = False
    squared: bool = False  # the squared error of the logits
    squashed: list[bool] = field(default_factory=list)  # cross-entropy got numbers from 0 to 1
    within: bool = True  # so did the model return no others
    other_loss: str = ""
    leftovers: bool = False  # a gradient that was stepped along was still there in the next one
    steps: list[tuple[str, float]] = field(default_factory=list)  # optimizer and learning rate

    @property
    def own(self) -> Run | None:
        """The run of the model that was returned; a copy of a model has none."""
        return self.runs.get(id(self.model))


def is_from_0_to_1(numbers):
    return bool(((numbers >= 0) & (numbers <= 1)).all())


OTHER_LOSSES = tuple(
    f"aten.{name}."
    for name in (
        *("binary_cross_entropy", "binary_cross_entropy_with_logits", "huber_loss"),
        *("multi_margin_loss", "multilabel_margin_loss_forward", "smooth_l1_loss"),
        "soft_margin_loss",
    )
)


class Losses(TorchDispatchMode):
    """Watches what reaches the loss, by whatever name it was called."""

    def __init__(self, training):
        super().__init__()
        self.training = training

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function is aten._log_softmax.default and is_probabilities(args[0]):
            self.training.softmax_twice = True
        if function is aten.nll_loss_forward.default:
            scores = args[0]
            sums = scores.logsumexp(dim=-1)
            sums = sums[sums.isfinite()]  # a training that has diverged says nothing of logs
            self.training.no_log |= not bool((sums.abs() < 1e-3).all())
        if function is aten.mse_loss.default and args[0].shape[-1:] == (10,):
            self.training.squared |= not is_probabilities(args[0].detach())
        if function is aten._log_softmax.default:
            self.training.squashed.append(is_from_0_to_1(args[0]))
        if str(function).startswith(OTHER_LOSSES) and args[0].shape[-1:] == (10,):
            self.training.other_loss = str(function).split(".")[1]
        return function(*args, **(kwargs or {}))


@contextlib.contextmanager
def every_forward(exercise, before, after=lambda model, x, out: None):
    """Call before(model, x) and after(model, x, out) whenever a learner's classifier runs."""
    kind = exercise.DigitClassifier
    forward = kind.forward

    def watched(self, *args, **kwargs):
        x = args[0] if args else next(iter(kwargs.values()), None)
        before(self, x)
        out = forward(self, *args, **kwargs)
        after(self, x, out)
        return out

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "forward", watched)
        yield


def trained(exercise, train_set, *, losses=False, gradients=False, **options):
    """Train a learner's classifier and return what was seen of it.

    To look at the losses, or at the gradients and the weights before each batch, takes time.
    """
    new(exercise)
    training = Training()

    def before(model, x):
        run = training.runs.get(id(model))
        if run is None:
            run = training.runs[id(model)] = Run(model, weights(model))
            if gradients:
                watch_gradients(model, training)
        if torch.is_grad_enabled():
            run.images += len(x)
            run.batches += 1
            if len(run.prints) < 1000:
                run.prints.update(prints_of(x))
            run.darkest = min(run.darkest, x.detach().min().item())
            run.brightest = max(run.brightest, x.detach().max().item())
        if gradients:
            run.states.append(weights(model))

    def after(model, x, out):
        if losses and isinstance(out, Tensor):
            training.probabilities |= is_probabilities(out.detach())
            training.within &= is_from_0_to_1(out.detach())

    def stepped(optimizer, args, kwargs):
        group = optimizer.param_groups[0]
        rate = float(group.get("lr", math.nan))
        name = type(optimizer).__name__
        if name == "SGD":
            rate /= max(1 - group.get("momentum", 0), 1e-3)
        training.steps.append((name, rate))

    hook = register_optimizer_step_pre_hook(stepped)
    try:
        watched = Losses(training) if losses else contextlib.nullcontext()
        with every_forward(exercise, before, after), watched:
            training.model = exercise.train_classifier(train_set, **options)
    finally:
        hook.remove()
    model = training.model
    expect.that(
        model is not None,
        f"{expect.returned(model)} None, expected a DigitClassifier",
        "Does the function end with a `return`?",
        mistake="returns-none",
    )
    expect.that(
        isinstance(model, exercise.DigitClassifier),
        f"{expect.returned(model)} a {type(model).__name__}, expected a DigitClassifier",
        "Return the model itself, and it alone.",
        mistake="not-a-classifier",
    )
    return training


def prints_of(x):
    """Return a number for each image, by which the same one is known when it comes again."""
    rows = x.detach().cpu().flatten(start_dim=1).double()
    return [round(number, 6) for number in (rows * torch.arange(rows.shape[1])).sum(1).tolist()]


def watch_gradients(model, training):
    """Note when a gradient that a step has used is still there as the next one arrives."""
    used = {}

    def watch(parameter):
        def arrives(incoming):
            left = parameter.grad
            if left is not None and parameter in used:
                value, version = used[parameter]
                stepped = parameter._version > version
                if stepped and bool(left.any()) and torch.equal(left, value):
                    training.leftovers = True

        def added(_):
            if parameter.grad is not None:
                used[parameter] = parameter.grad.detach().clone(), parameter._version

        if parameter.requires_grad and not is_lazy(parameter):
            parameter.register_hook(arrives)
            parameter.register_post_accumulate_grad_hook(added)

    for parameter in model.parameters():
        watch(parameter)


def weights(model):
    """Return copies of a model's parameters; lazy layers have some only after their first call."""
    return {
        name: value.detach().cpu().clone()
        for name, value in model.named_parameters()
        if not is_lazy(value)
    }


def same_weights(one, other):
    """Tell whether two models have the same weights, even if those are NaN."""
    return one.keys() == other.keys() and all(
        torch.equal(one[name].nan_to_num(), other[name].nan_to_num())
        and torch.equal(one[name].isnan(), other[name].isnan())
        for name in one
    )


def are_numbers(model):
    return all(bool(value.isfinite().all()) for value in weights(model).values())


def was_trained(training):
    """Tell whether the returned weights differ from those that a training started with."""
    end = weights(training.model)
    return not any(same_weights(end, run.start) for run in training.runs.values())


def is_one_that_ran(training):
    """Tell whether the returned model is one that was called, or a copy made on the way."""
    end = weights(training.model)
    return training.own is not None or any(
        same_weights(end, state)
        for run in training.runs.values()
        for state in [*run.states, weights(run.model)]
    )


def must_be_trained(training):
    expect.that(
        training.runs,
        "train_classifier returned a DigitClassifier and never called it",
        "For each batch: call the model on the images, take the loss, backward(), step.",
        mistake="never-trained",
    )
    expect.that(
        was_trained(training),
        "train_classifier returned a DigitClassifier with the weights that it started with",
        "Does optimizer.step() follow loss.backward(), and was the optimizer given the parameters "
        "of this very model?",
        mistake="never-trained",
    )


def must_train_every_layer(training):
    """Fail if weights that count for the logits are what they were before the training."""
    model, start = training.model, training.own.start if training.own else {}
    x = torch.rand(8, 1, 28, 28, device=next(model.parameters()).device)
    model = copy.deepcopy(model).eval()
    for name, value in model.named_parameters():
        # A bias in front of a batch norm has no effect; and a lazy layer had no weights yet.
        if value.dim() < 2 or name not in start or not torch.equal(value.cpu(), start[name]):
            continue
        with torch.no_grad():
            before = model(x)
            value += torch.randn_like(value)
            counts = not torch.equal(model(x), before)
        expect.that(
            not counts,
            f"train_classifier left {name} as it was, while the other weights were trained",
            "Give the optimizer all of model.parameters(), and leave requires_grad, detach() and "
            "no_grad alone: each layer is to learn.",
            mistake="layer-not-trained",
        )


def must_see_every_epoch(exercise, count=150):
    """Train for one epoch and for three, and compare how many images the model was shown."""
    once = trained(exercise, some_digits(count), epochs=1)
    thrice = trained(exercise, some_digits(count), epochs=3)
    shown = [
        max((run.images for run in training.runs.values()), default=0)
        for training in (once, thrice)
    ]
    if not shown[1]:
        return  # it was called in a way that cannot be watched, or was not: another test asks
    expect.that(
        shown[0] > 0,
        "train_classifier with epochs=1 showed its model no image at all",
        "Does the loop over the epochs run `epochs` times? range(1, epochs) is one too few.",
        mistake="epochs-miscounted",
    )
    times, rest = divmod(shown[0], count)
    once_more = times > 1 and not rest and shown[1] == 3 * shown[0] and len(once.runs) == 1
    (run, *_) = once.runs.values()
    expect.that(
        # Others show each image in several ways: turned, shifted, with noise.
        not once_more or len(once.steps) != run.batches or len(run.prints) > count,
        f"in one epoch train_classifier trained on {shown[0]} images, {times} times the {count} of "
        "the set",
        "An epoch goes through the set once. Is there another loop around that?",
        mistake="epochs-miscounted",
    )
    batches = max(run.batches for run in thrice.runs.values())
    expect.that(
        not thrice.steps
        or thrice.steps[0][0] == "LBFGS"  # calls the model several times a step
        or len(thrice.steps) > 0.4 * batches,
        f"train_classifier showed its model {batches} batches and took {len(thrice.steps)} "
        f"step{'s' * (len(thrice.steps) != 1)}",
        "For each batch a loss, its gradient and a step: all three belong into the inner loop.",
        mistake="step-per-epoch",
    )
    expect.that(
        len(thrice.runs) != 3 * len(once.runs),
        "train_classifier with epochs=3 trained three models, each for one epoch",
        "Make the model before the loop over the epochs: a new one has learnt nothing.",
        mistake="new-model-each-epoch",
    )
    expect.that(
        shown[0] != shown[1],
        f"train_classifier showed its model {shown[0]} images with epochs=1 and just as many with "
        "epochs=3",
        "Does the loop run `epochs` times, and does the `return` stand after it, not inside? An "
        "iterator, iter(loader), is used up after one epoch: loop over the loader itself.",
        mistake="epochs-ignored",
    )
    expect.that(
        shown[1] >= 0.6 * 3 * count,
        f"train_classifier showed its model {shown[1]} images in 3 epochs of {count}",
        "An epoch goes through the whole set: does something leave the loop early?",
        mistake="epoch-cut-short",
    )
    expect.that(
        abs(shown[1] - 3 * shown[0]) < count,  # some images may be shown once, to try it out
        f"train_classifier showed its model {shown[0]} images with epochs=1 and {shown[1]} with "
        "epochs=3, expected three times as many",
        "Does the loop over the epochs run `epochs` times, no more and no less?",
        mistake="epochs-miscounted",
    )


def must_use_the_loss_on_logits(training):
    expect.that(
        not training.probabilities,
        "the model gave probabilities to the loss",
        "Return the logits as they are, without softmax: the loss function does it.",
        mistake="softmax-in-forward",
    )
    expect.that(
        not training.softmax_twice,
        "train_classifier gave probabilities to the cross-entropy",
        "It takes logits and does the softmax itself: leave yours out. With both, every gradient "
        "is small and the training slow.",
        mistake="softmax-before-cross-entropy",
    )
    expect.that(
        not training.squashed or training.within or not all(training.squashed),
        "train_classifier gave the cross-entropy numbers between 0 and 1 in place of the logits",
        "Hand it what the model returns, without a sigmoid: it does the softmax itself.",
        mistake="sigmoid-before-cross-entropy",
    )
    expect.that(
        not training.other_loss,
        f"train_classifier trained with {training.other_loss}",
        "For classes the loss is cross-entropy: nn.CrossEntropyLoss()(logits, targets).",
        mistake="other-loss",
    )
    expect.that(
        not training.squared,
        "train_classifier took the squared error of the logits",
        "For classes the loss is cross-entropy: nn.CrossEntropyLoss()(logits, targets).",
        mistake="mse-instead-of-cross-entropy",
    )
    expect.that(
        not training.no_log,
        "train_classifier gave something else than log-probabilities to the NLL loss",
        "nn.NLLLoss takes the result of a log_softmax; nn.CrossEntropyLoss takes logits.",
        mistake="nll-loss-without-log-softmax",
    )


def must_clear_gradients(training):
    expect.that(
        not training.leftovers,
        "train_classifier took steps along the gradients of earlier batches, too",
        "backward() adds to what is there: call optimizer.zero_grad() once for each batch.",
        mistake="no-zero-grad",
    )


@pytest.mark.timeout(60)
def test_training_returns_a_classifier_with_new_weights(exercise):
    training = trained(exercise, some_digits(100), epochs=2)

    must_be_trained(training)
    must_train_every_layer(training)


@pytest.mark.timeout(60)
def test_training_goes_through_the_set_epochs_times(exercise):
    must_see_every_epoch(exercise)


@pytest.mark.timeout(60)
def test_training_gives_logits_to_the_loss(exercise):
    training = trained(exercise, some_digits(100), losses=True, epochs=1)

    must_use_the_loss_on_logits(training)


@pytest.mark.timeout(60)
def test_training_forgets_the_gradient_of_the_last_batch(exercise):
    training = trained(exercise, some_digits(300), gradients=True, epochs=2)

    must_clear_gradients(training)


def places_of(x, images):
    """Return the places in `images` of those in a batch, if it can be told, in whatever colours."""
    if x.numel() != len(x) * images[0].numel():
        return []
    rows = [part.detach().cpu().flatten(start_dim=1)[:, :100].float() for part in (x, images)]
    one, other = (nn.functional.normalize(part - part.mean(1, keepdim=True)) for part in rows)
    closest = (one @ other.T).abs().max(dim=1)
    return closest.indices[closest.values > 0.5].tolist()


@pytest.mark.timeout(60)
def test_training_shuffles_the_images(exercise):
    """These are noise: no two of them are alike, also if they are changed a little on the way."""
    images, targets = torch.rand(320, 1, 28, 28), torch.randint(0, 10, (320,))
    batches = []

    def before(model, x):
        if torch.is_grad_enabled() and (places := places_of(x, images)):
            batches.append(places)

    with every_forward(exercise, before):
        trained(exercise, Pairs(images, targets), epochs=1)

    order = [place for places in batches for place in places]
    expect.that(
        len(batches) < 2 or order not in (sorted(order), sorted(order, reverse=True)),
        "train_classifier showed its model the images in the order in which the set holds them"
        + " from the last to the first" * (order != sorted(order)),
        "Give the DataLoader shuffle=True: some sets hold all zeros first, then all ones, and then "
        "each batch would make the model forget the last.",
        mistake="no-shuffle",
    )
    expect.that(
        len(order) < 288 or len(set(order)) > 240,
        f"in an epoch train_classifier showed its model {len(set(order))} of 320 images, some of "
        "them again",
        "Write `for images, targets in loader:`. Each next(iter(loader)) starts anew, and draws "
        "with replacement leave images out.",
        mistake="samples-repeated",
    )


@contextlib.contextmanager
def no_other_data(exercise):
    """Fail if the functions of kata.data that load images are called."""

    def asked(*args, **kwargs):
        raise Failure(
            "train_classifier asked kata.data for images",
            "Train on train_set, and on nothing else: on images that it has seen, a test tells "
            "nothing.",
            mistake="trained-on-other-data",
        )

    loaders = {name: getattr(data, name) for name in ("digits", "mnist", "mnist_or_digits")}
    own = inspect.unwrap(exercise.train_classifier).__globals__
    with pytest.MonkeyPatch.context() as patch:
        for name, function in loaders.items():
            patch.setattr(data, name, asked)
            for alias in [key for key, value in own.items() if value is function]:
                patch.setitem(own, alias, asked)
        yield


@pytest.mark.timeout(60)
def test_training_learns_from_the_set_it_is_given(exercise):
    """Here every digit has another name: who knows the usual ones has looked elsewhere."""
    rename = (torch.arange(10) + torch.randint(1, 10, ())) % 10  # each is called another one
    pairs = some_digits(400, rename=rename)

    with no_other_data(exercise):
        model = trained(exercise, pairs, epochs=3).model

    images, targets = pairs[:]
    classes = classes_of(model, images)
    usual = (rename[classes] == targets).float().mean().item()
    expect.that(
        usual < 0.6,
        f"trained on digits with other names, the model still finds the usual ones, {usual:.0%}",
        "Train on train_set, and on nothing else.",
        mistake="trained-on-other-data",
    )


@pytest.mark.timeout(60)
def test_training_leaves_the_set_as_it_was(exercise):
    pairs = some_digits(150)
    images, targets = (part.clone() for part in pairs[:])

    trained(exercise, pairs, epochs=1, device=torch.device("cpu"))  # a str does as well

    expect.that(
        torch.equal(pairs[:][0], images) and torch.equal(pairs[:][1], targets),
        "train_classifier changed the images or the targets of train_set",
        "Make new tensors: whoever called still needs the old ones.",
        mistake="argument-changed",
    )


def scramble(seed):
    """Put every source of random numbers somewhere else."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


@pytest.mark.timeout(60)
def test_the_same_seed_gives_the_same_model(exercise):
    must_share_nothing(exercise)
    scramble(1)
    one = trained(exercise, some_digits(150), epochs=1, seed=3)
    scramble(2)
    other = trained(exercise, some_digits(150), epochs=1, seed=3)

    same_start = (
        one.own is None or other.own is None or same_weights(one.own.start, other.own.start)
    )
    expect.that(
        same_weights(weights(one.model), weights(other.model)),
        "two calls of train_classifier with seed=3 gave two different models",
        "They start with the same weights: is the rest drawn from the seed as well, such as the "
        "order of the images?"
        if same_start
        else "They start with different weights: call torch.manual_seed(seed) first, before the "
        "model is made.",
        mistake="not-reproducible",
    )


@pytest.mark.timeout(60)
def test_another_seed_gives_another_model(exercise):
    one = trained(exercise, some_digits(150), epochs=1, seed=0)
    other = trained(exercise, some_digits(150), epochs=1, seed=1)

    if are_numbers(one.model) and same_weights(weights(one.model), weights(other.model)):
        starts = same_weights(weights(new(exercise)), weights(new(exercise)))
        expect.fail(
            "train_classifier gave the same model for seed=0 and seed=1",
            "Set no seed inside the class: DigitClassifier is to start with random weights."
            if starts
            else "Is seed used? It belongs into torch.manual_seed(seed), in place of a number.",
            mistake="constant-weights" if starts else "constant-seed",
        )


@contextlib.contextmanager
def default_device_put_back():
    """Fail if new tensors would be made elsewhere from now on; see that they are not."""
    before = torch.get_default_device()
    try:
        yield
    finally:
        after = torch.get_default_device()
        torch.set_default_device(None)
        expect.that(
            after == before,
            f"train_classifier left torch's default device at {after}",
            "From then on every tensor of the program would be made there. Bring model, images "
            "and targets to the device with .to(device).",
            mistake="default-device-left",
        )


@pytest.mark.timeout(60)
def test_training_takes_place_on_the_device(exercise):
    """On the device meta, which every machine has; it ends where numbers are needed."""
    places, asked = [], []

    def before(model, x):
        parameters = {parameter.device.type for parameter in model.parameters()}
        places.append((parameters, x.device.type))

    def noted(real):
        def is_available():
            if not sys._getframe(1).f_globals.get("__name__", "").startswith("torch"):
                asked.append(True)
            return real()

        return is_available

    must_share_nothing(exercise)
    with pytest.MonkeyPatch.context() as patch, every_forward(exercise, before):
        for place in (torch.cuda, torch.backends.mps, torch.accelerator):
            patch.setattr(place, "is_available", noted(place.is_available))
        try:
            with default_device_put_back():
                exercise.train_classifier(some_digits(150), epochs=1, device="meta")
        except Exception as error:
            if isinstance(error, Failure) or (not places and "meta" not in str(error).lower()):
                raise
            if not OTHER_DEVICE.search(str(error)):
                return  # what needs numbers cannot be tried without them
            traceback, mixed = error.__traceback__, True
        else:
            traceback, mixed = None, False

    arrived = ({"meta"}, "meta") in places
    if arrived:
        must_be_movable(exercise)
    expect.that(
        arrived or asked or not places or any("meta" in (*on, x) for on, x in places),
        "train_classifier trained on the CPU, although it was given another device",
        "Bring the model there before the optimizer is made, and each batch: .to(device).",
        mistake="device-ignored",
    )
    if mixed:
        raise Failure(
            "given another device, train_classifier mixes tensors there with tensors on the CPU",
            "Model and images are there: are the targets, too?"
            if arrived
            else "The images are still on the CPU: images = images.to(device) in each batch; "
            ".to changes nothing, it returns a new tensor."
            if places and places[-1][1] == "cpu"
            else "The model is still on the CPU: DigitClassifier().to(device)."
            if places
            else "Whatever meets in a computation has to be on the same device.",
            mistake="device-mismatch",
        ).with_traceback(traceback)


def classes_of(model, images):
    """Return the classes that a model finds, in eval mode."""
    model = copy.deepcopy(model).eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        parts = [model(part.to(device)).argmax(dim=1).cpu() for part in images.split(500)]
    classes = torch.cat(parts)
    expect.that(
        classes.shape == (len(images),),
        f"for {len(images)} images the model gave classes of shape {tuple(classes.shape)}, "
        f"expected ({len(images)},)",
        "forward returns one row of ten logits for each image, however many there are.",
    )
    return classes


# Learning rate times number of steps. Below it 90 % of the digits are out of reach whatever else
# is right: SGD with 0.01 needs 690 steps to 91 %, Adam with 1e-4 as many to 93 %.
TOO_SHORT = {"SGD": 7.0, "Adam": 0.05, "AdamW": 0.05}


def share_right(training, test_set):
    """Return the accuracy of the trained model on a set."""
    return (classes_of(training.model, test_set.images) == test_set.targets).float().mean().item()


def must_reach(exercise, share, train_set, test_set, *, epochs, name):
    """Train as a learner does; if the accuracy is too low, say why."""
    training = trained(exercise, train_set, epochs=epochs)
    accuracy = share_right(training, test_set)
    if accuracy < share:
        too_low(
            training,
            f"after {epochs} epochs the model reads {accuracy:.1%} of the unseen {name} right, "
            f"expected at least {share:.0%}",
        )


def known_mistakes(exercise):
    """Fail with the mistake that a short training shows, if there is one."""
    no_softmax(new(exercise).eval()(some_digits(16)[:][0]))
    short = trained(exercise, some_digits(300), losses=True, gradients=True, epochs=2)
    must_be_trained(short)
    expect.that(
        is_one_that_ran(short),
        "the model that train_classifier returned is not one that it has trained",
        "Return the model that the optimizer was given the parameters of.",
        mistake="never-trained",
    )
    must_use_the_loss_on_logits(short)
    must_clear_gradients(short)
    must_see_every_epoch(exercise)


def too_low(training, headline):
    expect.that(
        are_numbers(training.model),
        f"{headline}: its weights are no longer numbers (NaN or inf)",
        "Are the steps too large? Print the loss as it trains: it should fall.",
        mistake="diverged",
    )
    run = training.own
    expect.that(
        run is None or (run.darkest > -0.2 and run.brightest < 1.2),
        f"{headline}. It was trained on other images: their pixels went from "
        f"{run.darkest if run else 0:.1f} to {run.brightest if run else 1:.1f}, not from 0 to 1",
        "Normalise inside the model, at the start of forward: who uses it has images in [0, 1].",
        mistake="normalised-outside-the-model",
    )
    if training.steps:
        optimizer, rate = training.steps[0]
        way = sum(rate for _, rate in training.steps)
        last = training.steps[-1][1]
        expect.that(
            not (last < rate / 100 and way < TOO_SHORT.get(optimizer, 0)),
            f"{headline}. The learning rate fell from {rate:g} to {last:.2g} on the way",
            "Is a scheduler that counts epochs stepped for each batch?",
            mistake="too-slow",
        )
        expect.that(
            math.isnan(way) or way >= TOO_SHORT.get(optimizer, 0),
            f"{headline}. {len(training.steps)} steps of {optimizer} with a learning rate of "
            f"{rate:g} are not wrong, only too slow",
            "At batch size 64 SGD needs a learning rate of 0.1 or more, Adam one of 1e-3.",
            mistake="too-slow",
        )
    expect.fail(
        headline,
        "Print the loss of each epoch. If it rises or jumps, the steps are too large; if it falls "
        "and falls, too small. At batch size 64 SGD does well with a learning rate of 0.1, Adam "
        "with 1e-3.",
    )


@pytest.mark.timeout(120)
def test_after_30_epochs_it_reads_nine_of_ten_unseen_digits(exercise):
    train, test = digits()

    # Most are there after six epochs, and nobody has to wait for the others.
    if share_right(trained(exercise, train, epochs=6), test) < 0.90:
        known_mistakes(exercise)
        must_reach(exercise, 0.90, train, test, epochs=30, name="digits")


NEEDS_MNIST = pytest.mark.skipif(not data.has_mnist(), reason=f"needs MNIST: {data.GET_MNIST}")


@pytest.mark.mnist
@NEEDS_MNIST
@pytest.mark.timeout(600)
def test_after_5_epochs_of_mnist_it_reads_96_of_100_unseen_digits(exercise):
    known_mistakes(exercise)
    train, test = data.mnist()

    must_reach(exercise, 0.96, train, test, epochs=5, name="MNIST digits")


# ---- test_accuracy


@dataclass(frozen=True)
class Asked:
    """How a model was called: in which mode, with a graph or without, and what came out."""

    training: bool
    graph: bool
    indices: Tensor  # of the images in their set
    logits: Tensor


# By the readers: not kept on them, since what is handed over must not lead to its notes.
ASKED = weakref.WeakKeyDictionary()


class Reader(nn.Module):
    """Reads its ten logits off an image's first ten pixels, and notes how it was asked.

    The last pixel is the image's number in the set. In training mode `muddle` gives other logits.
    """

    def __init__(self, *, muddle=False):
        super().__init__()
        self.one = nn.Parameter(torch.ones(()))
        self.inner = nn.Identity()
        self.muddle = muddle
        ASKED[self] = []

    def __deepcopy__(self, memo):
        """Return a copy that notes in the same list: who works on a copy has asked, too."""
        copy = Reader(muddle=self.muddle).train(self.training)
        ASKED[copy] = ASKED[self]
        return copy

    def forward(self, x):
        expect.that(
            x.dim() != 3,
            f"the model was given images of shape {tuple(x.shape)}, without a batch dimension",
            "A model takes batches: a single image is one with a 1 in front, image[None].",
            mistake="no-batch-dimension",
        )
        pixels = x.flatten(start_dim=1)
        logits = pixels[:, :10] * self.one
        if self.muddle and self.training:
            logits = logits.roll(1, dims=1)
        indices = (pixels[:, -1] * 2048).round().long()
        asked = Asked(self.training, logits.requires_grad, indices, logits.detach().clone())
        ASKED[self].append(asked)
        return logits


def readable(targets, classes):
    """Return a set of images with these targets in which a Reader finds these classes."""
    images = torch.rand(len(targets), 1, 28, 28)
    images[:, 0, 0, :10] *= 0.8
    images[torch.arange(len(targets)), 0, 0, classes] = 0.9
    images[:, 0, 27, 27] = torch.arange(len(targets)) / 2048
    return Pairs(images, targets)


def others(targets):
    """Return wrong classes for these targets."""
    return (targets + torch.randint(1, 10, targets.shape)) % 10


class BestRows(TorchDispatchMode):
    """Notes when the largest number is sought along the images instead of along the digits."""

    def __init__(self, model):
        super().__init__()
        self.model, self.over_images, self.over_all = model, False, False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        seeks = (aten.argmax.default, aten.max.dim, aten.topk.default, aten.sort.default)
        if function in seeks and self.is_logits(args[0]):
            place = 2 if function is aten.topk.default else 1
            dim = args[place] if len(args) > place else kwargs.get("dim", None)
            if function is aten.argmax.default and dim is None:
                self.over_all = True
            self.over_images |= dim in (0, -2)
        return function(*args, **kwargs)

    def is_logits(self, tensor):
        logits = ASKED[self.model][-1].logits if ASKED[self.model] else None
        return logits is not None and len(logits) > 1 and torch.equal(tensor.detach(), logits)


def accuracy_of(exercise, model, pairs):
    """Return what test_accuracy returns for a Reader, once it looks for each image's digit."""
    rows = BestRows(model)
    try:
        with rows:
            accuracy = exercise.test_accuracy(model, pairs)
    finally:
        best_of_each_image(rows)
    return accuracy


def best_of_each_image(rows):
    """Fail if the digits were sought along the wrong dimension, which may raise an error, too."""
    expect.that(
        not rows.over_images,
        "test_accuracy looked for the best image for each digit",
        "The digits lie along dimension 1: argmax(dim=1).",
        mistake="argmax-over-batch",
    )
    expect.that(
        not rows.over_all,
        "test_accuracy looked for the largest of all logits of a batch",
        "argmax() without a dimension looks at all images at once: argmax(dim=1).",
        mistake="argmax-over-everything",
    )


def accuracy_near_misses(accuracy, model, pairs):
    """Return the mistakes that give just this accuracy, with the batches that were used."""
    _, targets = pairs[:]
    batches = [(targets[a.indices], a.logits.argmax(dim=1)) for a in ASKED[model]]
    matches = [(t == c).float() for t, c in batches]
    crossed = [(t[:, None] == c).double() for t, c in batches]
    right, n = sum(m.sum().item() for m in matches), len(targets)
    loaded = len(batches) * max(len(m) for m in matches)
    values = [
        ("count-instead-of-share", right, "That is how many are right: divide by how many."),
        ("percent-instead-of-share", 100 * right / n, "That is per cent: leave out the 100."),
        *(
            [("errors-instead-of-accuracy", 1 - right / n, "That is the share of the wrong ones.")]
            if 0 < right < n  # 0 and 1 come from many mistakes
            else []
        ),
        (
            "column-against-row",
            sum(m.sum().item() for m in crossed) / n,
            "Each class was compared with every target: (N, 1) == (N,) is an (N, N) table.",
        ),
        (
            "column-against-row",
            sum(m.mean().item() for m in crossed) / len(crossed),
            "Each class was compared with every target: (N, 1) == (N,) is an (N, N) table.",
        ),
        (
            "column-against-row",
            sum(m.mean().item() * len(m) for m in crossed) / n,
            "Each class was compared with every target: (N, 1) == (N,) is an (N, N) table.",
        ),
    ]
    values.append(
        (
            "divided-by-batches",
            right / len(batches),
            "That is how many are right in a batch: len(loader) counts batches, not images.",
        )
    )
    if len(batches) > 1:
        values += [
            (
                "mean-of-batch-means",
                sum(m.mean().item() for m in matches) / len(matches),
                "That is the mean over the batches: the short last one counts as much as a full "
                "one. Count images.",
            ),
            (
                "divided-by-full-batches",
                right / loaded,
                "The last batch is shorter than the others: count the images it really has.",
            ),
            ("only-one-batch", matches[-1].mean().item(), "That is the last batch alone."),
            ("only-one-batch", matches[-1].sum().item() / n, "That counts the last batch alone."),
            ("only-one-batch", matches[0].mean().item(), "That is the first batch alone."),
        ]
    values += [
        ("hard-coded-size", right / size, f"It is divided by {size}: take the size of test_set.")
        for size in (10_000, 360, 60_000)
    ]
    fitting = {}
    for mistake, value, advice in values:
        if math.isclose(value, accuracy, rel_tol=1e-6, abs_tol=1e-6):
            fitting[mistake] = (torch.tensor(value, dtype=torch.float64), advice)
    return fitting


def accuracy_is(expected, accuracy, model, pairs, because=""):
    seen = torch.cat([asked.indices for asked in ASKED[model]]) if ASKED[model] else torch.empty(0)
    expect.that(ASKED[model], "test_accuracy did not call the model", "Call it: model(images).")
    pixels = torch.cat([asked.logits for asked in ASKED[model]])
    same = bool((seen < len(pairs)).all() and (seen >= 0).all()) and torch.allclose(
        pixels, pairs[seen][0][:, 0, 0, :10], atol=1e-5
    )
    expect.that(
        same,
        "test_accuracy gave the model other images than those in test_set",
        "Hand them over as they are: a normalisation, if there is one, is the model's own.",
        mistake="images-changed",
    )
    missing = len(pairs) - len(seen.unique())
    near = {} if missing else accuracy_near_misses(accuracy, model, pairs)
    wrong = not math.isclose(accuracy, expected, abs_tol=1e-5)
    expect.that(
        not (missing and wrong),
        f"test_accuracy returned {accuracy:g}, expected {expected:g}: the model was not shown "
        f"{missing} of {len(pairs)} images",
        "Every image of test_set counts: does a loop end early, or is drop_last set?",
        mistake="images-left-out",
    )
    expect.close(
        torch.tensor(accuracy, dtype=torch.float64),
        torch.tensor(expected, dtype=torch.float64),
        tolerance=1e-5,
        call=f"test_accuracy(model, a set of {len(pairs)} images)",
        near_misses=near,
        because=because,
    )


def test_accuracy_is_the_share_that_is_right(exercise):
    targets, classes = torch.tensor([7, 2, 1, 0, 4]), torch.tensor([7, 2, 8, 0, 9])
    model, pairs = Reader().eval(), readable(targets, classes)

    accuracy = expect.a_float(accuracy_of(exercise, model, pairs))

    # 7, 2 and 0 are right, 8 and 9 are not: 3 of 5.
    accuracy_is(0.6, accuracy, model, pairs, because="3 of the 5 are right.")


@pytest.mark.parametrize("share", [1.0, 0.0], ids=["all right", "all wrong"])
def test_accuracy_of_a_model_that_is_always_right_or_always_wrong(exercise, share):
    targets = torch.randint(0, 10, (30,))
    model, pairs = Reader().eval(), readable(targets, targets if share else others(targets))

    accuracy = expect.a_float(accuracy_of(exercise, model, pairs))

    accuracy_is(share, accuracy, model, pairs)


def test_accuracy_counts_images_in_whatever_batches_they_come(exercise):
    """1,301 is a prime: the last batch is short, and the last images are harder than the first."""
    targets = torch.randint(0, 10, (1301,))
    easy = torch.rand(1301) < torch.where(torch.arange(1301) < 1000, 0.8, 0.2)
    easy[-1] = True  # with none right in the last batch two mistakes give the same number
    model, pairs = Reader().eval(), readable(targets, torch.where(easy, targets, others(targets)))

    accuracy = expect.a_float(accuracy_of(exercise, model, pairs))

    accuracy_is(easy.sum().item() / 1301, accuracy, model, pairs)


def test_accuracy_is_that_of_eval_mode(exercise):
    targets = torch.randint(0, 10, (30,))
    model = Reader(muddle=True).train()

    accuracy_of(exercise, model, readable(targets, targets))

    expect.that(
        not any(asked.training for asked in ASKED[model]),
        "test_accuracy ran the model in training mode",
        "Switch with model.eval() before calling it: dropout, for one, must not act now.",
        mistake="no-eval-mode",
    )


def test_accuracy_builds_no_graph(exercise):
    targets = torch.randint(0, 10, (30,))
    model = Reader()

    accuracy_of(exercise, model, readable(targets, targets))

    expect.that(
        torch.is_grad_enabled() and model.one.requires_grad,
        "after test_accuracy gradients are switched off, and nothing can be trained any more",
        "`with torch.no_grad():` is enough, and ends by itself.",
        mistake="gradients-left-off",
    )
    expect.that(
        not any(asked.graph for asked in ASKED[model]),
        "test_accuracy ran the model with gradients on",
        "Call the model inside `with torch.no_grad():`.",
        mistake="gradients-on",
    )


def test_accuracy_leaves_the_model_alone(exercise):
    targets = torch.randint(0, 10, (30,))
    model = Reader()
    model.one.grad = torch.ones(())

    accuracy_of(exercise, model, readable(targets, others(targets)))

    expect.that(
        model.one.item() == 1,
        "test_accuracy changed the model's weights",
        "A test only looks: no optimizer, no step. What has been trained on cannot test any more.",
        mistake="trained-on-the-test",
    )
    expect.that(
        model.one.grad is not None and model.one.grad.item() == 1,
        "test_accuracy changed the gradients that the model's parameters had",
        "Testing needs neither zero_grad nor backward.",
        mistake="argument-changed",
    )


@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_accuracy_puts_the_mode_back(exercise, training):
    targets = torch.randint(0, 10, (30,))
    model = Reader().train(training)

    accuracy_of(exercise, model, readable(targets, targets))

    modes = {True: "training", False: "eval"}
    expect.that(
        model.training is training,
        f"the model was in {modes[training]} mode, and test_accuracy left it in "
        f"{modes[not training]}",
        "Remember model.training before model.eval(), and give it to model.train(…) at the end.",
        mistake="mode-not-restored",
    )
    expect.that(
        model.inner.training is training,
        f"the model was in {modes[training]} mode, and test_accuracy left a layer inside it in "
        f"{modes[not training]} mode",
        "Use model.train(was_training): it reaches every layer, and setting model.training "
        "does not.",
        mistake="layers-left-out",
    )


class NeverArrived(BaseException):
    """Ends a call whose images did not reach the device of the model."""


class FarAway(nn.Module):
    """Has its parameters on the device meta, which every machine has, and notes what comes."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(10, 784, device="meta"))
        self.devices = []
        self.moves = []  # of this model; a copy has its own list

    def _apply(self, *args, **kwargs):  # what to(), cpu() and the like go through
        self.moves.append(args)
        return super()._apply(*args, **kwargs)

    def forward(self, x):
        self.devices.append(x.device.type)
        if x.device.type != "meta":
            raise NeverArrived
        return x.flatten(start_dim=1) @ self.weight.T


def far_away(exercise):
    """Return a model on meta, where images came to it, and the error that ended the call.

    There is one at the latest where a number is taken out: on meta there are none.
    """
    targets = torch.randint(0, 10, (30,))
    model, ended_by = FarAway(), None
    try:
        exercise.test_accuracy(model, readable(targets, targets))
    except NeverArrived:
        pass
    except Exception as error:
        if not model.devices and "meta tensor" not in str(error):
            raise
        ended_by = error
    return model, model.devices, ended_by


def test_accuracy_brings_the_images_to_the_models_parameters(exercise):
    model, devices, error = far_away(exercise)

    if error and not devices and "Cannot copy out of meta tensor" in str(error):
        raise Failure(
            "the model was on another device, and test_accuracy took "
            f"{'it' if model.moves else 'a copy of it'} away from there",
            "Leave the model where it is, and bring each batch to it: "
            "images.to(next(model.parameters()).device).",
            mistake="model-moved" if model.moves else "model-copied",
        ).with_traceback(error.__traceback__)
    expect.that(
        "cpu" not in devices,
        "the model's parameters were on another device, and test_accuracy gave it images on the "
        "CPU",
        "Move each batch before the call: images.to(next(model.parameters()).device).",
        mistake="images-not-moved",
    )


def test_accuracy_compares_classes_and_targets_in_one_place(exercise):
    _, _, error = far_away(exercise)

    if error and (OTHER_DEVICE.search(str(error)) or ONLY_ON_THE_CPU.search(str(error))):
        raise Failure(
            "the model's classes were on another device, and test_accuracy brought them together "
            "with what is on the CPU",
            "Bring the classes back before you compare them with the targets: "
            "model(…).argmax(dim=1).cpu(). Or bring the targets to the device as well.",
            mistake="device-mismatch",
        ).with_traceback(error.__traceback__)


# ---- record_accuracy


def record(exercise, path, accuracy, **details):
    """Call record_accuracy, and say what it means when the folder is the trouble."""
    try:
        exercise.record_accuracy(path, accuracy, **details)
    except FileNotFoundError as error:
        advice, mistake = (
            "Make the folder first, with those above it: "
            "path.parent.mkdir(parents=True, exist_ok=True).",
            "folder-not-made",
        )
        if path.parent.is_dir():
            advice, mistake = (
                "The folder is there; the file is not, the first time. Ask path.exists() before "
                'you read it; open(path, "a") makes it.',
                "file-not-there",
            )
        raise Failure(
            f"record_accuracy raised FileNotFoundError: {error}", advice, mistake=mistake
        ).with_traceback(error.__traceback__) from None
    except FileExistsError as error:
        advice, mistake = (
            "The folder may be there already: mkdir(…, exist_ok=True).",
            "folder-already-there",
        )
        if str(error.filename) == str(path):
            advice, mistake = (
                'The file may be there already, with other results: open(path, "a") goes on at '
                "its end.",
                "file-already-there",
            )
        raise Failure(
            f"record_accuracy raised FileExistsError: {error}", advice, mistake=mistake
        ).with_traceback(error.__traceback__) from None
    except UnicodeError as error:
        raise Failure(
            f"record_accuracy raised {type(error).__name__}: {error}",
            'The file is text in UTF-8: open it with encoding="utf-8".',
            mistake="wrong-encoding",
        ).with_traceback(error.__traceback__) from None


def text_in(path):
    if not path.is_file():
        return ""
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except UnicodeError as error:
        raise Failure(
            f"what record_accuracy wrote is no text in UTF-8: {error}",
            'Open the file with encoding="utf-8", or leave ensure_ascii=False out.',
            mistake="wrong-encoding",
        ) from None


def lines_of(path, *, held=""):
    """Return the objects in a file of records, one a line; `held` is what it began with."""
    text = text_in(path)
    expect.that(
        text != held,
        "record_accuracy wrote nothing into the file at the path that it was given",
        "Open path itself, and write into that: the caller decides where the record is.",
        mistake="nothing-recorded",
    )
    old, new = held.partition("\n")[0], text.partition("\n")[0]
    expect.that(
        old == new or as_json(old) is None or as_json(old) != as_json(new),
        f"record_accuracy wrote a line that was there in another way: {shortened(old)} became "
        f"{shortened(new)}",
        'Leave the old lines alone: open the file with the mode "a", and write the new one only.',
        mistake="old-lines-rewritten",
    )
    expect.that(
        text.startswith(held),
        "record_accuracy did not keep what the file held before",
        'Append: open the file with the mode "a". The mode "w" empties it.',
        mistake="record-overwritten",
    )
    lines = text.removesuffix("\n").split("\n")
    expect.that(
        all(line.strip() for line in lines),
        f"the file has an empty line: {shortened(text)}",
        "One line a record, and nothing between them: a newline is missing only where the last "
        "line has none.",
        mistake="empty-line",
    )
    return [parsed(line, text) for line in lines]


def parsed(line, text):
    try:
        value = json.loads(line)
    except ValueError:
        whole = as_json(text)
        expect.that(
            not isinstance(whole, dict | list),
            f"the record goes over several lines: {shortened(text)}",
            "One record, one line: json.dumps(record) without indent.",
            mistake="several-lines",
        )
        expect.that(
            not re.search(r"\}\s*\{", line),
            f"two records are on one line: {shortened(line)}",
            "End the record with a newline; and if the last line of the file has none, begin with "
            "one.",
            mistake="records-on-one-line",
        )
        with contextlib.suppress(ValueError, SyntaxError):
            if isinstance(ast.literal_eval(line), dict):
                expect.fail(
                    f"the record is Python and not JSON: {shortened(line)}",
                    "json.dumps(record) writes JSON: str(record) has single quotes.",
                    mistake="python-instead-of-json",
                )
        expect.that(
            as_json(line.rstrip(", ")) is None,
            f"this line is not JSON: {shortened(line)}",
            "The record is, the comma after it is not: write json.dumps(record) and a newline.",
            mistake="comma-after-record",
        )
        expect.that(
            not line.startswith("\ufeff"),
            f"this line is not JSON: {shortened(line)}",
            'A byte order mark stands before the record: open the file with encoding="utf-8".',
            mistake="byte-order-mark",
        )
        expect.fail(f"this line is not JSON: {shortened(line)}", "json.dumps makes JSON.")
    expect.that(
        isinstance(value, dict),
        f"the record is {shortened(line)}, expected an object, {{…}}",
        "Make a dict of the names and values, and json.dumps(…) of that.",
        mistake="not-an-object",
    )
    return value


def as_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def shortened(text):
    return repr(text) if len(text) < 160 else repr(text[:160]) + " …"


def the_accuracy_in(entry, expected):
    expect.that(
        "accuracy" in entry,
        f'the record has no "accuracy", only {sorted(entry)}',
        "That is the name to keep it under.",
        mistake="accuracy-missing",
    )
    value = entry["accuracy"]
    expect.that(
        not isinstance(value, str),
        f"the accuracy is recorded as text, {value!r}",
        f"Record the number, {expected}: nobody can compute with text.",
        mistake="accuracy-as-text",
    )
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    expect.that(
        not (is_number and math.isclose(value, 100 * expected, rel_tol=1e-3)),
        f"the accuracy is recorded as {value}, expected {expected}",
        "That is per cent: record the share as it is.",
        mistake="percent-instead-of-share",
    )
    expect.that(
        is_number and math.isclose(value, expected, abs_tol=1e-6),
        f"the accuracy is recorded as {value!r}, expected {expected}",
        "Record the number as it was given.",
    )


def test_record_is_a_line_of_json_with_the_accuracy(exercise, tmp_path):
    path = tmp_path / "day14.jsonl"

    record(exercise, path, 0.9725)

    entries = lines_of(path)
    expect.equal(len(entries), 1, call="record_accuracy, called once: the number of lines")
    the_accuracy_in(entries[0], 0.9725)


@pytest.mark.parametrize("folder", ["records", "course/records"], ids=["one", "two"])
def test_record_makes_the_folder(exercise, tmp_path, folder):
    path = tmp_path / folder / "accuracies.txt"

    record(exercise, path, 0.9725)

    the_accuracy_in(lines_of(path)[0], 0.9725)


def test_record_keeps_what_was_there(exercise, tmp_path):
    path = tmp_path / "records" / "day14.jsonl"

    record(exercise, path, 0.9125)
    held = text_in(path)
    record(exercise, path, 0.9725)

    entries = lines_of(path, held=held)
    expect.equal(len(entries), 2, call="record_accuracy, called twice: the number of lines")
    the_accuracy_in(entries[0], 0.9125)
    the_accuracy_in(entries[1], 0.9725)


@pytest.mark.parametrize("end", ["\n", ""], ids=["newline", "no newline"])
def test_record_goes_below_lines_that_others_wrote(exercise, tmp_path, end):
    path = tmp_path / "day14.jsonl"
    held = '{"by":"Zoë", "accuracy": 0.50}' + end
    path.write_bytes(held.encode())

    record(exercise, path, 0.9725)

    entries = lines_of(path, held=held)
    expect.equal(len(entries), 2, call="record_accuracy below one line: the number of lines")
    expect.equal(entries[0], {"accuracy": 0.5, "by": "Zoë"}, call="the line that was there")
    the_accuracy_in(entries[1], 0.9725)


def test_record_goes_into_an_empty_file(exercise, tmp_path):
    path = tmp_path / "day14.jsonl"
    path.touch()

    record(exercise, path, 0.9725)

    the_accuracy_in(lines_of(path)[0], 0.9725)


@pytest.fixture
def far_from_greenwich(monkeypatch):
    """Let the local time be five and a half hours ahead of UTC, where the system can do so."""
    if hasattr(clock, "tzset"):
        monkeypatch.setenv("TZ", "IST-5:30")
        clock.tzset()
        yield
        monkeypatch.undo()
        clock.tzset()
    else:
        yield


@pytest.mark.usefixtures("far_from_greenwich")
def test_record_says_when(exercise, tmp_path):
    path = tmp_path / "day14.jsonl"

    record(exercise, path, 0.9725)

    when = lines_of(path)[0].get("recorded_at")
    expect.that(
        when is not None,
        'the record does not say when: it has no "recorded_at"',
        "datetime.now().astimezone().isoformat() is the time to keep under that name.",
        mistake="time-missing",
    )
    try:
        time = datetime.fromisoformat(when)
    except (TypeError, ValueError):
        expect.fail(
            f'"recorded_at" is {when!r}, which is no ISO time',
            "datetime.now().astimezone().isoformat() gives one, such as 2026-11-22T09:30:00+01:00.",
            mistake="not-an-iso-time",
        )
    expect.that(
        not is_date(when),
        f'"recorded_at" is {when!r}, a date without a time',
        "datetime.now(), not date.today(): there may be several records a day.",
        mistake="date-without-time",
    )
    now = datetime.now(time.tzinfo)
    here = datetime.now()
    offset = here.astimezone().utcoffset()
    is_off_by_the_zone = offset and abs(abs(now - time) - offset) < timedelta(minutes=5)
    as_if_here = abs(time.replace(tzinfo=None) - here) < timedelta(minutes=5) < abs(now - time)
    expect.that(
        not time.tzinfo or not (as_if_here or is_off_by_the_zone),
        f'"recorded_at" is {when!r}, and it is {now.isoformat(timespec="seconds")} now',
        "That is the time here, said to be that of another zone: datetime.now().astimezone() has "
        "both right.",
        mistake="wrong-zone",
    )
    expect.that(
        abs(now - time) < (timedelta(minutes=5) if time.tzinfo else timedelta(hours=15)),
        f'"recorded_at" is {when!r}, and it is {now.isoformat(timespec="seconds")} now',
        "Take the time when the function is called.",
        mistake="wrong-time",
    )
    expect.that(
        time.tzinfo is not None,
        f'"recorded_at" is {when!r}, which does not say in which time zone',
        "Elsewhere it is another time now: datetime.now().astimezone().isoformat() says where.",
        mistake="time-without-zone",
    )
    clock.sleep(0.01)
    held = text_in(path)
    record(exercise, path, 0.9725)
    expect.that(
        "." not in when or lines_of(path, held=held)[1].get("recorded_at") != when,
        f'two records in a row have the very same "recorded_at", {when!r}',
        "Take the time inside the function: what is made as the file is loaded, and so the default "
        "value of a parameter, is made only once.",
        mistake="wrong-time",
    )


def is_date(text):
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def test_record_keeps_the_details(exercise, tmp_path):
    path = tmp_path / "day14.jsonl"
    details = {
        "epochs": 5,
        "lr": 0.1,
        "layers": [784, 256, 10],
        "shuffled": True,
        "note": 'Zoë: "nine of ten",\nat last',
    }

    record(exercise, path, 0.9725, **details)

    (entry,) = lines_of(path)
    the_accuracy_in(entry, 0.9725)
    nested = [value for value in entry.values() if isinstance(value, dict)]
    expect.that(
        details not in nested,
        "the details are recorded in an object of their own",
        "Put each beside the accuracy, under its own name: {…, **details}.",
        mistake="details-nested",
    )
    for name, value in details.items():
        expect.that(
            name in entry,
            f"record_accuracy(…, {name}={value!r}) left {name} out of the record",
            "Each of the details belongs into it: {…, **details}.",
            mistake="details-lost",
        )
        expect.that(
            type(entry[name]) is type(value) and entry[name] == value,
            f"record_accuracy(…, {name}={value!r}) recorded {entry[name]!r}",
            "Give the values to json.dumps as they are.",
            mistake="details-changed",
        )


def test_record_never_holds_the_accuracy_as_text(exercise, tmp_path):
    """A tensor may be refused, since it is no float; if it is not, its number is what counts."""
    path = tmp_path / "day14.jsonl"

    try:
        record(exercise, path, torch.tensor(0.75))
    except (TypeError, ValueError, AssertionError):
        return

    the_accuracy_in(lines_of(path)[0], 0.75)


# ---- stretch


@pytest.mark.stretch("confusion_matrix")
def test_confusion_matrix_counts_true_digits_in_rows(exercise):
    """Eleven images, so that each cell can be counted by hand."""
    targets = torch.tensor([0, 1, 1, 2, 2, 2, 4, 4, 9, 9, 9])
    classes = torch.tensor([0, 1, 7, 2, 2, 3, 9, 9, 9, 4, 9])
    model = Reader().eval()

    matrix = exercise.confusion_matrix(model, readable(targets, classes))

    expected = torch.zeros(10, 10, dtype=torch.int64)
    for true, predicted, count in [
        (0, 0, 1), (1, 1, 1), (1, 7, 1), (2, 2, 2), (2, 3, 1), (4, 9, 2), (9, 9, 2), (9, 4, 1)
    ]:  # fmt: skip
        expected[true, predicted] = count
    expect.close(matrix, expected, near_misses=matrix_near_misses(expected))


def matrix_near_misses(right):
    counts = right.double()
    transposed = "A row is a true digit, a column a predicted one: matrix[target, prediction]."
    shares = "Count: the entries are numbers of images, int64."
    return {
        "rows-are-predictions": (right.T, transposed),
        "shares-instead-of-counts": (counts / counts.sum(dim=1, keepdim=True), shares),
        "repeats-counted-once": (
            right.clamp(max=1),
            "matrix[targets, classes] += 1 counts a cell once, however often it is listed: use a "
            "loop, bincount or index_put_ with accumulate.",
        ),
        "counts-overflow": (
            right % 256,
            "A uint8 counts to 255 and begins again at 0: count in int64.",
        ),
    }


@pytest.mark.stretch("confusion_matrix")
def test_confusion_matrix_counts_every_image(exercise):
    targets, classes = torch.randint(0, 10, (2, 701))
    targets[:300], classes[:300] = 3, 8  # more in one cell than a byte can count
    model = Reader().eval()

    matrix = exercise.confusion_matrix(model, readable(targets, classes))

    expected = torch.tensor(
        [[((targets == i) & (classes == j)).sum().item() for j in range(10)] for i in range(10)]
    )
    expect.close(matrix, expected, near_misses=matrix_near_misses(expected))


@pytest.mark.stretch("confusion_matrix")
def test_confusion_matrix_is_ten_by_ten_even_if_digits_are_missing(exercise):
    targets, classes = torch.tensor([3, 3, 5]), torch.tensor([3, 5, 5])
    model = Reader().eval()

    matrix = exercise.confusion_matrix(model, readable(targets, classes))

    expected = torch.zeros(10, 10, dtype=torch.int64)
    expected[3, 3] = expected[3, 5] = expected[5, 5] = 1
    small = "It is always 10 by 10: digits that do not occur have a row of zeros."
    expect.close(
        matrix,
        expected,
        near_misses={
            "missing-digits-left-out": (expected[[3, 5]][:, [3, 5]], small),
            "too-few-digits": (expected[:6, :6], small),
        },
    )


@pytest.mark.stretch("confusion_matrix")
def test_confusion_matrix_is_that_of_eval_mode(exercise):
    targets = torch.randint(0, 10, (30,))
    model = Reader(muddle=True).train()

    exercise.confusion_matrix(model, readable(targets, targets))

    expect.that(
        not any(asked.training for asked in ASKED[model]),
        "confusion_matrix ran the model in training mode",
        "Switch with model.eval() before calling it: dropout, for one, must not act now.",
        mistake="no-eval-mode",
    )


def picture_in(ax):
    """Return the pixels that axes show, (28, 28), as they are seen, or None."""
    for artist in [*ax.images, *ax.collections]:
        pixels = artist.get_array() if artist.get_visible() else None
        pixels = None if pixels is None else np.ma.filled(np.ma.asarray(pixels, dtype=float), 0)
        if pixels is None or 784 not in (pixels.size, math.prod(pixels.shape[:2])):
            continue
        expect.that(
            pixels.shape[:2] == (28, 28) or pixels.ndim == 1,
            f"plot_mistakes shows a picture of {pixels.shape[0]} by {pixels.shape[1]} pixels",
            "An image has 28 rows of 28 pixels: squeeze() leaves them as they are.",
            mistake="image-reshaped",
        )
        check_contrast(artist)
        if pixels.ndim == 3:
            pixels = pixels[..., :3].mean(axis=-1)
        return turned(ax, artist, pixels.reshape(28, 28))
    return None


def check_contrast(artist):
    """Fail if every pixel looks like every other one."""
    values = artist.get_array()
    colours = values if values.ndim == 3 else artist.to_rgba(values).reshape(784, 4)
    colours = np.asarray(colours, dtype=float)
    colours = colours.reshape(784, -1)
    opacity = 1.0 if artist.get_alpha() is None else np.max(artist.get_alpha())
    scale = 255 if colours.max() > 1 else 1
    expect.that(
        np.ptp(colours[:, :3], axis=0).max() * opacity > 0.05 * scale,
        "plot_mistakes shows a picture in which all pixels look the same",
        "Leave vmin, vmax and alpha out, or remember that the pixels go from 0 to 1.",
        mistake="nothing-to-see",
    )


def turned(ax, artist, pixels):
    """Return the pixels with the row that is seen at the top first, and its left end first."""
    if hasattr(artist, "get_extent"):
        left, right, bottom, top = artist.get_extent()
        rows = (top, bottom) if artist.origin == "upper" else (bottom, top)
        corners = [(left, rows[0]), (right, rows[1])]
    elif hasattr(artist, "get_coordinates"):  # a mesh
        corners = [artist.get_coordinates()[place] for place in ((0, 0), (-1, -1))]
    else:
        return pixels
    (left, top), (right, bottom) = ax.transData.transform(corners)
    return pixels[:: 1 if top > bottom else -1, :: 1 if left < right else -1]


def which(pixels, images):
    """Return the index of the image that these pixels show, in whatever colours, or None."""
    flat = images.flatten(start_dim=1).double()
    shown = torch.from_numpy(np.ascontiguousarray(pixels)).flatten()
    matches = torch.corrcoef(torch.cat([shown[None], flat]))[0, 1:].abs() > 0.99
    return int(matches.nonzero()[0]) if matches.any() else None


def title_of(ax):
    return "".join(ax.get_title(place) for place in ("left", "center", "right"))


def is_off(ax):
    return not (ax.axison and ax.get_visible() and ax.figure is not None and ax in ax.figure.axes)


ROOM = {
    "2 x 3": lambda axes: axes,
    "2 x 1": lambda axes: axes[:, :1],
    "a row": lambda axes: axes[0],
    "a list": lambda axes: list(axes.flat)[:4],
}


def six_axes():
    """Return six axes, while others are the current ones."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(2, 3)
    _, elsewhere = plt.subplots()
    return axes, elsewhere


def check_mistakes(axes, elsewhere, pairs, classes):
    """Check what is on the axes: as many mistakes as fit, each with its title."""
    images, targets = pairs[:]
    pictures = [picture_in(ax) for ax in axes]
    wrong = (targets != classes).nonzero().flatten().tolist()
    expect.that(
        picture_in(elsewhere) is None,
        "plot_mistakes drew on axes that it was not given",
        "Draw with ax.imshow(…) on each of axes: plt.imshow draws on those made last.",
        mistake="drawn-elsewhere",
    )
    indices = [None if pixels is None else which(pixels, images) for pixels in pictures]
    for pixels, index in zip(pictures, indices, strict=True):
        if pixels is None or index is not None:
            continue
        expect.that(
            which(pixels.T, images) is None,
            "plot_mistakes shows an image with rows and columns exchanged",
            "image[0] or image.squeeze() is (28, 28), as imshow wants it: no transpose.",
            mistake="image-transposed",
        )
        expect.that(
            which(np.flipud(pixels), images) is None,
            "plot_mistakes shows an image upside down",
            "imshow has the first row at the top, unless origin is another or the axis is "
            "inverted; in pcolormesh it is at the bottom.",
            mistake="image-upside-down",
        )
        expect.fail("plot_mistakes shows a picture that is no image of test_set")
    found = [index for index in indices if index is not None]
    fits = min(len(axes), len(wrong))
    expect.that(
        not [index for index in found if index not in wrong],
        "plot_mistakes shows an image that the model got right",
        "Only those where the predicted class differs from the target.",
        mistake="right-ones-shown",
    )
    expect.that(
        len(set(found)) == len(found),
        "plot_mistakes shows the same image twice",
        "Each of the axes gets another mistake.",
        mistake="shown-twice",
    )
    expect.that(
        len(found) == fits,
        f"plot_mistakes shows {len(found)} images for {len(wrong)} mistakes and {len(axes)} axes, "
        f"expected {fits}",
        "One mistake on each of the axes, as long as there are both.",
    )
    for ax, index in zip(axes, indices, strict=True):
        if index is not None:
            check_title(title_of(ax), int(targets[index]), int(classes[index]))


def check_title(title, true, predicted):
    written = "".join(title.split())
    headline = (
        f"a {true} taken for a {predicted} is titled {title!r}, expected '{true} → {predicted}'"
    )
    for mistake, text, advice in [
        ("title-reversed", f"{predicted}→{true}", "The true digit comes first."),
        ("title-missing", "", "Give it one: ax.set_title(…)."),
        ("other-arrow", f"{true}->{predicted}", "The arrow is one character: →, or \\u2192."),
        (
            "tensor-in-title",
            f"tensor({true})→tensor({predicted})",
            "Take the numbers out of the tensors with .item(), or put them into an f-string.",
        ),
    ]:
        expect.that(written != text, headline, advice, mistake=mistake)
    expect.that(written == f"{true}→{predicted}", headline)


@pytest.mark.stretch("plot_mistakes")
@pytest.mark.parametrize("room", ROOM)
def test_mistakes_are_shown_on_axes_of_any_shape(exercise, room):
    targets = torch.randint(0, 10, (200,))  # several batches, and mistakes in each
    classes = torch.where(torch.arange(200) % 17 == 9, others(targets), targets)
    model, pairs = Reader().eval(), readable(targets, classes)
    every, elsewhere = six_axes()
    axes = ROOM[room](every)

    exercise.plot_mistakes(model, pairs, axes)

    if room == next(iter(ROOM)):
        from kata import figures

        figures.save(every.flat[0].figure, 14, "plot_mistakes")
    check_mistakes(list(np.ravel(axes)), elsewhere, pairs, classes)


@pytest.mark.stretch("plot_mistakes")
@pytest.mark.parametrize("count", [4, 0], ids=["four mistakes", "none"])
def test_spare_axes_are_switched_off(exercise, count):
    targets = torch.randint(0, 10, (40,))
    classes = torch.where(torch.arange(40) < 36 + 4 - count, targets, others(targets))
    model, pairs = Reader().eval(), readable(targets, classes)
    axes, elsewhere = six_axes()

    exercise.plot_mistakes(model, pairs, axes)

    check_mistakes(list(axes.flat), elsewhere, pairs, classes)
    spare = [ax for ax in axes.flat if picture_in(ax) is None]
    expect.that(
        all(is_off(ax) for ax in spare),
        f"of six axes and {count} mistakes, some axes without an image are left switched on",
        'Switch those off that are left over: ax.axis("off").',
        mistake="spare-axes-on",
    )
    expect.that(
        not any(title_of(ax) for ax in spare),
        "axes without an image have a title",
        "Leave them empty.",
    )


@pytest.mark.stretch("plot_mistakes")
def test_mistakes_are_those_of_eval_mode(exercise):
    targets = torch.randint(0, 10, (30,))
    model = Reader(muddle=True).train()
    axes, _ = six_axes()

    exercise.plot_mistakes(model, readable(targets, others(targets)), axes)

    expect.that(
        not any(asked.training for asked in ASKED[model]),
        "plot_mistakes ran the model in training mode",
        "Switch with model.eval() before calling it: dropout, for one, must not act now.",
        mistake="no-eval-mode",
    )
