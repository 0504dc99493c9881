"""What a warm process has imported before the first test: everything slow, and nothing computed.

A process that has computed, with threads or backward(), cannot be forked safely; importing only is
safe. The first optimizer imports torch._dynamo, 0.8 s: it comes along. Meanwhile nobody looks for
garbage, which would take nearly a second; freezing keeps the garbage collector of every child from
walking, and so copying, what was imported.
"""

import contextlib
import gc
import importlib
import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MPLBACKEND="module://kata.backend")

MODULES = [
    *("torch", "torch._dynamo", "torch.testing", "matplotlib.pyplot", "encodings.cp437"),
    *("pytest", "pytest_timeout", "tomllib"),
    *("kata.backend", "kata.cli", "kata.collection", "kata.expect", "kata.figures", "kata.plugin"),
    *("kata.trial", "kata.written_out", "kata.data", "kata.attempts", "kata.spare"),
    # pytest imports these when it starts
    *(f"_pytest.{name}" for name in ("_argcomplete", "helpconfig", "skipping", "warnings")),
    *(f"_pytest.{name}" for name in ("terminal", "cacheprovider", "unittest", "recwarn")),
]

gc.disable()
for name in MODULES:
    importlib.import_module(name)
importlib.import_module("PIL.Image").preinit()  # what the first picture imports: 0.1 s
with contextlib.suppress(ImportError):  # pytest's capturing asks for it; Windows has none
    importlib.import_module("readline")

gc.freeze()
gc.enable()
