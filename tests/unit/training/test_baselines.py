"""The baselines without a network, on examples with a planted rule that n-grams can find."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

import fit_baseline as program
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.data.examples import write_examples
from beyondtext.study.configuration import load_config
from beyondtext.study.grid import Run
from beyondtext.study.job_settings import baseline_settings
from beyondtext.training import baselines
from beyondtext.training.baselines import (
    BASELINES,
    Baseline,
    fit_baseline,
    fit_kmer,
    fit_trivial,
    ngrams,
)
from beyondtext.training.linear import PENALTIES, select_penalty
from beyondtext.training.run_files import OUT_OF_FOLD, read_predictions, read_run

SIZES = {"train": 120, "validation": 40, "test": 40}
KINDS = {
    "class": {"target": {"kind": "class", "classes": ["with", "without"]}, "metric": "accuracy"},
    "number": {"target": {"kind": "number"}, "metric": "spearman"},
}


def planted(kind):
    """Random sequences of symbols of 1 or 2 characters; the target is whether, or how often, "xx", "y" occurs."""
    generator = np.random.default_rng(0)
    rows = []
    for split, size in SIZES.items():
        for index in range(size):
            symbols = generator.choice(["a", "b", "c"], 12).tolist()
            count = index % 3
            for start in (0, 6)[:count]:
                symbols[start : start + 2] = ["xx", "y"]
            noisy = count + 0.5 * generator.standard_normal()
            target = noisy if kind == "number" else ("with" if count else "without")
            identity = f"{split}-{index}"
            rows.append({"id": identity, "split": split, "group": identity, "target": target, "symbols": symbols})
    return pd.DataFrame(rows)


def fit(tmp_path, model, kind="class", table=None, fraction=1, settings=None, **task):
    """Write examples and fit a baseline to them; return its record and its predictions."""
    task = {"domain": "dna", "title": "Planted", "symbols": {}, "source": "none", **KINDS[kind], **task}
    table = planted(kind) if table is None else table
    write_examples(tmp_path / "planted.parquet", "planted", task, table, ["a", "b", "c", "xx", "y"], {})
    run = Run("planted", model, "baseline", "identity", fraction, "none", 0)
    settings = {**baseline_settings(load_config("config/config.yaml"), run), **(settings or {})}
    record = fit_baseline(settings, tmp_path / "planted.parquet", tmp_path / "run", "c0de")
    assert read_run(tmp_path / "run") == record
    return record, read_predictions(tmp_path / "run")


@pytest.mark.parametrize(
    ("shortest", "longest", "expected"),
    [
        (1, 1, [("a",), ("bc",), ("d",)]),
        (2, 2, [("a", "bc"), ("bc", "d")]),
        (1, 3, [("a",), ("bc",), ("d",), ("a", "bc"), ("bc", "d"), ("a", "bc", "d")]),
        (4, 5, []),
    ],
)
def test_ngrams_are_tuples_of_consecutive_symbols(shortest, longest, expected):
    assert ngrams(["a", "bc", "d"], shortest, longest) == expected


def test_ngrams_distinguish_symbols_from_their_characters():
    assert ngrams(["ab"], 1, 2) == [("ab",)]
    assert set(ngrams(["a", "bc"], 2, 2)).isdisjoint(ngrams(["ab", "c"], 2, 2))


def test_targets_that_a_baseline_does_not_predict_are_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(BASELINES, "mean", replace(BASELINES["trivial"], name="mean", targets=("number",)))
    message = "^mean predicts targets of kind number, but those of planted are of kind class; choose another baseline"
    with pytest.raises(InputError, match=message):
        fit(tmp_path, "mean")
    fit(tmp_path, "mean", "number")


def test_trivial_predicts_the_largest_class_with_smoothed_shares_as_probabilities(tmp_path):
    record, predictions = fit(tmp_path, "trivial")
    assert set(predictions["prediction"]) == {"with"}
    # 80 of 120 training rows, with add-one smoothing.
    assert np.exp(predictions["log_probability_with"]).to_numpy() == pytest.approx(np.full(40, 81 / 122))
    assert np.exp(predictions["log_probability_without"]).to_numpy() == pytest.approx(np.full(40, 41 / 122))
    assert record["scores"] == {"validation": 26 / 40, "test": 26 / 40}


def test_trivial_predicts_the_mean_of_numbers(tmp_path):
    record, predictions = fit(tmp_path, "trivial", "number")
    train = planted("number").query("split == 'train'")["target"]
    assert predictions["prediction"].to_numpy() == pytest.approx(np.full(40, train.sum() / 120))
    assert record["scores"] == {"validation": 0, "test": 0}
    assert list(predictions.columns) == ["id", "group", "target", "prediction"]


@pytest.mark.parametrize(("kind", "lowest"), [("class", 0.95), ("number", 0.8)])  # numbers have added noise
def test_kmer_finds_a_planted_rule(tmp_path, kind, lowest):
    record, predictions = fit(tmp_path, "kmer", kind)
    assert min(record["scores"].values()) > lowest
    score = METRICS[record["metric"]]
    assert score(predictions["target"], predictions["prediction"]) == record["scores"]["test"]
    assert record["settings"]["penalty"] in PENALTIES
    assert record["settings"]["ngrams"] == [1, 3]


def test_the_probabilities_of_kmer_agree_with_its_predictions(tmp_path):
    _, predictions = fit(tmp_path, "kmer")
    names = np.array(["with", "without"])
    logs = predictions[[f"log_probability_{name}" for name in names]].to_numpy()
    assert np.exp(logs).sum(1) == pytest.approx(np.ones(40))
    assert (names[logs.argmax(1)] == predictions["prediction"].to_numpy()).all()


def test_ngrams_are_counted_once_for_each_length_and_weighted_as_by_scikit_learn(monkeypatch):
    tried, counted = [], []
    monkeypatch.setattr(baselines, "ngrams", lambda *given, **ends: counted.append(ends) or ngrams(*given, **ends))
    monkeypatch.setattr(
        baselines, "select_penalty", lambda features, *given: tried.append(features) or select_penalty(features, *given)
    )
    splits = dict(list(planted("class").groupby("split")))
    fit_kmer(splits, KINDS["class"], {"ngrams": [1, 3], "task": "planted"})
    assert len(counted) == 3 * (SIZES["train"] + SIZES["validation"])
    ways = [(longest, logarithms) for longest in (1, 2, 3) for logarithms in (True, False)]
    for (longest, logarithms), found in zip(ways, tried, strict=True):
        usual = TfidfVectorizer(analyzer=partial(ngrams, shortest=1, longest=longest), sublinear_tf=logarithms)
        wanted = usual.fit_transform(splits["train"]["symbols"]), usual.transform(splits["validation"]["symbols"])
        for part, expected in zip(found, wanted, strict=True):
            assert (part != expected).nnz == 0 and part.shape == expected.shape and part.dtype == expected.dtype


@pytest.mark.parametrize("kind", ["class", "number"])
def test_the_recorded_penalty_is_the_best_on_validation(tmp_path, monkeypatch, kind):
    def best_with(penalties):
        monkeypatch.setattr("beyondtext.training.linear.PENALTIES", penalties)
        record, _ = fit(tmp_path, "kmer", kind)
        return record["scores"]["validation"], record["settings"]["penalty"]

    alone = {penalty: best_with([penalty])[0] for penalty in PENALTIES}
    score, penalty = best_with(PENALTIES)
    assert score == max(alone.values()) > min(alone.values())
    assert penalty == max(candidate for candidate in PENALTIES if alone[candidate] == score)  # the strongest of equals


def test_the_test_split_does_not_choose_the_penalty(tmp_path):
    table = planted("class")
    before, _ = fit(tmp_path, "kmer", table=table)
    test = table["split"] == "test"
    table.loc[test, "target"] = table.loc[test, "target"].map({"with": "without", "without": "with"})
    after, _ = fit(tmp_path, "kmer", table=table)
    assert after["settings"] == before["settings"]
    assert after["scores"]["validation"] == before["scores"]["validation"]
    assert after["scores"]["test"] == pytest.approx(1 - before["scores"]["test"])


def without_training_rows_of(name):
    """The planted examples without one class in the training split."""
    table = planted("class")
    return table[(table["split"] != "train") | (table["target"] != name)]


def three_classes():
    """The planted examples with a third class, "rare", in the validation and test splits only."""
    table = planted("class")
    rare = (table["split"] != "train") & (table.index % 5 == 0)
    table.loc[rare, "target"] = "rare"
    return table


def test_trivial_gives_a_class_without_training_rows_a_probability(tmp_path):
    _, predictions = fit(tmp_path, "trivial", table=without_training_rows_of("without"))
    assert np.exp(predictions["log_probability_without"]).to_numpy() == pytest.approx(np.full(40, 1 / 82))


def test_kmer_gives_a_class_without_training_rows_probability_zero(tmp_path):
    target = {"kind": "class", "classes": ["rare", "with", "without"]}
    record, predictions = fit(tmp_path, "kmer", table=three_classes(), target=target)
    assert (predictions["log_probability_rare"] == -np.inf).all()
    logs = predictions[["log_probability_with", "log_probability_without"]].to_numpy()
    assert np.exp(logs).sum(1) == pytest.approx(np.ones(40))
    assert "rare" not in set(predictions["prediction"])
    assert 0.6 < record["scores"]["test"] < 0.9  # correct except for the rare fifth


def test_kmer_with_one_class_in_training_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"task planted: all 80 training sequences have the class 'with'.*raise"):
        fit(tmp_path, "kmer", table=without_training_rows_of("without"))


def test_a_fraction_reduces_the_training_split_only(tmp_path):
    trigrams = {"ngrams": [3, 3]}
    record, _ = fit(tmp_path, "kmer", fraction=0.5, settings=trigrams)
    whole, _ = fit(tmp_path, "kmer", settings=trigrams)
    assert record["examples"] == {"train": 60, "validation": 40, "test": 40}
    assert record["settings"]["features"] < whole["settings"]["features"]


def test_the_validation_split_selects_the_length_of_n_grams(tmp_path):
    """The planted motif takes two symbols; without it, single symbols say everything."""
    record, _ = fit(tmp_path, "kmer")
    assert record["settings"]["longest"] == 1  # "xx" and "y" occur in the motif only
    # One "a" and one "b" among others, next to each other: only their order tells the classes apart.
    generator, pairs = np.random.default_rng(0), planted("class")
    pairs["symbols"] = [
        [*generator.choice(["c", "xx"], 12), *("ab" if target == "with" else "ba"), *generator.choice(["c", "xx"], 12)]
        for target in pairs["target"]
    ]
    record, _ = fit(tmp_path, "kmer", table=pairs)
    assert record["settings"]["longest"] == 2 and record["scores"]["test"] == 1


def test_the_validation_split_selects_counts_where_composition_matters(tmp_path):
    """Long sequences of the same symbols, of which one class has more of one."""
    generator = np.random.default_rng(0)
    rows = planted("class")
    shares = {"with": [0.4, 0.3, 0.3], "without": [0.3, 0.4, 0.3]}
    rows["symbols"] = [generator.choice(list("abc"), 300, p=shares[target]).tolist() for target in rows["target"]]
    record, _ = fit(tmp_path, "kmer", table=rows)
    assert record["scores"]["test"] > 0.9


@pytest.mark.parametrize("model", ["trivial", "kmer"])
def test_a_baseline_gives_the_same_numbers_twice(tmp_path, model):
    (one, first), (two, second) = fit(tmp_path, model), fit(tmp_path, model)
    pd.testing.assert_frame_equal(first, second)
    assert (one["scores"], one["settings"]) == (two["scores"], two["settings"])


@pytest.mark.parametrize(
    ("model", "kind"), [("trivial", "class"), ("trivial", "number"), ("kmer", "class"), ("kmer", "number")]
)
def test_a_cross_validation_adds_out_of_fold_predictions_and_changes_nothing_else(tmp_path, model, kind):
    before, test = fit(tmp_path, model, kind)
    assert not (tmp_path / "run" / OUT_OF_FOLD).exists() and "folds" not in before
    record, test_after = fit(tmp_path, model, kind, settings={"cross_validation": {"folds": 4, "below": 41}})
    pd.testing.assert_frame_equal(test_after, test)
    found = read_predictions(tmp_path / "run", OUT_OF_FOLD)
    assert found[["id", "target"]].equals(planted(kind)[["id", "target"]]) and list(found) == list(test)
    score = METRICS[record["metric"]](found["target"], found["prediction"])
    assert record["scores"] == {**before["scores"], "cross_validation": score}
    assert record["folds"] == {"number": 4, "reason": ""}
    if model == "kmer":
        assert score > (0.95 if kind == "class" else 0.75)
    elif kind == "number":
        assert score == 0
    assert not (fit(tmp_path, model, kind, settings={"cross_validation": {"folds": 4, "below": 40}})[0]).get("folds")
    assert not (tmp_path / "run" / OUT_OF_FOLD).exists()  # that of the run before


def test_the_record_of_a_baseline(tmp_path):
    record, predictions = fit(tmp_path, "trivial")
    assert [record[key] for key in ("best_step", "steps", "parameters", "seeds")] == [None] * 4
    assert (record["init"], record["device"], record["code"]) == ("baseline", "cpu", "c0de")
    assert not (tmp_path / "run" / "curve.csv").exists()
    assert predictions["id"].tolist() == [f"test-{index}" for index in range(40)]


def test_a_fitted_baseline_predicts_any_rows():
    table = planted("class")
    splits = dict(list(table.groupby("split")))
    info = KINDS["class"]
    for fitted in (fit_trivial(splits, info, {}), fit_kmer(splits, info, {"ngrams": [1, 2]})):
        predict, _ = fitted
        predicted, log_probabilities = predict(splits["validation"].iloc[:7])
        assert (predicted.shape, log_probabilities.shape) == ((7,), (7, 2))


def test_a_new_entry_is_all_that_a_new_baseline_needs(tmp_path, monkeypatch):
    def fit_first(splits, info, settings):
        first = splits["train"]["target"].iloc[0]
        return lambda rows: (np.full(len(rows), first, dtype=object), np.zeros((len(rows), 2))), {"first": first}

    monkeypatch.setitem(BASELINES, "first", Baseline("first", "the first training row", fit_first))
    record, predictions = fit(tmp_path, "first")
    assert set(predictions["prediction"]) == {planted("class")["target"].iloc[0]} == {record["settings"]["first"]}


def test_the_program_fits_the_run_that_its_settings_name(tmp_path, capsys):
    fit(tmp_path, "trivial")
    examples, output = tmp_path / "planted.parquet", tmp_path / "again"
    given = ["--task", "planted", "--model", "trivial", "--examples", str(examples), "--output", str(output)]
    program.main(given)
    assert capsys.readouterr().out == "planted trivial: test accuracy 0.650\n"
    record = read_run(output)
    assert (record["task"], record["model"], record["seed"], record["fraction"]) == ("planted", "trivial", 0, 1)


def test_the_program_refuses_missing_examples(tmp_path):
    with pytest.raises(SystemExit, match=r"error: .*nothing\.parquet is missing"):
        program.main(["--task", "planted", "--examples", str(tmp_path / "nothing.parquet")])
