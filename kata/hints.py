"""Hints from a day's page, one at a time, each stronger than the one before."""

import json
import re

from kata import layout
from kata.layout import Exercise

GIVEN = layout.ROOT / ".pytest_cache" / "kata" / "hints.json"


def hints(exercise: Exercise) -> dict[str, list[str]]:
    """Return the hints of a day's page by function, gentle to strong.

    Raises: OSError if the page cannot be read.
    """
    page = exercise.page.read_text(encoding="utf-8")
    section = page.partition("\n## Hints\n")[2].partition("\n## ")[0]
    found = {}
    for part in section.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        items = re.split(r"^\d+\. ", body, flags=re.MULTILINE)[1:]
        found[title.strip(" `")] = [" ".join(item.split()) for item in items]
    return found


def next_hint(exercise: Exercise, name: str) -> tuple[int, int, str]:
    """Return (which, of how many, the hint) and remember it; after the last, the last again.

    Raises: LookupError if the page has no hints for `name`; the message lists those it has.
    """
    by_name = hints(exercise)
    if name not in by_name:
        names = ", ".join(by_name)
        raise LookupError(f"{exercise.folder} has no hints for {name!r}; it has some for {names}")
    given = _given()
    key = f"{exercise.folder}/{name}"
    number = min(given.get(key, 0) + 1, len(by_name[name]))
    GIVEN.parent.mkdir(parents=True, exist_ok=True)
    GIVEN.write_text(json.dumps(given | {key: number}), encoding="utf-8")
    return number, len(by_name[name]), by_name[name][number - 1]


def _given() -> dict[str, int]:
    try:
        counts = json.loads(GIVEN.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return counts if isinstance(counts, dict) else {}
