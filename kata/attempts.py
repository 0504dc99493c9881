"""Attempts prove the tests: what learners write, right and wrong, and whether the tests can tell.

    @wrong("mse_loss", mistake="sum-instead-of-mean")
    def the_sum(prediction, target):
        return ((prediction - target) ** 2).sum()

A wrong attempt must be rejected by a test that names its mistake, and by none that names another.
A right one must pass every test of its day. Each is put into the solution in place of the
definition it is an attempt at, so that everything that holds for a file holds for it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from kata import trial, warm
from kata.attempt_source import AttemptsFile
from kata.layout import Exercise, shown

Definition = TypeVar("Definition")


def wrong(target: str, *, mistake: str) -> Callable[[Definition], Definition]:
    """Mark a wrong version of `target` (`"mse_loss"`, `"Net.forward"`) and its mistake's id."""
    return lambda definition: definition


def right(target: str) -> Callable[[Definition], Definition]:
    """Mark another right version of `target`."""
    return lambda definition: definition


@dataclass(frozen=True)
class Attempt:
    """One attempt, ready to be tested: the whole file, and what must be said about it."""

    exercise: Exercise
    target: str
    title: str
    mistake: str | None  # None: it is right
    source: str


@dataclass
class Verdict:
    """What the tests of the day said about an attempt."""

    attempt: Attempt
    failed: dict[str, str] = field(default_factory=dict)  # test → what the learner reads
    mistakes: dict[str, str] = field(default_factory=dict)  # test → the id it names
    problem: str = ""

    def test(self, tests: frozenset[str], seed: int) -> None:
        """Run these tests of the day and judge again.

        Raises: warm.Crashed as trial.run does.
        """
        for result in trial.run(self.attempt.exercise, self.attempt.source, seed=seed, only=tests):
            if result.outcome in ("failed", "todo"):
                self.failed[result.test] = result.text
            if result.mistake:
                self.mistakes[result.test] = result.mistake
        self.judge()

    def judge(self) -> None:
        """Set `problem` to what is wrong with the tests, if they cannot tell this attempt."""
        self.problem = ""
        mistake = self.attempt.mistake
        others = sorted(set(self.mistakes.values()) - {mistake})
        if mistake is None:
            if self.failed:
                self.problem = f"refused by {next(iter(self.failed))}"
        elif not self.failed:
            self.problem = "not caught"
        elif others:
            self.problem = f"named {', '.join(others)}"
        elif mistake not in self.mistakes.values():
            self.problem = "caught but not named"


def attempts_of(exercise: Exercise) -> Iterator[Attempt]:
    """Yield the attempts in the day's attempts.py, in order; none if there is no such file.

    Raises: LookupError if the solution lacks what one is an attempt at, ValueError if a mark of the
    file cannot be read; the message names file and attempt.
    """
    if not exercise.attempts.is_file():
        return
    file = AttemptsFile(exercise.attempts.read_text(encoding="utf-8"))
    solution = exercise.solution.read_text(encoding="utf-8")
    try:
        for node, target, mistake in file.marked():
            source = file.put_into(solution, node, target)
            yield Attempt(exercise, target, node.name, mistake, source)
    except (LookupError, ValueError) as error:
        raise type(error)(f"{shown(exercise.attempts)}, {error}") from None


def check(attempt: Attempt, *, seed: int = 0, every_test: bool = False) -> Verdict:
    """Run the day's tests against an attempt, in processes of their own.

    The slow ones, which train to an accuracy, come last, and only if they can still matter: a wrong
    attempt that the others have caught and named does without, unless `every_test` is asked for.
    """
    verdict = Verdict(attempt)
    try:
        target = attempt.target.partition(".")[0]
        tests = trial.tests_of(attempt.exercise, target)
        slow = tests & trial.slow_tests(attempt.exercise)
        if every_test or attempt.mistake is None:
            verdict.test(tests, seed)
        else:
            verdict.test(tests - slow, seed)
            if slow and verdict.problem:
                verdict.test(slow, seed)
    except warm.Crashed as error:
        verdict.problem = str(error)
    return verdict


def check_all(
    attempts: Sequence[Attempt], *, jobs: int = 2, seed: int = 0, every_test: bool = False
) -> Iterator[Verdict]:
    """Yield the verdict on each attempt, in order, `jobs` at a time."""
    days = {attempt.exercise: None for attempt in attempts}
    with ThreadPoolExecutor(jobs) as pool:
        # Once, before two jobs ask at the same time; the last days, which train longest, first.
        list(pool.map(trial.slow_tests, reversed(days)))
        yield from pool.map(lambda one: check(one, seed=seed, every_test=every_test), attempts)


def report(
    days: Sequence[Exercise],
    *,
    jobs: int = 2,
    seed: int = 0,
    verbose: bool = False,
    every_test: bool = False,
) -> int:
    """Print a table of the attempts of these days and return how many the tests cannot tell.

    An attempts.py that cannot be read is told too, and counts as one.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    warm.start()
    try:
        attempts = [attempt for day in days for attempt in attempts_of(day)]
    except (LookupError, ValueError) as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return 1
    table = Table("day", "attempt", "verdict", "by", "diagnosis", title="attempts")
    problems = 0
    for verdict in check_all(attempts, jobs=jobs, seed=seed, every_test=every_test):
        attempt = verdict.attempt
        by = next((name for name in verdict.mistakes), next(iter(verdict.failed), ""))
        good = "accepted" if attempt.mistake is None else "caught"
        table.add_row(
            attempt.exercise.folder,
            f"{attempt.target}: {attempt.title}",
            f"[red]{escape(verdict.problem)}" if verdict.problem else f"[green]{good}",
            escape(f"{by} (+{len(verdict.failed) - 1})" if len(verdict.failed) > 1 else by),
            attempt.mistake or "",
        )
        problems += bool(verdict.problem)
        if verdict.problem and verbose:
            console.rule(f"{attempt.target}: {attempt.title} ({attempt.mistake or 'right'})")
            console.print("\n".join(verdict.failed.values()), markup=False, highlight=False)
    console.print(table)
    wrongs = sum(attempt.mistake is not None for attempt in attempts)
    console.print(f"{wrongs} wrong, {len(attempts) - wrongs} right, {problems} not told apart")
    return problems
