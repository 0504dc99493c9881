"""What the tests rely on, noted before a learner's code runs and compared after every test.

It detects: code that runs in the same process can undo what it did, or change this module too.
"""

import builtins
import gc
import math
import sys
import threading
from operator import attrgetter, is_
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from _pytest import assertion, outcomes, python, reports, runner

_NAMES = (
    *("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.autograd"),
    *("torch.autograd.grad_mode", "torch.linalg", "torch.random", "torch.functional"),
    *("torch.nn.modules.module", "torch.overrides", "torch.utils._python_dispatch"),
    *("torch.utils.data", "matplotlib.pyplot", "matplotlib.axes"),
)
_OBJECTS: tuple[Any, ...] = (
    *(torch.Tensor, torch._C.TensorBase, torch.nn.Module, torch.nn.Parameter, torch.nn.Linear),
    *(torch.optim.Optimizer, torch.utils.data.DataLoader),
    *(builtins, math, np, pytest, assertion, outcomes, python, reports, runner),
    *(pytest.TestReport, pytest.CallInfo, pytest.Function, pytest.Item, python.Module),
    *(BaseException, ModuleType, threading.Timer),
)
# Set by matplotlib, by kata.limits and, with the default dtype, by torch in their own work.
_SET_LATER = {"_REPL_DISPLAYHOOK", "_backend_mod", "_armed_until", "__annotations__", "Storage"}
_BUILTINS = vars(builtins)

# What a function does: the loops over it run in C, since they run after every test.
_PARTS = tuple(map(attrgetter, ("__code__", "__defaults__", "__kwdefaults__")))


class Snapshot:
    """What the names of modules and classes stood for when it was taken."""

    def __init__(self, session: pytest.Session, *more: ModuleType) -> None:
        self.session = session
        own = [module for name, module in sys.modules.items() if name.startswith("kata.")]
        modules = [sys.modules[name] for name in _NAMES if name in sys.modules]
        self.spaces = [*modules, *_OBJECTS, *own, *more, *_classes([*own, *more])]
        self.names = [
            {name: value for name, value in vars(space).items() if _stays(name, value)}
            for space in self.spaces
        ]
        self.had = [set(vars(space)) for space in self.spaces]
        values = [value for names in self.names for value in names.values()]
        self.functions = [f for f in map(_plain, values) if isinstance(f, FunctionType)]
        self.parts = {part: list(map(part, self.functions)) for part in _PARTS}
        self.modules = {name: sys.modules[name] for name in _NAMES if name in sys.modules}
        self.state = _state(session)

    def changes(self) -> list[str]:
        """Return what is not as it was, in words.

        A name that has been added counts if it hides another: a builtin, or what a class inherits.
        """
        found: list[str] = []
        for space, names, had in zip(self.spaces, self.names, self.had, strict=True):
            now = vars(space)
            if not all(map(is_, map(now.get, names), names.values())):
                found += [
                    f"{space.__name__}.{name}"
                    for name, value in names.items()
                    if now.get(name) is not value
                ]
            if len(now) > len(had):
                found += [f"{space.__name__}.{name}" for name in _hiding(space, had)]
        for part, before in self.parts.items():
            if not all(map(is_, map(part, self.functions), before)):
                found += [
                    function.__qualname__
                    for function, value in zip(self.functions, before, strict=True)
                    if part(function) is not value
                ]
        found += [name for name, module in self.modules.items() if sys.modules.get(name) != module]
        torch.set_default_device(None)  # an accident, undone before the next test; it is a mode
        now = _state(self.session)
        found += [name for name, value in self.state.items() if now[name] != value]
        return found


def _stays(name: str, value: Any) -> bool:
    """Tell whether a name keeps its value: private numbers and texts are a module's own state."""
    is_state = name.startswith("_") and isinstance(value, int | float | str | None)
    return name not in _SET_LATER and not is_state


def _hiding(space: Any, had: set[str]) -> list[str]:
    """Return the names that were added and hide what was found by them before."""
    hidden = [vars(base) for base in space.__mro__[1:]] if isinstance(space, type) else [_BUILTINS]
    added = vars(space).keys() - had - _SET_LATER
    return sorted(name for name in added if any(name in names for names in hidden))


def _classes(modules: list[ModuleType]) -> list[type]:
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]


def _plain(value: Any) -> Any:
    is_wrapped = isinstance(value, staticmethod | classmethod)
    return value.__func__ if is_wrapped else value


def _state(session: pytest.Session) -> dict[str, Any]:
    module = torch.nn.modules.module
    callers = vars(session.config.hook).values()
    called = [impl.function for caller in callers for impl in caller.get_hookimpls()]
    tests = [item for item in session.items if isinstance(item.parent, pytest.Module)]
    hooks = [name for name in vars(module) if name.startswith("_global_") and "hooks" in name]
    return {
        **{name: len(getattr(module, name) or ()) for name in hooks},
        "torch function modes": torch._C._len_torch_function_stack(),
        "torch dispatch modes": torch._C._len_torch_dispatch_stack(),
        "sys.settrace": sys.gettrace(),
        "sys.setprofile": sys.getprofile(),
        "sys.meta_path": list(map(id, sys.meta_path)),
        "sys.path_hooks": list(map(id, sys.path_hooks)),
        "sys.unraisablehook": id(sys.unraisablehook),
        "gc.callbacks": len(gc.callbacks),
        "pytest's hooks": list(map(id, called)),
        "the functions of the tests": [id(vars(item).get("_obj")) for item in tests],
    }
