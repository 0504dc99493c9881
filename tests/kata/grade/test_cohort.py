"""A class is graded once, whatever happens on the way."""

import csv
import gc
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from kata import layout
from kata.grade import cohort
from kata.grade.command import Options, grade
from kata.grade.results import DayResult, Student, TestResult
from kata.grade.sandbox import Layers, Limits

pytestmark = pytest.mark.timeout(240)

DAYS = ("day09", "day11")


@pytest.fixture(autouse=True, scope="module")
def one_server():
    yield
    cohort.close_server()


@pytest.fixture
def class_of(tmp_path):
    """Return a function that makes forks with small differences, every fifth of them broken."""

    def class_of(number):
        for index in range(number):
            for day in DAYS:
                exercise = layout.day(day)
                text = exercise.solution.read_text(encoding="utf-8")
                if index % 5 == 4 and day == "day09":
                    text = text.replace("def predict(", "def predikt(")
                path = tmp_path / "forks" / f"s{index:03}" / f"exercises/{day}/{exercise.topic}.py"
                path.parent.mkdir(parents=True)
                path.write_text(f"# by student {index}\n{text}", encoding="utf-8")
        return sorted((tmp_path / "forks").iterdir())

    return class_of


def command(forks, out, *more):
    days = [argument for day in DAYS for argument in ("--day", day)]
    grade_them = [sys.executable, "-m", "kata", "grade", *map(str, forks), "--out", str(out)]
    return [*grade_them, *days, "--seed", "7", *more]


def rows(out):
    with (out / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def without_times(out):
    """Return what results.jsonl says, apart from how long it took, by key."""
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    for line in found:
        del line["seconds"], line["bodies"]
    assert len({line["key"] for line in found}) == len(found), "a job has been graded twice"
    return {line["key"]: line for line in found}


def test_a_class_gets_what_each_deserves(class_of, tmp_path):
    run = subprocess.run(
        command(class_of(5), tmp_path / "out"), capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr
    points = {
        name: (int(row["day09"]), int(row["day11"])) for name, row in rows(tmp_path / "out").items()
    }
    assert points["s000"] == points["s003"] == (41, 39)
    assert 0 < points["s004"][0] < 41
    assert points["s004"][1] == 39
    assert "name missing" in run.stdout


def test_a_grader_that_is_killed_goes_on_where_it_was(class_of, tmp_path):
    forks = class_of(10)
    out, whole = tmp_path / "out", tmp_path / "whole"
    for _ in range(2):
        process = subprocess.Popen(
            command(forks, out, "--resume"), stdout=subprocess.DEVNULL, start_new_session=True
        )
        before = _lines(out)
        while process.poll() is None and _lines(out) < before + 5:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert 0 < _lines(out) < 20
    with (out / "results.jsonl").open("a") as file:
        file.write('{"key": "cut sho')  # as a kill in the middle of a line leaves it

    subprocess.run(command(forks, out, "--resume"), check=True, capture_output=True)
    subprocess.run(command(forks, whole, "--jobs", "1"), check=True, capture_output=True)

    assert without_times(out) == without_times(whole)
    assert (out / "gradebook.csv").read_bytes() == (whole / "gradebook.csv").read_bytes()
    assert len(rows(out)) == 10


def _lines(out):
    path = out / "results.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_results_that_are_there_are_not_overwritten(class_of, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.jsonl").write_text("precious\n")

    run = subprocess.run(command(class_of(1), out), capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert "--resume" in run.stderr
    assert (out / "results.jsonl").read_text() == "precious\n"


def test_shards_together_are_the_class(class_of, tmp_path):
    forks = class_of(6)
    roster = tmp_path / "class.csv"
    roster.write_text("name,source\n" + "".join(f"{fork.name},{fork}\n" for fork in forks))
    found = []
    for part in (1, 2, 3):
        out = tmp_path / f"out{part}"
        options = ["--roster", str(roster), "--shard", f"{part}/3"]
        run = subprocess.run(command([], out, *options), capture_output=True, check=False)
        if run.returncode == 0:
            found += rows(out)

    assert sorted(found) == [fork.name for fork in forks]


def test_a_cluster_that_loses_a_worker_loses_no_result(class_of, tmp_path):
    """The same jobs on Dask give what they give here, although one of its workers is killed."""
    distributed = pytest.importorskip("distributed")
    students = [Student(fork.name, str(fork)) for fork in class_of(8)]
    days = [layout.day(day) for day in DAYS]

    def forks():
        settings = {"limits": Limits(), "layers": Layers()}
        return cohort.prepare(students, days, secret="7", **settings)

    here, there = forks(), forks()
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
    )
    killed = []

    def kill_one():
        done.append(1)
        if len(done) == 3 and not killed:
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    done = []
    with cluster, distributed.Client(cluster) as client, client.get_executor(retries=3) as executor:
        results = cohort.Results(tmp_path / "there.jsonl", resume=False)
        cohort.run(there, executor, results, done=kill_one)
    with ThreadPoolExecutor(2) as executor:
        results = cohort.Results(tmp_path / "here.jsonl", resume=False)
        cohort.run(here, executor, results)

    assert killed
    assert len(done) == 16
    assert [verdicts(fork) for fork in there] == [verdicts(fork) for fork in here]


def verdicts(fork):
    return [(day.day, day.tests, day.refusals, day.problem) for day in fork.graded().days]


def test_what_is_done_takes_little_room(class_of, tmp_path, monkeypatch):
    seen = []

    def grade_day(job):
        seen.append(weakref.ref(job))
        tests = tuple(TestResult(f"test_{number}", "core", "passed") for number in range(40))
        return {"key": job.key, **DayResult(job.day, tests).to_json()}

    monkeypatch.setattr(cohort, "grade_day", grade_day)
    students = [Student(fork.name, str(fork)) for fork in class_of(4)]
    forks = cohort.prepare(
        students,
        [layout.day(day) for day in DAYS],
        secret="7",
        limits=Limits(),
        layers=Layers(),
    )

    with ThreadPoolExecutor(2) as executor:
        results = cohort.Results(tmp_path / "results.jsonl", resume=False)
        cohort.run(forks, executor, results)
    gc.collect()

    assert len(seen) == 8
    assert not any(job() for job in seen)  # and with it the text
    assert len({id(test) for fork in forks for test in fork.days["day09"].tests}) == 40


def test_the_seed_is_kept_beside_the_results(class_of, tmp_path):
    from rich.console import Console

    options = Options(class_of(1), days=[layout.day("day09")], out=tmp_path / "out", seed="s3")
    grade(options, Console(quiet=True))

    assert json.loads((tmp_path / "out" / "seed.json").read_text()) == {"seed": "s3"}


def test_a_fork_that_is_not_there_says_so_and_the_others_are_graded(class_of, tmp_path):
    forks = [*class_of(1), tmp_path / "nobody"]

    run = subprocess.run(
        command(forks, tmp_path / "out"), capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert "does not exist" in run.stdout.replace("\n", " ")
    assert rows(tmp_path / "out")["s000"]["day09"] == "41"


def test_windows_is_told_what_to_do(class_of, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(ValueError, match="WSL"):
        grade(Options(class_of(1), out=tmp_path / "out"), None)


@pytest.mark.parametrize("seconds", [1.5, 6])
def test_ctrl_c_ends_at_once_and_leaves_nothing(class_of, tmp_path, seconds):
    """While the server starts as well as while a fork runs for ever."""
    [fork] = class_of(1)
    stub = fork / "exercises" / "day09" / "network.py"
    stub.write_text("while True:\n    pass\n", encoding="utf-8")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command([fork], tmp_path / "out"), env=environment, stderr=subprocess.PIPE, text=True
    )
    time.sleep(seconds)

    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    said = process.communicate(timeout=60)[1]

    assert process.returncode == 1
    assert "--resume" in said
    assert time.monotonic() - start < 15
    assert not list(tmp_path.glob("kata-grade-*"))
