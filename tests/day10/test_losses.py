"""Day 10: what the loss functions must do."""

import re
import traceback
from contextlib import contextmanager
from math import log
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from kata import calls, expect
from kata.calls import value_in_words
from kata.failure import Failure
from kata.written_out import written_out

SHAPES = [(5,), (3, 5), (1, 4), (2, 3, 4)]
BATCHES = [(1, 5), (3, 5), (8, 2)]


def in_graph(*shape):
    """Return a random leaf and a copy of it in the graph, which may be changed in place."""
    leaf = torch.randn(shape, requires_grad=True)
    return leaf, leaf.clone()


def gradient(result, leaf, upstream, name):
    """Return the gradient that reaches a leaf from a learner's result."""
    expect.that(
        isinstance(result, Tensor) and result.requires_grad,
        f"the result of {name} carries no gradient",
        "Leave out .detach(), .item(), torch.tensor(…) and no_grad: training needs the way back.",
        mistake="graph-lost",
    )
    # Not grad(result, leaf, upstream): the first such call in a process imports 483 modules.
    (found,) = torch.autograd.grad((result * upstream).sum(), leaf, allow_unused=True)
    expect.that(
        found is not None,
        f"no gradient reaches the input of {name}",
        "Compute with the tensors that were handed in: a detached copy has no way back to them.",
        mistake="graph-lost",
    )
    return found


def leaves_alone(call, **arguments):
    """Fail if `call`, which is given the arguments, changes one of them."""
    before = {name: argument.clone() for name, argument in arguments.items()}

    with mistakes_named(arguments.get("target")):
        call(*arguments.values())

    for name, argument in arguments.items():
        expect.that(
            torch.equal(argument, before[name]),
            f"{call.__name__} changed its argument {name}",
            "Make new tensors: whoever called still needs the old ones (-= changes in place).",
            mistake="argument-changed",
        )


@contextmanager
def mistakes_named(target=None):
    """Name what torch's own errors do not, where what it was given tells for sure.

    `target` holds the classes that the learner's function was given, if it was given any.
    """
    try:
        yield
    except Failure:
        raise
    except Exception as error:
        known = what_torch_was_given(error, target)
        if not known:
            raise
        try:
            headline = f"{calls.last().words} raised {type(error).__name__}: {error}"
            expect.fail(headline, known[1], mistake=known[0])
        except Failure as failure:
            raise failure.with_traceback(error.__traceback__) from None


def what_torch_was_given(error, target):
    """Return a mistake's id and a sentence, from the arguments on the way down; or None."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        file, function = Path(frame.f_code.co_filename).name, frame.f_code.co_name
        given = [frame.f_locals.get(name) for name in frame.f_code.co_varnames[:2]]
        if (file, function) == ("loss.py", "__init__") and "Boolean value" in str(error):
            return "not-called", (
                "A loss such as nn.MSELoss is built first, and what was built is then called: "
                "nn.MSELoss()(…, …)."
            )
        if function in ("log_softmax", "cross_entropy") and is_same(given[0], target):
            return "swapped-arguments", (
                f"{function} was given the target in place of the logits: logits go first."
            )
        if (file, function) == ("functional.py", "mse_loss"):
            if is_same(given[1], target):
                return "one-hot-missing", (
                    "MSE compares numbers, and got the classes themselves: turn target into "
                    "one-hot rows, as wide as the logits."
                )
            if target is not None and is_same(given[1], F.one_hot(target)):
                return one_hot_too_narrow(given[1].shape[1])
        if "must match the size" in str(error) and target is not None:
            rows = F.one_hot(target)
            if any(is_same(value, rows) for value in frame.f_locals.values()):
                return one_hot_too_narrow(rows.shape[1])
    sizes = re.search(r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)", str(error))
    if sizes and target is not None:
        narrow, wide = sorted(map(int, sizes.groups()))
        frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]
        logits = [one["logits"] for one in frames if isinstance(one.get("logits"), Tensor)]
        is_width = any(one.shape[-1:] == (wide,) for one in logits)  # else the rows are too wide
        if narrow == target.max() + 1 and len(target) not in (narrow, wide) and is_width:
            return one_hot_too_narrow(narrow)
    return None


def one_hot_too_narrow(width):
    return "one-hot-too-narrow", (
        f"The one-hot rows are only {width} wide. Tell one_hot how many classes there are, "
        "whether or not all occur: num_classes=logits.shape[1]."
    )


def is_same(value, tensor):
    both = isinstance(value, Tensor) and isinstance(tensor, Tensor)
    return both and value.shape == tensor.shape and torch.equal(value.to(tensor.dtype), tensor)


# mse_loss


def mse_near_misses(prediction, target):
    error = prediction.detach() - target.detach()
    squares = error.square()
    n = len(error)
    return {
        "sum-instead-of-mean": (
            squares.sum(),
            f"{squares.sum():.6g} is the sum of the squared errors. The mean divides it by the "
            f"number of elements, here {squares.numel()}.",
        ),
        "divided-by-batch-only": (
            squares.sum() / n,
            f"This is the sum divided by {n}, the length of the batch. The mean is over every "
            f"element, here {squares.numel()}.",
        ),
        "not-averaged": (squares, "This is the squared error of each element: average them."),
        "not-squared": (error.mean(), "The errors are not squared: positive and negative cancel."),
        "absolute-instead-of-squared": (
            error.abs().mean(),
            "This is the mean of the absolute errors: today they are squared.",
        ),
        "squared-after-mean": (
            error.mean().square(),
            "This is the square of the mean. Square each error first, then average.",
        ),
        "root-taken": (
            squares.mean().sqrt(),
            "This is the root of the mean squared error: leave the root out.",
        ),
        "halved": (squares.mean() / 2, "This is half of it: there is no factor of ½ in the mean."),
    }


def test_mse_loss_of_six_numbers(exercise):
    prediction = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    target = torch.tensor([[1.0, 1.0, 5.0], [1.0, 5.0, 5.0]])

    with mistakes_named():
        loss = exercise.mse_loss(prediction, target)

    expect.close(
        loss,
        2.5,  # (0 + 1 + 4 + 9 + 0 + 1) / 6
        near_misses=mse_near_misses(prediction, target),
        because="The squared errors are 0, 1, 4, 9, 0 and 1.",
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_mse_loss_is_the_mean_over_every_element(exercise, shape):
    prediction, target = torch.randn(shape), torch.randn(shape)

    with mistakes_named():
        loss = exercise.mse_loss(prediction, target)

    near_misses = mse_near_misses(prediction, target)
    expect.close(loss, F.mse_loss(prediction, target), near_misses=near_misses)


def test_mse_loss_of_large_numbers(exercise):
    prediction = torch.tensor([[10001.0, 10002.0], [10000.0, 10100.0]])
    target = torch.full((2, 2), 10000.0)

    with mistakes_named():
        loss = exercise.mse_loss(prediction.clone(), target.clone())

    expanded = prediction.square() - 2 * prediction * target + target.square()
    expect.close(
        loss,
        2501.25,  # (1 + 4 + 0 + 10000) / 4
        near_misses=mse_near_misses(prediction, target)
        | {
            "digits-lost": (
                expanded.mean(),
                "Squares of large numbers lose their last digits, and nothing else is left of "
                "their difference: subtract first, then square.",
            )
        },
        because="The squared errors are 1, 4, 0 and 10000.",
    )


def test_mse_loss_is_written_out(exercise):
    with written_out("mse_loss"), mistakes_named():
        exercise.mse_loss(torch.randn(3, 5), torch.randn(3, 5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((4, 1), (4,)),
        ((4,), (4, 1)),
        ((4, 3), (3,)),
        ((4, 3), (4, 1)),
        ((1, 4), (4,)),
        ((1, 3), (4, 3)),
        ((1,), (3,)),
        ((4, 3), (3, 4)),
    ],
    ids=str,
)
def test_mse_loss_refuses_unequal_shapes(exercise, one, other):
    mean_of_equal_shapes(exercise)
    prediction, target = torch.randn(one), torch.randn(other)

    refusal(exercise, prediction, target)


def test_mse_loss_names_both_shapes_when_it_refuses(exercise):
    mean_of_equal_shapes(exercise)
    prediction, target = torch.randn(17, 1), torch.randn(23)

    message = refusal(exercise, prediction, target)

    # Whatever they look like: (17, 1), torch.Size([17, 1]), 17x1.
    said = re.findall(r"\d+", message)
    expect.that(
        {"17", "1", "23"} <= set(said),
        f"mse_loss(prediction (17, 1), target (23,)) raised ValueError: {message}",
        "The message should name both shapes: prediction.shape and target.shape in an f-string.",
        mistake="message-says-too-little",
    )


def mean_of_equal_shapes(exercise):
    """Fail if mse_loss is wrong already where the shapes are equal."""
    prediction, target = torch.randn(3, 5), torch.randn(3, 5)
    with mistakes_named():
        loss = exercise.mse_loss(prediction, target)
    near_misses = mse_near_misses(prediction, target)
    expect.close(loss, F.mse_loss(prediction, target), near_misses=near_misses)


def refusal(exercise, prediction, target):
    """Return the message of the ValueError with which mse_loss refuses two shapes."""
    call = f"mse_loss(prediction {tuple(prediction.shape)}, target {tuple(target.shape)})"
    mistake, advice = "shapes-not-checked", "Compare both shapes before anything else."
    message, outcome = None, ""
    try:
        loss = exercise.mse_loss(prediction, target)
    except ValueError as error:
        message = str(error)
    except Failure:
        raise
    except AssertionError:
        outcome = "raised AssertionError"
        mistake = "assert-instead-of-raise"
        advice = "Use `if …: raise ValueError(…)`. An assert is for what can never happen."
    except RuntimeError as error:
        if "must match" not in str(error):
            raise
        outcome = f"raised RuntimeError: {error}"
        advice += " Here torch noticed. With other shapes it does not, and broadcasts."
    except Exception as error:
        if not expect.raised_on_purpose(error):
            raise
        outcome = f"raised {type(error).__name__}: {error}"
        mistake, advice = "wrong-error", "Who calls waits for a ValueError: raise that one."
    else:
        outcome = f"returned {value_in_words(loss)}"
        if isinstance(loss, Exception):
            mistake, advice = "error-returned", "This returns the error: raise it."
        if is_paired(loss, prediction, target):
            shape = tuple((prediction - target).shape)
            advice += f" The difference is broadcast to {shape}: it pairs what does not belong."
    expect.that(
        message is not None, f"{call} {outcome}, expected ValueError", advice, mistake=mistake
    )
    return message


def is_paired(loss, prediction, target):
    """Tell whether a loss is what broadcasting makes of two unequal shapes."""
    try:
        paired = (prediction - target).square().mean()
    except RuntimeError:
        return False
    return isinstance(loss, Tensor) and loss.shape == () and torch.isclose(loss, paired)


def test_mse_loss_passes_the_gradient_on(exercise):
    leaf, prediction = in_graph(3, 5)
    target = torch.randn(3, 5)

    with mistakes_named():
        loss = exercise.mse_loss(prediction, target)

    near_misses = mse_near_misses(prediction, target)
    expect.close(loss, F.mse_loss(prediction, target).detach(), near_misses=near_misses)
    expect.close(
        gradient(loss, leaf, 3.0, "mse_loss"),
        3 * 2 * (leaf.detach() - target) / 15,  # of (p - t)² / 15, three times
        call="the gradient of 3 · mse_loss(prediction (3, 5), target (3, 5))",
        near_misses={
            "partly-detached": (
                3 * (leaf.detach() - target) / 15,
                "This is half of it: one of the two factors of the square was detached.",
            )
        },
    )


def test_mse_loss_passes_the_gradient_on_to_the_target(exercise):
    prediction = torch.randn(3, 5)
    leaf, target = in_graph(3, 5)

    with mistakes_named():
        loss = exercise.mse_loss(prediction, target)

    near_misses = mse_near_misses(prediction, target)
    expect.close(loss, F.mse_loss(prediction, target).detach(), near_misses=near_misses)
    half = (leaf.detach() - prediction) / 15
    advice = "This is half of it: one of the two factors of the square was detached."
    expect.close(
        gradient(loss, leaf, 1.0, "mse_loss"),
        2 * half,  # of (p - t)² / 15, by t
        call="the gradient of mse_loss(prediction (3, 5), target (3, 5)) with respect to target",
        near_misses={"partly-detached": (half, advice)},
    )


def test_mse_loss_leaves_its_arguments_alone(exercise):
    leaves_alone(exercise.mse_loss, prediction=torch.randn(3, 5), target=torch.randn(3, 5))


# log_softmax


def log_softmax_near_misses(logits):
    x = logits.detach()
    right, largest = x.log_softmax(dim=1), x.amax(dim=1, keepdim=True)
    sums = x.exp().sum(dim=1, keepdim=True)
    shifted_sums = (x - largest).exp().sum(dim=1, keepdim=True)
    near_misses = {
        "log-missing": (x.softmax(dim=1), "These are the probabilities: the log is missing."),
        "minus-too-many": (-right, "The sign is wrong: the log of a probability is negative."),
        "log-of-the-sum-missing": (x - sums, "Subtract the log of the sum, not the sum itself."),
        "sum-missing": (
            x - largest,
            "Only the largest logit was subtracted: the log of the sum of exp is still to come.",
        ),
        "shift-on-one-side": (
            x - shifted_sums.log(),
            "The largest logit was subtracted inside the sum only. Subtract it once, first, and "
            "use the shifted logits in both places.",
        ),
        "shift-subtracted-twice": (
            x - largest - sums.log(),
            "The largest logit was subtracted, but the sum is that of the unshifted logits: use "
            "the shifted logits in both places.",
        ),
        "wrong-logarithm": (right / log(2), "This is log2. The natural logarithm is torch.log."),
        "common-logarithm": (right / log(10), "This is log10: the natural one is torch.log."),
    }
    if len(x) > 1:  # of a single row, other mistakes make the same
        near_misses |= {
            "wrong-dimension": (
                x.log_softmax(dim=0),
                "This runs over the batch, dimension 0: the classes lie along dimension 1.",
            ),
            "over-the-whole-batch": (
                x - x.exp().sum().log(),
                "The sum is over the whole batch. Each row has its own: dim=1, keepdim=True.",
            ),
            "largest-of-each-column": (
                (x - x.amax(dim=0)).log_softmax(dim=1),
                "The largest logit of each column was subtracted. What changes nothing is the same "
                "number in a whole row: dim=1, keepdim=True.",
            ),
        }
    return near_misses


def small_logits_are_right(exercise, shape=(3, 5)):
    """Fail if log_softmax is wrong already for small logits."""
    logits = torch.randn(shape)
    with mistakes_named():
        log_probabilities = exercise.log_softmax(logits.clone())
    near_misses = log_softmax_near_misses(logits)
    expect.close(log_probabilities, logits.log_softmax(dim=1), near_misses=near_misses)


def test_log_softmax_of_six_numbers(exercise):
    logits = torch.tensor([[1.0, 2.0, 5.0], [4.0, 4.0, 2.0]]).log()

    log_probabilities = exercise.log_softmax(logits.clone())

    # exp of the logits is 1, 2, 5, of which 8 is the sum; and 4, 4, 2, with 10.
    expect.close(
        log_probabilities,
        torch.tensor([[log(1 / 8), log(2 / 8), log(5 / 8)], [log(0.4), log(0.4), log(0.2)]]),
        near_misses=log_softmax_near_misses(logits),
        because="The probabilities are 1/8, 2/8 and 5/8 in the first row, 0.4, 0.4 and 0.2 in the "
        "second.",
    )


@pytest.mark.parametrize("shape", [*BATCHES, (4, 1)], ids=str)
def test_log_softmax_of_any_batch(exercise, shape):
    small_logits_are_right(exercise, shape)


def test_log_softmax_is_written_out(exercise):
    with written_out("log_softmax"):
        exercise.log_softmax(torch.randn(3, 5))


LARGE = [
    [1000.0, 0.0, -1000.0],
    [1000.0, 1000.0, 998.0],
    [0.0, 1.0, 2.0],
    [-1000.0, -1000.0, -1000.0],
    [-1000.0, -999.0, -1002.0],
]


def test_log_softmax_of_logits_of_plus_and_minus_1000(exercise):
    small_logits_are_right(exercise)
    # All together, and those that are far below zero by themselves. A float32 near 1000 is exact to
    # 6e-5 only: 1e-6 of a scale of 1000 leaves room for it.
    for rows, tolerance in ((LARGE, 1e-6), (LARGE[3:], 2e-4)):
        logits = torch.tensor(rows)

        with written_out("log_softmax"):
            log_probabilities = exercise.log_softmax(logits.clone())

        expected = logits.log_softmax(dim=1)
        no_log_of_zero(log_probabilities, expected)
        no_overflow(log_probabilities, "log_softmax")
        not_cut_off(log_probabilities, expected)
        expect.close(log_probabilities, expected, tolerance=tolerance)


def no_overflow(result, name):
    """Fail if a number of the result is nan or inf."""
    finite = not isinstance(result, Tensor) or result.detach().isfinite().all()
    found = "" if finite else ", ".join(map(str, set(result.detach().flatten().tolist())))
    expect.that(
        finite,
        f"{name} returned {'nan' if 'nan' in found else 'inf'} for logits between -1000 and 1000",
        "In float32 exp(1000) is inf and exp(-1000) is 0. Subtract the largest logit of each row "
        "from that row before any exp.",
        mistake="overflow",
    )


def no_log_of_zero(result, expected):
    """Fail if log-probabilities are -inf where the probability is 0 in float32, and else right."""
    low = expected < -110
    same_shape = isinstance(result, Tensor) and result.shape == expected.shape
    lost = same_shape and low.any() and (result.detach()[low] == -torch.inf).all()
    expect.that(
        not (lost and is_close(result[~low], expected[~low])),
        f"log_softmax returned -inf where it should be {expected.min():.6g}",
        "That is the log of a probability that is 0 in float32. Take no log of a probability: "
        "log(exp(x) / s) is x - log(s).",
        mistake="log-of-zero",
    )


def not_cut_off(result, expected):
    """Fail if log-probabilities end at some -20, as they do with a small number in the log."""
    low = expected < -900
    same_shape = isinstance(result, Tensor) and result.shape == expected.shape
    ends = result.detach()[low] if same_shape else torch.zeros(0)
    if len(ends) and -110 < ends[0] < -5 and (ends == ends[0]).all():
        expect.fail(
            f"log_softmax returned {ends[0]:.6g} where it should be {expected[low].min():.6g}",
            "A small number added in the log, or a clamp before it, hides that exp is 0. Subtract "
            "the largest logit of each row instead, and take no log of a probability: "
            "log(exp(x) / s) is x - log(s).",
            mistake="cut-off",
        )


def test_log_softmax_passes_the_gradient_on(exercise):
    small_logits_are_right(exercise)
    leaf, logits = in_graph(3, 5)
    upstream = torch.randn(3, 5)

    log_probabilities = exercise.log_softmax(logits)

    found = gradient(log_probabilities, leaf, upstream, "log_softmax")
    expected = upstream - leaf.detach().softmax(dim=1) * upstream.sum(dim=1, keepdim=True)
    expect.close(
        found,
        expected,
        call="the gradient of log_softmax(logits (3, 5))",
        near_misses={
            "partly-detached": (upstream, "The log of the sum was detached: it depends on x too.")
        },
    )


def test_log_softmax_passes_the_gradient_on_for_plus_and_minus_1000(exercise):
    small_logits_are_right(exercise)
    leaf = torch.tensor(LARGE, requires_grad=True)
    upstream = torch.randn(len(LARGE), 3)

    with written_out("log_softmax"):
        log_probabilities = exercise.log_softmax(leaf.clone())

    no_log_of_zero(log_probabilities, leaf.detach().log_softmax(dim=1))
    no_overflow(log_probabilities, "log_softmax")
    not_cut_off(log_probabilities, leaf.detach().log_softmax(dim=1))
    found = gradient(log_probabilities, leaf, upstream, "log_softmax")
    no_overflow(found, "the gradient of log_softmax")
    expected = upstream - leaf.detach().softmax(dim=1) * upstream.sum(dim=1, keepdim=True)
    near_misses = {
        "partly-detached": (upstream, "The log of the sum was detached: it depends on x too.")
    }
    call = "the gradient of log_softmax, for logits between -1000 and 1000,"
    expect.close(found, expected, call=call, near_misses=near_misses, tolerance=1e-3)


def test_log_softmax_leaves_its_argument_alone(exercise):
    leaves_alone(exercise.log_softmax, logits=torch.randn(3, 5))


# cross_entropy


def log_softmax(logits, *_, **__):
    """Stand in for a learner's log_softmax that is not right yet."""
    return logits - logits.logsumexp(dim=1, keepdim=True)


@contextmanager
def log_softmax_watched(exercise, logits):
    """Count the calls of log_softmax; one that is not right yet is replaced by one that is.

    So cross_entropy is judged by itself, and a mistake in log_softmax is named there only.
    """
    own = exercise.log_softmax
    own = getattr(own, "__wrapped__", own)  # what the file defines, without the record of calls
    stand_in = own if is_right(own, logits) else log_softmax
    made = []

    def watched(*args, **kwargs):
        made.append(args)
        return stand_in(*args, **kwargs)

    exercise.log_softmax = watched
    try:
        yield made
    finally:
        exercise.log_softmax = own


def is_right(function, logits):
    x = logits.detach().clone().requires_grad_()
    upstream = torch.ones_like(x).cumsum(dim=1)
    try:
        with written_out("log_softmax"):
            result = function(x)
        found, expected = (
            torch.autograd.grad((y * upstream).sum(), x)[0] for y in (result, x.log_softmax(dim=1))
        )
        return torch.allclose(result, x.log_softmax(dim=1), 1e-3, 1e-3) and torch.allclose(
            found, expected, 1e-2, 1e-2
        )
    except Exception:  # whatever it is, the tests of log_softmax say so
        return False


def cross_entropy(exercise, logits, target):
    """Call the learner's cross_entropy, with a log_softmax that is right and a target to spare."""
    function, target = exercise.cross_entropy, target.clone()
    with log_softmax_watched(exercise, logits), mistakes_named(target):
        return function(logits, target)


def cross_entropy_near_misses(logits, target):
    x = logits.detach()
    n, c = x.shape
    log_p, rows = x.log_softmax(dim=1), torch.arange(n)
    true = log_p[rows, target]
    near_misses = {
        "sum-instead-of-mean": (
            -true.sum(),
            f"{-true.sum():.6g} is the sum over the batch: the mean divides it by {n}.",
        ),
        "divided-by-every-element": (
            -true.mean() / c,
            f"The sum was divided by all {n * c} elements. One number a row counts: divide by the "
            f"{n} rows.",
        ),
        "divided-by-classes": (
            -true.sum() / c,
            f"The sum was divided by {c}, the classes: the mean is over the {n} rows.",
        ),
        "not-averaged": (-true, "This is the loss of each row: average them."),
        "minus-missing": (
            true.mean(),
            "The minus is missing: log-probabilities are negative, and a loss is not.",
        ),
        "log-missing": (
            -true.exp().mean(),
            "The log is missing: this is the mean probability, with a minus.",
        ),
        "softmax-before-cross-entropy": (
            -x.softmax(dim=1).log_softmax(dim=1)[rows, target].mean(),
            "There is a softmax too many: log_softmax is given probabilities. It takes the logits "
            "as they are.",
        ),
        "log-softmax-missing": (
            -x[rows, target].mean(),
            "These are the logits of the true classes: log_softmax comes first.",
        ),
        "target-not-used": (
            -log_p.mean(),
            "This is the mean over all classes: only the true class of each row counts.",
        ),
        "every-class-counted": (
            -log_p.sum(dim=1).mean(),
            "This adds up all classes: only the true class of each row counts.",
        ),
        "largest-instead-of-true": (
            -log_p.amax(dim=1).mean(),
            "This takes each row's most likely class: the true one counts, likely or not.",
        ),
        "every-pair-counted": (
            -log_p[:, target].mean(),
            "log_p[:, target] takes every target's column in every row. Each row has its own: "
            "index with the row numbers too, or use gather.",
        ),
        "wrong-logarithm": (
            -true.mean() / log(2),
            "This is in bits, by log2: the natural logarithm is torch.log.",
        ),
    }
    if not target.any():  # then one-hot rows that are too narrow come to the same
        del near_misses["every-class-counted"]
    if target.max() < n:
        near_misses["rows-instead-of-classes"] = (
            -log_p[target].mean(),
            "log_p[target] picks rows. The classes are columns: index rows and columns together.",
        )
    return near_misses


def cross_entropy_is_right(exercise, shape=(4, 5)):
    """Fail if cross_entropy is wrong for small logits."""
    logits, target = torch.randn(shape), torch.randint(shape[1], shape[:1])
    loss = cross_entropy(exercise, logits.clone(), target)
    near_misses = cross_entropy_near_misses(logits, target)
    expect.close(loss, F.cross_entropy(logits, target), near_misses=near_misses)


def test_cross_entropy_of_two_rows(exercise):
    logits = torch.tensor([[1.0, 2.0, 5.0], [4.0, 4.0, 2.0]]).log()
    target = torch.tensor([2, 0])

    loss = cross_entropy(exercise, logits, target)

    # The true classes have probability 5/8 and 4/10: minus their logs are 0.4700 and 0.9163.
    expect.close(
        loss,
        (0.470004 + 0.916291) / 2,
        near_misses=cross_entropy_near_misses(logits, target),
        because="The true classes have the probabilities 5/8 and 4/10.",
    )


@pytest.mark.parametrize("shape", BATCHES, ids=str)
def test_cross_entropy_is_the_mean_over_the_batch(exercise, shape):
    cross_entropy_is_right(exercise, shape)


def test_cross_entropy_of_classes_that_do_not_all_occur(exercise):
    logits, target = torch.randn(4, 3), torch.tensor([1, 0, 1, 1])

    loss = cross_entropy(exercise, logits, target)

    near_misses = cross_entropy_near_misses(logits, target)
    expect.close(loss, F.cross_entropy(logits, target), near_misses=near_misses)


def test_cross_entropy_goes_by_way_of_log_softmax(exercise):
    cross_entropy_is_right(exercise)
    logits, target = torch.randn(4, 5), torch.randint(5, (4,))
    function = exercise.cross_entropy

    watched, named = log_softmax_watched(exercise, logits), mistakes_named(target)
    with watched as made, named, written_out("cross_entropy"):
        function(logits.clone(), target.clone())

    expect.that(
        made,
        "cross_entropy did not call log_softmax",
        "It is in the same file, and already right for large logits: log_softmax(logits).",
        mistake="log-softmax-not-used",
    )


def test_cross_entropy_of_logits_of_plus_and_minus_1000(exercise):
    cross_entropy_is_right(exercise)
    # In the last row the class is certain: a loss of 0, which counts in the mean.
    logits, target = torch.tensor([*LARGE, LARGE[0]]), torch.tensor([2, 2, 0, 1, 1, 0])
    function = exercise.cross_entropy

    with log_softmax_watched(exercise, logits) as made, written_out("cross_entropy"):
        loss = function(logits.clone(), target.clone())

    expect.that(
        not (made and isinstance(loss, Tensor) and (loss == torch.inf).all()),
        "cross_entropy returned inf for logits between -1000 and 1000",
        "That is the log of a probability that is 0 in float32. What log_softmax returns is the "
        "log already: it needs no exp and no log.",
        mistake="log-of-zero",
    )
    no_overflow(loss, "cross_entropy")
    without = F.cross_entropy(logits[:-1], target[:-1])
    words = "A row whose class is certain has a loss of 0, and it counts: divide by all rows."
    near_misses = {"certain-rows-left-out": (without, words)}
    right = F.cross_entropy(logits, target)
    expect.close(loss, right, tolerance=1e-6, near_misses=near_misses)


def test_cross_entropy_passes_the_gradient_on(exercise):
    cross_entropy_is_right(exercise)
    leaf, logits = in_graph(4, 5)
    target = torch.randint(5, (4,))

    loss = cross_entropy(exercise, logits, target)

    expect.close(
        gradient(loss, leaf, 3.0, "cross_entropy"),
        # The gradient of -log p is the softmax, less 1 at the true class.
        3 * (leaf.detach().softmax(dim=1) - F.one_hot(target, 5)) / 4,
        call="the gradient of 3 · cross_entropy(logits (4, 5), target (4,))",
    )


def test_cross_entropy_leaves_its_arguments_alone(exercise):
    logits, target = torch.randn(4, 5), torch.randint(5, (4,))
    function = exercise.cross_entropy

    with log_softmax_watched(exercise, logits):
        leaves_alone(function, logits=logits, target=target)


# loss_gradients


def right_gradients(logits, target):
    """Return the gradients of MSE and of cross-entropy, by formula."""
    n, c = logits.shape
    p = logits.detach().softmax(dim=1)
    error = p - F.one_hot(target, c)
    of_mse = 2 / (n * c) * p * (error - (p * error).sum(dim=1, keepdim=True))
    return of_mse, error / n


def gradient_near_misses(logits, target):
    """Return the near misses of MSE's gradient, and those of cross-entropy's."""
    n, c = logits.shape
    of_mse, of_cross_entropy = right_gradients(logits, target)
    p, one_hot = logits.detach().softmax(dim=1), F.one_hot(target, c).float()
    classes = target[:, None].expand(n, c).float()

    def when(loss):
        x = logits.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(x), x)[0]

    loss = "This is the loss itself: its gradient is in x.grad after loss.backward()."
    averages = "Leave the reduction as it is: both losses average."
    minus = (
        "The sign is wrong: return .grad as it is. Only a step of gradient descent subtracts it."
    )
    added_up = (
        of_mse + of_cross_entropy,
        "This is the sum of both gradients: backward() adds to .grad. Take a fresh copy of the "
        "logits for the second loss.",
    )
    # With a single row these may be 0, as other mistakes are.
    of_several_rows = {
        "wrong-dimension": (
            when(lambda x: F.mse_loss(x.softmax(dim=0), one_hot)),
            "The softmax runs over the batch, dimension 0: the classes lie along dimension 1.",
        ),
        "one-hot-missing": (
            when(lambda x: F.mse_loss(x.softmax(dim=1), classes)),
            "This is MSE against one number for a whole row: turn target into one-hot rows, 1 at "
            "the true class and else 0.",
        ),
    }
    if not target.any():  # one-hot rows that are too narrow are one number a row, too
        del of_several_rows["one-hot-missing"]
    of_the_probabilities = {
        "gradient-of-the-probabilities": (
            2 * (p - one_hot) / (n * c),
            "This is the gradient with respect to the softmax: the copy of the logits requires "
            "grad, and the softmax is taken of that.",
        ),
    }
    return (
        (of_several_rows if n > 1 else {})
        | (of_the_probabilities if c > 2 else {})  # with two classes it is cross-entropy's
        | {
            "gradients-added-up": added_up,
            "softmax-missing": (
                when(lambda x: F.mse_loss(x, one_hot)),
                "This is MSE on the logits: it is asked for on their softmax.",
            ),
            "log-softmax-for-softmax": (
                when(lambda x: F.mse_loss(x.log_softmax(dim=1), one_hot)),
                "This is MSE on log-probabilities: it is asked for on the softmax, without log.",
            ),
            "sum-instead-of-mean": (of_mse * n * c, averages),
            "divided-by-batch-only": (
                of_mse * c,
                f"This is {c} times too large: nn.MSELoss averages over every element.",
            ),
            "loss-instead-of-gradient": (F.mse_loss(p, one_hot), loss),
            "minus-too-many": (-of_mse, minus),
        },
        {
            "gradients-added-up": added_up,
            "softmax-before-cross-entropy": (
                when(lambda x: F.cross_entropy(x.softmax(dim=1), target)),
                "There is a softmax too many: nn.CrossEntropyLoss takes the logits as they are.",
            ),
            "sum-instead-of-mean": (of_cross_entropy * n, averages),
            "loss-instead-of-gradient": (F.cross_entropy(logits.detach(), target), loss),
            "minus-too-many": (-of_cross_entropy, minus),
        },
    )


def gradients_are_right(exercise, logits, target):
    """Fail unless loss_gradients returns MSE's gradient and cross-entropy's."""
    right, near_misses = right_gradients(logits, target), gradient_near_misses(logits, target)

    with mistakes_named(target):
        result = exercise.loss_gradients(logits, target)

    call = f"loss_gradients(logits {tuple(logits.shape)}, target {tuple(target.shape)})"
    expect.that(
        torch.is_grad_enabled(),
        "loss_gradients switched gradients off and left them off",
        "Leave it out, or use `with torch.no_grad():`, which switches them on again at its end.",
        mistake="grad-left-off",
    )
    expect.that(
        isinstance(result, tuple) and len(result) == 2,
        f"{call} returned {'a tensor ' * isinstance(result, Tensor)}{value_in_words(result)}, "
        "expected a tuple of two tensors",
        "Return both gradients with a comma between them, MSE's first.",
        mistake="not-a-pair",
    )
    expect.that(
        not any(part is None for part in result),
        f"{call} returned {value_in_words(result)}, expected a tuple of two tensors",
        "A .grad stays None until backward() has run, and gets its value only in a copy that was "
        "made with detach(): x = logits.detach().clone().requires_grad_().",
        mistake="grad-is-none",
    )
    # What backward() has added to the .grad that came first is named further down.
    expect.that(
        not is_one_tensor(*result) or is_close(result[0], right[0] + right[1]),
        f"{call} returned the same tensor twice",
        "A tensor's .grad stays one tensor, and what is written to it later is seen by all who "
        "hold it. Take a fresh copy of the logits for the second loss.",
        mistake="same-tensor-twice",
    )
    expect.that(
        not all(is_close(a, b) for a, b in zip(result, reversed(right), strict=True)),
        f"{call} returned the two gradients the other way round",
        "MSE's comes first, cross-entropy's second.",
        mistake="gradients-swapped",
    )
    for name, actual, expected, near in zip(
        ("MSE", "cross-entropy"), result, right, near_misses, strict=True
    ):
        expect.close(actual, expected, call=f"{call}, for {name},", near_misses=near)


def is_one_tensor(one, other):
    """Tell whether two tensors hold their numbers in the same place."""
    tensors = isinstance(one, Tensor) and isinstance(other, Tensor)
    return tensors and one.shape == other.shape and one.data_ptr() == other.data_ptr()


def is_close(actual, expected):
    same_shape = isinstance(actual, Tensor) and actual.shape == expected.shape
    return same_shape and torch.allclose(actual.detach().to(expected.dtype), expected, atol=1e-6)


def test_loss_gradients_of_equal_logits(exercise):
    logits, target = torch.zeros(1, 3), torch.tensor([2])

    gradients_are_right(exercise, logits, target)

    # The softmax is ⅓, ⅓, ⅓. Cross-entropy's gradient is that, less 1 at the true class; MSE's is
    # the same times 2/3 (the mean of three squares) and ⅓ (the slope of the softmax here).
    of_mse, of_cross_entropy = exercise.loss_gradients(logits, target)
    expect.close(of_cross_entropy, torch.tensor([[1 / 3, 1 / 3, -2 / 3]]))
    expect.close(of_mse, torch.tensor([[2 / 27, 2 / 27, -4 / 27]]))


@pytest.mark.parametrize("shape", BATCHES, ids=str)
def test_loss_gradients_of_any_batch(exercise, shape):
    gradients_are_right(exercise, torch.randn(shape), torch.randint(shape[1], shape[:1]))


def test_loss_gradients_of_classes_that_do_not_all_occur(exercise):
    gradients_are_right(exercise, torch.randn(3, 5), torch.tensor([1, 2, 1]))


def test_loss_gradients_leaves_its_arguments_alone(exercise):
    logits, target = torch.randn(3, 5), torch.randint(5, (3,))

    leaves_alone(exercise.loss_gradients, logits=logits, target=target)

    expect.that(
        not logits.requires_grad,
        "after loss_gradients, the caller's logits require grad",
        "requires_grad_() marks the tensor itself: take a copy first, "
        "logits.detach().clone().requires_grad_().",
        mistake="argument-changed",
    )


def test_loss_gradients_of_logits_that_require_grad(exercise):
    logits = torch.randn(3, 5, requires_grad=True)

    gradients_are_right(exercise, logits, torch.randint(5, (3,)))

    no_trace(logits.grad is None)
    expect.that(
        logits.requires_grad,
        "after loss_gradients, the caller's logits no longer require grad",
        "Leave the caller's tensor as it is: take a copy, logits.detach().clone().",
        mistake="argument-changed",
    )


def test_loss_gradients_of_logits_that_have_a_gradient_already(exercise):
    logits = torch.randn(3, 5, requires_grad=True)
    logits.grad = torch.ones(3, 5)

    gradients_are_right(exercise, logits, torch.randint(5, (3,)))

    no_trace(logits.grad is not None and torch.equal(logits.grad, torch.ones(3, 5)))


def no_trace(condition):
    expect.that(
        condition,
        "loss_gradients changed the .grad of the caller's logits",
        "backward() writes to every leaf on its way: take a copy first, "
        "logits.detach().clone().requires_grad_().",
        mistake="gradient-left-behind",
    )


def test_loss_gradients_of_the_output_of_a_model(exercise):
    _, logits = in_graph(3, 5)

    gradients_are_right(exercise, logits, torch.randint(5, (3,)))


def test_loss_gradients_of_a_confident_mistake(exercise):
    even, wrong = torch.tensor([[0.0, 0.0, 0.0]]), torch.tensor([[0.0, 20.0, 0.0]])

    for logits in (even, wrong):
        gradients_are_right(exercise, logits, torch.tensor([0]))

    (mse_before, entropy_before), (mse, entropy) = (
        exercise.loss_gradients(logits, torch.tensor([0])) for logits in (even, wrong)
    )
    # The softmax of the second is as good as (0, 1, 0): cross-entropy pulls with (-1, 1, 0), whose
    # norm is √2, and MSE hardly at all, since the softmax is flat there.
    expect.that(mse.norm() < 1e-6 * mse_before.norm(), "MSE's gradient has not vanished")
    expect.that(entropy.norm() > entropy_before.norm(), "cross-entropy's gradient has not grown")


# plot_losses


def picture(exercise):
    """Return the axes on which plot_losses drew, and its curves by what they are called."""
    from matplotlib.figure import Figure

    from kata import figures

    ax = Figure().add_subplot()
    exercise.plot_losses(ax)
    curves = figures.curves(ax)
    expect.that(
        curves,
        "plot_losses drew no curve on the axes it was given",
        "Draw with ax.plot: plt.plot draws on axes of its own.",
        mistake="nothing-drawn",
    )
    expect.that(
        any(curve.label for curve in curves),
        "the curves have no labels",
        'Say what they are: ax.plot(…, label="MSE").',
        mistake="label-missing",
    )
    named = {
        name: next((curve for curve in curves if figures.mentions(curve.label, name)), None)
        for name in ("MSE", "cross-entropy")
    }
    for name, curve in named.items():
        expect.that(
            curve, f"no label contains {name}: they are {[curve.label for curve in curves]}"
        )
    return ax, named


def curve(exercise, name):
    """Return the probabilities and the losses, (n,) float64, of the curve of that name."""
    _, named = picture(exercise)
    x, y = finite_points(name, named[name]).T
    return x, y


def finite_points(name, curve):
    points = torch.tensor([*zip(curve.x, curve.y, strict=True)], dtype=torch.float64)
    points = points[points.isfinite().all(dim=1)]
    expect.that(len(points), f"the curve of {name} has no finite point")
    return points


@pytest.mark.stretch("plot_losses")
def test_plot_losses_returns_the_axes_it_was_given(exercise):
    from matplotlib.figure import Figure

    from kata import figures

    ax = Figure().add_subplot()

    result = exercise.plot_losses(ax)

    figures.save(ax, 10, "plot_losses")
    expect.that(
        result is ax,
        f"plot_losses(ax) returned {'None' if result is None else 'something else'}, expected ax",
        "End with `return ax`.",
        mistake="axes-not-returned",
    )


@pytest.mark.stretch("plot_losses")
@pytest.mark.parametrize("name", ["MSE", "cross-entropy"])
def test_plot_losses_draws_a_smooth_curve_from_0_to_1(exercise, name):
    ax, named = picture(exercise)
    x = finite_points(name, named[name])[:, 0]
    drawn = named[name].x  # with the points that lie infinitely high, as at p = 0
    joined = is_joined(ax, named[name])

    expect.that(
        x.min() > -0.01 and x.max() < 1.01,
        f"the curve of {name} goes from {x.min():.3g} to {x.max():.3g} along x",
        "Along x there are probabilities, between 0 and 1.",
        mistake="not-a-probability",
    )
    expect.that(
        drawn.min() < 0.0101 and drawn.max() > 0.9899,  # a step from the edges at most
        f"the curve of {name} goes from {drawn.min():.3g} to {drawn.max():.3g}",
        "Let the probability run along x from 0.01 or less to 0.99 or more.",
        mistake="range-too-short",
    )
    in_order = (x.diff() >= 0).all() or (x.diff() <= 0).all()
    expect.that(
        in_order or not joined,
        f"the points of {name} are not in order: the line runs to and fro",
        "ax.plot joins the points as they come: sort p, or use torch.linspace.",
        mistake="points-out-of-order",
    )
    gap = x.sort().values.diff().max()
    expect.that(
        gap < 0.05 and len(drawn) >= 50,
        f"the curve of {name} has {len(drawn)} points, up to {gap:.3g} apart",
        "Take at least 50 points: torch.linspace(0.01, 0.99, 100).",
        mistake="too-few-points",
    )


def is_joined(ax, curve):
    """Tell whether a line runs through the points of a curve, which may be a scatter."""
    from kata import figures

    lines = [line for one in figures.axes_of(ax) for line in one.lines]
    points = list(zip(curve.x, curve.y, strict=True))
    return any(
        line.get_linestyle() not in ("None", "none", " ", "")
        and [tuple(point) for point in line.get_xydata()] == points
        for line in lines
    )


@pytest.mark.stretch("plot_losses")
def test_plot_losses_shows_both_curves(exercise):
    ax, named = picture(exercise)

    for name, curve in named.items():
        points = finite_points(name, curve)
        x = points[:, 0]
        # Some cut cross-entropy off at the top, where MSE ends, and why not: a third is enough.
        expect.that(
            width_in_view(ax, points) >= (x.max() - x.min()) / 3,
            f"the curve of {name} lies outside of what the axes show, or most of it does",
            "Look at what ax.set_xlim, ax.set_ylim or ax.axis was given: p goes from 0 to 1, and "
            "both losses begin at 0. Without limits of yours matplotlib shows all of it.",
            mistake="outside-the-view",
        )


def width_in_view(ax, points):
    """Return how far a curve goes along x inside of its axes: `ax`, or a twin of it."""
    from kata import figures

    x, widths = points[:, 0].numpy(), []
    for one in figures.axes_of(ax):
        view, spots = one.bbox.padded(1), one.transData.transform(points)
        seen = x[((view.min < spots) & (spots < view.max)).all(axis=1)]
        widths.append(max(seen, default=0) - min(seen, default=0))
    return max(widths)


@pytest.mark.stretch("plot_losses")
def test_plot_losses_draws_mse(exercise):
    p, loss = curve(exercise, "MSE")

    # The mean of (p - 1)² and ((1 - p) - 0)², which are the same.
    expect.close(
        loss,
        (1 - p) ** 2,
        call="plot_losses(ax), as MSE,",
        tolerance=1e-4,
        near_misses={
            "sum-instead-of-mean": (
                2 * (1 - p) ** 2,
                "This is the sum over the two classes: MSE is their mean.",
            ),
            "halved": (
                (1 - p) ** 2 / 2,
                "Half is missing: the other class's error is as large as the true one's.",
            ),
            "not-squared": (1 - p, "This is 1 - p itself: the squares are averaged."),
            "other-class": (p**2, "This is MSE against the probability of the other class."),
            "curves-swapped": (-p.log(), "This is cross-entropy: the labels are swapped."),
        },
    )


@pytest.mark.stretch("plot_losses")
def test_plot_losses_draws_cross_entropy(exercise):
    p, loss = curve(exercise, "cross-entropy")
    seen = p > 0.004  # nearer to 0 some cut it off, and why not

    p, loss = p[seen], loss[seen]
    expect.close(
        loss,
        -p.log(),
        call="plot_losses(ax), as cross-entropy,",
        tolerance=1e-4,
        near_misses={
            "minus-missing": (p.log(), "The minus is missing: a loss is not negative."),
            "wrong-logarithm": (-p.log2(), "This is in bits: the natural logarithm is torch.log."),
            "common-logarithm": (-p.log10(), "This is log10: the natural one is torch.log."),
            "other-class": (
                -(1 - p).log(),
                "This is cross-entropy against the probability of the other class.",
            ),
            "softmax-before-cross-entropy": (
                torch.log1p((1 - 2 * p).exp()),
                "cross_entropy was given probabilities. Their log can stand in for logits.",
            ),
            "curves-swapped": ((1 - p) ** 2, "This is MSE: the labels are swapped."),
        },
    )


@pytest.mark.stretch("plot_losses")
def test_plot_losses_has_a_legend(exercise):
    from kata import figures

    ax, _ = picture(exercise)
    texts = figures.legend(ax)

    expect.that(
        texts,
        "there is no legend",
        "Call ax.legend() once the curves are drawn: it shows their labels.",
        mistake="legend-missing",
    )
    for name in ("MSE", "cross-entropy"):
        expect.that(
            any(figures.mentions(text, name) for text in texts),
            f"the legend does not name {name}: it says {texts}",
            "Give each curve a label, and call ax.legend() after both are drawn.",
        )
