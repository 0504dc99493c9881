"""Day 11: what gradients by hand, by autograd and by differences must be, and the descent."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import forward_ad
from torch.overrides import TorchFunctionMode

from kata import calls, expect
from kata.failure import Failure

AUTOGRAD = {
    function.__code__
    for function in (torch.autograd.backward, torch.autograd.grad, forward_ad.make_dual)
}


@dataclass
class Seen:
    """What was seen of a call: which of autograd's functions ran, and what torch warned of."""

    ran: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    @property
    def no_leaf(self):
        return any("not a leaf Tensor" in message for message in self.warned)


@contextmanager
def watching_autograd() -> Iterator[Seen]:
    """Watch the calls of autograd, by whatever name: they all end in the same three functions."""
    seen, before = Seen(), sys.getprofile()

    def note(frame, event, argument):
        if event == "call" and frame.f_code in AUTOGRAD:
            seen.ran.append(frame.f_code.co_name)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sys.setprofile(note)
        try:
            yield seen
        finally:
            sys.setprofile(before)
            seen.warned += [str(warning.message) for warning in caught]


class WatchingGraphs(TorchFunctionMode):
    """Note in `seen` who asks a tensor for its place in the graph, to walk it by hand."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function == torch.Tensor.grad_fn.__get__:
            self.seen.ran.append("grad_fn")
        return function(*args, **(kwargs or {}))


def by_hand(exercise, name, *arguments):
    """Call a function that is to do without autograd."""
    with watching_autograd() as seen, WatchingGraphs(seen):
        result = getattr(exercise, name)(*arguments)
    expect.that(
        not seen.ran,
        f"{name} used autograd",
        "This one is worked out without it: on paper, or from f's values. Compare the two "
        "afterwards, outside of the function.",
        mistake="used-autograd",
    )
    return result


NO_LEAF = (
    "The .grad was asked of a tensor that is no leaf: it is itself the result of an operation on "
    "a tracked tensor, a clone() or a step perhaps. .detach() cuts it off; then "
    ".requires_grad_() makes it a leaf."
)


@contextmanager
def explaining_missing_grads(last_x: Callable = lambda: (0, None)) -> Iterator[Seen]:
    """Watch a call, and if the .grad of a tensor that is no leaf ends it, say so.

    `last_x` returns how often f was called, and the x that it was given last.
    """
    seen = Seen()
    try:
        with watching_autograd() as seen:
            yield seen
    except (TypeError, AttributeError) as error:
        if "NoneType" not in str(error) or not seen.no_leaf:
            raise
        call = calls.last()
        headline = f"{call.words if call else 'the call'} raised {type(error).__name__}: {error}"
        count, x = last_x()
        if count > 1 and getattr(x, "grad_fn", None) is not None:
            mistake, advice = (
                "step-inside-graph",
                "The step was taken inside the graph: after it x is the result of an operation, "
                "no leaf, and only a leaf gets a .grad. Step under torch.no_grad(), or from "
                "x.detach(), and track x anew.",
            )
        else:
            mistake, advice = "grad-of-non-leaf", NO_LEAF
        failure = Failure(headline, advice, mistake=mistake)
        raise failure.with_traceback(error.__traceback__) from None


# --- the gradient of y = Σ (3x² + 2x) ------------------------------------------------------------

SHAPES = pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3, 4), (0, 3)], ids=str)


def gradient_near_misses(x):
    right = 6 * x + 2
    terms = 3 * x**2 + 2 * x
    near_misses = {
        "value-instead-of-gradient": (
            terms.sum(),
            "That is y itself. Asked for is its gradient: a slope for each element of x.",
        ),
        "terms-instead-of-gradient": (
            terms,
            "These are the terms of y, 3x² + 2x. Asked for are their derivatives.",
        ),
        "linear-term-forgotten": (6 * x, "The 2x is missing: its derivative is 2."),
        "linear-term-kept": (
            8 * x,
            "The derivative of 2x is 2, whatever x is: no x is left in it.",
        ),
        "exponent-not-brought-down": (
            3 * x + 2,
            "The derivative of x² is 2x: the exponent comes down as a factor.",
        ),
        "exponent-not-lowered": (
            6 * x**2 + 2,
            "The derivative of x² is 2x: the exponent falls by one.",
        ),
        "gradient-summed": (
            right.sum(),
            "The sum belongs to y. The gradient has one number for each element of x.",
        ),
        "mean-instead-of-sum": (
            right / max(x.numel(), 1),
            "y is a sum: its gradient is not divided by the number of elements.",
        ),
    }
    if x.numel() == 1:  # without its dimension it is the same as the sum
        del near_misses["gradient-summed"]
    return near_misses


def test_gradient_by_hand_of_three_numbers(exercise):
    x = torch.tensor([-1.0, 0.0, 3.0])

    gradient = exercise.gradient_by_hand(x)

    # The slope of 3x² + 2x is 6x + 2: -6 + 2, 0 + 2 and 18 + 2.
    expect.close(gradient, torch.tensor([-4.0, 2.0, 20.0]), near_misses=gradient_near_misses(x))


@SHAPES
def test_gradient_by_hand_has_the_shape_of_x(exercise, shape):
    x = torch.randn(shape)
    right, near_misses = 6 * x + 2, gradient_near_misses(x)

    gradient = exercise.gradient_by_hand(x)

    expect.close(gradient, right, near_misses=near_misses)


def keeps_all_digits(actual, right):
    """Fail if a float64 result is right to the digits that float32 has, and no further."""
    expect.that(
        not close_to(actual, right)
        or actual.dtype != right.dtype
        or torch.allclose(actual, right, rtol=1e-10, atol=1e-10),
        f"{expect.returned(actual)} float64 of which only the first seven digits are right",
        "The others were lost: somewhere on the way it was float32, as .float(), torch.zeros(…) "
        "and torch.tensor(…) make it unless told otherwise.",
        mistake="digits-lost",
    )


def test_gradient_by_hand_keeps_float64(exercise):
    x = torch.randn(4, dtype=torch.float64)
    right, near_misses = 6 * x + 2, gradient_near_misses(x)

    gradient = exercise.gradient_by_hand(x)

    expect.close(gradient, right, near_misses=near_misses)
    keeps_all_digits(gradient, right)


def test_gradient_by_hand_does_without_autograd(exercise):
    by_hand(exercise, "gradient_by_hand", torch.randn(3))


def test_gradient_by_hand_leaves_x_alone(exercise):
    x = torch.randn(3)
    before = x.clone()

    by_hand(exercise, "gradient_by_hand", x)

    expect.unchanged(before, x, argument="x", function="gradient_by_hand")


def autograd_gradient(exercise, x, near_misses=()):
    """Call gradient_by_autograd and check what comes back."""
    right = 6 * x.detach().clone() + 2
    near_misses = gradient_near_misses(x.detach().clone()) | dict(near_misses)

    with explaining_missing_grads() as seen:
        gradient = exercise.gradient_by_autograd(x)

    if seen.ran.count("backward") > 1:
        near_misses["gradients-accumulated"] = (
            seen.ran.count("backward") * right,
            "backward() ran more than once, and adds to .grad each time.",
        )
    expect.that(
        gradient is not None or not seen.no_leaf,
        "gradient_by_autograd returned None, expected a tensor",
        NO_LEAF,
        mistake="grad-of-non-leaf",
    )
    expect.that(
        gradient is not None,
        "gradient_by_autograd returned None, expected a tensor",
        "Does it end with a `return`? backward() itself returns None, and a .grad is None until "
        "backward() has run.",
        mistake="returns-none",
    )
    expect.that(
        not isinstance(gradient, tuple),
        "gradient_by_autograd returned a tuple, expected a tensor",
        "torch.autograd.grad returns a tuple, with a gradient for each tensor asked about: take "
        "the first. (And a comma after a returned value makes a tuple of it.)",
        mistake="tuple-returned",
    )
    expect.close(gradient, right, near_misses=near_misses)
    return seen


def state(x):
    """Return all that a call might change in a tensor."""
    return x.detach().clone(), x.requires_grad, None if x.grad is None else x.grad.clone()


def expect_left_alone(x, before, *, argument, function):
    values, required, grad = before
    expect.unchanged(values, x.detach(), argument=argument, function=function)
    expect.that(
        x.requires_grad == required,
        f"{function} changed {argument}.requires_grad from {required} to {x.requires_grad}",
        f"Work on a tensor of your own: {argument}.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )
    expect.that(
        grad is None or not grad.any() or (x.grad is not None and x.grad.any()),
        f"{function} emptied {argument}.grad",
        "Whatever is there belongs to the caller. Work on a tensor of your own: "
        f"{argument}.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )
    same = x.grad is None if grad is None else x.grad is not None and torch.equal(x.grad, grad)
    expect.that(
        same,
        f"{function} changed {argument}.grad",
        f"A clone that is not detached still leads back to {argument}. Work on a tensor of your "
        f"own: {argument}.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )


def test_gradient_by_autograd_of_three_numbers(exercise):
    # The slope of 3x² + 2x is 6x + 2: for these -6 + 2, 0 + 2 and 18 + 2.
    autograd_gradient(exercise, torch.tensor([-1.0, 0.0, 3.0]))


@SHAPES
def test_gradient_by_autograd_has_the_shape_of_x(exercise, shape):
    autograd_gradient(exercise, torch.randn(shape))


def test_gradient_by_autograd_keeps_float64(exercise):
    x = torch.randn(4, dtype=torch.float64)

    autograd_gradient(exercise, x)
    gradient = exercise.gradient_by_autograd(x)

    keeps_all_digits(gradient, 6 * x + 2)


def test_gradient_by_autograd_asks_autograd(exercise):
    seen = autograd_gradient(exercise, torch.randn(3))

    expect.that(
        seen.ran,
        "gradient_by_autograd found the gradient without autograd",
        "Compute y from a tensor that requires a gradient, and call y.backward().",
        mistake="autograd-not-used",
    )


ACCUMULATED = (
    "The new gradient was added to the one already there: backward() adds to .grad. Use a tensor "
    "of your own, with an empty .grad, in each call."
)


def test_gradient_by_autograd_gives_the_same_answer_twice(exercise):
    x = torch.randn(4)

    autograd_gradient(exercise, x)
    autograd_gradient(exercise, x, {"gradients-accumulated": (2 * (6 * x + 2), ACCUMULATED)})


def test_gradient_by_autograd_leaves_x_alone(exercise):
    x = torch.randn(4)
    before = state(x)

    autograd_gradient(exercise, x)
    accumulated = 2 * (6 * x.detach() + 2)
    autograd_gradient(exercise, x, {"gradients-accumulated": (accumulated, ACCUMULATED)})

    expect_left_alone(x, before, argument="x", function="gradient_by_autograd")


def test_gradient_by_autograd_of_x_that_has_a_gradient_already(exercise):
    x = torch.randn(4, requires_grad=True)
    x.grad = torch.randn(4)
    before = state(x)
    accumulated = x.grad + 6 * x.detach() + 2

    autograd_gradient(exercise, x, {"gradients-accumulated": (accumulated, ACCUMULATED)})

    expect_left_alone(x, before, argument="x", function="gradient_by_autograd")


def close_to(actual, value):
    """Tell whether a learner's result is meant to be `value`, to choose among near misses."""
    return (
        isinstance(actual, torch.Tensor)
        and actual.shape == value.shape
        and torch.allclose(actual.detach().double(), value.double(), rtol=1e-4, atol=1e-5)
    )


# --- gradient descent ----------------------------------------------------------------------------


class Hill:
    """A function to walk down, with its gradient from paper, and a note of where it was asked."""

    def __init__(self, value, gradient):
        self.value, self.gradient, self.asked = value, gradient, []

    def __call__(self, x):
        self.asked.append(x)
        return self.value(x)

    def last_x(self):
        return len(self.asked), self.asked[-1] if self.asked else None

    def path(self, start, lr, steps):
        """Return the path of gradient descent."""
        return walk(start, steps, lambda points: -lr * self.gradient(points[-1]))


def bowl(bottom):
    """Return f(x) = Σ (x - bottom)², with the gradient 2 (x - bottom)."""
    return Hill(lambda x: ((x - bottom) ** 2).sum(), lambda x: 2 * (x - bottom))


def valley():
    """Return f(x) = Σ (exp x - x), with the gradient exp x - 1."""
    return Hill(lambda x: (x.exp() - x).sum(), lambda x: x.exp() - 1)


def walk(start, steps, direction):
    """Return the points of a walk whose next step depends on the points so far."""
    points = [start]
    for _ in range(steps):
        points.append(points[-1] + direction(points))
    return torch.stack(points)


def path_near_misses(actual, hill, start, lr, steps):
    """Return the paths that known mistakes give; `actual` picks among several of one mistake."""
    gradient, f = hill.gradient, hill.value
    downhill = hill.path(start, lr, steps + 1)
    right, end = downhill[:-1], downhill[-2]
    points = list(right)

    def one_of(*paths):
        return next((path for path in paths if close_to(actual, path)), paths[0])

    near_misses = {
        "plus-instead-of-minus": (
            walk(start, steps, lambda points: lr * gradient(points[-1])),
            "These steps go uphill, along the gradient: subtract it.",
        ),
        "lr-forgotten": (
            walk(start, steps, lambda points: -gradient(points[-1])),
            "The steps are as long as the gradient: lr is missing.",
        ),
        "gradients-accumulated": (
            walk(start, steps, lambda points: -lr * sum(map(gradient, points))),
            "Each step adds up all gradients so far: backward() adds to .grad. Empty it after "
            "each step, or take a new leaf.",
        ),
        "gradient-computed-once": (
            walk(start, steps, lambda points: -lr * gradient(start)),
            "Every step uses the gradient at the start. Work it out anew at each point.",
        ),
        "value-instead-of-gradient": (
            walk(start, steps, lambda points: -lr * f(points[-1])),
            "The steps follow f's value. Asked for is its gradient: backward(), then .grad.",
        ),
        "start-missing": (right[1:], "The first point is missing: the path begins with start."),
        "last-missing": (right[:-1], "The last point is missing: note where the last step ends."),
        "one-step-too-many": (downhill, f"That is one step too many: steps is {steps}."),
        "never-moved": (
            torch.stack([start] * (steps + 1)),
            "Every point is the start. Is .grad emptied before the step could use it? And is the "
            "new point the one that goes on, and that is noted?",
        ),
        "appended-before-step": (
            torch.stack([start, *points[:-1]]),
            "The start is there twice and the end is missing: take the step first, then note "
            "where it ends.",
        ),
        "path-aliased": (
            one_of(
                torch.stack([start] + [end] * steps),
                torch.stack([end] * (steps + 1)),
                torch.stack([end] * max(steps, 1)),
            ),
            "What was noted of every step is where the last one ended. A tensor that is changed "
            "in place changes in the list too: note a copy, x.detach().clone().",
        ),
        "only-the-end": (end, "That is the end of the path. Asked for are all points on the way."),
        "values-instead-of-points": (
            one_of(
                torch.stack([f(point) for point in points]),
                torch.stack([f(point) for point in points[:-1]] or [f(start)]),
            ),
            "These are the values of f on the way. Asked for are the points.",
        ),
        "gradients-instead-of-points": (
            torch.stack([gradient(point) for point in points[:-1]] or [gradient(start)]),
            "These are the gradients on the way. Asked for are the points.",
        ),
        "cat-instead-of-stack": (
            right.flatten(end_dim=1) if start.numel() > 1 else right,
            "The points lie end to end, as torch.cat puts them. torch.stack gives each point a "
            "row of its own.",
        ),
        "stacked-along-wrong-dimension": (
            one_of(*(right.movedim(0, dim) for dim in range(right.dim() - 1, -1, -1))),
            "The points lie along the wrong dimension. torch.stack(points) puts them along a new "
            "first one.",
        ),
    }
    if steps == 1:  # a single step does not tell these two: others do
        del near_misses["never-moved"], near_misses["appended-before-step"]
    return near_misses


def descend(exercise, hill, start, lr, steps):
    """Call gradient_descent and return the path."""

    def f(x):  # a plain function: the hill itself knows its gradient
        return hill(x)

    with explaining_missing_grads(hill.last_x):
        return exercise.gradient_descent(f, start, lr, steps)


def expect_path(path, hill, start, lr, steps, near_misses=()):
    """Compare a path with the one that the gradient on paper gives."""
    right = hill.path(start, lr, steps)
    near_misses = path_near_misses(path, hill, start, lr, steps) | dict(near_misses)
    expect.close(path, right, near_misses=near_misses)


def test_gradient_descent_of_one_number(exercise):
    hill, start = bowl(bottom=0.0), torch.tensor(4.0)

    path = descend(exercise, hill, start, 0.25, 3)

    # f(x) = x² has the gradient 2x: a step of lr 0.25 goes back by x/2. So 4, 2, 1, 1/2.
    expect.close(
        path,
        torch.tensor([4.0, 2.0, 1.0, 0.5]),
        near_misses=path_near_misses(path, hill, torch.tensor(4.0), 0.25, 3),
        because="f(x) = x² has the gradient 2x: with lr 0.25 each step halves x.",
    )


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 2), (2, 3, 4)], ids=str)
def test_gradient_descent_from_a_start_of_any_shape(exercise, shape):
    hill, start = valley(), torch.rand(shape) + 0.5
    given = start.clone()

    path = descend(exercise, hill, start, 0.1, 4)

    expect_path(path, hill, given, 0.1, 4)


def test_gradient_descent_on_a_function_that_mixes_the_elements(exercise):
    # f(x) = ||A x - B||² / 2 for matrices: the gradient is Aᵀ (A x - B).
    a, b, start = torch.randn(5, 3) / 3, torch.randn(5, 2), torch.randn(3, 2)
    hill = Hill(lambda x: ((a @ x - b) ** 2).sum() / 2, lambda x: a.T @ (a @ x - b))
    given = start.clone()

    path = descend(exercise, hill, start, 0.1, 5)

    expect_path(path, hill, given, 0.1, 5)


def test_gradient_descent_on_a_wavy_function(exercise):
    # f(x) = sin(x₀) · log(x₁): the gradient is (cos(x₀) · log(x₁), sin(x₀) / x₁).
    hill = Hill(
        lambda x: x[0].sin() * x[1].log(),
        lambda x: torch.stack([x[0].cos() * x[1].log(), x[0].sin() / x[1]]),
    )
    start = torch.rand(2) + 1
    given = start.clone()

    path = descend(exercise, hill, start, 0.05, 4)

    expect_path(path, hill, given, 0.05, 4)


def test_gradient_descent_takes_long_steps_where_it_is_steep(exercise):
    # f(x) = Σ x²: the gradient is 2x, here in the thousands, and tiny for one of them.
    hill, start = bowl(bottom=0.0), torch.tensor([4000.0, -1e-3, -7000.0])
    given = start.clone()

    path = descend(exercise, hill, start, 0.1, 2)

    because = "Here the gradient is large: take lr times all of it, without clipping or scaling."
    right = hill.path(given, 0.1, 2)
    expect.close(
        path, right, near_misses=path_near_misses(path, hill, given, 0.1, 2), because=because
    )


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_gradient_descent_takes_as_many_steps_as_asked(exercise, steps):
    hill, start = bowl(bottom=torch.randn(3)), torch.randn(3)
    given = start.clone()

    path = descend(exercise, hill, start, 0.3, steps)

    expect_path(path, hill, given, 0.3, steps)


def test_gradient_descent_without_steps_stays_at_the_start(exercise):
    hill, start = bowl(bottom=0.0), torch.randn(3)
    because = "With steps=0 the path is the start alone: one point, and still a path."

    try:
        path = descend(exercise, hill, start, 0.1, 0)
    except RuntimeError as error:
        if "non-empty TensorList" not in str(error):
            raise
        failure = Failure(f"the path of gradient_descent with steps=0 is empty: {error}", because)
        raise failure.with_traceback(error.__traceback__) from None

    expect.close(path, start[None].clone(), because=because)


def test_gradient_descent_keeps_float64(exercise):
    hill, start = valley(), torch.rand(3, dtype=torch.float64) + 0.5
    given = start.clone()

    path = descend(exercise, hill, start, 0.125, 4)  # a float32 holds this number exactly

    expect_path(path, hill, given, 0.125, 4)
    keeps_all_digits(path, hill.path(given, 0.125, 4))


def test_gradient_descent_returns_a_path_without_a_graph(exercise):
    path = descend(exercise, bowl(bottom=1.0), torch.randn(3), 0.1, 3)

    expect_no_graph(path)


def expect_no_graph(path):
    expect.that(
        not expect.a_tensor(path).requires_grad,
        "the path that gradient_descent returned carries a graph",
        "The points, the start too, are plain numbers: detach() them before they join the path.",
        mistake="path-carries-graph",
    )


def test_gradient_descent_leaves_start_alone(exercise):
    start = torch.randn(3)
    before = state(start)

    descend(exercise, bowl(bottom=1.0), start, 0.1, 3)

    expect_left_alone(start, before, argument="start", function="gradient_descent")


def test_gradient_descent_from_a_start_that_has_a_gradient_already(exercise):
    hill, start = bowl(bottom=1.0), torch.randn(3, requires_grad=True)
    start.grad = torch.randn(3)
    before = state(start)

    path = descend(exercise, hill, start, 0.1, 3)

    expect_left_alone(start, before, argument="start", function="gradient_descent")
    expect_path(path, hill, before[0], 0.1, 3)
    expect_no_graph(path)


def test_gradient_descent_goes_the_same_way_twice(exercise):
    hill, start = valley(), torch.rand(3) + 0.5
    given = start.clone()

    first = descend(exercise, hill, start, 0.2, 2)
    first = expect.a_tensor(first).detach().clone()
    path = descend(exercise, hill, start, 0.1, 4)

    kept = {}
    if first.dim() > 0 and close_to(first[-3:], hill.path(given, 0.2, 2)):
        kept["state-kept-between-calls"] = (
            torch.cat([first, hill.path(given, 0.1, 4)]),
            "The path of the call before is still there. A list made in the def line is made "
            "once, for all calls: make it inside.",
        )
    expect_path(path, hill, given, 0.1, 4, kept)


def test_gradient_descent_reaches_the_bottom_of_a_bowl(exercise):
    bottom, start = torch.randn(2, 3), torch.randn(2, 3)
    hill, given = bowl(bottom), start.clone()

    path = descend(exercise, hill, start, 0.2, 60)

    shape = tuple(expect.a_tensor(path).shape)
    expect.that(
        shape == (61, 2, 3),
        f"{expect.returned(path)} of shape {shape}, expected shape (61, 2, 3)",
    )
    # Each step leaves 0.6 of the way: after 60 it is 5e-14 of it.
    expect.close(
        path[-1],
        bottom,
        call="the end of gradient_descent(bowl, start, lr=0.2, steps=60)",
        near_misses={
            "plus-instead-of-minus": (
                walk(given, 60, lambda points: 0.2 * hill.gradient(points[-1]))[-1],
                "These steps go uphill, along the gradient: subtract it.",
            ),
        },
    )


# --- the chain rule through a line ---------------------------------------------------------------


def expect_gradients(actual, right, near_misses, *, function, names):
    """Compare gradients one by one; each near miss is a tuple like `right`."""
    wanted = f"({', '.join(names)})"
    what = expect.returned(actual)
    expect.that(
        actual is not None,
        f"{what} None, expected {wanted}",
        "Does the function end with a `return`?",
        mistake="returns-none",
    )
    expect.that(
        isinstance(actual, tuple | list) and len(actual) == len(names),
        f"{what} a {type(actual).__name__}"
        + (f" of {len(actual)}" if isinstance(actual, tuple | list) else "")
        + f", expected {len(names)} gradients {wanted}",
        f"Return them all, with commas between: return {', '.join(names)}.",
    )
    # What the tuple or list holds, and not what a class made from one would compute now.
    actual = list((tuple if isinstance(actual, tuple) else list).__iter__(actual))
    # A mistake that explains all of them is a better guess than one that explains the first.
    fits = {
        mistake: near_miss
        for mistake, near_miss in near_misses.items()
        if all(map(close_to, actual, near_miss[0]))
    }
    if len(fits) > 1:  # nobody knows which of them it was
        fits = near_misses = {}
    for place, name in enumerate(names):
        expect.close(
            actual[place],
            right[place] + 0.0,  # no -0 in what the learner reads
            call=f"as {name}, {function}",
            near_misses={
                mistake: (values[place], advice)
                for mistake, (values, advice) in (fits or near_misses).items()
            },
        )


def linear_near_misses(x, y, w, b):
    (samples, features), error = x.shape, x @ w + b - y

    def gradients(factor, error=error):
        return factor * x.T @ error, factor * error.sum()

    right = gradients(2 / samples)
    return {
        "mean-forgotten": (
            gradients(2),
            "The mean's 1/N is missing: the loss is the mean over the N samples.",
        ),
        "factor-two-forgotten": (
            gradients(1 / samples),
            "The square's 2 is missing: the derivative of e² is 2e.",
        ),
        "mean-and-two-forgotten": (
            gradients(1),
            "The square's 2 and the mean's 1/N are missing.",
        ),
        "divided-by-features": (
            gradients(2 / features),
            "The mean is over the N samples, x.shape[0]: this one divides by the D features.",
        ),
        "divided-by-elements": (
            gradients(2 / x.numel()),
            "The mean is over the N samples: this one divides by all N · D elements of x.",
        ),
        "divided-by-one-less": (
            gradients(2 / max(samples - 1, 1)),
            "The mean is over the N samples: this one divides by N - 1.",
        ),
        "wrong-sign": (
            gradients(-2 / samples),
            "The sign is wrong: inside the square stands prediction - y.",
        ),
        "bias-left-out": (
            gradients(2 / samples, x @ w - y),
            "The bias is missing in the error: it is x @ w + b - y.",
        ),
        "target-left-out": (
            gradients(2 / samples, x @ w + b),
            "The error is missing its target: it is x @ w + b - y.",
        ),
        "not-summed-over-batch": (
            (2 / samples * error[:, None] * x, 2 / samples * error),
            "That has a row for each sample. All samples share one w and one b: sum over them.",
        ),
        "inner-derivative-forgotten": (
            (right[1], right[1]),
            "The chain has one more link: w acts on the prediction through x.",
        ),
        "db-not-a-scalar": (
            (right[0], right[1][None]),
            "b is a single number of shape (), and so is its gradient: sum() without a dimension.",
        ),
        "order-swapped": (right[::-1], "The order is (dw, db)."),
    }


@pytest.mark.stretch("linear_gradients")
def test_linear_gradients_of_four_points(exercise):
    x = torch.tensor([[1.0, 0.0, 1.0], [2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 1.0, 2.0]])
    y, w = torch.tensor([3.0, 4.0, -1.0, 4.0]), torch.tensor([1.0, -1.0, 2.0])
    b = torch.tensor(1.0)

    gradients = exercise.linear_gradients(x, y, w, b)

    # Predictions 4, 2, 0, 5; errors 1, -2, 1, 1. With 2/N = 1/2:
    # dw = (1 - 4 + 0 + 1) / 2, (0 - 2 + 3 + 1) / 2, (1 - 0 + 1 + 2) / 2; db = (1 - 2 + 1 + 1) / 2.
    right = torch.tensor([-1.0, 1.0, 2.0]), torch.tensor(0.5)
    near_misses = linear_near_misses(x, y, w, b)
    expect_gradients(gradients, right, near_misses, function="linear_gradients", names=("dw", "db"))


@pytest.mark.stretch("linear_gradients")
@pytest.mark.parametrize("batch", [1, 4, 8])
def test_linear_gradients_agree_with_autograd(exercise, batch):
    x, y, w, b = torch.randn(batch, 5), torch.randn(batch), torch.randn(5), torch.randn(())
    leaves = w.clone().requires_grad_(), b.clone().requires_grad_()
    right = torch.autograd.grad(F.mse_loss(x @ leaves[0] + leaves[1], y), leaves)
    near_misses = linear_near_misses(x, y, w, b)

    gradients = exercise.linear_gradients(x, y, w, b)

    expect_gradients(gradients, right, near_misses, function="linear_gradients", names=("dw", "db"))


@pytest.mark.stretch("linear_gradients")
def test_linear_gradients_do_without_autograd(exercise):
    arguments = torch.randn(6, 2), torch.randn(6), torch.randn(2), torch.randn(())

    by_hand(exercise, "linear_gradients", *arguments)


@pytest.mark.stretch("linear_gradients")
def test_linear_gradients_leave_their_arguments_alone(exercise):
    arguments = torch.randn(6, 2), torch.randn(6), torch.randn(2), torch.randn(())
    before = [argument.clone() for argument in arguments]

    by_hand(exercise, "linear_gradients", *arguments)

    for name, copy, argument in zip("xywb", before, arguments, strict=True):
        expect.unchanged(copy, argument, argument=name, function="linear_gradients")


# --- gradients from differences ------------------------------------------------------------------


def estimate(exercise, f, x, *eps):
    """Call numerical_gradient, and check what f was given and what kind of tensor came back."""
    given = []

    def noted(x):
        given.append((x.dtype, tuple(x.shape)))
        return f(x)

    shape = tuple(x.shape)
    gradient = by_hand(exercise, "numerical_gradient", noted, x, *eps)
    expect.that(
        torch.get_default_dtype() == torch.float32,
        "numerical_gradient changed torch's default dtype, and left it so",
        "From now on every new tensor of the whole program would be float64. Ask for it where it "
        "is needed: dtype=torch.float64.",
        mistake="default-dtype-changed",
    )
    kinds, shapes = {kind for kind, _ in given}, {shape for _, shape in given}
    expect.that(
        torch.float32 not in kinds,
        "numerical_gradient gave float32 to f, expected float64",
        "In float32 two nearly equal values of f differ by little more than rounding. Convert x "
        "first: x.to(torch.float64).",
        mistake="f-given-float32",
    )
    expect.that(
        shapes <= {shape},
        f"numerical_gradient gave f a tensor of shape {min(shapes - {shape}, default=None)}, "
        f"expected {shape}",
        "f takes the whole of x, in its shape, with one element moved.",
        mistake="f-given-wrong-shape",
    )
    expect.that(
        expect.a_tensor(gradient).dtype != torch.float32,
        f"{expect.returned(gradient)} of float32, expected float64",
        "The result is float64 whatever x is: zeros_like(x) and torch.tensor(…) make float32 "
        "unless told otherwise.",
        mistake="wrong-dtype",
    )
    return gradient


@pytest.mark.stretch("numerical_gradient")
def test_numerical_gradient_of_squares(exercise):
    x = torch.tensor([1.0, -3.0, 0.5])

    gradient = estimate(exercise, lambda x: (x**2).sum(), x)

    # The slope of x² is 2x, and central differences of a square are exact but for rounding.
    expect.close(
        gradient,
        torch.tensor([2.0, -6.0, 1.0], dtype=torch.float64),
        tolerance=1e-6,
        near_misses={
            "wrong-sign": (
                torch.tensor([-2.0, 6.0, -1.0]),
                "The sign is wrong: it is f to the right minus f to the left.",
            ),
            "divided-by-eps": (
                torch.tensor([4.0, -12.0, 2.0]),
                "The two points are 2·eps apart: divide by that.",
            ),
            "moved-together": (
                torch.tensor([-3.0, -3.0, -3.0]),
                "All elements were moved together. Move one at a time, and leave the rest.",
            ),
        },
    )


@pytest.mark.stretch("numerical_gradient")
def test_numerical_gradient_takes_central_differences_with_the_eps_given(exercise):
    x, eps = torch.randn(4), 0.1
    exact = 3 * x.double() ** 2
    # ((x + eps)³ - (x - eps)³) / 2 eps = 3x² + eps²: with a wide eps one sees what was computed.
    right, moved = exact + eps**2, []

    def cubes(point):
        with suppress(RuntimeError):  # torch.vmap has no single number
            moved.append((point - x).abs().max().item())
        return (point**3).sum()

    gradient = estimate(exercise, cubes, x, eps)

    ignored = ("eps-ignored", "That is right for a tiny eps. Here eps is 0.1: use it.")
    if max(moved, default=0) > 1.5 * eps:
        ignored = (
            "other-formula",
            f"Some points lie {max(moved):.2g} from x. Central differences are asked for: two "
            "calls of f for each element, eps to the right and eps to the left.",
        )
    forward, backward = right + 3 * x.double() * eps, right - 3 * x.double() * eps
    expect.close(
        gradient,
        right,
        near_misses={
            "one-sided-differences": (
                backward if close_to(gradient, backward) else forward,
                "That is the difference to one side only. Central differences go eps to the "
                "right and eps to the left.",
            ),
            ignored[0]: (exact, ignored[1]),
            "divided-by-eps": (2 * right, "The two points are 2·eps apart: divide by that."),
            "half-a-step": (
                exact + eps**2 / 4,
                "These points are eps/2 away from x. Go eps to either side.",
            ),
            "not-divided": (
                2 * eps * right,
                "That is the difference of f. Divide it by the distance, 2·eps.",
            ),
            "wrong-sign": (-right, "The sign is wrong: it is f to the right minus to the left."),
            "moved-together": (
                right.sum().expand(4),
                "All elements were moved together. Move one at a time, and leave the rest.",
            ),
        },
    )


@pytest.mark.stretch("numerical_gradient")
def test_numerical_gradient_goes_a_millionth_to_either_side_by_default(exercise):
    x = torch.tensor([1.0, -2.0])

    def widest(*eps):
        moved = [0.0]

        def squares(point):
            with suppress(RuntimeError):  # torch.vmap has no single number
                moved.append((point - x).abs().max().item())
            return (point**2).sum()

        estimate(exercise, squares, x, *eps)
        return max(moved)

    usual = widest()
    # A little more or less is another formula, which has tests of its own.
    if usual and not 0.4e-6 < usual < 2.1e-6:
        ignored = widest(0.1) == usual
        expect.fail(
            f"without eps, numerical_gradient went {usual:.2g} from x, expected 1e-06",
            "Move each element by eps, which is given or 1e-6."
            if ignored
            else "Keep eps: float = 1e-6 in the def line, and use eps as it comes.",
            mistake="eps-ignored" if ignored else "other-default",
        )


def check_put_back(before, x, eps):
    """Fail if each element of x was left where it had been moved to."""
    expect.that(
        not torch.allclose((x - before).abs(), torch.full_like(x, eps)),
        "numerical_gradient left each element of x at eps from where it was",
        "Put each element back before the next one moves, or move a clone: x.to(torch.float64) "
        "makes no copy when x is float64 already.",
        mistake="not-put-back",
    )


@pytest.mark.stretch("numerical_gradient")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_numerical_gradient_takes_a_step_of_float64(exercise, dtype):
    x, eps = torch.randn(4, dtype=dtype), 0.1
    factors = torch.tensor([0.1, 0.7, 1 / 3, 2 / 7], dtype=torch.float64)
    right, before = 2 * factors * x.double(), x.clone()

    def f(x):
        return (factors * x**2).sum()

    def nearly(one, other):
        alike = one.shape == other.shape
        return alike and torch.allclose(one.double(), other, rtol=1e-10, atol=1e-10)

    def rough(x, moves):
        """Return the differences of what is left of f's values in float32."""
        return torch.stack([f(x + move).float() - f(x - move).float() for move in moves])

    gradient = estimate(exercise, f, x, eps)

    check_put_back(before, x, eps)
    moves = eps * torch.eye(4, dtype=torch.float64)
    rounded = [
        right.float().double(),
        2 * factors * x.float().double(),
        rough(x.double(), moves).double() / (2 * eps),
        (rough(x.double(), moves) / (2 * eps)).double(),
    ]
    # Differences find the slope of squares to the last digits. But the float32 nearest to
    # 0.1 is 0.1000000015: what is moved by that and divided by 0.2 is wrong in the eighth digit.
    expect.close(
        gradient,
        right,
        tolerance=1e-10,
        near_misses={
            "step-in-float32": (
                right * (torch.tensor(eps).item() / eps),
                "The step is a float32, in which 0.1 is 0.1000000015. zeros_like(x), torch.eye(…) "
                "and torch.tensor(…) make float32 unless told otherwise: dtype=torch.float64.",
            ),
            "digits-lost": (
                next((one for one in rounded if nearly(gradient, one)), rounded[0]),
                "Digits were lost: somewhere on the way x, a value of f or the result was a "
                "float32. Have all of them in float64.",
            ),
            "divided-by-eps": (2 * right, "The two points are 2·eps apart: divide by that."),
            "not-divided": (
                2 * eps * right,
                "That is the difference of f. Divide it by the distance, 2·eps.",
            ),
            "wrong-sign": (-right, "The sign is wrong: it is f to the right minus to the left."),
            "moved-together": (
                right.sum().expand(4),
                "All elements were moved together. Move one at a time, and leave the rest.",
            ),
        },
    )


@pytest.mark.stretch("numerical_gradient")
def test_numerical_gradient_moves_one_element_at_a_time(exercise):
    x, eps = torch.randn(2, 3), 0.1
    total = x.double().sum()
    # f(x) = (Σ x)³: whichever element moves by eps, the sum s does. The slope is 3s² + eps².
    right = (3 * total**2 + eps**2).expand(2, 3)

    gradient = estimate(exercise, lambda x: x.sum() ** 3, x, eps)

    places = torch.arange(6.0, dtype=torch.float64).view(2, 3)  # how many were moved before
    left, stays_right = total - places * eps, total + places * eps
    together = ((total + 6 * eps) ** 3 - (total - 6 * eps) ** 3) / (2 * eps)
    leaning = [(3 * centre**2 + eps**2) for centre in (left, stays_right)]
    expect.close(
        gradient,
        right,
        near_misses={
            "not-put-back": (
                leaning[1] if close_to(gradient, leaning[1]) else leaning[0],
                "The elements moved before were not put back in their place.",
            ),
            "rows-moved": (
                (9 * total**2 + 27 * eps**2).expand(2, 3),
                "Whole rows were moved: range(len(x)) goes through the rows of x. Move one element "
                "at a time, as x.view(-1)[i] is one.",
            ),
            "moved-together": (
                together.expand(2, 3),
                "All elements were moved together. Move one at a time, and leave the rest.",
            ),
        },
    )


@pytest.mark.stretch("numerical_gradient")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 2), (2, 3, 4)], ids=str)
def test_numerical_gradient_has_the_shape_of_x(exercise, shape, dtype):
    x = torch.randn(shape, dtype=dtype)
    right = x.double().cos() + 2 * x.double()

    gradient = estimate(exercise, lambda x: (x.sin() + x**2).sum(), x)

    expect.close(
        gradient,
        right,
        tolerance=1e-6,
        near_misses={
            "same-point-twice": (
                torch.zeros(shape),
                "f saw the same numbers on both sides. Are the two points two tensors? "
                "x.to(torch.float64) makes no copy when x is float64 already.",
            ),
        },
    )


@pytest.mark.stretch("numerical_gradient")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_numerical_gradient_leaves_x_alone(exercise, dtype):
    x = torch.tensor([1.0, -2.0, 0.5], dtype=dtype)  # a step of 1/4 and back changes no digit
    before = x.clone()

    estimate(exercise, lambda x: (x**2).sum(), x, 0.25)

    check_put_back(before, x, 0.25)
    expect.unchanged(before, x, argument="x", function="numerical_gradient")


# --- backpropagation through a network -----------------------------------------------------------

NAMES = ("dw1", "db1", "dw2", "db2")


def network(batch, inputs=4, hidden=6, classes=3):
    """Return x, target, w1, b1, w2, b2; the first hidden unit is off for every sample."""
    b1 = torch.randn(hidden)
    b1[0] = -9
    return (
        torch.randn(batch, inputs),
        torch.randint(classes, (batch,)),
        torch.randn(hidden, inputs),
        b1,
        torch.randn(classes, hidden) / 3,
        torch.randn(classes),
    )


def backward_near_misses(x, target, w1, b1, w2, b2):
    (samples, classes), z = (len(x), len(w2)), x @ w1.T + b1
    h, on = z * (z > 0), (z > 0).float()
    logits = h @ w2.T + b2
    one_hot = F.one_hot(target, classes).float()
    dlogits = (logits.softmax(dim=1) - one_hot) / samples

    def gradients(dlogits=dlogits, mask=on, h=h):
        dz = dlogits @ w2 * mask
        return dz.T @ x, dz.sum(dim=0), dlogits.T @ h, dlogits.sum(dim=0)

    dw1, db1, dw2, db2 = gradients()
    dz = dlogits @ w2 * on
    near_misses = {
        "mean-forgotten": (
            gradients(dlogits * samples),
            "The mean's 1/N is missing: the loss is the mean over the batch.",
        ),
        "divided-by-classes": (
            gradients(dlogits * samples / classes),
            "The mean is over the N samples of the batch: this one divides by the classes.",
        ),
        "divided-by-every-element": (
            gradients(dlogits / classes),
            "The mean is over the N samples of the batch: this one divides by the classes too.",
        ),
        "one-hot-forgotten": (
            gradients(dlogits + one_hot / samples),
            "The target is missing: the gradient at the logits is softmax minus one-hot.",
        ),
        "softmax-forgotten": (
            gradients((logits - one_hot) / samples),
            "The softmax is missing: the gradient at the logits is softmax minus one-hot.",
        ),
        "softmax-over-batch": (
            gradients((logits.softmax(dim=0) - one_hot) / samples),
            "The softmax runs over the batch. The classes lie along dimension 1.",
        ),
        "wrong-sign": (
            gradients(-dlogits),
            "The sign is wrong: the gradient at the logits is softmax minus one-hot.",
        ),
        "relu-mask-forgotten": (
            gradients(mask=1),
            "The ReLU is missing on the way back: units that were off pass no gradient on.",
        ),
        "relu-mask-inverted": (
            gradients(mask=1 - on),
            "The ReLU passes the gradient of the units that were on, z > 0, not of the others.",
        ),
        "relu-value-as-mask": (
            gradients(mask=h),
            "The slope of the ReLU is 1 where z > 0, and 0 elsewhere; this one multiplies by h.",
        ),
        "relu-forgotten": (
            gradients(h=z),
            "The second layer's input is h, after the ReLU, not z.",
        ),
        "transposed": (
            (dw1.T, db1.flip(0), dw2.T, db2.flip(0)),
            "A gradient has the shape of what it belongs to: weights are (out, in).",
        ),
        "bias-not-summed": (
            (dw1, dz, dw2, dlogits),
            "That has a row for each sample. All samples share one bias: sum over the batch.",
        ),
        "bias-averaged": (
            (dw1, dz.mean(dim=0), dw2, dlogits.mean(dim=0)),
            "The mean's 1/N is in there already: sum over the batch.",
        ),
        "dimension-kept": (
            (dw1, db1[None], dw2, db2[None]),
            "A gradient has the shape of what it belongs to: leave out keepdim.",
        ),
        "order-swapped": ((dw2, db2, dw1, db1), "The order is (dw1, db1, dw2, db2)."),
    }
    narrow, every_row = F.one_hot(target).float(), logits.softmax(dim=1)
    every_row[:, target] -= 1
    near_misses["every-row-changed"] = (
        gradients(every_row / samples),
        "[:, target] are these columns in every row. [torch.arange(N), target] is one number in "
        "each row.",
    )
    if narrow.shape[1] == 1:
        near_misses["broadcast-shapes"] = (
            gradients((logits.softmax(dim=1) - narrow) / samples),
            "F.one_hot(target) has only as many columns as the largest target asks for. Tell it "
            "how many classes there are: num_classes=len(w2).",
        )
    if samples == 1:  # these two are the same then
        del near_misses["bias-not-summed"], near_misses["dimension-kept"]
    return near_misses


@pytest.mark.stretch("backward_by_hand")
def test_backward_by_hand_of_one_sample(exercise):
    x, target = torch.tensor([[2.0]]), torch.tensor([0])
    w1, b1 = torch.tensor([[1.0], [-1.0], [0.0]]), torch.tensor([0.0, 0.0, 1.0])
    w2, b2 = torch.tensor([[1.0, 3.0, 0.0], [2.0, -2.0, 4.0]]), torch.tensor([2.0, -4.0])
    arguments = (x, target, w1, b1, w2, b2)

    gradients = exercise.backward_by_hand(*arguments)

    # z = (2, -2, 1) and h = (2, 0, 1); logits 2 + 2 = 4 and 4 + 4 - 4 = 4: softmax 1/2 and 1/2.
    # Minus one-hot: (-1/2, 1/2). Times h: dw2. Times w2: dh = (1/2, -5/2, 2); the second unit is
    # off, so dz = (1/2, 0, 2), and times x: dw1 = (1, 0, 4).
    right = (
        torch.tensor([[1.0], [0.0], [4.0]]),
        torch.tensor([0.5, 0.0, 2.0]),
        torch.tensor([[-1.0, 0.0, -0.5], [1.0, 0.0, 0.5]]),
        torch.tensor([-0.5, 0.5]),
    )
    near_misses = backward_near_misses(*arguments)
    expect_gradients(gradients, right, near_misses, function="backward_by_hand", names=NAMES)


@pytest.mark.stretch("backward_by_hand")
@pytest.mark.parametrize("batch", [1, 4, 7])
def test_backward_by_hand_agrees_with_autograd(exercise, batch):
    x, target, *parameters = network(batch)
    w1, b1, w2, b2 = leaves = [parameter.clone().requires_grad_() for parameter in parameters]
    logits = F.linear(F.linear(x, w1, b1).relu(), w2, b2)
    right = torch.autograd.grad(F.cross_entropy(logits, target), leaves)
    near_misses = backward_near_misses(x, target, *parameters)

    gradients = exercise.backward_by_hand(x, target, *parameters)

    expect_gradients(gradients, right, near_misses, function="backward_by_hand", names=NAMES)


@pytest.mark.stretch("backward_by_hand")
def test_backward_by_hand_does_without_autograd(exercise):
    by_hand(exercise, "backward_by_hand", *network(batch=4))


@pytest.mark.stretch("backward_by_hand")
def test_backward_by_hand_leaves_its_arguments_alone(exercise):
    arguments = network(batch=4)
    before = [argument.clone() for argument in arguments]

    by_hand(exercise, "backward_by_hand", *arguments)

    names = ["x", "target", "w1", "b1", "w2", "b2"]
    for name, copy, argument in zip(names, before, arguments, strict=True):
        expect.unchanged(copy, argument, argument=name, function="backward_by_hand")
