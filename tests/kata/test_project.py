"""The last project as a program: what it shows and records, and Ctrl-C in the middle."""

import json
import os
import shutil
import sys

import pytest

from kata.layout import ROOT

if sys.platform == "win32":
    pytest.skip("a terminal to press Ctrl-C in needs a pty", allow_module_level=True)

from bench.terminal import Program


@pytest.fixture
def program(tmp_path):
    """Day 14's reference, started in a copy of the project, on the digits."""
    for name in ("kata", "solutions"):
        shutil.copytree(ROOT / name, tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "KATA_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "solutions.day14.classifier"]
    with Program(command, folder=tmp_path, environment=environment) as running:
        running.read_until("30 epochs of digits")
        yield running


def test_it_trains_and_records_the_accuracy(program, tmp_path):
    shown = program.read_until("Recorded in records/day14.jsonl")

    (record,) = (tmp_path / "records" / "day14.jsonl").read_text().splitlines()
    accuracy = json.loads(record)["accuracy"]
    assert accuracy >= 0.9
    assert f"{accuracy:.2%} of 360 unseen images right" in shown


def test_ctrl_c_in_the_middle_leaves_nothing_half_written(program, tmp_path):
    program.press("\x03")

    shown = program.read_until("Stopped. Nothing was recorded.")
    assert "Traceback" not in shown
    assert program.wait() == 130
    assert not (tmp_path / "records").exists()
