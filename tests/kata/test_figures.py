"""What figures reads out of a picture, whichever way it was drawn."""

import numpy as np
import pytest
from matplotlib import collections, patches
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.path import Path

from kata import figures, layout
from kata.failure import Failure

A, B = (0.0, 0.0), (2.0, 1.0)  # where the examples put two marks, or a connection
X = np.linspace(-5, 5, 101)


@pytest.fixture
def ax():
    axes = Figure().subplots()
    axes.set(xlim=(-1, 3), ylim=(-1, 3))
    return axes


TWO_MARKS = {
    "scatter": lambda ax: ax.scatter([0, 2], [0, 1]),
    "scatter one by one": lambda ax: [ax.scatter(*A), ax.scatter(*B)],
    "hollow scatter": lambda ax: ax.scatter([0, 2], [0, 1], facecolors="none", edgecolors="k"),
    "plot with markers": lambda ax: ax.plot([0, 2], [0, 1], "o"),
    "circles": lambda ax: [ax.add_patch(patches.Circle(p, 0.1)) for p in (A, B)],
    "circles as artists": lambda ax: [ax.add_artist(patches.Circle(p, 0.1)) for p in (A, B)],
    "hollow circles": lambda ax: [ax.add_patch(patches.Circle(p, 0.1, fill=False)) for p in (A, B)],
    "ellipses": lambda ax: [ax.add_patch(patches.Ellipse(p, 0.1, 0.2)) for p in (A, B)],
    "squares": lambda ax: [
        ax.add_patch(patches.Rectangle((x - 0.1, y - 0.1), 0.2, 0.2)) for x, y in (A, B)
    ],
    "hexagons": lambda ax: [ax.add_patch(patches.RegularPolygon(p, 6)) for p in (A, B)],
    "fancy boxes": lambda ax: [
        ax.add_patch(patches.FancyBboxPatch((x - 0.1, y - 0.1), 0.2, 0.2)) for x, y in (A, B)
    ],
    "patch collection": lambda ax: ax.add_collection(
        collections.PatchCollection([patches.Circle(p, 0.1) for p in (A, B)])
    ),
    "ellipse collection": lambda ax: ax.add_collection(
        collections.EllipseCollection(
            [0.1], [0.2], [0], units="x", offsets=[A, B], offset_transform=ax.transData
        )
    ),
    "circle collection": lambda ax: ax.add_collection(
        collections.CircleCollection([9], offsets=[A, B], offset_transform=ax.transData)
    ),
    "circles with halos": lambda ax: [
        ax.add_patch(patches.Circle(p, r)) for p in (A, B) for r in (0.2, 0.1)
    ],
    "circles before a box": lambda ax: [
        ax.add_patch(patches.Rectangle((-0.5, -0.5), 3, 2, alpha=0.1)),
        *(ax.add_patch(patches.Circle(p, 0.1)) for p in (A, B)),
    ],
    "boxed texts": lambda ax: [ax.text(*p, "1", bbox={"boxstyle": "circle"}) for p in (A, B)],
    "symbols": lambda ax: [ax.text(*p, "●") for p in (A, B)],
    "on a twin": lambda ax: ax.twinx().scatter([0, 2], [0, 1]),
}


@pytest.mark.parametrize("draw", TWO_MARKS.values(), ids=TWO_MARKS)
def test_two_marks_are_found(ax, draw):
    draw(ax)

    found = figures.marks(ax)

    assert found.dtype == np.float64
    assert sorted(map(tuple, found.round(6).tolist())) == [A, B]


NO_MARKS = {
    "nothing": lambda ax: None,
    "lines": lambda ax: ax.plot([0, 1], [0, 1]),
    "a dashed line": lambda ax: ax.axhline(0, ls="--"),
    "invisible scatter": lambda ax: ax.scatter([0, 1], [0, 1]).set_visible(False),
    "transparent scatter": lambda ax: ax.scatter([0, 1], [0, 1], alpha=0),
    "scatter without size": lambda ax: ax.scatter([0, 1], [0, 1], s=0),
    "scatter without colour": lambda ax: ax.scatter([0, 1], [0, 1], color="none"),
    "scatter of nan": lambda ax: ax.scatter([np.nan], [0]),
    "markers without size": lambda ax: ax.plot([0, 1], [0, 1], "o", ms=0),
    "circle without colour": lambda ax: ax.add_patch(patches.Circle(A, 1, fc="none", ec="none")),
    "area": lambda ax: ax.fill_between([0, 1, 2], [0, 1, 2]),
    "band": lambda ax: [ax.axvspan(0, 1), ax.axhspan(0, 1)],
    "arrow": lambda ax: ax.arrow(0, 0, 1, 1),
    "quiver": lambda ax: ax.quiver([0], [0], [1], [1]),
    "text": lambda ax: ax.text(0, 0, "input"),
    "digit": lambda ax: ax.text(0, 0, "1"),
    "legend": lambda ax: ax.legend([Line2D([0], [0], marker="o")], ["node"]),
}


@pytest.mark.parametrize("draw", NO_MARKS.values(), ids=NO_MARKS)
def test_what_cannot_be_seen_or_is_no_mark_is_none(ax, draw):
    draw(ax)

    assert figures.marks(ax).shape == (0, 2)


def arrow_patch(a, b, kind=patches.FancyArrowPatch, **options):
    return lambda ax: ax.add_patch(kind(a, b, **options))


ONE_CONNECTION = {
    "plot": lambda ax: ax.plot([0, 2], [0, 1]),
    "plot with markers": lambda ax: ax.plot([0, 2], [0, 1], "o-"),
    "plot with a point between": lambda ax: ax.plot([0, 1, 2], [0, 0.5, 1]),
    "line as artist": lambda ax: ax.add_line(Line2D([0, 2], [0, 1])),
    "line with nan at its ends": lambda ax: ax.plot([np.nan, 0, 2, np.nan], [0, 0, 1, 0]),
    "line collection": lambda ax: ax.add_collection(collections.LineCollection([[A, B]])),
    "path": lambda ax: ax.add_patch(patches.PathPatch(Path([A, B]))),
    "path collection": lambda ax: ax.add_collection(
        collections.PathCollection([Path([A, B])], edgecolors="k")
    ),
    "open polygon": lambda ax: ax.add_patch(patches.Polygon([A, B], closed=False)),
    "curved path": lambda ax: ax.add_patch(
        patches.PathPatch(Path([A, (1, 0), (1, 1), B], [1, 4, 4, 4]), fill=False)
    ),
    "arrow": lambda ax: ax.arrow(0, 0, 2, 1, head_width=0.1),
    "arrow that includes its head": lambda ax: ax.arrow(0, 0, 2, 1, length_includes_head=True),
    "arrow patch": lambda ax: ax.add_patch(patches.Arrow(0, 0, 2, 1)),
    "annotation": lambda ax: ax.annotate("", B, A, arrowprops={"arrowstyle": "->"}),
    "simple annotation": lambda ax: ax.annotate("", xy=B, xytext=A, arrowprops={"width": 1}),
    "fancy arrow": arrow_patch(A, B),
    "bent fancy arrow": arrow_patch(A, B, connectionstyle="arc3,rad=0.3", arrowstyle="-|>"),
    "connection patch": arrow_patch(A, B, patches.ConnectionPatch, coordsA="data"),
    "connection patch on the figure": lambda ax: ax.figure.add_artist(
        patches.ConnectionPatch(A, B, "data", axesA=ax, axesB=ax)
    ),
    "quiver": lambda ax: ax.quiver(
        [0], [0], [2], [1], angles="xy", scale_units="xy", scale=1, width=0.002
    ),
    "on a twin": lambda ax: ax.twiny().plot([0, 2], [0, 1]),
}


@pytest.mark.parametrize("draw", ONE_CONNECTION.values(), ids=ONE_CONNECTION)
def test_one_connection_is_found(ax, draw):
    draw(ax)

    (found,) = figures.connections(ax)

    assert np.allclose(found, [A, B], atol=1e-3)


NO_CONNECTION = {
    "markers only": lambda ax: ax.plot([0, 2], [0, 1], "o"),
    "invisible": lambda ax: ax.plot([0, 2], [0, 1], visible=False),
    "transparent": lambda ax: ax.plot([0, 2], [0, 1], alpha=0),
    "without width": lambda ax: ax.plot([0, 2], [0, 1], lw=0),
    "without colour": lambda ax: ax.plot([0, 2], [0, 1], color="none"),
    "from a point to itself": lambda ax: ax.plot([1, 1], [1, 1]),
    "circle": lambda ax: ax.add_patch(patches.Circle(A, 1)),
    "from edge to edge": lambda ax: [ax.axhline(0), ax.axvline(0), ax.axline(A, B)],
    "text": lambda ax: ax.annotate("input", A),
    "arrow out of the axes": lambda ax: ax.annotate("", (9, 9), A, arrowprops={"width": 1}),
    "transparent arrow": arrow_patch(A, B, alpha=0),
    "area": lambda ax: ax.axvspan(0, 1),
    "hidden collection": lambda ax: ax.add_collection(
        collections.LineCollection([[A, B]], linewidths=0)
    ),
}


@pytest.mark.parametrize("draw", NO_CONNECTION.values(), ids=NO_CONNECTION)
def test_what_connects_nothing_is_no_connection(ax, draw):
    draw(ax)

    assert figures.connections(ax) == []


def test_one_line_object_may_hold_many_connections(ax):
    ax.plot([0, 1, np.nan, 0, 1, np.nan], [0, 1, np.nan, 1, 0, np.nan])

    assert figures.connections(ax) == [((0, 0), (1, 1)), ((0, 1), (1, 0))]


def test_plot_of_matrices_gives_one_connection_a_column(ax):
    ax.plot([[0, 0], [1, 1]], [[0, 0], [0, 1]])

    assert figures.connections(ax) == [((0, 0), (1, 0)), ((0, 0), (1, 1))]


def test_a_line_through_marks_is_cut_at_them(ax):
    ax.scatter([0, 1, 0], [0, 0, 1])
    ax.plot([0, 1, 0], [0, 0, 1])

    assert figures.connections(ax) == [((0, 0), (1, 0)), ((1, 0), (0, 1))]


ONE_CURVE = {
    "plot": lambda ax: ax.plot(X, X**2, label="mse"),
    "markers only": lambda ax: ax.plot(X, X**2, ".", label="mse"),
    "step": lambda ax: ax.step(X, X**2, label="mse"),
    "errorbar": lambda ax: ax.errorbar(X, X**2, yerr=1, capsize=3, label="mse"),
    "line collection": lambda ax: ax.add_collection(
        collections.LineCollection([np.column_stack([X, X**2])], label="mse")
    ),
    "scatter": lambda ax: ax.scatter(X, X**2, label="mse"),
    "path": lambda ax: ax.add_patch(
        patches.PathPatch(Path(np.column_stack([X, X**2])), fill=False, label="mse")
    ),
    "twin": lambda ax: ax.twinx().plot(X, X**2, label="mse"),
    "line and scatter": lambda ax: [ax.plot(X, X**2, label="mse"), ax.scatter(X, X**2)],
    "line and area": lambda ax: [ax.plot(X, X**2, label="mse"), ax.fill_between(X, X**2)],
    "axes through zero": lambda ax: [
        ax.plot(X, X**2, label="mse"),
        ax.axhline(0),
        ax.axvline(0),
        ax.axline(A, B),
        ax.hlines(1, -5, 5),
    ],
    "legend instead of a label": lambda ax: [ax.plot(X, X**2), ax.legend(["mse"])],
    "legend of a collection": lambda ax: [
        ax.add_collection(collections.LineCollection([np.column_stack([X, X**2])], colors="r")),
        ax.legend(ax.collections, ["mse"]),
    ],
    "a legend made by hand": lambda ax: [
        ax.plot(X, X**2, color="red"),
        ax.legend(handles=[Line2D([], [], color="red", label="mse")]),
    ],
    "text at its end": lambda ax: [
        ax.plot(X, X**2),
        ax.set(xlim=(-5, 6), ylim=(0, 25)),
        ax.text(5, 25, "mse"),
        ax.text(-4, 1, "far away"),
    ],
    "annotation": lambda ax: [
        ax.plot(X, X**2),
        ax.set(xlim=(-5, 6), ylim=(0, 25)),
        ax.annotate("mse", (2, 4), (0, 20), arrowprops={"arrowstyle": "->"}),
    ],
    "offset annotation": lambda ax: [
        ax.plot(X, X**2),
        ax.set(xlim=(-5, 6), ylim=(0, 25)),
        ax.annotate("mse", (5, 25), (5, 0), textcoords="offset points"),
    ],
}


@pytest.mark.parametrize("draw", ONE_CURVE.values(), ids=ONE_CURVE)
def test_one_curve_is_found_with_its_name(ax, draw):
    draw(ax)

    (curve,) = figures.curves(ax)

    assert curve.x.dtype == curve.y.dtype == np.float64
    assert np.allclose(curve.x, X)
    assert np.allclose(curve.y, X**2)
    assert curve.label == "mse"


def test_a_curve_without_a_name_has_an_empty_one(ax):
    ax.plot(X, X)

    assert [curve.label for curve in figures.curves(ax)] == [""]


def test_a_curve_may_have_two_points_or_one(ax):
    ax.plot([1, 2], [3, 4], label="two")
    ax.plot([1], [3], "o", label="one")

    assert [curve.label for curve in figures.curves(ax)] == ["two", "one"]


def test_a_curve_is_what_the_legend_calls_it(ax):
    ax.plot(X, X, label="identity")
    ax.plot(X, X**2, label="square")
    ax.legend(["square", "identity"])  # beside the wrong lines: the labels are not to be seen

    assert [curve.label for curve in figures.curves(ax)] == ["square", "identity"]


def test_a_curve_is_what_its_label_says_where_two_look_alike(ax):
    ax.plot(X, X, color="red", label="identity")
    ax.twinx().plot(X, X**2, color="red", label="square")
    ax.figure.legend(ax.lines[:1], ["both"])

    assert [curve.label for curve in figures.curves(ax)] == ["identity", "square"]


def test_legend_texts_find_their_curves_by_colour_and_line(ax):
    ax.plot(X, X, "--k")
    ax.plot(X, X**2, "-k")
    ax.legend(ax.lines[::-1], ["square", "identity"])

    assert [curve.label for curve in figures.curves(ax)] == ["identity", "square"]


def test_each_text_names_the_curve_it_stands_at(ax):
    ax.plot(X, X)
    ax.plot(X, -X)
    ax.set(xlim=(-5, 7), ylim=(-5, 5))
    ax.text(5.1, -5, "down")
    ax.text(5.1, 5, "up")

    assert [curve.label for curve in figures.curves(ax)] == ["up", "down"]


TEXTS = {
    "text": lambda ax: ax.text(1, 2, "input"),
    "annotation": lambda ax: ax.annotate("input", (1, 2)),
    "annotation with an offset": lambda ax: ax.annotate("input", A, (1, 2)),
    "annotation in pixels": lambda ax: ax.annotate(
        "input", (1, 2), (0, 0), textcoords="offset points"
    ),
    "text in axes coordinates": lambda ax: ax.text(0.5, 0.75, "input", transform=ax.transAxes),
    "boxed text": lambda ax: ax.text(1, 2, "input", bbox={"boxstyle": "round"}),
}


@pytest.mark.parametrize("draw", TEXTS.values(), ids=TEXTS)
def test_a_text_is_found_where_it_stands(ax, draw):
    draw(ax)

    (label,) = figures.labels(ax)

    assert label.text == "input"
    assert np.allclose((label.x, label.y), (1, 2))


def test_titles_axis_labels_and_ticks_set_by_hand_are_labels(ax):
    ax.set_title("left", loc="left")
    ax.set_title("middle")
    ax.set_title("right", loc="right")
    ax.set_xlabel("below")
    ax.set_yticks([0, 1], ["zero", "one"])
    ax.figure.suptitle("over all")

    found = {label.text: label for label in figures.labels(ax)}

    assert set(found) == {"left", "middle", "right", "below", "zero", "one", "over all"}
    assert found["left"].x < found["middle"].x < found["right"].x
    assert found["below"].y < -1
    assert found["middle"].y > 3
    assert found["one"].y == pytest.approx(1)
    assert found["one"].x < -1


def test_labels_of_an_axis_that_is_switched_off_are_not_seen(ax):
    ax.set_xticks([0, 1], ["input", "output"])
    ax.set_xlabel("layers")
    ax.set_title("a network")
    ax.axis("off")

    assert [label.text for label in figures.labels(ax)] == ["a network"]


def test_hidden_and_empty_texts_are_not_labels(ax):
    ax.text(0, 0, "hidden").set_visible(False)
    ax.text(0, 0, "transparent", alpha=0)
    ax.text(0, 0, " ")
    ax.annotate("points out of the axes", (9, 9), (0, 0))

    assert figures.labels(ax) == []


def test_legends_of_the_axes_of_a_twin_and_of_the_figure_are_read(ax):
    ax.plot(X, X, label="one")
    ax.twinx().plot(X, X, label="two")
    for axes in figures.axes_of(ax):
        axes.legend()
    ax.add_artist(Legend(ax, ax.lines, ["three"]))
    ax.figure.legend(ax.lines, ["four"])

    assert sorted(figures.legend(ax)) == ["four", "one", "three", "two"]
    assert {"one", "two", "three", "four"} <= {label.text for label in figures.labels(ax)}


def test_there_may_be_no_legend(ax):
    assert figures.legend(ax) == []


def test_twins_belong_to_an_axes_and_neighbours_do_not():
    left, right = Figure().subplots(1, 2)
    twin = left.twinx()
    twiny = left.twiny()

    assert figures.axes_of(left) == [left, twin, twiny]
    assert figures.axes_of(right) == [right]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Input layer", "input"),
        ("ReLU(x)", "relu"),
        ("INPUT", "input"),
        ("(hidden 1)", "hidden 1"),
        ("hidden_1", "hidden 1"),
        ("Hidden1", "hidden 1"),
        (r"$\mathrm{hidden}_{1}$", "hidden 1"),
        (r"$\mathbf{hidden}\ 1$", "hidden 1"),
        (r"$\tanh(x)$", "tanh"),
        ("hidden\n1", "hidden 1"),
        ("hidden 1 (128 units)", "hidden 1"),
        ("cross-entropy", "cross entropy"),
        ("Cross Entropy", "cross-entropy"),
        ("cross\N{NON-BREAKING HYPHEN}entropy", "cross-entropy"),
        ("cross\N{EN DASH}entropy", "cross-entropy"),
        ("CrossEntropyLoss", "cross-entropy"),
        ("Crossentropy", "cross-entropy"),
        ("nn.MSELoss", "MSE"),
        ("train_loss", "train"),
        ("trainLoss", "train"),
        ("3 → 5", "3 → 5"),
    ],
)
def test_a_text_mentions_a_word(text, word):
    assert figures.mentions(text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("hidden 10", "hidden 1"),
        ("hidden", "hidden 1"),
        ("1 hidden", "hidden 1"),
        ("inputs", "input"),
        ("constraint", "train"),
        ("", "input"),
        ("leakyrelu", "relu"),
        ("crossentropies", "cross entropy"),
        ("1 → 3", "13"),
        ("13", "3"),
    ],
)
def test_a_text_does_not_mention_a_word(text, word):
    assert not figures.mentions(text, word)


@pytest.mark.parametrize("what", ["axes", "figure"])
def test_a_picture_is_saved_under_plots_and_named(ax, what, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KATA_PLOTS", str(tmp_path))

    path = figures.save(ax if what == "axes" else ax.figure, "day08", "network")

    assert path == tmp_path / "day08" / "network.png"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert str(path) in capsys.readouterr().out


def test_a_day_may_be_a_number(ax, tmp_path, monkeypatch):
    monkeypatch.setenv("KATA_PLOTS", str(tmp_path))

    assert figures.save(ax, 8, "network.png") == tmp_path / "day08" / "network.png"


def test_a_picture_that_cannot_be_saved_does_not_fail_a_test(ax, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KATA_PLOTS", str(tmp_path / "file"))
    (tmp_path / "file").write_text("in the way")

    figures.save(ax, "day08", "network")

    assert "could not be saved" in capsys.readouterr().out


def test_pictures_belong_to_the_project(monkeypatch):
    monkeypatch.delenv("KATA_PLOTS", raising=False)

    assert layout.plots() == layout.ROOT / "plots"


def test_a_picture_that_cannot_be_drawn_is_the_learners_failure(ax):
    ax.set_title("$\\nonsense$")

    with pytest.raises(Failure, match="cannot be drawn: ValueError"):
        figures.labels(ax)


def test_reading_changes_nothing(ax):
    ax.plot(X, X, label="one")
    ax.legend()
    before = [repr(artist) for artist in ax.get_children()], ax.get_xlim(), ax.get_ylim()

    figures.curves(ax), figures.marks(ax), figures.connections(ax), figures.labels(ax)

    assert before == ([repr(artist) for artist in ax.get_children()], ax.get_xlim(), ax.get_ylim())


@pytest.mark.parametrize("scale", ["log", "symlog"])
def test_curves_on_logarithmic_axes_are_read(ax, scale):
    ax.set_yscale(scale)
    ax.plot([1, 2, 3], [1, 10, 100], label="loss")
    ax.axhline(5)

    (curve,) = figures.curves(ax)

    assert curve.label == "loss"
    np.testing.assert_allclose(curve.y, [1, 10, 100])
