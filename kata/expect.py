"""Assertions that explain themselves to a learner.

Each raises `Failure`: what was called and what came back against what was expected, and, when the
wrong value is one that a known mistake gives, that mistake by name with a next step.

    expect.close(loss, 0.8, near_misses={
        "sum-instead-of-mean": (12.0, "That is the sum. The mean divides by the 15 elements."),
    })
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import CodeType, TracebackType
from typing import Any, NoReturn

import torch
from torch import Tensor

from kata import calls
from kata.calls import number, value_in_words
from kata.failure import Failure

NearMisses = Mapping[str, tuple[Any, str]]
TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-5, torch.float16: 1e-3, torch.bfloat16: 1e-2}


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
    `tolerance` is relative to the largest expected magnitude, at least to 1; by default it is what
    a few hundred float operations may lose (1e-5 in float32). `call` names what was called when
    that was not a function of the exercise; `because` says where the expected value comes from.

    Raises: Failure if anything differs.
    """
    want = torch.as_tensor(expected)
    what, code = _what(actual, call)
    if not isinstance(actual, Tensor):
        want_words = "a tensor" if want.dim() else f"a tensor that holds {number(want.item())}"
        _wrong_kind(actual, what, want_words, code)
    actual = actual.detach()
    rtol = tolerance if tolerance is not None else TOLERANCE.get(want.dtype, 0.0)

    mistake, advice = _named(actual, want, near_misses or {}, rtol)
    if not mistake:
        advice = because
    if tuple(actual.shape) != tuple(want.shape):
        headline = f"{what} of shape {tuple(actual.shape)}, expected shape {tuple(want.shape)}"
        raise Failure(headline, advice, mistake=mistake, code=code)
    if isinstance(expected, Tensor) and actual.dtype != expected.dtype:
        headline = f"{what} of {_dtype(actual)}, expected {_dtype(expected)}"
        raise Failure(headline, _about_dtype(actual, expected), mistake="wrong-dtype", code=code)
    if not _same(actual, want, rtol):
        raise Failure(_difference(actual, want, what, rtol), advice, mistake=mistake, code=code)


def equal(
    actual: object,
    expected: object,
    *,
    call: str | None = None,
    near_misses: NearMisses | None = None,
    because: str = "",
) -> None:
    """Compare a learner's int, string, list or tuple with the expected one, type and value.

    Raises: Failure if they differ; near misses and the rest are as in `close`.
    """
    if actual == expected and type(actual) is type(expected):
        return
    what, code = _what(actual, call)
    if actual is None:
        _wrong_kind(actual, what, value_in_words(expected, 200), code)
    hits = [
        (mistake, advice)
        for mistake, (value, advice) in (near_misses or {}).items()
        if type(actual) is type(value) and actual == value != expected
    ]
    mistake, advice = hits[0] if len(hits) == 1 else (None, because)
    headline = f"{what} {value_in_words(actual, 200)}, expected {value_in_words(expected, 200)}"
    raise Failure(headline, advice, mistake=mistake, code=code)


def a_tensor(actual: object, *, call: str | None = None) -> Tensor:
    """Return `actual` if it is a tensor.

    Raises: Failure otherwise, saying what it is and what that usually means.
    """
    if not isinstance(actual, Tensor):
        what, code = _what(actual, call)
        _wrong_kind(actual, what, "a tensor", code)
    return actual


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
        raise Failure(f"{what} without a gradient", advice, mistake="graph-lost", code=code)
    return result


def unchanged(before: Tensor, after: Tensor, *, argument: str, function: str) -> None:
    """Fail unless an argument still holds the values that it had before the call.

    Raises: Failure if the function changed it.
    """
    that(
        torch.equal(before, after),
        f"{function} changed its argument {argument}",
        "Make new tensors: whoever called still needs the old one (+=, and names ending in _, "
        "change in place).",
        mistake="argument-changed",
    )


def a_float(actual: object, *, call: str | None = None) -> float:
    """Return `actual` if it is a Python float; a tensor with one number in it is not.

    Raises: Failure otherwise.
    """
    what, code = _what(actual, call)
    if isinstance(actual, Tensor):
        advice = "Take the number out with .item(): a tensor may keep the whole graph in memory."
        headline = f"{what}, expected a float"
        raise Failure(headline, advice, mistake="tensor-instead-of-float", code=code)
    if not isinstance(actual, float):
        _wrong_kind(actual, what, "a float", code)
    return actual


def raises(
    error: type[Exception], when: str, *, mentions: tuple[str, ...] = ()
) -> AbstractContextManager[None]:
    """Expect the block to raise `error`, with every text of `mentions` in its message.

    Raises: Failure if the block raises nothing, or the message leaves something out.
    """
    return _Raises(error, when, mentions)


class _Raises:
    def __init__(self, error: type[Exception], when: str, mentions: tuple[str, ...]) -> None:
        self.error, self.when, self.mentions = error, when, mentions

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
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
        if not isinstance(error, self.error):
            return False
        missing = [text for text in self.mentions if text not in str(error)]
        that(
            not missing,
            f"{words} raised {name}: {error}",
            f"The message should also say {' and '.join(missing)}, so that whoever reads it knows.",
            mistake="message-says-too-little",
        )
        return True


def returned(actual: object, call: str | None = None) -> str:
    """Return "mse_loss(...) returned", for a headline; without a call, "the result is"."""
    return _what(actual, call)[0]


def _what(actual: object, call: str | None) -> tuple[str, CodeType | None]:
    record = calls.that_returned(actual)
    last = calls.last()
    code = record.code if record else last.code if last else None
    words = call or (record.words if record else "")
    verb = f"{words} returned" if words else "the result is"
    return (f"{verb} a tensor" if isinstance(actual, Tensor) and actual.dim() else verb), code


def _wrong_kind(actual: object, what: str, expected: str, code: CodeType | None) -> NoReturn:
    kind = type(actual)
    where = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
    mistake, advice = {
        "builtins.NoneType": ("returns-none", "Does the function end with a `return`?"),
        "builtins.list": ("list-instead-of-tensor", "torch.stack makes one tensor of a list."),
        "builtins.tuple": ("tuple-returned", "Is there a comma after the returned value?"),
        "numpy.ndarray": ("numpy-array", "Stay with torch: a NumPy array carries no gradient."),
        "builtins.float": ("number-instead-of-tensor", "Leave out .item(): stay with tensors."),
        "builtins.int": ("number-instead-of-tensor", "Leave out .item(): stay with tensors."),
    }.get(where, (None, ""))
    if isinstance(actual, Callable):  # type: ignore[arg-type]  # abc, used as a type on purpose
        mistake, advice = "not-called", "It was built, or named, but not called: add parentheses."
    shown = "None" if actual is None else f"a {kind.__name__}"
    raise Failure(f"{what} {shown}, expected {expected}", advice, mistake=mistake, code=code)


def _named(
    actual: Tensor, want: Tensor, near_misses: NearMisses, rtol: float
) -> tuple[str | None, str]:
    hits = [
        (mistake, advice)
        for mistake, (value, advice) in near_misses.items()
        if _same(actual, torch.as_tensor(value), rtol)
        and not _same(want, torch.as_tensor(value), rtol)
    ]
    return hits[0] if len(hits) == 1 else (None, "")


def _same(actual: Tensor, want: Tensor, rtol: float) -> bool:
    # Not torch.testing: its first call in a process imports over 500 modules.
    if actual.shape != want.shape:
        return False
    return bool(_matches(actual, want, rtol).all())


def _matches(actual: Tensor, want: Tensor, rtol: float) -> Tensor:
    a, b = actual.detach().to("cpu", torch.float64), want.detach().to("cpu", torch.float64)
    finite = b[b.isfinite()].abs()
    scale = max(1.0, finite.max().item()) if finite.numel() else 1.0
    return torch.isclose(a, b, rtol=rtol, atol=rtol * min(scale, 1e3), equal_nan=True)


def _difference(actual: Tensor, want: Tensor, what: str, rtol: float) -> str:
    if want.dim() == 0:
        return f"{what} {number(actual.item())}, expected {number(want.item())}"
    wrong = (~_matches(actual, want, rtol)).nonzero()
    place = tuple(wrong[0].tolist())
    got, expected = number(actual[place].item()), number(want[place].item())
    where = ", ".join(map(str, place))
    share = f"{len(wrong)} of {want.numel()} numbers are wrong"
    return f"{what} where {share}: at [{where}] it has {got}, expected {expected}"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _about_dtype(actual: Tensor, expected: Tensor) -> str:
    if actual.is_floating_point() and not expected.is_floating_point():
        return "Whole numbers are asked for: classes are counted, not measured (.long())."
    if expected.is_floating_point() and not actual.is_floating_point():
        return "Numbers with a fraction are asked for: convert with .float()."
    return f"The result should have the dtype of the input, {_dtype(expected)}."
