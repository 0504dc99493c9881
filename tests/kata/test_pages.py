"""The pages of the week: one order, three hints a function, and the links as they should be."""

import re

import pytest

from kata import answers, hints, layout, stubs

WEEK = layout.week()
LINKS = {
    8: [
        "https://docs.pytorch.org/tutorials/beginner/blitz/neural_networks_tutorial.html",
        "https://www.youtube.com/watch?v=aircAruvnKk",
        "https://www.youtube.com/watch?v=IHZwWFHWa-w",
        "http://neuralnetworksanddeeplearning.com/chap1.html",
    ],
    9: [
        "https://docs.pytorch.org/tutorials/beginner/blitz/neural_networks_tutorial.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
    ],
    10: ["https://docs.pytorch.org/docs/stable/nn.html#loss-functions"],
    11: [
        "https://docs.pytorch.org/docs/stable/notes/autograd.html",
        "https://www.youtube.com/watch?v=sDv4f4s2SB8",
    ],
    12: [
        "https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html",
        "https://www.youtube.com/watch?v=vMh0zPT0tLI",
    ],
    13: [
        "https://cs231n.github.io/neural-networks-1/#actfun",
        "https://www.youtube.com/watch?v=68BZ5f7P94E",
    ],
    14: ["https://karpathy.github.io/2019/04/25/recipe/"],
}


def page(exercise):
    return exercise.page.read_text(encoding="utf-8")


def stub_names(exercise):
    return [
        name
        for name, text in answers.definitions(stubs.expected(exercise)).items()
        if "raise NotImplementedError" in text
    ]


@pytest.mark.parametrize("exercise", WEEK, ids=lambda exercise: exercise.folder)
def test_a_page_has_its_parts_in_order(exercise):
    parts = re.findall(r"^## (\w+)", page(exercise), re.MULTILINE)

    order = ["Read", "Follow", "Watch", "Task", "Question", "Hints", "Going"]
    assert parts == sorted(parts, key=order.index)
    assert {"Task", "Hints", "Going"} <= set(parts)
    assert page(exercise).splitlines()[2].startswith("**Goal:** ")
    assert ("Question" in parts) == (exercise.day in (10, 12, 13)) == exercise.answer.exists()


@pytest.mark.parametrize("exercise", WEEK, ids=lambda exercise: exercise.folder)
def test_every_function_has_three_hints_that_ask(exercise):
    found = hints.hints(exercise)

    assert list(found) == stub_names(exercise)
    assert {name: len(items) for name, items in found.items()} == dict.fromkeys(found, 3)
    assert [item for items in found.values() for item in items if "?" not in item] == []


@pytest.mark.parametrize("exercise", WEEK, ids=lambda exercise: exercise.folder)
def test_the_commands_of_a_page_are_this_days(exercise):
    text = page(exercise)

    assert f"pytest exercises/{exercise.folder}" in text
    assert f"python -m exercises.{exercise.folder}.{exercise.topic}" in text


@pytest.mark.parametrize("exercise", WEEK, ids=lambda exercise: exercise.folder)
def test_the_links_are_spelled_as_they_should_be(exercise):
    links = re.findall(r"\]\((https?://[^)]+)\)", page(exercise))

    assert [link for link in LINKS[exercise.day] if link not in links] == []


def test_the_last_page_leads_to_the_reflection():
    text = (layout.ROOT / "exercises" / "reflection.md").read_text(encoding="utf-8")

    assert "../reflection.md" in page(WEEK[-1])
    assert len(re.findall(r"^## .+\?$", text, re.MULTILINE)) == 4
