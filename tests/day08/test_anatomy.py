"""Day 8: what the names, the weights and the picture of a network must be."""

import inspect
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from kata import expect, figures
from kata.failure import Failure

SIZES = [[4, 5, 3], [5, 2], [3, 6, 5, 2], [2, 4, 1, 3, 5], [4, 5, 5, 5, 3]]


def differs(actual, expected, candidates, call=None):
    """Compare with `expected`; `candidates` are (mistake, value, advice), some with one mistake."""
    near_misses = {mistake: (value, words) for mistake, value, words in candidates}
    near_misses |= {m: (value, words) for m, value, words in candidates if _same(value, actual)}
    expect.equal(actual, expected, call=call, near_misses=near_misses)


def _same(one, other):
    return type(one) is type(other) and one == other


def answer_of(function, sizes):
    """Return what the second of two calls gives, if the first gave the same and keeps it."""
    with not_refused(function, sizes):
        first = function(copy(sizes))
    before = words_of(first)

    again = function(copy(sizes))

    after = words_of(again) if before else ""
    expect.that(
        before == after,
        f"{function.__name__} gave {before} and, called with the same sizes again, {after}",
        KEPT,
        mistake="state-kept",
    )
    with suppress(Exception):  # these sizes have tests of their own
        function([*sizes, 2, 3])
    expect.that(
        words_of(first) == before,
        f"{function.__name__} gave {before}; called again, with other sizes, it changed that list "
        f"to {words_of(first)}",
        KEPT,
        mistake="state-kept",
    )
    return again


KEPT = (
    "Every call begins anew: keep lists and counters inside the function, and none of them as a "
    "default value of a parameter."
)


def words_of(answer):
    """Return a list or a number as text, if that says all about it; else nothing."""
    words = repr(answer) if type(answer) in (list, int) else ""
    return "" if " at 0x" in words else words


@contextmanager
def not_refused(function, sizes):
    """Say that sizes are fine for which an error is raised on purpose."""
    try:
        yield
    except ValueError as error:
        expect.that(
            not expect.raised_on_purpose(error),
            f"{function.__name__}({sizes}) raised ValueError: {error}",
            "Two sizes are enough: an input and an output."
            if len(sizes) == 2
            else "These sizes are fine. Only fewer than two are none of a network.",
            mistake="two-layers-refused" if len(sizes) == 2 else None,
        )
        raise


# layer_names

NAMES = {  # by the number of layers
    2: ["input", "output"],
    3: ["input", "hidden", "output"],
    4: ["input", "hidden 1", "hidden 2", "output"],
    5: ["input", "hidden 1", "hidden 2", "hidden 3", "output"],
    6: ["input", "hidden 1", "hidden 2", "hidden 3", "hidden 4", "output"],
    12: ["input", *(f"hidden {i}" for i in range(1, 11)), "output"],
}


def check_names(actual, sizes):
    wanted = NAMES[len(sizes)]
    hidden = range(len(sizes) - 2)
    candidates = [
        (
            "hidden-counted-from-zero",
            ["input", *(f"hidden {i}" for i in hidden), "output"],
            "The hidden layers are counted from 1.",
        ),
        (
            "single-hidden-numbered",
            ["input", *(f"hidden {i + 1}" for i in hidden), "output"],
            'A single hidden layer is just "hidden", without a number.',
        ),
        (
            "hidden-not-numbered",
            ["input", *("hidden" for i in hidden), "output"],
            "Two hidden layers or more have numbers: which one would `hidden` be?",
        ),
        (
            "hidden-counted-from-input",
            ["input", *(f"hidden {i + 2}" for i in hidden), "output"],
            "The first hidden layer is number 1: the input is not a hidden layer.",
        ),
        *(
            (
                "hidden-layers-miscounted",
                other,
                f"There is one name for each size, and here are {len(sizes)}.",
            )
            for other in NAMES.values()
        ),
        (
            "input-or-output-unnamed",
            wanted[1:],
            'The first layer has a name too: "input". It holds the data.',
        ),
        ("input-or-output-unnamed", wanted[:-1], 'The last layer has a name too: "output".'),
        ("names-reversed", wanted[::-1], "The names go from the input to the output."),
    ]
    if type(actual) is list and all(type(name) is str for name in actual):
        expect.that(
            actual == wanted or plainly(actual) != plainly(wanted),
            f"{expect.returned(actual)} {actual}, expected {wanted}",
            "The names are compared letter for letter: small letters, one space before a number.",
            mistake="spelled-differently",
        )
    differs(actual, wanted, candidates)


def plainly(names):
    return ["".join(filter(str.isalnum, name.lower())) for name in names]


def test_layer_names_of_a_network_with_one_hidden_layer(exercise):
    names = answer_of(exercise.layer_names, [784, 128, 10])

    check_names(names, [784, 128, 10])  # input, hidden, output


@pytest.mark.parametrize("sizes", [[7, 6, 1, 4], [9, 8, 8, 8, 4]], ids=str)
def test_layer_names_counts_several_hidden_layers_from_one(exercise, sizes):
    names = answer_of(exercise.layer_names, sizes)

    check_names(names, sizes)


def test_layer_names_without_a_hidden_layer(exercise):
    names = answer_of(exercise.layer_names, [3, 2])

    check_names(names, [3, 2])  # input, output


def test_layer_names_counts_beyond_nine(exercise):
    names = answer_of(exercise.layer_names, [2] * 12)

    check_names(names, [2] * 12)


@pytest.mark.parametrize("sizes", [[], [5], (5,)], ids=str)
def test_layer_names_refuses_fewer_than_two_layers(exercise, sizes):
    refused = expect.raises(ValueError, "if there are fewer than two sizes")
    with no_other_error(f"layer_names({sizes})"), refused:
        exercise.layer_names(sizes)


@contextmanager
def no_other_error(call):
    """Say that a ValueError was expected where another error seems to be raised on purpose."""
    other = None
    try:
        yield
    except (Failure, NotImplementedError, NameError, AttributeError, RecursionError):
        raise  # these say more about themselves
    except (Exception, SystemExit) as error:
        other = type(error).__name__
    expect.that(
        other is None,
        f"{call} raised {other}, expected ValueError",
        "Ask for the number of sizes before they are used: `raise ValueError(…)` under an `if`.",
        mistake="wrong-error",
    )


# weight_shapes


def check_shapes(actual, sizes):
    wanted = [tuple(nn.Linear(a, b).weight.shape) for a, b in pairwise(sizes)]
    first = sizes[0]
    alike = "Layers of one size are still several layers: go by their places, not by their sizes."
    by_place = [(n, list(sizes)[list(sizes).index(n) - 1]) for n in sizes[1:]]
    candidates = [
        ("equal-layers-merged", list(dict.fromkeys(wanted)), alike),
        ("equal-layers-merged", list(dict(wanted).items()), alike),
        ("equal-layers-merged", by_place, alike),
        (
            "one-hidden-layer-assumed",
            [(sizes[1], first), (sizes[-1], sizes[1])],
            "That is a network with one hidden layer: take every pair of neighbours.",
        ),
        (
            "in-and-out-swapped",
            [(a, b) for a, b in pairwise(sizes)],
            "That is (in, out). nn.Linear stores a row for each node it leads to: (out, in).",
        ),
        *(
            (
                "input-counted",
                [extra, *wanted],
                "The input is no layer of weights: the first matrix leads from it to the next "
                "layer.",
            )
            for extra in [(first, first), (first, 1), (1, first), (first, 0)]
        ),
        (
            "layer-left-out",
            wanted[:-1],
            "The matrix that leads to the output is missing: there is one between any two layers.",
        ),
        (
            "layer-left-out",
            wanted[1:],
            "The matrix that leads from the input is missing: there is one between any two layers.",
        ),
        ("shapes-reversed", wanted[::-1], "The first layer of weights comes first."),
        (
            "list-instead-of-tuple",
            [list(shape) for shape in wanted],
            "Each shape is a tuple: round brackets inside, square ones around all.",
        ),
        (
            "biases-among-weights",
            [shape for out, size in wanted for shape in [(out, size), (out,)]],
            "Only the weights are asked for: leave out the biases.",
        ),
        (
            "sizes-hard-coded",
            [(128, 784), (10, 128)],
            "That is the answer of the example, for [784, 128, 10]: use layer_sizes.",
        ),
    ]
    expect.that(
        not hasattr(actual, "__next__") and not isinstance(actual, tuple),
        f"{expect.returned(actual)} a {type(actual).__name__}, expected a list",
        "list(…) around it makes a list.",
        mistake="not-a-list",
    )
    differs(actual, wanted, candidates)


def test_weight_shapes_are_out_by_in(exercise):
    shapes = answer_of(exercise.weight_shapes, [4, 5, 3])

    check_shapes(shapes, [4, 5, 3])  # 4 nodes lead to 5, 5 nodes to 3: (5, 4), (3, 5)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_weight_shapes_are_those_of_linear_layers(exercise, sizes):
    shapes = answer_of(exercise.weight_shapes, sizes)

    check_shapes(shapes, sizes)


def test_weight_shapes_of_sizes_drawn_by_chance(exercise):
    sizes = torch.randperm(9)[:5].add(1).tolist()

    shapes = answer_of(exercise.weight_shapes, sizes)

    check_shapes(shapes, sizes)


# count_parameters


def check_count(actual, sizes):
    layers = [nn.Linear(a, b) for a, b in pairwise(sizes)]
    weights = sum(layer.weight.numel() for layer in layers)
    biases = sum(layer.bias.numel() for layer in layers)
    first, last = sizes[0], sizes[-1]
    alike = "Layers of one size are still several layers: count each of them."
    candidates = [
        ("equal-layers-merged", sum((a + 1) * b for a, b in set(pairwise(sizes))), alike),
        ("equal-layers-merged", weights + sum(set(sizes[1:])), alike),
        (
            "one-hidden-layer-assumed",
            (first + 1) * sizes[1] + (sizes[1] + 1) * last,
            "Those are the parameters of a network with one hidden layer: take every pair of "
            "neighbours.",
        ),
        (
            "biases-forgotten",
            weights,
            "Those are the weights alone. Each node has a bias too, unless it is an input.",
        ),
        ("weights-forgotten", biases, "Those are the biases alone: add the weights."),
        *(
            (
                "input-counted",
                weights + biases + extra,
                "The input was counted as a layer: its nodes hold the data and have neither "
                "weights nor biases.",
            )
            for extra in [first, first**2, first**2 + first]
        ),
        (
            "one-bias-a-layer",
            weights + len(layers),
            "There is a bias for each node, not one for each layer.",
        ),
        (
            "biases-of-the-wrong-layer",
            weights + sum(sizes[:-1]),
            "The biases belong to the nodes that a layer of weights leads to: (in + 1) · out.",
        ),
        (
            "output-biases-forgotten",
            weights + biases - last,
            "The biases of the output are missing.",
        ),
        ("nodes-counted", sum(sizes), "Those are the nodes. A node has many weights."),
        (
            "sizes-multiplied",
            int(np.prod(sizes)),
            "The layers of weights are added, each with in · out of them.",
        ),
        *(
            (
                "layer-left-out",
                weights + biases - (layer.weight.numel() + layer.bias.numel()),
                "A layer is missing: there are weights and biases between any two neighbours.",
            )
            for layer in layers[:: len(layers) - 1 or 1]
        ),
        (
            "sizes-hard-coded",
            13,
            "That is the answer of the example, for [2, 3, 1]: use layer_sizes.",
        ),
    ]
    differs(
        plain(actual), weights + biases, candidates, call=f"count_parameters(layer_sizes={sizes})"
    )


def plain(count):
    """Return an int for any integer: NumPy's will do too."""
    is_whole = isinstance(count, Integral) and not isinstance(count, bool)
    return int(count) if is_whole else count


def test_count_parameters_counts_weights_and_biases(exercise):
    count = answer_of(exercise.count_parameters, [4, 5, 3])

    # 5 · 4 weights and 5 biases, then 3 · 5 weights and 3 biases: 25 + 18 = 43
    check_count(count, [4, 5, 3])


def test_count_parameters_of_a_single_layer_of_weights(exercise):
    count = answer_of(exercise.count_parameters, [7, 2])

    check_count(count, [7, 2])  # 2 · 7 weights and 2 biases: 16


@pytest.mark.parametrize("sizes", [*SIZES, [784, 128, 10]], ids=str)
def test_count_parameters_is_what_linear_layers_have(exercise, sizes):
    count = answer_of(exercise.count_parameters, sizes)

    check_count(count, sizes)


def test_count_parameters_is_exact_for_millions(exercise):
    small = exercise.count_parameters([4, 5, 3])
    count = plain(exercise.count_parameters([4098, 4099, 2]))

    # 4099 · 4098 weights and 4099 biases, then 2 · 4099 weights and 2 biases
    expect.that(
        type(count) is not int or plain(small) != 43 or not 0 < abs(count - 16_810_001) < 9,
        f"count_parameters([4098, 4099, 2]) returned {count}, expected 16810001",
        "A float32 has seven digits or so, and the last ones were rounded: count in whole numbers.",
        mistake="rounded-to-float32",
    )
    expect.equal(count, 16_810_001, call="count_parameters([4098, 4099, 2])")


# whatever holds the sizes


@pytest.mark.parametrize("name", ["layer_names", "weight_shapes", "count_parameters"])
@pytest.mark.parametrize("sizes", [(5, 3, 4), range(2, 6)], ids=str)
def test_sizes_may_come_in_any_sequence(exercise, name, sizes):
    answer = answer_of(getattr(exercise, name), sizes)

    check = {"layer_names": check_names, "weight_shapes": check_shapes}.get(name, check_count)
    check(answer, list(sizes))


@pytest.mark.parametrize("name", ["layer_names", "weight_shapes", "count_parameters"])
def test_the_list_of_sizes_stays_as_it_was(exercise, name):
    sizes = [4, 5, 3, 2]

    getattr(exercise, name)(sizes)

    unchanged(sizes, [4, 5, 3, 2], name)


def unchanged(sizes, before, name):
    expect.that(
        sizes == before,
        f"{name} changed its argument: layer_sizes was {before} and is now {sizes}",
        "Whoever called still needs the list: work on a copy, list(layer_sizes), or by index.",
        mistake="argument-changed",
    )


# draw_network


@contextmanager
def drawing(exercise, sizes, *, keep=False):
    """Give the axes on which a learner drew a network; a picture of a failure is saved."""
    ax, result = draw(exercise, copy(sizes))
    try:
        yield ax, result
    except Failure:
        keep = True
        raise
    finally:
        if keep:
            figures.save(ax, "day08", "network-" + "-".join(map(str, sizes)))


@contextmanager
def nodes(exercise, sizes, *, keep=False):
    """Give the axes and, for each layer, the places of its nodes in pixels, lowest first."""
    with drawing(exercise, sizes, keep=keep) as (ax, _):
        marks = figures.marks(ax)
        if len(marks) != sum(sizes):
            fail_on_number(exercise, ax, marks, list(sizes))
        marks = ax.transData.transform(marks)
        layers = np.split(marks[marks[:, 0].argsort()], np.cumsum(sizes)[:-1])
        width = max(np.ptp(layer[:, 0]) for layer in layers)
        gap = min(b[:, 0].min() - a[:, 0].max() for a, b in pairwise(layers))
        if width >= gap / 2:
            fail_on_columns(exercise, ax, marks, list(sizes))
        yield ax, [layer[layer[:, 1].argsort()] for layer in layers]


def draw(exercise, sizes):
    ax = plt.figure().add_subplot()
    current = plt.figure()  # what plt.plot would draw on
    before = set(plt.get_fignums())

    with right_names(exercise.draw_network):
        result = exercise.draw_network(sizes, ax)

    expect.that(
        not current.get_axes(),
        "draw_network drew on the global figure, not on the axes it was given",
        "plt.plot, plt.axis and plt.gca() take whatever figure is the current one. "
        "Call the methods of ax instead: ax.plot, ax.axis, ax.text.",
        mistake="global-figure",
    )
    expect.that(
        set(plt.get_fignums()) <= before,
        "draw_network opened a figure of its own",
        "It is given the axes to draw on: leave out plt.figure() and plt.subplots().",
        mistake="own-figure",
    )
    return ax, result


@contextmanager
def right_names(draw_network):
    """Let draw_network find a layer_names that is right: the learner's has tests of its own."""
    module = getattr(inspect.unwrap(draw_network), "__globals__", {})
    own = module.get("layer_names")
    if own is None:
        yield
        return
    module["layer_names"] = lambda layer_sizes: list(
        NAMES.get(len(layer_sizes)) or own(layer_sizes)
    )
    try:
        yield
    finally:
        module["layer_names"] = own


def fail_on_number(exercise, ax, marks, sizes):
    headline = f"draw_network({sizes}, ax) drew {len(marks)} marks, expected {sum(sizes)}"
    expect.that(
        len(marks),
        headline,
        "A node is a mark that can be seen: ax.scatter(x, y) draws several at once, "
        "ax.add_patch(Circle((x, y), 0.1)) one.",
        mistake="nodes-missing",
    )
    fail_if_hard_coded(exercise, marks, sizes, headline)
    by_x = lengths(ax.transData.transform(marks)[:, 0])
    for number, name in [(0, "input"), (-1, "output")]:
        others = [*sizes]
        others.pop(number)
        expect.that(
            by_x != others or len(others) == 1,
            headline,
            f"The nodes of the {name} are missing.",
            mistake="layer-left-out",
        )
    expect.that(
        by_x != [1] * len(sizes),
        headline,
        "That is one for each layer: draw all of its nodes, each at a place of its own.",
        mistake="one-mark-a-layer",
    )
    most = max(by_x)
    expect.that(
        most in sizes or most > max(sizes) - 3 or by_x != [min(size, most) for size in sizes],
        headline,
        f"No layer has more than {most} nodes in the picture: draw all of them.",
        mistake="nodes-cut-off",
    )
    advice = "Each node has a place of its own, and nothing else is a mark: biases are not drawn."
    expect.fail(headline, advice)


def fail_if_hard_coded(exercise, marks, sizes, headline):
    other = [size + 1 for size in sizes] + [2, 3]
    again, _ = draw(exercise, other)
    expect.that(
        len(marks) == 1 or not np.array_equal(figures.marks(again), marks),
        headline,
        f"For {other} it draws the very same nodes: use layer_sizes, not sizes of your own.",
        mistake="sizes-hard-coded",
    )


def fail_on_columns(exercise, ax, marks, sizes):
    by_x, by_y = (lengths(marks[:, axis]) for axis in (0, 1))
    headline = f"the nodes do not stand in columns of {in_words(sizes)}, from left to right"
    fail_if_hard_coded(exercise, figures.marks(ax), sizes, headline)
    expect.that(
        sizes not in (by_y, by_y[::-1]),
        headline,
        "The layers lie one above the other: are x and y swapped? Each layer has an x of its own.",
        mistake="x-and-y-swapped",
    )
    expect.that(
        by_x != sizes[::-1],
        headline,
        "The input stands on the right: it belongs on the left, and the output on the right.",
        mistake="layers-reversed",
    )
    columns = f"There are columns of {in_words(by_x)}. " if len(by_x) < len(marks) else ""
    expect.fail(headline, columns + "All nodes of a layer have the same x, and each layer its own.")


def lengths(coordinates):
    """Return how many marks there are in each group that stands apart."""
    values = np.sort(coordinates)
    apart = np.diff(values) > 3  # pixels
    return [len(group) for group in np.split(values, np.flatnonzero(apart) + 1)]


def in_words(items):
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}" if most else last


def edges(ax, layers):
    """Return the connections as ((layer, node), (layer, node)), and the other lines.

    Of those, the node is returned at which they begin or end, or None.
    """
    names = [(i, k) for i, layer in enumerate(layers) for k in range(len(layer))]
    expect.that(
        not has_points_for_coordinates(ax, layers),
        "the lines do not lead from node to node",
        "ax.plot takes the two x first, then the two y: ax.plot([x1, x2], [y1, y2]). "
        "Here it was given the two points.",
        mistake="points-for-coordinates",
    )
    spots = np.concatenate(layers)
    apart = np.hypot(*(spots[:, None] - spots).T) + np.diag([np.inf] * len(spots))

    def node_at(point):
        # A line may end at the rim of its circle: the nearest node is meant, if it is near.
        away = np.hypot(*(spots - ax.transData.transform(point)).T)
        nearest = away.argmin()
        return names[nearest] if away[nearest] <= apart[nearest].min() / 2 else None

    found = [(node_at(start), node_at(end)) for start, end in figures.connections(ax)]
    joined = {tuple(sorted(pair)) for pair in found if None not in pair}
    return joined, [one or other for one, other in found if not (one and other)]


def has_points_for_coordinates(ax, layers):
    """Tell whether the lines are what ax.plot((x1, y1), (x2, y2)) makes of every weight."""
    layers = [ax.transData.inverted().transform(layer).round(6).tolist() for layer in layers]
    made = {
        ((x1, x2), (y1, y2))
        for layer, following in pairwise(layers)
        for x1, y1 in layer
        for x2, y2 in following
    }
    found = {tuple(map(tuple, np.round(pair, 6).tolist())) for pair in figures.connections(ax)}
    return found == made


def every_pair(sizes):
    return {
        ((i, a), (i + 1, b))
        for i, (size, following) in enumerate(pairwise(sizes))
        for a in range(size)
        for b in range(following)
    }


def zipped(sizes, *, from_top):
    """Return the connections of the first with the first node, the second with the second …"""
    return {
        ((i, size - 1 - k), (i + 1, following - 1 - k)) if from_top else ((i, k), (i + 1, k))
        for i, (size, following) in enumerate(pairwise(sizes))
        for k in range(min(size, following))
    }


def test_draw_network_returns_the_axes_it_was_given(exercise):
    with drawing(exercise, [3, 4, 2]) as (ax, result):
        expect.that(
            result is not None,
            "draw_network returned None, expected the axes",
            "Does it end with `return ax`?",
            mistake="returns-none",
        )
        expect.that(
            result is ax,
            f"draw_network returned a {type(result).__name__}, expected the axes it was given",
            "End it with `return ax`.",
            mistake="returns-something-else",
        )


@pytest.mark.parametrize("sizes", [[3, 4, 2], [2, 1], [2, 3, 4, 1], [9, 1, 6]], ids=str)
def test_draw_network_makes_one_mark_a_node_in_columns_from_left_to_right(exercise, sizes):
    with nodes(exercise, sizes):
        pass


@pytest.mark.parametrize("sizes", [(4, 1, 3), range(1, 4)], ids=str)
def test_draw_network_takes_any_sequence_of_sizes(exercise, sizes):
    with nodes(exercise, sizes):
        pass


def test_draw_network_leaves_the_list_of_sizes_alone(exercise):
    sizes = [3, 4, 2]

    draw(exercise, sizes)

    unchanged(sizes, [3, 4, 2], "draw_network")


@pytest.mark.parametrize("sizes", [[3, 4, 2], [2, 9], [2, 3, 4, 1]], ids=str)
def test_draw_network_shows_every_node(exercise, sizes):
    with nodes(exercise, sizes) as (ax, layers):
        seen = ax.bbox.padded(1)
        outside = sum(not seen.contains(*node) for layer in layers for node in layer)
        expect.that(
            not outside,
            f"{outside} of {sum(sizes)} nodes lie outside of what the axes show",
            "ax.add_patch does not move the limits: call ax.autoscale() at the end, or set them "
            "with ax.set_xlim and ax.set_ylim.",
            mistake="outside-the-view",
        )


@pytest.mark.parametrize("sizes", [[3, 4, 2], [2, 3, 4, 1]], ids=str)
def test_draw_network_connects_every_node_with_all_of_the_next_layer(exercise, sizes):
    with nodes(exercise, sizes) as (ax, layers):
        joined, elsewhere = edges(ax, layers)

        missing = every_pair(sizes) - joined
        headline = f"{len(missing)} of {len(every_pair(sizes))} connections are missing"
        expect.that(
            joined or elsewhere,
            "draw_network drew no connections",
            "Each weight is a line from one node to another: ax.plot([x1, x2], [y1, y2]).",
            mistake="connections-missing",
        )
        expect.that(
            joined,
            f"none of the {len(elsewhere)} lines goes from node to node",
            "Each begins at one node and ends at another, or at the rims of their circles.",
            mistake="lines-off-the-nodes",
        )
        expect.that(
            joined not in (zipped(sizes, from_top=True), zipped(sizes, from_top=False)),
            headline,
            "Each node has one partner only, as zip pairs them. There is a weight from every node "
            "to every node of the next layer: a loop inside a loop, or itertools.product.",
            mistake="edges-zipped",
        )
        for number, (one, other) in enumerate(pairwise(NAMES[len(sizes)])):
            expect.that(
                {pair for pair in every_pair(sizes) if pair[0][0] == number} != missing,
                headline,
                f"There are none from {one} to {other}: every layer leads to the next one.",
                mistake="layer-not-connected",
            )
        expect.that(
            not missing, headline, "Every node is connected with every node of the next layer."
        )


def test_draw_network_connects_neighbouring_layers_only(exercise):
    with nodes(exercise, [3, 4, 2]) as (ax, layers):
        joined, elsewhere = edges(ax, layers)
        fed = {(i, k) for i, layer in enumerate(layers) if i for k in range(len(layer))}

        expect.that(
            {node for node in elsewhere if node} != fed,
            "each node but those of the input has a line that comes from no node",
            "Each weight is a line from node to node. Biases are not drawn.",
            mistake="biases-drawn",
        )
        expect.that(
            not any(i == j for (i, _), (j, _) in joined),
            "nodes of the same layer are connected",
            "Weights lead from one layer to the next, never from node to node inside a layer.",
            mistake="connected-within-a-layer",
        )
        expect.that(
            not any(j - i > 1 for (i, _), (j, _) in joined),
            "nodes are connected with a layer that is not the next one",
            "Each layer leads to the next one, and to no other.",
            mistake="layers-skipped",
        )


@dataclass
class Place:
    """Where a label stands: its x in pixels, and the layer that it stands above or below."""

    x: float
    layer: int | None


def place_of(label, ax, layers):
    middles = np.array([layer[:, 0].mean() for layer in layers])
    x, y = ax.transData.transform((label.x, label.y))
    at = int(np.abs(middles - x).argmin())
    heights = layers[at][:, 1]
    beyond = y > heights.max() or y < heights.min()
    near = abs(middles[at] - x) < 0.49 * np.diff(middles).min()  # halfway, it is at neither
    return Place(x, at if beyond and near else None)


def places(ax, layers, name):
    found = [label for label in figures.labels(ax) if figures.mentions(label.text, name)]
    return [place_of(label, ax, layers) for label in found]


def layers_named(ax, layers, names):
    """Return, for each layer, which layers each label above or below it names."""
    whole = headings(ax)
    found = [[] for _ in layers]
    for label in figures.labels(ax):
        named = {i for i, name in enumerate(names) if figures.mentions(label.text, name)}
        at = place_of(label, ax, layers).layer
        if named and at is not None and label.text not in whole:
            found[at].append(named)
    return found


def headings(ax):
    """Return the texts that are about the whole picture: titles, legends, names of the axes."""
    texts = [ax.figure.get_suptitle(), ax.figure.get_supxlabel(), *figures.legend(ax)]
    for one in figures.axes_of(ax):
        texts += [one.get_title(loc) for loc in ("left", "center", "right")]
        texts += [one.get_xlabel(), one.get_ylabel()]
    return texts


@pytest.mark.parametrize("sizes", [[3, 4, 2], [2, 9], [2, 3, 4, 1]], ids=str)
def test_draw_network_names_every_layer_above_or_below_it(exercise, sizes):
    names = NAMES[len(sizes)]
    with nodes(exercise, sizes, keep=True) as (ax, layers):
        found = [places(ax, layers, name) for name in names]
        misplaced = [
            name
            for layer, (name, where) in enumerate(zip(names, found, strict=True))
            if layer not in [place.layer for place in where]
        ]
        if misplaced:
            fail_on_names(ax, names, found, misplaced)
        fail_on_other_names(ax, layers, names)


def fail_on_names(ax, names, found, misplaced):
    missing = [name for name, where in zip(names, found, strict=True) if not where]
    headline = f"no label says {' or '.join(map(repr, missing))}"
    unseen = [words.get_text() for words in [*ax.get_xticklabels(), ax.xaxis.label]]
    expect.that(
        ax.axison or not any(figures.mentions(text, name) for text in unseen for name in missing),
        headline,
        'The axis has such labels, but ax.axis("off") takes them away: use ax.text, or hide the '
        "frame only.",
        mistake="labels-hidden",
    )
    cut_off = figures.annotations_not_drawn(ax)
    expect.that(
        not any(figures.mentions(text, name) for text in cut_off for name in missing),
        headline,
        "ax.annotate shows nothing beyond the limits of the axes, and they make no room for it: "
        "use ax.text, or widen them with ax.set_ylim.",
        mistake="annotated-beyond-the-limits",
    )
    expect.that(
        not missing,
        headline,
        "Each layer has its name, as layer_names has it, above or below it: ax.text(x, y, name).",
        mistake="labels-missing",
    )
    order = [place.x for where in found for place in where]
    expect.that(
        len(order) > len(names) or order == sorted(order),
        f"the names are not in the order of the layers: {in_words(names)}",
        "Each stands at its own layer: input on the left, output on the right.",
        mistake="labels-out-of-order",
    )
    expect.fail(
        f"not above or below its layer: {in_words(misplaced)}",
        "Put the name at the x of the layer, and at a y beyond the first or the last node.",
        mistake="labels-misplaced",
    )


def fail_on_other_names(ax, layers, names):
    for layer, labels in enumerate(layers_named(ax, layers, names)):
        alone = [named for named in labels if len(named) == 1]
        strangers = [repr(names[min(named)]) for named in alone if named != {layer}]
        own = [named for named in labels if layer in named]
        expect.that(
            not strangers,
            f"above or below the layer {names[layer]!r} stands {' and '.join(strangers)} too",
            "Each layer has its own name only: go through the layers and their names together, "
            "with zip.",
            mistake="labels-of-other-layers",
        )
        expect.that(
            len(names) == 2 or not own or any(len(named) < len(names) for named in own),
            f"the label of the layer {names[layer]!r} has the names of all layers",
            "Each layer has its own name only: names[k] for layer k.",
            mistake="labels-of-other-layers",
        )


def test_draw_network_draws_a_second_network_on_the_second_axes_only(exercise):
    with nodes(exercise, [3, 4, 2]) as (ax, _):
        before = len(figures.marks(ax)), len(figures.connections(ax))

        with nodes(exercise, [2, 3]):
            after = len(figures.marks(ax)), len(figures.connections(ax))

        expect.that(
            after == before,
            "a second call of draw_network changed what the first one drew",
            "Every call draws on the axes it is given, and on no others.",
            mistake="draws-elsewhere",
        )
