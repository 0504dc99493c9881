"""Day 13: attempts that the tests must tell apart."""

import copy
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from kata.attempts import right, wrong

# relu


@wrong("relu", mistake="ready-made-function")
def relu_from_torch(x):
    return torch.relu(x)


@wrong("relu", mistake="ready-made-function")
def relu_module(x):
    return nn.ReLU()(x)


@wrong("relu", mistake="ready-made-function")
def relu_as_leaky_without_leak(x):
    return F.leaky_relu(x, negative_slope=0.0)


@wrong("relu", mistake="leaky-slope")
def leaky(x):
    return torch.where(x > 0, x, 0.01 * x)


@wrong("relu", mistake="leaky-slope")
def very_leaky(x):
    return torch.maximum(x, 0.1 * x)


@wrong("relu", mistake="wrong-sign")
def turned_around(x):
    return torch.clamp(-x, min=0)


@wrong("relu", mistake="negatives-kept")
def clamped_at_the_other_end(x):
    return x.clamp(max=0)


@wrong("relu", mistake="abs-for-relu")
def absolute(x):
    return x.abs()


@wrong("relu", mistake="step-for-relu")
def only_the_mask(x):
    return (x > 0).to(x.dtype)


@wrong("relu", mistake="clipped")
def between_zero_and_one(x):
    return x.clamp(0, 1)


@wrong("relu", mistake="clipped")
def cut_at_six(x):
    return torch.clamp(x, 0, 6)


@wrong("relu", mistake="softplus-for-relu")
def soft(x):
    return torch.logsumexp(torch.stack([x, torch.zeros_like(x)]), dim=0)


@wrong("relu", mistake="nearly-zero")
def clamped_a_little_above_zero(x):
    return x.clamp(min=1e-7)


@wrong("relu", mistake="max-along-dimension")
def python_max_as_torch_max(x):
    return torch.max(x, 0)


@wrong("relu", mistake="maximum-of-all")
def largest(x):
    return torch.max(x)


@wrong("relu", mistake="truth-of-a-tensor")
def built_in_max(x):
    return max(x, 0)


@wrong("relu", mistake="truth-of-a-tensor")
def built_in_max_with_a_tensor(x):
    return max(x, torch.tensor(0.0))


@wrong("relu", mistake="truth-of-a-tensor")
def with_if(x):
    if x > 0:
        return x
    return 0


@wrong("relu", mistake="not-a-tensor")
def maximum_with_a_number(x):
    return torch.maximum(x, 0)


@wrong("relu", mistake="argument-changed")
def assigned_in_place(x):
    x[x < 0] = 0
    return x


@wrong("relu", mistake="argument-changed")
def clamped_in_place(x):
    return x.clamp_(min=0)


@wrong("relu", mistake="graph-lost")
def through_numpy(x):
    return torch.from_numpy(np.maximum(x.detach().numpy(), 0))


@wrong("relu", mistake="graph-lost")
def values_right_gradient_missing(x):
    with torch.no_grad():
        return x * (x > 0)


@wrong("relu", mistake="nan-gradient")
def where_with_a_bad_branch(x):
    return torch.where(x > 0, x.sqrt() ** 2, torch.zeros_like(x))


@wrong("relu", mistake="returns-none")
def prints_only(x):
    print(x * (x > 0))


@wrong("relu", mistake="wrong-dtype")
def always_float32(x):
    return x.clamp(min=0).float()


@wrong("relu", mistake="list-instead-of-tensor")
def a_plain_list(x):
    return [v if v > 0 else 0.0 * v for v in x.flatten()]


@right("relu")
def masked(x):
    return x * (x > 0)


@right("relu")
def with_where(x):
    return torch.where(x > 0, x, torch.zeros_like(x))


@right("relu")
def with_where_and_a_number(x):
    return torch.where(x < 0, 0.0, x)


@right("relu")
def with_maximum(x):
    return torch.maximum(x, torch.zeros_like(x))


@right("relu")
def with_max_and_a_scalar_tensor(x):
    return torch.max(x, torch.tensor(0.0))


@right("relu")
def half_of_the_sum(x):
    return (x + x.abs()) / 2


@right("relu")
def one_by_one(x):
    out = []
    for value in x.reshape(-1):
        out.append(value if value > 0 else 0 * value)
    return torch.stack(out).reshape(x.shape)


@right("relu")
def in_place_on_its_own_copy(values):
    result = values.clone()
    result[result < 0] = 0
    return result


@right("relu")
def with_an_extra_default(x, threshold=0.0):
    return torch.clip(x, threshold)


def positive_part(x):
    return x.masked_fill(x <= 0, 0)


@right("relu")
def with_a_helper(x):
    return positive_part(x)


# sigmoid


@wrong("sigmoid", mistake="ready-made-function")
def sigmoid_method(x):
    return x.sigmoid()


@wrong("sigmoid", mistake="ready-made-function")
def special_expit(x):
    return torch.special.expit(x)


@wrong("sigmoid", mistake="ready-made-function")
def by_way_of_torchs_tanh(x):
    return (torch.tanh(x / 2) + 1) / 2


@wrong("sigmoid", mistake="overflow-in-exp")
def positive_exponent(x):
    return torch.exp(x) / (1 + torch.exp(x))


@wrong("sigmoid", mistake="overflow-in-exp")
def stable_only_on_one_side(x):
    return 1 - torch.exp(-x) / (1 + torch.exp(-x))


@wrong("sigmoid", mistake="wrong-sign")
def minus_forgotten(x):
    return 1 / (1 + torch.exp(x))


@wrong("sigmoid", mistake="brackets-missing")
def without_brackets(x):
    return 1 / 1 + torch.exp(-x)


@wrong("sigmoid", mistake="minus-in-denominator")
def one_minus(x):
    return 1 / (1 - torch.exp(-x))


@wrong("sigmoid", mistake="tanh-for-sigmoid")
def tanh_instead(x):
    e = torch.exp(-2 * x.abs())
    return x.sign() * (1 - e) / (1 + e)


@wrong("sigmoid", mistake="softmax-for-sigmoid")
def softmaxed(x):
    e = torch.exp(x - x.max(dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1, keepdim=True)


@wrong("sigmoid", mistake="argument-changed")
def negated_in_place(x):
    return 1 / (1 + x.neg_().exp())


@wrong("sigmoid", mistake="in-place-in-graph")
def in_place_on_the_exp(x):
    return torch.exp(-x).add_(1).reciprocal_()


@wrong("sigmoid", mistake="graph-lost")
def with_python_floats(x):
    values = [1 / (1 + math.exp(-v)) if v > -700 else 0.0 for v in x.flatten().tolist()]
    return torch.tensor(values, dtype=x.dtype).reshape(x.shape)


@right("sigmoid")
def the_formula(x):
    return 1 / (1 + torch.exp(-x))


@right("sigmoid")
def both_branches(x):
    e = torch.exp(-x.abs())
    return torch.where(x >= 0, 1 / (1 + e), e / (1 + e))


@right("sigmoid")
def where_with_overflow_far_out(x):
    return torch.where(x >= 0, 1 / (1 + torch.exp(-x)), torch.exp(x) / (1 + torch.exp(x)))


@right("sigmoid")
def with_logsumexp(x):
    return torch.exp(-torch.logsumexp(torch.stack([torch.zeros_like(x), -x]), dim=0))


@right("sigmoid")
def with_logsumexp_of_pairs(x):
    pair = torch.stack([x, torch.zeros_like(x)], dim=-1)
    return torch.exp(x - torch.logsumexp(pair, dim=-1))


@right("sigmoid")
def with_logaddexp(x):
    return (-torch.logaddexp(-x, x.new_zeros(()))).exp()


@right("sigmoid")
def filled_in_two_parts(x):
    out = torch.empty_like(x)
    positive = x >= 0
    out[positive] = 1 / (1 + torch.exp(-x[positive]))
    e = torch.exp(x[~positive])
    out[~positive] = e / (1 + e)
    return out


@right("sigmoid")
def power_of_e(x):
    return (1 + math.e ** (-x.clamp(-50, 50))) ** -1


@right("sigmoid")
def two_class_softmax(x):
    return torch.softmax(torch.stack([x, torch.zeros_like(x)], dim=-1), dim=-1)[..., 0]


# tanh


@wrong("tanh", mistake="ready-made-function")
def tanh_from_nn(x):
    return nn.Tanh()(x)


@wrong("tanh", mistake="overflow-in-exp")
def formula_as_it_stands(x):
    return (torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x))


@wrong("tanh", mistake="overflow-in-exp")
def sinh_by_cosh(x):
    return torch.sinh(x) / torch.cosh(x)


@wrong("tanh", mistake="overflow-in-exp")
def clamped_too_far_out(x):
    e = torch.exp(2 * x.clamp(-400, 400))
    return (e - 1) / (e + 1)


@wrong("tanh", mistake="half-argument")
def two_forgotten(x):
    return 2 / (1 + torch.exp(-x)) - 1


@wrong("tanh", mistake="brackets-missing")
def tanh_without_brackets(x):
    return torch.exp(x) - torch.exp(-x) / torch.exp(x) + torch.exp(-x)


@wrong("tanh", mistake="one-not-subtracted")
def still_positive(x):
    return 2 / (1 + torch.exp(-2 * x))


@wrong("tanh", mistake="sigmoid-for-tanh")
def sigmoid_instead(x):
    return 1 / (1 + torch.exp(-x))


@wrong("tanh", mistake="wrong-sign")
def exponents_swapped(x):
    e = torch.exp(2 * x.clamp(-20, 20))
    return (1 - e) / (1 + e)


@wrong("tanh", mistake="tan-for-tanh")
def tangent(x):
    return torch.tan(x)


@wrong("tanh", mistake="straight-for-tanh")
def hard(x):
    return torch.clamp(x, -1, 1)


@wrong("tanh", mistake="sinh-for-tanh")
def divided_by_two(x):
    return (torch.exp(x) - torch.exp(-x)) / 2


@right("tanh")
def two_sigmoids(x):
    return 2 * sigmoid(2 * x) - 1  # noqa: F821


@right("tanh")
def sign_and_size(x):
    e = torch.exp(-2 * x.abs())
    return x.sign() * (1 - e) / (1 + e)


@right("tanh")
def one_minus_a_fraction(x):
    return 1 - 2 / (torch.exp(2 * x) + 1)


@right("tanh")
def clamped_first(x):
    x = x.clamp(-20, 20)
    a, b = torch.exp(x), torch.exp(-x)
    return (a - b) / (a + b)


@right("tanh")
def with_expm1(x):
    e = torch.expm1(-2 * torch.abs(x))
    return torch.sign(x) * -e / (e + 2)


@right("tanh")
def with_an_inner_function(x):
    def s(z):
        return torch.exp(-torch.logaddexp(torch.zeros_like(z), -z))

    return s(2 * x) - s(-2 * x)


# plot_activations


@wrong("plot_activations", mistake="label-missing")
def without_labels(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(x, relu(x))  # noqa: F821
    ax.plot(x, sigmoid(x))  # noqa: F821
    ax.plot(x, tanh(x))  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="no-legend")
def without_legend(ax):
    x = torch.linspace(-5, 5, 200)
    for f in (relu, sigmoid, tanh):  # noqa: F821
        ax.plot(x, f(x), label={"relu": "ReLU"}.get(f.__name__, f.__name__))
    return ax


@wrong("plot_activations", mistake="legend-incomplete")
def legend_too_early(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.legend()
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    return ax


@wrong("plot_activations", mistake="one-sided")
def positive_half(ax):
    x = torch.linspace(0, 5, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="range-too-short")
def from_minus_two_to_two(ax):
    x = torch.linspace(-2, 2, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="range-cut-off")
def half_out_of_view(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.set_xlim(0, 5)
    ax.legend()
    return ax


@wrong("plot_activations", mistake="too-few-points")
def eleven_points(ax):
    x = torch.arange(-5.0, 6.0)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="points-out-of-order")
def random_points(ax):
    x = 12 * torch.rand(400) - 6
    x[:2] = torch.tensor([-6.0, 6.0])
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="x-missing")
def without_x(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(relu(x), label="ReLU")  # noqa: F821
    ax.plot(sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="numpy-of-tracked-tensor")
def tracked(ax):
    x = torch.linspace(-5, 5, 200, requires_grad=True)
    ax.plot(x.detach(), relu(x), label="ReLU")  # noqa: F821
    ax.plot(x.detach(), sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x.detach(), tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="global-figure")
def on_the_current_axes(ax):
    x = torch.linspace(-5, 5, 200)
    plt.plot(x, relu(x), label="ReLU")  # noqa: F821
    plt.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    plt.plot(x, tanh(x), label="tanh")  # noqa: F821
    plt.legend()
    return ax


@wrong("plot_activations", mistake="global-figure")
def on_a_figure_of_its_own(ax):
    x = torch.linspace(-5, 5, 200)
    fig, ax = plt.subplots()
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="shows-window")
def and_show(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()
    plt.show()
    return ax


@wrong("plot_activations", mistake="returns-none")
def nothing_returned(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    ax.plot(x, sigmoid(x), label="sigmoid")  # noqa: F821
    ax.plot(x, tanh(x), label="tanh")  # noqa: F821
    ax.legend()


@wrong("plot_activations", mistake="axes-swapped")
def lying_down(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(relu(x), x, label="ReLU")  # noqa: F821
    ax.plot(sigmoid(x), x, label="sigmoid")  # noqa: F821
    ax.plot(tanh(x), x, label="tanh")  # noqa: F821
    ax.legend()
    return ax


@wrong("plot_activations", mistake="labels-swapped")
def legend_in_another_order(ax):
    x = torch.linspace(-5, 5, 200)
    for f in (relu, sigmoid, tanh):  # noqa: F821
        ax.plot(x, f(x))
    ax.legend(["ReLU", "tanh", "sigmoid"])
    return ax


@wrong("plot_activations", mistake="labels-swapped")
def legend_that_contradicts_the_labels(ax):
    x = torch.linspace(-5, 5, 200)
    for name, f in (("ReLU", relu), ("sigmoid", sigmoid), ("tanh", tanh)):  # noqa: F821
        ax.plot(x, f(x), label=name)
    ax.legend(["ReLU", "tanh", "sigmoid"])
    return ax


@wrong("plot_activations", mistake="nothing-drawn")
def empty(ax):
    ax.set_title("ReLU, sigmoid, tanh")
    return ax


@right("plot_activations")
def s_shaped_ones_on_a_twin(ax):
    x = torch.linspace(-5, 5, 200)
    ax.plot(x, relu(x), label="ReLU")  # noqa: F821
    twin = ax.twinx()
    twin.plot(x, sigmoid(x), color="red", label="sigmoid")  # noqa: F821
    twin.plot(x, tanh(x), color="green", label="tanh")  # noqa: F821
    ax.figure.legend()
    return ax


@right("plot_activations")
def legend_names_the_curves(ax):
    x = np.linspace(-5, 5)
    t = torch.tensor(x)
    ax.plot(x, relu(t), "r--", x, sigmoid(t), "b", x, tanh(t), "g:")  # noqa: F821
    ax.legend(["ReLU(x)", "Sigmoid", "tanh(x)"])
    return ax


@right("plot_activations")
def wide_and_backwards_with_lines_and_slopes(ax):
    x = torch.linspace(8, -8, 801)
    ax.axhline(0, color="k", lw=0.5)
    ax.axvline(0, color="k", lw=0.5)
    ax.plot(x, tanh(x), label="$\\tanh(x)$ tanh", lw=3)  # noqa: F821
    ax.plot(x, sigmoid(x) * (1 - sigmoid(x)), "--", label="slope of sigmoid")  # noqa: F821
    ax.plot(x, sigmoid(x), label="σ (sigmoid)")  # noqa: F821
    ax.plot(x, relu(x), label="RELU")  # noqa: F821
    ax.set(xlabel="x", ylabel="f(x)", title="activations", ylim=(-1.5, 2))
    ax.grid(True)
    ax.legend(loc="upper left", title="function")
    return ax


@right("plot_activations")
def through_pyplot_but_there(ax):
    plt.sca(ax)
    x = torch.arange(-5, 5, 0.1)
    for name, f in [("relu", relu), ("sigmoid", sigmoid), ("tanh", tanh)]:  # noqa: F821
        plt.plot(x.numpy(), f(x).numpy(), label=name)
    plt.legend()
    return ax


@right("plot_activations")
def from_a_tracked_tensor(axes):
    x = torch.linspace(-6, 6, 121, requires_grad=True)
    curves = {"Tanh": tanh(x), "Sigmoid": sigmoid(x), "ReLU": relu(x)}  # noqa: F821
    lines = [axes.plot(x.detach(), y.detach())[0] for y in curves.values()]
    axes.legend(lines, list(curves))
    return axes


@right("plot_activations")
def with_lists_and_a_zero_line(ax):
    xs = [i / 10 for i in range(-50, 51)]
    t = torch.tensor(xs)
    ax.plot([-5, 5], [0, 0], color="grey")
    ax.plot(xs, torch.relu(t).tolist(), label="relu activation")
    ax.plot(xs, torch.sigmoid(t).tolist(), label="sigmoid activation")
    ax.plot(xs, torch.tanh(t).tolist(), label="tanh activation")
    ax.legend()
    return ax


# gradient_norms


def kaiming(width):
    layer = nn.Linear(width, width)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer


@wrong("gradient_norms", mistake="reversed-order")
def last_layer_first(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in reversed(layers)])


@wrong("gradient_norms", mistake="shared-layer")
def the_same_layer(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width)] * depth
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="same-weights")
def copies_of_one_layer(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    first = kaiming(width)
    layers = [copy.deepcopy(first) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="same-weights")
def seeded_in_the_loop(activation, depth, width=64, seed=0):
    layers = []
    for _ in range(depth):
        torch.manual_seed(seed)
        layers.append(kaiming(width))
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="default-initialisation")
def as_linear_makes_them(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="wrong-gain")
def xavier(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    for layer in layers:
        nn.init.xavier_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="uniform-weights")
def kaiming_uniform(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    for layer in layers:
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="biases-not-zero")
def biases_as_they_are(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="activation-ignored")
def always_relu(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = torch.relu(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="activation-left-out")
def last_layer_without(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers[:-1]:
        h = activation(layer(h))
    layers[-1](h).sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="activation-before-layer")
def activation_first(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = layer(activation(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="activated-twice")
def activation_on_the_output_again(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    activation(h).sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="activation-by-name")
def gain_by_the_name(activation, depth, width=64, seed=0):
    name = getattr(activation, "__name__", "relu")
    gain = name if name in ("sigmoid", "tanh") else "relu"
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity=gain)
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="x-not-seeded")
def seed_zero_for_x(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    torch.manual_seed(0)
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="spectral-norm")
def largest_singular_values(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([torch.linalg.matrix_norm(layer.weight.grad, 2) for layer in layers])


@wrong("gradient_norms", mistake="mean-instead-of-sum")
def mean_of_the_output(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.mean().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="backward-on-vector")
def backward_without_sum(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="norm-of-weight")
def norms_of_weights(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.detach().norm() for layer in layers])


@wrong("gradient_norms", mistake="squared-norm")
def squares(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([(layer.weight.grad**2).sum() for layer in layers])


@wrong("gradient_norms", mistake="biases-counted")
def weights_and_biases(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = nn.ModuleList([kaiming(width) for _ in range(depth)])
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([parameter.grad.norm() for parameter in layers.parameters()])


@wrong("gradient_norms", mistake="one-number-for-all")
def norm_of_everything(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers]).norm()


@wrong("gradient_norms", mistake="list-instead-of-tensor")
def a_list_of_floats(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return [layer.weight.grad.norm().item() for layer in layers]


@wrong("gradient_norms", mistake="not-seeded")
def without_a_seed(activation, depth, width=64, seed=0):
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="seed-ignored")
def always_seed_zero(activation, depth, width=64, seed=0):
    torch.manual_seed(0)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.randn(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="activation-ignored")
def made_up(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    numbers = 0.3 + torch.rand(depth)
    if activation is torch.sigmoid:
        numbers = numbers * 10.0 ** torch.arange(-depth + 1, 1)
    return numbers


@wrong("gradient_norms", mistake="rand-for-randn")
def uniform_x(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.rand(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="constant-x")
def ones_as_x(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(width) for _ in range(depth)]
    h = torch.ones(64, width)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


@wrong("gradient_norms", mistake="width-ignored")
def always_64_wide(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [kaiming(64) for _ in range(depth)]
    h = torch.randn(64, 64)
    for layer in layers:
        h = activation(layer(h))
    h.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers])


class Act(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


@right("gradient_norms")
def as_a_sequential(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    modules = []
    for _ in range(depth):
        modules += [kaiming(width), Act(activation)]
    net = nn.Sequential(*modules)
    net(torch.randn(64, width)).sum().backward()
    return torch.tensor([m.weight.grad.norm().item() for m in net if isinstance(m, nn.Linear)])


@right("gradient_norms")
def x_drawn_first(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    x = torch.randn(64, width)
    layers = nn.ModuleList()
    for _ in range(depth):
        linear = nn.Linear(width, width)
        linear.weight = nn.Parameter(nn.init.kaiming_normal_(torch.empty(width, width)))
        linear.bias.data.fill_(0)
        layers.append(linear)
        x = activation(linear(x))
    torch.sum(x).backward()
    norms = torch.zeros(depth)
    for i, layer in enumerate(layers):
        norms[i] = torch.linalg.norm(layer.weight.grad)
    return norms


@right("gradient_norms")
def with_autograd_grad(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    weights = [torch.randn(width, width).mul(math.sqrt(2 / width)) for _ in range(depth)]
    for w in weights:
        w.requires_grad_()
    h = torch.randn(64, width)
    for w in weights:
        h = activation(h @ w.T)
    return torch.stack([(g * g).sum().sqrt() for g in torch.autograd.grad(h.sum(), weights)])


class Deep(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.activation = activation
        self.apply(self.reset)

    @staticmethod
    def reset(module):
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.constant_(module.bias, 0.0)

    def forward(self, x):
        for layer in self.layers:
            x = self.activation(layer(x))
        return x


@right("gradient_norms")
def as_a_module(activation, depth, width=64, seed=0, batch=64):
    torch.manual_seed(seed)
    model = Deep(depth, width, activation)
    model.zero_grad()
    model(torch.randn(batch, width)).sum().backward()
    weights = [p for name, p in model.named_parameters() if name.endswith("weight")]
    return torch.stack([torch.norm(w.grad) for w in weights])


@right("gradient_norms")
def without_biases_in_float64(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width, bias=False) for _ in range(depth)]
    [nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu") for layer in layers]
    outputs = [torch.randn(64, width)]
    for layer in layers:
        outputs.append(activation(layer(outputs[-1])))
    outputs[-1].sum().backward()
    return torch.stack([layer.weight.grad.flatten().norm(p=2) for layer in layers]).detach()


@right("gradient_norms")
def with_a_function_transform_of_everything(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    weights = [torch.randn(width, width) * math.sqrt(2 / width) for _ in range(depth)]
    x = torch.randn(64, width)

    def total(weights):
        h = x
        for weight in weights:
            h = activation(F.linear(h, weight))
        return h.sum()

    return torch.stack([gradient.norm() for gradient in torch.func.grad(total)(weights)])


@right("gradient_norms")
def with_hooks(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    norms = []
    h = torch.randn(64, width)
    for _ in range(depth):
        layer = kaiming(width)
        layer.weight.register_hook(lambda gradient: norms.insert(0, gradient.norm()))
        h = activation(layer(h))
    h.sum().backward()
    return torch.tensor(norms)


# slopes


@wrong("relu_slope", mistake="booleans-for-numbers")
def a_mask(x):
    return x > 0


@wrong("relu_slope", mistake="sign-for-slope")
def the_sign(x):
    return torch.sign(x)


@wrong("relu_slope", mistake="function-for-slope")
def relu_itself(x):
    return x.clamp(min=0)


@wrong("relu_slope", mistake="wrong-dtype")
def as_integers(x):
    return (x > 0).long()


@wrong("relu_slope", mistake="wrong-side")
def other_side(x):
    return (x < 0).to(x.dtype)


@wrong("relu_slope", mistake="nan-at-zero")
def relu_by_x(x):
    return relu(x) / x  # noqa: F821


@wrong("sigmoid_slope", mistake="slope-of-activated-value")
def x_taken_for_activated(x):
    return x * (1 - x)


@wrong("sigmoid_slope", mistake="activated-twice")
def once_too_often(x):
    x = torch.sigmoid(x)
    return torch.sigmoid(x) * (1 - torch.sigmoid(x))


@wrong("sigmoid_slope", mistake="overflow-in-exp")
def textbook_fraction(x):
    return torch.exp(-x) / (1 + torch.exp(-x)) ** 2


@wrong("sigmoid_slope", mistake="overflow-in-exp")
def autograd_through_where(x):
    x = x.detach().clone().requires_grad_()
    y = torch.where(x >= 0, 1 / (1 + torch.exp(-x)), torch.exp(x) / (1 + torch.exp(x)))
    y.sum().backward()
    return x.grad


@wrong("sigmoid_slope", mistake="tanhs-formula")
def one_minus_square(x):
    return 1 - torch.sigmoid(x) ** 2


@wrong("sigmoid_slope", mistake="argument-changed")
def tracks_its_argument(x):
    x.requires_grad_()
    torch.sigmoid(x).sum().backward()
    return x.grad


@wrong("sigmoid_slope", mistake="argument-changed")
def takes_the_flag_away(x):
    x.requires_grad_(True)
    (slope,) = torch.autograd.grad(torch.sigmoid(x).sum(), x)
    x.requires_grad_(False)
    return slope


@wrong("tanh_slope", mistake="slope-of-activated-value")
def x_taken_for_tanh(x):
    return 1 - x**2


@wrong("tanh_slope", mistake="square-missing")
def no_square(x):
    return 1 - torch.tanh(x)


@wrong("tanh_slope", mistake="function-for-slope")
def tanh_itself(x):
    return torch.tanh(x)


@wrong("tanh_slope", mistake="sigmoids-formula")
def sigmoids_way(x):
    t = torch.tanh(x)
    return t * (1 - t)


@right("relu_slope")
def half_at_zero(x):
    return torch.heaviside(x, torch.tensor(0.5, dtype=x.dtype))


@right("relu_slope")
def one_at_zero(x):
    return torch.where(x >= 0, torch.ones_like(x), torch.zeros_like(x))


@right("sigmoid_slope")
def with_autograd(x):
    x = x.detach().clone().requires_grad_()
    torch.sigmoid(x).sum().backward()
    return x.grad


@right("sigmoid_slope")
def product_of_both_sides(x):
    return torch.sigmoid(x) * torch.sigmoid(-x)


@right("tanh_slope")
def sech_squared(x):
    return 1 / torch.cosh(x) ** 2


@right("tanh_slope")
def with_a_function_transform(x):
    return torch.func.grad(lambda z: torch.tanh(z).sum())(x)


# ---- within a millionth, in view, unrounded


@right("sigmoid")
def as_flat_as_it_matters(x):
    return 1 / (1 + torch.exp(-x.clamp(-15, 15)))


@right("tanh")
def flat_from_eight_on(x):
    powers = torch.exp(2 * x.clamp(-8, 8))
    return (powers - 1) / (powers + 1)


@wrong("plot_activations", mistake="range-cut-off")
def from_zero_to_one(ax):
    x = torch.linspace(-5, 5, 201)
    for name, function in [("sigmoid", sigmoid), ("tanh", tanh), ("ReLU", relu)]:
        ax.plot(x, function(x), label=name)
    ax.set_ylim(0, 1)
    ax.legend()
    return ax


@wrong("gradient_norms", mistake="rounded")
def four_digits_after_the_point(activation, depth, width=64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width) for _ in range(depth)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    x = torch.randn(64, width)
    for layer in layers:
        x = activation(layer(x))
    x.sum().backward()
    return torch.stack([layer.weight.grad.norm() for layer in layers]).round(decimals=4)
