"""What counts of what a worker told: everything, or nothing of the day.

The list of tests was there before the learner's code ran. A result counts only if every expected
test has exactly one, every canary failed, nothing that the tests rely on was changed, and the run
was told to have ended.
"""

from typing import Any

from kata.grade.results import DayResult, Refusal, TestResult
from kata.grade.sandbox import Run

_OUTCOMES = ("passed", "failed", "todo", "skipped")
_LONGEST = 100_000  # characters of a text, and seconds of a test: ten times what a worker says


def day_result(
    day: str, expected: dict[str, str], run: Run, refusals: tuple[Refusal, ...], *, check: bool
) -> DayResult:
    """Return what a day gets; `check=False` believes what was told, to try the other layers."""
    names = dict(run.plan)
    told = [message for message in run.messages if "id" in message]
    found = {names[m["id"]]: m for m in told if _is_result(m) and names.get(m["id"])}
    tests = tuple(_test(name, kind, found.get(name), run.limit) for name, kind in expected.items())
    problem = _not_ended(run, names) or (_tampered(run, names, told) if check else "")
    bodies = sum(float(m["seconds"]) for m in found.values())
    return DayResult(
        day,
        tests,
        refusals,
        problem,
        run.isolation,
        seconds=round(run.seconds, 3),
        bodies=round(bodies, 3),
    )


def _is_result(message: dict[str, Any]) -> bool:
    return (
        message.get("outcome") in _OUTCOMES
        and isinstance(message.get("id"), str)
        and isinstance(message.get("seconds"), float | int)
        and 0 <= message["seconds"] <= _LONGEST  # neither NaN nor an int too large for a float
        and isinstance(message.get("text"), str)
        and isinstance(message.get("mistake"), str)
        and len(message["text"]) + len(message["mistake"]) <= _LONGEST
    )


def _test(name: str, kind: str, message: dict[str, Any] | None, limit: str) -> TestResult:
    if message is None:
        return TestResult(name, kind, "missing", "", "It did not report.")
    mistake = message["mistake"]
    text = "" if message["outcome"] == "passed" else message["text"]
    return TestResult(name, kind, message["outcome"], mistake, text)


def _not_ended(run: Run, names: dict[str, str]) -> str:
    """Return why the run did not come to its end, or ""."""
    if run.messages and "end" in run.messages[-1] and not run.broken and run.exit == 0:
        return ""
    started = [names.get(m["start"], "") for m in run.messages if isinstance(m.get("start"), str)]
    where = f" in {started[-1]}" if started and started[-1] else ""
    if run.limit:
        return f"it was ended{where}: {run.limit}"
    if run.broken:
        return f"what it sent could not be read: {run.broken}"
    if run.exit is None or run.exit == 0:
        return f"the process ended{where} before the tests did"
    how = f"by signal {-run.exit}" if run.exit < 0 else f"with exit code {run.exit}"
    return f"the process ended{where} {how}, before the tests did"


def _tampered(run: Run, names: dict[str, str], told: list[dict[str, Any]]) -> str:
    """Return what shows that the results cannot be believed, or ""."""
    for message in run.messages:
        if "changes" in message:
            changes = message["changes"]
            words = ", ".join(map(str, changes[:5])) if isinstance(changes, list) else "something"
            return f"the code changed what the tests rely on: {words[:500]}"
        if not {"id", "start", "end"} & set(message):
            return "it sent something that is no result"
    ids = [message["id"] for message in told]
    if not all(map(_is_result, told)) or sorted(map(str, ids)) != sorted(names):
        return "its results are not one for each test"
    if any(m["outcome"] != "failed" for m in told if not names[m["id"]]):
        return "a test that must fail did not"
    if run.messages[-1] != {"end": len(told)}:
        return "its count of results is wrong"
    return ""
