"""Run a day's tests against a source text, in a process of its own, and report on each test."""

import functools
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from kata import layout, warm
from kata.layout import Exercise
from kata.loading import LearnersModule


@dataclass(frozen=True)
class Result:
    """What became of one test: passed, failed, todo or skipped, and the mistake that it named."""

    test: str
    outcome: str
    mistake: str | None
    text: str  # what the learner reads
    stretch: bool
    when: str  # setup, call or teardown


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
    options = [f"--seed={seed}", *["-x"] * stop_at_first]
    recorder = Recorder(only)
    results: list[Result] = warm.run(_run, exercise, source, options, recorder, seconds=seconds)
    return results


@functools.cache
def tests_of(exercise: Exercise, name: str) -> frozenset[str]:
    """Return the tests that run any code of the definition `name` when the solution is tested.

    Every other test would say of an attempt at `name` what it says of the solution.
    """
    touched = _touched(exercise)
    return frozenset(test for test, names in touched.items() if name in names)


@functools.cache
def _touched(exercise: Exercise) -> dict[str, set[str]]:
    source = exercise.solution.read_text(encoding="utf-8")
    touched: dict[str, set[str]] = warm.run(_trace, exercise, source, seconds=300)
    return touched


def _trace(exercise: Exercise, source: str) -> dict[str, set[str]]:
    tracer = _Tracer(exercise.stub.name)
    _run(exercise, source, [], tracer)
    return tracer.touched


def _run(exercise: Exercise, source: str, more: list[str], recorder: "Recorder") -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / exercise.folder / exercise.stub.name
        path.parent.mkdir()
        path.write_text(source, encoding="utf-8")
        options = [*more, f"--answers={folder}", f"--rootdir={layout.ROOT}", *warm.pytest_options()]
        options += ["-c", str(layout.ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
        code = pytest.main([str(exercise.stub.parent), *options], plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with exit code {code} on {exercise.folder}")
    return recorder.results


class Recorder:
    """A plugin that keeps what the terminal would show."""

    def __init__(self, only: frozenset[str] | None = None) -> None:
        self.only = only
        self.results: list[Result] = []
        self.stretch: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self.stretch = {item.nodeid for item in items if item.get_closest_marker("stretch")}
        if self.only is not None:
            items[:] = [item for item in items if _name(item.nodeid) in self.only]

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
            elif Path(frame.f_code.co_filename).name == self.file:
                names.add(frame.f_code.co_qualname.partition(".")[0])

        sys.settrace(note)
        try:
            return (yield)
        finally:
            sys.settrace(None)


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[2]
