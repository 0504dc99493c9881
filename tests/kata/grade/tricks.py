"""What somebody who wants points, or trouble, might hand in, and which layer alone stops it.

Every sample limits itself: a fork bomb stops at 100 processes, a flood at a few hundred megabytes,
a call goes to 127.0.0.1. Words in capitals, as CANARY, are filled in when a sample is graded.
"""

from dataclasses import dataclass, field

from kata.grade.sandbox import Limits
from kata.layout import ROOT

# A day that is nearly all wrong, so that every point that a trick gains is seen.
WRONG = '''\
"""A day that is nearly all wrong."""

import torch
from torch import nn


def forward_by_hand(x, w1, b1, w2, b2):
    return torch.full((len(x), len(w2)), 7.0)


class OneHiddenLayerNet(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer = nn.Linear(in_features, classes)

    def forward(self, x):
        return self.layer(x.flatten(1))


def predict(model, x):
    return torch.full((len(x),), 9)


class DeepNet(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
'''

# Of day 9, enough to see every gain: a whole day for each trick and layer would take minutes.
TESTS = [
    "test_forward_by_hand_of_two_small_numbers",
    "test_forward_by_hand_answers_to_its_input",
    "test_forward_by_hand_of_any_batch[3]",
    "test_forward_by_hand_leaves_its_arguments_alone",
    "test_network_is_a_module_with_two_layers",
    "test_network_computes_what_forward_by_hand_does[3]",
    "test_predict_takes_any_batch[3]",
    "test_predict_works_on_images",
    "test_predict_runs_in_eval_mode",
]


@dataclass(frozen=True)
class Trick:
    """A sample, and the layers of which each alone, with the other two off, stops it."""

    name: str
    source: str  # the end of the file
    stopped_by: tuple[str, ...]
    solved: bool = False  # it is at the end of a solution: it wants trouble, not points
    limits: Limits = field(default_factory=lambda: Limits(wall=20))
    says: str = ""  # what the result says with the ledger alone; a regular expression
    refused: bool = True  # the policy says something about it
    never_without_isolation: bool = False  # nothing but the kernel makes it harmless


POLICY, ISOLATION, LEDGER = "policy", "isolation", "ledger"
ALL = (POLICY, ISOLATION, LEDGER)

_TELLER = """
import gc, json, os, sys
def teller():
    for found in gc.get_objects():
        if type(found).__name__ == "Teller":
            return found
def tell(message):
    teller().told.sendall(json.dumps(message).encode() + b"\\n")
def result(identity, outcome):
    tell({"id": identity, "outcome": outcome, "mistake": "", "text": "", "seconds": 0.0})
"""

# What to run once anything at all can be run.
_EVERYTHING = (
    _TELLER
    + "import re\nids = dict(teller().ids)\n"
    + "for name, identity in ids.items():\n"
    + "    canary = re.search('test_[0-9a-f]{16}$', name)\n"
    + "    result(identity, 'failed' if canary else 'passed')\n"
    + "tell({'end': len(ids)})\nos._exit(0)\n"
)

_FUNCTION = "def forward_by_hand(x, w1, b1, w2, b2):\n    "

# Each leaves a test that must fail alone: somebody has read the grader.
_BUT_CANARIES = """
import re, sys
def is_canary():
    frame = sys._getframe(1)
    while frame:
        if "CANARIES" in frame.f_globals:
            return True
        frame = frame.f_back
    return False
"""


def _points(name, source, *stopped_by, **more):
    return Trick(name, source, stopped_by, **more)


def _trouble(name, source, *stopped_by, **more):
    return Trick(name, source, stopped_by, solved=True, **more)


FOR_POINTS = [
    # The process ends early, or the test does.
    _points("os._exit(0) at import", "import os\nos._exit(0)\n", *ALL, says="the process ended"),
    _points(
        "os._exit(0) in a function",
        f"import os\n{_FUNCTION}os._exit(0)\n",
        *ALL,
        says="the process ended",
    ),
    _points(
        "os._exit(0) from a thread",
        "import os, threading\nthreading.Timer(0.01, os._exit, [0]).start()\n"
        "import time\n" + _FUNCTION + "time.sleep(1)\n",
        *ALL,
        says="the process ended",
    ),
    _points(
        "pytest.exit",
        f"import pytest\n{_FUNCTION}pytest.exit('5 passed', returncode=0)\n",
        *ALL,
        says="the process ended",
    ),
    _points("pytest.skip", f"import pytest\n{_FUNCTION}pytest.skip('not today')\n", *ALL),
    _points("pytest.xfail", f"import pytest\n{_FUNCTION}pytest.xfail('known')\n", *ALL),
    _points(
        "KeyboardInterrupt in a function",
        f"{_FUNCTION}raise KeyboardInterrupt\n",
        *ALL,
        says="the process ended",
        refused=False,
    ),
    _points(
        "a process of its own takes over",
        "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(\"5 passed\")'])\n",
        *ALL,
        says="the process ended",
    ),
    _points(
        "SIGALRM ignored, and a loop without end",
        "import signal\n"
        + _FUNCTION
        + "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass\n",
        *ALL,
        limits=Limits(wall=2),
        says="more than 2 s",
    ),
    _points(
        "SIGSTOP to itself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n",
        *ALL,
        limits=Limits(wall=2),
        says="more than 2 s",
    ),
    # What compares is replaced.
    _points(
        "torch.isclose and torch.equal replaced",
        "import torch\ntorch.isclose = lambda a, b, **more: torch.ones_like(a, dtype=torch.bool)\n"
        "torch.equal = torch.allclose = lambda *a, **more: True\n",
        POLICY,
        LEDGER,
        says="torch.isclose",
    ),
    _points(
        "torch.testing.assert_close replaced",
        "import torch\ntorch.testing.assert_close = lambda *a, **more: None\n",
        *ALL,  # no test uses it
    ),
    _points(
        "pytest.raises replaced",
        "import pytest, contextlib\npytest.raises = contextlib.suppress\n",
        *ALL,  # no day's test uses it
        says="raises",
    ),
    _points(
        "expect.close replaced",
        "import kata.expect\nkata.expect.close = lambda *a, **more: None\n",
        POLICY,
        LEDGER,
        says="close",
    ),
    _points(
        "the code of expect.close replaced",
        "import kata.expect\nkata.expect.close.__code__ = (lambda *a, **more: None).__code__\n",
        POLICY,
        LEDGER,
        says="close",
    ),
    _points(
        "the code of a comparison changed in memory",
        "import ctypes, kata.compare\n"
        "code = kata.compare.same.__code__\n"
        "import dis\n"
        "steps = [dis.opmap[name] for name in ('RESUME', 'LOAD_CONST', 'RETURN_VALUE')]\n"
        "text = bytes([steps[0], 0, steps[1], 0, steps[2], 0])\n"  # it returns its docstring
        "ctypes.memmove(id(code) + type(code).__basicsize__, text, len(text))\n",
        POLICY,
        LEDGER,
    ),
    _points(
        "expect.that replaced in the tests' own module",
        "import sys\n"
        "class Kind:\n    def __getattr__(self, name): return lambda *a, **more: a[0] if a else 0\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.endswith('test_network'): module.expect = Kind()\n",
        POLICY,
        LEDGER,
        says="expect",
    ),
    _points(
        "Tensor.__eq__ and TensorBase.all replaced",
        "import torch\ntorch.Tensor.__eq__ = lambda a, b: torch.ones(1).bool()\n"
        "torch.Tensor.all = lambda *a, **more: torch.tensor(True)\n",
        POLICY,
        LEDGER,
        says="torch.Tensor.all|Tensor.all",
    ),
    _points(
        "a method of a type that cannot be changed, changed through gc",
        "import gc, torch\n"
        "names = gc.get_referents(vars(torch._C.TensorBase))[0]\n"
        "names['all'] = names['any'] = lambda *a, **more: torch.tensor(True)\n",
        POLICY,
        LEDGER,
        says="TensorBase.all",
    ),
    _points(
        "math.isclose, all and isinstance replaced",
        "import builtins, math\nmath.isclose = lambda *a, **more: True\n"
        "builtins.all = lambda a: True\nbuiltins.isinstance = lambda a, b: True\n",
        *ALL,  # what it breaks fails
        says="changed|end|builtins|not one|ended",
    ),
    _points(
        "a failure that nobody raises",
        "import kata.failure\n"
        "new = lambda *a, **more: Exception()\n"
        "type.__setattr__(kata.failure.Failure, '__new__', new)\n"
        "import kata.expect\n"
        "kata.expect.Failure = kata.expect.fail = lambda *a, **more: StopIteration()\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    _points(
        "a builtin hidden by a name in the runner's module",
        "import kata.compare\nkata.compare.bool = lambda value: True\n",
        POLICY,
        LEDGER,
        says="kata.compare.bool",
    ),
    _points(
        "a mode that answers for torch",
        "import torch\nfrom torch.overrides import TorchFunctionMode\n"
        "class Mode(TorchFunctionMode):\n"
        "    def __torch_function__(self, function, types, args=(), kwargs=None):\n"
        "        result = function(*args, **(kwargs or {}))\n"
        "        if getattr(function, '__name__', '') in ('isclose', 'equal', 'eq'):\n"
        "            return torch.ones_like(args[0], dtype=torch.bool)\n"
        "        return result\n"
        "Mode().__enter__()\n",
        POLICY,
        LEDGER,
        says="torch function modes",
    ),
    # What reports is replaced.
    _points(
        "TestReport replaced",
        "import pytest\n"
        "old = pytest.TestReport.__init__\n"
        "def new(self, *a, **more):\n"
        "    old(self, *a, **more)\n    self.outcome, self.longrepr = 'passed', None\n"
        "pytest.TestReport.__init__ = new\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    _points(
        "CallInfo.from_call replaced",
        "import pytest\n"
        "old = pytest.CallInfo.from_call.__func__\n"
        "def new(cls, function, when, reraise=None):\n"
        "    found = old(cls, function, when, reraise)\n"
        "    found.excinfo = None\n    found._result = None\n    return found\n"
        "pytest.CallInfo.from_call = classmethod(new)\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    _points(
        "runtest replaced",
        "import pytest\npytest.Function.runtest = lambda self: None\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    _points(
        "call_and_report of _pytest.runner replaced",
        "import sys\nrunner = sys.modules['_pytest.runner']\nold = runner.call_and_report\n"
        "def new(item, when, log=True, **more):\n"
        "    report = old(item, when, log=False, **more)\n"
        "    report.outcome, report.longrepr = 'passed', None\n"
        "    item.ihook.pytest_runtest_logreport(report=report)\n    return report\n"
        "runner.call_and_report = new\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    _points(
        "the hook that runs tests replaced inside pluggy, canaries left alone",
        "import re, sys\nframe = sys._getframe()\n"
        "while 'item' not in frame.f_locals or not hasattr(frame.f_locals['item'], 'ihook'):\n"
        "    frame = frame.f_back\n"
        "hooks = frame.f_locals['item'].config.hook\n"
        "for impl in hooks.pytest_pyfunc_call.get_hookimpls():\n"
        "    def new(pyfuncitem, old=impl.function):\n"
        "        if re.fullmatch('test_[0-9a-f]{16}', pyfuncitem.name): return old(pyfuncitem)\n"
        "        return True\n"
        "    if impl.plugin_name == 'python': impl.function = new\n",
        POLICY,
        LEDGER,
        says="hook",
    ),
    _points(
        "every test's function replaced, canaries left alone",
        "import re, sys\nframe = sys._getframe()\n"
        "while 'session' not in frame.f_locals: frame = frame.f_back\n"
        "for item in frame.f_locals['session'].items:\n"
        "    if not re.fullmatch('test_[0-9a-f]{16}', item.name):\n"
        "        item.obj = lambda **more: None\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    _points(
        "the code of the tests replaced",
        "import sys\n"
        "def nothing(*a, **more): pass\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.endswith('test_network'):\n"
        "        for key, value in list(vars(module).items()):\n"
        "            if key.startswith('test_'): value.__code__ = nothing.__code__\n",
        POLICY,
        LEDGER,
        says="changed",
    ),
    # Results are made up.
    _points(
        "results sent through the Teller that gc finds",
        _TELLER + "for identity in list(teller().ids.values()): result(identity, 'passed')\n",
        *ALL,  # without a ledger the last result counts
        says="not one for each test",
    ),
    _points(
        "every answer and the end record sent, then os._exit(0)",
        _TELLER
        + "ids = list(teller().ids.values())\n"
        + "for identity in ids: result(identity, 'passed')\n"
        + "tell({'end': len(ids)})\nos._exit(0)\n",
        POLICY,
        LEDGER,
        says="a test that must fail did not",
    ),
    _points(
        "every answer sent, with the canaries told apart by their names",
        _EVERYTHING,
        POLICY,
    ),
    _points(
        "a class pattern that reads the frame of a generator",
        "import collections.abc\nfrom abc import ABC\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Gen(ABC):\n    gi_frame: object\n"
        "@dataclass\nclass Frame(ABC):\n    f_builtins: object\n"
        "Gen.register(collections.abc.Generator)\nFrame.register(collections.abc.Hashable)\n"
        "def numbers():\n    yield 1\n"
        "match numbers():\n    case Gen(frame):\n        match frame:\n"
        "            case Frame(names):\n"
        f"                names['exec']({_EVERYTHING!r}, {{}})\n",
        POLICY,
    ),
    _points(
        "a module that += hands over, and that runs code",
        "import timeit\nclass Taker:\n    def __radd__(self, module):\n"
        f"        module.timeit({_EVERYTHING!r}, number=1)\n        return 0\n"
        "t = timeit\nt += Taker()\n",
        POLICY,
    ),
    _points(
        "a module by a name that Python changes in a class",
        f"import timeit as _A__t\nclass A:\n    __t.timeit({_EVERYTHING!r}, number=1)\n",
        POLICY,
    ),
    _points(
        "getattr by way of its own __call__",
        "def inside(x, name):\n"
        "    return getattr.__call__(x, '_' + '_' + str(name) + '_' + '_')\n"
        "found = inside(inside, 'globals')['_' + '_' + str('builtins') + '_' + '_']\n"
        f"found['ex' + str('ec')]({_EVERYTHING!r}, {{}})\n",
        POLICY,
    ),
    _points(
        "a debugger that runs the commands of a file",
        "import matplotlib.pyplot as plt\nplt.plot([1])\n"
        f"plt.savefig('.pdbrc', format='svg', metadata={{'Title': '\\nexec(bytes(['\n"
        f"    + ','.join(map(str, {_EVERYTHING.encode()!r})) + ']), {{}})\\n'}})\n"
        "def sneaky():\n    breakpoint()\n    return 1\n"
        "try:\n    sneaky()\nexcept RuntimeError:\n    pass\n",
        *ALL,
        refused=False,
    ),
    _points(
        "a setting of matplotlib that names a function to be called",
        "import matplotlib.pyplot as plt\n"
        "class Callbacks:\n"
        "    def connect(self, *a): return 1\n"
        "    def __getattr__(self, name): return lambda *a, **k: None\n"
        "class Picture:\n"
        "    dpi, number, bbox = 100, 1, None\n"
        "    _canvas_callbacks = Callbacks()\n"
        "    _button_pick_id = _scroll_pick_id = 0\n"
        "    def __init__(self, *a, **k):\n"
        f"        code = ascii({_EVERYTHING!r}).encode()\n"
        "        self.buf = b'c__builtin__\\nexec\\n(S' + code + b'\\n(dtR.'\n"
        "    def set_canvas(self, canvas): self.canvas = canvas\n"
        "    def __getattr__(self, name):\n"
        "        if name in ('peek', 'readinto'): raise AttributeError(name)\n"
        "        return lambda *a, **k: None\n"
        "    def read(self, n=-1):\n"
        "        n = len(self.buf) if n < 0 else n\n"
        "        out, self.buf = self.buf[:n], self.buf[n:]\n"
        "        return out\n"
        "    def readline(self):\n"
        "        return self.read(self.buf.index(b'\\n') + 1)\n"
        "plt.rcParams['figure.hooks'] = ['pickle:load']\n"
        "try:\n    plt.figure(FigureClass=Picture)\nexcept Exception:\n    pass\n",
        *ALL,
    ),
    _points(
        "JSON written to every open descriptor",
        "import os\n"
        'line = b\'{"id": "0000", "outcome": "passed", "end": 36}\\n\'\n'
        "for number in range(3, 50):\n"
        "    try: os.write(number, line)\n    except OSError: pass\n",
        *ALL,
        says="not one for each test|no result|cannot|could not",
    ),
    _points(
        "a pickle in place of a result",
        _TELLER + "import pickle\nteller().told.sendall(pickle.dumps({'id': 1}) + b'\\n')\n",
        *ALL,
        says="not JSON",
    ),
    _points(
        "nine megabytes of results",
        _TELLER + "for _ in range(9): teller().told.sendall(b' ' * 2**20)\n",
        *ALL,
        says="bytes",
    ),
    _points(
        "ten thousand messages",
        _TELLER + "teller().told.sendall(b'{}\\n' * 10_000)\n",
        *ALL,
        says="messages",
    ),
    _points(
        "seconds that are no number of seconds",
        _TELLER
        + "import re\nids = dict(teller().ids)\n"
        + "odd = ['NaN', '1e999', '1' + '0' * 400, '-1']\n"
        + "for n, identity in enumerate(ids.values()):\n"
        + '    line = \'{"id": "%s", "outcome": "passed", "mistake": "", "text": "", \'\n'
        + "    line += '\"seconds\": %s}\\n'\n"
        + "    teller().told.sendall((line % (identity, odd[n % 4])).encode())\n"
        + "tell({'end': len(ids)})\nos._exit(0)\n",
        *ALL,
        says="not one for each test",
    ),
    _points(
        "half a surrogate and a megabyte in a message",
        _TELLER
        + "import re\nids = dict(teller().ids)\n"
        + "for identity in ids.values():\n"
        + '    line = \'{"id": "%s", "outcome": "failed", "mistake": "%s", "text": "%s", \'\n'
        + "    line += '\"seconds\": 0}\\n'\n"
        + "    words = (identity, '\\\\ud800' * 10, '\\\\ud800' + 'a' * 10**5)\n"
        + "    teller().told.sendall((line % words).encode())\n"
        + "tell({'end': len(ids)})\nos._exit(0)\n",
        *ALL,
    ),
    _points(
        "the socket of results closed",
        "import os\nos.closerange(3, 256)\n",
        *ALL,
        says="the process ended|before the tests did",
    ),
    _points(
        "the socket of results redirected with dup2",
        "import os\nnothing = os.open(os.devnull, os.O_RDWR)\n"
        "for number in range(3, 50):\n"
        "    if number != nothing:\n"
        "        try: os.fstat(number); os.dup2(nothing, number)\n"
        "        except OSError: pass\n",
        *ALL,
        says="the process ended|before the tests did",
    ),
    _points(
        "a report written, and 5 passed printed",
        "import os\nprint('5 passed')\nos.write(1, b'===== 5 passed in 0.01s =====\\n')\n"
        "for name in ('report.xml', 'results.jsonl', '.report.json'):\n"
        '    open(name, \'w\').write(\'{"points": 30, "outcome": "passed"}\')\n',
        *ALL,
    ),
    # The grader's own detection is switched off.
    _points(
        "the snapshot silenced, and a comparison that spares the canaries",
        _BUT_CANARIES
        + "import kata.expect, kata.grade.snapshot\n"
        + "kata.grade.snapshot.Snapshot.changes = lambda *a, **more: []\n"
        + "old = kata.expect.close\n"
        + "def close(*a, **more): return old(*a, **more) if is_canary() else None\n"
        + "kata.expect.close = close\n",
        POLICY,
    ),
    _points(
        "a trace that makes the answer right and takes itself away",
        "import sys\n"
        "def trace(frame, event, argument):\n"
        "    if frame.f_code.co_name == 'close' and 'expected' in frame.f_locals:\n"
        "        frame.f_locals['actual'] = frame.f_locals['expected']\n"
        "        return trace\n"
        "    if frame.f_globals['__name__'].startswith(('pluggy', '_pytest')): sys.settrace(None)\n"
        "wrong = forward_by_hand\n"
        "def forward_by_hand(*arguments):\n"
        "    sys.settrace(trace)\n    return wrong(*arguments)\n",
        POLICY,
    ),
    _points(
        "sys.settrace left on",
        "import sys\n"
        "def trace(frame, event, argument):\n"
        "    if frame.f_code.co_name == 'close' and 'expected' in frame.f_locals:\n"
        "        frame.f_locals['actual'] = frame.f_locals['expected']\n"
        "        return trace\n"
        "wrong = forward_by_hand\n"
        "def forward_by_hand(*arguments):\n"
        "    sys.settrace(trace)\n    return wrong(*arguments)\n",
        POLICY,
        LEDGER,
        says="settrace",
    ),
    _points(
        "a thread that replaces a comparison later",
        "import threading, torch\n"
        "def later(): torch.isclose = lambda a, b, **more: torch.ones_like(a, dtype=torch.bool)\n"
        "thread = threading.Timer(0.02, later)\nthread.start()\nwrong = forward_by_hand\n"
        "def forward_by_hand(*arguments):\n    thread.join()\n    return wrong(*arguments)\n",
        POLICY,
        LEDGER,
        says="isclose",
    ),
    _points(
        "atexit and __del__",
        "import atexit\n"
        "def report(): open('CANARY', 'a').write('atexit')\n"
        "atexit.register(report)\n"
        "class Last:\n    def __del__(self): report()\nlast = Last()\n",
        *ALL,  # the process ends without either
    ),
    # Objects that lie.
    _points(
        "an object equal to everything",
        "class Equal:\n"
        "    def __eq__(self, other): return True\n"
        "    def __getattr__(self, name): return self\n"
        "    def __call__(self, *a, **more): return self\n"
        "    __hash__ = None\n" + _FUNCTION + "return Equal()\n",
        *ALL,
    ),
    _points(
        "a subclass of Tensor that lies",
        "class Liar(torch.Tensor):\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, function, types, args=(), kwargs=None):\n"
        "        name = getattr(function, '__name__', '')\n"
        "        if name in ('isclose', 'allclose', 'equal', 'eq', '__eq__'):\n"
        "            return torch.tensor(True)\n"
        "        if name in ('to', 'detach', 'cpu', 'to_dense'): return args[0]\n"
        "        return super().__torch_function__(function, types, args, kwargs or {})\n"
        + _FUNCTION
        + "return torch.full((len(x), len(w2)), 7.0).as_subclass(Liar)\n",
        *ALL,
    ),
    # Answers that are found rather than computed.
    _points(
        "expected values read from the test's frame",
        "import sys\n"
        "def predict(model, x):\n"
        "    frame = sys._getframe()\n"
        "    while frame and 'logits' not in frame.f_locals: frame = frame.f_back\n"
        "    return frame.f_locals['logits'].max(1).indices if frame else x\n",
        POLICY,
    ),
    _points(
        "the tests' own functions used",
        "import sys\n"
        "def forward_by_hand(x, w1, b1, w2, b2):\n"
        "    tests = next(m for n, m in sys.modules.items() if n.endswith('test_network'))\n"
        "    return tests.linear(tests.relu(tests.linear(x, w1, b1)), w2, b2)\n",
        POLICY,
    ),
    _points(
        "solutions imported",
        "from solutions.day09.network import *\n",
        *ALL,  # they are not there
        refused=False,
    ),
    _points(
        "the solution read from the grader's own folder",
        "exec(open('ROOT/solutions/day09/network.py').read().partition('\\nif __name')[0])\n",
        POLICY,
        ISOLATION,
    ),
    _points(
        "inputs changed in place, so that the answer is right",
        "def forward_by_hand(*arguments):\n"
        "    with torch.no_grad():\n"
        "        for argument in arguments: argument.zero_()\n"
        "    return torch.zeros(len(arguments[0]), len(arguments[3]))\n"
        "def predict(model, x):\n"
        "    x.zero_()\n    return torch.zeros(len(x), dtype=torch.int64)\n",
        *ALL,  # the call itself is told that it changed its arguments
        refused=False,
    ),
    _points(
        "random numbers put back to a known state",
        "import random\n"
        "def forward_by_hand(x, w1, b1, w2, b2):\n"
        "    torch.manual_seed(0)\n    random.seed(0)\n"
        "    return torch.zeros(len(x), len(w2))\n",
        *ALL,
        refused=False,
    ),
    _points(
        "its own file deleted while it is tested",
        "import os\nos.remove(__file__)\n",
        *ALL,
    ),
    _points(
        "builtins and the import system changed",
        "import sys\n"
        "class Finder:\n    def find_spec(self, *a): return None\n"
        "sys.meta_path.insert(0, Finder())\n",
        *ALL,
        says="meta_path",
    ),
    _points(
        "a module's forward hook for every module",
        "from torch.nn.modules.module import register_module_forward_hook\n"
        "register_module_forward_hook(lambda module, x, result: result * 0)\n",
        *ALL,
        says="hooks",
    ),
    _points(
        "the argument changed by a hook that it was given",
        "def predict(model, x):\n"
        "    model.register_forward_pre_hook(lambda module, a: (a[0] * 0,))\n"
        "    return torch.zeros(len(x), dtype=torch.int64)\n",
        *ALL,
        refused=False,
    ),
    _points(
        "the garbage collector's permanent objects edited",
        "import gc, kata.expect\n"
        "gc.unfreeze()\n"
        "for found in gc.get_objects():\n"
        "    if type(found) is dict and found.get('__name__') == 'kata.compare':\n"
        "        found['same'] = lambda a, b, c: True\n",
        POLICY,
        LEDGER,
        says="kata.compare.same",
    ),
    _points(
        "the compiled helpers of the tests' assertions replaced",
        "import kata.calls, kata.kinds\nkata.calls.recorded.__defaults__ = (None,)\n",
        *ALL,
        says="recorded",
    ),
    _points(
        "numbers that compare as they like, made with numpy's as_strided",
        "import numpy as np\n"
        "place = np.zeros(1)\n"
        "beyond = np.lib.stride_tricks.as_strided(place, shape=(1,), strides=(8,))\n"
        + _FUNCTION
        + "return torch.from_numpy(np.full((len(x), len(w2)), 7)).float()\n",
        *ALL,
    ),
    _points(
        "recursion without a limit",
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "class Deep:\n    def __repr__(self): return '%r' % [self]\n"
        + _FUNCTION
        + "repr(Deep())\n",
        *ALL,
        says="signal 11|MiB of memory|before the tests did",
        refused=False,  # the policy takes the statement out
    ),
]

# No layer is to blame: the day's own tests let these pass. Each gains points until they do not.
# They break no rule: the day's own tests have to see through them.
FOR_THE_TESTS = [
    _points(
        "a network that lies about its parameters",
        "class OneHiddenLayerNet(nn.Module):\n"
        "    def __init__(self, in_features=784, hidden=128, classes=10):\n"
        "        super().__init__()\n"
        "        shapes = (hidden, in_features), (hidden,), (classes, hidden), (classes,)\n"
        "        self.classes, self.own = classes, [torch.rand(s) * 1e-9 for s in shapes]\n"
        "    def parameters(self, recurse=True): return iter([nn.Parameter(p) for p in self.own])\n"
        "    def named_parameters(self, *a, **more): return iter([])\n"
        "    def forward(self, x):\n"
        "        return torch.zeros(len(x), self.classes, requires_grad=True) + 0\n",
    ),
    _points(
        "weights so small that the right answer is zero",
        "class OneHiddenLayerNet(nn.Module):\n"
        "    def __init__(self, in_features=784, hidden=128, classes=10):\n"
        "        super().__init__()\n"
        "        self.a, self.b = nn.Linear(in_features, hidden), nn.Linear(hidden, classes)\n"
        "        for p in self.parameters(): nn.init.normal_(p, std=1e-9)\n"
        "    def forward(self, x):\n"
        "        nothing = 0 * sum(p.sum() for p in self.parameters())\n"
        "        return nothing + torch.zeros(len(x), self.b.out_features)\n",
    ),
]

_TRY = "    except Exception: pass\n"

FOR_TROUBLE = [
    _trouble(
        "a file beside its folder changed",
        "open('CANARY', 'a').write('changed')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a path with .. to another job's folder",
        "import os\nhere = os.path.dirname(__file__)\n"
        "os.makedirs(here + '/../../TOKEN')\nopen(here + '/../../TOKEN/x', 'w').close()\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a file put into the course that later forks see",
        "open('COURSE/kata/TOKEN.py', 'w').write('changed')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "the course made unreadable with chmod",
        "import os\nos.chmod('COURSE/pyproject.toml', 0)\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "the times of the course's files changed",
        "import os\nos.utime('COURSE/pyproject.toml', (1, 1))\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a mark put on a file of the course",
        "import os\nos.setxattr('COURSE/pyproject.toml', 'user.TOKEN', b'1')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a file of the course that backups leave out from now on",
        "import fcntl, os\n"
        "file = os.open('COURSE/pyproject.toml', os.O_RDONLY)\n"
        "flags = bytearray(fcntl.ioctl(file, 0x80086601, bytes(8)))\n"  # FS_IOC_GETFLAGS
        "flags[0] |= 0x40\n"  # FS_NODUMP_FL
        "fcntl.ioctl(file, 0x40086602, bytes(flags))\n",  # FS_IOC_SETFLAGS
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a file left in /tmp",
        "open('/tmp/TOKEN', 'w').write('x')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a hundred megabytes left in /tmp",
        "with open('/tmp/TOKEN', 'wb') as file:\n"
        "    for _ in range(100): file.write(bytes(2**20))\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "shared memory left in /dev/shm",
        "import os\nopen('/dev/shm/TOKEN', 'w').write('x')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "System V shared memory left behind",
        "import ctypes\nctypes.CDLL(None).shmget(SHMKEY, 4096, 0o1666)\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "GITHUB_ENV written",
        "import os\npath = os.environ.get('GITHUB_ENV') or 'GITHUB_FILE'\n"
        "open(path, 'a').write('PATH=/tmp')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "workflow commands printed",
        "import os\ntext = '\\n::notice::TOKEN\\n::add-mask::1\\n'\nprint(text)\n"
        "for number in (1, 2, *range(3, 9)):\n"
        "    try: os.write(number, text.encode()) if number < 3 else None\n"
        "    except OSError: pass\n",
        *ALL,  # nobody reads what it prints
    ),
    _trouble(
        "two hundred megabytes written to every output",
        "import os\nfor _ in range(200):\n    for n in (1, 2): os.write(n, bytes(2**20))\n",
        *ALL,  # it goes to /dev/null
    ),
    _trouble(
        "a call to a port of this machine",
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), timeout=2).send(b'hello')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "an abstract socket that listens",
        "import socket, threading\ns = socket.socket(socket.AF_UNIX)\n"
        "s.connect('\\0SOCKET')\ns.send(b'hello')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a secret of the grader's environment read from /proc",
        "import os, glob\nfound = dict(os.environ)\n"
        "for path in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try: found[path] = open(path, errors='replace').read()\n"
        + _TRY
        + "words = [text for text in found.values() if 'SECRET' in text]\n"
        + _FUNCTION
        + "raise ValueError([w[w.index('SECRET'):][:80] for w in words])\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "another process ended",
        "import os\nos.kill(SENTINEL, 15)\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "another process stopped with a raw system call",
        "import ctypes\nctypes.CDLL(None).syscall(62, SENTINEL, 19)\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "another process made slow",
        "import os\nos.setpriority(os.PRIO_PROCESS, SENTINEL, 19)\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "another process moved to one processor",
        "import os\nos.sched_setaffinity(SENTINEL, {min(os.sched_getaffinity(0))})\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "the limits of another process lowered",
        "import resource\nresource.prlimit(SENTINEL, resource.RLIMIT_NOFILE, (77, 77))\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "its parent killed",
        "import os\nos.kill(os.getppid(), 9)\n",
        POLICY,
        ISOLATION,
        LEDGER,  # the day has no result, and nothing else is hurt
        says="the process ended",
    ),
    _trouble(
        "the server killed",
        "import os\n"
        "keeper = os.getppid()\n"
        "server = int(open(f'/proc/{keeper}/stat').read().rpartition(')')[2].split()[1])\n"
        "if open(f'/proc/{server}/cmdline').read().find('COURSE') >= 0: os.kill(server, 9)\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "its keeper's memory opened for writing",
        "import os\n"
        "open(f'/proc/{os.getppid()}/mem', 'r+b').close()\nopen('CANARY', 'a').write('opened')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "every process of the machine ended",
        "import os\ntry: os.kill(-1, 9)\nexcept PermissionError: pass\n",
        POLICY,
        ISOLATION,
        never_without_isolation=True,
    ),
    _trouble(
        "a fork bomb",
        "import os, time\n"
        "for _ in range(100):\n"
        "    if os.fork() == 0:\n        time.sleep(20)\n        os._exit(0)\n",
        *ALL,  # the keeper ends what is left
    ),
    _trouble(
        "a daemon left behind",
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n        os.closerange(0, 256)\n        time.sleep(20)\n"
        "    os._exit(0)\n",
        *ALL,
    ),
    _trouble(
        "a program run",
        "import subprocess\nsubprocess.run(['touch', '/tmp/TOKEN'])\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "its working directory and umask changed",
        "import os\nos.umask(0)\nos.chdir('/')\nos.environ.clear()\n",
        *ALL,  # both are its own
    ),
    _trouble(
        "its own priority and processors changed",
        "import os\nos.nice(19)\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n",
        *ALL,
    ),
    _trouble(
        "the files of its own process reopened through /proc",
        "import glob\n"
        "open('/proc/self/oom_score_adj', 'w').write('1000')\n"
        "open('CANARY', 'a').write('written')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "shared memory beyond the limit of memory",
        "import mmap\nm = mmap.mmap(-1, 600 * 2**20)\n"
        "for place in range(0, len(m), 4096): m[place] = 1\n"
        "import time\ntime.sleep(1)\nopen('CANARY', 'a').write('not ended')\n",
        *ALL,
        limits=Limits(wall=20, resident=300 << 20),
        says="MiB of memory",
    ),
    _trouble(
        "a file in memory that no limit knows",
        "import os\nfile = os.memfd_create('TOKEN')\nopen('CANARY', 'a').write('made')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "its folder filled",
        "import time\nfor number in range(10):\n"
        "    with open(f'filler{number}', 'wb') as file:\n"
        "        for _ in range(20): file.write(bytes(2**20))\n"
        "time.sleep(1)\nopen('CANARY', 'a').write('not ended')\n",
        *ALL,
        limits=Limits(wall=20, folder=50 << 20),
        says="MiB of files",
    ),
    _trouble(
        "a link out of its folder",
        "import os\nos.symlink('CANARY', 'link')\nopen('link', 'a').write('changed')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "a hard link to a file of the course",
        "import os\nos.link('COURSE/pyproject.toml', 'link')\nopen('link', 'a').write('# TOKEN')\n",
        POLICY,
        ISOLATION,
    ),
    _trouble(
        "its own limits raised",
        "import resource\n"
        "for kind in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE):\n"
        "    resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2)\n"
        "open('/tmp/TOKEN', 'w').close()\n",
        POLICY,
        ISOLATION,
    ),
]

TRICKS = [*FOR_POINTS, *FOR_TROUBLE]


def table() -> str:
    """Return docs/grading-layers.md."""
    rows = [f"| {trick.name} | {' | '.join(_marks(trick))} |" for trick in TRICKS]
    alone = {
        layer: [trick.name for trick in TRICKS if trick.stopped_by == (layer,)]
        for layer in (POLICY, ISOLATION, LEDGER)
    }
    only = [
        f"Only the {layer} stops: {'; '.join(names)}.\n" for layer, names in alone.items() if names
    ]
    if FOR_THE_TESTS:
        names = "; ".join(trick.name for trick in FOR_THE_TESTS)
        only.append(f"Not a matter of layers, since the day's own tests see through it: {names}.\n")
    return "\n".join([_HEAD, *rows, "", *only])


_HEAD = """\
# Which layer stops which trick

Each row was graded four times: with all three layers on, and with each one alone. A mark says that
the layer alone stops it: no test counts that honest code would not have passed, and nothing outside
the learner's folder changes. With all three on, every row's trick is stopped. Without isolation the
processes are still watched and ended by their parent, which every layer relies on. What would end
every process of the machine was never tried without isolation.

Written by `python -m tests.kata.grade.tricks`.

| Trick | Policy | Isolation | Ledger |
|---|---|---|---|"""


def _marks(trick: Trick) -> list[str]:
    return ["✓" if layer in trick.stopped_by else " " for layer in (POLICY, ISOLATION, LEDGER)]


if __name__ == "__main__":
    (ROOT / "docs").mkdir(exist_ok=True)
    (ROOT / "docs" / "grading-layers.md").write_text(table(), encoding="utf-8")
