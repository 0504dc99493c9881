"""What is taken from a fork: the files that the course names, as text, and nothing else.

No link is followed and git is never run inside a checkout that somebody gave: its configuration
could run programs. A clone of ours is made without links and with few kinds of address.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kata import layout
from kata.grade.results import Student
from kata.layout import Exercise

LARGEST = 1 << 20  # bytes of a file that is taken
CLONING = 120  # seconds


@dataclass(frozen=True)
class Submission:
    """The texts of one fork, by the path that they have in it."""

    texts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  # path → why there is no text

    @property
    def digest(self) -> str:
        """The SHA-256 of everything that was taken, and of what could not be."""
        found = hashlib.sha256()
        for path, text in sorted([*self.texts.items(), *self.problems.items()]):
            data = text.encode("utf-8", "surrogatepass")
            found.update(f"{path}\0{len(data)}\0".encode() + data)
        return found.hexdigest()

    def answers(self) -> dict[str, str]:
        """Return what a person has to read: each day's answer.md, and the reflection."""
        return {path: text for path, text in self.texts.items() if path.endswith(".md")}


class SourceError(RuntimeError):
    """There is no submission at this source; the message says why."""


def path_of(exercise: Exercise) -> str:
    """Return the path of a day's file in a fork."""
    return exercise.stub.relative_to(layout.ROOT).as_posix()


def named_files() -> list[str]:
    """Return the path of every file that is taken."""
    days = layout.week()
    answers = [day.answer.relative_to(layout.ROOT).as_posix() for day in days]
    return [*map(path_of, days), *answers, "exercises/reflection.md"]


def take(folder: Path) -> Submission:
    """Return the named files of a checkout.

    Raises: SourceError if there is no such folder.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise SourceError(f"{folder} {what}: name a folder that has exercises/ in it")
    texts, problems = {}, {}
    for path in named_files():
        try:
            texts[path] = _text(folder, path)
        except FileNotFoundError:
            if path.endswith(".py"):
                problems[path] = "the file is missing"
        except (OSError, ValueError) as error:
            problems[path] = str(error.strerror if isinstance(error, OSError) else error)
    return Submission(texts, problems)


def _text(folder: Path, path: str) -> str:
    """Return a file's text, following no link on the way to it.

    Raises: OSError if it cannot be read, ValueError if it is not a text of ordinary size.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        *parents, name = path.split("/")
        for parent in parents:
            inner = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | _NO_LINKS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        # A pipe would wait for its other end for ever without O_NONBLOCK.
        file = os.open(name, os.O_RDONLY | _NO_LINKS | os.O_NONBLOCK, dir_fd=descriptor)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise ValueError("it is a link, or lies behind one; links are not followed") from None
        raise
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ValueError("it is not a regular file")
    with open(file, "rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 10} KiB")
    if b"\0" in data:
        raise ValueError("it is not a text file: it holds null bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"it is not UTF-8 text: line {line} is not; save it as UTF-8") from None


_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@contextlib.contextmanager
def checkout(student: Student) -> Iterator[Path]:
    """Give the folder of a submission: the student's own, or a clone that is removed afterwards.

    Raises: SourceError if there is none.
    """
    if not is_address(student.source) and not student.ref:
        yield Path(student.source)
        return
    folder = Path(tempfile.mkdtemp(prefix="kata-clone-"))
    try:
        _clone(student.source, student.ref, folder)
        yield folder / "fork"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_address(source: str) -> bool:
    """Tell whether a source is something to clone rather than a folder."""
    return "://" in source or ("@" in source and ":" in source and not os.path.exists(source))


def _clone(source: str, ref: str, folder: Path) -> None:
    if ref.startswith("-"):
        raise SourceError(f"{ref!r} is no branch, tag or commit")
    if not is_address(source):
        source = Path(source).absolute().as_uri()  # a path would be cloned by hard links
    environment = {
        **os.environ,
        **{"GIT_ALLOW_PROTOCOL": "https:ssh:file", "GIT_TERMINAL_PROMPT": "0"},
        **{"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_LFS_SKIP_SMUDGE": "1"},
    }
    options = ["-c", "core.symlinks=false", "-c", f"core.hooksPath={os.devnull}"]
    options += ["-c", "protocol.ext.allow=never", "-c", "submodule.recurse=false"]
    init = ["git", *options, "init", "--quiet", "--template=", str(folder / "fork")]
    inside = ["git", "-C", str(folder / "fork"), *options]
    fetch = [*inside, "fetch", "--quiet", "--depth=1", "--no-tags", "--", source, ref or "HEAD"]
    checkout = [*inside, "checkout", "--quiet", "--detach", "FETCH_HEAD"]
    for command in (init, fetch, checkout):
        try:
            subprocess.run(
                command, env=environment, check=True, capture_output=True, timeout=CLONING
            )
        except FileNotFoundError:
            raise SourceError("git is not installed; give folders in place of addresses") from None
        except subprocess.TimeoutExpired:
            raise SourceError(f"{source} did not answer within {CLONING} s") from None
        except subprocess.CalledProcessError as error:
            words = error.stderr.decode(errors="replace").strip().splitlines() or [
                "no reason given"
            ]
            raise SourceError(f"{source} cannot be cloned: {words[-1]}") from None
