"""What an expression may stand for: somebody else's module, class or function, or a known text.

If in doubt it stands for all of it: a name that is bound twice is both.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from kata.grade import allowed
from kata.grade.scopes import Binding, Program, Scope, TooTangled

_MOST_NAMES = 40  # x = y = z = …: nobody needs as many names for one thing
_LONGEST_PATH = 10
_MOST_TEXTS = 200


@dataclass(frozen=True)
class Chain:
    """`a.b.c`: the expression that it starts with, and the attributes from the left."""

    root: ast.expr
    attributes: tuple[ast.Attribute, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(attribute.attr for attribute in self.attributes)


def chain_of(node: ast.expr) -> Chain:
    """Take a chain of attributes apart."""
    attributes: list[ast.Attribute] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node)
        node = node.value
    return Chain(node, tuple(reversed(attributes)))


class Origins:
    """Answers for one file where its names come from."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._of_names: dict[tuple[Scope, str], dict[str, Binding | None]] = {}
        self._only_read: dict[str, bool] = {}
        self._steps = 0

    def of(self, node: ast.expr) -> dict[str, Binding | None]:
        """Return the dotted paths that an expression may stand for, and the import of each.

        Empty for what is the learner's own; `<builtins>.print` for a builtin.
        """
        chain = chain_of(node)
        if not isinstance(chain.root, ast.Name):
            return {}
        paths = self._of_name(chain.root.id, self.program.scopes[chain.root])
        self.program.spend(1 + len(paths))
        return {".".join([path, *chain.names]): binding for path, binding in paths.items()}

    def _of_name(self, name: str, scope: Scope) -> dict[str, Binding | None]:
        if (scope, name) not in self._of_names:
            self._of_names[scope, name] = dict(self._paths(name, scope))
        return self._of_names[scope, name]

    def _paths(self, name: str, scope: Scope) -> Iterator[tuple[str, Binding | None]]:
        waiting: list[tuple[str, Scope, tuple[str, ...]]] = [(name, scope, ())]
        seen = set()
        while waiting:
            name, scope, rest = here = waiting.pop()
            if here in seen or len(rest) > _LONGEST_PATH:
                continue
            seen.add(here)
            if len(seen) > _MOST_NAMES:
                raise TooTangled
            bindings, may_be_builtin = self.program.lookup(name, scope)
            if may_be_builtin and name in allowed.BUILTINS:
                yield ".".join(["<builtins>", name, *rest]), None
            for binding in bindings:
                if binding.path:
                    yield ".".join([binding.path, *rest]), binding
                elif isinstance(binding.value, ast.Name | ast.Attribute):
                    chain = chain_of(binding.value)
                    if isinstance(chain.root, ast.Name):
                        inner = self.program.scopes[chain.root]
                        waiting.append((chain.root.id, inner, (*chain.names, *rest)))

    def may_be_own(self, node: ast.Name) -> bool:
        """Tell whether a name may stand for a value of the file's own, now or by another name."""
        waiting = [(node.id, self.program.scopes[node])]
        seen = set()
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            for binding in self.program.lookup(*here)[0]:
                if binding.path:
                    continue
                if not isinstance(binding.value, ast.Name | ast.Attribute):
                    return True
                root = chain_of(binding.value).root
                if not isinstance(root, ast.Name):
                    return True
                waiting.append((root.id, self.program.scopes[root]))
        return False

    def is_builtin(self, node: ast.expr, *names: str) -> bool:
        """Tell whether an expression is one of these builtins and can be nothing else."""
        if not isinstance(node, ast.Name) or node.id not in names:
            return False
        return self.program.lookup(node.id, self.program.scopes[node]) == ([], True)

    def texts(self, node: ast.expr | None, depth: int = 0) -> frozenset[str] | None:
        """Return the texts that an expression may be, or None if they are not written out."""
        self._steps = self._steps + 1 if depth else 0
        if node is None or depth > 5 or self._steps > _MOST_TEXTS:
            return None
        found: frozenset[str] | None = None
        match node:
            case ast.Constant(value=str(text)):
                return frozenset({text})
            case ast.Name():
                bindings, may_be_builtin = self.program.lookup(node.id, self.program.scopes[node])
                if bindings and not (may_be_builtin and node.id in allowed.BUILTINS):
                    found = _all_of(self._texts_of_binding(one, depth) for one in bindings)
            case ast.IfExp(body=body, orelse=orelse):
                found = _all_of(self.texts(one, depth + 1) for one in (body, orelse))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                found = _joined([self.texts(left, depth + 1), self.texts(right, depth + 1)])
            case ast.JoinedStr(values=parts) if len(parts) <= _MOST_NAMES:
                found = _joined([self.texts(part, depth + 1) for part in parts])
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                found = self.texts(value, depth + 1)
        return found

    def _texts_of_binding(self, binding: Binding, depth: int) -> frozenset[str] | None:
        if binding.value is not None:
            return self.texts(binding.value, depth + 1)
        if binding.each_of is None:
            return None
        elements = self._elements(binding.each_of, binding.position)
        if elements is None:
            return None
        return _all_of(self.texts(element, depth + 1) for element in elements)

    def keys(self, node: ast.expr) -> dict[str, list[ast.expr]] | None:
        """Return the keys of a written-out dict, with their values, or None if it is none."""
        match found := self._literal(node):
            case ast.Dict():
                keys = _keys(found)
                if keys is None:
                    return None
            case ast.Call(args=[], keywords=named) if self.is_builtin(found.func, "dict"):
                if any(one.arg is None for one in named):
                    return None
                return {one.arg: [one.value] for one in named if one.arg}
            case _:
                return None
        all_of: dict[str, list[ast.expr]] = {}
        for key, value in zip(keys, found.values, strict=True):
            texts = self.texts(key)
            if texts is None:
                return None
            for text in texts:
                all_of.setdefault(text, []).append(value)
        return all_of

    def _elements(self, node: ast.expr, position: int | None) -> list[ast.expr] | None:
        """Return what a loop over an expression gives, at this place of each element."""
        match node:
            case ast.Call(func=ast.Name(), args=[_, *_] as args):
                if position is None or any(isinstance(one, ast.Starred) for one in args):
                    return None
                if self.is_builtin(node.func, "enumerate"):
                    return self._elements(args[0], None) if position == 1 else None
                if self.is_builtin(node.func, "zip") and position < len(args):
                    return self._elements(args[position], None)
                return None
            case ast.Call(func=ast.Attribute(value=values, attr="items"), args=[]):
                return _keys(self._literal(values)) if position == 0 else None
        found = self._literal(node)
        if position is None and isinstance(found, ast.Dict):
            return _keys(found)
        if not isinstance(found, ast.Tuple | ast.List | ast.Set):
            return None
        if position is None:
            return found.elts
        return _column(found.elts, position)

    def is_number(self, node: ast.expr, depth: int = 0) -> bool:
        """Tell whether an expression is certainly an int: `i` of `for i in range(3)`, `i + 1`."""
        match node:
            case ast.Constant(value=int()):
                return True
            case ast.BinOp(left=left, right=right) if depth < 5:
                return self.is_number(left, depth + 1) and self.is_number(right, depth + 1)
            case ast.Name():
                bindings, may_be_builtin = self.program.lookup(node.id, self.program.scopes[node])
                is_builtin = may_be_builtin and node.id in allowed.BUILTINS
                return bool(bindings) and not is_builtin and all(map(self._counts, bindings))
        return False

    def _counts(self, binding: Binding) -> bool:
        if not isinstance(binding.each_of, ast.Call):
            return False
        function = binding.each_of.func
        if self.is_builtin(function, "range"):
            return binding.position is None
        return self.is_builtin(function, "enumerate") and binding.position == 0

    def _literal(self, node: ast.expr) -> ast.expr | None:
        """Return the literal that an expression is, or the only one that its name stands for."""
        if not isinstance(node, ast.Name):
            return node
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        if len(bindings) != 1 or bindings[0].value is None:
            return None
        literal = bindings[0].value
        if not isinstance(literal, ast.Tuple) and not self._is_only_read(node.id):
            return None
        return literal

    def _is_only_read(self, name: str) -> bool:
        """Tell whether a list or dict is looped over and looked into, and nothing else."""
        if name not in self._only_read:
            reads = self.program.reads.get(name, [])
            self._only_read[name] = all(map(self._is_a_look, reads))
        return self._only_read[name]

    def _is_a_look(self, node: ast.Name) -> bool:
        match self.program.parents[node]:
            case ast.Attribute(attr="items" | "keys" | "values" | "get"):
                return True
            case ast.Subscript(value=value, ctx=ast.Load()):
                return value is node
            case ast.For(iter=value) | ast.comprehension(iter=value):
                return value is node
            case ast.Call(func=function):
                return self.is_builtin(function, "len", "zip", "enumerate") or self.is_always(
                    function, allowed.READ_SETTINGS
                )
            case ast.keyword(arg=None | "rc") as keyword:
                call = self.program.parents[keyword]
                return isinstance(call, ast.Call) and self.is_always(
                    call.func, allowed.READ_SETTINGS
                )
        return False

    def is_always(self, node: ast.expr, paths: frozenset[str]) -> bool:
        """Tell whether an expression is one of these, and can be nothing else."""
        root = chain_of(node).root
        if not isinstance(root, ast.Name):
            return False
        bindings, _ = self.program.lookup(root.id, self.program.scopes[root])
        found = self.of(node).keys()
        return bool(found) and found <= paths and all(binding.path for binding in bindings)


def _all_of(parts: Iterator[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for part in islice(parts, _MOST_TEXTS + 1):
        if part is None or len(found) > _MOST_TEXTS:
            return None
        found |= part
    return found


def _joined(parts: list[frozenset[str] | None]) -> frozenset[str] | None:
    """Return what texts may be, one after the other."""
    found = frozenset({""})
    for part in parts:
        if part is None or len(found) * len(part) > _MOST_TEXTS:
            return None
        found = frozenset(one + two for one in found for two in part)
    return found


def _keys(node: ast.expr | None) -> list[ast.expr] | None:
    if not isinstance(node, ast.Dict):
        return None
    keys = [key for key in node.keys if key is not None]
    return keys if len(keys) == len(node.keys) else None


def _column(rows: list[ast.expr], position: int) -> list[ast.expr] | None:
    found: list[ast.expr] = []
    for row in rows:
        if not isinstance(row, ast.Tuple) or len(row.elts) <= position:
            return None
        if any(isinstance(element, ast.Starred) for element in row.elts[: position + 1]):
            return None
        found.append(row.elts[position])
    return found
