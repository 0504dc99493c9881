"""The file you edit is the file you test: what `pytest exercises/day01` collects and prints."""

import xml.etree.ElementTree as ElementTree

import pytest

pytest_plugins = ["pytester"]

IDS = [
    "test_double_of_two",
    "test_double_of[3]",
    "test_double_of[5]",
    "TestCounter::test_counts_up",
    "test_given_half",
    "test_triple",
]


def ids(result):
    return [line for line in result.outlines if "::" in line]


def test_a_day_of_exercises_has_the_tests_of_its_day(project):
    result = project.pytest("exercises/day01", "--collect-only", "-q")

    assert ids(result) == [f"exercises/day01/counting.py::{name}" for name in IDS]


def test_the_same_tests_run_against_the_solution(project):
    result = project.pytest("solutions/day01")

    result.assert_outcomes(passed=6)


def test_both_run_in_one_process(project):
    result = project.pytest("exercises", "solutions")

    result.stdout.fnmatch_lines(["*6 passed, 1 skipped, 5 todo in*"])


def test_plain_pytest_means_the_exercises(project):
    result = project.pytest("--collect-only", "-q")

    assert ids(result) == [f"exercises/day01/counting.py::{name}" for name in IDS]


def test_the_test_explorer_of_an_editor_tests_the_exercises(project):
    project.solve(("return _times(2, x)", "return 7"))

    result = project.pytest("tests/day01")

    result.stdout.fnmatch_lines(["*3 failed, 3 passed in*"])


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("side", ["exercises", "solutions"])
def test_a_printed_id_can_be_pasted_back(project, side, name):
    result = project.pytest(f"{side}/day01/counting.py::{name}", "--collect-only", "-q")

    assert ids(result) == [f"{side}/day01/counting.py::{name}"]


@pytest.mark.parametrize("argument", ["exercises/day01/counting.py", "./exercises//day01/"])
def test_a_file_and_an_untidy_path_are_collected_once(project, argument):
    result = project.pytest(argument, "--collect-only", "-q")

    assert len(ids(result)) == len(IDS)


def test_inside_the_days_folder_everything_works_and_prints_the_short_id(project):
    folder = project.stub.parent

    todo = project.pytest(cwd=folder)
    one = project.pytest("counting.py::test_double_of[3]", cwd=folder)
    project.solve(("return _times(2, x)", "return 7"))
    failed = project.pytest("-x", cwd=folder)

    todo.stdout.fnmatch_lines(["TODO counting.py::test_double_of_two - line 11: double"])
    todo.stdout.fnmatch_lines(["Start at counting.py:11: double"])
    one.stdout.fnmatch_lines(["*1 todo in*"])
    failed.stdout.fnmatch_lines(["counting.py::test_double_of_two"])


def test_k_selects_and_x_stops_at_the_first(project):
    selected = project.pytest("exercises", "-k", "given")
    stopped = project.pytest("exercises", "-x")

    selected.stdout.fnmatch_lines(["*5 deselected, 1 todo in*"])
    stopped.stdout.fnmatch_lines(["*1 todo in*"])


def test_lf_runs_what_was_red(project):
    project.solve(("self.count += 1", "self.count += 2"))
    project.pytest("exercises")

    again = project.pytest("exercises", "--lf")

    again.stdout.fnmatch_lines(["*1 failed*"])
    assert "passed" not in again.stdout.str().splitlines()[-1]


def test_two_processes_say_what_one_says(project):
    result = project.pytest("exercises", "-n", "2")

    result.stdout.fnmatch_lines(["TODO exercises/day01/counting.py::test_double_of_two - line 11*"])
    result.stdout.fnmatch_lines(["*1 skipped, 5 todo in*"])


def test_doctests_run_on_solutions_only(project):
    solutions = project.pytest("solutions", "--doctest-modules")
    exercises = project.pytest("exercises", "--doctest-modules")

    solutions.assert_outcomes(passed=7)
    exercises.stdout.fnmatch_lines(["*1 skipped, 5 todo in*"])


def test_tests_in_a_learners_file_are_not_collected(project):
    project.solve(("# given", "def test_accuracy():\n    1 / 0\n\n\n# given"))

    result = project.pytest("exercises/day01/counting.py", "--collect-only", "-q")

    assert len(ids(result)) == len(IDS)


def test_the_seed_is_in_the_header(project):
    result = project.pytest("exercises", "--seed", "7")

    result.stdout.fnmatch_lines(["inputs drawn from: --seed 7"])


def test_the_report_for_machines_has_todos_as_failures(project):
    result = project.pytest("exercises", "--junitxml", "report.xml")

    cases = ElementTree.parse(project.root / "report.xml").findall(".//testcase")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert sum(case.find("failure") is not None for case in cases) == 5
    assert cases[0].find(".//property[@name='todo']").get("value") == "double"


def test_a_stretch_goal_waits_until_it_is_started(project):
    waiting = project.pytest("exercises", "-rs")
    project.stub.write_text(
        project.stub.read_text().replace(
            'raise NotImplementedError("day 1: triple")', "return x + x"
        )
    )
    started = project.pytest("exercises")

    waiting.stdout.fnmatch_lines(["*stretch goal, not started"])
    started.stdout.fnmatch_lines(["*1 failed, 5 todo in*"])


def test_a_stretch_goal_whose_name_is_gone_counts(project):
    project.solve(("def triple", "def tripple"))

    result = project.pytest("exercises", "-k", "triple")

    result.stdout.fnmatch_lines(["*counting.py has no `triple`", "*1 failed*"])
