"""Day 13: what the activation functions, their picture and the gradient norms must be."""

import inspect
import math
from contextlib import contextmanager, suppress

import numpy as np
import pytest
import torch
from torch import nn

from kata import calls, expect, figures
from kata.written_out import written_out

TORCHS_OWN = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu_slope": lambda x: (x > 0).to(x.dtype),
    "sigmoid_slope": lambda x: torch.sigmoid(x) * torch.sigmoid(-x),
    "tanh_slope": lambda x: 1 - torch.tanh(x) ** 2,
}
FUNCTIONS, SLOPES = list(TORCHS_OWN)[:3], list(TORCHS_OWN)[3:]
FLOATS = [torch.float32, torch.float64]
LN2, LN3, LN9 = math.log(2), math.log(3), math.log(9)

each_function = pytest.mark.parametrize("name", FUNCTIONS)


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
            "That is a softmax: it makes the numbers of a row sum to 1. Here each is by itself.",
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


def relu_slope_near_misses(x, actual=None):
    step = (x > 0).to(x.dtype)
    return {
        "function-for-slope": (
            torch.relu(x),
            "That is relu(x) itself. How steep is it, left and right of 0?",
        ),
        "sign-for-slope": (x.sign(), "That is the sign: on the left ReLU is flat, slope 0."),
        "wrong-side": (1 - step, "The slope is 1 on the right, 0 on the left."),
        "leaky-slope": (
            fitting(actual, [step + slope * (1 - step) for slope in (0.01, 0.1, 0.2, 0.3)]),
            "That is leaky ReLU's slope. ReLU is flat on the left: 0.",
        ),
    }


def sigmoid_slope_near_misses(x, actual=None):
    s, t = torch.sigmoid(x), torch.tanh(x)
    return {
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
    }


def tanh_slope_near_misses(x, actual=None):
    s, t = torch.sigmoid(x), torch.tanh(x)
    return {
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
    }


NEAR_MISSES = {
    "relu": relu_near_misses,
    "sigmoid": sigmoid_near_misses,
    "tanh": tanh_near_misses,
    "relu_slope": relu_slope_near_misses,
    "sigmoid_slope": sigmoid_slope_near_misses,
    "tanh_slope": tanh_slope_near_misses,
}


def fitting(actual, candidates):
    """Return the candidate that `actual` equals, or the first: one mistake, several numbers."""
    fits = (candidate for candidate in candidates if same(actual, candidate))
    return next(fits, candidates[0])


def same(actual, expected, tolerance=1e-6):
    if not isinstance(actual, torch.Tensor) or not isinstance(expected, torch.Tensor):
        return False
    return actual.shape == expected.shape and torch.allclose(
        actual.detach().double(),
        expected.detach().double(),
        rtol=tolerance,
        atol=tolerance,
        equal_nan=True,
    )


def check(name, x, result, *, expected=None, tolerance=None, because=""):
    """Compare name(x) with what is expected, by default torch's own, and say what is wrong."""
    if expected is None:
        expected = TORCHS_OWN[name](x)
    expect.that(
        not isinstance(result, torch.return_types.max | torch.return_types.min),
        f"{name} returned a pair, values and indices, expected a tensor",
        "torch.max(x, 0) takes the largest number along dimension 0. To compare each number with "
        "zero, use torch.clamp(x, min=0) or torch.maximum(x, torch.zeros_like(x)).",
        mistake="max-along-dimension",
    )
    expect.that(
        not isinstance(result, torch.Tensor) or result.dtype != torch.bool,
        f"{name} returned True and False, expected numbers",
        "A comparison gives booleans; .to(x.dtype) makes them 0 and 1.",
        mistake="booleans-for-numbers",
    )
    if isinstance(result, torch.Tensor):
        check_overflow(result, expected, x, name)
        expect.that(
            result.dtype == expected.dtype or not same(result, expected, 1e-3),
            f"{name} returned a tensor of {result.dtype} for one of {x.dtype}",
            "Whichever dtype x has, the result has the same: .to(x.dtype) converts it.",
            mistake="wrong-dtype",
        )
    near_misses = NEAR_MISSES[name](x, result)
    expect.close(result, expected, near_misses=near_misses, tolerance=tolerance, because=because)


def alone(exercise, name, *args):
    """Call a function with torch's own in place of those of the day's others that are wrong.

    A tanh that calls a wrong sigmoid is then judged by itself; right functions stay as they are. A
    slope gets torch's own anyway: it doubles what a right function is off by. But two functions
    that call each other are not judged by themselves: neither computes anything.
    """
    function = getattr(exercise, name)
    names = getattr(inspect.unwrap(function), "__globals__", {})
    others = [other for other in TORCHS_OWN if other != name]
    if name in FUNCTIONS:
        others = [other for other in FUNCTIONS if other != name]
    wrong = [other for other in others if name in SLOPES or not works(names.get(other), other)]
    if name in FUNCTIONS:
        not_in_a_circle(names, name, wrong)
    with in_place(names, {other: stand_in(other) for other in wrong}), truth_explained():
        return function(*args)


@contextmanager
def in_place(names, others):
    """Put other functions in the place of those of a file."""
    before = {name: names[name] for name in others if name in names}
    names |= others
    try:
        yield
    finally:
        for name in others:
            del names[name]
        names |= before


def not_in_a_circle(names, name, others):
    for other in others:
        expect.that(
            not (asks(names, name, other) and asks(names, other, name)),
            f"{name} calls {other}, and {other} calls {name}",
            "So neither of them computes anything: write one of the two out, with exp.",
            mistake="call-each-other",
        )


def asks(names, name, other):
    """Tell whether one function of a file calls another one of it."""
    asked = []

    def noting(x, *args, **kwargs):
        asked.append(other)
        return TORCHS_OWN[other](torch.as_tensor(x))

    with in_place(names, {other: noting}), suppress(Exception):
        names[name](torch.linspace(-2, 2, 5))
    return bool(asked)


@contextmanager
def truth_explained():
    """Say what to write in place of an `if` or Python's max, which ask whether a tensor is true."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("Boolean value of Tensor with more than one value"):
            raise
        try:
            expect.fail(
                f"{calls.last().words} raised RuntimeError: {error}",
                "`if` and Python's max want one answer for the whole tensor: torch.maximum and "
                "torch.where compare number by number.",
                mistake="truth-of-a-tensor",
            )
        except expect.Failure as failure:
            raise failure.with_traceback(error.__traceback__) from None


VERDICTS = {}


def works(function, name):
    """Tell whether a learner's function is right. Each is asked once: it may never return."""
    if function not in VERDICTS:
        VERDICTS[function] = False
        VERDICTS[function] = is_right(function, name)
    return VERDICTS[function]


def is_right(function, name):
    x = torch.cat([torch.linspace(-20, 20, 40), far_out(torch.float32)])
    given, near = x.clone(), x[:40].clone().requires_grad_()
    try:
        right = same(function(given), TORCHS_OWN[name](x)) and torch.equal(given, x)
        if right and name in FUNCTIONS:
            function(near).sum().backward()
            slope = TORCHS_OWN[f"{name}_slope"](x[:40])
            right = same(near.grad, slope, 1e-5)
    except Exception:
        return False
    return right


def stand_in(name):
    def right(x, *args, **kwargs):
        return TORCHS_OWN[name](torch.as_tensor(x))

    right.__name__ = name
    return right


def far_out(dtype):
    size = torch.tensor([5.0, 20.0, 60.0, 90.0, 400.0, 800.0, 1000.0], dtype=dtype)
    return torch.cat([-size, size])


def check_overflow(result, expected, x, name):
    """Name the overflow if the result is right wherever it is a number."""
    if result.shape != expected.shape:
        return
    lost = ~result.isfinite()
    if lost.any() and x[lost].abs().min() > 40 and same(result[~lost], expected[~lost]):
        place = lost.nonzero()[0].item()
        limit = "89 in float32" if x.dtype == torch.float32 else "710 in float64"
        expect.fail(
            f"{name}({x[place]:g}) is {result[place].item()}, expected {expected[place]:g}",
            f"exp(x) is inf from about {limit} on, exp(2 * x) from half of that, and inf / inf, "
            "inf - inf and 0 * inf are nan. "
            "Which of exp(x) and exp(-x) stays small, and could x be clamped first?",
            mistake="overflow-in-exp",
        )


def test_relu_keeps_positive_numbers_only(exercise):
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 3.0])

    result = alone(exercise, "relu", x.clone())

    check("relu", x, result, expected=torch.tensor([0.0, 0.0, 0.0, 0.5, 3.0]))
    expect.that(
        (result[:3] == 0).all(),
        f"relu makes {result[0]:.4g} of -2, {result[1]:.4g} of -0.5 and {result[2]:.4g} of 0",
        "It is to be 0 itself, not a small number.",
        mistake="nearly-zero",
    )


def test_sigmoid_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN3, -LN3, LN9])

    result = alone(exercise, "sigmoid", x.clone())

    # With exp(-x) = 1, 1/3, 3 and 1/9: 1/2, 1/(4/3), 1/4 and 1/(10/9).
    check(
        "sigmoid",
        x,
        result,
        expected=torch.tensor([0.5, 0.75, 0.25, 0.9]),
        because="x = 0, ln 3, -ln 3 and ln 9: exp(-x) is 1, 1/3, 3 and 1/9.",
    )


def test_tanh_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN2, -LN2, LN3])

    result = alone(exercise, "tanh", x.clone())

    # exp(x) = 1, 2, 1/2 and 3: 0/2, (3/2)/(5/2), (-3/2)/(5/2) and (8/3)/(10/3).
    check(
        "tanh",
        x,
        result,
        expected=torch.tensor([0.0, 0.6, -0.6, 0.8]),
        because="x = 0, ln 2, -ln 2 and ln 3: exp(x) is 1, 2, 1/2 and 3.",
    )


@each_function
def test_any_shape(exercise, name):
    inputs = [3 * torch.randn(shape) for shape in [(7,), (3, 2), (2, 3, 4), (1,), ()]]

    for x in [*inputs, torch.randn(3, 4).T]:
        result = alone(exercise, name, x.clone())

        check(name, x, result)


@each_function
def test_right_to_a_millionth_from_minus_1000_to_1000(exercise, name):
    for dtype in FLOATS:
        x = torch.cat([torch.linspace(-30, 30, 601, dtype=dtype), far_out(dtype)])

        result = alone(exercise, name, x.clone())

        advice = "Asked for is 1e-6, for x from -1000 to 1000. "
        advice += (
            "nan is what 0 / 0 and inf / inf give: which numbers does x = -1000 lead to?"
            if isinstance(result, torch.Tensor) and result.isnan().any()
            else "If x is clamped, is it too early?"
        )
        check(name, x, result, tolerance=1e-6, because=advice)


@each_function
def test_gradient(exercise, name):
    for dtype in FLOATS:
        size = torch.cat([torch.tensor([0.001, 1.0, 20.0]), 20 * torch.rand(30).clamp(min=1e-3)])
        leaf = torch.cat([-size, size]).to(dtype).requires_grad_()
        upstream = torch.randn(len(leaf), dtype=dtype)
        (expected,) = torch.autograd.grad((TORCHS_OWN[name](leaf) * upstream).sum(), leaf)
        x = leaf * 1  # not a leaf, so that a change in place is only found where it is looked for

        result = alone(exercise, name, x)

        check(name, leaf.detach(), result, tolerance=1e-6)
        gradient = gradient_of(result, leaf, upstream, name)
        lost = gradient.isnan()
        if lost.any() and same(gradient[~lost], expected[~lost], 1e-5):
            expect.fail(
                f"the gradient of {name} is nan at {lost.sum()} of {len(leaf)} numbers, the first "
                f"at x = {leaf[lost][0]:.4g}",
                "Something on the way has an infinite slope or is nan itself, as sqrt and log at "
                "0. torch.where does not help: the gradient of the branch that it does not take "
                "is multiplied by 0, and 0 * inf is nan.",
                mistake="nan-gradient",
            )
        expect.close(
            gradient,
            expected,
            call=f"the gradient of {name}",
            tolerance=1e-5,
            because="The values may be right: autograd follows the way they were computed.",
        )


def gradient_of(result, leaf, upstream, name):
    advice = (
        "Stay with torch's functions on x itself: .detach(), .item(), no_grad, NumPy and "
        "torch.tensor(…) cut the graph."
    )
    headline = f"the result of {name} carries no gradient"
    expect.that(result.requires_grad, headline, advice, mistake="graph-lost")
    # Not grad(result, leaf, upstream): its first call in a process imports some 500 modules.
    (gradient,) = torch.autograd.grad((result * upstream).sum(), leaf, allow_unused=True)
    headline = f"no gradient gets from the result of {name} back to x"
    expect.that(gradient is not None, headline, advice, mistake="graph-lost")
    return gradient


@each_function
def test_the_argument_is_left_alone(exercise, name):
    x = torch.tensor([[-2.0, -0.5, 0.0], [0.5, 2.0, 120.0]])
    before = x.clone()

    alone(exercise, name, x)

    expect.that(
        torch.equal(x, before),
        f"{name} changed its argument",
        "Make a new tensor: whoever called still needs the old one. Assignments like x[x < 0] = 0 "
        "and methods that end in _ change it in place.",
        mistake="argument-changed",
    )


@each_function
def test_it_is_written_out(exercise, name):
    x = torch.randn(5)

    with written_out(name), truth_explained():
        getattr(exercise, name)(x)


CURVES = ["ReLU", "sigmoid", "tanh"]
EDGE = 4.75  # arange(-5, 5, 0.25) ends here: the last step may be missing


@contextmanager
def drawing(exercise):
    """Give the axes that plot_activations drew on and what it returned; save what fails."""
    import matplotlib.pyplot as plt

    ax = plt.figure().add_subplot()
    plt.figure()  # what plt.plot would draw on
    try:
        returned = alone(exercise, "plot_activations", ax)
        elsewhere = [one for number in plt.get_fignums() for one in plt.figure(number).axes]
        elsewhere = [one for one in elsewhere if one not in figures.axes_of(ax)]
        curves = figures.curves(ax)
        expect.that(
            curves or not any(figures.curves(one) for one in elsewhere),
            "plot_activations did not draw on the axes it was given, but elsewhere",
            "Call ax.plot: plt.plot draws on whatever pyplot holds for the current axes.",
            mistake="global-figure",
        )
        expect.that(
            curves,
            "plot_activations drew no curve on the axes it was given",
            "Call ax.plot(x, y, label=…) once for each function.",
            mistake="nothing-drawn",
        )
        yield ax, returned
    except expect.Failure:
        figures.save(ax, 13, "plot_activations")
        raise


def true_values(name, x):
    return TORCHS_OWN[name.lower()](torch.from_numpy(x)).numpy()


def shows(curve, name):
    return np.allclose(curve.y, true_values(name, curve.x), rtol=0, atol=1e-4)


def the_curve(curves, name):
    """Return the right curve of this name. Others may bear the name too, say its slope."""
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
        "Draw one curve for each of ReLU, sigmoid and tanh, with the name in its label.",
    )
    right = [curve for curve in named if shows(curve, name)]
    if not right:
        say_what_is_wrong(named[0], name, curves)
    return right[0]


def say_what_is_wrong(curve, name, curves):
    expect.that(
        not shows(figures.Curve(curve.y, curve.x, ""), name),
        f"the curve of {name} lies on its side",
        "x comes first: ax.plot(x, y).",
        mistake="axes-swapped",
    )
    shown = [other for other in CURVES if shows(curve, other)]
    expect.that(
        # All three are there, so it is not that one of the functions computes another.
        not shown or not all(any(shows(curve, other) for curve in curves) for other in CURVES),
        f"the curve that is labelled {name} is {''.join(shown)}",
        "Is each label at the function that is drawn?",
        mistake="labels-swapped",
    )
    expect.that(
        not np.array_equal(curve.x, np.arange(len(curve.x))),
        f"the curve of {name} runs from 0 to {len(curve.x) - 1}, by ones",
        "matplotlib counts the points where it gets no x. Is x missing? ax.plot(x, y).",
        mistake="x-missing",
    )
    expected = true_values(name, curve.x)
    place = np.abs(curve.y - expected).argmax()
    x, y = curve.x[place], curve.y[place]
    expect.fail(
        f"the curve of {name} goes through ({x:.4g}, {y:.4g}), "
        f"expected ({x:.4g}, {expected[place]:.4g})",
    )


def test_plot_activations_returns_the_axes(exercise):
    with drawing(exercise) as (ax, returned):
        expect.that(
            returned is not None,
            "plot_activations(ax) returned None, expected ax",
            "Does the function end with `return ax`?",
            mistake="returns-none",
        )
        expect.that(
            returned is ax,
            f"plot_activations(ax) returned a {type(returned).__name__}, expected the same ax",
            "End the function with `return ax`.",
        )
        figures.save(ax, 13, "plot_activations")


def test_plot_activations_draws_three_labelled_curves(exercise):
    with drawing(exercise) as (ax, _):
        curves = figures.curves(ax)
        for name in CURVES:
            the_curve(curves, name)


def test_plot_activations_shows_both_sides_of_zero(exercise):
    with drawing(exercise) as (ax, _):
        curves = figures.curves(ax)
        for name in CURVES:
            x = the_curve(curves, name).x

            words = f"the curve of {name} runs from {x.min():.4g} to {x.max():.4g}"
            expect.that(
                (x.min() < -0.25) == (x.max() > 0.25),
                f"{words}, expected at least from -5 to 5",
                "What the functions do to negative numbers is half of it: show both sides.",
                mistake="one-sided",
            )
            expect.that(
                x.min() <= -EDGE and x.max() >= EDGE,
                f"{words}, expected at least from -5 to 5",
                "Only further out one sees which curves flatten: torch.linspace(-5, 5, 201).",
                mistake="range-too-short",
            )
        left, right = limits_that_show(ax, "x", -EDGE, EDGE)
        expect.that(
            left <= -EDGE and right >= EDGE,
            f"only x from {left:.4g} to {right:.4g} is in view, expected at least from -5 to 5",
            "Leave out ax.set_xlim, or widen it.",
            mistake="range-cut-off",
        )
        low, high = limits_that_show(ax, "y", -0.99, 0.99)
        expect.that(
            low <= -0.99 and high >= 0.99,
            f"only y from {low:.4g} to {high:.4g} is in view, and tanh goes from -1 to 1",
            "Leave out ax.set_ylim, or widen it.",
            mistake="range-cut-off",
        )


def limits_that_show(ax, axis, low, high):
    """Return the limits of the axes, or those of a twin that shows all from low to high."""
    views = [sorted(getattr(one, f"get_{axis}lim")()) for one in figures.axes_of(ax)]
    return next((view for view in views if view[0] <= low and view[1] >= high), views[0])


def test_plot_activations_is_smooth(exercise):
    with drawing(exercise) as (ax, _):
        curves = figures.curves(ax)
        for name in CURVES:
            curve = the_curve(curves, name)

            steps, points = np.diff(curve.x), len(curve.x)
            expect.that(
                (steps >= 0).all() or (steps <= 0).all(),
                f"the points of {name} are not in order: the line runs to and fro",
                "ax.plot joins the points as they come: sort x, or use torch.linspace.",
                mistake="points-out-of-order",
            )
            # What the eye sees: how far the straight pieces lie from the true curve.
            order = curve.x.argsort()
            x = np.linspace(max(curve.x.min(), -5), min(curve.x.max(), 5), 2001)
            off = np.abs(np.interp(x, curve.x[order], curve.y[order]) - true_values(name, x)).max()
            expect.that(
                off < (0.07 if name == "ReLU" else 0.01),  # its corner may fall between two points
                f"the curve of {name} has {points} points, up to {np.abs(steps).max():.3g} apart",
                "Straight pieces show between them. Points at most 0.25 apart look smooth.",
                mistake="too-few-points",
            )


def test_plot_activations_has_a_legend(exercise):
    with drawing(exercise) as (ax, _):
        curves = figures.curves(ax)
        for name in CURVES:
            the_curve(curves, name)

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
        self.function, self.inputs, self.outputs = function, [], []
        self.twice = False  # in a row, without a layer in between

    def __call__(self, z):
        self.twice = self.twice or any(z is output for output in self.outputs)
        self.inputs.append(z)
        self.outputs.append(self.function(z))
        return self.outputs[-1]


class Network:
    """What gradient_norms returned, and the layers it made, found in the graph of their outputs."""

    def __init__(self, exercise, function, depth, width, seed=0):
        activation = Watched(function)
        self.norms = a_vector(exercise.gradient_norms(activation, depth, width, seed), depth)
        self.call = f"gradient_norms(activation, depth={depth}, width={width})"
        self.inputs = activation.inputs
        expect.that(
            self.inputs,
            "gradient_norms never called the activation it was given",
            "Use the argument activation, not relu or another function by name.",
            mistake="activation-ignored",
        )
        found = [leaves_behind(z) for z in self.inputs]
        leaves = {id(leaf): leaf for layer in found for leaf in layer}.values()
        # x may be a leaf as well: no test makes layers that are 64 wide.
        self.weights = [leaf for leaf in leaves if leaf.dim() == 2 and leaf.shape != (64, width)]
        self.biases = [leaf for leaf in leaves if leaf.dim() == 1]
        expect.that(
            found[0] or not self.weights,
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
            not activation.twice,
            f"{self.call} gave the activation what it had just returned",
            "It follows each layer once, and what the last one gives is the output already.",
            mistake="activated-twice",
        )
        expect.that(
            len(self.weights) != 1,
            f"{self.call} used a single layer, expected {depth}",
            "[layer] * depth is the same layer again and again: call nn.Linear once for each.",
            mistake="shared-layer",
        )
        shapes = {tuple(weight.shape) for weight in self.weights}
        expect.that(
            width == 64 or shapes != {(64, 64)},
            f"{self.call} made layers of shape (64, 64), expected ({width}, {width})",
            "Use the argument width, not its default by number.",
            mistake="width-ignored",
        )
        expect.that(
            shapes == {(width, width)} and len(self.weights) == depth,
            f"{self.call} used {len(self.weights)} weights of the shapes {sorted(shapes)}, "
            f"expected {depth} of shape ({width}, {width})",
        )


def leaves_behind(z):
    """Return the parameters that z was computed from."""
    found, seen, waiting = [], set(), [z.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        waiting += [following for following, _ in node.next_functions]
    return found


def a_vector(norms, depth):
    """Return `norms` if it is a tensor with one number for each layer."""
    call = f"gradient_norms(activation, depth={depth})"
    if not isinstance(norms, torch.Tensor):
        expect.close(norms, torch.zeros(depth))
    expect.that(
        norms.shape != (2 * depth,) or depth == 1,
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


def test_gradient_norms_has_one_number_for_each_layer(exercise):
    for depth in (1, 2, 5):
        norms = a_vector(exercise.gradient_norms(torch.tanh, depth), depth)

        expect.that(
            (norms > 0).all(),
            f"gradient_norms(tanh, depth={depth}) returned {norms.tolist()}: not all are positive",
            "A norm is the length of a gradient: square, sum, square root (.norm()).",
        )


# Those of the even rows and of the odd ones: were all alike, a gradient would be of rank 1, and its
# largest singular value its norm. Each is of length 5, and the slopes are at right angles.
OUTPUTS = torch.tensor([[1.0, 2.0, 2.0, 4.0], [4.0, 2.0, -2.0, 1.0]])
STEEPNESS = torch.tensor([[2.0, 1.0, 4.0, 2.0], [4.0, -2.0, -2.0, 1.0]])


def fixed(z):
    """Return OUTPUTS whatever z is, with STEEPNESS, so that the gradients can be worked out."""
    if z.dim() != 2 or z.shape[1] != OUTPUTS.shape[1]:
        return z  # another width than asked for: Network says so
    kind = torch.arange(len(z)) % 2
    return OUTPUTS[kind] + STEEPNESS[kind] * (z - z.detach())


def test_gradient_norms_are_those_of_the_weights_first_layer_first(exercise):
    network = Network(exercise, fixed, depth=5, width=4)

    # 32 rows of either kind have the outputs a. Last layer: dz = STEEPNESS, so the weight gradient
    # is 32 · (dz₀ ⊗ a₀ + dz₁ ⊗ a₁), of norm 32 · √(5² · 5² + 5² · 5²) = 1131. One layer before it,
    # dz is (dz @ weight) · STEEPNESS. The first layer's depends on x: it is left out here.
    dz = [STEEPNESS]
    for weight in reversed(network.weights[2:]):
        dz.insert(0, (dz[0] @ weight.detach()) * STEEPNESS)
    dz = torch.stack(dz)  # (4, 2, 4)
    entries = 32 * dz.mT @ OUTPUTS  # (4, 4, 4), the gradients themselves
    expected, of_biases = entries.norm(dim=(1, 2)), 32 * dz.sum(dim=1).norm(dim=1)
    norms = network.norms
    expect.that(
        not same(norms.flip(0)[1:], expected, 1e-4),
        f"{network.call} returned the norms in reverse order",
        "The first number is the first layer's, the one next to x.",
        mistake="reversed-order",
    )
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
                "That is the sum of the entries' sizes. The norm is the root of summed squares.",
            ),
            "spectral-norm": (
                torch.linalg.matrix_norm(entries, 2),
                "That is the largest singular value, another norm. Take .norm(), the root of the "
                "summed squares.",
            ),
            "biases-counted": (
                (expected**2 + of_biases**2).sqrt(),
                "The bias's gradient is in it too: asked for is the weight's alone.",
            ),
            "norm-of-bias": (
                of_biases,
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


def test_gradient_norms_sends_64_rows_of_the_given_width(exercise):
    for width in (5, 100):
        network = Network(exercise, torch.tanh, depth=3, width=width)

        for z in network.inputs:
            expect.that(
                tuple(z.shape) == (64, width),
                f"{network.call} gave the activation a tensor of shape {tuple(z.shape)}, "
                f"expected (64, {width})",
                "x has 64 rows and `width` columns, and each layer leads from width to width.",
            )


def test_gradient_norms_draws_weights_as_kaiming_and_sets_biases_to_zero(exercise):
    network = Network(exercise, torch.tanh, depth=12, width=100)

    weights = torch.stack([weight.detach() for weight in network.weights])
    std, largest = weights.std().item(), weights.abs().max().item()
    drawn = f"the weights have a standard deviation of {std:.3f}, expected √(2 / 100) = 0.141"
    # nn.Linear draws evenly from ±1/√100 = ±0.1, kaiming_uniform_ from ±√(6 / 100) = ±0.245.
    expect.that(
        largest > 0.101 or abs(std - 0.0577) > 0.002,
        drawn,
        "That is how nn.Linear draws them. Redraw each with "
        'nn.init.kaiming_normal_(layer.weight, nonlinearity="relu").',
        mistake="default-initialisation",
    )
    expect.that(
        abs(std - 0.1) > 0.003,
        drawn,
        'They are too small by √2: kaiming_normal_ with nonlinearity="relu" makes up for the half '
        "that ReLU discards. It is to be used for every activation.",
        mistake="wrong-gain",
    )
    expect.that(
        abs(std - 1) > 0.02,
        drawn,
        "They are drawn by randn as it is: kaiming_normal_ scales them to the width.",
        mistake="unscaled-weights",
    )
    expect.that(
        abs(std - math.sqrt(2 / 100)) < 0.004,
        drawn,
        'Use nn.init.kaiming_normal_ with nonlinearity="relu", whatever the activation is.',
    )
    expect.that(
        largest > 0.25,
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
    network = Network(exercise, torch.tanh, depth=2, width=100)

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
    def norms(before):
        torch.manual_seed(before)
        return a_vector(exercise.gradient_norms(torch.tanh, 4, width=8, seed=3), 4)

    first, second, third = norms(before=1), norms(before=2), norms(before=1)

    headline = "gradient_norms returned different norms for the same seed"
    expect.that(
        torch.allclose(first, second, rtol=1e-4) or not torch.equal(first, third),
        headline,
        "Call torch.manual_seed(seed) first, before anything is drawn.",
        mistake="not-seeded",
    )
    expect.that(
        torch.allclose(first, second, rtol=1e-4) and torch.allclose(first, third, rtol=1e-4),
        headline,
        "Each call makes its layers anew, after torch.manual_seed(seed).",
    )


def test_gradient_norms_differs_with_another_seed(exercise):
    norms = [a_vector(exercise.gradient_norms(torch.tanh, 4, seed=seed), 4) for seed in (0, 1, 2)]

    expect.that(
        not torch.equal(norms[0], norms[1]) and not torch.equal(norms[1], norms[2]),
        "gradient_norms returned the same norms for different seeds",
        "Give manual_seed the argument: torch.manual_seed(seed).",
        mistake="seed-ignored",
    )


def test_gradient_norms_draws_x_anew_with_another_seed(exercise):
    networks = [Network(exercise, torch.tanh, depth=2, width=4, seed=seed) for seed in (1, 2)]

    # z = x @ weight.T: if x is the same, both z together are of no higher rank than x itself.
    z = torch.cat([network.inputs[0].detach() for network in networks], dim=1).double()
    sizes = torch.linalg.svdvals(z)  # 8, falling
    x_varies = torch.linalg.matrix_rank(z[:, :4] - z[:1, :4], rtol=1e-5) == 4
    weights_differ = not torch.equal(*[network.weights[0] for network in networks])
    expect.that(
        not (x_varies and weights_differ and sizes[4] < 1e-5 * sizes[0]),
        "gradient_norms drew the same x for different seeds",
        "Call torch.manual_seed(seed) once, at the start, and set no other seed before x is drawn.",
        mistake="x-not-seeded",
    )


def test_gradient_norms_has_its_defaults(exercise):
    short = a_vector(exercise.gradient_norms(torch.tanh, 3), 3)
    long = a_vector(exercise.gradient_norms(torch.tanh, 3, width=64, seed=0), 3)

    expect.that(
        torch.allclose(short, long, rtol=1e-4),
        "gradient_norms(activation, depth) differs from gradient_norms(…, width=64, seed=0)",
        "Keep the defaults of the stub, width=64 and seed=0, and seed before anything is drawn.",
    )


def test_gradient_norms_takes_any_activation(exercise):
    for activation in (nn.Tanh(), nn.functional.leaky_relu, lambda z: z / (1 + z.abs())):
        norms = a_vector(exercise.gradient_norms(activation, 3, width=8), 3)

        expect.that(
            norms.isfinite().all() and (norms > 0).all(),
            f"gradient_norms returned {norms.tolist()}, expected three positive numbers",
        )


def test_gradient_norms_treats_every_activation_alike(exercise):
    for activation in (torch.relu, torch.sigmoid, torch.tanh):
        torch.manual_seed(0)
        first = Network(exercise, activation, depth=3, width=8).norms
        torch.manual_seed(0)
        norms = a_vector(exercise.gradient_norms(activation, 3, width=8), 3)
        torch.manual_seed(0)
        again = Network(exercise, activation, depth=3, width=8).norms

        # Where the same activation gives two results, another test says so.
        expect.that(
            torch.allclose(norms, first, rtol=1e-4) or not torch.allclose(again, first, rtol=1e-4),
            f"gradient_norms differs between torch.{activation.__name__} and a function that "
            "returns the same",
            'Treat every activation alike: nonlinearity="relu" is for all of them.',
            mistake="activation-by-name",
        )


def test_gradient_vanishes_on_its_way_through_ten_sigmoids(exercise):
    for seed in (0, 1, 2):
        norms = a_vector(exercise.gradient_norms(torch.sigmoid, 10, seed=seed), 10)

        ratio = (norms[0] / norms[-1]).item()
        words = f"with ten sigmoids the first norm is {ratio:.2g} times the last"
        # Over 200 seeds the ratio lies between 2.6e-6 and 1.3e-5.
        expect.that(
            not ratio > 1e3,
            f"{words}, expected under 0.001",
            "The norms are in reverse order: the first layer, next to x, comes first.",
            mistake="reversed-order",
        )
        expect.that(
            ratio < 1e-3,
            f"{words}, expected under 0.001",
            "Sigmoid's slope is ¼ at most, so each layer loses most of the gradient.",
        )


def test_gradient_norms_leaves_small_norms_as_they_are(exercise):
    norms = a_vector(exercise.gradient_norms(torch.sigmoid, 20), 20)

    expect.that(
        norms.all(),
        "with twenty sigmoids the norms of the first layers are 0",
        "They are small, below a millionth, and not zero: leave the norms unrounded.",
        mistake="rounded",
    )


def test_gradient_gets_through_ten_relus(exercise):
    for seed in (0, 1, 2):
        norms = a_vector(exercise.gradient_norms(torch.relu, 10, seed=seed), 10)

        ratio = (norms[0] / norms[-1]).item()
        # Over 200 seeds the ratio lies between 0.26 and 0.77.
        expect.that(
            0.05 <= ratio <= 20,
            f"with ten ReLUs the first norm is {ratio:.2g} times the last, expected 0.05 to 20",
            "Weights drawn as the docstring says keep the gradient's size with ReLU.",
        )


@pytest.mark.stretch("relu_slope")
def test_relu_slope_of_four_numbers(exercise):
    x = torch.tensor([-3.0, -0.5, 0.5, 4.0])

    slope = alone(exercise, "relu_slope", x.clone())

    check("relu_slope", x, slope, expected=torch.tensor([0.0, 0.0, 1.0, 1.0]))


@pytest.mark.stretch("relu_slope")
def test_relu_slope_at_zero_lies_between_its_neighbours(exercise):
    x = torch.zeros(3)

    slope = alone(exercise, "relu_slope", x.clone())

    fits = isinstance(slope, torch.Tensor) and slope.shape == (3,) and slope.dtype == x.dtype
    expect.that(
        not fits or not slope.isnan().any(),
        "relu_slope(0) is nan, expected a number from 0 to 1",
        "0 / 0 is nan. Compare x with 0 instead: x > 0.",
        mistake="nan-at-zero",
    )
    expected = slope.clamp(0, 1) if fits else x
    advice = "At the corner, 0, 1 and anything between will do."
    check("relu_slope", x, slope, expected=expected, because=advice)


@pytest.mark.stretch("sigmoid_slope")
def test_sigmoid_slope_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN3, -LN3, LN9])

    slope = alone(exercise, "sigmoid_slope", x.clone())

    # sigmoid(x) = 1/2, 3/4, 1/4 and 9/10: 1/2 · 1/2, 3/4 · 1/4, 1/4 · 3/4 and 9/10 · 1/10.
    check(
        "sigmoid_slope",
        x,
        slope,
        expected=torch.tensor([0.25, 0.1875, 0.1875, 0.09]),
        because="sigmoid(x) is 1/2, 3/4, 1/4 and 9/10 there.",
    )


@pytest.mark.stretch("tanh_slope")
def test_tanh_slope_of_four_numbers(exercise):
    x = torch.tensor([0.0, LN2, -LN2, LN3])

    slope = alone(exercise, "tanh_slope", x.clone())

    # tanh(x) = 0, 3/5, -3/5 and 4/5: one less 0, 9/25, 9/25 and 16/25.
    check(
        "tanh_slope",
        x,
        slope,
        expected=torch.tensor([1.0, 0.64, 0.64, 0.36]),
        because="tanh(x) is 0, 3/5, -3/5 and 4/5 there.",
    )


def each_slope(test):
    """Run a test for each slope, each waiting for its own stub."""
    names = [pytest.param(name, marks=pytest.mark.stretch(name)) for name in SLOPES]
    return pytest.mark.parametrize("name", names)(test)


@each_slope
def test_slope_of_any_shape(exercise, name):
    for shape in [(), (6,), (2, 3, 4)]:
        x = 0.01 + 3 * torch.rand(shape)  # never 0, where ReLU's slope may be chosen
        x = torch.where(torch.rand(shape) < 0.5, x, -x)

        slope = alone(exercise, name, x.clone())

        check(name, x, slope)


@each_slope
def test_slope_is_right_to_a_millionth_from_minus_1000_to_1000(exercise, name):
    for dtype in FLOATS:
        x = torch.cat([torch.linspace(-30, 30, 602, dtype=dtype), far_out(dtype)])

        slope = alone(exercise, name, x.clone())

        advice = "x runs from -1000 to 1000, and 1e-6 is asked for."
        check(name, x, slope, tolerance=1e-6, because=advice)


@each_slope
def test_slope_leaves_its_argument_alone(exercise, name):
    x = torch.tensor([-2.0, -0.5, 0.5, 2.0])
    before = x.clone()

    alone(exercise, name, x)

    expect.that(
        torch.equal(x, before) and not x.requires_grad,
        f"{name} changed its argument",
        "Make a new tensor; for autograd start with x.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )


@each_slope
def test_slope_leaves_the_flag_of_its_argument_alone(exercise, name):
    x = torch.tensor([-2.0, -0.5, 0.5, 2.0], requires_grad=True)

    try:
        alone(exercise, name, x)
    except RuntimeError as error:
        if "numpy()" not in str(error):  # a NumPy array has no flag, and needs none
            raise

    expect.that(
        x.requires_grad,
        f"after {name}, the caller's x no longer requires grad",
        "Leave the caller's tensor as it is: start with x.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )
