"""Read a learner's file once, and run exactly the bytes that were read.

Python's own import trusts a compiled copy in `__pycache__` when size and second agree, so the
second of two quick saves may run the code of the first. Nothing here reads or writes that folder.
"""

import ast
import difflib
import hashlib
import importlib.util
import linecache
import re
import sys
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from kata import calls
from kata.failure import Failure
from kata.layout import Exercise, shown


class LearnersModule:
    """A learner's file, as the tests see it: `exercise.mse_loss`.

    Making one never fails. A file that is missing, does not parse or does not import raises when
    an attribute is first read, in the test's own call, and again for every test after that.
    """

    _path: Path
    _name: str
    _tree: ast.Module | None
    _module: ModuleType | None
    _error: BaseException | None
    _traceback: TracebackType | None
    digest: str | None

    def __init__(self, path: Path, name: str) -> None:
        # Through __dict__, since setting an attribute sets it in the learner's module.
        self.__dict__.update(_path=path, _name=name, _module=None, _error=None, _tree=None)
        self.__dict__.update(digest=None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # inspect, copy and pickle ask; only tests ask for names
        module = self.load()
        try:
            value = vars(module)[name]
        except KeyError:
            raise Failure(
                f"{self._path.name} has no `{name}`",
                _where_it_went(name, module, self._path),
                mistake="name-missing",
            ) from None
        if name[0].isupper() and not calls.is_class(value):
            raise Failure(
                f"`{name}` in {self._path.name} is a {type(value).__name__}, expected a class",
                f"Keep the line `class {name}` of the stub as it was.",
                mistake="class-replaced",
            )
        return calls.recorded(name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        # A test that puts a function back has it from here, with its calls recorded.
        setattr(self.load(), name, calls.unrecorded(value))

    def __delattr__(self, name: str) -> None:
        delattr(self.load(), name)

    def __repr__(self) -> str:
        return f"<exercise {self._path.name}>"

    def is_untouched(self, name: str) -> bool:
        """Tell whether `name` is still the generated stub, by its syntax tree.

        A name that is missing, or a file that cannot be read or parsed, is not untouched.
        """
        try:
            tree = self._parse()
        except (OSError, SyntaxError, ValueError):
            return False
        return any(
            is_stub(node)
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        )

    def _parse(self) -> ast.Module:
        if self._tree is None:
            data = self._path.read_bytes()
            self.__dict__["digest"] = hashlib.sha256(data).hexdigest()
            text = importlib.util.decode_source(data)
            # Tracebacks quote this text, whatever is saved meanwhile (no mtime: never re-read).
            lines = text.splitlines(keepends=True)
            linecache.cache[str(self._path)] = (len(text), None, lines, str(self._path))
            tree = ast.parse(text, str(self._path))
            self.__dict__["_tree"] = tree
            return tree
        return self._tree

    def load(self) -> ModuleType:
        """Return the module, run from the bytes that were read; the second call runs nothing.

        Raises: what the learner's code raises, or Failure if there is nothing to run.
        """
        if self._error is not None:
            raise self._error.with_traceback(self._traceback)
        if self._module is None:
            try:
                module = self.__dict__["_module"] = self._run()
            except BaseException as error:  # SystemExit and a timeout too: the next test must know
                self.__dict__.update(_error=error, _traceback=error.__traceback__)
                raise
            return module
        return self._module

    def _run(self) -> ModuleType:
        try:
            code = compile(self._parse(), str(self._path), "exec", dont_inherit=True)
        except FileNotFoundError:
            raise Failure(
                f"{shown(self._path)} is missing",
                f"Put it back with `git checkout -- {shown(self._path)}`, "
                "or write a new stub with `kata stubs`.",
                mistake="file-missing",
            ) from None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise Failure(
                f"{self._path.name} is not UTF-8 text: byte {error.object[error.start]:#04x} "
                f"in line {line}",
                "Save it as UTF-8 in your editor.",
                mistake="not-utf-8",
            ) from None
        except (SyntaxError, ValueError):
            if b"\0" not in self._path.read_bytes():
                raise
            raise Failure(
                f"{self._path.name} is not a text file: it holds null bytes",
                f"Put it back with `git checkout -- {shown(self._path)}`.",
                mistake="not-text",
            ) from None
        except OSError as error:
            raise Failure(
                f"{shown(self._path)} cannot be read: {error.strerror}",
                mistake="file-unreadable",
            ) from None
        module = ModuleType(self._name)
        module.__file__ = str(self._path)
        module.__package__ = self._name.rpartition(".")[0]
        sys.modules[self._name] = module  # dataclasses and pickle look their module up here
        exec(code, vars(module))
        return module


def learners_module(path: Path, exercise: Exercise) -> LearnersModule:
    """Return the file at `path` as that of an exercise, under the name that `import` gives it."""
    side = "solutions" if path == exercise.solution else "exercises"
    return LearnersModule(path, f"{side}.{exercise.folder}.{exercise.topic}")


def is_stub(node: ast.stmt) -> bool:
    """Tell whether a definition is a docstring and the generated raise, and nothing else."""
    if isinstance(node, ast.ClassDef):
        methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
        rest = [child for child in node.body if child not in methods and not _is_docstring(child)]
        return bool(methods) and not rest and all(is_stub(method) for method in methods)
    if not isinstance(node, ast.FunctionDef):
        return False
    body = [child for child in node.body if not _is_docstring(child)]
    return len(body) == 1 and _is_generated_raise(body[0])


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_generated_raise(node: ast.stmt) -> bool:
    match node:
        case ast.Raise(
            exc=ast.Call(
                func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=str(text))]
            )
        ):
            return todo_name(text) is not None
    return False


def todo_message(day: int, name: str) -> str:
    """Return what an untouched stub says: `day 9: OneHiddenLayerNet.forward`."""
    return f"day {day}: {name}"


def todo_name(message: str) -> str | None:
    """Return the name in a stub's message, or None when it is some other message."""
    match = re.fullmatch(r"day \d+: ([A-Za-z_][\w.]*)", message)
    return match[1] if match else None


def _where_it_went(name: str, module: ModuleType, path: Path) -> str:
    own = [
        key
        for key, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and not key.startswith("_")
    ]
    near = difflib.get_close_matches(name, own, n=1)
    if near:
        return f"There is a `{near[0]}`: is it misspelled? The tests look for `{name}`."
    if not own:
        return f"It defines nothing. `git checkout -- {shown(path)}` brings the stubs back."
    return f"It defines {', '.join(own)}. The names of the stubs must stay as they were."
