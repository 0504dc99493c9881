"""What every test starts from, and how long it may take.

A learner's code may change the default dtype, leave figures open or never return. The next test
must not notice.
"""

import faulthandler
import os
import random
import signal
import sys
import threading
import time
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kata.layout import shown

_style: dict[str, Any] = {}  # matplotlib's parameters when it had just been loaded
GRACE = 2.0  # seconds from the timeout's exception to the end of a process that swallows it


class DidNotReturn(BaseException):
    """A test takes too long. Not an Exception, so that `except Exception` lets it pass."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"did not return within {seconds:g} s")
        self.seconds = seconds


def reset(seed: int, test: str) -> None:
    """Give a test its own random numbers, and torch, Python and matplotlib their defaults back."""
    own_seed = zlib.crc32(f"{seed} {test}".encode())
    random.seed(own_seed)
    close_figures()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(own_seed)
    torch = sys.modules.get("torch")
    if torch is None:  # a day that does without it should not wait for it
        return
    torch.default_generator.manual_seed(own_seed)  # of the CPU; asking every device takes 1 ms
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    if torch.are_deterministic_algorithms_enabled():  # the call below imports torch._inductor
        torch.use_deterministic_algorithms(False)
    torch.autograd.set_detect_anomaly(False)
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def close_figures() -> None:
    """Close every open figure and undo plt.style.use, if matplotlib is loaded at all."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
        parameters = pyplot.matplotlib.rcParams
        style = dict(dict.items(parameters))  # its own copy() looks at each of 300 values: 1 ms
        if not _style:
            _style.update(style)
        elif style != _style:
            parameters.update(_style)


class TimeLimit:
    """Raise DidNotReturn in the main thread after `seconds`, and end the process if that fails.

    A bare `except:` swallows the exception, and code inside torch does not see it. Two seconds
    later a thread says where the code is and ends the process; should even that be held up,
    faulthandler does so from C. `stderr` is a file descriptor that is not captured. Where there
    are no signals (Windows) the thread is the first to act.
    """

    def __init__(self, seconds: float, path: Path, stderr: int) -> None:
        self.seconds, self.path, self.stderr = seconds, path, stderr
        self.main = threading.main_thread().ident
        self.has_signal = hasattr(signal, "SIGALRM")
        self.previous: Any = None

    def start(self) -> None:
        if self.has_signal:
            self.previous = signal.signal(signal.SIGALRM, self._interrupt)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)
        _watchdog.watch(self.seconds + GRACE * self.has_signal, self._give_up)
        _arm(self.seconds + 2 * GRACE, self.stderr)

    def stop(self) -> None:
        _watchdog.rest()
        if self.has_signal:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.previous)

    def _interrupt(self, number: int, frame: object) -> None:
        raise DidNotReturn(self.seconds)

    def _give_up(self) -> None:
        stack = traceback.extract_stack(sys._current_frames()[self.main or 0])
        own = [frame for frame in stack if Path(frame.filename) == self.path]
        name = own[-1].name if own else "a test"
        lines = ["", "", f"{name} did not return within {self.seconds:g} s"]
        if own:
            lines += [f"  {shown(self.path)}:{own[-1].lineno}, {name}", f"      {own[-1].line}"]
        if self.has_signal:
            lines.append("It could not be interrupted: a bare `except:` catches every exception,")
            lines.append("or one operation takes very long. The test run ends here.")
        os.write(self.stderr, "\n".join([*lines, ""]).encode())
        os._exit(1)


_armed_until = 0.0  # seconds of the monotonic clock
SLACK = 5.0  # seconds: setting faulthandler's timer takes milliseconds, so not for every test


def _arm(seconds: float, stderr: int) -> None:
    """Let faulthandler end the process after `seconds`, or up to SLACK later."""
    global _armed_until
    needed = time.monotonic() + seconds
    if not needed <= _armed_until <= needed + SLACK:
        faulthandler.dump_traceback_later(seconds + SLACK, exit=True, file=stderr)
        _armed_until = needed + SLACK


def disarm() -> None:
    """Let faulthandler end nothing any more: the tests are over, or somebody is debugging."""
    global _armed_until
    if _armed_until:
        faulthandler.cancel_dump_traceback_later()
        _armed_until = 0.0


class _Watchdog:
    """One thread for the limits of all tests: a timer for each would take a millisecond."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.changed = threading.Condition()
        self.deadline = self.wakes = float("inf")  # seconds of the monotonic clock
        self.bark: Callable[[], None] = lambda: None

    def watch(self, seconds: float, bark: Callable[[], None]) -> None:
        """Call `bark` after `seconds`, unless rest() or watch() is called before."""
        self.bark, self.deadline = bark, time.monotonic() + seconds
        if self.thread is None or not self.thread.is_alive():  # the first, or after a fork
            self.changed = threading.Condition()
            self.wakes = self.deadline
            self.thread = threading.Thread(target=self._watch, daemon=True)
            self.thread.start()
        elif self.deadline < self.wakes:
            with self.changed:
                self.changed.notify()

    def rest(self) -> None:
        """Let the last call of watch() be forgotten."""
        self.deadline = float("inf")

    def _watch(self) -> None:
        with self.changed:
            while True:
                now = time.monotonic()
                if now >= self.deadline:
                    self.deadline = float("inf")
                    self.bark()
                self.wakes = min(self.deadline, now + 3600)
                self.changed.wait(self.wakes - now)


_watchdog = _Watchdog()
