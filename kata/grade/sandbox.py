"""The grader's side of the processes that run learners' code.

One server holds torch and the tests; each job is a fork of it, in a folder of its own. Everything
that comes back is JSON with a limit on its size, and it is only believed after kata.grade.ledger
has looked at it.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kata.grade import container, course, protocol
from kata.layout import Exercise

MIB = 1 << 20
PATIENCE = 20.0  # seconds beyond its wall clock after which a keeper is given up
READY = 180.0  # seconds for a server to import torch and collect the tests
SAID = 8 * MIB  # bytes that a worker may send

# What the server sees of this process's environment: nothing secret is among it.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """What one day of one submission may use."""

    wall: float = 300.0  # seconds
    processor: int = 300  # seconds
    memory: int = 2048 * MIB  # bytes of data beyond what the server has
    resident: int = 4096 * MIB  # bytes held at any time, all its processes together
    file: int = 64 * MIB  # bytes a file
    folder: int = 256 * MIB  # bytes in its folder


@dataclass(frozen=True)
class Layers:
    """Which of grading's layers are on; all, but in the tests that try each one alone."""

    policy: bool = True
    isolation: bool = True
    ledger: bool = True


@dataclass
class Run:
    """What came back of one job, nothing of it believed yet."""

    plan: list[tuple[str, str]]  # random id, and the test's name; "" for a canary
    messages: list[dict[str, Any]] = field(default_factory=list)
    broken: str = ""  # what was wrong with what the worker sent
    exit: int | None = None  # the worker's exit code, negative for a signal; None: not known
    limit: str = ""  # the limit for which it was ended
    isolation: dict[str, bool] = field(default_factory=dict)
    seconds: float = 0.0


class ServerError(RuntimeError):
    """The server could not start, or ended: nothing can be graded."""


class Server:
    """A process that has imported torch and collected the tests, and what it is asked."""

    def __init__(self, image: str = "") -> None:
        """Start it, in a container of this Docker image if one is named.

        Raises: ServerError if it cannot start, or cannot collect the tests.
        """
        self.image = image
        self.folder = Path(tempfile.mkdtemp(prefix="kata-grade-"))
        os.chmod(self.folder, 0o755)
        copy = self.folder / "course"
        copy.mkdir()
        course.copy_into(copy)
        (self.folder / "jobs").mkdir()
        self.sending = threading.Lock()
        self.process, self.connection = self._started(copy)
        self.tests = self._collected()

    def _started(self, copy: Path) -> tuple["subprocess.Popen[bytes]", socket.socket]:
        arguments = ["-P", "-s", "-B", "-c", _START, str(copy)]
        if self.image:
            try:
                return container.start(
                    self.image, self.folder, arguments, self._environment(), READY
                )
            except ConnectionError as error:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise ServerError(str(error)) from None
        connection, there = socket.socketpair()
        with there:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=there.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environment(),
                cwd=copy,
                start_new_session=True,
            )
        return process, connection

    def _environment(self) -> dict[str, str]:
        fixed = {"HOME": str(self.folder), "TMPDIR": str(self.folder), "PYTHONHASHSEED": "0"}
        fixed["PYTHONUTF8"] = "1"
        if self.image:  # it has its own programs and fonts
            return fixed | {"MPLCONFIGDIR": str(self.folder / "matplotlib")}
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        fonts = os.environ.get("MPLCONFIGDIR") or _fonts(self.folder)
        return own | fixed | {"MPLCONFIGDIR": fonts}

    def _collected(self) -> list[tuple[str, str, str]]:
        reader = protocol.Reader(self.connection, SAID)
        try:
            first = next(reader.messages(READY), {})
        except (TimeoutError, protocol.Broken) as error:
            first = {"error": str(error)}
        if "tests" not in first:
            self.process.kill()
            words = (self.process.stderr.read() if self.process.stderr else b"").decode()[-2000:]
            self.close()
            raise ServerError(f"the tests could not be collected: {first.get('error', words)}")
        self.connection.settimeout(None)
        return [(day, name, kind) for day, name, kind in first["tests"]]

    def expected(self, exercise: Exercise) -> dict[str, str]:
        """Return the names of a day's tests and their kinds, in order: what can be scored."""
        return {name: kind for day, name, kind in self.tests if day == exercise.folder}

    def run(
        self, exercise: Exercise, source: str, *, seed: int, limits: Limits, layers: Layers
    ) -> Run:
        """Run a day's tests against a source text, in a process of its own.

        Raises: ServerError if the server is gone.
        """
        run = Run(_plan(list(self.expected(exercise))))
        folder = Path(tempfile.mkdtemp(dir=self.folder / "jobs"))
        path = folder / exercise.folder / exercise.stub.name
        path.parent.mkdir()
        (folder / "work").mkdir()
        path.write_text(source, encoding="utf-8", newline="")
        job = {
            "day": exercise.folder,
            "folder": str(folder),
            "seed": seed,
            "plan": run.plan,
            "limits": asdict(limits),
            "isolation": layers.isolation,
            "ledger": layers.ledger,
        }
        start = time.perf_counter()
        kept, said = socket.socketpair()
        results, told = socket.socketpair()
        try:
            with said, told:
                self._ask(job, said, told)
            self._listen(run, results, kept, limits.wall + PATIENCE)
        finally:
            kept.close()
            results.close()
            shutil.rmtree(folder, ignore_errors=True)
        run.seconds = time.perf_counter() - start
        if self.image:
            run.isolation |= {"container": True, "no network": True}
        return run

    def _ask(self, job: dict[str, Any], said: socket.socket, told: socket.socket) -> None:
        try:
            with self.sending:
                data = json.dumps(job).encode() + b"\n"
                sent = socket.send_fds(self.connection, [data], [said.fileno(), told.fileno()])
                self.connection.sendall(data[sent:])
        except OSError as error:
            raise ServerError(f"the server has ended: {error}") from None

    def _listen(
        self, run: Run, results: socket.socket, kept: socket.socket, patience: float
    ) -> None:
        """Read what the worker tells, and then how its keeper says that it ended."""
        most = 4 * len(run.plan) + 1  # a start and, at most, three reports for each, and the end
        try:
            for message in protocol.Reader(results, SAID).messages(patience, alarm=kept):
                run.messages.append(message)
                if len(run.messages) > most:
                    raise protocol.Broken(f"more than {most} messages")
        except protocol.Broken as error:
            run.broken = str(error)
        except TimeoutError:
            run.broken = "it never ended"
        results.close()  # a worker that goes on sending gets an error
        with contextlib.suppress(TimeoutError, protocol.Broken):
            for message in protocol.Reader(kept, MIB).messages(patience):
                run.exit, run.limit = message["exit"], message["limit"]
                run.isolation = message["isolation"]
        if run.exit is None and self.process.poll() is not None:
            raise ServerError(f"the server ended with exit code {self.process.returncode}")

    def close(self) -> None:
        """End the server and everything that it has forked; a second time does nothing."""
        self.connection.close()
        if self.image:
            container.end(self.folder)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


# The course's copy comes first; a path that has answers on it, as an editable install adds, goes.
_START = """\
import os, sys
path = [entry for entry in sys.path if not os.path.isdir(os.path.join(entry, "solutions"))]
sys.path[:] = [sys.argv[1], *path]
from kata.grade.server import main
main()
"""


def _fonts(folder: Path) -> str:
    """Return a folder with matplotlib's list of fonts, which takes seconds to make anew."""
    copy = folder / "matplotlib"
    copy.mkdir()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
    for cache in home.glob("fontlist-*.json"):
        with contextlib.suppress(OSError):
            shutil.copy(cache, copy)
    return str(copy)


def _plan(tests: list[str]) -> list[tuple[str, str]]:
    """Return the tests in order under random ids, with canaries at random places among them."""
    plan = [(secrets.token_hex(8), name) for name in tests]
    for _ in range(6):
        place = secrets.randbelow(len(plan)) + 1  # never first: that test loads the file
        plan.insert(place, (secrets.token_hex(8), ""))
    return plan
