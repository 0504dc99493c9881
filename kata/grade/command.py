"""What `kata grade` does: one fork or a class, graded, shown and written down."""

import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kata.grade import cohort, container, mistakes, outputs, plain, roster
from kata.grade.results import Graded, Student
from kata.grade.sandbox import Layers, Limits
from kata.layout import Exercise, shown


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    forks: Sequence[Path] = ()
    roster: Path | None = None
    shard: str = ""
    days: Sequence[Exercise] = ()
    jobs: int = 2
    dask: str = ""
    seed: str = ""
    resume: bool = False
    out: Path = Path("grades")
    image: str = ""  # the Docker image to grade in
    limits: Limits = field(default_factory=Limits)
    layers: Layers = field(default_factory=Layers)


def grade(options: Options, console: Console) -> list[Graded]:
    """Grade the forks, write everything to `out` and show it.

    Raises: ValueError if the roster, the shard, the folder `out` or this system cannot be used.
    """
    if sys.platform == "win32":
        raise ValueError("kata grade runs on Linux and macOS; on Windows, run it in WSL")
    if options.image:
        container.check()
    students = _students(options)
    results_file = options.out / "results.jsonl"
    if not options.resume and results_file.exists() and results_file.stat().st_size:
        raise ValueError(
            f"{shown(options.out)} holds results already: --resume goes on with them, "
            "--out names another folder"
        )
    secret = _secret(options)
    with _executor(options) as executor, _progress(console) as bar:
        if not (options.dask or options.resume):
            executor.submit(cohort.server, options.image)  # it starts while the forks are read
        forks = cohort.prepare(
            students,
            options.days,
            secret=secret,
            limits=options.limits,
            layers=options.layers,
            image=options.image,
        )
        results = cohort.Results(results_file, resume=options.resume)
        task = bar.add_task("grading", total=sum(len(fork.jobs) for fork in forks))
        cohort.run(forks, executor, results, done=lambda: bar.advance(task))
    graded = [fork.graded() for fork in forks]
    outputs.write_all(options.out, graded)
    _show(graded, options, console)
    return graded


def _students(options: Options) -> list[Student]:
    students = roster.read_roster(options.roster) if options.roster else []
    names = [fork.resolve().name for fork in options.forks]
    for fork, name in zip(options.forks, names, strict=True):
        unique = name if names.count(name) == 1 else str(fork)
        students.append(Student(unique, str(fork.absolute())))
    if not students:
        raise ValueError("name the folders of forks, or a class with --roster class.csv")
    return roster.shard(students, options.shard) if options.shard else students


def _secret(options: Options) -> str:
    """Return what the inputs are drawn from; kept beside the results, to draw them again."""
    path = options.out / "seed.json"
    if options.seed:
        secret = options.seed
    elif options.resume and path.exists():
        secret = str(json.loads(path.read_text(encoding="utf-8"))["seed"])
    else:
        secret = secrets.token_hex(16)
    outputs.write(path, json.dumps({"seed": secret}) + "\n")
    return secret


@contextmanager
def _executor(options: Options) -> Iterator[Executor]:
    if not options.dask:
        # Threads: each waits for a process that its job has to itself.
        with ThreadPoolExecutor(options.jobs) as executor:
            try:
                yield executor
            except BaseException:
                cohort.interrupt()  # nobody waits for the jobs that are running
                executor.shutdown(wait=False, cancel_futures=True)
                raise
        return
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--dask needs the extra: pip install -e '.[cluster]'") from None
    client = Client(options.dask)  # type: ignore[no-untyped-call, unused-ignore]
    executor = client.get_executor(retries=3)  # type: ignore[no-untyped-call, unused-ignore]
    with client, executor:
        yield executor


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        yield bar


def _show(graded: Sequence[Graded], options: Options, console: Console) -> None:
    console.print(mistakes.class_table(graded))
    for one in graded:
        problems = {f", {day.day}": day.problem for day in one.days} | {"": one.problem}
        for where, problem in problems.items():
            if problem:
                text = plain.line(f"{one.student.name}{where}: {problem}", 300)
                console.print(text, style="red", markup=False, highlight=False)
    common = mistakes.commonest(graded)
    if common and len(graded) > 1:
        console.print("\nThe commonest mistakes:")
        for mistake in common[:20]:
            console.print(f"  {mistake}", markup=False, highlight=False)
    missing = sorted(
        {n for one in graded for d in one.days for n, on in d.isolation.items() if not on}
    )
    if missing:
        console.print(f"Not held on this machine: {', '.join(missing)}", style="yellow")
    console.print(f"Reports and gradebooks are in {shown(options.out)}", markup=False)
