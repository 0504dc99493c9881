"""How long a cold `pytest solutions/day09` takes, beside `python -c "import torch"`.

    python -m bench.startup [--runs 7]

Whole processes, taken in turn so that both see the same machine; medians, and the median of the
ratios pair by pair.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.4

COMMANDS = {
    'python -c "import torch"': [sys.executable, "-c", "import torch"],
    "pytest solutions/day09": [sys.executable, "-m", "pytest", "-q", "solutions/day09"],
}


def seconds(command: list[str]) -> float:
    """Return the wall time of one run in seconds."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    for command in COMMANDS.values():  # the first run of each fills the caches
        seconds(command)
    pairs = [[seconds(command) for command in COMMANDS.values()] for _ in range(runs)]
    for name, times in zip(COMMANDS, zip(*pairs, strict=True), strict=True):
        print(f"{name:28} {statistics.median(times):6.2f} s  ({min(times):.2f}–{max(times):.2f})")
    ratio = statistics.median(cold / torch for torch, cold in pairs)
    print(f"{'ratio':28} {ratio:6.2f}    (at most {LIMIT})")
    sys.exit(ratio > LIMIT)


if __name__ == "__main__":
    main()
