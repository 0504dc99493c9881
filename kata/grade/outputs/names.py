"""A file name for each student: safe on every system, and never that of somebody else."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from kata.grade.results import Student

LONGEST = 80  # bytes of the name in it, well under the 255 of most file systems
DIGITS = 10  # of the hash
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LIKE_HASHED = re.compile(rf"(?:.*-)?[0-9a-f]{{{DIGITS}}}(?:-\d+)?")
_WINDOWS = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


def file_name(student: Student, shared: bool = False) -> str:
    """Return a name for the student's files, without folder and ending.

    Lower-case letters and digits of any script and single hyphens. A short hash of name, id and
    source is appended unless the name was like that already: two names that look the same to a file
    system, such as ada and Ada, differ by it. `shared` asks for the hash in any case.

    Example:
        >>> file_name(Student("ada", "forks/ada"))
        'ada'
        >>> file_name(Student("Ada / Lovelace", "forks/ada"))
        'ada-lovelace-1e108b80a1'
    """
    stem = _stem(student.name)
    as_it_is = stem == student.name and _PLAIN.fullmatch(stem) and stem not in _WINDOWS
    if as_it_is and not shared and not _LIKE_HASHED.fullmatch(stem):
        return stem
    return f"{stem or 'student'}-{_hash(student)}"


def file_names(students: Sequence[Student]) -> list[str]:
    """Return a name for each of the students, no two of them the same."""
    alone = Counter(file_name(student) for student in students)
    names: list[str] = []
    for student in students:
        name = file_name(student, shared=alone[file_name(student)] > 1)
        again = names.count(name) if alone[file_name(student)] > 1 else 0
        while again and f"{name}-{again + 1}" in names:
            again += 1
        names.append(f"{name}-{again + 1}" if again else name)
    return names


def _stem(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).lower()
    kept = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else "-" for c in text)
    short = re.sub("-+", "-", kept).strip("-").encode("utf-8", "ignore")[:LONGEST]
    return unicodedata.normalize("NFC", short.decode("utf-8", "ignore")).strip("-")


def _hash(student: Student) -> str:
    identity = json.dumps([student.name, student.id, student.source])  # ASCII, whatever is in it
    return hashlib.sha256(identity.encode("ascii")).hexdigest()[:DIGITS]
