"""Mean learning curves by hand."""

import numpy as np
import pytest

import small_study as study
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


def test_there_is_a_panel_for_each_task_and_a_line_for_each_arm(three):
    figure = curves.draw_scores(three.tables, three.config)
    panels = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title() for axis in panels] == ["Splice junctions", "GB1 binding"]
    labels = [line.get_label() for line in panels[0].lines]
    assert labels == [
        *("pre-trained", "random initialization", "pre-trained, random word embeddings"),
        *("largest class or mean", "linear model on n-grams"),
    ]
    losses = [axis for axis in curves.draw_losses(three.tables, three.config).axes if axis.get_title()]
    assert losses[1].lines[0].get_ydata().tolist() == pytest.approx([1.1, 1.0, 0.9, 0.8])
