"""Python's and PyTorch's own errors, in a learner's words.

An entry of the tables fits by the error's type and the whole of its message, so that it speaks only
when it is right; where the message does not tell, the code that raised it does.
tests/kata/test_explain.py provokes each error on the installed torch: a changed message is noticed
there.
"""

import ast
import builtins
import difflib
import importlib.metadata
import linecache
import re
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kata import python_errors, shape_errors, torch_errors


@dataclass(frozen=True)
class Explanation:
    """What an error means: the mistake's stable id, and one or two sentences."""

    mistake: str
    advice: str


_KNOWN = torch_errors.KNOWN + shape_errors.KNOWN + python_errors.KNOWN


def explain(error: BaseException) -> Explanation | None:
    """Return what an error means to a beginner, or None when that is not known for sure."""
    return _by_code(error) or _by_message(error) or _by_name(error)


def _by_message(error: BaseException) -> Explanation | None:
    names = {kind.__name__ for kind in type(error).__mro__}
    for mistake, types, pattern, advice in _KNOWN:
        if names.isdisjoint(types.split("|")):
            continue
        match = re.fullmatch(pattern, str(error), re.DOTALL)
        if match:
            # Of several wordings, only the groups of the one that fits are counted.
            groups = ("", *(group for group in match.groups() if group is not None))
            return Explanation(mistake, _fill(advice, groups))
    return None


def _fill(advice: str, groups: tuple[str, ...]) -> str:
    return re.sub(r"\{(\d)\}", lambda match: groups[int(match[1])], advice)


def _by_code(error: BaseException) -> Explanation | None:
    """Return what the failing expression tells and the message does not."""
    message, code = str(error), _failing_code(error)
    if "NoneType" in message and _is_grad(code, left="and 'NoneType'" not in message):
        return Explanation(
            "stepped-after-nothing",
            ".grad is None here: it stays so until backward() has run, and only tensors made with "
            "requires_grad=True get one, not what is computed from them.",
        )
    # Of a class, with a capital letter; and the code is torch.optim's.
    if re.fullmatch(r"'[A-Z]\w+' object is not iterable", message) and code == "list(params)":
        return Explanation(
            "model-instead-of-parameters", "An optimizer takes model.parameters(), not the model."
        )
    if message.startswith("only one element tensors can be converted"):
        if call := re.match(r"math\.(\w+)\(", code):
            return Explanation(
                "math-for-torch",
                f"math.{call[1]} takes one number: torch.{call[1]} takes a whole tensor.",
            )
        if code.startswith("torch.tensor("):
            return Explanation(
                "stack-not-tensor",
                "torch.tensor takes numbers: torch.stack makes one tensor of a list of them.",
            )
    return None


def _failing_code(error: BaseException) -> str:
    """Return the expression that raised `error`, or "" where it is unknown or not on one line."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or frames[-1].lineno != frames[-1].end_lineno:
        return ""
    frame = frames[-1]
    line = linecache.getline(frame.filename, frame.lineno or 0).encode()
    return line[frame.colno or 0 : frame.end_colno or 0].decode()


def _is_grad(code: str, *, left: bool) -> bool:
    """Tell whether one side of an operation, or what stands before the last dot, is a .grad."""
    try:
        statement = ast.parse(code).body[0]
    except (SyntaxError, IndexError):
        return False
    match statement:
        case ast.Expr(ast.BinOp(left=first, right=second)):
            side = first if left else second
        case ast.AugAssign(target=first, value=second):
            side = first if left else second
        case ast.Expr(ast.Attribute(value=side)):
            pass
        case _:
            return False
    return isinstance(side, ast.Attribute) and side.attr == "grad"


def _by_name(error: BaseException) -> Explanation | None:
    match error:
        case ModuleNotFoundError(name=str(name)):
            return Explanation("no-such-module", _no_module(name))
        case ImportError(name=str(module)) if match := re.match(_CANNOT_IMPORT, str(error)):
            name = match[1]
            if place := _place_in_torch(name):
                return Explanation("not-in-module", f"Write `from {place} import {name}`.")
            if near := _near(name, dir(sys.modules.get(module))):
                return Explanation("not-in-module", f"Did you mean `{near}`?")
        case NameError() if "not associated with a value" in str(error):
            return Explanation(
                "used-before-assigned",
                "The name has no value yet in this function: it gets one further down, or in a "
                "branch that was not taken. Set it before this line.",
            )
        case NameError(name=str(name)):
            return Explanation("name-not-defined", _no_name(name, error))
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
        case FileNotFoundError(filename=str() | Path() as file) if not Path(file).parent.exists():
            return Explanation(
                "folder-missing",
                f"There is no folder {Path(file).parent} yet: make it first, with "
                "mkdir(parents=True, exist_ok=True).",
            )
        case AttributeError(name=str(name), obj=obj) if obj is not None:
            return _no_attribute(name, obj)
    return None


_CANNOT_IMPORT = r"cannot import name '(\w+)' from"
_OF_NUMPY = {"astype": ".to(torch.float32)", "copy": ".clone()"}


def _no_attribute(name: str, obj: object) -> Explanation | None:
    kind = type(obj)
    if f"{kind.__module__}.{kind.__name__}" == "torch.Tensor" and name in _OF_NUMPY:
        advice = f"That is NumPy's name for it: a tensor has {_OF_NUMPY[name]}."
        return Explanation("numpy-name", advice)
    near = [f".{name}" for name in [_near(name, dir(obj))] if name]
    if f"set_{name}" in dir(obj):
        near = [f".set_{name}"]
    if getattr(obj, "__name__", "").partition(".")[0] == "torch":
        near += [f"{place}.{name}" for place in [_place_in_torch(name)] if place]
    if near:
        return Explanation("misspelled-attribute", f"Did you mean {' or '.join(near)}?")
    if "_modules" in getattr(obj, "__dict__", ()) and kind.__module__.startswith("exercises."):
        advice = f"Nothing sets self.{name}: is it spelled as in __init__?"
        return Explanation("missing-attribute", advice)
    return None


def _place_in_torch(name: str) -> str | None:
    places = ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils.data")
    return next((place for place in places if name in dir(sys.modules.get(place))), None)


def _near(name: str, names: Iterable[str]) -> str | None:
    """Return the name that is probably meant; none that is private, or works in place."""
    names = [n for n in names if not n.startswith("_")]
    same = [n for n in names if n.lower().rstrip("_") == name.lower()]
    alike = difflib.get_close_matches(name, names, n=3, cutoff=0.75)
    return next((n for n in same + alike if n in same or n[-1:] != "_" or name[-1:] == "_"), None)


def _no_module(name: str) -> str:
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        names = [module.rpartition(".")[2] for module in sys.modules if module.startswith(parent)]
        near = _near(last, names)
        return f"Did you mean `{parent}.{near}`?" if near else f"{parent} has no module {last}."
    installed = {*importlib.metadata.packages_distributions(), *sys.stdlib_module_names}
    near = _near(name.partition(".")[0], installed)
    if near:
        return f"Did you mean `{near}`?"
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
    "datetime": "from datetime import datetime",
    "Path": "from pathlib import Path",
    "DataLoader": "from torch.utils.data import DataLoader",
    "optim": "from torch import optim",
}


def _no_name(name: str, error: NameError) -> str:
    if name in _USUAL_IMPORTS:
        return f"Add `{_USUAL_IMPORTS[name]}` at the top of the file."
    for frame in [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1:]:
        if name in dir(frame.f_locals.get("self")):
            return f"Write self.{name}: what belongs to an object is reached through self."
        if near := _near(name, [*frame.f_locals, *frame.f_globals, *dir(builtins)]):
            return f"Did you mean `{near}`?"
    return f"Nothing is called `{name}` here: is it misspelled, or meant to be self.{name}?"
