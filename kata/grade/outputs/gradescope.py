"""A submission as Gradescope's results.json."""

from typing import Any

from kata.grade import plain
from kata.grade.outputs import verdicts
from kata.grade.results import DayResult, Graded, TestResult

LONGEST = 20_000  # characters of one message


def gradescope(graded: Graded) -> dict[str, Any]:
    """Return the submission as Gradescope reads it: a point a core test, stretch tests without.

    Every text is of the format `text`, in which Gradescope renders neither HTML nor Markdown; its
    default for the text at the top is a kind of HTML. A stretch test has a status and no score, as
    Gradescope's informational checks have; what the bonus came to is in `extra_data`.
    Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    return {
        "score": graded.points,
        "execution_time": round(sum(max(day.seconds, 0) for day in graded.days), 3),
        "output": plain.cut(_overview(graded), LONGEST),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",  # it is the grader's, not the learner's
        "extra_data": {
            "maximum": graded.maximum,
            "bonus": graded.bonus,
            "bonus_maximum": graded.bonus_maximum,
            "submission": plain.line(graded.submission),
        },
        "tests": [
            _test(day, test, f"{verdicts.number(day, graded.days)}.{place}")
            for day in graded.days
            for place, test in enumerate(day.tests, 1)
        ],
    }


def _overview(graded: Graded) -> str:
    if graded.problem:
        return f"Nothing was graded: {plain.block(graded.problem)}"
    lines = [f"{graded.points} of {graded.maximum} points"]
    lines[0] += f", bonus {graded.bonus} of {graded.bonus_maximum}"
    for day in graded.days:
        lines += ["", f"{plain.line(day.day)}: {day.points} of {day.maximum}"]
        if day.problem:
            lines.append(f"No test of this day counts: {plain.block(day.problem)}")
        lines += [f"Refused: {verdicts.refused(refusal)}" for refusal in day.refusals]
    return "\n".join(lines)


def _test(day: DayResult, test: TestResult, number: str) -> dict[str, Any]:
    passed = verdicts.counts(day, test)
    stretch = test.kind != "core"
    said = "" if passed else plain.cut(verdicts.message(day, test), LONGEST)
    tags = [day.day, test.kind, *([test.mistake] if test.mistake and not passed else [])]
    return {
        "name": plain.line(f"{day.day} {test.name}{' (stretch: bonus)' if stretch else ''}"),
        "name_format": "text",
        "number": number,
        **({} if stretch else {"score": int(passed), "max_score": 1}),
        "status": "passed" if passed else "failed",
        "output": said,
        "output_format": "text",
        "tags": [plain.line(tag, 100) for tag in tags],
        "visibility": "visible",
    }
