"""A small graded class for tests, and text that a stranger could have put into it."""

from dataclasses import replace

from kata.grade.results import DayResult, Graded, Refusal, Student, TestResult

HOSTILE = [
    '=HYPERLINK("http://127.0.0.1","x")',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1＋1",
    "\u200b=1",
    "\u00a0@x",
    'Ada";=1+1',
    "Ada, -1",
    'Lovelace, "Ada"',
    "two\nlines",
    "nul\0here",
    "half\ud800pair",
    "right\u202eto left",
    "isolate\u2066d",
    "next\u2028line",
    "not a character \ufffe",
    "| a | b |",
    "a\\|b",
    "|---|---|",
    "`code`",
    "`" * 40,
    "<script>alert(1)</script>",
    "<!-- comment",
    "&lt;b&gt; &amp; &#96;",
    "::notice title=x::you won",
    "\n  ::add-mask::x",
    "##[error]x",
    "[link](http://127.0.0.1)",
    "![picture](http://127.0.0.1/x.png)",
    "[reference]: http://127.0.0.1",
    "<http://127.0.0.1>",
    "https://127.0.0.1/x",
    "www.example.org",
    "_www.example.org GH-1_gh-2",
    "someone@example.org",
    "@octocat",
    "#123",
    "GH-123",
    "# heading",
    "- item",
    "1. item",
    "1) item",
    "    code",
    "---",
    "===",
    "> quote",
    "~~~",
    "```\n# out\n```",
    "*a* **b** _c_ ~~d~~ $e$",
    "back\\",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07rest",
    "\x9b2J",
    "[bold]x[/bold]",
    "[/]",
    "../../etc/passwd",
    "/absolute",
    "C:\\boot",
    ".hidden",
    "-rf",
    "CON",
    "nul",
    "com1",
    "com¹",
    "trailing.",
    "x" * 300,
    "王" * 300,
    "王小明",
    "e\N{COMBINING ACUTE ACCENT}",
    "é",
    "Ada",
    "ADA",
    "ada",
    "ada ",
    "",
    " ",
    "]]>",
    '" onclick="x',
]

TAME = "Grace"


def a_day(text: str = TAME, name: str = "day09", **changes: object) -> DayResult:
    """Return a day on which one core test of four passed, and one stretch test of two."""
    day = DayResult(
        day=name,
        tests=(
            TestResult("test_mean", "core", "passed"),
            TestResult("test_sum", "core", "failed", "sum-instead-of-mean", text or TAME),
            TestResult("test_todo", "core", "todo"),
            TestResult("test_missing", "core", "missing"),
            TestResult("test_more", "stretch", "passed"),
            TestResult("test_most", "stretch", "skipped"),
        ),
        refusals=(Refusal("exercises/day09/x.py", 3, "name-not-allowed", text or TAME, "f"),),
        isolation={"network": True, "landlock": False},
        seconds=1.25,
        bodies=0.5,
    )
    return replace(day, **changes)


def a_submission(text: str = TAME, number: int = 0, **changes: object) -> Graded:
    """Return a submission with `text` wherever a stranger has a say."""
    graded = Graded(
        student=Student(text, f"forks/{number}", id=text, email=text),
        submission="0" * 64,
        days=(a_day(text), a_day(text, "day10", problem=text or TAME)),
        answers={"exercises/day11/answer.md": text},
    )
    return replace(graded, **changes)


def a_hostile_day(text: str) -> DayResult:
    """Return a day in which every text is `text`, the names and ids included."""
    test = TestResult(text, "core", "failed", text, text)
    return DayResult(
        day="day09",
        tests=(test, replace(test, status="passed"), replace(test, status="todo")),
        refusals=(Refusal(text, 1, text, text, text),),
        isolation={text: False},
    )


def a_class() -> list[Graded]:
    """Return one submission for each hostile text, and one of which nothing was graded."""
    students = [a_submission(text, number) for number, text in enumerate(HOSTILE)]
    nothing = Graded(Student("Nobody", "forks/none"), "", problem="there is no folder forks/none")
    return [*students, nothing]
