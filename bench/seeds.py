"""Whether chance decides anything: solutions and attempts under one seed after the other.

    python -m bench.seeds [day14 …] [--seeds 20] [--first 0] [--jobs 2]

Every test of a day is run on every attempt, the slow ones too. A seed is good if the tests accept
all solutions and right attempts, and reject each wrong one with its own mistake and no other.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from kata import attempts, layout, trial
from kata.layout import Exercise


def refused_solutions(days: Sequence[Exercise], seed: int) -> list[str]:
    """Return what goes wrong with the solutions under this seed."""
    return [
        f"{day.folder}: {result.test} {result.outcome}\n{result.text}"
        for day in days
        for result in trial.run(day, day.solution.read_text(encoding="utf-8"), seed=seed)
        if result.outcome not in ("passed", "skipped")
    ]


def misjudged_attempts(days: Sequence[Exercise], seed: int, jobs: int) -> tuple[int, list[str]]:
    """Return the number of attempts, and those that the tests cannot tell under this seed."""
    every = [attempt for day in days for attempt in attempts.attempts_of(day)]
    verdicts = attempts.check_all(every, jobs=jobs, seed=seed, every_test=True)
    return len(every), [
        f"{one.attempt.exercise.folder}: {one.attempt.target}: {one.attempt.title}: {one.problem}"
        for one in verdicts
        if one.problem
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("days", nargs="*", help="day09, 9 or network; all by default")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    days = [layout.day(text) for text in options.days] or layout.week()
    problems = 0
    for seed in range(options.first, options.first + options.seeds):
        start = time.perf_counter()
        refused = refused_solutions(days, seed)
        count, misjudged = misjudged_attempts(days, seed, options.jobs)
        problems += len(refused) + len(misjudged)
        for line in [*refused, *misjudged]:
            print(line)
        words = f"{count} attempts, {len(misjudged)} misjudged; {len(refused)} tests of solutions"
        print(f"seed {seed}: {words} not passed ({time.perf_counter() - start:.0f} s)", flush=True)
    return int(problems > 0)


if __name__ == "__main__":
    sys.exit(main())
