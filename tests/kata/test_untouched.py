"""Every core test of an untouched stub is red for the declared reason: it is still to do."""

import pytest

from kata import layout, stubs, trial


@pytest.mark.parametrize("exercise", layout.week(), ids=lambda exercise: exercise.folder)
def test_every_core_test_of_an_untouched_stub_is_todo(exercise):
    results = trial.run(exercise, stubs.expected(exercise))

    core = [result for result in results if not result.stretch]
    assert core
    assert {(result.test, result.outcome, result.when) for result in core} == {
        (result.test, "todo", "call") for result in core
    }
    assert {result.outcome for result in results if result.stretch} <= {"skipped"}
