"""The class at a glance: what most of it got wrong, and where everybody stands."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from kata.grade.mistakes import class_table, commonest, in_words
from kata.grade.results import DayResult, Graded, Student, TestResult
from tests.kata.grade.graded_class import HOSTILE, a_class, a_day, a_submission


def graded(name, *mistakes, day="day09", status="failed", problem=""):
    """Return a submission in which a test of the day fails for each of the mistakes."""
    tests = tuple(
        TestResult(f"test_{number}", "core", status, mistake)
        for number, mistake in enumerate(mistakes)
    )
    return Graded(Student(name, name), "", (DayResult(day, tests, problem=problem),))


def shown(table, width=200):
    """Return what a terminal would be sent."""
    console = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    console.print(table)
    return console.file.getvalue()


def test_a_student_counts_once_for_a_mistake_of_a_day():
    """Not once a test: three tests that fail for one reason are one student."""
    found = commonest([graded("a", "sum", "sum", "sum"), graded("b", "sum"), graded("c")])

    assert [str(common) for common in found] == ["day09, sum: 2 of 3"]


def test_the_commonest_come_first_within_each_day():
    """By day, then by how many made it, then by name."""
    found = commonest(
        [
            graded("a", "rare", "often"),
            graded("b", "often", "also-rare"),
            graded("c", "other", day="day08"),
        ]
    )

    assert [(common.day, common.mistake, common.students, common.of) for common in found] == [
        ("day08", "other", 1, 1),
        ("day09", "often", 2, 2),
        ("day09", "also-rare", 1, 2),
        ("day09", "rare", 1, 2),
    ]


def test_only_tests_that_failed_and_count_name_a_mistake():
    """Neither one that passed, nor one without a name, nor a day that does not count."""
    found = commonest(
        [
            graded("a", "sum", status="passed"),
            graded("b", ""),
            graded("c", "sum", problem="a canary passed"),
        ]
    )

    assert found == []


def test_a_mistakes_id_reads_as_words():
    """The hyphens are spaces."""
    assert in_words("softmax-before-cross-entropy") == "softmax before cross entropy"


def test_the_table_has_a_line_a_student_and_a_column_a_day():
    """Points of each day, bonus, points; a day that does not count is marked."""
    late = Graded(Student("Bea", "b"), "", problem="there is no branch main")

    lines = shown(class_table([a_submission("Ada"), late])).splitlines()

    cells = [line.split() for line in lines]
    assert ["Ada", "1/4", "0/4", "!", "1", "1/8"] in cells
    assert ["Bea", "0", "none"] in cells


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_neither_markup_nor_an_order_to_the_terminal(text):
    """The table sends no escape sequence of a name, and shows its square brackets."""
    day = replace(a_day(text), day="day09")
    table = class_table([a_submission(text, days=(day,))])

    sent = shown(table)

    assert not any(
        (ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 for letter in sent
    )
    harmless = shown(class_table([a_submission("Ada", days=(day,))]))
    rows, harmless_rows = (
        text.partition("points")[2].partition("points")[0] for text in (sent, harmless)
    )
    assert rows.count("\n") == harmless_rows.count("\n")
    if text == "[bold]x[/bold]":
        assert text in sent


def test_a_whole_class_has_a_table():
    """Every hostile name, and a submission of which nothing was graded."""
    assert "Nobody" in shown(class_table(a_class()))
