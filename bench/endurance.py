"""A thousand saves in a row: does `kata watch` keep its memory and its processes?

    python -m bench.endurance [--saves 1000] [--day day09]

After every hundred saves: the memory of the loop itself and of all its processes, and how many
there are. A save is answered before the next, but every tenth comes in a burst of five, of which
only the last must be answered (Linux only: it reads /proc).
"""

import argparse
import hashlib
import os
import resource
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench import latency
from bench.terminal import Program
from kata import layout

PAGE = resource.getpagesize()
GROWTH = 1.10  # what memory may grow by from the first hundred saves to the last


def below(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
    return found


def memory(pid: int) -> int:
    """Return the bytes that a process shares with no other, as the kernel counts them."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=1000)
    parser.add_argument("--day", default="day09")
    options = parser.parse_args()
    exercise = layout.day(options.day)
    green, red = latency.answers(exercise)
    figures = []
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        latency.copy_of_the_project(project)
        stub = project / exercise.stub.relative_to(layout.ROOT)
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment = kept | {"PYTHONPATH": str(project), "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "kata", "watch", exercise.folder]
        with Program(command, folder=project, environment=environment) as program:
            program.read_until("[q]uit", 120)
            times = []
            for number in range(options.saves):
                text = (green, red)[number % 2] + f"\n# save {number}\n"
                for early in range(4 * (number % 10 == 9)):
                    stub.write_text(text + f"# of a burst, {early}\n", encoding="utf-8")
                    time.sleep(0.02)
                start = time.perf_counter()
                stub.write_text(text, encoding="utf-8")
                wanted = _verdict_of(text)
                while wanted not in program.read_until("[q]uit", 60):
                    pass
                times.append(time.perf_counter() - start)
                if number % 100 == 99:
                    time.sleep(1)
                    pids = below(program.pid)
                    figures.append((memory(program.pid), sum(map(memory, pids)), len(pids)))
                    own, everything, count = figures[-1]
                    median = sorted(times[-100:])[50]
                    print(
                        f"{number + 1:5} saves: loop {own >> 20} MiB, all {everything >> 20} MiB, "
                        f"{count} processes, median {median:.3f} s",
                        flush=True,
                    )
    grew = [last > GROWTH * first for first, last in zip(figures[0], figures[-1], strict=True)]
    print("grew" if any(grew) else "no growth")
    return int(any(grew))


def _verdict_of(text: str) -> str:
    """Return how the verdict of a file is marked: by the start of its hash."""
    return hashlib.sha256(text.encode()).hexdigest()[:7]


if __name__ == "__main__":
    sys.exit(main())
