"""Write kata/grade/private_names.py: what the allowed classes keep under names with an underscore.

    python -m scripts.private_names

Run it when a package that exercises use has a new version.
"""

import importlib
import textwrap
from collections.abc import Iterable

from kata.grade import allowed
from kata.layout import ROOT

HEADER = '''"""Private names of the classes that exercises may use: `x._name` leads inside of them.

Written by `python -m scripts.private_names`.
"""

_NAMES = """
'''
FOOTER = '''
"""
PRIVATE_NAMES = frozenset(_NAMES.split())
'''


def private(names: Iterable[str]) -> set[str]:
    """Return those of the names that begin with one underscore."""
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def found() -> set[str]:
    """Return the private names of all allowed classes, and those that their __init__ mentions."""
    names: set[str] = set()
    for module in allowed.known():
        if module.startswith("<"):
            continue
        try:
            inside = vars(importlib.import_module(module))
        except ModuleNotFoundError:  # one that is reached as an attribute, pyplot.style
            continue
        for name, value in inside.items():
            if isinstance(value, type) and allowed.find(f"{module}.{name}").kind == "name":
                for kind in value.__mro__:
                    code = getattr(vars(kind).get("__init__"), "__code__", None)
                    names |= private(vars(kind)) | private(code.co_names if code else ())
    return names


if __name__ == "__main__":
    text = textwrap.fill(
        " ".join(sorted(found())), 96, break_on_hyphens=False, break_long_words=False
    )
    path = ROOT / "kata" / "grade" / "private_names.py"
    path.write_text(HEADER + textwrap.indent(text, "    ") + FOOTER, encoding="utf-8")
