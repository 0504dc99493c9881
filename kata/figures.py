"""What a matplotlib picture shows, however it was drawn: curves, marks, connections and labels.

A test asks for what a person would see. `ax.scatter` and a `Circle` are both a mark, a line and an
arrow both a connection, a tick label and an annotation both a label; what is invisible is nothing.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import collections, patches, text
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgba
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure, FigureBase
from matplotlib.legend import Legend
from matplotlib.lines import AxLine, Line2D
from matplotlib.quiver import Quiver
from matplotlib.spines import Spine
from matplotlib.ticker import LogFormatter, NullFormatter, ScalarFormatter
from matplotlib.transforms import Bbox, Transform

from kata.failure import Failure
from kata.layout import PICTURE_IN, plots, shown

Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Point = tuple[float, float]
Drawn = Any  # an Artist; much of what is asked for here has no types, and some no public name

SAME_SPOT = 2.0  # pixels
NEAR_A_CURVE = 0.08  # how far from it a curve's name may stand, of the diagonal of the axes
NOTHING = (None, "None", "none", " ", "")  # matplotlib's ways to say "no line" and "no marker"
ARROWS = (patches.FancyArrowPatch, patches.FancyArrow, patches.Arrow)
NO_MARKS = (  # collections of lines, areas (fill_between) and arrows
    collections.LineCollection,
    collections.PolyCollection,
    collections.QuadMesh,
)


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve in data coordinates, and what the picture calls it ("" if it has no name)."""

    x: Array
    y: Array
    label: str


@dataclass(frozen=True)
class Label:
    """A text of the picture and where it stands, in data coordinates."""

    text: str
    x: float
    y: float


def axes_of(ax: Axes) -> list[Axes]:
    """Return `ax` and the axes that lie on it, as twinx and twiny make them."""
    place = ax.get_position(original=True).bounds
    others = [other for other in ax.figure.axes if other is not ax and other.get_visible()]
    return [ax] + [
        other for other in others if np.allclose(other.get_position(original=True).bounds, place)
    ]


def curves(ax: Axes) -> list[Curve]:
    """Return the curves: lines that were plotted, with line or markers, and longer polylines.

    A scatter of more than two points is one too, unless it marks the points of a line. Lines
    from edge to edge (axhline, axline) are not. A curve's name is the text of the legend beside
    its colour and line style, if no other curve looks so, else its own label, else the text of the
    legend beside its colour, else a text that stands beside it.
    """
    found = [
        (one, artist, points)
        for one, artist, points in _lines(ax, markers=True)
        if len(points) > 2 or isinstance(artist, Line2D)
    ]
    drawn = [points for _, _, points in found]
    for one, artist in _artists(ax):
        if isinstance(artist, collections.PathCollection):
            points = _offsets(one, artist)
            if len(points) > 2 and not any(_same_points(points, other) for other in drawn):
                found.append((one, artist, points))
    names = _names(ax, found)
    return [Curve(p[:, 0], p[:, 1], name) for (_, _, p), name in zip(found, names, strict=True)]


def marks(ax: Axes) -> Array:
    """Return the centres of the marks, (n, 2): points of a scatter, markers, circles, boxes …

    Marks on the same spot are one, and a box around other marks is their background. Where there
    is no other mark, a symbol that is written, or a text in a box, is one.
    """
    found = list(_marks(ax))
    centres = [one.transData.transform(centre) for one, centre, _ in found]
    spots: dict[tuple[float, ...], Point] = {}
    for (_, centre, box), spot in zip(found, centres, strict=True):
        if box is None or not _holds_others(box, spot, found, centres):
            key = tuple(np.round(spot, 1))
            spots.setdefault(key, (float(centre[0]), float(centre[1])))
    return np.array(list(spots.values()), dtype=np.float64).reshape(-1, 2)


def connections(ax: Axes) -> list[tuple[Point, Point]]:
    """Return the connections, from point to point: lines and arrows.

    A line with more than two points is a connection from its first to its last, or several where
    it passes through marks.
    """
    found: list[tuple[Point, Point]] = []
    spots = ax.transData.transform(marks(ax))
    for one, _, points in _lines(ax):
        for stretch in _unbroken(points):
            for start, end in _between_marks(one.transData.transform(stretch), spots):
                found.append((_point(stretch[start]), _point(stretch[end])))
    for one, artist in _artists(ax):
        for ends in _arrows(artist):
            start, end = one.transData.inverted().transform(ends)
            found.append((_point(start), _point(end)))
    return [(start, end) for start, end in found if start != end]


def labels(ax: Axes) -> list[Label]:
    """Return the texts: titles, axis labels, legend, annotations, ticks that were named by hand."""
    found = []
    for one, artist in _artists(ax):
        for words in _texts(one, artist):
            if _can_be_read(words):
                x, y = one.transData.inverted().transform(_anchor(words))
                found.append(Label(words.get_text(), float(x), float(y)))
    return found


def annotations_not_drawn(ax: Axes) -> list[str]:
    """Return the texts that ax.annotate was told to put beyond the limits of the axes.

    Limits make room for lines and marks, not for what is annotated, and beyond them matplotlib
    leaves it out.
    """
    texts = [words for _, artist in _artists(ax) for words in _texts(ax, artist)]
    return [words.get_text() for words in texts if words.get_visible() and not _is_drawn(words)]


def legend(ax: Axes) -> list[str]:
    """Return the texts of the legend, or of the legends; [] if there is none."""
    legends = [artist for _, artist in _artists(ax) if isinstance(artist, Legend)]
    return [words.get_text() for one in legends for words in one.get_texts()]


def mentions(text: str, word: str) -> bool:
    """Tell whether `text` contains `word` (or words) as a whole, in any case.

    Hyphens, underscores, mathtext and a capital inside a word do not matter: "CrossEntropyLoss"
    mentions "cross-entropy", "$\\mathrm{hidden}_1$" mentions "hidden 1", and "hidden 10" does not.
    """
    words, wanted = _words(text), _words(word)
    runs = (words[i:j] for j in range(len(words) + 1) for i in range(j))
    return _joined(wanted) in map(_joined, runs)


def save(picture: Axes | FigureBase, day: int | str, name: str) -> Path:
    """Save a picture as plots/dayNN/name.png, print where it is and return the path.

    With KATA_PLOTS=/dev/null nothing is written, as when answers in another folder are tested.
    Where nothing can be written, that is printed: a picture is for the eye, not for the verdict.
    """
    folder = f"day{day:02d}" if isinstance(day, int) else day
    path = plots() / folder / f"{name.removesuffix('.png')}.png"
    figure = _figure(picture)
    _draw(figure)
    if plots() == Path(os.devnull):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120, bbox_inches="tight", facecolor="white")
    except OSError as error:
        print(f"the picture could not be saved: {error}")
    else:
        print(f"{PICTURE_IN}{shown(path)}")
    return path


def _figure(picture: Any) -> Figure:
    figure = picture.figure  # of an axes, of a figure in a figure, and of a figure itself
    return figure if isinstance(figure, Figure) else _figure(figure)


def _draw(figure: Figure) -> None:
    """Lay the picture out: places of titles and legends are only known once it is drawn.

    Numbers along the axes take most of the time and nothing here asks for them: they are left out.
    """
    if not figure.stale:
        return
    numbered = [ax for ax in figure.axes if ax.axison and not _has_words_along(ax)]
    try:
        for ax in numbered:
            ax.axison = False
        figure.draw_without_rendering()
    except Exception as error:  # whatever it is, it is in what the learner put into the picture
        raise Failure(f"the picture cannot be drawn: {type(error).__name__}: {error}") from error
    finally:
        for ax in numbered:
            ax.axison = True


def _has_words_along(ax: Axes) -> bool:
    """Tell whether something stands along the axes that is read here, or that may not be drawn."""
    return any(
        _is_by_hand(axis) or "$" in axis.label.get_text()  # a formula can be wrong
        for axis in (ax.xaxis, ax.yaxis)
    )


def _artists(ax: Axes) -> Iterator[tuple[Axes, Drawn]]:
    """Yield what is visible on `ax`, on its twins and on the figure, each with its axes."""
    _draw(_figure(ax))
    for one in axes_of(ax):
        for child in one.get_children():
            if child.get_visible() and child is not one.patch and not isinstance(child, Spine):
                yield one, child
    for child in ax.figure.get_children():
        apart = child is ax.figure.patch or isinstance(child, Axes | FigureBase)
        if child.get_visible() and not apart:
            yield ax, child


def _lines(ax: Axes, *, markers: bool = False) -> Iterator[tuple[Axes, Drawn, Array]]:
    """Yield every line with its points; with `markers`, also one that only its markers show."""
    caps = {
        part
        for one in axes_of(ax)
        for container in one.containers
        if isinstance(container, ErrorbarContainer)
        for parts in container.lines[1:]
        for part in parts
    }
    for one, artist in _artists(ax):
        if artist in caps or _crosses(one, artist):
            continue
        if isinstance(artist, Line2D):
            if _has_stroke(artist) or (markers and _has_markers(artist)):
                yield one, artist, _in_data(one, artist.get_xydata(), artist.get_transform())
        elif isinstance(artist, collections.LineCollection):
            segments = artist.get_segments()
            for segment, seen in zip(segments, _seen(artist, len(segments)), strict=True):
                if seen:
                    yield one, artist, _in_data(one, segment, artist.get_transform())
        else:
            for path, transform in _paths(artist):
                if _is_open(path):
                    for points in path.to_polygons(transform, closed_only=False):
                        yield one, artist, one.transData.inverted().transform(points)


def _paths(artist: Drawn) -> Iterator[tuple[Any, Transform]]:
    """Yield the visible paths of patches and of collections that lie in data coordinates."""
    if isinstance(artist, patches.Patch) and not isinstance(artist, ARROWS):
        if _is_painted(artist):
            yield artist.get_path(), artist.get_transform()
    elif _is_collection(artist) and not _is_placed(artist):
        paths = artist.get_paths()
        for path, seen in zip(paths, _seen(artist, len(paths)), strict=True):
            if seen:
                yield path, artist.get_transform()


def _marks(ax: Axes) -> Iterator[tuple[Axes, Array, Bbox | None]]:
    """Yield every mark's axes, centre and, if it has a size in the data, its box in pixels."""
    none = True
    for one, artist in _artists(ax):
        found: list[tuple[Array, Bbox | None]] = []
        if _crosses(one, artist):
            continue
        if isinstance(artist, Line2D) and _has_markers(artist):
            points = _in_data(one, artist.get_xydata(), artist.get_transform())
            found = [(point, None) for point in points if np.isfinite(point).all()]
        elif _is_collection(artist) and _is_placed(artist):
            found = [(point, None) for point in _offsets(one, artist)]
        else:
            for path, transform in _paths(artist):
                if not _is_open(path):
                    box = path.get_extents(transform)
                    middle = (box.p0 + box.p1) / 2
                    found.append((one.transData.inverted().transform(middle), box))
        for centre, box in found:
            none = False
            yield one, centre, box
    for one, artist in _artists(ax) if none else ():
        if isinstance(artist, text.Text) and artist in one.texts:
            symbol = len(artist.get_text().strip()) == 1 and not artist.get_text().strip().isdigit()
            if symbol or artist.get_bbox_patch() is not None:
                yield one, one.transData.inverted().transform(_anchor(artist)), None


def _holds_others(
    box: Bbox, spot: Array, found: list[tuple[Axes, Array, Bbox | None]], centres: list[Array]
) -> bool:
    area = box.width * box.height
    return any(
        box.contains(*centre)
        and np.abs(centre - spot).max() > SAME_SPOT
        and (other is None or other.width * other.height < area / 2)
        for (_, _, other), centre in zip(found, centres, strict=True)
    )


def _arrows(artist: Drawn) -> Iterator[Array]:
    """Yield the two ends of every arrow, in pixels."""
    if isinstance(artist, text.Annotation):
        artist = artist.arrow_patch if _is_drawn(artist) else None
    if isinstance(artist, Quiver):
        starts = artist.get_offset_transform().transform(artist.get_offsets())
        for start, path in zip(starts, artist.get_paths(), strict=True):
            outline = artist.get_transform().transform(path.vertices)
            tip = outline[np.hypot(*outline.T).argmax()]
            yield np.stack([start, start + tip])
    elif isinstance(artist, ARROWS) and _is_painted(artist):
        yield np.asarray(_ends(artist, type(artist)))


def _ends(arrow: Drawn, kind: type) -> Any:
    # The ends of most arrows have no public names, and the vertices of an outline say less.
    if issubclass(kind, patches.ConnectionPatch):
        return [
            arrow._get_xy(arrow.xy1, arrow.coords1, arrow.axesA),
            arrow._get_xy(arrow.xy2, arrow.coords2, arrow.axesB),
        ]
    if issubclass(kind, patches.FancyArrowPatch):
        ends = arrow._posA_posB or arrow._path_original.vertices[[0, -1]]
        return arrow.get_transform().transform(np.array(ends, dtype=float))
    if issubclass(kind, patches.FancyArrow):
        start, way = np.array([arrow._x, arrow._y]), np.array([arrow._dx, arrow._dy])
        return arrow.get_data_transform().transform([start, start + way])
    return arrow.get_transform().transform([[0.0, 0.0], [1.0, 0.0]])


def _texts(ax: Axes, artist: Drawn) -> list[text.Text]:
    if not isinstance(artist, Axis):
        return [] if isinstance(artist, Axes) else list(artist.findobj(text.Text))
    if not ax.axison:
        return []
    return [artist.label, *(artist.get_ticklabels() if _is_by_hand(artist) else [])]


def _is_by_hand(axis: Axis) -> bool:
    """Tell whether there are words along an axis in place of numbers."""
    numbers = ScalarFormatter | LogFormatter | NullFormatter
    return not isinstance(axis.get_major_formatter(), numbers)


def _anchor(words: text.Text) -> Array:
    return words.get_transform().transform(words.get_unitless_position())


def _names(ax: Axes, found: list[tuple[Axes, Drawn, Array]]) -> list[str]:
    """Return the name of every curve, "" where the picture has none."""
    own = {
        container.lines[0]: container.get_label()
        for one in axes_of(ax)
        for container in one.containers
        if isinstance(container, ErrorbarContainer)
    }
    names = [str(own.get(artist) or artist.get_label()) for _, artist, _ in found]
    names = ["" if name.startswith("_") else name for name in names]

    entries = [
        (_look(handle), words.get_text())
        for _, artist in _artists(ax)
        if isinstance(artist, Legend)
        for handle, words in zip(artist.legend_handles, artist.get_texts(), strict=True)
    ]
    looks = [_look(artist) for _, artist, _ in found]
    for look, name in entries:  # what the legend says of a curve counts, whatever its own label
        if look[0] and looks.count(look) == 1 == [one for one, _ in entries].count(look):
            names[looks.index(look)] = name
    entries = [(look, name) for look, name in entries if name not in names]
    for exactly in (True, False):  # first by colour and line style, then by colour alone
        for number, look in enumerate(looks):
            for entry in entries if not names[number] else []:
                if entry[0] == look or (not exactly and entry[0][0] == look[0]):
                    names[number] = entry[1]
                    entries.remove(entry)
                    break

    near = [
        (distance, number, words)
        for number, (one, _, points) in enumerate(found)
        for words in ([] if names[number] else _written(ax))
        if (distance := _distance(one, points, words)) < NEAR_A_CURVE
    ]
    taken = set()
    for _, number, words in sorted(near, key=lambda item: item[:2]):
        if not names[number] and words not in taken:
            names[number] = words.get_text()
            taken.add(words)
    return names


def _written(ax: Axes) -> list[text.Text]:
    return [words for one in axes_of(ax) for words in one.texts if _can_be_read(words)]


def _can_be_read(words: text.Text) -> bool:
    shows = words.get_visible() and words.get_alpha() != 0 and words.get_text().strip()
    return bool(shows) and _is_drawn(words)


def _is_drawn(words: Drawn) -> bool:
    """Tell whether matplotlib draws a text: not if it points at a place off the axes."""
    pointer: Drawn = words
    return not isinstance(words, text.Annotation) or bool(pointer._check_xy())


def _distance(ax: Axes, points: Array, words: text.Text) -> float:
    """Return how far a curve passes from a text, or from what its arrow points at."""
    spots = ax.transData.transform(points[np.isfinite(points).all(axis=1)])
    box = words.get_window_extent()
    arrow = list(_arrows(words))
    low, high = (arrow[0][1], arrow[0][1]) if arrow else (box.p0, box.p1)
    away = np.maximum(0, np.maximum(low - spots, spots - high))
    return float(np.hypot(*away.T).min(initial=np.inf) / np.hypot(*ax.bbox.size))


def _look(artist: Drawn) -> tuple[str, str]:
    """Return colour and line style, by which a legend shows which curve it means."""
    if isinstance(artist, Line2D):
        return to_hex(artist.get_color()), str(artist.get_linestyle())
    for colours in ("get_edgecolor", "get_facecolor"):
        colour = np.reshape(getattr(artist, colours, lambda: [])(), (-1, 4))
        if len(colour) and colour[0, 3] > 0:
            return to_hex(colour[0]), ""
    return "", ""


def _has_stroke(line: Line2D) -> bool:
    colour = to_rgba(line.get_color(), line.get_alpha())
    return line.get_linestyle() not in NOTHING and line.get_linewidth() > 0 and colour[3] > 0


def _has_markers(line: Line2D) -> bool:
    if line.get_marker() in NOTHING or line.get_markersize() <= 0:
        return False
    faces = (line.get_markerfacecolor(), line.get_markeredgecolor())
    return any(to_rgba(face, line.get_alpha())[3] > 0 for face in faces)


def _seen(collection: Drawn, n: int) -> Mask:
    """Return which of the collection's `n` items are visible."""
    faces, edges = (
        np.resize(np.reshape(colour, (-1, 4))[:, 3], n) > 0
        for colour in (collection.get_facecolor(), collection.get_edgecolor())
    )
    seen = faces | (edges & (np.resize(collection.get_linewidth(), n) > 0))
    sizes = collection.get_sizes() if hasattr(collection, "get_sizes") else ()
    return seen & (np.resize(sizes, n) > 0) if len(sizes) else seen


def _is_painted(patch: Drawn) -> bool:
    edge = patch.get_linewidth() > 0 and patch.get_edgecolor()[3] > 0
    return bool(edge or (patch.get_fill() and patch.get_facecolor()[3] > 0))


def _is_collection(artist: Drawn) -> bool:
    return isinstance(artist, collections.Collection) and not isinstance(artist, NO_MARKS)


def _is_placed(collection: Drawn) -> bool:
    """Tell whether the collection puts its marks at points of the data, as a scatter does."""
    ax = collection.axes
    return ax is not None and collection.get_offset_transform().contains_branch(ax.transData)


def _offsets(ax: Axes, collection: Drawn) -> Array:
    points = np.ma.filled(np.ma.asarray(collection.get_offsets(), dtype=np.float64), np.nan)
    seen = _seen(collection, len(points)) & np.isfinite(points).all(axis=1)
    return _in_data(ax, points[seen], collection.get_offset_transform())


def _in_data(ax: Axes, points: Any, transform: Transform) -> Array:
    place: Array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if transform is not ax.transData:
        place = ax.transData.inverted().transform(transform.transform(place))
    return place


def _crosses(ax: Axes, line: Drawn) -> bool:
    """Tell whether it goes from edge to edge of the axes: axhline, axvspan, axline."""
    if isinstance(line, AxLine):
        return True
    # By identity: asking the transform itself fails on logarithmic axes.
    own = getattr(line, "get_data_transform", line.get_transform)()
    edges = (ax.get_xaxis_transform(which="grid"), ax.get_yaxis_transform(which="grid"))
    return any(own is edge for edge in edges)


def _is_open(path: Any) -> bool:
    outline = path.vertices
    return path.CLOSEPOLY not in (path.codes if path.codes is not None else ()) and not (
        len(outline) > 2 and np.allclose(outline[0], outline[-1])
    )


def _unbroken(points: Array) -> list[Array]:
    """Return the stretches between the points that are not finite."""
    finite = np.isfinite(points).all(axis=1)
    breaks = np.flatnonzero(~finite)
    stretches = (part[np.isfinite(part).all(axis=1)] for part in np.split(points, breaks))
    return [stretch for stretch in stretches if len(stretch) > 1]


def _between_marks(points: Array, spots: Array) -> list[tuple[int, int]]:
    """Return the first and last index of each part of a line between the marks it goes through."""
    stops = [0, len(points) - 1]
    if len(points) > 2 and len(spots):
        away = np.abs(points[1:-1, None] - spots).max(axis=2).min(axis=1)
        stops = [0, *(np.flatnonzero(away < SAME_SPOT) + 1).tolist(), len(points) - 1]
    return list(pairwise(stops))


def _same_points(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.allclose(one, other)


def _point(point: Array) -> Point:
    return float(point[0]), float(point[1])


def _words(line: str) -> list[str]:
    line = unicodedata.normalize("NFKC", line)
    line = re.sub(r"\\(?:rm|bf|it|cal|tt|sf|mathdefault)\b|\\[a-zA-Z]+\s*(?=\{)|[{}$]", "", line)
    line = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", line)  # MSELoss
    return re.findall(r"[^\W\d_]+|\d+", line.casefold())


def _joined(words: list[str]) -> str:
    """Return the words as one, so that "ReLU" and "crossentropy" may be written in any way."""
    return re.sub(r"(?<!\d) | (?!\d)", "", " ".join(words))
