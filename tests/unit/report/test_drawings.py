"""Small drawings of intervals: valid SVG, on one scale, without a style of their own."""

import re
from xml.etree import ElementTree

import pytest

from beyondtext.report.drawings import MARGIN, WIDTH, IntervalDrawings

NAN = float("nan")


def elements(drawing, name):
    """The elements of a drawing with a class name."""
    return [element for element in ElementTree.fromstring(drawing) if element.get("class") == name]


def place(drawing, name):
    [element] = elements(drawing, name)
    return float(element.get("cx") or element.get("x1"))


def test_the_numbers_span_the_width_and_zero_is_on_the_scale():
    drawing = IntervalDrawings([0.1, 0.4]).draw(0.2, 0.1, 0.4, [0.15, 0.25], "higher")
    assert place(drawing, "zero") == MARGIN
    [bar] = elements(drawing, "bar")
    assert float(bar.get("x2")) == WIDTH - MARGIN
    quarter = (WIDTH - 2 * MARGIN) / 4
    assert float(bar.get("x1")) == pytest.approx(MARGIN + quarter, abs=0.05)
    assert place(drawing, "mean") == pytest.approx(MARGIN + 2 * quarter, abs=0.05)
    seeds = [float(seed.get("cx")) for seed in elements(drawing, "seed")]
    assert seeds == pytest.approx([MARGIN + 1.5 * quarter, MARGIN + 2.5 * quarter], abs=0.05)


def test_the_rows_of_a_table_share_a_scale():
    drawings = IntervalDrawings([-0.2, 0.1, 0.3, NAN])
    rows = [drawings.draw(mean, NAN, NAN, [], "unknown") for mean in (-0.2, 0.1, 0.3)]
    assert len({place(row, "zero") for row in rows}) == 1
    lowest, middle, highest = (place(row, "mean") for row in rows)
    assert lowest == MARGIN and highest == WIDTH - MARGIN
    assert middle - lowest == pytest.approx(0.6 * (highest - lowest), abs=0.1)


def test_negative_numbers_alone_have_zero_on_their_right():
    drawing = IntervalDrawings([-0.2, -0.1]).draw(-0.2, -0.2, -0.1, [], "lower")
    assert place(drawing, "zero") == WIDTH - MARGIN > place(drawing, "mean")


def test_without_an_interval_there_is_no_bar():
    drawing = IntervalDrawings([0.1]).draw(0.1, NAN, NAN, [0.1, 0.1], "unknown")
    assert elements(drawing, "bar") == [] and len(elements(drawing, "seed")) == 2


@pytest.mark.parametrize("numbers", [[], [0.0], [NAN]])
def test_nothing_but_zero_can_be_drawn(numbers):
    drawing = IntervalDrawings(numbers).draw(0.0, 0.0, 0.0, [0.0], "small")
    assert place(drawing, "mean") == place(drawing, "zero") == MARGIN


def test_a_drawing_is_hidden_from_screen_readers_and_has_only_classes():
    drawing = IntervalDrawings([0.1]).draw(0.1, 0.05, 0.2, [0.1], "maybe_higher")
    svg = ElementTree.fromstring(drawing)
    assert (svg.get("aria-hidden"), svg.get("class")) == ("true", "interval maybe_higher")
    assert not re.search(r"style|script|href|url\(|<text|fill=|stroke=", drawing)


def test_a_kind_is_escaped():
    assert '"' not in IntervalDrawings([]).draw(0, 0, 0, [], '"><b>').partition(" viewBox")[0].split('"', 2)[1]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([-0.26, 0.11], ["−0.2", "−0.1", "0", "+0.1"]),
        ([0.004, 0.019], ["0", "+0.01"]),
        ([-0.9, 0.8], ["−0.5", "0", "+0.5"]),
        ([], ["0"]),
    ],
)
def test_a_scale_has_a_few_round_numbers_and_zero(numbers, expected):
    drawings = IntervalDrawings(numbers)
    scale = ElementTree.fromstring(drawings.scale())
    assert [element.text for element in scale] == expected
    zero = scale[expected.index("0")]
    assert float(zero.get("x")) == place(drawings.draw(0, NAN, NAN, [], "small"), "zero")
    assert scale.get("aria-hidden") == "true"
