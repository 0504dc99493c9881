"""The watch on ready-made functions: every spelling is met, and nothing that is written out is."""

import subprocess
import sys
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kata.failure import Failure
from kata.loading import LearnersModule
from kata.written_out import written_out

PREDICTION, TARGET = torch.randn(3, 5), torch.randn(3, 5)
LOGITS, CLASSES = torch.randn(3, 5), torch.tensor([0, 4, 2])


class ByRelu(nn.Module):
    def forward(self, x):
        return F.relu(x)


def scripted(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is on its way out, but still there
        return torch.jit.script(function)


def relu_in_a_script(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x)


MSE = {
    "F": lambda a, b: F.mse_loss(a, b),
    "sum": lambda a, b: F.mse_loss(a, b, reduction="sum") / a.numel(),
    "module": lambda a, b: nn.MSELoss()(a, b),
    "_nn": lambda a, b: torch._C._nn.mse_loss(a, b),
    "ops": lambda a, b: torch.ops.aten.mse_loss(a, b),
    "overload": lambda a, b: torch.ops.aten.mse_loss.default(a, b),
    "graph": lambda a, b: F.mse_loss(a.clone().requires_grad_(), b),
}
LOG_SOFTMAX = {
    "method": lambda x: x.log_softmax(1),
    "torch": lambda x: torch.log_softmax(x, dim=1),
    "F": lambda x: F.log_softmax(x, dim=1),
    "module": lambda x: nn.LogSoftmax(dim=1)(x),
    "special": lambda x: torch.special.log_softmax(x, 1),
    "softmax": lambda x: x.softmax(1).log(),
    "softmax module": lambda x: nn.Softmax(1)(x).log(),
    "softmin": lambda x: F.softmin(-x, dim=1).log(),
    "operator": lambda x: torch._log_softmax(x, 1, False),
    "double": lambda x: torch.log_softmax(x.double(), dim=1).float(),
    "rows": lambda x: torch.stack([row.log_softmax(0) for row in x]),
}
CROSS_ENTROPY = {
    "F": lambda x, t: F.cross_entropy(x, t),
    "module": lambda x, t: nn.CrossEntropyLoss()(x, t),
    "probabilities": lambda x, t: F.cross_entropy(x, F.one_hot(t, 5).float()),
    "smoothing": lambda x, t: F.cross_entropy(x, t, label_smoothing=0.0),
    "log_softmax": lambda x, t: -x.log_softmax(1)[range(3), t].mean(),
    "softmax": lambda x, t: -x.softmax(1)[range(3), t].log().mean(),
}
ACTIVATION = {
    "method": lambda x: x.relu(),
    "in place": lambda x: x.clone().relu_(),
    "torch": torch.relu,
    "torch in place": lambda x: torch.relu_(x.clone()),
    "F": F.relu,
    "F in place": lambda x: F.relu(x.clone(), inplace=True),
    "module": lambda x: nn.ReLU()(x),
    "module in place": lambda x: nn.ReLU(inplace=True)(x.clone()),
    "own module": lambda x: ByRelu()(x),
    "sequential": lambda x: nn.Sequential(nn.Linear(5, 5), nn.Tanh())(x),
    "relu6": lambda x: F.relu6(x),
    "leaky": lambda x: F.leaky_relu(x, 0.0),
    "leaky module": lambda x: nn.LeakyReLU(0.0)(x),
    "prelu": lambda x: F.prelu(x, torch.zeros(1)),
    "rrelu": lambda x: F.rrelu(x, 0.0, 0.0),
    "threshold": lambda x: F.threshold(x, 0.0, 0.0),
    "threshold module": lambda x: nn.Threshold(0.0, 0.0)(x),
    "sigmoid": torch.sigmoid,
    "sigmoid method": lambda x: x.sigmoid(),
    "sigmoid in place": lambda x: x.clone().sigmoid_(),
    "sigmoid out": lambda x: torch.sigmoid(x, out=torch.empty(3, 5)),
    "sigmoid module": lambda x: nn.Sigmoid()(x),
    "expit": torch.special.expit,
    "expit out": lambda x: torch.special.expit(x, out=torch.empty(3, 5)),
    "logsigmoid": lambda x: F.logsigmoid(x).exp(),
    "hardsigmoid": F.hardsigmoid,
    "silu": lambda x: F.silu(x) / x,
    "swish module": lambda x: nn.SiLU()(x) / x,
    "glu": lambda x: F.glu(torch.cat([torch.ones_like(x), x])),
    "tanh": torch.tanh,
    "tanh by sigmoid": lambda x: 2 * torch.sigmoid(2 * x) - 1,
    "tanh module": lambda x: nn.Tanh()(x),
    "tanh of a list": lambda x: torch._foreach_tanh([x])[0],
    "tanhshrink": lambda x: x - F.tanhshrink(x),
    "hardtanh": lambda x: F.hardtanh(x, 0.0, 1e9),
    "softplus": lambda x: F.softplus(x),
    "softplus module": lambda x: nn.Softplus(beta=50)(x),
    "elu": lambda x: F.elu(x, alpha=0.0),
    "celu": F.celu,
    "selu": F.selu,
    "gelu": F.gelu,
    "mish": F.mish,
    "cell": lambda x: nn.RNNCell(5, 5)(x),
    "bce": lambda x: F.binary_cross_entropy_with_logits(x, torch.ones(3, 5), reduction="none"),
    "ops": lambda x: torch.ops.aten.relu(x),
    "overload": lambda x: torch.ops.aten.sigmoid.default(x),
    "_nn": lambda x: torch._C._nn.hardtanh(x, 0, 1e9),
    "script": lambda x: scripted(relu_in_a_script)(x),
    "scripted module": lambda x: scripted(nn.ReLU())(x),
    "vmap": lambda x: torch.vmap(torch.relu)(x),
    "func.grad": lambda x: torch.func.grad(lambda y: F.softplus(y).sum())(x),
    "graph": lambda x: x.clone().requires_grad_().relu(),
    "double": lambda x: x.double().sigmoid().float(),
}
READY_MADE = [
    *(pytest.param("mse_loss", f, (PREDICTION, TARGET), id=f"mse {n}") for n, f in MSE.items()),
    *(pytest.param("log_softmax", f, (LOGITS,), id=f"ls {n}") for n, f in LOG_SOFTMAX.items()),
    *(
        pytest.param("cross_entropy", f, (LOGITS, CLASSES), id=f"ce {n}")
        for n, f in CROSS_ENTROPY.items()
    ),
    *(
        pytest.param(name, f, (LOGITS,), id=f"{name} {n}")
        for n, f in ACTIVATION.items()
        for name in ("relu", "sigmoid", "tanh")
    ),
]


@pytest.mark.parametrize(("name", "function", "arguments"), READY_MADE)
def test_it_refuses_every_spelling_of_a_ready_made_function(name, function, arguments):
    with pytest.raises(Failure) as raised, written_out(name):
        function(*arguments)

    assert raised.value.mistake == "ready-made-function"
    assert raised.value.headline.startswith(f"{name} used torch's own ")
    assert name in raised.value.advice


def by_the_maximum(x):
    x = x - x.max(dim=1, keepdim=True).values
    return x - torch.log(x.exp().sum(dim=1, keepdim=True))


def on_the_diagonal(x, t):
    return torch.diagonal(x[:, t]).mean()


WRITTEN_OUT = {
    "mse_loss": [
        lambda a, b: ((a - b) ** 2).mean(),
        lambda a, b: (a - b).square().sum() / a.numel(),
        lambda a, b: torch.mean(torch.pow(torch.sub(a, b), 2)),
        lambda a, b: (a - b).norm() ** 2 / a.numel(),
        lambda a, b: (a - b).flatten() @ (a - b).flatten() / a.numel(),
        lambda a, b: torch.einsum("ij,ij->", a - b, a - b) / a.numel(),
    ],
    "log_softmax": [
        lambda x: x - x.logsumexp(1, keepdim=True),
        lambda x: x - x.exp().sum(1, keepdim=True).log(),
        lambda x: x - torch.logsumexp(x, dim=1).unsqueeze(1),
        lambda x: (
            x - x.max(1, keepdim=True).values - (x - x.amax(1, True)).exp().sum(1, True).log()
        ),
        lambda x: torch.stack([row - row.logsumexp(0) for row in x]),
        lambda x: x - torch.logcumsumexp(x, 1)[:, -1:],
    ],
    "cross_entropy": [
        lambda x, t: -x.gather(1, t[:, None]).mean(),
        lambda x, t: -x[torch.arange(len(t)), t].mean(),
        lambda x, t: -(F.one_hot(t, x.shape[1]) * x).sum(1).mean(),
        lambda x, t: -torch.zeros_like(x).scatter(1, t[:, None], 1.0).mul(x).sum() / len(t),
        lambda x, t: -sum(row[c] for row, c in zip(x, t, strict=True)) / len(t),
        lambda x, t: -x.take_along_dim(t[:, None], 1).mean(),
        lambda x, t: -on_the_diagonal(x, t),
    ],
    "relu": [
        lambda x: x.clamp(min=0),
        lambda x: torch.clip(x, 0, None),
        lambda x: torch.maximum(x, torch.zeros(())),
        lambda x: torch.where(x > 0, x, 0.0),
        lambda x: x * (x > 0),
        lambda x: (x + x.abs()) / 2,
        lambda x: torch.stack([x, torch.zeros_like(x)]).amax(0),
        lambda x: x.masked_fill(x < 0, 0.0),
        lambda x: F.pad(x, (0, 0)).clamp_min_(0),
    ],
    "sigmoid": [
        lambda x: 1 / (1 + torch.exp(-x)),
        lambda x: torch.where(x > 0, 1 / (1 + (-x).exp()), x.exp() / (1 + x.exp())),
        lambda x: torch.exp(x - torch.logaddexp(x, torch.zeros(()))),
        lambda x: torch.exp(x - torch.stack([x, torch.zeros_like(x)]).logsumexp(0)),
        lambda x: (1 + torch.exp(-x.clamp(-80, 80))).reciprocal(),
    ],
    "tanh": [
        lambda x: 1 - 2 / (torch.exp(2 * x) + 1),
        lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
        lambda x: -torch.expm1(-2 * x.abs()) / (1 + torch.exp(-2 * x.abs())) * x.sign(),
        lambda x: torch.sinh(x) / torch.cosh(x),
    ],
}


@pytest.mark.parametrize(
    ("name", "function"),
    [
        pytest.param(name, function, id=f"{name} {number}")
        for name, functions in WRITTEN_OUT.items()
        for number, function in enumerate(functions, start=1)
    ],
)
def test_it_lets_written_out_code_pass_forward_and_back(name, function):
    first = torch.randn(3, 5, requires_grad=True)
    rest = {"mse_loss": (TARGET,), "cross_entropy": (CLASSES,)}.get(name, ())

    with written_out(name):
        function(first, *rest).sum().backward()

    assert first.grad is not None


def test_it_computes_what_is_computed_without_it():
    x = torch.randn(3, 5)

    with written_out("tanh"):
        watched = torch.sinh(x) / torch.cosh(x)

    assert torch.equal(watched, torch.sinh(x) / torch.cosh(x))


def test_it_names_the_function_and_not_its_parts():
    with pytest.raises(Failure, match="own cross_entropy, which"), written_out("cross_entropy"):
        nn.CrossEntropyLoss()(LOGITS, CLASSES)


def test_it_raises_where_the_function_was_used():
    def innermost(x):
        return x.relu()

    with pytest.raises(Failure) as raised, written_out("relu"):
        innermost(LOGITS)

    assert "innermost" in [entry.name for entry in raised.traceback]


def test_code_that_swallows_the_failure_does_not_get_away():
    def tries(x):
        try:
            return x.relu()
        except Exception:
            return x.clamp(min=0)

    with pytest.raises(Failure, match="relu"), written_out("relu"):
        tries(LOGITS)


def test_code_that_turns_the_failure_into_another_error_does_not_get_away():
    def tries(x):
        try:
            return x.relu()
        except Exception as error:
            raise ValueError("no relu") from error

    with pytest.raises(Failure, match="relu"), written_out("relu"):
        tries(LOGITS)


def test_other_errors_pass_as_they_are():
    with pytest.raises(ZeroDivisionError), written_out("relu"):
        raise ZeroDivisionError


def test_a_file_may_try_things_out_while_it_is_imported(tmp_path):
    path = tmp_path / "activations.py"
    path.write_text("import torch\nprint(torch.ones(2).relu())\ndef relu(x): return x.relu()\n")
    exercise = LearnersModule(path, "activations")

    with written_out("relu"):
        relu = exercise.relu

    with pytest.raises(Failure, match="relu"), written_out("relu"):
        relu(LOGITS)


def test_it_watches_no_longer_than_the_block():
    with written_out("relu"):
        LOGITS.clamp(min=0)

    assert torch.equal(LOGITS.relu(), LOGITS.clamp(min=0))


def test_the_functions_of_another_table_are_let_pass():
    with written_out("mse_loss"):
        LOGITS.relu().log_softmax(1)


def test_a_name_without_a_table_is_said_so():
    message = "no table for 'softmix'; there is one for mse_loss"

    with pytest.raises(LookupError, match=message), written_out("softmix"):
        pass


def test_it_imports_nothing_of_torch_that_is_not_there_anyway():
    code = """
import sys, torch
before = set(sys.modules)
from kata.written_out import written_out
x = torch.randn(3, requires_grad=True)
with written_out("relu"):
    torch.where(x > 0, x, 0).mean().backward()
print(*sorted(set(sys.modules) - before))
"""

    new = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not [name for name in new.stdout.split() if name.startswith("torch")]
