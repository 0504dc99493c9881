"""Calls whose arguments decide whether they are harmless: `getattr`, `type`, `open` and a few."""

import ast
import collections
import functools
import re
from collections.abc import Iterator

from kata.grade import allowed, forbidden
from kata.grade.forbidden import Breach
from kata.grade.scopes import Scope
from kata.grade.uses import Found, Uses

_TEMPLATES = ("fmt", "format", "major_formatter", "minor_formatter")  # by keyword
_TAKES_NO_TEMPLATE = {"fmt": "errorbar", "format": "savefig"}
_FORMATTER = re.compile(r"matplotlib\.(pyplot|ticker)\.[A-Z]\w*Formatter")
_ARGUMENTS_OF_OPEN = 6  # the seventh is closefd, the eighth opener
_MOST_PARTS = 50
_LOGGING = frozenset({"datefmt", "format", "level", "stream"})
NO_SUCH_SETTING = Breach(
    "settings", "write a setting of matplotlib out: plt.rcParams['axes.grid'] = True"
)


class SpecialCalls:
    """Judges the calls of one file."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self.origins = uses.origins
        self.program = uses.program

    def of(self, node: ast.Call) -> Iterator[Found]:
        """Yield what is wrong with a call beyond the name that is called."""
        for keyword in node.keywords:
            if keyword.arg in forbidden.LATEX and _is_false(keyword.value):
                continue
            if keyword.arg in forbidden.KEYWORDS or forbidden.is_dunder(keyword.arg or ""):
                message = f"`{keyword.arg}=` is nothing that an exercise needs: leave it out"
                yield Found(keyword, Breach("keyword", message))
        if isinstance(node.func, ast.Attribute) and node.func.attr in forbidden.TEMPLATE_SETTERS:
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                yield from self._formatter(node, argument)
        for keyword in node.keywords:
            if keyword.arg in _TEMPLATES and not self._takes_no_template(node, keyword):
                yield from self._formatter(node, keyword.value)
        match node.func:
            case ast.Attribute(attr="savefig"):
                yield from self._picture(node, [*node.args[:1], *_named(node, "fname")])
                if not all(map(self._is_plain, _named(node, "backend"))):
                    yield _arguments(node, "`savefig` takes the written-out name of a backend")
            case ast.Attribute(attr="resize") if _is_unpacked(node):
                yield _arguments(node, "`resize` takes a shape that is written out")
        for path in self.origins.of(node.func):
            yield from self._of_matplotlib(node, path)
            match path:
                case "<builtins>.getattr" | "<builtins>.setattr" | "<builtins>.delattr":
                    yield from self._attribute(node, path.removeprefix("<builtins>."))
                case "<builtins>.type":
                    yield from self._type(node)
                case "<builtins>.open":
                    yield from self._open(node)
                case "dataclasses.dataclass" | "rich.progress.Progress":
                    if node.args:
                        yield _arguments(node, f"`{path}` takes no positional arguments here")
                case "copy.deepcopy":
                    if len(node.args) != 1 or node.keywords or _is_unpacked(node):
                        yield _arguments(node, "`deepcopy` takes what it copies, nothing else")
                case "dataclasses.field":
                    if not self._is_default_of_field(node):
                        message = "`field` stands in a class, after the type: x: int = field(…)"
                        yield _arguments(node, message)
                case "functools.wraps":
                    if len(node.args) != 1 or node.keywords:
                        yield _arguments(node, "`wraps` takes the wrapped function, nothing else")
                case "operator.attrgetter":
                    yield from self._attribute_getter(node)
                case "types.SimpleNamespace":
                    yield from self._namespace(node)
                case "logging.basicConfig":
                    yield from self._logging(node)
                case "kata.figures.save":
                    yield from self._picture(node, [*node.args[1:], *_named(node, "day", "name")])

    # ---- getattr, setattr, delattr

    def _attribute(self, node: ast.Call, function: str) -> Iterator[Found]:
        if (
            len(node.args) < 2
            or node.keywords
            or any(isinstance(a, ast.Starred) for a in node.args)
        ):
            yield _computed(node, function)
            return
        owner, name = node.args[:2]
        texts = self.origins.texts(name)
        if function != "getattr":
            yield from self._sets(node, owner, name, texts)
        paths = self.origins.of(owner)
        if texts is None:
            if paths or not all(map(self._is_own_name, self._written(name))):
                yield _computed(node, function)
            return
        for text in sorted(texts):
            if paths:
                for path in paths:
                    yield from self._of_foreign(node, f"{path}.{text}")
            elif text in ("format", "format_map"):
                yield Found(node, Breach("format-string", f"`{text}` by name: write an f-string"))
            elif text in forbidden.CALLED_ONLY:
                yield Found(node, forbidden.handed_around(text))
            elif breach := self.uses.attribute(text):
                yield Found(node, breach)

    def _written(self, name: ast.expr) -> list[ast.expr]:
        """Return what a name was given, `name = f"layer{i}"`, or the expression itself."""
        if not isinstance(name, ast.Name) or name.id in self._augmented:
            return [name]
        bindings, may_be_builtin = self.program.lookup(name.id, self.program.scopes[name])
        values = [one.value for one in bindings if one.value is not None and one.each_of is None]
        is_known = values and len(values) == len(bindings) and not may_be_builtin
        return values if is_known else [name]

    @functools.cached_property
    def _augmented(self) -> set[str]:
        """The names that `name += x` makes longer."""
        targets = [one.target for one in self.program.nodes if isinstance(one, ast.AugAssign)]
        return {target.id for target in targets if isinstance(target, ast.Name)}

    def _is_own_name(self, name: ast.expr) -> bool:
        """Tell whether a name that is put together is none of those that are forbidden."""
        start = _start(name)
        if self._is_numbered(name):
            return not start.startswith("_")
        return not forbidden.may_begin(start, day=self.uses.day)

    def _is_numbered(self, name: ast.expr) -> bool:
        """Tell whether a name ends in a number: f"b{i}" of a loop over range, "b" + str(i)."""
        match name:
            case ast.JoinedStr(
                values=[
                    ast.Constant(value=str(start)),
                    ast.FormattedValue(value=value, conversion=-1, format_spec=None),
                ]
            ):
                return bool(start) and self.origins.is_number(value)
            case ast.BinOp(
                left=ast.Constant(value=str(start)),
                op=ast.Add(),
                right=ast.Call(func=function, args=[value], keywords=[]),
            ):
                is_text = self.origins.is_builtin(function, "str")
                return bool(start) and is_text and self.origins.is_number(value)
        return False

    def _of_foreign(self, node: ast.Call, path: str) -> Iterator[Found]:
        place = allowed.find(path)
        if place.kind == "name":
            for name in place.inside:
                if breach := self.uses.attribute(name):
                    yield Found(node, breach)
            if not place.inside and (breach := self.uses.as_value(node, place.path)):
                yield Found(node, breach)
        else:
            message = f"`{path}` is not among the names that exercises need: do without it"
            yield Found(node, Breach("name", message))

    def _sets(
        self, node: ast.Call, owner: ast.expr, name: ast.expr, texts: frozenset[str] | None
    ) -> Iterator[Found]:
        if self.origins.of(owner) or self.uses.is_foreign(owner):
            message = (
                f"`{ast.unparse(owner)}` is somebody else's: do not set or delete a part of it"
            )
            yield Found(node, Breach("foreign-assignment", message))
        if texts is None:
            if not self.uses.places.is_own_self(owner) and any(
                method.startswith(_start(one)) and not self._is_numbered(one)
                for one in self._written(name)
                for method in forbidden.METHODS
            ):
                yield _computed(node, "setattr")
            return
        for text in sorted(texts):
            if forbidden.is_dunder(text):
                yield _computed(node, "setattr")
            elif breach := self.uses.sets_method(owner, text):
                yield Found(node, breach)

    # ---- the others

    def _type(self, node: ast.Call) -> Iterator[Found]:
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            message = "`type` with three arguments makes a class: write a `class` statement"
            yield Found(node, Breach("type-call", message))
        elif not self.uses.places.is_shown(node):
            message = "`type(x)` is handed around: compare it, print it or take its `.__name__`"
            yield Found(node, Breach("type-call", message))

    def _open(self, node: ast.Call) -> Iterator[Found]:
        if self.uses.day not in forbidden.DAYS_WITH_FILES:
            message = "`open` is for files, and this day needs none: leave it out"
            yield Found(node, Breach("file-access", message))
        elif not (path := [*node.args[:1], *_named(node, "file")]) or not self._is_path(
            path[0], {}
        ):
            yield _arguments(node, "`open` takes a path here: open the one that you are given")
        elif len(node.args) > _ARGUMENTS_OF_OPEN or _is_unpacked(node):
            yield _arguments(node, "`open` takes a path, a mode and an encoding, written out")

    def _is_path(self, node: ast.expr, known: dict[str, bool]) -> bool:
        """Tell whether an expression is no number: the files that are open already have one."""
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr() | ast.Attribute() | ast.Subscript():
                return True
            case ast.BinOp(left=left, op=ast.Div() | ast.Mod()):
                return self._is_path(left, known)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._is_path(left, known) or self._is_path(right, known)
            case ast.BoolOp(values=values):
                return all(self._is_path(value, known) for value in values)
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_path(body, known) and self._is_path(orelse, known)
            case ast.Call(func=function):
                builtin = [
                    path for path in self.origins.of(function) if path.startswith("<builtins>")
                ]
                return not builtin or self.origins.is_builtin(function, "str")
            case ast.Name(id=name):
                if name not in known:
                    known[name] = True  # path = path + ".txt"
                    known[name] = self._is_name_of_path(node, known)
                return known[name]
        return False

    def _is_name_of_path(self, node: ast.Name, known: dict[str, bool]) -> bool:
        bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
        numbers = ast.BinOp | ast.UnaryOp | ast.Constant
        return not self.origins.is_number(node) and all(
            self._is_path(one.value, known) for one in bindings if isinstance(one.value, numbers)
        )

    def _is_default_of_field(self, node: ast.Call) -> bool:
        match self.program.parents[node]:
            case ast.AnnAssign(target=ast.Name(id=name), value=value) as parent:
                if value is not node or self.program.scopes[node].kind != "class":
                    return False
            case _:
                return False
        # Before the class is made, its name stands for the Field, whose texts become code.
        count = self._names_in_classes[self.program.scopes[node], name]
        return count == 1 and self._is_of_a_dataclass(parent)

    @functools.cached_property
    def _names_in_classes(self) -> collections.Counter[tuple[Scope, str]]:
        scopes = self.program.scopes
        names = (one for one in self.program.nodes if isinstance(one, ast.Name))
        return collections.Counter((scopes[one], one.id) for one in names)

    def _is_of_a_dataclass(self, node: ast.AST) -> bool:
        match self.program.parents[node]:
            case ast.ClassDef(decorator_list=[*_, last]):
                called = last.func if isinstance(last, ast.Call) else last
                return self.origins.of(called).keys() == {"dataclasses.dataclass"}
        return False

    def _attribute_getter(self, node: ast.Call) -> Iterator[Found]:
        for argument in node.args:
            texts = self.origins.texts(argument)
            if texts is None:
                yield _computed(node, "attrgetter")
            for name in ".".join(sorted(texts or ())).split("."):
                if name in ("format", "format_map"):
                    message = f"`{name}` by name: write an f-string"
                    yield Found(node, Breach("format-string", message))
                elif name in forbidden.CALLED_ONLY:
                    yield Found(node, forbidden.handed_around(name))
                elif breach := self.uses.attribute(name):
                    yield Found(node, breach)

    def _namespace(self, node: ast.Call) -> Iterator[Found]:
        if node.args or _is_unpacked(node):
            yield _arguments(node, "`SimpleNamespace` takes names that are written out: `lr=0.1`")
        for keyword in node.keywords:
            if keyword.arg and (breach := self.uses.attribute(keyword.arg)):
                yield Found(node, breach)

    def _logging(self, node: ast.Call) -> Iterator[Found]:
        names = {keyword.arg for keyword in node.keywords}
        templates = _named(node, "format", "datefmt")
        streams = frozenset({"sys.stderr", "sys.stdout"})
        are_fine = all(map(self._is_known, templates)) and all(
            self.origins.is_always(stream, streams) for stream in _named(node, "stream")
        )
        if node.args or not names <= _LOGGING or not are_fine:
            message = "`basicConfig` takes a level and a format that is written out, nothing else"
            yield _arguments(node, message)

    # ---- matplotlib's

    def _of_matplotlib(self, node: ast.Call, path: str) -> Iterator[Found]:
        settings, _, method = path.rpartition(".")
        if settings in allowed.SETTINGS:
            path = f"matplotlib.rcParams.{method}"
        match path.replace("matplotlib.pyplot.", "matplotlib."):
            case "matplotlib.style.use" | "matplotlib.style.context":
                named = _named(node, "style", "after_reset")
                if not all(map(self._is_word, [*node.args, *named])) or len(named) < len(
                    node.keywords
                ):
                    message = f"`style.{method}` takes the written-out name of a style"
                    yield _arguments(node, message)
            case "matplotlib.switch_backend" | "matplotlib.use":
                named = _named(node, "backend", "newbackend")
                names = [*node.args[:1], *named]
                if not names or not all(map(self._is_plain, names)) or _is_unpacked(node):
                    yield _arguments(node, f"`{method}` takes the written-out name of a backend")
            case "matplotlib.rcParams.get":
                if not all(map(self._is_known, node.args[:1])) or _is_unpacked(node):
                    yield Found(node, NO_SUCH_SETTING)
            case "matplotlib.rcParams.update" | "matplotlib.rc":
                yield from self._settings(node, node.args if method == "update" else [])
            case "matplotlib.rc_context":
                if len(node.args) > 1 or any(one.arg != "rc" for one in node.keywords):
                    yield _arguments(node, "`rc_context` takes a dict of settings, nothing else")
                yield from self._settings(node, [*node.args, *_named(node, "rc")])

    def _settings(self, node: ast.Call, given: list[ast.expr]) -> Iterator[Found]:
        """Judge the settings of a call, as dicts or by name."""
        for keyword in node.keywords:
            if keyword.arg is None:
                given = [*given, keyword.value]
            elif keyword.arg == "hooks":  # rc("figure", hooks=…)
                yield Found(node, NO_SUCH_SETTING)
        for one in given:
            keys = self.origins.keys(one)
            fine = keys is not None and all(
                self._is_setting(key, value) for key in keys for value in keys[key]
            )
            if not fine:
                yield Found(node, NO_SUCH_SETTING)

    def of_item(self, node: ast.Subscript) -> Iterator[Found]:
        """Yield what is wrong with `rcParams[key]`, read or set."""
        if not self.origins.of(node.value).keys() & allowed.SETTINGS:
            return
        parent = self.program.parents[node]
        value = parent.value if isinstance(parent, ast.Assign) else None
        texts = self.origins.texts(node.slice)
        is_read = isinstance(node.ctx, ast.Load)
        if texts is None or not all(
            self._is_setting(text, None if is_read else value) for text in texts
        ):
            yield Found(node, NO_SUCH_SETTING)

    def _is_setting(self, key: str, value: ast.expr | None) -> bool:
        if key.startswith("backend"):
            return value is None or self._is_plain(value)
        if key in forbidden.LATEX:
            return value is None or _is_false(value)
        return key != "hooks" and not forbidden.text(key)

    def is_switched_off(self, node: ast.Constant) -> bool:
        """Tell whether a setting's name stands where the setting is made False."""
        match parent := self.program.parents[node]:
            case ast.Subscript(slice=key) if key is node:
                match self.program.parents[parent]:
                    case ast.Assign(value=value):
                        return _is_false(value)
            case ast.Dict(keys=keys, values=values) if node in keys:
                return _is_false(values[keys.index(node)])
        return False

    def _is_known(self, node: ast.expr) -> bool:
        return self.origins.texts(node) is not None

    def _is_plain(self, node: ast.expr) -> bool:
        texts = self.origins.texts(node)
        return texts is not None and all(re.fullmatch(r"\w+", text) for text in texts)

    def _is_word(self, node: ast.expr) -> bool:
        if isinstance(node, ast.List | ast.Tuple):
            return all(map(self._is_word, node.elts))
        texts = self.origins.texts(node)
        return texts is not None and all(re.fullmatch(r"[\w-]+", text) for text in texts)

    def _picture(self, node: ast.Call, parts: list[ast.expr]) -> Iterator[Found]:
        """Yield what is wrong with where a picture goes."""
        for part in parts:
            for text in self._beginnings(part):
                if re.match(r"[/\\~]|\w:", text) or ".." in re.split(r"[/\\]", text):
                    shown = forbidden.shown(text)
                    message = f"{shown} leads out of this folder: begin the path with 'plots/'"
                    yield Found(node, Breach("system-path", message))

    def _beginnings(self, node: ast.expr) -> Iterator[str]:
        """Yield the written-out texts of a path, but for those in the middle of a word."""
        waiting, seen = [node], 0
        while waiting and (seen := seen + 1) < _MOST_PARTS:
            node = waiting.pop()
            texts = self.origins.texts(node)
            if texts is not None:
                yield from sorted(texts)
                continue
            match node:
                case ast.BinOp(left=left, op=ast.Div(), right=right):
                    waiting += [left, right]
                case ast.BinOp(left=left):
                    waiting.append(left)
                case ast.JoinedStr(values=[first, *rest]):
                    waiting.append(first)
                    middle = [str(one.value) for one in rest if isinstance(one, ast.Constant)]
                    yield from (text.lstrip("/") for text in middle)
                case ast.Call(func=function, args=args):
                    if isinstance(function, ast.Attribute) and not self.origins.of(function):
                        waiting.append(function.value)
                    waiting += args
                case ast.Name():
                    bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
                    waiting += [one.value for one in bindings if one.value is not None]

    # ---- templates

    def _formatter(self, node: ast.Call, argument: ast.expr) -> Iterator[Found]:
        # A text is filled in as `str.format` does it.
        if self._is_formatter(argument):
            return
        texts = self.origins.texts(argument)
        for text in sorted(texts if texts is not None else [""]):
            breach = forbidden.template(text, own=self.uses.own, day=self.uses.day)
            if texts is None or breach:
                message = "the formatter is not written out: make a FuncFormatter of a function"
                yield Found(node, breach or Breach("format-string", message))

    def _is_formatter(self, node: ast.expr) -> bool:
        """Tell whether an expression is a function, or one of matplotlib's formatters."""
        match node:
            case ast.Lambda() | ast.Constant(value=None) | ast.Dict():
                return True
            case ast.Call(func=function):
                paths = self.origins.of(function)
                return bool(paths) and all(map(_FORMATTER.fullmatch, paths))
            case ast.Name():
                bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
                return bool(bindings) and all(
                    _is_plain_function(one.definition)
                    or isinstance(one.value, ast.Lambda)
                    or (isinstance(one.value, ast.Call) and self._is_formatter(one.value))
                    for one in bindings
                )
        return False

    def _takes_no_template(self, node: ast.Call, keyword: ast.keyword) -> bool:
        """Tell whether `format=` is savefig's, or goes to a function of one's own."""
        if keyword.arg not in _TAKES_NO_TEMPLATE:
            return False
        if isinstance(node.func, ast.Attribute):
            return node.func.attr == _TAKES_NO_TEMPLATE[keyword.arg]
        if not isinstance(node.func, ast.Name):
            return False
        bindings, _ = self.program.lookup(node.func.id, self.program.scopes[node.func])
        return bool(bindings) and all(_is_plain_function(one.definition) for one in bindings)


def _named(node: ast.Call, *names: str) -> list[ast.expr]:
    return [keyword.value for keyword in node.keywords if keyword.arg in names]


def _is_unpacked(node: ast.Call) -> bool:
    """Tell whether a call has arguments that are not written out: `*x`, `**x`."""
    return any(isinstance(argument, ast.Starred) for argument in node.args) or any(
        keyword.arg is None for keyword in node.keywords
    )


def _is_plain_function(node: ast.AST | None) -> bool:
    return isinstance(node, ast.FunctionDef) and not node.decorator_list


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _arguments(node: ast.Call, message: str) -> Found:
    return Found(node, Breach("arguments", message))


def _computed(node: ast.Call, function: str) -> Found:
    message = (
        f"`{function}` with a name that is not written out: begin it with a word, f'layer{{i}}', "
        "or keep functions in a dict, {'relu': F.relu}[name]"
    )
    return Found(node, Breach("computed-attribute", message))


def _start(node: ast.expr) -> str:
    """Return what a text certainly begins with: "layer" of f"layer{i}"."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        node = node.left
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return text.partition("%")[0]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return text.partition("{")[0]
    return ""
