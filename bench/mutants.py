"""Change every solution mechanically, a little at a time: the tests must notice each change.

    python -m bench.mutants [day09 ...] [--jobs 2] [--seed 0]

A mutant is a solution with one operator swapped, one constant changed, one condition turned round,
or one call, argument, statement or decorator left out. One that no test notices is printed as a
difference: a test is missing, or the mutant behaves as the solution does. Those that do are listed
in bench/equivalent.toml, each with the reason. How a picture looks is not mutated.
"""

import argparse
import difflib
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from rich.console import Console
from rich.progress import track
from rich.table import Table

from kata import layout, stubs, trial, warm
from kata.layout import Exercise

EQUIVALENT = Path(__file__).with_name("equivalent.toml")

SWAPS: dict[type[cst.CSTNode], type[cst.CSTNode]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.FloorDivide: cst.Multiply,
    cst.Modulo: cst.FloorDivide,
    cst.Power: cst.Multiply,
    cst.MatrixMultiply: cst.Multiply,
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.And: cst.Or,
    cst.Or: cst.And,
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
}
NAMES = {"True": "False", "False": "True", "min": "max", "max": "min"}
NOT_MUTATED = (cst.Annotation, cst.Import, cst.ImportFrom)

# How a picture looks is the learner's choice: no docstring asks for a colour or a grid.
LOOKS = {
    *(
        "alpha",
        "cmap",
        "color",
        "edgecolor",
        "frameon",
        "ha",
        "linewidth",
        "loc",
        "s",
        "size",
        "zorder",
    )
}
STATEMENTS_OF_LOOKS = {"grid", "margins", "set_visible"}
LIBRARIES = {"torch", "nn", "F", "math", "json", "np"}


@dataclass(frozen=True)
class Mutant:
    """A changed solution, and the change as two lines: before and after."""

    exercise: Exercise
    source: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"- {self.before}\n+ {self.after}"


def mutants(exercise: Exercise) -> list[Mutant]:
    """Return every mutant of what the stub leaves out: that is what the learner writes."""
    text = exercise.solution.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    module, positions = wrapper.module, wrapper.resolve(PositionProvider)
    answer = _lines_not_in(stubs.expected(exercise), text)
    sources = {
        _changed(module, *change)
        for node in _walk(module)
        if positions[node].start.line in answer
        for change in _changes(node)
    }
    return [_mutant(exercise, text, source) for source in sorted(sources - {text})]


def _changed(module: cst.Module, node: cst.CSTNode, field: str, new: Any) -> str:
    if field:
        return module.with_deep_changes(node, **{field: new}).code
    changed = module.deep_replace(node, new)
    assert isinstance(changed, cst.Module)
    return changed.code


def _lines_not_in(stub: str, solution: str) -> set[int]:
    blocks = difflib.SequenceMatcher(None, stub.splitlines(), solution.splitlines(), False)
    return {
        line + 1
        for kind, _, _, first, last in blocks.get_opcodes()
        if kind in ("insert", "replace")
        for line in range(first, last)
    }


def _mutant(exercise: Exercise, text: str, source: str) -> Mutant:
    lines = list(difflib.ndiff(text.splitlines(), source.splitlines()))
    before = " ".join(line[2:].strip() for line in lines if line.startswith("- "))
    after = " ".join(line[2:].strip() for line in lines if line.startswith("+ "))
    return Mutant(exercise, source, before, after)


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        if not isinstance(child, NOT_MUTATED) and not _says_nothing_of_behaviour(child, node):
            yield from _walk(child)


def _says_nothing_of_behaviour(node: cst.CSTNode, parent: cst.CSTNode) -> bool:
    """Tell whether a node says how a picture looks, or is words: no test should ask for it."""
    match node, parent:
        case cst.Arg(keyword=cst.Name(value=keyword)), cst.Call(func=cst.Attribute(value=of)):
            return keyword in LOOKS and not (isinstance(of, cst.Name) and of.value in LIBRARIES)
        case cst.Arg(keyword=cst.Name(value="strict")), _:
            return True  # of zip: it states what holds anyway
        case cst.Expr(value=cst.SimpleString()), _:
            return True  # a docstring
        case cst.Expr(value=cst.Call(func=cst.Attribute(attr=cst.Name(value=method)))), _:
            return method in STATEMENTS_OF_LOOKS
    return False


Change = tuple[cst.CSTNode, str, Any]  # (a node, a field of it or "", what to put there)


def _changes(node: cst.CSTNode) -> Iterator[Change]:
    if swap := SWAPS.get(type(node)):
        yield node, "", swap()
    match node:
        case cst.Integer(value=value):
            yield node, "value", str(int(value) + 1)
        case cst.Float(value=value):
            yield node, "value", repr(float(value) * 2 or 1.0)
        case cst.SimpleString():
            yield node, "value", '"mutant"'
        case cst.Name(value=value) if value in NAMES:
            yield node, "value", NAMES[value]
        case cst.UnaryOperation(expression=operand):
            yield node, "", operand
        case cst.If(test=test) | cst.IfExp(test=test):
            yield node, "test", cst.UnaryOperation(cst.Not(), _in_parentheses(test))
        case cst.For():
            yield node, "iter", cst.List([])
        case cst.With(body=body):
            yield node, "", cst.If(cst.Name("True"), body)
        case cst.Decorator():
            yield node, "", cst.RemoveFromParent()
        case cst.CompIf():
            yield node, "test", cst.Name("True")
        case cst.Return(value=value) if value is not None:
            yield node, "value", cst.Name("None")
        case cst.Expr(value=cst.Call()) | cst.Assign() | cst.AugAssign() | cst.Raise():
            yield node, "", cst.Pass()
        case cst.Subscript(value=value):
            yield node, "", value
        case cst.Call():
            yield from _changes_of_call(node)


def _changes_of_call(call: cst.Call) -> Iterator[Change]:
    match call.func:
        case cst.Attribute(value=cst.Name(value=name)) if name in LIBRARIES:
            pass
        case cst.Attribute(value=value):
            yield call, "", value  # x.relu() → x
    plain = [arg for arg in call.args if arg.keyword is None and not arg.star]
    if len(call.args) == len(plain) == 1:
        yield call, "", plain[0].value  # relu(x) → x
    if len(plain) >= 2:
        first, second, *rest = call.args
        swapped = [first.with_changes(value=second.value), second.with_changes(value=first.value)]
        yield call, "args", [*swapped, *rest]
    for arg in call.args:
        if arg.keyword is not None and not _says_nothing_of_behaviour(arg, call):
            yield call, "args", _without(call.args, arg)


def _without(args: Sequence[cst.Arg], gone: cst.Arg) -> list[cst.Arg]:
    left = [arg for arg in args if arg is not gone]
    return [*left[:-1], left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)] if left else []


def _in_parentheses(test: cst.BaseExpression) -> cst.BaseExpression:
    return test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def is_noticed(exercise: Exercise, source: str, seed: int) -> bool:
    """Tell whether a test of the day fails on a source text, or it crashes or never ends."""
    try:
        results = trial.run(exercise, source, seed=seed, stop_at_first=True)
    except warm.Crashed:
        return True
    return any(result.outcome in ("failed", "todo") for result in results)


def equivalent() -> dict[tuple[str, str, str], str]:
    """Return the reasons for which a mutant, (day, before, after), is as right as the solution."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {
        (day, entry["before"], entry["after"]): entry["reason"]
        for day, entries in listed.items()
        for entry in entries
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("days", nargs="*", help="day09, 9 or network; all by default")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    days = [layout.day(text) for text in options.days] or layout.week()
    reasons = equivalent()
    console = Console()
    table = Table("day", "mutants", "equivalent", "killed", "score", "seconds")
    missed = 0
    for exercise in days:
        start = time.perf_counter()
        if is_noticed(exercise, exercise.solution.read_text(encoding="utf-8"), options.seed):
            sys.exit(f"the solution of {exercise.folder} itself fails: nothing can be said")
        every = mutants(exercise)
        made = {(exercise.folder, m.before, m.after) for m in every}
        for entry in reasons.keys() - made:
            if entry[0] == exercise.folder:
                missed += 1
                console.print(f"no such mutant any more: {entry}", markup=False, highlight=False)
        real = [m for m in every if (exercise.folder, m.before, m.after) not in reasons]
        with ThreadPoolExecutor(options.jobs) as pool:
            verdicts = pool.map(lambda m: is_noticed(m.exercise, m.source, options.seed), real)
            noticed = list(track(verdicts, exercise.folder, len(real), console=console))
        for mutant, killed in zip(real, noticed, strict=True):
            if not killed:
                missed += 1
                console.print(f"{exercise.folder}\n{mutant}", markup=False, highlight=False)
        seconds = time.perf_counter() - start
        counts = (len(every), len(every) - len(real), sum(noticed))
        score = f"{sum(noticed) / max(len(real), 1):.1%}"
        table.add_row(exercise.folder, *map(str, counts), score, f"{seconds:.0f}")
    console.print(table)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
