"""All the files of a run, each of them whole or not there."""

import contextlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kata.grade.outputs.classroom50 import Run, classroom50
from kata.grade.outputs.gradebook import canvas_csv, gradebook_csv
from kata.grade.outputs.gradescope import gradescope
from kata.grade.outputs.junit import junit_xml
from kata.grade.outputs.names import file_names
from kata.grade.outputs.report import report
from kata.grade.outputs.summary import summary
from kata.grade.results import Graded


def write_all(
    folder: Path, graded: Sequence[Graded], seed: str = "", run: Run | None = None
) -> list[Path]:
    """Write the class's files and each student's, and return their paths.

    The same results give the same bytes, in whichever order the submissions were graded. A file is
    replaced in one step, so that a reader never meets half of it. `run` is what Classroom 50's
    runner says of itself; without it there is no result.json, since only a runner can say it.
    """
    graded = sorted(graded, key=lambda one: (one.student.name.casefold(), *_identity(one)))
    texts = {
        "gradebook.csv": gradebook_csv(graded),
        "canvas.csv": canvas_csv(graded),
        "junit.xml": junit_xml(graded),
        "summary.md": summary(graded, seed),
    }
    names = file_names([one.student for one in graded])
    for name, one in zip(names, graded, strict=True):
        texts[f"reports/{name}.md"] = report(one)
        texts[f"gradescope/{name}.json"] = _json(gradescope(one))
        if run:
            texts[f"classroom50/{name}.json"] = _json(classroom50(one, run))
    return [write(folder / path, text) for path, text in texts.items()]


def write(path: Path, text: str) -> Path:
    """Put `text` into the file in one step, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with unfinished.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    return path


def _identity(one: Graded) -> tuple[str, str, str, str, str]:
    student = one.student
    return student.name, student.id, student.source, student.ref, one.submission


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
