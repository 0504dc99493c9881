"""Small forks, graded for real."""

import textwrap
from contextlib import contextmanager

import pytest

from kata import layout
from kata.grade import cohort
from kata.grade.results import DayResult
from kata.grade.sandbox import Layers, Limits, Server


@pytest.fixture(scope="session")
def grade():
    """Return a function that grades one day's source text and returns its DayResult."""

    all_on, usual = Layers(), Limits(wall=40)

    def grade(source, day="day09", *, layers=all_on, limits=usual, seed=1):
        job = cohort.Job("key", day, source, "", seed, limits, layers)
        return DayResult.from_json(_without(cohort.grade_day(job)))

    yield grade
    cohort.close_server()


def _without(data):
    return {key: value for key, value in data.items() if key != "key"}


@pytest.fixture(scope="session")
def only():
    """Return a context manager in which a day has these tests alone, as far as the grader knows."""

    @contextmanager
    def only(tests):
        expected = Server.expected

        def few(self, exercise):
            kinds = expected(self, exercise)
            return {name: kind for name, kind in kinds.items() if name in tests}

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Server, "expected", few)
            yield patch

    return only


@pytest.fixture(scope="session")
def solved():
    """Return a function that gives a day's solution with one definition, or the end, replaced."""

    def solved(day="day09", *, instead_of="", by="", at_the_end="", at_the_top=""):
        source = layout.day(day).solution.read_text(encoding="utf-8")
        if instead_of:
            head, mark, rest = source.partition(f"def {instead_of}(")
            assert mark, f"{day} has no {instead_of}"
            tail = rest[_end_of_definition(rest) :]
            source = head + textwrap.dedent(by).strip("\n") + "\n\n\n" + tail
        if at_the_top:
            docstring_end = source.index('"""', 3) + 3
            top = textwrap.dedent(at_the_top)
            source = source[:docstring_end] + "\n" + top + source[docstring_end:]
        main = source.find('\nif __name__ == "__main__"')
        main = len(source) if main < 0 else main
        return source[:main] + "\n" + textwrap.dedent(at_the_end) + "\n" + source[main:]

    return solved


def _end_of_definition(text):
    """Return where the next line at the left margin begins."""
    place = text.index("\n") + 1
    while place < len(text):
        end = text.find("\n", place)
        line = text[place : end if end >= 0 else len(text)]
        if line and not line[0].isspace() and not line.startswith(")"):
            return place
        place = end + 1 if end >= 0 else len(text)
    return len(text)
