"""Which function of the file a call certainly runs: what it is given goes nowhere else."""

import ast
import collections
import functools

from kata.grade import allowed
from kata.grade.origins import Origins
from kata.grade.places import Places
from kata.grade.scopes import Function, Program

_PLAIN = frozenset({"torch.nn.Module", "torch.nn.modules.module.Module"})
# The function, and how many arguments it has already: `self`, or none.
Callee = tuple[ast.FunctionDef, int]


class Callees:
    """Finds the functions and methods that the calls of one file run."""

    def __init__(self, program: Program, origins: Origins, places: Places) -> None:
        self.program = program
        self.origins = origins
        self.places = places

    def of(self, node: ast.expr) -> Callee | None:
        """Return what `node(…)` runs, or None if that is not certain."""
        match node:
            case ast.Name(id=name) if name not in allowed.BUILTINS:
                return self._named(node)
            case ast.Attribute(value=ast.Call(func=function, args=[]), attr="__init__"):
                return self._of_base(node) if self.origins.is_builtin(function, "super") else None
            case ast.Attribute():
                return self._method(node)
        return None

    def _named(self, node: ast.Name) -> Callee | None:
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        match [one.definition for one in bindings]:
            case [ast.FunctionDef(decorator_list=[]) as function]:
                return function, 0
            case [ast.ClassDef(decorator_list=[], keywords=[], bases=bases) as own]:
                if all(self.origins.is_always(base, _PLAIN) for base in bases):
                    return self._init_of(own)
        return None

    def _init_of(self, own: ast.ClassDef) -> Callee | None:
        names = self.program.scopes[own.body[0]].bindings
        match [one.definition for one in names.get("__init__", [])]:
            case [ast.FunctionDef(decorator_list=[]) as init] if "__new__" not in names:
                return init, 1
        return None

    def _of_base(self, node: ast.Attribute) -> Callee | None:
        """Return the `__init__` that `super().__init__` is."""
        around = (
            one for one in self.program.around(node) if isinstance(one, Function | ast.Lambda)
        )
        function = next(around, None)
        own = self.program.parents[function] if function else None
        match own:
            case ast.ClassDef(bases=[ast.Name() as base]) if not self._has_two_bases:
                return self._named(base)
        return None

    def _method(self, node: ast.Attribute) -> Callee | None:
        """Return the only method of this name, if `node` is `self.name` inside its class."""
        around = self.places.method_around(node.value)
        if around is None or not self.places.is_own_self(node.value):
            return None
        # Whoever puts something else under this name gets what the method is given.
        if node.attr in self._set or (self._sets_any and not node.attr.startswith("_")):
            return None
        match self._methods[node.attr]:
            case [method] if self.program.parents[method] is self.program.parents[around]:
                pass
            case _:
                return None
        match method.decorator_list:
            case []:
                return method, 1
            case [ast.Name() as only] if self.origins.is_builtin(only, "staticmethod"):
                return method, 0
        return None

    @functools.cached_property
    def _has_two_bases(self) -> bool:
        nodes = self.program.nodes
        return any(isinstance(node, ast.ClassDef) and len(node.bases) > 1 for node in nodes)

    @functools.cached_property
    def _methods(self) -> collections.defaultdict[str, list[ast.FunctionDef]]:
        found: collections.defaultdict[str, list[ast.FunctionDef]] = collections.defaultdict(list)
        for node in self.program.nodes:
            if isinstance(node, ast.FunctionDef) and self.program.scopes[node].kind == "class":
                found[node.name].append(node)
        return found

    @functools.cached_property
    def _set(self) -> set[str]:
        """The attributes that are set, in a class or of an object, written out or as a text."""
        found: set[str] = set()
        for node in self.program.nodes:
            match node:
                case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                    found.add(name)
                case ast.Constant(value=str(name)):
                    found.add(name)
                case ast.FunctionDef() | ast.ClassDef() if self._is_rebound(node):
                    found.add(node.name)
        for scope in set(self.program.scopes.values()):
            if scope.kind == "class":
                found |= {
                    name
                    for name, bindings in scope.bindings.items()
                    if not all(isinstance(one.definition, ast.FunctionDef) for one in bindings)
                }
        return found

    def _is_rebound(self, node: ast.FunctionDef | ast.ClassDef) -> bool:
        bindings = self.program.scopes[node].bindings.get(node.name, [])
        return self.program.scopes[node].kind == "class" and len(bindings) > 1

    @functools.cached_property
    def _sets_any(self) -> bool:
        """Tell whether there is a `setattr`: its names may be put together."""
        return "setattr" in self.program.reads
