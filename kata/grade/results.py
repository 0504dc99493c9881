"""What grading says, as plain data: every part of it goes to JSON and comes back the same."""

import dataclasses
import functools
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """A rule of the policy that a file breaks, and where: it costs `name`, or the whole file."""

    file: str  # as in the fork: exercises/day09/network.py
    line: int
    rule: str  # a stable id: "name-not-allowed"
    message: str  # what is there and what to write instead, in one sentence
    name: str = ""  # the definition that it costs; "" costs the file


@dataclass(frozen=True)
class TestResult:
    """One test of a day. Only `passed` scores."""

    __test__ = False  # not for pytest to collect

    name: str  # test_mean_over_every_element
    kind: str  # core or stretch
    status: str  # passed, failed, todo, skipped, or missing: it did not report
    mistake: str = ""  # the id of the mistake that its failure names
    message: str = ""  # what the learner reads


@dataclass(frozen=True)
class DayResult:
    """What one day of one submission got."""

    day: str  # day09
    tests: tuple[TestResult, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    problem: str = ""  # why no test of the day counts; "" if all do
    isolation: dict[str, bool] = field(default_factory=dict)  # mechanism → whether it held
    seconds: float = 0.0  # of the tests' process, wall clock
    bodies: float = 0.0  # of that, inside the tests

    @property
    def points(self) -> int:
        return self._passed("core")

    @property
    def maximum(self) -> int:
        return self._count("core")

    @property
    def bonus(self) -> int:
        return self._passed("stretch")

    @property
    def bonus_maximum(self) -> int:
        return self._count("stretch")

    def _passed(self, kind: str) -> int:
        if self.problem:
            return 0
        return sum(test.kind == kind and test.status == "passed" for test in self.tests)

    def _count(self, kind: str) -> int:
        return sum(test.kind == kind for test in self.tests)

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON's types, the points among them for whoever reads the file."""
        points = {
            "points": self.points,
            "maximum": self.maximum,
            "bonus": self.bonus,
            "bonus_maximum": self.bonus_maximum,
        }
        return {**dataclasses.asdict(self), **points}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "DayResult":
        """Return what `to_json` was made from."""
        known = {entry.name: data[entry.name] for entry in dataclasses.fields(cls)}
        known["tests"] = tuple(_shared(**test) for test in known["tests"])
        known["refusals"] = tuple(Refusal(**refusal) for refusal in known["refusals"])
        return cls(**known)


@functools.lru_cache(maxsize=4096)
def _shared(**test: str) -> TestResult:
    """Return one object for equal results: most of a class's are."""
    return TestResult(**test)


@dataclass(frozen=True)
class Student:
    """A line of the roster: whose work it is and where it is found."""

    name: str
    source: str  # a folder on this machine, or an address that git can clone
    ref: str = ""  # branch, tag or commit; "" is the default branch
    id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Graded:
    """One submission: every day of it, and the answers that a person has to read."""

    student: Student
    submission: str  # SHA-256 of what was taken from the fork
    days: tuple[DayResult, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)  # file → its text
    problem: str = ""  # why there is nothing to grade: no such folder, no such branch

    @property
    def points(self) -> int:
        return sum(day.points for day in self.days)

    @property
    def maximum(self) -> int:
        return sum(day.maximum for day in self.days)

    @property
    def bonus(self) -> int:
        return sum(day.bonus for day in self.days)

    @property
    def bonus_maximum(self) -> int:
        return sum(day.bonus_maximum for day in self.days)
