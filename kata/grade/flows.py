"""Where a class goes from where it is written out: whether all that becomes of it is a call.

`layers = {"relu": nn.ReLU}` and `layers[name]()` is honest. Whoever gets hold of the class itself
could change it, for the tests as well.
"""

import ast
import functools
from collections.abc import Sequence

from kata.grade.callees import Callees
from kata.grade.origins import Origins
from kata.grade.places import CLASSES_EXPECTED, Places
from kata.grade.scopes import Binding, Function, Program, Scope

_EACH, _VALUE = "each", "value"  # any element of a list, any value of a dict
_GO_THROUGH = frozenset(
    {
        *("enumerate", "frozenset", "iter", "list", "max", "min", "reversed", "set", "sorted"),
        *("tuple", "zip"),
    }
)
# What a class is in, from the outside in: ("each", 1) is the second place of a list's elements.
Inside = tuple[str | int, ...]
Step = tuple[ast.expr, Inside]


class Flows:
    """Follows classes through the containers, names, loops and calls of one file."""

    def __init__(
        self, program: Program, origins: Origins, places: Places, answers: frozenset[str]
    ) -> None:
        self.answers = answers  # functions that the tests call: what they return gets around
        self.program = program
        self.origins = origins
        self.places = places
        self.callees = Callees(program, origins, places)
        # `act += x` hands the class to x, and is no read.
        self._augmented = {
            node.target.id
            for node in program.nodes
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
        }
        self._reads_of: dict[str, dict[Binding, list[ast.Name]]] = {}

    def is_only_called(self, node: ast.expr) -> bool:
        """Tell whether a class is called wherever it gets to, or just asked for its name."""
        waiting: list[Step] = [(node, ())]
        seen: set[Step] = set()
        while waiting:
            step = waiting.pop()
            if step in seen:
                continue
            seen.add(step)
            following = self._follow(*step)
            if following is None:
                return False
            self.program.spend(10 * (1 + len(following)))
            waiting += following
        return True

    def _follow(self, node: ast.expr, inside: Inside) -> Sequence[Step] | None:
        """Return where an expression goes next, or None if nobody can tell.

        `inside` says where in the expression's value the class is.
        """
        parent = self.program.parents[node]
        if not inside and self._is_end(node, parent):
            return []
        match parent:
            case ast.IfExp(body=body, orelse=orelse) if node is body or node is orelse:
                return [(parent, inside)]
            case ast.BoolOp():
                return [(parent, inside)]
            case ast.Tuple(elts=elements) if not _has_starred(elements):
                return [(parent, (_index(elements, node), *inside))]
            case ast.Tuple():
                return [(parent, (_EACH, *inside))]
            case ast.List():
                return [(parent, (_EACH, *inside))]
            case ast.Dict(keys=keys, values=values) if any(one is node for one in values):
                if keys[_index(values, node)] is None:  # {**layers}
                    return [(parent, inside)] if inside[:1] == (_VALUE,) else None
                return [(parent, (_VALUE, *inside))]
            case ast.Assign(targets=targets):
                return _all_of([self._into(target, inside) for target in targets])
            case ast.AnnAssign(target=target):
                return self._into(target, inside)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return self._into_parameter(parent, _parameter(parent.args, node), inside)
            case ast.Return():
                return self._returned(node, inside)
            case ast.Call(args=arguments) if any(one is node for one in arguments):
                return self._into_call(parent, node, inside)
            case ast.keyword(arg=str(name)):
                call = self.program.parents[parent]
                if not isinstance(call, ast.Call):
                    return None
                if self.origins.is_builtin(call.func, "dict"):
                    return [(call, (_VALUE, *inside))]
                return self._into_own(call, name, inside)
        return self._taken_out(node, parent, inside) if inside else None

    def _is_end(self, node: ast.expr, parent: ast.AST) -> bool:
        """Tell whether a class gets no further than to where it stands."""
        match parent:
            case ast.Call(func=function) if function is node:
                return True
            case ast.Attribute(attr="__name__" | "__qualname__", ctx=ast.Load()) | ast.Expr():
                return True
            case ast.If(test=test) | ast.IfExp(test=test) if test is node:
                return True
            case ast.UnaryOp(op=ast.Not()):
                return True
        return self.places.is_in_type_place(node) or self.places.is_shown(node)

    def _taken_out(self, node: ast.expr, parent: ast.AST, inside: Inside) -> Sequence[Step] | None:
        """Return where a class goes when something is done with the container that it is in."""
        place, *deeper = inside
        rest = tuple(deeper)
        match parent:
            case (
                ast.For(target=target, iter=values) | ast.comprehension(target=target, iter=values)
            ) if values is node:
                return [] if place == _VALUE else self._into(target, rest)
            case ast.Subscript(value=value, slice=key, ctx=ast.Load()) if value is node:
                if isinstance(key, ast.Slice):
                    return None
                return [] if _is_another(key, place) else [(parent, rest)]
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[right]):
                return [] if right is node and place == _VALUE else None
            case ast.Starred() | ast.FormattedValue() if place == _VALUE:
                return []
            case ast.Attribute(attr=method) if place == _VALUE:
                call = self.program.parents[parent]
                if not isinstance(call, ast.Call) or call.func is not parent:
                    return None
                after = {"get": rest, "values": (_EACH, *rest), "items": (_EACH, 1, *rest)}
                after["keys"] = inside  # what goes through it gets keys; but it has a .mapping
                return [(call, after[method])] if method in after else None
        return None

    # ---- calls

    def _into_call(self, call: ast.Call, node: ast.expr, inside: Inside) -> Sequence[Step] | None:
        position = _index(call.args, node)
        if _has_starred(call.args[:position]):
            return None
        if self._is_default_of_get(call, position):
            return [(call, inside)]
        match call.func:
            case ast.Attribute(value=ast.Constant(value=str()), attr="join") if inside[:1] == (
                _VALUE,
            ):
                return []
            case ast.Name(id=name) if self.origins.is_builtin(call.func, name):
                return self._into_builtin(call, name, position, inside)
        return self._into_own(call, position, inside)

    def _into_builtin(
        self, call: ast.Call, name: str, position: int, inside: Inside
    ) -> Sequence[Step] | None:
        if name in ("len", "print", "repr", "str") or (name in CLASSES_EXPECTED and position):
            return []
        if not inside:
            return None
        if inside[0] == _VALUE:  # whatever goes through a dict gets its keys
            return [] if name in _GO_THROUGH or (name in ("map", "filter") and position) else None
        rest = inside[1:]
        match name:
            case "list" | "tuple":
                return [(call, inside)]
            case "dict" if rest[:1] == (1,):  # of pairs
                return [(call, (_VALUE, *rest[1:]))]
            case "enumerate":
                return [(call, (_EACH, 1, *rest))]
            case "zip":
                return [(call, (_EACH, position, *rest))]
        return None

    def _is_default_of_get(self, call: ast.Call, position: int) -> bool:
        """Tell whether an argument is what `layers.get(name, nn.ReLU)` gives back."""
        match call.func:
            case ast.Attribute(value=ast.Name() as owner, attr="get") if position == 1:
                bindings, _ = self.program.lookup(owner.id, self.program.scopes[owner])
                return len(bindings) == 1 and isinstance(bindings[0].value, ast.Dict)
        return False

    def _into_own(
        self, call: ast.Call, argument: int | str, inside: Inside
    ) -> Sequence[Step] | None:
        """Return where an argument goes in a function of the file, or in a class's `__init__`."""
        callee = self.callees.of(call.func)
        if callee is None:
            return None
        function, first = callee
        by_place = [*function.args.posonlyargs, *function.args.args]
        if isinstance(argument, int):
            place = argument + first
            name = by_place[place].arg if place < len(by_place) else ""
        else:
            by_name = {one.arg for one in [*function.args.args, *function.args.kwonlyargs]}
            name = argument if argument in by_name else ""
        return self._into_parameter(function, name, inside)

    def _returned(self, node: ast.expr, inside: Inside) -> Sequence[Step] | None:
        """Return the calls of the plain function that returns an expression."""
        around = (
            one for one in self.program.around(node) if isinstance(one, Function | ast.Lambda)
        )
        match next(around, None):
            case ast.FunctionDef(decorator_list=[], name=name) as function:
                scope = self.program.scopes[function]
            case _:
                return None
        bindings, _ = self.program.lookup(name, scope)
        is_helper = name not in self.answers
        is_certain = is_helper and [one.definition for one in bindings] == [function]
        reads = self._reads(name, scope, inside) if is_certain else None
        if reads is None or function in self._generators:
            return None
        calls = [(read, self.program.parents[read]) for read, _ in reads]
        found: list[Step] = []
        for read, call in calls:
            if not isinstance(call, ast.Call) or call.func is not read:
                return None
            found.append((call, inside))
        return found or None

    @functools.cached_property
    def _generators(self) -> set[ast.AST]:
        found: set[ast.AST] = set()
        for node in self.program.nodes:
            if isinstance(node, ast.Yield | ast.YieldFrom):
                found |= {one for one in self.program.around(node) if isinstance(one, Function)}
        return found

    # ---- names

    def _into(self, target: ast.expr, inside: Inside) -> Sequence[Step] | None:
        match target:
            case ast.Name(id=name):
                return self._reads(name, self.program.scopes[target], inside)
            case ast.Tuple(elts=targets) | ast.List(elts=targets) if inside:
                if _has_starred(targets):
                    return None
                if isinstance(inside[0], int):
                    targets = targets[inside[0] : inside[0] + 1]
                return _all_of([self._into(one, inside[1:]) for one in targets])
        return None

    def _into_parameter(
        self, function: Function | ast.Lambda, name: str, inside: Inside
    ) -> Sequence[Step] | None:
        body = function.body if isinstance(function, ast.Lambda) else function.body[0]
        return self._reads(name, self.program.scopes[body], inside) if name else None

    def _reads(self, name: str, scope: Scope, inside: Inside) -> Sequence[Step] | None:
        """Return where a name is read that may mean what it means in this scope."""
        if scope.kind == "class" or name in self._augmented:
            return None
        if name not in self._reads_of:
            self._reads_of[name] = self._by_binding(name)
        meant, _ = self.program.lookup(name, scope)
        reads = {read: None for one in meant for read in self._reads_of[name].get(one, [])}
        return [(read, inside) for read in reads]

    def _by_binding(self, name: str) -> dict[Binding, list[ast.Name]]:
        """Return where a name is read, for each binding that it may have there."""
        found: dict[Binding, list[ast.Name]] = {}
        for read in self.program.reads.get(name, []):
            for binding in self.program.lookup(name, self.program.scopes[read])[0]:
                found.setdefault(binding, []).append(read)
        return found


def _all_of(parts: list[Sequence[Step] | None]) -> list[Step] | None:
    found: list[Step] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def _has_starred(elements: Sequence[ast.expr]) -> bool:
    return any(isinstance(one, ast.Starred) for one in elements)


def _is_another(key: ast.expr, place: str | int) -> bool:
    """Tell whether an index is certainly not this place of a tuple."""
    if not isinstance(place, int) or not isinstance(key, ast.Constant):
        return False
    return isinstance(key.value, int) and key.value != place


def _index(elements: Sequence[ast.expr], node: ast.expr) -> int:
    return next(place for place, element in enumerate(elements) if element is node)


def _parameter(arguments: ast.arguments, default: ast.expr) -> str:
    """Return the parameter that has this default, or "" for what is no default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    for place, one in enumerate(arguments.defaults):
        if one is default:
            return positional[place - len(arguments.defaults)].arg
    for place, keyword_only in enumerate(arguments.kw_defaults):
        if keyword_only is default:
            return arguments.kwonlyargs[place].arg
    return ""
