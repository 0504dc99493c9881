"""The policy's rules, node by node: what a learner's file may not contain, and what that costs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kata.grade import allowed, cut, forbidden
from kata.grade.forbidden import Breach
from kata.grade.origins import Origins, chain_of
from kata.grade.private_names import PRIVATE_NAMES
from kata.grade.scopes import Binding, Part, Program, imported
from kata.grade.special_calls import NO_SUCH_SETTING, SpecialCalls
from kata.grade.uses import Found, Uses, import_breach, module_as_value, taken

Import = ast.Import | ast.ImportFrom
# `case int(n)` gives the object itself, and reads no attribute.
_MATCHED_WHOLE = (
    *("bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str"),
    "tuple",
)

_PLAIN = (
    *(ast.Assign, ast.Expr, ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.keyword),
    *(
        ast.Constant,
        ast.Dict,
        ast.JoinedStr,
        ast.FormattedValue,
        ast.BinOp,
        ast.UnaryOp,
        ast.Compare,
    ),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
)


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
        # Imports and settings that go, with what is put there: only what uses them is refused.
        self.dropped: dict[ast.stmt, str] = {}
        for node in self.program.nodes:
            if isinstance(node, Import) and self._is_tried(node):
                self.dropped[node] = "raise ModuleNotFoundError"
        self.program.forget(self.dropped.keys())
        self._judged = self._without_settings()
        self.uses = Uses(self.program, self.origins, day)
        self.calls = SpecialCalls(self.uses)
        classes = [node for node in self.program.nodes if isinstance(node, ast.ClassDef)]
        self._prefixes = tuple({f"_{node.name.lstrip('_')}__" for node in classes})

    def problems(self) -> list[Problem]:
        """Return all that is wrong, in the order of the lines."""
        found = [one for node in self._judged for one in self._of(node)]
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
            case ast.Subscript():
                if not isinstance(node.ctx, ast.Load):
                    yield from self.uses.assigned_item(node)
                yield from self.calls.of_item(node)
                if not self.uses.places.is_bracket_of_types(node):
                    message = f"`{ast.unparse(node)[:40]}` has something else than types in it"
                    yield Found(node, Breach("class-as-value", message))
            case ast.AugAssign(target=ast.Name() as name):
                yield from self._augmented(name)
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
            case ast.MatchClass():
                yield from self._class_pattern(node)
            case ast.BinOp(op=ast.Add()) | ast.JoinedStr():
                yield from self._joined(node)
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
        elif self._is_mangled(node, node.id, may_be_attribute=False):
            yield Found(node, _mangled(node.id))
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

    def _augmented(self, name: ast.Name) -> Iterator[Found]:
        """Judge `name += x` by what x is handed."""
        for path in self.origins.of(name):
            place = allowed.find(path)
            if path in allowed.SETTINGS:
                yield Found(name, NO_SUCH_SETTING)
            elif place.kind == "module":
                yield Found(name, module_as_value(path))
            elif place.kind == "name" and (breach := self.uses.as_value(name, path)):
                yield Found(name, breach)

    def _bound(self, node: ast.AST, name: str) -> Iterator[Found]:
        if self._is_mangled(node, name, may_be_attribute=True):
            yield Found(node, _mangled(name))
        if not forbidden.is_dunder(name):
            return
        allowed_here = {"class": forbidden.IN_A_CLASS, "module": forbidden.IN_A_MODULE}
        if name not in allowed_here.get(self.program.scopes[node].kind, ()):
            message = f"`{name}` is a name that Python keeps for itself: take another one"
            yield Found(node, Breach("dunder", message))

    def _is_mangled(self, node: ast.AST, name: str, *, may_be_attribute: bool) -> bool:
        """Tell whether a variable is not what it says: in a class A, `__x` means `_A__x`."""
        if name.startswith("_") and name.startswith(self._prefixes):
            return True
        if not name.startswith("__") or name.endswith("__"):
            return False
        if may_be_attribute and self.program.scopes[node].kind == "class":
            return False  # reached as `self.__x`
        return any(isinstance(outer, ast.ClassDef) for outer in self.program.around(node))

    def _constant(self, node: ast.Constant, value: str | bytes) -> Iterator[Found]:
        if isinstance(self.program.parents[node], ast.Expr):
            return  # a docstring
        text = value if isinstance(value, str) else value.decode("latin-1")
        if text in forbidden.LATEX and self.calls.is_switched_off(node):
            return
        if breach := forbidden.text(text):
            yield Found(node, breach)

    def _joined(self, node: ast.BinOp | ast.JoinedStr) -> Iterator[Found]:
        """Judge a text that is put together of known ones as if it were written out."""
        if isinstance(self.program.parents[node], ast.BinOp):
            return  # a part of a longer one
        for text in sorted(self.origins.texts(node) or ()):
            self.program.spend(1 + len(text) // 1000)
            if breach := forbidden.text(text):
                yield Found(node, breach)

    def _class_pattern(self, node: ast.MatchClass) -> Iterator[Found]:
        for name in node.kwd_attrs:
            if breach := self.uses.attribute(name):
                yield Found(node, breach)
        # `case A(x)` reads the attributes that A names, and what counts as an A is up to A.
        if node.patterns and not self.origins.is_builtin(node.cls, *_MATCHED_WHOLE):
            name = ast.unparse(node.cls)[:40]
            message = f"`case {name}(…)` does not say what it reads: write `{name}(x=…)`"
            yield Found(node, Breach("class-pattern", message))

    # ---- imports

    def _import(self, node: Import) -> Iterator[Found]:
        if node in self.dropped:
            return
        scope = self.program.scopes[node]
        kept = [alias for alias in node.names if self._is_importable(node, alias)]
        if len(kept) < len(node.names):
            if scope.kind == "module":
                self.dropped[node] = cut.what_stays(node, kept)
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

    def _is_tried(self, node: Import) -> bool:
        """Tell whether an import that goes is one that a file can do without, and says so."""
        parent = self.program.parents[node]
        if not isinstance(parent, ast.Try) or node not in parent.body:
            return False
        if any(self._is_importable(node, alias) for alias in node.names):
            return False
        if cut.what_stays(node, []) != "pass" or self.program.scopes[node].kind == "class":
            return False
        return any(map(self._catches_import_error, parent.handlers))

    def _catches_import_error(self, handler: ast.ExceptHandler) -> bool:
        caught = handler.type
        kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught else []
        names = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")
        return caught is None or any(self.origins.is_builtin(kind, *names) for kind in kinds)

    # ---- settings that change nothing here

    def _without_settings(self) -> list[ast.AST]:
        """Return the nodes to judge: all but statements like `sys.path.append("..")`, which go."""
        gone: set[ast.AST] = set()
        kept = []
        for node in self.program.nodes:  # a statement comes before what is in it
            if self.program.parents.get(node) in gone:
                gone.add(node)
            elif isinstance(node, ast.stmt) and self._is_setting(node):
                self.dropped[node] = "pass"
                gone.add(node)
            else:
                kept.append(node)
        return kept

    def _is_setting(self, node: ast.stmt) -> bool:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=owner)]):
                is_one = self._only_stands_for(owner, allowed.IDLE_ITEMS)
            case ast.Assign(targets=[ast.Attribute() as target]):
                is_one = self._only_stands_for(target, allowed.IDLE_NAMES)
            case ast.Expr(value=ast.Call(func=function)):
                is_one = self._only_stands_for(function, allowed.IDLE_CALLS)
            case _:
                return False
        # Nothing goes that binds a name: what is judged has to see it.
        return is_one and all(isinstance(part, _PLAIN) for part in ast.walk(node))

    def _only_stands_for(self, node: ast.expr, paths: frozenset[str]) -> bool:
        found = self.origins.of(node).keys()
        return bool(found) and found <= paths

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
                name = ast.unparse(base)[:40]
                message = f"`{name}` is no base class for an exercise: take nn.Module, or none"
                yield Found(node, Breach("base-class", message))
        if self.uses.has_library_bases:
            for name in _set_in_body(node) & {*PRIVATE_NAMES, "num_workers"}:
                yield Found(node, taken(name))

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
            return bool(paths) and not self.uses.places.may_be_own(chain_of(base))
        bindings, _ = self.program.lookup(base.id, self.program.scopes[base])
        return all(self._is_binding_a_base(binding) for binding in bindings)

    def _is_binding_a_base(self, binding: Binding) -> bool:
        return (
            self.uses.places.makes_a_class(binding.definition)
            or bool(binding.path)
            or (binding.value is not None and self._is_others(binding.value))
            or self._makes_a_tuple(binding.value)
        )

    def _is_others(self, node: ast.expr) -> bool:
        return bool(self.origins.of(node)) and not self.uses.places.may_be_own(chain_of(node))

    def _makes_a_tuple(self, node: ast.expr | None) -> bool:
        makers = frozenset({"collections.namedtuple", "typing.NamedTuple"})
        return isinstance(node, ast.Call) and self.origins.is_always(node.func, makers)


def _mangled(name: str) -> Breach:
    message = f"Python gives the variable `{name}` another name in a class: take one without `__`"
    return Breach("mangled-name", message)


def _is_async(node: ast.AST) -> bool:
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return any(generator.is_async for generator in node.generators)
    return isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await)


def _path(node: Import, alias: ast.alias) -> str:
    if isinstance(node, ast.Import):
        return alias.name
    return f"{'.' * node.level}{node.module or ''}.{alias.name}"


def _set_in_body(node: ast.ClassDef) -> set[str]:
    """Return the names that the body of a class sets: its methods and class attributes."""
    found = set()
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            found.add(statement.name)
            continue
        for one in ast.walk(statement):
            if isinstance(one, ast.FunctionDef):
                found.add(one.name)
            elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                found.add(one.id)
    return found


def _may_be_a_base(path: str) -> bool:
    place = allowed.find(path)
    if place.kind == "forbidden":
        return True  # refused as a name, once
    return place.kind == "name" and not place.inside and allowed.may_be_a_base(place.path)
