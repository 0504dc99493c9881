"""Run a day's tests against a source text, in a process of its own, and report on each test."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata import layout, warm
from kata.layout import Exercise


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
    stop_at_first: bool = False,
    seconds: float = 300,
) -> list[Result]:
    """Return the result of every test of the day, with `source` as the learner's file.

    With `stop_at_first`, the first test that fails is the last that runs.

    Raises: warm.Crashed if the process dies or is not done after `seconds`.
    """
    options = [f"--seed={seed}", *["-x"] * stop_at_first]
    results: list[Result] = warm.run(_run, exercise, source, options, seconds=seconds)
    return results


def _run(exercise: Exercise, source: str, more: list[str]) -> list[Result]:
    import pytest

    recorder = _Recorder()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / exercise.folder / exercise.stub.name
        path.parent.mkdir()
        path.write_text(source, encoding="utf-8")
        options = [*more, f"--answers={folder}", f"--rootdir={layout.ROOT}"]
        options += ["-c", str(layout.ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-q"]
        code = pytest.main([str(exercise.stub.parent), *options], plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with exit code {code} on {exercise.folder}")
    return recorder.results


class _Recorder:
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
                test=report.nodeid.partition("::")[2],
                outcome="todo" if "todo" in said else report.outcome,
                mistake=said.get("mistake"),
                text=str(report.longrepr or ""),
                stretch=report.nodeid in self.stretch,
                when=report.when,
            )
        )
