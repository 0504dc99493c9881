"""Assertions in a learner's words: what they accept, what they say, and what they never say."""

import functools
from collections import namedtuple

import numpy as np
import pytest
import torch
from torch import nn

from kata import calls, compare, expect
from kata.failure import Failure


def test_the_class_of_failures_cannot_be_changed():
    """Whoever is handed one, as in __exit__, has its class as well."""
    with pytest.raises(TypeError):
        Failure.args = ()
    with pytest.raises(TypeError):
        del Failure.__init__


@pytest.fixture(autouse=True)
def _new_record():
    calls.forget()


def failure_of(function, /, *args, **kwargs):
    with pytest.raises(Failure) as raised:
        function(*args, **kwargs)
    return raised.value


not_close = functools.partial(failure_of, expect.close)
not_equal = functools.partial(failure_of, expect.equal)


# ---- close: what is close


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (torch.tensor(0.8), 0.8),
        (torch.tensor(0.8, dtype=torch.float64), 0.8),
        (torch.tensor(3), 3),
        (torch.tensor(3.0), 3),
        (torch.tensor(1 / 3 * 3 + 1e-7), 1),
        (torch.tensor([1, 0, 3]), torch.tensor([1, 0, 3])),
        (torch.tensor([True, False]), torch.tensor([True, False])),
        (torch.ones(2, 0), torch.ones(2, 0)),
        (torch.tensor([float("nan"), 1.0]), torch.tensor([float("nan"), 1.0])),
        (torch.tensor([float("-inf"), 1.0]), torch.tensor([float("-inf"), 1.0])),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (nn.Parameter(torch.ones(2)), torch.ones(2)),
        (torch.ones(2, 3).T, torch.ones(3, 2)),
        (torch.eye(2).to_sparse(), torch.eye(2)),
        (torch.tensor([1 + 2j]), torch.tensor([1 + 2j])),
    ],
    ids=str,
)
def test_equal_numbers_are_close(actual, expected):
    expect.close(actual, expected)


def test_the_order_of_a_sum_does_not_matter():
    x, w = torch.randn(64, 784), torch.randn(10, 784)
    one_by_one = torch.zeros(64, 10)
    for column in range(784):
        one_by_one += x[:, column : column + 1] * w[:, column]

    expect.close(one_by_one, x @ w.T)


def test_float64_is_compared_more_strictly_than_float32():
    wrong = torch.tensor([1.0]) + 3e-6

    expect.close(wrong, torch.tensor([1.0]))
    not_close(wrong.double(), torch.tensor([1.0], dtype=torch.float64))


def test_large_numbers_may_differ_by_their_share():
    expect.close(torch.tensor([1e9, 1.0]) * (1 + 3e-6), torch.tensor([1e9, 1.0]))


def test_one_huge_number_does_not_hide_what_is_wrong_with_the_rest():
    expected = torch.tensor([1e3] + [0.01] * 99)
    actual = torch.tensor([1e3] + [0.008] * 99)

    failure = not_close(actual, expected)

    assert "99 of 100 numbers are wrong: at [1] it has 0.008, expected 0.01" in failure.headline


def test_a_huge_number_that_stands_for_infinity_does_not_hide_the_rest():
    not_close(torch.tensor([-1e30, 0.5]), torch.tensor([-1e30, 0.6]))


def test_whole_numbers_are_compared_exactly_however_large():
    not_close(torch.tensor([2**60 + 1]), torch.tensor([2**60]))
    not_close(torch.tensor([100_001]), torch.tensor([100_000]))


def test_a_tolerance_can_be_asked_for():
    expect.close(torch.tensor([1.009]), torch.tensor([1.0]), tolerance=1e-2)
    not_close(torch.tensor([1.00001]), torch.tensor([1.0]), tolerance=1e-6)


# ---- close: what it says


def test_a_wrong_number_is_shown_with_the_call_and_the_expected_one():
    mse_loss = calls.recorded("mse_loss", lambda prediction, target: torch.tensor(12.0))

    failure = not_close(mse_loss(torch.ones(3, 5), torch.ones(3, 5)), 0.8)

    assert (
        failure.headline == "mse_loss(prediction (3, 5), target (3, 5)) returned 12, expected 0.8"
    )
    assert failure.mistake is None
    assert failure.code is mse_loss.__wrapped__.__code__


@pytest.mark.parametrize(
    ("actual", "expected", "headline"),
    [
        (torch.tensor(12.0), 0.8, "the result is 12, expected 0.8"),
        (torch.tensor(1.00005), 1.0, "the result is 1.00005, expected 1"),
        (
            torch.tensor([1.0, 2.0, 3.0]),
            torch.tensor([1.0, 0.0, 0.0]),
            "the result is a tensor where 2 of 3 numbers are wrong: at [1] it has 2, expected 0",
        ),
        (
            torch.tensor([[1, 2], [3, 5]]),
            torch.tensor([[1, 2], [3, 4]]),
            "the result is a tensor where 1 of 4 numbers is wrong: at [1, 1] it has 5, expected 4",
        ),
        (
            torch.tensor([True]),
            torch.tensor([False]),
            "the result is a tensor where 1 of 1 numbers is wrong: at [0] it has True, "
            "expected False",
        ),
        (
            torch.ones(3, 1),
            torch.ones(3),
            "the result is a tensor of shape (3, 1), expected shape (3,)",
        ),
        (torch.ones(1), 1.0, "the result is a tensor of shape (1,), expected a single number, "),
        (torch.tensor(1.0), torch.ones(3), "the result is a single number, shape (), expected sha"),
        (
            torch.ones(3).double(),
            torch.ones(3),
            "the result is a tensor of float64, expected float32",
        ),
        (torch.tensor(1.0), torch.tensor(1), "the result is a tensor of float32, expected int64"),
        (
            torch.ones(2, device="meta"),
            torch.ones(2),
            "the result is a tensor on the meta device, which holds no numbers",
        ),
    ],
    ids=str,
)
def test_what_differs_is_said(actual, expected, headline):
    assert not_close(actual, expected).headline.startswith(headline)


def test_numbers_that_differ_far_back_are_shown_so_far():
    failure = not_close(torch.tensor(3.0000007), 3.0, tolerance=1e-8)

    assert failure.headline == "the result is 3.000000715, expected 3"


@pytest.mark.parametrize(
    ("actual", "shown", "mistake", "advice"),
    [
        (None, "None", "returns-none", "`return`"),
        ([torch.ones(2)], "a list of 1", "list-instead-of-tensor", "torch.stack"),
        ([1.0, 2.0], "a list of 2", "list-instead-of-tensor", "torch.tensor"),
        ((torch.ones(2),), "a tuple of 1", "tuple-returned", "comma"),
        ((torch.ones(2), 3), "a tuple of 2", "tuple-returned", "One value"),
        (torch.ones(2, 2).max(dim=1), "a max of 2", "max-gives-two", ".indices"),
        (np.ones(2), "a ndarray", "numpy-array", "gradient"),
        (np.float32(0.5), "a float32", "numpy-array", "gradient"),
        (np.float64(0.5), "0.5, a float64", "numpy-array", "gradient"),
        (0.5, "0.5, a float", "number-instead-of-tensor", ".item()"),
        (3, "3, an int", "number-instead-of-tensor", ".item()"),
        (True, "True, a bool", None, ""),
        ("0.5", "a str", None, ""),
        ({}, "a dict", None, ""),
        (torch.relu, "a builtin_function_or_method", "not-called", "parentheses"),
        (lambda: 0, "a function", "not-called", "parentheses"),
        (nn.MSELoss(), "a MSELoss", "not-called", "parentheses"),
        (nn.MSELoss, "a type", "not-called", "parentheses"),
    ],
    ids=lambda value: str(value)[:30].split(" at 0x")[0],
)
def test_a_value_of_another_kind_is_named(actual, shown, mistake, advice):
    failure = not_close(actual, 0.8)

    assert failure.headline == f"the result is {shown}, expected a tensor that holds 0.8"
    assert failure.mistake == mistake
    assert advice in failure.advice
    assert not_close(actual, torch.ones(2)).headline.endswith("expected a tensor")


def test_nan_is_explained_where_none_is_expected():
    failure = not_close(torch.tensor(float("nan")), 0.5)

    assert failure.headline == "the result is nan, expected 0.5"
    assert "inf - inf" in failure.advice
    assert failure.mistake is None


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_not_close_to_a_number_or_to_each_other(wrong):
    not_close(torch.tensor([wrong]), torch.tensor([1.0]))
    not_close(torch.tensor([1.0]), torch.tensor([wrong]))
    not_close(torch.tensor([wrong]), torch.tensor([7e37]))
    not_close(torch.tensor([float("inf")]), torch.tensor([float("-inf")]))


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        (torch.ones(2), torch.ones(2).long(), ".long()"),
        (torch.ones(2).long(), torch.ones(2), ".float()"),
        (torch.ones(2).double(), torch.ones(2), "became float64"),
    ],
    ids=["float for int", "int for float", "double for float"],
)
def test_a_wrong_dtype_says_how_to_convert(actual, expected, says):
    failure = not_close(actual, expected)

    assert failure.mistake == "wrong-dtype"
    assert says in failure.advice


@pytest.mark.parametrize("expected", [2.0, torch.tensor(2.0)], ids=["a number", "a tensor"])
def test_a_complex_number_is_of_another_kind_than_a_real_one(expected):
    near_misses = {"half": (torch.tensor(1.0), "It was halved.")}

    failure = not_close(torch.tensor(2 + 0j), expected, near_misses=near_misses)

    assert failure.headline == "the result is a tensor of complex64, expected float32"
    assert failure.mistake == "wrong-dtype"


def test_where_the_expected_value_comes_from_is_the_advice():
    assert not_close(torch.tensor(2.0), 1.0, because="1 + 0 is 1.").advice == "1 + 0 is 1."


def test_a_call_can_be_named():
    failure = not_close(torch.tensor(2.0), 1.0, call="model(x)")

    assert failure.headline == "model(x) returned 2, expected 1"


def test_a_value_out_of_a_tuple_is_called_by_its_place():
    evaluate = calls.recorded("evaluate", lambda model, loader: (0.25, torch.tensor(0.5)))
    _, accuracy = evaluate(None, [])

    failure = not_close(accuracy, 0.75)

    assert (
        failure.headline
        == "the second value of evaluate(model=None, loader=[]) is 0.5, expected 0.75"
    )


# ---- near misses

NEAR = {
    "sum-instead-of-mean": (12.0, "That is the sum."),
    "half": (0.4, "That is half of it."),
}


def test_a_near_miss_is_named_with_its_advice():
    failure = not_close(torch.tensor(12.0), 0.8, near_misses=NEAR, because="It is 12 / 15.")

    assert failure.mistake == "sum-instead-of-mean"
    assert failure.advice == "That is the sum."


def test_a_value_that_is_no_near_miss_is_not_named():
    failure = not_close(torch.tensor(0.41), 0.8, near_misses=NEAR, because="It is 12 / 15.")

    assert failure.mistake is None
    assert failure.advice == "It is 12 / 15."


def test_two_mistakes_that_give_one_value_are_not_named():
    failure = not_close(torch.tensor(0.4), 0.8, near_misses={**NEAR, "other": (0.4, "Other.")})

    assert failure.mistake is None


def test_a_near_miss_that_is_the_expected_value_counts_for_nothing():
    near = {"same": (0.8, "Wrong."), "half": (0.4, "That is half of it.")}

    expect.close(torch.tensor(0.8), 0.8, near_misses=near)

    assert not_close(torch.tensor(0.4), 0.8, near_misses=near).mistake == "half"
    assert not_close(torch.tensor([0.8]), 0.8, near_misses=near).mistake is None


def test_a_near_miss_may_have_another_shape_or_dtype():
    near = {
        "keepdim": (torch.tensor([[1], [2]]), "Leave out keepdim."),
        "largest-value": (torch.tensor([0.5, 0.7]), "Those are the logits."),
    }
    expected = torch.tensor([1, 2])

    keepdim = not_close(torch.tensor([[1], [2]]), expected, near_misses=near)
    largest = not_close(torch.tensor([0.5, 0.7]), expected, near_misses=near)

    assert keepdim.mistake == "keepdim"
    assert "of shape (2, 1), expected shape (2,)" in keepdim.headline
    assert largest.mistake == "largest-value"


def test_a_near_miss_may_be_nan_or_infinite():
    near = {"overflow": (float("nan"), "exp overflows."), "log-of-zero": (float("inf"), "log(0).")}

    assert not_close(torch.tensor(float("nan")), 0.8, near_misses=near).mistake == "overflow"
    assert not_close(torch.tensor(float("inf")), 0.8, near_misses=near).mistake == "log-of-zero"


def test_a_near_miss_of_a_whole_number_may_have_a_fraction():
    near = {"half": (1 / 3, "That is a third.")}

    assert not_close(torch.tensor(1 / 3), 1, near_misses=near).mistake == "half"


def test_a_near_miss_is_judged_by_the_same_tolerance():
    near = {"a-little-less": (0.7999999, "")}

    expect.close(torch.tensor(0.8), 0.8, near_misses=near)
    assert not_close(torch.tensor(0.79), 0.8, near_misses=near).mistake is None


# ---- equal

Result = namedtuple("Result", ["loss", "accuracy"])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (3, 3),
        ("hidden 1", "hidden 1"),
        (["input", "output"], ["input", "output"]),
        ([(4, 3)], [(4, 3)]),
        ([torch.Size([4, 3])], [(4, 3)]),
        (torch.Size([4, 3]), (4, 3)),
        (Result(1.0, 2.0), (1.0, 2.0)),
        ({"accuracy": 0.5}, {"accuracy": 0.5}),
        (None, None),
        (True, True),
        ([], []),
    ],
    ids=str,
)
def test_values_of_one_kind_are_equal(actual, expected):
    expect.equal(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "says", "mistake"),
    [
        (8, 11, "8, expected 11", None),
        ("Hidden", "hidden", "'Hidden', expected 'hidden'", None),
        (True, 1, "True, a bool, expected 1, an int", "wrong-type"),
        (1, True, "1, an int, expected True, a bool", "wrong-type"),
        (8.0, 8, "8, a float, expected 8, an int", "wrong-type"),
        (np.int64(8), 8, "np.int64(8), an int64, expected 8, an int", "wrong-type"),
        (torch.tensor(8), 8, "8, a Tensor, expected 8, an int", "wrong-type"),
        (torch.tensor([4, 3]), [4, 3], "a tensor of shape (2,), expected [4, 3]", "wrong-type"),
        ((4, 3), [4, 3], "(4, 3), a tuple, expected [4, 3], a list", "wrong-type"),
        ([4, 3], (4, 3), "[4, 3], a list, expected (4, 3), a tuple", "wrong-type"),
        ((3, 4), [4, 3], "(3, 4), expected [4, 3]", None),
        ([[4, 3]], [(4, 3)], "[[4, 3]], expected [(4, 3)]", None),
        ([True], [1], "[True], expected [1]", None),
        ([4.5], [4], "[4.5], expected [4]", None),
        ([torch.tensor(3)], [3], "[tensor 3], expected [3]", None),
        ((1.0, 2.0), Result(1.0, 2.0), "(1, 2), a tuple, expected Result(", "wrong-type"),
        ([1, 2], [1, 2, 3], "[1, 2], expected [1, 2, 3]", None),
        ({"a": 1}, {"b": 1}, "{'a': 1}, expected {'b': 1}", None),
        (torch.tensor(1.0), ["a", "b"], "1, expected ['a', 'b']", None),
        (torch.ones(3), 3, "a tensor of shape (3,), expected 3", None),
        (np.ones(3), 3, "array([1., 1., 1.]), expected 3", None),
        (None, 3, "None, expected 3", "returns-none"),
        (len, 3, "<built-in function len>, expected 3", None),
    ],
    ids=lambda value: str(value)[:25],
)
def test_values_that_differ_in_kind_or_content_are_told_apart(actual, expected, says, mistake):
    failure = not_equal(actual, expected)

    assert failure.headline.startswith(f"the result is {says}")
    assert failure.mistake == mistake


def test_a_near_miss_of_equal_is_named_if_it_alone_fits():
    near = {"input-counted": (3, "The input has no weights."), "true": (True, "")}

    assert not_equal(3, 2, near_misses=near).mistake == "input-counted"
    assert not_equal(1, 2, near_misses=near).mistake is None
    assert not_equal(3, 2, near_misses={**near, "other": (3, "")}).mistake is None
    assert not_equal(3.0, 3, near_misses={"same": (3, "")}).mistake == "wrong-type"


# ---- the smaller ones


def test_a_float_is_a_number_and_no_tensor():
    assert expect.a_float(0.5) == 0.5
    assert expect.a_float(1) == 1
    assert expect.a_float(np.float64(0.5)) == 0.5


@pytest.mark.parametrize(
    ("actual", "shown", "mistake"),
    [
        (torch.tensor(0.5), "a tensor", "tensor-instead-of-float"),
        (torch.ones(2), "a tensor", "tensor-instead-of-float"),
        (None, "None", "returns-none"),
        (True, "True, a bool", None),
        ("0.5", "a str", None),
        ([0.5], "a list of 1", None),
        ((0.5,), "a tuple of 1", "tuple-returned"),
        (np.float32(0.5), "a float32", "numpy-number"),
    ],
    ids=str,
)
def test_what_is_no_float_is_named(actual, shown, mistake):
    failure = failure_of(expect.a_float, actual, call="evaluate")

    assert failure.headline == f"evaluate returned {shown}, expected a float"
    assert failure.mistake == mistake
    assert "stay with tensors" not in failure.advice


def test_a_tensor_is_returned():
    x = torch.ones(2)

    assert expect.a_tensor(x) is x
    assert failure_of(expect.a_tensor, None).mistake == "returns-none"


def test_a_tensor_with_a_graph_is_returned():
    w = torch.ones(2, requires_grad=True)
    loss = (w * 2).sum()

    assert expect.keeps_graph(w) is w
    assert expect.keeps_graph(loss) is loss


@pytest.mark.parametrize(
    ("actual", "headline", "mistake"),
    [
        (torch.tensor(2.0), "f(x) returned a tensor without a gradient", "graph-lost"),
        (torch.ones(2), "f(x) returned a tensor without a gradient", "graph-lost"),
        (2.0, "f(x) returned 2, a float, expected a tensor", "number-instead-of-tensor"),
        (None, "f(x) returned None, expected a tensor", "returns-none"),
    ],
    ids=str,
)
def test_a_lost_graph_is_named(actual, headline, mistake):
    failure = failure_of(expect.keeps_graph, actual, call="f(x)")

    assert failure.headline == headline
    assert failure.mistake == mistake


@pytest.mark.parametrize(
    "argument",
    [
        torch.tensor([1.0, float("nan"), float("inf")]),
        torch.tensor([2**60]),
        torch.ones(0),
        [784, 128, 10],
        (1, [2]),
    ],
    ids=str,
)
def test_an_argument_that_was_left_alone_is_unchanged(argument):
    copy = argument.clone() if isinstance(argument, torch.Tensor) else type(argument)(argument)

    expect.unchanged(copy, argument, argument="x", function="f")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (torch.ones(2), torch.tensor([1.0, 1.0 + 1e-7])),
        (torch.ones(2), torch.ones(1, 2)),
        (torch.ones(2), torch.ones(2).double()),
        (torch.tensor([float("nan"), 1.0]), torch.tensor([1.0, float("nan")])),
        (torch.tensor([2**60]), torch.tensor([2**60 + 1])),
        ([3, 2], [3]),
        ([3], [3.0]),
    ],
    ids=str,
)
def test_an_argument_that_was_changed_is_named(before, after):
    failure = failure_of(expect.unchanged, before, after, argument="x", function="relu")

    assert failure.headline == "relu changed its argument x"
    assert failure.mistake == "argument-changed"


def test_that_and_fail_carry_headline_advice_and_mistake():
    expect.that([1], "never said")

    failure = failure_of(expect.that, [], "It is empty", "Fill it.", mistake="empty")

    assert (failure.headline, failure.advice, failure.mistake) == (
        "It is empty",
        "Fill it.",
        "empty",
    )
    assert str(failure_of(expect.fail, "Only this")) == "Only this"


def test_returned_says_what_was_called():
    f = calls.recorded("f", lambda x: x + 1)

    assert expect.returned(f(torch.ones(2))) == "f(x (2,)) returned a tensor"
    assert expect.returned(f(1.5)) == "f(x=1.5) returned"
    assert expect.returned(torch.ones(2)) == "the result is a tensor"


# ---- raises


def shapes_differ(message):
    def mse_loss(prediction, target):
        raise ValueError(message)

    return calls.recorded("mse_loss", mse_loss)


def test_the_expected_error_is_swallowed():
    with expect.raises(ValueError, "if the shapes differ"):
        shapes_differ("no")(1, 2)


@pytest.mark.parametrize(
    "message",
    [
        "(3, 5) and (3, 1)",
        "prediction (3,5), target (3,1)",
        f"shapes {torch.Size([3, 5])} and {torch.Size([3, 1])} differ",
        "[3, 5] != [3, 1]",
    ],
)
def test_a_shape_in_a_message_may_be_written_in_any_way(message):
    with expect.raises(ValueError, "if they differ", mentions=("(3, 5)", "(3, 1)")):
        shapes_differ(message)(1, 2)


def test_no_error_is_a_failure_that_says_when_to_raise():
    f = calls.recorded("f", lambda x: 2 * x)

    with pytest.raises(Failure) as raised, expect.raises(ValueError, "if x is negative"):
        f(-1)

    assert raised.value.headline == "f(x=-1) returned -2, expected ValueError"
    assert raised.value.advice == "Raise ValueError if x is negative."
    assert raised.value.mistake == "error-not-raised"


def test_a_function_that_returns_none_instead_of_raising_is_said_so():
    f = calls.recorded("f", lambda: None)

    with (
        pytest.raises(Failure, match=r"f\(\) returned None, "),
        expect.raises(ValueError, "always"),
    ):
        f()


def test_a_message_that_leaves_something_out_is_named():
    expected = expect.raises(ValueError, "if they differ", mentions=("(3, 5)", "(3, 1)"))

    with pytest.raises(Failure) as raised, expected:
        shapes_differ("shape (3, 5) is wrong")(1, 2)

    assert raised.value.mistake == "message-says-too-little"
    assert "also say (3, 1), so" in raised.value.advice


def test_another_error_passes_as_it_is():
    with pytest.raises(ZeroDivisionError), expect.raises(ValueError, "always"):
        raise ZeroDivisionError


@pytest.mark.parametrize("error", [ValueError, NotImplementedError, RuntimeError, Exception])
def test_an_untouched_stub_stays_to_do_whatever_error_is_expected(error):
    with pytest.raises(NotImplementedError, match="day 10"), expect.raises(error, "always"):
        raise NotImplementedError("day 10: mse_loss")


def test_a_failure_inside_passes():
    with pytest.raises(Failure, match="inner"), expect.raises(ValueError, "always"):
        expect.fail("inner")


# ---- what the last call did to its arguments


def zeros_everything(x, *, lr=0.1):
    x.zero_()
    return x.clone()


def puts_back(x):
    x += 1e-3
    y = x * 2
    x -= 1e-3
    return y - 2e-3


def test_a_call_that_changed_its_tensor_is_told_so_before_anything_is_compared():
    """Else a test that works the expected value out afterwards would agree with the change."""
    x = torch.ones(3)
    returned = calls.recorded("f", zeros_everything)(x)

    failure = failure_of(expect.close, returned, x * 2)

    assert failure.headline == "f changed its argument x"
    assert failure.mistake == "argument-changed"


def test_keyword_arguments_count_too():
    x = torch.ones(3)
    returned = calls.recorded("f", zeros_everything)(x=x)

    assert failure_of(expect.close, returned, x).headline == "f changed its argument x"


@pytest.mark.parametrize("x", [torch.randn(50), torch.tensor([float("nan"), float("inf"), 1.0])])
def test_a_tensor_that_was_put_back_is_as_it_was(x):
    returned = calls.recorded("f", puts_back)(x)

    expect.close(returned, x * 2, tolerance=1e-3)


class EqualToAll(list):
    def __eq__(self, other):
        return True

    __hash__ = None


class AsLongAsIWish(list):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter(())


@pytest.mark.parametrize("liar", [EqualToAll(), AsLongAsIWish(), [EqualToAll([1]), [2]]])
def test_a_list_that_answers_for_itself_is_equal_to_nothing(liar):
    assert not_equal(liar, [[1], [2]])


def test_a_subclass_that_adds_nothing_is_what_it_looks_like():
    expect.equal(type("Names", (list,), {})(["a"]), ["a"])
    expect.equal(torch.Size([1, 2]), (1, 2))


# ---- a tensor that answers for itself


def hiding(tensor, **attributes):
    for name, value in attributes.items():
        setattr(tensor, name, value)
    return tensor


def agrees_with_everything():
    """Return a tensor whose detach() leads to one without numbers: it fits every shape."""
    inner = hiding(torch.zeros(2, 3), detach=lambda: torch.zeros(0, 1, 1))
    return hiding(torch.zeros(2, 3), detach=lambda: inner)


HIDING = (
    "the result is a tensor with an attribute of its own named 'detach', which hides the method"
)


@pytest.mark.parametrize("check", [expect.a_tensor, expect.keeps_graph])
def test_a_tensor_that_hides_a_method_of_its_class_is_refused(check):
    failure = failure_of(check, agrees_with_everything())

    assert failure.headline == HIDING
    assert failure.mistake == "method-hidden"


def test_a_tensor_that_hides_a_method_of_its_class_is_close_to_nothing():
    assert not_close(agrees_with_everything(), torch.ones(2, 3)).headline == HIDING
    assert not_close(agrees_with_everything(), torch.zeros(2, 3)).headline == HIDING


def test_a_tensor_may_hide_nothing_even_if_it_is_right():
    right = hiding(torch.ones(2), is_floating_point=lambda: True)

    assert "'is_floating_point'" in not_close(right, torch.ones(2)).headline


def test_a_subclass_cannot_hide_what_it_hides():
    class Blank(torch.Tensor):
        @property
        def __dict__(self):
            return {}

    blank = hiding(torch.ones(2).as_subclass(Blank), detach=lambda: torch.zeros(2))

    assert not_close(blank, torch.ones(2)).headline == HIDING


def test_an_argument_that_hides_a_method_has_been_changed():
    after = hiding(torch.ones(2), mean=lambda: torch.zeros(()))

    failure = failure_of(expect.unchanged, torch.ones(2), after, argument="x", function="f")

    assert failure.mistake == "argument-changed"


@pytest.mark.parametrize("check", [expect.a_tensor, lambda x: expect.close(x, torch.ones(2))])
def test_a_tensor_may_have_attributes_that_its_class_has_not(check):
    note = hiding(nn.Parameter(torch.ones(2)), note=1)
    note.grad = torch.zeros(2)

    check(note)


def test_a_comparison_asks_the_class_and_wants_a_result_for_every_number():
    assert not compare.same(agrees_with_everything(), torch.ones(2, 3), 1e-5)
    assert not compare.same(torch.ones(2, 3), agrees_with_everything(), 1e-5)
    whole = hiding(torch.tensor([1]), is_floating_point=lambda: True, detach=lambda: torch.ones(0))
    assert not compare.same(whole, torch.tensor([2]), 0.0)


def test_a_comparison_without_a_result_for_every_number_is_none(monkeypatch):
    monkeypatch.setattr(compare, "_matches", lambda *_: torch.ones(0, 1, 1, dtype=torch.bool))

    assert not compare.same(torch.zeros(2, 3), torch.zeros(2, 3), 1e-5)


def test_an_error_is_told_from_an_accident_by_the_line_that_raised_it():
    def on_purpose():
        if not "one".isdigit(): raise ValueError("no digit")  # fmt: skip  # noqa: E701

    def by_accident():
        return int("one")

    def of(function):
        with pytest.raises(ValueError) as caught:
            function()
        return expect.raised_on_purpose(caught.value)

    assert of(on_purpose)
    assert not of(by_accident)
