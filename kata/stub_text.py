"""A stub from a solution: signature and docstring stay, the answer goes.

Each public function and method becomes its docstring and `raise NotImplementedError("day 9: …")`.
Decorators, private helpers, constants and then unused imports go with the answer. What stands
under a `# given` comment stays as it is, and so does a decorator that says how a method is called.
"""

import ast
import re
import tokenize
from dataclasses import dataclass

from kata.loading import todo_message

GIVEN = re.compile(r"\s*# given\b")
HOW_TO_CALL = {"property", "staticmethod", "classmethod", "setter"}
LINE_LENGTH = 100

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def stub_of(source: str, day: int) -> str:
    """Return the stub file for a solution's source, laid out as `ruff format` does it."""
    return _Stub(source, day).text()


@dataclass
class _Stub:
    source: str
    day: int

    def __post_init__(self) -> None:
        self.lines = [f"{line}\n" for line in self.source.split("\n")]
        self.tree = ast.parse(self.source)

    def text(self) -> str:
        nodes = list(self.tree.body)
        text = self._with_comments(nodes.pop(0)) if _has_docstring(self.tree) else ""
        kept = [(node, part) for node in nodes if (part := self._top_level(node)) is not None]
        if imports := self._imports("\n".join(part for _, part in kept)):
            text += "\n" * bool(text) + imports
        before = False
        for node, part in kept:
            definition = isinstance(node, Definition)
            if text:
                text += "\n\n" if definition or before else "\n"
            text += part
            before = definition
        return text

    def _top_level(self, node: ast.stmt) -> str | None:
        if _is_import(node):
            return None
        if self._is_given(node):
            return self._with_comments(node)
        if isinstance(node, Definition) and not _is_private(node):
            return self._class(node) if isinstance(node, ast.ClassDef) else self._function(node)
        return None

    def _function(self, node: Function, owner: str = "") -> str | None:
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        kinds = {text.rpartition(".")[2]: text for text in decorators}
        if "overload" in kinds:
            return None
        before = "".join(
            f"{' ' * node.col_offset}@{text}\n"
            for kind, text in kinds.items()
            if kind in HOW_TO_CALL
        )
        message = todo_message(self.day, owner + node.name)
        indent = " " * (node.col_offset + 4)
        end = f'{indent}raise NotImplementedError("{message}")\n'
        return before + self._head(node) + self._docstring(node) + end

    def _class(self, node: ast.ClassDef) -> str:
        parts = [self._docstring(node)] if _has_docstring(node) else []
        for child in node.body[len(parts) :]:
            if self._is_given(child):
                parts.append(self._with_comments(child))
            elif isinstance(child, Function) and not _is_private(child):
                parts += filter(None, [self._function(child, f"{node.name}.")])
        head = self._head(node)
        return head + "\n".join(parts) if parts else f"{head.rstrip()} ...\n"

    def _head(self, node: Definition) -> str:
        """Return a definition up to its colon: what follows may be part of the answer."""
        depth = 0
        lines = self.lines[node.lineno - 1 :]
        for token in tokenize.generate_tokens(iter(lines).__next__):
            depth += (token.string in "([{") - (token.string in ")]}") if token.string else 0
            if token.type == tokenize.OP and token.string == ":" and not depth:
                row, column = token.end
                return "".join(lines[: row - 1]) + lines[row - 1][:column] + "\n"
        raise AssertionError("a definition without a colon does not parse")

    def _docstring(self, node: Definition) -> str:
        if not _has_docstring(node):
            return ""
        text = node.body[0]  # ast.get_source_segment takes milliseconds for each
        lines = [line.encode() for line in self.lines[text.lineno - 1 : text.end_lineno]]
        lines[-1] = lines[-1][: text.end_col_offset]
        lines[0] = lines[0][text.col_offset :]
        return f"{' ' * (node.col_offset + 4)}{b''.join(lines).decode()}\n"

    def _imports(self, body: str) -> str:
        """Return the import statements that the stub, or an example in it, still uses."""
        words = set(re.findall(r"[A-Za-z_]\w*", body))
        kept = ""
        apart, previous_end = False, 0
        for node in filter(_is_import, self.tree.body):
            apart |= node.lineno > previous_end + 1
            previous_end = node.end_lineno or 0
            if text := _import_of(node, words):
                kept += "\n" * bool(apart and kept) + text
                apart = False
        return kept

    def _is_given(self, node: ast.stmt) -> bool:
        return any(GIVEN.match(line) for line in self._comments_above(node))

    def _with_comments(self, node: ast.stmt) -> str:
        start = _first_line(node) - len(self._comments_above(node))
        return "".join(self.lines[start - 1 : node.end_lineno])

    def _comments_above(self, node: ast.stmt) -> list[str]:
        comments: list[str] = []
        for line in reversed(self.lines[: _first_line(node) - 1]):
            if line.find("#") != node.col_offset or line[: node.col_offset].strip():
                break
            comments.insert(0, line)
        return comments


def _import_of(node: ast.stmt, words: set[str]) -> str:
    """Return an import with those of its names that are among the words, or "" if none is."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return ""
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    names = [
        alias
        for alias in node.names
        if future or (alias.asname or alias.name.partition(".")[0]) in words
    ]
    if not names:
        return ""
    start, _, _ = ast.unparse(node).partition("import ")
    parts = [ast.unparse(name) for name in names]
    text = f"{start}import {', '.join(parts)}\n"
    if len(text) <= LINE_LENGTH + 1:
        return text
    return f"{start}import (\n" + "".join(f"    {part},\n" for part in parts) + ")\n"


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _has_docstring(node: Definition | ast.Module) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _is_private(node: Definition) -> bool:
    return node.name.startswith("_") and not node.name.endswith("__")


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
