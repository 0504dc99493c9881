"""Run a day's tests against a source text, in a process of its own, and report on each test."""

import contextlib
import functools
import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from kata import layout, warm
from kata.layout import Exercise
from kata.loading import LearnersModule

SLOW = 0.1  # seconds
HAS_ANSWERED = 77  # exit code of a process that has sent its answer: no code of a learner's


@dataclass(frozen=True)
class Result:
    """What became of one test: passed, failed, todo or skipped, and the mistake that it named."""

    test: str
    outcome: str
    mistake: str | None
    text: str  # what the learner reads
    stretch: bool
    when: str  # setup, call or teardown
    seconds: float


def run(
    exercise: Exercise,
    source: str,
    *,
    seed: int = 0,
    only: frozenset[str] | None = None,
    stop_at_first: bool = False,
    seconds: float = 300,
) -> list[Result]:
    """Return the result of every test of the day, with `source` as the learner's file.

    `only` leaves out all tests but these; with `stop_at_first`, the first that fails is the last.

    Raises: warm.Crashed if the process dies or is not done after `seconds`.
    """
    answer = _bench_of(exercise).run(Task(source, seed, only, stop_at_first), seconds)
    return answer.results


@functools.cache
def tests_of(exercise: Exercise, name: str) -> frozenset[str]:
    """Return the tests that run any code of the definition `name` when the solution is tested.

    Every other test would say of an attempt at `name` what it says of the solution.
    """
    touched = _traced(exercise).touched
    return frozenset(test for test, names in touched.items() if name in names)


@functools.cache
def slow_tests(exercise: Exercise) -> frozenset[str]:
    """Return the tests that take much of the day's time: those that train to an accuracy."""
    results = _traced(exercise).results
    return frozenset(result.test for result in results if result.seconds > SLOW)


@functools.cache
def _traced(exercise: Exercise) -> "Answer":
    source = exercise.solution.read_text(encoding="utf-8")
    return _bench_of(exercise).run(Task(source, trace=True), seconds=300)


@dataclass(frozen=True)
class Task:
    """A source text to be tested, and how."""

    source: str
    seed: int = 0
    only: frozenset[str] | None = None
    stop_at_first: bool = False
    trace: bool = False  # note which definitions each test touches


@dataclass(frozen=True)
class Answer:
    """What became of a task."""

    results: list[Result]
    touched: dict[str, set[str]]


class Bench:
    """A process that has collected a day's tests and runs nothing: every task gets a fork of it."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        context = warm.context()
        # Made here, for the process is killed before it could remove it.
        folder = tempfile.TemporaryDirectory(prefix="kata-trial-", ignore_cleanup_errors=True)
        self.connection, there = context.Pipe()
        self.process = context.Process(
            target=_collect_and_fork, args=(there, exercise, folder.name)
        )
        self.process.daemon = True
        self.process.start()
        there.close()
        # When it is asked to, when its thread has ended, and at exit; a second time does nothing.
        self.end = weakref.finalize(self, _end, self.process, self.connection, folder)

    def run(self, task: Task, seconds: float) -> Answer:
        """Return the answer to a task.

        Raises: warm.Crashed if there is none after `seconds`; the bench is of no more use then.
        """
        try:
            self.connection.send(task)
            if not self.connection.poll(seconds):
                self.end()
                raise warm.Crashed(f"no result after {seconds:g} s")
            answer = self.connection.recv()
        except (EOFError, OSError):
            self.end()
            raise warm.Crashed("the process that collects the tests ended") from None
        if not hasattr(os, "fork"):
            self.end()
        if isinstance(answer, str):
            raise warm.Crashed(answer)
        assert isinstance(answer, Answer)
        return answer


def _end(process: Any, connection: Connection, folder: tempfile.TemporaryDirectory[str]) -> None:
    warm.end(process)
    connection.close()
    folder.cleanup()


_own = threading.local()  # a bench answers one task after the other, so each thread has its own


def _bench_of(exercise: Exercise) -> Bench:
    bench: Bench | None = getattr(_own, "bench", None)
    if bench and (bench.exercise != exercise or bench.connection.closed):
        bench.end()
        bench = None
    _own.bench = bench or Bench(exercise)
    return _own.bench  # type: ignore[no-any-return]  # what a thread keeps has no type


def _collect_and_fork(connection: Connection, exercise: Exercise, folder: str) -> None:
    warm.stand_apart()
    path = Path(folder) / exercise.folder / exercise.stub.name
    path.parent.mkdir()
    options = [f"--answers={folder}", f"--rootdir={layout.ROOT}", *warm.pytest_options()]
    options += ["-c", str(layout.ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    try:
        code = pytest.main(
            [str(exercise.stub.parent), *options], plugins=[_Forker(connection, path)]
        )
    except EOFError:
        return  # nobody has another task
    with contextlib.suppress(BrokenPipeError):
        connection.send(f"pytest ended with exit code {code} on {exercise.folder}")
    os._exit(HAS_ANSWERED)


class _Forker:
    """A plugin that forks a process for every task, instead of running the tests itself."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        while True:
            task = self.connection.recv()
            child = os.fork() if hasattr(os, "fork") else 0
            if child == 0:
                break
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code != HAS_ANSWERED:
                self.connection.send(f"the process ended with exit code {code}")
        recorder = self._prepare(session, task)
        with contextlib.suppress(session.Failed):  # how -x ends a run
            yield
        self.connection.send(Answer(recorder.results, getattr(recorder, "touched", {})))
        os._exit(HAS_ANSWERED)

    def _prepare(self, session: pytest.Session, task: Task) -> "Recorder":
        self.path.write_text(task.source, encoding="utf-8")
        session.config.option.seed = task.seed
        session.config.option.maxfail = int(task.stop_at_first)
        recorder = _Tracer(str(self.path)) if task.trace else Recorder()
        recorder.pytest_collection_modifyitems(session.items)
        if task.only is not None:
            session.items[:] = [item for item in session.items if _name(item.nodeid) in task.only]
        session.config.pluginmanager.register(recorder)
        return recorder


class Recorder:
    """A plugin that keeps what the terminal would show."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.stretch: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self.stretch = {item.nodeid for item in items if item.get_closest_marker("stretch")}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call" and report.passed:
            return
        said = dict(report.user_properties)
        self.results.append(
            Result(
                test=_name(report.nodeid),
                outcome="todo" if "todo" in said else report.outcome,
                mistake=said.get("mistake"),
                text=str(report.longrepr or ""),
                stretch=report.nodeid in self.stretch,
                when=report.when,
                seconds=report.duration,
            )
        )


class _Tracer(Recorder):
    """Notes which definitions of the file each test runs, or only asks for."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.touched: dict[str, set[str]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        names = self.touched.setdefault(_name(item.nodeid), set())
        asked = LearnersModule.__getattr__.__code__

        def note(frame: FrameType, event: str, argument: object) -> None:
            if frame.f_code is asked:
                names.add(frame.f_locals["name"])
            elif frame.f_code.co_filename == self.file:
                names.add(frame.f_code.co_qualname.partition(".")[0])

        sys.settrace(note)
        try:
            return (yield)
        finally:
            sys.settrace(None)


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[2]
