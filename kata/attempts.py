"""Attempts prove the tests: what learners write, right and wrong, and whether the tests can tell.

    @wrong("mse_loss", mistake="sum-instead-of-mean")
    def the_sum(prediction, target):
        return ((prediction - target) ** 2).sum()

A wrong attempt must be rejected by a test that names its mistake, and by none that names another.
A right one must pass every test of its day. Each is put into the solution in place of the
definition it is an attempt at, so that everything that holds for a file holds for it.
"""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from kata import trial, warm
from kata.layout import Exercise

Definition = TypeVar("Definition")


def wrong(target: str, *, mistake: str) -> Callable[[Definition], Definition]:
    """Mark a wrong version of `target` (`"mse_loss"`, `"Net.forward"`) and its mistake's id."""
    return lambda definition: definition


def right(target: str) -> Callable[[Definition], Definition]:
    """Mark another right version of `target`."""
    return lambda definition: definition


@dataclass(frozen=True)
class Attempt:
    """One attempt, ready to be tested: the whole file, and what must be said about it."""

    exercise: Exercise
    target: str
    title: str
    mistake: str | None  # None: it is right
    source: str


@dataclass
class Verdict:
    """What the tests of the day said about an attempt."""

    attempt: Attempt
    failed: dict[str, str] = field(default_factory=dict)  # test → what the learner reads
    mistakes: dict[str, str] = field(default_factory=dict)  # test → the id it names
    problem: str = ""

    def judge(self) -> None:
        """Set `problem` to what is wrong with the tests, if they cannot tell this attempt."""
        mistake = self.attempt.mistake
        others = sorted(set(self.mistakes.values()) - {mistake})
        if mistake is None:
            self.problem = f"refused by {next(iter(self.failed))}" if self.failed else ""
        elif not self.failed:
            self.problem = "not caught"
        elif others:
            self.problem = f"named {', '.join(others)}"
        elif mistake not in self.mistakes.values():
            self.problem = "caught but not named"


def attempts_of(exercise: Exercise) -> Iterator[Attempt]:
    """Yield the attempts in the day's attempts.py, in order; none if there is no such file."""
    if not exercise.attempts.is_file():
        return
    file = _AttemptsFile(exercise.attempts.read_text(encoding="utf-8"))
    solution = exercise.solution.read_text(encoding="utf-8")
    for node, target, mistake in file.marked():
        source = file.put_into(solution, node, target)
        yield Attempt(exercise, target, node.name, mistake, source)


Node = ast.FunctionDef | ast.ClassDef


class _AttemptsFile:
    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)
        self.body = ast.parse(source).body

    def marked(self) -> Iterator[tuple[Node, str, str | None]]:
        for node in self.body:
            if isinstance(node, Node):
                for mark in map(_mark, node.decorator_list):
                    if mark:
                        yield node, *mark

    def put_into(self, solution: str, node: Node, target: str) -> str:
        """Return the solution with `node`, and what it uses of this file, in place of `target`."""
        lines = solution.splitlines(keepends=True)
        tree = ast.parse(solution)
        place = _find(tree, target)
        own = self._text(node, first=node.lineno - len(self._other_decorators(node)))
        own = re.sub(rf"\b{node.name}\b", target.rpartition(".")[2], own)
        own = textwrap.indent(own, " " * place.col_offset)
        top = _find(tree, target.partition(".")[0])
        helpers = "".join(f"\n{self._text(helper)}\n\n" for helper in self._used_by(node))
        first, last = _first_line(place), place.end_lineno or 0
        start = _first_line(top)
        return "".join(
            [
                *lines[: start - 1],
                self._imports(),
                helpers,
                *lines[start - 1 : first - 1],
                own,
                *lines[last:],
            ]
        )

    def _used_by(self, node: Node) -> list[ast.stmt]:
        """Return the unmarked definitions that an attempt uses, and those that they use."""
        names = _names(node)
        found: list[ast.stmt] = []
        for statement in reversed(self.body):
            if _defined(statement) & names and statement is not node and not _is_marked(statement):
                names |= _names(statement)
                found.insert(0, statement)
        return found

    def _imports(self) -> str:
        imports = [
            node
            for node in self.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            and getattr(node, "module", None) not in ("kata.attempts", "__future__")
        ]
        return "".join(f"{ast.unparse(node)}\n" for node in imports)

    def _other_decorators(self, node: Node) -> list[ast.expr]:
        return [decorator for decorator in node.decorator_list if not _mark(decorator)]

    def _text(self, node: ast.stmt, first: int | None = None) -> str:
        return "".join(self.lines[(first or _first_line(node)) - 1 : node.end_lineno])


def _mark(decorator: ast.expr) -> tuple[str, str | None] | None:
    match decorator:
        case ast.Call(
            func=ast.Name(id="wrong"),
            args=[ast.Constant(value=str(target))],
            keywords=[ast.keyword(arg="mistake", value=ast.Constant(value=str(mistake)))],
        ):
            return target, mistake
        case ast.Call(func=ast.Name(id="right"), args=[ast.Constant(value=str(target))]):
            return target, None
    return None


def _is_marked(node: ast.stmt) -> bool:
    return isinstance(node, Node) and any(map(_mark, node.decorator_list))


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _names(target)}
    return set()


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _find(tree: ast.Module, target: str) -> Node:
    body: Sequence[ast.stmt] = tree.body
    found: Node | None = None
    for part in target.split("."):
        found = next((n for n in body if isinstance(n, Node) and n.name == part), None)
        if found is None:
            raise LookupError(f"the solution has no {target}")
        body = found.body
    assert found is not None
    return found


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def check(attempt: Attempt, *, seed: int = 0) -> Verdict:
    """Run the day's tests against an attempt, in a process of its own."""
    verdict = Verdict(attempt)
    try:
        results = trial.run(attempt.exercise, attempt.source, seed=seed)
    except warm.Crashed as error:
        verdict.problem = str(error)
        return verdict
    for result in results:
        if result.outcome in ("failed", "todo"):
            verdict.failed[result.test] = result.text
        if result.mistake:
            verdict.mistakes[result.test] = result.mistake
    verdict.judge()
    return verdict


def check_all(attempts: Sequence[Attempt], *, jobs: int = 2, seed: int = 0) -> Iterator[Verdict]:
    """Yield the verdict on each attempt, in order, `jobs` at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda attempt: check(attempt, seed=seed), attempts)


def report(days: Sequence[Exercise], *, jobs: int = 2, seed: int = 0, verbose: bool = False) -> int:
    """Print a table of the attempts of these days and return how many the tests cannot tell."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    attempts = [attempt for day in days for attempt in attempts_of(day)]
    table = Table("day", "attempt", "verdict", "by", "diagnosis", title="attempts")
    problems = 0
    for verdict in check_all(attempts, jobs=jobs, seed=seed):
        attempt = verdict.attempt
        by = next((name for name in verdict.mistakes), next(iter(verdict.failed), ""))
        good = "accepted" if attempt.mistake is None else "caught"
        table.add_row(
            attempt.exercise.folder,
            f"{attempt.target}: {attempt.title}",
            f"[red]{verdict.problem}" if verdict.problem else f"[green]{good}",
            f"{by} (+{len(verdict.failed) - 1})" if len(verdict.failed) > 1 else by,
            attempt.mistake or "",
        )
        problems += bool(verdict.problem)
        if verdict.problem and verbose:
            console.rule(f"{attempt.target}: {attempt.title} ({attempt.mistake or 'right'})")
            console.print("\n".join(verdict.failed.values()), markup=False, highlight=False)
    console.print(table)
    wrongs = sum(attempt.mistake is not None for attempt in attempts)
    console.print(f"{wrongs} wrong, {len(attempts) - wrongs} right, {problems} not told apart")
    return problems


if __name__ == "__main__":
    import sys

    from kata.cli import app

    sys.argv.insert(1, "attempts")
    app()
