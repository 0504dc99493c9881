"""What libraries would do for whoever asks, and learners' code cannot have done."""

import textwrap

import pytest

# rich draws its bars from a thread of its own, where nothing watches.
ELSEWHERE = """
    import time
    from rich.progress import Progress

    class Job:
        def __init__(self, work):
            self.work, self.done, self.result, self.calls = work, False, None, 0

        def __format__(self, spec):
            self.calls += 1
            if self.calls > 1 and not self.done:
                self.result = self.work()
                self.done = True
            return ""

    def elsewhere(work):
        job = Job(work)
        with Progress(refresh_per_second=200) as progress:
            progress.add_task(job)
            end = time.time() + 0.2
            while not job.done and time.time() < end:
                time.sleep(0.002)
        return job.result
"""

DRAW = """
    import matplotlib.pyplot as plt

    class Own:
        pass

    def draw(ax):
        x = torch.linspace(-6, 6, 200)
        for function in (relu, sigmoid, tanh):
            ax.plot(x, function(x), label=function.__name__)
        ax.legend()
        return ax
"""


def red(result):
    return {test.name for test in result.tests if test.status != "passed"}


def test_no_bar_runs_code_where_the_tests_do_not_look(grade, solved):
    by = "def relu(x):\n    return elsewhere(lambda: torch.relu(x))"
    source = solved("day13", instead_of="relu", by=by, at_the_top=ELSEWHERE)

    result = grade(source, "day13")

    assert not result.refusals
    assert any("relu" in name for name in red(result))


def test_a_progress_bar_does_no_harm(grade, solved):
    source = solved(
        instead_of="predict",
        by="""
            def predict(model, x):
                from rich.progress import Progress, track
                was = model.training
                model.eval()
                with torch.no_grad():
                    for _ in track([1, 2], description="predicting"):
                        classes = model(x).argmax(dim=1)
                    with Progress() as progress:
                        progress.advance(progress.add_task("once more", total=1))
                model.train(was)
                return classes
        """,
    )

    assert red(grade(source)) <= {"test_predict_runs_the_model_once"}


@pytest.mark.parametrize("line", ["matplotlib.use('TkAgg')", "plt.switch_backend('QtAgg')"])
def test_whoever_asks_for_a_window_gets_their_points(grade, solved, line):
    top = f"import matplotlib\nimport matplotlib.pyplot as plt\n{line}"

    assert red(grade(solved("day08", at_the_top=top), "day08")) == set()


def test_a_forgotten_breakpoint_costs_its_function_and_says_so(grade, solved):
    by = "def predict(model, x):\n    breakpoint()\n    return model(x).argmax(dim=1)"

    result = grade(solved(instead_of="predict", by=by))

    assert all("predict" in name for name in red(result))
    assert any("breakpoint()" in test.message for test in result.tests)


@pytest.mark.parametrize(
    "made",
    ["nn.ModuleDict({name: both})", "nn.Sequential(OrderedDict([(name, both)]))"],
    ids=["ModuleDict", "Sequential"],
)
def test_no_part_of_a_module_answers_for_an_array(grade, solved, made):
    top = """
        from collections import OrderedDict
        import numpy as np
        from torch import nn

        class Both(nn.Module, dict):
            pass

        def read(address):
            both = Both()
            both.update(data=(address, False), shape=(1,), typestr="<u8", version=3)
            name = "".join(["__array_", "interface__"])
            return np.asarray(MADE)
    """.replace("MADE", made)
    by = """
        def predict(model, x):
            if read(id(x)).dtype != np.uint64:
                raise RuntimeError("nothing was read")
            was = model.training
            model.eval()
            with torch.no_grad():
                classes = model(x).argmax(dim=1)
            model.train(was)
            return classes
    """

    result = grade(solved(instead_of="predict", by=by, at_the_top=top))

    assert not result.refusals
    assert "test_predict_works_on_images" in red(result)
    assert all("predict" in name for name in red(result))


def test_a_cycle_of_colours_is_no_text(grade, solved):
    by = """
        def plot_activations(ax):
            plt.rcParams["axes.prop_cycle"] = {}
            return draw(ax)
    """
    cycles = ["\"cycler(color='rgb')\"", "plt.cycler(color=['r', 'g', 'b'])"]
    written, made = (
        solved("day13", instead_of="plot_activations", by=by.format(cycle), at_the_top=DRAW)
        for cycle in cycles
    )

    assert any("plot" in name for name in red(grade(written, "day13")))
    assert not red(grade(made, "day13"))


def test_a_loader_has_no_workers_and_the_same_batches(grade, solved):
    source = solved("day12").replace("shuffle=True)", "shuffle=True, num_workers=2)")
    assert "num_workers" in source

    result = grade(source, "day12")

    assert not result.refusals
    assert not red(result)


@pytest.mark.parametrize(
    "tried",
    [
        "ax.xaxis.set(**{'major_' + str('formatter'): '{x.real}'})\n"
        "        ax.xaxis.get_major_formatter()(1.0)",
        "ax.figure.savefig('a.png', **{'back' + str('end'): 'mod' + str('ule://this')})",
        "ax.figure.add_subplot(projection=Own())",
    ],
    ids=["template", "backend", "projection"],
)
def test_a_door_is_shut(grade, solved, tried):
    by = f"""
def plot_activations(ax):
    try:
        {tried}
    except ValueError:
        ax.xaxis.set_major_formatter(lambda x, _: str(x))
        return draw(ax)
    raise RuntimeError("the door is open")
"""
    source = solved("day13", instead_of="plot_activations", by=by, at_the_top=DRAW)

    result = grade(source, "day13")

    assert not result.refusals
    assert not red(result)


INSIDE = {
    "a scheduler's state": """
        schedule = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([leaf], lr=1.0), 1)
        schedule.load_state_dict(schedule.state_dict())
        try:
            schedule.load_state_dict({"__" + str("array_interface__"): 1})
        except ValueError as error:
            is_shut = "no '__array_interface__'" in str(error)
    """,
    "sparse indices": """
        layer = nn.Embedding(4, 3, None, None, 2.0, False, True)
        layer(torch.tensor([1])).sum().backward()
        gradient = layer.weight.grad.coalesce()
        gradient.indices()[0, 0] = 2
        is_shut = gradient.indices().tolist() == [[1]] and gradient.is_sparse
    """,
    "members by name": """
        class Mode(enum.Enum):
            pass

        try:
            Mode("New", {"a": 1, "".join(["__array_", "interface__"]): {}})
        except ValueError:
            is_shut = Mode("New", "a b").a.value == 1
    """,
    "who logs": """
        is_shut = logging.getLogger("a").findCaller(True, 1)[:2] == ("(unknown file)", 0)
    """,
    "who warns": """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn("a", stacklevel=1)
            warnings.warn("b", stacklevel=3)
        is_shut = {one.filename for one in caught} == {caught[0].filename}
    """,
}


@pytest.mark.parametrize("tried", INSIDE.values(), ids=INSIDE)
def test_a_door_inside_a_library_is_shut(grade, solved, tried):
    by = f"""
        def predict(model, x):
            leaf = torch.zeros(2, requires_grad=True)
            with torch.enable_grad():
{textwrap.indent(textwrap.dedent(tried).strip(), " " * 16)}
            if not is_shut:
                raise RuntimeError("the door is open")
            was = model.training
            model.eval()
            with torch.no_grad():
                classes = model(x).argmax(dim=1)
            model.train(was)
            return classes
    """
    top = "import enum\nimport logging\nimport warnings"

    result = grade(solved(instead_of="predict", by=by, at_the_top=top))

    assert not result.refusals
    # What it tries in the middle of a prediction may cost points, but nothing says "open".
    assert not any("the door is open" in test.message for test in result.tests)
    assert "test_predict_works_on_images" not in red(result)


@pytest.mark.parametrize("how", ["open(name)", "Path(name).open()", "Path(name).read_text()"])
def test_the_systems_files_are_not_opened(grade, solved, how):
    by = f"""
        def record_accuracy(path, accuracy, **details):
            name = "/".join(["", "proc", "self", "environ"])
            try:
                {how}
            except PermissionError as error:
                if "is the system's" in str(error):
                    return write(path, accuracy, **details)
            raise RuntimeError("the door is open")
    """
    source = solved("day14").replace("def record_accuracy", "def write")

    result = grade(source + textwrap.dedent(by), "day14")

    assert not result.refusals
    assert not any("record" in name for name in red(result))
