"""What the figures have in common."""

import html
import itertools
import re
from xml.etree import ElementTree

import pandas as pd
import pytest

from beyondtext.report import plots, sections
from beyondtext.report.section import Figure

CROWDS = [
    [],
    [0.5],
    [0.1, 0.5, 0.9],
    [0.5, 0.5, 0.5],
    [0.97, 0.98, 0.99, 1.0],
    [0.0, 0.01, 0.5, 0.99, 1.0, 1.0],
    [0.0, 0.4, 0.41, 0.42],
    [1.2, 1.3],
]
APART = 0.085


@pytest.mark.parametrize("heights", CROWDS)
def test_no_two_labels_are_closer_than_the_distance_and_none_is_too_high(heights):
    moved = plots.spread(heights, APART, 1.0)
    assert len(moved) == len(heights)
    assert all(high - low >= APART - 1e-12 for low, high in itertools.pairwise(moved))  # which also keeps the order
    assert max(moved, default=0) <= 1


def test_labels_move_only_if_they_must():
    assert plots.spread([0.1, 0.5, 0.9], APART, 1.0) == [0.1, 0.5, 0.9]
    # The two at the top make room for each other; the others stay where their lines end.
    assert plots.spread([0.1, 0.5, 0.99, 1.0], APART, 1.0) == pytest.approx([0.1, 0.5, 1 - APART, 1.0])
    assert plots.spread([0.1, 0.12, 0.9], APART, 1.0) == pytest.approx([0.1, 0.1 + APART, 0.9])


@pytest.fixture
def axis():
    plt = plots.pyplot()
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def test_labels_of_line_ends_are_in_the_order_and_the_colours_of_the_lines(axis):
    axis.set_ylim(0, 2)
    plots.label_ends(axis, [(1.9, "top", "red"), (0.3, "bottom", "blue"), (1.89, "below the top", "green")])
    notes = sorted(axis.texts, key=lambda note: note.xy[1])
    assert [(note.get_text(), note.get_color()) for note in notes] == [
        *(("bottom", "blue"), ("below the top", "green"), ("top", "red")),
    ]
    heights = [note.xy[1] for note in notes]
    assert heights[0] == 0.3 and heights[2] - heights[1] == pytest.approx(2 * APART)
    assert all(note.xy[0] > 1 for note in notes)  # right of the axis


def test_drawn_labels_do_not_overlap(axis):
    axis.figure.set_size_inches(4.9, 2.6)  # a panel of the learning curves
    axis.set_ylim(0, 1)
    with plots.pyplot().rc_context(plots.STYLE):
        plots.label_ends(axis, [(height, "label", "black") for height in (0.5, 0.5, 0.51, 1.0, 1.0)])
    axis.figure.canvas.draw()
    boxes = sorted((note.get_window_extent() for note in axis.texts), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in itertools.pairwise(boxes))


def test_an_axis_without_lines_has_no_labels(axis):
    plots.label_ends(axis, [])
    assert not axis.texts


def test_verticals_have_the_short_names_of_the_baselines(axis):
    plots.named_verticals(axis, [0.5, 0.75], ["trivial", "kmer"])
    assert [line.get_xdata()[0] for line in axis.lines] == [0.5, 0.75]
    assert [(note.get_text(), note.xy[0]) for note in axis.texts] == [("trivial", 0.5), ("n-grams", 0.75)]


@pytest.mark.parametrize(("scores", "sides"), [((0.5, 0.55), ["right", "left"]), ((0.6, 0.2), ["center", "center"])])
def test_the_names_of_near_verticals_are_side_by_side(axis, scores, sides):
    axis.set_xlim(0, 1)
    plots.named_verticals(axis, scores, ["trivial", "kmer"])
    assert [note.get_ha() for note in axis.texts] == sides


def test_panels_are_titled_and_those_left_over_are_switched_off():
    tasks = ["splice", "gb1", "amp"]
    with plots.labelled_panels(tasks, (2, 2), 5) as (figure, panels):
        assert [task for task, _ in panels] == tasks
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == ["Splice junctions", "GB1 binding", "Antimicrobial peptides", ""]
    assert [axis.axison for axis in figure.axes] == [True, True, True, False]
    assert not figure.legends
    plots.pyplot().close(figure)


def test_rows_of_one_kind_share_a_line_style():
    table = pd.DataFrame({"model": ["a", "b", "a"], "rate": ["fixed", "fixed", "fixed"]})
    style = plots.line_styles(table, ["model", "rate"])
    first, second, again = (style(row) for row in table.to_dict("records"))
    assert first == again != second


def test_an_interval_point_without_an_interval_is_only_a_point(axis):
    plots.interval_point(axis, 0, (0.5, float("nan"), float("nan")), "red", "o")
    plots.interval_point(axis, 1, (0.5, 0.4, 0.7), "red", "o")
    assert [len(line.get_xdata()) for line in axis.lines] == [1, 2, 1]
    assert axis.lines[1].get_xdata().tolist() == [0.4, 0.7]


TITLES = ["$x^2$", r"costs $5 and \$6", r"$\frac{1}{0}", "$$", r"$\undefined{x}$", "a_b^c & <b> --> ]]>", "50 %", "\\"]
BROKEN = ["a\x1b[2Jb", "a\0b", "a\ufffeb", "two\nlines", "\x85", "a\u2028b"]


def test_titles_are_written_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(plots.text.definitions, "task", lambda name: {"title": name})

    def draw(tables, config, width):
        with plots.task_panels(TITLES, 2, width) as (figure, panels):
            for title, axis in panels:
                axis.plot([1, 10], [1, 2], label=f"{title} run")
                axis.set_xlabel(title)
                axis.annotate(title, (1, 1))
                axis.set_yticks([1, 2], [title, "b"])
        return figure

    plots.save(Figure("mine", draw, ()), {}, {}, tmp_path)
    svg = (tmp_path / "mine.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(svg)
    # Matplotlib writes the text that it draws into a comment, in which two hyphens may not follow each other.
    comments = [html.unescape(words) for words in re.findall("<!-- (.*?) -->", svg)]
    for title in TITLES:
        assert comments.count(title.replace("--", "- -")) == 4
        assert comments.count(f"{title} run".replace("--", "- -")) == 1


def test_control_characters_do_not_break_a_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(plots.text.definitions, "task", lambda name: {"title": name})

    def draw(tables, config, width):
        with plots.labelled_panels(BROKEN, (2, 1), width) as (figure, _):
            pass
        return figure

    plots.save(Figure("mine", draw, ()), {}, {}, tmp_path)
    for file in ("mine.svg", "mine.narrow.svg"):
        ElementTree.parse(tmp_path / file)  # which fails for what is not allowed in XML
    assert (tmp_path / "mine.png").stat().st_size > 0


def test_a_narrow_figure_has_fewer_panels_next_to_each_other():
    for width, columns in ((plots.WIDTH, 3), (plots.NARROW_WIDTH, 1), (1.0, 1)):
        figure, axes = plots.grid_of_axes(5, (2.9, 1), width)
        assert axes.shape[1] == columns
        assert figure.get_size_inches()[0] == pytest.approx(2.9 * columns)
        plots.pyplot().close(figure)


def width_of(path):
    """The width of an SVG file in points."""
    return float(ElementTree.parse(path).getroot().get("width").removesuffix("pt"))


def test_every_figure_of_the_page_fits_on_a_narrow_screen(either):
    for name in sections.figures(either.config):
        # With labels beside the panels.
        assert width_of(either.figures / f"{name}.narrow.svg") <= 1.25 * 72 * plots.NARROW_WIDTH
