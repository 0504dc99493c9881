"""The gradebook as CSV: one for spreadsheets and Moodle, one in the form that Canvas imports."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from kata.grade import plain
from kata.grade.outputs.verdicts import day_of, days_of
from kata.grade.results import Graded

Cell = str | int | None

# A spreadsheet set to another separator splits a cell in two: no part may begin a formula.
_LATER = re.compile(r"([;,|\"] ?)(?=[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")


def gradebook_csv(graded: Sequence[Graded]) -> str:
    """Return the class as CSV: student, id, email, one column a day, bonus, total, maximum.

    Text is in quotes and numbers are not. Where there was nothing to grade the points are empty,
    not 0: that a roster names a folder wrongly says nothing of the work in it.
    Source: https://docs.moodle.org/en/Grade_import
    """
    days = days_of(graded)
    heading: list[Cell] = [
        "student",
        "id",
        "email",
        *map(safe_cell, days),
        "bonus",
        "total",
        "maximum",
    ]
    rows = [heading]
    for one in graded:
        total: list[Cell] = [None, None] if one.problem else [one.bonus, one.points]
        rows.append([*_identity(one), *_points(one, days), *total, sum(days.values())])
    return _csv(rows)


def canvas_csv(graded: Sequence[Graded]) -> str:
    """Return the class in the form that Canvas imports, an assignment a day.

    The roster's id is the SIS User ID and its email the SIS Login ID: Canvas' own ID stays empty,
    for a number there is looked up among Canvas' users and could be another student's. Somebody of
    whom nothing was graded is left out, since an empty cell erases the grade that is there.
    Source: https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
    """
    days = days_of(graded)
    rows: list[list[Cell]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(safe_cell, days)],
        ["Points Possible", None, None, None, None, *days.values()],
    ]
    for one in (one for one in graded if not one.problem):
        name, sis_id, login = _identity(one)
        rows.append([name, None, sis_id, login, None, *_points(one, days)])
    return _csv(rows)


def safe_cell(text: str) -> str:
    """Return `text` as one line of which a spreadsheet takes no part for a formula.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    Example:
        >>> safe_cell("=1+1"), safe_cell("a@b.org")
        ("'=1+1", 'a@b.org')
    """
    text = _LATER.sub(r"\1'", plain.line(text))
    shown = unicodedata.normalize("NFKC", text)
    while shown and unicodedata.category(shown[0])[0] in "ZC":  # also what is there but not seen
        shown = shown[1:]
    return f"'{text}" if shown.startswith(("=", "+", "-", "@", "\N{MINUS SIGN}")) else text


def _identity(one: Graded) -> list[Cell]:
    return [safe_cell(text) for text in (one.student.name, one.student.id, one.student.email)]


def _points(one: Graded, days: Iterable[str]) -> list[Cell]:
    if one.problem:
        return [None for _ in days]
    found = [day_of(one, name) for name in days]
    return [day.points if day else None for day in found]


def _csv(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue()
