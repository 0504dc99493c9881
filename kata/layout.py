"""Where everything is. No other module builds a path inside the project."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE_IN = "the picture is in "  # said by kata.figures, gathered by kata.plugin
SIDES = ("exercises", "solutions", "tests")


@dataclass(frozen=True, order=True)
class Exercise:
    """One day's work: `Exercise(9, "network")` is day 9, in files named network.py."""

    day: int
    topic: str

    @property
    def folder(self) -> str:
        return f"day{self.day:02d}"

    @property
    def stub(self) -> Path:
        return ROOT / "exercises" / self.folder / f"{self.topic}.py"

    @property
    def solution(self) -> Path:
        return ROOT / "solutions" / self.folder / f"{self.topic}.py"

    @property
    def tests(self) -> Path:
        return ROOT / "tests" / self.folder / f"test_{self.topic}.py"

    @property
    def attempts(self) -> Path:
        return ROOT / "tests" / self.folder / "attempts.py"

    @property
    def page(self) -> Path:
        return ROOT / "exercises" / self.folder / "README.md"

    @property
    def answer(self) -> Path:
        return ROOT / "exercises" / self.folder / "answer.md"

    @property
    def tests_module(self) -> str:
        return f"tests.{self.folder}.test_{self.topic}"


def week() -> list[Exercise]:
    """Return every exercise there is, in the order of the days.

    The tests decide: a learner may lose a file of their own, and the day must still be expected.
    """
    return sorted(
        Exercise(int(path.parent.name[3:]), path.stem.removeprefix("test_"))
        for path in (ROOT / "tests").glob("day[0-9][0-9]/test_*.py")
    )


def in_folder(folder: Path) -> list[Exercise]:
    """Return the exercises whose files belong into `folder`, such as exercises/day09."""
    if folder.parent.parent != ROOT or folder.parent.name not in SIDES:
        return []
    return [exercise for exercise in week() if exercise.folder == folder.name]


def owner(path: Path) -> Exercise | None:
    """Return the exercise whose stub, solution or test file `path` is, or None."""
    folder = re.fullmatch(r"day(\d\d)", path.parent.name)
    if not folder or path.suffix != ".py":
        return None
    exercise = Exercise(int(folder[1]), path.stem.removeprefix("test_"))
    if path not in (exercise.stub, exercise.solution, exercise.tests):
        return None
    return exercise if exercise.tests.is_file() else None


def day(text: str) -> Exercise:
    """Return the exercise that `text` names: `day09`, `9`, `network` or a path of the day.

    Raises: LookupError if there is no such day; the message lists those there are.
    """
    name = Path(text).name.removesuffix(".py")
    number = re.fullmatch(r"(?:day)?(\d{1,2})", name)
    for exercise in week():
        if (number and int(number[1]) == exercise.day) or name == exercise.topic:
            return exercise
    raise LookupError(f"there is no exercise {text!r}; {days_in_words()}")


def plots() -> Path:
    """Return where pictures go: plots/, or KATA_PLOTS while other answers are tested."""
    return Path(os.environ.get("KATA_PLOTS") or ROOT / "plots")


def days_in_words() -> str:
    """Return one line that names the days, for messages about one that does not exist."""
    return "the days are " + ", ".join(f"{e.folder} ({e.topic})" for e in week())


def shown(path: Path) -> str:
    """Return `path` as a person would type it in the working directory."""
    here = Path.cwd()
    if path.is_relative_to(here):
        return path.relative_to(here).as_posix()
    if path.is_relative_to(ROOT) and here.is_relative_to(ROOT):
        return Path(os.path.relpath(path, here)).as_posix()
    return str(path)
