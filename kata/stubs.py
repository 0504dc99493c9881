"""A stub from a solution: signature and docstring stay, the answer goes.

Each public function and method becomes its docstring and `raise NotImplementedError("day 9: …")`.
Decorators, private helpers, constants and then unused imports go with the answer. What stands
under a `# given` comment stays as it is.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kata import layout
from kata.layout import Exercise, shown
from kata.loading import is_stub, todo_message

GIVEN = re.compile(r"\s*# given\b")


def stub_of(source: str, day: int) -> str:
    """Return the stub file for a solution's source."""
    return _Stub(source, day).text()


@dataclass
class _Stub:
    source: str
    day: int

    def __post_init__(self) -> None:
        self.lines = self.source.splitlines(keepends=True)
        self.tree = ast.parse(self.source)

    def text(self) -> str:
        body = [self._top_level(node) for node in self.tree.body if not _is_import(node)]
        kept = [part for part in body if part is not None]
        doc = kept.pop(0) if ast.get_docstring(self.tree) is not None else ""
        imports = self._imports("\n".join(kept))
        head = [part for part in (doc, imports) if part]
        return "\n".join(head) + "\n\n" + "\n\n".join(kept)

    def _top_level(self, node: ast.stmt) -> str | None:
        if _docstring_node(node) or self._is_given(node):
            return self._with_comments(node)
        match node:
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                return self._function(node, name)
            case ast.ClassDef(name=name) if not name.startswith("_"):
                return self._class(node)
        return None

    def _function(self, node: ast.FunctionDef, name: str) -> str:
        first, *_ = node.body
        head = self._between(node.lineno, first.lineno - 1)
        doc = self._between(first.lineno, first.end_lineno) if _docstring_node(first) else ""
        indent = " " * first.col_offset
        message = todo_message(self.day, name)
        return f'{head}{doc}{indent}raise NotImplementedError("{message}")\n'

    def _class(self, node: ast.ClassDef) -> str:
        parts = []
        for child in node.body:
            if _docstring_node(child) or self._is_given(child):
                parts.append(self._with_comments(child))
            elif isinstance(child, ast.FunctionDef) and not re.match(r"_(?!_)", child.name):
                parts.append(self._function(child, f"{node.name}.{child.name}"))
        head = self._between(node.lineno, node.body[0].lineno - 1)
        return head + "\n".join(parts)

    def _imports(self, body: str) -> str:
        """Return the import statements that the stub, or an example in it, still uses."""
        words = set(re.findall(r"[A-Za-z_]\w*", body))
        kept: list[str] = []
        previous_end = 0
        for node in self.tree.body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            used = [
                alias
                for alias in node.names
                if (alias.asname or alias.name.partition(".")[0]) in words
            ]
            if used:
                apart = previous_end and node.lineno > previous_end + 1
                node.names = used
                kept.append("\n" * bool(apart and kept) + ast.unparse(node))
            previous_end = node.end_lineno or 0
        return "\n".join(kept) + "\n" if kept else ""

    def _is_given(self, node: ast.stmt) -> bool:
        return any(GIVEN.match(line) for line in self._comments_above(node))

    def _with_comments(self, node: ast.stmt) -> str:
        start = _first_line(node) - len(self._comments_above(node))
        return self._between(start, node.end_lineno)

    def _comments_above(self, node: ast.stmt) -> list[str]:
        comments: list[str] = []
        for line in reversed(self.lines[: _first_line(node) - 1]):
            if not line.lstrip().startswith("#"):
                break
            comments.insert(0, line)
        return comments

    def _between(self, first: int, last: int | None) -> str:
        return "".join(self.lines[first - 1 : last])


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _docstring_node(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def expected(exercise: Exercise) -> str:
    """Return what an exercise's file looks like before anyone has worked on it."""
    return stub_of(exercise.solution.read_text(encoding="utf-8"), exercise.day)


def drifted() -> Iterator[Exercise]:
    """Yield the exercises whose file is not the stub of today's solution."""
    for exercise in layout.week():
        if not exercise.stub.is_file() or exercise.stub.read_bytes() != expected(exercise).encode():
            yield exercise


def holds_work(exercise: Exercise) -> bool:
    """Tell whether a learner has written anything in an exercise's file: if in doubt, yes."""
    try:
        text = exercise.stub.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, SyntaxError):
        return True
    stub = expected(exercise)
    known = {ast.dump(node) for node in ast.parse(stub).body}
    return any(
        not (is_stub(node) or _is_import(node) or _docstring_node(node))
        and ast.dump(node) not in known
        for node in tree.body
    ) or any(
        line.lstrip().startswith("#") and line not in stub.splitlines()
        for line in text.splitlines()
    )


def write(exercise: Exercise, *, force: bool = False) -> Path | None:
    """Write an exercise's stub, and return where the work it replaces was kept, if there was any.

    Raises: FileExistsError if the file holds work and `force` is not set; nothing is changed.
    """
    text = expected(exercise)
    backup = None
    if holds_work(exercise):
        if not force:
            raise FileExistsError(f"{shown(exercise.stub)} holds work")
        backup = _free_backup(exercise.stub)
        backup.write_bytes(exercise.stub.read_bytes())
    exercise.stub.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved over: whoever is interrupted keeps the file of before.
    temporary = exercise.stub.with_suffix(".py.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(exercise.stub)
    return backup


def _free_backup(path: Path) -> Path:
    number = 1
    while (backup := path.with_name(f"{path.name}.{number}.orig")).exists():
        number += 1
    return backup
