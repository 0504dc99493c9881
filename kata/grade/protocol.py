"""What the grader and its processes say to each other: one JSON object a line, and nothing else.

Nothing that comes out of a process that has run a learner's code is unpickled or evaluated.
"""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any

PAUSE = 0.05  # seconds between two looks


class Broken(RuntimeError):
    """The other side sent too much, or something that is not a JSON object a line."""


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


@dataclass
class Reader:
    """Reads messages from a socket, up to a number of bytes in all."""

    connection: socket.socket
    limit: int
    read: int = 0
    rest: bytearray = field(default_factory=bytearray)  # of a line that has not ended

    def messages(
        self, seconds: float, *, alarm: socket.socket | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield messages until the other side closes.

        With an `alarm`, a socket on which something arrives when there will be no more, it looks
        only now and then: each look while the other side works takes the processor from it.

        Raises: TimeoutError if it has not after `seconds`, Broken if it sends what it must not.
        """
        end = time.monotonic() + seconds
        while True:
            self.connection.settimeout(max(end - time.monotonic(), 0.001))
            try:
                data = self.connection.recv(65536)
            except ConnectionResetError:
                data = b""
            self.read += len(data)
            if self.read > self.limit:
                raise Broken(f"more than {self.limit} bytes")
            if not data:
                return
            *lines, data = data.split(b"\n")
            for line in lines:
                whole = bytes(self.rest + line)
                self.rest.clear()
                yield _parsed(whole)
            self.rest += data
            if alarm:
                wait([alarm], PAUSE)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise Broken("a line that is not JSON") from None
    if not isinstance(message, dict):
        raise Broken("a line that is not a JSON object")
    return message
