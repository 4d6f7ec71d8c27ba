"""Runs that were made with other settings than the configuration asks for."""

import copy
import json

import pytest

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.report import run_settings
from beyondtext.report.load import Results
from beyondtext.report.run_settings import ABSENT, check_settings, differences
from beyondtext.study import grid
from beyondtext.study.grid import Run
from beyondtext.study.selection import selected

RUN = Run("splice", "minilm-l6", "scratch", "permutation", 1, "fixed", 101)
FROZEN = Run("splice", "minilm-l6", "scratch", "permutation", 1, "frozen", 101)
KMER = Run("amp", "kmer", "baseline", "identity", 1, "none", 0)


def record_of(run, config, precision="float32"):
    """What ``run.json`` has of a run's settings."""
    return {"settings": json.loads(json.dumps(study.settings_of(config, run))), "precision": precision}


def with_training(config, **changes):
    return {**config, "training": {**config["training"], **changes}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("steps", 41),
        ("batch_size", 4),
        ("learning_rate", 1e-5),
        ("warmup_fraction", 0.5),
        ("weight_decay", 0.01),
        ("clip_norm", None),
        ("evaluations", 2),
    ],
)
def test_a_training_setting_is_named_with_both_values_and_the_command(config, tmp_path, key, value):
    record = record_of(RUN, config)
    check_settings(config, RUN, record, tmp_path)
    with pytest.raises(InputError) as caught:
        check_settings(with_training(config, **{key: value}), RUN, record, tmp_path)
    asked = "null" if value is None else value
    assert str(caught.value) == (
        f"{tmp_path}/{RUN.directory}/run.json is the record of a run with training.{key} "
        f"{config['training'][key]}, but the configuration asks for training.{key} {asked}; make it again with "
        f"`snakemake --cores 2 --force {RUN.directory}/run.json`"
    )


def test_epochs_in_place_of_steps_are_another_setting(config, tmp_path):
    with pytest.raises(
        InputError, match=r"with no training\.epochs, but the configuration asks for training\.epochs 2;"
    ):
        check_settings(with_training(config, epochs=2), RUN, record_of(RUN, config), tmp_path)


def test_settings_of_one_task_and_of_one_arm_count(config, tmp_path):
    changed = copy.deepcopy(config)
    changed["training_per_task"]["splice"] = {"steps": 80}
    with pytest.raises(InputError, match=r"training\.steps 40, .* training\.steps 80"):
        check_settings(changed, RUN, record_of(RUN, config), tmp_path)
    changed = copy.deepcopy(config)
    changed["arms"][0]["learning_rate"] = 3e-4
    with pytest.raises(InputError, match=r"learning_rate 0\.0001, .*learning_rate 0\.0003"):
        check_settings(changed, RUN, record_of(RUN, config), tmp_path)


@pytest.mark.parametrize("run", [RUN, FROZEN])
def test_another_definition_of_the_model_is_another_setting(config, tmp_path, run):
    record = record_of(run, config)
    record["settings"]["model_definition"]["pooling"] = "first"
    with pytest.raises(InputError, match=r"with model_definition\.pooling first, .* model_definition\.pooling mean"):
        check_settings(config, run, record, tmp_path)


@pytest.mark.parametrize("run", [RUN, FROZEN])
@pytest.mark.parametrize(
    "changes",
    [{"device": "cuda"}, {"gpu_jobs": 4, "runs_per_process": 8}, {"checkpoint_seconds": 5}, {"name": "other"}],
)
def test_where_and_how_a_run_was_made_does_not_count(config, tmp_path, run, changes):
    check_settings(config | changes, run, record_of(run, config), tmp_path)


@pytest.mark.parametrize("run", [RUN, FROZEN])
def test_the_precision_is_the_one_that_the_run_had(config, tmp_path, run):
    asked = with_training(config, precision="bfloat16")
    check_settings(asked, run, record_of(run, config, "bfloat16"), tmp_path)
    check_settings(config, run, record_of(run, asked, "bfloat16"), tmp_path)  # auto is satisfied with any
    with pytest.raises(InputError, match=r"precision float32, but the configuration asks for .*precision bfloat16"):
        check_settings(asked, run, record_of(run, config, "float32"), tmp_path)


def test_a_job_may_add_settings_of_its_own(config, tmp_path):
    for run in (FROZEN, KMER):
        record = record_of(run, config)
        record["settings"] |= {"penalty": 10.0, "features": 384}
        check_settings(config, run, record, tmp_path)


def test_the_rule_for_cross_validations_counts_in_both_directions(config, tmp_path):
    off = {**config, "cross_validation": {"folds": 5, "below": 0}}
    fewer = {**config, "cross_validation": {"folds": 4, "below": 50}}
    with pytest.raises(InputError, match=r"cross_validation\.folds 5, .* cross_validation\.folds 4"):
        check_settings(fewer, KMER, record_of(KMER, config), tmp_path)
    with pytest.raises(InputError, match="with no cross_validation, "):
        check_settings(config, KMER, record_of(KMER, off), tmp_path)
    with pytest.raises(InputError, match="asks for no cross_validation;"):
        check_settings(off, KMER, record_of(KMER, config), tmp_path)


def test_other_n_grams_are_another_setting(config, tmp_path, monkeypatch):
    record = record_of(KMER, config)
    monkeypatch.setattr(run_settings.job_settings, "NGRAMS", [1, 4])
    with pytest.raises(InputError, match=r"ngrams \[1, 3\], .* ngrams \[1, 4\]"):
        check_settings(config, KMER, record, tmp_path)


def test_a_setting_that_an_earlier_version_did_not_have_is_another_setting():
    assert list(differences({}, {"special_ids": "keep"}, "float32")) == [("special_ids", ABSENT, "keep")]
    assert list(differences({"training": {"steps": 1, "old": 2}}, {"training": {"steps": 1}}, "float32")) == [
        ("training.old", 2, ABSENT)
    ]


def test_a_chosen_learning_rate_is_the_one_that_the_arm_chose(config, tmp_path):
    config = study.config(tasks=["gb1"], arms=study.CONFIG["arms"][:1])
    config["training_per_task"] = {"gb1": {"learning_rate": [3e-5, 1e-4]}}
    study.write_choices(tmp_path, config)
    for run in grid.trained_runs(config):
        record = record_of(run, config)
        check_settings(config, run, record, tmp_path)
        record["settings"]["training"]["learning_rate"] = 3e-5 if run.init == "scratch" else 1e-4
        with pytest.raises(InputError, match=r"learning_rate .* asks for training\.learning_rate"):
            check_settings(config, run, record, tmp_path)
    (tmp_path / run.choice).unlink()
    with pytest.raises(InputError, match="is missing"):
        check_settings(config, run, record_of(run, config), tmp_path)


def test_the_runs_of_another_study_are_shared_only_with_the_same_settings(root, config):
    assert len(Results(config | {"name": "other", "seeds": [100, 101]}, root).runs) == 3 * 2 + 2 * 2 + 2 * 2
    longer = with_training(config, steps=80)
    with pytest.raises(
        InputError, match=r"splice/.*run\.json is the record of a run with training\.steps 40"
    ) as caught:
        _ = Results(longer, root).runs
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [grid.trained_runs, grid.frozen_runs, grid.baseline_runs])
def test_every_kind_of_run_has_the_settings_that_its_job_is_given(tmp_path, kind):
    config = selected(study.with_frozen(["pretrained", "scratch"], 3))
    for run in kind(config):
        check_settings(config, run, record_of(run, config), tmp_path)


def test_similarities_of_other_encoders_or_settings_are_refused(root, config):
    changed = copy.deepcopy(config)
    changed["similarity"]["encoders"][0]["seeds"] = [100, 101]
    with pytest.raises(InputError) as caught:
        _ = Results(changed, root).similarity
    assert str(caught.value) == (
        f"{root}/results/similarity/gb1.parquet was made with encoders.minilm-l6 pretrained initial [100], but the "
        "configuration asks for encoders.minilm-l6 pretrained initial [100, 101]; make it again with `snakemake "
        "--cores 2 --force results/similarity/gb1.parquet`"
    )
    for key, value in (("tokens", 7), ("permutations", 3), ("measures", ["cka"]), ("seed", 5)):
        other = {**config, "similarity": {**config["similarity"], key: value}}
        with pytest.raises(InputError, match=rf"gb1\.parquet was made with (sample_)?{key} .*, but the config"):
            _ = Results(other, root).similarity
    other = {**config, "report": {**config["report"], "confidence": 0.9}}
    with pytest.raises(InputError, match=r"gb1\.parquet was made with confidence 0\.95, but the configuration asks"):
        _ = Results(other, root).similarity


@pytest.mark.parametrize(("key", "value"), [("batches", 7), ("noise", [0.5]), ("jacobian_tokens", 2), ("seed", 5)])
def test_trainability_measured_with_other_settings_is_refused(root, config, key, value):
    assert len(Results(config, root).measurements)
    other = {**config, "trainability": {**config["trainability"], key: value}}
    with pytest.raises(InputError, match=rf"seed100\.json was made with (sample_)?{key} .*; make it again with"):
        _ = Results(other, root).measurements
