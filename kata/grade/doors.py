"""Doors that libraries leave open to whoever may only call them, shut before learners' code runs.

Each leads from allowed names to code that nobody has read: a setting that is imported and called, a
debugger that runs a file. The policy refuses what it sees of them; a text that is put together it
cannot see. What honest code does at such a place goes on as if there were no screen.
"""

import builtins
import enum
import io
import logging
import os
import re
import sys
import warnings
from string import Formatter
from typing import Any, NoReturn

import matplotlib
import matplotlib.pyplot as plt
import rich.live
import rich.progress
import torch
from matplotlib.backends.registry import backend_registry
from matplotlib.figure import FigureBase
from matplotlib.ticker import StrMethodFormatter
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader


def shut() -> None:
    """Shut the doors, for this process and all that are forked from it."""
    sys.breakpointhook = _no_debugger
    _keep_the_backend()
    _call_no_hooks()
    _import_no_backends()
    _evaluate_no_cyclers()
    _fill_no_templates()
    _answer_no_protocols()
    _start_no_threads()
    _load_in_one_process()
    _compare_no_projections()
    _tell_no_lines()
    _hand_out_no_indices()
    _load_known_states()
    _name_no_dunders()
    _open_no_system_files()


def shut_the_system() -> None:
    """Open no file of the system's from now on, in the process that runs learners' code."""
    _runs_learners_code.append(True)


_runs_learners_code: list[bool] = []
_SYSTEM = re.compile(r"/(?:proc|sys|dev)(?!/null$)(?:/|$)")


def _no_debugger(*arguments: object, **options: object) -> NoReturn:
    # pdb runs the commands in a .pdbrc that it finds.
    raise RuntimeError("breakpoint() waits for somebody to type, and nobody is there: take it out")


def _keep_the_backend() -> None:
    """Let `matplotlib.use` and its like do nothing: they import a module by its name."""
    plt.switch_backend(os.environ["MPLBACKEND"])
    plt.switch_backend = matplotlib.use = _nothing


def _call_no_hooks() -> None:
    """Let no figure find the functions that the setting `figure.hooks` names."""
    look_up = matplotlib.RcParams.__getitem__

    def without_hooks(self: matplotlib.RcParams, key: str) -> Any:
        return [] if key == "figure.hooks" else look_up(self, key)  # type: ignore[arg-type]

    matplotlib.RcParams.__getitem__ = without_hooks  # type: ignore[method-assign]


def _import_no_backends() -> None:
    """Import no module that `savefig(…, backend="module://…")` names."""
    look_up: Any = backend_registry.load_backend_module

    def no_module(backend: str) -> Any:
        if backend.startswith("module://") and backend != os.environ["MPLBACKEND"]:
            raise ValueError(f"{backend!r} is a module of somebody's: save without a backend")
        return look_up(backend)

    backend_registry.load_backend_module = no_module  # type: ignore[method-assign]


def _fill_no_templates() -> None:
    """Let no template of matplotlib's or rich's look into what it shows: `{x.__class__}`."""
    fill = StrMethodFormatter.__call__

    def filled(self: StrMethodFormatter, x: float, pos: int | None = None) -> str:
        fields = Formatter().parse(self.fmt)
        if any(set(name or "") & set(".[") or "{" in (spec or "") for _, name, spec, _ in fields):
            raise ValueError(f"{self.fmt!r} looks into what it shows: write {{x}} or {{pos}}")
        return fill(self, x, pos)

    def no_text(self: rich.progress.Progress, tasks: Any) -> Any:
        if any(isinstance(column, str) for column in self.columns):
            raise ValueError("a column of a progress bar is no text here: leave the columns alone")
        return as_table(self, tasks)

    as_table = rich.progress.Progress.make_tasks_table
    StrMethodFormatter.__call__ = filled  # type: ignore[assignment,method-assign]
    rich.progress.Progress.make_tasks_table = no_text  # type: ignore[method-assign]


def _evaluate_no_cyclers() -> None:
    """Take no text for the setting `axes.prop_cycle`: older versions of matplotlib evaluate it."""
    checks = matplotlib.RcParams.validate
    check = checks["axes.prop_cycle"]

    def without_text(value: object) -> Any:
        if isinstance(value, str):
            raise ValueError("write the cycle without quotes: plt.cycler(color=['r', 'g'])")
        return check(value)

    checks["axes.prop_cycle"] = without_text


def _answer_no_protocols() -> None:
    """Let nothing that is named `__array_interface__` answer when NumPy asks for that."""
    look_up = nn.Module.__getattr__

    def plainly(self: nn.Module, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return look_up(self, name)

    def key_to_attr(self: nn.ParameterDict, key: str) -> str:
        if isinstance(key, str) and key.startswith("__"):
            raise KeyError(f"{key!r} is no name for a parameter")
        return as_attribute(self, key)

    def make_record(self: logging.Logger, *arguments: Any, **options: Any) -> logging.LogRecord:
        record = record_of(self, *arguments, **options)
        for name in [name for name in vars(record) if name.startswith("__")]:
            delattr(record, name)
        return record

    as_attribute, record_of = nn.ParameterDict._key_to_attr, logging.Logger.makeRecord
    logging.Logger.makeRecord = make_record  # type: ignore[method-assign]
    nn.Module.__getattr__ = plainly  # type: ignore[method-assign]
    nn.ParameterDict._key_to_attr = key_to_attr  # type: ignore[method-assign]


def _start_no_threads() -> None:
    """Let rich's bars move when they are told to, not from a thread that the tests do not watch."""
    for thread in (rich.live._RefreshThread, rich.progress._TrackThread):
        thread.start = thread.join = _nothing  # type: ignore[method-assign]


def _load_in_one_process() -> None:
    """Let no DataLoader start workers: what they send is unpickled. The batches are the same."""
    get_iterator = DataLoader._get_iterator

    def without_workers(self: DataLoader[Any]) -> Any:
        self.num_workers = self.timeout = 0
        return get_iterator(self)

    DataLoader._get_iterator = without_workers  # type: ignore[method-assign]


def _compare_no_projections() -> None:
    """Take no object for a projection: it would be compared with matplotlib's classes."""
    look_up: Any = FigureBase._process_projection_requirements

    def by_name(self: FigureBase, *, projection: Any = None, **options: Any) -> Any:
        if not isinstance(projection, str | None):
            raise ValueError("a projection is a text here: projection='polar'")
        return look_up(self, projection=projection, **options)

    FigureBase._process_projection_requirements = by_name  # type: ignore[method-assign]


def _tell_no_lines() -> None:
    """Let no warning and no record of a log tell who calls: the tests look different from there."""
    warn = warnings.warn

    def warn_here(
        message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **options: Any
    ) -> None:
        warn(message, category, stacklevel=2, source=source)

    def caller(*arguments: Any, **options: Any) -> tuple[str, int, str, None]:
        return "(unknown file)", 0, "(unknown function)", None

    warnings.warn = warn_here
    logging.Logger.findCaller = caller  # type: ignore[method-assign]


def _hand_out_no_indices() -> None:
    """Hand out copies of where a sparse tensor's numbers are: wrong ones would write anywhere."""
    for name in ("indices", "crow_indices", "col_indices", "ccol_indices", "row_indices"):
        setattr(torch.Tensor, name, _copying(getattr(torch.Tensor, name)))


def _copying(method: Any) -> Any:
    def copied(self: torch.Tensor) -> torch.Tensor:
        return method(self).clone()  # type: ignore[no-any-return]

    return copied


def _load_known_states() -> None:
    """Let a scheduler's state set only what a scheduler has already."""
    waiting: list[type] = [lr_scheduler.LRScheduler]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "load_state_dict" in vars(kind):
            kind.load_state_dict = _loading(vars(kind)["load_state_dict"])  # type: ignore[attr-defined]


def _loading(method: Any) -> Any:
    def load_state_dict(self: Any, state_dict: dict[str, Any]) -> None:
        state = {key: value for key, value in state_dict.items()}
        strangers = [key for key in state if type(key) is not str or key not in vars(self)]
        if strangers:
            raise ValueError(f"a scheduler's state has no {strangers[0]!r}")
        method(self, state)

    return load_state_dict


def _open_no_system_files() -> None:
    """Ask where a path leads: whoever grades reads such files, learners' code does not."""
    opened = open

    def open_own(file: Any, *arguments: Any, **options: Any) -> Any:
        if _runs_learners_code and not isinstance(file, int):
            file = os.fspath(file)  # once: the next time it might be another path
            file = _plain(file) if isinstance(file, str) else os.fsdecode(file)
            if _SYSTEM.match(os.path.realpath(file)):
                raise PermissionError(f"{file!r} is the system's: name a file of your own")
        return opened(file, *arguments, **options)

    builtins.open = io.open = open_own


def _name_no_dunders() -> None:
    """Let no `Mode("New", names)` give a class what only a class statement may: `__array__`."""
    create: Any = enum.EnumType._create_  # type: ignore[attr-defined]

    def create_by_name(cls: Any, class_name: str, names: Any, **options: Any) -> Any:
        if isinstance(names, str):
            names = str.__str__(names).replace(",", " ").split()
        given = list(names.items() if hasattr(names, "items") else names)
        # Once, and as plain texts: the next time they might be others.
        names = [_plain(one) if isinstance(one, str) else (_plain(one[0]), one[1]) for one in given]
        if any("__" in (one if isinstance(one, str) else one[0]) for one in names):
            raise ValueError("a name with __ is no member of an Enum: write a class statement")
        return create(cls, class_name, names, **options)

    enum.EnumType._create_ = create_by_name  # type: ignore[attr-defined]


def _plain(text: str) -> str:
    return str.__str__(text)


def _nothing(*arguments: object, **options: object) -> None:
    pass
