"""Where a name stands: whether it is called, compared or handed around makes all the difference."""

import ast

from kata.grade.origins import Chain, Origins, chain_of
from kata.grade.scopes import Definition, Program, Scope

_CLASSES_EXPECTED = ("isinstance", "issubclass")
_CALLERS = frozenset({"functools.partial", "<builtins>.map", "itertools.starmap"})
_SHOWS = ("print", "str", "repr", "super", *_CLASSES_EXPECTED)


class Places:
    """Answers for one file what is done with the names in it."""

    def __init__(self, program: Program, origins: Origins) -> None:
        self.program = program
        self.origins = origins

    def may_be_own(self, chain: Chain) -> bool:
        """Tell whether what a chain starts with may be the learner's own value too."""
        if not isinstance(chain.root, ast.Name):
            return True
        bindings, _ = self.program.lookup(chain.root.id, self.program.scopes[chain.root])
        return any(
            not binding.path and not (binding.value and self.origins.of(binding.value))
            for binding in bindings
        )

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
        for parent in self.program.around(node):
            if node in annotations and parent not in annotations:
                return True
            match parent:
                case ast.Subscript(value=value):
                    return value is node or self._is_type(value)
                case ast.Call(func=function, args=args):
                    if self.origins.of(function).keys() == {"typing.cast"}:
                        return node in args[:1] and not self.may_be_own(chain_of(function))
                    if self.origins.is_builtin(function, "super"):
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

    def is_only_called(self, node: ast.expr) -> bool:
        """Tell whether a class is a default, `activation=nn.ReLU`, whose parameter is only called.

        The same for what a loop over written-out classes takes.
        """
        parent = self.program.parents[node]
        if isinstance(parent, Definition | ast.Lambda) and not isinstance(parent, ast.ClassDef):
            name = _parameter(parent.args, node)
            body = parent.body if isinstance(parent, ast.Lambda) else parent.body[0]
            return bool(name) and self._calls_only(name, self.program.scopes[body])
        if isinstance(parent, ast.Dict):
            return self._is_table_of_calls(parent)
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

    def _is_table_of_calls(self, node: ast.Dict) -> bool:
        """Tell whether what a dict holds is only called: `layers[name](2, 3)`."""
        parent = self.program.parents[node]
        if isinstance(parent, ast.Subscript):
            return parent.value is node and self.is_called(parent)
        if not isinstance(parent, ast.Assign) or not isinstance(parent.targets[0], ast.Name):
            return False
        name, scope = parent.targets[0].id, self.program.scopes[parent]
        if len(parent.targets) > 1 or scope.kind == "class" or name in scope.is_global:
            return False
        bindings = scope.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0].value is not node:
            return False
        for read in self.program.reads.get(name, []):
            found, _ = self.program.lookup(name, self.program.scopes[read])
            if bindings[0] in found and not self._is_looked_up(read):
                return False
        return True

    def _is_looked_up(self, node: ast.Name) -> bool:
        """Tell whether a dict is asked for its keys, or for a value that is called at once."""
        match parent := self.program.parents[node]:
            case ast.Subscript(value=value, ctx=ast.Load()):
                return value is node and self.is_called(parent)
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[right]):
                return right is node
            case ast.For(iter=values) | ast.comprehension(iter=values):
                return values is node
            case ast.Call(func=function):
                return self.origins.is_builtin(function, "len", "list", "sorted", "tuple")
        return False

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

    def is_self(self, node: ast.expr) -> bool:
        """Tell whether a name is `self`, the first parameter of the method that it stands in."""
        if not isinstance(node, ast.Name) or node.id != "self":
            return False
        inner: ast.AST = node
        while outer := self.program.parents.get(inner):
            if isinstance(inner, ast.FunctionDef) and any(
                one.arg == node.id for one in [*inner.args.posonlyargs, *inner.args.args]
            ):
                return isinstance(outer, ast.ClassDef)
            inner = outer
        return False

    def is_own_object(self, node: ast.expr) -> bool:
        """Tell whether a name stands for an object that a plain class of the file makes."""
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return bool(bindings) and all(
            isinstance(binding.value, ast.Call) and self._is_plain_class(binding.value.func)
            for binding in bindings
        )

    def _is_plain_class(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        if len(bindings) != 1 or not isinstance(own := bindings[0].definition, ast.ClassDef):
            return False
        names = {name for one in ast.walk(own) for name in _names_of(one)}
        return not own.bases and not own.decorator_list and "__new__" not in names

    def is_called_by_caller(self, node: ast.expr) -> bool:
        """Tell whether a class goes to `partial`, `map` or `starmap`, which only ever call it."""
        parent = self.program.parents[node]
        if not isinstance(parent, ast.Call) or parent.args[:1] != [node]:
            return False
        paths = self.origins.of(parent.func).keys()
        return bool(paths) and paths <= _CALLERS and not self.may_be_own(chain_of(parent.func))

    def _calls_only(self, name: str, scope: Scope) -> bool:
        bindings = scope.bindings.get(name, [])
        if len(bindings) != 1 or scope.kind == "class":
            return False
        for node in self.program.reads.get(name, []):
            found, _ = self.program.lookup(name, self.program.scopes[node])
            parent = self.program.parents[node]
            is_called = isinstance(parent, ast.Call) and parent.func is node
            if bindings[0] in found and not is_called:
                return False
        return True

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
            return not self.may_be_own(chain)
        if not isinstance(node, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        return all(isinstance(binding.definition, ast.ClassDef) for binding in bindings)


def _names_of(node: ast.AST) -> list[str | None]:
    """Return what a node may bind in a class."""
    return [getattr(node, field, None) for field in ("id", "name", "asname", "rest")]


def _parameter(arguments: ast.arguments, default: ast.expr) -> str:
    """Return the parameter that has this default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    if default in arguments.defaults:
        return positional[arguments.defaults.index(default) - len(arguments.defaults)].arg
    if default in arguments.kw_defaults:
        return arguments.kwonlyargs[arguments.kw_defaults.index(default)].arg
    return ""
