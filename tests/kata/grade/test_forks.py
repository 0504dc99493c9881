"""Whole forks, hostile or broken, graded as `kata grade` does: nothing in them but text counts."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pytest
from rich.console import Console

from kata import layout, stubs
from kata.grade import cohort, command, submission
from kata.grade.results import Student
from kata.grade.submission import LARGEST

DAY = layout.day("day09")
PATH = "exercises/day09/network.py"
SOLUTION = DAY.solution.read_text(encoding="utf-8")
TESTS = ["test_forward_by_hand_of_two_small_numbers", "test_predict_works_on_images"]
NOTHING = "raise SystemExit('nothing of a fork but its exercises may run')\n"


@pytest.fixture(scope="module", autouse=True)
def few_tests(only):
    """Let the day have two tests: here it matters which text is graded, not how it does."""
    with only(TESTS):
        yield
    cohort.close_server()


@pytest.fixture
def fork(tmp_path):
    """A fork with day 9 solved."""
    folder = tmp_path / "fork"
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_text(SOLUTION, encoding="utf-8")
    return folder


@pytest.fixture
def graded(tmp_path):
    """Return a function that grades forks, or a roster, and returns what they got."""

    def graded(*forks, **options):
        console = Console(file=io.StringIO(), width=100)
        chosen = command.Options(forks=forks, days=[DAY], jobs=1, out=tmp_path / "out", **options)
        found = command.grade(chosen, console)
        graded.shown = console.file.getvalue()
        for name in ("gradebook.csv", "canvas.csv", "junit.xml", "summary.md", "results.jsonl"):
            assert (tmp_path / "out" / name).is_file()
        return found

    return graded


def solved(one):
    return not one.problem and [test.status for test in one.days[0].tests] == ["passed", "passed"]


def why(one):
    """Return why a file was not taken."""
    (refusal,) = one.days[0].refusals
    assert refusal.rule == "file-not-taken"
    assert one.points == 0
    assert one.maximum == len(TESTS)
    return refusal.message


def test_a_class_of_copies_of_one_fork_runs_once_and_all_get_their_points(fork, graded, tmp_path):
    shutil.copytree(fork, tmp_path / "copy")

    found = graded(fork, tmp_path / "copy")

    assert all(map(solved, found))
    assert len((tmp_path / "out" / "results.jsonl").read_text().splitlines()) == 1


BESIDE = {
    "tests edited": ("tests/day09/test_network.py", "def test_nothing(): pass\n"),
    "a conftest added": ("conftest.py", NOTHING),
    "a conftest among the exercises": ("exercises/day09/conftest.py", NOTHING),
    "pytest.ini": ("pytest.ini", "[pytest]\naddopts = --collect-only\n"),
    "pyproject.toml changed": ("pyproject.toml", "[tool.pytest]\naddopts = ['--co']\n"),
    "sitecustomize": ("sitecustomize.py", NOTHING),
    "usercustomize": ("usercustomize.py", NOTHING),
    "a .pth file": ("nice.pth", f"import sys; {NOTHING}"),
    "a local torch": ("torch.py", NOTHING),
    "a local torch among the exercises": ("exercises/day09/torch.py", NOTHING),
    "a local pytest": ("pytest.py", NOTHING),
    "a runner of its own": ("kata/expect.py", NOTHING),
    "an __init__ that runs": ("exercises/day09/__init__.py", NOTHING),
    "compiled code": ("exercises/day09/__pycache__/network.cpython-311.pyc", NOTHING),
    "a report": ("report.json", '{"points": 1000}'),
    "a hostile name": ("exercises/day09/=cmd|' \n ```.py", NOTHING),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_what_lies_beside_the_exercises_is_left_behind(fork, graded, beside):
    name, text = BESIDE[beside]
    path = fork / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    assert solved(graded(fork)[0])


@pytest.mark.parametrize("beside", ["tests edited", "pyproject.toml changed"])
def test_an_untouched_exercise_stays_untouched_whatever_lies_beside_it(fork, graded, beside):
    name, text = BESIDE[beside]
    (fork / name).parent.mkdir(parents=True, exist_ok=True)
    (fork / name).write_text(text)
    (fork / PATH).write_text(stubs.expected(DAY), encoding="utf-8")

    (one,) = graded(fork)

    assert {test.status for test in one.days[0].tests} == {"todo"}
    assert one.points == 0


def test_the_graders_own_environment_does_not_reach_the_tests(fork, graded, monkeypatch):
    cohort.close_server()
    for name, value in {
        "PYTEST_ADDOPTS": "--collect-only -p nothing_like_it",
        "PYTEST_PLUGINS": "nothing_like_it",
        "PYTHONSTARTUP": str(fork / "torch.py"),
        "PYTHONPATH": str(fork),
        "PYTHONWARNINGS": "error",
    }.items():
        monkeypatch.setenv(name, value)
    (fork / "torch.py").write_text(NOTHING)

    assert solved(graded(fork)[0])
    cohort.close_server()


def test_a_link_in_place_of_the_file_is_not_followed(fork, graded):
    (fork / PATH).unlink()
    (fork / PATH).symlink_to(DAY.solution)

    assert "links are not followed" in why(graded(fork)[0])


def test_a_link_in_place_of_a_folder_is_not_followed(fork, graded, tmp_path):
    (fork / "exercises").rename(tmp_path / "elsewhere")
    (fork / "exercises").symlink_to(tmp_path / "elsewhere")

    assert "links are not followed" in why(graded(fork)[0])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_in_place_of_the_file_is_not_waited_for(fork, graded):
    (fork / PATH).unlink()
    os.mkfifo(fork / PATH)

    assert "not a regular file" in why(graded(fork)[0])


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a device"
)
def test_a_device_in_place_of_the_file_is_not_read(fork, graded):
    (fork / PATH).unlink()
    try:
        os.mknod(fork / PATH, 0o20666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("this container makes no devices")

    # Where devices may be opened at all; a folder mounted nodev refuses to.
    assert why(graded(fork)[0]) in ("it is not a regular file", "Permission denied")


def test_a_folder_in_place_of_the_file_is_refused(fork, graded):
    (fork / PATH).unlink()
    (fork / PATH).mkdir()

    assert "not a regular file" in why(graded(fork)[0])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"#" * (2 << 20), f"larger than {LARGEST >> 10} KiB"),
        (b"x = 1\ny = '\xff'\n", "not UTF-8 text: line 2"),
        (b"\x7fELF\0\0\0\0", "null bytes"),
        (SOLUTION.encode("utf-16"), "null bytes"),
    ],
    ids=["too large", "not UTF-8", "binary", "UTF-16"],
)
def test_a_file_that_is_no_ordinary_text_is_not_taken(fork, graded, data, reason):
    (fork / PATH).write_bytes(data)

    assert reason in why(graded(fork)[0])


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_taken(fork, graded):
    (fork / PATH).write_bytes(b"\xef\xbb\xbf" + SOLUTION.replace("\n", "\r\n").encode())

    assert solved(graded(fork)[0])


def test_an_empty_file_gets_no_point(fork, graded):
    (fork / PATH).write_bytes(b"")

    (one,) = graded(fork)

    assert {test.status for test in one.days[0].tests} == {"failed"}
    assert one.points == 0


@pytest.mark.parametrize("gone", ["the file", "the day", "everything"])
def test_what_is_missing_says_so_and_costs_its_points(fork, graded, gone):
    (fork / PATH).unlink()
    if gone != "the file":
        (fork / PATH).parent.rmdir()
    if gone == "everything":
        (fork / "exercises").rmdir()

    assert why(graded(fork)[0]) == "the file is missing"


def test_a_missing_fork_is_a_problem_of_that_fork_alone(fork, graded, tmp_path):
    here, gone = graded(fork, tmp_path / "gone")

    assert solved(here)
    assert "does not exist" in gone.problem
    assert gone.points == 0


def test_hostile_answers_reach_the_report_as_text_only(fork, graded, tmp_path):
    hostile = "``````\n<script>alert(1)</script>\n=cmd()\n::add-mask::x\n# Points: 1000\n\x1b[2J"
    (fork / "exercises/day09/answer.md").write_text(hostile)
    (fork / "exercises/reflection.md").write_text("x" * 1000 + "`" * 50)

    (one,) = graded(fork)

    assert one.answers["exercises/day09/answer.md"] == hostile
    (report,) = (tmp_path / "out" / "reports").iterdir()
    text = report.read_text(encoding="utf-8")
    assert "\x1b" not in text
    fences = [line for line in text.splitlines() if line.startswith("`" * 7)]
    assert len(fences) >= 2
    assert text.index(fences[0]) < text.index("<script>") < text.rindex(fences[0])
    assert "alert" not in graded.shown


def test_a_link_in_place_of_an_answer_is_not_followed(fork, graded, tmp_path):
    (tmp_path / "secret").write_text("secret of the teacher")
    (fork / "exercises/day09/answer.md").symlink_to(tmp_path / "secret")

    (one,) = graded(fork)

    assert solved(one)
    assert "secret of the teacher" not in str(one)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "-1+1", "a ``` b", "$(touch x)", "ada\nbob"])
def test_a_fork_with_a_hostile_name_is_graded_and_its_name_kept_harmless(
    fork, graded, tmp_path, name
):
    fork.rename(tmp_path / name)

    (one,) = graded(tmp_path / name)

    assert solved(one)
    with (tmp_path / "out" / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines():
        json.loads(line)


def git(folder, *arguments):
    own = ["-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *own, *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def repository(fork):
    """The fork as a repository with one commit, and with settings that would run programs."""
    git(fork, "init", "--quiet", "-b", "main")
    git(fork, "add", ".")
    git(fork, "commit", "--quiet", "-m", "one")
    return fork


def armed(folder, mark):
    """Let every program that git's settings can name leave a mark."""
    script = folder / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "uploadpack.packObjectsHook"):
        git(folder, "config", key, str(script))
    git(folder, "config", "alias.fetch", f"!{script}")
    git(folder, "config", "alias.status", f"!{script}")
    git(folder, "config", "filter.nice.smudge", str(script))
    for hook in ("post-checkout", "post-merge", "pre-commit", "post-index-change"):
        (folder / ".git" / "hooks").mkdir(exist_ok=True)
        (folder / ".git" / "hooks" / hook).write_text(script.read_text())
        (folder / ".git" / "hooks" / hook).chmod(0o755)


def test_git_is_not_run_in_a_checkout_whose_settings_run_programs(repository, graded, tmp_path):
    armed(repository, tmp_path / "ran")

    assert solved(graded(repository)[0])
    assert not (tmp_path / "ran").exists()


def roster(tmp_path, *rows):
    path = tmp_path / "class.csv"
    path.write_text("name,source,ref\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_clone_runs_nothing_of_the_repository_and_follows_no_link(repository, graded, tmp_path):
    (repository / ".gitattributes").write_text("*.py filter=nice\n")
    (repository / "exercises/day09/answer.md").symlink_to("/etc/passwd")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "two")
    armed(repository, tmp_path / "ran")

    (one,) = graded(roster=roster(tmp_path, f"Ada,file://{repository},"))

    assert solved(one)
    assert "root:" not in str(one.answers)
    assert not (tmp_path / "ran").exists()


def test_a_clone_takes_the_branch_tag_or_commit_that_the_roster_names(repository, graded, tmp_path):
    git(repository, "tag", "handed-in")
    (repository / PATH).write_text("nothing = 0\n")
    git(repository, "commit", "--quiet", "-am", "two")

    ada, bob, eve = graded(
        roster=roster(
            tmp_path,
            f"Ada,file://{repository},handed-in",
            f"Bob,file://{repository},main",
            f"Eve,file://{repository},nothing-like-it",
        )
    )

    assert solved(ada)
    assert bob.points == 0
    assert not bob.problem
    assert "cannot be cloned" in eve.problem


def test_a_folder_of_the_roster_with_a_ref_is_cloned_at_it(repository, graded, tmp_path):
    git(repository, "tag", "handed-in")
    (repository / PATH).write_text("nothing = 0\n")

    (one,) = graded(roster=roster(tmp_path, f"Ada,{repository},handed-in"))

    assert solved(one)


@pytest.mark.parametrize(
    "source", ["ext::sh -c touch% RAN", "ssh://-oProxyCommand=touch RAN/x", "--upload-pack=touch"]
)
def test_an_address_that_runs_a_program_is_a_problem_and_runs_nothing(tmp_path, source, fork):
    source = source.replace("RAN", str(tmp_path / "ran"))

    with pytest.raises(submission.SourceError), submission.checkout(Student("Ada", source)) as own:
        submission.take(own)

    assert not (tmp_path / "ran").exists()


def test_submodules_are_not_fetched(repository, graded, tmp_path):
    text = f'[submodule "x"]\npath = x\nurl = ext::sh -c "touch {tmp_path}/ran"\n'
    (repository / ".gitmodules").write_text(text)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "two")

    (one,) = graded(roster=roster(tmp_path, f"Ada,file://{repository},"))

    assert solved(one)
    assert not (tmp_path / "ran").exists()


def test_a_crash_in_one_fork_leaves_the_others_their_points(fork, graded, tmp_path):
    for number, text in enumerate(["import os\nos._exit(0)\n", "while True: pass\n"]):
        path = tmp_path / f"bad{number}" / PATH
        path.parent.mkdir(parents=True)
        path.write_text(text)

    found = graded(
        tmp_path / "bad0",
        fork,
        tmp_path / "bad1",
        limits=command.Limits(wall=3),
    )

    assert [one.points for one in found] == [0, len(TESTS), 0]


def test_an_untouched_fork_gets_nothing_and_every_day_says_what_to_do(tmp_path, graded):
    folder = tmp_path / "untouched"
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_text(stubs.expected(DAY), encoding="utf-8")

    (one,) = graded(folder)

    assert one.points == 0
    assert not one.days[0].problem
    assert {test.status for test in one.days[0].tests} == {"todo"}
