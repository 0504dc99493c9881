"""A copy of the course without its answers, for learners' code to run in."""

import ast
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

from kata import layout

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.orig")


def copy_into(folder: Path) -> None:
    """Copy the runner and the tests, and nothing that gives an answer away."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(layout.ROOT / name, folder / name)
    shutil.copytree(layout.ROOT / "kata", folder / "kata", ignore=_LEFT_OUT)
    for exercise in layout.week():
        tests = folder / exercise.tests.relative_to(layout.ROOT)
        tests.parent.mkdir(parents=True)
        shutil.copy(exercise.tests, tests)
        (folder / "exercises" / exercise.folder).mkdir(parents=True)
    for package in ("tests", "exercises"):
        (folder / package / "__init__.py").touch()


@functools.cache
def answers_of(day: int) -> frozenset[str]:
    """Return the functions and classes that a day's tests ask for."""
    source = layout.day(str(day)).stub.read_text(encoding="utf-8")
    nodes = ast.parse(source).body
    return frozenset(n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef))


def files() -> Iterator[Path]:
    """Yield what decides about a verdict: the tests and the runner, in a fixed order."""
    yield from sorted(exercise.tests for exercise in layout.week())
    yield from sorted((layout.ROOT / "kata").rglob("*.py"))
    yield layout.ROOT / "pyproject.toml"
