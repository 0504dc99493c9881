"""The policy's rules, node by node: what a learner's file may not contain, and what that costs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kata.grade import allowed, forbidden
from kata.grade.forbidden import Breach
from kata.grade.origins import Origins
from kata.grade.scopes import Binding, Part, Program, imported
from kata.grade.special_calls import SpecialCalls
from kata.grade.uses import Found, Uses, import_breach

Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Problem:
    """A breach in its place."""

    line: int
    part: Part
    breach: Breach


class Rules:
    """Applies the rules to one file."""

    def __init__(self, tree: ast.Module, day: int) -> None:
        self.program = Program(tree)
        self.origins = Origins(self.program)
        self.uses = Uses(self.program, self.origins, day)
        self.calls = SpecialCalls(self.uses)
        # Imports at the top that go, with what is kept of each: only what uses them is refused.
        self.dropped: dict[Import, list[ast.alias]] = {}

    def problems(self) -> list[Problem]:
        """Return all that is wrong, in the order of the lines."""
        found = [one for node in self.program.nodes for one in self._of(node)]
        problems = {self._problem(one): None for one in found}
        return sorted(problems, key=lambda problem: (problem.line, problem.breach.rule))

    def _problem(self, found: Found) -> Problem:
        line = found.line or getattr(found.node, "lineno", 0)
        for node in self.program.around(found.node):
            line = line or getattr(node, "lineno", 0)
        return Problem(line or 1, self.program.parts[found.node], found.breach)

    def _of(self, node: ast.AST) -> Iterator[Found]:
        match node:
            case ast.Name():
                yield from self._name(node)
                yield from self.uses.of(node)
            case ast.Attribute():
                yield from self.uses.of(node)
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield from self.uses.assigned_item(node)
            case ast.Call():
                yield from self.calls.of(node)
            case ast.Constant(value=str() | bytes() as value):
                yield from self._constant(node, value)
            case ast.Import() | ast.ImportFrom():
                yield from self._import(node)
            case ast.ClassDef():
                yield from self._bound(node, node.name)
                yield from self._class(node)
            case ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield from self._bound(node, name)
            case ast.MatchClass(kwd_attrs=names):
                for name in names:
                    if breach := self.uses.attribute(name):
                        yield Found(node, breach)
            case ast.MatchMapping(rest=str(name)) | ast.MatchAs(name=str(name)):
                yield from self._bound(node, name)
            case ast.MatchStar(name=str(name)) | ast.ExceptHandler(name=str(name)):
                yield from self._bound(node, name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                for name in names:
                    yield from self._bound(node, name)
            case _ if _is_async(node):
                message = "async functions are nothing an exercise needs: write an ordinary `def`"
                yield Found(node, Breach("async", message))

    # ---- names

    def _name(self, node: ast.Name) -> Iterator[Found]:
        if not isinstance(node.ctx, ast.Load):
            yield from self._bound(node, node.id)
        elif forbidden.is_dunder(node.id):
            in_class = self.program.scopes[node].kind == "class"  # __radd__ = __add__
            if node.id not in forbidden.NAMES | (forbidden.OPERATORS if in_class else set()):
                message = f"`{node.id}` reaches inside Python: do without it"
                yield Found(node, Breach("dunder", message))
        elif (star := self.program.module.star) and node.id not in allowed.BUILTINS:
            bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
            if not bindings:
                message = "`import *` does not say what it brings: import the names that you use"
                yield Found(node, Breach("star-import", message), star.lineno)

    def _bound(self, node: ast.AST, name: str) -> Iterator[Found]:
        if not forbidden.is_dunder(name):
            return
        allowed_here = {"class": forbidden.IN_A_CLASS, "module": forbidden.IN_A_MODULE}
        if name not in allowed_here.get(self.program.scopes[node].kind, ()):
            message = f"`{name}` is a name that Python keeps for itself: take another one"
            yield Found(node, Breach("dunder", message))

    def _constant(self, node: ast.Constant, value: str | bytes) -> Iterator[Found]:
        if isinstance(self.program.parents[node], ast.Expr):
            return  # a docstring
        text = value if isinstance(value, str) else value.decode("latin-1")
        if breach := forbidden.text(text):
            yield Found(node, breach)

    # ---- imports

    def _import(self, node: Import) -> Iterator[Found]:
        scope = self.program.scopes[node]
        kept = [alias for alias in node.names if self._is_importable(node, alias)]
        if len(kept) < len(node.names):
            if scope.kind == "module":
                self.dropped[node] = kept
            else:
                lost = next(alias for alias in node.names if alias not in kept)
                yield Found(node, import_breach(_path(node, lost)))
        for alias, (name, path) in zip(node.names, imported(node), strict=True):
            if alias.name != "*":
                yield from self._bound(node, name)
            if scope.kind == "class" and allowed.find(path).kind == "module":
                message = f"`{path}` is imported inside a class: import it at the top of the file"
                yield Found(node, Breach("module-as-value", message))

    def _is_importable(self, node: Import, alias: ast.alias) -> bool:
        place = allowed.find(_path(node, alias))
        if isinstance(node, ast.Import):
            return place.kind == "module"
        return place.kind != "forbidden" and not place.inside

    # ---- classes

    def _class(self, node: ast.ClassDef) -> Iterator[Found]:
        for keyword in node.keywords:
            if keyword.arg != "total":
                message = (
                    f"`{keyword.arg or '**'}=` of a class: list its base classes, nothing else"
                )
                yield Found(node, Breach("class-keyword", message))
        for base in node.bases:
            if not self._is_base_fine(base):
                message = (
                    f"`{_short(base)}` is no base class for an exercise: take nn.Module, or none"
                )
                yield Found(node, Breach("base-class", message))

    def _is_base_fine(self, base: ast.expr) -> bool:
        if isinstance(base, ast.Subscript):
            base = base.value  # Dataset[tuple[Tensor, Tensor]]
        if self._makes_a_tuple(base):
            return True
        if not isinstance(base, ast.Name | ast.Attribute):
            return False
        paths = self.origins.of(base)
        if not all(_may_be_a_base(path) for path in paths):
            return False
        if isinstance(base, ast.Attribute):
            return bool(paths)
        bindings, _ = self.program.lookup(base.id, self.program.scopes[base])
        return all(self._is_binding_a_base(binding) for binding in bindings)

    def _is_binding_a_base(self, binding: Binding) -> bool:
        return (
            isinstance(binding.definition, ast.ClassDef)
            or bool(binding.path)
            or (binding.value is not None and bool(self.origins.of(binding.value)))
            or self._makes_a_tuple(binding.value)
        )

    def _makes_a_tuple(self, node: ast.expr | None) -> bool:
        if not isinstance(node, ast.Call):
            return False
        makers = {"collections.namedtuple", "typing.NamedTuple"}
        return bool(paths := self.origins.of(node.func).keys()) and paths <= makers


def _is_async(node: ast.AST) -> bool:
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return any(generator.is_async for generator in node.generators)
    return isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await)


def _path(node: Import, alias: ast.alias) -> str:
    if isinstance(node, ast.Import):
        return alias.name
    return f"{'.' * node.level}{node.module or ''}.{alias.name}"


def _may_be_a_base(path: str) -> bool:
    place = allowed.find(path)
    if place.kind == "forbidden":
        return True  # refused as a name, once
    return place.kind == "name" and not place.inside and allowed.may_be_a_base(place.path)


def _short(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else type(node).__name__.lower()
