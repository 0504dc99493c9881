"""Record `kata watch` for the README: real saves in a terminal, and what it shows after each.

python -m bench.recording [docs/watch.svg]
"""

import io
import os
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench import latency
from bench.terminal import Program
from kata import layout
from kata.stubs import expected

COLUMNS = 92
CLEAR = "\033[H\033[2J"

TITLES = ("an untouched stub", "a first try, saved", "mended, saved")


def saves() -> list[str]:
    """Return the texts of the day's file in the order in which they are saved."""
    day = layout.day("day10")
    stub, solution = expected(day), day.solution.read_text(encoding="utf-8")
    message = 'raise NotImplementedError("day 10: mse_loss")'
    assert message in stub
    first_try = stub.replace(message, "return ((prediction - target) ** 2).sum()")
    return [stub, first_try, solution]


def screens(project: Path) -> list[str]:
    """Return what the terminal shows after each save."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "NO_COLOR")}
    environment = kept | {"PYTHONPATH": str(project), "TERM": "xterm-256color"}
    stub = project / layout.day("day10").stub.relative_to(layout.ROOT)
    first, *later = saves()
    stub.write_text(first, encoding="utf-8")
    command = [sys.executable, "-m", "kata", "watch", "day10"]
    with Program(command, folder=project, environment=environment, columns=COLUMNS) as program:
        found = [program.read_until("[q]uit", 120)]
        for text in later:
            time.sleep(2)
            program.read_for(0.1)
            stub.write_text(text, encoding="utf-8")
            found.append(program.read_until("[q]uit", 60))
    return [screen.rpartition(CLEAR)[2].replace("\r\n", "\n") for screen in found]


def main() -> int:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else layout.ROOT / "docs" / "watch.svg")
    with tempfile.TemporaryDirectory() as folder:
        latency.copy_of_the_project(Path(folder))
        found = screens(Path(folder))
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for title, screen in zip(TITLES, found, strict=True):
        console.rule(f"[dim]{title}", style="dim")
        console.print(Text.from_ansi(screen))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(console.export_svg(title="kata watch day10"), encoding="utf-8")
    print(f"recorded in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
