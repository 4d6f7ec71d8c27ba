"""Effects by hand, and every sentence that they can lead to."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import small_study as study
from beyondtext.report import intervals, page
from beyondtext.report.arms import MATCHED
from beyondtext.report.load import Results
from beyondtext.report.plots import WIDTH
from beyondtext.report.sections import effects
from beyondtext.study.selection import selected

NAN = float("nan")


def table_of(*rows):
    """A table of effects from (task, mean, low, high) and, where they matter, other columns."""
    columns = {"model": "minilm-l6", "mapping": "permutation", "fraction": 1, "rate": "fixed"}
    columns["comparison"] = "pretrained - scratch"
    return pd.DataFrame(
        [
            {**columns, "task": task, "mean": mean, "ci_low": low, "ci_high": high, **other}
            for task, mean, low, high, other in rows
        ]
    )


def test_effects_by_hand(results):
    table = effects.effects(results)
    assert list(table.columns) == effects.COLUMNS
    assert table[["task", "comparison"]].to_numpy().tolist() == [
        ["splice", "pretrained - scratch"],
        ["splice", "rand_embed - scratch"],
        ["gb1", "pretrained - scratch"],
    ]
    pretrained = table.iloc[0]  # differences of 2, 1 and 2 eighths
    assert pretrained["n"] == 3
    assert pretrained["mean"] == pytest.approx(5 / 24)
    assert pretrained["sd"] == pytest.approx(np.sqrt(1 / 3) / 8)
    assert pretrained["ci_low"] < 5 / 24 < pretrained["ci_high"]
    assert (pretrained["p"] < 0.05) == (pretrained["ci_low"] > 0)
    # The test examples, which a t-test of the differences takes as given, add to their uncertainty.
    assert stats.ttest_1samp([2, 1, 2], 0).pvalue < pretrained["p"] < 0.1


def test_equal_predictions_have_no_effect(results):
    same = study.row_of(effects.effects(results), comparison="rand_embed - scratch")
    assert same[["mean", "sd"]].tolist() == [0, 0]
    assert study.blank(same[["ci_low", "ci_high", "p", "seeds_needed"]])


def test_a_test_split_of_eight_examples_decides_nothing_whatever_the_number_of_seeds(results):
    assert effects.effects(results)["seeds_needed"].dropna().tolist() == [np.inf, np.inf]


def test_the_seeds_needed_are_those_for_an_interval_as_wide_as_the_margin(results, config):
    exact = results.scores.assign(draws=[np.full(100, score) for score in results.scores["score"]])  # of the test split
    row = study.row_of(effects.compare_with_reference(exact, config), task="splice", comparison="pretrained - scratch")
    assert row["seeds_needed"] == intervals.seeds_needed(row["sd"] ** 2, 0.0, 4, 0.05, 0.95) > 3
    config["report"] |= {"margin": 0.1, "confidence": 0.9}
    row = study.row_of(effects.compare_with_reference(exact, config), task="splice", comparison="pretrained - scratch")
    assert row["seeds_needed"] == intervals.seeds_needed(row["sd"] ** 2, 0.0, 4, 0.1, 0.9)


def test_the_differences_of_the_seeds_are_those_that_effects_are_the_means_of(results):
    table = effects.effects_by_seed(results)
    assert list(table.columns) == ["domain", *MATCHED, "init", "metric", "seed", "difference"]
    assert table[["task", "init", "seed"]].to_numpy().tolist() == [
        [task, init, seed]
        for task, init in (("splice", "pretrained"), ("splice", "rand_embed"), ("gb1", "pretrained"))
        for seed in (100, 101, 102)
    ]
    assert table["difference"].tolist() == pytest.approx([2 / 8, 1 / 8, 2 / 8, 0, 0, 0, *[12 / (8 * 63)] * 3])
    assert set(table["metric"]) == {"accuracy", "spearman"} and set(table["domain"]) == {"dna", "protein"}


def test_a_seed_that_only_one_arm_has_is_in_no_difference(results):
    scores = results.scores
    alone = (scores["init"] == "scratch") & (scores["seed"] == 101)
    results.scores = scores[~alone]
    table = effects.effects_by_seed(results)
    assert table.loc[(table["task"] == "splice") & (table["init"] == "pretrained"), "seed"].tolist() == [100, 102]


def test_effects_are_paired_by_seed_whatever_the_order_of_rows(results, config):
    before = effects.effects(results).sort_values(["task", "comparison"], ignore_index=True)
    after = effects.compare_with_reference(results.scores.iloc[::-1], config)
    after = after.sort_values(["task", "comparison"], ignore_index=True)
    pd.testing.assert_frame_equal(before[["task", "mean", "sd"]], after[["task", "mean", "sd"]])
    exchanged = results.scores.copy()
    scratch = (exchanged["init"] == "scratch") & (exchanged["task"] == "splice")
    exchanged.loc[scratch, "seed"] = [102, 101, 100]  # differences of 0, 1 and 4 eighths
    row = study.row_of(
        effects.compare_with_reference(exchanged, config), task="splice", comparison="pretrained - scratch"
    )
    assert row["sd"] == pytest.approx(np.std([0, 1, 4], ddof=1) / 8)


def test_a_seed_without_its_partner_is_excluded(results, config):
    alone = (results.scores["init"] == "scratch") & (results.scores["seed"] == 101)
    table = effects.compare_with_reference(results.scores[~alone], config)
    row = study.row_of(table, task="splice", comparison="pretrained - scratch")
    assert row["n"] == 2
    assert row["mean"] == pytest.approx(2 / 8)
    assert study.blank(row[["ci_low", "ci_high"]])


def test_two_seeds_have_a_mean_without_an_interval(root):
    effect = effects.effects(Results(study.config(seeds=[100, 101]), root)).iloc[0]
    assert (effect["n"], effect["mean"]) == (2, pytest.approx(1.5 / 8))
    assert study.blank(effect[["ci_low", "ci_high", "p", "seeds_needed"]])


def test_without_the_reference_there_are_no_effects(root):
    config = study.config(arms=[{"models": ["minilm-l6"], "inits": ["pretrained"]}])
    table = effects.effects(Results(config, root))
    assert list(table.columns) == effects.COLUMNS
    assert table.empty


def test_effects_by_group_are_those_of_tasks_with_groups(results):
    assert set(effects.effects_by_group(results)["task"]) == {"splice"}


def test_the_number_of_groups_is_said_and_what_intervals_make_of_them():
    tasks = pd.DataFrame({"task": ["splice", "composer"], "test": [600, 1510], "test_groups": [600, 57]})
    said = effects.group_sentences(tasks, ["composer"])
    assert said[0] == "Composer: the 1,510 test examples come from 57 groups."
    assert "are similar, so whole groups are resampled for the intervals of test scores." in said[1]
    assert said[2].startswith("By example, every test example is scored by itself; by whole group,")
    # Without scores by whole group, nothing is said about them.
    assert effects.group_sentences(tasks, []) == said[:2]
    assert effects.group_sentences(tasks[:1], []) == []


def test_the_interval_of_scores_by_example_is_over_whole_groups():
    """As `group_sentences` says: examples that are repeated within their groups do not make it narrower."""
    from beyondtext.report.intervals import resampled_scores

    target = np.array(["EI", "IE", "EI", "IE"])
    predictions = np.array([["EI", "EI", "EI", "IE"]])
    one = resampled_scores("accuracy", target, predictions, np.arange(4), 100, 0)
    repeated = [np.repeat(values, 5, axis=-1) for values in (target, predictions, np.arange(4))]
    assert np.array_equal(resampled_scores("accuracy", *repeated, 100, 0), one)


@pytest.mark.parametrize(
    ("needed", "sentences"),
    [
        (np.inf, ["no number of seeds would be enough: the test split has too few groups."]),
        (16.0, ["about 16 seeds are needed."]),
        (5.0, []),
        (NAN, []),
    ],
)
def test_wide_intervals_by_group_say_how_many_seeds_they_need(needed, sentences):
    table = table_of(("composer", 0.1, -0.1, 0.3, {"n": 5, "seeds_needed": needed}))
    opening = "Composer, pre-trained, by whole group: for an interval of ±0.05, "
    assert effects.precision_sentences(table, 0.05) == [opening + sentence for sentence in sentences]


def test_effects_of_frozen_features_by_group_have_a_table_of_their_own(tmp_path):
    config = study.with_frozen(["pretrained", "scratch"], 3, arms=study.CONFIG["arms"][:1])
    study.write_study(tmp_path, selected(config))
    tables = study.write_tables(tmp_path, config, tmp_path / "tables")
    shown = effects.content(tables, selected(config))
    assert [(row["task"], row["mean"]) for row in shown["group_rows"]] == [("Splice junctions", "+0.250")]
    assert [(row["task"], row["mean"]) for row in shown["frozen_group_rows"]] == [("Splice junctions", "+0.250")]
    assert shown["group_sentences"][0] == "Splice junctions: the 8 test examples come from 4 groups."
    assert shown["group_sentences"][-1].endswith("too few groups.")
    alone = effects.content(tables, selected({**config, "experiments": ["frozen"]}))
    assert alone["rows"] == alone["group_rows"] == []
    assert alone["frozen_group_rows"] == shown["frozen_group_rows"]
    assert alone["group_sentences"] == shown["group_sentences"][:3]


PRETRAINED = "“Pre-trained” minus random initialization: the 95 % interval"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            ("splice", 0.2, 0.1, 0.3, {}),
            "lies above zero on Splice junctions.",
        ),
        (
            ("amp", -0.2, -0.3, -0.1, {}),
            "lies below zero on Antimicrobial peptides.",
        ),
        (
            ("amp", 0.05, -0.1, 0.2, {}),
            "includes zero on Antimicrobial peptides.",
        ),
        (
            ("amp", 0.05, NAN, NAN, {}),
            "cannot be computed on Antimicrobial peptides (too few seeds or groups of test examples, or the same value "
            "for every seed).",
        ),
    ],
)
def test_each_verdict_has_its_sentence(row, sentence):
    assert effects.sentences(table_of(row), 0.95) == [f"{PRETRAINED} {sentence}"]


def test_tasks_with_the_same_verdict_share_a_clause_and_each_comparison_has_a_sentence():
    table = table_of(
        ("splice", 0.2, 0.1, 0.3, {}),
        ("amp", 0.1, 0.05, 0.15, {}),
        ("gb1", -0.2, -0.3, -0.1, {}),
        ("sentiment", 0.0, -0.1, 0.1, {}),
        ("splice", 0.1, 0.05, 0.15, {"comparison": "rand_embed - scratch"}),
    )
    assert effects.sentences(table, 0.95) == [
        f"{PRETRAINED} lies above zero on Splice junctions and Antimicrobial peptides, lies below zero on GB1 binding "
        "and includes zero on Sentiment.",
        "“Pre-trained, random word embeddings” minus random initialization: the 95 % interval lies above zero on "
        "Splice junctions.",
    ]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"model": "esm2-8m"}, "Splice junctions, MiniLM-L6 and Splice junctions, ESM-2 8M."),
        ({"mapping": "identity"}, "Splice junctions, permutation and Splice junctions, identity."),
        (
            {"fraction": 0.1},
            "Splice junctions, 100 % of the training data and Splice junctions, 10 % of the training data.",
        ),
    ],
)
def test_the_columns_in_which_rows_differ_are_named(other, named):
    table = table_of(("splice", 0.2, 0.1, 0.3, {}), ("splice", 0.4, 0.3, 0.5, other))
    (sentence,) = effects.sentences(table, 0.95)
    assert sentence == f"{PRETRAINED} lies above zero on {named}"


@pytest.mark.parametrize(
    ("rate", "rules"),
    [
        (
            "chosen",
            [
                "a fixed learning rate",
                "each initialization at the best of the learning rates tried",
            ],
        ),
        ("frozen", ["fine-tuned", "frozen features"]),
    ],
)
def test_each_rule_for_the_learning_rate_has_a_sentence(rate, rules):
    table = table_of(
        ("splice", 0.2, 0.1, 0.3, {}), ("splice", 0.4, 0.3, 0.5, {"rate": rate}), ("amp", 0.1, 0.05, 0.2, {})
    )
    start, _, end = PRETRAINED.partition(":")
    assert effects.sentences(table, 0.95) == [
        f"{start} ({rules[0]}):{end} lies above zero on Splice junctions and Antimicrobial peptides.",
        f"{start} ({rules[1]}):{end} lies above zero on Splice junctions.",
    ]


def test_the_percentage_is_that_of_the_configuration():
    (sentence,) = effects.sentences(table_of(("amp", 0.05, -0.1, 0.2, {})), 0.9)
    assert "the 90 % interval" in sentence


def test_rows_are_named_by_where_their_intervals_lie():
    rows = [("splice", 0.05, 0.15), ("gb1", -0.05, 0.15), ("amp", NAN, NAN)]
    table = table_of(*((task, 0.1, low, high, {}) for task, low, high in rows))
    named = {"higher": ["Splice junctions"], "lower": [], "open": ["GB1 binding"], "none": ["Antimicrobial peptides"]}
    assert effects.by_side(table, table["ci_low"], table["ci_high"]) == named
    # Other columns than those of the table's own interval, such as those of the area.
    assert effects.by_side(table.iloc[:1], [-0.2], [-0.1])["lower"] == ["Splice junctions"]


def test_cautions_follow_the_sentences(three):
    said = effects.content(three.tables, three.config)["sentences"]
    assert said[:2] == [
        f"{PRETRAINED} includes zero on Splice junctions and GB1 binding.",
        "“Pre-trained, random word embeddings” minus random initialization: the 95 % interval cannot be computed on "
        "Splice junctions (too few seeds or groups of test examples, or the same value for every seed).",
    ]
    assert [sentence.startswith("A linear model on n-grams") for sentence in said[2:]] == [True]


def test_without_a_main_experiment_only_cautions_are_left(three):
    config = study.config(arms=[])
    [caution] = effects.content(three.tables, config)["sentences"]
    assert caution.startswith("A linear model on n-grams")
    nothing = {name: three.tables[name].iloc[:0] for name in ("effects", "effects_groups", "summary", "runs")}
    assert effects.content(nothing, config) is None
    assert effects.figures(config) == []


def test_the_rows_of_the_table(three):
    first = effects.rows(three.tables["effects"])[0]
    assert {key: first[key] for key in ("task", "init", "metric", "n", "mean", "qualifiers", "p")} == {
        **{"task": "Splice junctions", "init": "pre-trained", "metric": "accuracy", "n": 3},
        **{"mean": "+0.208", "qualifiers": "", "p": "0.082"},
    }


def test_a_p_value_is_never_shown_as_zero(three):
    (row, *_) = effects.rows(three.tables["effects"].assign(n=12, p=2 / 2**12))
    assert row["p"] == "<0.001"


def test_every_effect_has_a_row_and_a_label_in_the_figure(three):
    figure = effects.draw_effects(three.tables, three.config, WIDTH)
    (axis,) = figure.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == [
        "Splice junctions: pre-trained",
        "pre-trained, random word embeddings",
        "GB1 binding: pre-trained",
    ]
    between = [line.get_ydata()[0] for line in axis.lines if line.get_ydata()[0] % 1 == 0.5]
    assert between == [1.5]  # a line between the tasks
    points = [line for line in axis.lines if line.get_marker() not in ("None", "")]
    assert [float(point.get_ydata()[0]) for point in points] == [0, 1, 2]
    assert [float(point.get_xdata()[0]) for point in points] == three.tables["effects"]["mean"].tolist()
    notes = [note.get_text() for note in axis.texts]
    assert notes[:3] == ["+0.208", "+0.000", "+0.024"]  # next to the rows
    assert notes[3:] == ["random initialization is better  ◂", "▸  the named initialization is better"]


@pytest.mark.parametrize(
    ("inits", "compared"),
    [
        (["pretrained"], "pre-training"),
        (["pretrained", "domain", "pretrain_ckpt"], "pre-training"),
        (["pretrained", "rand_embed"], "the named initialization"),
        (["shuffled"], "the named initialization"),
        (["pretrain_embed", "domain"], "the named initialization"),
    ],
)
def test_the_figure_is_about_pre_training_only_if_every_initialization_is_a_published_model(three, inits, compared):
    table = table_of(*(("gb1", 0.1, 0.0, 0.2, {"comparison": f"{init} - scratch"}) for init in inits))
    (axis,) = effects.forest(table, three.tables["effects_by_seed"], WIDTH).axes
    assert axis.texts[-1].get_text() == f"▸  {compared} is better"


def test_the_caption_says_what_is_better_right_of_zero(three):
    html = page.render(three.config, three.tables, three.figures)
    assert "Right of zero, the named initialization is better." in html
    of_pretrained = three.config | {"arms": three.config["arms"][:1]}
    assert "Right of zero, pre-training is better." in page.render(of_pretrained, three.tables, three.figures)


def test_every_seed_has_a_point_below_its_effect(three):
    (axis,) = effects.draw_effects(three.tables, three.config, WIDTH).axes
    by_seed = three.tables["effects_by_seed"]
    drawn = [points.get_offsets().data for points in axis.collections]
    assert [points[:, 0].tolist() for points in drawn] == [
        part["difference"].tolist() for _, part in by_seed.groupby(["task", "init"], sort=False)
    ]
    assert [set(points[:, 1]) for points in drawn] == [{0.27}, {1.27}, {2.27}]


def test_only_rows_without_a_fixed_learning_rate_name_theirs(three):
    table = three.tables["effects"]
    table = pd.concat([table, table.assign(rate="chosen")]).sort_values("task", kind="stable")
    (axis,) = effects.forest(table, three.tables["effects_by_seed"], WIDTH).axes
    best = "each initialization at the best of the learning rates tried"
    assert [label.get_text() for label in axis.get_yticklabels()] == [
        *("GB1 binding: pre-trained", f"pre-trained, {best}", "Splice junctions: pre-trained"),
        *(
            "pre-trained, random word embeddings",
            f"pre-trained, {best}",
            f"pre-trained, random word embeddings, {best}",
        ),
    ]
    fixed = "The learning rate is fixed unless a row says otherwise."
    assert effects.how_to_read(table).endswith(f" is better. {fixed}") and fixed not in effects.how_to_read(table[:1])


@pytest.mark.parametrize("other", [{"fraction": 0.1}, {"model": "esm2-8m"}, {"rate": "chosen"}])
def test_effects_of_several_models_fractions_or_rules_have_different_labels(three, other):
    table = three.tables["effects"]
    (axis,) = effects.forest(pd.concat([table, table.assign(**other)]), three.tables["effects_by_seed"], WIDTH).axes
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert len(set(labels)) == len(labels) == 6
    assert [len(points.get_offsets()) for points in axis.collections] == [3, 3, 3, 0, 0, 0]  # seeds of the same arm
