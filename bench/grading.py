"""How fast forks are graded, and where the time goes, beside cold pytest on the same files.

    python -m bench.grading [--forks 50] [--jobs 2] [--cold 3]

Every fork is the solved week with a line of its own in each file, so that no result is shared. The
overhead of a (fork, day) is its wall clock less the time inside its tests. Cold pytest runs the
same tests as a learner would, a process a day, on the first few forks.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kata import layout
from kata.grade import cohort
from kata.grade.results import Student
from kata.grade.sandbox import Layers, Limits

LIMIT = 0.25  # seconds of overhead for each (fork, day)


def make_forks(folder: Path, number: int) -> list[Student]:
    """Make forks that are solved, each a little different from the others."""
    students = []
    for index in range(number):
        for exercise in layout.week():
            path = folder / f"fork{index:03}" / exercise.stub.relative_to(layout.ROOT)
            path.parent.mkdir(parents=True)
            solution = exercise.solution.read_text(encoding="utf-8")
            path.write_text(f"{solution}\n# fork {index}\n", encoding="utf-8")
        students.append(Student(f"fork{index:03}", str(folder / f"fork{index:03}")))
    return students


def cold(fork: Path) -> list[float]:
    """Return the seconds that cold pytest takes for each day of a fork."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for exercise in layout.week():
        command = [sys.executable, "-m", "pytest", "-q", f"exercises/{exercise.folder}"]
        start = time.perf_counter()
        subprocess.run(
            [*command, f"--answers={fork / 'exercises'}"],
            cwd=layout.ROOT, env=kept, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        times.append(time.perf_counter() - start)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cold", type=int, default=3, help="how many forks cold pytest runs")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    console = Console()
    try:
        students = make_forks(folder, options.forks)
        start = time.perf_counter()
        cohort.server()
        start_up = time.perf_counter() - start
        forks = cohort.prepare(
            students, layout.week(), secret="bench", limits=Limits(), layers=Layers()
        )
        results = cohort.Results(folder / "results.jsonl", resume=False)
        memory = [_resident()]
        with ThreadPoolExecutor(options.jobs) as executor:
            cohort.run(forks, executor, results, done=lambda: memory.append(_resident()))
        wall = time.perf_counter() - start
        cold_times = [cold(Path(student.source)) for student in students[: options.cold]]
    finally:
        cohort.close_server()
        shutil.rmtree(folder, ignore_errors=True)
    days = [day for fork in forks for day in fork.days.values()]
    unfair = [day for day in days if day.points < day.maximum]
    bodies = sum(day.bodies for day in days)
    table = Table("day", "in the tests", "overhead", "graded", "cold pytest")
    worst = 0.0
    for number, exercise in enumerate(layout.week()):
        own = [fork.days[exercise.folder] for fork in forks]
        overhead = statistics.median(day.seconds - day.bodies for day in own)
        worst = max(worst, overhead)
        cells = [statistics.median(day.bodies for day in own), overhead]
        cells.append(statistics.median(day.seconds for day in own))
        cells.append(statistics.median(times[number] for times in cold_times))
        table.add_row(exercise.folder, *(f"{cell:.2f} s" for cell in cells))
    console.print(table)
    console.print(
        f"{options.forks} forks in {wall:.1f} s: {60 * options.forks / wall:.1f} a minute with "
        f"{options.jobs} jobs; start-up {start_up:.1f} s, in the tests {bodies:.1f} s, "
        f"overhead {sum(day.seconds for day in days) - bodies:.1f} s"
    )
    console.print(
        f"one fork by cold pytest: {statistics.median(map(sum, cold_times)):.1f} s; "
        f"memory of the grader: {memory[len(memory) // 10]} MiB early, {memory[-1]} MiB at the end"
    )
    if unfair:
        console.print(f"[red]{len(unfair)} days did not get their points, {unfair[0].day} first")
    return int(bool(unfair) or worst > LIMIT)


def _resident() -> int:
    """Return the MiB that this process holds, now where the system tells, else at its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return pages * resource.getpagesize() >> 20


if __name__ == "__main__":
    sys.exit(main())
