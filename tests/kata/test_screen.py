"""What a verdict looks like: plain text that fits, whichever terminal shows it."""

import pytest

from kata import layout, spare
from kata.screen import Terminal, Verdict, verdict_lines

PLAIN = Terminal(is_person=False, width=60, colour=False)
COLOUR = Terminal(is_person=True, width=60, colour=True)


def one(day, topic, name, outcome, text=""):
    return spare.Tested(f"exercises/{day}/{topic}.py::{name}", outcome, text, "0123456789abcdef")


def verdict(*tests):
    return Verdict(layout.day("day09"), "12:30:00", len(tests), list(tests), 0.08)


FAILED = one("day09", "network", "test_one", "failed", "in full\n  and in words\n")
LATER = one("day09", "network", "test_two", "failed", "never seen")
TODO = one("day09", "network", "test_three", "todo", "line 7: predict")
OTHER_DAY = one("day10", "losses", "test_four", "todo", "line 7: mse_loss")


def test_the_first_failure_is_shown_in_full_and_the_others_as_a_line_each():
    lines = verdict_lines(verdict(FAILED, LATER), [], PLAIN)

    assert "  and in words" in lines
    assert "FAIL test_two" in lines
    assert "never seen" not in "\n".join(lines)


def test_the_verdict_says_which_save_it_is_for():
    first = verdict_lines(verdict(FAILED), [], PLAIN)[0]

    assert first.startswith("day09 network ")
    assert first.endswith(" save of 12:30:00 0123456")
    assert len(first) == PLAIN.width - 1


def test_todos_are_counted_by_stub():
    lines = verdict_lines(verdict(TODO, TODO), [], PLAIN)

    assert "TODO line 7: predict (2 tests)" in lines


def test_when_all_days_are_tested_each_line_says_which_day_it_is_about():
    lines = verdict_lines(verdict(FAILED, LATER, TODO, OTHER_DAY), [], PLAIN)

    assert lines[0].startswith("all days")
    assert "FAIL day09 test_two" in lines
    assert "TODO day10 line 7: mse_loss (1 test)" in lines


@pytest.mark.parametrize(("terminal", "has_colour"), [(PLAIN, False), (COLOUR, True)])
def test_colours_are_for_terminals_only(terminal, has_colour):
    text = "\n".join(verdict_lines(verdict(FAILED, LATER, TODO), [], terminal))

    assert ("\033[" in text) is has_colour
    assert text.isascii()


def test_no_color_is_obeyed(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    assert not Terminal.of_stdout().colour
