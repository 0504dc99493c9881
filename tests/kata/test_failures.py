"""How red reads: what a learner is told, for every kind of file that can go wrong."""

import os

import pytest

pytest_plugins = ["pytester"]

UNTOUCHED = "*1 skipped, 5 todo in*"


def lines(result, *patterns):
    result.stdout.fnmatch_lines(list(patterns))


def test_a_todo_is_one_line_with_file_and_line_and_no_traceback(project):
    result = project.pytest("exercises")

    lines(result, "TODO exercises/day01/counting.py::test_double_of_two - line 11: double")
    lines(result, UNTOUCHED)
    result.stdout.no_fnmatch_line("*FAILURES*")
    result.stdout.no_fnmatch_line("*NotImplementedError*")


def test_another_not_implemented_error_is_a_failure(project):
    project.solve(("return _times(2, x)", "raise NotImplementedError('later')"))

    result = project.pytest("exercises", "-k", "two")

    lines(result, "  double(x=2) raised NotImplementedError: later", "*1 failed*")


def test_only_the_learners_own_frames_are_shown(project):
    project.solve(("return floor(n * x)", "return floor(str(x))"))

    result = project.pytest("exercises", "-k", "two")

    lines(
        result,
        "exercises/day01/counting.py::test_double_of_two",
        "  double(x=2) raised TypeError: must be real number, not str",
        "  exercises/day01/counting.py:13, double",
        "      return _times(2, x)",
        "  exercises/day01/counting.py:17, _times",
        "      return floor(str(x))",
        "  the test: tests/day01/test_counting.py:12",
    )
    assert "in test_double_of_two" not in result.stdout.str()


def test_what_the_learner_prints_is_shown(project):
    project.solve(("return _times(2, x)", 'print("here", x)\n    return 7'))

    result = project.pytest("exercises", "-k", "two")

    lines(result, "*Captured stdout call*", "here 2")


def test_a_plain_assert_of_a_test_is_explained_by_the_last_call(project):
    project.solve(("return _times(2, x)", "return 7"))

    result = project.pytest("exercises", "-k", "two")

    lines(result, "  assert 7 == (2 * 2)", "  The last call was double(x=2): it returned 7.")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "*counting.py has no `double`"),
        (b"def double(x)\n    return 2\n", "*counting.py is not valid Python: expected ':'"),
        (b"x = 1\n\xff\xfe = 2\n", "*counting.py is not UTF-8 text: byte 0xff in line 2"),
        (b"import torchvison\n", "*Did you mean `torchvision`?*"),
        (b"import numppy\nx = 1\n", "*cannot be imported: ModuleNotFoundError*"),
        (b"nn.Linear\n", "*Add `from torch import nn` at the top of the file.*"),
        (b"1 / 0\n", "*cannot be imported: ZeroDivisionError: division by zero"),
        (b"import sys\nsys.exit()\n", "*Take exit() out*"),
        (b"x = input()\n", "*Take input() out*"),
        (b"\x00\x01\x02", "*counting.py is not a text file: it holds null bytes"),
        (b"def double(x):\n\treturn 1\n        return 2\n", "*counting.py is not valid Python*"),
    ],
    ids=str,
)
def test_a_file_that_does_not_parse_or_import_turns_its_own_tests_red(project, content, expected):
    project.stub.write_bytes(content)

    result = project.pytest("exercises", "solutions")

    lines(result, expected, "*6 failed, 6 passed in*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_line_of_a_syntax_error_is_quoted(project):
    project.stub.write_text("def double(x):\n    return (2 * x\n")

    result = project.pytest("exercises", "-k", "two")

    lines(result, "  counting.py is not valid Python: '(' was never closed")
    lines(result, "  exercises/day01/counting.py:2")
    lines(result, "          return (2 * x", "                 ^")


def test_a_deleted_file_says_how_to_get_it_back(project):
    project.stub.unlink()

    folder = project.pytest("exercises/day01")
    file = project.pytest("exercises/day01/counting.py")

    lines(folder, "*exercises/day01/counting.py is missing*", "*git checkout -- *", "*6 failed*")
    file.stderr.fnmatch_lines(["ERROR: exercises/day01/counting.py is missing*git checkout*"])
    assert file.ret == pytest.ExitCode.USAGE_ERROR


def test_a_deleted_folder_is_still_expected(project):
    project.stub.unlink()
    project.stub.parent.rename(project.root / "elsewhere")

    result = project.pytest("exercises")

    lines(result, "*exercises/day01/counting.py is missing*", "*6 failed*")


def test_a_renamed_file_is_missed_under_its_name(project):
    project.stub.rename(project.stub.with_name("counter.py"))

    result = project.pytest("exercises/day01")

    lines(result, "*exercises/day01/counting.py is missing*", "*6 failed*")


def test_a_folder_in_place_of_the_file_is_said_so(project):
    project.stub.unlink()
    project.stub.mkdir()

    result = project.pytest("exercises/day01")

    lines(result, "*exercises/day01/counting.py cannot be read: Is a directory*", "*6 failed*")


def test_a_day_that_does_not_exist_lists_the_days(project):
    result = project.pytest("exercises/day99")

    result.stderr.fnmatch_lines(
        ["ERROR: there is no exercises/day99; the days are day01 (counting)"]
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_misspelled_name_is_recognised(project):
    project.solve(("def double(", "def duoble("))

    result = project.pytest("exercises", "-k", "two")

    lines(result, "  counting.py has no `double`", "  There is a `duoble`: is it misspelled?*")


def test_a_class_turned_into_a_function_is_no_crash(project):
    project.solve(
        ("class Counter:", "def Counter():"),
        ("    def __init__(self) -> None:\n", "    if True:\n"),
        ("        self.count = 0\n", "        pass\n"),
    )

    result = project.pytest("exercises", "-k", "Counter")

    lines(result, "*`Counter` in counting.py is a function, expected a class", "*1 failed*")


def test_the_second_of_two_saves_in_one_second_is_what_runs(project):
    """Python would trust the compiled copy of the first: same size, same second."""
    project.solve(("return _times(2, x)", "return 1 * x + x"))
    times = (project.stub.stat().st_atime_ns, project.stub.stat().st_mtime_ns)
    green = project.pytest("exercises", "-k", "two")
    project.solve(("return _times(2, x)", "return 3 * x + x"))
    os.utime(project.stub, ns=times)

    red = project.pytest("exercises", "-k", "two")

    green.assert_outcomes(passed=1, deselected=5)
    red.assert_outcomes(failed=1, deselected=5)
    assert not (project.stub.parent / "__pycache__").exists()


def test_what_a_learner_imports_from_the_project_cannot_be_stale_either(project):
    project.pytest("solutions", "--doctest-modules")

    assert not (project.solution.parent / "__pycache__").exists()
