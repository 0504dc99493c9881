"""The `kata` command: what it says and leaves behind, above all where work is in the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata import data, layout, stubs
from kata.cli import app
from kata.layout import ROOT

SOLUTION = '''"""Counting."""


def double(x: int) -> int:
    """Return two times x."""
    return 2 * x
'''


@pytest.fixture
def days(tmp_path, monkeypatch):
    """Two exercises in a folder of their own, their stubs written."""
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    exercises = [layout.Exercise(1, "counting"), layout.Exercise(2, "doubling")]
    for exercise in exercises:
        for path, text in [(exercise.solution, SOLUTION), (exercise.tests, "")]:
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
        stubs.write(exercise)
    return exercises


def kata(*arguments):
    return CliRunner().invoke(app, arguments)


def change_solutions(days):
    for exercise in days:
        text = SOLUTION.replace("two times", "twice")
        exercise.solution.write_text(text, encoding="utf-8")


def work_on(exercise):
    exercise.stub.write_text("def double(x):\n    return x + x\n", encoding="utf-8")
    return exercise.stub.read_bytes()


# ---- stubs


def test_check_says_that_all_is_well(days):
    result = kata("stubs", "--check")

    assert (result.exit_code, result.output) == (0, "2 stubs are as their solutions say\n")


def test_check_names_what_drifted_and_changes_nothing(days):
    change_solutions(days[:1])
    before = days[0].stub.read_bytes()

    result = kata("stubs", "--check")

    assert result.exit_code == 1
    assert result.stdout == (
        "exercises/day01/counting.py is not the stub of solutions/day01/counting.py\n"
    )
    assert result.stderr == "`kata stubs` writes the stubs again\n"
    assert days[0].stub.read_bytes() == before


def test_check_looks_at_the_days_asked_for(days):
    change_solutions(days[:1])

    assert kata("stubs", "--check", "doubling").exit_code == 0
    assert kata("stubs", "--check", "1").exit_code == 1


def test_a_missing_stub_has_drifted(days):
    days[1].stub.unlink()

    assert "exercises/day02/doubling.py is not" in kata("stubs", "--check").stdout


def test_what_drifted_is_written_and_the_rest_is_not_touched(days):
    change_solutions(days[:1])
    os.utime(days[1].stub, (0, 0))

    result = kata("stubs")

    assert (result.exit_code, result.output) == (0, "wrote exercises/day01/counting.py\n")
    assert "twice" in days[0].stub.read_text(encoding="utf-8")
    assert days[1].stub.stat().st_mtime == 0
    again = kata("stubs")
    assert again.output == "nothing to write: the stubs are as their solutions say\n"


def test_one_day_is_written_and_the_others_stay(days):
    change_solutions(days)

    kata("stubs", "day02")

    assert "twice" in days[1].stub.read_text(encoding="utf-8")
    assert "twice" not in days[0].stub.read_text(encoding="utf-8")


def test_work_is_never_overwritten(days):
    change_solutions(days)
    work = work_on(days[0])

    result = kata("stubs")

    assert result.exit_code == 1
    assert result.stdout == "wrote exercises/day02/doubling.py\n"
    assert result.stderr == (
        "left alone, because there is work in it: exercises/day01/counting.py "
        "(--force keeps a copy)\n"
    )
    assert days[0].stub.read_bytes() == work
    assert [path.name for path in days[0].stub.parent.iterdir()] == ["counting.py"]


def test_force_replaces_work_and_keeps_each_copy(days):
    first = work_on(days[0])
    result = kata("stubs", "--force", "counting")
    days[0].stub.write_text("more = 2\n", encoding="utf-8")
    kata("stubs", "--force")

    assert result.exit_code == 0
    assert result.output == (
        "wrote exercises/day01/counting.py, "
        "what was there is now exercises/day01/counting.py.1.orig\n"
    )
    folder = days[0].stub.parent
    assert (folder / "counting.py.1.orig").read_bytes() == first
    assert (folder / "counting.py.2.orig").read_text(encoding="utf-8") == "more = 2\n"
    assert days[0].stub.read_text(encoding="utf-8") == stubs.expected(days[0])


def test_force_makes_no_copy_of_an_untouched_stub(days):
    change_solutions(days)

    kata("stubs", "--force")

    assert not list(layout.ROOT.rglob("*.orig"))


@pytest.mark.parametrize("command", ["stubs", "attempts"])
def test_a_day_that_does_not_exist_lists_the_days(days, command):
    result = kata(command, "day99")

    assert result.exit_code == 1
    assert result.stderr == (
        "there is no exercise 'day99'; the days are day01 (counting), day02 (doubling)\n"
    )


def test_one_unknown_day_among_others_writes_nothing(days):
    change_solutions(days)

    assert kata("stubs", "1", "nine").exit_code == 1
    assert "twice" not in days[0].stub.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(28, "No space left on device"), "cannot be written: No space left on device\n"),
        (PermissionError(13, "Permission denied"), "cannot be written: Permission denied\n"),
        (KeyboardInterrupt(), ""),
    ],
    ids=["disk full", "no permission", "Ctrl-C"],
)
def test_whoever_is_interrupted_keeps_the_file_of_before(days, monkeypatch, error, says):
    change_solutions(days[:1])
    before = days[0].stub.read_bytes()
    real = Path.write_text

    def half(path, text, **options):
        real(path, text[:20], **options)
        raise error

    monkeypatch.setattr(Path, "write_text", half)
    result = kata("stubs")

    assert result.exit_code != 0
    assert says in result.stderr
    assert days[0].stub.read_bytes() == before
    assert [path.name for path in days[0].stub.parent.iterdir()] == ["counting.py"]


def test_a_folder_in_place_of_the_file_is_said_so(days):
    days[0].stub.unlink()
    days[0].stub.mkdir()

    result = kata("stubs", "--force")

    assert result.exit_code == 1
    assert "exercises/day01/counting.py cannot be written: " in result.stderr


# ---- attempts and download


def test_attempts_ends_with_one_if_the_tests_cannot_tell(days, monkeypatch):
    asked = []

    def report(wanted, **options):
        asked.append((wanted, options))
        return len(asked) - 1

    monkeypatch.setattr("kata.attempts.report", report)

    assert kata("attempts").exit_code == 0
    more = ["--jobs", "3", "--seed", "7", "-v", "--every-test"]
    assert kata("attempts", "doubling", *more).exit_code == 1
    assert asked == [
        (days, {"jobs": 2, "seed": 0, "verbose": False, "every_test": False}),
        (days[1:], {"jobs": 3, "seed": 7, "verbose": True, "every_test": True}),
    ]


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_attempts_needs_at_least_one_job(days, jobs):
    assert kata("attempts", "--jobs", jobs).exit_code == 2


def test_download_says_nothing_of_its_own_when_all_is_well(monkeypatch):
    monkeypatch.setattr(data, "download", lambda: None)

    assert kata("download").exit_code == 0


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (data.MnistError("no network: try again later"), "no network: try again later\n"),
        (KeyboardInterrupt(), "stopped; nothing half-written is left behind\n"),
    ],
    ids=["no network", "Ctrl-C"],
)
def test_a_download_that_fails_says_so_in_a_line(monkeypatch, error, says):
    def download():
        raise error

    monkeypatch.setattr(data, "download", download)

    result = kata("download")

    assert (result.exit_code, result.stderr) == (1, says)
    assert result.exception is None or isinstance(result.exception, SystemExit)


# ---- the command itself


def test_without_a_command_the_help_is_shown():
    result = kata()

    assert all(word in result.output for word in ("stubs", "attempts", "download"))


def test_the_command_does_not_import_torch():
    code = "import sys, kata.cli; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert done.stdout == "False\n"
