"""Calls whose arguments decide whether they are harmless: `getattr`, `type`, `open` and a few."""

import ast
import re
from collections.abc import Iterator

from kata.grade import allowed, forbidden
from kata.grade.forbidden import Breach
from kata.grade.uses import Found, Uses

_TEMPLATE_SETTERS = ("set_major_formatter", "set_minor_formatter")


class SpecialCalls:
    """Judges the calls of one file."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self.origins = uses.origins
        self.program = uses.program

    def of(self, node: ast.Call) -> Iterator[Found]:
        """Yield what is wrong with a call beyond the name that is called."""
        for keyword in node.keywords:
            if keyword.arg in forbidden.KEYWORDS or forbidden.is_dunder(keyword.arg or ""):
                message = f"`{keyword.arg}=` is nothing that an exercise needs: leave it out"
                yield Found(keyword, Breach("keyword", message))
        if isinstance(node.func, ast.Attribute) and node.func.attr in _TEMPLATE_SETTERS:
            yield from self._formatter(node)
        for path in self.origins.of(node.func):
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
                case "functools.wraps":
                    if len(node.args) != 1 or node.keywords:
                        yield _arguments(node, "`wraps` takes the wrapped function, nothing else")
                case "matplotlib.pyplot.style.use" | "matplotlib.style.use":
                    if not all(map(_is_word, node.args)) or node.keywords:
                        yield _arguments(node, "`style.use` takes the written-out name of a style")

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
            if paths or not self._is_own_name(name):
                yield _computed(node, function)
            return
        for text in sorted(texts):
            if paths:
                for path in paths:
                    yield from self._of_foreign(node, f"{path}.{text}")
            elif text in ("format", "format_map"):
                yield Found(node, Breach("format-string", f"`{text}` by name: write an f-string"))
            elif breach := self.uses.attribute(text):
                yield Found(node, breach)

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
            if not (isinstance(owner, ast.Name) and owner.id == "self"):
                start = _start(name)
                is_method = any(method.startswith(start) for method in forbidden.METHODS)
                if is_method and not self._is_numbered(name):
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
        elif not node.args or not self._is_path(node.args[0]):
            yield _arguments(node, "`open` is called without a path: open the path you are given")

    def _is_path(self, node: ast.expr) -> bool:
        """Tell whether an expression is no number: the files that are open already have one."""
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr() | ast.Attribute():
                return True
            case ast.BinOp(left=left, op=ast.Div()):
                return self._is_path(left)
            case ast.Call(func=function):
                builtin = [
                    path for path in self.origins.of(function) if path.startswith("<builtins>")
                ]
                return not builtin or self.origins.is_builtin(function, "str")
            case ast.Name():
                bindings, _ = self.program.lookup(node.id, self.program.scopes[node])
                numbers = ast.BinOp | ast.UnaryOp | ast.Constant
                return not any(
                    binding.each_of
                    or (isinstance(binding.value, numbers) and not self._is_path(binding.value))
                    for binding in bindings
                )
        return False

    def _formatter(self, node: ast.Call) -> Iterator[Found]:
        # A text is filled in as `str.format` does it.
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            texts = self.origins.texts(argument)
            made = isinstance(argument, ast.Call) and self.origins.of(argument.func)
            if made or isinstance(argument, ast.Lambda):
                continue
            for text in texts or [""]:
                breach = forbidden.template(text, own=self.uses.own, day=self.uses.day)
                if texts is None or breach:
                    message = "the formatter is not written out: make a FuncFormatter of a function"
                    yield Found(node, breach or Breach("format-string", message))


def _arguments(node: ast.Call, message: str) -> Found:
    return Found(node, Breach("arguments", message))


def _computed(node: ast.Call, function: str) -> Found:
    message = (
        f"`{function}` with a name that is not written out: write it out, or begin it with a word"
    )
    return Found(node, Breach("computed-attribute", message))


def _is_word(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return all(map(_is_word, node.elts))
    return isinstance(node, ast.Constant) and bool(re.fullmatch(r"[\w-]+", str(node.value)))


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
