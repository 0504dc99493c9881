"""A process started ahead of time that waits for one day to test, tests it, and ends.

It has imported everything (kata.preloaded) and computed nothing. It tells what it finds test by
test, and ends itself when whoever started it is gone.
"""

import contextlib
import io
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from kata import layout, warm


@dataclass(frozen=True)
class Job:
    """What to test, and how wide and colourful the terminal is that will show it."""

    target: str  # exercises/day09, or exercises
    width: int
    colour: bool


@dataclass(frozen=True)
class Collected:
    """How many tests there will be."""

    count: int


@dataclass(frozen=True)
class Tested:
    """One test: passed, failed, todo or skipped, the words of a failure, and the file's hash."""

    nodeid: str
    outcome: str
    text: str
    digest: str


@dataclass(frozen=True)
class Ended:
    """The end of a run; `error` says what pytest said when it could not run the tests at all."""

    code: int
    error: str


class Spare:
    """A warm process, and the connection to it."""

    def __init__(self) -> None:
        context = warm.context()
        self.connection, there = context.Pipe()
        self.process = context.Process(target=_wait_and_test, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def start(self, job: Job) -> None:
        """Hand over the job; what is found comes through `connection`."""
        self.connection.send(job)

    def end(self) -> None:
        """End the process and everything that it has started."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


def _wait_and_test(connection: Connection) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # so that it can be ended with all that the learner's code has started
    import kata.preloaded  # noqa: F401  # where there is no fork, this is the time to import

    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    try:
        job = connection.recv()
    except EOFError:
        return
    threading.Thread(target=_end_with_the_parent, args=(connection,), daemon=True).start()
    error = io.StringIO()
    with contextlib.redirect_stderr(error):
        code = _test(job, connection)
    connection.send(Ended(int(code), error.getvalue()))


def _end_with_the_parent(connection: Connection) -> None:
    with contextlib.suppress(OSError, EOFError):
        connection.recv()  # nothing is ever sent: this returns when the other end is closed
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _test(job: Job, connection: Connection) -> int:
    import pytest

    os.chdir(layout.ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # looking for plugins takes 20 ms
    options = ["-p", "pytest_timeout", "-p", "no:faulthandler", "-q"]
    options += ["-o", "required_plugins="]  # it is there, but pytest asks for its entry point
    return int(pytest.main([job.target, *options], plugins=[_Teller(job, connection)]))


class _Teller:
    """A pytest plugin that sends every result as soon as it is there."""

    def __init__(self, job: Job, connection: Connection) -> None:
        self.job, self.connection = job, connection

    def pytest_collection_finish(self, session: Any) -> None:
        self.connection.send(Collected(len(session.items)))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.connection.send(Tested(report.nodeid, "failed", str(report.longrepr), ""))

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.passed and report.when != "call":
            return
        said = dict(report.user_properties)
        outcome = "todo" if "todo" in said else report.outcome
        text = self._words(report) if outcome == "failed" else str(report.longrepr or "")
        self.connection.send(Tested(report.nodeid, outcome, text, said.get("digest", "")))

    def _words(self, report: Any) -> str:
        from _pytest._io import TerminalWriter  # the writer that reports know how to write to

        out = io.StringIO()
        writer = TerminalWriter(out)
        writer.fullwidth, writer.hasmarkup = self.job.width, self.job.colour
        report.toterminal(writer)
        for title, content in report.sections:
            writer.sep("-", title)
            writer.line(content.rstrip("\n"))
        return out.getvalue()
