"""A class that is killed in the middle, twice, and resumed: is every fork graded once?

    python -m bench.interrupted [--forks 200] [--kills 2] [--days day09 day11]

The forks are solved, each with a line of its own; every fifth is broken. `kata grade` is killed
with SIGKILL after a third and after two thirds of its results; the last run goes to the end. Then
the rows are counted, and the points are those that each fork deserves. The grader's memory is
looked at all the while (Linux only: it reads /proc).
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kata import layout
from kata.layout import Exercise

BROKEN = 5  # every so many forks, one function of the first day is misspelled


def make_forks(folder: Path, number: int, days: list[Exercise]) -> list[Path]:
    """Make the class."""
    for index in range(number):
        for exercise in days:
            text = exercise.solution.read_text(encoding="utf-8")
            if index % BROKEN == BROKEN - 1 and exercise == days[0]:
                text = text.replace("def predict(", "def predikt(")
            path = folder / f"s{index:03}" / exercise.stub.relative_to(layout.ROOT)
            path.parent.mkdir(parents=True)
            path.write_text(f"# by student {index}\n{text}", encoding="utf-8")
    return sorted(folder.iterdir())


def resident(pid: int) -> int:
    """Return the MiB that a process holds."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") >> 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forks", type=int, default=200)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--days", nargs="+", default=["day09", "day11"])
    options = parser.parse_args()
    days = [layout.day(text) for text in options.days]
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        forks = make_forks(Path(name) / "forks", options.forks, days)
        chosen = [argument for day in options.days for argument in ("--day", day)]
        command = [sys.executable, "-m", "kata", "grade", *map(str, forks), *chosen]
        command += ["--out", str(out), "--resume", "--seed", "7"]
        results = out / "results.jsonl"
        start, memory = time.perf_counter(), []
        for run in range(options.kills + 1):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            last = len(forks) * len(days) * (run + 1) // (options.kills + 1)
            while process.poll() is None:
                time.sleep(0.2)
                memory.append(resident(process.pid))
                done = results.read_bytes().count(b"\n") if results.exists() else 0
                if run < options.kills and done >= last:
                    process.send_signal(signal.SIGKILL)
                    print(f"killed after {done} results, {memory[-1]} MiB", flush=True)
                    process.wait()
        seconds = time.perf_counter() - start
        keys = [json.loads(line)["key"] for line in results.read_text("utf-8").splitlines()]
        with (out / "gradebook.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    first = days[0].folder
    whole = max(int(row[first]) for row in rows)
    right = sum(
        (int(row[first]) < whole) == (index % BROKEN == BROKEN - 1)
        for index, row in enumerate(sorted(rows, key=lambda row: row["student"]))
    )
    third = len(memory) // 3
    print(
        f"{len(rows)} rows, {right} of them correct; {len(keys)} results, "
        f"{len(set(keys))} different; {seconds:.0f} s; memory at most {max(memory[:third])} MiB "
        f"in the first third and {max(memory[-third:])} MiB in the last"
    )
    is_right = len(rows) == right == options.forks
    return int(not is_right or len(keys) != len(set(keys)) or len(keys) != len(forks) * len(days))


if __name__ == "__main__":
    sys.exit(main())
