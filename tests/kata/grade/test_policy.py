"""The policy: honest code passes, tricks do not, and what is refused costs no more than it must."""

import ast
import importlib
import logging
import random
import re
import subprocess
import symtable
import sys
import textwrap
import time
import timeit
import types

import pytest

from kata.attempts import attempts_of
from kata.grade import allowed, forbidden
from kata.grade.policy import LONGEST, MOST_REFUSALS, check
from kata.grade.scopes import Program
from kata.layout import Exercise, week
from tests.kata.grade import policy_honest as honest
from tests.kata.grade import policy_tricks as tricks

DAY_9, DAY_14 = Exercise(9, "network"), Exercise(14, "classifier")

# Wrong attempts that the policy refuses, and why: a mistake should reach the test that names it.
REFUSED_ATTEMPTS: dict[str, str] = {}


def in_a_function(body):
    return f"{tricks.IMPORTS}\n\ndef f(x):\n{textwrap.indent(body, '    ')}\n"


def costs(checked):
    return {(refusal.rule, refusal.name) for refusal in checked.refusals}


def without_main_block(source):
    """Cut the block with the means of a text editor: it is the last of every solution."""
    before, line, after = source.partition('if __name__ == "__main__":\n')
    return before + "\n" * (line + after).count("\n")


def run(checked):
    """Run what is left of a file, and return its names."""
    names = {"__name__": "exercises.day09.network"}
    exec(compile(checked.source, "network.py", "exec"), names)
    return names


# ---- honest code


@pytest.mark.parametrize("exercise", week(), ids=lambda exercise: exercise.folder)
def test_solutions_and_stubs_pass(exercise):
    """Nothing of them is refused, and nothing but the main block is cut."""
    for path in (exercise.solution, exercise.stub):
        source = path.read_text(encoding="utf-8")

        checked = check(source, exercise)

        assert checked.refusals == ()
        assert checked.source == without_main_block(source)


@pytest.mark.parametrize("exercise", week(), ids=lambda exercise: exercise.folder)
def test_attempts_pass(exercise):
    """Right ones and wrong ones: a wrong one is for the tests to name."""
    refused = {}
    for attempt in attempts_of(exercise):
        checked = check(attempt.source, exercise)
        if checked.refusals:
            refused[f"{exercise.folder} {attempt.title}"] = checked.refusals
        else:
            assert checked.source == without_main_block(attempt.source)

    expected = {name for name in REFUSED_ATTEMPTS if name.startswith(exercise.folder)}
    assert refused.keys() == expected, refused


@pytest.mark.parametrize("source", honest.FILES)
def test_honest_files_pass(source):
    """What learners write at the top of a file."""
    assert check(source + "\n", DAY_9).refusals == ()


@pytest.mark.parametrize("body", honest.IN_A_FUNCTION)
def test_honest_functions_pass(body):
    """What learners write in a function."""
    source = in_a_function(body)

    checked = check(source, DAY_9)

    assert checked.refusals == ()
    assert checked.source == source


@pytest.mark.parametrize("body", honest.ON_DAY_14)
def test_files_are_for_the_day_that_needs_them(body):
    """record_accuracy writes one; nothing else has to."""
    assert check(in_a_function(body), DAY_14).refusals == ()
    assert costs(check(in_a_function(body), DAY_9)) == {("file-access", "f")}


# ---- tricks


@pytest.mark.parametrize(("rule", "body"), tricks.IN_A_FUNCTION)
def test_tricks_in_a_function_cost_that_function(rule, body):
    """Each is refused by the rule that is meant, and everything around it stays."""
    checked = check(in_a_function(body), DAY_9)

    assert (rule, "f") in costs(checked)
    assert {name for _, name in costs(checked)} == {"f"}
    assert_body_raises(checked.source, "f")


@pytest.mark.parametrize(("rule", "body"), tricks.ON_DAY_14)
def test_tricks_with_files_are_refused_on_the_day_of_files_too(rule, body):
    """A path may be opened: not the system's, and not what is open already."""
    checked = check(in_a_function(body), DAY_14)

    assert (rule, "f") in costs(checked)


@pytest.mark.parametrize(("rule", "cost", "source"), tricks.FILES)
def test_tricks_cost_what_they_belong_to(rule, cost, source):
    """A function, a method, a class, or the file when they run as it is read."""
    checked = check(f"{tricks.IMPORTS}\n\n{source}\n", DAY_9)

    assert (rule, cost) in costs(checked)
    assert {name for _, name in costs(checked)} == {cost}
    if not cost:
        (statement,) = ast.parse(checked.source).body
        assert isinstance(statement, ast.Raise)
    elif "." not in cost:
        assert_body_raises(checked.source, cost)


def assert_body_raises(source, name):
    found = [node for node in ast.parse(source).body if getattr(node, "name", "") == name]
    assert found
    for node in found:
        assert "refused by the grading policy" in ast.unparse(node)
        assert not isinstance(node, ast.FunctionDef) or isinstance(node.body[0], ast.Raise)


def test_there_are_many_tricks_and_all_are_different():
    """A table that copies itself would prove little."""
    bodies = [body for _, body in tricks.IN_A_FUNCTION] + [source for *_, source in tricks.FILES]

    assert len(set(bodies)) == len(bodies) > 400


@pytest.mark.parametrize("exercise", week(), ids=lambda exercise: exercise.folder)
def test_tricks_hide_in_no_solution(exercise):
    """The same trick in front of an answer's function is found, and costs that function alone."""
    lines = exercise.solution.read_text(encoding="utf-8").split("\n")
    tree = ast.parse("\n".join(lines))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    before = function.body[0].lineno - 1

    for trick in ("eval('1')", "torch.hub", "().__class__", "getattr(1, 'gi_frame')"):
        checked = check("\n".join([*lines[:before], f"    {trick}", *lines[before:]]), exercise)

        assert {refusal.name for refusal in checked.refusals} == {function.name}
        assert checked.refusals[0].line == before + 1


# ---- what is refused, and what stays


def test_a_refused_function_raises_when_it_is_called():
    """Its neighbours work, and every line is where it was."""
    source = "def f():\n    x = 1\n    return eval('x')\n\n\ndef g():\n    return 2\n"

    checked = check(source, DAY_9)

    names = run(checked)
    assert names["g"]() == 2
    with pytest.raises(RuntimeError, match=r"exercises/day09/network\.py, line 3: `eval`"):
        names["f"]()
    assert names["g"].__code__.co_firstlineno == 6
    (refusal,) = checked.refusals
    assert (refusal.file, refusal.line) == ("exercises/day09/network.py", 3)
    assert (refusal.rule, refusal.name) == ("builtin", "f")


def test_a_refused_method_leaves_the_others():
    """The class stays, and so do the method's decorators."""
    source = (
        "class A:\n    @property\n    def x(self):\n        return eval('1')\n\n"
        "    def y(self):\n        return 2\n"
    )

    made = run(check(source, DAY_9))["A"]()

    assert made.y() == 2
    with pytest.raises(RuntimeError, match="refused by the grading policy"):
        _ = made.x


@pytest.mark.parametrize(
    "source",
    [
        "class A(metaclass=print):\n    x = 1\n",
        "class A(int): pass\n",
        "@eval\n@(\n    eval\n)\nclass A:\n    def m(self):\n        return exec\n",
    ],
)
def test_a_refused_class_raises_when_an_object_is_made(source):
    """Whatever it was made of."""
    names = run(check(f"{source}\n\ndef g():\n    return 2\n", DAY_9))

    assert names["g"]() == 2
    with pytest.raises(RuntimeError, match="refused by the grading policy"):
        names["A"]()


@pytest.mark.parametrize(
    "source",
    [
        "def f(x=eval('1')):\n    return x\n",
        "@eval\ndef f(x): return x\n",
        "async def f(x):\n    return x\n",
        "@(\n  eval\n)  # why not\ndef f(\n    x,\n):\n    '''Doc.'''\n    return x\n",
        "def f(x): return (\n    eval\n)\n",
        "def f(x):\n    @eval\n    def g(): pass\n    return g\n",
        "def f(x):\n    '''Doc\n\nstring.'''; return eval(x)\n",
        "def f(x):\n\tif x:\n\t\treturn eval(x)\n",
    ],
)
def test_what_runs_with_the_definition_goes_with_it(source):
    """Decorators, defaults and annotations, however they are laid out."""
    names = run(check(f"x = 1\n{source}y = 2\n", DAY_9))

    assert (names["x"], names["y"]) == (1, 2)
    with pytest.raises(RuntimeError, match="refused by the grading policy"):
        names["f"](1)


def test_a_refused_file_raises_in_the_line_that_is_to_blame():
    """Nothing of it runs."""
    checked = check("x = 1\n\nx = eval('2')\n", DAY_9)

    with pytest.raises(RuntimeError, match="line 3") as caught:
        run(checked)
    assert caught.traceback[-1].lineno + 1 == 3


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("import pdb\nx = 1\n", "pass\nx = 1\n"),
        ("import os, pdb  # both\n", "import os  # both\n"),
        ("from os import (\n    path,\n    system,\n)\n", "from os import path\n\n\n\n"),
        ("from . import x\n", "pass\n"),
        ("from math import *\n", "pass\n"),
        ("import torch.hub\n", "import torch\n"),
        ("import torch.hub as t\n", "pass\n"),
        ("import os; os.environ['A'] = 'b'; x = 1\n", "import os; pass; x = 1\n"),
        ("import sys\nsys.path.insert(\n    0, '..'\n)\n", "import sys\npass\n\n\n"),
        ("from os import environ\nenviron['A'] = 'b'\n", "pass\npass\n"),
        ("import pdb; import gc; x = 1\n", "pass; pass; x = 1\n"),
        (
            "try:\n    import pandas as pd\nexcept ImportError:\n    pd = None\n",
            "try:\n    raise ModuleNotFoundError\nexcept ImportError:\n    pd = None\n",
        ),
    ],
)
def test_an_import_that_nothing_uses_is_left_out_and_costs_nothing(source, left):
    """An editor adds them, and a debugger is forgotten."""
    checked = check(source, DAY_9)

    assert checked.refusals == ()
    assert checked.source == left


def test_a_refused_import_names_the_definitions_that_use_it():
    """In the line of the import, one refusal for each."""
    source = "import gc\n\n\ndef f():\n    gc.disable()\n\n\ndef g(): gc\n\n\ndef h(): pass\n"

    checked = check(source, DAY_9)

    assert [(r.line, r.rule, r.name) for r in checked.refusals] == [
        (1, "import", "f"),
        (1, "import", "g"),
    ]


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("x = 1\nif __name__ == '__main__':\n    eval('x')\n# end\n", "x = 1\n\n\n# end\n"),
        ("if '__main__' == __name__: eval('x')", ""),
        ("if __name__ == '__main__':\n    eval('x')\nelse:\n    y = 1\n", None),
        ("if __name__ == '__main__':\r\n    eval('x')\r\n\r\nz = 1\r\n", "\r\n\r\n\r\nz = 1\r\n"),
        ("if __name__ == '__main__':\r    eval('x')\rz = 1\r", "\r\rz = 1\r"),
        ("if __name__ == '__main__':\n    x = '''\n'''\n", "\n\n\n"),
    ],
)
def test_the_main_block_is_cut(source, left):
    """It never runs in a test, and may do what it likes; an else does run."""
    checked = check(source, DAY_9)

    assert checked.refusals == ()
    if left is None:
        left = "if __name__ == '__main__':\n    pass\nelse:\n    y = 1\n"
    assert checked.source == left


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    if __name__ == '__main__':\n        eval('1')\n",
        "if __name__ != '__main__':\n    eval('1')\n",
        "if __name__ == '__main__' or True:\n    eval('1')\n",
        "if __name__ == '__mian__':\n    eval('1')\n",
        "while __name__ == '__main__':\n    eval('1')\n",
    ],
)
def test_what_only_looks_like_a_main_block_is_judged(source):
    """Some of it would run."""
    assert "builtin" in {refusal.rule for refusal in check(source, DAY_9).refusals}


# ---- files that cannot be judged


def test_a_number_with_too_many_digits_to_be_shown_is_no_reason_to_stop():
    """Its repr() is an error, and a judge that stumbles would grade nobody."""
    assert not check(f"x = 0x{'f' * 4000}\n", DAY_9).refusals


@pytest.mark.parametrize(
    ("source", "rule", "line"),
    [
        ("x = 1\ny = (\n", "does-not-parse", 2),
        ("x = 1\n    y = 2\n", "does-not-parse", 2),
        ("x = 1\ny = '\0'\n", "does-not-parse", 2),
        ("(" * 1000 + ")" * 1000, "does-not-parse", 1),
        ("-" * 99_000 + "1", "too-complicated", 1),
        ("x." + "a." * 49_000 + "b", "too-complicated", 1),
        ("x = " + "1 + " * 24_000 + "1", "too-complicated", 1),
        ("x" + "()" * 3000, "too-complicated", 1),
        ("a0 = x\n" + "".join(f"a{i + 1} = a{i}\n" for i in range(99)) + "a99.load",
         "too-complicated", 1),
        ("from torch import nn\nfor c in [" + "nn.ReLU, " * 3000 + "]:\n" + "    c()\n" * 5000,
         "too-complicated", 1),
        ("from torch import nn\n"
         + "".join(f"def f{i}(a, b):\n    f{i + 1}(a, b), f{i + 1}(b, a)\n" for i in range(400))
         + "f0(nn.ReLU, nn.Tanh)\n" * 600,
         "too-complicated", 1),
        ("from torch import nn\n" + "t = nn\n" * 3000 + "t.Linear\n" * 3000, "too-complicated", 1),
        ("from torch import nn\ntype(1) in (" + "nn.Linear, " * 8000 + ")", "too-complicated", 1),
        ("class A:\n    a = 1\n" + "a = A()\n" * 2500 + "a.step = 1\n" * 2500,
         "too-complicated", 1),
        ("from matplotlib.axes import Axes\nx: int = 1\ny = " + "Axes | " * 2500 + "Axes",
         "too-complicated", 1),
        ("a = '" + "x" * 40_000 + "'\n" + "a + a\n" * 2000, "too-complicated", 1),
        ("import torch\ntorch.x[f\"{'\u00a0'}\"].y = 1", "too-complicated", 1),
        ("#" * (LONGEST + 1), "too-long", 1),
        ("# coding: utf-7\n", "encoding", 1),
        ("#!/usr/bin/python\n# -*- coding: latin-1 -*-\n", "encoding", 1),
        ("# coding: nothing-at-all\n", "encoding", 1),
        ("#\rcoding=latin-1\n", "encoding", 1),
        ("\r# coding: utf-7\n#+AAo-print(1)\n", "encoding", 1),
        ("\ufeff\ufeffx = 1\n", "encoding", 1),
        ("x = '\udc80'\n", "encoding", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_does_not_run(source, rule, line):
    """One refusal of the whole file, soon, and no crash of the grader's."""
    start = time.process_time()
    checked = check(source, DAY_9)

    assert time.process_time() - start < 5  # each takes less than a second
    (refusal,) = checked.refusals
    assert (refusal.rule, refusal.line, refusal.name) == (rule, line, "")
    if rule == "does-not-parse":
        assert checked.source == source  # the tests say it, in the learner's own lines
    else:
        assert isinstance(ast.parse(checked.source).body[0], ast.Raise)


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n" + "".join(f"    x{i} = 1\n" for i in range(1500))
        + "a = A()\n" + "a.forward = 1\n" * 2000,
        "import dataclasses\n@dataclasses.dataclass\nclass A:\n"
        + "".join(f"    x{i}: int = dataclasses.field(default=1)\n" for i in range(2000)),
    ],
    ids=["an object of a large class", "many fields"],
)  # fmt: skip
def test_a_large_class_is_looked_at_once(source):
    """It took the judge half a minute."""
    assert timeit.timeit(lambda: check(source, DAY_9), number=1) < 4


def test_a_text_of_slashes_is_searched_once():
    start = time.process_time()
    assert not check("x = '" + "/" * 90_000 + "'\n", DAY_9).refusals
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "source",
    ["", "\n", "\ufeffx = 1\n", "# coding: utf8\n", "# coding: ascii\n", "x = '\\d'\n", "\fx = 1"],
)
def test_odd_files_that_are_fine(source):
    """A byte-order mark is what some editors write; \\d is only a warning."""
    checked = check(source, DAY_9)

    assert checked.refusals == ()
    assert checked.source == source.removeprefix("\ufeff")


def test_there_is_an_end_to_refusals():
    """A report has to be read."""
    assert len(check("eval('1')\n" * 500, DAY_9).refusals) == MOST_REFUSALS


WORDS = """
    eval torch nn ( ) [ ] { } : lambda def class import from @ * ** = == . .__class__ global
    nonlocal yield async await match case else: try: except: with del for in getattr setattr type
    open # ; -> | ' " f' \\ ...
""".split()  # noqa: SIM905 - a table
WORDS += ["\n", "    ", "\r", "\0", "\ufeff", "\f", "\u2028", "\U0001d4ee", "import *\n", '"""']


@pytest.mark.filterwarnings("ignore")  # about what is no program
@pytest.mark.parametrize("seed", range(12))
def test_it_never_fails(seed):
    """Solutions with words and lines out of place, and bytes that are no program at all."""
    dice = random.Random(seed)
    for exercise in week():
        source = exercise.solution.read_text(encoding="utf-8")
        lines = source.split("\n")
        dice.shuffle(lines)
        noise = dice.randbytes(300)
        for text in (
            spoilt(source, dice, 1),
            spoilt(source, dice, 5),
            "\n".join(lines[:40]),
            noise.decode("utf-8", errors="surrogateescape"),
            noise.decode("latin-1"),
            " ".join(dice.choices(WORDS, k=30)),
        ):
            checked = check(text, exercise)

            assert checked.refusals or parses(checked.source)
            assert all(refusal.line >= 1 for refusal in checked.refusals)


def spoilt(source, dice, times):
    for _ in range(times):
        place = dice.randrange(len(source))
        source = source[:place] + dice.choice(WORDS) + source[place + dice.choice([0, 0, 1, 9]) :]
    return source


def parses(source):
    ast.parse(source)
    return True


# ---- what the judgement rests on


def test_scopes_are_python_s():
    """A name is local where Python's own symbol table says so, and has the name that it says."""
    sources = [exercise.solution.read_text(encoding="utf-8") for exercise in week()]
    sources += [in_a_function(body) for body in honest.IN_A_FUNCTION]
    sources += [
        in_a_function(body) for rule, body in tricks.IN_A_FUNCTION if rule != "mangled-name"
    ]
    sources += [source for _, _, source in tricks.FILES]
    for source in sources:
        try:
            table = symtable.symtable(source, "file", "exec")
        except SyntaxError:
            continue  # what parses need not compile
        assert locals_of(source) == locals_in(table), source


def locals_of(source):
    program = Program(ast.parse(source))
    found = []
    for node in program.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node, ast.Lambda) else node.body[0]
            name = getattr(node, "name", "lambda")
            found.append((name, node.lineno, sorted(program.scopes[body].bindings)))
    return sorted(found)


def locals_in(table):
    found, waiting = [], [table]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        if table.get_type() == "function" and not re.fullmatch(
            r"\w+comp|genexpr", table.get_name()
        ):
            names = [
                re.sub(r"^_[A-Za-z]\w*?(__\w+)$", r"\1", symbol.get_name())
                for symbol in table.get_symbols()
                if symbol.is_local()
            ]
            found.append((table.get_name(), table.get_lineno(), sorted(names)))
    return sorted(found)


NO_HOMES = ("os", "sys", "subprocess", "importlib", "pickle", "ctypes")


@pytest.mark.parametrize("module", sorted(allowed.MODULES - {"<builtins>"}))
def test_what_is_allowed_is_what_it_says(module):
    """It is there, and it is no module that is not listed itself."""
    found = importlib.import_module(module.replace(".pyplot.", "."))
    names, missing = set(allowed.known()[module]), []
    if module in allowed.CLASSES_OF:
        names |= {name for name in vars(found) if allowed.find(f"{module}.{name}").kind == "name"}
    for name in names:
        if not hasattr(found, name):
            missing.append(name)  # in another version; here an honest AttributeError
            continue
        value = getattr(found, name)
        is_module = isinstance(value, types.ModuleType)
        assert not is_module or f"{module}.{name}" in allowed.MODULES, name
        home = str(getattr(value, "__module__", None)).partition(".")[0]
        assert home == module or home not in NO_HOMES, name
    assert len(missing) <= len(names) / 5


@pytest.mark.parametrize(
    "path",
    """
    torch.load torch.save torch.hub torch.jit torch.ops torch.classes torch.library torch._C
    torch.compile torch.package torch.serialization torch.utils.cpp_extension torch.from_file
    torch.UntypedStorage torch.FloatStorage torch.ScriptModule torch.fork torch.get_device_module
    torch.nn.F torch.nn.ParameterDict torch.autograd.graph torch.cuda.memory torch.overrides
    numpy.load numpy.save numpy.lib numpy.testing numpy.memmap numpy.bmat numpy.r_ numpy.s_
    matplotlib.pyplot.np matplotlib.pyplot.imread matplotlib.ticker.StrMethodFormatter
    dataclasses.make_dataclass dataclasses.fields enum.Flag functools.singledispatch
    operator.methodcaller string.Formatter timeit.timeit typing.get_type_hints types.FunctionType
    os.system os.environ sys.modules sys._getframe builtins.eval rich.inspect rich.console.Console
    kata.expect kata.loading kata.calls contextlib.redirect_stdout copy.sys collections.UserDict
    """.split(),  # noqa: SIM905 - a table
)
def test_what_must_never_be_allowed_is_not(path):
    """Each has a way out of the exercise."""
    assert allowed.find(path).kind == "forbidden"


@pytest.mark.filterwarnings("ignore")  # about attributes that nobody should read
def test_no_module_or_frame_is_an_attribute_of_what_an_exercise_meets():
    """Attributes are allowed unless they are named: so look at those of everything there is."""
    import matplotlib.figure
    import numpy as np
    import torch
    from rich.progress import Progress
    from torch import nn

    def generator():
        yield 1

    ax = matplotlib.figure.Figure().subplots()
    ax.plot([1, 2], label="a")
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.LazyLinear(3))
    optimizer = torch.optim.Adam(nn.Linear(2, 2).parameters())
    data = torch.utils.data.TensorDataset(torch.ones(3))
    try:
        _ = torch.no_such_name
    except AttributeError as error:
        caught = error  # its .obj is the module
    met = {
        "tensor": torch.ones(2, requires_grad=True).sum(),
        "model": model,
        "layer": model[0],
        "loss": nn.CrossEntropyLoss(),
        "optimizer": optimizer,
        "schedule": torch.optim.lr_scheduler.StepLR(optimizer, 1),
        "loader": torch.utils.data.DataLoader(data, shuffle=True),
        "array": np.ones(2),
        "rng": np.random.default_rng(),
        "ax": ax,
        "legend": ax.legend(),
        "path": DAY_9.stub,
        "generator": generator(),
        "error": caught,
        "progress": Progress(),
        "function": generator,
        "Tensor": torch.Tensor,
        "Module": nn.Module,
        "stdout": sys.stdout,
        "logger": logging.getLogger("a.b"),
    }

    assert list(modules_within(met)) == []


def modules_within(met, depth=2):
    kept, seen = [], set()  # kept, so that no two share an id
    waiting = [(name, value, 0) for name, value in met.items()]
    while waiting:
        path, value, deep = waiting.pop()
        if isinstance(value, types.ModuleType | types.FrameType | types.CodeType):
            yield path
        elif (
            id(value) not in seen
            and not isinstance(value, str | bytes | int | float)
            and deep < depth
        ):
            seen.add(id(value))
            kept.append(value)
            for name in dir(value):
                if forbidden.attribute(name, own=frozenset(), day=14) is None:
                    try:
                        waiting.append((f"{path}.{name}", getattr(value, name), deep + 1))
                    except Exception:
                        continue  # a property that is not for this object


def test_the_policy_imports_nothing_slow():
    """The grader's parent process judges hundreds of files, and never computes."""
    program = "import sys, kata.grade.policy; print(*sys.modules)"

    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"torch", "numpy", "matplotlib", "rich", "pytest"} & set(found)


def test_it_is_quick():
    """About 10 ms for the longest solution; a slow machine may take ten times as long."""
    exercise = max(week(), key=lambda exercise: exercise.solution.stat().st_size)
    source = exercise.solution.read_text(encoding="utf-8")

    seconds = min(timeit.repeat(lambda: check(source, exercise), number=1, repeat=5))

    assert seconds < 0.1


def test_every_message_is_one_line_and_says_what_is_there():
    """They are read by learners."""
    for _, body in tricks.IN_A_FUNCTION:
        for refusal in check(in_a_function(body), DAY_9).refusals:
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.rule)
            assert 20 < len(refusal.message) < 250
            assert "\n" not in refusal.message
