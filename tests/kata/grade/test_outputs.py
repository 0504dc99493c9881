"""What is written for gradebooks, other graders and people, from a class that means no good."""

import csv
import doctest
import functools
import importlib
import io
import json
import os
import pkgutil
import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt

import kata.grade
from kata.grade import plain
from kata.grade.outputs import Run, file_name, write_all
from kata.grade.outputs.classroom50 import classroom50
from kata.grade.outputs.gradebook import canvas_csv, gradebook_csv, safe_cell
from kata.grade.outputs.gradescope import gradescope
from kata.grade.outputs.junit import junit_xml
from kata.grade.outputs.markdown import code, fence, inline
from kata.grade.outputs.names import file_names
from kata.grade.outputs.report import report
from kata.grade.outputs.summary import LIMIT, summary
from kata.grade.outputs.write import write
from kata.grade.results import DayResult, Graded, Refusal, Student, TestResult
from tests.kata.grade.graded_class import (
    HOSTILE,
    TAME,
    a_class,
    a_day,
    a_hostile_day,
    a_submission,
)

SCHEMAS = Path(__file__).parent / "schemas"
RUN = Run(
    classroom="week",
    assignment="torch-kata",
    owner="octocat",
    submission="submit/2026-06-01T14-32-05Z-a1b2c3d",
    commit="https://example.org/commit/a1b2c3d",
    release="https://example.org/releases/1",
    review="https://example.org/compare/1",
)
ENVIRONMENT = {
    "CLASSROOM": "week",
    "ASSIGNMENT": "torch-kata",
    "SUBMISSION_TAG": RUN.submission,
    "COMMIT_URL": RUN.commit,
    "RELEASE_URL": RUN.release,
}


@functools.cache
def validator(schema):
    rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    return jsonschema.Draft202012Validator(rules)


def check(value, schema):
    """Validate what a file would hold against one of the schemas beside this test."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    validator(schema).validate(json.loads(text))


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def parsed(markdown):
    """Return the tokens of a page as GitHub's dialect reads it, those inside lines included."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for token in reader.parse(markdown):
        yield token
        yield from token.children or []


def shape(markdown):
    """Return a page's structure: what a hostile text must not change."""
    return [token.type for token in parsed(markdown)]


def text_outside_code(markdown):
    return "\n".join(token.content for token in parsed(markdown) if token.type == "text")


# ---- what every part of it stands on


def test_a_day_comes_back_from_json_as_it_was():
    """What a run writes a later one reads, whatever is in it."""
    for text in HOSTILE:
        for day in (a_day(text), a_hostile_day(text)):
            assert DayResult.from_json(json.loads(json.dumps(day.to_json()))) == day


def test_a_days_json_is_as_its_schema_says():
    """The schema of results.jsonl is the data model, field by field."""
    check(a_day().to_json(), "day")
    check(a_day(problem="void", refusals=()).to_json(), "day")


def test_the_examples_in_the_docstrings_are_true():
    """Each doctest of the grader's outputs runs."""
    found = [module.name for module in pkgutil.walk_packages(kata.grade.outputs.__path__)]
    names = [f"kata.grade.outputs.{name}" for name in found]
    results = [
        doctest.testmod(importlib.import_module(name))
        for name in ("kata.grade.plain", "kata.grade.mistakes", *names)
    ]

    assert sum(result.attempted for result in results) > 5
    assert not any(result.failed for result in results)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_is_one_line_that_a_terminal_only_shows(text):
    """No control, no override of the direction and no half character is left in a line."""
    shown = plain.line(text)

    assert shown.splitlines() in ([], [shown])
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)


def test_an_escape_sequence_goes_and_what_was_coloured_stays():
    """A learner's coloured text is read without its colours."""
    assert plain.block("\x1b[1;31mred\x1b[0m\r\n\x1b]8;;http://127.0.0.1\x07x") == "red\nx"


# ---- gradebook.csv and canvas.csv


def test_the_gradebook_has_a_column_a_day_and_numbers_that_are_numbers():
    """Student, id, email, the days, bonus, total, maximum; text is in quotes, numbers are not."""
    ada = Graded(Student("Ada", "a", id="7", email="a@b.org"), "", (a_day(), a_day(name="day10")))

    text = gradebook_csv([ada])

    assert text.splitlines() == [
        '"student","id","email","day09","day10","bonus","total","maximum"',
        '"Ada","7","a@b.org",1,1,2,2,8',
    ]


def test_a_submission_that_was_not_graded_has_empty_cells_and_not_zeros():
    """A typing error in the roster does not become a grade."""
    nothing = Graded(Student("Nobody", "x"), "", problem="no such folder")

    for none in (nothing, replace(nothing, days=(a_day(),))):
        rows = rows_of(gradebook_csv([a_submission(), none]))

        assert rows[2] == ["Nobody", "", "", "", "", "", "", "8"]


def test_canvas_gets_the_columns_that_its_importer_asks_for():
    """Student, ID and Section where the importer looks; the roster's id is not Canvas' ID."""
    ada = Graded(Student("Ada", "a", id="7", email="a@b.org"), "", (a_day(),))

    rows = rows_of(canvas_csv([ada]))

    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "day09"]
    assert rows[1] == ["Points Possible", "", "", "", "", "4"]
    assert rows[2] == ["Ada", "", "7", "a@b.org", "", "1"]


def test_canvas_gets_no_row_of_a_student_who_was_not_graded():
    """An empty cell would erase the grade that is there; no row leaves it alone."""
    nothing = Graded(Student("Nobody", "x"), "", problem="no such folder")

    rows = rows_of(canvas_csv([nothing, a_submission("Ada")]))

    assert [row[0] for row in rows] == ["Student", "Points Possible", "Ada"]


@pytest.mark.parametrize("write_csv", [gradebook_csv, canvas_csv])
def test_no_cell_is_a_formula_and_no_row_is_lost(write_csv):
    """Opened again there is a row a student, and no text that a spreadsheet would compute."""
    graded = a_class()[:-1]

    rows = rows_of(write_csv(graded))

    heads = 1 if write_csv is gradebook_csv else 2
    assert len(rows) == heads + len(graded)
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        visible = "".join(c for c in cell if unicodedata.category(c)[0] not in "ZC")
        assert not unicodedata.normalize("NFKC", visible).startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        (" \t=1", "'=1"),
        ("＝1", "'＝1"),
        ("\u200b=1", "'\u200b=1"),
        ("\u22121", "'\u22121"),
        ("Ada;=1", "Ada;'=1"),
        ("Ada, -1", "Ada, '-1"),
        ("O'Neil-Smith", "O'Neil-Smith"),
        ("a@b.org", "a@b.org"),
        ("", ""),
    ],
)
def test_only_what_would_be_a_formula_gets_an_apostrophe(text, cell):
    """Also after a separator of another country, in either width, after what cannot be seen."""
    assert safe_cell(text) == cell


# ---- junit.xml


def suites(graded):
    return ET.fromstring(junit_xml(graded)).findall("testsuite")


def test_junit_has_a_suite_a_day_and_a_case_a_test():
    """The counts are those of the cases, and a failure's type is the mistake."""
    one = Graded(Student("Ada", "a"), "", (a_day("said"),))

    (suite,) = suites([one])

    counts = {name: suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped")}
    assert list(counts.values()) == ["Ada day09", "6", "2", "1", "1"]
    outcomes = [(child.tag, child.get("type")) for child in suite.findall("testcase/*")]
    assert outcomes == [
        ("failure", "sum-instead-of-mean"),
        ("failure", "todo"),
        ("error", "missing"),
        ("skipped", "skipped"),
    ]
    assert suite.findtext("testcase/failure") == "said"


def test_junit_tells_of_mistakes_refusals_and_isolation():
    """They are properties of the suite, where Jenkins' schema allows properties."""
    (suite,) = suites([Graded(Student("Ada", "a"), "", (a_day("use x"),))])

    found = {entry.get("name"): entry.get("value") for entry in suite.iter("property")}

    assert found["mistake.test_sum"] == "sum-instead-of-mean"
    assert found["isolation.network"] == "held"
    assert found["isolation.landlock"] == "did not hold"
    where = "exercises/day09/x.py:3: name-not-allowed (costs f): use x"
    assert found["refusal.1"] == where


def test_in_junit_no_test_of_a_void_day_passes():
    """A day that does not count shows no green test, also if it has no tests at all."""
    void = a_day(problem="a canary did not fail")

    for day in (void, replace(void, tests=())):
        (suite,) = suites([Graded(Student("Ada", "a"), "", (day,))])
        cases = suite.findall("testcase")
        assert cases
        assert all(case.find("error").get("type") == "void" for case in cases)


def test_a_submission_that_was_not_graded_is_an_error_in_junit():
    """Nothing graded must not look like nothing wrong."""
    (suite,) = suites([Graded(Student("Nobody", "x"), "", problem="no such branch")])

    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").get("message") == "no such branch"


def test_junit_is_xml_whatever_a_stranger_wrote():
    """Characters that XML 1.0 does not allow are gone, and markup is text."""
    graded = [*a_class(), *(a_submission(days=(a_hostile_day(text),)) for text in HOSTILE)]
    graded += [a_submission(days=(DayResult("day09", problem=text),)) for text in HOSTILE if text]

    text = junit_xml(graded)

    assert len(text.splitlines()) > len(graded)  # for people too

    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", text)
    kinds = {element.tag for element in ET.fromstring(text.encode("utf-8")).iter()}
    known = {"testsuites", "testsuite", "properties", "property", "testcase"}
    assert kinds == known | {"failure", "error", "skipped"}


def test_junit_is_as_jenkins_schema_says():
    """Validated against the part of Jenkins' schema that the grader keeps to."""
    xmlschema = pytest.importorskip("xmlschema", reason="of the dev group")
    graded = [*a_class(), *(a_submission(days=(a_hostile_day(text),)) for text in HOSTILE)]

    xmlschema.XMLSchema(SCHEMAS / "junit.xsd").validate(ET.fromstring(junit_xml(graded)))


# ---- Gradescope and Classroom 50


def test_gradescope_gets_a_point_a_core_test_and_the_bonus_apart():
    """The scores of the tests add up to the score; a stretch test has a status and no score."""
    graded = Graded(Student("Ada", "a"), "", (a_day(),))

    result = gradescope(graded)

    check(result, "gradescope")
    scored = [test for test in result["tests"] if "score" in test]
    assert sum(test["score"] for test in scored) == result["score"] == 1
    assert sum(test["max_score"] for test in scored) == result["extra_data"]["maximum"] == 4
    assert [test["status"] for test in result["tests"] if "score" not in test] == [
        "passed",
        "failed",
    ]
    assert (result["extra_data"]["bonus"], result["extra_data"]["bonus_maximum"]) == (1, 2)
    assert [test["number"] for test in result["tests"]][:2] == ["9.1", "9.2"]


def test_gradescope_renders_no_text_of_a_stranger():
    """Every text has the format `text`, also at the top, where Gradescope's default is HTML."""
    for text in HOSTILE:
        for graded in (a_submission(text), a_submission(text, days=(a_hostile_day(text),))):
            result = gradescope(graded)

            check(result, "gradescope")
            assert {result["output_format"], result["test_name_format"]} == {"text"}
            for test in result["tests"]:
                assert test["output_format"] == test["name_format"] == "text"


def test_gradescope_says_at_the_top_where_the_submission_stands():
    """Points, bonus, each day, what does not count and what was refused."""
    days = (a_day("use x"), a_day("use x", "day10", problem="took too long", refusals=()))

    said = gradescope(Graded(Student("Ada", "a"), "", days))["output"]
    nothing = gradescope(Graded(Student("Ada", "a"), "", problem="no such folder"))

    assert said.splitlines() == [
        "1 of 8 points, bonus 1 of 4",
        "",
        "day09: 1 of 4",
        "Refused: exercises/day09/x.py:3: name-not-allowed (costs f): use x",
        "",
        "day10: 0 of 4",
        "No test of this day counts: took too long",
    ]
    assert (nothing["score"], nothing["output"]) == (0, "Nothing was graded: no such folder")


def test_in_gradescope_no_test_of_a_void_day_passes():
    """A passed test of a day that does not count has the status failed, and says why."""
    result = gradescope(Graded(Student("Ada", "a"), "", (a_day(problem="changed torch"),)))

    assert result["score"] == 0
    assert {test["status"] for test in result["tests"]} == {"failed"}
    assert all("changed torch" in test["output"] for test in result["tests"])


def test_classroom50_gets_integers_that_add_up():
    """Score and maximum are sums over the tests, as its collector checks."""
    result = classroom50(a_submission(), RUN)

    check(result, "classroom50")
    assert (result["score"], result["max-score"]) == (1, 8)
    assert sum(test["score"] for test in result["tests"]) == 1
    assert sum(test["max-score"] for test in result["tests"]) == 8
    assert all(type(test["score"]) is int for test in result["tests"])
    assert result["datetime"] == "2026-06-01T14:32:05Z"


def test_a_stretch_test_never_makes_a_full_score_red_in_classroom50():
    """Its runner calls a submission failed if one listed test is: of the bonus only what passed."""
    day = DayResult(
        "day09",
        (
            TestResult("test_a", "core", "passed"),
            TestResult("test_b", "stretch", "failed"),
            TestResult("test_c", "stretch", "passed"),
        ),
    )

    result = classroom50(Graded(Student("Ada", "a"), "", (day,)), RUN)

    assert [(test["test-name"], test["passed"]) for test in result["tests"]] == [
        ("day09 test_a", True),
        ("day09 test_c", True),
    ]
    assert (result["score"], result["max-score"]) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"days": (), "problem": "no such folder"},
        {"days": ()},
        {"days": (DayResult("day09", problem="the process ended"),)},
    ],
)
def test_nothing_graded_is_not_a_pass_in_classroom50(changes):
    """No tests are a pass there, so a problem is listed as a test that failed."""
    result = classroom50(a_submission(**changes), RUN)

    check(result, "classroom50")
    assert [test["passed"] for test in result["tests"]] == [False]


def test_classroom50_takes_what_strangers_wrote():
    """Every hostile submission is as the schema says."""
    for text in HOSTILE:
        check(classroom50(a_submission(text, days=(a_hostile_day(text),)), RUN), "classroom50")


def test_the_run_of_classroom50_is_read_from_its_environment():
    """Outside its runner there is none; a tag that it would refuse is refused here."""
    run = Run.from_environment({**ENVIRONMENT, "USERNAME": "octocat", "REVIEW_URL": RUN.review})

    assert run == RUN
    assert Run.from_environment(ENVIRONMENT).review == RUN.commit
    assert Run.from_environment({**ENVIRONMENT, "CLASSROOM": ""}) is None
    with pytest.raises(ValueError, match="SUBMISSION_TAG is 'v1'"):
        Run.from_environment({**ENVIRONMENT, "SUBMISSION_TAG": "v1"})


# ---- Markdown


@pytest.mark.parametrize("text", HOSTILE)
def test_a_stranger_does_not_change_the_shape_of_a_page(text):
    """Headings, tables, lists, code and links are those of a page about somebody harmless."""
    for page in (report, lambda one: summary([one])):
        assert shape(page(a_submission(text))) == shape(page(a_submission(TAME)))
        if not text:
            continue  # a test that names no mistake reads differently
        hostile = a_submission(text, days=(a_hostile_day(text),))
        tame = a_submission(TAME, days=(a_hostile_day(TAME),))
        assert shape(page(hostile)) == shape(page(tame))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_on_a_page_is_linked_or_obeyed(text):
    """No link, image or HTML; nothing that GitHub would link; no line that its runner obeys."""
    for one in (a_submission(text), a_submission(text, days=(a_hostile_day(text),))):
        for page in (report(one), summary([one], seed=text)):
            kinds = set(shape(page))
            assert not kinds & {"link_open", "image", "html_inline", "html_block"}
            shown = text_outside_code(page)
            assert not re.search(r"(?i)[@#]\w|://|www\.|gh-\d", shown)
            assert not re.search(r"(?m)^\s*::|##\[", page)


def test_a_name_is_shown_as_it_is():
    """Protection is not seen: the rendered text is the name."""
    name = "*Ada* | `Lovelace` <b> [x](y) 1. 50% & back\\slash"

    assert text_outside_code(f"x {inline(name)}") == f"x {name}"
    assert [
        token.content for token in parsed(code("a `b` ``c")) if token.type == "code_inline"
    ] == ["a `b` ``c"]


def test_a_fence_is_longer_than_any_run_of_back_ticks_in_it():
    """A message cannot end the block that it is in."""
    text = "```\n# out\n" + "`" * 9 + "\n~~~"

    (token,) = parsed(fence(text, 1000))

    assert token.type == "fence"
    assert token.content == text + "\n"


def test_the_summary_says_what_the_numbers_mean_and_where_the_class_stands():
    """A row a student, the commonest mistake, what held, and the seed to repeat it with."""
    page = summary([a_submission("Ada"), a_submission("Grace", 1)], seed="17")

    assert page.startswith("# Grades of 2 submissions\n")
    assert summary([a_submission()]).startswith("# Grades of 1 submission\n")
    assert "| student | day09 | day10 | bonus | points |" in page
    assert "| Ada | 1/4 | 0/4 (problem) | 1 | 1/8 |" in page
    assert "- day09, sum instead of mean: 2 of 2" in page
    assert "| landlock | 0 | **4** |" in page
    assert "| network | 4 | 0 |" in page
    assert "A point is a core test that passed." in page
    assert "Seed: `17`" in page


def test_the_summary_names_the_five_commonest_mistakes_of_a_day():
    """More of them would hide what to speak about in class."""
    tests = tuple(TestResult(f"test_{n}", "core", "failed", f"mistake-{n}") for n in range(7))
    days = (DayResult("day09", tests), DayResult("day10", tests))

    page = summary([Graded(Student("Ada", "a"), "", days)])

    assert [page.count(f"- {day}, mistake") for day in ("day09", "day10")] == [5, 5]


def test_a_summary_too_long_for_github_says_what_it_leaves_out():
    """It stays under the limit, keeps every section, and counts what it does not show."""
    long = [
        Graded(Student(f"Student {number}", "x"), "", (a_day("`" * 500 + "é" * 3000),))
        for number in range(1500)
    ]

    page = summary(long)

    assert len(page.encode("utf-8")) <= LIMIT < 1024 * 1024
    failed = page.count("Student", page.index("## Tests that failed"))
    assert f"{1500 - failed} more failed tests are left out" in page
    assert page.count("| Student ") == 1500
    assert set(shape(page)) == set(shape(summary(long[:3])))


def test_a_small_limit_keeps_the_sections():
    """Each section shows a part of itself, so that none hides the others."""
    page = summary([a_submission(f"Student {n}", n) for n in range(200)], limit=20_000)

    assert len(page.encode("utf-8")) <= 20_000
    assert page.count("## ") == 5
    assert "students are left out" in page


def test_a_report_has_what_a_learner_needs_to_go_on():
    """Points, each failed test with its message and mistake, refusals, problems, answers."""
    one = Graded(
        Student("Ada", "a"),
        "",
        (a_day("the sum came back"), a_day(name="day10", problem="the run took too long")),
        {"exercises/day11/answer.md": "Because.\n"},
    )

    page = report(one)

    assert "1 of 8 points, bonus 1 of 4.\n\n| day | points | bonus |" in page
    assert "\n| day09 | 1/4 | 1/2 |\n| day10 | 0/4 | 0/2 |\n" in page
    assert "`name-not-allowed`. It costs `f`.\n\n```text\nthe sum came back\n```" in page
    assert page.count("Every test passed.") == 0
    assert "## Answers, for a person to read\n\n`exercises/day11/answer.md`" in page
    assert "Failed: `test_sum`: sum instead of mean, `sum-instead-of-mean`" in page
    assert "```text\nthe sum came back\n```" in page
    assert "`exercises/day09/x.py:3`, by the rule `name-not-allowed`. It costs `f`." in page
    assert "No test of this day counts:\n\n```text\nthe run took too long\n```" in page
    assert "Not begun, the stub is as it was:\n\n- `test_todo`" in page
    assert "Did not report, so they count as failed:\n\n- `test_missing`" in page
    assert "`exercises/day11/answer.md`\n\n```text\nBecause.\n```" in page


def test_a_report_says_so_if_nothing_was_graded_or_all_passed():
    """The two ends: no such folder, and a day without a fault."""
    nothing = report(Graded(Student("Ada", "a"), "", problem="there is no folder a"))
    passed = DayResult("day09", (TestResult("test_a", "core", "passed"),))

    assert "Nothing was graded:\n\n```text\nthere is no folder a\n```" in nothing
    page = report(Graded(Student("Ada", "a"), "", (passed,)))
    assert "## day09: 1 of 1\n\nEvery test passed." in page
    assert "Answers" not in page
    file = replace(passed, refusals=(Refusal("exercises/day09/x.py", 1, "r", "m"),))
    assert "It costs the whole file." in report(Graded(Student("Ada", "a"), "", (file,)))


# ---- files


def test_every_student_has_a_file_name_of_their_own():
    """Also on a file system that does not tell upper from lower case or é from e with an accent."""
    students = [one.student for one in a_class()]
    same = [Student("ada", "forks/other"), Student("ada", "x", id="2"), *[students[0]] * 3]

    names = file_names([*students, *same])

    assert len({unicodedata.normalize("NFKD", name.casefold()) for name in names}) == len(names)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_name_is_safe_everywhere(name):
    """Letters, digits and hyphens, not too long, and nothing that Windows keeps for itself."""
    result = file_name(Student(name, "forks/x"))

    assert all(c.isalnum() or c == "-" or unicodedata.category(c)[0] == "M" for c in result)
    assert result[0].isalnum()
    assert len(result.encode("utf-8")) <= 100
    assert not re.fullmatch("(?i)con|prn|aux|nul|(com|lpt)[0-9¹²³]", result)


def test_a_plain_name_stays_and_any_other_gets_a_hash():
    """A login is its own file name, unless it is made to look like somebody's hashed one."""
    ada = file_name(Student("Ada", "forks/ada"))

    assert file_name(Student("octo-cat", "forks/x")) == "octo-cat"
    assert re.fullmatch("ada-[0-9a-f]{10}", ada)
    assert file_name(Student("Ada", "forks/ada")) == ada
    assert file_name(Student("Ada", "forks/ada", id="2")) != ada
    assert file_name(Student(ada, "forks/x")) != ada
    assert file_name(Student("王小明", "x")).startswith("王小明-")


def test_the_same_results_give_the_same_bytes(tmp_path):
    """Twice, and in whichever order the submissions were graded."""
    graded = a_class()

    first = write_all(tmp_path / "a", graded, "17", RUN)
    second = write_all(tmp_path / "b", graded[::-1], "17", RUN)

    assert [path.relative_to(tmp_path / "a") for path in first] == [
        path.relative_to(tmp_path / "b") for path in second
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len(first) == 4 + 3 * len(graded)


def test_every_file_is_inside_the_folder_and_utf_8(tmp_path):
    """Whatever the students are called; and no unfinished file is left."""
    paths = write_all(tmp_path / "grades", a_class(), run=RUN)

    there = {path for path in (tmp_path / "grades").rglob("*") if path.is_file()}
    assert set(paths) == there
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            check(json.loads(text), path.parent.name)


def test_without_a_runner_there_is_no_result_of_classroom50(tmp_path):
    """What only its runner knows is not made up."""
    write_all(tmp_path, [a_submission()])

    assert not (tmp_path / "classroom50").exists()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """A write that fails leaves the old file, and nothing beside it."""
    path = write(tmp_path / "summary.md", "old")

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write(path, "new")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
