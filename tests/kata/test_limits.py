"""What every test starts from, and what happens when a learner's code does not return."""

import time

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.timeout(60)


def limited(project, seconds=1):
    text = (project.root / "pyproject.toml").read_text()
    assert 'timeout = "10"' in text
    text = text.replace('timeout = "10"', f'timeout = "{seconds}"')
    (project.root / "pyproject.toml").write_text(text)
    return project


SWALLOWS_EVERYTHING = """while True:
        try:
            while True:
                x += 1
        except:
            pass"""


def test_an_endless_loop_is_stopped_and_named(project):
    limited(project).solve(("return _times(2, x)", "while True:\n        pass"))

    result = project.pytest("exercises")

    result.stdout.fnmatch_lines(
        [
            "  double(x=2) did not return within 1 s",
            "  It was stopped in exercises/day01/counting.py:1?, double. *",
            "*4 failed, 2 passed in*",
        ]
    )


def test_an_endless_loop_that_catches_exceptions_is_stopped_all_the_same(project):
    loop = (
        "while True:\n        try:\n            x += 1\n        except Exception:\n            pass"
    )
    limited(project).solve(("return _times(2, x)", loop))

    result = project.pytest("exercises", "-k", "two")

    result.stdout.fnmatch_lines(["  double(x=2) did not return within 1 s", "*1 failed*"])


def test_a_loop_that_swallows_every_exception_ends_the_run_and_is_named(project):
    limited(project).solve(("return _times(2, x)", SWALLOWS_EVERYTHING))

    start = time.monotonic()
    result = project.pytest("exercises", "-k", "two")

    assert time.monotonic() - start < 9
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stderr.fnmatch_lines(
        [
            "double did not return within 1 s",
            "  exercises/day01/counting.py:1[3-8], double",
            "It could not be interrupted: *",
        ]
    )


def test_a_hang_inside_c_that_holds_the_interpreter_is_ended_and_named(project):
    """Nothing written in Python can run then: faulthandler ends the process from C."""
    hang = "import itertools\n    return all(itertools.repeat(1))"
    limited(project).solve(("return _times(2, x)", hang))

    start = time.monotonic()
    result = project.pytest("exercises", "-k", "two")

    assert time.monotonic() - start < 12
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stderr.fnmatch_lines(['*counting.py", line 14 in double'])


def test_a_hang_inside_torch_is_ended_and_named(project):
    hang = (
        "import torch\n    x = torch.ones(3000, 3000)\n"
        "    for _ in range(3):\n        torch.linalg.matrix_power(x, 2**62)\n    return 4"
    )
    limited(project).solve(("return _times(2, x)", hang))

    result = project.pytest("exercises", "-k", "two")

    said = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "did not return within 1 s" in said
    assert "double" in said


def test_a_file_that_never_finishes_loading_costs_one_timeout_not_six(project):
    limited(project).stub.write_text("while True:\n    pass\n")

    start = time.monotonic()
    result = project.pytest("exercises")

    assert time.monotonic() - start < 5
    result.stdout.fnmatch_lines(["*did not return within 1 s", "*6 failed*"])


def test_a_debugger_is_not_interrupted(project):
    limited(project).solve(
        ("return _times(2, x)", "import time\n    time.sleep(1.3)\n    return 2 * x")
    )
    # An editor's debugger is recognised by the module of its trace function.
    trace = "import sys\n\n\ndef trace(*a):\n    return None\n\n\nsys.settrace(trace)\n"
    (project.root / "pydevd.py").write_text(trace)

    alone = project.pytest("exercises", "-k", "two")
    debugged = project.pytest("exercises", "-k", "two", "-p", "pydevd")

    alone.assert_outcomes(failed=1, deselected=5)
    debugged.assert_outcomes(passed=1, deselected=5)


LEAVES_A_MESS = """import random, torch
    import matplotlib.pyplot as plt
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)
    torch.set_default_device("meta")
    torch.manual_seed(1)
    random.seed(1)
    plt.figure()
    return 2 * x"""

LOOKS_AROUND = '''"""Day 1."""

import random

import matplotlib.pyplot as plt
import pytest
import torch


@pytest.mark.parametrize("turn", [1, 2])
def test_what_it_starts_from(exercise, turn):
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert torch.get_num_threads() == 1
    assert torch.zeros(1).device.type == "cpu"
    assert plt.get_fignums() == []
    assert plt.get_backend() == "module://kata.backend"
    print("drew", turn, torch.rand(1).item(), random.random())
    assert exercise.double(2) == 4
'''


def drawn(result):
    return [line for line in result.outlines if line.startswith("drew")]


def test_each_test_starts_from_the_defaults_and_its_own_seed(project):
    project.solve(("return _times(2, x)", LEAVES_A_MESS))
    project.tests.write_text(LOOKS_AROUND)

    both = project.pytest("exercises", "-rP")
    second = project.pytest("exercises", "-rP", "-k", "2")
    other_seed = project.pytest("exercises", "-rP", "--seed", "1")

    both.assert_outcomes(passed=2)
    assert len(set(drawn(both))) == 2
    assert drawn(second) == drawn(both)[1:]
    assert not set(drawn(other_seed)) & set(drawn(both))


@pytest.mark.parametrize("show", ["plt.show()", "plt.figure().show()"])
def test_a_window_is_refused_with_a_sentence(project, show):
    body = f"import matplotlib.pyplot as plt\n    plt.figure()\n    {show}\n    return 2 * x"
    project.solve(("return _times(2, x)", body))

    result = project.pytest("exercises", "-k", "two")

    result.stdout.fnmatch_lines(["  plt.show() was called", "*shows-window?"])
