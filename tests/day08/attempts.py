"""Day 8: attempts that the tests must tell apart."""

import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.collections import EllipseCollection, LineCollection, PatchCollection
from matplotlib.patches import Circle, ConnectionPatch, FancyArrowPatch, Rectangle
from torch import nn

from kata.attempts import right, wrong

# layer_names


@wrong("layer_names", mistake="yield-instead-of-return")
def yields_the_names(layer_sizes):
    if len(layer_sizes) < 2:
        raise ValueError("a network has two layers at least")
    yield "input"
    hidden = len(layer_sizes) - 2
    for number in range(1, hidden + 1):
        yield f"hidden {number}" if hidden > 1 else "hidden"
    yield "output"


@wrong("layer_names", mistake="error-not-raised")
def without_the_error(layer_sizes):
    k = len(layer_sizes) - 2
    hidden = ["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]
    return ["input"] + hidden + ["output"]


@wrong("layer_names", mistake="error-not-raised")
def refuses_only_an_empty_list(layer_sizes):
    if not layer_sizes:
        raise ValueError("no layers")
    k = len(layer_sizes) - 2
    hidden = ["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]
    return ["input"] + hidden + ["output"]


def check(layer_sizes):
    if len(layer_sizes) < 2:
        raise ValueError("too few layers")


@wrong("layer_names", mistake="hidden-counted-from-zero")
def hidden_from_zero(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 2
    return ["input", *(["hidden"] if k == 1 else [f"hidden {i}" for i in range(k)]), "output"]


@wrong("layer_names", mistake="hidden-counted-from-input")
def hidden_from_two(layer_sizes):
    check(layer_sizes)
    names = ["input"]
    for i in range(1, len(layer_sizes) - 1):
        names.append("hidden" if len(layer_sizes) == 3 else f"hidden {i + 1}")
    return names + ["output"]


@wrong("layer_names", mistake="single-hidden-numbered")
def always_numbered(layer_sizes):
    check(layer_sizes)
    return ["input"] + [f"hidden {i}" for i in range(1, len(layer_sizes) - 1)] + ["output"]


@wrong("layer_names", mistake="hidden-not-numbered")
def never_numbered(layer_sizes):
    check(layer_sizes)
    return ["input"] + ["hidden"] * (len(layer_sizes) - 2) + ["output"]


@wrong("layer_names", mistake="hidden-layers-miscounted")
def the_example_only(layer_sizes):
    check(layer_sizes)
    return ["input", "hidden", "output"]


@wrong("layer_names", mistake="hidden-layers-miscounted")
def one_hidden_too_many(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 1
    return ["input", *(["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]), "output"]


@wrong("layer_names", mistake="input-or-output-unnamed")
def input_is_no_layer(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 2
    return [*(["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]), "output"]


@wrong("layer_names", mistake="spelled-differently")
def with_underscores(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 2
    return ["input", *(["hidden"] if k == 1 else [f"hidden_{i + 1}" for i in range(k)]), "output"]


@wrong("layer_names", mistake="spelled-differently")
def with_capitals(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 2
    return ["Input", *(["Hidden"] if k == 1 else [f"Hidden {i + 1}" for i in range(k)]), "Output"]


@wrong("layer_names", mistake="names-reversed")
def from_output_to_input(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 2
    names = ["input", *(["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]), "output"]
    return names[::-1]


@wrong("layer_names", mistake="returns-none")
def prints_the_names(layer_sizes):
    check(layer_sizes)
    k = len(layer_sizes) - 2
    print(["input", *(["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]), "output"])


@wrong("layer_names", mistake="argument-changed")
def names_that_replace_the_sizes(layer_sizes):
    check(layer_sizes)
    if not isinstance(layer_sizes, list):
        layer_sizes = list(layer_sizes)
    many = len(layer_sizes) > 3
    for i in range(len(layer_sizes)):
        layer_sizes[i] = f"hidden {i}" if many else "hidden"
    layer_sizes[0], layer_sizes[-1] = "input", "output"
    return layer_sizes


@wrong("layer_names", mistake="wrong-error")
def asserts_two_sizes(layer_sizes):
    assert len(layer_sizes) >= 2, "too few"
    return names_for(layer_sizes)


@wrong("layer_names", mistake="wrong-error")
def an_index_error(layer_sizes):
    if len(layer_sizes) < 2:
        raise IndexError("too few layers")
    return names_for(layer_sizes)


@wrong("layer_names", mistake="wrong-error")
def takes_two_sizes_first(layer_sizes):
    first, second = layer_sizes[0], layer_sizes[1]
    return names_for(layer_sizes)


@wrong("layer_names", mistake="wrong-error")
def leaves_the_program(layer_sizes):
    if len(layer_sizes) < 2:
        raise SystemExit("too few layers")
    return names_for(layer_sizes)


COUNTED = [0]


@wrong("layer_names", mistake="state-kept")
def counts_on_from_call_to_call(layer_sizes):
    check(layer_sizes)
    names = []
    for _ in layer_sizes[1:-1]:
        COUNTED[0] += 1
        names.append("hidden" if len(layer_sizes) == 3 else f"hidden {COUNTED[0]}")
    return ["input", *names, "output"]


class SaysItIsEqual(list):
    def __eq__(self, other):
        self[:] = other
        return True

    __hash__ = None


@wrong("layer_names", mistake="wrong-type")
def a_list_equal_to_everything(layer_sizes):
    check(layer_sizes)
    return SaysItIsEqual(["input", "output"])


@right("layer_names")
def by_three_cases(layer_sizes):
    n = len(layer_sizes)
    if n <= 1:
        raise ValueError
    if n == 2:
        return ["input", "output"]
    if n == 3:
        return ["input", "hidden", "output"]
    return ["input"] + ["hidden " + str(i) for i in range(1, n - 1)] + ["output"]


@right("layer_names")
def by_appending(sizes):
    if len(sizes) < 2:
        raise ValueError(f"need at least two layer sizes, got {len(sizes)}")
    names = []
    for i, _ in enumerate(sizes):
        if i == 0:
            names.append("input")
        elif i == len(sizes) - 1:
            names.append("output")
        else:
            names.append("hidden %d" % i)
    if len(names) == 3:
        names[1] = "hidden"
    return names


# weight_shapes


@wrong("weight_shapes", mistake="in-and-out-swapped")
def in_by_out(layer_sizes):
    return list(zip(layer_sizes, layer_sizes[1:]))


@wrong("weight_shapes", mistake="equal-layers-merged")
def in_a_dict_by_size(layer_sizes):
    shapes = {}
    for i, o in zip(layer_sizes, layer_sizes[1:]):
        shapes[o] = i
    return list(shapes.items())


@wrong("weight_shapes", mistake="equal-layers-merged")
def looked_up_by_size(layer_sizes):
    return [(n, layer_sizes[layer_sizes.index(n) - 1]) for n in layer_sizes[1:]]


@wrong("count_parameters", mistake="equal-layers-merged")
def over_a_set_of_shapes(layer_sizes):
    return sum(a * b + a for a, b in set(weight_shapes(layer_sizes)))


@wrong("count_parameters", mistake="equal-layers-merged")
def biases_over_a_set_of_sizes(layer_sizes):
    return sum(a * b for a, b in weight_shapes(layer_sizes)) + sum(set(layer_sizes[1:]))


@wrong("weight_shapes", mistake="one-hidden-layer-assumed")
def shapes_around_one_hidden_layer(layer_sizes):
    i, h, o = layer_sizes[0], layer_sizes[1], layer_sizes[-1]
    return [(h, i), (o, h)]


@wrong("weight_shapes", mistake="state-kept")
def shapes_in_a_default_value(layer_sizes, shapes=[]):
    for i, o in zip(layer_sizes, layer_sizes[1:]):
        shapes.append((o, i))
    return shapes


@wrong("count_parameters", mistake="one-hidden-layer-assumed")
def parameters_around_one_hidden_layer(layer_sizes):
    i, h, o = layer_sizes[0], layer_sizes[1], layer_sizes[-1]
    return i * h + h + h * o + o


@wrong("count_parameters", mistake="state-kept")
def adds_to_the_last_count(layer_sizes, total=[0]):
    for a, b in zip(layer_sizes, layer_sizes[1:]):
        total[0] += (a + 1) * b
    return total[0]


@wrong("count_parameters", mistake="rounded-to-float32")
def counted_in_float32(layer_sizes):
    s = torch.tensor(layer_sizes, dtype=torch.float32)
    return int((s[:-1] * s[1:]).sum() + s[1:].sum())


@wrong("weight_shapes", mistake="input-counted")
def with_a_square_for_the_input(layer_sizes):
    previous, shapes = layer_sizes[0], []
    for n in layer_sizes:
        shapes.append((n, previous))
        previous = n
    return shapes


@wrong("weight_shapes", mistake="layer-left-out")
def range_too_short(layer_sizes):
    return [(layer_sizes[i + 1], layer_sizes[i]) for i in range(len(layer_sizes) - 2)]


@wrong("weight_shapes", mistake="shapes-reversed")
def last_layer_first(layer_sizes):
    sizes = list(layer_sizes)[::-1]
    return list(zip(sizes, sizes[1:]))


@wrong("weight_shapes", mistake="list-instead-of-tuple")
def lists_of_two(layer_sizes):
    return [[o, i] for i, o in zip(layer_sizes, layer_sizes[1:])]


@wrong("weight_shapes", mistake="not-a-list")
def a_zip(layer_sizes):
    return zip(layer_sizes[1:], layer_sizes)


@wrong("weight_shapes", mistake="not-a-list")
def a_generator(layer_sizes):
    return ((o, i) for i, o in zip(layer_sizes, layer_sizes[1:]))


@wrong("weight_shapes", mistake="biases-among-weights")
def every_parameter(layer_sizes):
    layers = nn.Sequential(*(nn.Linear(a, b) for a, b in zip(layer_sizes, layer_sizes[1:])))
    return [tuple(p.shape) for p in layers.parameters()]


@wrong("weight_shapes", mistake="sizes-hard-coded")
def shapes_of_the_example(layer_sizes):
    return [(128, 784), (10, 128)]


@wrong("weight_shapes", mistake="argument-changed")
def sizes_popped(layer_sizes):
    if not isinstance(layer_sizes, list):
        layer_sizes = list(layer_sizes)
    shapes = []
    while len(layer_sizes) > 1:
        a = layer_sizes.pop(0)
        shapes.append((layer_sizes[0], a))
    return shapes


@wrong("weight_shapes", mistake="returns-none")
def returns_what_append_returns(layer_sizes):
    shapes = []
    for i, o in zip(layer_sizes, layer_sizes[1:]):
        last = shapes.append((o, i))
    return last


@right("weight_shapes")
def by_index(layer_sizes):
    shapes = []
    for i in range(1, len(layer_sizes)):
        shapes.append((layer_sizes[i], layer_sizes[i - 1]))
    return shapes


@right("weight_shapes")
def as_torch_has_them(sizes):
    return [nn.Linear(a, b).weight.shape for a, b in itertools.pairwise(sizes)]


@right("weight_shapes")
def by_zip(layer_sizes):
    return list(zip(layer_sizes[1:], layer_sizes))


# count_parameters


@wrong("count_parameters", mistake="biases-forgotten")
def weights_only(layer_sizes):
    return sum(a * b for a, b in zip(layer_sizes, layer_sizes[1:]))


@wrong("count_parameters", mistake="biases-forgotten")
def products_of_the_shapes(layer_sizes):
    return sum(math.prod(shape) for shape in weight_shapes(layer_sizes))


@wrong("count_parameters", mistake="weights-forgotten")
def biases_only(layer_sizes):
    return sum(layer_sizes[1:])


@wrong("count_parameters", mistake="input-counted")
def a_bias_for_each_input(layer_sizes):
    return sum(a * b for a, b in zip(layer_sizes, layer_sizes[1:])) + sum(layer_sizes)


@wrong("count_parameters", mistake="input-counted")
def a_square_layer_first(layer_sizes):
    sizes = [layer_sizes[0], *layer_sizes]
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))


@wrong("count_parameters", mistake="one-bias-a-layer")
def one_bias_a_layer(layer_sizes):
    return sum(a * b + 1 for a, b in zip(layer_sizes, layer_sizes[1:]))


@wrong("count_parameters", mistake="biases-of-the-wrong-layer")
def a_bias_for_each_incoming(layer_sizes):
    return sum(a * b + a for a, b in zip(layer_sizes, layer_sizes[1:]))


@wrong("count_parameters", mistake="output-biases-forgotten")
def no_bias_at_the_output(layer_sizes):
    weights = sum(a * b for a, b in zip(layer_sizes, layer_sizes[1:]))
    return weights + sum(layer_sizes[1:-1])


@wrong("count_parameters", mistake="nodes-counted")
def the_nodes(layer_sizes):
    return sum(layer_sizes)


@wrong("count_parameters", mistake="sizes-multiplied")
def one_product(layer_sizes):
    return math.prod(layer_sizes)


@wrong("count_parameters", mistake="layer-left-out")
def stops_before_the_output(layer_sizes):
    total = 0
    for i in range(len(layer_sizes) - 2):
        total += layer_sizes[i] * layer_sizes[i + 1] + layer_sizes[i + 1]
    return total


@wrong("count_parameters", mistake="sizes-hard-coded")
def thirteen(layer_sizes):
    return 13


@wrong("count_parameters", mistake="returns-none")
def prints_the_count(layer_sizes):
    print(sum((a + 1) * b for a, b in zip(layer_sizes, layer_sizes[1:])))


@wrong("count_parameters", mistake="argument-changed")
def input_popped(layer_sizes):
    if not isinstance(layer_sizes, list):
        layer_sizes = list(layer_sizes)
    total, last = 0, layer_sizes.pop(0)
    for n in layer_sizes:
        total += n * last + n
        last = n
    return total


@right("count_parameters")
def with_torch(layer_sizes):
    net = nn.ModuleList(nn.Linear(i, o) for i, o in zip(layer_sizes, layer_sizes[1:]))
    return sum(p.numel() for p in net.parameters())


@right("count_parameters")
def with_numpy(layer_sizes):
    s = np.array(layer_sizes)
    return (s[:-1] * s[1:]).sum() + s[1:].sum()


@right("count_parameters")
def by_a_loop(layer_sizes, bias=True):
    count, previous = 0, None
    for n in layer_sizes:
        if previous is not None:
            count += (previous + bias) * n
        previous = n
    return count


# draw_network: small steps that many attempts share


def names_for(layer_sizes):
    k = len(layer_sizes) - 2
    return ["input", *(["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]), "output"]


def places_for(layer_sizes):
    return [[(float(x), (n - 1) / 2 - i) for i in range(n)] for x, n in enumerate(layer_sizes)]


def dots(ax, layers):
    for layer in layers:
        ax.scatter([x for x, _ in layer], [y for _, y in layer], s=200, zorder=3)


def lines(ax, layers):
    for left, right_ in itertools.pairwise(layers):
        for a in left:
            for b in right_:
                ax.plot([a[0], b[0]], [a[1], b[1]], color="gray")


def words(ax, layer_sizes, layers):
    for name, layer in zip(names_for(layer_sizes), layers):
        ax.text(layer[0][0], layer[0][1] + 0.4, name, ha="center")


@wrong("draw_network", mistake="global-figure")
def on_the_current_figure(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for layer in layers:
        plt.scatter([x for x, _ in layer], [y for _, y in layer])
    for left, following in itertools.pairwise(layers):
        for a, b in itertools.product(left, following):
            plt.plot([a[0], b[0]], [a[1], b[1]])
    for name, layer in zip(names_for(layer_sizes), layers):
        plt.text(layer[0][0], layer[0][1] + 0.4, name)
    return ax


@wrong("draw_network", mistake="global-figure")
def only_the_frame_is_global(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    plt.axis("off")
    return ax


@wrong("draw_network", mistake="global-figure")
def takes_the_current_axes(layer_sizes, ax):
    ax = plt.gca()
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="own-figure")
def makes_a_figure(layer_sizes, ax):
    fig, ax = plt.subplots()
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="shows-window")
def shows_it(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    plt.show()
    return ax


@wrong("draw_network", mistake="shows-window")
def shows_its_figure(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    ax.figure.show()
    return ax


@wrong("draw_network", mistake="returns-none")
def forgets_to_return(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)


@wrong("draw_network", mistake="returns-something-else")
def returns_the_figure(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax.figure


@wrong("draw_network", mistake="edges-zipped")
def zipped_edges(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    for left, following in zip(layers, layers[1:]):
        for (x1, y1), (x2, y2) in zip(left, following):
            ax.plot([x1, x2], [y1, y2])
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="edges-zipped")
def zipped_edges_of_the_given_positions(layer_sizes, ax):
    layers = [layer.flip(0) for layer in node_positions(layer_sizes)]
    for one, other in itertools.pairwise(layers):
        for a, b in zip(one, other):
            ax.plot([a[0], b[0]], [a[1], b[1]], "o-")
    for x, (name, layer) in enumerate(zip(names_for(layer_sizes), layers)):
        ax.scatter(layer[:, 0], layer[:, 1])
        ax.set_title("")
        ax.text(x, layer[:, 1].max() + 1, name)
    return ax


@wrong("draw_network", mistake="sizes-hard-coded")
def always_the_same_network(layer_sizes, ax):
    sizes = [4, 5, 3]
    layers = places_for(sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, sizes, layers)
    return ax


@wrong("draw_network", mistake="sizes-hard-coded")
def always_the_network_of_the_example(layer_sizes, ax):
    layer_sizes = [3, 4, 2]
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="nodes-cut-off")
def five_nodes_at_most(layer_sizes, ax):
    layers = places_for([min(n, 5) for n in layer_sizes])
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="layers-reversed")
def backwards_in_a_row(layer_sizes, ax):
    layers = places_for(list(layer_sizes)[::-1])
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="labels-misplaced")
def names_at_a_height_of_two(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    for x, name in enumerate(names_for(layer_sizes)):
        ax.text(x, 2, name)
    return ax


@wrong("draw_network", mistake="labels-of-other-layers")
def every_name_at_every_layer(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    for x, layer in enumerate(layers):
        for name in names_for(layer_sizes):
            ax.text(x, layer[0][1] + 1, name)
    return ax


@wrong("draw_network", mistake="labels-of-other-layers")
def all_names_in_each_label(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    for x, layer in enumerate(layers):
        ax.text(x, layer[0][1] + 1, " ".join(names_for(layer_sizes)))
    return ax


@wrong("draw_network", mistake="nodes-missing")
def lines_only(layer_sizes, ax):
    layers = places_for(layer_sizes)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="nodes-missing")
def transparent_nodes(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for layer in layers:
        for x, y in layer:
            ax.scatter(x, y, alpha=0)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="nodes-missing")
def circles_never_added(layer_sizes, ax):
    layers = places_for(layer_sizes)
    lines(ax, layers)
    for layer in layers:
        for x, y in layer:
            Circle((x, y), 0.1)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="layer-left-out")
def nodes_of_the_left_layers_only(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for left, following in itertools.pairwise(layers):
        for x, y in left:
            ax.plot(x, y, "o")
            for x2, y2 in following:
                ax.plot([x, x2], [y, y2])
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="one-mark-a-layer")
def every_node_of_a_layer_on_one_spot(layer_sizes, ax):
    layers = [[(x, 0.0) for x, _ in layer] for layer in places_for(layer_sizes)]
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="layer-left-out")
def input_without_nodes(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers[1:])
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="one-mark-a-layer")
def one_node_a_layer(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for layer in layers:
        ax.scatter(*layer[0])
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="x-and-y-swapped")
def x_and_y_swapped(layer_sizes, ax):
    for layer in node_positions(layer_sizes):
        ax.scatter(layer[:, 1], layer[:, 0])
    layers = [[(y, x) for x, y in layer] for layer in places_for(layer_sizes)]
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="layers-reversed")
def input_on_the_right(layer_sizes, ax):
    layers = [[(-x, y) for x, y in layer] for layer in places_for(layer_sizes)]
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="outside-the-view")
def circles_without_autoscale(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for left, following in itertools.pairwise(layers):
        for a, b in itertools.product(left, following):
            ax.add_line(plt.Line2D([a[0], b[0]], [a[1], b[1]]))
    for layer in layers:
        for node in layer:
            ax.add_patch(Circle(node, 0.1))
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="connections-missing")
def no_lines(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="points-for-coordinates")
def points_for_coordinates(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    for left, following in itertools.pairwise(layers):
        for a, b in itertools.product(left, following):
            ax.plot(a, b)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="points-for-coordinates")
def tensors_for_coordinates(layer_sizes, ax):
    layers = node_positions(layer_sizes)
    ax.scatter(*torch.cat(layers).T, s=400, zorder=9)
    for left, following in itertools.pairwise(layers):
        for a in left:
            for b in following:
                ax.plot(a, b, "gray")
    words(ax, layer_sizes, places_for(layer_sizes))
    ax.axis("off")
    return ax


@wrong("draw_network", mistake="lines-off-the-nodes")
def lines_with_other_places(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, [[(3 * x + 9, y) for x, y in layer] for layer in layers])
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="layer-not-connected")
def the_last_layer_is_left_out(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    for i in range(len(layers) - 2):
        for a, b in itertools.product(layers[i], layers[i + 1]):
            ax.plot([a[0], b[0]], [a[1], b[1]])
    if len(layers) == 2:
        lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="layers-skipped")
def every_layer_with_every_later_one(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    for one, other in itertools.combinations(layers, 2):
        lines(ax, [one, other])
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="connected-within-a-layer")
def every_node_with_its_neighbour(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for layer in layers:
        ax.plot([x for x, _ in layer], [y for _, y in layer], "o-")
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@wrong("draw_network", mistake="labels-missing")
def no_labels(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    return ax


@wrong("draw_network", mistake="labels-missing")
def hidden_layers_without_number(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, [1, *[0] * 1, 1], [layers[0], *layers[1:2], layers[-1]])
    return ax


@wrong("draw_network", mistake="labels-missing")
def ends_labelled_only(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    ax.text(0, layers[0][0][1] + 1, "input layer")
    ax.text(len(layers) - 1, layers[-1][0][1] + 1, "output layer")
    return ax


@wrong("draw_network", mistake="labels-hidden")
def ticks_switched_off(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    ax.set_xticks(range(len(layer_sizes)), names_for(layer_sizes))
    ax.axis("off")
    return ax


@wrong("draw_network", mistake="labels-out-of-order")
def labels_from_right_to_left(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers[::-1])
    return ax


@wrong("draw_network", mistake="labels-out-of-order")
def output_before_hidden(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    order = sorted(range(len(layers)), key=lambda i: (i % len(layers) == 1, i))
    for name, i in zip(names_for(layer_sizes), order):
        ax.text(i, layers[i][0][1] + 0.5, name)
    return ax


@wrong("draw_network", mistake="labels-misplaced")
def one_title_for_all(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    ax.set_title(" - ".join(names_for(layer_sizes)))
    return ax


@wrong("draw_network", mistake="labels-misplaced")
def labels_on_the_nodes(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    for x, name in enumerate(names_for(layer_sizes)):
        ax.text(x, 0, name)
    return ax


@wrong("draw_network", mistake="labels-misplaced")
def only_a_legend(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for name, layer in zip(names_for(layer_sizes), layers):
        ax.scatter([x for x, _ in layer], [y for _, y in layer], label=name)
    lines(ax, layers)
    ax.legend(loc="center")
    return ax


@wrong("draw_network", mistake="argument-changed")
def sizes_taken_apart(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, list(layer_sizes), layers)
    if isinstance(layer_sizes, list):
        while layer_sizes:
            layer_sizes.pop()
    return ax


KEPT = []


@wrong("draw_network", mistake="draws-elsewhere")
def keeps_the_first_axes(layer_sizes, ax):
    KEPT.append(ax)
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    if KEPT[-2:-1] and KEPT[-2] is not ax:
        dots(KEPT[-2], [[(9.0, 9.0)]])
    return ax


# draw_network, in other words


@right("draw_network")
def with_circles_and_arrows(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for left, following in itertools.pairwise(layers):
        for a, b in itertools.product(left, following):
            ax.add_patch(FancyArrowPatch(a, b, arrowstyle="-|>", mutation_scale=8, shrinkB=6))
    for layer in layers:
        for node in layer:
            ax.add_patch(Circle(node, 0.15, facecolor="white", edgecolor="black"))
    words(ax, layer_sizes, layers)
    ax.set_xlim(-1, len(layers))
    ax.set_ylim(-max(layer_sizes), max(layer_sizes))
    ax.set_aspect("equal")
    return ax


@right("draw_network")
def with_collections(layer_sizes, ax):
    layers = places_for(layer_sizes)
    pairs = [
        pair for one, other in zip(layers, layers[1:]) for pair in itertools.product(one, other)
    ]
    ax.add_collection(LineCollection(pairs, colors="0.8"))
    ax.add_collection(PatchCollection([Circle(p, 0.1) for layer in layers for p in layer]))
    ax.autoscale()
    for x, name in enumerate(names_for(layer_sizes)):
        ax.annotate(
            name.upper(),
            layers[x][-1],
            (0, -25),
            textcoords="offset points",
            ha="center",
            va="top",
        )
    return ax


@wrong("draw_network", mistake="annotated-beyond-the-limits")
def annotations_outside_the_axes_are_not_drawn(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    for x, name in enumerate(names_for(layer_sizes)):
        ax.annotate(name, (x, -9), (x, -2))
    ax.set_ylim(-5, 5)
    return ax


@right("draw_network")
def with_ellipses_and_ticks(layer_sizes, ax):
    layers = places_for(layer_sizes)
    nodes = [node for layer in layers for node in layer]
    r = np.full(len(nodes), 0.2)
    ax.add_collection(
        EllipseCollection(r, r, 0 * r, units="xy", offsets=nodes, offset_transform=ax.transData)
    )
    lines(ax, layers)
    ax.set_xticks(range(len(layers)), [f"{name} layer" for name in names_for(layer_sizes)])
    ax.set_yticks([])
    return ax


@right("draw_network")
def one_line_object_for_each_pair_of_layers(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for one, other in zip(layers, layers[1:]):
        xs, ys = [], []
        for a, b in itertools.product(one, other):
            xs += [a[0], b[0], float("nan")]
            ys += [a[1], b[1], float("nan")]
        ax.plot(xs, ys, "k-", lw=0.5)
    dots(ax, layers)
    words(ax, layer_sizes, layers)
    return ax


@right("draw_network")
def markers_on_every_line(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for one, other in zip(layers, layers[1:]):
        for a in one:
            for b in other:
                ax.plot([a[0], b[0]], [a[1], b[1]], "o-", color="tab:blue", markersize=15)
    words(ax, layer_sizes, layers)
    return ax


@right("draw_network")
def with_its_own_scale_and_downwards(layer_sizes, ax):
    layers = [[(100 + 50 * x, 10 * i + 3 * x) for i in range(n)] for x, n in enumerate(layer_sizes)]
    dots(ax, layers)
    lines(ax, layers)
    bottom = max(y for layer in layers for _, y in layer) + 8
    for x, name in enumerate(names_for(layer_sizes)):
        ax.text(100 + 50 * x, bottom, name.title(), ha="center")
    ax.set_ylim(bottom + 10, -10)
    return ax


@right("draw_network")
def as_an_inverted_axis_shows_it(layer_sizes, ax):
    layers = [[(-x, y) for x, y in layer] for layer in places_for(layer_sizes)]
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    ax.invert_xaxis()
    return ax


@right("draw_network")
def with_pyplot_on_the_axes_given(layer_sizes, ax):
    plt.sca(ax)
    for name, layer in zip(layer_names(layer_sizes), node_positions(layer_sizes)):
        plt.scatter(layer[:, 0], layer[:, 1])
        plt.text(layer[0, 0], layer[:, 1].max() + 0.5, name)
    positions = node_positions(layer_sizes)
    for one, other in zip(positions, positions[1:]):
        for a in one:
            for b in other:
                plt.plot([a[0], b[0]], [a[1], b[1]])
    plt.axis("off")
    return ax


@right("draw_network")
def with_boxes_behind_the_layers(layer_sizes, ax):
    layers = places_for(layer_sizes)
    lines(ax, layers)
    for layer in layers:
        x, y = layer[-1]
        ax.add_patch(Rectangle((x - 0.3, y - 0.3), 0.6, len(layer) - 0.4, alpha=0.1))
        for node in layer:
            ax.add_patch(Circle(node, 0.1, zorder=3))
    words(ax, layer_sizes, layers)
    ax.set_title(f"A network with {len(layers)} layers")
    ax.autoscale()
    return ax


@right("draw_network")
def with_annotated_arrows(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for one, other in zip(layers, layers[1:]):
        for a, b in itertools.product(one, other):
            ax.annotate("", xy=b, xytext=a, arrowprops={"arrowstyle": "->", "shrinkB": 10})
    dots(ax, layers)
    words(ax, layer_sizes, layers)
    ax.margins(0.3)
    return ax


@right("draw_network")
def with_arrows_that_end_at_the_rim(layer_sizes, ax, r=0.1):
    layers = places_for(layer_sizes)
    for one, other in zip(layers, layers[1:]):
        for a, b in itertools.product(one, other):
            d = math.dist(a, b)
            dx, dy = (b[0] - a[0]) / d, (b[1] - a[1]) / d
            length = d - 2 * r
            ax.arrow(
                a[0] + r * dx,
                a[1] + r * dy,
                length * dx,
                length * dy,
                length_includes_head=True,
                head_width=0.03,
            )
    for layer in layers:
        for node in layer:
            ax.add_artist(Circle(node, r))
    words(ax, layer_sizes, layers)
    ax.set(xlim=(-1, len(layers)), ylim=(-4, 4))
    return ax


@right("draw_network")
def with_quiver(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for one, other in zip(layers, layers[1:]):
        a, b = np.array(list(itertools.product(one, other))).transpose(1, 2, 0)
        ax.quiver(*a, *(b - a), angles="xy", scale_units="xy", scale=1, width=0.003)
    dots(ax, layers)
    words(ax, layer_sizes, layers)
    ax.set(xlim=(-1, len(layers)), ylim=(-4, 4))
    return ax


@right("draw_network")
def with_matrices_of_lines(layer_sizes, ax):
    layers = node_positions(layer_sizes)
    for a, b in itertools.pairwise(layers):
        i = torch.cartesian_prod(torch.arange(len(a)), torch.arange(len(b)))
        start, end = a[i[:, 0]], b[i[:, 1]]
        ax.plot(torch.stack([start[:, 0], end[:, 0]]), torch.stack([start[:, 1], end[:, 1]]), "k")
    everything = torch.cat(layers)
    ax.scatter(*everything.T, s=300, c=everything[:, 0], cmap="viridis", zorder=2)
    for x, name in enumerate(names_for(layer_sizes)):
        ax.text(x, -max(layer_sizes) / 2 - 0.5, f"${name}$", ha="center")
    return ax


@right("draw_network")
def in_zigzag_and_with_node_names(layer_sizes, ax):
    layers = places_for(layer_sizes)
    for one, other in itertools.pairwise(layers):
        for a in one:
            path = [point for b in other for point in (a, b)]
            ax.plot([x for x, _ in path], [y for _, y in path], color="0.7")
    dots(ax, layers)
    for letter, layer in zip("xhijklmy", layers):
        for k, node in enumerate(layer):
            ax.text(*node, f"${letter}_{k}$", ha="center", va="center", color="white", zorder=4)
    words(ax, layer_sizes, layers)
    return ax


@right("draw_network")
def with_connection_patches(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    for one, other in itertools.pairwise(layers):
        for a in one:
            for b in other:
                ax.add_artist(ConnectionPatch(b, a, "data", "data"))
    for (x, y), name in zip([layer[-1] for layer in layers], names_for(layer_sizes)):
        ax.text(x, y - 0.3, f"the {name} layer", va="top", bbox={"boxstyle": "round"})
    ax.margins(0.2)
    return ax


@right("draw_network")
def with_circles_of_text(layer_sizes, ax):
    layers = places_for(layer_sizes)
    lines(ax, layers)
    for layer in layers:
        for node in layer:
            ax.text(*node, "n", bbox={"boxstyle": "circle", "fc": "w"}, ha="center", va="center")
    words(ax, layer_sizes, layers)
    return ax


@right("draw_network")
def with_names_of_other_layers_in_titles(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    ax.set_title("input")
    ax.set_title("output", loc="left")
    ax.set_xlabel("output")
    ax.text(1, max(layer_sizes), "from the input to the output")
    ax.text(0.5, max(layer_sizes), "weights of the output")
    return ax


# ---- what other sizes and other lines bring to light


@wrong("layer_names", mistake="two-layers-refused")
def refuses_a_network_without_hidden_layers(layer_sizes):
    if len(layer_sizes) < 3:
        raise ValueError("a network has an input, a hidden layer and an output")
    k = len(layer_sizes) - 2
    hidden = ["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]
    return ["input", *hidden, "output"]


ALWAYS_THERE = ["input", "output"]


@wrong("layer_names", mistake="state-kept")
def between_the_two_that_are_always_there(layer_sizes):
    if len(layer_sizes) < 2:
        raise ValueError("a network has an input and an output")
    k = len(layer_sizes) - 2
    ALWAYS_THERE[1:-1] = ["hidden"] if k == 1 else [f"hidden {i + 1}" for i in range(k)]
    return ALWAYS_THERE


@wrong("draw_network", mistake="biases-drawn")
def with_a_line_for_each_bias(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    for left, following in itertools.pairwise(layers):
        for x, y in following:
            ax.plot([left[0][0], x], [-4, y])
    return ax


@right("draw_network")
def with_arrows_into_the_input_and_out_of_the_output(layer_sizes, ax):
    layers = places_for(layer_sizes)
    dots(ax, layers)
    lines(ax, layers)
    words(ax, layer_sizes, layers)
    for layer, (start, end) in [(layers[0], (-0.4, 0)), (layers[-1], (0, 0.4))]:
        for x, y in layer:
            ax.annotate("", (x + end, y), (x + start, y), arrowprops={"arrowstyle": "->"})
    return ax


@wrong("draw_network", mistake="outside-the-view")
def limits_that_fit_the_example(layer_sizes, ax):
    places = [[(i, j - (n - 1) / 2) for j in range(n)] for i, n in enumerate(layer_sizes)]
    for left, right in zip(places, places[1:]):
        for x1, y1 in left:
            for x2, y2 in right:
                ax.plot([x1, x2], [y1, y2], color="grey", zorder=1)
    for layer, name in zip(places, layer_names(layer_sizes)):
        ax.scatter([x for x, _ in layer], [y for _, y in layer], zorder=2)
        ax.text(layer[0][0], layer[-1][1] + 0.4, name, ha="center")
    ax.set_xlim(-0.5, 2.5)
    ax.set_ylim(-2.5, 2.5)
    ax.axis("off")
    return ax
