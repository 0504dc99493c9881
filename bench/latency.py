"""From a save to its verdict: `kata watch`, a cold `pytest` and pytest-watcher, side by side.

    python -m bench.latency [--saves 20] [--days day09 day12 day14] [--png docs/latency.png]

Each loop runs in a terminal of its own on a copy of the project. A save is a write to disk; the
verdict is there when the terminal shows it. Nothing is measured from inside. Green and red answers
alternate, so that no verdict can be an old one. pytest-watcher is left out where it is not
installed (it needs watchdog older than 7).
"""

import argparse
import importlib.util
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.terminal import Program
from kata import layout
from kata.layout import Exercise

LIMIT = 0.100  # seconds, median of `kata watch` on a green day
LIMIT_95 = 0.200
FACTOR = 20
SUMMARY = " passed in "  # in the last line of pytest, of red and of green answers

# A green answer, and one name of it that a red answer does without.
BREAKS = {9: "predict", 12: "evaluate", 14: "record_accuracy"}


def copy_of_the_project(folder: Path) -> None:
    """Copy what the loops need, so that nobody's own answers are touched."""
    for name in ("kata", "tests", "exercises", "solutions"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(layout.ROOT / name, folder / name, ignore=ignored)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(layout.ROOT / name, folder)


def answers(exercise: Exercise) -> tuple[str, str]:
    """Return a green and a red answer for a day."""
    green = exercise.solution.read_text(encoding="utf-8")
    name = BREAKS.get(exercise.day, "")
    red = green.replace(f"def {name}(", f"def not_{name}(")
    assert red != green, f"bench/latency.py knows no red answer for {exercise.folder}"
    return green, red


class Loops:
    """The three ways to an answer, on one copy of the project."""

    def __init__(self, project: Path, exercise: Exercise) -> None:
        self.project, self.exercise = project, exercise
        self.stub = project / exercise.stub.relative_to(layout.ROOT)
        self.target = f"exercises/{exercise.folder}"
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        self.environment = kept | {"PYTHONPATH": str(project), "TERM": "xterm-256color"}
        # pytest-watcher runs whichever pytest comes first.
        folder = os.path.dirname(sys.executable)
        self.environment["NO_COLOR"] = "1"
        self.environment["PATH"] = f"{folder}{os.pathsep}{kept.get('PATH', '')}"

    def watch(self) -> Callable[[str], float]:
        command = [sys.executable, "-m", "kata", "watch", self.exercise.folder]
        return self._loop(command, "[q]uit")

    def watcher(self) -> Callable[[str], float]:
        command = [sys.executable, "-m", "pytest_watcher", "--now", ".", self.target]
        return self._loop(command, SUMMARY)

    def cold(self) -> Callable[[str], float]:
        def save(text: str) -> float:
            start = time.perf_counter()
            self.stub.write_text(text, encoding="utf-8")
            command = [sys.executable, "-m", "pytest", self.target]
            program = Program(command, folder=self.project, environment=self.environment)
            program.read_until(SUMMARY, 120)
            seconds = time.perf_counter() - start
            program.wait()
            return seconds

        return save

    def _loop(self, command: list[str], end: str) -> Callable[[str], float]:
        program = Program(command, folder=self.project, environment=self.environment)
        program.read_until(end, 120)
        time.sleep(1)

        def save(text: str) -> float:
            time.sleep(0.4)  # nobody saves in the moment in which the verdict appears
            program.read_for(0.05)
            start = time.perf_counter()
            self.stub.write_text(text, encoding="utf-8")
            program.read_until(end, 120)
            return time.perf_counter() - start

        save.program = program  # type: ignore[attr-defined]  # ended when the loop is done with
        return save


def measure(save: Callable[[str], float], texts: tuple[str, str], saves: int) -> list[float]:
    """Return the seconds from each save to its verdict; green and red alternate."""
    times = [save(texts[number % 2]) for number in range(saves)]
    program = getattr(save, "program", None)
    if program:
        program.end()
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--days", nargs="+", default=["day09", "day12", "day14"])
    parser.add_argument("--png", type=Path, help="draw the times in this file")
    options = parser.parse_args()
    missed = False
    found: dict[str, dict[str, list[float]]] = {}
    print(f"{'save to verdict, seconds':26} {'median':>8} {'95 %':>8}   of {options.saves} saves")
    for exercise in map(layout.day, options.days):
        with tempfile.TemporaryDirectory() as folder:
            copy_of_the_project(Path(folder))
            loops = Loops(Path(folder), exercise)
            kinds = {"kata watch": loops.watch, "pytest, cold": loops.cold}
            if importlib.util.find_spec("pytest_watcher"):
                kinds["pytest-watcher"] = loops.watcher
            medians = {}
            for name, start in kinds.items():
                saves = options.saves if name == "kata watch" else max(3, options.saves // 4)
                times = measure(start(), answers(exercise), saves)
                found.setdefault(exercise.folder, {})[name] = times
                medians[name] = statistics.median(times)
                last = sorted(times)[int(0.95 * (len(times) - 1))]
                print(f"{exercise.folder} {name:20} {medians[name]:8.3f} {last:8.3f}")
        if exercise.day == 9:
            slowest = min(value for name, value in medians.items() if name != "kata watch")
            missed |= medians["kata watch"] > LIMIT or slowest < FACTOR * medians["kata watch"]
    if options.png:
        draw(found, options.png)
        print(f"drawn in {options.png}")
    return int(missed)


def draw(found: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw every save as a dot, and the medians in words, on a logarithmic axis."""
    import matplotlib.pyplot as plt

    rows = [(day, name, times) for day, kinds in found.items() for name, times in kinds.items()]
    figure, ax = plt.subplots(figsize=(8, 0.42 * len(rows) + 1.1), layout="constrained")
    colours = {"kata watch": "C2", "pytest, cold": "C0", "pytest-watcher": "C7"}
    for row, (_, name, times) in enumerate(rows):
        median = statistics.median(times)
        ax.plot(times, [row] * len(times), "o", color=colours[name], alpha=0.4, markersize=4)
        ax.plot([median] * 2, [row - 0.3, row + 0.3], color=colours[name], linewidth=3)
        text = f"{median * 1000:.0f} ms" if median < 1 else f"{median:.1f} s"
        ax.text(max(times) * 1.12, row, text, va="center")
    ax.set_yticks(range(len(rows)), [f"{day}  {name}" for day, name, _ in rows])
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.set_xlim(0.03, 20)
    ax.set_xticks([0.03, 0.1, 0.3, 1, 3, 10], ["30 ms", "100 ms", "0.3 s", "1 s", "3 s", "10 s"])
    ax.minorticks_off()
    ax.grid(axis="x", alpha=0.3)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_title("from a save to its verdict on the screen", loc="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
