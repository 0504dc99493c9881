"""What the tests rely on, noted before a learner's code runs and compared after every test.

The tests' own tools are compared every time, the thousands of names of the libraries by turns, and
everything at the end: a change that stays is found, and what undoes itself no comparison would see.

It detects: code that runs in the same process can undo what it did, or change this module too.
"""

import builtins
import gc
import itertools
import math
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter, is_, itemgetter
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
_CLASSES: tuple[Any, ...] = (
    *(torch.Tensor, torch._C.TensorBase, torch.nn.Module, torch.nn.Parameter, torch.nn.Linear),
    *(torch.optim.Optimizer, torch.utils.data.DataLoader),
)
_TOOLS: tuple[Any, ...] = (
    *(builtins, math, pytest, assertion, outcomes, python, reports, runner),
    *(pytest.TestReport, pytest.CallInfo, pytest.Function, pytest.Item, python.Module),
    *(BaseException, ModuleType, threading.Timer),
)
# Set by matplotlib and, with the default dtype, by torch in their own work.
_SET_LATER = {"_REPL_DISPLAYHOOK", "_backend_mod", "__annotations__", "Storage"}
_BUILTINS = vars(builtins)
_MODULE = torch.nn.modules.module

# The loops run in C, since they run after every test.
_PARTS = tuple(map(attrgetter, ("__code__", "__defaults__", "__kwdefaults__")))


class Names:
    """What the names of modules and classes stood for, and what their functions did."""

    def __init__(self, spaces: Iterable[Any]) -> None:
        self.spaces = []
        for space in spaces:
            names = {name: value for name, value in vars(space).items() if _stays(name, value)}
            values = tuple(names.values())
            self.spaces.append((space, names, _getter(names), values, set(vars(space))))
        every = [value for _, _, _, values, _ in self.spaces for value in values]
        self.functions = [f for f in map(_plain, every) if isinstance(f, FunctionType)]
        self.parts = {part: list(map(part, self.functions)) for part in _PARTS}

    def changes(self) -> Iterator[str]:
        """Yield what is not as it was.

        A name that has been added counts if it hides another: a builtin, or what a class inherits.
        """
        for space, names, get, values, had in self.spaces:
            now = vars(space)
            if not _has_all(now, get, values):
                yield from (
                    f"{space.__name__}.{name}"
                    for name, value in names.items()
                    if now.get(name) is not value
                )
            if len(now) > len(had):
                yield from (f"{space.__name__}.{name}" for name in _hiding(space, had))
        for part, before in self.parts.items():
            if not all(map(is_, map(part, self.functions), before)):
                yield from (
                    function.__qualname__
                    for function, value in zip(self.functions, before, strict=True)
                    if part(function) is not value
                )


@dataclass(frozen=True)
class Common:
    """What every day's tests rely on."""

    tools: Names
    libraries: tuple[Names, ...]  # parts of much the same size


def common() -> Common:
    """Note what every day's tests rely on. This takes long, so it is done before a fork."""
    own = [module for name, module in sys.modules.items() if name.startswith("kata.")]
    modules = [sys.modules[name] for name in _NAMES if name in sys.modules]
    tools = Names([*_TOOLS, *own, *_classes(own)])
    return Common(tools, (Names([torch]), Names(_CLASSES), Names([*modules[1:], np])))


class Snapshot:
    """What a run relies on: the names that all runs do, those of its tests, and the state."""

    def __init__(self, session: pytest.Session, common: Common, tests: ModuleType) -> None:
        self.always = (common.tools, Names([tests, *_classes([tests])]))
        self.libraries = common.libraries
        self.turns = itertools.cycle(common.libraries)
        self.modules = {name: sys.modules[name] for name in _NAMES if name in sys.modules}
        self.state = _State(session)
        self.before = self.state.now()

    def changes(self, *, everywhere: bool = False) -> list[str]:
        """Return what is not as it was, in words."""
        libraries = self.libraries if everywhere else (next(self.turns),)
        found = [change for names in (*self.always, *libraries) for change in names.changes()]
        found += [name for name, module in self.modules.items() if sys.modules.get(name) != module]
        torch.set_default_device(None)  # an accident, undone before the next test; it is a mode
        now = self.state.now()
        return found + [name for name, value in self.before.items() if now[name] != value]


class _State:
    """What can be registered somewhere, to be called later."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        self.tests = [item for item in session.items if isinstance(item.parent, pytest.Module)]
        self.hooks = [n for n in vars(_MODULE) if n.startswith("_global_") and "hooks" in n]

    def now(self) -> dict[str, Any]:
        callers = vars(self.session.config.hook).values()
        called = [id(impl.function) for caller in callers for impl in caller.get_hookimpls()]
        return {
            **{name: len(getattr(_MODULE, name) or ()) for name in self.hooks},
            "torch function modes": torch._C._len_torch_function_stack(),
            "torch dispatch modes": torch._C._len_torch_dispatch_stack(),
            "sys.settrace": sys.gettrace(),
            "sys.setprofile": sys.getprofile(),
            "sys.meta_path": list(map(id, sys.meta_path)),
            "sys.path_hooks": list(map(id, sys.path_hooks)),
            "sys.unraisablehook": id(sys.unraisablehook),
            "gc.callbacks": len(gc.callbacks),
            "pytest's hooks": called,
            "the functions of the tests": [id(vars(item).get("_obj")) for item in self.tests],
        }


def _getter(names: Collection[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)  # one lookup in C for all; of one name it makes no tuple
    return lambda now: tuple(now[name] for name in names)


def _has_all(
    now: Mapping[str, Any],
    get: Callable[[Mapping[str, Any]], tuple[Any, ...]],
    values: tuple[Any, ...],
) -> bool:
    try:
        return all(map(is_, get(now), values))
    except KeyError:  # one is gone
        return False


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
