"""A stranger's text, fit to show: nothing in it can move a cursor, hide or reorder what is read."""

import re

# What a terminal obeys: colours and cursor (CSI), titles and links (OSC and its like), the rest.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, overrides of the reading direction, half characters, and what XML does not allow.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_SEEN = "\N{REPLACEMENT CHARACTER}"  # what was taken out leaves a mark


def block(text: str) -> str:
    """Return `text` with its lines kept, and every character in it one that can be shown.

    Example:
        >>> block("one\\r\\ntwo\\x1b[2J\\0")
        'one\\ntwo�'
    """
    return _UNSAFE.sub(_SEEN, _LINE_ENDS.sub("\n", _ESCAPES.sub("", text)))


def line(text: str, limit: int = 0) -> str:
    """Return `text` as one line, cut to `limit` characters if there is a limit.

    Example:
        >>> line("  Ada\\n Lovelace ")
        'Ada Lovelace'
        >>> line("Ada Lovelace", 4)
        'Ada…'
    """
    text = " ".join(block(text).split())
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"


def cut(text: str, limit: int) -> str:
    """Return `text`, or its beginning and how much is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit} more characters are left out"
