"""What a learner reads: the points of each day, and of each test that failed what to do."""

from kata.grade import plain
from kata.grade.mistakes import in_words
from kata.grade.outputs import verdicts
from kata.grade.outputs.markdown import code, fence, inline
from kata.grade.results import DayResult, Graded, TestResult

LONGEST_MESSAGE = 8_000  # characters
LONGEST_ANSWER = 40_000
_GROUPS = {
    "todo": "Not begun, the stub is as it was:",
    "skipped": "Skipped:",
    "missing": "Did not report, so they count as failed:",
}


def report(graded: Graded) -> str:
    """Return the learner's own report as Markdown."""
    parts = [f"# Report for {inline(graded.student.name)}"]
    if graded.problem:
        parts += ["Nothing was graded:", fence(graded.problem, LONGEST_MESSAGE)]
    else:
        bonus = f"{graded.bonus} of {graded.bonus_maximum}"
        parts.append(f"{graded.points} of {graded.maximum} points, bonus {bonus}.")
        parts.append(_table(graded))
    for day in graded.days:
        parts += _day(day)
    if graded.answers:
        parts += ["## Answers, for a person to read"]
    for file, text in sorted(graded.answers.items()):
        parts += [code(file), fence(text, LONGEST_ANSWER)]
    return "\n\n".join(parts) + "\n"


def _table(graded: Graded) -> str:
    rows = ["| day | points | bonus |", "|---|---:|---:|"]
    for day in graded.days:
        bonus = f"{day.bonus}/{day.bonus_maximum}" if day.bonus_maximum else ""
        rows.append(f"| {inline(day.day)} | {day.points}/{day.maximum} | {bonus} |")
    return "\n".join(rows)


def _day(day: DayResult) -> list[str]:
    parts = [f"## {inline(day.day)}: {day.points} of {day.maximum}"]
    if day.problem:
        parts += ["No test of this day counts:", fence(day.problem, LONGEST_MESSAGE)]
    for refusal in day.refusals:
        cost = f"costs {code(refusal.name)}" if refusal.name else "costs the whole file"
        where = f"{plain.line(refusal.file)}:{refusal.line}"
        parts.append(f"Refused: {code(where)}, by the rule {code(refusal.rule)}. It {cost}.")
        parts.append(fence(refusal.message, LONGEST_MESSAGE))
    for test in day.tests:
        if test.status == "failed":
            parts += _failed(test)
    for status, heading in _GROUPS.items():
        names = [code(test.name) for test in day.tests if test.status == status]
        if names:
            parts.append("\n".join([heading, "", *(f"- {name}" for name in names)]))
    if not parts[1:]:
        parts.append("Every test passed." if day.tests else "There is no test of this day.")
    return parts


def _failed(test: TestResult) -> list[str]:
    kind = "" if test.kind == "core" else " (stretch)"
    mistake = f": {inline(in_words(test.mistake))}, {code(test.mistake)}" if test.mistake else ""
    said = test.message or verdicts.UNSAID["failed"]
    return [f"Failed{kind}: {code(test.name)}{mistake}", fence(said, LONGEST_MESSAGE)]
