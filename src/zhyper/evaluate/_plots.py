"""Figures of an evaluation: 6 inches wide, told apart by shape as well as by colour, always the same bytes.

Longer than other files, for all figures share one style, one set of keys and one legend. A RuntimeError says
where Matplotlib, or scikit-posthocs for ranks, is not installed.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np
import numpy.typing as npt

from zhyper.evaluate._extra import extra
from zhyper.evaluate._statistics import check_alpha, trend
from zhyper.files import replacing_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

P = ParamSpec("P")
Floats = npt.NDArray[np.float64]
WIDTH = 6.0
"""Of every figure, in inches."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette for all kinds of colour vision (2008), without its yellow, which is too pale on
white."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "p", ">", "*", "h")
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
GREY = "#555555"
LINE = 0.14
"""Height of a line of text, in inches."""
BAR = 0.13
"""Height of a row of bars, in inches."""
ELBOW = 0.25
"""From the outermost ranks to the names beside them, in ranks."""
LARGER = {"*": 1.5, "P": 1.25, "X": 1.25}
"""Shapes that look smaller than they are."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A named value with the ends of its interval, if it has one, in the unit of the axis it is drawn on.

    ValueError: only one end is given, the lower lies above the upper, or a number is not finite.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        ends = [end for end in (self.low, self.high) if end is not None]
        if len(ends) == 1 or ends != sorted(ends) or not np.isfinite([self.value, *ends]).all():
            raise ValueError(
                f"{self} was given, but needs finite numbers, and both ends of the interval in order or none"
            )


@dataclass(frozen=True, kw_only=True)
class Point(Bar):
    """A system's score with its interval, beside what it costs."""

    parameters: int
    """Trainable ones, at least 1 (ValueError), for they stand on a logarithmic axis."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parameters < 1:
            raise ValueError(
                f"'{self.name}' has {self.parameters} parameters; draw what trains nothing among the `lines`"
            )


def _style() -> AbstractContextManager[None]:
    """Matplotlib's own defaults with ours on top, whatever the user's settings are, within the block."""
    extra("matplotlib")
    ours = {
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.size": 8,
        "grid.color": "#dddddd",
        "legend.columnspacing": 1.2,
        "legend.frameon": False,
        "legend.handletextpad": 0.5,
        "legend.labelspacing": 0.3,
        "lines.linewidth": 1.4,
        "savefig.dpi": 200,
        "svg.hashsalt": "zhyper",
        "text.parse_math": False,  # a name with two dollar signs is a name
    }
    context: AbstractContextManager[None] = extra("matplotlib.style").context(["default", ours])
    return context


def _styled(plot: Callable[P, Figure]) -> Callable[P, Figure]:
    """The plot under our style, with its layout computed once: computed with each drawing, it would creep."""

    @functools.wraps(plot)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _style():
            figure = plot(*args, **kwargs)
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
            return figure

    return styled


def save(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write a figure as STEM.svg and STEM.png (200 dots per inch); a file appears whole or not at all.

    Neither file holds a date, a version or a random name, so that the same figure gives the same bytes.
    """
    stem = Path(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    svg, png = (stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png"))
    for path, names in ((svg, ("Date", "Creator")), (png, ("Software",))):
        with _style(), replacing_file(path) as scratch:
            figure.savefig(scratch, format=path.suffix[1:], metadata=dict.fromkeys(names))
    return svg, png


def _axes(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _inches(text: str, size: float = 8) -> float:
    """How wide the widest line of a text is."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font, measure = FontProperties(size=size), text_to_path.get_text_width_height_descent
    return float(max((measure(line, font, ismath=False)[0] for line in text.splitlines()), default=0.0)) / 72


def _wrap(text: str, inches: float, lines: int = 3, size: float = 8) -> str:
    """The text in at most so many lines of that width; a longer one ends in an ellipsis."""
    best = ""
    # Few letters are narrower than a 200th of an inch by size.
    for columns in range(max(1, min(len(text), int(inches * 200 / size))), 0, -1):
        cut = textwrap.wrap(text, columns, max_lines=lines, placeholder="…", break_on_hyphens=False)
        wrapped = "\n".join(cut)
        if best and (wrapped.split() != best.split() or wrapped.count("\n") > best.count("\n")):
            break
        if best or columns == 1 or _inches(wrapped, size) <= inches:
            best = wrapped  # and narrower, as long as the lines are no more: they get equally long
    return best


def _key(colour: int, shape: int, size: float = 6) -> dict[str, Any]:
    """How a point is drawn, one of 168 ways: 7 colours, 12 shapes, filled or hollow."""
    paint = COLOURS[colour % len(COLOURS)]
    marker, hollow = MARKERS[shape % len(MARKERS)], shape // len(MARKERS) % 2 == 1
    return {
        "color": paint,
        "marker": marker,
        "markersize": size * LARGER.get(marker, 1),
        "markerfacecolor": "white" if hollow else paint,
        "markeredgecolor": paint if hollow else "white",
        "markeredgewidth": 1.2 if hollow else 0.4,
    }


def _legend(figure: Figure, entries: Sequence[tuple[Any, str]], columns: int = 2, size: float = 8) -> Legend:
    """A legend below the axes in at least so many columns; the figure grows by its height."""
    dashed = any(handle.get_linestyle() != "None" for handle, _ in entries)
    length = 3.5 if dashed else 1.5
    keys = length * size / 72 + 0.3
    texts = [_wrap(name, WIDTH / columns - keys, size=size) for _, name in entries]
    columns = max(columns, min(5, int(WIDTH / (max(_inches(text, size) for text in texts) + keys))))
    rows = -(-len(texts) // columns)
    tall = sum(sorted((1 + text.count("\n") for text in texts), reverse=True)[:rows])  # no column is taller
    figure.set_figheight(figure.get_figheight() + 0.15 + (tall * 1.2 + rows * 0.3) * size / 72)
    look: dict[str, Any] = {"ncols": columns, "fontsize": size, "handlelength": length}
    return figure.legend([handle for handle, _ in entries], texts, loc="outside lower left", **look)


def _interval(axes: Axes, bar: Bar, at: float, upright: bool, colour: str) -> None:
    if bar.low is not None and bar.high is not None:
        ends, place = [bar.low, bar.high], [at, at]
        x, y, cap = (place, ends, "_") if upright else (ends, place, "|")
        axes.plot(x, y, color=colour, marker=cap, linewidth=1.2, label="interval")


def _lines(draw: Callable[..., Any], lines: Mapping[str, float]) -> list[tuple[Any, str]]:
    """Dashed lines across the axes, each with what the legend says of it."""
    dashes = {name: DASHES[1 + i % (len(DASHES) - 1)] for i, name in enumerate(lines)}
    return [
        (draw(value, color=GREY, linewidth=1.2, linestyle=dashes[name], label="line"), name)
        for name, value in lines.items()
    ]


@_styled
def critical_difference_diagram(
    names: Sequence[str],
    ranks: npt.ArrayLike,
    *,
    p_values: npt.ArrayLike | None = None,
    critical_difference: float | None = None,
    alpha: float = 0.05,
) -> Figure:
    """Mean ranks on a line, and a bar through every maximal group of methods of which no two differ.

    A bar has a dot for each member of its group. Methods are named with their mean ranks, the better half on
    the left. The diagram is that of scikit-posthocs (Demšar 2006, figure 1), with our ruler.

    Args:
        names: of K methods; up to 15 are read with ease. Of a long name three lines are shown.
        ranks: mean rank [K] of each; 1 is best.
        p_values: [K, K] of a test of all pairs, such as Nemenyi's; methods differ where p < alpha.
        critical_difference: drawn as a ruler; without `p_values`, methods nearer than this do not differ.
        alpha: level of significance of the groups.

    Raises:
        ValueError: arguments do not fit each other, or neither p values nor a difference was given.
    """
    place = np.asarray(ranks, dtype=np.float64)
    alike = _p_values(names, place, p_values, critical_difference, alpha)
    low, high = float(np.floor(place.min())), float(np.ceil(place.max()))
    labels = [f"{_wrap(name, 1.5)} ({rank:.2f})" for name, rank in zip(names, place, strict=True)]
    row = LINE * (1 + max(label.count("\n") for label in labels)) + 0.05
    figure, axes = _axes(1)
    drawn = _draw_groups(axes, place, alike, alpha)
    _name_methods(drawn, labels, row)
    # A row is as high as the highest name, and the sides are as wide as the widest.
    widths = [(text.get_ha(), _inches(text.get_text())) for text in drawn["labels"]]
    left, right = (
        0.15 + max((inches for at, inches in widths if at == side), default=0.0) for side in ("right", "left")
    )
    above, below = 0.45, row * (0.6 - min(text.get_position()[1] for text in drawn["labels"]))
    if critical_difference is not None:
        above, high = 0.75, max(high, low + critical_difference)
        axes.plot([low, low + critical_difference], [0.5 / row] * 2, color="black", marker="|", label="ruler")
        axes.text(low, 0.56 / row, f"critical difference {critical_difference:.2f}, α = {alpha:g}")
    axes.text((low + high) / 2, 0.26 / row, "mean rank (1 is best)", ha="center")
    axes.grid(False)
    axes.spines["top"].set_visible(True)
    axes.set(
        xlim=(min(low, place.min() - ELBOW), max(high, place.max() + ELBOW)),
        xticks=np.arange(low, high + 1e-9),
        ylim=(-below / row, above / row),
    )
    figure.set_layout_engine("none")
    figure.set_figheight(above + below)
    axes.set_position((left / WIDTH, 0, 1 - (left + right) / WIDTH, 1))
    return figure


def _draw_groups(
    axes: Axes, place: npt.NDArray[Any], alike: npt.NDArray[Any], alpha: float
) -> dict[str, Any]:
    """The diagram of scikit-posthocs: its labels, elbows and crossbars.

    Methods go by their numbers, for names may be alike, and sets of numbers have an order.
    """
    drawn: dict[str, Any] = extra("scikit_posthocs").critical_difference_diagram(
        dict(enumerate(place.tolist())),
        extra("pandas").DataFrame(alike),
        alpha=alpha,
        ax=axes,
        label_fmt_left="{label}",
        label_fmt_right="{label}",
        text_h_margin=ELBOW,
        elbow_props={"color": GREY, "linewidth": 0.8, "clip_on": False, "zorder": 1},
        marker_props={"color": "black", "s": 16, "clip_on": False},
        crossbar_props={
            "color": COLOURS[0],
            "linewidth": 3,
            "markersize": 5.5,
            "marker": "o",
            "label": "group",
        },
    )
    return drawn


def _name_methods(drawn: dict[str, Any], labels: Sequence[str], row: float) -> None:
    """Names take the numbers' places, and bars, which are lower than names, come closer together."""
    rows = {float(bar.get_ydata()[0]) for (bar,) in drawn["crossbars"]}
    for (bar,) in drawn["crossbars"]:
        bar.set_data(sorted(bar.get_xdata()), np.multiply(bar.get_ydata(), BAR / row))
    for text, elbow in zip(drawn["labels"], drawn["elbows"], strict=True):
        y = text.get_position()[1] + len(rows) * (1 - BAR / row)
        elbow.set(ydata=[y, y, 0], label=labels[int(text.get_text())])
        text.set(y=y, text=elbow.get_label(), color="black")


def _p_values(
    names: Sequence[str],
    ranks: Floats,
    p_values: npt.ArrayLike | None,
    difference: float | None,
    alpha: float,
) -> Floats:
    """The p values [K, K] by which methods differ; from a critical difference, 0 or 1."""
    check_alpha(alpha)
    if len(names) < 2 or ranks.shape != (len(names),) or not np.isfinite(ranks).all():
        raise ValueError(
            f"{len(names)} names and the ranks {ranks.tolist()} were given; give two or more, and a rank for "
            "each name"
        )
    if difference is not None and not 0 < difference < np.inf:
        raise ValueError(f"the critical difference is {difference}, but must be a positive number of ranks")
    if p_values is None:
        if difference is None:
            raise ValueError(
                "neither p values nor a critical difference was given; one of them makes the groups"
            )
        return np.where(np.abs(ranks[:, None] - ranks[None, :]) < difference, 1.0, 0.0)
    p = np.asarray(p_values, dtype=np.float64)
    if p.shape != (len(names), len(names)) or not np.array_equal(p, p.T):
        raise ValueError(
            f"{len(names)} names and p values of shape {list(p.shape)} were given; give a row for each name, "
            "symmetric without NaN"
        )
    return p


def pareto_front(points: Iterable[Point]) -> list[Point]:
    """The points that no other beats: none has as few parameters and as high a score, and one of them better.

    They come in order of their parameters. Scores are taken as they are; intervals play no part.
    """
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.parameters, -p.value)):
        best = front[-1] if front else None
        alike = best and (point.parameters, point.value) == (best.parameters, best.value)
        if best is None or alike or point.value > best.value:
            front.append(point)
    return front


@_styled
def pareto_plot(points: Sequence[Point], *, score: str, lines: Mapping[str, float] | None = None) -> Figure:
    """Trainable parameters, on a logarithmic axis, against score with its interval, and the Pareto front.

    Args:
        points: at least one (ValueError); a shape and a colour each.
        score: label of the vertical axis, with its unit; higher is better.
        lines: dashed level lines, for what trains nothing.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    if not points:
        raise ValueError("no points were given; a Pareto plot needs at least one")
    figure, axes = _axes(3.2)
    front, sizes = pareto_front(points), [point.parameters for point in points]
    reach = max(sizes) / min(sizes)
    edges = min(sizes) / max(1.3, reach**0.05), max(sizes) * max(1.3, reach**0.05)
    steps = [(p.parameters, p.value) for p in front] + [(edges[1], front[-1].value)]
    look: dict[str, Any] = {"where": "post", "color": GREY, "linewidth": 1, "zorder": 1}
    (drawn,) = axes.step(*zip(*steps, strict=True), label="front", **look)
    entries = []
    for i, point in enumerate(points):
        _interval(axes, point, point.parameters, upright=True, colour=COLOURS[i % len(COLOURS)])
        at: dict[str, Any] = {"linestyle": "none", "zorder": 3, **_key(i, i, 7)}
        entries += [(axes.plot(point.parameters, point.value, label=point.name, **at)[0], point.name)]
    entries += [(drawn, "Pareto front"), *_lines(axes.axhline, lines or {})]
    axes.set(xscale="log", xlim=edges, xlabel="trainable parameters", ylabel=score)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if reach < 1000 else (1,)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda count, _: _short(count)))
    _legend(figure, entries)
    return figure


def _short(count: float) -> str:
    """4,200,000 as 4.2M."""
    units = ((1e9, "B"), (1e6, "M"), (1e3, "k"), (0, ""))
    unit, sign = next(one for one in units if count >= one[0])
    return f"{count / (unit or 1):g}{sign}"


@_styled
def map_plot(
    coordinates: npt.ArrayLike,
    labels: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    method: str = "t-SNE",
) -> Figure:
    """Points in the plane, such as embeddings by t-SNE; labels have numbers, on the map and in the legend.

    A label has a colour and a shape of its own; with groups, colour tells the group and shape the label.

    Args:
        coordinates: [N, 2], in no unit.
        labels: of each of N points, such as its task; up to 60 different ones are read with ease.
        groups: of each of N points, such as its task's family; a label is in one group.
        method: how the coordinates were made, for the axes.

    Raises:
        ValueError: coordinates, labels and groups do not fit each other, or a coordinate is not finite.
    """
    spots = np.asarray(coordinates, dtype=np.float64)
    if not len(labels) or spots.shape != (len(labels), 2) or not np.isfinite(spots).all():
        raise ValueError(
            f"coordinates of shape {list(spots.shape)} and {len(labels)} labels were given, but must be "
            "finite, [points, 2], with one label each"
        )
    figure, axes = _axes(4.4)
    entries: list[tuple[Any, str]] = []
    headings: list[int] = []
    written: list[Floats] = []
    for family, (group, members) in enumerate(_families(labels, groups).items()):
        if groups is not None:
            headings.append(len(entries))
            entries.append((axes.plot([], [], linestyle="none", label="heading")[0], group))
        for member, label in enumerate(members):
            colour, shape = (family, member + family // len(COLOURS))
            if groups is None:
                colour, shape = member, member // len(COLOURS)
            mine = spots[np.array([other == label for other in labels])]
            (handle,) = axes.plot(*mine.T, linestyle="none", label=label, **_key(colour, shape, 5))
            entries.append((handle, f"{_number(axes, spots, mine, written)} {label}"))
    axes.set(xlabel=f"{method}, first axis (no unit)", ylabel=f"{method}, second axis (no unit)")
    axes.set_aspect("equal", adjustable="datalim")
    texts = _legend(figure, entries, columns=3, size=6.5).get_texts()
    for heading in headings:
        texts[heading].set_fontweight("bold")
    return figure


def _number(axes: Axes, spots: Floats, mine: Floats, written: list[Floats]) -> int:
    """Write the next number beside the middle one of some points, tied to it by a thin line, and return it.

    It goes where all `spots` [N, 2] and the numbers before leave room; its place is added to those `written`.
    """
    from matplotlib.patheffects import withStroke

    inch = max(float(np.ptp(spots, axis=0).max()), 1e-9) / 4  # about, in the coordinates' unit
    turns = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    around = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    middle = mine[np.square(mine - np.median(mine, axis=0)).sum(axis=1).argmin()]
    places = middle + inch * np.concatenate([0.11 * around, 0.18 * around])
    # The room of a place is its distance from the nearest point and the nearest number, up to a limit each.
    room = np.zeros(len(places))
    for others, limit in ((spots, 0.08), (np.reshape(written, (-1, 2)), 0.15)):
        distances = np.linalg.norm(places[:, None] - others[None], axis=2) / inch
        room += distances.min(axis=1, initial=limit)
    written.append(places[int(np.argmax(room))])
    line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0}
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.5, "zorder": 4, "arrowprops": line}
    edge = [withStroke(linewidth=1.8, foreground="white")]
    axes.annotate(str(len(written)), middle.tolist(), written[-1].tolist(), path_effects=edge, **look)
    return len(written)


def _families(labels: Sequence[str], groups: Sequence[str] | None) -> dict[str, list[str]]:
    """The labels of each group, both in their order; one group without a name where there are none."""
    families_of = [""] * len(labels) if groups is None else groups
    if len(families_of) != len(labels):
        raise ValueError(
            f"{len(labels)} labels and {len(families_of)} groups were given; give a group for each point"
        )
    families: dict[str, list[str]] = {}
    for label, group in dict.fromkeys(zip(labels, families_of, strict=True)):
        families.setdefault(group, []).append(label)
    in_families = [label for members in families.values() for label in members]
    if twice := [label for label in labels if in_families.count(label) > 1]:
        raise ValueError(f"label '{twice[0]}' is in more than one group; give each group labels of its own")
    return families


@_styled
def similarity_plot(description_similarity: npt.ArrayLike, adapter_similarity: npt.ArrayLike) -> Figure:
    """Pairs by how alike their descriptions and their adapters are, with their correlation and a line.

    No p value is shown: pairs that share a member are not independent, so it would be far too small.

    Args:
        description_similarity: cosines of the pairs [P], or of all members [N, N].
        adapter_similarity: the same of the adapters.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or a correlation is not defined.
    """
    x, y = _pairs(description_similarity, "description"), _pairs(adapter_similarity, "adapter")
    if len(x) != len(y) or len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        raise ValueError(
            f"{len(x)} and {len(y)} pairs were given; a correlation needs three or more each, not all alike"
        )
    figure, axes = _axes(3.6)
    many, alpha = len(x) > 1000, float(np.clip(800 / len(x), 0.1, 0.6))
    look: dict[str, Any] = {"color": COLOURS[0], "alpha": alpha, "markeredgewidth": 0, "rasterized": many}
    axes.plot(x, y, "o", markersize=2.5 if many else 4, label="pairs", **look)
    (slope, intercept, rho), ends = trend(x, y), np.array([x.min(), x.max()])
    axes.plot(ends, intercept + slope * ends, color=COLOURS[1], linestyle="--", linewidth=2, label="trend")
    axes.set(xlabel="cosine similarity of descriptions", ylabel="cosine similarity of adapters")
    axes.set_title(
        f"Spearman's ρ = {rho:.2f} over {len(x):,} pairs; dashed: least squares", loc="left", fontsize=8
    )
    return figure


def _pairs(similarity: npt.ArrayLike, what: str) -> Floats:
    """Similarities of pairs [P]; of a matrix [N, N] those above the diagonal."""
    values = np.asarray(similarity, dtype=np.float64)
    square = values.ndim == 2 and values.shape[0] == values.shape[1] and np.allclose(values, values.T)
    if not np.isfinite(values).all() or not (square or values.ndim == 1):
        raise ValueError(
            f"{what} similarities have the shape {list(values.shape)}, but must be finite numbers, [pairs] "
            "or symmetric [N, N]"
        )
    return values[np.triu_indices(len(values), 1)] if square else values


@_styled
def loss_curves(
    curves: Mapping[str, Sequence[tuple[int, float]]], *, loss: str = "cross-entropy / nats per token"
) -> Figure:
    """Loss over training steps, a line for each run with a colour, a dash and a shape of its own.

    A loss that is not finite leaves a gap.

    Args:
        curves: for each run's name its steps with their losses, in any order.
        loss: label of the vertical axis, with its unit.

    Raises:
        ValueError: there is no curve, or one has no finite loss.
    """
    empty = [name for name, curve in curves.items() if not np.isfinite([value for _, value in curve]).any()]
    if empty or not curves:
        raise ValueError(
            f"the curves are {list(curves)}, without a finite loss: {empty}; give at least one curve, and no "
            "empty one"
        )
    figure, axes = _axes(3.2)
    entries = []
    for i, (name, curve) in enumerate(curves.items()):
        steps, losses = zip(*sorted(curve), strict=True)
        # The curves' markers lie in different places.
        every = (i % 5 * len(steps) // 40, max(1, len(steps) // 8))
        look = {"linewidth": 1.1, "linestyle": DASHES[i % len(DASHES)], "markevery": every, **_key(i, i, 5)}
        entries += [(axes.plot(steps, losses, label=name, **look)[0], name)]
    axes.set(xlabel="training step", ylabel=loss)
    _legend(figure, entries)
    return figure


@_styled
def bars_plot(
    rows: Sequence[Bar], *, score: str, lines: Mapping[str, float] | None = None, digits: int = 1
) -> Figure:
    """Horizontal bars from zero in the order given, with intervals; the numbers stand on the right.

    Args:
        rows: at least one (ValueError).
        score: label of the horizontal axis, with its unit.
        lines: dashed lines across all bars, such as chance or a baseline.
        digits: after the decimal point of the numbers.
    """
    if not rows:
        raise ValueError("no rows were given; a bar plot needs at least one")
    names = [_wrap(row.name, 1.8) for row in rows]
    tall = np.array([LINE * (1 + name.count("\n")) + 0.08 for name in names])
    places = np.cumsum(tall) - tall / 2  # in inches, so that a name has the lines it needs
    figure, axes = _axes(float(tall.sum()) + 0.5)
    look: dict[str, Any] = {"height": 0.15, "color": COLOURS[5], "edgecolor": COLOURS[0]}
    axes.barh(places, [row.value for row in rows], label="bars", **look)
    axes.axvline(0, color="black", linewidth=0.8, label="zero")
    at: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "va": "center",
    }
    for row, place in zip(rows, places, strict=True):
        _interval(axes, row, float(place), upright=False, colour="black")
        text = f"{row.value:.{digits}f}"
        if row.low is not None and row.high is not None:
            text += f" [{row.low:.{digits}f}, {row.high:.{digits}f}]"
        axes.annotate(text, (1, place), (6, 0), annotation_clip=False, **at)
    entries = _lines(axes.axvline, lines or {})
    axes.set(ylim=(tall.sum(), 0), xlabel=score)
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    if entries:
        _legend(figure, entries)
    return figure
