"""Take out of a source what may not run, and leave every other line where it was."""

import ast
import re
import warnings
from collections.abc import Iterable

from kata.grade import allowed
from kata.grade.scopes import Definition

Import = ast.Import | ast.ImportFrom


def parsed(source: str) -> ast.Module:
    """Parse a source without a word.

    "\\d" is a warning: made an error, it would hide a file that runs elsewhere.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


class NotSeparable(Exception):
    """What is refused could not be taken out without changing something else."""


class Text:
    """A source, line by line; syntax trees count the bytes of a line, so these are bytes."""

    def __init__(self, source: str) -> None:
        # Only these end a line for Python; str.splitlines knows more.
        parts = re.split(r"(\r\n|\r|\n)", source)
        self.lines = [part.encode() for part in parts[::2]]
        self.ends = [*parts[1::2], ""]

    def __str__(self) -> str:
        return "".join(line.decode() + end for line, end in zip(self.lines, self.ends, strict=True))

    def blank(self, first: int, last: int) -> None:
        """Empty the lines from first to last, the first being 1."""
        self.lines[first - 1 : last] = [b""] * (last - first + 1)

    def replace(self, node: ast.stmt, text: str) -> None:
        """Put a line in the place of a statement; what follows on its last line stays."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        before = self.lines[node.lineno - 1][: node.col_offset]
        after = self.lines[node.end_lineno - 1][node.end_col_offset :]
        self.blank(node.lineno, node.end_lineno)
        self.lines[node.lineno - 1] = before + text.encode() + after

    def replace_body(self, body: list[ast.stmt], text: str) -> None:
        """Put a line in the place of a block, whatever its first statement is."""
        first = body[0]
        before = self.lines[first.lineno - 1][: first.col_offset]
        start = self.first_line(first)
        self.blank(start, body[-1].end_lineno or start)
        self.lines[start - 1] = before + text.encode()

    def replace_definition(self, node: Definition, text: str) -> None:
        """Put a line in the place of a definition and of its decorators."""
        self.blank(self.first_line(node), node.end_lineno or node.lineno)
        self.lines[node.lineno - 1] = b" " * node.col_offset + text.encode()

    def first_line(self, node: ast.stmt) -> int:
        """Return where a statement begins, decorators and the sign before them included."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        if decorators:
            while first > 1 and not self.lines[first - 1].lstrip().startswith(b"@"):
                first -= 1
        return first


def without_main(tree: ast.Module, text: Text) -> None:
    """Cut out of both what never runs; an `else` of it stays.

    That is `if __name__ == "__main__":` and `if TYPE_CHECKING:`.
    """
    for node in list(tree.body):
        if not (isinstance(node, ast.If) and _never_runs(node.test)):
            continue
        if node.orelse:
            text.replace_body(node.body, "pass")
            node.body = [ast.Pass(lineno=node.body[0].lineno, col_offset=node.body[0].col_offset)]
        else:
            text.blank(node.lineno, node.end_lineno or node.lineno)
            tree.body.remove(node)


def _never_runs(test: ast.expr) -> bool:
    match test:
        case ast.BoolOp(op=ast.And(), values=[ast.Compare() as first, *_]):
            return _never_runs(first)
        case (
            ast.Name(id="TYPE_CHECKING")
            | ast.Attribute(value=ast.Name(id="typing"), attr="TYPE_CHECKING")
        ):
            return True
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            for name, value in ((left, right), (right, left)):
                match name, value:
                    case ast.Name(id="__name__"), ast.Constant(value="__main__"):
                        return True
    return False


def drop(text: Text, dropped: dict[ast.stmt, str]) -> None:
    """Put a line in the place of each of these statements."""
    # From the end, since two may share a line.
    for node in sorted(dropped, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        text.replace(node, dropped[node])


def what_stays(node: Import, kept: list[ast.alias]) -> str:
    """Return an import of only what is kept of it; of `import torch.hub` that is torch."""
    names = [ast.unparse(alias) for alias in kept]
    if isinstance(node, ast.Import):
        roots = [alias.name.partition(".")[0] for alias in node.names if not alias.asname]
        names += [root for root in roots if root in allowed.MODULES and root not in names]
        line = f"import {', '.join(names)}"
    else:
        line = f"from {node.module} import {', '.join(names)}"
    return line if names else "pass"


def refuse(text: Text, node: Definition, message: str, *, in_header: bool) -> None:
    """Make a definition raise: a function when it is called, a class when an object is made."""
    error = f"RuntimeError({message!r})"
    if isinstance(node, ast.ClassDef):
        # One line, since the class may have only one: an expression that raises.
        throw = f"lambda *args, **kwargs: (_ for _ in ()).throw({error})"
        text.replace_definition(node, f"class {node.name}: __init__ = {throw}")
    elif in_header or isinstance(node, ast.AsyncFunctionDef):
        text.replace_definition(node, f"def {node.name}(*args, **kwargs): raise {error}")
    else:
        text.replace_body(node.body, f"raise {error}")


def refused_file(line: int, message: str) -> str:
    """Return a file that raises as soon as it is read, in the line that is to blame."""
    return "\n" * (line - 1) + f"raise RuntimeError({message!r})\n"


def verify(text: Text, tree: ast.Module, changed: Iterable[ast.stmt]) -> None:
    """Make sure that the text holds what the tree does, but for what was changed on purpose.

    Raises: NotSeparable if it does not.
    """
    try:
        now = parsed(str(text))
    except (SyntaxError, ValueError) as error:
        raise NotSeparable from error
    if not _same(now, tree, frozenset(changed)):
        raise NotSeparable


def _same(one: ast.AST, other: ast.AST, changed: frozenset[ast.stmt]) -> bool:
    """Compare two trees without recursion, and without what is changed in the other."""
    waiting: list[tuple[object, object]] = [(one, other)]
    while waiting:
        one_value, other_value = waiting.pop()
        if isinstance(other_value, ast.stmt) and other_value in changed:
            continue
        if type(one_value) is not type(other_value):
            return False
        if isinstance(one_value, ast.AST) and isinstance(other_value, ast.AST):
            if getattr(one_value, "lineno", 0) != getattr(other_value, "lineno", 0):
                return False
            for name in one_value._fields:
                waiting.append((getattr(one_value, name, None), getattr(other_value, name, None)))
        elif isinstance(one_value, list) and isinstance(other_value, list):
            if len(one_value) != len(other_value):
                return False
            waiting += zip(one_value, other_value, strict=True)
        elif isinstance(one_value, int):  # too long a number has no repr
            if one_value != other_value:
                return False
        elif repr(one_value) != repr(other_value):
            return False
    return True
