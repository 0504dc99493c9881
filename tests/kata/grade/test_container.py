"""`kata grade --container`, with a `docker` that runs the command without a container."""

import io
import os
import sys
import textwrap
import threading

import pytest
from rich.console import Console

from kata import layout
from kata.grade import cohort, command
from kata.grade.sandbox import Server, ServerError

DAY = layout.day("day09")

# It knows the options that take no value of their own: all that kata grade uses are --name=value.
DOCKER = f"""\
#!{sys.executable}
import os, pathlib, sys
with open(os.environ["DOCKER_LOG"], "a") as log:
    print(*sys.argv[1:], sep="\\n", file=log)
if sys.argv[1] == "run":
    options = [word for word in sys.argv[2:] if word.startswith("--")]
    image, _, *arguments = sys.argv[2 + len(options):]
    if image == "broken":
        sys.exit("docker: no such image")
    of = lambda name: [word.partition("=")[2] for word in options if word.startswith(name)]
    os.chdir(of("--workdir")[0])
    environment = dict(one.split("=", 1) for one in of("--env"))
    os.execve(sys.executable, [sys.executable, *arguments], environment)
"""


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """Return the file in which the calls of `docker` are written down, a word a line."""
    cohort.close_server()
    monkeypatch.setattr(cohort, "_interrupted", threading.Event())
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER)
    program.chmod(0o755)
    log = tmp_path / "calls"
    log.touch()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_LOG", str(log))
    yield log
    cohort.close_server()


def grade(tmp_path, image):
    fork = tmp_path / "fork"
    stub = fork / DAY.stub.relative_to(layout.ROOT)
    stub.parent.mkdir(parents=True)
    stub.write_bytes(DAY.solution.read_bytes())
    options = command.Options([fork], days=[DAY], out=tmp_path / "grades", image=image)
    return command.grade(options, Console(file=io.StringIO()))


def test_a_day_is_graded_in_a_container(docker, tmp_path):
    [graded] = grade(tmp_path, "torch-kata")

    assert graded.days[0].points == graded.days[0].maximum > 0
    assert graded.days[0].isolation["container"]
    assert graded.days[0].isolation["no network"]


def test_the_container_has_no_network_no_privilege_and_nothing_to_write_to(docker, tmp_path):
    grade(tmp_path, "torch-kata")

    words = docker.read_text().splitlines()
    assert {"--network=none", "--read-only", "--cap-drop=ALL", "--rm"} <= set(words)
    assert "--security-opt=no-new-privileges" in words
    writable = [word for word in words if word.startswith("--volume") and not word.endswith(":ro")]
    assert len(writable) == 1
    assert str(layout.ROOT) not in docker.read_text()


def test_nothing_of_the_graders_environment_goes_into_the_container(docker, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "a secret")
    grade(tmp_path, "torch-kata")

    given = [word for word in docker.read_text().splitlines() if word.startswith("--env=")]
    names = {word.removeprefix("--env=").partition("=")[0] for word in given}
    assert names == {"HOME", "TMPDIR", "PYTHONHASHSEED", "PYTHONUTF8", "MPLCONFIGDIR"}


def test_the_container_is_ended(docker, tmp_path):
    grade(tmp_path, "torch-kata")
    name = next(w for w in docker.read_text().splitlines() if w.startswith("--name="))

    cohort.close_server()

    assert docker.read_text().splitlines()[-2:] == ["kill", name.partition("=")[2]]


def test_what_docker_says_is_told(docker):
    with pytest.raises(ServerError, match="did not start: docker: no such image"):
        Server("broken")


def test_one_that_does_not_start_leaves_nothing_in_the_way(docker, tmp_path, monkeypatch):
    with pytest.raises(ServerError):
        grade(tmp_path, "broken")
    monkeypatch.setattr(cohort, "_interrupted", threading.Event())  # as in another process
    options = command.Options([tmp_path / "fork"], days=[DAY], out=tmp_path / "grades")

    [graded] = command.grade(options, Console(file=io.StringIO()))

    assert graded.days[0].points == graded.days[0].maximum


def test_without_docker_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ValueError, match="needs Docker"):
        grade(tmp_path, "torch-kata")


def test_the_dockerfile_names_the_image_that_the_instructions_use():
    dockerfile = (layout.ROOT / "Dockerfile").read_text(encoding="utf-8")
    instructions = (layout.ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")

    for text in (dockerfile, instructions):
        assert "docker build --tag torch-kata ." in text
        assert "--container torch-kata" in text
    assert "solutions" not in textwrap.dedent(dockerfile)
