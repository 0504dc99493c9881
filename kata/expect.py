"""Assertions that explain themselves to a learner.

Each raises `Failure`: what was called and what came back against what was expected, and, when the
wrong value is one that a known mistake gives, that mistake by name with a next step.

    expect.close(loss, 0.8, near_misses={
        "sum-instead-of-mean": (12.0, "That is the sum. The mean divides by the 15 elements."),
    })
"""

import re
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import CodeType, TracebackType
from typing import Any, NoReturn

import torch
from torch import Tensor

from kata import calls, compare, kinds
from kata.calls import a, number, value_in_words
from kata.failure import Failure
from kata.loading import todo_name

NearMisses = Mapping[str, tuple[Any, str]]


def fail(headline: str, advice: str = "", *, mistake: str | None = None) -> NoReturn:
    """Fail with a sentence that says what happened, and one that says what to do.

    Raises: Failure, always.
    """
    call = calls.last()
    raise Failure(headline, advice, mistake=mistake, code=call.code if call else None)


def that(condition: object, headline: str, advice: str = "", *, mistake: str | None = None) -> None:
    """Fail with `headline` unless `condition` is true.

    Raises: Failure if the condition is false.
    """
    if not condition:
        fail(headline, advice, mistake=mistake)


def close(
    actual: object,
    expected: Tensor | float,
    *,
    call: str | None = None,
    near_misses: NearMisses | None = None,
    tolerance: float | None = None,
    because: str = "",
) -> None:
    """Compare a learner's tensor with the expected one: kind, shape, dtype, then every value.

    `near_misses` maps a mistake's id to the value it gives and a sentence for the learner. It is
    named only if that value is what came back and no other known mistake gives the same.
    `tolerance` is relative to each number and to the typical size of all, at least to 1; by default
    it is what a few hundred float operations may lose (1e-5 in float32). `call` names what was
    called when that was not a function of the exercise; `because` says where the expected value
    comes from.

    Raises: Failure if anything differs.
    """
    _arguments_left_alone(actual)
    want = torch.as_tensor(expected)
    what, code = _what(actual, call)
    if not isinstance(actual, Tensor):
        want_words = "a tensor" if want.dim() else f"a tensor that holds {number(want.item())}"
        _wrong_kind(actual, what, want_words, code)
    _hides_nothing(actual, what, code)
    if actual.is_meta:
        raise Failure(f"{what} a tensor on the meta device, which holds no numbers", code=code)
    # Methods of the class are asked here and in kata.compare, not those that an instance has.
    actual, want = Tensor.detach(actual), Tensor.detach(want)
    if tolerance is None:
        tolerance = compare.tolerance_for(actual, want)

    of_a_kind = actual.is_complex() == want.is_complex()
    if isinstance(expected, Tensor):
        of_a_kind = actual.dtype == expected.dtype
    if of_a_kind and actual.shape == want.shape and compare.same(actual, want, tolerance):
        return
    mistake, advice = _named(actual, want, near_misses or {}, tolerance)
    if not mistake:
        advice = because
    if actual.shape != want.shape:
        got, wanted = kinds.shape(actual), kinds.shape(want).removeprefix("a tensor of ")
        raise Failure(f"{what} {got}, expected {wanted}", advice, mistake=mistake, code=code)
    if not of_a_kind and not mistake:
        headline = f"{what} a tensor of {kinds.dtype(actual)}, expected {kinds.dtype(want)}"
        advice = kinds.about_dtype(actual, want)
        raise Failure(headline, advice, mistake="wrong-dtype", code=code)
    if not compare.same(actual, want, tolerance):
        if not advice and actual.isnan().any() and not want.isnan().any():
            advice = _ABOUT_NAN
        headline = f"{what} {compare.difference(actual, want, tolerance)}"
        raise Failure(headline, advice, mistake=mistake, code=code)


_ABOUT_NAN = (
    "nan, not a number, comes from inf - inf, inf / inf, 0 / 0 or the log of a negative number: "
    "print what goes into this line by line."
)


def equal(
    actual: object,
    expected: object,
    *,
    call: str | None = None,
    near_misses: NearMisses | None = None,
    because: str = "",
) -> None:
    """Compare a learner's int, string, list, tuple or dict with the expected one, types and values.

    Raises: Failure if they differ; near misses and the rest are as in `close`.
    """
    if compare.alike(actual, expected):
        return
    what, code = _what(actual, call)
    if actual is None:
        _wrong_kind(actual, what, value_in_words(expected, 200), code, tensor=False)
    hits = [
        (mistake, advice)
        for mistake, (value, advice) in (near_misses or {}).items()
        if compare.alike(actual, value) and not compare.alike(value, expected)
    ]
    mistake, advice = hits[0] if len(hits) == 1 else (None, because)
    got, wanted = value_in_words(actual, 200), value_in_words(expected, 200)
    kind, wanted_kind = type(actual).__name__, type(expected).__name__
    if not mistake and kind != wanted_kind and _only_the_kind_differs(actual, expected):
        got, wanted = f"{got}, {a(kind)}", f"{wanted}, {a(wanted_kind)}"
        mistake = "wrong-type"
        advice = because or f"{wanted_kind}(…) around it makes {a(wanted_kind)} of it."
    if isinstance(actual, Tensor) and actual.dim():
        got = kinds.shape(actual)
    raise Failure(f"{what} {got}, expected {wanted}", advice, mistake=mistake, code=code)


def _only_the_kind_differs(actual: Any, expected: Any) -> bool:
    if isinstance(actual, list | tuple | Tensor) and isinstance(expected, list | tuple):
        values = actual.tolist() if isinstance(actual, Tensor) else actual
        return isinstance(values, list | tuple) and list(values) == list(expected)
    try:
        return bool(actual == expected)
    except (RuntimeError, ValueError):  # a tensor or an array with several numbers
        return False


def a_tensor(actual: object, *, call: str | None = None) -> Tensor:
    """Return `actual` if it is a tensor, with the methods of its class.

    Raises: Failure otherwise, saying what it is and what that usually means.
    """
    what, code = _what(actual, call)
    if not isinstance(actual, Tensor):
        _wrong_kind(actual, what, "a tensor", code)
    _hides_nothing(actual, what, code)
    return actual


def _hides_nothing(actual: object, what: str, code: CodeType | None) -> None:
    """Fail if a tensor has an attribute of its own under the name of a method of its class."""
    if name := calls.hidden_method(actual):
        raise Failure(
            f"{what} a tensor with an attribute of its own named {name!r}, which hides the method",
            "Return the tensor as it was computed, or give the attribute another name.",
            mistake="method-hidden",
            code=code,
        )


def keeps_graph(actual: object, *, call: str | None = None) -> Tensor:
    """Return `actual` if it is a tensor that backward() can start from or pass through.

    Raises: Failure if it is no tensor, or carries no gradient.
    """
    result = a_tensor(actual, call=call)
    if not result.requires_grad:
        what, code = _what(actual, call)
        advice = (
            "Leave out .detach(), .item(), torch.tensor(…) and no_grad: they cut the way back to "
            "what it was computed from, and training needs it."
        )
        raise Failure(
            f"{what} a tensor without a gradient", advice, mistake="graph-lost", code=code
        )
    return result


def _arguments_left_alone(actual: object) -> None:
    """Fail if the call that gave `actual` changed a tensor from which the test works out more."""
    call = calls.that_returned(actual) or calls.last()
    if call and call.changed:
        _changed(call.name, call.changed)


def unchanged(before: object, after: object, *, argument: str, function: str) -> None:
    """Fail unless an argument still holds the values that it had before the call.

    Raises: Failure if the function changed it.
    """
    if calls.hidden_method(after) or not _untouched(before, after):
        _changed(function, argument)


def _changed(function: str, argument: str) -> NoReturn:
    fail(
        f"{function} changed its argument {argument}",
        "Make new tensors: whoever called still needs the old one (+=, and names ending in _, "
        "change in place).",
        mistake="argument-changed",
    )


def _untouched(before: object, after: object) -> bool:
    if isinstance(before, Tensor) and isinstance(after, Tensor):
        return before.dtype == after.dtype and compare.same(after, before, 0.0)
    return compare.alike(after, before)


def a_float(actual: object, *, call: str | None = None) -> float:
    """Return `actual` if it is a Python number; a tensor with one number in it is not.

    Raises: Failure otherwise.
    """
    if isinstance(actual, float | int) and not isinstance(actual, bool):
        return actual
    what, code = _what(actual, call)
    if not isinstance(actual, Tensor):
        _wrong_kind(actual, what, "a float", code, tensor=False)
    advice = "Take the number out with .item(): a tensor may keep the whole graph in memory."
    headline = f"{what} a tensor, expected a float"
    raise Failure(headline, advice, mistake="tensor-instead-of-float", code=code)


def raises(
    error: type[Exception], when: str, *, mentions: tuple[str, ...] = ()
) -> AbstractContextManager[None]:
    """Expect the block to raise `error`, with every text of `mentions` in its message.

    Raises: Failure if the block raises nothing, or the message leaves something out.
    """
    return _Raises(error, when, mentions)


def raised_on_purpose(error: BaseException) -> bool:
    """Tell whether a `raise` of somebody's raised an error, and no accident."""
    line = traceback.extract_tb(error.__traceback__)[-1].line or ""
    return bool(re.search(r"\braise\b", line))


class _Raises:
    def __init__(self, error: type[Exception], when: str, mentions: tuple[str, ...]) -> None:
        self.error, self.when, self.mentions = error, when, mentions

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        name = self.error.__name__
        call = calls.last()
        words = call.words if call else "the call"
        if error is None:
            returned = value_in_words(call.result) if call and call.finished else "normally"
            fail(
                f"{words} returned {returned}, expected {name}",
                f"Raise {name} {self.when}.",
                mistake="error-not-raised",
            )
        if not isinstance(error, self.error) or _is_to_do(error):
            return False
        message = _plain(str(error))
        missing = [text for text in self.mentions if _plain(text) not in message]
        that(
            not missing,
            f"{words} raised {name}: {error}",
            f"The message should also say {' and '.join(missing)}, so that whoever reads it knows.",
            mistake="message-says-too-little",
        )
        return True


def _is_to_do(error: BaseException) -> bool:
    return type(error) is NotImplementedError and todo_name(str(error)) is not None


def _plain(text: str) -> str:
    """Return a text in which a shape reads the same as tuple, list and torch.Size."""
    return text.replace("[", "(").replace("]", ")").replace(" ", "")


def returned(actual: object, call: str | None = None) -> str:
    """Return "mse_loss(...) returned", for a headline; without a call, "the result is"."""
    what, _ = _what(actual, call)
    return f"{what} a tensor" if isinstance(actual, Tensor) and actual.dim() else what


_ORDINALS: dict[int | None, str] = {0: "first", 1: "second", 2: "third", 3: "fourth", 4: "fifth"}


def _what(actual: object, call: str | None) -> tuple[str, CodeType | None]:
    """Return "mse_loss(...) returned" and the code of the function that a failure is about."""
    record = calls.that_returned(actual)
    last = record or calls.last()
    code = last.code if last else None
    if call or record:
        return f"{call or (record and record.words)} returned", code
    if last and (ordinal := _ORDINALS.get(calls.place_in_result(actual))):
        return f"the {ordinal} value of {last.words} is", code
    return "the result is", code


def _wrong_kind(
    actual: object, what: str, expected: str, code: CodeType | None, *, tensor: bool = True
) -> NoReturn:
    mistake, advice = kinds.about(actual, tensor=tensor)
    headline = f"{what} {kinds.in_words(actual)}, expected {expected}"
    raise Failure(headline, advice, mistake=mistake, code=code)


def _named(
    actual: Tensor, want: Tensor, near_misses: NearMisses, tolerance: float
) -> tuple[str | None, str]:
    hits = [
        (mistake, advice)
        for mistake, (value, advice) in near_misses.items()
        if compare.same(actual, torch.as_tensor(value), tolerance)
        and not compare.same(torch.as_tensor(value), want, tolerance)
    ]
    return hits[0] if len(hits) == 1 else (None, "")
