"""Day 9: what a network with one hidden layer must do."""

import inspect
import itertools
from dataclasses import dataclass
from math import sqrt

import pytest
import torch
from torch import Tensor, nn

from kata import expect


def relu(x):
    return x * (x > 0)


def linear(x, weight, bias):
    return x @ weight.T + bias


def inputs_of_both_signs(*shape):
    """Return random inputs; the first two show what a ReLU of the input itself would change.

    They are large enough for hidden units that a ReLU6 would cut off.
    """
    x = 5 * torch.randn(shape)
    x.view(-1)[:2] = torch.tensor([-1.0, 1.0])
    return x


def weights(inputs, hidden, classes):
    return (
        torch.randn(hidden, inputs),
        torch.randn(hidden),
        torch.randn(classes, hidden),
        torch.randn(classes),
    )


BATCH_OF_ONE = "A batch of one row is still a batch, with logits of shape (1, C): squeeze nothing."


def by_hand_near_misses(x, w1, b1, w2, b2):
    hidden = linear(x, w1, b1)
    right = linear(relu(hidden), w2, b2)
    near_misses = {
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
        "relu-on-input": (
            linear(relu(linear(relu(x), w1, b1)), w2, b2),
            "There is a ReLU before the first layer: it belongs between the layers only.",
        ),
        "clipped": (
            linear(relu(hidden).clamp(max=6), w2, b2),
            "Hidden units above 6 are cut off, as ReLU6 does: ReLU leaves positive numbers alone.",
        ),
        "softmax-in-forward": (
            right.softmax(dim=1),
            "Return the logits as they are, without softmax: the loss function does the rest.",
        ),
        "log-softmax-in-forward": (
            right.log_softmax(dim=1),
            "Return the logits as they are, without log-softmax: the loss function does the rest.",
        ),
        "argmax-in-forward": (
            right.argmax(dim=1),
            "Return the logits themselves: taking the largest is the job of predict.",
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
    if len(x) == 1:
        near_misses["batch-dimension-lost"] = (right[0], BATCH_OF_ONE)
    # Zeros alone say nothing: of one row whose logits are all negative, ReLU leaves just that.
    return {mistake: miss for mistake, miss in near_misses.items() if miss[0].any()}


def by_hand(exercise, x, parameters):
    """Return what a learner computes from copies, so that the expected value stays the same."""
    copies = [tensor.clone() for tensor in (x, *parameters)]
    return exercise.forward_by_hand(*copies)


def test_forward_by_hand_of_two_small_numbers(exercise):
    x = torch.tensor([[-1.0, 2.0]])
    w1, b1 = torch.tensor([[3.0, 3.0], [1.0, 0.0], [0.0, 0.0]]), torch.tensor([0.0, 0.0, -1.0])
    w2, b2 = torch.tensor([[1.0, 1.0, 1.0], [-2.0, 1.0, 1.0]]), torch.tensor([0.5, 0.0])

    logits = by_hand(exercise, x, (w1, b1, w2, b2))

    # Hidden units: -3 + 6 = 3, -1 and -1; after ReLU 3, 0 and 0. Then 3 + 0.5 and -2 · 3.
    expect.close(
        logits,
        torch.tensor([[3.5, -6.0]]),
        near_misses=by_hand_near_misses(x, w1, b1, w2, b2),
        because="The hidden units are 3, -1 and -1: ReLU makes them 3, 0 and 0.",
    )


def test_forward_by_hand_answers_to_its_input(exercise):
    parameters = weights(inputs=4, hidden=5, classes=3)

    x = torch.randn(2, 4)
    one, again = (by_hand(exercise, x, parameters) for _ in range(2))
    other = by_hand(exercise, torch.randn(2, 4), parameters)

    expect.close(again, expect.a_tensor(one).detach(), because="The same input was given twice.")
    expect.that(
        not torch.equal(one.nan_to_num(), expect.a_tensor(other).nan_to_num()),
        "forward_by_hand returned the same for two different inputs",
        "Compute the answer from x and the weights: the tests draw new ones each time.",
        mistake="constant-answer",
    )


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_forward_by_hand_of_any_batch(exercise, batch):
    x, parameters = inputs_of_both_signs(batch, 4), weights(inputs=4, hidden=5, classes=3)

    logits = by_hand(exercise, x, parameters)

    expect.close(
        logits,
        nn.functional.linear(nn.functional.linear(x, *parameters[:2]).relu(), *parameters[2:]),
        near_misses=by_hand_near_misses(x, *parameters),
    )


def test_forward_by_hand_of_square_weights(exercise):
    """With as many units in each layer, the shapes alone do not tell how weights are stored."""
    x, parameters = inputs_of_both_signs(3, 4), weights(inputs=4, hidden=4, classes=4)
    w1, b1, w2, b2 = parameters

    logits = by_hand(exercise, x, parameters)

    expect.close(
        logits,
        nn.functional.linear(nn.functional.linear(x, w1, b1).relu(), w2, b2),
        near_misses=by_hand_near_misses(x, *parameters)
        | {
            "matrix-shapes": (
                linear(relu(linear(x, w1.T, b1)), w2.T, b2),
                "Weights are stored as (out, in), one row for each unit they lead to: x @ w1.T, "
                "whatever the sizes are.",
            )
        },
    )


def test_forward_by_hand_keeps_the_graph(exercise):
    x, upstream = torch.randn(8, 4), torch.randn(8, 2)
    parameters = w1, b1, w2, b2 = weights(inputs=4, hidden=5, classes=2)
    for parameter in parameters:
        parameter.requires_grad_()

    logits = by_hand(exercise, x, parameters)

    expect.close(logits, nn.functional.linear((x @ w1.T + b1).relu(), w2, b2))
    (expect.keeps_graph(logits) * upstream).sum().backward()
    for name, parameter in zip(["w1", "b1", "w2", "b2"], parameters, strict=True):
        expect.that(
            parameter.grad is not None,
            f"no gradient reaches {name}",
            "Something between it and the result cuts the way back, as .detach(), .data and "
            "torch.tensor(…) do.",
            mistake="graph-lost",
        )


def test_forward_by_hand_leaves_its_arguments_alone(exercise):
    arguments = (torch.randn(3, 4), *weights(inputs=4, hidden=5, classes=2))
    before = [argument.clone() for argument in arguments]

    exercise.forward_by_hand(*arguments)

    for name, argument, copy in zip(["x", "w1", "b1", "w2", "b2"], arguments, before, strict=True):
        expect.unchanged(copy, argument, argument=name, function="forward_by_hand")


def parameters_of(net):
    """Return the parameters that are registered, whatever the class says of itself."""
    parameters = dict(nn.Module.named_parameters(net))
    expect.that(
        not any(
            isinstance(one, nn.parameter.UninitializedParameter) for one in parameters.values()
        ),
        "the network has a lazy layer, whose weights wait for its first input",
        "The sizes are given: nn.Linear(in_features, out_features).",
        mistake="lazy-layer",
    )
    return parameters


def own_attributes(net):
    """Return what the learner's __init__ put on self, other than parameters and modules."""
    names = vars(net).keys() - vars(nn.Module()).keys()
    return [vars(net)[name] for name in names]


def has_plain_tensors(net):
    values = [*own_attributes(net), *nn.Module.buffers(net, recurse=False)]
    return any(isinstance(value, Tensor) for value in values)


def has_layers_in_a_list(net):
    lists = [value for value in own_attributes(net) if isinstance(value, list | tuple)]
    return any(isinstance(one, nn.Module) for values in lists for one in values)


def check_parameters(net, call):
    """Fail unless a network has parameters, float32 ones that can learn."""
    parameters = parameters_of(net).values()
    kind = type(net)
    expect.that(
        kind.__call__ is nn.Module.__call__ or kind.forward is not nn.Module.forward,
        f"{call} has a __call__ of its own and no forward",
        "Name the method forward. nn.Module's own __call__ runs it, and more around it, such as "
        "hooks.",
        mistake="call-overridden",
    )
    expect.that(
        parameters or not has_layers_in_a_list(net),
        f"{call} has no parameters",
        "A module does not look into plain lists: make each layer an attribute, "
        "self.layer = nn.Linear(…), or use nn.ModuleList.",
        mistake="layers-not-registered",
    )
    expect.that(
        parameters or has_plain_tensors(net),
        f"{call} has no parameters",
        "Make the layers attributes in __init__: self.layer = nn.Linear(…).",
    )
    expect.that(
        all(parameter.dtype == torch.float32 for parameter in parameters),
        f"{call} has parameters that are not float32",
        "Leave them as nn.Linear makes them: without .double() and without a dtype.",
        mistake="wrong-dtype",
    )
    expect.that(
        all(parameter.requires_grad for parameter in parameters),
        f"{call} has parameters with requires_grad=False",
        "They would never learn: leave requires_grad as nn.Linear sets it.",
        mistake="frozen",
    )


def check_shapes(net, call, wanted):
    """Fail unless a network has parameters of these shapes: w1, b1, w2, b2."""
    shapes = sorted(tuple(parameter.shape) for parameter in parameters_of(net).values())
    expect.that(
        shapes == sorted(wanted) or not has_plain_tensors(net),
        f"{call} keeps a plain tensor where a parameter is due",
        "Wrap it in nn.Parameter(…), or an optimizer will not find it: nn.Linear does so itself.",
        mistake="plain-tensors",
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


def check_network(net, call, sizes):
    """Fail unless this is a network with one hidden layer; return w1, b1, w2 and b2 as they are."""
    inputs, hidden, classes = sizes
    expect.that(
        isinstance(net, nn.Module),
        f"{call} is a {type(net).__name__}, expected a network",
        "OneHiddenLayerNet is a class that inherits from nn.Module: keep the class line as it was.",
        mistake="not-a-module",
    )
    wanted = [(hidden, inputs), (hidden,), (classes, hidden), (classes,)]
    check_parameters(net, call)
    check_shapes(net, call, wanted)
    found = {tuple(parameter.shape): parameter for parameter in parameters_of(net).values()}
    return [found[shape].detach() for shape in wanted]


def network(exercise, inputs=4, hidden=5, classes=3):
    """Return a learner's network and copies of its w1, b1, w2, b2, whatever the layers are called.

    They are drawn afresh, so that no answer fits by being small. A test draws its own numbers
    before it calls this: a constructor may set a seed.
    """
    drawn = weights(inputs, hidden, classes)
    net = exercise.OneHiddenLayerNet(inputs, hidden, classes)
    call = f"OneHiddenLayerNet({inputs}, {hidden}, {classes})"
    for parameter, values in zip(
        check_network(net, call, (inputs, hidden, classes)), drawn, strict=True
    ):
        parameter.copy_(values)
    return net, drawn


def fail_if_by_chance(net, x, call):
    """Fail if what a network answers depends on random numbers, as Dropout makes it."""
    answers = []
    with torch.random.fork_rng(), torch.no_grad():
        for seed in (1, 1, 2):
            torch.default_generator.manual_seed(seed)  # of the CPU: others take 1 ms
            answers.append(net(x.clone()))
    if all(isinstance(answer, Tensor) for answer in answers):
        one, again, other = answers
        expect.that(
            not torch.equal(one, again) or torch.equal(one, other),
            f"{call} gives another answer each time, for the same x",
            "Something in it is drawn by chance, as by Dropout: a layer, a ReLU and a layer are "
            "all that is asked for.",
            mistake="random-answer",
        )


def expected_logits(x, w1, b1, w2, b2):
    return nn.functional.linear(nn.functional.linear(x, w1, b1).relu(), w2, b2)


def network_near_misses(x, w1, b1, w2, b2):
    hidden = linear(x, w1, b1)
    return by_hand_near_misses(x, w1, b1, w2, b2) | {
        "sigmoid-for-relu": (
            linear(hidden.sigmoid(), w2, b2),
            "There is a sigmoid between the layers: today it is ReLU.",
        ),
        "tanh-for-relu": (
            linear(hidden.tanh(), w2, b2),
            "There is a tanh between the layers: today it is ReLU.",
        ),
    }


def test_network_is_a_module_with_two_layers(exercise):
    network(exercise, inputs=6, hidden=5, classes=2)


def test_network_takes_its_sizes_by_name(exercise):
    call = "OneHiddenLayerNet(in_features=4, hidden=3, classes=2)"
    signature = inspect.signature(exercise.OneHiddenLayerNet)
    try:
        signature.bind(in_features=4, hidden=3, classes=2)
    except TypeError as error:
        expect.fail(
            f"{call} cannot be called: {error}",
            "Keep the names of the parameters of __init__: in_features, hidden, classes.",
            mistake="parameter-renamed",
        )

    net = exercise.OneHiddenLayerNet(in_features=4, hidden=3, classes=2)

    check_network(net, call, (4, 3, 2))


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
    x = inputs_of_both_signs(batch, 4)
    net, parameters = network(exercise)
    call = f"OneHiddenLayerNet(4, 5, 3)(x ({batch}, 4))"

    logits = net(x.clone())

    fail_if_by_chance(net, x, call)
    expect.close(
        logits,
        expected_logits(x, *parameters),
        call=call,
        near_misses=network_near_misses(x, *parameters),
    )


def test_network_computes_the_same_in_eval_mode(exercise):
    x = inputs_of_both_signs(8, 4)
    net, parameters = network(exercise)

    logits = net.eval()(x.clone())

    call = "In eval mode, OneHiddenLayerNet(4, 5, 3)(x (8, 4))"
    expect.close(
        logits,
        expected_logits(x, *parameters),
        call=call,
        near_misses=network_near_misses(x, *parameters),
        because="This network has nothing that should differ between training and eval mode.",
    )
    expect.keeps_graph(logits, call=call)
    expect.that(
        not any(modes_of(net)),
        "OneHiddenLayerNet.forward put the network back into training mode",
        "Leave .train() and .eval() to whoever calls it.",
        mistake="mode-changed",
    )


def test_network_keeps_nothing_from_one_call_to_the_next(exercise):
    x, other = torch.randn(8, 4), torch.randn(8, 4)
    net, parameters = network(exercise)
    right, right_of_other = (expected_logits(one, *parameters) for one in (x, other))
    call = "OneHiddenLayerNet(4, 5, 3)(x (8, 4))"

    first, second, again = (net(one.clone()) for one in (x, other, x))

    expect.close(first, right, call=call, near_misses=network_near_misses(x, *parameters))
    kept = "That is the answer to the x before: compute it anew in each call, from this x."
    added = "That is the sum of this answer and the one before: keep no total on self."
    expect.close(
        second,
        right_of_other,
        call=f"{call}, the second call,",
        near_misses={
            "first-answer-kept": (right, kept),
            "answers-added-up": (right + right_of_other, added),
        },
        because="The first call was right. Keep nothing on self between calls but the layers.",
    )
    expect.close(
        again,
        right,
        call=f"{call}, called again with the first x,",
        because="The first call was right. Keep nothing on self between calls but the layers.",
    )


@pytest.mark.parametrize("shape", [(1, 1, 4, 3), (4, 1, 4, 3), (4, 4, 3), (1, 3, 2, 2)], ids=str)
def test_network_flattens_images_and_keeps_the_batch(exercise, shape):
    images = inputs_of_both_signs(*shape)
    net, parameters = network(exercise, inputs=12)

    logits = net(images.clone())

    x = images.flatten(start_dim=1)
    right = expected_logits(x, *parameters)
    lost = "The batch dimension is lost: flatten with x.flatten(start_dim=1), and squeeze nothing."
    expect.close(
        logits,
        right,
        call=f"OneHiddenLayerNet(12, 5, 3)(x {shape})",
        near_misses=by_hand_near_misses(x, *parameters)
        | {"batch-dimension-lost": (right[0], lost)},
    )


def test_network_starts_with_random_weights(exercise):
    nets = [exercise.OneHiddenLayerNet(4, 5, 3) for _ in range(2)]

    first, second = (check_network(net, "OneHiddenLayerNet(4, 5, 3)", (4, 5, 3)) for net in nets)

    for name, one, other in zip(["w1", "b1", "w2", "b2"], first, second, strict=True):
        expect.that(
            not torch.equal(one, other),
            f"two new networks have the same {name}",
            "Leave the weights as nn.Linear makes them: random, so that the hidden units differ, "
            "and set no seed inside the class.",
            mistake="constant-weights",
        )


def test_network_starts_as_pytorch_initialises_it(exercise):
    net = exercise.OneHiddenLayerNet()

    w1, b1, w2, b2 = check_network(net, "OneHiddenLayerNet()", (784, 128, 10))

    for name, values, inputs in [
        ("w1", w1, 784),
        ("b1", b1, 784),
        ("w2", w2, 128),
        ("b2", b2, 128),
    ]:
        check_initialisation(name, values, inputs)


def check_initialisation(name, values, inputs):
    """Fail unless the weights or biases are as large as nn.Linear makes them."""
    bound, largest = 1 / sqrt(inputs), values.abs().max().item()
    smallest = 0.9 * bound if values.dim() > 1 else 0.0
    is_constant = bool((values == values.view(-1)[0]).all())
    expect.that(
        smallest <= largest <= bound * (1 + 1e-5),
        f"the largest number in {name} is {largest:.3f} in size, expected nearly {bound:.3f}",
        "Leave the weights as nn.Linear makes them: it draws them from numbers between "
        f"-{bound:.3f} and {bound:.3f}.",
        mistake="constant-weights" if is_constant else "other-initialisation",
    )


def test_network_passes_gradients_to_every_parameter(exercise):
    x, upstream = torch.randn(8, 4), torch.randn(8, 3)
    net, parameters = network(exercise)
    call = "OneHiddenLayerNet(4, 5, 3)(x (8, 4))"

    logits = net(x.clone())

    expect.close(
        logits,
        expected_logits(x, *parameters),
        call=call,
        near_misses=network_near_misses(x, *parameters),
    )
    logits = expect.keeps_graph(logits, call=call)
    (logits * upstream).sum().backward()
    for name, parameter in parameters_of(net).items():
        expect.that(
            parameter.grad is not None and parameter.grad.any(),
            f"no gradient reaches {name}",
            "Something between this layer and the result cuts the graph: .detach(), no_grad or "
            "torch.tensor(…). Or is the layer not used at all?",
            mistake="graph-lost",
        )


def test_network_leaves_its_input_alone(exercise):
    x = torch.randn(3, 4)
    before = x.clone()
    net, _ = network(exercise)

    net(x)

    expect.unchanged(before, x, argument="x", function="OneHiddenLayerNet.forward")


def test_network_leaves_its_weights_alone(exercise):
    x = torch.randn(3, 4)
    net, _ = network(exercise)
    before = {name: values.detach().clone() for name, values in parameters_of(net).items()}

    net(x)

    after = parameters_of(net)
    expect.that(
        before.keys() == after.keys()
        and all(torch.equal(values, after[name]) for name, values in before.items()),
        "OneHiddenLayerNet.forward changed the network's weights",
        "forward only computes with them: changing them is the optimizer's job.",
        mistake="weights-changed",
    )


@dataclass(frozen=True)
class Note:
    """How a model was called."""

    shape: tuple[int, ...]
    modes: list[bool]  # of the model and of each of its layers
    with_gradients: bool


def watched(*layers):
    """Return these layers as a model, and a list that gets a note of each call.

    A copy of the model writes into the same list, and the list is no part of the model.
    """
    notes = []

    class Watched(nn.Sequential):
        def forward(self, x):
            notes.append(Note(tuple(x.shape), modes_of(self), torch.is_grad_enabled()))
            return super().forward(x)

    return Watched(*layers), notes


def modes_of(model):
    return [module.training for module in model.modules()]


def check_called(notes):
    expect.that(notes, "predict did not call the model", "Call it: model(x).")


def predict_near_misses(logits):
    near_misses = {
        "argmax-over-batch": (
            logits.argmax(dim=0),
            "That is the best row for each class. The classes lie along dimension 1.",
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
    if len(logits) > 1:  # of a single row, a squeeze() gives the same
        near_misses["argmax-over-everything"] = (
            logits.argmax(),
            "argmax() without a dimension looks at all rows at once: the classes lie along 1.",
        )
    return near_misses


def test_predict_returns_the_most_likely_class_of_each_row(exercise):
    logits = torch.tensor([[0.1, 2.0, -1.0, 0.0], [3.0, 0.0, 0.0, 0.0], [-3.0, -2.0, -9.0, -1.0]])

    classes = exercise.predict(nn.Identity(), logits)

    expect.close(classes, torch.tensor([1, 0, 3]), near_misses=predict_near_misses(logits))


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_predict_takes_any_batch(exercise, batch):
    logits = torch.randn(batch, 5)

    classes = exercise.predict(nn.Identity(), logits)

    expect.close(classes, logits.max(dim=1).indices, near_misses=predict_near_misses(logits))


def test_predict_keeps_the_batch_of_one_row(exercise):
    logits = torch.randn(3, 5)

    several = exercise.predict(nn.Identity(), logits.clone())
    one = exercise.predict(nn.Identity(), logits[:1].clone())

    right = logits.max(dim=1).indices
    expect.close(several, right, near_misses=predict_near_misses(logits))
    squeezed = "A batch of one row is still a batch, with a result of shape (1,): squeeze nothing."
    expect.close(
        one,
        right[:1],
        near_misses=predict_near_misses(logits[:1]) | {"batch-squeezed": (right[0], squeezed)},
    )


def test_predict_takes_any_number_of_classes(exercise):
    logits = torch.randn(4, 12)
    logits[range(4), [11, 0, 10, 9]] = 9.0

    classes = exercise.predict(nn.Identity(), logits.clone())

    expect.close(
        classes,
        torch.tensor([11, 0, 10, 9]),
        near_misses=predict_near_misses(logits)
        | {
            "first-ten-classes-only": (
                logits[:, :10].argmax(dim=1),
                "This model has 12 classes: look at all of its logits.",
            ),
            "classes-clamped": (
                torch.tensor([9, 0, 9, 9]),
                "This model has 12 classes: the classes 10 and 11 are answers too.",
            ),
        },
    )


def test_predict_compares_large_logits(exercise):
    logits = torch.tensor(
        [[20.0, 30.0, 25.0], [1000.0, -1000.0, 999.0], [-200.0, -300.0, -150.0], [9, 2048, 2049]]
    )

    classes = exercise.predict(nn.Identity(), logits.clone())

    shares = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    expect.close(
        classes,
        torch.tensor([1, 0, 2, 2]),
        near_misses=predict_near_misses(logits)
        | {
            "saturated": (
                logits.sigmoid().argmax(dim=1),
                "The sigmoids of large numbers are all 1: compare the logits, as they are.",
            ),
            "overflow": (
                shares.argmax(dim=1),
                "e to the power of 1000 is inf, and of -200 it is 0: compare the logits, as they "
                "are.",
            ),
        },
        because="The largest logit of each row is asked for, however large or small they are.",
    )


def test_predict_names_one_class_where_two_are_as_likely(exercise):
    logits = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 0.0], [0.0, 1.0, 5.0]])
    tied = [(1, 2), (0, 1), (2,)]

    classes = expect.a_tensor(exercise.predict(nn.Identity(), logits.clone()))

    expect.that(
        classes.shape == (3,),
        f"{expect.returned(classes)} a tensor of shape {tuple(classes.shape)}, expected shape (3,)",
        "One class a row is asked for: where the largest logit is there twice, either will do.",
        mistake="ties-counted-twice" if classes.numel() > 3 else None,
    )
    expect.that(
        all(one in either for one, either in zip(classes.tolist(), tied, strict=True)),
        f"{expect.returned(classes)} {classes.tolist()}, expected 1 or 2, then 0 or 1, then 2",
        "Where the largest logit is there twice, either class will do, but no other.",
    )


def test_predict_works_on_images(exercise):
    model, notes = watched(nn.Flatten(), nn.Linear(12, 5))
    images = torch.randn(6, 1, 4, 3)
    logits = nn.functional.linear(images.flatten(start_dim=1), model[1].weight, model[1].bias)
    logits = logits.detach()

    classes = exercise.predict(model, images.clone())

    expect.close(classes, logits.max(dim=1).indices, near_misses=predict_near_misses(logits))
    shapes = [note.shape for note in notes if note.shape[1:] != (1, 4, 3)]
    expect.that(
        not shapes,
        f"predict called the model with x of shape {shapes[:1] and shapes[0]}, "
        "expected the images as they are, (6, 1, 4, 3)",
        "Hand x on as it is: the model flattens it itself if it needs to.",
        mistake="input-reshaped",
    )


def test_predict_runs_in_eval_mode(exercise):
    model, notes = watched(nn.Sequential(nn.Linear(2, 4)))

    exercise.predict(model.train(), torch.randn(3, 2))

    check_called(notes)
    expect.that(
        not any(note.modes[0] for note in notes),
        "predict ran the model in training mode",
        "Switch with model.eval() before calling it: dropout, for one, must not act now.",
        mistake="no-eval-mode",
    )
    expect.that(
        not any(any(note.modes) for note in notes),
        "predict ran layers inside the model in training mode",
        "Use model.eval(): it reaches every layer, and setting model.training does not.",
        mistake="layers-left-out",
    )


def test_predict_builds_no_graph(exercise):
    model, notes = watched(nn.Linear(2, 4))

    exercise.predict(model, torch.randn(3, 2))

    check_called(notes)
    expect.that(
        not any(note.with_gradients for note in notes),
        "predict ran the model with gradients on",
        "Call the model inside `with torch.no_grad():`.",
        mistake="gradients-on",
    )


def test_predict_leaves_gradients_on(exercise):
    model, _ = watched(nn.Linear(2, 4))

    exercise.predict(model, torch.randn(3, 2))

    expect.that(
        torch.is_grad_enabled(),
        "predict switched gradients off and left them off",
        "Use `with torch.no_grad():`, which switches them on again when the block ends.",
        mistake="grad-left-off",
    )


@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_predict_puts_the_mode_back(exercise, training):
    model, _ = watched(nn.Sequential(nn.Linear(2, 4)))
    model.train(training)

    exercise.predict(model, torch.randn(3, 2))

    names = {True: "training", False: "eval"}
    expect.that(
        model.training is training,
        f"the model was in {names[training]} mode, and predict left it in {names[not training]}",
        "Remember model.training before model.eval(), and give it to model.train(…) at the end.",
        mistake="mode-not-restored",
    )
    expect.that(
        modes_of(model) == [training] * 3,
        f"the model was in {names[training]} mode, and predict left layers inside it in "
        f"{names[not training]} mode",
        "Use model.train(was_training): it reaches every layer, and setting model.training "
        "does not.",
        mistake="layers-left-out",
    )


def traces_in(model):
    """Return what predict must leave as it is in each parameter."""
    return {
        name: {
            "dtype": values.dtype,
            "requires_grad": values.requires_grad,
            "values": values.detach().clone(),
            ".grad": None if values.grad is None else values.grad.clone(),
        }
        for name, values in parameters_of(model).items()
    }


def is_same(one, other):
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    return one is other


def test_predict_leaves_the_parameters_alone(exercise):
    model, _ = watched(nn.Linear(2, 4))
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape)
    model[0].bias.requires_grad_(False)
    before = traces_in(model)

    exercise.predict(model, torch.randn(3, 2))

    after = traces_in(model)
    changed = [
        what
        for name, traces in before.items()
        for what, value in traces.items()
        if not is_same(value, after[name][what])
    ]
    expect.that(
        not changed,
        f"predict changed the {changed[:1] and changed[0]} of the model's parameters",
        "Only call the model: what it has learnt, and what it is learning, must stay as it is.",
        mistake="model-changed",
    )


def test_predict_leaves_random_numbers_alone(exercise):
    model, _ = watched(nn.Linear(2, 4))
    x, before = torch.randn(3, 2), torch.get_rng_state()

    exercise.predict(model, x)

    expect.that(
        torch.equal(torch.get_rng_state(), before),
        "predict set a seed or drew random numbers",
        "Leave out torch.manual_seed and the like: nothing is random in predicting.",
        mistake="random-state-changed",
    )


def deep_net(exercise, sizes):
    """Return a learner's deep network and copies of its weights and biases, first layer first.

    Parameters of one shape get the same numbers: in which order they are made is left open.
    """
    given, pairs = list(sizes), list(itertools.pairwise(sizes))
    wanted = [shape for a, b in pairs for shape in ((b, a), (b,))]
    drawn = {shape: torch.randn(shape) for shape in wanted}
    net, call = exercise.DeepNet(given), f"DeepNet({sizes})"
    expect.that(
        given == sizes,
        f"{call} changed the list it was given to {given}",
        "Whoever called still needs the list: read from it, and leave pop and the like out.",
        mistake="argument-changed",
    )
    check_parameters(net, call)
    parameters = parameters_of(net).values()
    expect.equal(
        sorted(tuple(parameter.shape) for parameter in parameters),
        sorted(wanted),
        call=f"{call} with parameters of shapes",
        near_misses=near_shapes(exercise, pairs),
    )
    for parameter in parameters:
        parameter.detach().copy_(drawn[tuple(parameter.shape)])
    return net, [(drawn[b, a], drawn[(b,)]) for a, b in pairs]


def near_shapes(exercise, pairs):
    """Return what shapes a network has if something about its layers is wrong."""

    def shapes(pairs, *, biases=True):
        return sorted(shape for a, b in pairs for shape in [(b, a), (b,)][: 1 + biases])

    # Where layers are of one size, a missing one can be one that is shared: ask where none are.
    four_sizes = nn.Module.parameters(exercise.DeepNet([6, 5, 4, 3]))
    last_one, first_one = [(6, 5), (5, 4)], [(5, 4), (4, 3)]
    found = sorted(tuple(parameter.shape) for parameter in four_sizes)
    missing = {"layer-missing": (shapes(pairs[:-1]), "The last layer is missing: " + ONE_EACH)}
    if found == shapes(first_one):
        missing = {"layer-missing": (shapes(pairs[1:]), "The first layer is missing: " + ONE_EACH)}
    elif found != shapes(last_one):
        missing = {
            "layer-shared": (
                shapes(dict.fromkeys(pairs)),
                "Make a layer for each pair of neighbours, also where the sizes are the same.",
            )
        }
    return missing | {
        "bias-forgotten": (
            shapes(pairs, biases=False),
            "Each layer has a bias; nn.Linear makes it unless bias=False says otherwise.",
        )
    }


ONE_EACH = "there is one for each pair of neighbours, such as 4 → 6 and 6 → 3 for [4, 6, 3]."


def deep_logits(x, layers, *, activation=relu, shortcuts=False):
    """Return the right logits, or those with one thing done differently."""
    for weight, bias in layers[:-1]:
        hidden = activation(linear(x, weight, bias))
        x = x + hidden if shortcuts and x.shape == hidden.shape else hidden
    return linear(x, *layers[-1])


def check_deep_logits(logits, images, sizes, layers, *, when="", because=""):
    x = images.flatten(start_dim=1)
    right = deep_logits(x, layers)
    before_last = relu(deep_logits(x, layers[:-1])) if len(layers) > 1 else x
    by_size = "" if len(set(sizes[1:])) > 1 else " Go by the layers' places, not by their sizes."
    expect.close(
        logits,
        right,
        call=f"{when}DeepNet({sizes})(x {tuple(images.shape)})",
        because=because,
        near_misses={
            "no-activation": (
                deep_logits(x, layers, activation=lambda hidden: hidden),
                f"There is no ReLU between the layers.{by_size}",
            ),
            "softmax-in-forward": (
                right.softmax(dim=1),
                "Return the logits as they are, without softmax: the loss function does the rest.",
            ),
            "batch-dimension-lost": (right[0], BATCH_OF_ONE),
            "relu-on-logits": (relu(right), "The last layer's output is returned as it is."),
            "last-layer-not-used": (
                before_last,
                "That is what goes into the last layer: its output, without a ReLU, is the answer.",
            ),
            "clipped": (
                deep_logits(x, layers, activation=lambda hidden: relu(hidden).clamp(max=6)),
                "Numbers above 6 are cut off, as ReLU6 does: ReLU leaves positive numbers alone.",
            ),
            "relu-on-input": (
                deep_logits(relu(x), layers),
                "There is a ReLU before the first layer: it belongs between layers only.",
            ),
            "input-added": (
                deep_logits(x, layers, shortcuts=True),
                "What goes into a layer is added to what comes out: hand on the output alone.",
            ),
        },
    )


@pytest.mark.stretch("DeepNet")
def test_deep_net_has_one_layer_for_each_pair_of_sizes(exercise):
    for sizes in ([6, 5, 4, 3], [4, 8, 8, 3], [4, 3, 3, 3]):
        deep_net(exercise, sizes)


@pytest.mark.stretch("DeepNet")
@pytest.mark.parametrize("sizes", [(4, 6, 3), range(2, 6)], ids=str)
def test_deep_net_takes_any_sequence_of_sizes(exercise, sizes):
    net = exercise.DeepNet(sizes)

    check_parameters(net, f"DeepNet({sizes})")
    count = sum(parameter.numel() for parameter in parameters_of(net).values())
    wanted = sum(a * b + b for a, b in itertools.pairwise(sizes))
    expect.that(
        count == wanted,
        f"DeepNet({sizes}) has {count} weights and biases, expected {wanted}",
        "Make a layer for each pair of neighbours in layer_sizes.",
    )


@pytest.mark.stretch("DeepNet")
def test_deep_net_starts_with_random_weights(exercise):
    nets = [exercise.DeepNet([4, 6, 6, 3]) for _ in range(2)]

    for net in nets:
        check_parameters(net, "DeepNet([4, 6, 6, 3])")
    pairs = zip(*(parameters_of(net).items() for net in nets), strict=True)
    for (name, one), (_, other) in pairs:
        expect.that(
            one.dim() < 2 or not torch.equal(one, other),
            f"two new networks have the same {name}",
            "Leave the weights as nn.Linear makes them: random, so that the hidden units differ, "
            "and set no seed inside the class.",
            mistake="constant-weights",
        )


@pytest.mark.stretch("DeepNet")
def test_deep_net_keeps_nothing_from_one_call_to_the_next(exercise):
    sizes, x, other = [4, 6, 3], torch.randn(8, 4), torch.randn(8, 4)
    net, layers = deep_net(exercise, sizes)

    first, second, in_eval_mode = net(x.clone()), net(other.clone()), net.eval()(x.clone())

    check_deep_logits(first, x, sizes, layers)
    kept = "The first call was right. Keep nothing on self between calls but the layers."
    check_deep_logits(second, other, sizes, layers, when="Called again, ", because=kept)
    same = "The first call was right. Nothing should differ between training and eval mode."
    check_deep_logits(in_eval_mode, x, sizes, layers, when="In eval mode, ", because=same)


@pytest.mark.stretch("DeepNet")
@pytest.mark.parametrize(
    "sizes", [[4, 3], [4, 6, 3], [4, 7, 6, 5, 3], [4, 8, 8, 3], [4, 3, 3, 3]], ids=str
)
@pytest.mark.parametrize("batch", [1, 20])
def test_deep_net_puts_relu_between_its_layers_only(exercise, sizes, batch):
    x = inputs_of_both_signs(batch, 2, 2)
    net, layers = deep_net(exercise, sizes)

    logits = net(x.clone())

    fail_if_by_chance(net, x, f"DeepNet({sizes})(x {tuple(x.shape)})")
    check_deep_logits(logits, x, sizes, layers)


@pytest.mark.stretch("DeepNet")
def test_deep_net_starts_as_pytorch_initialises_it(exercise):
    sizes = [300, 200, 100]

    net = exercise.DeepNet(sizes)

    check_parameters(net, f"DeepNet({sizes})")
    inputs_of = {out: inputs for inputs, out in itertools.pairwise(sizes)}
    for name, parameter in parameters_of(net).items():
        outputs = parameter.shape[0] if parameter.dim() else 0
        inputs = inputs_of.get(outputs)
        if inputs and parameter.shape in [(outputs, inputs), (outputs,)]:
            check_initialisation(name, parameter.detach(), inputs)


@pytest.mark.stretch("DeepNet")
def test_deep_net_passes_gradients_to_every_parameter(exercise):
    sizes, x, upstream = [4, 8, 8, 8, 3], torch.randn(20, 4), torch.randn(20, 3)
    net, layers = deep_net(exercise, sizes)

    logits = net(x.clone())

    check_deep_logits(logits, x, sizes, layers)
    logits = expect.keeps_graph(logits, call=f"DeepNet({sizes})(x (20, 4))")
    (logits * upstream).sum().backward()
    for name, parameter in parameters_of(net).items():
        expect.that(
            parameter.grad is not None,
            f"no gradient reaches {name}",
            "Something between this layer and the result cuts the graph: .detach(), no_grad or "
            "torch.tensor(…). Or is the layer not used at all?",
            mistake="graph-lost",
        )


@pytest.mark.stretch("DeepNet")
def test_deep_net_leaves_its_input_alone(exercise):
    x = torch.randn(5, 4)
    before = x.clone()
    net, _ = deep_net(exercise, [4, 6, 3])

    net(x)

    expect.unchanged(before, x, argument="x", function="DeepNet.forward")
