"""Calls in words: what a learner reads about the call that went wrong."""

import functools
from collections import namedtuple

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from kata import calls
from kata.failure import Failure


@pytest.fixture(autouse=True)
def _new_record():
    calls.forget()


def words(name, function, *args, **kwargs):
    return calls.in_words(name, function, args, kwargs)


def mse_loss(prediction, target):
    return ((prediction - target) ** 2).mean()


def fit(model, train_set, test_set, *, epochs, batch_size=64, lr=0.1):
    return [model, train_set, test_set, epochs, batch_size, lr]


# ---- arguments


def test_tensors_are_named_with_their_shapes():
    assert (
        words("mse_loss", mse_loss, torch.ones(3, 5), torch.ones(3, 5))
        == "mse_loss(prediction (3, 5), target (3, 5))"
    )


def test_a_tensor_with_one_number_is_shown_as_that_number():
    assert words("f", lambda x, lr: x, torch.tensor(2.5), lr=0.1) == "f(x=2.5, lr=0.1)"


def test_numbers_texts_and_none_are_shown():
    assert (
        words("f", lambda a, b, c, d: a, 3, 1 / 3, "cpu", None)
        == "f(a=3, b=0.333333, c='cpu', d=None)"
    )


def test_lists_of_tensors_are_shown_by_their_shapes():
    assert (
        words("f", lambda path: path, [torch.ones(3, 5), torch.ones(2)])
        == "f(path=[tensor (3, 5), tensor (2,)])"
    )


def test_lists_and_tuples_of_numbers_are_shown():
    said = words("f", lambda a, b, c: a, [4, 3], (2, 1.5), (7,))

    assert said == "f(a=[4, 3], b=(2, 1.5), c=(7,))"


def test_a_long_list_is_counted_and_not_looked_through():
    class Never:
        def __repr__(self):
            raise AssertionError("it was looked at")

    long = [*range(100), Never()]

    assert words("f", lambda sizes: sizes, long) == "f(sizes=a list of 101)"


def test_a_long_text_is_left_out():
    assert words("f", lambda text: text, "a" * 500) == "f(text=a str)"


def test_models_functions_loaders_and_sets_go_by_their_parameters_names():
    loader = DataLoader([1, 2])

    said = words("train", lambda model, loader, loss_fn: 0, nn.Linear(2, 2), loader, torch.relu)

    assert said == "train(model, loader, loss_fn)"


def test_keyword_arguments_are_shown_and_defaults_are_not():
    said = words("fit", fit, nn.Linear(2, 2), [], [], epochs=5, lr=0.5)

    assert said == "fit(model, train_set=[], test_set=[], epochs=5, lr=0.5)"


def test_more_arguments_are_shown_one_by_one():
    def total(first, *rest, **details):
        return first

    assert words("total", total, 1, 2, torch.ones(3), seed=4) == "total(first=1, 2, (3,), seed=4)"


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((torch.ones(2),), {}, "mse_loss((2,))"),
        ((1, 2, 3), {}, "mse_loss(1, 2, 3)"),
        ((1,), {"weight": 2}, "mse_loss(1, weight=2)"),
    ],
)
def test_arguments_that_do_not_fit_are_shown_as_they_are(args, kwargs, said):
    assert words("mse_loss", mse_loss, *args, **kwargs) == said


def test_a_function_without_a_signature_is_shown_with_its_arguments():
    assert words("where", torch.where, torch.ones(2) > 0, 1, 2) == "where((2,), 1, 2)"
    assert words("relu", nn.ReLU(), torch.ones(2, 3)) == "relu((2, 3))"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x, "f(x=1)"),
        (functools.partial(mse_loss, target=torch.ones(2)), "f(prediction=1)"),
        (staticmethod(mse_loss), "f(prediction=1, target=2)"),
        (torch.no_grad()(mse_loss), "f(prediction=1, target=2)"),
        (functools.lru_cache(mse_loss), "f(prediction=1, target=2)"),
    ],
    ids=["lambda", "partial", "staticmethod", "decorated", "cached"],
)
def test_every_kind_of_function_is_shown(function, said):
    arguments = (1, 2) if "target" in said else (1,)

    assert words("f", function, *arguments) == said


# ---- values


def test_a_value_that_cannot_be_shown_goes_by_its_type():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    assert calls.value_in_words(Broken()) == "a Broken"
    assert calls.value_in_words(object()) == "an object"
    assert calls.value_in_words([object()]) == "[an object]"
    assert calls.value_in_words(nn.Sequential(nn.Linear(4, 2))) == "a Sequential"


def test_a_tensor_without_numbers_goes_by_its_shape():
    assert calls.value_in_words(torch.ones((), device="meta")) == "()"
    assert calls.value_in_words(torch.ones(0, 3)) == "(0, 3)"


def test_a_tensor_inside_vmap_goes_by_its_shape():
    said = []

    torch.vmap(lambda x: said.append(calls.value_in_words(x)) or x)(torch.ones(4))

    assert said == ["()"]


def test_a_named_tuple_shows_its_names():
    EpochResult = namedtuple("EpochResult", ["loss", "accuracy"])

    assert calls.value_in_words(EpochResult(0.5, 1.0)) == "EpochResult(loss=0.5, accuracy=1.0)"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1 / 3, "0.333333"),
        (1e-9, "1e-09"),
        (float("nan"), "nan"),
        (12.0, "12"),
        (12, "12"),
        (True, "True"),
        (torch.tensor(True), "True"),
        (torch.tensor(1 / 3), "0.333333"),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_numbers_have_up_to_six_digits(value, said):
    assert calls.value_in_words(value) == said


# ---- the record


def test_a_call_is_known_by_what_it_returned():
    f = calls.recorded("f", lambda x: x + 1)
    first, second = f(torch.ones(2)), f(torch.ones(3))

    assert calls.that_returned(first).words == "f(x (2,))"
    assert calls.that_returned(second).words == "f(x (3,))"
    assert calls.that_returned(torch.ones(2)) is None


def test_a_part_of_what_was_returned_is_known_by_its_place():
    evaluate = calls.recorded("evaluate", lambda model: (0.25 + model, 0.5))

    loss, accuracy = evaluate(1)

    assert calls.place_in_result(loss) == 0
    assert calls.place_in_result(accuracy) == 1
    assert calls.place_in_result(0.75) is None


def test_a_part_that_stands_in_two_places_is_not_guessed():
    number = 0.125
    calls.recorded("f", lambda: (number, number))()

    assert calls.place_in_result(number) is None


def test_an_exception_keeps_the_words_and_passes():
    f = calls.recorded("f", lambda x: 1 / x)

    with pytest.raises(ZeroDivisionError):
        f(0)

    assert calls.last().words == "f(x=0)"
    assert not calls.last().finished


def test_after_an_exception_the_next_call_is_recorded():
    f = calls.recorded("f", lambda x: 1 / x)
    with pytest.raises(ZeroDivisionError):
        f(0)

    f(2)

    assert calls.last().words == "f(x=2)"
    assert calls.last().result == 0.5


def test_a_function_that_is_handed_in_is_part_of_the_call():
    relu = calls.recorded("relu", lambda x: x.clamp(min=0))
    norms = calls.recorded("norms", lambda activation, depth: activation(torch.ones(depth)).norm())

    result = norms(relu, 4)

    assert calls.last().words == "norms(activation, depth=4)"
    assert calls.that_returned(result) is calls.last()


def test_recursion_is_one_call():
    @functools.partial(calls.recorded, "countdown")
    def countdown(n):
        return n and countdown(n - 1)

    countdown(3)

    assert calls.last().words == "countdown(n=3)"


def test_a_generator_function_is_refused_where_it_is_called():
    def batches(n):
        yield from range(n)

    with pytest.raises(Failure, match="batches has a yield in it") as refused:
        calls.recorded("batches", batches)(3)

    assert refused.value.mistake == "yield-instead-of-return"
    assert refused.value.code is batches.__code__
    assert calls.last().words == "batches(n=3)"


def test_a_generator_that_a_function_makes_is_what_it_returned():
    generator = calls.recorded("batches", lambda n: (number for number in range(n)))(3)

    assert calls.that_returned(generator).words == "batches(n=3)"
    assert list(generator) == [0, 1, 2]


def test_a_function_that_returned_none_has_finished():
    calls.recorded("f", lambda: None)()

    assert calls.last().finished
    assert calls.last().result is None


def test_classes_and_values_are_returned_as_they_are():
    assert calls.recorded("Linear", nn.Linear) is nn.Linear
    assert calls.recorded("WIDTH", 64) == 64


class zeroes:  # noqa: N801  # where a function is due
    def __new__(cls, x):
        x.zero_()
        return torch.zeros(())


class Zeroes:
    def __call__(self, x):
        x.zero_()
        return torch.zeros(())


class Pretender(Zeroes):
    __class__ = type


@pytest.mark.parametrize(
    "function",
    [
        zeroes,
        Zeroes(),
        Pretender(),
        functools.partial(zeroes),
        type("zeroes", (nn.Module,), {"__new__": zeroes.__new__}),
    ],
    ids=["class", "instance", "pretends to be a class", "partial", "module"],
)
def test_whatever_stands_for_a_function_is_recorded_like_one(function):
    f = calls.recorded("zeroes", function)

    result = f(torch.ones(2))

    assert calls.that_returned(result).words.startswith("zeroes(")
    assert calls.last().changed
    assert calls.unrecorded(f) is function


def test_a_class_for_a_function_says_which_argument_it_changed():
    calls.recorded("zeroes", zeroes)(torch.ones(2))

    assert calls.last().words == "zeroes(x (2,))"
    assert calls.last().changed == "x"


@pytest.mark.parametrize("name", ["detach", "mean"])
def test_an_argument_whose_method_is_hidden_has_been_changed(name):
    calls.recorded("f", lambda x: setattr(x, name, lambda: torch.ones(2)))(torch.ones(2))

    assert calls.last().changed == "x"


def test_an_argument_with_a_note_has_not_been_changed():
    calls.recorded("f", lambda x: setattr(x, "note", 1))(torch.ones(2))

    assert not calls.last().changed


def test_a_function_without_a_signature_may_change_its_argument():
    calls.recorded("zero_", torch.zero_)(torch.ones(2))

    assert calls.last().changed == "its argument"


def test_forgetting_starts_a_new_record():
    calls.recorded("f", lambda: 1)()

    calls.forget()

    assert calls.last() is None
    assert calls.that_returned(1) is None


def test_a_recorded_function_keeps_its_name_and_signature():
    f = calls.recorded("mse_loss", mse_loss)

    assert f.__name__ == "mse_loss"
    assert f.__wrapped__ is mse_loss


def test_the_code_is_that_of_the_learners_function():
    calls.recorded("mse_loss", mse_loss)(torch.ones(2), torch.ones(2))
    assert calls.last().code is mse_loss.__code__

    calls.recorded("relu", nn.ReLU())(torch.ones(2))
    assert calls.last().code is None
