"""Processes that have torch and pytest loaded already.

A forkserver imports kata.preloaded once; every process after that is a fork of it, ready in
milliseconds. Where there is no fork (Windows) a new process is started and imports anew.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
from typing import Any

# Plugins of pytest's own that a single run in the background has no use for: 1 ms each.
NOT_NEEDED = (
    "faulthandler", "logging", "doctest", "junitxml", "stepwise", "pastebin", "unittest",
    "setuponly", "setupplan", "debugging", "legacypath", "recwarn",
    "warnings",
    "unraisableexception", "threadexception", "tracemalloc",
)  # fmt: skip


class Crashed(RuntimeError):
    """The process ended without a result, or was ended because it took too long."""


def context() -> Any:
    """Return the multiprocessing context whose processes have everything imported."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(["kata.preloaded"])
    return forkserver


def start() -> None:
    """Begin to import what the processes have imported, and return at once."""
    if sys.platform != "win32":
        from multiprocessing import forkserver

        context()
        forkserver.ensure_running()


def stand_apart() -> None:
    """Give this process a session of its own, to be ended as a whole, and no terminal.

    Whatever a learner prints belongs to nobody here. It may have children, such as a DataLoader's
    workers, and starts them as any other program does: who ends it ends them too.
    """
    multiprocessing.current_process().daemon = False
    multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[0], force=True)
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # it has one already
            os.setsid()
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)


def end(process: Any) -> None:
    """End a process that stands apart, and everything that it has started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    process.close()


def pytest_options() -> list[str]:
    """Return the options for a quick run of pytest in such a process."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # looking for plugins takes 20 ms
    # Capturing what C code prints as well takes 0.2 ms a test; here it goes nowhere.
    options = [
        "-q",
        "--capture=sys",
        "-p",
        "pytest_timeout",
        *(f"-pno:{name}" for name in NOT_NEEDED),
    ]
    # pytest-timeout is there, but pytest would look for its entry point.
    return [*options, "-o", "required_plugins="]
