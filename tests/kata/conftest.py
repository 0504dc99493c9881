"""A small project to test the runner on, from outside: day 1 counts, and needs no torch."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from kata.layout import ROOT

SOLUTION = '''"""Counting."""

from math import floor


def double(x: int) -> int:
    """Return two times x.

    Example:
        >>> double(2)
        4
    """
    return _times(2, x)


def _times(n: int, x: int) -> int:
    return floor(n * x)


class Counter:
    """Count calls."""

    def __init__(self) -> None:
        """Start at zero."""
        self.count = 0

    def up(self) -> int:
        """Return the number of calls so far."""
        self.count += 1
        return self.count


# given: the learner uses it
def half(x: int) -> int:
    """Return half of x."""
    return x // 2


def triple(x: int) -> int:
    """Return three times x."""
    return _times(3, x)
'''

TESTS = '''"""Day 1."""

import pytest


def say(exercise, x):
    result = exercise.double(x)
    assert result == 2 * x


def test_double_of_two(exercise):
    say(exercise, 2)


@pytest.mark.parametrize("x", [3, 5])
def test_double_of(exercise, x):
    say(exercise, x)


class TestCounter:
    def test_counts_up(self, exercise):
        counter = exercise.Counter()

        assert [counter.up(), counter.up()] == [1, 2]


def test_given_half(exercise):
    exercise.double(1)
    assert exercise.half(4) == 2


@pytest.mark.stretch("triple")
def test_triple(exercise):
    assert exercise.triple(3) == 9
'''


class Project:
    """A project in a folder of its own, and pytest run in it as a learner would."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester, self.root = pytester, pytester.path
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        shutil.copytree(ROOT / "kata", self.root / "kata", ignore=shutil.ignore_patterns("*.npz"))
        for name in ("exercises", "solutions", "tests"):
            (self.root / name / "day01").mkdir(parents=True)
            (self.root / name / "__init__.py").touch()
        self.solution = self.root / "solutions" / "day01" / "counting.py"
        self.stub = self.root / "exercises" / "day01" / "counting.py"
        self.tests = self.root / "tests" / "day01" / "test_counting.py"
        self.solution.write_text(SOLUTION, encoding="utf-8")
        self.tests.write_text(TESTS, encoding="utf-8")
        self.kata("stubs")

    def kata(self, *arguments: str, stdin: str | None = None) -> pytest.RunResult:
        """Run the `kata` command of this project."""
        return self.pytester.run(sys.executable, "-m", "kata", *arguments)

    def pytest(self, *arguments: object, cwd: Path | None = None) -> pytest.RunResult:
        """Run pytest in a process of its own, from the root or from `cwd`."""
        os.chdir(cwd or self.root)
        result = self.pytester.run(sys.executable, "-m", "pytest", *map(str, arguments))
        os.chdir(self.root)
        return result

    def solve(self, *replacements: tuple[str, str]) -> None:
        """Write the solution into the exercise, with some text replaced."""
        text = SOLUTION
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        self.stub.write_text(text, encoding="utf-8")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project with an untouched day 1."""
    # As on users' machines, so that stale bytecode has a chance.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return Project(pytester)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the runner's tests a minute: most start processes of their own."""
    for item in items:
        if "tests/kata" in item.path.as_posix() and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(60))
