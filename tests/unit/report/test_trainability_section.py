"""What the report says of trainability, on tables with known outcomes."""

import numpy as np
import pytest
from scipy.stats import t

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.report import figures, trainability


@pytest.fixture
def summary(tmp_path):
    study.write_all_measurements(tmp_path, study.CONFIG)
    return trainability.summary(trainability.load(study.CONFIG, tmp_path), 0.95)


def test_means_and_paired_differences_with_their_intervals(summary):
    row = summary[(summary["analysis"] == "gradient_cosine") & (summary["init"] == "pretrained")].iloc[0]
    differences = np.subtract(study.COSINES["pretrained"], study.COSINES["scratch"])
    half = t.ppf(0.975, 2) * differences.std(ddof=1) / np.sqrt(3)
    assert (row["n"], row["mean"]) == (3, pytest.approx(0.6))
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["difference_ci_low"] == pytest.approx(differences.mean() - half)
    scratch = summary[summary["init"] == "scratch"]
    assert scratch["difference"].isna().all()


def test_spread_and_the_mean_over_places_are_quantities_of_their_own(summary):
    mine = summary[summary["init"] == "pretrained"].set_index(["analysis", "place"])["mean"]
    assert mine["log10_singular_value_spread", ""] == 0.25
    assert mine["layer_norm_input", "all"] == pytest.approx(2.5)
    assert mine["layer_norm_input", "1 norm"] == pytest.approx(2)


def test_a_difference_is_claimed_where_its_interval_leaves_out_zero(summary):
    said = trainability.sentences(summary)
    assert said[0] == (
        "Cosine of the gradients of two batches, against a random initialization: higher for “pre-trained” on "
        "Splice junctions "
        "(+0.400; +0.152 to +0.648)."
    )
    assert "noise 0.001, against a random initialization: no difference shown for “pre-trained”" in said[1]
    assert len(said) == 1 + 2 + 1 + 2


def test_two_seeds_are_too_few(tmp_path):
    config = {**study.CONFIG, "seeds": [100, 101]}
    study.write_all_measurements(tmp_path, config)
    said = trainability.sentences(trainability.summary(trainability.load(config, tmp_path), 0.95))
    assert "+0.350 for “pre-trained” on Splice junctions (too few seeds for an interval)" in said[0]


def test_rows_have_the_whole_of_the_normalisations_only(summary):
    rows = trainability.rows(summary)
    assert len(rows) == 2 * 6
    assert {row["n"] for row in rows} == {3}
    assert [row["noise"] for row in rows if row["noise"]] == ["noise 0.001", "noise 0.01"] * 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"results/trainability/splice/minilm-l6/pretrained/.*seed100\.csv is missing"):
        trainability.load(study.CONFIG, tmp_path)


def test_the_figure_is_drawn(summary, tmp_path):
    figures.trainability(summary, tmp_path / "figures")
    assert (tmp_path / "figures" / "trainability.svg").stat().st_size > 10_000
