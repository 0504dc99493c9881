"""The class as its teacher keeps it, in the files that spreadsheets really write."""

import itertools
import unicodedata

import pytest

from kata.grade.results import Student
from kata.grade.roster import read_roster, shard


@pytest.fixture
def roster(tmp_path):
    """Return a function that reads a roster with this text, or these bytes."""

    def read(text):
        path = tmp_path / "class.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read_roster(path)

    return read


def test_a_roster_has_a_student_a_row(roster, tmp_path):
    """All five columns, in any order."""
    (student,) = roster("email,id,ref,source,name\na@b.org,007,main,forks/ada,Ada\n")

    assert student == Student("Ada", str(tmp_path / "forks" / "ada"), "main", "007", "a@b.org")


def test_only_name_and_source_are_needed(roster):
    """What is not there is empty."""
    (student,) = roster("name,source\nAda,https://example.org/ada.git\n")

    assert student == Student("Ada", "https://example.org/ada.git")


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/ada/torch-kata.git",
        "ssh://git@example.org/ada/torch-kata",
        "git@example.org:ada/torch-kata.git",
        "file:///srv/forks/ada",
    ],
)
def test_an_address_stays_as_it_is(roster, source):
    """What git can clone is no folder."""
    assert roster(f"name,source\nAda,{source}\n")[0].source == source


@pytest.mark.parametrize("source", ["ext::sh -c id", "--upload-pack=id", "-x@y:z", "../ada"])
def test_everything_else_is_a_folder_seen_from_the_rosters(roster, source, tmp_path):
    """No source becomes an option of git or a transport that runs commands."""
    (student,) = roster(f"name,source\nAda,{source}\n")

    assert student.source.startswith(str(tmp_path.parent))


def test_a_folder_may_be_somebodys_home(roster, monkeypatch):
    """A tilde means what it means in a shell."""
    monkeypatch.setenv("HOME", "/home/teacher")

    assert roster("name,source\nAda,~/ada\n")[0].source == "/home/teacher/ada"
    assert roster("name,source\nAda,~nobody-of-this-name/x\n")[0].source.endswith("/x")


def test_a_folder_with_its_whole_path_stays(roster, tmp_path):
    """An absolute path does not depend on where the roster is."""
    assert roster(f"name,source\nAda,{tmp_path / 'x'}\n")[0].source == str(tmp_path / "x")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffName,Source\nAda,x:1\nGrace,y\n".encode(),
        b"NAME;SOURCE\r\nAda;x:1\r\nGrace;y\r\n",
        b"sep=;\r\nname;source\r\nAda;x:1\r\nGrace;y\r\n",
        b"sep=\t\nname\tsource\nAda\tx:1\nGrace\ty\n",
        "name\tsource\r\nAda\tx:1\r\nGrace\ty\r\n".encode("utf-16"),
        b"name,source\rAda,x:1\rGrace,y\r",
        b'"name" , "source"\nAda,x:1\nGrace,y'.replace(b" ", b""),
        b" name , source ,,\n Ada , x:1 ,,\n,,,\n\n Grace , y ,,\n   \n",
        b"\n\nname,source,section\nAda,x:1,B\nGrace,y,\n",
    ],
    ids=["BOM", "semicolon", "sep", "sep-tab", "utf-16", "mac", "quotes", "padded", "more"],
)
def test_what_spreadsheets_write_is_understood(roster, text, tmp_path):
    """Byte-order marks, other separators and line ends, upper case, padding, blank lines."""
    students = roster(text)

    assert [student.name for student in students] == ["Ada", "Grace"]
    assert students[1].source == str(tmp_path / "y")


def test_names_of_any_script_are_kept_in_one_form(roster):
    """Composed, so that a name is the same whichever keyboard wrote it."""
    decomposed = unicodedata.normalize("NFD", "Zoë Müller")

    students = roster(f'name,source\n{decomposed},x\n王小明,y\n"Lovelace, ""Ada""",z\n')

    assert [student.name for student in students] == ["Zoë Müller", "王小明", 'Lovelace, "Ada"']


def test_a_line_end_inside_a_name_is_a_space(roster):
    """Spreadsheets put them there; the row's number is the spreadsheet's all the same."""
    assert roster('name,source\n"Ada\nLovelace",x\n')[0].name == "Ada Lovelace"
    with pytest.raises(ValueError, match=r"row 3: the cell 'source' is empty"):
        roster('name,source\n"Ada\nLovelace",x\nGrace,\n')


def test_two_of_one_name_need_an_id_each(roster):
    """The same name twice is a mistake, unless the ids tell them apart."""
    assert len(roster("name,source,id\nWei,x,1\nWei,y,2\n")) == 2
    with pytest.raises(ValueError, match=r"row 4: 'Wei' is in row 2 already; delete one"):
        roster("name,source,id\nWei,x,1\nAda,z,\nWei,y,1\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: its first row must be name,source,ref,id,email"),
        ("\n ,,\n", "is empty"),
        ("name,source\n", "no students: write one a row"),
        ("name,fork\nAda,x\n", "row 1: there is no column 'source' among name, fork; add it"),
        ("student,source\nAda,x\n", "row 1: there is no column 'name'"),
        ("name,source,Name\nAda,x,y\n", "row 1: there are two columns 'name'; rename one"),
        ("name,source\nAda,x\n\n,y\n", "row 4: the cell 'name' is empty; fill it in"),
        ("name,source\nAda\n", "row 2: the cell 'source' is empty"),
        ("name,source,ref\nAda,x,--force\n", "row 2: '--force' is no branch, tag or commit"),
        ("name,source\nAda,x\0y\n", r"row 2: the cell 'source' has a control character, '.x00'"),
        ("name,source\nA\x1b[31m,x\n", "row 2: the cell 'name' has a control character"),
        ("name,source\nLovelace, Ada,x\n", "row 2 has 3 cells and the heading 2: put a cell"),
        ('name,source\nAda,x\n"Grace,y\n', "row 3: .*write a quote inside a quoted cell twice"),
        ('"name,source\n', "row 1: .*write a quote inside a quoted cell twice"),
        (b"name,source\nZo\xeb,x\n", "is not UTF-8: save it as"),
        (b"\xff\xfen", "is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_the_row_and_what_to_do(roster, text, message):
    """One line: where, what, and what to do about it."""
    with pytest.raises(ValueError, match=message) as raised:
        roster(text)

    assert "\n" not in str(raised.value)


CLASS = [Student(f"Student {number}", "x") for number in range(200)]


@pytest.mark.parametrize("parts", [1, 2, 3, 8])
def test_the_shards_together_are_the_class_and_share_nobody(parts):
    """Each student is in one part, in the class's order, and no part is far from its share."""
    found = [shard(CLASS, f"{place}/{parts}") for place in range(1, parts + 1)]

    assert sorted(itertools.chain(*found), key=CLASS.index) == CLASS
    assert all(part == sorted(part, key=CLASS.index) for part in found)
    assert all(len(part) > 100 / parts for part in found)


def test_who_belongs_to_a_shard_depends_on_the_name_alone():
    """Somebody who joins the class, or another order of it, moves nobody."""
    part = shard(CLASS, "2/8")

    assert shard([Student("New", "x"), *CLASS[::-1]], "2/8")[-len(part) :] == part[::-1]
    assert [s.name for s in shard([Student(s.name, "y", id="1") for s in CLASS], "2/8")] == [
        student.name for student in part
    ]
    # Pinned: another machine, another Python and another day must agree.
    assert [student.name for student in shard(CLASS[:12], "1/4")] == [
        "Student 3",
        "Student 10",
    ]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("0/8", "there is no shard 0/8: the shards are 1/8 to 8/8"),
        ("9/8", "there is no shard 9/8"),
        ("1/0", "there is no shard 1/0"),
        ("x", "the shard 'x' is not of the form i/n"),
        ("", "not of the form"),
        ("1", "not of the form"),
        ("-1/8", "not of the form"),
        ("1/8/2", "not of the form"),
        ("1.5/8", "not of the form"),
        ("²/8", "not of the form"),
        ("1/" + "9" * 5000, "not of the form"),
    ],
)
def test_a_shard_that_cannot_be_says_what_could(part, message):
    """The form and the range are in the message."""
    with pytest.raises(ValueError, match=message):
        shard(CLASS, part)


def test_spaces_around_a_shard_do_no_harm():
    """As they come from a matrix of a workflow."""
    assert shard(CLASS, " 1/1\n") == CLASS
