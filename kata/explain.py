"""Python's and PyTorch's own errors, in a learner's words.

An entry fits by the error's type and the whole of its message, so that it speaks only when it is
right. tests/kata/test_explain.py provokes each error on the installed torch: a changed message is
noticed there.
"""

import difflib
import importlib.metadata
import re
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """What an error means: the mistake's stable id, and one or two sentences."""

    mistake: str
    advice: str


_KNOWN: list[tuple[str, str, str, str]] = [
    # (id, names of the error types, pattern of the message, advice; {1} is the pattern's group 1)
    (
        "missing-super-init",
        "AttributeError",
        r"cannot assign (?:module|parameters?) before Module\.__init__\(\) call",
        "Call super().__init__() first in __init__: until then the module has nowhere to keep "
        "its layers.",
    ),
    (
        "missing-super-init",
        "AttributeError",
        r"'\w+' object has no attribute '_(?:modules|parameters|buffers|forward_hooks"
        r"|backward_hooks|forward_pre_hooks|backward_pre_hooks|non_persistent_buffers_set)'",
        "Call super().__init__() first in __init__: without it the module is not set up.",
    ),
    (
        "missing-forward",
        "NotImplementedError",
        r'Module \[(\w+)\] is missing the required "forward" function',
        "{1} needs a method called forward(self, x): calling a module runs it. "
        "Is it spelled so, and indented under the class?",
    ),
    (
        "matrix-shapes",
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "A ({1}, {2}) matrix cannot be multiplied by a ({3}, {4}) one: the inner sizes, {2} and "
        "{3}, must be equal. Is a transpose (.T) missing or one too many, or is the input not "
        "flattened?",
    ),
    (
        "matrix-shapes",
        "RuntimeError",
        r"size mismatch, got input \((\d+)\), mat \(\d+x(\d+)\), vec \((\d+)\)",
        "The matrix has {2} columns and the vector {3} numbers: they must be equal.",
    ),
    (
        "broadcast-shapes",
        "RuntimeError",
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) "
        r"at non-singleton dimension (\d+)",
        "The shapes do not fit: one tensor has {1} and the other {2} in dimension {3}. "
        "Print both shapes just before this line.",
    ),
    (
        "mixed-dtypes",
        "RuntimeError",
        r"mat1 and mat2 must have the same dtype, but got (\w+) and (\w+)",
        "One matrix is {1} and the other {2}: convert one, say with x.float().",
    ),
    (
        "mixed-dtypes",
        "RuntimeError",
        r"expected m1 and m2 to have the same dtype, but got: (.+) != (.+)",
        "One matrix is {1} and the other {2}: convert one, say with x.float().",
    ),
    (
        "no-graph",
        "RuntimeError",
        r"element 0 of tensors does not require grad and does not have a grad_fn",
        "backward() found no graph: nothing here was computed from a tensor with "
        "requires_grad=True. Was it detached, or computed under no_grad?",
    ),
    (
        "backward-on-vector",
        "RuntimeError",
        r"grad can be implicitly created only for scalar outputs",
        "backward() starts from a single number: sum or average first.",
    ),
    (
        "graph-freed",
        "RuntimeError",
        r"Trying to backward through the graph a second time.*",
        "The graph is freed by the first backward(). Compute the result again before the second.",
    ),
    (
        "in-place-on-leaf",
        "RuntimeError",
        r"a (?:view of a )?leaf Variable that requires grad is being used in an in-place "
        r"operation\.",
        "A tensor whose gradient is tracked must not be changed in place: make a new tensor, or "
        "do the step under torch.no_grad().",
    ),
    (
        "numpy-of-tracked-tensor",
        "RuntimeError",
        r"Can't call numpy\(\) on Tensor that requires grad\. Use tensor\.detach\(\)\.numpy\(\) "
        r"instead\.",
        "Plotting and NumPy need plain numbers: call .detach() on the tensor first.",
    ),
    (
        "integer-gradient",
        "RuntimeError",
        r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients",
        "Only numbers with a fraction have gradients: make the tensor float, say with 2.0.",
    ),
    (
        "no-parameters",
        "ValueError",
        r"optimizer got an empty parameter list",
        "The model has no parameters to train. Layers in a plain Python list are not found: "
        "make them attributes, or use nn.Sequential or nn.ModuleList.",
    ),
    (
        "truth-of-a-tensor",
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "A tensor with several numbers is neither true nor false. A comparison needs .all() or "
        ".any(); a loss such as nn.MSELoss is built first and then called: nn.MSELoss()(a, b).",
    ),
    (
        "item-of-many",
        "RuntimeError|ValueError",
        r"a Tensor with (\d+) elements cannot be converted to Scalar"
        r"|only one element tensors can be converted to Python scalars",
        "Only a tensor with one element can become a Python number: average or sum it first.",
    ),
    (
        "target-out-of-range",
        "IndexError",
        r"Target (-?\d+) is out of bounds\.",
        "There is no class {1}: classes count from 0, and the logits need a column for each.",
    ),
    (
        "no-such-dimension",
        "IndexError",
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], "
        r"but got (-?\d+)\)",
        "There is no dimension {3} here: this tensor has dimensions {1} to {2}. Print its shape; "
        "the batch dimension may have been lost.",
    ),
    (
        "view-not-contiguous",
        "RuntimeError",
        r"view size is not compatible with input tensor's size and stride.*",
        "view needs the numbers in order in memory, and a transpose changes that: "
        "use reshape or flatten.",
    ),
    (
        "impossible-reshape",
        "RuntimeError",
        r"shape '\[(.+)\]' is invalid for input of size (\d+)",
        "{2} numbers do not fill the shape ({1}). Take the sizes from x.shape, or let -1 stand "
        "for one of them.",
    ),
    (
        "not-a-tensor",
        "TypeError",
        r"(\w+)\(\): argument '(\w+)' \(position \d+\) must be Tensor, not (\w+)",
        "{1} was given a {3} where it needs a tensor. Was something not called, or not converted?",
    ),
    (
        "expected-long",
        "RuntimeError",
        r"expected scalar type Long but found (\w+)",
        "The classes in target are whole numbers (int64), here they are {1}: check the order of "
        "the arguments (logits first), or convert with .long().",
    ),
    (
        "device-mismatch",
        "RuntimeError",
        r"Expected all tensors to be on the same device.*",
        "Model and batch are on different devices: move both with .to(device).",
    ),
    (
        "no-such-device",
        "AssertionError|RuntimeError",
        r"Torch not compiled with CUDA enabled|Found no NVIDIA driver on your system.*",
        "This machine has no such GPU. Do not write .cuda(): use .to(device) with the device you "
        "are given.",
    ),
    (
        "stepped-after-nothing",
        "AttributeError",
        r"'NoneType' object has no attribute '(zero_|detach_|norm|clone)'",
        "Something is None here: .grad stays None until backward() has run, and only leaf tensors "
        "with requires_grad=True get one.",
    ),
    (
        "none-has-no-attribute",
        "AttributeError",
        r"'NoneType' object has no attribute '(\w+)'",
        "Something is None here that should have .{1}: does a function before it end without a "
        "return?",
    ),
    (
        "input-asked",
        "OSError",
        r"pytest: reading from stdin while output is captured! .*",
        "Take input() out: nobody is there to answer when the tests run.",
    ),
]


def explain(error: BaseException) -> Explanation | None:
    """Return what an error means to a beginner, or None when that is not known for sure."""
    names = {kind.__name__ for kind in type(error).__mro__}
    message = str(error)
    for mistake, types, pattern, advice in _KNOWN:
        if names.isdisjoint(types.split("|")):
            continue
        match = re.fullmatch(pattern, message, re.DOTALL)
        if match:
            groups = ("", *(group or "" for group in match.groups()))
            return Explanation(mistake, _fill(advice, groups))
    return _about_a_name(error)


def _fill(advice: str, groups: tuple[str, ...]) -> str:
    return re.sub(r"\{(\d)\}", lambda match: groups[int(match[1])], advice)


def _about_a_name(error: BaseException) -> Explanation | None:
    match error:
        case ModuleNotFoundError(name=str(name)):
            return Explanation("no-such-module", _no_module(name))
        case UnboundLocalError():
            return Explanation(
                "used-before-assigned",
                "The name gets its value further down in this function, or only in a branch that "
                "was not taken. Set it before this line.",
            )
        case NameError(name=str(name)):
            return Explanation("name-not-defined", _no_name(name))
        case RecursionError():
            return Explanation(
                "endless-recursion",
                "The function calls itself without an end. Does it call itself where it should "
                "call torch?",
            )
        case SystemExit():
            return Explanation(
                "exit-called", "Take exit() out: it would end the test run, not only the function."
            )
        case AttributeError(name=str(name), obj=obj) if obj is not None:
            near = difflib.get_close_matches(name, dir(obj), n=1, cutoff=0.75)
            if near:
                return Explanation("misspelled-attribute", f"Did you mean .{near[0]}?")
    return None


def _no_module(name: str) -> str:
    installed = {*importlib.metadata.packages_distributions(), *sys.stdlib_module_names}
    near = difflib.get_close_matches(name.partition(".")[0], installed, n=1, cutoff=0.75)
    if near and near[0] != name:
        return f"Did you mean `{near[0]}`?"
    return f"`{name}` is not installed. The exercises need only torch, torchvision and matplotlib."


_USUAL_IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "Tensor": "from torch import Tensor",
    "F": "import torch.nn.functional as F",
    "plt": "import matplotlib.pyplot as plt",
    "np": "import numpy as np",
    "math": "import math",
    "json": "import json",
    "DataLoader": "from torch.utils.data import DataLoader",
    "optim": "from torch import optim",
}


def _no_name(name: str) -> str:
    if name in _USUAL_IMPORTS:
        return f"Add `{_USUAL_IMPORTS[name]}` at the top of the file."
    return f"Nothing is called `{name}` here: is it misspelled, or meant to be self.{name}?"
