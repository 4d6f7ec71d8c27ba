"""How fast runs learn, from the files of a small study whose outcomes are chosen by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import small_study as study
from beyondtext.report.areas import resampled_areas
from beyondtext.report.intervals import seeds_needed
from beyondtext.report.load import Results
from beyondtext.report.sections import convergence
from beyondtext.training.run_files import read_curve

T_2 = 4.302653  # Student's t, 0.975, two degrees of freedom
NAN = float("nan")
# Where the curves of `small_study` cross the level of 0.76, on straight lines between the scored steps.
SCRATCH = [20 + 10 * 0.06 / 0.08, 10 + 10 * 0.16 / 0.17, 30 + 10 * 0.16 / 0.25]
PRETRAINED = [10 + 10 * 0.06 / 0.1, 10 * 0.46 / 0.5, 10 * 0.46 / 0.5]
RATIOS = [one / other for one, other in zip(PRETRAINED, SCRATCH, strict=True)]


def arm(init, reached=3, ratio=NAN, low=NAN, high=NAN, **other):
    """A row of the table of convergence; on Splice junctions unless ``other`` says otherwise."""
    row = {"task": "splice", "model": "minilm-l6", "init": init, "mapping": "permutation", "fraction": 1}
    return {
        **row,
        "rate": "fixed",
        "level": 0.76,
        "n": 3,
        "n_reached": reached,
        "ratio": ratio,
        "ratio_ci_low": low,
        "ratio_ci_high": high,
        "area_difference": 0.1,
        **other,
    }


def test_the_convergence_of_each_run_by_hand(results):
    table = convergence.by_run(results)
    assert list(table.columns) == convergence.RUN_COLUMNS
    splice = table[table["task"] == "splice"].set_index(["init", "seed"])
    assert splice["level"].to_numpy() == pytest.approx(np.full(9, 0.4 + 0.9 * 0.4))
    assert splice.loc["scratch", "steps"].tolist() == pytest.approx(SCRATCH)
    assert splice.loc["scratch", "ratio"].tolist() == [1, 1, 1]
    assert splice.loc["pretrained", "steps"].tolist() == pytest.approx(PRETRAINED)
    assert splice.loc["pretrained", "ratio"].tolist() == pytest.approx(RATIOS)
    assert splice.loc["rand_embed", "steps"].tolist()[:2] == pytest.approx(SCRATCH[:2])
    assert study.blank(splice.loc["rand_embed"].loc[102, ["steps", "ratio"]])


def test_the_convergence_of_each_arm_by_hand(results):
    table = convergence.convergence(results)
    assert list(table.columns) == convergence.COLUMNS
    pretrained = study.row_of(table, task="splice", init="pretrained")
    assert (pretrained["n"], pretrained["n_reached"]) == (3, 3)
    assert pretrained["steps_mean"] == pytest.approx(34.4 / 3)
    assert pretrained["steps_sd"] == pytest.approx(6.8 / np.sqrt(3))
    assert pretrained["ratio"] == pytest.approx(np.prod(RATIOS) ** (1 / 3))
    logs = np.log(RATIOS)
    half = T_2 * np.sqrt(((logs - logs.mean()) ** 2).sum() / 2 / 3)
    assert pretrained["ratio_ci_low"] == pytest.approx(np.exp(logs.mean() - half))
    assert pretrained["ratio_ci_high"] == pytest.approx(np.exp(logs.mean() + half))
    scratch = study.row_of(table, task="splice", init="scratch")
    assert scratch["steps_mean"] == pytest.approx(sum(SCRATCH) / 3)
    assert scratch["steps_sd"] == pytest.approx(np.std(SCRATCH, ddof=1))
    assert study.blank(scratch[["ratio", "ratio_ci_low", "ratio_ci_high"]])  # it is the reference


def test_an_arm_with_a_run_that_never_reaches_the_level_has_no_ratio(results):
    row = study.row_of(convergence.convergence(results), task="splice", init="rand_embed")
    assert (row["n"], row["n_reached"]) == (3, 2)
    assert row["steps_mean"] == pytest.approx(sum(SCRATCH[:2]) / 2)
    assert study.blank(row[["ratio", "ratio_ci_low", "ratio_ci_high"]])


@pytest.mark.parametrize("early", ["pretrained", "scratch"])
def test_a_run_that_starts_at_the_level_has_no_ratio_and_neither_has_its_pair(results, monkeypatch, early):
    def read(directory):
        curve = read_curve(directory)
        at_level = directory.name == "seed101" and f"/{early}/" in str(directory)
        return curve.assign(validation=curve["validation"].mask(curve["step"] == 0, 0.8)) if at_level else curve

    monkeypatch.setattr(convergence, "read_curve", read)
    table = convergence.by_run(results)
    table = table[table["task"] == "splice"].set_index(["init", "seed"])
    assert table.loc[(early, 101), "steps"] == 0 and study.blank([table.loc[("pretrained", 101), "ratio"]])
    assert table.loc[("pretrained", 100), "ratio"] == pytest.approx(RATIOS[0])
    made = convergence.summarize(table.reset_index(), study.config()["report"], resampled_areas(results))
    row = study.row_of(made, init="pretrained")
    assert row["n_reached"] == 3 and study.blank(row[["ratio", "ratio_ci_low", "ratio_ci_high"]])


def test_there_is_no_level_if_the_reference_gains_nothing(results):
    table = convergence.convergence(results)
    gb1 = table[table["task"] == "gb1"]
    assert gb1["n_reached"].tolist() == [0, 0]
    assert study.blank(gb1[["level", "steps_mean", "steps_sd", "ratio"]].to_numpy().ravel())


def test_there_is_no_level_without_a_trivial_baseline(root):
    results = Results(study.config(baselines=["kmer"]), root)
    assert study.blank(convergence.by_run(results)["level"])


@pytest.mark.parametrize(("level", "step"), [(0.5, 10), (0.55, 12.5), (0.2, 2.5), (0.65, 17.5), (0.1, 0), (-1, 0)])
def test_the_first_step_is_where_the_curve_first_crosses_the_level(level, step):
    curve = pd.DataFrame({"step": [0, 10, 20, 30], "validation": [0.1, 0.5, 0.7, 0.6]})
    assert convergence.first_step(curve, level) == pytest.approx(step)


def test_a_curve_that_falls_crosses_the_level_where_it_rises_again():
    curve = pd.DataFrame({"step": [0, 10, 20], "validation": [0.4, 0.2, 0.6]})
    assert convergence.first_step(curve, 0.5) == pytest.approx(17.5)


@pytest.mark.parametrize("level", [0.71, np.nan])
def test_a_level_that_is_not_reached_has_no_step(level):
    curve = pd.DataFrame({"step": [0, 10, 20], "validation": [0.1, 0.5, 0.7]})
    assert np.isnan(convergence.first_step(curve, level))


def test_the_area_is_the_mean_score_during_training():
    curve = pd.DataFrame({"step": [0, 10, 40], "validation": [0.0, 0.4, 0.6], "validation_loss": [1.0, 0.8, 0.2]})
    assert convergence.area(curve, "validation_loss") == pytest.approx((10 * 0.9 + 30 * 0.5) / 40)
    assert convergence.area(curve, "validation") == pytest.approx((10 * 0.2 + 30 * 0.5) / 40)


def test_areas_are_compared_seed_by_seed(results):
    table = convergence.convergence(results)
    areas = {
        key: np.mean([(low + high) / 2 for low, high in itertools.pairwise(study.CURVES[key])]) for key in study.CURVES
    }
    pretrained = study.row_of(table, task="splice", init="pretrained")
    differences = np.array([areas["pretrained", seed] - areas["scratch", seed] for seed in (100, 101, 102)])
    assert pretrained["area"] == pytest.approx(np.mean([areas["pretrained", seed] for seed in (100, 101, 102)]))
    assert pretrained["area_difference"] == pytest.approx(differences.mean())
    expected = study.area_interval(results)
    assert expected.mean == pytest.approx(differences.mean())
    assert pretrained[["area_ci_low", "area_ci_high"]].tolist() == pytest.approx([expected.low, expected.high])
    # The loss of the small study is 1.25 minus the score, and its interval is over seeds alone.
    assert pretrained["loss_area"] == pytest.approx(1.25 - pretrained["area"])
    assert pretrained["loss_area_difference"] == pytest.approx(-differences.mean())
    half = T_2 * differences.std(ddof=1) / np.sqrt(3)
    ends = [-differences.mean() - half, -differences.mean() + half]
    assert pretrained[["loss_area_ci_low", "loss_area_ci_high"]].tolist() == pytest.approx(ends)
    reference = study.row_of(table, task="splice", init="scratch")
    assert study.blank(
        reference[[f"{kind}{end}" for kind in ("area", "loss_area") for end in convergence.AREA_NUMBERS[1:]]]
    )


def test_areas_have_p_values_and_the_seeds_that_a_decision_needs(results):
    table = convergence.convergence(results)
    runs = convergence.by_run(results)
    mine = runs[(runs["task"] == "splice") & (runs["init"] == "pretrained")]
    pretrained = study.row_of(table, task="splice", init="pretrained")
    over_seeds = stats.ttest_1samp(mine["loss_area_difference"], 0)
    assert pretrained["loss_area_p"] == pytest.approx(over_seeds.pvalue)
    expected, settings = study.area_interval(results), results.config["report"]
    needed = seeds_needed(expected.variance_seeds, expected.variance_groups, 100, settings["margin"], 0.95)
    assert (pretrained["area_p"], pretrained["area_seeds_needed"]) == (pytest.approx(expected.p), needed)
    gb1 = study.row_of(table, task="gb1", init="pretrained")  # the same loss in every seed
    assert study.blank(gb1[["loss_area_ci_low", "loss_area_ci_high", "loss_area_p"]])
    assert gb1["area_ci_low"] < 0 < gb1["area_ci_high"] and gb1["area_groups"] == 5


def test_two_seeds_have_areas_without_intervals(reports):
    row = study.row_of(reports["two"].tables["convergence"], task="splice", init="pretrained")
    assert row["area_difference"] > 0
    assert study.blank(row[["area_ci_low", "area_ci_high", "area_p", "area_seeds_needed", "ratio_ci_low"]])
    assert convergence.area_sentences(reports["two"].tables["convergence"], 0.95) == []


@pytest.mark.parametrize(
    ("ratio", "low", "high", "sentence"),
    [
        (0.5, 0.4, 0.625, "“Pre-trained” needs fewer steps to the level than random initialization on"),
        (2, 1.6, 2.5, "“Pre-trained” needs more steps to the level than random initialization on"),
        (
            0.5,
            0.2,
            1.25,
            "No difference in steps to the level is detected between “Pre-trained” and random initialization on",
        ),
    ],
    ids=["fewer", "more", "open"],
)
def test_a_ratio_with_an_interval_has_its_sentence(ratio, low, high, sentence):
    table = pd.DataFrame([arm("scratch"), arm("pretrained", ratio=ratio, low=low, high=high)])
    assert convergence.step_sentences(table) == [f"{sentence} Splice junctions."]


def test_nothing_is_said_about_a_ratio_without_an_interval():
    table = pd.DataFrame([arm("scratch", n=2), arm("pretrained", n=2, ratio=0.5)])
    assert convergence.step_sentences(table) == []


@pytest.mark.parametrize(("of_scratch", "of_pretrained"), [(2, 1), (2, 3), (3, 2)])
def test_a_level_that_some_run_missed_has_no_ratio(of_scratch, of_pretrained):
    table = pd.DataFrame([arm("scratch", reached=of_scratch), arm("pretrained", reached=of_pretrained)])
    assert convergence.step_sentences(table) == [
        "The ratio of steps of “Pre-trained” cannot be computed on Splice junctions, since not every run reached the "
        "level."
    ]


def test_an_arm_is_compared_with_the_reference_on_the_same_data():
    # With a tenth of the data, the reference was at the level before its first step; with all of it, it missed it.
    rows = [arm("scratch", 2), arm("scratch", 3, fraction=0.1)]
    rows += [arm("rand_embed", 3, fraction=fraction) for fraction in (1, 0.1)]
    missed, at_once = convergence.step_sentences(pd.DataFrame(rows))
    assert missed.startswith(
        "The ratio of steps of “Pre-trained, random word embeddings” cannot be computed on Splice junctions, 100 % of"
    )
    assert missed.endswith("since not every run reached the level.")
    assert "on Splice junctions, 10 % of the training data, since a run was at the level" in at_once


def test_an_arm_without_a_seed_of_the_reference_is_in_no_sentence_about_steps():
    table = pd.DataFrame([arm("scratch"), {**arm("pretrained"), "area_difference": NAN}])
    assert convergence.step_sentences(table) == []


def test_steps_are_compared_over_the_seeds_that_the_reference_has(results):
    runs = convergence.by_run(results)
    mine = runs[runs["task"] == "splice"]
    settings, resampled = results.config["report"], resampled_areas(results)
    whole = study.row_of(convergence.summarize(mine, settings, resampled), init="pretrained")
    lonely = (
        mine[mine["init"] == "pretrained"]
        .iloc[[0]]
        .assign(seed=99, steps=1.0, ratio=NAN, area_difference=NAN, loss_area_difference=NAN)
    )
    row = study.row_of(convergence.summarize(pd.concat([mine, lonely]), settings, resampled), init="pretrained")
    assert (row["n"], row["n_reached"]) == (4, 4)
    assert row[["ratio", "ratio_ci_low", "ratio_ci_high"]].equals(whole[["ratio", "ratio_ci_low", "ratio_ci_high"]])


def test_tasks_with_the_same_outcome_share_a_sentence_and_each_outcome_has_its_own():
    known = {"ratio": 0.5, "low": 0.4, "high": 0.6}
    rows = [arm("scratch", task=task) for task in ("splice", "gb1", "amp")]
    rows += [arm("pretrained", task=task, **known) for task in ("splice", "gb1")]
    rows += [arm("pretrained", task="amp", ratio=1, low=0.5, high=2)]
    assert convergence.step_sentences(pd.DataFrame(rows)) == [
        "“Pre-trained” needs fewer steps to the level than random initialization on Splice junctions and GB1 binding.",
        "No difference in steps to the level is detected between “Pre-trained” and random initialization on "
        "Antimicrobial peptides.",
    ]


def test_each_rule_for_the_learning_rate_has_a_sentence():
    known = {"ratio": 0.5, "low": 0.4, "high": 0.6}
    rows = [arm("scratch"), arm("pretrained", **known)]
    table = pd.DataFrame([*rows, *({**row, "rate": "chosen"} for row in rows)])
    assert convergence.step_sentences(table) == [
        f"“Pre-trained” ({rule}) needs fewer steps to the level than random initialization on Splice junctions."
        for rule in (
            "a fixed learning rate",
            "each initialization at the best of the learning rates tried",
        )
    ]


def test_a_reference_without_a_gain_is_mentioned_once():
    table = pd.DataFrame([arm(init, 0, level=NAN) for init in ("scratch", "pretrained", "rand_embed")])
    assert convergence.step_sentences(table) == [
        "On Splice junctions, random initialization gains nothing over the trivial baseline, so there is no level to "
        "reach."
    ]


def test_runs_at_the_level_before_their_first_step_did_not_miss_it():
    # A ratio to or from step 0 is NaN.
    assert convergence.step_sentences(pd.DataFrame([arm("scratch"), arm("pretrained", steps_mean=0)])) == [
        "The ratio of steps of “Pre-trained” cannot be computed on Splice junctions, since a run was at the level "
        "before its first step."
    ]


def test_sentences_on_the_area_name_each_verdict(three):
    area = "the mean validation score during training (area under the curve) is"
    assert convergence.area_sentences(three.tables["convergence"], 0.95) == [
        f"“Pre-trained”: {area} not found to differ on Splice junctions and GB1 binding (95 % intervals).",
        f"“Pre-trained, random word embeddings”: {area} not found to differ on Splice junctions (95 % intervals).",
    ]
    gb1 = three.tables["convergence"]["task"] == "gb1"
    clear = {"area_ci_low": 0.1, "area_ci_high": 0.2}
    higher = three.tables["convergence"]
    higher = higher.assign(**{name: higher[name].mask(gb1, value) for name, value in clear.items()})
    assert convergence.area_sentences(higher, 0.95)[0] == (
        f"“Pre-trained”: {area} higher than that of random initialization on GB1 binding; not found to differ on "
        "Splice junctions (95 % intervals)."
    )
    lower = three.tables["convergence"].assign(area_ci_low=-0.2, area_ci_high=-0.1)
    assert (
        "is lower than that of random initialization on Splice junctions and"
        in convergence.area_sentences(lower, 0.9)[0]
    )


def test_the_rows_of_the_table(three):
    rows = {(row["task"], row["init"]): row for row in convergence.rows(three.tables["convergence"])}
    reference = rows["Splice junctions", "random initialization"]
    expected = {"level": "0.760", "reached": 3, "n": 3, "steps": "28", "ratio": "reference", "interval": ""}
    assert {key: reference[key] for key in expected} == expected
    pretrained = rows["Splice junctions", "pre-trained"]
    assert (pretrained["ratio"], pretrained["area"], pretrained["area_difference"]) == ("0.412", "0.754", "+0.154")
    missed = rows["Splice junctions", "pre-trained, random word embeddings"]
    assert (missed["reached"], missed["n"], missed["steps"], missed["ratio"]) == (2, 3, "23", "–")
    none = rows["GB1 binding", "pre-trained"]
    assert (none["level"], none["reached"], none["steps"], none["ratio"]) == ("–", 0, "–", "–")


@pytest.mark.parametrize("other", [{"fraction": 0.1}, {"model": "esm2-8m"}, {"rate": "chosen"}])
def test_rows_of_several_models_fractions_or_rules_differ(three, other):
    table = three.tables["convergence"]
    rows = convergence.rows(pd.concat([table, table.assign(**other)]))
    assert len({tuple(row.items()) for row in rows}) == len(rows)


def test_a_trivial_baseline_that_was_not_fitted_is_not_mentioned(three):
    with_baseline = convergence.content(three.tables, three.config)["sentences"]
    without = convergence.content(three.tables, study.config(baselines=["kmer"]))["sentences"]
    assert any("over the trivial baseline" in sentence for sentence in with_baseline)
    assert not any("over the trivial baseline" in sentence for sentence in without)
