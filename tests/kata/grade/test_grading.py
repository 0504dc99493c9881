"""Honest forks get exactly what they deserve."""

import pytest

from kata import layout, stubs

DAYS = [exercise.folder for exercise in layout.week()]


@pytest.mark.parametrize("day", DAYS)
def test_a_solution_gets_every_point(grade, day):
    result = grade(layout.day(day).solution.read_text(encoding="utf-8"), day)

    assert not result.problem
    assert not result.refusals
    assert [test.name for test in result.tests if test.status != "passed"] == []


@pytest.mark.parametrize("day", DAYS)
def test_an_untouched_stub_gets_none_and_is_told_what_to_do(grade, day):
    result = grade(stubs.expected(layout.day(day)), day)

    assert not result.problem
    assert not result.refusals
    assert result.points == result.bonus == 0
    assert {test.status for test in result.tests if test.kind == "core"} == {"todo"}


def test_the_same_submission_and_seed_give_the_same_result(grade):
    source = layout.day("day11").solution.read_text(encoding="utf-8").replace("2", "3", 1)

    first, second = (grade(source, "day11") for _ in range(2))

    assert first.tests == second.tests
