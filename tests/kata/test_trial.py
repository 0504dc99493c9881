"""Trying a source text against a day's tests, in a process of its own."""

import contextlib
import tempfile

import pytest

from kata import layout, stubs, trial, warm

DAY = layout.day("day09")
SOLUTION = DAY.solution.read_text(encoding="utf-8")


def test_the_solution_passes():
    results = trial.run(DAY, SOLUTION)

    assert {result.outcome for result in results} == {"passed"}


@pytest.mark.parametrize("source", [SOLUTION, "import os\nos._exit(3)\n"], ids=["passes", "dies"])
def test_no_folder_is_left_behind(tmp_path, monkeypatch, source):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    bench = trial.Bench(DAY)

    with contextlib.suppress(warm.Crashed):
        bench.run(trial.Task(source), seconds=60)
    used = list(tmp_path.iterdir())
    bench.end()

    assert len(used) == 1
    assert list(tmp_path.iterdir()) == []


def test_only_the_tests_asked_for_are_run():
    results = trial.run(DAY, SOLUTION, only=frozenset({"test_predict_builds_no_graph"}))

    assert [result.test for result in results] == ["test_predict_builds_no_graph"]


def test_it_stops_at_the_first_failure_when_asked_to():
    results = trial.run(DAY, stubs.expected(DAY), stop_at_first=True)

    assert [result.outcome for result in results] == ["todo"]


def test_a_process_that_dies_is_a_crash():
    with pytest.raises(warm.Crashed, match="exit code 3"):
        trial.run(DAY, "import os\nos._exit(3)\n")


def test_the_tests_of_a_name_are_those_that_run_it():
    predict = trial.tests_of(DAY, "predict")
    everything = {result.test for result in trial.run(DAY, SOLUTION)}

    assert predict
    assert all("predict" in name for name in predict)
    assert (
        predict
        | trial.tests_of(DAY, "DeepNet")
        | trial.tests_of(DAY, "forward_by_hand")
        | trial.tests_of(DAY, "OneHiddenLayerNet")
        == everything
    )


def test_a_name_that_another_function_calls_has_its_tests_too():
    day = layout.day("day10")

    names = trial.tests_of(day, "log_softmax")

    assert any("cross_entropy" in name for name in names)


def test_a_loader_may_have_workers():
    day = layout.day("day12")
    source = day.solution.read_text(encoding="utf-8")
    with_workers = source.replace("shuffle=True)", "shuffle=True, num_workers=1)")
    assert with_workers != source
    test = "test_fit_trains_on_each_sample_once_an_epoch"

    (result,) = trial.run(day, with_workers, only=frozenset({test}))

    assert result.outcome == "passed", result.text
