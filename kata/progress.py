"""What is done and what is next, from pytest's own cache; nothing is run to find out.

Every run of `pytest exercises` leaves the results of each day there, with a hash of the file that
they are about. A result counts only as long as the file is the same.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from kata import layout, stubs
from kata.layout import Exercise

CACHE = "kata/results"
FOLDER = layout.ROOT / ".pytest_cache" / "v" / CACHE
RECORDS = layout.ROOT / "records" / "day14.jsonl"


@dataclass
class Day:
    """What is known of a day: its tests by name, each with its last outcome and kind."""

    exercise: Exercise
    outcomes: dict[str, str] = field(default_factory=dict)  # of the file as it is now
    kinds: dict[str, str] = field(default_factory=dict)  # core, stretch or mnist
    knows_all: bool = False  # every test of the day has been seen

    def total(self, kind: str = "core") -> int:
        return sum(own == kind for own in self.kinds.values())

    def passed(self, kind: str = "core") -> int:
        names = [name for name, own in self.kinds.items() if own == kind]
        return sum(self.outcomes.get(name) == "passed" for name in names)

    @property
    def is_done(self) -> bool:
        return self.knows_all and 0 < self.total() == self.passed()

    @property
    def state(self) -> str:
        if self.is_done:
            return "done"
        if not stubs.holds_work(self.exercise):
            return "not started"
        return "started" if self.outcomes else "changed since the last test"


def of(exercise: Exercise) -> Day:
    """Return what is known of a day."""
    day = Day(exercise)
    try:
        data = exercise.stub.read_bytes()
    except OSError:
        return day
    known = _read(exercise)
    if known.get("tests_digest") == _digest_of_tests(exercise):
        day.kinds, day.knows_all = dict(known.get("kinds", {})), bool(known.get("complete"))
        if known.get("digest") == hashlib.sha256(data).hexdigest():
            day.outcomes = dict(known.get("outcomes", {}))
    return day


def week() -> list[Day]:
    """Return what is known of every day, in order."""
    return [of(exercise) for exercise in layout.week()]


def next_day(days: list[Day]) -> Day | None:
    """Return the first day that is not done, or None when the week is."""
    return next((day for day in days if not day.is_done), None)


def accuracy() -> float | None:
    """Return the accuracy recorded last on day 14, or None."""
    try:
        lines = RECORDS.read_text(encoding="utf-8").splitlines()
        return float(json.loads(lines[-1])["accuracy"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def answer_is_written(exercise: Exercise) -> bool | None:
    """Tell whether there are words under "My answer" in answer.md; None if none are asked for."""
    try:
        text = exercise.answer.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    words = text.partition("\n## My answer\n")[2]
    return bool(_without_comments(words).strip())


def _without_comments(text: str) -> str:
    while "<!--" in text:
        before, _, rest = text.partition("<!--")
        text = before + rest.partition("-->")[2]
    return text


def as_data(days: list[Day]) -> dict[str, Any]:
    """Return what `kata status --json` prints."""
    following = next_day(days)
    return {
        "days": [
            {
                "day": day.exercise.day,
                "topic": day.exercise.topic,
                "state": day.state,
                "core": [day.passed(), day.total()],
                "stretch": [day.passed("stretch"), day.total("stretch")],
                "answer_written": answer_is_written(day.exercise),
            }
            for day in days
        ],
        "accuracy": accuracy(),
        "next": following.exercise.folder if following else None,
    }


def in_words(days: list[Day]) -> list[str]:
    """Return what `kata status` prints: a line for each day, and what is next."""
    lines = []
    for day in days:
        core = f"{day.passed()}/{day.total()}" if day.knows_all else "?"
        stretch = f"{day.passed('stretch')}/{day.total('stretch')}" if day.total("stretch") else ""
        answer = {True: "answered", False: "question open", None: ""}[
            answer_is_written(day.exercise)
        ]
        name = f"{day.exercise.folder}  {day.exercise.topic:12}"
        extra = f"stretch {stretch}" if stretch else ""
        lines.append(f"{name} core {core:7} {extra:13} {answer:14} {day.state}".rstrip())
    if (share := accuracy()) is not None:
        lines.append(f"recorded on day 14: {share:.2%} of unseen digits right")
    following = next_day(days)
    if following:
        lines.append(f"next: pytest exercises/{following.exercise.folder}")
    else:
        lines.append("the week is done; exercises/reflection.md asks what you think of it")
    return lines


class Recorder:
    """A pytest plugin that keeps the results of each day in pytest's cache."""

    def __init__(self, config: Any) -> None:
        self.cache = config.cache
        self.seen: dict[str, dict[str, Any]] = {}
        option = config.option
        chosen = option.keyword or option.markexpr or getattr(option, "lf", False)
        self.all_tests = not chosen and not any("::" in argument for argument in config.args)

    def pytest_runtest_logreport(self, report: Any) -> None:
        side, _, rest = report.nodeid.partition("/")
        said = dict(report.user_properties)
        if side != "exercises" or "digest" not in said:
            return
        if report.when == "teardown" and report.passed:
            return
        name = rest.partition("::")[2]
        empty: dict[str, Any] = {"digest": said["digest"], "outcomes": {}, "kinds": {}}
        day = self.seen.setdefault(rest.partition("/")[0], empty)
        day["outcomes"][name] = "todo" if "todo" in said else report.outcome
        day["kinds"][name] = said["kind"]

    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        went_through = exitstatus in (0, 1) and not session.shouldfail and not session.shouldstop
        for folder, new in self.seen.items():
            exercise = layout.day(folder)
            new["complete"] = self.all_tests and went_through
            self.cache.set(f"{CACHE}/{folder}", _merged(_read(exercise), new, exercise))


def _merged(old: dict[str, Any], new: dict[str, Any], exercise: Exercise) -> dict[str, Any]:
    """Return the old results with the new ones; those about other files or tests are dropped."""
    tests_digest = _digest_of_tests(exercise)
    if old.get("tests_digest") != tests_digest:
        old = {}
    same_file = old.get("digest") == new["digest"]
    return {
        "digest": new["digest"],
        "tests_digest": tests_digest,
        "complete": new["complete"] or old.get("complete", False),
        "kinds": old.get("kinds", {}) | new["kinds"],
        "outcomes": (old["outcomes"] if same_file else {}) | new["outcomes"],
    }


def _read(exercise: Exercise) -> dict[str, Any]:
    try:
        known = json.loads((FOLDER / exercise.folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _digest_of_tests(exercise: Exercise) -> str:
    try:
        return hashlib.sha256(exercise.tests.read_bytes()).hexdigest()
    except OSError:
        return ""
