"""Mean learning curves by hand."""

import numpy as np
import pytest

import small_study as study
from beyondtext.report.plots import WIDTH
from beyondtext.report.sections import curves


def test_mean_curves_by_hand(results):
    table = curves.mean_curves(results)
    assert list(table.columns) == curves.COLUMNS
    assert set(zip(table["task"], table["init"], strict=True)) == {
        *[("splice", init) for init in ("pretrained", "scratch", "rand_embed")],
        *[("gb1", init) for init in ("pretrained", "scratch")],
    }
    scratch = table[(table["task"] == "splice") & (table["init"] == "scratch")]
    assert scratch["step"].tolist() == study.STEPS and set(scratch["n"]) == {3}
    seeds = np.array([study.CURVES["scratch", seed] for seed in (100, 101, 102)])
    assert scratch["mean"].to_numpy() == pytest.approx(seeds.mean(0))
    assert scratch["lowest"].tolist() == seeds.min(0).tolist() and scratch["highest"].tolist() == seeds.max(0).tolist()
    assert scratch["mean"].iloc[-1] == pytest.approx(0.8)


def test_curves_have_losses_and_sequences_seen(results):
    table = curves.mean_curves(results)
    splice = table[(table["task"] == "splice") & (table["init"] == "scratch")]
    assert splice["examples"].tolist() == [16 * step for step in study.STEPS]
    assert np.isnan(splice["loss"].iloc[0]) and splice["loss"].tolist()[1:] == pytest.approx([1.1, 1.0, 0.9, 0.8])


def test_passes_are_the_sequences_that_were_read_by_those_that_there_are(results):
    table = curves.mean_curves(results)
    splice = table[(table["task"] == "splice") & (table["init"] == "scratch")]
    assert curves.passes(splice, 64) == 16 * max(study.STEPS) / 64
    assert np.isnan(curves.passes(splice[:0], 64))


def test_validation_losses_have_a_mean_and_a_range(results):
    """The small study's is 1.25 minus the score, so its range is that of the scores upside down."""
    table = curves.mean_curves(results)
    assert table["validation_loss"].to_numpy() == pytest.approx(1.25 - table["mean"].to_numpy())
    assert table["validation_loss_lowest"].to_numpy() == pytest.approx(1.25 - table["highest"].to_numpy())
    assert table["validation_loss_highest"].to_numpy() == pytest.approx(1.25 - table["lowest"].to_numpy())


def labels_of(axis):
    """The labels at the ends of the lines, from top to bottom."""
    return [note.get_text() for note in sorted(axis.texts, key=lambda note: -note.xy[1])]


def test_there_is_a_panel_for_each_task_and_a_line_for_each_arm(three):
    figure = curves.draw_scores(three.tables, three.config, WIDTH)
    panels = figure.axes
    assert [axis.get_title(loc="left") for axis in panels] == ["Splice junctions", "GB1 binding"]
    assert [len(axis.lines) for axis in panels] == [3 + 2, 2 + 2]  # arms and baselines
    assert labels_of(panels[0]) == [
        *("pre-trained", "random initialization", "pre-trained, random word embeddings"),
        *("trivial baseline", "linear model on n-grams"),
    ]
    assert not figure.legends and not any(axis.get_legend() for axis in panels)


def test_losses_are_lines_on_the_validation_split_and_dotted_in_training(three):
    figure = curves.draw_losses(three.tables, three.config, WIDTH)
    panels = figure.axes
    assert [axis.get_title(loc="left") for axis in panels] == ["Splice junctions", "GB1 binding"]
    pretrained, scratch, *training = panels[1].lines
    assert pretrained.get_ydata().tolist() == pytest.approx([1.25, 1.15, 1.05, 0.95, 0.85])
    assert scratch.get_ydata().tolist() == pytest.approx([1.25, 1.25, 1.25, 1.25, 1.35])
    assert [line.get_linestyle() for line in training] == [":", ":"]
    assert [line.get_color() for line in training] == [pretrained.get_color(), scratch.get_color()]
    assert training[0].get_ydata().tolist() == pytest.approx([1.1, 1.0, 0.9, 0.8])
    assert labels_of(panels[1]) == ["random initialization", "pre-trained"]


def test_each_label_has_the_colour_of_its_line(three):
    panel = curves.draw_scores(three.tables, three.config, WIDTH).axes[1]
    colours = {note.get_text(): note.get_color() for note in panel.texts}
    assert colours["pre-trained"] == panel.lines[0].get_color() != panel.lines[1].get_color()
    assert colours["random initialization"] == panel.lines[1].get_color()
