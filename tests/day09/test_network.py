"""Day 9: what a network with one hidden layer must do."""

import itertools

import pytest
import torch
from torch import nn

from kata import expect


def relu(x):
    return x * (x > 0)


def linear(x, weight, bias):
    return x @ weight.T + bias


def weights(inputs, hidden, classes):
    return (
        torch.randn(hidden, inputs),
        torch.randn(hidden),
        torch.randn(classes, hidden),
        torch.randn(classes),
    )


def by_hand_near_misses(x, w1, b1, w2, b2):
    hidden = linear(x, w1, b1)
    right = linear(relu(hidden), w2, b2)
    return {
        "no-activation": (
            linear(hidden, w2, b2),
            "There is no ReLU: without one between them, two layers are only one.",
        ),
        "relu-on-logits": (
            relu(right),
            "The ReLU belongs between the layers only: the logits may be negative.",
        ),
        "relu-on-logits-only": (
            relu(linear(hidden, w2, b2)),
            "The ReLU belongs between the two layers, not after the second.",
        ),
        "softmax-in-forward": (
            right.softmax(dim=1),
            "Return the logits as they are, without softmax: the loss function does the rest.",
        ),
        "log-softmax-in-forward": (
            right.log_softmax(dim=1),
            "Return the logits as they are, without log-softmax: the loss function does the rest.",
        ),
        "bias-forgotten": (
            relu(x @ w1.T) @ w2.T,
            "Both biases are missing: each layer adds its own.",
        ),
        "first-bias-forgotten": (
            linear(relu(x @ w1.T), w2, b2),
            "The bias of the first layer is missing: b1 is added before the ReLU.",
        ),
        "second-bias-forgotten": (
            relu(hidden) @ w2.T,
            "The bias of the second layer is missing: b2 is added last.",
        ),
        "bias-after-activation": (
            linear(relu(x @ w1.T) + b1, w2, b2),
            "b1 is added before the ReLU, not after it.",
        ),
    }


def test_forward_by_hand_of_two_small_numbers(exercise):
    x = torch.tensor([[1.0, 2.0]])
    w1, b1 = torch.tensor([[1.0, 1.0], [-1.0, 0.0], [0.0, 0.0]]), torch.tensor([0.0, 0.0, -1.0])
    w2, b2 = torch.tensor([[1.0, 1.0, 1.0], [-2.0, 1.0, 1.0]]), torch.tensor([0.5, 0.0])

    logits = exercise.forward_by_hand(x, w1, b1, w2, b2)

    # Hidden units: 1 + 2 = 3, -1 and -1; after ReLU 3, 0 and 0. Then 3 + 0.5 and -2 · 3.
    expect.close(
        logits,
        torch.tensor([[3.5, -6.0]]),
        near_misses=by_hand_near_misses(x, w1, b1, w2, b2),
        because="The hidden units are 3, -1 and -1: ReLU makes them 3, 0 and 0.",
    )


def test_forward_by_hand_answers_to_its_input(exercise):
    parameters = weights(inputs=4, hidden=5, classes=3)

    x = torch.randn(2, 4)
    one, again = (exercise.forward_by_hand(x, *parameters) for _ in range(2))
    other = exercise.forward_by_hand(torch.randn(2, 4), *parameters)

    expect.close(again, expect.a_tensor(one).detach(), because="The same input was given twice.")
    expect.that(
        not torch.equal(one.nan_to_num(), expect.a_tensor(other).nan_to_num()),
        "forward_by_hand returned the same for two different inputs",
        "Compute the answer from x and the weights: the tests draw new ones each time.",
        mistake="constant-answer",
    )


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_forward_by_hand_of_any_batch(exercise, batch):
    x, parameters = torch.randn(batch, 4), weights(inputs=4, hidden=5, classes=3)

    logits = exercise.forward_by_hand(x, *parameters)

    expect.close(
        logits,
        nn.functional.linear(nn.functional.linear(x, *parameters[:2]).relu(), *parameters[2:]),
        near_misses=by_hand_near_misses(x, *parameters),
    )


def test_forward_by_hand_keeps_the_graph(exercise):
    x = torch.randn(3, 4)
    parameters = w1, b1, w2, b2 = weights(inputs=4, hidden=5, classes=2)
    for parameter in parameters:
        parameter.requires_grad_()

    logits = exercise.forward_by_hand(x, *parameters)

    expect.close(logits, nn.functional.linear((x @ w1.T + b1).relu(), w2, b2))
    expect.keeps_graph(logits)


def test_forward_by_hand_leaves_its_arguments_alone(exercise):
    arguments = (torch.randn(3, 4), *weights(inputs=4, hidden=5, classes=2))
    before = [argument.clone() for argument in arguments]

    exercise.forward_by_hand(*arguments)

    for name, argument, copy in zip(["x", "w1", "b1", "w2", "b2"], arguments, before, strict=True):
        expect.unchanged(copy, argument, argument=name, function="forward_by_hand")


def parameters_of(net):
    """Return the parameters that are registered, whatever the class says of itself."""
    return dict(nn.Module.named_parameters(net))


def network(exercise, inputs=4, hidden=5, classes=3, *, drawn=True):
    """Return a learner's network and its w1, b1, w2, b2, whatever the layers are called.

    They are drawn afresh, so that no answer fits by being small; else they are the learner's own.
    """
    net = exercise.OneHiddenLayerNet(inputs, hidden, classes)
    call = f"OneHiddenLayerNet({inputs}, {hidden}, {classes})"
    expect.that(
        isinstance(net, nn.Module),
        f"{call} is a {type(net).__name__}, expected a network",
        "OneHiddenLayerNet is a class that inherits from nn.Module: keep the class line as it was.",
        mistake="not-a-module",
    )
    parameters = parameters_of(net).values()
    shapes = sorted(tuple(parameter.shape) for parameter in parameters)
    wanted = [(hidden, inputs), (hidden,), (classes, hidden), (classes,)]
    expect.that(
        shapes,
        f"{call} has no parameters",
        "Make the layers attributes, self.layer = nn.Linear(…): a module does not look into lists.",
        mistake="layers-not-registered",
    )
    expect.that(
        shapes != sorted(wanted[::2]),
        f"{call} has no biases",
        "Both layers have one; nn.Linear makes it unless bias=False says otherwise.",
        mistake="bias-forgotten",
    )
    expect.that(
        shapes == sorted(wanted),
        f"{call} has parameters of shapes {shapes}, expected {sorted(wanted)}",
        "Two layers with biases, in_features → hidden → classes, of exactly the sizes given.",
        mistake="wrong-layers",
    )
    found = {tuple(parameter.shape): parameter.detach() for parameter in parameters}
    for values in found.values():
        if drawn:
            values.copy_(torch.randn(values.shape))
    return net, [found[shape] for shape in wanted]


def test_network_is_a_module_with_two_layers(exercise):
    network(exercise, inputs=6, hidden=5, classes=2)


def test_network_has_the_sizes_of_mnist_by_default(exercise):
    net = exercise.OneHiddenLayerNet()

    count = sum(parameter.numel() for parameter in parameters_of(net).values())

    expect.that(
        count == 784 * 128 + 128 + 128 * 10 + 10,
        f"OneHiddenLayerNet() has {count:,} parameters, expected 101,770",
        "Keep the defaults in_features=784, hidden=128, classes=10, and use all three.",
    )


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_network_computes_what_forward_by_hand_does(exercise, batch):
    net, (w1, b1, w2, b2) = network(exercise)
    x = torch.randn(batch, 4)

    logits = net(x)

    expect.close(
        logits,
        nn.functional.linear(nn.functional.linear(x, w1, b1).relu(), w2, b2),
        call=f"OneHiddenLayerNet(4, 5, 3)(x ({batch}, 4))",
        near_misses=by_hand_near_misses(x, w1, b1, w2, b2)
        | {
            "sigmoid-for-relu": (
                linear(linear(x, w1, b1).sigmoid(), w2, b2),
                "There is a sigmoid between the layers: today it is ReLU.",
            ),
            "tanh-for-relu": (
                linear(linear(x, w1, b1).tanh(), w2, b2),
                "There is a tanh between the layers: today it is ReLU.",
            ),
        },
    )


@pytest.mark.parametrize("batch", [1, 3])
def test_network_flattens_images_and_keeps_the_batch(exercise, batch):
    net, (w1, b1, w2, b2) = network(exercise, inputs=12)
    images = torch.randn(batch, 1, 4, 3)

    logits = net(images)

    call = f"OneHiddenLayerNet(12, 5, 3)(x ({batch}, 1, 4, 3))"
    expect.that(
        getattr(logits, "shape", None) != (3,),
        f"{call} returned a tensor of shape (3,), expected shape ({batch}, 3)",
        "The batch dimension is lost: flatten from dimension 1 on, x.flatten(start_dim=1).",
        mistake="batch-flattened",
    )
    x = images.flatten(start_dim=1)
    expect.close(
        logits,
        nn.functional.linear(nn.functional.linear(x, w1, b1).relu(), w2, b2),
        call=call,
        near_misses=by_hand_near_misses(x, w1, b1, w2, b2),
    )


def test_network_starts_with_random_weights(exercise):
    _, first = network(exercise, drawn=False)
    _, second = network(exercise, drawn=False)

    for name, one, other in zip(["w1", "b1", "w2", "b2"], first, second, strict=True):
        expect.that(
            not torch.equal(one, other),
            f"two new networks have the same {name}",
            "Leave the weights as nn.Linear makes them: random, so that the hidden units differ, "
            "and set no seed inside the class.",
            mistake="constant-weights",
        )


def test_network_passes_gradients_to_every_parameter(exercise):
    net, _ = network(exercise)
    x = torch.randn(8, 4)

    logits = net(x)

    logits = expect.keeps_graph(logits, call="OneHiddenLayerNet(4, 5, 3)(x (8, 4))")
    (logits * torch.randn(logits.shape)).sum().backward()
    for name, parameter in parameters_of(net).items():
        expect.that(
            parameter.grad is not None and parameter.grad.any(),
            f"no gradient reaches {name}",
            "Something between this layer and the result cuts the graph: .detach(), no_grad or "
            "torch.tensor(…). Or is the layer not used at all?",
            mistake="graph-lost",
        )


def test_network_leaves_its_input_alone(exercise):
    net, _ = network(exercise)
    x = torch.randn(3, 4)
    before = x.clone()

    net(x)

    expect.unchanged(before, x, argument="x", function="OneHiddenLayerNet.forward")


class Watched(nn.Module):
    """Logits that are given, and a note of the mode and grad mode in which they were asked for."""

    def __init__(self, logits):
        super().__init__()
        self.logits, self.seen = nn.Parameter(logits), []

    def forward(self, x):
        self.seen.append((self.training, torch.is_grad_enabled()))
        return self.logits[: len(x)] + 0 * x.sum()


def predict_near_misses(logits):
    return {
        "argmax-over-batch": (
            logits.argmax(dim=0),
            "That is the best row for each class. The classes lie along dimension 1.",
        ),
        "argmax-over-everything": (
            logits.argmax(),
            "argmax() without a dimension looks at all rows at once: the classes lie along 1.",
        ),
        "largest-value": (
            logits.max(dim=1).values,
            "Those are the largest logits. Asked for is where they stand: argmax.",
        ),
        "probabilities": (logits.softmax(dim=1), "Return the class, not the probabilities."),
        "keepdim": (
            logits.argmax(dim=1, keepdim=True),
            "One number a row is asked for, shape (N,): leave out keepdim.",
        ),
    }


def test_predict_returns_the_most_likely_class_of_each_row(exercise):
    logits = torch.tensor([[0.1, 2.0, -1.0, 0.0], [3.0, 0.0, 0.0, 0.0], [-3.0, -2.0, -9.0, -1.0]])

    classes = exercise.predict(nn.Identity(), logits)

    expect.close(classes, torch.tensor([1, 0, 3]), near_misses=predict_near_misses(logits))


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_predict_takes_any_batch(exercise, batch):
    logits = torch.randn(batch, 5)

    classes = exercise.predict(nn.Identity(), logits)

    expect.close(classes, logits.max(dim=1).indices, near_misses=predict_near_misses(logits))


def test_predict_works_on_images(exercise):
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 5))
    images = torch.randn(6, 1, 4, 3)
    logits = model(images).detach()

    classes = exercise.predict(model, images)

    expect.close(classes, logits.max(dim=1).indices, near_misses=predict_near_misses(logits))


def test_predict_runs_in_eval_mode(exercise):
    model = Watched(torch.randn(3, 4)).train()

    exercise.predict(model, torch.randn(3, 2))

    expect.that(model.seen, "predict did not call the model", "Call it: model(x).")
    expect.that(
        not any(training for training, _ in model.seen),
        "predict ran the model in training mode",
        "Switch with model.eval() before calling it: dropout, for one, must not act now.",
        mistake="no-eval-mode",
    )


def test_predict_builds_no_graph(exercise):
    model = Watched(torch.randn(3, 4))

    exercise.predict(model, torch.randn(3, 2))

    expect.that(
        not any(grad for _, grad in model.seen),
        "predict ran the model with gradients on",
        "Call the model inside `with torch.no_grad():`.",
        mistake="gradients-on",
    )


@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_predict_puts_the_mode_back(exercise, training):
    model = Watched(torch.randn(3, 4)).train(training)

    exercise.predict(model, torch.randn(3, 2))

    modes = {True: "training", False: "eval"}
    expect.that(
        model.training is training,
        f"the model was in {modes[training]} mode, and predict left it in {modes[not training]}",
        "Remember model.training before model.eval(), and give it to model.train(…) at the end.",
        mistake="mode-not-restored",
    )


def deep_net(exercise, sizes):
    """Return a learner's deep network and its (weight, bias) pairs, first layer first."""
    net = exercise.DeepNet(sizes)
    pairs = list(itertools.pairwise(sizes))
    parameters = parameters_of(net).values()
    found = {tuple(parameter.shape): parameter.detach() for parameter in parameters}
    expect.that(
        found,
        f"DeepNet({sizes}) has no parameters",
        "A module does not look into plain lists: use nn.ModuleList or nn.Sequential.",
        mistake="layers-not-registered",
    )
    expect.equal(
        sorted(found),
        sorted([(b, a) for a, b in pairs] + [(b,) for _, b in pairs]),
        call=f"DeepNet({sizes}) with parameters of shapes",
    )
    for values in found.values():
        values.copy_(torch.randn(values.shape))
    return net, [(found[b, a], found[(b,)]) for a, b in pairs]


@pytest.mark.stretch("DeepNet")
def test_deep_net_has_one_layer_for_each_pair_of_sizes(exercise):
    deep_net(exercise, [6, 5, 4, 3])


@pytest.mark.stretch("DeepNet")
@pytest.mark.parametrize("sizes", [[4, 3], [4, 6, 3], [4, 7, 6, 5, 3]], ids=str)
def test_deep_net_puts_relu_between_its_layers_only(exercise, sizes):
    net, layers = deep_net(exercise, sizes)
    x = torch.randn(5, 2, 2)

    logits = net(x)

    expected = without = x.flatten(start_dim=1)
    for number, (weight, bias) in enumerate(layers, start=1):
        expected = nn.functional.linear(expected, weight, bias)
        without = nn.functional.linear(without, weight, bias)
        if number < len(layers):
            expected = expected.relu()
    expect.close(
        logits,
        expected,
        call=f"DeepNet({sizes})(x (5, 2, 2))",
        near_misses={
            "no-activation": (without, "There is no ReLU between the layers."),
            "relu-on-logits": (expected.relu(), "The last layer's output is returned as it is."),
        },
    )
