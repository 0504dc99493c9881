"""Stubs: what is taken out of a solution, what stays, and whose work is never overwritten."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kata import layout, stubs
from kata.layout import ROOT
from kata.stubs import stub_of


def stub(source):
    return stub_of(textwrap.dedent(source), 7)


def body(source):
    """Return a stub without what ends every untouched function."""
    return stub(source).replace('raise NotImplementedError("day 7: ', "TODO(").replace('")', ")")


# ---- functions and classes


def test_signature_and_docstring_stay_and_the_body_goes():
    assert stub('''
        def mse_loss(prediction: Tensor, target: Tensor) -> Tensor:
            """Return the mean.

            Example:
                >>> mse_loss(1, 2)
                1
            """
            return ((prediction - target) ** 2).mean()
    ''') == textwrap.dedent('''\
        def mse_loss(prediction: Tensor, target: Tensor) -> Tensor:
            """Return the mean.

            Example:
                >>> mse_loss(1, 2)
                1
            """
            raise NotImplementedError("day 7: mse_loss")
        ''')


def test_methods_become_stubs_of_their_class():
    assert body('''
        class Net(nn.Module):
            """A net."""

            width = 3

            def __init__(self, n):
                """Make it."""
                super().__init__()

            def forward(self, x):
                return self._relu(x)

            def _relu(self, x):
                return x.clamp(min=0)

            def __helper(self):
                return 1

            class Inner:
                pass
    ''') == textwrap.dedent('''\
        class Net(nn.Module):
            """A net."""

            def __init__(self, n):
                """Make it."""
                TODO(Net.__init__)

            def forward(self, x):
                TODO(Net.forward)
        ''')


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("def f(x): return x", "def f(x):\n    TODO(f)\n"),
        ('def f(x): """Doc."""', 'def f(x):\n    """Doc."""\n    TODO(f)\n'),
        ('def f(x): """Doc."""; return x', 'def f(x):\n    """Doc."""\n    TODO(f)\n'),
        ("def f(x):\n    # clamp it\n    return x.clamp(0)", "def f(x):\n    TODO(f)\n"),
        ("def f(x):  # clamp it\n    return x.clamp(0)", "def f(x):\n    TODO(f)\n"),
        ("async def f(x):\n    return x", "async def f(x):\n    TODO(f)\n"),
        (
            "def f(\n    x: int,  # here\n    y={1: 2}[1],\n) -> dict[str, int]:\n    return x",
            "def f(\n    x: int,  # here\n    y={1: 2}[1],\n) -> dict[str, int]:\n    TODO(f)\n",
        ),
        ("def f(key=lambda x: x):\n    return 1", "def f(key=lambda x: x):\n    TODO(f)\n"),
        ("def f():\n    def g():\n        return 1\n    return g()", "def f():\n    TODO(f)\n"),
        ("class E(ValueError): pass", "class E(ValueError): ...\n"),
        ('class E(ValueError):\n    """Doc."""', 'class E(ValueError):\n    """Doc."""\n'),
        ('class E(ValueError): """Doc."""', 'class E(ValueError):\n    """Doc."""\n'),
        ("class A:\n    x = 1\n    y: int = 2", "class A: ...\n"),
        ("class A:\n    def f(self): return 1", "class A:\n    def f(self):\n        TODO(A.f)\n"),
        (
            "class A:\n    @torch.no_grad()\n    def f(self):\n        return 1",
            "class A:\n    def f(self):\n        TODO(A.f)\n",
        ),
    ],
    ids=range(15),
)
def test_odd_layouts_become_ordinary_stubs(source, left):
    assert body(source) == left


def test_decorators_go_but_those_that_say_how_to_call_stay():
    assert body('''
        @functools.cache
        @torch.no_grad()
        def predict(x):
            return x

        @dataclass
        class Net:
            """A net."""

            @property
            def width(self):
                return 3

            @width.setter
            def width(self, value):
                pass

            @staticmethod
            @torch.no_grad()
            def made(x):
                return x

            @classmethod
            def of(cls):
                return cls()
    ''') == textwrap.dedent('''\
        def predict(x):
            TODO(predict)


        class Net:
            """A net."""

            @property
            def width(self):
                TODO(Net.width)

            @width.setter
            def width(self, value):
                TODO(Net.width)

            @staticmethod
            def made(x):
                TODO(Net.made)

            @classmethod
            def of(cls):
                TODO(Net.of)
        ''')


def test_of_overloads_only_the_function_itself_is_left():
    assert (
        body("""
        @overload
        def f(x: int) -> int: ...
        @typing.overload
        def f(x: str) -> str: ...
        def f(x):
            return x
    """)
        == "def f(x):\n    TODO(f)\n"
    )


def test_helpers_constants_comments_and_loose_strings_go():
    assert (
        body('''
        # The width that works best.
        WIDTH = 64
        """It was tried."""
        print(WIDTH)

        def _half(x):
            return x / 2

        class _Base:
            pass

        # Half is enough.
        def f(x):
            return _half(x)

        if __name__ == "__main__":
            print(f(2))
    ''')
        == "def f(x):\n    TODO(f)\n"
    )


# ---- given


def test_what_is_given_stays_whole_with_its_comments():
    source = '''\
        """Day 7."""

        import torch

        # given: at a first look
        # this many are enough
        WIDTH = 64

        # given
        Sizes = list[int]


        # given: the experiment
        @torch.no_grad()
        def _measure(x):
            # as it is
            return x


        # given
        class Result(NamedTuple):
            loss: float


        class Net:
            """A net."""

            # given: for the page
            size = 3

            # given
            @property
            def half(self):
                return self.size / 2


        # given: `python -m exercises.day07.topic`
        if __name__ == "__main__":
            print(_measure(torch.ones(WIDTH)))
    '''

    assert stub(source) == textwrap.dedent(source)


def test_a_given_member_without_a_docstring_above_it_is_kept_once():
    source = "class Net:\n    # given\n    @property\n    def half(self):\n        return 1\n"

    assert stub(source) == source


def test_given_needs_a_comment_of_its_own_right_above():
    source = """
        # given

        def f(x):
            return x

        x = 1  # given

        # it is given
        def g(x):
            return x
    """

    assert body(source) == "def f(x):\n    TODO(f)\n\n\ndef g(x):\n    TODO(g)\n"


def test_a_source_without_a_last_newline_gets_one():
    assert stub("# given\nx = 1") == "# given\nx = 1\n"


# ---- imports

IMPORTS = '''\
"""Day 7."""

from __future__ import annotations

import math
import os.path
import torch.nn.functional as F
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import torch
import torch.utils.data

from kata.data import digits
'''


@pytest.mark.parametrize(
    ("definition", "kept"),
    [
        ("def f(x):\n    return math.exp(F.relu(np.ones(2)))", []),
        (
            "def f(x: torch.Tensor):\n    return math.pi",
            ["import torch", "import torch.utils.data"],
        ),
        ('def f(x):\n    """>>> f(np.ones(2))"""', ["import numpy as np"]),
        (
            "def f(x: Sequence, y: Iterable):\n    return x",
            ["from collections.abc import Iterable, "],
        ),
        ('def f(x: "Callable"):\n    return x', ["from collections.abc import Callable"]),
        ("# given\ndef f(x):\n    return F.relu(x)", ["import torch.nn.functional as F"]),
        ("# given\nhome = os.path.expanduser('~')", ["import os.path"]),
    ],
)
def test_imports_stay_that_signatures_examples_and_given_code_use(definition, kept):
    text = stub(f"{IMPORTS}\n\n{definition}\n")

    imports = text.partition("\n\n\n")[0].partition("# given")[0]
    assert "from __future__ import annotations\n" in text
    assert all(line in imports for line in kept)
    assert imports.count("import") == 1 + len(kept)


def test_groups_of_imports_stay_apart_when_the_first_of_a_group_goes():
    text = stub(f"{IMPORTS}\n\ndef f(x: Sequence, y: torch.Tensor):\n    return digits\n")

    assert "import Sequence\n\nimport torch\nimport torch.utils.data\n\n\ndef" in text


def test_an_import_that_is_too_long_for_a_line_is_folded():
    names = [f"a_rather_long_name_{letter}" for letter in "abcdef"]
    folded = "from there import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"
    source = f"{folded}\n\ndef f({', '.join(names[:2])}):\n    return 1\n"

    assert stub(source).startswith(f"from there import {names[0]}, {names[1]}\n")
    assert stub(f"{folded}\n\n# given\ndef f():\n    return {names}\n").startswith(folded)


# ---- the project's own


@pytest.mark.parametrize("exercise", layout.week(), ids=lambda exercise: exercise.folder)
def test_stubs_of_the_week_parse_and_define_what_the_solution_does(exercise):
    tree = ast.parse(stubs.expected(exercise))

    solution = ast.parse(exercise.solution.read_text(encoding="utf-8"))
    names = [getattr(node, "name", "_") for node in solution.body]
    assert {name for name in names if not name.startswith("_")} <= {
        getattr(node, "name", None) for node in tree.body
    }


@pytest.mark.parametrize("command", [["format", "--check"], ["check"]], ids=lambda c: c[0])
@pytest.mark.parametrize("exercise", layout.week(), ids=lambda exercise: exercise.folder)
def test_stubs_of_the_week_are_formatted_and_linted(exercise, command):
    path = exercise.stub.relative_to(ROOT)
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--stdin-filename", path, "-"]

    done = subprocess.run(
        ruff, cwd=ROOT, input=stubs.expected(exercise).encode(), capture_output=True
    )

    assert done.returncode == 0, done.stdout.decode()


# ---- files

SOLUTION = '''"""Counting."""

from math import floor


def double(x: int) -> int:
    """Return two times x."""
    return floor(2 * x)


# given: for comparison
def half(x: int) -> int:
    """Return half of x."""
    return x // 2
'''


@pytest.fixture
def day(tmp_path, monkeypatch):
    """An exercise in a folder of its own, its stub written."""
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    exercise = layout.Exercise(1, "counting")
    for path, text in [(exercise.solution, SOLUTION), (exercise.tests, "")]:
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    stubs.write(exercise)
    return exercise


def files(exercise):
    return sorted(path.name for path in exercise.stub.parent.iterdir())


def test_a_missing_stub_is_written_with_its_folder(day):
    day.stub.unlink()
    day.stub.parent.rmdir()

    backup = stubs.write(day)

    assert backup is None
    assert day.stub.read_bytes() == stub_of(SOLUTION, 1).encode()
    assert files(day) == ["counting.py"]


UNTOUCHED = {
    "as written": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "byte-order mark": lambda text: "\ufeff" + text,
    "blank lines": lambda text: text.replace("\n\n", "\n\n\n\n"),
    "an import": lambda text: "import torch\n" + text,
    "an older docstring": lambda text: text.replace("two times x", "the double of x"),
    "another number of the day": lambda text: text.replace("day 1:", "day 2:"),
    "other spaces": lambda text: text.replace("x // 2", "x//2"),
    "a stub of an older solution": lambda text: (
        text + '\n\ndef triple(x):\n    raise NotImplementedError("day 1: triple")\n'
    ),
    "nothing": lambda text: "",
    "spaces": lambda text: "\n  \n",
}
WORK = {
    "a body": lambda text: text.replace('raise NotImplementedError("day 1: double")', "return 2"),
    "a line before the raise": lambda text: text.replace("raise", "print(x)\n    raise"),
    "another message": lambda text: text.replace("day 1: double", "later"),
    "a helper": lambda text: text + "\n\ndef helper():\n    return 1\n",
    "a constant": lambda text: text + "\nWIDTH = 3\n",
    "a call": lambda text: text + "\nprint(double(2))\n",
    "a note": lambda text: text + "\n# twice is enough\n",
    "a note behind a line": lambda text: text.replace('double")', 'double")  # ask about this'),
    "a note in a body": lambda text: text.replace("    raise", "    # x + x?\n    raise"),
    "a loose string": lambda text: text + '\n"""Notes: twice is enough."""\n',
    "a change in what is given": lambda text: text.replace("x // 2", "x / 2"),
    "a decorator on a class": lambda text: text + "\n\nclass A:\n    x = 1\n",
    "a syntax error": lambda text: text.replace("def double(x", "def double(x x"),
    "an unfinished line": lambda text: text + "\ndef f(",
    "a null byte": lambda text: text + "\0",
}


@pytest.mark.parametrize("change", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_is_not_the_learners_is_replaced_without_a_question(day, change):
    day.stub.write_bytes(change(day.stub.read_text(encoding="utf-8")).encode())

    assert not stubs.holds_work(day)
    assert stubs.write(day) is None
    assert day.stub.read_bytes() == stub_of(SOLUTION, 1).encode()
    assert files(day) == ["counting.py"]


@pytest.mark.parametrize("change", WORK.values(), ids=WORK)
def test_work_is_left_alone_and_with_force_kept_beside(day, change):
    work = change(day.stub.read_text(encoding="utf-8")).encode()
    day.stub.write_bytes(work)

    with pytest.raises(FileExistsError, match=r"counting\.py holds work"):
        stubs.write(day)
    assert day.stub.read_bytes() == work
    assert files(day) == ["counting.py"]

    backup = stubs.write(day, force=True)
    assert backup.read_bytes() == work
    assert day.stub.read_bytes() == stub_of(SOLUTION, 1).encode()
    assert files(day) == ["counting.py", "counting.py.1.orig"]


def test_text_in_another_encoding_is_work(day):
    day.stub.write_bytes("# für später\n".encode("latin-1"))

    assert stubs.holds_work(day)
    assert stubs.write(day, force=True).read_bytes() == "# für später\n".encode("latin-1")


def test_no_backup_is_ever_overwritten(day):
    for number in (1, 2, 3):
        day.stub.write_text(f"work = {number}\n", encoding="utf-8")
        stubs.write(day, force=True)

    kept = [day.stub.with_name(f"counting.py.{number}.orig").read_text() for number in (1, 2, 3)]
    assert kept == ["work = 1\n", "work = 2\n", "work = 3\n"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whoever_is_interrupted_keeps_the_file_of_before(day, monkeypatch, error):
    day.stub.write_text("work = 1\n", encoding="utf-8")
    real = Path.write_text

    def half(path, text, **options):
        real(path, text[: len(text) // 2], **options)
        raise error

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(type(error)):
        stubs.write(day, force=True)

    assert day.stub.read_text() == "work = 1\n"
    assert files(day) == ["counting.py", "counting.py.1.orig"]


def test_a_backup_that_cannot_be_written_stops_everything(day, monkeypatch):
    day.stub.write_text("work = 1\n", encoding="utf-8")
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        stubs.write(day, force=True)

    assert day.stub.read_text() == "work = 1\n"


@pytest.mark.parametrize(
    ("change", "is_drift"),
    [
        (UNTOUCHED["as written"], False),
        (UNTOUCHED["CRLF"], False),
        (UNTOUCHED["byte-order mark"], False),
        (UNTOUCHED["an older docstring"], True),
        (WORK["a body"], True),
        (WORK["a null byte"], True),
    ],
    ids=["as written", "CRLF", "byte-order mark", "an older docstring", "a body", "a null byte"],
)
def test_a_stub_drifts_when_its_text_is_another(day, change, is_drift):
    day.stub.write_bytes(change(day.stub.read_text(encoding="utf-8")).encode())

    assert list(stubs.drifted()) == ([day] if is_drift else [])


def test_a_missing_or_unreadable_stub_has_drifted(day):
    day.stub.write_bytes(b"\xff")
    assert list(stubs.drifted()) == [day]

    day.stub.unlink()
    assert list(stubs.drifted()) == [day]


def test_a_changed_solution_drifts(day):
    text = SOLUTION.replace("two times", "twice")
    day.solution.write_text(text, encoding="utf-8")

    assert list(stubs.drifted()) == [day]
    assert stubs.expected(day) == stub_of(text, 1)
