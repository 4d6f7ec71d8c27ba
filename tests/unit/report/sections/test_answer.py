"""The answer: verdicts by hand, their words, and what the page's first table shows."""

import re

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.report import text
from beyondtext.report.arms import ARM as ARM_COLUMNS
from beyondtext.report.arms import MATCHED, primary
from beyondtext.report.load import Results, write_table
from beyondtext.report.sections import (
    advice,
    answer,
    candidates,
    convergence,
    effects,
    verdict_table,
    verdict_words,
)
from beyondtext.report.verdicts import (
    HIGHER,
    LOWER,
    MAYBE_HIGHER,
    MAYBE_LOWER,
    SMALL,
    UNCERTAIN,
    UNKNOWN,
)
from beyondtext.study.selection import selected

NAN, INF = float("nan"), float("inf")
SCORE, CURVE = verdict_table.TEST_SCORE, verdict_table.LEARNING_CURVE
ARM = {"model": "minilm-l6", "mapping": "permutation", "fraction": 1, "rate": "fixed"}
PAIR = ["pretrained", "scratch"]
# Numbers of a difference: mean, low, high, p, seeds needed.
CLEAR = (0.2, 0.1, 0.3, 0.001, 3)
WORSE = (-0.2, -0.3, -0.1, 0.001, 3)
MAYBE = (0.2, 0.1, 0.3, 0.03, 9)
NOTHING = (0.01, -0.02, 0.04, 0.5, 3)
WIDE = (0.1, -0.2, 0.4, 0.5, 40)
NO_INTERVAL = (0.1, NAN, NAN, NAN, NAN)


def config_of(tasks=("splice", "gb1", "amp"), models=("minilm-l6",), rules=1, **changes):
    """A study of some tasks and models, with one rule for the learning rate or both."""
    arms = [
        {"models": list(models), "inits": PAIR},
        {"models": list(models), "inits": PAIR, "learning_rate": [1e-4, 3e-4]},
    ]
    return study.config(tasks=list(tasks), arms=arms[:rules], **changes)


def made(*rows):
    """The tables behind verdicts, from (task, numbers of the test score, numbers of the area, other columns)."""
    effects, convergence, learning, summary = [], [], [], []
    for task, score, curve, other in rows:
        arm = {"task": task, "domain": "dna", **ARM, "metric": "accuracy", "n": 3, **other}
        init = arm.pop("init", "pretrained")
        of_score = dict(zip(("mean", "ci_low", "ci_high", "p", "seeds_needed"), score, strict=True))
        effects.append({**arm, "comparison": f"{init} - scratch", **of_score})
        names = ("area_difference", "area_ci_low", "area_ci_high", "area_p", "area_seeds_needed")
        steps = dict.fromkeys(("ratio", "ratio_ci_low", "ratio_ci_high", "level"), NAN)
        steps |= {"n_reached": 0, "area_groups": 40}
        convergence.append({**arm, "init": init, **steps, **dict(zip(names, curve, strict=True))})
        convergence.append({**arm, "init": "scratch", **steps})
        of_training = dict.fromkeys(candidates.TRAINING, NAN) | {"learned": True, "score": 0.7, "scratch": 0.7}
        learning.append({**arm, "init": init, **of_training})
        summary += [{**arm, "init": one, "mean": 0.9} for one in (init, "scratch")]
    made = {"effects": effects, "convergence": convergence, "learning": learning, "summary": summary}
    nothing = pd.DataFrame(columns=[*MATCHED, "comparison", "mean", "ci_low", "ci_high"])
    return {**{name: pd.DataFrame(records) for name, records in made.items()}, "effects_groups": nothing}


def decided(config, *rows):
    """Verdicts from the tables of `made`."""
    return verdict_table.decide(made(*rows), config)


def found(table, endpoint=SCORE):
    return table[f"{verdict_table.PREFIX[endpoint]}verdict"].tolist()


def shown(config, table, summary=(), runs=()):
    """The content of the section for a table of verdicts, whose seeds are not known."""
    seeds = pd.DataFrame(columns=[*MATCHED, "init", "difference", "area_difference"])
    nothing = {"advice": pd.DataFrame(columns=advice.COLUMNS), "candidates": pd.DataFrame(columns=candidates.COLUMNS)}
    nothing |= {
        "runs": pd.DataFrame(runs, columns=[*ARM_COLUMNS, "constant", "best_step"]),
        "summary": pd.DataFrame(summary, columns=[*ARM_COLUMNS, "mean"]),
        "effects": pd.DataFrame(columns=effects.COLUMNS),
    }
    return answer.content({**nothing, "verdicts": table, "effects_by_seed": seeds, "convergence_runs": seeds}, config)


def test_the_verdicts_of_the_small_study_by_hand(read_once):
    table = read_once.table(verdict_table.verdicts)
    assert list(table.columns) == verdict_table.COLUMNS
    assert table[["task", "init", "rate"]].to_numpy().tolist() == [
        ["splice", "pretrained", "fixed"],
        ["gb1", "pretrained", "fixed"],
    ]
    splice, gb1 = table.to_dict("records")
    assert (splice["n"], splice["domain"], splice["metric"]) == (3, "dna", "accuracy")
    assert splice["effect"] == pytest.approx(5 / 24)  # 2, 1 and 2 eighths
    assert gb1["effect"] == pytest.approx(12 / (8 * 63))  # two neighbours of eight swapped
    # Neither interval excludes zero, and eight test examples are too few for any number of seeds.
    assert splice["ci_low"] < 0 < splice["ci_high"] and splice["ci_high"] - splice["ci_low"] > 0.1
    assert found(table) == [UNCERTAIN, UNCERTAIN]
    assert [splice["seeds_needed"], gb1["seeds_needed"]] == [INF, INF]
    # Two p-values: the smaller is doubled, and the larger stays.
    assert splice["p"] < gb1["p"]
    assert (splice["p_holm"], gb1["p_holm"]) == pytest.approx((2 * splice["p"], gb1["p"]))


def test_the_verdicts_on_the_curves_of_the_small_study_by_hand(read_once):
    splice, gb1 = read_once.table(verdict_table.verdicts).to_dict("records")
    expected = study.area_interval(read_once)
    assert splice["area_effect"] == pytest.approx(expected.mean)
    assert (splice["area_ci_low"], splice["area_ci_high"]) == pytest.approx((expected.low, expected.high))
    assert splice["area_p"] == pytest.approx(expected.p) and splice["area_p_holm"] == 2 * splice["area_p"]
    assert splice["area_verdict"] == UNCERTAIN and 3 < splice["area_seeds_needed"] < INF
    assert splice["area_bound"] == pytest.approx(np.ceil(100 * splice["area_ci_high"]) / 100)
    # GB1's three differences are equal: 0.2 for a line from 0 to 0.4, and a little for the reference's last step.
    assert gb1["area_effect"] == pytest.approx(0.2 + 0.1 / 8)
    assert gb1["area_verdict"] == UNCERTAIN


def test_the_levels_next_to_the_verdicts(read_once):
    splice, gb1 = read_once.table(verdict_table.verdicts).to_dict("records")
    levels = ("score", "scratch", "kmer", "trivial")
    assert [splice[name] for name in levels] == pytest.approx([20 / 24, 5 / 8, 7 / 8, 4 / 8])
    assert [gb1[name] for name in levels] == pytest.approx([1, 1 - 12 / 504, 1 - 12 / 504, 0])
    assert study.blank([row[name] for row in (splice, gb1) for name in ("frozen", "frozen_scratch")])


def test_the_ratio_of_steps_has_its_interval(read_once):
    splice, gb1 = read_once.table(verdict_table.verdicts).to_dict("records")
    ratio = study.row_of(read_once.table(convergence.convergence), task="splice", init="pretrained")
    names = {"steps_ratio": "ratio", "steps_ratio_ci_low": "ratio_ci_low", "steps_ratio_ci_high": "ratio_ci_high"}
    assert [splice[name] for name in names] == ratio[list(names.values())].tolist()
    assert 0 < splice["steps_ratio_ci_low"] < splice["steps_ratio"] < splice["steps_ratio_ci_high"]
    assert splice["steps_ratio"] == pytest.approx(0.412, abs=0.001)
    assert study.blank([gb1[name] for name in names])


def test_without_a_ratio_the_runs_that_reached_the_level_are_counted(read_once):
    table = read_once.table(verdict_table.verdicts)
    for row in table.to_dict("records"):
        for prefix, init in (("", "pretrained"), ("scratch_", "scratch")):
            arm = study.row_of(read_once.table(convergence.convergence), task=row["task"], init=init)
            found = [row["level"], *(row[f"{prefix}{name}"] for name in ("runs", "reached"))]
            np.testing.assert_equal(found, arm[["level", "n", "n_reached"]].tolist())
    config = config_of(("splice", "gb1"))
    table = decided(config, ("splice", CLEAR, WORSE, {}), ("gb1", CLEAR, WORSE, {}))
    table = table.assign(level=[0.8, NAN], reached=1, scratch_runs=4, scratch_reached=4)
    content = shown(config, table)
    steps = "level reached by 1 of 3 runs (random: 4 of 4)"
    assert [row["other"]["steps"] for row in content["rows"]] == [steps, ""]
    assert content["terms"] == {"level"}


def test_the_effect_by_whole_group_is_that_of_tasks_with_groups(read_once):
    splice, gb1 = read_once.table(verdict_table.verdicts).to_dict("records")
    # Groups of two: 3, 3 and 4 of four are right after pre-training, 2, 2 and 3 from scratch.
    assert splice["group_effect"] == pytest.approx(1 / 4)
    assert splice["group_ci_low"] < 1 / 4 < splice["group_ci_high"]
    row = study.row_of(read_once.table(effects.effects_by_group), task="splice", comparison="pretrained - scratch")
    names = {"group_effect": "mean", "group_ci_low": "ci_low", "group_ci_high": "ci_high"}
    assert [splice[name] for name in names] == row[list(names.values())].tolist()
    assert study.blank([gb1[name] for name in names])


def test_passes_are_the_sequences_that_were_read_by_those_that_there_are(read_once):
    assert read_once.table(verdict_table.verdicts)["passes"].tolist() == [16 * 40 / 20] * 2


def test_the_scores_and_the_difference_of_a_row_are_of_the_same_seeds(results):
    scores = results.scores
    results.scores = scores[(scores["init"] != "scratch") | (scores["seed"] == 100)]
    splice, _ = verdict_table.verdicts(results).to_dict("records")
    assert (splice["n"], splice["score"], splice["scratch"]) == (1, 6 / 8, 4 / 8)
    assert splice["effect"] == splice["score"] - splice["scratch"]


@pytest.mark.parametrize("init", ["rand_embed", "shuffled", "domain"])
def test_whether_training_ended_too_soon_is_known_of_every_first_initialization(tmp_path, monkeypatch, init):
    monkeypatch.setattr(study, "outcome", lambda run: run.init if run.init == "scratch" else "pretrained")
    arm = {"models": ["esm2-8m"], "inits": [init, "scratch"], "mappings": ["identity"]}
    config = study.config(arms=[arm], tasks=["gb1"])
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    study.write_study(tmp_path, config)
    [row] = verdict_table.verdicts(Results(config, tmp_path)).to_dict("records")
    assert (row["init"], row["learned"], row["at_last_step"], row["scratch_at_last_step"]) == (init, True, 1, 1)
    assert "were still improving when training ended" in verdict_words.unfinished_sentence(pd.DataFrame([row]))[0]


def test_each_table_behind_the_verdicts_is_made_once(results, monkeypatch):
    counted, compare = [], effects.compare_with_reference
    monkeypatch.setattr(effects, "compare_with_reference", lambda *given: counted.append(1) or compare(*given))
    first, again = verdict_table.verdicts(results), verdict_table.verdicts(results)
    table = results.table(effects.effects)
    assert len(counted) == 2  # effects by example and by whole group
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(table, effects.effects(results))


def test_frozen_features_of_both_initializations_are_levels(tmp_path):
    whole = study.with_frozen(PAIR, 2, tasks=["splice"], training_per_task={})
    whole["similarity"]["tasks"] = whole["trainability"]["tasks"] = []
    config = selected(whole)
    study.write_study(tmp_path, config)
    tables = study.write_tables(tmp_path, whole, tmp_path / "tables")
    [row] = tables["verdicts"].to_dict("records")
    assert (row["frozen"], row["frozen_scratch"], row["rate"]) == (1, 7 / 8, "fixed")
    content = answer.content(tables, config)
    assert content["frozen_seeds"] == "2 seeds"
    [shown] = content["rows"]
    assert shown["levels"] == {
        "Fine-tuned": [level("pre-trained", "0.833"), level("random", "0.625")],
        "Frozen": [level("pre-trained", "1.000", best=True), level("random", "0.875")],
        "n\N{NON-BREAKING HYPHEN}grams": [level("", "0.875")],
    }


def level(title, score, best=False):
    """A mean test score as the page shows it."""
    return {"title": title, "score": score, "best": best}


def test_a_level_that_a_row_lacks_is_a_dash_and_one_that_all_lack_is_left_out():
    table = decided(config_of(), ("splice", CLEAR, CLEAR, {}), ("gb1", CLEAR, CLEAR, {}))
    table = table.assign(frozen_scratch=[0.7, NAN], kmer=NAN)
    splice, gb1 = (row["levels"] for row in shown(config_of(), table)["rows"])
    assert list(splice) == ["Fine-tuned", "Frozen"]
    assert splice["Frozen"] == [level("random", "0.700", best=True)]
    assert [one["best"] for one in splice["Fine-tuned"]] == [True, True]  # equal scores are both the highest
    assert gb1["Frozen"] == [level("random", "–")]


def test_models_of_the_own_domain_have_a_column():
    frozen = {"inits": PAIR, "max_seeds": 1, "domain_models": ["esm2-8m"]}
    config = selected(config_of(("splice", "gb1"), frozen=frozen, experiments=["main", "frozen"]))
    table = decided(config, ("splice", CLEAR, CLEAR, {}), ("gb1", CLEAR, CLEAR, {})).assign(kmer=0.5)
    arm = {"task": "gb1", "model": "esm2-8m", "mapping": "identity", "fraction": 1, "rate": "frozen"}
    summary = [{**arm, "init": "pretrained", "mean": 0.9}, {**arm, "init": "scratch", "mean": 0.6}]
    summary.append({**arm, "model": "kmer", "init": "baseline", "mapping": "none", "rate": "none", "mean": 0.5})
    splice, gb1 = (row["levels"] for row in shown(config, table, summary)["rows"])
    assert list(gb1) == list(splice) == ["Fine-tuned", "Frozen ESM-2 8M", "n\N{NON-BREAKING HYPHEN}grams"]
    assert gb1["Frozen ESM-2 8M"] == [level("pre-trained", "0.900", best=True), level("random", "0.600")]
    assert splice["Frozen ESM-2 8M"] == [level("pre-trained", "–"), level("random", "–")]
    assert not any(one["best"] for one in gb1["Fine-tuned"])


@pytest.mark.parametrize(
    ("score", "curve", "terms"),
    [
        (CLEAR, CLEAR, set()),
        (CLEAR, MAYBE, {"may"}),
        (NOTHING, WIDE, {"small", "uncertain"}),
        (NO_INTERVAL, CLEAR, set()),
    ],
)
def test_only_words_in_the_table_are_explained(score, curve, terms):
    config = config_of(("splice", "gb1"))
    table = decided(config, ("splice", score, curve, {}), ("gb1", score, curve, {}))
    assert shown(config, table)["terms"] == terms


def test_two_seeds_have_effects_and_no_verdict(root):
    table = verdict_table.verdicts(Results(study.config(seeds=[100, 101]), root))
    assert found(table) == found(table, CURVE) == [UNKNOWN, UNKNOWN]
    assert table["effect"].tolist() == pytest.approx([1.5 / 8, 12 / 504])
    assert study.blank(table[["ci_low", "p_holm", "bound", "area_p_holm", "area_bound"]].to_numpy().ravel())


def test_without_a_reference_there_is_no_verdict(root):
    config = study.config(arms=[{"models": ["minilm-l6"], "inits": ["pretrained"]}])
    table = verdict_table.verdicts(Results(config, root))
    assert table.empty and list(table.columns) == verdict_table.COLUMNS
    nothing = "No network of this study was also trained from scratch for comparison, so no effect can be estimated."
    content = shown(config, table)
    assert content["sentences"] == [nothing] and content["rows"] == []
    unchanged = {**ARM, "task": "splice", "init": "pretrained", "constant": False, "best_step": 0}
    first, second = shown(config, table, runs=[unchanged])["sentences"]
    assert first == nothing and ", some runs never scored higher" in second


@pytest.mark.parametrize(
    ("arms", "sentence"),
    [
        ([], "This study fine-tunes nothing."),
        (
            [{"experiment": "model_families", "models": ["minilm-l6"], "inits": PAIR, "tasks": ["gb1"]}],
            "The main experiment is not part of this study; its other experiments are reported below.",
        ),
    ],
)
def test_a_study_without_its_main_experiment_has_no_verdict(three, arms, sentence):
    config = study.config(arms=arms, experiments=["main", "model_families"])
    content = answer.content(three.tables, config)
    assert (content["sentences"], content["rows"]) == ([sentence], [])


def test_a_study_of_frozen_features_alone_says_what_it_leaves_out(three):
    config = study.with_frozen(["pretrained", "scratch"], 2)
    config = selected({**config, "experiments": ["frozen"]})
    [sentence] = answer.content(three.tables, config)["sentences"]
    assert sentence.startswith("This study does not fine-tune")


def test_p_values_are_adjusted_for_the_number_of_tasks():
    rows = [("splice", 0.01), ("gb1", 0.02), ("amp", 0.04)]
    table = decided(config_of(), *((task, (0.2, 0.1, 0.3, p, 3), NOTHING, {}) for task, p in rows))
    assert table["p_holm"].tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert found(table) == [HIGHER] * 3
    table = decided(config_of(), *((task, (0.2, 0.1, 0.3, 2 * p, 3), NOTHING, {}) for task, p in rows[:2]))
    assert table["p_holm"].tolist() == pytest.approx([0.04, 0.04])
    table = decided(config_of(), *((task, (-0.2, -0.3, -0.1, 2 * p, 3), NOTHING, {}) for task, p in rows))
    assert table["p_holm"].tolist() == pytest.approx([0.06, 0.08, 0.08])
    assert found(table) == [MAYBE_LOWER] * 3


def test_a_task_without_a_p_value_is_not_counted():
    rows = [("splice", MAYBE, NOTHING, {}), ("gb1", NO_INTERVAL, NOTHING, {})]
    table = decided(config_of(), *rows)
    assert table["p_holm"].iloc[0] == 0.03 and found(table) == [HIGHER, UNKNOWN]


def test_the_endpoints_are_adjusted_apart():
    table = decided(config_of(), ("splice", MAYBE, CLEAR, {}), ("gb1", MAYBE, MAYBE, {}))
    assert table["p_holm"].tolist() == pytest.approx([0.06, 0.06])
    assert table["area_p_holm"].tolist() == pytest.approx([0.002, 0.03])
    assert found(table) == [MAYBE_HIGHER] * 2 and found(table, CURVE) == [HIGHER] * 2


def test_each_rule_for_the_learning_rate_is_a_family_of_its_own():
    chosen = {"rate": "chosen"}
    rows = [("splice", MAYBE, NOTHING, {}), ("gb1", MAYBE, NOTHING, {}), ("splice", MAYBE, NOTHING, chosen)]
    table = decided(config_of(rules=2), *rows)
    assert table["p_holm"].tolist() == pytest.approx([0.06, 0.06, 0.03])
    assert found(table) == [MAYBE_HIGHER, MAYBE_HIGHER, HIGHER]


def test_tasks_with_different_rules_are_one_family_and_are_all_said():
    chosen = {"rate": "chosen"}
    config = config_of(["splice", "gb1"], training_per_task={"gb1": {"learning_rate": [1e-4, 3e-4]}})
    table = decided(config, ("splice", MAYBE, NOTHING, {}), ("gb1", MAYBE, NOTHING, chosen))
    assert table["p_holm"].tolist() == pytest.approx([0.06, 0.06])
    both = "on Splice junctions and GB1 binding"
    assert verdict_words.sentences(table, SCORE)[0] == f"After fine-tuning, pre-training may help {both}."
    [nothing] = verdict_words.sentences(table.assign(learned=False), SCORE)
    assert "Splice junctions and GB1 binding" in nothing
    content = shown(config, table)
    assert not content["both_rules"] and content["comparisons"] == "2"


def test_the_common_rate_is_primary_and_the_other_rule_has_the_last_sentence():
    chosen = {"rate": "chosen"}
    rows = [("splice", WIDE, NOTHING, chosen), ("gb1", CLEAR, NOTHING, chosen)]
    rows += [("splice", CLEAR, NOTHING, {}), ("gb1", WORSE, CLEAR, {})]
    config = config_of(rules=2)
    table = decided(config, *rows)
    assert set(primary(table)["rate"]) == {"fixed"}
    assert verdict_words.sentences(table, SCORE) == [
        "After fine-tuning, pre-training helps on Splice junctions and hurts on GB1 binding.",
        "Compared with one trained from scratch, the pre-trained network learns faster on GB1 binding and differs by "
        "at most 0.04 in its mean validation score on Splice junctions.",
        "With each initialization at the best of the learning rates tried: after fine-tuning, pre-training helps on "
        "GB1 binding; on Splice junctions, the result is too uncertain.",
    ]
    content = shown(config, table)
    assert content["both_rules"] and content["comparisons"] == "2"
    # Rows of a task are together, the primary one first.
    assert [(row["task"], row["qualifiers"]) for row in content["rows"]] == [
        ("Splice junctions", "a fixed learning rate"),
        ("Splice junctions", "each initialization at the best of the learning rates tried"),
        ("GB1 binding", "a fixed learning rate"),
        ("GB1 binding", "each initialization at the best of the learning rates tried"),
    ]


def test_tasks_on_which_no_network_learned_have_a_sentence_of_their_own():
    chosen = {"rate": "chosen"}
    rows = [(task, NOTHING, CLEAR, other) for other in ({}, chosen) for task in ("splice", "gb1", "amp")]
    table = decided(config_of(rules=2), *rows)
    not_learned = "On {}, neither network clearly beats the trivial baseline, so they cannot be compared."
    assert verdict_words.sentences(table.assign(learned=[True, False, False, False, True, True]), SCORE) == [
        "After fine-tuning, pre-training makes no difference larger than 0.04 on Splice junctions.",
        "Compared with one trained from scratch, the pre-trained network learns faster on Splice junctions.",
        not_learned.format("GB1 binding and Antimicrobial peptides"),
        f"With {text.RATES['chosen']}: after fine-tuning, pre-training makes no difference larger than 0.04 on GB1 "
        "binding and Antimicrobial peptides.",
    ]
    nowhere = not_learned.format("Splice junctions, GB1 binding and Antimicrobial peptides")
    assert verdict_words.sentences(table.assign(learned=False), CURVE) == [nowhere]


def test_a_study_with_chosen_rates_alone_has_them_as_its_answer():
    config = study.config(
        tasks=["splice"], arms=[{"models": ["minilm-l6"], "inits": PAIR, "learning_rate": [1e-4, 3e-4]}]
    )
    table = decided(config, ("splice", CLEAR, CLEAR, {"rate": "chosen"}))
    assert len(primary(table)) == 1
    first, _ = verdict_words.sentences(table, SCORE)
    assert first == "After fine-tuning, pre-training helps on Splice junctions."
    assert not shown(config, table)["both_rules"]


def test_several_models_are_named_and_are_one_family():
    config = config_of(tasks=["splice", "gb1"], models=["minilm-l6", "esm2-8m"])
    other = {"model": "esm2-8m"}
    rows = [("splice", MAYBE, CLEAR, {}), ("splice", MAYBE, CLEAR, other), ("gb1", CLEAR, CLEAR, {})]
    table = decided(config, *rows)
    assert table["p_holm"].tolist() == pytest.approx([0.06, 0.06, 0.003])
    assert verdict_words.sentences(table, SCORE)[0] == (
        "After fine-tuning, pre-training helps on GB1 binding, MiniLM-L6 and may help on Splice junctions, MiniLM-L6 "
        "and Splice junctions, ESM-2 8M."
    )
    content = shown(config, table)
    assert content["comparisons"] == "3"
    assert [row["qualifiers"] for row in content["rows"]] == ["MiniLM-L6", "ESM-2 8M", "MiniLM-L6"]


@pytest.mark.parametrize(
    ("scores", "curves", "comparisons"),
    [
        ((CLEAR, CLEAR, CLEAR), (CLEAR, WIDE, NOTHING), "3"),
        ((CLEAR, NO_INTERVAL, CLEAR), (WIDE, NO_INTERVAL, WIDE), "2"),
        ((CLEAR, NO_INTERVAL, CLEAR), (CLEAR, CLEAR, CLEAR), "2 or 3"),
        ((CLEAR, NO_INTERVAL, NO_INTERVAL), (NO_INTERVAL, WIDE, CLEAR), "2"),
        ((CLEAR, NO_INTERVAL, NO_INTERVAL), (NO_INTERVAL, NO_INTERVAL, NO_INTERVAL), ""),  # which is not corrected
    ],
)
def test_only_comparisons_with_a_p_value_are_counted(scores, curves, comparisons):
    rows = [(task, *numbers, {}) for task, *numbers in zip(("splice", "gb1", "amp"), scores, curves, strict=True)]
    assert shown(config_of(), decided(config_of(), *rows))["comparisons"] == comparisons


def test_each_rule_for_the_learning_rate_counts_its_own_comparisons():
    rows = [(task, CLEAR, CLEAR, {}) for task in ("splice", "gb1", "amp")]
    rows += [("splice", CLEAR, CLEAR, {"rate": "chosen"}), ("gb1", WIDE, NO_INTERVAL, {"rate": "chosen"})]
    config = config_of(rules=2)
    assert shown(config, decided(config, *rows))["comparisons"] == "2 or 3"


def test_the_comparison_is_that_of_the_first_initialization_on_all_of_the_data():
    config = study.config(
        tasks=["splice"],
        arms=[{"models": ["minilm-l6"], "inits": ["pretrained", "rand_embed", "scratch"], "fractions": [1, 0.1]}],
    )
    rows = [("splice", WORSE, WORSE, {"fraction": 0.1}), ("splice", CLEAR, CLEAR, {})]
    rows += [("splice", WORSE, WORSE, {"init": "rand_embed"})]
    table = decided(config, *rows)
    assert table[["init", "fraction", "verdict", "area_verdict"]].to_numpy().tolist() == [
        ["pretrained", 1, HIGHER, HIGHER]
    ]


def test_another_experiment_is_not_part_of_the_answer():
    config = config_of(tasks=["splice"])
    table = decided(config, ("splice", CLEAR, CLEAR, {}), ("splice", WORSE, WORSE, {"model": "esm2-8m"}))
    assert table["model"].tolist() == ["minilm-l6"]


@pytest.mark.parametrize(
    ("numbers", "score", "curve"),
    [
        (CLEAR, "pre-training helps on", "learns faster on"),
        (WORSE, "pre-training hurts on", "learns more slowly on"),
        (
            NOTHING,
            "pre-training makes no difference larger than 0.04 on",
            "differs by at most 0.04 in its mean validation score on",
        ),
    ],
)
def test_each_verdict_has_its_sentence(numbers, score, curve):
    first, second = verdict_words.sentences(decided(config_of(["splice"]), ("splice", numbers, numbers, {})), SCORE)
    assert first == f"After fine-tuning, {score} Splice junctions."
    assert second == f"Compared with one trained from scratch, the pre-trained network {curve} Splice junctions."


def test_the_bound_of_several_small_differences_is_the_largest():
    rows = [("splice", NOTHING, (0, -0.01, 0.01, 0.9, 3), {}), ("gb1", (0.0, -0.03, 0.03, 0.9, 3), NOTHING, {})]
    rows += [("amp", WORSE, WORSE, {})]
    first, second = verdict_words.sentences(decided(config_of(), *rows), SCORE)
    names = "Splice junctions and GB1 binding"
    assert f"makes no difference larger than 0.04 on {names}." in first  # 0.04 and 0.03
    assert f"differs by at most 0.04 in its mean validation score on {names}." in second  # 0.01 and 0.04
    assert "hurts on Antimicrobial peptides and" in first  # whose bound of 0.3 is no part of the sentence


@pytest.mark.parametrize(
    ("sign", "score", "curve"), [(1, "may help", "may learn faster"), (-1, "may hurt", "may learn more slowly")]
)
def test_what_only_the_single_interval_shows_may_be(sign, score, curve):
    low, high = sorted([0.1 * sign, 0.3 * sign])
    rows = [(task, *[(0.2 * sign, low, high, 0.03, 9)] * 2, {}) for task in ("splice", "gb1")]
    first, second = verdict_words.sentences(decided(config_of(), *rows), SCORE)
    assert f"pre-training {score} on Splice junctions and GB1 binding." in first
    assert f"the pre-trained network {curve} on Splice junctions and GB1 binding." in second


@pytest.mark.parametrize("numbers", [WIDE, NO_INTERVAL])
def test_undecided_tasks_are_named(numbers):
    rows = [("splice", CLEAR, numbers, {}), ("gb1", numbers, numbers, {})]
    assert verdict_words.sentences(decided(config_of(), *rows), SCORE) == [
        "After fine-tuning, pre-training helps on Splice junctions; on GB1 binding, the result is too uncertain.",
        "On Splice junctions and GB1 binding, it is open whether the pre-trained network learns faster than one from "
        "scratch.",
    ]
    assert verdict_words.sentences(decided(config_of(), *rows), CURVE)[1].startswith(
        "After fine-tuning, pre-training helps"
    )
    assert verdict_words.sentence(decided(config_of(), rows[1]), SCORE) == (
        "On GB1 binding, the result after fine-tuning is too uncertain."
    )


@pytest.mark.parametrize(
    ("numbers", "score", "curve", "need"),
    [
        (CLEAR, "helps", "faster", ""),
        (WORSE, "hurts", "slower", ""),
        (NOTHING, "no difference larger than 0.04", "no difference larger than 0.04", ""),
        (WIDE, "too uncertain", "too uncertain", "needs about 40 seeds"),
        ((*WIDE[:4], INF), "too uncertain", "too uncertain", "the {} split is too small"),
        (NO_INTERVAL, "unknown", "unknown", "all seeds give the same value"),
        ((*NO_INTERVAL[:4], INF), "unknown", "unknown", "all {} examples are of one group"),
    ],
)
def test_each_verdict_has_its_label_and_says_what_is_needed(numbers, score, curve, need):
    [row] = decided(config_of(["splice"]), ("splice", numbers, numbers, {})).to_dict("records")
    assert verdict_words.label(row, SCORE) == (score, need.format("test"))
    assert verdict_words.label(row, CURVE) == (curve, need.format("validation"))


def test_networks_that_still_learn_need_seeds_or_longer_training():
    for share, need in ((0.4, "needs about 40 seeds"), (0.5, "needs about 40 seeds or longer training")):
        table = decided(config_of(["splice"]), ("splice", WIDE, WIDE, {}))
        [row] = table.assign(at_last_step=0.0, scratch_at_last_step=share).to_dict("records")
        assert verdict_words.label(row, SCORE) == ("too uncertain", need)
        assert verdict_words.label(row, CURVE) == ("too uncertain", "needs about 40 seeds")


def test_one_or_two_seeds_are_too_few_for_a_verdict():
    for n in (1, 2):
        [row] = decided(config_of(["splice"]), ("splice", NO_INTERVAL, NO_INTERVAL, {"n": n})).to_dict("records")
        for endpoint in (SCORE, CURVE):
            assert verdict_words.label(row, endpoint) == ("unknown", "too few seeds for an interval")


def test_a_verdict_that_only_the_single_interval_shows_is_labelled_as_such():
    rows = [("splice", MAYBE, (-0.2, -0.3, -0.1, 0.03, 9), {}), ("gb1", MAYBE, (-0.2, -0.3, -0.1, 0.03, 9), {})]
    row = decided(config_of(), *rows).to_dict("records")[0]
    assert [verdict_words.label(row, endpoint)[0] for endpoint in (SCORE, CURVE)] == ["may help", "may be slower"]
    reversed_row = decided(config_of(), *((task, curve, score, other) for task, score, curve, other in rows))
    row = reversed_row.to_dict("records")[0]
    assert [verdict_words.label(row, endpoint)[0] for endpoint in (SCORE, CURVE)] == ["may hurt", "may be faster"]


def test_an_infinite_number_of_seeds_survives_the_file(tmp_path):
    config = config_of(["splice"])
    table = decided(config, ("splice", (*WIDE[:4], INF), WIDE, {}))
    write_table(table, tmp_path, "verdicts")
    read = pd.read_csv(tmp_path / "verdicts.csv")
    [row] = shown(config, read)["rows"]
    assert row["first"]["notes"] == ["the test split is too small"]
    assert row["other"]["notes"] == ["needs about 40 seeds"]


def test_the_rows_of_the_table(three):
    content = answer.content(three.tables, three.config)
    splice, gb1 = content["rows"]
    assert {key: splice[key] for key in ("task", "domain", "qualifiers", "metric", "levels")} == {
        **{"task": "Splice junctions", "domain": "DNA", "qualifiers": "", "metric": "accuracy"},
        "levels": {
            "Fine-tuned": [level("pre-trained", "0.833"), level("random", "0.625")],
            "n\N{NON-BREAKING HYPHEN}grams": [level("", "0.875", best=True)],
        },
    }
    assert splice["first"] == {
        **{"kind": UNCERTAIN, "label": "too uncertain"},
        "notes": ["the test split is too small", "neither network clearly beats the trivial baseline"],
        **{"effect": "+0.208", "interval": "−0.054 to +0.471", "steps": ""},
    }
    assert {key: splice["other"][key] for key in ("kind", "effect", "steps")} == {
        **{"kind": UNCERTAIN, "effect": "+0.154", "steps": "needs 41 % of the steps (14 to 121 %)"},
    }
    words = {"kind": UNCERTAIN, "label": "too uncertain", "notes": ["the validation split is too small"]}
    assert gb1["other"] == {**words, "effect": "+0.212", "interval": "−0.412 to +0.837", "steps": ""}
    assert (content["frozen_seeds"], content["both_rules"], content["comparisons"]) == ("", False, "2")
    assert [one["best"] for cells in gb1["levels"].values() for one in cells] == [True, False, False]
    assert (splice["by_group"][0], gb1["by_group"]) == ("by group: +0.250", [])
    assert re.fullmatch(r"[−+]0\.\d{3} to \+0\.\d{3}", splice["by_group"][1]) and len(splice["by_group"]) == 2


def test_the_effect_by_group_is_shown_next_to_the_test_score_only(three):
    by_curve = {**three.config, "report": {**three.config["report"], "endpoint": CURVE}}
    assert answer.content(three.tables, three.config)["by_group"]
    content = answer.content(three.tables, by_curve)
    assert not content["by_group"] and [row["by_group"] for row in content["rows"]] == [[], []]


def test_with_two_seeds_the_ratio_and_the_effect_by_group_have_no_interval(reports):
    splice, _ = answer.content(reports["two"].tables, reports["two"].config)["rows"]
    assert splice["by_group"] == ["by group: +0.250", ""]
    assert re.fullmatch(r"needs \d+ % of the steps", splice["other"]["steps"])


def seeds_drawn(row):
    """The horizontal places of the small dots of a row's drawing."""
    return [float(x) for x in re.findall(r'class="seed" cx="([\d.]+)"', row["drawing"])]


def test_the_endpoint_of_the_configuration_comes_first_and_is_drawn(three):
    by_curve = {**three.config, "report": {**three.config["report"], "endpoint": CURVE}}
    of_score, of_curve = (answer.content(three.tables, config) for config in (three.config, by_curve))
    on_score, on_curve, *others = of_score["sentences"]
    assert of_curve["sentences"] == [on_curve, on_score, *others]
    assert (of_score["test_score_first"], of_curve["test_score_first"]) == (True, False)
    assert of_score["sources"] == ["verdicts", "effects_by_seed"]
    assert of_curve["sources"] == ["verdicts", "convergence_runs"]
    for one, other in zip(of_score["rows"], of_curve["rows"], strict=True):
        assert (one["first"], one["other"]) == (other["other"], other["first"])
        assert f'class="interval {one["first"]["kind"]}"' in one["drawing"]
        assert f'class="interval {other["first"]["kind"]}"' in other["drawing"]
    # Differences of 2, 1 and 2 eighths; all areas are different.
    first, second, third = seeds_drawn(of_score["rows"][0])
    assert first == third > second
    assert len(set(seeds_drawn(of_curve["rows"][0]))) == 3


def test_the_dots_of_a_row_are_the_seeds_of_its_arm_alone(three):
    names = ("advice", "candidates", "runs", "summary", "verdicts", "effects", "effects_by_seed", "convergence_runs")
    tables = {name: three.tables[name] for name in names}
    before = answer.content(tables, three.config)["rows"]
    seeds = tables["effects_by_seed"]
    others = [seeds.assign(**other) for other in ({"rate": "chosen"}, {"fraction": 0.1}, {"model": "esm2-8m"})]
    tables["effects_by_seed"] = pd.concat([seeds, *others])
    assert answer.content(tables, three.config)["rows"] == before
    assert all(len(seeds_drawn(row)) == 3 for row in before)


def test_a_row_with_two_seeds_is_drawn_without_a_bar(reports):
    [splice, _] = answer.content(reports["two"].tables, reports["two"].config)["rows"]
    assert len(seeds_drawn(splice)) == 2 and 'class="bar"' not in splice["drawing"]
    assert splice["first"]["label"] == "unknown" and splice["first"]["interval"] == ""


def test_lower_and_higher_have_their_own_words():
    table = decided(config_of(), ("splice", CLEAR, WORSE, {}), ("gb1", WORSE, CLEAR, {}))
    assert found(table) == found(table, CURVE)[::-1] == [HIGHER, LOWER]
    assert found(decided(config_of(), ("amp", NOTHING, WIDE, {}))) == [SMALL]


def unfinished(tasks, **columns):
    table = decided(config_of(), *((task, CLEAR, CLEAR, {}) for task in tasks))
    return verdict_words.unfinished_sentence(table.assign(**columns))


def test_networks_that_still_improve_at_the_end_are_said():
    tasks, opening = ("splice", "gb1", "amp"), "Longer training may change the result:"
    best = "half or more of the runs of at least one initialization were still improving when training ended"
    short = "training ends before it has read every"
    enough = {"passes": [1, 1.5, NAN], "at_last_step": [0.4, 0, NAN], "scratch_at_last_step": 0.0}
    assert unfinished(tasks, **enough) == []
    [said] = unfinished(tasks, **{**enough, "at_last_step": [0.5, 0, 0], "passes": [1, 0.99, 1]})
    assert said == f"{opening} on Splice junctions, {best}; on GB1 binding, {short} training sequence once."
    [said] = unfinished(tasks, **{**enough, "scratch_at_last_step": [0, 0.6, 1.0], "passes": 0.5})
    others = "on GB1 binding and Antimicrobial peptides"
    assert said == f"{opening} {others}, {best}; on Splice junctions, {short} training sequence once."


def test_a_task_of_several_models_is_named_once_if_its_training_is_short():
    config = config_of(["splice"], models=["minilm-l6", "esm2-8m"])
    rows = [("splice", CLEAR, CLEAR, {"model": model}) for model in ("minilm-l6", "esm2-8m")]
    [sentence] = verdict_words.unfinished_sentence(decided(config, *rows).assign(passes=0.5))
    assert sentence.count("Splice junctions") == 1


@pytest.mark.parametrize(
    ("scores", "notes"),
    [
        ((0.8, 0.7, 0.8, 0.7), []),
        ((0.8, 0.9, 0.8, 0.9), ["both score lower fine-tuned than frozen"]),
        ((0.87, 0.91, 0.8, 0.9), ["random scores lower fine-tuned than frozen"]),  # 0.04 is not worth having
        ((0.8, 0.9, 0.8, 0.7), ["pre-trained scores lower fine-tuned than frozen"]),
        ((0.8, NAN, 0.8, NAN), []),
    ],
)
def test_networks_that_learned_little_are_said_next_to_the_verdict(scores, notes):
    row = dict(zip(("score", "frozen", "scratch", "frozen_scratch"), scores, strict=True))
    assert verdict_words.learning_notes({"learned": True, **row}, margin=0.05) == notes
    assert verdict_words.learning_notes({"learned": False, **row}, margin=0.05) == [
        "neither network clearly beats the trivial baseline"
    ]


@pytest.mark.parametrize(
    ("below", "note", "labels"),
    [
        ((True, True), "In every row, both fine-tuned networks score below linear models on their own", [[], []]),
        ((True, False), "", [["both score lower fine-tuned than frozen"], []]),
        ((False, False), "", [[], []]),
    ],
)
def test_a_note_on_every_row_is_below_the_table_instead(below, note, labels):
    config = config_of(("splice", "gb1"))
    table = decided(config, ("splice", CLEAR, CLEAR, {}), ("gb1", CLEAR, CLEAR, {}))
    scores = table["score"] + [0.1 if is_below else -0.1 for is_below in below]
    content = shown(config, table.assign(frozen=scores, frozen_scratch=scores))
    assert content["note"].startswith(note) and bool(content["note"]) == bool(note)
    assert [row["first"]["notes"] for row in content["rows"]] == labels


def test_networks_that_learned_nothing_are_said_below_the_verdicts():
    config = config_of(["splice"])
    table = decided(config, ("splice", WORSE, CLEAR, {}))
    inits = {"pretrained": True, "scratch": False, "baseline": True}
    runs = [{"task": "splice", **ARM, "init": init, "constant": constant} for init, constant in inits.items()]
    said = shown(config, table, runs=runs)["sentences"]
    assert (
        said[-1].startswith("Some runs show no sign of learning") and "on Splice junctions (pre-trained)." in said[-1]
    )
    assert not any("no sign of learning" in sentence for sentence in shown(config, table)["sentences"])


def test_a_single_row_keeps_its_note():
    table = decided(config_of(["splice"]), ("splice", CLEAR, CLEAR, {})).assign(frozen=0.9, frozen_scratch=0.9)
    content = shown(config_of(["splice"]), table)
    assert content["note"] == "" and content["rows"][0]["first"]["notes"] == ["both score lower fine-tuned than frozen"]


def test_text_with_permuted_words_is_called_so():
    row = {"domain": "text", "mapping": "permutation"}
    assert answer.domain(row) == "text with replaced words"
    assert answer.domain({**row, "mapping": "identity"}) == "text"
    assert answer.domain({**row, "domain": "dna"}) == "DNA"
