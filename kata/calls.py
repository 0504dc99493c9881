"""What a test called, and how to say it: `mse_loss(prediction (3, 5), target (3, 5))`."""

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any

_UNFINISHED = object()


@dataclass
class Call:
    """One call of a learner's function, and its result once it has returned."""

    words: str
    code: CodeType | None
    result: Any = _UNFINISHED

    @property
    def finished(self) -> bool:
        return self.result is not _UNFINISHED


_calls: list[Call] = []


def forget() -> None:
    """Start a new record; the plugin does so before every test."""
    _calls.clear()


def last() -> Call | None:
    """Return the call made last, or None."""
    return _calls[-1] if _calls else None


def that_returned(result: object) -> Call | None:
    """Return the latest call whose result is this very object, or None."""
    return next((call for call in reversed(_calls) if call.result is result), None)


def recorded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, recording its calls; a class and anything else is returned as it is."""
    if isinstance(function, type) or not callable(function):
        return function

    @functools.wraps(function)
    def call_and_record(*args: Any, **kwargs: Any) -> Any:
        # Recording comes before the call, so that the words survive an exception in it.
        call = Call(in_words(name, function, args, kwargs), getattr(function, "__code__", None))
        _calls.append(call)
        call.result = function(*args, **kwargs)
        return call.result

    return call_and_record


def in_words(
    name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    """Return a call as a learner would say it: parameter names, and shapes in place of numbers."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
        parts = [_argument(key, value) for key, value in bound.items()]
    except (TypeError, ValueError):  # the arguments do not fit, or there is no signature
        parts = [value_in_words(value) for value in args]
        parts += [_argument(key, value) for key, value in kwargs.items()]
    return f"{name}({', '.join(parts)})"


def _argument(name: str, value: object) -> str:
    if _is_tensor(value):
        return f"{name} {value_in_words(value)}"
    if isinstance(value, int | float | str | bool | list | tuple) or value is None:
        return f"{name}={value_in_words(value)}"
    return name


def value_in_words(value: Any, limit: int = 60) -> str:
    """Return a value in few words: numbers as they are, tensors by shape, the rest by type."""
    if _is_tensor(value):
        if value.numel() == 1 and value.dim() == 0:
            return number(value.item())
        return str(tuple(value.shape))
    if isinstance(value, float):
        return number(value)
    text = value if isinstance(value, str) and "\n" not in value else None
    text = repr(value) if text is None else repr(text)
    return text if len(text) <= limit and " at 0x" not in text else f"a {type(value).__name__}"


def number(value: Any) -> str:
    """Return a number with up to six significant digits, as a person would write it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _is_tensor(value: object) -> bool:
    # torch is imported by the learner's code, if at all; asking for it costs over a second.
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)
