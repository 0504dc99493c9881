"""The class at a glance: which mistakes are its commonest, and where everybody stands."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from kata.grade import plain
from kata.grade.results import DayResult, Graded


@dataclass(frozen=True)
class Common:
    """A mistake of one day, and how many of the students graded on that day made it."""

    day: str
    mistake: str  # its id
    students: int
    of: int

    def __str__(self) -> str:
        words = in_words(self.mistake)
        return f"{plain.line(self.day)}, {words}: {self.students} of {self.of}"


def commonest(graded: Iterable[Graded]) -> list[Common]:
    """Return the mistakes that failed tests name, by day and then the commonest first.

    A student counts once for a mistake of a day, however many tests name it. A day that does not
    count tells nothing of what was understood, so it adds no mistake.
    """
    made: Counter[tuple[str, str]] = Counter()
    students: Counter[str] = Counter()
    for one in graded:
        for day in one.days:
            students[day.day] += 1
            made.update({(day.day, mistake) for mistake in _named(day)})
    found = [Common(day, mistake, count, students[day]) for (day, mistake), count in made.items()]
    return sorted(found, key=lambda common: (common.day, -common.students, common.mistake))


def in_words(mistake: str) -> str:
    """Return a mistake's id as words.

    Example:
        >>> in_words("softmax-before-cross-entropy")
        'softmax before cross entropy'
    """
    return plain.line(mistake.replace("-", " "), 100)


def class_table(graded: Sequence[Graded]) -> Table:
    """Return the class for the terminal: a student a line, a day a column, then bonus and points.

    Nothing in a name is taken for markup or obeyed by the terminal.
    """
    days = sorted({day.day for one in graded for day in one.days})
    table = Table(
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
        caption="points of core tests; bonus: stretch tests that passed",
    )
    table.add_column("student", min_width=12, overflow="ellipsis", no_wrap=True)
    for heading in (*days, "bonus", "points"):
        table.add_column(_text(heading), justify="right", no_wrap=True)
    for one in graded:
        found = {day.day: day for day in one.days}
        cells = [_cell(found.get(name)) for name in days]
        total = f"{one.points}/{one.maximum}"
        if one.problem:
            total = "none"  # said in words below the table
        table.add_row(_text(one.student.name), *cells, Text(str(one.bonus)), Text(total))
    return table


def _named(day: DayResult) -> set[str]:
    if day.problem:
        return set()
    return {test.mistake for test in day.tests if test.status == "failed" and test.mistake}


def _cell(day: DayResult | None) -> Text:
    if day is None:
        return Text("")
    if day.problem:
        return Text(f"{day.points}/{day.maximum} !", style="red")
    return Text(f"{day.points}/{day.maximum}", style="green" if day.points == day.maximum else "")


def _text(name: str) -> Text:
    return Text(plain.line(name, 60))
