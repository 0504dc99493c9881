"""Every trick, graded with all three layers on, and with each one alone."""

import ast
import re
import sys

import pytest

from kata import layout
from kata.grade import cohort, policy
from kata.grade.sandbox import Layers
from tests.kata.grade import tricks
from tests.kata.grade.surroundings import SECRET, Surroundings
from tests.kata.grade.tricks import ALL, ISOLATION, LEDGER, POLICY, TESTS, TRICKS, WRONG

LAYERS = {
    "all": Layers(),
    POLICY: Layers(policy=True, isolation=False, ledger=False),
    ISOLATION: Layers(policy=False, isolation=True, ledger=False),
    LEDGER: Layers(policy=False, isolation=False, ledger=True),
}
CASES = [
    pytest.param(trick, on, id=f"{trick.name}-{on}")
    for trick in TRICKS
    for on in LAYERS
    if not (trick.never_without_isolation and on == LEDGER)
]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the tricks are written for Linux"
)


@pytest.fixture(scope="module", autouse=True)
def few_tests(only):
    """Let a day have the few tests that show every gain."""
    with only(TESTS) as patch:
        patch.setenv(SECRET, "of the teacher")
        yield


@pytest.fixture(scope="module")
def honest(grade, few_tests):
    """The tests that the wrong day passes without any trick; at the end, is all as it was?"""
    passed = _passed(grade(WRONG))
    assert passed < set(TESTS)
    yield passed
    solution = grade(layout.day("day09").solution.read_text(encoding="utf-8"))
    assert _passed(solution) == set(TESTS)


@pytest.fixture
def surroundings(grade, tmp_path):
    around = Surroundings(cohort.server(), tmp_path)
    yield around
    around.close()


@pytest.mark.parametrize(("trick", "on"), CASES)
def test_a_trick_is_stopped_by_the_layers_that_say_so(
    grade, solved, honest, surroundings, trick, on
):
    base = solved() if trick.solved else WRONG
    main = base.find('\nif __name__ == "__main__"')
    source = f"{base[:main] if main >= 0 else base}\n\n{surroundings.filled_in(trick.source)}"
    if on == POLICY and _is_refused_as_a_whole(source):
        assert POLICY in trick.stopped_by
        return  # nothing of it is left to run

    result = grade(source, layers=LAYERS[on], limits=trick.limits)

    if on == ISOLATION and not all(result.isolation.values()):
        missing = [name for name, held in result.isolation.items() if not held]
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    allowed = set(TESTS) if trick.solved else honest
    gained = sorted(_passed(result) - allowed)
    harm = surroundings.harm(result)
    is_stopped = on == "all" or on in trick.stopped_by
    assert (gained == [] and harm == []) == is_stopped, (gained, harm, result.problem)
    if on == LEDGER and trick.says:
        assert re.search(trick.says, result.problem)
    if on in ("all", POLICY):
        assert bool(result.refusals) == trick.refused
    else:
        assert not result.refusals


@pytest.mark.parametrize("trick", tricks.FOR_THE_TESTS, ids=lambda trick: trick.name)
def test_what_breaks_no_rule_gains_nothing_from_the_days_own_tests(grade, honest, trick):
    earned = {"test_network_is_a_module_with_two_layers"}  # it may well be one, and no more

    assert _passed(grade(f"{WRONG}\n\n{trick.source}")) <= honest | earned


def _is_refused_as_a_whole(source):
    """Tell whether the policy leaves nothing of a file but one statement that raises."""
    checked = policy.check(source, layout.day("day09"))
    return [type(node) for node in ast.parse(checked.source).body] == [ast.Raise]


def _passed(result):
    """Return the names of the tests that count."""
    tests = () if result.problem else result.tests
    return {test.name for test in tests if test.status == "passed"}


def test_the_table_in_the_documentation_is_up_to_date():
    page = layout.ROOT / "docs" / "grading-layers.md"

    assert page.read_text(encoding="utf-8") == tricks.table(), (
        "write it with `python -m tests.kata.grade.tricks`"
    )


def test_every_trick_has_a_name_of_its_own_and_is_stopped_by_layers_in_order():
    names = [trick.name for trick in TRICKS]

    assert sorted(names) == sorted(set(names))
    for trick in TRICKS:
        assert trick.stopped_by == tuple(layer for layer in ALL if layer in trick.stopped_by)


def test_answers_recorded_under_one_seed_are_worth_nothing_under_another(grade):
    name = "test_forward_by_hand_of_any_batch[3]"
    recorded = _answer_under(1, name)
    source = WRONG + f"\n\ndef forward_by_hand(*arguments):\n    return torch.tensor({recorded})\n"

    assert name in _passed(grade(source, seed=1))
    assert name not in _passed(grade(source, seed=2))


def _answer_under(seed, name):
    """Return what forward_by_hand must return in this test, as its inputs are drawn."""
    import zlib

    import torch
    from torch.nn.functional import linear

    from tests.day09.test_network import inputs_of_both_signs, weights

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(f"{seed} {name}".encode()))
        x = inputs_of_both_signs(3, 4)
        w1, b1, w2, b2 = weights(inputs=4, hidden=5, classes=3)
    return linear(linear(x, w1, b1).relu(), w2, b2).tolist()
