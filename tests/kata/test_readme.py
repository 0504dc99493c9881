"""The README says what is true: its outputs are real, its commands and files exist."""

import re
import sys

import pytest

from kata import layout, stubs

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.timeout(60)

README = (layout.ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- shown: (.+?) -->\n```console\n\$ .+?\n(.+?)```", README, re.DOTALL)

ANSWERS = {
    "an untouched exercise": None,
    "a wrong answer": "return (x @ w1.T + b1) @ w2.T + b2",
    "the right answer": "return torch.relu(x @ w1.T + b1) @ w2.T + b2",
}


def test_the_readme_shows_the_loop():
    assert [name for name, _ in SHOWN] == list(ANSWERS)


@pytest.mark.parametrize(("name", "shown"), SHOWN, ids=[name for name, _ in SHOWN])
def test_what_the_readme_shows_is_what_a_learner_sees(pytester, tmp_path, monkeypatch, name, shown):
    exercise = layout.day("day09")
    stub = stubs.expected(exercise)
    answer = tmp_path / "day09" / "network.py"
    answer.parent.mkdir()
    todo = 'raise NotImplementedError("day 9: forward_by_hand")'
    answer.write_text(stub.replace(todo, ANSWERS[name] or todo), encoding="utf-8")
    monkeypatch.chdir(layout.ROOT)
    monkeypatch.setenv("COLUMNS", "100")  # a usual terminal; lines end with it

    result = pytester.run(
        sys.executable, "-m", "pytest", "exercises/day09", "-k", "small_numbers",
        f"--answers={tmp_path}", "-p", "no:cacheprovider",
    )  # fmt: skip

    output = result.stdout.str().replace(str(tmp_path / "day09"), "exercises/day09")
    for line in shown.splitlines():
        assert line in output


@pytest.mark.parametrize("name", ["start", "check"])
def test_the_two_commands_are_marked_for_ci(name):
    assert re.search(rf"<!-- command: {name} -->\n```sh\n.+\n```", README)


def test_every_nox_session_the_readme_names_exists():
    noxfile = (layout.ROOT / "noxfile.py").read_text(encoding="utf-8")

    for session in set(re.findall(r"nox -s (\w+)", README)):
        assert f"def {session}(session" in noxfile


def test_every_file_the_readme_links_to_exists():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)

    missing = [link for link in links if not (layout.ROOT / link).exists()]

    assert not missing


def test_the_table_has_every_day():
    assert re.findall(r"\(exercises/(day\d\d)/README\.md\)", README) == [
        exercise.folder for exercise in layout.week()
    ]
