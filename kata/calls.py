"""What a test called, and how to say it: `mse_loss(prediction (3, 5), target (3, 5))`."""

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter
from types import CodeType
from typing import Any

from kata.failure import Failure

_UNFINISHED = object()
SMALL = 100_000  # numbers in a tensor: a copy of more would take a while


@dataclass
class Call:
    """One call of a learner's function, and its result once it has returned."""

    words: str
    code: CodeType | None
    result: Any = _UNFINISHED
    name: str = ""  # of the function
    changed: str = ""  # the first argument that holds other numbers than before

    @property
    def finished(self) -> bool:
        return self.result is not _UNFINISHED


_calls: list[Call] = []
_running: list[Call] = []


def forget() -> None:
    """Start a new record; the plugin does so before every test."""
    _calls.clear()
    _running.clear()


def last() -> Call | None:
    """Return the call made last, or None."""
    return _calls[-1] if _calls else None


def that_returned(result: object) -> Call | None:
    """Return the latest call whose result is this very object, or None."""
    return next((call for call in reversed(_calls) if call.result is result), None)


def place_in_result(part: object) -> int | None:
    """Return where in the tuple that the last call returned this very object is, or None."""
    result = _calls[-1].result if _calls else None
    values = result if isinstance(result, tuple) else ()
    places = [place for place, value in enumerate(values) if value is part]
    return places[0] if len(places) == 1 else None


def unrecorded(value: Any) -> Any:
    """Return the function whose calls `value` records, or `value` itself."""
    return getattr(value, "_records", value)


def recorded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, recording its calls; a class and anything else is returned as it is.

    Under a name in lower case the tests expect a function: a class that stands there is recorded
    like one, since its __new__ may do and return whatever a function may.

    A generator function is refused with a Failure when it is called: no day asks for one.

    What a function is handed and calls in its turn (`gradient_norms(relu, …)`) is part of its call.
    """
    if not callable(function) or (is_class(function) and not name[:1].islower()):
        return function

    @functools.wraps(function, updated=() if is_class(function) else ("__dict__",))
    def call_and_record(*args: Any, **kwargs: Any) -> Any:
        if _running:
            return function(*args, **kwargs)
        # Recording comes before the call, so that the words survive an exception in it.
        words = in_words(name, function, args, kwargs)
        call = Call(words, getattr(function, "__code__", None), name=name)
        _calls.append(call)
        if inspect.isgeneratorfunction(function):
            raise Failure(
                f"{name} has a yield in it: a call makes a generator, and computes nothing",
                "Collect what is found in a list, or whatever is asked for, and return it.",
                mistake="yield-instead-of-return",
                code=call.code,
            )
        _running.append(call)
        before = [
            (value, _detached(value).clone())
            for value in (*args, *kwargs.values())
            if _is_small_tensor(value)
        ]
        try:
            call.result = function(*args, **kwargs)
        finally:
            _running.clear()
        for value, copy in before:
            if not call.changed and (hidden_method(value) or not _is_same(value, copy)):
                call.changed = _name_of(value, function, args, kwargs)
        return call.result

    call_and_record._records = function  # type: ignore[attr-defined]  # for unrecorded
    return call_and_record


def is_class(value: object) -> bool:
    """Tell whether a value is a class; its own __class__, which could lie, is not asked."""
    return issubclass(type(value), type)


def hidden_method(tensor: object) -> str:
    """Return the name of a method of its class that an attribute of a tensor's own hides, or ""."""
    if not _is_tensor(tensor):
        return ""
    # By the getter of Tensor itself: a subclass may have a __dict__ of its own making.
    own = vars(sys.modules["torch"].Tensor)["__dict__"].__get__(tensor)
    return next((str(name) for name in own if name in _names_in_the_class()), "")


@functools.cache
def _names_in_the_class() -> frozenset[str]:
    return frozenset(dir(sys.modules["torch"].Tensor))


def _detached(tensor: Any) -> Any:
    # The class's own method: a learner may have set an attribute of this name on the tensor.
    return sys.modules["torch"].Tensor.detach(tensor)


def _is_small_tensor(value: object) -> bool:
    return _is_tensor(value) and not value.is_meta and value.shape.numel() <= SMALL  # type: ignore[attr-defined]


def _is_same(value: Any, copy: Any) -> bool:
    value = _detached(value)
    if value.shape != copy.shape or value.dtype != copy.dtype:
        return False
    if not value.is_floating_point():
        return bool((value == copy).all())
    # A number that was moved a little and put back may have lost its last digits.
    near = (value - copy).abs() <= 1e-4 * copy.abs().clamp(min=1)
    return bool((near | (value == copy) | ((value != value) & (copy != copy))).all())  # nan is nan


def _name_of(
    value: object, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # there is no signature
        return "its argument"
    names = [*names[: len(args)], *kwargs]
    values = [*args, *kwargs.values()]
    return next((n for n, v in zip(names, values, strict=False) if v is value), "its argument")


def in_words(
    name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    """Return a call as a learner would say it: parameter names, and shapes in place of numbers."""
    try:
        signature = inspect.signature(function)
        bound = signature.bind(*args, **kwargs).arguments
    except (TypeError, ValueError):  # the arguments do not fit, or there is no signature
        parts = [value_in_words(value) for value in args]
        return f"{name}({', '.join(parts + _arguments(kwargs))})"
    parts = []
    for key, value in bound.items():
        match signature.parameters[key].kind:
            case Parameter.VAR_POSITIONAL:
                parts += [value_in_words(one) for one in value]
            case Parameter.VAR_KEYWORD:
                parts += _arguments(value)
            case _:
                parts += _arguments({key: value})
    return f"{name}({', '.join(parts)})"


def _arguments(named: dict[str, Any]) -> list[str]:
    return [_argument(name, value) for name, value in named.items()]


def _argument(name: str, value: object) -> str:
    if _is_tensor(value):
        words = value_in_words(value)
        return f"{name} {words}" if words.startswith("(") else f"{name}={words}"
    if isinstance(value, int | float | str | list | tuple) or value is None:
        return f"{name}={value_in_words(value)}"
    return name


def value_in_words(value: Any, limit: int = 60) -> str:
    """Return a value in few words: numbers as they are, tensors by shape, the rest by type."""
    if _is_tensor(value):
        try:
            return str(tuple(value.shape)) if value.dim() else number(value.item())
        except Exception:  # no number to be had: on the meta device, or inside torch.vmap
            return "()"
    if isinstance(value, float):
        return number(value)
    if type(value) in (list, tuple):
        return _sequence_in_words(value, limit)
    text = _text(value)
    return text if len(text) <= limit and " at 0x" not in text else a(type(value).__name__)


def _sequence_in_words(values: list[Any] | tuple[Any, ...], limit: int) -> str:
    parts: list[str] = []
    room = limit
    for value in values:
        words = value_in_words(value, limit)
        parts.append(f"tensor {words}" if _is_tensor(value) else words)
        room -= len(parts[-1]) + 2
        if room < 0:  # the rest is not even looked at: it may be a whole data set
            return f"{a(type(values).__name__)} of {len(values)}"
    inside = ", ".join(parts)
    if isinstance(values, list):
        return f"[{inside}]"
    return f"({inside},)" if len(parts) == 1 else f"({inside})"


def _text(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # a learner's own __repr__
        return a(type(value).__name__)


def a(noun: str) -> str:
    """Return the noun with its article: a list, an int."""
    return f"{'an' if noun[:1] in 'aeiouAEI' else 'a'} {noun}"


def number(value: Any) -> str:
    """Return a number with up to six significant digits, as a person would write it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _is_tensor(value: object) -> bool:
    # torch is imported by the learner's code, if at all; asking for it costs over a second.
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)
