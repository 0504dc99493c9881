"""What is around a sample while it is graded, and what of it the sample has changed."""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import resource
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

from kata.layout import ROOT

SECRET = "SECRET_OF_THE_TEACHER"
_IPC_RMID = 0
_FS_IOC_GETFLAGS, _FS_IOC_SETFLAGS = 0x80086601, 0x40086602
# It counts nothing and computes nothing: it is there to survive.
_SENTINEL = "import time\nprint('ready', flush=True)\ntime.sleep(600)\n"


class Surroundings:
    """A canary file, a listener, a sentinel process and a copy of the course, watched."""

    def __init__(self, server, folder):
        self.server = server
        self.token = f"kata-trick-{secrets.token_hex(6)}"
        self.canary = server.folder / "jobs" / f"canary-{self.token}"
        self.canary.write_text("untouched")
        self.github = folder / "github-env"
        self.github.write_text("")
        self.course = server.folder / "course"
        self.settings = self.course / "pyproject.toml"
        self.text, self.about = self.settings.read_bytes(), self.settings.stat()
        self.flags = _flags(self.settings)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0{self.token}")
        self.abstract.listen()
        self.key = secrets.randbelow(1 << 30) + 1
        command = [sys.executable, "-I", "-S", "-c", _SENTINEL]
        self.sentinel = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        assert self.sentinel.stdout.readline()
        self.before = self._state()

    def filled_in(self, source):
        """Return a sample with its words in capitals replaced."""
        words = {
            **{"CANARY": self.canary, "COURSE": self.course, "TOKEN": self.token, "ROOT": ROOT},
            **{"SENTINEL": self.sentinel.pid, "GITHUB_FILE": self.github, "SHMKEY": self.key},
            **{"PORT": self.listener.getsockname()[1], "SOCKET": self.token},
        }
        for word, value in words.items():
            source = source.replace(word, str(value))
        return source

    def harm(self, result):
        """Return what a sample has done to them; `result` is what it got."""
        after = self._state()
        found = [what for what in self.before if after[what] != self.before[what]]
        if f"{SECRET}=" in str(result):
            found.append("a secret")
        return found

    def _state(self):
        pid = self.sentinel.pid
        alive = self.sentinel.poll() is None
        return {
            "the canary": self.canary.read_text(),
            "the jobs' folder": sorted(path.name for path in self.canary.parent.iterdir()),
            "the course": digest(self.course),
            "/tmp": Path(f"/tmp/{self.token}").exists(),
            "/dev/shm": Path(f"/dev/shm/{self.token}").exists(),
            "the workflow's environment": self.github.read_text(),
            "the network": _called(self.listener),
            "an abstract socket": _called(self.abstract),
            "shared memory": _has_shared_memory(self.key),
            "another process": alive and _state_of(pid),
            "processes left": self._left(),
            "the grader's server": self.server.process.poll() is None,
            "the grader's environment": {
                name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"
            },
        }

    def _left(self):
        """Return the forks of the server that are still there, once they have had time to end."""
        for _ in range(40):
            left = [pid for pid in _named(str(self.course)) if pid != self.server.process.pid]
            if not left:
                return []
            time.sleep(0.025)
        return left

    def close(self):
        """Remove everything that a sample may have left, and the surroundings."""
        self.sentinel.kill()
        self.sentinel.communicate()
        if self.server.process.poll() is None:
            self._put_back()
        self.listener.close()
        self.abstract.close()
        for path in (f"/tmp/{self.token}", f"/dev/shm/{self.token}", self.canary):
            Path(path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (self.canary.parent / self.token / "x").unlink()
        for path in self.canary.parent.glob(f"*/{self.token}"):
            path.rmdir()
        if sys.platform == "linux" and _has_shared_memory(self.key):
            libc = ctypes.CDLL(None)
            libc.shmctl(libc.shmget(self.key, 0, 0), _IPC_RMID, None)

    def _put_back(self):
        self.settings.chmod(self.about.st_mode)
        _flags(self.settings, new=self.flags)
        self.settings.write_bytes(self.text)
        os.utime(self.settings, ns=(self.about.st_atime_ns, self.about.st_mtime_ns))
        for mark in os.listxattr(self.settings) if hasattr(os, "listxattr") else []:
            if self.token in mark:
                os.removexattr(self.settings, mark)
        for path in self.course.rglob(f"*{self.token}*"):
            path.unlink()


def digest(folder):
    """Return what stands in a folder: names, modes, times, marks and contents."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" not in path.parts:
            about = path.lstat()
            marks = os.listxattr(path) if hasattr(os, "listxattr") else []
            changed = about.st_mtime_ns if path.is_file() else 0
            found.update(f"{path} {about.st_mode} {changed} {marks} {_flags(path)}\n".encode())
            found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def _flags(path, new=None):
    """Return what `lsattr` shows of a file, once `new` is set; b"" where there is no such thing."""
    file = os.open(path, os.O_RDONLY)
    try:
        if new:
            fcntl.ioctl(file, _FS_IOC_SETFLAGS, new)
        return fcntl.ioctl(file, _FS_IOC_GETFLAGS, bytes(8))
    except OSError:
        return b""
    finally:
        os.close(file)


def _called(listener):
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _has_shared_memory(key):
    with contextlib.suppress(OSError):
        lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        return key in [int(line.split()[0]) for line in lines]
    return False


def _state_of(pid):
    """Return what a process is allowed and whether it runs; "" where there is no /proc."""
    with contextlib.suppress(OSError, AttributeError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        nice = os.getpriority(os.PRIO_PROCESS, pid)
        files = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        return state == "T", nice, sorted(os.sched_getaffinity(pid)), files
    return ""


def _named(text):
    """Return the numbers of the processes with `text` on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found
