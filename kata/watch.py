"""The warm loop: save, and the verdict is there.

A spare process with everything imported waits for each save (kata.spare). A save during a run
ends that run and starts the next, so the last verdict is always about the last save.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import watchfiles

from kata import hints, layout, progress
from kata.layout import Exercise, shown
from kata.screen import KEYS, Terminal, Verdict, verdict_lines
from kata.spare import Collected, Ended, Spare, Tested, View

# Where the file system sends no events, the files are looked at every so often.
SILENT_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "9p", "drvfs", "fuse.sshfs", "vboxsf"}


@dataclass(frozen=True)
class Saved:
    """The day's file has changed, or its tests have."""

    tests: bool = False


@dataclass(frozen=True)
class Key:
    """A key was pressed."""

    name: str


@dataclass(frozen=True)
class Said:
    """A test process has said something; None: it is gone."""

    spare: Spare
    message: Collected | Tested | Ended | None


def watch(exercise: Exercise, *, poll: bool | None = None) -> None:
    """Test a day at every save until `q` or Ctrl-C."""
    Loop(exercise, poll=needs_polling(layout.ROOT) if poll is None else poll).run()


def needs_polling(path: Path) -> bool:
    """Tell whether `path` is on a file system that sends no events, as network mounts are."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    best, kind = "", ""
    for line in mounts:
        _, mount, file_system, *_ = line.split(" ")
        if path.is_relative_to(mount) and len(mount) >= len(best):
            best, kind = mount, file_system
    return kind in SILENT_FILE_SYSTEMS


class Loop:
    """Events come from three threads into one queue; everything is decided in one place."""

    def __init__(self, exercise: Exercise, *, poll: bool) -> None:
        self.exercise, self.poll = exercise, poll
        self.events: SimpleQueue[Saved | Key | Said] = SimpleQueue()
        self.terminal = Terminal.of_stdout()
        self.stop_watching = threading.Event()
        self.spare: Spare | None = None  # waits for the next save
        self.running: Spare | None = None
        self.verdict: Verdict | None = None
        self.started = 0.0
        self.is_asking = False  # whether the next key is an answer

    @property
    def target(self) -> str:
        return f"exercises/{self.exercise.folder}"

    def run(self) -> None:
        self._say(f"watching {shown(self.exercise.stub)}; Ctrl-C ends it")
        threading.Thread(target=self._watch_files, daemon=True).start()
        with self._keys():
            try:
                self._test()
                while self._handle(self.events.get()):
                    pass
            except KeyboardInterrupt:
                pass
            finally:
                self.stop_watching.set()
                for process in (self.running, self.spare):
                    if process:
                        process.end()

    # what happens --------------------------------------------------------------------------

    def _handle(self, event: Saved | Key | Said) -> bool:
        """Act on one event; return False when it is time to stop."""
        match event:
            case Saved(tests=True):
                self._drop_the_spare()  # it has collected the tests of before
                self._test()
            case Saved():
                self._test()
            case Said(spare, message) if spare is self.running:
                self._hear(message)
            case Key(name) if self.is_asking:
                self._answer(name)
            case Key("q"):
                return False
            case Key(name):
                self._press(name)
        return True

    def _test(self, target: str = "") -> None:
        """Start testing the file as it is now, in place of a run that is still going on."""
        if self.running:
            self.running.end()
        self.running = self.spare or Spare(target or self.target)
        self.spare = None
        self.verdict = Verdict(self.exercise, time.strftime("%H:%M:%S"))
        self.started = time.perf_counter()
        self.running.start(View(self.terminal.width, self.terminal.colour))
        threading.Thread(target=self._listen, args=(self.running,), daemon=True).start()

    def _hear(self, message: Collected | Tested | Ended | None) -> None:
        assert self.verdict is not None
        match message:
            case Collected(count):
                self.verdict.expected = count
            case Tested():
                self.verdict.tests.append(message)
            case Ended(code, error):
                if code not in (0, 1):
                    self.verdict.error = error or f"pytest ended with exit code {code}"
                self._finish()
            case None:
                self.verdict.error = self._why_it_died()
                self._finish()

    def _finish(self) -> None:
        assert self.verdict is not None
        assert self.running is not None
        self.verdict.seconds = time.perf_counter() - self.started
        self._show()
        self.running.end()
        self.running = None
        if self.spare is None:
            self.spare = Spare(self.target)

    def _why_it_died(self) -> str:
        assert self.verdict is not None
        done = len(self.verdict.tests)
        return (
            f"the test process ended after {done} of {self.verdict.expected or '?'} tests: "
            "a function that did not return, or exit() in it; save to try again"
        )

    def _press(self, name: str) -> None:
        action = self._actions().get(name)
        if action:
            action()

    def _actions(self) -> dict[str, Callable[[], None]]:
        return {
            "h": self._hint,
            "s": self._status,
            "a": self._test_all,
            "d": self._diff,
            "n": self._next_day,
            "r": self._ask_to_reset,
            "?": self._help,
        }

    def _hint(self) -> None:
        try:
            names = list(hints.hints(self.exercise))
            wanted = [name for name in names if self._is_red(name)] or names
            number, total, text = hints.next_hint(self.exercise, wanted[0])
        except (OSError, LookupError):
            self._say(f"no hints: there is no page {shown(self.exercise.page)}, or it has none")
            return
        self._say(f"hint {number} of {total} for {wanted[0]}: {text}")

    def _test_all(self) -> None:
        self._drop_the_spare()
        self._test("exercises")

    def _diff(self) -> None:
        if not progress.of(self.exercise).is_done:
            self._say("first green, then the reference (`kata diff` shows it all the same)")
            return
        from rich.console import Console

        from kata.answers import Comparison

        Console().print(Comparison(self.exercise))

    def _ask_to_reset(self) -> None:
        self._say(f"put {shown(self.exercise.stub)} back to its stub, keeping a copy? [y/n]")
        self.is_asking = True

    def _answer(self, key: str) -> None:
        self.is_asking = False
        if key != "y":
            self._say("nothing was changed")
            return
        from kata import answers

        backup = answers.reset(self.exercise)  # the change is a save: its verdict follows
        self._say(f"what was there is in {shown(backup)}" if backup else "it was a stub already")

    def _is_red(self, name: str) -> bool:
        tests = self.verdict.tests if self.verdict else []
        return any(name in test.text for test in tests if test.outcome in ("failed", "todo"))

    def _status(self) -> None:
        for day in progress.week():
            self._say(f"{day.exercise.folder}  {day.passed():3}/{day.total():<3} {day.state}")

    def _next_day(self) -> None:
        days = layout.week()
        later = days[days.index(self.exercise) + 1 :]
        if not later:
            self._say("this is the last day; exercises/reflection.md asks what you think of it")
            return
        self.exercise = later[0]
        self._drop_the_spare()
        self._test()

    def _drop_the_spare(self) -> None:
        if self.spare:
            self.spare.end()
            self.spare = None

    def _help(self) -> None:
        self._say(KEYS)

    # what is seen --------------------------------------------------------------------------

    def _show(self) -> None:
        assert self.verdict is not None
        lines = verdict_lines(self.verdict, progress.week(), self.terminal)
        if self.terminal.is_person:
            lines = ["\033[H\033[2J" + lines[0], *lines[1:], KEYS]
        self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    # where events come from ----------------------------------------------------------------

    def _watch_files(self) -> None:
        for changes in watchfiles.watch(
            layout.ROOT / "exercises",
            layout.ROOT / "tests",
            step=2,
            debounce=200,
            stop_event=self.stop_watching,
            force_polling=self.poll or None,
            poll_delay_ms=100,
            raise_interrupt=False,
        ):
            paths = {Path(path) for _, path in changes}
            if self.exercise.tests in paths:
                self.events.put(Saved(tests=True))
            # A folder that comes or goes takes the file with it.
            if self.exercise.stub in paths or self.exercise.stub.parent in paths:
                self.events.put(Saved())

    def _listen(self, spare: Spare) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                message = spare.connection.recv()
                self.events.put(Said(spare, message))
                if isinstance(message, Ended):
                    return
        self.events.put(Said(spare, None))

    @contextlib.contextmanager
    def _keys(self) -> Iterator[None]:
        """Read single keys while the loop runs, and leave the terminal as it was."""
        if not self.terminal.is_person:
            yield
            return
        if sys.platform == "win32":
            threading.Thread(target=self._read_windows_keys, daemon=True).start()
            yield
            return
        import termios
        import tty

        before: list[Any] = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        threading.Thread(target=self._read_keys, daemon=True).start()
        try:
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

    def _read_keys(self) -> None:
        while key := os.read(sys.stdin.fileno(), 1):
            self.events.put(Key(key.decode(errors="replace").lower()))

    def _read_windows_keys(self) -> None:
        import msvcrt

        while True:
            self.events.put(Key(msvcrt.getwch().lower()))  # type: ignore[attr-defined,unused-ignore]
