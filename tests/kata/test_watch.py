"""The warm loop, in a real terminal: every save gets its verdict, and nothing harms the loop."""

import os
import shutil
import signal
import sys
import time

import pytest

from kata.layout import ROOT

if sys.platform == "win32":
    pytest.skip("a terminal to test in needs a pty", allow_module_level=True)

from bench.terminal import Program

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.timeout(120)

END = "[q]uit"  # the last thing on the screen of a verdict


@pytest.fixture
def loop(project):
    """`kata watch` on the toy day, after its first verdict."""
    environment = {**os.environ, "PYTHONPATH": str(project.root)}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "kata", "watch", "1"]
    with Program(command, folder=project.root, environment=environment) as program:
        program.read_until(END, 60)
        yield program


def children_of(pid):
    """Return the processes that descend from one, the forkserver's children among them."""
    parents = {}
    for folder in os.listdir("/proc"):
        if folder.isdigit():
            try:
                with open(f"/proc/{folder}/stat") as file:
                    parents[int(folder)] = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, news = set(), {pid}
    while news:
        news = {child for child, parent in parents.items() if parent in news} - found
        found |= news
    return found


def red(project, number=7):
    project.solve(("return _times(2, x)", f"return {number}"))


def test_each_save_gets_its_verdict(project, loop):
    project.solve()
    green = loop.read_until(END)
    red(project)
    wrong = loop.read_until(END)
    project.stub.write_text("def double(x)\n")
    broken = loop.read_until(END)
    project.solve()
    again = loop.read_until(END)

    assert "6 passed" in green
    assert "assert 7 == (2 * 2)" in wrong
    assert "3 failed" in wrong
    assert "is not valid Python: expected ':'" in broken
    assert "6 passed" in again


def test_a_loader_may_have_workers_and_none_is_left(project, loop):
    project.solve(
        (
            "return _times(2, x)",
            "return list(__import__('torch').utils.data.DataLoader("
            "[2 * x], batch_size=None, num_workers=1))[0]",
        )
    )

    shown = loop.read_until(END)

    assert "6 passed" in shown
    before = children_of(loop.pid)
    project.solve()
    loop.read_until(END)
    time.sleep(0.5)
    assert len(children_of(loop.pid)) <= len(before)


def test_every_way_in_which_editors_save_counts(project, loop):
    beside = project.stub.with_name("counting.py.tmp")

    for number, save in enumerate(["in place", "renamed over", "moved away first"], start=11):
        red_text = project.stub.read_text() if number > 11 else None
        assert red_text is None or f"return {number - 1}" in red_text
        content = project.solution.read_text().replace("return _times(2, x)", f"return {number}")
        if save == "in place":
            project.stub.write_text(content)
        elif save == "renamed over":
            beside.write_text(content)
            beside.replace(project.stub)
        else:
            project.stub.rename(project.stub.with_suffix(".py~"))
            project.stub.write_text(content)
        shown = loop.read_until(f"assert {number} == (2 * 2)")
        loop.read_until(END)
        assert shown


def test_a_deleted_file_and_a_folder_in_its_place_are_said_so_and_survived(project, loop):
    project.stub.unlink()
    loop.read_until("is missing")
    loop.read_until(END)
    project.stub.mkdir()
    loop.read_until("cannot be read: Is a directory")
    loop.read_until(END)
    project.stub.rmdir()
    loop.read_until("is missing")
    loop.read_until(END)
    shutil.rmtree(project.stub.parent)
    time.sleep(0.5)
    project.stub.parent.mkdir()
    project.solve()
    loop.read_until("6 passed", 10)


def test_a_save_during_a_run_ends_it_and_starts_the_next(project, loop):
    project.solve(("return _times(2, x)", "import time\n    time.sleep(30)"))
    time.sleep(1)
    start = time.monotonic()
    project.solve()

    shown = loop.read_until(END)

    assert "6 passed" in shown
    assert time.monotonic() - start < 5


def test_ten_saves_in_a_second_end_with_the_verdict_for_the_last(project, loop):
    for number in range(31, 41):
        red(project, number)
        time.sleep(0.1)

    loop.read_until("assert 40 == (2 * 2)")
    loop.read_until(END)
    time.sleep(1)

    assert "assert" not in loop.read_for(0.5)


def test_a_child_that_is_killed_or_exits_does_not_end_the_loop(project, loop):
    project.solve(("return _times(2, x)", "import os\n    os._exit(3)"))
    died = loop.read_until(END)
    project.solve(("return _times(2, x)", "import time\n    time.sleep(30)"))
    time.sleep(1)
    for child in children_of(loop.pid):
        with open(f"/proc/{child}/cmdline") as file:
            is_helper = "resource_tracker" in file.read()
        if not is_helper and os.getsid(child) == child:
            os.kill(child, signal.SIGKILL)
    killed = loop.read_until(END)
    project.solve()

    assert "the test process ended" in died
    assert "the test process ended" in killed
    assert "6 passed" in loop.read_until(END)


def test_an_endless_loop_that_swallows_everything_is_ended(project, loop):
    loop_forever = (
        "while True:\n        try:\n            while True:\n                x += 1\n"
        "        except:\n            pass"
    )
    text = (project.root / "pyproject.toml").read_text()
    (project.root / "pyproject.toml").write_text(text.replace('timeout = "10"', 'timeout = "1"'))
    project.solve(("return _times(2, x)", loop_forever))
    ended = loop.read_until(END, 15)
    project.solve()

    assert "the test process ended" in ended
    assert "6 passed" in loop.read_until(END)


@pytest.mark.parametrize("how", ["q", "\x03", signal.SIGKILL])
def test_whatever_ends_it_no_process_is_left(project, loop, how):
    project.solve(("return _times(2, x)", "import time\n    time.sleep(30)"))
    time.sleep(1)
    before = children_of(loop.pid)

    if isinstance(how, str):
        loop.press(how)
        assert loop.wait() == 0
    else:
        loop.end(how)

    end = time.monotonic() + 5
    while time.monotonic() < end and any(os.path.exists(f"/proc/{pid}") for pid in before):
        time.sleep(0.05)
    assert before
    assert not [pid for pid in before if os.path.exists(f"/proc/{pid}")]


def test_keys_give_hints_status_and_the_next_day(project, loop):
    loop.press("s")
    loop.read_until("day01")
    loop.press("n")
    loop.read_until("this is the last day")
    loop.press("?")
    loop.read_until(END)
    loop.press("h")
    loop.read_until("no hints")
    loop.press("d")
    loop.read_until("first green")
    loop.press("a")
    loop.read_until(END)
    project.solve()
    loop.read_until(END)
    loop.press("r")
    loop.read_until("[y/n]")
    loop.press("n")
    loop.read_until("nothing was changed")
    loop.press("r")
    loop.read_until("[y/n]")
    loop.press("y")
    assert "5 todo" in loop.read_until(END)
    assert project.stub.with_name("counting.py.1.orig").exists()


def test_without_a_terminal_it_prints_plain_lines(project):
    project.solve()
    environment = {**os.environ, "PYTHONPATH": str(project.root)}
    command = f"{sys.executable} -m kata watch 1 | cat"
    shell = ["/bin/sh", "-c", command]
    with Program(shell, folder=project.root, environment=environment) as program:
        shown = program.read_until("6 passed", 60)

    assert "\033" not in shown


def test_it_starts_at_the_first_day_that_is_not_done(project):
    environment = {**os.environ, "PYTHONPATH": str(project.root)}
    command = [sys.executable, "-m", "kata", "watch"]
    with Program(command, folder=project.root, environment=environment) as program:
        assert "exercises/day01/counting.py" in program.read_until("Ctrl-C")


def test_the_commands_that_answer_at_once_do_not_load_torch():
    import subprocess

    for command in (["status"], ["hint", "9", "predict"], ["stubs", "--check"], ["--help"]):
        code = (
            f"import sys; sys.argv = ['kata', *{command!r}]\n"
            "from kata.cli import app\n"
            "try: app()\n"
            "finally: assert 'torch' not in sys.modules\n"
        )
        result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
        assert b"AssertionError" not in result.stderr


def test_a_runner_that_cannot_be_imported_says_so(project):
    """The forkserver keeps an ImportError to itself; the process that it forks does not."""
    preloaded = project.root / "kata" / "preloaded.py"
    text = preloaded.read_text(encoding="utf-8")
    preloaded.unlink()
    preloaded.write_text("import no_such_module\n" + text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(project.root)}
    command = [sys.executable, "-m", "kata", "watch", "1"]

    with Program(command, folder=project.root, environment=environment) as program:
        said = program.read_until(END, 60)

    assert "No module named 'no_such_module'" in said
