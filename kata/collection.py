"""Exercise files are collected with the tests of their day.

`pytest exercises/day09` collects exercises/day09/network.py and runs tests/day09/test_network.py
against it, so that a test's id names the file to edit and can be pasted back.
"""

import importlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kata import layout
from kata.loading import learners_module


class ExerciseModule(pytest.Module):
    """A file of exercises/ or solutions/; its tests come from the day's test file."""

    def _getobj(self) -> Any:
        exercise = layout.owner(self.path)
        assert exercise is not None
        return importlib.import_module(exercise.tests_module)


class Day(pytest.Directory):
    """A day's folder: the files that belong into it, whether or not they are there."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        for exercise in layout.in_folder(self.path):
            path = self.path / exercise.stub.name
            yield ExerciseModule.from_parent(self, path=path)
            wants_examples = getattr(self.config.option, "doctestmodules", False)
            if self.path.parent.name == "solutions" and wants_examples:
                with suppress(Exception):  # a broken solution is for doctest to report
                    learners_module(path, exercise).load()  # doctest takes it from sys.modules
                nodes = self.ihook.pytest_collect_file(file_path=path, parent=self)
                yield from (node for node in nodes if type(node).__name__ == "DoctestModule")


class Week(pytest.Directory):
    """exercises/ or solutions/: every day there is, whether or not its folder is there."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        for exercise in layout.week():
            yield Day.from_parent(self, path=self.path / exercise.folder)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if path.parent == layout.ROOT and path.name in ("exercises", "solutions"):
        return Week.from_parent(parent, path=path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    # Only reached for doctests of a solution; pytest's Module must never see a learner's file.
    if layout.owner(module_path) and module_path.parent.parent.name != "tests":
        return ExerciseModule.from_parent(parent, path=module_path)
    return None


def pytest_configure(config: pytest.Config) -> None:
    for argument in config.args:
        _check_argument(config, argument)


def _check_argument(config: pytest.Config, argument: str) -> None:
    path = Path(os.path.abspath(config.invocation_params.dir / argument.partition("::")[0]))
    if path.exists() or config.option.pyargs:
        return
    if layout.owner(path):
        raise pytest.UsageError(
            f"{layout.shown(path)} is missing. `git checkout -- {layout.shown(path)}` puts it back."
        )
    raise pytest.UsageError(f"there is no {argument}; {layout.days_in_words()}")
