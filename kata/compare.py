"""When two values are the same, and how to say where they differ: the arithmetic of kata.expect."""

import torch
from torch import Tensor

from kata.calls import number

_ASKED = ("__eq__", "__ne__", "__len__", "__iter__", "__getitem__", "__hash__", "keys", "__class__")
_MADE_IN_PYTHON = 1 << 9  # the flag of a type that was not there from the start
# What a few hundred operations may lose of a number of ordinary size.
TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-5, torch.float16: 1e-3, torch.bfloat16: 1e-2}


def tolerance_for(actual: Tensor, want: Tensor) -> float:
    """Return the relative tolerance of the expected dtype; of the actual one if that is whole."""
    return TOLERANCE.get(want.dtype if Tensor.is_floating_point(want) else actual.dtype, 0.0)


def same(actual: Tensor, want: Tensor, tolerance: float) -> bool:
    """Tell whether two tensors have one shape and, within the tolerance, the same numbers."""
    # Not torch.testing: its first call in a process imports over 500 modules.
    if actual.shape != want.shape:
        return False
    matches = _matches(actual, want, tolerance)
    return matches.shape == want.shape and bool(matches.all())  # .all() of no number is True


def _matches(actual: Tensor, want: Tensor, tolerance: float) -> Tensor:
    """Compare number by number: NaN equals NaN, and an infinity itself.

    A difference may be `tolerance` of the expected number itself, or of the typical size (the root
    mean square) of all of them, at least 1: what cancels in a sum leaves an error of that size. It
    is not the largest, so that one huge number does not hide what is wrong with the rest.
    """
    actual, want = Tensor.detach(actual), Tensor.detach(want)
    if not (actual.is_floating_point() or actual.is_complex() or want.is_floating_point()):
        return actual.cpu() == want.cpu()
    wide = torch.complex128 if actual.is_complex() or want.is_complex() else torch.float64
    a, b = (one.to_dense().cpu().to(wide) for one in (actual, want))
    finite = b[b.isfinite()].abs()
    typical = finite.square().mean().sqrt().item() if finite.numel() else 1.0
    scale = min(max(1.0, typical), 1e3)
    return torch.isclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


def difference(actual: Tensor, want: Tensor, tolerance: float) -> str:
    """Return "0.3, expected 0.8", or where the first wrong number of how many stands."""
    actual, want = Tensor.detach(actual), Tensor.detach(want)
    if want.dim() == 0:
        got, expected = _told_apart(actual, want)
        return f"{got}, expected {expected}"
    wrong = (~_matches(actual, want, tolerance)).nonzero()
    place = tuple(wrong[0].tolist())
    got, expected = _told_apart(actual[place], want[place])
    where = ", ".join(map(str, place))
    verb = "is" if len(wrong) == 1 else "are"
    share = f"{len(wrong)} of {want.numel()} numbers {verb} wrong"
    return f"a tensor where {share}: at [{where}] it has {got}, expected {expected}"


def _told_apart(actual: Tensor, want: Tensor) -> tuple[str, str]:
    got, expected = number(actual.item()), number(want.item())
    if got == expected:  # they differ further back
        return f"{actual.item():.10g}", f"{want.item():.10g}"
    return got, expected


def _answers_for_itself(value: object) -> bool:
    """Tell whether code of its own class decides what is in this list, dict, text or number."""
    kinds = [kind for kind in type(value).__mro__ if kind.__flags__ & _MADE_IN_PYTHON]
    is_plain = isinstance(value, list | tuple | dict | str | int | float)
    return is_plain and any(name in vars(kind) for kind in kinds for name in _ASKED)


def alike(actual: object, expected: object) -> bool:
    """Tell whether two plain values are equal and of one kind, and all that is in them too.

    A subclass will do (torch.Size is a tuple), unless it answers for itself when it is compared: it
    could be equal to everything. True is no 1, and a NumPy number no int.
    """
    if isinstance(actual, bool) is not isinstance(expected, bool):
        return False
    if not isinstance(actual, type(expected)) or _answers_for_itself(actual):
        return False
    match actual, expected:
        case (list() | tuple(), list() | tuple()):
            return len(actual) == len(expected) and all(map(alike, actual, expected))
        case (dict(), dict()):
            return actual.keys() == expected.keys() and all(
                alike(actual[key], expected[key]) for key in expected
            )
    return bool(actual == expected)
