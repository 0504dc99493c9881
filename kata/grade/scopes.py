"""Which name means what, and where: a file's syntax tree with its scopes, as Python would see them.

Nothing here recurses: a learner's file may be nested as deeply as Python's parser lets it.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
# Python shares these nodes among all that use them, and they say nothing about names.
_SHARED = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


_MOST_STEPS = 100_000  # the longest solution takes 1,000


class TooTangled(Exception):
    """Names that stand for names that stand for names: nobody could say what they mean."""


@dataclass(frozen=True)
class Part:
    """What a refusal costs: a top-level definition or a method, or the file if `node` is None."""

    name: str = ""
    node: Definition | None = None
    in_header: bool = False  # decorators, defaults and annotations run when the file is read


@dataclass(frozen=True, eq=False)
class Binding:
    """One of the ways in which a name gets a value; all empty: some value that nobody knows."""

    path: str = ""  # imported, from this module or name
    value: ast.expr | None = None  # x = value
    each_of: ast.expr | None = None  # for x in each_of
    position: int | None = None  # for _, x in each_of: 1
    definition: ast.AST | None = None  # def x, class x
    statement: ast.AST | None = None  # the import
    in_class: bool = False  # so that it can be reached as an attribute


@dataclass(eq=False)
class Scope:
    """A module's, a class's or a function's names; lambdas and comprehensions are functions."""

    kind: str
    parent: "Scope | None" = None
    is_comprehension: bool = False
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    is_global: set[str] = field(default_factory=set)
    is_nonlocal: set[str] = field(default_factory=set)
    star: ast.ImportFrom | None = None


@dataclass
class _Visit:
    node: ast.AST
    parent: ast.AST | None
    scope: Scope
    part: Part
    in_annotation: bool = False


class Program:
    """A syntax tree, and for each of its nodes the parent, the scope and what it costs."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.nodes: list[ast.AST] = []
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.parts: dict[ast.AST, Part] = {}
        self.annotations: set[ast.AST] = set()
        self.reads: dict[str, list[ast.Name]] = {}  # where each name is read
        self.module = Scope("module")
        self._known: dict[ast.AST, Binding] = {}  # what is said about a name by what is around it
        self._rebound: list[tuple[Scope, str, Binding]] = []  # by way of nonlocal
        self._steps = 0
        waiting = [_Visit(tree, None, self.module, Part())]
        while waiting:
            visit = waiting.pop()
            self._note(visit)
            waiting += reversed(list(self._children(visit)))
        for scope, name, binding in self._rebound:
            _owner(scope, name).bindings.setdefault(name, []).append(binding)

    def _note(self, visit: _Visit) -> None:
        node, scope = visit.node, visit.scope
        self.nodes.append(node)
        self.scopes[node] = scope
        self.parts[node] = visit.part
        if visit.parent is not None:
            self.parents[node] = visit.parent
        if visit.in_annotation:
            self.annotations.add(node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self.reads.setdefault(node.id, []).append(node)
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        self._known[target] = Binding(value=value, in_class=scope.kind == "class")
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                self._known[target] = Binding(value=value, in_class=scope.kind == "class")
            case ast.For(target=target, iter=values):
                self._loops(target, values)
        self._bind(node, scope)

    def _loops(self, target: ast.expr, values: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._known[target] = Binding(each_of=values)
        elif isinstance(target, ast.Tuple | ast.List):
            for position, element in enumerate(target.elts):
                if isinstance(element, ast.Starred):
                    return  # whatever follows may be anything
                if isinstance(element, ast.Name):
                    self._known[element] = Binding(each_of=values, position=position)

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                if isinstance(self.parents[node], ast.NamedExpr):
                    while scope.is_comprehension and scope.parent:
                        scope = scope.parent
                self._add(scope, name, self._known.get(node, Binding()))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._add(scope, name, Binding(definition=node))
            case ast.ClassDef(name=name):
                self._add(scope, name, Binding(definition=node))
            case ast.arg(arg=name):
                self._add(scope, name, Binding())
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                self._add(scope, name, Binding())
            case ast.Global(names=names):
                scope.is_global.update(names)
            case ast.Nonlocal(names=names):
                scope.is_nonlocal.update(names)
            case ast.Import() | ast.ImportFrom():
                for name, path in imported(node):
                    if name == "*" and isinstance(node, ast.ImportFrom):
                        scope.star = node
                    in_class = scope.kind == "class"
                    self._add(scope, name, Binding(path, statement=node, in_class=in_class))

    def _add(self, scope: Scope, name: str, binding: Binding) -> None:
        if name in scope.is_nonlocal:
            self._rebound.append((scope, name, binding))
            return
        if name in scope.is_global:
            scope = self.module
        scope.bindings.setdefault(name, []).append(binding)

    def _children(self, visit: _Visit) -> Iterator[_Visit]:
        match visit.node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from self._of_function(visit.node, visit)
            case ast.ClassDef():
                yield from self._of_class(visit.node, visit)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                yield from self._of_comprehension(visit.node, visit)
            case node:
                for name, child in _fields(node):
                    in_annotation = visit.in_annotation or name == "annotation"
                    yield _Visit(child, node, visit.scope, visit.part, in_annotation)

    def _of_function(self, node: Function | ast.Lambda, visit: _Visit) -> Iterator[_Visit]:
        header = body = visit.part
        if isinstance(node, Function) and (name := self._name_of_part(node, visit)):
            header, body = Part(name, node, in_header=True), Part(name, node)
            self.parts[node] = header
        inner = Scope("function", visit.scope)
        # Defaults, decorators and annotations are worked out where the function is made.
        for field_name, child in _fields(node):
            if field_name in ("decorator_list", "type_params"):
                yield _Visit(child, node, visit.scope, header)
            elif field_name == "returns":
                yield _Visit(child, node, visit.scope, header, in_annotation=True)
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                yield _Visit(default, node, visit.scope, header)
        for argument in _all_arguments(arguments):
            yield _Visit(ast.arg(argument.arg, lineno=argument.lineno), node, inner, header)
            if argument.annotation:
                yield _Visit(argument.annotation, node, visit.scope, header, in_annotation=True)
        statements = [node.body] if isinstance(node, ast.Lambda) else node.body
        for statement in statements:
            yield _Visit(statement, node, inner, body)

    def _name_of_part(self, node: Function, visit: _Visit) -> str:
        if visit.parent is self.tree:
            return node.name
        of_class = isinstance(visit.parent, ast.ClassDef) and visit.part.node is visit.parent
        return f"{visit.part.name}.{node.name}" if of_class else ""

    def _of_class(self, node: ast.ClassDef, visit: _Visit) -> Iterator[_Visit]:
        part = visit.part
        if visit.parent is self.tree:
            part = self.parts[node] = Part(node.name, node)
        inner = Scope("class", visit.scope)
        for name, child in _fields(node):
            yield _Visit(child, node, inner if name == "body" else visit.scope, part)

    def _of_comprehension(self, node: Comprehension, visit: _Visit) -> Iterator[_Visit]:
        inner = Scope("function", visit.scope, is_comprehension=True)
        # The first loop's values are worked out outside, where its names are not yet bound.
        first = node.generators[0]
        for generator in node.generators:
            self._loops(generator.target, generator.iter)
            for name, child in _fields(generator):
                outside = generator is first and name == "iter"
                yield _Visit(child, generator, visit.scope if outside else inner, visit.part)
            self.parents[generator] = node
        for name, child in _fields(node):
            if name != "generators":
                yield _Visit(child, node, inner, visit.part)

    def lookup(self, name: str, scope: Scope) -> tuple[list[Binding], bool]:
        """Return what a name may be bound to when it is read, and whether it may be a builtin.

        Raises: TooTangled if that has been asked too often: who looks through all bindings of all
        names is never done.
        """
        found, may_be_builtin = self._lookup(name, scope)
        self.spend(1 + len(found))
        return found, may_be_builtin

    def spend(self, steps: int) -> None:
        """Note that the judgement took so many steps. Raises: TooTangled if it takes too many."""
        self._steps += steps
        if self._steps > _MOST_STEPS:
            raise TooTangled

    def _lookup(self, name: str, scope: Scope) -> tuple[list[Binding], bool]:
        found: list[Binding] = []
        here: Scope | None = scope
        while here and here.kind != "module":
            if here.kind == "function" or here is scope:  # a method does not see its class's names
                if name in here.is_global:
                    break
                if name in here.bindings:
                    found = here.bindings[name]
                    if here.kind == "function":
                        return found, False
                    break  # a class's name that is not set yet is looked up in the module
            here = here.parent
        return [*found, *self.module.bindings.get(name, [])], True

    def forget(self, imports: Collection[ast.AST]) -> None:
        """Take back what these imports bind, since they will not run."""
        for scope in {self.scopes[node] for node in imports}:
            for name, bindings in list(scope.bindings.items()):
                scope.bindings[name] = [one for one in bindings if one.statement not in imports]
                if not scope.bindings[name]:
                    del scope.bindings[name]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what a node stands in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node


def _owner(scope: Scope, name: str) -> Scope:
    """Return the scope whose variable a `nonlocal` means."""
    while scope.parent:
        scope = scope.parent
        if scope.kind == "function" and name in scope.bindings:
            break
    return scope


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Yield the names that an import binds, each with the path that it stands for."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield alias.asname or alias.name, f"{module}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            root = alias.name.partition(".")[0]
            yield root, root


def _fields(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, _SHARED):
                yield name, child


def _all_arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    yield from filter(None, [arguments.vararg, arguments.kwarg])
