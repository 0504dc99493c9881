"""How somebody else's names may be used, and which attributes of anything may be."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kata.grade import allowed, forbidden
from kata.grade.forbidden import Breach, shown
from kata.grade.origins import Chain, Origins, chain_of
from kata.grade.scopes import Binding, Definition, Program, Scope

CALLED_ONLY = frozenset(
    f"<builtins>.{name}" for name in ("delattr", "getattr", "open", "setattr", "super", "type")
)
# These change what they are given: fine for a definition that stands right below.
DECORATORS = frozenset(
    {
        "abc.abstractmethod",
        "dataclasses.dataclass",
        "functools.total_ordering",
        "functools.wraps",
        "typing.final",
        "typing.overload",
        "typing.override",
        "typing.runtime_checkable",
    }
)
_CLASSES_EXPECTED = ("isinstance", "issubclass")
_SHOWS = ("print", "str", "repr", *_CLASSES_EXPECTED)
# It sets attributes of whatever name.
_SCHEDULER_STATE = Breach(
    "attribute", "`.load_state_dict` in a file with schedulers: make a new scheduler instead"
)


@dataclass(frozen=True)
class Found:
    """A breach, the node that it costs, and the line to look at if it is another one's."""

    node: ast.AST
    breach: Breach
    line: int = 0


class Uses:
    """Judges the names and attributes of one file."""

    def __init__(self, program: Program, origins: Origins, day: int) -> None:
        self.program = program
        self.origins = origins
        self.day = day
        self.own = frozenset(_private_names(program))
        self.has_schedulers = any(map(_names_schedulers, program.nodes))

    def of(self, node: ast.Name | ast.Attribute) -> Iterator[Found]:
        """Yield what is wrong with a name, or with a whole chain `a.b.c`."""
        if isinstance(self.program.parents[node], ast.Attribute):
            return  # a part of a longer chain
        chain = chain_of(node)
        paths = {} if _is_bound_here(node) else self.origins.of(node)
        for path, binding in paths.items():
            yield from self._foreign(node, path, binding)
        if not paths or self._may_be_own(chain):
            yield from self._attributes(chain)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from self._assigned(node)

    def _may_be_own(self, chain: Chain) -> bool:
        if not isinstance(chain.root, ast.Name):
            return True
        bindings, _ = self.program.lookup(chain.root.id, self.program.scopes[chain.root])
        return any(
            not binding.path and not isinstance(binding.value, ast.Name | ast.Attribute)
            for binding in bindings
        )

    # ---- somebody else's names

    def _foreign(
        self, node: ast.Name | ast.Attribute, path: str, binding: Binding | None
    ) -> Iterator[Found]:
        place = allowed.find(path)
        if place.kind == "forbidden":
            yield self._not_allowed(node, place.path, binding)
        elif not isinstance(node.ctx, ast.Load):
            pass  # an attribute that is set: see _assigned
        elif place.kind == "module":
            if not self._is_module_fine(node):
                yield Found(node, _module_as_value(place.path))
        else:
            inner = chain_of(node).attributes[-len(place.inside) :] if place.inside else ()
            yield from self._attributes(Chain(node, inner))
            if not place.inside and (breach := self.as_value(node, place.path)):
                yield Found(node, breach)

    def _not_allowed(self, node: ast.AST, path: str, binding: Binding | None) -> Found:
        module, _, name = path.rpartition(".")
        if module == "<builtins>":
            advice = "write what it does yourself, or do without it"
            return Found(
                node, Breach("builtin", f"`{name}` is no function for an exercise: {advice}")
            )
        statement = binding.statement if binding else None
        if binding and statement and allowed.find(binding.path).kind == "forbidden":
            line = 0 if binding.in_class else getattr(statement, "lineno", 0)
            return Found(node, import_breach(binding.path), line)
        return Found(
            node,
            Breach("name", f"`{path}` is not among the names that exercises need: do without it"),
        )

    def as_value(self, node: ast.expr, path: str) -> Breach | None:
        """Return what is wrong with an allowed name that is not called, or with how it is."""
        parent = self.program.parents[node]
        is_called = isinstance(parent, ast.Call) and parent.func is node
        name = path.rpartition(".")[2]
        if path in CALLED_ONLY:
            if is_called or (name == "type" and self._is_in_type_place(node)):
                return None
            return Breach("builtin-as-value", f"`{name}` is handed around: call it where it stands")
        if path in DECORATORS and not self._decorates(parent if is_called else node):
            return Breach("decorator-only", f"`{name}` is for `@{name}` right above a definition")
        if is_called or not allowed.is_changeable_class(path):
            return None
        if self._is_in_type_place(node) or self._is_alias(node) or isinstance(parent, ast.Expr):
            return None
        if self._is_only_called(node):
            return None
        return Breach(
            "class-as-value",
            f"the class `{name}` is handed around: make the object here, or pass a function",
        )

    def _is_only_called(self, node: ast.expr) -> bool:
        """Tell whether a class is a default, `activation=nn.ReLU`, whose parameter is only called.

        The same for what a loop over written-out classes takes.
        """
        parent = self.program.parents[node]
        if isinstance(parent, Definition | ast.Lambda) and not isinstance(parent, ast.ClassDef):
            name = _parameter(parent.args, node)
            body = parent.body if isinstance(parent, ast.Lambda) else parent.body[0]
            return bool(name) and self._calls_only(name, self.program.scopes[body])
        if not isinstance(parent, ast.Tuple | ast.List):
            return False
        match self.program.parents[parent]:
            case ast.For(target=ast.Name() as target, iter=values):
                is_loop = values is parent
            case ast.comprehension(target=ast.Name() as target, iter=values):
                is_loop = values is parent
            case _:
                return False
        return is_loop and self._calls_only(target.id, self.program.scopes[target])

    def _calls_only(self, name: str, scope: Scope) -> bool:
        bindings = scope.bindings.get(name, [])
        if len(bindings) != 1 or scope.kind == "class":
            return False
        for node in self.program.nodes:
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                found, _ = self.program.lookup(name, self.program.scopes[node])
                parent = self.program.parents[node]
                is_called = isinstance(parent, ast.Call) and parent.func is node
                if bindings[0] in found and not is_called:
                    return False
        return True

    def _decorates(self, node: ast.AST) -> bool:
        parent = self.program.parents[node]
        if not isinstance(parent, Definition) or node not in parent.decorator_list:
            return False
        below = parent.decorator_list[parent.decorator_list.index(node) + 1 :]
        return all(self.origins.of(one.func if isinstance(one, ast.Call) else one) for one in below)

    def _is_module_fine(self, node: ast.expr) -> bool:
        parent = self.program.parents[node]
        if self._is_alias(node) or isinstance(parent, ast.Expr):
            return True
        if node in self.program.annotations and parent not in self.program.annotations:
            return True
        return (
            isinstance(parent, ast.Call)
            and self.origins.is_builtin(parent.func, "getattr", "hasattr")
            and parent.args[:1] == [node]
        )

    def _is_alias(self, node: ast.expr) -> bool:
        if self.program.scopes[node].kind == "class":
            return False  # every instance would have it
        match self.program.parents[node]:
            case ast.Assign(targets=targets, value=value):
                return value is node and all(isinstance(one, ast.Name) for one in targets)
            case ast.AnnAssign(target=ast.Name(), value=value):
                return value is node
        return False

    def _is_in_type_place(self, node: ast.AST) -> bool:
        """Tell whether a class stands where only its being a class matters."""
        annotations = self.program.annotations
        for parent in self.program.around(node):
            if node in annotations and parent not in annotations:
                return True
            match parent:
                case ast.Subscript(value=value):
                    return value is node or self._is_type(value)
                case ast.Call(func=function, args=args):
                    if self.origins.of(function).keys() == {"typing.cast"}:
                        return node in args[:1]
                    is_asked = self.origins.is_builtin(function, *_CLASSES_EXPECTED)
                    return is_asked and node in args[1:]
                case ast.ClassDef(bases=bases):
                    return node in bases
                case ast.Compare():
                    return self._compares_types(parent)
                case ast.ExceptHandler() | ast.MatchClass():
                    return True
                case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                    if not (self._is_type(left) and self._is_type(right)):
                        return False  # an object's __ror__ would be handed the class
                    node = parent
                case ast.Tuple() | ast.List() | ast.Set():
                    node = parent
                case _:
                    return False
        return False

    def _compares_types(self, node: ast.Compare) -> bool:
        """Tell whether no object's own `__eq__` is handed a class."""
        if all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops):
            return True
        return all(map(self._is_type, [node.left, *node.comparators]))

    def _is_type(self, node: ast.expr) -> bool:
        """Tell whether an expression is a type, or several of them, and no object."""
        waiting: list[ast.expr] = [node]
        while waiting:
            match waiting.pop():
                case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                    waiting += elements
                case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                    waiting += [left, right]
                case ast.Subscript(value=value):
                    waiting.append(value)
                case ast.Call(func=function):
                    if not self.origins.is_builtin(function, "type"):
                        return False
                case ast.Attribute(attr="__class__") | ast.Constant():
                    pass
                case ast.Name() | ast.Attribute() as name:
                    if not self._is_class(name):
                        return False
                case _:
                    return False
        return True

    def _is_class(self, node: ast.Name | ast.Attribute) -> bool:
        chain = chain_of(node)
        if self.origins.of(node):
            return not self._may_be_own(chain)
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return all(isinstance(binding.definition, ast.ClassDef) for binding in bindings)

    # ---- attributes

    def _attributes(self, chain: Chain) -> Iterator[Found]:
        for attribute in chain.attributes:
            name = attribute.attr
            if name in ("format", "format_map"):
                breach = self._template(attribute.value)
            elif name == "__class__" and self.is_shown(attribute):
                breach = None
            elif name == "load_state_dict" and self.has_schedulers:
                breach = _SCHEDULER_STATE
            else:
                breach = self.attribute(name)
            if breach:
                yield Found(attribute, breach)

    def attribute(self, name: str) -> Breach | None:
        """Return what is wrong with an attribute of this name."""
        return forbidden.attribute(name, own=self.own, day=self.day)

    def _template(self, node: ast.expr) -> Breach | None:
        texts = self.origins.texts(node)
        if texts is None:
            return Breach(
                "format-string",
                "`.format` of a template that is not written out can read anything: "
                "write an f-string, or the template right before `.format`",
            )
        found = (forbidden.template(text, own=self.own, day=self.day) for text in texts)
        return next(filter(None, found), None)

    def is_shown(self, node: ast.AST) -> bool:
        """Tell whether a type is only compared, printed or asked for its name."""
        for parent in self.program.around(node):
            match parent:
                case ast.Attribute(attr="__name__" | "__qualname__"):
                    return True
                case ast.FormattedValue():
                    return True
                case ast.Compare():
                    return self._compares_types(parent)
                case ast.Call(func=function, args=args):
                    return node in args and self.origins.is_builtin(function, *_SHOWS)
                case ast.Tuple():
                    node = parent
                case _:
                    return False
        return False

    def _assigned(self, node: ast.Attribute) -> Iterator[Found]:
        if self.is_foreign(node) and not self.origins.of(node).keys() <= allowed.ASSIGNABLE:
            yield Found(node, _foreign_assignment(ast.unparse(node)))
        elif forbidden.is_dunder(node.attr):
            yield Found(node, _foreign_assignment(f".{node.attr}"))
        elif breach := self.sets_method(node.value, node.attr):
            yield Found(node, breach)

    def is_foreign(self, node: ast.expr) -> bool:
        """Tell whether a target belongs to a name of somebody else's: `torch.Tensor.add`."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
            if self.origins.of(node):
                return True
        return False

    def sets_method(self, owner: ast.expr, name: str) -> Breach | None:
        """Return what is wrong with setting an attribute of this name, not of `self`."""
        if name not in forbidden.METHODS or (isinstance(owner, ast.Name) and owner.id == "self"):
            return None
        return Breach(
            "foreign-assignment",
            f"`.{name}` is a method of torch's: define one in a class of your own instead",
        )

    def assigned_item(self, node: ast.Subscript) -> Iterator[Found]:
        """Yield what is wrong with `somebody.elses[key] = value`."""
        paths = self.origins.of(node.value).keys()
        if self.is_foreign(node) and not (paths and paths <= allowed.ASSIGNABLE):
            yield Found(node, _foreign_assignment(ast.unparse(node.value)))


def import_breach(path: str) -> Breach:
    """Return what is said of an import that no exercise needs."""
    if path.startswith((".", "exercises", "solutions", "tests")):
        advice = "an exercise imports no other file of the course"
    else:
        advice = "no exercise needs it: leave out the import, and what uses it"
    return Breach("import", f"`{path}` is imported: {advice}")


def _module_as_value(path: str) -> Breach:
    return Breach(
        "module-as-value",
        f"the module `{path}` is handed around: write its name before the dot wherever you use it",
    )


def _foreign_assignment(what: str) -> Breach:
    return Breach(
        "foreign-assignment",
        f"`{what if len(what) < 60 else shown(what)}` is somebody else's: do not set or delete it",
    )


def _parameter(arguments: ast.arguments, default: ast.expr) -> str:
    """Return the parameter that has this default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    if default in arguments.defaults:
        return positional[arguments.defaults.index(default) - len(arguments.defaults)].arg
    if default in arguments.kw_defaults:
        return arguments.kwonlyargs[arguments.kw_defaults.index(default)].arg
    return ""


def _names_schedulers(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="lr_scheduler"):
            return True
        case ast.ImportFrom(module=module, names=names):
            words = [module or "", *(alias.name for alias in names)]
        case ast.Import(names=names):
            words = [alias.name for alias in names]
        case _:
            return False
    return any("lr_scheduler" in word for word in words)


def _is_bound_here(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _private_names(program: Program) -> Iterator[str]:
    """Yield the names with an underscore that the file's own classes have."""
    for node in program.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) if program.scopes[node].kind == "class":
                yield name
            case ast.Name(id=name, ctx=ast.Store()) if program.scopes[node].kind == "class":
                yield name
