"""Where everything is: days by name, number and path, whatever is missing or in the way."""

import pytest

from kata import layout
from kata.layout import ROOT, Exercise

NETWORK = Exercise(9, "network")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with days 1, 9 and 10, without a single exercise file."""
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    for day, topic in [("day10", "losses"), ("day01", "counting"), ("day09", "network")]:
        path = tmp_path / "tests" / day / f"test_{topic}.py"
        path.parent.mkdir(parents=True)
        path.touch()
    (tmp_path / "tests" / "day09" / "attempts.py").touch()
    return tmp_path


def test_an_exercise_knows_its_files():
    paths = {
        name: getattr(NETWORK, name).relative_to(ROOT).as_posix()
        for name in ("stub", "solution", "tests", "attempts", "page", "answer")
    }

    assert paths == {
        "stub": "exercises/day09/network.py",
        "solution": "solutions/day09/network.py",
        "tests": "tests/day09/test_network.py",
        "attempts": "tests/day09/attempts.py",
        "page": "exercises/day09/README.md",
        "answer": "exercises/day09/answer.md",
    }
    assert NETWORK.tests_module == "tests.day09.test_network"


def test_the_days_of_this_project_have_their_files():
    week = layout.week()

    assert NETWORK in week
    assert [exercise.day for exercise in week] == sorted({exercise.day for exercise in week})
    for exercise in week:
        assert exercise.solution.is_file()
        assert exercise.tests.is_file()


def test_the_week_is_what_has_tests_in_the_order_of_the_days(root):
    assert layout.week() == [Exercise(1, "counting"), NETWORK, Exercise(10, "losses")]


@pytest.mark.parametrize(
    "stray",
    [
        "tests/day9/test_short.py",
        "tests/day111/test_long.py",
        "tests/kata/test_layout.py",
        "tests/day09/helpers.py",
        "tests/day09/.test_network.py.swp",
        "tests/day12/README.md",
    ],
)
def test_what_only_looks_like_a_day_is_none(root, stray):
    path = root / stray
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()

    assert len(layout.week()) == 3


@pytest.mark.parametrize(
    "text",
    [
        "9",
        "09",
        "day9",
        "day09",
        "network",
        "network.py",
        "exercises/day09",
        "exercises/day09/",
        "exercises/day09/network.py",
        "./solutions/day09/network.py",
        "/somewhere/else/day09",
    ],
)
def test_a_day_is_found_by_any_of_its_names(root, text):
    assert layout.day(text) == NETWORK


@pytest.mark.parametrize("text", ["99", "day99", "net", "", ".", "day", "0", "9.5", "test_network"])
def test_a_day_that_does_not_exist_is_an_error_that_lists_them(root, text):
    with pytest.raises(LookupError) as raised:
        layout.day(text)

    assert str(raised.value) == (
        f"there is no exercise {text!r}; "
        "the days are day01 (counting), day09 (network), day10 (losses)"
    )


def test_a_file_belongs_to_its_exercise_whether_it_exists_or_not(root):
    for path in (NETWORK.stub, NETWORK.solution, NETWORK.tests):
        assert layout.owner(path) == NETWORK


@pytest.mark.parametrize(
    "path",
    [
        "exercises/day09/README.md",
        "exercises/day09/losses.py",
        "exercises/day10/network.py",
        "exercises/network.py",
        "other/day09/network.py",
        "tests/day09/network.py",
        "tests/day09/attempts.py",
        "exercises/day09/deeper/network.py",
        "network.py",
    ],
)
def test_other_files_belong_to_no_exercise(root, path):
    assert layout.owner(root / path) is None


def test_a_file_of_another_project_belongs_to_no_exercise(root):
    assert layout.owner(root / "copy" / "exercises" / "day09" / "network.py") is None


def test_a_folder_holds_the_exercises_of_its_day(root):
    assert layout.in_folder(root / "exercises" / "day09") == [NETWORK]
    assert layout.in_folder(root / "solutions" / "day09") == [NETWORK]
    assert layout.in_folder(root / "exercises" / "day11") == []
    assert layout.in_folder(root / "plots" / "day09") == []
    assert layout.in_folder(root) == []


def test_paths_are_shown_as_they_would_be_typed_here(root, monkeypatch, tmp_path_factory):
    stub = root / "exercises" / "day09" / "network.py"
    stub.parent.mkdir(parents=True)

    assert layout.shown(stub) == "exercises/day09/network.py"
    monkeypatch.chdir(stub.parent)
    assert layout.shown(stub) == "network.py"
    assert layout.shown(root / "tests" / "day09") == "../../tests/day09"
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert layout.shown(stub) == str(stub)


def test_days_in_words_name_every_day(root):
    assert layout.days_in_words() == (
        "the days are day01 (counting), day09 (network), day10 (losses)"
    )
