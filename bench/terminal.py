"""A program in a terminal of its own: keys go in, and what it shows is read as it comes."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class Program:
    """A running program, seen from the other side of its terminal (not on Windows)."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str] = os.environ,
        columns: int = 100,
    ) -> None:
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(command[0], list(command), dict(environment))
        size = struct.pack("HHHH", 40, columns, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end(signal.SIGKILL)

    def read_until(self, text: str, seconds: float = 30) -> str:
        """Return all that is shown from now until `text` has been.

        Raises: TimeoutError if `text` is not shown within `seconds`; the message has what was.
        """
        end = time.monotonic() + seconds
        fresh = self.shown
        while text not in fresh:
            left = end - time.monotonic()
            if left <= 0 or not self._wait(left):
                raise TimeoutError(f"{text!r} was not shown within {seconds:g} s, but:\n{fresh}")
            try:
                fresh += os.read(self.descriptor, 65536).decode(errors="replace")
            except OSError:
                raise TimeoutError(f"the program ended without {text!r}:\n{fresh}") from None
        cut = fresh.index(text) + len(text)
        fresh, self.shown = fresh[:cut], fresh[cut:]
        return fresh

    def read_for(self, seconds: float) -> str:
        """Return all that is shown within `seconds`."""
        end = time.monotonic() + seconds
        fresh, self.shown = self.shown, ""
        while (left := end - time.monotonic()) > 0 and self._wait(left):
            try:
                fresh += os.read(self.descriptor, 65536).decode(errors="replace")
            except OSError:
                break
        return fresh

    def press(self, keys: str) -> None:
        """Type these keys; "\\x03" is Ctrl-C."""
        os.write(self.descriptor, keys.encode())

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End the program with a signal, and return its exit code (negative: the signal's)."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code once the program has ended."""
        with contextlib.suppress(ChildProcessError):
            _, status = os.waitpid(self.pid, 0)
            with contextlib.suppress(OSError):
                os.close(self.descriptor)
            return os.waitstatus_to_exitcode(status)
        return 0

    def _wait(self, seconds: float) -> bool:
        return bool(select.select([self.descriptor], [], [], seconds)[0])
