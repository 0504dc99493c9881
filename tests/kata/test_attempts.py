"""Attempts: put into the solution as a learner would have written them, and judged."""

import io
import textwrap

import pytest
from rich.console import Console

from kata import attempts, layout, trial, warm
from kata.attempt_source import AttemptsFile
from kata.attempts import Attempt, Verdict
from kata.trial import Result


@pytest.fixture(autouse=True)
def every_test_is_asked(monkeypatch):
    """The attempts here are at days that do not exist: no solution says which tests to run."""
    monkeypatch.setattr(trial, "tests_of", lambda exercise, name: frozenset())
    monkeypatch.setattr(trial, "slow_tests", lambda exercise: frozenset())


pytest_plugins = ["pytester"]

SOLUTION = '''"""Counting."""

import math

FACTOR = 2


def double(x):
    return FACTOR * x


@final
class Counter(Base):
    """Count."""

    def up(self):
        return 1

    @staticmethod
    def down():
        return -1


def triple(x):
    return 3 * x
'''


def rendered(source):
    """Return the one attempt of an attempts.py as a whole file."""
    file = AttemptsFile(textwrap.dedent(source))
    [(node, target, _)] = file.marked()
    return file.put_into(SOLUTION, node, target)


def replaced(source):
    """Return what stands in the rendered file that is not in the solution."""
    lines = SOLUTION.splitlines()
    return "\n".join(line for line in rendered(source).splitlines() if line not in lines)


# ---- rendering


def test_a_function_takes_the_place_of_the_solutions():
    text = rendered("""
        @wrong("double", mistake="squared")
        def the_square(x):
            return x ** 2
    """)

    assert text == SOLUTION.replace("return FACTOR * x", "return x ** 2")


def test_a_method_is_replaced_alone_with_its_decorators():
    text = rendered("""
        @right("Counter.down")
        @staticmethod
        def otherwise():
            if True:

                return -1
    """)

    assert text == SOLUTION.replace(
        "        return -1\n", "        if True:\n\n            return -1\n"
    )


def test_a_class_may_use_its_own_name():
    text = rendered("""
        @right("Counter")
        class WithMemory(Base):
            made = 0

            def up(self):
                super(WithMemory, self).up()
                WithMemory.made += 1
                return [WithMemory() for _ in "WithMemory"][0], "für WithMemory", WithMemory
    """)

    assert "WithMemory" not in text.replace('"WithMemory"', "").replace('"für WithMemory"', "")
    assert "super(Counter, self).up()" in text
    assert 'return [Counter() for _ in "WithMemory"][0], "für WithMemory", Counter' in text
    assert "@final" not in text
    compile(text, "counting.py", "exec")


def test_an_attempt_may_have_the_name_of_a_method_that_it_calls():
    own = replaced("""
        @wrong("double", mistake="mean")
        def mean(x):
            return x.mean(mean=mean(x - 1))
    """)

    assert own == "    return x.mean(mean=double(x - 1))"


def test_an_attempt_may_have_the_name_of_its_parameter():
    own = replaced("""
        @wrong("double", mistake="as-it-is")
        def x(x):
            return x
    """)

    assert own == "    return x"


@pytest.mark.parametrize("first", [True, False])
def test_other_decorators_stay_wherever_the_mark_stands(first):
    mark, others = '@right("double")\n', "@cached(\n    size=3,\n)\n@noted\n"
    source = (mark + others if first else others + mark) + "def f(x):\n    return 2 * x\n"

    text = rendered(source)

    assert f"\n{others}def double(x):\n    return 2 * x\n" in text
    assert "@right" not in text


def test_helpers_come_along_with_what_they_use_in_their_order():
    text = rendered("""
        WIDTH: int = 3
        LIMITS = LOW, HIGH = 0, 1
        NEVER = 7

        def outer(x):
            return inner(x)

        def inner(x):
            global count
            count += 1
            return x + WIDTH + HIGH

        count = 0

        def never(x):
            return NEVER

        @right("double")
        def by_others(x):
            return outer(x)

        class Unused:
            pass
    """)

    names = ["WIDTH: int = 3", "LIMITS = ", "def outer", "def inner", "count = 0", "def double"]
    places = [text.index(name) for name in names]
    assert places == sorted(places)
    assert "never" not in text.lower()
    assert "Unused" not in text
    compile(text, "counting.py", "exec")


def test_helpers_of_a_method_stand_before_its_class():
    text = rendered("""
        def one():
            return 1

        @right("Counter.up")
        def by_one(self):
            return one()
    """)

    assert text.index("def one") < text.index("@final\nclass Counter")
    assert "    def up(self):\n        return one()\n" in text


def test_other_attempts_do_not_come_along():
    file = AttemptsFile(
        '@right("triple")\ndef triple(x):\n    return 3 * x\n\n\n'
        '@right("double")\ndef by_triple(x):\n    return triple(x) - x\n'
    )
    [_, (node, target, _)] = file.marked()

    text = file.put_into(SOLUTION, node, target)

    assert text.count("def triple") == 1


def test_imports_come_along_except_for_the_marks():
    text = rendered("""
        from __future__ import annotations

        import numpy as np
        from torch import nn

        from kata.attempts import right, wrong

        @right("double")
        def by_numpy(x):
            return np.add(x, x)
    """)

    assert "import numpy as np\nfrom torch import nn\n" in text
    assert "kata.attempts" not in text
    assert "__future__" not in text


def test_a_target_that_does_not_exist_is_an_error():
    for target in ("duoble", "Counter.upp", "double.x"):
        with pytest.raises(LookupError, match=rf"line 3: the solution has no {target} \(f\)"):
            rendered(f'\n@right("{target}")\ndef f(x):\n    return x\n')


@pytest.mark.parametrize(
    "mark",
    [
        '@wrong("double")',
        '@wrong("double", "squared")',
        '@wrong(target="double", mistake="squared")',
        '@right("double", mistake="squared")',
        "@right(double)",
        "@right",
    ],
)
def test_a_mark_that_cannot_be_read_is_an_error(mark):
    with pytest.raises(ValueError, match="line 1: write @wrong"):
        rendered(f"{mark}\ndef f(x):\n    return x\n")


def test_the_marks_do_nothing_to_a_file_that_is_run():
    def f():
        return 1

    assert attempts.wrong("f", mistake="one")(f) is f
    assert attempts.right("f")(f) is f


# ---- the verdict

RIGHT = Attempt(layout.Exercise(1, "counting"), "double", "by_addition", None, "")
WRONG = Attempt(layout.Exercise(1, "counting"), "double", "the_square", "squared", "")


@pytest.mark.parametrize(
    ("attempt", "failed", "mistakes", "problem"),
    [
        (RIGHT, {}, {}, ""),
        (RIGHT, {"test_two": "text"}, {}, "refused by test_two"),
        (RIGHT, {"test_two": "text"}, {"test_two": "squared"}, "refused by test_two"),
        (WRONG, {"test_two": ""}, {"test_two": "squared"}, ""),
        (WRONG, {"test_two": "", "test_three": ""}, {"test_three": "squared"}, ""),
        (WRONG, {}, {}, "not caught"),
        (WRONG, {"test_two": ""}, {}, "caught but not named"),
        (WRONG, {"test_two": ""}, {"test_two": "halved"}, "named halved"),
        (
            WRONG,
            {"test_two": "", "test_three": ""},
            {"test_two": "squared", "test_three": "halved"},
            "named halved",
        ),
    ],
)
def test_an_attempt_is_judged_by_what_failed_and_what_was_named(attempt, failed, mistakes, problem):
    verdict = Verdict(attempt, failed, mistakes)

    verdict.judge()

    assert verdict.problem == problem


def result(test, outcome, mistake=None):
    return Result(test, outcome, mistake, f"{test} says", False, "call", 0.01)


def test_a_check_collects_what_failed(monkeypatch):
    results = [
        result("test_one", "passed"),
        result("test_two", "failed", "squared"),
        result("test_three", "todo"),
        result("test_four", "skipped"),
    ]
    monkeypatch.setattr(trial, "run", lambda *args, **options: results)

    verdict = attempts.check(WRONG)

    assert verdict.failed == {"test_two": "test_two says", "test_three": "test_three says"}
    assert verdict.mistakes == {"test_two": "squared"}
    assert not verdict.problem


def test_a_crash_is_a_problem_of_a_right_and_of_a_wrong_attempt(monkeypatch):
    def crash(*args, **options):
        raise warm.Crashed("the process ended with exit code -11")

    monkeypatch.setattr(trial, "run", crash)

    for attempt in (RIGHT, WRONG):
        assert attempts.check(attempt).problem == "the process ended with exit code -11"


# ---- the table


@pytest.fixture
def say(tmp_path, monkeypatch):
    """Return a function that writes attempts.py and returns the report on it."""
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    exercise = layout.Exercise(1, "counting")
    for path in (exercise.solution, exercise.attempts):
        path.parent.mkdir(parents=True)
    exercise.solution.write_text(SOLUTION, encoding="utf-8")

    def report(source, results, **options):
        out = io.StringIO()
        exercise.attempts.write_text(textwrap.dedent(source), encoding="utf-8")
        monkeypatch.setattr("rich.console.Console", lambda: Console(file=out, width=120))
        monkeypatch.setattr(trial, "run", lambda *args, **options: results)
        return attempts.report([exercise], **options), out.getvalue()

    return report


TWO = """
    @right("double")
    def by_addition(x):
        return x + x

    @wrong("double", mistake="squared")
    def the_square(x):
        return x ** 2
"""


def test_the_table_has_a_row_for_each_attempt_and_counts_the_problems(say):
    results = [result("test_double[training]", "failed", "squared"), result("test_b", "failed")]

    problems, text = say(TWO, results)

    assert problems == 1
    assert "double: by_addition" in text
    assert "refused by test_double[training]" in text
    assert "test_double[training] (+1)" in text
    assert text.endswith("1 wrong, 1 right, 1 not told apart\n")
    assert "says" not in text


def test_verbose_shows_what_the_learner_would_read(say):
    _, text = say(TWO, [result("test_double", "failed", "squared")], verbose=True)

    assert "double: by_addition (right)" in text
    assert "test_double says" in text


def test_a_file_that_cannot_be_read_is_said_so_and_is_no_success(say):
    problems, text = say('@right("duoble")\ndef f(x):\n    return x\n', [])

    assert problems == 1
    assert text == "tests/day01/attempts.py, line 2: the solution has no duoble (f)\n"


def test_a_day_without_attempts_has_none(say, tmp_path):
    assert list(attempts.attempts_of(layout.Exercise(2, "other"))) == []


@pytest.mark.timeout(120)
def test_the_command_runs_them_all(project):
    (project.tests.parent / "attempts.py").write_text(
        textwrap.dedent("""
        from kata.attempts import right, wrong

        @right("double")
        def by_addition(x):
            return x + x

        @wrong("double", mistake="name-not-defined")
        def misspelled(x):
            return 2 * y

        @right("double")
        def crashes(x):
            import os
            os._exit(3)

        @right("half")
        def not_quite(x):
            return x / 2 + 1
        """)
    )

    table = project.kata("attempts", "1")

    assert table.ret == 1
    text = " ".join(table.stdout.str().split())
    assert "the process" in text
    assert "1 wrong, 3 right, 2 not told apart" in text
