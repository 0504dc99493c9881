"""What `kata watch` shows: one verdict, as much of it as helps, and where the week stands."""

import os
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field

from kata import progress
from kata.layout import Exercise
from kata.spare import Tested

BAR = 24
KEYS = "[h]int  [s]tatus  [a]ll days  [d]iff  [n]ext day  [r]eset  [q]uit"


@dataclass
class Verdict:
    """One run of a day's tests: which save it is about, what came of it, how long it took."""

    exercise: Exercise
    saved_at: str  # clock time
    expected: int = 0
    tests: list[Tested] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""  # what went wrong with the run itself

    @property
    def digest(self) -> str:
        return next((test.digest[:7] for test in self.tests if test.digest), "")

    def count(self, outcome: str) -> int:
        return sum(test.outcome == outcome for test in self.tests)


@dataclass(frozen=True)
class Terminal:
    """How what is written will be seen: a person at a terminal, or a file of plain lines."""

    is_person: bool
    width: int
    colour: bool

    @classmethod
    def of_stdout(cls) -> "Terminal":
        is_person = sys.stdout.isatty() and sys.stdin.isatty()
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        colour = colour and os.environ.get("TERM") != "dumb"
        return cls(is_person, shutil.get_terminal_size((80, 24)).columns, colour)

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour with this number, where there are colours."""
        return f"\033[{code}m{text}\033[0m" if self.colour else text


def verdict_lines(verdict: Verdict, week: list[progress.Day], terminal: Terminal) -> list[str]:
    """Return the screen for a verdict: the first failure in full, the others in a line each."""
    exercise = verdict.exercise
    days = {_day(test) for test in verdict.tests}
    about = f"{exercise.folder} {exercise.topic}" if len(days) < 2 else "all days"
    save = f"save of {verdict.saved_at} {verdict.digest}".rstrip()
    gap = max(1, terminal.width - len(about) - len(save) - 1)
    lines = [terminal.paint(about, "1") + " " * gap + save, ""]
    failed = [test for test in verdict.tests if test.outcome == "failed"]
    if verdict.error:
        lines += [terminal.paint(line, "31") for line in verdict.error.splitlines()] + [""]
    if failed:
        lines += [*failed[0].text.rstrip("\n").splitlines(), ""]
    of_day = {test: f"{_day(test)} " if len(days) > 1 else "" for test in failed[1:]}
    lines += [terminal.paint("FAIL", "31") + f" {day}{_name(t)}" for t, day in of_day.items()]
    todo = [test for test in verdict.tests if test.outcome == "todo"]
    todos = Counter(f"{_day(test)} {test.text}" if len(days) > 1 else test.text for test in todo)
    for stub, count in todos.items():
        tests = "1 test" if count == 1 else f"{count} tests"
        lines.append(terminal.paint("TODO", "33") + f" {stub} ({tests})")
    if len(lines) > 2 and lines[-1]:
        lines.append("")
    lines += [_summary(verdict, terminal), *_bars(verdict, week, terminal)]
    return lines


def _day(test: Tested) -> str:
    path = test.nodeid.partition("::")[0]
    return path.split("/")[1] if "/" in path else ""


def _name(test: Tested) -> str:
    return test.nodeid.partition("::")[2]


def _summary(verdict: Verdict, terminal: Terminal) -> str:
    colours = {"passed": "32", "failed": "31", "todo": "33", "skipped": "2"}
    counts = [
        terminal.paint(f"{verdict.count(outcome)} {outcome}", code)
        for outcome, code in colours.items()
        if verdict.count(outcome)
    ]
    return f"{', '.join(counts) or 'no verdict'} in {verdict.seconds:.2f} s"


def _bars(verdict: Verdict, week: list[progress.Day], terminal: Terminal) -> list[str]:
    day = next((day for day in week if day.exercise == verdict.exercise), None)
    done = sum(day.is_done for day in week)
    lines = []
    if day and day.total():
        stretch = f", stretch {day.passed('stretch')}/{day.total('stretch')}"
        core = f"{day.passed()}/{day.total()} core{stretch if day.total('stretch') else ''}"
        lines.append(f"day   {_bar(day.passed(), day.total(), terminal)} {core}")
    lines.append(f"week  {_bar(done, len(week), terminal)} {done}/{len(week)} days")
    return lines


def _bar(part: int, whole: int, terminal: Terminal) -> str:
    full = BAR * part // whole if whole else 0
    return "[" + terminal.paint("#" * full, "32") + "." * (BAR - full) + "]"
