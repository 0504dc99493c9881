"""Where a name stands: whether it is called, compared or handed around makes all the difference."""

import ast
import functools

from kata.grade import allowed
from kata.grade.origins import Chain, Origins, chain_of
from kata.grade.scopes import Definition, Program

CLASSES_EXPECTED = ("isinstance", "issubclass")
_CALLERS = frozenset({"functools.partial", "<builtins>.map", "itertools.starmap"})
_SHOWS = ("print", "str", "repr", "super", *CLASSES_EXPECTED)

_KEEP_THE_CLASS = frozenset(
    {
        *("dataclasses.dataclass", "enum.unique", "functools.total_ordering", "typing.final"),
        "typing.runtime_checkable",
    }
)
_TYPE_MAKERS = frozenset({"typing.NewType", "typing.ParamSpec", "typing.TypeVar"})
_KEEP_SELF = frozenset({"torch.no_grad", "torch.inference_mode", "torch.enable_grad"})
# Who asks a class for these hands them `self`.
_FOR_SELF = {"__init__", "__new__", "__post_init__"}


class _AllBut:
    """All names there are, but for a few."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def __contains__(self, name: str) -> bool:
        return name not in self.names


_Names = set[str] | _AllBut


class Places:
    """Answers for one file what is done with the names in it."""

    def __init__(self, program: Program, origins: Origins) -> None:
        self.program = program
        self.origins = origins
        self._plain: dict[ast.ClassDef, bool] = {}  # whether its objects are nobody else's

    def may_be_own(self, chain: Chain) -> bool:
        """Tell whether what a chain starts with may be the learner's own value too."""
        return not isinstance(chain.root, ast.Name) or self.origins.may_be_own(chain.root)

    def is_alias(self, node: ast.expr) -> bool:
        """Tell whether a name gets another name, `F = torch.nn.functional`, and nothing else."""
        if self.program.scopes[node].kind == "class":
            return False  # every instance would have it
        match self.program.parents[node]:
            case ast.Assign(targets=targets, value=value):
                return value is node and all(isinstance(one, ast.Name) for one in targets)
            case ast.AnnAssign(target=ast.Name(), value=value):
                return value is node
        return False

    def is_module_fine(self, node: ast.expr) -> bool:
        """Tell whether a module stands alone where that is no harm."""
        parent = self.program.parents[node]
        if self.is_alias(node) or isinstance(parent, ast.Expr):
            return True
        if node in self.program.annotations and parent not in self.program.annotations:
            return True
        return (
            isinstance(parent, ast.Call)
            and self.origins.is_builtin(parent.func, "getattr", "hasattr")
            and parent.args[:1] == [node]
        )

    def is_in_type_place(self, node: ast.AST) -> bool:
        """Tell whether a class stands where only its being a class matters."""
        annotations = self.program.annotations
        alone = node
        for parent in self.program.around(node):
            if node in annotations and parent not in annotations:
                return True
            match parent:
                case ast.Subscript(value=value) if value is node:
                    return node is alone  # (nn.ReLU, 1)[0] gives the class back
                case ast.Subscript(value=value):
                    if not self._is_type(value):
                        return False
                    node = parent  # list[nn.Linear]: where does that stand?
                case ast.Call(func=function, args=args):
                    if self.origins.of(function).keys() == {"typing.cast"}:
                        return node in args[:1] and not self.may_be_own(chain_of(function))
                    if self.origins.is_builtin(function, "super"):
                        return node in args[:1]
                    is_asked = self.origins.is_builtin(function, *CLASSES_EXPECTED)
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
                case ast.Assign(value=value) | ast.AnnAssign(value=value):
                    # Layer = nn.Linear | nn.Conv2d, LossFn = Callable[[Tensor], Tensor]
                    return (
                        value is node
                        and isinstance(node, ast.BinOp | ast.Subscript)
                        and (node is not alone)
                    )
                case ast.Tuple() | ast.List() | ast.Set():
                    node = parent
                case _:
                    return False
        return False

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

    def decorates(self, node: ast.AST) -> bool:
        """Tell whether a decorator stands above a definition that is the learner's own."""
        parent = self.program.parents[node]
        if not isinstance(parent, Definition) or node not in parent.decorator_list:
            return False
        below = parent.decorator_list[parent.decorator_list.index(node) + 1 :]
        return all(self.origins.of(one.func if isinstance(one, ast.Call) else one) for one in below)

    def is_called(self, node: ast.expr) -> bool:
        """Tell whether an expression is what a call calls."""
        parent = self.program.parents[node]
        return isinstance(parent, ast.Call) and parent.func is node

    def is_no_test(self, node: ast.expr) -> bool:
        """Tell whether a function of one's own is told not to be a test: `f.__test__ = False`."""
        match node, self.program.parents[node]:
            case (
                ast.Attribute(value=ast.Name() as owner, attr="__test__"),
                ast.Assign(targets=[_], value=ast.Constant(value=False)),
            ):
                bindings, _ = self.program.lookup(owner.id, self.program.scopes[owner])
                return bool(bindings) and all(
                    isinstance(one.definition, Definition) for one in bindings
                )
        return False

    def is_own_function(self, node: ast.expr) -> bool:
        """Tell whether a name stands for a function of the file, and nothing else."""
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return bool(bindings) and all(
            isinstance(one.definition, ast.FunctionDef) and not one.definition.decorator_list
            for one in bindings
        )

    def is_self(self, node: ast.expr) -> bool:
        """Tell whether a name is `self`, the first parameter of the method that it stands in."""
        if not isinstance(node, ast.Name) or node.id != "self":
            return False
        inner: ast.AST = node
        while outer := self.program.parents.get(inner):
            if isinstance(inner, ast.Lambda) and node.id in _parameters(inner.args):
                return False
            if isinstance(inner, ast.FunctionDef) and any(
                one.arg == node.id for one in [*inner.args.posonlyargs, *inner.args.args]
            ):
                return isinstance(outer, ast.ClassDef)
            inner = outer
        return False

    def is_own_self(self, node: ast.expr) -> bool:
        """Tell whether a name is `self` in a method that is called for objects of its class only.

        `A.method(tensor)` would make `self` a tensor, and so would a decorator.
        """
        method = self.method_around(node)
        bindings, _ = self.program.lookup("self", self.program.scopes[node])
        if method is None or len(bindings) != 1 or bindings[0].each_of is not None:
            return False
        is_first = [*method.args.posonlyargs, *method.args.args][0].arg == "self"
        if not is_first or not all(map(self._keeps_self, method.decorator_list)):
            return False
        return method.name not in self._unbound

    def method_around(self, node: ast.expr) -> ast.FunctionDef | None:
        """Return the method whose `self` a name is."""
        if not self.is_self(node):
            return None
        methods = [one for one in self.program.around(node) if isinstance(one, ast.FunctionDef)]
        return next(one for one in methods if isinstance(self.program.parents[one], ast.ClassDef))

    def _keeps_self(self, decorator: ast.expr) -> bool:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            return True
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        return self.origins.is_builtin(function, "property") or self.origins.is_always(
            function, _KEEP_SELF
        )

    @functools.cached_property
    def _unbound(self) -> _Names:
        """The names that are asked of classes: what they name may be called for anything."""
        found: set[str] = set()
        is_handed_around = False
        for node in self.program.nodes:
            match node:
                case ast.FunctionDef(decorator_list=decorators):
                    is_handed_around |= any(
                        self.origins.is_builtin(one, "classmethod") for one in decorators
                    )
                case ast.Name(id=name) if self.program.scopes[node].kind == "class":
                    found.add(name)
                case ast.ClassDef(name=name):
                    is_handed_around |= not self.makes_a_class(node)
                    for read in self.program.reads.get(name, []):
                        parent = self.program.parents[read]
                        if isinstance(parent, ast.Attribute):
                            found |= {parent.attr} - _FOR_SELF
                        elif not self.is_called(read) and not self.is_in_type_place(read):
                            is_handed_around = True
        return _AllBut(_FOR_SELF - found) if is_handed_around else found

    def is_own_class(self, node: ast.expr) -> bool:
        """Tell whether a name stands for a class of the file, and nothing else."""
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return bool(bindings) and all(self.makes_a_class(one.definition) for one in bindings)

    def is_own_object(self, node: ast.expr) -> bool:
        """Tell whether a name stands for an object that a plain class of the file makes."""
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return bool(bindings) and all(
            isinstance(binding.value, ast.Call) and self._makes_a_plain_object(binding.value.func)
            for binding in bindings
        )

    def _makes_a_plain_object(self, node: ast.expr) -> bool:
        if self.origins.is_always(node, frozenset({"types.SimpleNamespace"})):
            return True
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        if len(bindings) != 1 or not isinstance(own := bindings[0].definition, ast.ClassDef):
            return False
        if own not in self._plain:
            names = {name for one in ast.walk(own) for name in _names_of(one)}
            is_plain = not own.bases and self.makes_a_class(own) and "__new__" not in names
            self._plain[own] = is_plain
        return self._plain[own]

    def is_called_by_caller(self, node: ast.expr) -> bool:
        """Tell whether a class goes to `partial`, `map` or `starmap`, which only ever call it."""
        parent = self.program.parents[node]
        if not isinstance(parent, ast.Call) or parent.args[:1] != [node]:
            return False
        paths = self.origins.of(parent.func).keys()
        return bool(paths) and paths <= _CALLERS and not self.may_be_own(chain_of(parent.func))

    def _compares_types(self, node: ast.Compare) -> bool:
        """Tell whether no object's own `__eq__` is handed a class."""
        if all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops):
            return True
        return all(map(self._is_type, [node.left, *node.comparators]))

    def _is_type(self, node: ast.expr) -> bool:
        """Tell whether an expression is a type, or several of them, and no object."""
        waiting: list[ast.expr] = [node]
        while waiting:
            self.program.spend(1)
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

    def is_bracket_of_types(self, node: ast.Subscript) -> bool:
        """Tell whether what stands in the brackets of a foreign type are types.

        `list[a] == list[b]` compares a and b, and so hands one to the other.
        """
        if not isinstance(node.ctx, ast.Load) or node in self.program.annotations:
            return True
        is_foreign = isinstance(node.value, ast.Name | ast.Attribute) and self.origins.of(
            node.value
        )
        if not is_foreign or not self._is_type(node.value):
            return True
        return self._is_type(node.slice)

    def _is_class(self, node: ast.Name | ast.Attribute) -> bool:
        if paths := self.origins.of(node):
            return all(map(allowed.is_class, paths)) and not self.may_be_own(chain_of(node))
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return all(
            self.makes_a_class(binding.definition) or self._is_type_alias(binding.value)
            for binding in bindings
        )

    def _is_type_alias(self, node: ast.expr | None) -> bool:
        """Tell whether a name was given a `TypeVar(…)`, or a type such as `Callable[…]`."""
        match node:
            case ast.Call(func=function):
                return self.origins.is_always(function, _TYPE_MAKERS)
            case ast.Subscript(value=value):
                return bool(self.origins.of(value)) and self._is_type(value)
            case ast.BinOp():
                return self._is_type(node)
        return False

    def makes_a_class(self, definition: ast.AST | None) -> bool:
        """Tell whether a definition is a class's, and no decorator makes something else of it."""
        return isinstance(definition, ast.ClassDef) and all(
            self.origins.is_always(one.func if isinstance(one, ast.Call) else one, _KEEP_THE_CLASS)
            for one in definition.decorator_list
        )


def _parameters(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {one.arg for one in [*every, arguments.vararg, arguments.kwarg] if one}


def _names_of(node: ast.AST) -> list[str | None]:
    """Return what a node may bind in a class."""
    return [getattr(node, field, None) for field in ("id", "name", "asname", "rest")]
