"""The pytest plugin: the `exercise` fixture, seeds and limits, and how a run reads."""

import gc
import os
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pytest_timeout import is_debugging

from kata import calls, layout, limits, progress, report
from kata.layout import Exercise
from kata.loading import LearnersModule, learners_module

STDERR = pytest.StashKey[int]()
LIMIT = pytest.StashKey[limits.TimeLimit]()
RUNNING = pytest.StashKey[limits.TimeLimit]()  # of the test that runs, or ran last
MODULE = pytest.StashKey[LearnersModule]()
ABOUT = pytest.StashKey[tuple[Path, Exercise]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = "seed of the random inputs that the tests draw (default: 0)"
    parser.addoption("--seed", type=int, default=0, help=help_text)
    help_text = "test the files of this folder, dayNN/topic.py, in place of those in exercises/"
    parser.addoption("--answers", type=Path, metavar="FOLDER", help=help_text)


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "module://kata.backend"
    config.stash[STDERR] = os.dup(2)
    cache = getattr(config, "cache", None)
    if cache and not config.option.answers and not hasattr(config, "workerinput"):
        config.pluginmanager.register(progress.Recorder(config))


def pytest_unconfigure(config: pytest.Config) -> None:
    limits.disarm()
    os.close(config.stash[STDERR])


def pytest_collection_finish() -> None:
    # What is loaded by now stays: the collections at pytest's exit need not walk all of torch.
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> str:
    return f"inputs drawn from: --seed {config.option.seed}"


@pytest.fixture(scope="module")
def exercise(request: pytest.FixtureRequest) -> LearnersModule:
    """The module under test: the learner's file, or the reference when solutions/ is tested."""
    module = learners_module(*_under_test(request.node))
    request.node.stash[MODULE] = module
    return module


def _under_test(node: pytest.Collector | pytest.Item) -> tuple[Path, Exercise]:
    """Return the file that the tests under `node` are about, and the exercise it belongs to.

    Raises: LookupError if the node is not in a file of a day.
    """
    module = node.getparent(pytest.Module) or node
    if ABOUT not in module.stash:  # asked several times for each test
        exercise = layout.owner(node.path)
        if exercise is None:
            raise LookupError(f"{node.path} is not a file of a day, as the fixture exercise needs")
        module.stash[ABOUT] = (_path_under_test(node, exercise), exercise)
    return module.stash[ABOUT]


def _path_under_test(node: pytest.Collector | pytest.Item, exercise: Exercise) -> Path:
    answers: Path | None = node.config.option.answers
    if answers and node.path.parent.parent.name != "solutions":
        return answers.absolute() / exercise.folder / exercise.stub.name
    return exercise.stub if node.path == exercise.tests else node.path


def _is_exercise_test(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    with suppress(LookupError):
        return bool(_under_test(item))
    return False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    calls.forget()
    if _is_exercise_test(item):
        limits.reset(item.config.option.seed, item.name)
        _choose_where_pictures_go(item)
    else:
        limits.disarm()
    try:
        return (yield)
    finally:
        limits.close_figures()


def _choose_where_pictures_go(item: pytest.Item) -> None:
    """Keep plots/dayNN for the learner's own pictures, whatever else is tested."""
    path, exercise = _under_test(item)
    if path == exercise.stub:
        os.environ.pop("KATA_PLOTS", None)
    elif path == exercise.solution:
        os.environ["KATA_PLOTS"] = str(layout.ROOT / "plots" / "solutions")
    else:
        os.environ["KATA_PLOTS"] = os.devnull


@pytest.fixture(autouse=True)
def _stretch_goals_wait(request: pytest.FixtureRequest) -> None:
    """Skip a stretch test as long as its stub is untouched."""
    marker = request.node.get_closest_marker("stretch")
    if marker:
        module = request.getfixturevalue("exercise")
        if all(module.is_untouched(name) for name in marker.args):
            pytest.skip("stretch goal, not started")


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool | None:
    if not _is_exercise_test(item):
        return None
    if is_debugging() and not settings.disable_debugger_detection:
        limits.disarm()
        return True
    path, _ = _under_test(item)
    limit = limits.TimeLimit(settings.timeout, path, item.config.stash[STDERR])
    item.config.stash[RUNNING] = item.stash[LIMIT] = limit
    limit.start()
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool | None:
    if limit := item.stash.get(LIMIT, None):
        limit.stop()
        del item.stash[LIMIT]
        return True
    return None


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Whoever debugs a test may take all the time they like."""
    if limit := config.stash.get(RUNNING, None):
        limit.stop()
    limits.disarm()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    words: report.Todo | report.Explained | None = None
    error = call.excinfo.value if call.excinfo else None
    if error and _is_exercise_test(item) and not isinstance(error, pytest.skip.Exception):
        path, exercise = _under_test(item)
        nodeid = _typed(item.nodeid)
        words = report.todo(error, path) or report.explained(error, path, exercise.tests, nodeid)
        if not _wants_tracebacks(item.config):
            # Not only shown in its place: pytest's own takes 10 ms to make.
            vars(item)["repr_failure"] = lambda excinfo, style=None: str(words)
    result = yield
    _say_what_was_tested(item, result)
    match words:
        case report.Todo():
            at = f"{layout.shown(words.path)}:{words.line}"
            _say(item, result, todo=words.name, todo_at=at)
            result.longrepr = str(words)
        case report.Explained():
            if words.mistake:
                _say(item, result, mistake=words.mistake)
            if not _wants_tracebacks(item.config):
                result.longrepr = words
    return result


def _wants_tracebacks(config: pytest.Config) -> bool:
    """Tell whether pytest's own tracebacks were asked for, with --tb=long or --tb=native."""
    return config.option.tbstyle in ("long", "native")


def _say(item: pytest.Item, result: pytest.TestReport, **properties: str) -> None:
    """Attach properties to a test's report; JUnit files take them from the item, at the end."""
    result.user_properties += properties.items()
    item.user_properties += properties.items()


def _say_what_was_tested(item: pytest.Item, result: pytest.TestReport) -> None:
    parent = item.getparent(pytest.Module)
    module = parent.stash.get(MODULE, None) if parent else None
    if module and module.digest:
        marks = [name for name in ("stretch", "mnist") if item.get_closest_marker(name)]
        result.user_properties += [("digest", module.digest), ("kind", [*marks, "core"][0])]


def _typed(nodeid: str) -> str:
    """Return an id as it can be typed from the working directory."""
    path, separator, names = nodeid.partition("::")
    return layout.shown(layout.ROOT / path) + separator + names


def _todo(result: pytest.TestReport) -> str | None:
    return next((str(v) for k, v in result.user_properties if k == "todo"), None)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any) -> tuple[str, str, str] | None:
    if isinstance(report, pytest.TestReport) and report.failed and _todo(report):
        return "todo", "T", "TODO"
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    failures = [result for result in terminalreporter.getreports("failed") if _is_learners(result)]
    if failures:
        terminalreporter.write_line(f"Stuck? `kata hint {_day_of(failures[0])}`")
    for line in _pictures(terminalreporter):
        terminalreporter.write_line(line)
    results = terminalreporter.getreports("todo")
    if not results:
        return
    terminalreporter.section("to do", sep="=", yellow=True)
    for result in results:
        nodeid = _typed(result.nodeid)
        terminalreporter.write_line(f"TODO {nodeid} - {result.longrepr}")
    first = dict(results[0].user_properties)
    name = first["todo"].partition(".")[0]
    terminalreporter.write_line(f"Start at {first['todo_at']}: {first['todo']}", bold=True)
    terminalreporter.write_line(f"Stuck? `kata hint {_day_of(results[0])} {name}`")


def _pictures(terminalreporter: Any) -> list[str]:
    results = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    said = "\n".join(result.capstdout for result in results if _is_learners(result))
    return sorted({line for line in said.splitlines() if line.startswith(layout.PICTURE_IN)})


def _is_learners(result: pytest.TestReport) -> bool:
    return result.nodeid.startswith("exercises/")


def _day_of(result: pytest.TestReport) -> str:
    return result.nodeid.split("/")[1]
