"""The project's checks. `nox --list` shows them; `nox` alone runs the solutions.

Torch takes gigabytes, so no session makes an environment of its own: all use the Python that runs
nox if the project is installed there, and else `.venv`, which is made on first use.
"""

import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

import nox

ROOT = Path(__file__).parent
nox.options.sessions = ["solutions"]
nox.options.error_on_external_run = False  # the one environment is outside nox on purpose

NEEDED = ("torch", "torchvision", "matplotlib", "pytest", "pytest_timeout", "typer", "watchfiles")


def python(session: nox.Session) -> str:
    """Return the Python that has the project; make `.venv` if there is none."""
    if all(importlib.util.find_spec(name) for name in NEEDED):
        return sys.executable
    bin_folder = "Scripts" if os.name == "nt" else "bin"
    own = ROOT / ".venv" / bin_folder / "python"
    imports = "import " + ", ".join(NEEDED)
    if not own.exists():
        session.log("making .venv, the one environment of all sessions")
        venv.create(ROOT / ".venv", with_pip=True)
    if subprocess.run([own, "-c", imports], capture_output=True, check=False).returncode:
        session.run(str(own), "-m", "pip", "install", "-e", str(ROOT), external=True)
    return str(own)


def need(session: nox.Session, *modules: str) -> str:
    """Return the Python, after installing the development tools if one of `modules` is missing."""
    interpreter = python(session)
    imports = "import " + ", ".join(modules)
    if subprocess.run([interpreter, "-c", imports], capture_output=True, check=False).returncode:
        pip = [interpreter, "-m", "pip", "install", "-q"]
        session.run(*pip, "--upgrade", "pip>=25.1", external=True)  # the first to know --group
        session.run(*pip, "--group", f"{ROOT / 'pyproject.toml'}:dev", external=True)
    return interpreter


def folders(session: nox.Session, side: str) -> list[str]:
    """Return what to test of exercises/ or solutions/: `-- day09 -x` means day 9, stop at first."""
    days = [argument for argument in session.posargs if argument.startswith("day")]
    others = [argument for argument in session.posargs if argument not in days]
    return [*(f"{side}/{day}" for day in days or [""]), *others]


@nox.session(python=False)
def exercises(session: nox.Session) -> None:
    """Check your answers: all of them, or `nox -s exercises -- day09`."""
    session.run(python(session), "-m", "pytest", *folders(session, "exercises"))


@nox.session(python=False)
def solutions(session: nox.Session) -> None:
    """Check the reference solutions and the examples in their docstrings."""
    command = [python(session), "-m", "pytest", "--doctest-modules"]
    session.run(*command, *folders(session, "solutions"))


@nox.session(python=False)
def runner(session: nox.Session) -> None:
    """Test the runner itself, from outside."""
    interpreter = need(session, "xdist", "distributed", "jsonschema", "xmlschema")
    session.run(interpreter, "-m", "pytest", "tests/kata", *session.posargs)


@nox.session(python=False)
def stubs(session: nox.Session) -> None:
    """Check that the stubs follow the solutions, and that each core test of one is red as todo."""
    session.run(python(session), "-m", "kata", "stubs", "--check")
    session.run(python(session), "-m", "pytest", "-q", "tests/kata/test_untouched.py")


@nox.session(python=False)
def attempts(session: nox.Session) -> None:
    """Check that the tests tell right attempts from wrong ones: all, or `-- day09`."""
    session.run(python(session), "-m", "kata", "attempts", *session.posargs)


@nox.session(python=False)
def mutants(session: nox.Session) -> None:
    """Change the solutions mechanically; the tests must notice each change (ten minutes)."""
    session.run(need(session, "libcst"), "-m", "bench.mutants", *session.posargs)


@nox.session(python=False)
def mnist(session: nox.Session) -> None:
    """Train on the real MNIST (KATA_DATA or `kata download`) and check the accuracies."""
    session.run(python(session), "-m", "pytest", "solutions", "-m", "mnist", *session.posargs)


@nox.session(python=False)
def gpu(session: nox.Session) -> None:
    """Train day 14 on the accelerator and check its accuracy (`-- --allow-cpu` where is none)."""
    interpreter = python(session)
    ask = "import torch; print(torch.accelerator.is_available())"
    there = session.run(interpreter, "-c", ask, silent=True)
    if "--allow-cpu" not in session.posargs and str(there).strip() != "True":
        session.skip("torch finds no accelerator; `-- --allow-cpu` runs the same check on the CPU")
    session.run(interpreter, "-m", "bench.accelerator", *session.posargs)


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """Check style and types with ruff and mypy, and the workflows with their schema and zizmor."""
    interpreter = need(session, "ruff", "mypy", "check_jsonschema", "xmlschema")
    session.run(interpreter, "-m", "ruff", "check", ".")
    session.run(interpreter, "-m", "ruff", "format", "--check", ".")
    session.run(interpreter, "-m", "mypy")
    workflows = sorted(str(path) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    schema = ["--builtin-schema", "vendor.github-workflows"]
    session.run(interpreter, "-m", "check_jsonschema", *schema, *workflows)
    zizmor = str(Path(interpreter).with_name("zizmor"))
    session.run(zizmor, "--offline", "--quiet", *workflows, external=True)


@nox.session(python=False)
def bench(session: nox.Session) -> None:
    """Measure the numbers in the README on this machine."""
    interpreter = python(session)
    session.run(interpreter, "-m", "bench.startup", *session.posargs)
    session.run(interpreter, "-m", "bench.latency", *session.posargs)
    has_mnist = "from kata.data import has_mnist; print(has_mnist())"
    if str(session.run(interpreter, "-c", has_mnist, silent=True)).strip() == "True":
        session.run(interpreter, "-m", "bench.epoch", *session.posargs)
    else:
        session.log("bench.epoch needs the real MNIST: `kata download`")
