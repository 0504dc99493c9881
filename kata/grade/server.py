"""The process that learners' code is forked from: it has imported and collected, and never runs.

It is started in a copy of the course that holds neither solutions nor attempts (kata.grade.course),
collects every day's tests, says which there are, and forks a keeper for every job.
"""

import array
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Generator
from typing import Any

import pytest

from kata import layout, warm
from kata.grade import keeper, protocol


def main() -> None:
    """Serve jobs until the grader closes the connection.

    That is standard input, or in a container a socket whose path is the second argument.
    """
    import kata.preloaded  # noqa: F401

    if len(sys.argv) > 2:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(sys.argv[2])
    else:
        connection = socket.socket(fileno=os.dup(0))
    warm.stand_apart()
    options = [*warm.pytest_options(), "-c", "pyproject.toml", "-m", "not mnist"]
    options += [f"--rootdir={layout.ROOT}", f"--answers={layout.ROOT}", "-p", "no:cacheprovider"]
    os.chdir(layout.ROOT)
    pytest.main(["exercises", *options], plugins=[Server(connection)])
    os._exit(1)  # collecting failed, or the grader closed the connection in the middle


class Server:
    """A pytest plugin that forks a keeper for every job instead of running the tests."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            protocol.send(self.connection, {"error": str(report.longrepr)})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        from kata.grade import doors, snapshot, worker

        doors.shut()
        common = snapshot.common()
        protocol.send(self.connection, {"tests": _tests(session.items)})
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
        while True:
            job, descriptors = _receive(self.connection)
            if os.fork() == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.connection.close()
        said, told = (socket.socket(fileno=number) for number in descriptors)
        keeper.keep(job, said, closed=told)  # returns in the worker only
        if job["isolation"]:
            doors.shut_the_system()
        teller = worker.prepare(session, job, told, common)
        yield
        teller.finish()
        os._exit(0)


def _tests(items: list[pytest.Item]) -> list[list[str]]:
    """Return day, name and kind of every test."""
    return [
        [
            item.path.parent.name,
            item.name,
            "stretch" if item.get_closest_marker("stretch") else "core",
        ]
        for item in items
    ]


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the next job and the two sockets that come with it; end when there is none."""
    room = socket.CMSG_SPACE(2 * array.array("i").itemsize)
    data, ancillary, _, _ = connection.recvmsg(65536, room)
    if not data:
        shutil.rmtree(layout.ROOT.parent, ignore_errors=True)  # a killed grader could not
        os._exit(0)
    descriptors = array.array("i")
    for _, _, content in ancillary:
        descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    while not data.endswith(b"\n"):
        data += connection.recv(65536)
    return json.loads(data), list(descriptors)


if __name__ == "__main__":
    main()
