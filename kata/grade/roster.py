"""The class as its teacher keeps it: a CSV of students, and a part of it for one machine."""

import csv
import hashlib
import io
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from kata.grade.results import Student

COLUMNS = ("name", "source", "ref", "id", "email")
NEEDED = ("name", "source")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S|\w[\w.-]*@\w[\w.-]*:\S", re.ASCII)
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


def read_roster(path: Path) -> list[Student]:
    """Return the students of a CSV file with the columns name and source, and ref, id, email.

    The order of the columns, other columns, blank lines and the separator (comma, semicolon or tab)
    don't matter. A source is an address that git can clone, or a folder, seen from the roster's.

    Raises: ValueError if the file cannot be understood; it names the row and says what to do.
    """
    rows = _rows(_text(path), path)
    number, heading = next(rows, (0, []))
    if not heading:
        raise ValueError(f"{path} is empty: its first row must be {','.join(COLUMNS)}")
    columns = _columns(heading, f"{path}, row {number}")
    students: list[Student] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in rows:
        student = _student(row, columns, len(heading), path.parent, f"{path}, row {number}")
        key = (student.name, student.id)
        if key in seen:
            raise ValueError(
                f"{path}, row {number}: {student.name!r} is in row {seen[key]} already; "
                "delete one of the rows, or give each an id of its own"
            )
        seen[key] = number
        students.append(student)
    if not students:
        raise ValueError(f"{path} has a heading and no students: write one a row below it")
    return students


def shard(students: list[Student], part: str) -> list[Student]:
    """Return the students of one part: "2/8" is the second of eight.

    Who belongs to it depends on the name alone, so that somebody who joins the class moves nobody,
    and the parts together are the class.

    Raises: ValueError if `part` is not i/n with 1 ≤ i ≤ n.
    """
    found = _SHARD.fullmatch(part.strip())
    if not found:
        raise ValueError(f"the shard {part!r} is not of the form i/n: 2/8 is the second of eight")
    place, parts = int(found[1]), int(found[2])
    if not 1 <= place <= parts:
        last = f"1/{parts} to {parts}/{parts}" if parts else "1/1 if there is one"
        raise ValueError(f"there is no shard {part.strip()}: the shards are {last}")
    return [student for student in students if _place(student.name, parts) == place - 1]


def _place(name: str, parts: int) -> int:
    letters = unicodedata.normalize("NFC", name).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(letters).digest(), "big") % parts


def _text(path: Path) -> str:
    data = path.read_bytes()
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what Excel calls Unicode text
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8: save it as “CSV UTF-8” and try again") from None


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with its number as a spreadsheet shows it."""
    first = text.partition("\n")[0].strip('\r" ')
    separator = ""
    if re.fullmatch("sep=.", first, re.IGNORECASE):  # a line for Excel, which does not show it
        separator, text = first[-1], text.partition("\n")[2]
    heading = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    separator = separator or max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            cells = [_cell(cell) for cell in row]
            while cells and not cells[-1]:  # a spreadsheet pads its rows
                cells.pop()
            if cells:
                yield number, cells
    except csv.Error as error:
        raise ValueError(
            f"{path}, row {number + 1}: {error}; write a quote inside a quoted cell twice"
        ) from None


def _cell(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _columns(heading: list[str], where: str) -> dict[str, int]:
    names = [name.casefold() for name in heading]
    for name in NEEDED:
        if name not in names:
            found = ", ".join(filter(None, heading))
            raise ValueError(f"{where}: there is no column {name!r} among {found}; add it")
    for name in COLUMNS:
        if names.count(name) > 1:
            raise ValueError(f"{where}: there are two columns {name!r}; rename one of them")
    return {name: names.index(name) for name in COLUMNS if name in names}


def _student(
    row: list[str], columns: dict[str, int], width: int, folder: Path, where: str
) -> Student:
    cells = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
    if len(row) > width:
        raise ValueError(
            f"{where} has {len(row)} cells and the heading {width}: "
            f'put a cell with a comma into quotes, as in "Lovelace, Ada"'
        )
    for name in NEEDED:
        if not cells[name]:
            raise ValueError(f"{where}: the cell {name!r} is empty; fill it in or delete the row")
    for name, cell in cells.items():
        for letter in cell:
            if unicodedata.category(letter) == "Cc":
                raise ValueError(
                    f"{where}: the cell {name!r} has a control character, {letter!r}; type it anew"
                )
    if cells.get("ref", "").startswith("-"):
        raise ValueError(f"{where}: {cells['ref']!r} is no branch, tag or commit; correct the ref")
    return Student(**{**cells, "source": _source(cells["source"], folder)})


def _source(text: str, folder: Path) -> str:
    if _ADDRESS.match(text):
        return text
    return os.path.abspath(folder / os.path.expanduser(text))
