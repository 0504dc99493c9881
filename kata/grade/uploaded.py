"""Read results that another job has uploaded, and write the summary of those that can be true.

    python -m kata.grade.uploaded results.jsonl --name ada >> "$GITHUB_STEP_SUMMARY"

This runs no learner's code and trusts no byte of the file: sizes, names and ranges are checked,
and points are counted again from the tests.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from kata import layout
from kata.grade.outputs.summary import summary
from kata.grade.results import DayResult, Graded, Student

LARGEST = 4 << 20  # bytes of the file
MOST_TESTS = 500  # of a day
_TEST = re.compile(r"test_\w{1,200}(\[[^\n]{0,200}\])?")
_KINDS = ("core", "stretch")
_STATUSES = ("passed", "failed", "todo", "skipped", "missing")


def read(path: Path) -> list[DayResult]:
    """Return the days of an uploaded results.jsonl.

    Raises: ValueError if it cannot be what a grader writes; the message says what is wrong.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"the results are larger than {LARGEST >> 20} MiB")
    try:
        lines = [json.loads(line) for line in data.decode("utf-8").splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise ValueError("the results are not JSON, an object a line") from None
    names = {exercise.folder for exercise in layout.week()}
    if len(lines) > len(names):
        raise ValueError(f"{len(lines)} results for {len(names)} days")
    days = [_day(line, names) for line in lines]
    if len({day.day for day in days}) < len(days):
        raise ValueError("two results for one day")
    return sorted(days, key=lambda day: day.day)


def _day(line: Any, names: set[str]) -> DayResult:
    try:
        day = DayResult.from_json(line)
    except (TypeError, KeyError, AttributeError):
        raise ValueError("a line that is not a day's result") from None
    if day.day not in names:
        raise ValueError(f"there is no day {str(day.day)[:40]!r}")
    texts = [day.problem, *(text for test in day.tests for text in (test.mistake, test.message))]
    texts += [text for r in day.refusals for text in (r.file, r.rule, r.message, r.name)]
    if not all(isinstance(text, str) and len(text) <= 20_000 for text in texts):
        raise ValueError(f"{day.day}: a text that is none, or too long")
    if len(day.tests) > MOST_TESTS or len({test.name for test in day.tests}) < len(day.tests):
        raise ValueError(f"{day.day}: too many tests, or one twice")
    for test in day.tests:
        is_named = isinstance(test.name, str) and _TEST.fullmatch(test.name)
        if not is_named or test.kind not in _KINDS or test.status not in _STATUSES:
            raise ValueError(f"{day.day}: a test that cannot be one")
    if not all(isinstance(refusal.line, int) for refusal in day.refusals):
        raise ValueError(f"{day.day}: a refusal without a line")
    held = day.isolation
    if not isinstance(held, dict) or not all(isinstance(value, bool) for value in held.values()):
        raise ValueError(f"{day.day}: isolation that is not true or false")
    return day


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--name", required=True, help="whose fork it is")
    options = parser.parse_args()
    try:
        days = read(options.results)
    except (OSError, ValueError) as error:
        print(f"the results cannot be used: {error}", file=sys.stderr)
        return 1
    graded = Graded(Student(options.name, options.name), "", tuple(days))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(summary([graded]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
