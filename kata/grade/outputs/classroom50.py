"""A submission as the result.json of Classroom 50, for use inside its runner."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kata.grade import plain
from kata.grade.outputs import verdicts
from kata.grade.results import DayResult, Graded, TestResult

SCHEMA = "classroom50/result/v1"
_MOMENT = re.compile(r"submit/(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\b")


@dataclass(frozen=True)
class Run:
    """What only the runner of Classroom 50 knows: which submission, and where it can be seen."""

    classroom: str
    assignment: str
    owner: str  # login of the student whose repository it is
    submission: str  # the tag: submit/2026-06-01T14-32-05Z-a1b2c3d
    commit: str
    release: str
    review: str
    assignment_type: str = "individual"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Run | None":
        """Return the run that the environment tells of, or None outside Classroom 50's runner.

        Raises: ValueError if the tag is not one of Classroom 50.
        Source: https://github.com/foundation50/classroom50/wiki/Advanced-Autograding
        """
        wanted = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
        if not all(environment.get(name) for name in wanted):
            return None
        classroom, assignment, tag, commit, release = (environment[name] for name in wanted)
        run = cls(
            classroom,
            assignment,
            environment.get("OWNER") or environment.get("USERNAME") or "unknown",
            tag,
            commit,
            release,
            environment.get("REVIEW_URL") or commit,
            environment.get("ASSIGNMENT_TYPE") or environment.get("MODE") or "individual",
        )
        _ = run.datetime  # raises if the tag is not one of Classroom 50
        return run

    @property
    def datetime(self) -> str:
        """Return when it was submitted, as the tag says it: the same whenever it is graded again.

        Example:
            >>> Run("c", "a", "o", "submit/2026-06-01T14-32-05Z-a1b2c3d", "", "", "").datetime
            '2026-06-01T14:32:05Z'
        """
        moment = _MOMENT.match(self.submission)
        if not moment:
            raise ValueError(
                f"SUBMISSION_TAG is {self.submission!r}, not submit/<UTC time>-<commit>; "
                "unset it to grade without Classroom 50"
            )
        return f"{moment[1]}T{moment[2]}:{moment[3]}:{moment[4]}Z"


def classroom50(graded: Graded, run: Run) -> dict[str, Any]:
    """Return the submission as Classroom 50 collects it: integers only, a point a core test.

    Stretch tests are worth 0 of 0 there, and only those that passed are listed: a failed one would
    turn the status of a submission with full points red.
    Source: https://github.com/foundation50/classroom50 (schemas/result-v1.schema.json)
    """
    tests = [
        _test(day, test)
        for day in graded.days
        for test in day.tests
        if test.kind == "core" or verdicts.counts(day, test)
    ]
    # No tests at all would be read as passed.
    if graded.problem or not graded.days:
        tests.append(_failed(f"submission: {graded.problem or 'no day of it was graded'}"))
    tests += [_failed(f"{day.day}: {day.problem}") for day in graded.days if day.problem]
    return {
        "schema": SCHEMA,
        **{name: plain.line(value) for name, value in dataclasses.asdict(run).items()},
        "datetime": run.datetime,
        "score": graded.points,
        "max-score": graded.maximum,
        "tests": tests,
    }


def _test(day: DayResult, test: TestResult) -> dict[str, Any]:
    passed, worth = verdicts.counts(day, test), int(test.kind == "core")
    return {
        "test-name": plain.line(f"{day.day} {test.name}", 100),
        "passed": passed,
        "score": worth if passed else 0,
        "max-score": worth,
    }


def _failed(name: str) -> dict[str, Any]:
    return {"test-name": plain.line(name, 100), "passed": False, "score": 0, "max-score": 0}
