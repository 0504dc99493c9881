"""What another job uploads is checked before anybody reads it."""

import json
import subprocess
import sys

import pytest

from kata import layout
from kata.grade import uploaded
from kata.grade.results import DayResult, TestResult

GOOD = DayResult("day09", (TestResult("test_one[3]", "core", "passed"),), isolation={"x": True})


@pytest.fixture
def read(tmp_path):
    def read(*lines):
        path = tmp_path / "results.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return uploaded.read(path)

    return read


def line(**changes):
    return json.dumps({"key": "k", **GOOD.to_json(), **changes})


def test_what_a_grader_writes_is_read(read):
    assert read(line()) == [GOOD]


def test_points_are_counted_again(read):
    assert read(line(points=999, maximum=1000))[0].points == 1


TEST = {"name": "test_one", "kind": "core", "status": "passed", "mistake": "", "message": ""}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[1, 2", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a day's result"),
        ('{"day": "day09"}', "not a day's result"),
        (line(day="day99"), "no day"),
        (line(day=7), "no day"),
        (line(tests=[TEST, TEST]), "one twice"),
        (line(tests=[{**TEST, "name": f"test_{i}"} for i in range(501)]), "too many"),
        (line(tests=[{**TEST, "name": "::notice::x"}]), "cannot be one"),
        (line(tests=[{**TEST, "status": "great"}]), "cannot be one"),
        (line(tests=[{**TEST, "kind": "gift"}]), "cannot be one"),
        (line(tests=[{**TEST, "message": "x" * 30_000}]), "too long"),
        (line(tests=[{**TEST, "message": 3}]), "too long"),
        (line(problem=None), "too long"),
        (line(isolation={"x": "yes"}), "true or false"),
        ("x" * (5 << 20), "larger"),
    ],
)
def test_what_cannot_be_true_is_refused(read, wrong, said):
    with pytest.raises(ValueError, match=said):
        read(wrong)


def test_a_day_counts_once(read):
    with pytest.raises(ValueError, match="two results for one day"):
        read(line(), line())


def test_the_summary_needs_no_torch(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text(line() + "\n", encoding="utf-8")
    code = (
        "import sys; sys.modules['torch'] = None; sys.argv[1:] = "
        f"[{str(path)!r}, '--name', '=ada|`x`']\n"
        "from kata.grade.uploaded import main\nsys.exit(main())"
    )

    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=layout.ROOT, check=False
    )

    assert run.returncode == 0, run.stderr
    assert "day09" in run.stdout
