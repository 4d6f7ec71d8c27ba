"""Trainability in the report, on measurements with known outcomes."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.report.load import Results
from beyondtext.report.plots import WIDTH
from beyondtext.report.sections import trainability


@pytest.fixture
def table(tmp_path):
    study.write_all_measurements(tmp_path, study.CONFIG)
    return trainability.trainability(Results(study.CONFIG, tmp_path))


def test_means_and_paired_differences_with_their_intervals(table):
    row = study.row_of(table, analysis="gradient_cosine", init="pretrained")
    differences = np.subtract(study.COSINES["pretrained"], study.COSINES["scratch"])
    half = t.ppf(0.975, 2) * differences.std(ddof=1) / np.sqrt(3)
    assert (row["n"], row["mean"]) == (3, pytest.approx(0.6))
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["difference_ci_low"] == pytest.approx(differences.mean() - half)
    assert table.loc[table["init"] == "scratch", "difference"].isna().all()


def test_the_spread_and_the_mean_over_places_are_quantities_of_their_own(table):
    mine = table[table["init"] == "pretrained"].set_index(["analysis", "place"])["mean"]
    assert mine["log10_singular_value_spread", trainability.NO_PLACE] == 0.25
    assert mine["layer_norm_input", "all"] == pytest.approx(2.5)
    assert mine["layer_norm_input", "1 norm"] == pytest.approx(2)


def test_a_difference_is_claimed_if_its_interval_excludes_zero(table):
    sentences = trainability.sentences(table)
    assert sentences[0] == (
        "Gradient agreement, the opposite of gradient confusion: cosine of the gradients of two batches, compared with "
        "random initialization: higher for "
        "pre-trained on Splice junctions."
    )
    assert sentences[1] == (
        "Perturbation sensitivity: relative change of the first token's vector (noise 0.001), compared with random "
        "initialization: no interval (too few seeds, or the same value for every seed) for pre-trained on Splice "
        "junctions."
    )
    assert len(sentences) == 1 + 2 + 1 + 2
    between = table.assign(difference_ci_low=-0.1, difference_ci_high=0.2)
    assert all(
        sentence.endswith(": no difference shown for pre-trained on Splice junctions.")
        for sentence in trainability.sentences(between)
    )


def test_rows_with_the_same_outcome_share_a_clause(table):
    cosines = table[table["analysis"] == "gradient_cosine"]
    ends = {"difference_ci_low": -0.2, "difference_ci_high": -0.1}
    lower, too = (cosines.assign(task=task, **ends) for task in ("gb1", "amp"))
    [sentence] = trainability.sentences(pd.concat([cosines, lower, too]))
    assert sentence.endswith(
        "compared with random initialization: higher for pre-trained on Splice junctions; lower for pre-trained on "
        "GB1 binding and pre-trained on Antimicrobial peptides."
    )


def test_what_the_sentences_leave_out_is_in_the_table(table):
    first = trainability.rows(table)[0]
    assert (first["difference"], first["difference_interval"]) == ("+0.400", "+0.152 to +0.648")


def test_two_seeds_are_too_few(tmp_path):
    config = {**study.CONFIG, "seeds": [100, 101]}
    study.write_all_measurements(tmp_path, config)
    sentences = trainability.sentences(trainability.trainability(Results(config, tmp_path)))
    assert sentences[0].endswith(
        ": no interval (too few seeds, or the same value for every seed) for pre-trained on Splice junctions."
    )
    assert not any(word in " ".join(sentences) for word in ("higher", "lower", "difference shown"))


def test_rows_leave_out_the_single_layer_normalizations(table):
    rows = trainability.rows(table)
    assert len(rows) == 2 * 6
    assert {row["n"] for row in rows} == {3}
    assert [row["noise"] for row in rows if row["noise"]] == ["noise 0.001", "noise 0.01"] * 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"results/trainability/splice/.*/pretrained/.*seed100\.json is missing"):
        trainability.trainability(Results(study.CONFIG, tmp_path))


def test_every_quantity_has_a_panel(table):
    figure = trainability.draw_trainability({"trainability": table}, {}, WIDTH)
    panels = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title().splitlines()[1] for axis in panels] == list(trainability.PANELS.values())
    norms = panels[2].lines
    assert [line.get_label() for line in norms] == ["pre-trained", "random initialization"]
    assert norms[0].get_ydata().tolist() == pytest.approx([2, 3])
