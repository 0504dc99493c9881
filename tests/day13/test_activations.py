"""Day 13: what the activation functions, their picture and the gradient norms must be."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from kata import expect, figures
from kata.written_out import written_out

TORCHS_OWN = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
FLOATS = [torch.float32, torch.float64]
LN2, LN3, LN9 = math.log(2), math.log(3), math.log(9)

each_function = pytest.mark.parametrize("name", TORCHS_OWN)
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=["float32", "float64"])


def relu_near_misses(x, actual=None):
    negative = torch.minimum(x, torch.zeros_like(x))
    return {
        "leaky-slope": (
            fitting(actual, [x - negative + slope * negative for slope in (0.01, 0.1, 0.2, 0.3)]),
            "That is leaky ReLU, with a small slope on the left. Here negative numbers become 0.",
        ),
        "wrong-sign": (
            -negative,
            "The sign is turned around: positive numbers are kept, negative ones become 0.",
        ),
        "negatives-kept": (
            negative,
            "That keeps the negative numbers. Positive ones are kept, negative ones become 0.",
        ),
        "abs-for-relu": (x.abs(), "That is the absolute value. Negative numbers become 0."),
        "step-for-relu": (
            (x > 0).to(x.dtype),
            "That is 0 or 1, a step. Positive numbers stay as large as they are.",
        ),
        "identity": (x, "That is x itself. Negative numbers become 0."),
        "clipped": (
            fitting(actual, [x.clamp(0, 1), x.clamp(0, 6)]),
            "Large numbers are cut off. ReLU has no upper end.",
        ),
        "maximum-of-all": (
            x.max(),
            "That is the largest number of x. Each number by itself is compared with 0: "
            "torch.clamp or torch.maximum.",
        ),
        "softplus-for-relu": (
            torch.logaddexp(x, torch.zeros_like(x)),
            "That is softplus, log(1 + exp(x)), a rounded ReLU. Here no exp is needed.",
        ),
    }


def sigmoid_near_misses(x, actual=None):
    e = torch.exp(-x)
    return {
        "wrong-sign": (
            torch.sigmoid(-x),
            "That is sigmoid(-x): in the formula the x in exp has a minus sign.",
        ),
        "brackets-missing": (
            1 + e,
            "That is (1 / 1) + exp(-x): the sum 1 + exp(-x) needs brackets.",
        ),
        "minus-in-denominator": (1 / (1 - e), "In the denominator stands a plus: 1 + exp(-x)."),
        "division-missing": (1 / e, "That is exp(x) alone. The formula is 1 / (1 + exp(-x))."),
        "tanh-for-sigmoid": (torch.tanh(x), "That is tanh. Sigmoid lies between 0 and 1."),
        "softmax-for-sigmoid": (
            torch.softmax(x, dim=-1),
            "That is a softmax: it makes all numbers of a row sum to 1. Each counts by itself here.",
        ),
        "slope-for-sigmoid": (
            torch.sigmoid(x) * torch.sigmoid(-x),
            "That is sigmoid's slope. It is the stretch goal: here the function itself is wanted.",
        ),
    }


def tanh_near_misses(x, actual=None):
    up, down = torch.exp(x), torch.exp(-x)
    return {
        "wrong-sign": (
            torch.tanh(-x),
            "That is tanh(-x): positive numbers stay positive, negative ones negative.",
        ),
        "half-argument": (
            torch.tanh(x / 2),
            "That is tanh(x / 2): there is a factor 2 missing, as in 2 * sigmoid(2 * x) - 1.",
        ),
        "double-argument": (
            torch.tanh(2 * x),
            "That is tanh(2 * x): there is a factor 2 too many.",
        ),
        "brackets-missing": (
            up - down / up + down,
            "Division goes before plus and minus: both sums of the formula need brackets.",
        ),
        "one-not-subtracted": (
            1 + torch.tanh(x),
            "That lies between 0 and 2: 1 is to be subtracted.",
        ),
        "sigmoid-for-tanh": (torch.sigmoid(x), "That is sigmoid. Tanh lies between -1 and 1."),
        "sinh-for-tanh": (
            (up - down) / 2,
            "That is sinh, (exp(x) - exp(-x)) / 2. Tanh divides by exp(x) + exp(-x).",
        ),
        "upside-down": ((up + down) / (up - down), "The fraction stands upside down."),
        "tan-for-tanh": (torch.tan(x), "That is the tangent. Tanh is the hyperbolic tangent."),
        "straight-for-tanh": (
            x.clamp(-1, 1),
            "That is straight between -1 and 1. Tanh bends: it is made of exp.",
        ),
        "slope-for-tanh": (
            1 - torch.tanh(x) ** 2,
            "That is tanh's slope. It is the stretch goal: here the function itself is wanted.",
        ),
    }


NEAR_MISSES = {
    "relu": relu_near_misses,
    "sigmoid": sigmoid_near_misses,
    "tanh": tanh_near_misses,
}


def fitting(actual, candidates):
    """Return the candidate that `actual` equals, or the first: one mistake, several numbers."""
    fits = (c for c in candidates if isinstance(actual, torch.Tensor) and same(actual, c))
    return next(fits, candidates[0])


def same(actual, expected, tolerance=1e-6):
    return actual.shape == expected.shape and torch.allclose(
        actual.detach().double(), expected.double(), rtol=tolerance, atol=tolerance
    )


def a_tensor(result, words):
    """Fail if torch.max or torch.min looked along a dimension, as torch.max(x, 0) does."""
    expect.that(
        not isinstance(result, torch.return_types.max | torch.return_types.min),
        f"{words} returned a pair, values and indices, expected a tensor",
        "torch.max(x, 0) takes the largest number along dimension 0. To compare each number with "
        "zero, use torch.clamp(x, min=0) or torch.maximum(x, torch.zeros_like(x)).",
        mistake="max-along-dimension",
    )
    return result


def test_relu_keeps_positive_numbers_only(exercise):
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 3.0])

    result = a_tensor(exercise.relu(x), "relu(x (5,))")

    expect.close(
        result,
        torch.tensor([0.0, 0.0, 0.0, 0.5, 3.0]),
        near_misses=relu_near_misses(x, result),
    )


def test_sigmoid_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN3, -LN3, LN9])

    result = exercise.sigmoid(x)

    # With exp(-x) = 1, 1/3, 3 and 1/9: 1/2, 1/(4/3), 1/4 and 1/(10/9).
    expect.close(
        result,
        torch.tensor([0.5, 0.75, 0.25, 0.9]),
        near_misses=sigmoid_near_misses(x),
        because="x = 0, ln 3, -ln 3 and ln 9: exp(-x) is 1, 1/3, 3 and 1/9.",
    )


def test_tanh_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN2, -LN2, LN3])

    result = exercise.tanh(x)

    # exp(x) = 1, 2, 1/2 and 3: 0/2, (3/2)/(5/2), (-3/2)/(5/2) and (8/3)/(10/3).
    expect.close(
        result,
        torch.tensor([0.0, 0.6, -0.6, 0.8]),
        near_misses=tanh_near_misses(x),
        because="x = 0, ln 2, -ln 2 and ln 3: exp(x) is 1, 2, 1/2 and 3.",
    )


@each_function
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 2), (2, 3, 4)], ids=str)
def test_any_shape(exercise, name, shape):
    x = 3 * torch.randn(shape)

    result = getattr(exercise, name)(x)

    a_tensor(result, f"{name}(x {shape})")
    expect.close(result, TORCHS_OWN[name](x), near_misses=NEAR_MISSES[name](x, result))


@each_function
def test_a_transposed_tensor(exercise, name):
    x = torch.randn(3, 4).T

    result = getattr(exercise, name)(x)

    a_tensor(result, f"{name}(x (4, 3))")
    expect.close(result, TORCHS_OWN[name](x), near_misses=NEAR_MISSES[name](x, result))


@each_function
@each_float
def test_large_numbers(exercise, name, dtype):
    size = torch.tensor([5.0, 20.0, 60.0, 90.0, 400.0, 800.0, 1000.0], dtype=dtype)
    x = torch.cat([-size.flip(0), torch.zeros(1, dtype=dtype), size])

    result = getattr(exercise, name)(x)

    a_tensor(result, f"{name}(x (15,))")
    check_overflow(result, TORCHS_OWN[name](x), x, name)
    expect.close(
        result,
        TORCHS_OWN[name](x),
        near_misses=NEAR_MISSES[name](x, result),
        tolerance=1e-6,
        because="x runs from -1000 to 1000.",
    )


def check_overflow(result, expected, x, name):
    """Name the overflow if the result is right wherever it is a number."""
    if not isinstance(result, torch.Tensor) or result.shape != expected.shape:
        return
    lost = ~result.isfinite()
    if lost.any() and same(result[~lost], expected[~lost]):
        place = lost.nonzero()[0].item()
        limit = "89 in float32" if x.dtype == torch.float32 else "710 in float64"
        expect.fail(
            f"{name}({x[place]:g}) is {result[place].item()}, expected {expected[place]:g}",
            f"exp(x) is inf from about {limit} on, and inf / inf, inf - inf and 0 * inf are nan. "
            "Which of exp(x) and exp(-x) stays small, and could x be clamped first?",
            mistake="overflow-in-exp",
        )


@each_function
@pytest.mark.parametrize("dtype", FLOATS, ids=["float32", "float64"])
def test_every_number_between(exercise, name, dtype):
    x = torch.linspace(-30, 30, 1201, dtype=dtype)

    result = getattr(exercise, name)(x)

    a_tensor(result, f"{name}(x (1201,))")
    expect.close(
        result,
        TORCHS_OWN[name](x),
        near_misses=NEAR_MISSES[name](x, result),
        tolerance=1e-6,
        because="Is it right to 1e-6? A number clamped too early, or 1 + exp(x) - 1, is not.",
    )


@each_function
@each_float
def test_gradient(exercise, name, dtype):
    size = torch.cat([torch.tensor([0.001, 1.0, 20.0]), 20 * torch.rand(30).clamp(min=1e-3)])
    leaf = torch.cat([-size, size]).to(dtype).requires_grad_()
    upstream = torch.randn(len(leaf), dtype=dtype)
    x = leaf * 1  # not a leaf, so that a change in place is only found where it is looked for

    result = getattr(exercise, name)(x)

    a_tensor(result, f"{name}(x (66,))")
    expect.that(
        not isinstance(result, torch.Tensor) or result.requires_grad,
        f"the result of {name} carries no gradient",
        "Stay with torch's functions on x: .detach(), .item(), no_grad, NumPy and torch.tensor(…) "
        "cut the graph.",
        mistake="graph-lost",
    )
    (gradient,) = torch.autograd.grad(result, leaf, upstream, allow_unused=True)
    expect.that(
        gradient is not None,
        f"no gradient gets from the result of {name} back to x",
        "The result must be computed from x itself, not from a copy that was cut off.",
        mistake="graph-lost",
    )
    (expected,) = torch.autograd.grad(TORCHS_OWN[name](leaf), leaf, upstream)
    lost = gradient.isnan()
    expect.that(
        not lost.any() or not same(gradient[~lost], expected[~lost], 1e-5),
        f"{name}(x) has the gradient nan at {lost.sum()} of {len(leaf)} numbers, the first at "
        f"x = {leaf[lost][:1].sum():g}",
        "Something on the way there has an infinite slope, or is nan itself: sqrt and log at 0, "
        "or a branch that torch.where does not take: its gradient is multiplied by 0, and "
        "0 * inf is nan.",
        mistake="nan-gradient",
    )
    expect.close(
        gradient,
        expected,
        call=f"the gradient through {name}",
        because="The values may be right, but autograd follows the way they were computed.",
    )


@each_function
def test_the_argument_is_left_alone(exercise, name):
    x = torch.tensor([[-2.0, -0.5, 0.0], [0.5, 2.0, 120.0]])
    before = x.clone()

    getattr(exercise, name)(x)

    expect.that(
        torch.equal(x, before),
        f"{name} changed its argument",
        "Make a new tensor: whoever called still needs the old one. An assignment like x[x < 0] = 0 "
        "and methods that end in _ change it in place.",
        mistake="argument-changed",
    )


@each_function
def test_it_is_written_out(exercise, name):
    x = torch.randn(5)

    with written_out(name):
        getattr(exercise, name)(x)


CURVES = ["ReLU", "sigmoid", "tanh"]
EDGE = 4.75  # arange(-5, 5, 0.25) ends here: the last step may be missing


def draw(exercise):
    """Return a pair of axes and what plot_activations made of the first; the second is current."""
    import matplotlib.pyplot as plt

    figure, (ax, other) = plt.subplots(1, 2)
    plt.sca(other)
    returned = exercise.plot_activations(ax)
    elsewhere = [one for number in plt.get_fignums() for one in plt.figure(number).axes]
    elsewhere = [one for one in elsewhere if one not in figures.axes_of(ax)]
    expect.that(
        figures.curves(ax) or not any(figures.curves(one) for one in elsewhere),
        "plot_activations did not draw on the axes it was given, but elsewhere",
        "Call ax.plot: plt.plot draws on whatever pyplot holds for the current axes.",
        mistake="global-figure",
    )
    expect.that(
        figures.curves(ax),
        "plot_activations drew no curve on the axes it was given",
        "Call ax.plot(x, y, label=…) once for each function.",
        mistake="nothing-drawn",
    )
    return ax, returned


def true_values(name, x):
    return TORCHS_OWN[name.lower()](torch.from_numpy(x)).numpy()


def shows(curve, name):
    return np.allclose(curve.y, true_values(name, curve.x), rtol=0, atol=1e-4)


def the_curve(exercise, ax, name):
    """Return the right curve of this name. Others may bear the name too, say its slope."""
    curves = figures.curves(ax)
    named = [curve for curve in curves if figures.mentions(curve.label, name)]
    expect.that(
        named or not any(shows(curve, name) for curve in curves if not curve.label),
        f"the curve of {name} has no label",
        f'Give ax.plot a label="{name}": without it nobody knows which curve is which.',
        mistake="label-missing",
    )
    labels = ", ".join(curve.label or "(none)" for curve in curves)
    expect.that(
        named,
        f"no curve's label contains {name}; the labels are: {labels}",
        "One curve for each of ReLU, sigmoid and tanh, with the name in its label.",
    )
    for curve in named:
        if shows(curve, name):
            return curve
    curve = named[0]
    expect.that(
        len(named) > 1 or not shows(figures.Curve(curve.y, curve.x, ""), name),
        f"the curve of {name} lies on its side",
        "x comes first: ax.plot(x, y).",
        mistake="axes-swapped",
    )
    for other in CURVES:
        expect.that(
            len(named) > 1 or not shows(curve, other) or not is_right(exercise, other),
            f"the curve that is labelled {name} is {other}",
            "Is each label at the function that is drawn?",
            mistake="labels-swapped",
        )
    wrong = np.abs(curve.y - true_values(name, curve.x)).argmax()
    x, y = curve.x[wrong], curve.y[wrong]
    expected = true_values(name, curve.x)[wrong]
    expect.fail(
        f"the curve of {name} goes through ({x:.4g}, {y:.4g}), expected ({x:.4g}, {expected:.4g})"
    )


def is_right(exercise, name):
    """Tell whether the learner's own function of that name is right, so that only labels are not."""
    x = torch.linspace(-5, 5, 41)
    try:
        return all(
            same(getattr(exercise, one.lower())(x), TORCHS_OWN[one.lower()](x)) for one in CURVES
        )
    except Exception:
        return False


def test_plot_activations_returns_the_axes(exercise):
    ax, returned = draw(exercise)

    expect.that(
        returned is not None,
        "plot_activations(ax) returned None, expected ax",
        "Does the function end with `return ax`?",
        mistake="returns-none",
    )
    expect.that(
        returned is ax,
        f"plot_activations(ax) returned a {type(returned).__name__}, expected the ax it was given",
        "End the function with `return ax`.",
    )


@pytest.mark.parametrize("name", CURVES)
def test_plot_activations_draws_a_labelled_curve(exercise, name):
    ax, _ = draw(exercise)

    the_curve(exercise, ax, name)


@pytest.mark.parametrize("name", CURVES)
def test_plot_activations_shows_both_sides_of_zero(exercise, name):
    ax, _ = draw(exercise)

    curve = the_curve(exercise, ax, name)

    low, high = curve.x.min(), curve.x.max()
    words = f"the curve of {name} runs from {low:.4g} to {high:.4g}, expected at least from -5 to 5"
    expect.that(
        low < -0.25 and high > 0.25,
        words,
        "What the functions do to negative numbers is half of the picture: show both sides.",
        mistake="one-sided",
    )
    expect.that(
        low <= -EDGE and high >= EDGE,
        words,
        "Only further out one sees which curves flatten: torch.linspace(-5, 5, 201).",
        mistake="range-too-short",
    )
    left, right = sorted(ax.get_xlim())
    expect.that(
        left <= -EDGE and right >= EDGE,
        f"only x from {left:.4g} to {right:.4g} is in view, expected at least from -5 to 5",
        "Leave out ax.set_xlim, or widen it.",
        mistake="range-cut-off",
    )


@pytest.mark.parametrize("name", CURVES)
def test_plot_activations_is_smooth(exercise, name):
    ax, _ = draw(exercise)

    curve = the_curve(exercise, ax, name)

    steps = np.diff(curve.x)
    expect.that(
        (steps >= 0).all() or (steps <= 0).all(),
        f"the points of {name} are not in order: the line runs to and fro",
        "ax.plot joins the points in the order in which they come: sort x, or use torch.linspace.",
        mistake="points-out-of-order",
    )
    # What the eye sees: how far the straight pieces lie from the true curve.
    order = curve.x.argsort()
    x = np.linspace(max(curve.x.min(), -5), min(curve.x.max(), 5), 2001)
    off = np.abs(np.interp(x, curve.x[order], curve.y[order]) - true_values(name, x)).max()
    expect.that(
        off < 0.01,
        f"the curve of {name} has {len(curve.x)} points, as far as {np.abs(steps).max():.3g} apart",
        "Straight pieces show between them. Points at most 0.25 apart look smooth.",
        mistake="too-few-points",
    )


def test_plot_activations_has_a_legend(exercise):
    ax, _ = draw(exercise)
    for name in CURVES:
        the_curve(exercise, ax, name)

    legend = figures.legend(ax)

    expect.that(
        legend,
        "the picture has no legend",
        "Call ax.legend() after the curves are drawn: it shows their labels.",
        mistake="no-legend",
    )
    for name in CURVES:
        expect.that(
            any(figures.mentions(text, name) for text in legend),
            f"the legend does not show {name}; it shows: {', '.join(legend)}",
            "Call ax.legend() once, after the last curve is drawn.",
            mistake="legend-incomplete",
        )


class Watched:
    """An activation that notes what it is given."""

    def __init__(self, function):
        self.function, self.inputs = function, []

    def __call__(self, z):
        self.inputs.append(z)
        return self.function(z)


class Network:
    """What gradient_norms returned, and the layers it made, found in the graph of their outputs."""

    def __init__(self, exercise, function, depth, width):
        activation = Watched(function)
        self.norms = a_vector(exercise.gradient_norms(activation, depth, width), depth)
        self.call = f"gradient_norms(activation, depth={depth}, width={width})"
        self.inputs = activation.inputs
        expect.that(
            self.inputs,
            "gradient_norms never called the activation it was given",
            "Use the argument activation, not relu or another function by name.",
            mistake="activation-ignored",
        )
        known = {}
        for number, z in enumerate(self.inputs):
            known |= leaves_behind(z)
            self.weights = [leaf for leaf in known.values() if leaf.shape == (width, width)]
            self.biases = [leaf for leaf in known.values() if leaf.shape == (width,)]
            expect.that(
                self.weights or number or not isinstance(z, torch.Tensor),
                "gradient_norms gave x to the activation before any layer",
                "Each layer comes first, and the activation after it: activation(layer(x)).",
                mistake="activation-before-layer",
            )
        expect.that(
            len(self.inputs) >= depth,
            f"{self.call} called the activation {len(self.inputs)} times, expected {depth}",
            "The activation follows every layer, the last one too.",
            mistake="activation-left-out",
        )
        expect.that(
            len(self.weights) >= depth,
            f"{self.call} used {len(self.weights)} different layers, expected {depth}",
            "[layer] * depth is the same layer again and again: call nn.Linear once for each.",
            mistake="shared-layer",
        )
        expect.equal(len(self.weights), depth, call=f"{self.call}: number of weight matrices")


def leaves_behind(z):
    """Return the parameters that z was computed from, by id, in the order of the graph."""
    found, seen, waiting = {}, set(), [z.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found[id(node.variable)] = node.variable
        waiting += [following for following, _ in node.next_functions]
    return found


def a_vector(norms, depth):
    """Return `norms` if it is a tensor with one number for each layer."""
    call = f"gradient_norms(activation, depth={depth})"
    if not isinstance(norms, torch.Tensor):
        expect.close(norms, torch.zeros(depth))
    expect.that(
        norms.shape != (2 * depth,),
        f"{call} returned a tensor of shape ({2 * depth},), expected shape ({depth},)",
        "That is two numbers a layer. Only weights count: layer.weight.grad, not the biases.",
        mistake="biases-counted",
    )
    expect.that(
        norms.shape != (),
        f"{call} returned a single number, expected one for each of the {depth} layers",
        "Take the norm of each layer's gradient by itself, and put them into one tensor.",
        mistake="one-number-for-all",
    )
    expect.that(
        norms.shape == (depth,),
        f"{call} returned a tensor of shape {tuple(norms.shape)}, expected shape ({depth},)",
        "One number for each layer: torch.stack makes one tensor of a list of them.",
    )
    return norms


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_gradient_norms_has_one_number_for_each_layer(exercise, depth):
    norms = a_vector(exercise.gradient_norms(torch.tanh, depth), depth)

    expect.that(
        (norms > 0).all(),
        f"gradient_norms(tanh, depth={depth}) has a norm that is not positive: {norms.tolist()}",
        "A norm is the length of a gradient: square, sum, square root (.norm()).",
    )


OUTPUTS = torch.tensor([1.0, 2.0, 2.0, 4.0])  # of length 5
SLOPES = torch.tensor([2.0, 1.0, 4.0, 2.0])  # of length 5


def fixed(z):
    """Return OUTPUTS whatever z is, with SLOPES, so that the gradients can be worked out."""
    return OUTPUTS + SLOPES * (z - z.detach())


@pytest.mark.parametrize("depth", [2, 5])
def test_gradient_norms_are_those_of_the_weights_first_layer_first(exercise, depth):
    network = Network(exercise, fixed, depth, width=4)

    # Each of 64 rows has the outputs a = OUTPUTS. Last layer: dz = SLOPES in each row, so the
    # weight gradient is 64 · SLOPES ⊗ a, of norm 64 · 5 · 5 = 1600. One layer before it, dz is
    # (dz @ weight) · SLOPES. The first layer's depends on x: it is left out here.
    dz, slopes = [SLOPES], [SLOPES / SLOPES]
    for weight in reversed(network.weights[2:]):
        dz.insert(0, (dz[0] @ weight.detach()) * SLOPES)
    dz = torch.stack(dz)  # (depth - 1, 4)
    expected = 64 * dz.norm(dim=1) * 5
    norms = network.norms
    expect.that(
        depth == 2 or not same(norms.flip(0)[1:], expected, 1e-4),
        f"{network.call} returned the norms in reverse order",
        "The first number is the first layer's, the one next to x.",
        mistake="reversed-order",
    )
    entries = 64 * dz[:, :, None] * OUTPUTS  # (depth - 1, 4, 4), the gradients themselves
    expect.close(
        norms[1:],
        expected,
        call=f"{network.call}[1:]",
        tolerance=1e-4,
        near_misses={
            "mean-instead-of-sum": (
                expected / 256,
                "That is the gradient of output.mean(): here it is output.sum().",
            ),
            "squared-norm": (
                expected**2,
                "That is the square of the norm: the square root is missing.",
            ),
            "sum-of-entries": (
                entries.sum(dim=(1, 2)),
                "That is the sum of the gradient's entries: positive and negative ones cancel. "
                "Take .norm().",
            ),
            "mean-instead-of-norm": (
                entries.abs().mean(dim=(1, 2)),
                "That is the mean size of the gradient's entries. Take .norm().",
            ),
            "largest-instead-of-norm": (
                entries.abs().amax(dim=(1, 2)),
                "That is the largest entry of the gradient. Take .norm().",
            ),
            "sum-of-sizes": (
                entries.abs().sum(dim=(1, 2)),
                "That is the sum of the entries' sizes. The norm is the root of the sum of squares.",
            ),
            "biases-counted": (
                64 * dz.norm(dim=1) * math.sqrt(26),
                "The bias's gradient is in it too: asked for is the weight's alone.",
            ),
            "norm-of-bias": (
                64 * dz.norm(dim=1),
                "That is the norm of the bias's gradient: take layer.weight.grad.",
            ),
            "norm-of-weight": (
                torch.stack([weight.detach().norm() for weight in network.weights[1:]]),
                "That is the norm of the weights: take that of their gradient, layer.weight.grad.",
            ),
            "relative-norms": (
                expected / expected[-1],
                "That is divided by the last norm. Return the norms; who calls divides.",
            ),
        },
    )


@pytest.mark.parametrize("width", [5, 64])
def test_gradient_norms_sends_64_rows_of_the_given_width(exercise, width):
    network = Network(exercise, torch.tanh, depth=3, width=width)

    for z in network.inputs:
        expect.that(
            tuple(z.shape) == (64, width),
            f"{network.call} gave the activation a tensor of shape {tuple(z.shape)}, "
            f"expected (64, {width})",
            "x has 64 rows and `width` columns, and each layer leads from width to width.",
        )


def test_gradient_norms_draws_weights_as_kaiming_and_sets_biases_to_zero(exercise):
    network = Network(exercise, torch.tanh, depth=12, width=64)

    weights = torch.stack([weight.detach() for weight in network.weights])
    std, largest = weights.std().item(), weights.abs().max().item()
    drawn = f"the weights have a standard deviation of {std:.3f}, expected √(2 / 64) = 0.177"
    # nn.Linear draws evenly from ±1/√width = ±1/8, kaiming_uniform_ from ±√(6 / 64) = ±0.306.
    expect.that(
        largest > 0.126 or abs(std - 0.0722) > 0.002,
        drawn,
        "That is how nn.Linear draws them. Redraw each with "
        'nn.init.kaiming_normal_(layer.weight, nonlinearity="relu").',
        mistake="default-initialisation",
    )
    expect.that(
        abs(std - 0.125) > 0.003,
        drawn,
        "They are too small by √2: nonlinearity=\"relu\" makes up for the half that ReLU discards, "
        "and it is to be used for every activation.",
        mistake="wrong-gain",
    )
    expect.that(
        abs(std - 1) > 0.02,
        drawn,
        "They are drawn by randn as it is: kaiming_normal_ scales them to the width.",
        mistake="unscaled-weights",
    )
    expect.that(abs(std - math.sqrt(2 / 64)) < 0.005, drawn, "Use nn.init.kaiming_normal_.")
    expect.that(
        largest > 0.31,
        f"the largest of {weights.numel():,} weights is {largest:.3f}: they are drawn evenly",
        "Use nn.init.kaiming_normal_, not kaiming_uniform_.",
        mistake="uniform-weights",
    )
    expect.that(
        all((bias == 0).all() for bias in network.biases),
        "the biases are not zero",
        "nn.Linear draws them at random: nn.init.zeros_(layer.bias).",
        mistake="biases-not-zero",
    )


def test_gradient_norms_makes_layers_that_differ(exercise):
    network = Network(exercise, torch.tanh, depth=4, width=8)

    first, *others = network.weights
    expect.that(
        not any(torch.equal(first, other) for other in others),
        "the layers all have the same weights",
        "Set the seed once, before the first layer, and draw each weight anew.",
        mistake="same-weights",
    )


def test_gradient_norms_draws_x_with_randn(exercise):
    network = Network(exercise, torch.tanh, depth=2, width=64)

    # The first layer's outputs vary over the batch as x does, times the squares of the weights.
    weight, z = network.weights[0].detach(), network.inputs[0].detach()
    variance = (z.var(dim=0).mean() / weight.pow(2).sum(dim=1).mean()).item()
    drawn = f"x has a variance of {variance:.2g} over the batch, expected about 1"
    expect.that(
        variance > 1e-6, drawn, "All rows of x are the same: draw it.", mistake="constant-x"
    )
    expect.that(
        abs(variance - 1 / 12) > 0.02,
        drawn,
        "torch.rand draws evenly from 0 to 1; torch.randn draws from the normal distribution.",
        mistake="rand-for-randn",
    )
    expect.that(0.7 < variance < 1.4, drawn, "Draw it with torch.randn(64, width).")


def test_gradient_norms_repeats_itself_with_the_same_seed(exercise):
    once = a_vector(exercise.gradient_norms(torch.tanh, 4, width=8, seed=3), 4)
    torch.randn(5)
    again = a_vector(exercise.gradient_norms(torch.tanh, 4, width=8, seed=3), 4)

    expect.that(
        torch.allclose(once, again, rtol=1e-4),
        "gradient_norms returned different norms for the same seed",
        "Call torch.manual_seed(seed) first, before anything is drawn.",
        mistake="not-seeded",
    )


def test_gradient_norms_differs_with_another_seed(exercise):
    norms = [a_vector(exercise.gradient_norms(torch.tanh, 4, seed=seed), 4) for seed in (0, 1, 2)]

    expect.that(
        not torch.equal(norms[0], norms[1]) and not torch.equal(norms[1], norms[2]),
        "gradient_norms returned the same norms for different seeds",
        "Give manual_seed the argument: torch.manual_seed(seed).",
        mistake="seed-ignored",
    )


def test_gradient_norms_has_its_defaults(exercise):
    short = a_vector(exercise.gradient_norms(torch.tanh, 3), 3)
    long = a_vector(exercise.gradient_norms(torch.tanh, 3, width=64, seed=0), 3)

    expect.that(
        torch.allclose(short, long, rtol=1e-4),
        "gradient_norms(activation, depth) differs from gradient_norms(…, width=64, seed=0)",
        "Keep the defaults of the stub, width=64 and seed=0, and seed before anything is drawn.",
    )


@pytest.mark.parametrize(
    "activation",
    [nn.Tanh(), lambda z: z / (1 + z.abs()), torch.nn.functional.leaky_relu],
    ids=["module", "lambda", "leaky_relu"],
)
def test_gradient_norms_takes_any_activation(exercise, activation):
    norms = a_vector(exercise.gradient_norms(activation, 3, width=8), 3)

    expect.that(
        norms.isfinite().all() and (norms > 0).all(),
        f"gradient_norms returned {norms.tolist()}, expected three positive numbers",
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradient_vanishes_on_its_way_through_ten_sigmoids(exercise, seed):
    norms = a_vector(exercise.gradient_norms(torch.sigmoid, 10, seed=seed), 10)

    ratio = (norms[0] / norms[-1]).item()
    # Measured over 200 seeds: from 2.6e-6 to 1.3e-5.
    expect.that(
        not ratio > 1e3,
        f"with ten sigmoids the first norm is {ratio:.2g} times the last, expected under 0.001",
        "The norms are in reverse order: the first layer, next to x, comes first.",
        mistake="reversed-order",
    )
    expect.that(
        ratio < 1e-3,
        f"with ten sigmoids the first norm is {ratio:.2g} times the last, expected under 0.001",
        "Sigmoid's slope is ¼ at most, so each layer loses most of the gradient.",
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradient_gets_through_ten_relus(exercise, seed):
    norms = a_vector(exercise.gradient_norms(torch.relu, 10, seed=seed), 10)

    ratio = (norms[0] / norms[-1]).item()
    # Measured over 200 seeds: from 0.26 to 0.77.
    expect.that(
        0.05 <= ratio <= 20,
        f"with ten ReLUs the first norm is {ratio:.2g} times the last, expected 0.05 to 20",
        "Weights drawn as the docstring says keep the gradient's size with ReLU.",
    )


TORCHS_SLOPES = {
    "relu_slope": lambda x: (x > 0).to(x.dtype),
    "sigmoid_slope": lambda x: torch.sigmoid(x) * torch.sigmoid(-x),
    "tanh_slope": lambda x: 1 - torch.tanh(x) ** 2,
}


def slope_near_misses(name, x):
    s, t = torch.sigmoid(x), torch.tanh(x)
    return {
        "relu_slope": {
            "function-for-slope": (
                torch.relu(x),
                "That is relu(x) itself. How steep is it, left and right of 0?",
            ),
            "sign-for-slope": (x.sign(), "That is the sign: on the left ReLU is flat, slope 0."),
            "wrong-side": (1 - (x > 0).to(x.dtype), "The slope is 1 on the right, 0 on the left."),
            "leaky-slope": (
                torch.where(x > 0, 1.0, 0.01).to(x.dtype),
                "That is leaky ReLU's slope. ReLU is flat on the left: 0.",
            ),
        },
        "sigmoid_slope": {
            "slope-of-activated-value": (
                x * (1 - x),
                "a * (1 - a) holds for a = sigmoid(x), the activated value. The argument is x.",
            ),
            "activated-twice": (
                torch.sigmoid(s) * torch.sigmoid(-s),
                "That is the slope at sigmoid(x), not at x: sigmoid is applied once too often.",
            ),
            "function-for-slope": (s, "That is sigmoid(x) itself: asked for is its slope."),
            "squared": (s * s, "With s = sigmoid(x) the slope is s * (1 - s), not s * s."),
            "wrong-sign": (-s * (1 - s), "Sigmoid rises everywhere: its slope is positive."),
            "tanhs-slope": (1 - t * t, "That is the slope of tanh."),
            "tanhs-formula": (1 - s * s, "1 - a² is tanh's formula. Sigmoid's is a * (1 - a)."),
        },
        "tanh_slope": {
            "slope-of-activated-value": (
                1 - x * x,
                "1 - a² holds for a = tanh(x), the activated value. The argument is x.",
            ),
            "activated-twice": (
                1 - torch.tanh(t) ** 2,
                "That is the slope at tanh(x), not at x: tanh is applied once too often.",
            ),
            "function-for-slope": (t, "That is tanh(x) itself: asked for is its slope."),
            "square-missing": (1 - t, "The square is missing: 1 - tanh(x)²."),
            "squared": (t * t, "That is tanh(x)². The slope is what is left of 1."),
            "wrong-sign": (t * t - 1, "Tanh rises everywhere: its slope is positive."),
            "sigmoids-slope": (s * (1 - s), "That is the slope of sigmoid."),
            "sigmoids-formula": (t * (1 - t), "a * (1 - a) is sigmoid's formula. Tanh's is 1 - a²."),
        },
    }[name]


def a_slope(result, words):
    expect.that(
        not isinstance(result, torch.Tensor) or result.dtype != torch.bool,
        f"{words} returned True and False, expected 0 and 1",
        "A comparison gives booleans: turn them into numbers, .to(x.dtype).",
        mistake="booleans-for-numbers",
    )
    return result


@pytest.mark.stretch("relu_slope")
def test_relu_slope_of_four_numbers(exercise):
    x = torch.tensor([-3.0, -0.5, 0.5, 4.0])

    slope = a_slope(exercise.relu_slope(x), "relu_slope(x (4,))")

    expect.close(
        slope,
        torch.tensor([0.0, 0.0, 1.0, 1.0]),
        near_misses=slope_near_misses("relu_slope", x),
    )


@pytest.mark.stretch("relu_slope")
def test_relu_slope_at_zero_lies_between_its_neighbours(exercise):
    x = torch.zeros(3)

    slope = a_slope(exercise.relu_slope(x), "relu_slope(x (3,))")

    expect.close(
        slope,
        slope.clamp(0, 1) if isinstance(slope, torch.Tensor) and slope.shape == (3,) else x,
        because="At the corner, 0, 1 and anything between will do.",
    )


@pytest.mark.stretch("sigmoid_slope")
def test_sigmoid_slope_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN3, -LN3, LN9])

    slope = exercise.sigmoid_slope(x)

    # sigmoid(x) = 1/2, 3/4, 1/4 and 9/10: 1/2 · 1/2, 3/4 · 1/4, 1/4 · 3/4 and 9/10 · 1/10.
    expect.close(
        slope,
        torch.tensor([0.25, 0.1875, 0.1875, 0.09]),
        near_misses=slope_near_misses("sigmoid_slope", x),
        because="sigmoid(x) is 1/2, 3/4, 1/4 and 9/10 there.",
    )


@pytest.mark.stretch("tanh_slope")
def test_tanh_slope_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN2, -LN2, LN3])

    slope = exercise.tanh_slope(x)

    # tanh(x) = 0, 3/5, -3/5 and 4/5: one less 0, 9/25, 9/25 and 16/25.
    expect.close(
        slope,
        torch.tensor([1.0, 0.64, 0.64, 0.36]),
        near_misses=slope_near_misses("tanh_slope", x),
        because="tanh(x) is 0, 3/5, -3/5 and 4/5 there.",
    )


def each_slope(test):
    """Run a test for each slope, each waiting for its own stub."""
    names = [pytest.param(name, marks=pytest.mark.stretch(name)) for name in TORCHS_SLOPES]
    return pytest.mark.parametrize("name", names)(test)


@each_slope
@pytest.mark.parametrize("shape", [(), (6,), (2, 3, 4)], ids=str)
def test_slope_of_any_shape(exercise, name, shape):
    x = 3 * torch.randn(shape) + 0.001  # hardly ever exactly 0, where ReLU may choose

    slope = a_slope(getattr(exercise, name)(x), f"{name}(x {shape})")

    expect.close(slope, TORCHS_SLOPES[name](x), near_misses=slope_near_misses(name, x))


@each_slope
@each_float
def test_slope_far_out(exercise, name, dtype):
    size = torch.tensor([5.0, 20.0, 60.0, 90.0, 400.0, 800.0, 1000.0], dtype=dtype)
    x = torch.cat([-size.flip(0), size])

    slope = a_slope(getattr(exercise, name)(x), f"{name}(x (14,))")

    check_overflow(slope, TORCHS_SLOPES[name](x), x, name)
    expect.close(
        slope,
        TORCHS_SLOPES[name](x),
        near_misses=slope_near_misses(name, x),
        tolerance=1e-6,
        because="x runs from -1000 to 1000.",
    )


@each_slope
def test_slope_leaves_its_argument_alone(exercise, name):
    x = torch.tensor([-2.0, -0.5, 0.5, 2.0])
    before = x.clone()

    getattr(exercise, name)(x)

    expect.that(
        torch.equal(x, before) and not x.requires_grad,
        f"{name} changed its argument",
        "Make a new tensor; for autograd start with x.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )
