"""Accidents, graded with all three layers on: each costs what it must, and no more."""

import re

import pytest

from kata import layout
from kata.grade import cohort
from kata.grade.results import DayResult
from kata.grade.sandbox import Layers, Limits, Server

TESTS = [
    "test_forward_by_hand_of_two_small_numbers",
    "test_forward_by_hand_of_any_batch[3]",
    "test_network_is_a_module_with_two_layers",
    "test_network_computes_what_forward_by_hand_does[3]",
    "test_predict_takes_any_batch[3]",
    "test_deep_net_has_one_layer_for_each_pair_of_sizes",
]
PREDICT = {"test_predict_takes_any_batch[3]"}
BY_HAND = {"test_forward_by_hand_of_two_small_numbers", "test_forward_by_hand_of_any_batch[3]"}
EVERY = set(TESTS)


@pytest.fixture(scope="module", autouse=True)
def few_tests(only):
    """Let a day have a few tests: an endless loop takes ten seconds in each that meets it."""
    with only(TESTS):
        yield


def passed(result):
    tests = () if result.problem else result.tests
    return {test.name for test in tests if test.status == "passed"}


def of(result, name):
    return next(test for test in result.tests if test.name.startswith(name))


# The body of predict(model, x), and what the learner reads of its test.
IN_ONE_FUNCTION = {
    "an endless loop": ("while True:\n    pass", "did not return within 10 s"),
    "a recursion without end": ("return predict(model, x)", "RecursionError|recursion"),
    "a tensor of 8 GiB": ("return torch.ones(2 * 2**30)", "memory"),
    "a file that grows and grows": (
        "with open('big', 'wb') as file:\n"
        "    for _ in range(100):\n        file.write(bytes(2**20))\n"
        "return model(x).argmax(1)",
        "policy|File too large",
    ),
    "a thousand threads": (
        "import threading, time\n"
        "for _ in range(1000):\n    threading.Thread(target=time.sleep, args=(5,)).start()\n"
        "return model(x).argmax(1)",
        "policy|thread",
    ),
    "a question to the user": ("return int(input('class? '))", "policy|input|stdin"),
    "a plot shown": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        r"plt.show\(\) was called|policy",
    ),
    "sys.exit in a function": ("import sys\nsys.exit(0)", "SystemExit|policy|exit"),
    "a result of another type": ("return model(x).argmax(1).tolist()", "list"),
    "a division by zero": ("return 1 / 0", "ZeroDivisionError|division by zero"),
    "a failure with half a character in it": ("raise ValueError('\\ud800')", "ValueError"),
}


@pytest.mark.parametrize("accident", IN_ONE_FUNCTION)
def test_an_accident_in_a_function_costs_the_tests_of_that_function(grade, solved, accident):
    body, message = IN_ONE_FUNCTION[accident]
    lines = "\n".join(f"    {line}" for line in body.splitlines())

    result = grade(solved(instead_of="predict", by=f"def predict(model, x):\n{lines}\n"))

    assert not result.problem
    assert passed(result) == EVERY - PREDICT
    assert re.search(message, of(result, "test_predict").message)


# Lines of predict before it returns what it must.
HARMLESS = {
    "a hundred thousand small tensors kept": (
        "global kept\nkept = [torch.zeros(1) for _ in range(100_000)]"
    ),
    "a hundred megabytes printed": "for _ in range(100):\n    print('x' * 2**20)",
    "another default dtype": "torch.set_default_dtype(torch.float64)",
    "gradients switched off": "torch.set_grad_enabled(False)",
    "another number of threads": "torch.set_num_threads(2)",
    "another default device": "torch.set_default_device('cpu')",
    "a seed set": "torch.manual_seed(0)",
    "a figure left open": "import matplotlib.pyplot as plt\nplt.figure()",
    "workflow commands printed": "print('\\n::notice::hello\\n::add-mask::a')",
}


@pytest.mark.parametrize("accident", HARMLESS)
def test_an_accident_that_changes_no_answer_costs_nothing_elsewhere(grade, solved, accident):
    lines = "\n".join(f"    {line}" for line in HARMLESS[accident].splitlines())
    by = f"def predict(model, x):\n    classes = model(x).argmax(1)\n{lines}\n    return classes\n"

    result = grade(solved(instead_of="predict", by=by))

    assert not result.problem
    assert passed(result) >= EVERY - PREDICT
    # What is refused, as some of these are, says so; everything else counts.
    assert passed(result) == EVERY or result.refusals


def test_an_endless_operation_inside_torch_costs_the_day_and_says_where(grade, solved):
    endless = "def predict(model, x):\n    return torch.ones(1).expand(10**14).sum()\n"

    result = grade(solved(instead_of="predict", by=endless), limits=Limits(wall=4))

    assert re.fullmatch(
        r"it was ended in test_predict_takes_any_batch\[3\]: more than 4 s", result.problem
    )
    assert result.points == 0
    assert of(result, "test_predict").status == "missing"


def test_memory_that_grows_without_end_is_stopped(grade, solved):
    growing = """
        def predict(model, x):
            kept = []
            for _ in range(3000):
                kept.append(torch.ones(2**18))
            return model(x).argmax(1)
        """
    limits = Limits(wall=30, memory=500 << 20)

    result = grade(solved(instead_of="predict", by=growing), limits=limits)

    assert not result.problem
    assert passed(result) == EVERY - PREDICT
    assert "memory" in of(result, "test_predict").message


def test_a_process_that_holds_too_much_memory_is_ended(grade, solved):
    holding = """
        def predict(model, x):
            kept = [torch.ones(2**18) for _ in range(500)]
            while kept:
                pass
        """
    limits = Limits(wall=30, resident=600 << 20)

    result = grade(solved(instead_of="predict", by=holding), limits=limits)

    assert re.search(r"it was ended in test_predict.*: more than 600 MiB of memory", result.problem)


def test_a_crash_in_c_costs_the_day_and_says_where(grade, solved):
    crash = "import ctypes\n\n\ndef predict(model, x):\n    ctypes.string_at(0)\n"

    result = grade(
        solved(instead_of="predict", by=crash), layers=Layers(policy=False, isolation=True)
    )

    assert result.problem == (
        "the process ended in test_predict_takes_any_batch[3] by signal 11, before the tests did"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def predict(:\n", "SyntaxError|invalid syntax|Python cannot"),
        ("", "has no `"),
        ("import sys\nsys.exit(0)\n", "exit|policy"),
        ("from numpy_of_mine import nothing\nnothing()\n", "numpy_of_mine|policy"),
        ("x = 1 / 0\n", "ZeroDivisionError|division by zero"),
        ("raise KeyboardInterrupt\n", ""),
        ("\0\0\0", "null bytes|policy"),
        ("# coding: utf-16\nimport torch\n", "policy|encoding"),
        ("(" * 5000 + ")" * 5000, "parenthes|policy|Python"),
        ("x = " + "-" * 50_000 + "1\n", "policy|recursion|nested|memory"),
        ("x = 1" + " + 1" * 45_000 + "\n", "policy|recursion|nested|memory"),
        ("x = 'a' * 10**6 * 10**6 * 10**6\n", "memory|Memory|Overflow"),
        ("x = " + "[" * 150 + "]" * 150 + "\n", "has no `|nested|policy"),
        ("x = 1\n" * 40_000, "policy|characters"),
    ],
    ids=[
        *("does not parse", "is empty", "ends itself", "imports what nobody has"),
        *("divides by zero", "is interrupted", "is binary", "names another encoding"),
        *("opens too many brackets", "negates too often", "adds too often", "is a bomb"),
        *("nests lists", "is too long"),
    ],
)
def test_a_file_that_cannot_be_run_gets_no_point_and_says_why(grade, source, message):
    result = grade(source)

    assert passed(result) == set()
    assert result.points == result.bonus == 0
    assert len(result.tests) == len(TESTS)
    words = f"{result.problem} {of(result, 'test_predict').message}"
    assert re.search(message, words)


def test_a_missing_file_gets_no_point_and_says_so(grade):
    job = cohort.Job("key", "day09", None, "the file is missing", 1, Limits(), Layers())

    result = DayResult.from_json(cohort.grade_day(job))

    assert {test.status for test in result.tests} == {"missing"}
    assert [refusal.rule for refusal in result.refusals] == ["file-not-taken"]
    assert result.maximum > 0
    assert result.points == 0


def test_processes_that_are_left_behind_are_ended(grade, solved):
    jobs = cohort.server().folder / "jobs"
    before = set(jobs.iterdir())  # of other tests, with files that cannot be removed
    spawning = """
        def predict(model, x):
            import os, time
            for _ in range(5):
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(30)
                    os._exit(0)
            return model(x).argmax(1)
        """

    result = grade(
        solved(instead_of="predict", by=spawning),
        layers=Layers(policy=False, isolation=False, ledger=True),
    )

    assert passed(result) == EVERY
    assert set(jobs.iterdir()) <= before


def test_a_day_is_graded_by_a_new_server_when_its_own_has_ended(grade):
    solution = layout.day("day09").solution.read_text(encoding="utf-8")
    grade(solution)
    first = cohort.server()
    first.process.kill()
    first.process.wait()

    result = grade(solution)

    assert passed(result) == EVERY
    assert cohort.server() is not first


def test_a_job_that_ends_its_server_twice_costs_its_day_and_nothing_else(grade, monkeypatch):
    solution = layout.day("day09").solution.read_text(encoding="utf-8")
    from kata.grade.sandbox import ServerError

    with monkeypatch.context() as patch:

        def ended(*arguments, **more):
            raise ServerError("the server ended with exit code -9")

        patch.setattr(Server, "run", ended)
        result = grade(solution)

    assert "the server ended with exit code -9, twice" in result.problem
    assert result.points == 0
    assert passed(grade(solution)) == EVERY
