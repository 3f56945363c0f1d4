"""Figures hold the right data in the right places, texts keep apart, and files are always the same bytes."""

import sys
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib import rc_context, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from PIL import Image
from scipy import stats

from papers import BENCHMARKS, METHODS
from zhyper.evaluate._plots import (
    Bar,
    Point,
    bars_plot,
    critical_difference_diagram,
    loss_curves,
    map_plot,
    pareto_front,
    pareto_plot,
    save,
    similarity_plot,
)
from zhyper.evaluate._statistics import critical_difference, mean_ranks, nemenyi

LONG = (
    "default checkpoint, matching description", "another task's description", "random letters as description",
    "empty description",
    "multi-task LoRA of the same size, data and steps", "base, bare input", "base, description in the prompt",
    "base, three solved examples as turns", "T2L (SFT) L, r = 16", "Hyperdecoders",
    "Zhyper-square on LoRA-XS, r = 32", "_$x$_$y$",
    "an average over all of the thirty-two task LoRAs, which is a name so long that nobody could ever read "
    "it to its very end",
    "oneverylongwordwithoutanyspacetobreakitat", "WWWWWW WWWWWW WWWWWWWW WWWW WWWWWWWWWWWW",
)  # fmt: skip
POINTS = [
    Point(name="MTL", parameters=3_407_872, value=65.4, low=64.8, high=66.1),
    Point(name="Zhyper", parameters=4_207_632, value=65.9, low=65.0, high=66.5),
    Point(name="T2L", parameters=55_424_000, value=66.7),
    Point(name="T2L, r = 32", parameters=219_000_000, value=64.3, low=64.3, high=65.0),
]


def scores(data_sets=12, methods=15):
    rng = np.random.default_rng(1)
    return rng.normal(size=(data_sets, methods)) + np.linspace(0, 3, methods)[rng.permutation(methods)]


def similarities(n=17):
    rng = np.random.default_rng(0)
    first = rng.normal(size=(n, 5))
    second = first + rng.normal(size=first.shape)
    return tuple(x @ x.T for x in (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (first, second)))


def rows():
    return [
        Bar(name=name, value=3.0 * i - 5, low=3.0 * i - 6, high=3.0 * i - 4.5) for i, name in enumerate(LONG)
    ]


def cloud(labels, each=5):
    """So many points of each label, on a grid."""
    rng = np.random.default_rng(0)
    centres = np.array([(i % 8, i // 8) for i in range(labels)])
    return np.repeat(centres, each, axis=0) + 0.05 * rng.normal(size=(labels * each, 2)), [
        f"task {i}" for i in range(labels)
    ]


def draw_map(labels=13, groups=False):
    spots, names = cloud(labels)
    names = [name for name in names for _ in range(5)]
    return map_plot(spots, names, [f"family {int(name[5:]) % 6}" for name in names] if groups else None)


FIGURES = {
    "critical differences": lambda: critical_difference_diagram(
        LONG,
        mean_ranks(scores()),
        p_values=nemenyi(scores()),
        critical_difference=critical_difference(15, 12),
    ),
    "pareto": lambda: pareto_plot(POINTS, score="accuracy / %", lines={"base": 55.8}),
    "map": draw_map,
    "map with groups": lambda: draw_map(groups=True),
    "similarity": lambda: similarity_plot(*similarities()),
    "many similarities": lambda: similarity_plot(*similarities(47)),
    "loss": lambda: loss_curves(
        {name: [(10 * i, 5.0 / (i + 1 + k)) for i in range(30)] for k, name in enumerate(LONG)}
    ),
    "bars": lambda: bars_plot(rows(), score="exact match / %", lines={"chance": 25.0, LONG[4]: 30.0}),
}


def drawn(figure, label):
    """The data [points, 2] of all lines with that label, in the order they were drawn."""
    return [line.get_xydata() for line in figure.axes[0].lines if line.get_label() == label]


def assert_texts_keep_apart(figure):
    """Every text lies inside the figure and outside every other."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    axes, renderer = figure.axes[0], canvas.get_renderer()
    texts = [
        *axes.texts,
        axes.xaxis.label,
        axes.yaxis.label,
        axes.title,
        *(t for legend in figure.legends for t in legend.get_texts()),
    ]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [
            tick.label1
            for tick in axis.get_major_ticks()
            if low <= tick.get_loc() <= high and tick.label1.get_visible()
        ]
        texts += [
            tick.label2
            for tick in axis.get_major_ticks()
            if low <= tick.get_loc() <= high and tick.label2.get_visible()
        ]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    assert len(boxes) > 3
    for text, box in boxes:
        assert 0 <= box.x0 and box.x1 <= figure.bbox.width and 0 <= box.y0 and box.y1 <= figure.bbox.height, (
            f"'{text}' is cut"
        )
    for (one, a), (other, b) in combinations(boxes, 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(overlap) < 1, f"'{one}' lies on '{other}'"


@pytest.mark.parametrize("name", FIGURES)
def test_texts_keep_apart(name):
    assert_texts_keep_apart(FIGURES[name]())


@pytest.mark.parametrize("name", sorted(set(FIGURES) - {"map"}))  # the map with groups holds all that it does
def test_files_are_the_same_bytes_whoever_saves_them(name, tmp_path):
    before = dict(rcParams)
    figure = FIGURES[name]()
    svg, png = save(figure, tmp_path / "new" / "figure v1.2")
    assert (svg, png) == (tmp_path / "new" / "figure v1.2.svg", tmp_path / "new" / "figure v1.2.png")
    first = svg.read_bytes(), png.read_bytes()
    assert ElementTree.fromstring(first[0]).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"dc:date" not in first[0] and b"Matplotlib v" not in first[0] and b"Software" not in first[1]
    with Image.open(png) as image:
        image.load()
        assert image.size[0] == 1200
        assert len(np.unique(np.asarray(image))) > 20
    save(figure, tmp_path / "new" / "figure v1.2")
    assert (svg.read_bytes(), png.read_bytes()) == first
    assert dict(rcParams) == before
    with rc_context(
        {
            "font.size": 23,
            "svg.fonttype": "none",
            "svg.hashsalt": "x",
            "axes.facecolor": "red",
            "savefig.dpi": 50,
        }
    ):
        others = save(FIGURES[name](), tmp_path / "other")
    assert tuple(file.read_bytes() for file in others) == first
    assert sorted(file.name for file in tmp_path.rglob("*")) == [
        "figure v1.2.png",
        "figure v1.2.svg",
        "new",
        "other.png",
        "other.svg",
    ]


def test_a_failed_save_leaves_nothing_half_done(tmp_path):
    figure = FIGURES["similarity"]()
    (tmp_path / "figure.svg").mkdir()
    with pytest.raises(OSError, match="figure.svg"):
        save(figure, tmp_path / "figure")
    assert [file.name for file in tmp_path.iterdir()] == ["figure.svg"]


def test_without_matplotlib_the_error_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RuntimeError, match=r"pip install 'zhyper\[evaluate\]'"):
        bars_plot(rows(), score="exact match / %")


def test_ranks_names_bars_and_ruler_of_the_diagram():
    names, ranks = ["c", "a", "d", "b"], [3.0, 1.25, 3.75, 2.0]
    figure = critical_difference_diagram(names, ranks, critical_difference=1.5)
    assert {tuple(line[:, 0]) for line in drawn(figure, "group")} == {(1.25, 2.0), (2.0, 3.0), (3.0, 3.75)}
    assert len({line[0, 1] for line in drawn(figure, "group")}) == 2  # the first and the last share a row
    assert sorted(dot.get_offsets()[0][0] for dot in figure.axes[0].collections) == sorted(ranks)
    ends = {label: drawn(figure, label)[0] for label in ("a (1.25)", "b (2.00)", "c (3.00)", "d (3.75)")}
    assert {label: line[-1].tolist() for label, line in ends.items()} == {
        "a (1.25)": [1.25, 0], "b (2.00)": [2.0, 0], "c (3.00)": [3.0, 0], "d (3.75)": [3.75, 0]
    }  # fmt: skip
    assert [line[0, 0] for line in ends.values()] == [1, 1, 4, 4]  # better half on the left
    a, b, c, d = (line[0, 1] for line in ends.values())
    assert a > b and d > c  # the outermost on top, so that no line crosses another
    labels = {text.get_text(): text for text in figure.axes[0].texts if text.get_text() in ends}
    for label, text in labels.items():
        assert list(text.get_position()) == ends[label][0].tolist()
        assert text.get_horizontalalignment() == ("left" if text.get_position()[0] == 4 else "right")
    assert drawn(figure, "ruler")[0][:, 0].tolist() == [1, 2.5]
    assert any("1.50" in text.get_text() for text in figure.axes[0].texts)


def test_dollar_signs_are_no_mathematics():
    names = ["$x$", "_$y$_"]
    figure = critical_difference_diagram(names, [1, 2], critical_difference=1)
    assert not any(text.get_parse_math() for text in figure.axes[0].texts)
    legend = loss_curves({name: [(0, 1.0)] for name in names}).legends[0]
    assert [(text.get_text(), text.get_parse_math()) for text in legend.get_texts()] == [
        (name, False) for name in names
    ]


def test_groups_come_from_the_p_values_where_they_are_given():
    p_values = np.array([[1, 0.01, 0.5], [0.01, 1, 0.01], [0.5, 0.01, 1]])
    figure = critical_difference_diagram(["a", "b", "c"], [1, 2, 3], p_values=p_values, critical_difference=9)
    assert [line[:, 0].tolist() for line in drawn(figure, "group")] == [
        [1, 3]
    ]  # b lies between, but has no dot


SYMMETRIC = st.integers(2, 6).flatmap(
    lambda k: hnp.arrays(float, (k, k), elements=st.sampled_from([0.0, 0.01, 0.05, 0.2, 1.0])).map(
        lambda a: np.maximum(a, a.T)
    )
)


def groups_of(p_values, alpha=0.05):
    """The groups that the bars connect, by the numbers of the methods."""
    k = len(p_values)
    figure = critical_difference_diagram(
        [f"m{i}" for i in range(k)], range(k), p_values=p_values, alpha=alpha
    )
    return sorted(tuple(map(int, line[:, 0])) for line in drawn(figure, "group"))


@settings(deadline=None, max_examples=15)
@given(SYMMETRIC)
def test_groups_are_all_maximal_groups(p_values):
    k = len(p_values)
    alike = [
        set(group) for size in range(2, k + 1) for group in combinations(range(k), size)
        if all(p_values[i, j] >= 0.05 for i, j in combinations(group, 2))
    ]  # fmt: skip
    expected = sorted(tuple(sorted(group)) for group in alike if not any(group < other for other in alike))
    assert groups_of(p_values) == expected


def test_many_methods_that_do_not_differ_are_one_group_at_once():
    assert groups_of(np.ones((61, 61))) == [tuple(range(61))]


def test_the_papers_groups():
    named = [{METHODS[i] for i in group} for group in groups_of(nemenyi(BENCHMARKS))]
    trained = {"multi-task LoRA", "T2L", "Zhyper"}
    assert {"base", "description prepended", "3-shot"} in named
    assert any(trained <= group for group in named)
    assert not any({"T2L", "base"} <= group for group in named)


@settings(deadline=None, max_examples=10)
@given(
    hnp.arrays(float, st.tuples(st.integers(2, 9), st.integers(3, 6)), elements=st.integers(0, 5).map(float))
)
def test_a_critical_difference_and_its_p_values_draw_the_same_groups(table):
    ranks, k, n = mean_ranks(table), table.shape[1], table.shape[0]
    one = critical_difference_diagram("abcdef"[:k], ranks, critical_difference=critical_difference(k, n))
    other = critical_difference_diagram("abcdef"[:k], ranks, p_values=nemenyi(table))
    for a, b in zip(drawn(one, "group"), drawn(other, "group"), strict=True):
        np.testing.assert_array_equal(a, b)


points = st.builds(
    lambda i, parameters, value: Point(name=f"p{i}", parameters=parameters, value=float(value)),
    st.integers(0, 9), st.integers(1, 6), st.integers(0, 6),
)  # fmt: skip


@given(st.lists(points, max_size=12))
def test_the_front_is_what_no_point_beats(given):
    def beats(a, b):
        return (
            a.parameters <= b.parameters
            and a.value >= b.value
            and (a.parameters, a.value) != (b.parameters, b.value)
        )

    front = pareto_front(given)
    expected = [point for point in given if not any(beats(other, point) for other in given)]
    assert sorted(map(str, front)) == sorted(map(str, expected))
    assert [point.parameters for point in front] == sorted(point.parameters for point in front)


def test_points_intervals_and_front_of_the_pareto_plot():
    figure = pareto_plot(POINTS, score="accuracy / %", lines={"base": 55.8, "3-shot": 61.0})
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    for point in POINTS:
        (spot,) = drawn(figure, point.name)
        assert spot.tolist() == [[point.parameters, point.value]]
    with_interval = [point for point in POINTS if point.low is not None]
    assert [line.tolist() for line in drawn(figure, "interval")] == [
        [[p.parameters, p.low], [p.parameters, p.high]] for p in with_interval
    ]  # fmt: skip
    front = drawn(figure, "front")[0]
    assert front[:3].tolist() == [[p.parameters, p.value] for p in POINTS[:3]]
    assert front[3].tolist() == [axes.get_xlim()[1], 66.7]
    assert [line[0, 1] for line in drawn(figure, "line")] == [55.8, 61.0]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [
        *(p.name for p in POINTS),
        "Pareto front",
        "base",
        "3-shot",
    ]
    assert len(
        {line.get_marker() for line in axes.lines if line.get_label() in {p.name for p in POINTS}}
    ) == len(POINTS)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trainable parameters", "accuracy / %")
    FigureCanvasAgg(figure).draw()
    assert "50M" in [label.get_text() for label in axes.get_xticklabels()]


@pytest.mark.parametrize("parameters", [(1,), (7, 900), (5, 10**12)])
def test_parameters_of_any_size_are_labelled(parameters):
    figure = pareto_plot(
        [Point(name=str(p), parameters=p, value=1.0) for p in parameters], score="accuracy / %"
    )
    assert_texts_keep_apart(figure)


def test_sixty_tasks_look_different_and_have_their_numbers():
    spots, names = cloud(60)
    figure = draw_map(60)
    assert_texts_keep_apart(figure)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert list(lines) == names
    for i, name in enumerate(names):
        np.testing.assert_array_equal(lines[name].get_xydata(), spots[5 * i : 5 * i + 5])
    assert (
        len({(line.get_color(), line.get_marker(), line.get_markerfacecolor()) for line in lines.values()})
        == 60
    )
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        f"{i + 1} {name}" for i, name in enumerate(names)
    ]
    for i, text in enumerate(figure.axes[0].texts):  # the number is tied to a point of its task
        assert text.get_text() == str(i + 1)
        assert list(text.xy) in spots[5 * i : 5 * i + 5].tolist()
        assert np.linalg.norm(np.array(text.get_position()) - text.xy) < 0.5  # tasks lie 1 apart


def test_groups_share_a_colour_below_their_heading():
    figure = map_plot(
        [[0, 0], [1, 1], [2, 0], [3, 3], [4, 4]],
        ["a", "b", "c", "a", "d"],
        ["x", "y", "x", "x", "y"],
        method="PCA",
    )
    of = {line.get_label(): line for line in figure.axes[0].lines}
    assert of["a"].get_xydata().tolist() == [[0, 0], [3, 3]]
    colours = {name: to_hex(of[name].get_color()) for name in "abcd"}
    assert colours["a"] == colours["c"] != colours["b"] == colours["d"]
    assert of["a"].get_marker() != of["c"].get_marker()
    texts = figure.legends[0].get_texts()
    assert [text.get_text() for text in texts] == ["x", "1 a", "2 c", "y", "3 b", "4 d"]
    assert [text.get_weight() for text in texts] == ["bold", "normal", "normal"] * 2
    assert figure.axes[0].get_xlabel().startswith("PCA")


def test_one_point_is_a_map():
    assert_texts_keep_apart(map_plot([[2.0, 3.0]], ["alone"]))


def test_each_pair_is_a_point_with_its_correlation():
    first, second = similarities()
    figure = similarity_plot(first, second)
    x, y = (np.array([s[i, j] for i, j in combinations(range(17), 2)]) for s in (first, second))
    np.testing.assert_array_equal(drawn(figure, "pairs")[0], np.stack([x, y], axis=1))
    assert f"ρ = {stats.spearmanr(x, y).statistic:.2f} over 136 pairs" in figure.axes[0].get_title(loc="left")
    slope, intercept = np.polyfit(x, y, 1)
    ends = drawn(figure, "trend")[0]
    np.testing.assert_allclose(ends[:, 0], [x.min(), x.max()])
    np.testing.assert_allclose(ends[:, 1], intercept + slope * ends[:, 0])
    np.testing.assert_array_equal(drawn(similarity_plot(x, y), "pairs")[0], drawn(figure, "pairs")[0])


def test_curves_are_in_order_of_steps_and_told_apart_without_colour():
    curves = {f"run {i}": [(20, 1.0 + i), (0, 3.0 + i), (10, float("nan")), (30, 0.5)] for i in range(11)}
    figure = loss_curves(curves, loss="L1 / 1")
    for name in curves:
        np.testing.assert_array_equal(drawn(figure, name)[0], sorted(curves[name]))
    assert len({(line.get_linestyle(), line.get_marker()) for line in figure.axes[0].lines}) == 11
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("training step", "L1 / 1")


def test_bars_stand_at_their_names_with_intervals_and_numbers():
    figure = bars_plot(
        [*rows(), Bar(name="none", value=-4.26)], score="gain / points", lines={"chance": 25.0}
    )
    axes = figure.axes[0]
    bars = axes.patches
    assert [bar.get_width() for bar in bars] == [row.value for row in rows()] + [-4.26]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in bars]
    np.testing.assert_allclose(middles, axes.get_yticks())
    assert middles == sorted(middles) and axes.get_ylim()[0] > axes.get_ylim()[1]  # the first is on top
    assert [line[:, 0].tolist() for line in drawn(figure, "interval")] == [
        [row.low, row.high] for row in rows()
    ]
    np.testing.assert_allclose(
        [line[:, 1] for line in drawn(figure, "interval")], np.array([middles[:-1]] * 2).T
    )
    assert axes.texts[0].get_text() == "-5.0 [-6.0, -4.5]" and axes.texts[-1].get_text() == "-4.3"
    assert drawn(figure, "line")[0][0, 0] == 25
    assert figure.legends[0].get_texts()[0].get_text() == "chance"
    shown = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert shown[0] == LONG[0] and shown[12].endswith("…") and LONG[12].startswith(shown[12][:-1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Bar(name="a", value=1, low=0), "both ends of the interval"),
        (lambda: Bar(name="a", value=1, low=2, high=1), "in order"),
        (lambda: Bar(name="a", value=float("nan")), "finite"),
        (lambda: Point(name="base", value=1, parameters=0), "'base' has 0 parameters.*`lines`"),
        (lambda: Point(name="a", value=1, parameters=1, high=2), "both ends"),
        (lambda: pareto_plot([], score="s"), "no points were given"),
        (lambda: bars_plot([], score="s"), "no rows were given"),
        (lambda: critical_difference_diagram(["a"], [1], critical_difference=1), "two or more"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2, 3], critical_difference=1),
         "a rank for each name"),
        (lambda: critical_difference_diagram(["a", "b"], [1, np.nan], critical_difference=1),
         "a rank for each name"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2]),
         "neither p values nor a critical difference"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2], critical_difference=-1), "is -1, but"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2], p_values=np.ones((3, 3))),
         r"shape \[3, 3\]"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2], p_values=[[1, 0.5], [0.4, 1]]),
         "a row for each name, symmetric"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2], p_values=[[1, np.nan], [np.nan, 1]]),
         "without NaN"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2], p_values=np.ones((2, 3))),
         r"shape \[2, 3\]"),
        (lambda: critical_difference_diagram(["a", "b"], [1, 2], p_values=np.ones((2, 2)), alpha=0),
         "alpha is 0"),
        (lambda: map_plot([[1, 2]], ["a", "b"]), r"shape \[1, 2\] and 2 labels"),
        (lambda: map_plot([[1, np.inf]], ["a"]), "finite"),
        (lambda: map_plot([], []), "0 labels"),
        (lambda: map_plot([[1, 2]], ["a"], ["x", "y"]), "1 labels and 2 groups"),
        (lambda: map_plot([[1, 2], [3, 4]], ["a", "a"], ["x", "y"]), "'a' is in more than one group"),
        (lambda: similarity_plot([1, 2, 3], [1, 2]), "3 and 2 pairs were given"),
        (lambda: similarity_plot([1, 2, 3], [1, 1, 1]), "not all alike"),
        (lambda: similarity_plot(np.eye(2), np.eye(2)), "1 and 1 pairs"),
        (lambda: similarity_plot(np.triu(np.ones((3, 3))), np.eye(3)),
         "description similarities have the shape .* symmetric"),
        (lambda: similarity_plot([1, 2, 3], [1, np.nan, 3]), "adapter similarities .* finite"),
        (lambda: loss_curves({}), "at least one curve"),
        (lambda: loss_curves({"a": [(0, 1.0)], "b": []}), r"without a finite loss: \['b'\]"),
        (lambda: loss_curves({"a": [(0, float("nan"))]}), "without a finite loss"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
