"""How somebody else's names may be used, and which attributes of anything may be."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kata.grade import allowed, forbidden
from kata.grade.course import answers_of
from kata.grade.flows import Flows
from kata.grade.forbidden import Breach, shown
from kata.grade.origins import Chain, Origins, chain_of
from kata.grade.places import Places
from kata.grade.private_names import PRIVATE_NAMES
from kata.grade.scopes import Binding, Program

_MATPLOTLIB_S = ("rc", "rc_context", "style.context", "style.use")
CALLED_ONLY = frozenset(
    [f"<builtins>.{name}" for name in ("delattr", "getattr", "open", "setattr", "super", "type")]
    + [f"matplotlib.{name}" for name in _MATPLOTLIB_S]
    + [f"matplotlib.pyplot.{name}" for name in _MATPLOTLIB_S]
    + [
        "operator.attrgetter",
        "types.SimpleNamespace",
        "logging.basicConfig",
        "copy.deepcopy",
        "dataclasses.field",
        "rich.progress.Progress",
        "kata.figures.save",
        "matplotlib.pyplot.savefig",
    ]
    + ["matplotlib.pyplot.switch_backend", "matplotlib.use"]
)
# Called, they make a class of any names, or take any memory for an array of objects.
_TYPES_ONLY = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "numpy.ndarray"})
# Of their private names, none is looked up where it matters, but for those in forbidden.METHODS.
_PLAIN_BASES = re.compile(
    r"torch\.nn\.(modules\.(module\.)?)?Module|torch\.autograd\.Function|kata\.data\.Images"
    r"|torch\.utils\.data\.(dataset\.)?(Dataset|IterableDataset)|abc\.ABC|typing\.\w+"
    r"|<builtins>\.\w+"
)
# They make an attribute of the name that they are given.
_NAMING = frozenset({"add_module", "register_buffer", "register_module", "register_parameter"})
# What may be asked of matplotlib's settings.
_OF_SETTINGS = frozenset({"get", "keys", "update"})
# What may be asked of objects that are not the file's own.
_OF_STREAMS = frozenset(
    {"encoding", "errors", "flush", "isatty", "reconfigure", "write", "writelines"}
)
_OF_PATHS = frozenset({"as_posix", "exists", "is_dir", "is_file", "joinpath", "name", "parent"})
_OF_OBJECTS = {"sys.stdout": _OF_STREAMS, "sys.stderr": _OF_STREAMS, "kata.layout.ROOT": _OF_PATHS}
# These change what they are given: fine for a definition that stands right below.
DECORATORS = frozenset(
    {
        "abc.abstractmethod",
        "dataclasses.dataclass",
        "enum.unique",
        "functools.total_ordering",
        "functools.wraps",
        "typing.final",
        "typing.overload",
        "typing.override",
        "typing.runtime_checkable",
    }
)
_INSTEAD = {
    **dict.fromkeys(("eval", "exec", "compile"), "write the code itself"),
    **dict.fromkeys(
        ("vars", "locals", "globals", "help"), "remove it, or print the values that you want to see"
    ),
    **dict.fromkeys(
        ("torch.save", "torch.load"), "keep weights in memory, `copy.deepcopy(model.state_dict())`"
    ),
    **dict.fromkeys(("os.getenv", "os.environ"), "write the value down"),
    "os.replace": "write `source.replace(target)`, with Paths",
}
# It hands out the class that a partial was made of.
_PARTIAL_FUNCTION = Breach(
    "attribute", "`.func` in a file with `partial`: give your attribute another name, such as `fn`"
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
        self.places = Places(program, origins)
        self.flows = Flows(program, origins, self.places, answers_of(day))
        self.day = day
        private = frozenset(_private_names(program))
        self.own = private - PRIVATE_NAMES
        self.own_on_self = private & PRIVATE_NAMES - forbidden.ATTRIBUTES
        self.has_library_bases = any(map(self._is_library_base, program.nodes))
        # The names of one's own that only other people's objects make dangerous.
        words = frozenset(_own_words(program)) & forbidden.HARMLESS_OF_ONES_OWN
        self.own_words = frozenset() if self.has_library_bases else words
        self.has_partial = _mentions(program, "partial")

    def of(self, node: ast.Name | ast.Attribute) -> Iterator[Found]:
        """Yield what is wrong with a name, or with a whole chain `a.b.c`."""
        if isinstance(self.program.parents[node], ast.Attribute):
            return  # a part of a longer chain
        if self.places.is_no_test(node):
            return
        chain = chain_of(node)
        paths = {} if _is_bound_here(node) else self.origins.of(node)
        for path, binding in paths.items():
            yield from self._foreign(node, path, binding)
        if not paths or self.places.may_be_own(chain):
            yield from self._attributes(chain)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from self._assigned(node)

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
            if not self.places.is_module_fine(node):
                yield Found(node, module_as_value(place.path))
        else:
            inner = chain_of(node).attributes[-len(place.inside) :] if place.inside else ()
            yield from self._attributes(Chain(node, inner))
            breach = self._inside(node, place) if place.inside else self.as_value(node, place.path)
            if breach:
                yield Found(node, breach)
            if place.path in allowed.SETTINGS and not self._is_setting_fine(node, place.inside):
                message = "`rcParams` is handed around: set `rcParams['axes.grid'] = True`"
                yield Found(node, Breach("settings", message))

    def _not_allowed(self, node: ast.AST, path: str, binding: Binding | None) -> Found:
        module, _, name = path.rpartition(".")
        if module == "<builtins>":
            advice = _INSTEAD.get(name, "write what it does yourself, or do without it")
            return Found(
                node, Breach("builtin", f"`{name}` is no function for an exercise: {advice}")
            )
        statement = binding.statement if binding else None
        if binding and statement and allowed.find(binding.path).kind == "forbidden":
            line = 0 if binding.in_class else getattr(statement, "lineno", 0)
            return Found(node, import_breach(binding.path), line)
        advice = _INSTEAD.get(path, "do without it")
        return Found(
            node,
            Breach("name", f"`{path}` is not among the names that exercises need: {advice}"),
        )

    def as_value(self, node: ast.expr, path: str) -> Breach | None:
        """Return what is wrong with an allowed name that is not called, or with how it is."""
        parent = self.program.parents[node]
        is_called = isinstance(parent, ast.Call) and parent.func is node
        name = path.rpartition(".")[2]
        if path in CALLED_ONLY:
            is_type = name in ("type", "Progress", "SimpleNamespace")
            if is_called or (is_type and self.places.is_in_type_place(node)):
                return None
            return Breach("builtin-as-value", f"`{name}` is handed around: call it where it stands")
        if path in DECORATORS and not self.places.decorates(parent if is_called else node):
            return Breach("decorator-only", f"`{name}` is for `@{name}` right above a definition")
        if path in _TYPES_ONLY and not self.places.is_in_type_place(node):
            return _class_as_value(name)
        if is_called or not allowed.is_changeable_class(path):
            return None
        if (
            self.places.is_in_type_place(node)
            or self.places.is_alias(node)
            or isinstance(parent, ast.Expr)
        ):
            return None
        if self.flows.is_only_called(node) or self.places.is_called_by_caller(node):
            return None
        return _class_as_value(name)

    def _inside(self, node: ast.expr, place: allowed.Place) -> Breach | None:
        """Return what is wrong with what is asked of somebody else's name."""
        name = place.inside[-1]
        if place.inside[0] not in _OF_OBJECTS.get(place.path, place.inside):
            message = f"`{place.path}.{place.inside[0]}` is nothing for an exercise: do without it"
            return Breach("name", message)
        is_class = name[:1].isupper() and not name.isupper()
        if not is_class or self.places.is_called(node) or self.places.is_in_type_place(node):
            return None
        return _class_as_value(name)

    def _is_setting_fine(self, node: ast.expr, inside: tuple[str, ...]) -> bool:
        parent = self.program.parents[node]
        if inside:
            is_called = isinstance(parent, ast.Call) and parent.func is node
            return is_called and inside[0] in _OF_SETTINGS and len(inside) == 1
        match parent:
            case ast.Subscript(value=value):
                return value is node
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[right]):
                return right is node
            case ast.For(iter=values) | ast.comprehension(iter=values):
                return values is node
            case ast.Expr():
                return True
        return self.places.is_alias(node) or node in self.program.annotations

    # ---- attributes

    def _attributes(self, chain: Chain) -> Iterator[Found]:
        for attribute in chain.attributes:
            name = attribute.attr
            if name in ("format", "format_map"):
                breach = self._template(attribute.value)
            elif name == "__class__" and self.places.is_shown(attribute):
                breach = None
            elif name in forbidden.OPERATORS:
                breach = None if self._is_operator_fine(attribute) else forbidden.dunder(name)
            elif name in forbidden.CALLED_ONLY and not self.places.is_called(attribute):
                breach = forbidden.handed_around(name)
            elif name in self.own_words and self.places.is_own_self(attribute.value):
                breach = None
            elif name in self.own_on_self:
                breach = None if self.places.is_own_self(attribute.value) else taken(name)
            else:
                breach = self.attribute(name)
            if breach:
                yield Found(attribute, breach)

    def _is_library_base(self, node: ast.AST) -> bool:
        """Tell whether a node is a class whose base class has private names that count."""
        if not isinstance(node, ast.ClassDef):
            return False
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        return any(not _PLAIN_BASES.fullmatch(path) for b in bases for path in self.origins.of(b))

    def attribute(self, name: str) -> Breach | None:
        """Return what is wrong with an attribute of this name, of anything."""
        if name in forbidden.OPERATORS:
            return forbidden.dunder(name)
        if name == "func" and self.has_partial:
            return _PARTIAL_FUNCTION
        return forbidden.attribute(name, own=self.own, day=self.day)

    def _is_operator_fine(self, node: ast.Attribute) -> bool:
        """Tell whether a method such as `__init__` or `__len__` is a base class's or one's own.

        `getattr.__call__(…)` would be a call that nobody judges, and whoever calls the `__init__`
        of an object that is there already may give it attributes of any name.
        """
        owner = node.value
        if isinstance(owner, ast.Call) and self.origins.is_builtin(owner.func, "super"):
            return True
        paths = self.origins.of(owner)
        if not all(allowed.may_be_a_base(path) for path in paths):
            return False
        if node.attr not in ("__init__", "__new__", "__post_init__"):
            return True
        if not paths and not self.places.is_own_class(owner):
            return False
        call = self.program.parents[node]
        if not isinstance(call, ast.Call) or call.func is not node:
            return False
        method = self.places.method_around(call.args[0]) if call.args else None
        return method is not None and method.name == node.attr

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

    def _assigned(self, node: ast.Attribute) -> Iterator[Found]:
        paths = self.origins.of(node).keys()
        if self.is_foreign(node) and not (paths and paths <= allowed.ASSIGNABLE):
            yield Found(node, _foreign_assignment(ast.unparse(node)))
        elif forbidden.is_dunder(node.attr):
            if not (
                node.attr in ("__doc__", "__name__") and self.places.is_own_function(node.value)
            ):
                yield Found(node, _foreign_assignment(f".{node.attr}"))
        elif breach := self.sets_method(node.value, node.attr):
            yield Found(node, breach)
        elif self.has_library_bases and node.attr in PRIVATE_NAMES:
            yield Found(node, taken(node.attr))

    def is_foreign(self, node: ast.expr) -> bool:
        """Tell whether a target belongs to a name of somebody else's: `torch.Tensor.add`."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
            if self.origins.of(node):
                return True
        return isinstance(node, ast.Name) and self._is_alias_of_class(node)

    def _is_alias_of_class(self, node: ast.Name) -> bool:
        """Tell whether a name is `DataLoader[int]`: what it is given, the class itself gets."""
        waiting, seen = [node], set()
        while waiting:
            name = waiting.pop()
            if name.id in seen:
                continue
            seen.add(name.id)
            for binding in self.program.lookup(name.id, self.program.scopes[name])[0]:
                value = binding.value
                if isinstance(value, ast.Subscript) and self.origins.of(value.value):
                    return True
                if isinstance(value, ast.Name):
                    waiting.append(value)
        return False

    def sets_method(self, owner: ast.expr, name: str) -> Breach | None:
        """Return what is wrong with setting an attribute of this name, not of `self`."""
        if name not in forbidden.METHODS | forbidden.NOT_TO_BE_SET:
            return None
        if self.places.is_own_self(owner) or self.places.is_own_object(owner):
            return None
        if name in forbidden.NOT_TO_BE_SET:
            return Breach("foreign-assignment", f"`.{name}` is not to be set: make a new one")
        return Breach(
            "foreign-assignment",
            f"`.{name}` is what torch calls a method: give your attribute another name",
        )

    def assigned_item(self, node: ast.Subscript) -> Iterator[Found]:
        """Yield what is wrong with `somebody.elses[key] = value`."""
        paths = self.origins.of(node.value).keys()
        if self.is_foreign(node) and not (paths and paths <= allowed.SETTINGS):
            yield Found(node, _foreign_assignment(ast.unparse(node.value)))


def taken(name: str) -> Breach:
    """Return what is said of a private name that a library's class has too."""
    message = f"`{name}` is what a class of torch's or matplotlib's has inside: take another name"
    return Breach("private-attribute", message)


def import_breach(path: str) -> Breach:
    """Return what is said of an import that no exercise needs."""
    if path.startswith((".", "exercises", "solutions", "tests")):
        advice = "an exercise imports no other file of the course"
    else:
        advice = "no exercise needs it: leave out the import, and what uses it"
    return Breach("import", f"`{path}` is imported: {advice}")


def _class_as_value(name: str) -> Breach:
    return Breach(
        "class-as-value",
        f"the class `{name}` is handed around: make the object here, or pass a function",
    )


def module_as_value(path: str) -> Breach:
    """Return what is said of a module that goes where nobody can see what becomes of it."""
    return Breach(
        "module-as-value",
        f"the module `{path}` is handed around: write its name before the dot wherever you use it",
    )


def _foreign_assignment(what: str) -> Breach:
    return Breach(
        "foreign-assignment",
        f"`{what if len(what) < 60 else shown(what)}` is somebody else's: do not set or delete it",
    )


def _mentions(program: Program, word: str) -> bool:
    """Tell whether a file imports something of this name, or reaches it through a module."""
    for node in program.nodes:
        match node:
            case ast.Attribute(attr=name) if name == word:
                return True
            case ast.Import() | ast.ImportFrom():
                paths = [getattr(node, "module", ""), *(alias.name for alias in node.names)]
                if any(word in (path or "").split(".") for path in paths):
                    return True
    return False


def _is_bound_here(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _own_words(program: Program) -> Iterator[str]:
    """Yield the names that the file's own objects get as attributes."""
    for node in program.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) if program.scopes[node].kind == "class":
                yield name


def _private_names(program: Program) -> Iterator[str]:
    """Yield the names with an underscore that the file's own classes have."""
    for node in program.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) if program.scopes[node].kind == "class":
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="self"), attr=method),
                args=[ast.Constant(value=str(name)), *_],
            ) if method in _NAMING:
                yield name
            case ast.Name(id=name, ctx=ast.Store()) if program.scopes[node].kind == "class":
                yield name
