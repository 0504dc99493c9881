"""A learner's own file: put a function back to its stub, or lay it beside the reference."""

import ast
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult
from rich.syntax import Syntax
from rich.table import Table

from kata import stubs
from kata.layout import Exercise, shown

SIDE_BY_SIDE = 110  # columns from which two listings fit beside each other


def reset(exercise: Exercise, name: str | None = None) -> Path | None:
    """Put a day's file, or the one definition `name`, back to the stub; return the backup.

    Raises: LookupError if the stub has no such name; ValueError if the file does not parse, so
    that a single definition cannot be found in it. Nothing is changed then.
    """
    if name is None:
        return stubs.write(exercise, force=True)
    stub = stubs.expected(exercise)
    replacement = definitions(stub).get(name)
    if replacement is None:
        names = ", ".join(definitions(stub))
        raise LookupError(f"{exercise.folder} has no {name!r}; it has {names}")
    mine = exercise.stub.read_text(encoding="utf-8")
    try:
        own = definitions(mine).get(name)
    except SyntaxError as error:
        raise ValueError(
            f"{shown(exercise.stub)} does not parse (line {error.lineno}): mend that first, or "
            "reset the whole day"
        ) from None
    text = mine.replace(own, replacement, 1) if own else f"{mine.rstrip()}\n\n\n{replacement}"
    return stubs.replace(exercise.stub, text)


def definitions(source: str) -> dict[str, str]:
    """Return the text of each top-level function and class, decorators included, by name.

    Raises: SyntaxError if the source does not parse.
    """
    lines = source.splitlines(keepends=True)
    return {
        node.name: "".join(lines[_first_line(node) - 1 : node.end_lineno])
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def _first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


class Comparison:
    """Each definition of a day, the learner's beside the reference; rich can print it."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.mine = definitions(exercise.stub.read_text(encoding="utf-8"))
        self.reference = definitions(exercise.solution.read_text(encoding="utf-8"))
        self.names = list(definitions(stubs.expected(exercise)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        beside = options.max_width >= SIDE_BY_SIDE
        for name in self.names:
            mine = _without_docstrings(self.mine.get(name, "# not there\n"))
            reference = _without_docstrings(self.reference[name])
            if mine == reference:
                continue
            table = Table(title=name, show_header=beside, expand=True, show_lines=not beside)
            table.add_column("yours", ratio=1)
            if beside:
                table.add_column("reference", ratio=1)
                table.add_row(_code(mine), _code(reference))
            else:
                table.add_row(_code(mine))
                table.add_row(_code(reference))
            yield table


def _code(text: str) -> Syntax:
    return Syntax(text, "python", theme="ansi_dark", word_wrap=True, background_color="default")


def _without_docstrings(source: str) -> str:
    lines = source.splitlines(keepends=True)
    for node in reversed(list(ast.walk(ast.parse(source)))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and len(node.body) > 1:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del lines[first.lineno - 1 : first.end_lineno]
    return "".join(lines)
