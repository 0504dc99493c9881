"""The first layer of grading: what a learner's file may contain, judged without running any of it.

    checked = check(source, exercise)
    checked.source    # may be run: the main block is cut, and what is refused raises
    checked.refusals  # why

Names, not modules, are allowed (kata.grade.allowed), and some words are nowhere
(kata.grade.forbidden).
"""

import ast
import codecs
import io
import tokenize
from dataclasses import dataclass

from kata.grade import cut
from kata.grade.forbidden import Breach
from kata.grade.results import Refusal
from kata.grade.rules import Problem, Rules
from kata.grade.scopes import Definition, Part
from kata.layout import Exercise

LONGEST = 100_000  # characters; the longest solution has 15,000
MOST_REFUSALS = 50


@dataclass(frozen=True)
class Checked:
    """A file after the policy: what may be run of it, and what was refused."""

    source: str  # each line that stays is where it was
    refusals: tuple[Refusal, ...]


def check(source: str, exercise: Exercise) -> Checked:
    """Judge a learner's file: never runs it, and never fails."""
    file = f"exercises/{exercise.folder}/{exercise.topic}.py"
    source = source.removeprefix("\ufeff")
    if problem := _unreadable(source):
        return _refused(file, problem)
    try:
        tree = cut.parsed(source)
    except (SyntaxError, ValueError) as error:
        # It runs nowhere: the tests say so to the learner, with the line.
        return Checked(source, (_refusal(file, _does_not_parse(source, error)),))
    except (RecursionError, MemoryError):
        return _refused(
            file, _whole("too-complicated", "the file is nested too deeply: simplify it")
        )
    try:
        return _judged(source, tree, file, exercise.day)
    except Exception:  # whatever stops the judge: RecursionError, TooTangled, cut.NotSeparable, …
        message = "the file is too complicated to be judged: write it in a simpler way"
        return _refused(file, _whole("too-complicated", message))


def _unreadable(source: str) -> Problem | None:
    """Return why Python might read something else than what is judged here, or nothing at all."""
    if len(source) > LONGEST:
        return _whole("too-long", f"the file has more than {LONGEST:,} characters: shorten it")
    # Python takes a lone \r for the end of a line before it looks for an encoding.
    readings = {source, source.replace("\r\n", "\n").replace("\r", "\n")}
    try:
        names = [tokenize.detect_encoding(io.BytesIO(one.encode()).readline)[0] for one in readings]
        is_fine = all(codecs.lookup(name).name in ("utf-8", "ascii") for name in names)
    except (SyntaxError, LookupError, UnicodeError):
        is_fine = False
    if not is_fine:
        return _whole("encoding", "the file's first lines name an encoding: save it as UTF-8")
    return None


def _does_not_parse(source: str, error: SyntaxError | ValueError) -> Problem:
    if "\0" in source:
        line, reason = source[: source.index("\0")].count("\n") + 1, "it holds null bytes"
    else:
        line, reason = getattr(error, "lineno", None) or 1, getattr(error, "msg", "") or str(error)
    message = f"Python cannot read the file ({reason}): mend this line, and run it once"
    return Problem(max(line, 1), Part(), Breach("does-not-parse", message))


def _judged(source: str, tree: ast.Module, file: str, day: int) -> Checked:
    text = cut.Text(source)
    cut.without_main(tree, text)
    rules = Rules(tree, day)
    problems = rules.problems()
    refusals = tuple(_refusal(file, problem) for problem in problems[:MOST_REFUSALS])
    for problem in problems:
        if problem.part.node is None:
            return Checked(_raising(file, problem), refusals)
    cut.drop(text, rules.dropped)
    changed: list[ast.stmt] = [*rules.dropped, *_taken_out(text, problems, file)]
    cut.verify(text, tree, changed)
    return Checked(str(text), refusals)


def _taken_out(text: cut.Text, problems: list[Problem], file: str) -> list[Definition]:
    """Make the refused definitions raise, and return them."""
    first: dict[Definition, Problem] = {}
    in_header: dict[Definition, bool] = {}
    for problem in problems:
        if node := problem.part.node:
            first.setdefault(node, problem)
            in_header[node] = in_header.get(node, False) or problem.part.in_header
    classes = [node for node in first if isinstance(node, ast.ClassDef)]
    inside = {child for node in classes for child in node.body}
    refused = [node for node in first if node not in inside]
    for node in refused:
        message = _message(file, first[node])
        cut.refuse(text, node, message, in_header=in_header[node])
    return refused


def _refused(file: str, problem: Problem) -> Checked:
    return Checked(_raising(file, problem), (_refusal(file, problem),))


def _raising(file: str, problem: Problem) -> str:
    return cut.refused_file(problem.line, _message(file, problem))


def _whole(rule: str, message: str) -> Problem:
    return Problem(1, Part(), Breach(rule, message))


def _refusal(file: str, problem: Problem) -> Refusal:
    breach = problem.breach
    return Refusal(file, problem.line, breach.rule, breach.message, problem.part.name)


def _message(file: str, problem: Problem) -> str:
    return f"refused by the grading policy: {file}, line {problem.line}: {problem.breach.message}"
