"""Is it written out? Refuses torch's ready-made function where a learner is to write their own.

    with written_out("mse_loss"):
        exercise.mse_loss(prediction, target)

Every spelling ends in the same few operators, so these are watched: F.relu, nn.ReLU, x.relu_(),
out=, torch.ops and scripted code alike. The names of functions are watched too, so that the
failure can say `cross_entropy` where the operators are only its parts.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from kata.expect import fail
from kata.failure import Failure
from kata.loading import LearnersModule

_SOFTMAX = {"softmax", "log_softmax", "softmin"}
_ACTIVATIONS = {
    *("relu", "relu6", "add_relu", "leaky_relu", "prelu", "rrelu", "rrelu_with_noise", "threshold"),
    *("sigmoid", "expit", "log_sigmoid", "logsigmoid", "hardsigmoid", "hardswish", "silu", "glu"),
    *("tanh", "tanhshrink", "hardtanh", "softplus", "mish", "gelu", "elu", "celu", "selu"),
    # Losses that are a softplus of the logits.
    *("binary_cross_entropy_with_logits", "soft_margin_loss"),
}
_ACTIVATION_ADVICE = (
    "Write {name} out, without the activations that torch has: plain arithmetic, exp, clamp, "
    "maximum and where are all it needs."
)
_FORBIDDEN: dict[str, tuple[set[str], str]] = {
    "mse_loss": (
        {"mse_loss"},
        "Write {name} out: subtract, square and average the numbers yourself.",
    ),
    "log_softmax": (
        _SOFTMAX,
        "Write {name} out: exp, sum, log and the largest logit of each row will do; "
        "torch.logsumexp is fine too.",
    ),
    "cross_entropy": (
        _SOFTMAX | {"cross_entropy", "cross_entropy_loss"},
        "Write {name} out: call this file's log_softmax, and pick the number of the true class "
        "from each row.",
    ),
    "relu": (_ACTIVATIONS, _ACTIVATION_ADVICE),
    "sigmoid": (_ACTIVATIONS, _ACTIVATION_ADVICE),
    "tanh": (_ACTIVATIONS, _ACTIVATION_ADVICE),
}

# What operators carry around the name of their function: `_log_softmax`, `nll_loss2d_forward`.
_AROUND_THE_NAME = re.compile(
    r"^_*(?:special_|foreach_|sparse_|masked_|safe_)?|(?:2d|_nd)?(?:_forward|_kernel)?_*$"
)


@contextmanager
def written_out(name: str) -> Iterator[None]:
    """Fail when the block uses a ready-made function in place of the learner's own `name`.

    The failure is raised by the call itself, so that the learner's line shows; and once more at
    the end of the block if the learner's code, or torch's interpreter, made something else of it.

    Raises: Failure with the mistake `ready-made-function`; LookupError if `name` has no table.
    """
    if name not in _FORBIDDEN:
        raise LookupError(f"no table for {name!r}; there is one for {', '.join(_FORBIDDEN)}")
    forbidden, advice = _FORBIDDEN[name]
    met: list[Failure] = []

    def meet(used: str) -> None:
        used = _AROUND_THE_NAME.sub("", used)
        if used not in forbidden or _file_is_being_read():
            return
        try:
            fail(
                f"{name} used torch's own {used}, which is ready-made",
                advice.format(name=name),
                mistake="ready-made-function",
            )
        except Failure as failure:
            met.append(failure)
            raise

    try:
        with _Functions(meet), _Operators(meet):
            yield
    except Failure:
        raise
    except Exception:
        if met:
            raise met[0] from None
        raise
    if met:
        raise met[0]


def _file_is_being_read() -> bool:
    """Tell whether the learner's file is still being imported: it may try out what it likes."""
    frame: FrameType | None = sys._getframe()
    while frame and frame.f_code is not LearnersModule._run.__code__:
        frame = frame.f_back
    return frame is not None


class _Functions(TorchFunctionMode):
    """Sees what is called from Python: F.cross_entropy, Tensor.relu, torch.sigmoid."""

    def __init__(self, meet: Callable[[str], None]) -> None:
        super().__init__()
        self.meet = meet

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.meet(getattr(func, "__name__", ""))
        return func(*args, **(kwargs or {}))


class _Operators(TorchDispatchMode):
    """Sees what is computed, whoever asked for it: a module's C++ code, a script, a vmap."""

    def __init__(self, meet: Callable[[str], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own
        self.meet = meet

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and skipping it imports torch._dynamo: a second

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        namespace, _, operator = func._schema.name.partition("::")
        if namespace in ("aten", "prims"):
            self.meet(operator)
        return func(*args, **(kwargs or {}))
