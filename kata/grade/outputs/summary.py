"""The class on one page of Markdown, small enough for a job's summary on GitHub."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kata.grade.mistakes import Common, commonest, in_words
from kata.grade.outputs import verdicts
from kata.grade.outputs.markdown import code, fence, inline
from kata.grade.results import Graded, Refusal

LIMIT = 1024 * 1024 - 64 * 1024  # bytes: GitHub takes 1 MiB, and the step may say something too
LONGEST_MESSAGE = 2_000  # characters
MOST_OF_A_DAY = 5  # mistakes
HALF = 0.5
MEANING = """\
A point is a core test that passed. The list of tests is the grader's own, so the maximum was fixed
before any learner's code ran, and a test that did not report counts as failed. Stretch tests are
the bonus, which is not in the points. Answers in prose earn no points here: a person reads them, in
`reports/`.

Tests and the code they test share a process, in which a trick can be noticed and not prevented.
Look at the problems and at what did not hold before you rely on a number."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class _Section(Generic[Item]):
    """A part of the page: what is always there, and items of which as many as fit."""

    head: str
    items: Sequence[Item]
    show: Callable[[Item], str]
    noun: str

    def within(self, size: int) -> str:
        """Return the section in at most about `size` bytes, with a note on what is left out."""
        shown, used = [], 0
        for item in self.items:
            text = self.show(item)
            used += len(text.encode()) + 1
            if used > size:
                break
            shown.append(text)
        left = len(self.items) - len(shown)
        note = f"\n{left} more {self.noun} left out: GitHub takes 1 MiB. The reports have them all."
        return "\n".join([self.head, *shown, *([note] if left else []), ""])


def summary(graded: Sequence[Graded], seed: str = "", limit: int = LIMIT) -> str:
    """Return the summary of the class: at most `limit` bytes, and a note on what is left out."""
    sections: list[_Section[Any]] = [
        _table(graded),
        _problems(graded),
        _mistakes(graded),
        _isolation(graded),
        _refusals(graded),
        _failures(graded),
    ]
    shown = [section for section in sections if section.items]
    head = f"# Grades of {_number(len(graded), 'submission')}\n\n{MEANING}\n\n"
    head += f"Seed: {code(seed)}\n\n" if seed else ""
    left = limit - len(head.encode()) - sum(len(s.head.encode()) + 200 for s in shown)
    text = head
    for section in shown:
        part = section.within(int(left if section is shown[-1] else left * HALF)) + "\n"
        left -= len(part.encode())
        text += part
    return text


def _table(graded: Sequence[Graded]) -> _Section[Graded]:
    days = verdicts.days_of(graded)
    columns = ["student", *map(inline, days), "bonus", "points"]
    rule = "|---" + "|---:" * (len(columns) - 1) + "|"

    def row(one: Graded) -> str:
        cells = [_cell(one, day) for day in days]
        total = "not graded" if one.problem else f"{one.points}/{sum(days.values())}"
        bonus = "" if one.problem else str(one.bonus)
        return "| " + " | ".join([inline(one.student.name, 80), *cells, bonus, total]) + " |"

    return _Section(f"| {' | '.join(columns)} |\n{rule}", graded, row, "students are")


def _cell(one: Graded, name: str) -> str:
    day = verdicts.day_of(one, name)
    if day is None or one.problem:
        return ""
    return f"{day.points}/{day.maximum}" + (" (problem)" if day.problem else "")


def _problems(graded: Sequence[Graded]) -> _Section[tuple[str, str, str]]:
    found = [(one.student.name, "", one.problem) for one in graded if one.problem]
    found += [
        (one.student.name, day.day, day.problem)
        for one in graded
        for day in one.days
        if day.problem
    ]

    def show(item: tuple[str, str, str]) -> str:
        name, day, problem = item
        where = f"{inline(name, 80)}, {inline(day)}" if day else inline(name, 80)
        return f"{where}:\n\n{fence(problem, LONGEST_MESSAGE)}\n"

    return _Section("## Problems: what does not count\n", found, show, "problems are")


def _mistakes(graded: Sequence[Graded]) -> _Section[Common]:
    seen: dict[str, int] = defaultdict(int)
    most = []
    for common in commonest(graded):
        seen[common.day] += 1
        if seen[common.day] <= MOST_OF_A_DAY:
            most.append(common)

    def show(common: Common) -> str:
        words = inline(in_words(common.mistake))
        return f"- {inline(common.day)}, {words}: {common.students} of {common.of}"

    return _Section("## The commonest mistakes, by day\n", most, show, "mistakes are")


def _isolation(graded: Sequence[Graded]) -> _Section[tuple[str, list[bool]]]:
    held: dict[str, list[bool]] = defaultdict(list)
    for one in graded:
        for day in one.days:
            for mechanism, holds in day.isolation.items():
                held[mechanism].append(holds)

    def show(item: tuple[str, list[bool]]) -> str:
        mechanism, runs = item
        failed = len(runs) - sum(runs)
        return f"| {inline(mechanism)} | {sum(runs)} | {f'**{failed}**' if failed else 0} |"

    head = "## Isolation, in runs of a day\n\n| mechanism | held | did not hold |\n|---|---:|---:|"
    return _Section(head, sorted(held.items()), show, "mechanisms are")


def _refusals(graded: Sequence[Graded]) -> _Section[tuple[str, Refusal]]:
    found = [
        (one.student.name, refusal)
        for one in graded
        for day in one.days
        for refusal in day.refusals
    ]

    def show(item: tuple[str, Refusal]) -> str:
        name, refusal = item
        where = code(f"{refusal.file}:{refusal.line}")
        return f"- {inline(name, 80)}: {where}, {code(refusal.rule)}: {inline(refusal.message)}"

    return _Section("## Refused by the policy\n", found, show, "refusals are")


def _failures(graded: Iterable[Graded]) -> _Section[tuple[str, str, str, str]]:
    found = [
        (one.student.name, day.day, test.name, verdicts.message(day, test))
        for one in graded
        for day in one.days
        for test in day.tests
        if test.status == "failed" and not day.problem
    ]

    def show(item: tuple[str, str, str, str]) -> str:
        name, day, test, message = item
        where = f"{inline(name, 80)}, {inline(day)}, {code(test)}"
        return f"{where}:\n\n{fence(message, LONGEST_MESSAGE)}\n"

    return _Section("## Tests that failed\n", found, show, "failed tests are")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
