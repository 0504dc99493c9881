"""Errors in a learner's words: each is provoked on the installed torch by what a beginner writes.

A message that a new torch words differently is noticed here; and so is advice that speaks up where
it does not belong.
"""

import functools
import linecache
import re
import textwrap

import pytest
import torch

from kata.explain import explain
from kata.python_errors import KNOWN as PYTHON
from kata.shape_errors import KNOWN as SHAPES
from kata.torch_errors import KNOWN as TORCH

USUAL = """
import json
import math
from datetime import datetime
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logits, target = torch.randn(3, 4), torch.tensor([1, 0, 2])
x = torch.randn(3, 4)
w = torch.randn(4, requires_grad=True)
loader = DataLoader(TensorDataset(x, target), batch_size=2)


def axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return self.layer(x)
"""


@functools.cache
def error_of(code):
    """Return what a learner's file with this code raises."""
    text = f"{USUAL}\n{textwrap.dedent(code)}"
    linecache.cache["learners.py"] = (len(text), None, text.splitlines(True), "learners.py")
    program = compile(text, "learners.py", "exec", dont_inherit=True)
    with pytest.raises(BaseException) as raised:  # SystemExit too
        exec(program, {"__name__": "exercises.day01.learners"})
    return raised.value


MEETS = [
    # ---- day 8 and every day: Python and Matplotlib
    ("name-not-defined", "nm.Linear(4, 2)", "`nm`"),
    ("name-not-defined", "np.ones(3)", "Add `import numpy as np` at the top"),
    ("name-not-defined", "targets = target\ntarets + 1", "Did you mean `targets`?"),
    ("name-not-defined", "lenght([1, 2])", "is it misspelled"),
    ("no-such-module", "import torchvison", "Did you mean `torchvision`?"),
    ("no-such-module", "import torch.nn.functionl as F", "Did you mean `torch.nn.functional`?"),
    ("no-such-module", "import tensorflow_of_mine", "is not installed"),
    ("not-in-module", "from torch import Linear", "`from torch.nn import Linear`"),
    ("not-in-module", "from torch.utils import DataLoader", "from torch.utils.data import"),
    ("not-in-module", "from torch.nn import Liner", "Did you mean `Linear`?"),
    ("misspelled-attribute", "nn.linear(3, 4)", "Did you mean .Linear or torch.nn.functional.lin"),
    ("misspelled-attribute", "torch.Linear(3, 4)", "Did you mean torch.nn.Linear?"),
    ("misspelled-attribute", "x.soft_max(1)", "Did you mean .softmax?"),
    ("misspelled-attribute", "Net().evall()", "Did you mean .eval?"),
    ("misspelled-attribute", "w.sum().backward()\nw.grad.zero()", "Did you mean .zero_?"),
    ("misspelled-attribute", "axes().xlabel('x')", "Did you mean .set_xlabel?"),
    ("misspelled-attribute", "axes().ylim(0, 1)", "Did you mean .set_ylim?"),
    ("numpy-name", "x.astype(float)", ".to(torch.float32)"),
    ("numpy-name", "x.copy()", ".clone()"),
    (
        "used-before-assigned",
        """
        def total(numbers):
            for number in numbers:
                result += number
            return result
        total([1, 2])
        """,
        "Set it before",
    ),
    (
        "used-before-assigned",
        """
        def descend(start):
            def step():
                return point - 1
            step()
            point = start
        descend(1)
        """,
        "Set it before",
    ),
    ("endless-recursion", "def relu(x):\n    return relu(x)\nrelu(x)", "call itself"),
    ("exit-called", "exit()", "exit()"),
    ("called-by-mistake", "axes().title('sizes')", "a title is set by set_title"),
    ("called-by-mistake", "x.T()", "behind a Tensor"),
    ("called-by-mistake", "lr = 2\nlr(x + 1)", "behind a int"),
    ("not-called", "x.size[0]", "round brackets"),
    ("several-axes", "import numpy\nnumpy.array([axes(), axes()]).plot([1], [1])", "axes.flat"),
    ("plot-lengths", "axes().plot([1, 2, 3], [1, 2])", "3 x for 2 y"),
    ("plot-lengths", "axes().plot(torch.linspace(-5, 5, 100), torch.ones(50))", "100 x for 50 y"),
    ("values-and-names", "N, D = torch.ones(3, 1, 28, 28).shape", "2 names"),
    ("values-and-names", "N, C, H, W = x.shape", "4 names"),
    ("fraction-as-size", "range(4 / 2)", "//"),
    ("fraction-as-size", "nn.Linear(4 / 2, 2)", "//"),
    ("fraction-as-size", "torch.zeros(2, 4 / 2)", "//"),
    # ---- day 9: modules
    (
        "missing-super-init",
        """
        class Net(nn.Module):
            def __init__(self):
                self.layer = nn.Linear(4, 2)
        Net()
        """,
        "super().__init__() first",
    ),
    (
        "missing-super-init",
        """
        class Net(nn.Module):
            def __init__(self):
                self.w = nn.Parameter(x)
        Net()
        """,
        "super().__init__() first",
    ),
    (
        "missing-super-init",
        """
        class Net(nn.Module):
            def __init__(self):
                self.layers = [nn.Linear(4, 2)]
            def forward(self, x):
                return self.layers[0](x)
        Net()(x)
        """,
        "super().__init__() first",
    ),
    (
        "missing-super-init",
        """
        class Net(nn.Module):
            def __init__(self):
                super.__init__()
        Net()
        """,
        "super().__init__()",
    ),
    ("missing-self", "class Net:\n    def __init__():\n        pass\nNet()", "__init__(self, …)"),
    (
        "missing-self",
        """
        class Net(nn.Module):
            def forward(x):
                return x
        Net()(x)
        """,
        "def forward(self, x)",
    ),
    (
        "missing-forward",
        "class Net(nn.Module):\n    def foward(self, x):\n        return x\nNet()(x)",
        "Net needs a method called forward",
    ),
    ("list-of-layers-called", "nn.ModuleList([nn.Linear(4, 2)])(x)", "in a loop"),
    ("not-a-layer", "nn.Sequential([nn.Linear(4, 2)])", "list is not one"),
    ("not-a-layer", "nn.Sequential(nn.Linear(4, 2), nn.ReLU)", "nn.ReLU()"),
    ("not-a-layer", "nn.Sequential(nn.Linear(4, 2), torch.relu)", "torch.relu"),
    ("not-a-layer", "nn.Sequential(lambda x: x.flatten(1))", "<lambda> is not one"),
    (
        "missing-attribute",
        """
        class Net(nn.Module):
            def forward(self, x):
                return self.hidden(x)
        Net()(x)
        """,
        "self.hidden",
    ),
    (
        "name-not-defined",
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(4, 2)
            def forward(self, x):
                return layer(x)
        Net()(x)
        """,
        "Write self.layer",
    ),
    ("class-instead-of-object", "Net.eval()", "net = Net()"),
    ("class-instead-of-object", "torch.optim.SGD(Net.parameters(), lr=0.1)", "parameters was"),
    ("no-such-parameter", "nn.Linear(in_feature=3, out_features=2)", "called in_feature:"),
    ("matrix-shapes", "x @ x", "A (3, 4) matrix cannot be multiplied by a (3, 4) one"),
    ("matrix-shapes", "nn.Linear(784, 10)(torch.ones(3, 1, 28, 28))", "28 and 784"),
    ("matrix-shapes", "x @ torch.ones(3)", "4 columns and the vector 3 numbers"),
    ("matrix-shapes", "torch.ones(3) @ torch.ones(4)", "3 numbers and the other 4"),
    ("matrix-shapes", "torch.dot(x, x)", "2 and 2 dimensions"),
    ("matrix-shapes", "x.sum() @ x", "0 and 2 dimensions"),
    ("broadcast-shapes", "x + torch.ones(5)", "4 and the other 5 in dimension 1"),
    ("broadcast-shapes", "y = torch.ones(3)\ny += torch.ones(2, 3)", "[2, 3]"),
    ("broadcast-shapes", "y = torch.ones(3, 2)\ny[0] = torch.ones(3)", "room for 2 numbers"),
    ("mixed-dtypes", "nn.Linear(4, 2)(x.double())", "Double and the other Float"),
    ("mixed-dtypes", "x.long() @ nn.Linear(4, 2).weight.T", "long int and the other float"),
    ("mixed-dtypes", "x.double() @ torch.ones(4)", "Double and the other Float"),
    ("mixed-dtypes", "torch.ones(3) @ torch.ones(3).double()", "Float and the other Double"),
    ("mixed-dtypes", "y = torch.ones(3).long()\ny += 0.5", "Float and does not fit into the Long"),
    ("no-such-dimension", "x[0].argmax(dim=1)", "no dimension 1 here"),
    ("no-such-dimension", "x.sum(dim=2)", "dimensions -2 to 1"),
    ("impossible-reshape", "x.view(5, 3)", "12 numbers do not fill the shape (5, 3)"),
    ("view-not-contiguous", "x.t().view(12)", "reshape"),
    ("none-instead-of-tensor", "nn.Linear(4, 2)(None)", "linear was given None"),
    ("not-a-tensor", "nn.Linear(4, 2)(x.numpy())", "linear was given a ndarray"),
    ("not-a-tensor", "nn.Linear(4, 2)(nn.ReLU(x))", "linear was given a ReLU"),
    ("not-a-tensor", "torch.exp(2.0)", "exp was given a float"),
    ("not-a-tensor", "torch.maximum(x, 0)", "maximum was given a int"),
    ("max-gives-two", "x.max(dim=1).float()", "max along a dimension gives two"),
    ("max-gives-two", "torch.exp(x.max(dim=1))", ".values"),
    ("max-gives-two", "x - x.max(dim=1, keepdim=True)", "max along a dimension gives two"),
    ("max-gives-two", "x.min(dim=1) / 2", "min along a dimension gives two"),
    ("too-many-indices", "x[0, 0, 0]", "has 2 dimensions"),
    ("index-out-of-range", "x[5]", "no number 5 in dimension 0: it holds 3"),
    # ---- day 10: losses
    ("truth-of-a-tensor", "nn.MSELoss(logits, logits)", "nn.MSELoss()(a, b)"),
    ("truth-of-a-tensor", "if x > 0:\n    pass", ".any()"),
    ("truth-of-a-tensor", "max(0, x)", ".any()"),
    ("expected-long", "F.cross_entropy(logits, target.float())", "here they are Float"),
    ("expected-long", "F.one_hot(target.float())", ".long()"),
    ("expected-long", "logits.gather(1, target.float().unsqueeze(1))", ".long()"),
    ("expected-long", "logits[torch.arange(3), target.float()]", ".long()"),
    ("expected-float", "nn.CrossEntropyLoss()(target, logits)", "given Long"),
    ("expected-float", "torch.tensor([1, 2]).softmax(dim=0)", "given Long"),
    ("expected-float", "F.mse_loss(target, target)", ".float()"),
    ("expected-float", "(target == target).mean()", "Bool numbers"),
    ("target-out-of-range", "F.cross_entropy(logits, torch.tensor([1, 0, 4]))", "no class 4"),
    ("target-out-of-range", "F.one_hot(target, 2)", "num_classes=3"),
    ("index-out-of-range", "logits[range(3), torch.tensor([1, 4, 0])]", "no number 4"),
    ("index-out-of-range", "logits.gather(1, torch.tensor([[4], [0], [1]]))", "no number 4"),
    ("index-shapes", "logits[torch.arange(3), torch.arange(2)]", "[3], [2]"),
    ("index-shapes", "logits.gather(1, target)", "target.unsqueeze(1)"),
    ("target-shape", "F.cross_entropy(logits, target.unsqueeze(1))", "shape (N,)"),
    ("target-shape", "F.nll_loss(target, logits)", "swapped"),
    ("one-hot-target", "F.cross_entropy(logits, F.one_hot(target, 4))", "shape (N,)"),
    ("batch-sizes", "F.cross_entropy(logits, target[:2])", "3 rows of logits for 2 targets"),
    ("math-for-torch", "1 / (1 + math.exp(-x))", "torch.exp takes a whole tensor"),
    ("single-number", "for row in x.sum():\n    pass", "a single number"),
    ("single-number", "len(x.mean())", "a single number"),
    ("single-number", "x.mean()[0]", "a single number"),
    ("list-in-arithmetic", "x - [1, 2, 3, 4]", "One side of the -"),
    ("list-compared", "max(0.0, x.tolist()[0])", "lists in lists"),
    ("stack-needs-tensors", "torch.stack([0.1, 0.2])", "of type float"),
    ("stack-not-tensor", "torch.tensor([x, x])", "torch.stack"),
    ("stack-not-cat", "torch.cat([x.sum(), x.sum()])", "torch.stack"),
    ("different-sizes", "torch.stack([x, x[0]])", "[3, 4] and [4]"),
    ("different-sizes", "torch.cat([x, torch.ones(2, 5)])", "4 meets 5"),
    ("different-sizes", "torch.tensor([[1, 2], [3]])", "2 numbers and another 1"),
    ("nothing-to-stack", "torch.stack([])", "appended"),
    ("nothing-to-stack", "torch.cat([])", "appended"),
    ("numpy-on-a-tensor", "import numpy as np\n\nnp.sum(x, axis=0)", "torch.sum"),
    ("numpy-on-a-tensor", "import numpy as np\n\nnp.mean(x)", "torch.sum"),
    ("not-called", "with torch.no_grad:\n    pass", "round brackets"),
    ("not-called", "json.dumps({'recorded_at': datetime.now().isoformat})", "round brackets"),
    ("empty-call", "nn.MSELoss()()(x, x)", "empty pair"),
    (
        "fields-missing",
        "import collections\n\ncollections.namedtuple('Result', 'a b c')(1, (2, 3))",
        "Result has more fields",
    ),
    ("path-plus-text", "Path('a') + '.jsonl'", "slash"),
    ("text-for-bytes", "import io\n\nio.BytesIO().write('a')", "without the b"),
    ("model-instead-of-parameters", "torch.optim.SGD(nn.Linear(2, 1))", "model.parameters()"),
    # ---- day 11: gradients
    ("no-graph", "x.sum().backward()", "requires_grad=True"),
    ("no-graph", "with torch.no_grad():\n    loss = w.sum()\nloss.backward()", "no_grad"),
    ("backward-on-vector", "(w ** 2).backward()", "sum or average first"),
    ("backward-on-vector", "torch.autograd.grad(w ** 2, w)", "sum or average first"),
    ("graph-freed", "loss = (w ** 2).sum()\nloss.backward()\nloss.backward()", "again before"),
    ("in-place-on-leaf", "w -= 0.1", "torch.no_grad()"),
    ("in-place-on-leaf", "w[0] = 1.0", "torch.no_grad()"),
    ("in-place-in-graph", "y = w.sigmoid()\ny += 1\ny.sum().backward()", "x = x + 1"),
    (
        "in-place-in-graph",
        "with torch.inference_mode():\n    y = w * 2\n(y * w).sum().backward()",
        "torch.no_grad()",
    ),
    ("integer-gradient", "torch.tensor([1, 2], requires_grad=True)", "2.0"),
    ("integer-gradient", "torch.tensor([1, 2]).requires_grad_()", "2.0"),
    ("flag-of-a-result", "(w * 2).requires_grad = False", ".detach()"),
    ("unused-in-graph", "torch.autograd.grad((w ** 2).sum(), x.requires_grad_())", "not computed"),
    ("stepped-after-nothing", "w.grad.zero_()", "until backward()"),
    ("stepped-after-nothing", "w - 0.1 * w.grad", "until backward()"),
    ("stepped-after-nothing", "w.data -= w.grad", "until backward()"),
    ("stepped-after-nothing", "w.sum()\nw.grad / 2", "computed from them"),
    ("item-of-many", "x.item()", "one element"),
    ("item-of-many", "float(x)", "one element"),
    ("numpy-of-tracked-tensor", "w.numpy()", ".detach()"),
    # ---- day 12: training
    ("no-parameters", "torch.optim.SGD(nn.ReLU().parameters(), lr=0.1)", "nn.ModuleList"),
    ("not-called", "torch.optim.SGD(Net().parameters, lr=0.1)", "round brackets"),
    ("optimizer-needs-a-list", "torch.optim.SGD(w, lr=0.1)", "[w]"),
    ("not-a-leaf", "torch.optim.SGD([w * 2], lr=0.1)", ".requires_grad_()"),
    ("misspelled-attribute", "torch.optim.SGD([w], lr=0.1).zero_grads()", ".zero_grad?"),
    ("loader-is-walked-through", "loader[0]", "for images, targets in loader"),
    ("loader-is-walked-through", "next(loader)", "next(iter(loader))"),
    ("list-instead-of-tensor", "for batch in loader:\n    batch.flatten(1)", "images and targets"),
    ("number-instead-of-tensor", "w.sum().item().backward()", "by .item()"),
    ("number-instead-of-tensor", "total = 0.0\ntotal.item()", "leave .item()"),
    ("comparison-of-no-tensors", "(target == [1, 0, 2]).sum()", "both sides"),
    ("comparison-of-no-tensors", "torch.equal(target, target).float()", "torch.equal never does"),
    ("none-in-arithmetic", "1 + print(x)", "One side of the + is None"),
    ("none-taken-apart", "loss, accuracy = print(x)", "return"),
    ("none-has-no-attribute", "print(x).backward()", ".backward"),
    # ---- day 13: activations
    ("numpy-of-tracked-tensor", "axes().plot(w, w)", ".detach()"),
    ("weights-only", "nn.init.kaiming_normal_(nn.Linear(2, 2).bias)", "nn.init.zeros_"),
    # ---- day 14: the classifier
    ("batch-of-one", "nn.BatchNorm1d(4)(x[:1])", "model.eval()"),
    ("device-mismatch", "x + torch.ones(3, 4, device='meta')", ".to(device)"),
    ("unknown-device", "x.to('gpu')", '"gpu"'),
    ("image-shape", "axes().imshow(torch.ones(1, 28, 28))", "(1, 28, 28)"),
    ("not-for-json", "json.dumps({'accuracy': x.mean()})", "this is a Tensor"),
    ("not-for-json", "json.dumps({'recorded_at': datetime.now()})", ".isoformat()"),
    ("module-instead-of-class", "import datetime\ndatetime.now()", "datetime.datetime.now"),
    ("text-instead-of-path", "'runs/record.jsonl'.parent", "pathlib.Path"),
    ("folder-missing", "open('not/there/record.jsonl', 'a')", "folder not/there yet"),
    ("folder-missing", "Path('not/there/record.jsonl').open('a')", "mkdir(parents=True"),
]


@pytest.mark.parametrize(
    ("mistake", "code", "says"),
    [pytest.param(*case, id=f"{case[0]} {number}") for number, case in enumerate(MEETS)],
)
def test_a_beginners_error_is_explained(mistake, code, says):
    explanation = explain(error_of(code))

    assert explanation is not None
    assert explanation.mistake == mistake
    assert says in explanation.advice


def test_no_gpu_is_explained_where_there_is_none():
    if torch.cuda.is_available():
        pytest.skip("there is one")

    assert explain(error_of("nn.Linear(4, 2).cuda()")).mistake == "no-such-device"


ELSEWHERE = [
    # What other versions and machines say.
    ("expected-long", RuntimeError("expected scalar type Long but found Float")),
    ("expected-long", RuntimeError("gather(): Expected dtype int64 for index")),
    ("no-such-device", AssertionError("Torch not compiled with CUDA enabled")),
    ("no-such-device", RuntimeError("PyTorch is not linked with support for mps devices")),
    (
        "device-mismatch",
        RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            "cuda:0 and cpu! (when checking argument for argument mat1)"
        ),
    ),
    (
        "numpy-of-gpu-tensor",
        TypeError(
            "can't convert cuda:0 device type tensor to numpy. "
            "Use Tensor.cpu() to copy the tensor to host memory first."
        ),
    ),
    (
        "unused-in-graph",
        RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        ),
    ),
    (
        "fraction-as-size",
        TypeError(
            "empty(): argument 'size' must be tuple of ints, "
            "but found element of type float at pos 2"
        ),
    ),
    ("values-and-names", ValueError("too many values to unpack (expected 2, got 4)")),
    ("input-asked", OSError("pytest: reading from stdin while output is captured! Consider -s.")),
]


@pytest.mark.parametrize(("mistake", "error"), ELSEWHERE, ids=lambda value: str(value)[:40])
def test_what_other_versions_and_machines_say_is_explained(mistake, error):
    assert explain(error).mistake == mistake


NOT_EXPLAINED = [
    # The same type, and often nearly the same words, with another cause.
    "raise RuntimeError('mat1 and mat2')",
    "raise ValueError('mat1 and mat2 shapes cannot be multiplied (3x4 and 3x4)')",
    "raise AttributeError('cannot assign module before breakfast')",
    "raise NotImplementedError('day 9: OneHiddenLayerNet.forward')",
    "raise NotImplementedError",
    "1 / 0",
    "[1, 2][2]",
    "{}['loss']",
    "assert False",
    "int('three')",
    "open('not-there.txt')",
    "math.exp(1000)",
    "x.clamp()",
    "-torch.tensor([True])",
    "nn.Dropout(2)",
    "torch.tensor(3.0).log_it_twice",
    "Net().quantum",
    "axes().show_it_now()",
    "Net().eval(5)",
    "nn.Linear(4, 2)(x, x)",
    "json.loads('')",
    "raise KeyboardInterrupt",
]


@pytest.mark.parametrize("code", NOT_EXPLAINED)
def test_a_diagnosis_is_given_only_when_it_fits(code):
    explanation = explain(error_of(code))

    assert explanation is None or explanation.mistake == "missing-attribute"


SIMILAR = [
    # None that is not a .grad, though one is near.
    ("none-has-no-attribute", "nn.init.zeros_(nn.Linear(2, 2, bias=False).bias)"),
    ("none-has-no-attribute", "w.sum().backward()\nw.grad.copy_(print().norm())"),
    ("none-in-arithmetic", "w.sum().backward()\nprint(w.grad * 2) + 3"),
    ("none-in-arithmetic", "w.sum().backward()\nw.grad - print()"),
    # A tensor with several numbers in float(), inside and beside torch.tensor and math.
    ("item-of-many", "torch.tensor(float(x))"),
    ("item-of-many", "math.exp(float(x))"),
    # A ModuleList has no forward, and is not to be given one.
    ("list-of-layers-called", "nn.ModuleList()(x)"),
    # A name that would work in place is not proposed for one that is misspelled.
    ("misspelled-attribute", "x.sigmoyd()"),
]


@pytest.mark.parametrize(("mistake", "code"), SIMILAR)
def test_similar_errors_have_explanations_of_their_own(mistake, code):
    explanation = explain(error_of(code))

    assert explanation.mistake == mistake
    assert "_?" not in explanation.advice


def test_every_entry_of_the_tables_is_proved_by_an_error_here():
    messages = [str(error_of(code)) for _, code, _ in MEETS]
    messages += [str(error) for _, error in ELSEWHERE]

    unproved = [
        pattern
        for _, _, pattern, _ in TORCH + SHAPES + PYTHON
        if not any(re.fullmatch(pattern, message, re.DOTALL) for message in messages)
    ]

    assert unproved == []


def test_an_error_that_was_never_raised_is_explained_by_its_message():
    assert explain(NameError("name 'q' is not defined", name="q")).mistake == "name-not-defined"


def test_ids_are_in_kebab_case():
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", entry[0]) for entry in TORCH + SHAPES + PYTHON)
