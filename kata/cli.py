"""The `kata` command: thin, one function a command. Nothing here imports torch by itself."""

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from kata import hints, layout, progress, stubs
from kata.layout import Exercise, shown

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A week of deep-learning exercises in PyTorch.",
)

Days = Annotated[list[str] | None, typer.Argument(metavar="[DAY]...", help="day09, 9 or network")]


def _stop(message: str) -> typer.Exit:
    typer.secho(message, fg="red", err=True)
    return typer.Exit(1)


def _days(texts: list[str] | None) -> list[Exercise]:
    try:
        return [layout.day(text) for text in texts] if texts else layout.week()
    except LookupError as error:
        raise _stop(str(error)) from None


@app.command("stubs")
def write_stubs(
    days: Days = None,
    check: Annotated[bool, typer.Option("--check", help="only say which would change")] = False,
    force: Annotated[bool, typer.Option("--force", help="replace work, keeping a copy")] = False,
) -> None:
    """Write the stubs in exercises/ from solutions/ (for those who change the course)."""
    wanted = _days(days)
    drifted = [exercise for exercise in stubs.drifted() if exercise in wanted]
    if check:
        for exercise in drifted:
            typer.echo(f"{shown(exercise.stub)} is not the stub of {shown(exercise.solution)}")
        if drifted:
            raise _stop("`kata stubs` writes the stubs again")
        typer.echo(f"{len(wanted)} stubs are as their solutions say")
        return
    held = []
    for exercise in drifted:
        try:
            backup = stubs.write(exercise, force=force)
        except FileExistsError:
            held.append(exercise)
            continue
        except OSError as error:
            raise _stop(f"{shown(exercise.stub)} cannot be written: {error.strerror}") from None
        kept = f", what was there is now {shown(backup)}" if backup else ""
        typer.echo(f"wrote {shown(exercise.stub)}{kept}")
    if not drifted:
        typer.echo("nothing to write: the stubs are as their solutions say")
    if held:
        names = " ".join(shown(exercise.stub) for exercise in held)
        raise _stop(f"left alone, because there is work in it: {names} (--force keeps a copy)")


@app.command()
def watch(
    day: Annotated[str | None, typer.Argument(metavar="[DAY]", help="the first not done")] = None,
    poll: Annotated[
        bool | None, typer.Option("--poll/--no-poll", help="look at the file instead of waiting")
    ] = None,
) -> None:
    """Test a day at every save, in a tenth of a second."""
    from kata import watch as loop

    if day is None:
        unfinished = progress.next_day(progress.week())
        exercise = unfinished.exercise if unfinished else layout.week()[-1]
    else:
        exercise = _days([day])[0]
    loop.watch(exercise, poll=poll)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what is done and what is next, from the results of the last runs."""
    days = progress.week()
    if as_json:
        typer.echo(json.dumps(progress.as_data(days), indent=2))
        return
    for line in progress.in_words(days):
        typer.echo(line)


@app.command("attempts")
def run_attempts(
    days: Days = None,
    jobs: Annotated[int, typer.Option(min=1, help="how many at a time")] = 2,
    seed: Annotated[int, typer.Option(help="seed of the tests' random inputs")] = 0,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="show what the learner would read")
    ] = False,
    every_test: Annotated[
        bool, typer.Option(help="run the slow tests of attempts caught and named without them too")
    ] = False,
) -> None:
    """Check that the tests tell right attempts from wrong ones, and name each mistake."""
    from kata import attempts

    if attempts.report(_days(days), jobs=jobs, seed=seed, verbose=verbose, every_test=every_test):
        raise typer.Exit(1)


@app.command()
def hint(
    day: Annotated[str, typer.Argument(metavar="DAY", help="day09, 9 or network")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="predict, say")] = None,
) -> None:
    """Give one hint for a function, a stronger one each time."""
    exercise = _days([day])[0]
    try:
        if name is None:
            names = ", ".join(hints.hints(exercise))
            raise _stop(f"for which function? {exercise.folder} has hints for {names}")
        number, total, text = hints.next_hint(exercise, name)
    except LookupError as error:
        raise _stop(str(error)) from None
    except OSError as error:
        raise _stop(f"{shown(exercise.page)} cannot be read: {error.strerror}") from None
    typer.echo(f"hint {number} of {total} for {name}: {text}")


@app.command()
def reset(
    day: Annotated[str, typer.Argument(metavar="DAY", help="day09, 9 or network")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="predict, say")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
) -> None:
    """Put a day, or one function of it, back to its stub; what was there is kept in a copy."""
    from kata import answers

    exercise = _days([day])[0]
    what = f"{name} in {shown(exercise.stub)}" if name else shown(exercise.stub)
    if not yes:
        typer.confirm(f"Put {what} back to its stub (a copy is kept)?", abort=True)
    try:
        backup = answers.reset(exercise, name)
    except (LookupError, ValueError) as error:
        raise _stop(str(error)) from None
    except OSError as error:
        raise _stop(f"{shown(exercise.stub)} cannot be changed: {error.strerror}") from None
    kept = f"; what was there is in {shown(backup)}" if backup else ""
    typer.echo(f"{what} is a stub again{kept}")


@app.command()
def diff(
    day: Annotated[str, typer.Argument(metavar="DAY", help="day09, 9 or network")],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="before it is green: do not ask")
    ] = False,
) -> None:
    """Show your answers beside the reference."""
    from rich.console import Console

    from kata import answers

    exercise = _days([day])[0]
    if not yes and not progress.of(exercise).is_done:
        typer.confirm(f"{exercise.folder} is not green yet. Look at the reference?", abort=True)
    try:
        Console().print(answers.Comparison(exercise))
    except OSError as error:
        raise _stop(f"{shown(exercise.stub)} cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise _stop(f"{shown(exercise.stub)} does not parse (line {error.lineno})") from None


@app.command("open")
def open_day(
    day: Annotated[str, typer.Argument(metavar="DAY", help="day09, 9 or network")],
) -> None:
    """Open a day's page and file in your editor (VISUAL or EDITOR, else what opens such files)."""
    exercise = _days([day])[0]
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    paths = [str(exercise.page), str(exercise.stub)]
    if editor:
        try:
            raise typer.Exit(subprocess.run([*shlex.split(editor), *paths], check=False).returncode)
        except OSError as error:
            raise _stop(f"{editor} cannot be started ({error.strerror}): set EDITOR") from None
    for path in paths:
        typer.launch(path)


@app.command()
def download() -> None:
    """Fetch the real MNIST (11 MB) into data/, or into KATA_DATA if that is set."""
    from kata import data

    try:
        data.download()
    except data.MnistError as error:
        raise _stop(str(error)) from None
    except KeyboardInterrupt:
        raise _stop("stopped; nothing half-written is left behind") from None


@app.command()
def grade(
    forks: Annotated[list[Path] | None, typer.Argument(metavar="[FORK]...", help="folders")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV of the class: name, source, and ref, id, email")
    ] = None,
    day: Annotated[list[str] | None, typer.Option(help="only this day; may be repeated")] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="only part I of N of the class")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="how many days at a time")] = 2,
    dask: Annotated[str, typer.Option(metavar="ADDRESS", help="a Dask scheduler's")] = "",
    seed: Annotated[str, typer.Option(help="what inputs are drawn from (default: random)")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="go on with what OUT holds")] = False,
    out: Annotated[Path, typer.Option(help="where reports and gradebooks go")] = Path("grades"),
    container: Annotated[
        str, typer.Option(metavar="IMAGE", help="grade in a container of this Docker image")
    ] = "",
) -> None:
    """Grade forks that nobody has read: a class, or one (docs/instructors.md)."""
    from rich.console import Console

    from kata.grade import command
    from kata.grade.sandbox import ServerError

    options = command.Options(
        *(forks or [], roster, shard, _days(day), jobs, dask, seed, resume, out), image=container
    )
    try:
        graded = command.grade(options, Console())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise _stop(f"{where}{error.strerror or error}") from None
    except (ValueError, ServerError) as error:
        raise _stop(str(error)) from None
    except KeyboardInterrupt:
        raise _stop("interrupted; the same command with --resume goes on from here") from None
    if any(one.problem for one in graded):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
