"""The server in a Docker container: one more wall between learners' code and this machine.

The container sees the course's copy and the folder of its jobs, and has no network, no privilege
and no other place to write to. The grader stays outside.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path


def check() -> None:
    """Raise ValueError, with what to do, if no container can be used here."""
    if not sys.platform.startswith("linux"):
        raise ValueError(
            "--container runs on Linux; elsewhere, run the whole of kata grade in a container"
        )
    if not shutil.which("docker"):
        raise ValueError("--container needs Docker, and there is no command `docker` here")


def start(
    image: str, folder: Path, arguments: list[str], environment: dict[str, str], seconds: float
) -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """Run Python with these arguments in a container, and return it and a connection to it.

    `folder` is the same inside as outside; what is in its `course` can only be read. One argument
    more is added: the path of a socket that Python has to connect to.

    Raises: ConnectionError, with what Docker said, if it has not after `seconds`.
    """
    path = folder / "server.socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        process = subprocess.Popen(
            [*_docker(image, folder, environment), *arguments, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            return process, _called(listener, process, seconds)
        finally:
            path.unlink()  # nobody else may call


def _docker(image: str, folder: Path, environment: dict[str, str]) -> list[str]:
    course = folder / "course"
    return [
        *("docker", "run", "--rm", f"--name={folder.name}", f"--user={os.getuid()}:{os.getgid()}"),
        *("--network=none", "--read-only", "--cap-drop=ALL", "--pids-limit=2048"),
        # Docker's own filter of system calls would forbid the namespaces that every learner's
        # process gets; the filter which that process gets is stricter.
        *("--security-opt=no-new-privileges", "--security-opt=seccomp=unconfined"),
        *(f"--volume={folder}:{folder}", f"--volume={course}:{course}:ro", f"--workdir={course}"),
        *(f"--env={name}={value}" for name, value in environment.items()),
        *(image, "python3"),
    ]


def _called(
    listener: socket.socket, process: "subprocess.Popen[bytes]", seconds: float
) -> socket.socket:
    end = time.monotonic() + seconds
    listener.settimeout(0.2)
    while process.poll() is None and time.monotonic() < end:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        connection.settimeout(None)
        return connection
    process.kill()
    said = process.communicate()[1].decode(errors="replace").strip()[-1000:]
    raise ConnectionError(f"the container did not start: {said or f'no call in {seconds:g} s'}")


def end(folder: Path) -> None:
    """End the container that was started with this folder, if it still runs."""
    # Without it the container would live on: killing `docker run` only ends what shows it.
    subprocess.run(["docker", "kill", folder.name], capture_output=True, check=False)
