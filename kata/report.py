"""How a red test reads: what was called, what came back, what to do, and the learner's lines."""

import io
import itertools
import linecache
import re
import textwrap
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from _pytest._code.code import TerminalRepr  # no public name; xdist asks for str() of it
from _pytest._io import TerminalWriter  # the type of the argument that toterminal is given

from kata import calls
from kata.calls import value_in_words
from kata.explain import explain
from kata.failure import Failure
from kata.layout import shown
from kata.limits import DidNotReturn
from kata.loading import todo_name

WIDTH = 96
# What only the learner's code can have caused, also where torch or the test itself raises it.
ALWAYS_THE_LEARNERS = (
    "missing-super-init",
    "missing-forward",
    "missing-self",
    "in-place-in-graph",
)


@dataclass
class Todo:
    """A test that met an untouched stub: which one, and where it is."""

    name: str
    path: Path
    line: int

    def __str__(self) -> str:
        return f"line {self.line}: {self.name}"


@dataclass
class Explained(TerminalRepr):
    """A failure as a learner reads it."""

    nodeid: str
    headline: str
    advice: str
    mistake: str | None
    frames: list[tuple[str, str]] = field(default_factory=list)
    test: str = ""

    def __str__(self) -> str:
        out = io.StringIO()
        writer = TerminalWriter(out)
        writer.fullwidth = WIDTH  # whatever terminal, or none, this runs in
        self.toterminal(writer)
        return out.getvalue().strip()

    def toterminal(self, tw: TerminalWriter) -> None:
        width = min(WIDTH, max(tw.fullwidth, 40))
        tw.line(self.nodeid, bold=True)
        tw.line(_indented(self.headline, width), red=True)
        if self.advice:
            name = f"  [{self.mistake}]" if self.mistake else ""
            tw.line(_indented(self.advice + name, width), bold=True)
        for where, code in self.frames:
            tw.line(f"\n  {where}")
            if code:
                tw.line(f"      {code}")
        if self.test:
            tw.line(f"\n  the test: {self.test}", light=True)


def todo(error: BaseException, path: Path) -> Todo | None:
    """Return which untouched stub of the file at `path` raised this error, or None."""
    if type(error) is not NotImplementedError or len(error.args) != 1:
        return None
    name = todo_name(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    if name is None or not frames or Path(frames[-1].filename) != path:
        return None
    return Todo(name, path, frames[-1].lineno or 1)


def explained(error: BaseException, path: Path, tests: Path, nodeid: str) -> Explained:
    """Return the failure of a test of the file at `path` in words."""
    own = _frames(error.__traceback__, path)
    test_line, test = _test_line(error.__traceback__, tests, path)
    if isinstance(error, Failure):
        if not own and error.code and Path(error.code.co_filename) == path:
            name = error.code.co_name
            own = [(f"{shown(path)}:{error.code.co_firstlineno}, {name}", "")]
        return Explained(nodeid, error.headline, error.advice, error.mistake, own, test)
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return _does_not_parse(error, path, nodeid)

    last = calls.last()
    subject = last.words if last and not last.finished else test_line or "the test"
    if isinstance(error, DidNotReturn):
        where = own[-1][0] if own else ""
        advice = f"It was stopped in {where}. Does a loop there ever end?" if where else ""
        headline = f"{subject} did not return within {error.seconds:g} s"
        return Explained(nodeid, headline, advice, "did-not-return", own[-1:], test)
    if isinstance(error, AssertionError) and not own:
        advice = ""
        if last:
            advice = f"The last call was {last.words}: it returned {value_in_words(last.result)}."
        return Explained(nodeid, str(error) or test_line, advice, None, [], test)
    known = explain(error)
    if known and not own and known.mistake not in ALWAYS_THE_LEARNERS:
        known = None  # raised outside the learner's file: what it means there is not known for sure
    headline = f"{subject} raised {type(error).__name__}: {_message(error)}"
    if own and own[0][0].endswith("<module>"):
        headline = f"{path.name} cannot be imported: {type(error).__name__}: {_message(error)}"
    advice, mistake = (known.advice, known.mistake) if known else ("", None)
    return Explained(nodeid, headline, advice, mistake, own, test)


def _message(error: BaseException) -> str:
    return textwrap.shorten(str(error).split("\n\n")[0], 300, placeholder=" …")


def _does_not_parse(error: SyntaxError, path: Path, nodeid: str) -> Explained:
    where = f"{shown(path)}:{error.lineno}"
    code = (error.text or "").rstrip("\n")
    caret = " " * max((error.offset or 1) - 1, 0) + "^" if code else ""
    headline = f"{path.name} is not valid Python: {error.msg}"
    advice = f"Python stopped reading in line {error.lineno}. Nothing in the file can run before."
    frames = [(where, f"{code}\n      {caret}" if code else "")]
    return Explained(nodeid, headline, advice, "syntax-error", frames)


def _frames(tb: TracebackType | None, path: Path) -> list[tuple[str, str]]:
    return [
        (f"{shown(path)}:{frame.lineno}, {frame.name}", frame.line or "")
        for frame in traceback.extract_tb(tb)
        if Path(frame.filename) == path
    ][-6:]


def _test_line(tb: TracebackType | None, tests: Path, path: Path) -> tuple[str, str]:
    """Return what the test called when it failed, without `exercise.`, and where the test is.

    In a helper of the test it is the helper's call: the last one before the learner's file.
    """
    files = [(frame, Path(frame.filename)) for frame in traceback.extract_tb(tb)]
    before = list(itertools.takewhile(lambda pair: pair[1] != path, files))
    frames = [frame for frame, file in before if file == tests]
    if not frames:
        return "", ""
    frame = frames[-1]
    first, last = frame.lineno or 1, getattr(frame, "end_lineno", None) or frame.lineno or 1
    lines = [linecache.getline(str(tests), number).strip() for number in range(first, last + 1)]
    statement = re.sub(r"^(return |[\w, ]+ = )", "", " ".join(lines)).replace("exercise.", "")
    return statement, f"{shown(tests)}:{frames[0].lineno}"


def _indented(text: str, width: int) -> str:
    return "\n".join(
        textwrap.fill(
            line, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )
        for line in text.splitlines()
    )
