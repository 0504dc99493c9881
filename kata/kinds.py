"""What kind of value came back where another was due, and what that usually means."""

from torch import Tensor

from kata.calls import a, value_in_words


def in_words(value: object) -> str:
    """Return a value of a wrong kind in words: "0.5, a float", "a list of 3", "None"."""
    kind = a(type(value).__name__)
    match value:
        case None:
            return "None"
        case int() | float():
            return f"{value_in_words(value)}, {kind}"
        case list() | tuple():
            return f"{kind} of {len(value)}"
    return kind


def about(actual: object, *, tensor: bool) -> tuple[str | None, str]:
    """Return the mistake behind a value of the wrong kind where a tensor, or number, is due."""
    module = type(actual).__module__.partition(".")[0]
    match actual:
        case None:
            return "returns-none", "Does the function end with a `return`?"
        case tuple() if type(actual).__module__ == "torch.return_types":
            return "max-gives-two", "Along a dimension it gives .values and .indices: take one."
        case tuple() if len(actual) == 1:
            return "tuple-returned", "Is there a comma after the returned value?"
        case tuple():
            return "tuple-returned", "One value is asked for: is there a comma after the `return`?"
        case list() if tensor:
            make = "stack" if all(isinstance(one, Tensor) for one in actual) else "tensor"
            return "list-instead-of-tensor", f"torch.{make} makes one tensor of a list."
        case _ if module == "numpy" and tensor:
            return "numpy-array", "Stay with torch: a NumPy array carries no gradient."
        case _ if module == "numpy":
            return "numpy-number", "float(…) makes a plain number of it."
        case bool():
            return None, ""
        case int() | float() if tensor:
            return "number-instead-of-tensor", "Leave out .item(): stay with tensors."
        case _ if callable(actual):
            return "not-called", "It was built, or named, but not called: add parentheses."
    return None, ""


def shape(tensor: Tensor) -> str:
    sizes = tuple(tensor.shape)
    return f"a tensor of shape {sizes}" if sizes else "a single number, shape ()"


def dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def about_dtype(actual: Tensor, expected: Tensor) -> str:
    if actual.is_floating_point() and not expected.is_floating_point():
        return "Whole numbers are asked for: classes are counted, not measured (.long())."
    if expected.is_floating_point() and not actual.is_floating_point():
        return "Numbers with a fraction are asked for: convert with .float()."
    return f"Find where it became {dtype(actual)}, or convert with .to(torch.{dtype(expected)})."
