"""The process that runs one learner's day: pristine tests, random ids, and canaries among them.

Whatever runs here can be reached by the learner's code, so nothing here is trusted: the ledger
(kata.grade.ledger) decides what counts.
"""

import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from kata import expect, layout
from kata.grade import protocol
from kata.grade.snapshot import Common, Snapshot

TEXT = 8000  # characters of what a test says


def prepare(
    session: pytest.Session, job: dict[str, Any], told: socket.socket, common: Common
) -> "Teller":
    """Let the session run this job's tests, in the order of its plan, and tell what they find."""
    config = session.config
    config.option.seed = job["seed"]
    folder = Path(job["folder"])
    config.option.answers = folder
    tempfile.tempdir = str(folder)  # both were looked up in the server
    config._tmp_path_factory._basetemp = folder / "tmp"  # type: ignore[attr-defined]
    (folder / "tmp").mkdir()
    tests = {item.name: item for item in session.items if item.path.parent.name == job["day"]}
    parent = next(iter(tests.values())).parent
    assert parent is not None
    ids: dict[pytest.Item, str] = {}
    canaries = 0
    for identity, name in job["plan"]:
        if name:
            ids[tests[name]] = identity
        else:
            ids[_canary(parent, identity, canaries)] = identity
            canaries += 1
    session.items[:] = list(ids)
    by_nodeid = {item.nodeid: identity for item, identity in ids.items()}
    teller = Teller(told, folder, by_nodeid)
    config.pluginmanager.register(teller, "teller")
    if job["ledger"]:
        teller.snapshot = Snapshot(session, common, parent.obj)  # type: ignore[attr-defined]
    return teller


class Teller:
    """A pytest plugin that tells every result at once, by its random id."""

    def __init__(self, told: socket.socket, folder: Path, ids: dict[str, str]) -> None:
        self.told = told
        self.folder = folder
        self.ids = ids
        self.snapshot: Snapshot | None = None
        self.count = 0

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        protocol.send(self.told, {"start": self.ids[nodeid]})

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.passed and report.when != "call":
            return
        said = dict(report.user_properties)
        outcome = "todo" if "todo" in said else report.outcome
        message = {
            "id": self.ids[report.nodeid],
            "outcome": "skipped" if hasattr(report, "wasxfail") else outcome,
            "mistake": said.get("mistake") or "",
            "text": self.as_in_the_fork(str(report.longrepr or ""))[:TEXT],
            "seconds": round(report.duration, 4),
        }
        if self.snapshot and (changes := self.snapshot.changes()):
            message["changes"] = changes[:5]
        protocol.send(self.told, message)
        self.count += 1

    def as_in_the_fork(self, text: str) -> str:
        """Return a text with the paths that a learner knows, the same in every run."""
        text = text.replace(f"{self.folder}/", "exercises/")
        return text.replace(f"{layout.ROOT}/", "").replace(str(self.folder), "exercises")

    def finish(self) -> None:
        """Tell that every test has run; without this no result counts."""
        if self.snapshot and (changes := self.snapshot.changes(everywhere=True)):
            protocol.send(self.told, {"changes": changes[:5]})
        protocol.send(self.told, {"end": self.count})


def _canary(parent: pytest.Collector, identity: str, number: int) -> pytest.Function:
    body = CANARIES[number % len(CANARIES)]
    canary: pytest.Function = pytest.Function.from_parent(
        parent, name=f"test_{identity}", callobj=lambda: body()
    )
    return canary


# Every one must fail. One that passes tells that the tools of the tests have been replaced.


def _close() -> None:
    a = torch.rand(3)
    expect.close(a, a + 1)


def _allclose() -> None:
    a = torch.rand(3)
    assert torch.allclose(a, a + 1)


def _equal() -> None:
    a = torch.rand(3)
    assert torch.equal(a, a + 1)


def _raises() -> None:
    with pytest.raises(ValueError):
        pass


def _that() -> None:
    expect.that(torch.rand(()) > 2, "a canary")


def _plain() -> None:
    a = torch.rand(3)
    assert (a == a + 1).all()


CANARIES: tuple[Callable[[], None], ...] = (
    _close,
    _allclose,
    _equal,
    _raises,
    _that,
    _plain,
)
