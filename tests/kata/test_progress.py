"""What `kata status` knows: the last runs, as long as the file is the one that was tested."""

import json

pytest_plugins = ["pytester"]


def status(project):
    return json.loads(project.kata("status", "--json").stdout.str())["days"][0]


def test_a_day_nobody_has_touched_is_not_started(project):
    assert status(project)["state"] == "not started"


def test_a_green_day_is_done(project):
    project.solve()
    project.pytest("exercises")

    day = status(project)

    assert (day["state"], day["core"], day["stretch"]) == ("done", [5, 5], [1, 1])


def test_results_of_another_content_of_the_file_do_not_count(project):
    project.solve()
    project.pytest("exercises")
    project.solve(("return _times(2, x)", "return 7"))

    day = status(project)

    assert (day["state"], day["core"]) == ("changed since the last test", [0, 5])


def test_a_run_of_some_tests_adds_to_what_is_known_but_makes_no_day_done(project):
    project.solve()
    project.pytest("exercises", "-k", "two")
    some = status(project)
    project.pytest("exercises", "-k", "not two")
    two_parts = status(project)

    assert some["state"] == two_parts["state"] == "started"
    assert two_parts["core"] == [5, 5]


def test_changed_tests_make_old_results_void(project):
    project.solve()
    project.pytest("exercises")
    project.tests.write_text(project.tests.read_text() + "\n# harder now\n")

    assert status(project)["core"] == [0, 0]


def test_two_processes_record_what_one_does(project):
    project.solve()
    project.pytest("exercises", "-n", "2")

    assert status(project)["state"] == "done"


def test_an_answer_counts_once_there_are_words_in_it(project):
    answer = project.stub.with_name("answer.md")
    answer.write_text("# Day 1\n\nWhy?\n\n## My answer\n\n<!-- here -->\n")
    empty = status(project)
    answer.write_text("# Day 1\n\nWhy?\n\n## My answer\n\nBecause it is twice as much.\n")

    assert empty["answer_written"] is False
    assert status(project)["answer_written"] is True


def test_what_is_next_is_said_in_words(project):
    before = project.kata("status").stdout.str()
    project.solve()
    project.pytest("exercises")
    after = project.kata("status").stdout.str()

    assert "next: pytest exercises/day01" in before
    assert "the week is done" in after
