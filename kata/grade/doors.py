"""Doors that libraries leave open to whoever may only call them, shut before learners' code runs.

Each leads from allowed names to code that nobody has read: a setting that is imported and called, a
debugger that runs a file. The policy refuses what it sees of them; a text that is put together it
cannot see. What honest code does at such a place goes on as if there were no screen.
"""

import logging
import os
import sys
from typing import Any, NoReturn

import matplotlib
import matplotlib.pyplot as plt
import rich.live
import rich.progress
from torch import nn


def shut() -> None:
    """Shut the doors, for this process and all that are forked from it."""
    sys.breakpointhook = _no_debugger
    _keep_the_backend()
    _call_no_hooks()
    _answer_no_protocols()
    _start_no_threads()


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


def _nothing(*arguments: object, **options: object) -> None:
    pass
