"""How one test stands, once its day is taken into account."""

import re
from collections.abc import Iterable, Sequence

from kata.grade import plain
from kata.grade.results import DayResult, Graded, Refusal, TestResult

UNSAID = {
    "failed": "the test failed and said nothing",
    "todo": "the stub is as it was",
    "skipped": "the test was skipped",
    "missing": "the test did not report: the day's run ended before it",
}


def counts(day: DayResult, test: TestResult) -> bool:
    """Say whether the test scores: it passed, and nothing voids its day."""
    return test.status == "passed" and not day.problem


def message(day: DayResult, test: TestResult) -> str:
    """Return what there is to say of a test that does not score."""
    if day.problem:
        return f"Does not count: {plain.block(day.problem)}"
    return plain.block(test.message) or UNSAID.get(test.status, plain.line(test.status))


def days_of(graded: Iterable[Graded]) -> dict[str, int]:
    """Return every day that anyone of the class was graded on, in order, and its maximum.

    The maximum is the day's own and the same for all; a submission that lacks the day has it too.
    """
    maxima: dict[str, int] = {}
    for one in graded:
        for day in one.days:
            maxima[day.day] = max(day.maximum, maxima.get(day.day, 0))
    return dict(sorted(maxima.items()))


def day_of(graded: Graded, name: str) -> DayResult | None:
    """Return the day of this name, or None if the submission was not graded on it."""
    return next((day for day in graded.days if day.day == name), None)


def number(day: DayResult, among: Sequence[DayResult]) -> int:
    """Return the day's number, 9 for day09; for a day of another name its place in the week."""
    digits = re.fullmatch(r"day(\d{1,4})", day.day, re.ASCII)
    return int(digits[1]) if digits else among.index(day) + 1


def refused(refusal: Refusal) -> str:
    """Return a refusal in a line: where, which rule, what it costs, what to do."""
    cost = f"costs {refusal.name}" if refusal.name else "costs the whole file"
    where = f"{refusal.file}:{refusal.line}"
    return plain.line(f"{where}: {refusal.rule} ({cost}): {refusal.message}")
