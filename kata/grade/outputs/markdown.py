"""A stranger's text inside Markdown: shown as it is, never obeyed by Markdown or by GitHub."""

import re

from kata.grade import plain

EMPTY = "(nothing)"  # a name or message of which nothing is left to show
_APART = "\N{ZERO WIDTH SPACE}"
# GitHub looks for these in the rendered page, where an entity is no protection any more.
_LINKED = re.compile(r"([@#])(?=\w)|(:)(?=//)|(www)(?=\.)|(gh-)(?=\d)", re.IGNORECASE)
_MARKUP = re.compile(r"[!\"#$&()*+/:;<=>@\[\\\]^_`{|}~]|(?<!\w)[.\-]|[.\-](?!\w)")
# Lines that a runner of GitHub obeys if the file is ever printed.
_COMMAND = re.compile(r"^([^\S\n]*:)(?=:)|(##)(?=\[)", re.MULTILINE)


def inline(text: str, limit: int = 200) -> str:
    """Return `text` for a heading, a paragraph or a table's cell, on one line.

    Example:
        >>> inline("*Ada* | <b>")
        '&#42;Ada&#42; &#124; &#60;b&#62;'
    """
    apart = _LINKED.sub(lambda found: found[0] + _APART, plain.line(text, limit) or EMPTY)
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", apart)


def code(text: str, limit: int = 200) -> str:
    """Return `text` as a code span, on one line; not for a table's cell.

    Example:
        >>> code("a `b`")
        '`` a `b` ``'
    """
    text = _COMMAND.sub(lambda found: found[0] + _APART, plain.line(text, limit)) or EMPTY
    ticks = "`" * (_longest_run(text) + 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(text: str, limit: int) -> str:
    """Return `text` as a code block whose fence is longer than any run of back-ticks in it."""
    text = plain.cut(plain.block(text).strip("\n"), limit) or EMPTY
    text = _COMMAND.sub(lambda found: found[0] + _APART, text)
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}text\n{text}\n{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
