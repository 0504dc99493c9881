"""A class, or one fork: take, check, run and collect, one job for each fork and day.

Each job's result is a line of results.jsonl as soon as it is there, under a key made of what
decides about it; a run that was interrupted starts again where it was.
"""

import atexit
import contextlib
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kata import layout
from kata.grade import course, ledger, policy, submission
from kata.grade.results import DayResult, Graded, Refusal, Student, TestResult
from kata.grade.sandbox import Layers, Limits, Run, Server, ServerError
from kata.grade.submission import SourceError
from kata.layout import Exercise


@dataclass(frozen=True)
class Job:
    """One day of one submission, ready to run anywhere: plain data."""

    key: str
    day: str
    source: str | None  # None: there is no file
    problem: str  # why there is none
    seed: int
    limits: Limits = field(default_factory=Limits)
    layers: Layers = field(default_factory=Layers)
    image: str = ""  # the Docker image in which it runs


# Where most of a fork's time goes, by bench.grading: these begin first, so that none ends alone.
LONGEST = ("day14", "day12", "day08")

_servers: list[Server] = []  # this process's; the last is in use, those before it have ended
_starting = threading.Lock()
_interrupted = threading.Event()


def server(image: str = "") -> Server:
    """Return this process's server, started when it is first asked for, or when it has ended.

    It is in a container if the image of one is named.

    Raises: ServerError if it cannot start, or if everything is about to end.
    """
    with _starting:
        if _interrupted.is_set():
            raise ServerError("interrupted")
        # The folder of one that has ended stays: other jobs of it may still run there.
        if not _servers or _servers[-1].process.poll() is not None:
            _servers.append(Server(image))
        return _servers[-1]


def interrupt() -> None:
    """End the running jobs, and let none begin any more."""
    _interrupted.set()
    close_server()


@atexit.register
def close_server() -> None:
    """End this process's server, if it has one."""
    while _servers:
        _servers.pop().close()


def grade_day(job: Job) -> dict[str, Any]:
    """Grade one day of one submission; what executors run, here or on another machine."""
    exercise = layout.day(job.day)
    expected = server(job.image).expected(exercise)
    if job.source is None:
        refusal = Refusal(submission.path_of(exercise), 1, "file-not-taken", job.problem)
        tests = tuple(TestResult(n, k, "missing", "", job.problem) for n, k in expected.items())
        result = DayResult(job.day, tests, (refusal,))
    else:
        source: str = job.source
        refusals: tuple[Refusal, ...] = ()
        if job.layers.policy:
            checked = policy.check(job.source, exercise)
            source, refusals = checked.source, checked.refusals
        run = _run(job, exercise, source)
        result = ledger.day_result(job.day, expected, run, refusals, check=job.layers.ledger)
    return {"key": job.key, **result.to_json()}


def _run(job: Job, exercise: Exercise, source: str) -> Run:
    """Run a job, and once more if the server ended meanwhile: another job may have ended it."""
    problem = ""
    for _ in range(2):
        own = server(job.image)
        try:
            return own.run(exercise, source, seed=job.seed, limits=job.limits, layers=job.layers)
        except ServerError as error:
            problem = str(error)
    return Run([], broken=f"{problem}, twice")


@dataclass
class Fork:
    """A student's submission while it is graded."""

    student: Student
    submission: str = ""  # SHA-256 of what was taken from it
    answers: dict[str, str] = field(default_factory=dict)  # for a person to read: file → its text
    problem: str = ""
    jobs: list[Job] = field(default_factory=list)  # until they are handed over
    days: dict[str, DayResult] = field(default_factory=dict)

    def graded(self) -> Graded:
        """Return what has been found so far, the days in order."""
        days = tuple(self.days[day] for day in sorted(self.days))
        return Graded(self.student, self.submission, days, self.answers, self.problem)


def prepare(
    students: Sequence[Student],
    days: Sequence[Exercise],
    *,
    secret: str,
    limits: Limits,
    layers: Layers,
    image: str = "",
) -> list[Fork]:
    """Take every submission and make its jobs; what cannot be taken says so in its `problem`."""
    version = _version()
    forks = []
    for student in students:
        fork = Fork(student)
        forks.append(fork)
        try:
            with submission.checkout(student) as folder:
                taken = submission.take(folder)
        except SourceError as error:
            fork.problem = str(error)
            continue
        fork.submission, fork.answers = taken.digest, taken.answers()
        for exercise in days:
            path = submission.path_of(exercise)
            text, problem = taken.texts.get(path), taken.problems.get(path, "")
            content = hashlib.sha256(f"{text is None} {text or problem}".encode()).hexdigest()
            seed = seed_of(secret, content, exercise.folder)
            parts = f"{content} {exercise.folder} {version} {seed} {limits} {layers} {image}"
            key = hashlib.sha256(parts.encode()).hexdigest()
            job = Job(key, exercise.folder, text, problem, seed, limits, layers, image)
            fork.jobs.append(job)
    return forks


def seed_of(secret: str, content: str, day: str) -> int:
    """Return the seed of a day's inputs: known to nobody who does not know the secret."""
    digest = hmac.digest(secret.encode(), f"{content} {day}".encode(), "sha256")
    return int.from_bytes(digest[:6], "big")


def _version() -> str:
    found = hashlib.sha256()
    for path in course.files():
        found.update(path.relative_to(layout.ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def run(
    forks: Sequence[Fork],
    executor: Executor,
    results: "Results",
    *,
    done: Callable[[], None] = lambda: None,
) -> None:
    """Run every job that has no result yet and fill the forks in; `done` is called after each.

    Equal jobs, as copies of one fork have, run once. Nothing here keeps a job's text or the raw
    result of one that is done: a class of hundreds needs no more memory at its end.
    """
    waiting: dict[str, list[Fork]] = {}
    jobs: dict[str, Job] = {}
    for fork in forks:
        fork.jobs.sort(key=_haste, reverse=True)
        while fork.jobs:
            job = fork.jobs.pop()
            known = results.known.get(job.key)
            if known:
                fork.days[job.day] = known
                done()
            else:
                jobs[job.key] = job
                waiting.setdefault(job.key, []).append(fork)
    futures: dict[Future[dict[str, Any]], str] = {}
    while jobs:
        key = next(iter(jobs))
        futures[executor.submit(grade_day, jobs.pop(key))] = key
    try:
        for future in as_completed(list(futures)):
            key = futures.pop(future)
            result = results.add(key, future.result())
            for fork in waiting[key]:
                fork.days[result.day] = result
                done()
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _haste(job: Job) -> int:
    return LONGEST.index(job.day) if job.day in LONGEST else len(LONGEST)


class Results:
    """results.jsonl: one line for each job that is done, readable at any moment."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self.path = path
        self.known: dict[str, DayResult] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if resume:
            self.known = dict(self._read())
            self._rewrite()
        else:
            path.write_text("", encoding="utf-8")

    def _read(self) -> Iterator[tuple[str, DayResult]]:
        with contextlib.suppress(FileNotFoundError), self.path.open(encoding="utf-8") as file:
            for line in file:
                # The line that a killed run was writing may be cut short: its job runs again.
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    data = json.loads(line)
                    yield data["key"], DayResult.from_json(data)

    def _rewrite(self) -> None:
        lines = [_line(key, result) for key, result in self.known.items()]
        unfinished = self.path.with_suffix(".tmp")
        unfinished.write_text("".join(lines), encoding="utf-8")
        os.replace(unfinished, self.path)

    def add(self, key: str, data: dict[str, Any]) -> DayResult:
        """Keep a result, on disk before this returns."""
        result = DayResult.from_json(data)
        if key not in self.known:
            self.known[key] = result
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(key, result))
                file.flush()
                os.fsync(file.fileno())
        return result


def _line(key: str, result: DayResult) -> str:
    return json.dumps({"key": key, **result.to_json()}) + "\n"
