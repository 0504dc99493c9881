"""A process started ahead of time: it has collected a day's tests and waits for a save.

It has imported everything (kata.preloaded) and runs nothing of the learner's until it is told to:
the file is read when the first test asks for it. It tells what it finds test by test, and ends
itself when whoever started it is gone.
"""

import contextlib
import io
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # no public name; kata.grade relies on it too

from kata import layout, warm


@dataclass(frozen=True)
class View:
    """How wide and colourful the terminal is that will show the results."""

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
    """A warm process for one target, such as exercises/day09, and the connection to it."""

    def __init__(self, target: str) -> None:
        context = warm.context()
        self.connection, there = context.Pipe()
        self.process = context.Process(target=_wait_and_test, args=(there, target), daemon=True)
        self.process.start()
        there.close()

    def start(self, view: View) -> None:
        """Let it test the file as it is now; what is found comes through `connection`."""
        with contextlib.suppress(BrokenPipeError):  # it is dead: whoever listens will notice
            self.connection.send(view)

    def end(self) -> None:
        """End the process and everything that it has started."""
        warm.end(self.process)
        self.connection.close()


def _wait_and_test(connection: Connection, target: str) -> None:
    try:
        # Where there is no fork, this is the time to import. Where there is, the forkserver has
        # done so, and would have kept an error to itself.
        import kata.preloaded  # noqa: F401
    except Exception as reason:
        words = f"the runner cannot be imported: {type(reason).__name__}: {reason}"
        connection.send(Ended(3, words))
        return
    warm.stand_apart()
    os.chdir(layout.ROOT)
    with contextlib.suppress(EOFError, BrokenPipeError):
        teller = _Teller(connection)
        code, error = _pytest(target, teller)
        if not teller.has_started:
            # It could not even collect. What was wrong may be mended by the time of the save.
            teller.wait_for_the_save()
            code, error = _pytest(target, teller)
        if not teller.has_ended:
            connection.send(Ended(code, error))


def _warm_up(session: pytest.Session) -> None:
    """Do what is slow the first time: a test that passes, and the arithmetic that tests use.

    The first write to anything that the forkserver has loaded copies a page of memory, so whatever
    is done here need not be done between a save and its verdict.
    """
    import torch

    from kata import expect, limits

    def arithmetic() -> None:
        x = torch.randn(3, 4, requires_grad=True)
        logits = torch.nn.Linear(4, 2)(x).relu()
        torch.nn.functional.cross_entropy(logits, torch.arange(3) % 2).backward()
        expect.close(x @ x.T, x @ x.T)

    limit = limits.TimeLimit(60, layout.ROOT, 2)
    limit.start()
    limit.stop()
    limits.disarm()
    parent = session.items[0].parent if session.items else None
    if isinstance(parent, pytest.Module):
        for number in range(3):
            test = pytest.Function.from_parent(parent, name=f"{number}", callobj=arithmetic)
            runtestprotocol(test, log=False)


def _pytest(target: str, teller: "_Teller") -> tuple[int, str]:
    error = io.StringIO()
    with contextlib.redirect_stderr(error):
        code = pytest.main([target, *warm.pytest_options()], plugins=[teller])
    return int(code), error.getvalue()


class _Teller:
    """A pytest plugin that waits before the first test, and sends every result at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.has_started = self.has_ended = False
        self.view = View(80, False)

    def wait_for_the_save(self) -> None:
        """Wait to be told to start; from then on, end when the other side is gone."""
        if not self.has_started:
            self.view = self.connection.recv()
            self.has_started = True
            threading.Thread(target=self._end_with_the_parent, daemon=True).start()

    def _end_with_the_parent(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self.connection.recv()  # nothing is sent any more: this returns when it is closed
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> None:
        if not self.has_started:
            _warm_up(session)
        self.wait_for_the_save()
        self.connection.send(Collected(len(session.items)))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        # Now, since everything is known; pytest's own summary, which nobody sees, takes a while.
        if self.has_started and exitstatus in (0, 1):
            self.has_ended = True
            self.connection.send(Ended(int(exitstatus), ""))

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
        writer.fullwidth, writer.hasmarkup = self.view.width, self.view.colour
        report.toterminal(writer)
        for title, content in report.sections:
            writer.sep("-", title)
            writer.line(content.rstrip("\n"))
        return out.getvalue()
