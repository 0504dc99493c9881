"""The parent of one worker: it sets the limits, waits, and leaves no process behind.

It runs no learner's code, and what it says goes over a socket that the worker does not have.
"""

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kata import layout
from kata.grade import isolation, protocol

EVERY = 0.05  # seconds between two looks at a worker


def keep(job: dict[str, Any], said: socket.socket, *, closed: socket.socket) -> None:
    """Fork the worker, in which alone this returns, and watch it to its end.

    `said` takes the keeper's one message: how it ended, and which isolation held.
    """
    os.setsid()
    isolation.adopt_orphans()
    isolation.end_with_parent()
    held: dict[str, bool] = {}
    isolated = job["isolation"]
    if isolated:
        held |= isolation.own_namespaces()
    ready, steady = os.pipe()
    worker = os.fork()
    if worker == 0:
        said.close()
        os.close(ready)
        os.setsid()
        isolation.end_with_parent()
        os.chdir(Path(job["folder"]) / "work")
        held = _close_off(job) if isolated else {}
        os.write(steady, json.dumps(held).encode())
        os.close(steady)
        return
    closed.close()
    os.close(steady)
    with suppress(ValueError):  # a worker that dies first says nothing
        held |= json.loads(os.read(ready, 4096))
    os.close(ready)
    status = _watch(worker, job)
    _end_everything()
    protocol.send(said, {**status, "isolation": held})
    said.close()  # now: to give back the server's memory takes a while
    os._exit(0)


def _close_off(job: dict[str, Any]) -> dict[str, bool]:
    folder = Path(job["folder"])
    os.environ["TMPDIR"] = os.environ["HOME"] = str(folder)
    limits = job["limits"]
    held = isolation.limit_resources(
        seconds=limits["processor"], data=limits["memory"], file_size=limits["file"], files=256
    )
    held |= isolation.close_file_system(_readable(), [folder, Path(os.devnull)])
    return held | isolation.refuse_system_calls()


def _readable() -> list[Path]:
    """Return what Python, torch and the tests may still want to read."""
    system = ["/usr", "/lib", "/lib64", "/opt", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts"]
    system += ["/dev/urandom", "/dev/zero", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system"]
    python = [sys.base_prefix, *(path for path in sys.path if "-packages" in path)]
    return [Path(path) for path in [*system, *python, str(layout.ROOT)]]


def _watch(worker: int, job: dict[str, Any]) -> dict[str, Any]:
    """Wait for the worker; end it when it takes too long or too much memory."""
    limits = job["limits"]
    end = time.monotonic() + limits["wall"]
    ended_for = ""
    wait = _waiter(worker)
    while True:
        wait()
        pid, status = os.waitpid(worker, os.WNOHANG)
        if pid:
            return {"exit": os.waitstatus_to_exitcode(status), "limit": ended_for}
        ended_for = ended_for or _too_much(Path(job["folder"]), limits, end)
        if ended_for:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)


def _waiter(worker: int) -> Callable[[], object]:
    """Return a function that waits a moment, or until the worker ends."""
    if not hasattr(os, "pidfd_open"):
        return lambda: time.sleep(EVERY / 2)
    poll = select.poll()
    poll.register(os.pidfd_open(worker), select.POLLIN)
    return lambda: poll.poll(EVERY * 1000)


def _too_much(folder: Path, limits: dict[str, Any], end: float) -> str:
    if time.monotonic() > end:
        return f"more than {limits['wall']:g} s"
    if _resident() > limits["resident"]:
        return f"more than {limits['resident'] >> 20} MiB of memory"
    if _size_of(folder) > limits["folder"]:
        return f"more than {limits['folder'] >> 20} MiB of files"
    return ""


def _children() -> list[int]:
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:
        return []
    return [int(number) for number in text.split()]


def _resident() -> int:
    """Return the bytes of memory that the processes below hold and the server does not."""
    total = 0
    for child in _descendants():
        with suppress(OSError):
            for line in Path(f"/proc/{child}/status").read_text().splitlines():
                # Anonymous memory can be shared, too: a limit on data does not know of it.
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += int(line.split()[1]) * 1024
    return total


def _descendants() -> list[int]:
    found = []
    todo = _children()
    while todo:
        child = todo.pop()
        found.append(child)
        with suppress(OSError):
            todo += map(int, Path(f"/proc/{child}/task/{child}/children").read_text().split())
    return found


def _size_of(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
    return total


def _end_everything() -> None:
    """End what the worker has left: orphans come to this process, since it adopts them."""
    for _ in range(1000):
        left = _descendants()
        for child in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left:
            return
        time.sleep(0.001)
