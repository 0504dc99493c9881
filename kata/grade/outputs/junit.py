"""The results as JUnit XML, as Jenkins, GitLab and others read it: a suite a student and day."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from kata.grade import plain
from kata.grade.outputs import verdicts
from kata.grade.results import DayResult, Graded, TestResult

LONGEST = 20_000  # characters of one message
_ELEMENTS = {"failed": "failure", "todo": "failure", "skipped": "skipped"}


def junit_xml(graded: Sequence[Graded]) -> str:
    """Return one testsuite for each student and day, with a testcase for each test.

    A wrong answer is a `failure` whose type is the id of the mistake, an untouched stub one of type
    `todo`. A test that did not report, and every test of a day that does not count, is an `error`.
    Source: https://github.com/jenkinsci/xunit-plugin (junit-10.xsd)
    """
    root = ET.Element("testsuites", name="kata grade")
    for one in graded:
        for day in one.days:
            _suite(root, one, day)
        if one.problem or not one.days:
            _nothing(root, one)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: ET.Element, one: Graded, day: DayResult) -> None:
    student = plain.line(one.student.name)
    seconds = f"{max(day.seconds, 0):.3f}"
    suite = ET.SubElement(root, "testsuite", name=plain.line(f"{student} {day.day}"), time=seconds)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(one, day):
        ET.SubElement(properties, "property", name=plain.line(name), value=plain.line(value))
    for test in day.tests:
        case = _case(suite, test.name, f"{day.day}.{test.kind}")
        if not verdicts.counts(day, test):
            _outcome(case, day, test)
    if day.problem and not day.tests:
        _say(_case(suite, "the day", day.day), "error", "void", day.problem)
    _count(suite)


def _properties(one: Graded, day: DayResult) -> list[tuple[str, str]]:
    named = [
        (f"mistake.{test.name}", test.mistake)
        for test in day.tests
        if test.status == "failed" and test.mistake
    ]
    refused = [
        (f"refusal.{place}", verdicts.refused(refusal))
        for place, refusal in enumerate(day.refusals, 1)
    ]
    isolation = [
        (f"isolation.{mechanism}", "held" if held else "did not hold")
        for mechanism, held in sorted(day.isolation.items())
    ]
    points = [
        ("points", f"{day.points}/{day.maximum}"),
        ("bonus", f"{day.bonus}/{day.bonus_maximum}"),
        ("submission", one.submission),
    ]
    problem = [("problem", day.problem)] if day.problem else []
    return [*points, *problem, *named, *refused, *isolation]


def _outcome(case: ET.Element, day: DayResult, test: TestResult) -> None:
    text = verdicts.message(day, test)
    if day.problem:
        _say(case, "error", "void", text)
    else:
        kind = test.mistake if test.status == "failed" and test.mistake else test.status
        _say(case, _ELEMENTS.get(test.status, "error"), kind, text)


def _nothing(root: ET.Element, one: Graded) -> None:
    suite = ET.SubElement(root, "testsuite", name=plain.line(one.student.name))
    case = _case(suite, "the submission", "submission")
    _say(case, "error", "nothing-graded", one.problem or "no day of it was graded")
    _count(suite)


def _case(suite: ET.Element, name: str, group: str) -> ET.Element:
    names = {"classname": plain.line(group), "name": plain.line(name)}
    return ET.SubElement(suite, "testcase", names)


def _say(case: ET.Element, element: str, kind: str, text: str) -> None:
    text = plain.cut(plain.block(text), LONGEST)
    attributes = {"type": plain.line(kind), "message": plain.line(text, 300)}
    ET.SubElement(case, element, attributes).text = text


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for element, attribute in (
        ("failure", "failures"),
        ("error", "errors"),
        ("skipped", "skipped"),
    ):
        suite.set(attribute, str(len(suite.findall(f"testcase/{element}"))))
