"""An attempt as a whole file: the solution, with one definition replaced by the attempt's."""

import ast
import functools
import re
import textwrap
from collections.abc import Iterator, Sequence

Node = ast.FunctionDef | ast.ClassDef
_parsed = functools.cache(ast.parse)  # the same solution for every attempt of a day


class AttemptsFile:
    """The source of a day's attempts.py: what is marked in it, and what that needs."""

    def __init__(self, source: str) -> None:
        self.lines = [f"{line}\n" for line in source.split("\n")]
        self.body = ast.parse(source).body

    def marked(self) -> Iterator[tuple[Node, str, str | None]]:
        """Yield each attempt, its target and its mistake, or None for a right one.

        Raises: ValueError if a mark is written in another way than `@wrong("f", mistake="id")`.
        """
        for node in self.body:
            for mark in _marks(node):
                if target_and_mistake := _read(mark):
                    assert isinstance(node, Node)
                    yield node, *target_and_mistake
                else:
                    raise ValueError(
                        f'line {mark.lineno}: write @wrong("function", mistake="its-id") '
                        f'or @right("function"), not @{ast.unparse(mark)}'
                    )

    def put_into(self, solution: str, node: Node, target: str) -> str:
        """Return the solution with `node`, and what it uses of this file, in place of `target`.

        Raises: LookupError if the solution has no `target`.
        """
        lines = [f"{line}\n" for line in solution.rstrip("\n").split("\n")]
        tree = _parsed(solution)
        place, top = _find(tree, target), _find(tree, target.partition(".")[0])
        if place is None or top is None:
            raise LookupError(f"line {node.lineno}: the solution has no {target} ({node.name})")
        start = _first_line(top)
        helpers = [f"\n{self._text(helper)}\n\n" for helper in self._used_by(node)]
        own = textwrap.indent(self._renamed(node, target), " " * place.col_offset)
        return "".join(
            [
                *lines[: start - 1],
                self._imports(),
                *helpers,
                *lines[start - 1 : _first_line(place) - 1],
                own,
                *lines[place.end_lineno or 0 :],
            ]
        )

    def _renamed(self, node: Node, target: str) -> str:
        """Return an attempt under its target's name, without its mark."""
        old, new = node.name, target.rpartition(".")[2]
        lines = self.lines[: node.end_lineno]
        shadowed = any(isinstance(child, ast.arg) and child.arg == old for child in ast.walk(node))
        names = [
            child
            for child in ast.walk(node)
            if isinstance(child, ast.Name) and child.id == old and not shadowed
        ]
        # From the end, so that the places of the others stay what they are; they count bytes.
        for name in sorted(names, key=lambda name: (name.lineno, name.col_offset), reverse=True):
            line, column = lines[name.lineno - 1].encode(), name.col_offset
            renamed = line[:column] + new.encode() + line[column + len(old.encode()) :]
            lines[name.lineno - 1] = renamed.decode()
        head = node.lineno - 1
        lines[head] = re.sub(rf"^((?:def|class)\s+){old}\b", rf"\g<1>{new}", lines[head])
        decorators = [
            "".join(lines[decorator.lineno - 1 : decorator.end_lineno])
            for decorator in node.decorator_list
            if not _is_mark(decorator)
        ]
        return "".join([*decorators, *lines[head:]])

    def _used_by(self, node: Node) -> list[ast.stmt]:
        """Return the unmarked definitions that an attempt uses, and those that they use."""
        helpers = [one for one in self.body if one is not node and not list(_marks(one))]
        names, used = _names(node), set[ast.stmt]()
        while more := {one for one in helpers if _defined(one) & names} - used:
            used |= more
            names = names.union(*map(_names, more))
        return [one for one in helpers if one in used]

    def _imports(self) -> str:
        imports = [
            node
            for node in self.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            and getattr(node, "module", None) not in ("kata.attempts", "__future__")
        ]
        return "".join(f"{ast.unparse(node)}\n" for node in imports)

    def _text(self, node: ast.stmt) -> str:
        return "".join(self.lines[_first_line(node) - 1 : node.end_lineno])


def _marks(node: ast.stmt) -> Iterator[ast.expr]:
    yield from filter(_is_mark, getattr(node, "decorator_list", []))


def _is_mark(decorator: ast.expr) -> bool:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(name, ast.Name) and name.id in ("wrong", "right")


def _read(mark: ast.expr) -> tuple[str, str | None] | None:
    match mark:
        case ast.Call(
            func=ast.Name(id="wrong"),
            args=[ast.Constant(value=str(target))],
            keywords=[ast.keyword(arg="mistake", value=ast.Constant(value=str(mistake)))],
        ):
            return target, mistake
        case ast.Call(
            func=ast.Name(id="right"), args=[ast.Constant(value=str(target))], keywords=[]
        ):
            return target, None
    return None


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _names(target)}
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return _names(target)
    return set()


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _find(tree: ast.Module, target: str) -> Node | None:
    body: Sequence[ast.stmt] = tree.body
    found: Node | None = None
    for part in target.split("."):
        found = next((n for n in body if isinstance(n, Node) and n.name == part), None)
        body = found.body if found else []
    return found


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
