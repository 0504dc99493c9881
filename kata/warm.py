"""Run a function in a fresh process that has torch and pytest loaded already.

A forkserver imports kata.preloaded once; every call after that forks a clean child in
milliseconds. Where there is no fork (Windows) a new process is started and imports anew.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
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


def run(function: Callable[..., Any], *args: Any, seconds: float) -> Any:
    """Return function(*args), computed in a process of its own.

    Raises: Crashed if the process dies, or has no result after `seconds`.
    """
    processes = context()
    here, there = processes.Pipe(duplex=False)
    process = processes.Process(target=_answer, args=(there, function, args), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(seconds):
            raise Crashed(f"no result after {seconds:g} s")
        return here.recv()
    except EOFError:
        process.join()
        raise Crashed(f"the process ended with exit code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
        here.close()


def _answer(connection: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    # Whatever a learner prints belongs to nobody here.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    connection.send(function(*args))
    connection.close()


def pytest_options() -> list[str]:
    """Return the options for a quick run of pytest in such a process."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # looking for plugins takes 20 ms
    options = ["-q", "-p", "pytest_timeout", *(f"-pno:{name}" for name in NOT_NEEDED)]
    # pytest-timeout is there, but pytest would look for its entry point.
    return [*options, "-o", "required_plugins="]
