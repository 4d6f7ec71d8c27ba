"""Frozen features and the run on them, with tiny models."""

import numpy as np
import pytest
import torch
import transformers

import fit_frozen as program
import tiny
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import run_seeds
from beyondtext.data.examples import SEPARATOR, read_examples, write_examples
from beyondtext.models.batches import collate, scoring_batches
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.device import Compute
from beyondtext.models.loading import load_encoder
from beyondtext.models.token_ids import Mapping, encode
from beyondtext.study.configuration import load_config
from beyondtext.study.grid import FROZEN, Run
from beyondtext.study.job_settings import frozen_settings, run_settings
from beyondtext.training import frozen, scoring
from beyondtext.training.frozen import features, fit_frozen
from beyondtext.training.linear import PENALTIES
from beyondtext.training.preparation import set_up, set_up_on
from beyondtext.training.run_files import OUT_OF_FOLD, read_predictions, read_run
from tiny import tiny_examples, tiny_model, tiny_settings, tiny_source

CPU = Compute(torch.device("cpu"), "float32")
FAMILIES = ["bert", "albert", "roberta", "esm"]
PAD, START, END = 0, 2, 3


@pytest.fixture
def sequences():
    generator = np.random.default_rng(1)
    return [np.array([START, *generator.integers(6, 30, generator.integers(1, 15)), END]) for _ in range(40)]


def model_of(folder, family):
    definition, files = tiny_model(folder, family, prefix="esm." if family == "esm" else "")
    return SequenceModel(load_encoder(definition, files, "pretrained", 0), "mean", 2)


@pytest.mark.parametrize("family", FAMILIES)
def test_features_are_the_mean_of_the_last_layer_over_symbols(tmp_path, sequences, family):
    model = model_of(tmp_path / family, family)
    found = features(model, sequences, PAD, CPU)
    assert found.shape == (40, 16) and found.dtype == np.float64
    plain = getattr(transformers, type(model.encoder).__name__)(model.encoder.config, add_pooling_layer=False).eval()
    plain.load_state_dict(model.encoder.state_dict())
    for row, sequence in zip(found, sequences, strict=True):
        ids = torch.from_numpy(sequence)[None]
        with torch.no_grad():
            states = plain(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        assert row == pytest.approx(states[1:-1].double().mean(0).numpy(), abs=1e-5)


def test_features_do_not_depend_on_padding_or_batches(tmp_path, sequences, monkeypatch):
    model = model_of(tmp_path / "bert", "bert")
    together = features(model, sequences, PAD, CPU)
    alone = np.concatenate([features(model, [sequence], PAD, CPU) for sequence in sequences])
    assert together == pytest.approx(alone, abs=1e-5)
    monkeypatch.setitem(scoring.SCORING_BATCH, "cpu", 7)
    assert features(model, sequences, PAD, CPU) == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_features_are_means_in_float64_rounded_to_float32_bit_by_bit(tmp_path, sequences, monkeypatch, precision):
    monkeypatch.setitem(scoring.SCORING_BATCH, "cpu", 7)
    model, compute = model_of(tmp_path / "bert", "bert").eval(), Compute(CPU.device, precision)
    found = features(model, sequences, PAD, compute)
    assert found.dtype == np.float64
    for rows in scoring_batches([len(sequence) for sequence in sequences], 7):
        ids, mask = collate([sequences[row] for row in rows], PAD, CPU.device)
        with torch.no_grad(), compute.autocast():
            states = model.encode(ids, mask).last_hidden_state
        symbols = mask.bool() & (ids != START) & (ids != END)
        weights = symbols / symbols.sum(1, keepdim=True, dtype=torch.float64)
        expected = torch.bmm(weights.unsqueeze(1), states.double()).squeeze(1)  # not under autocast
        assert np.array_equal(found[rows], expected.float().numpy())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_feature_that_is_the_same_for_every_token_is_constant(tmp_path, sequences, precision):
    """Standardization would make differences by rounding as large as those of every other feature."""
    model = model_of(tmp_path / "bert", "bert")
    normalization = model.encoder.encoder.layer[-1].output.LayerNorm
    with torch.no_grad():
        normalization.weight[:3] = 0
        normalization.bias[:3] = torch.tensor([0.7, -1 / 3, 123.456])
    found = features(model, sequences, PAD, Compute(CPU.device, precision))
    assert (np.ptp(found, axis=0) == 0).tolist() == [True] * 3 + [False] * 13


def test_features_have_no_dropout(tmp_path, sequences):
    model = model_of(tmp_path / "bert", "bert").train()
    assert model.encoder.config.hidden_dropout_prob > 0
    assert (features(model, sequences, PAD, CPU) == features(model, sequences, PAD, CPU)).all()


@pytest.mark.parametrize("between", [1, 2])  # end ids between the sequences of a pair
def test_the_separator_of_a_pair_is_no_symbol(tmp_path, between):
    mapping = Mapping({"A": 9, "C": 10}, START, END, PAD, between)
    pair, single = encode([["A", "C", SEPARATOR, "C"], ["A"]], mapping)
    model = model_of(tmp_path / "bert", "bert").eval()
    with torch.no_grad():
        ids = torch.from_numpy(pair)[None]
        states = model.encode(ids, torch.ones_like(ids)).last_hidden_state[0]
    expected = states[[1, 2, 3 + between]].double().mean(0).numpy()
    assert features(model, [pair, single], PAD, CPU)[0] == pytest.approx(expected, abs=1e-5)


def settings_of(definition, **changes):
    settings = tiny_settings(definition, rate=FROZEN, precision="float32", **changes)
    del settings["training"]
    return settings


@pytest.fixture
def fit(tmp_path):
    """A function that makes a run in a folder of a given name, and returns its record."""
    raw, definition = tiny_source(tmp_path)

    def make(name="run", examples=None, **changes):
        examples = examples or tiny_examples(tmp_path)
        record = fit_frozen(settings_of(definition, **changes), examples, raw, tmp_path / name, "c0de", 1)
        assert read_run(tmp_path / name) == record
        return record

    return make


def test_a_run_writes_its_record_and_predictions(fit, tmp_path):
    record = fit()
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["predictions.parquet", "run.json"]
    assert (record["rate"], record["init"], record["seeds"]) == ("frozen", "pretrained", run_seeds(7))
    assert [record[key] for key in ("best_step", "steps", "parameters")] == [None] * 3
    assert record["examples"] == {"train": 48, "validation": 16, "test": 16}
    assert (record["code"], record["precision"]) == ("c0de", "float32")
    assert record["settings"]["penalty"] in PENALTIES and record["settings"]["features"] == 16
    predictions = read_predictions(tmp_path / "run")
    assert record["scores"]["test"] == (predictions["prediction"] == predictions["target"]).mean()
    assert predictions["id"].tolist() == [f"r{number}" for number in range(64, 80)]
    log_probabilities = predictions[["log_probability_fewer", "log_probability_more"]]
    assert np.exp(log_probabilities).sum(axis=1).to_numpy() == pytest.approx(1)
    assert (log_probabilities.idxmax(axis=1) == "log_probability_" + predictions["prediction"]).all()


@pytest.mark.parametrize("init", ["pretrained", "scratch"])
def test_a_planted_rule_is_found(fit, init):
    """Whether A or C is more frequent is linear in a mean over symbols, even of a random encoder."""
    assert min(fit(init=init)["scores"].values()) >= 0.85


def with_targets(tmp_path, targets, table=None, **task):
    """The tiny examples with other targets: a list, or a function of their symbols."""
    table = read_examples(tiny_examples(tmp_path), "demo")[0] if table is None else table
    table["target"] = targets if isinstance(targets, list) else [targets(symbols) for symbols in table["symbols"]]
    path = tmp_path / "changed" / "demo.parquet"
    path.parent.mkdir(exist_ok=True)
    write_examples(path, "demo", {**tiny.TASK, **task}, table, ["A", "C"], {})
    return path


def test_a_number_is_predicted_in_its_own_unit(fit, tmp_path):
    def share(symbols):
        return 1000 + 50 * list(symbols).count("A") / len(symbols)

    path = with_targets(tmp_path, share, target={"kind": "number"}, metric="spearman")
    record = fit(examples=path)
    assert min(record["scores"].values()) > 0.9
    predictions = read_predictions(tmp_path / "run")
    assert list(predictions.columns) == ["id", "group", "target", "prediction"]
    assert predictions["prediction"].to_numpy() == pytest.approx(predictions["target"].to_numpy(), abs=10)


def test_the_test_split_decides_nothing(fit, tmp_path):
    before = fit()
    table, _ = read_examples(tiny_examples(tmp_path), "demo")
    swap = {"more": "fewer", "fewer": "more"}
    target = [
        swap[name] if split == "test" else name for name, split in zip(table["target"], table["split"], strict=True)
    ]
    after = fit("after", with_targets(tmp_path, target))
    assert after["settings"] == before["settings"]
    assert after["scores"]["validation"] == before["scores"]["validation"]
    assert after["scores"]["test"] == pytest.approx(1 - before["scores"]["test"])


def test_the_same_settings_give_the_same_bytes_and_another_seed_other_features(fit, tmp_path):
    fit("one"), fit("two"), fit("other", seed=8)
    one, two, other = ((tmp_path / name / "predictions.parquet").read_bytes() for name in ("one", "two", "other"))
    assert one == two != other


def test_the_encoder_is_that_of_the_fine_tuning_run(tmp_path):
    raw, definition = tiny_source(tmp_path)
    examples = tiny_examples(tmp_path)
    for init in ("pretrained", "scratch"):
        frozen = set_up_on(CPU.device, settings_of(definition, init=init), examples, raw)
        tuned = set_up(tiny_settings(definition, init=init), examples, raw, "eager")
        for name, tensor in tuned.model.encoder.state_dict().items():
            assert torch.equal(frozen.model.encoder.state_dict()[name], tensor), name
        for split, data in tuned.data.items():
            assert all(map(np.array_equal, frozen.data[split].sequences, data.sequences))


@pytest.mark.parametrize("kind", ["class", "number"])
def test_a_cross_validation_has_the_same_features_and_changes_nothing_else(fit, tmp_path, monkeypatch, kind):
    rule, computed = {"cross_validation": {"folds": 4, "below": 50}}, []
    path = tiny_examples(tmp_path)
    if kind == "number":
        shares = {"target": {"kind": "number"}, "metric": "spearman"}
        path = with_targets(tmp_path, lambda symbols: list(symbols).count("A") / len(symbols), **shares)
    shuffled, _ = read_examples(path, "demo")  # splits are not in order of the file
    shuffled = shuffled.sample(frac=1, random_state=0, ignore_index=True)
    path = with_targets(tmp_path, shuffled["target"].tolist(), table=shuffled, **({} if kind == "class" else shares))
    before = fit("before", path)
    monkeypatch.setattr(frozen, "features", lambda *parts: computed.append(1) or features(*parts))
    record = fit("run", path, **rule)
    assert len(computed) == 3  # one for each split
    one, other = (tmp_path / name / "predictions.parquet" for name in ("before", "run"))
    assert one.read_bytes() == other.read_bytes()
    found = read_predictions(tmp_path / "run", OUT_OF_FOLD)
    assert found[["id", "target"]].equals(shuffled[["id", "target"]])
    score = METRICS[record["metric"]](found["target"], found["prediction"])
    assert record["scores"] == {**before["scores"], "cross_validation": score} and score >= 0.85
    assert record["folds"] == {"number": 4, "reason": ""}


def test_a_fraction_reduces_the_training_split_only(fit):
    assert fit(fraction=0.25)["examples"] == {"train": 12, "validation": 16, "test": 16}


def test_one_class_in_training_is_refused(fit, tmp_path):
    path = with_targets(tmp_path, ["more"] * 48 + ["more", "fewer"] * 16)
    with pytest.raises(InputError, match="task demo: all 48 training sequences have the class 'more'"):
        fit(examples=path)
    assert not (tmp_path / "run").exists()


def test_settings_are_those_of_the_fine_tuning_run_without_its_training():
    config = load_config("config/config.yaml")
    run = Run("splice", "minilm-l6", "scratch", "permutation", 1, FROZEN, 103)
    tuned = run_settings(config, Run("splice", "minilm-l6", "scratch", "permutation", 1, "fixed", 103))
    training = tuned.pop("training")
    own = {"rate": FROZEN, "precision": training["precision"], "cross_validation": config["cross_validation"]}
    assert frozen_settings(config, run) == {**tuned, **own}


def test_the_program_fits_the_run_that_its_arguments_name(fit, tmp_path, capsys, monkeypatch):
    raw, definition = tiny_source(tmp_path)
    monkeypatch.setattr(
        program, "frozen_settings", lambda config, run: settings_of(definition, init=run.init, seed=run.seed)
    )
    given = ["--task", "demo", "--model", "tiny", "--init", "scratch", "--seed", "9", "--raw", str(raw)]
    program.main([*given, "--examples", str(tiny_examples(tmp_path)), "--output", str(tmp_path / "by-hand")])
    record = read_run(tmp_path / "by-hand")
    assert (record["init"], record["rate"], record["seed"]) == ("scratch", "frozen", 9)
    score = f"{record['scores']['test']:.3f}"
    assert f"demo tiny scratch seed 9, frozen features: test accuracy {score}" in capsys.readouterr().out


def test_the_program_refuses_missing_examples(tmp_path):
    missing = str(tmp_path / "nothing.parquet")
    with pytest.raises(SystemExit, match=r"error: .*nothing\.parquet is missing"):
        program.main(["--task", "splice", "--model", "minilm-l6", "--examples", missing])
