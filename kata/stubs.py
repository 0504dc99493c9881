"""The stubs in exercises/: written from the solutions, and never over a learner's work."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

from kata import layout
from kata.layout import Exercise, shown
from kata.loading import is_stub
from kata.stub_text import stub_of


def expected(exercise: Exercise) -> str:
    """Return what an exercise's file looks like before anyone has worked on it."""
    return stub_of(_text(exercise.solution), exercise.day)


def drifted() -> Iterator[Exercise]:
    """Yield the exercises whose file is not the stub of today's solution."""
    for exercise in layout.week():
        try:
            text = _text(exercise.stub)
        except (OSError, ValueError):
            text = None
        if text != expected(exercise):
            yield exercise


def _text(path: Path) -> str:
    """Return a file's text without what an editor may add: a byte-order mark, CRLF for newlines."""
    return path.read_text(encoding="utf-8-sig")


def holds_work(exercise: Exercise) -> bool:
    """Tell whether a learner has written anything in an exercise's file: if in doubt, yes."""
    stub = expected(exercise)
    try:
        text = _text(exercise.stub)
        if text == stub:
            return False
        tree = ast.parse(text)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, SyntaxError):
        return True
    known = {ast.dump(node) for node in ast.parse(stub).body}
    written = [
        node
        for node in tree.body[ast.get_docstring(tree) is not None :]
        if not (
            is_stub(node)
            or isinstance(node, ast.Import | ast.ImportFrom)
            or ast.dump(node) in known
        )
    ]
    return bool(written) or not _comments(text) <= _comments(stub)


def _comments(text: str) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.string for token in tokens if token.type == tokenize.COMMENT}


def write(exercise: Exercise, *, force: bool = False) -> Path | None:
    """Write an exercise's stub, and return where the work it replaces was kept, if there was any.

    Raises: FileExistsError if the file holds work and `force` is not set; nothing is changed.
    """
    has_work = holds_work(exercise)
    if has_work and not force:
        raise FileExistsError(f"{shown(exercise.stub)} holds work")
    return replace(exercise.stub, expected(exercise), keep=has_work)


def replace(path: Path, text: str, *, keep: bool = True) -> Path | None:
    """Replace what a file holds, and return the backup of what it held before, if it is kept."""
    backup = None
    if keep and path.is_file():
        backup = _free_backup(path)
        backup.write_bytes(path.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved over: whoever is interrupted keeps the file of before.
    temporary = path.with_suffix(".py.new")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return backup


def _free_backup(path: Path) -> Path:
    number = 1
    while (backup := path.with_name(f"{path.name}.{number}.orig")).exists():
        number += 1
    return backup
