"""The command-line arguments of jobs."""

import argparse
import json

import pytest

import check_similarity
import compare_activations
import extract_activations
import finetune
import fit_baseline
import fit_frozen
import measure_trainability
from beyondtext.core.errors import InputError
from beyondtext.study.configuration import check_config
from beyondtext.study.job_arguments import (
    JOB_ARGUMENTS,
    add_job_arguments,
    configuration,
    given_or_made_settings,
    mapping,
)
from beyondtext.study.selection import selected


def test_a_configuration_is_a_path_or_json(default):
    assert configuration("config/config.yaml") == configuration(json.dumps(default)) == selected(default)


def test_invalid_json_is_named_as_such():
    with pytest.raises(InputError, match=r"^--config is not valid JSON \(.*\); give a path, or one JSON object$"):
        configuration("{")


def test_a_mistake_in_a_configuration_from_json_keeps_its_own_message(default):
    default["tasks"] = ["splise"]
    with pytest.raises(InputError, match=r"^--config: at tasks: unknown task 'splise'"):
        configuration(json.dumps(default))
    with pytest.raises(InputError, match="unknown task"):
        check_config(default)


@pytest.mark.parametrize("name", ["permutation", "identity", "shift-0", "shift-1000"])
def test_mappings_are_named(name):
    assert mapping(name) == name


@pytest.mark.parametrize("name", ["shift", "shift-", "shift--1", "identity ", ""])
def test_other_mappings_are_refused(name):
    with pytest.raises(argparse.ArgumentTypeError, match="is not permutation, identity or shift-<c>"):
        mapping(name)


def parsed(*arguments):
    parser = argparse.ArgumentParser()
    add_job_arguments(parser, "task", "model", "init", "fraction", "seed")
    return parser, parser.parse_args(arguments)


SETTINGS = {
    "task": "splice",
    "confidence": 0.95,
    "encoders": {"minilm-l6 pretrained initial": [103]},
    **{"tokens": 200, "sequences": 20, "tokens_per_sequence": 8, "attention_sequences": 0, "sample_seed": 0},
    "domain_models": [],
    "measures": ["cka"],
    "permutations": 9,
    "seed": 0,
}


def test_settings_given_as_json_are_the_jobs_settings():
    parser, given = parsed("--settings", json.dumps(SETTINGS))
    assert given_or_made_settings(parser, given, "similarities", ["task"], make=None) == SETTINGS


@pytest.mark.parametrize(
    ("others", "named"),
    [
        (["--seed", "105"], "--seed"),
        (["--seed=100"], "--seed"),  # the default
        (["--tas", "splice", "--fraction", "1", "--tas", "amp"], "--task and --fraction"),
    ],
)
def test_settings_given_as_json_are_refused_next_to_others(others, named, capsys):
    for arguments in (["--settings", json.dumps(SETTINGS), *others], [*others, "--settings", json.dumps(SETTINGS)]):
        parser, given = parsed(*arguments)
        with pytest.raises(SystemExit):
            given_or_made_settings(parser, given, "similarities", ["task"], make=None)
        assert f"--settings has all settings of the job; omit {named}, or" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        (check_similarity, ["--config", "config/config.yaml"]),
        (compare_activations, ["a.safetensors", "--task", "splice"]),
        (extract_activations, ["--stage", "finetuned"]),
        (finetune, ["--learning-rate", "1e-3"]),
        (fit_baseline, ["--model", "trivial"]),
        (fit_frozen, ["--mapping", "identity"]),
        (measure_trainability, ["--init", "scratch"]),
    ],
)
def test_every_program_refuses_other_settings_next_to_the_json(program, arguments, capsys):
    with pytest.raises(SystemExit):
        program.main([*arguments, "--settings", json.dumps(SETTINGS)])
    assert f"--settings has all settings of the job; omit {arguments[-2]}, or" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": None}, "at the top level: 'seed' is a required property"),
        ({"seed": -1}, "at seed: -1 is less than the minimum of 0"),
        ({"task": "../../splice"}, r"at task: '../../splice' does not match"),
        ({"task": 7}, "at task: 7 is not of type 'string'"),
        ({"confidence": 1}, "at confidence: 1 is greater than or equal to the maximum of 1"),
        ({"measures": ["cka", "ckb"]}, r"at measures\.1: 'ckb' is not one of"),
        ({"code": "x"}, "'code' was unexpected"),
    ],
)
def test_settings_given_as_json_are_checked(changes, said):
    settings = {key: value for key, value in {**SETTINGS, **changes}.items() if value is not None}
    parser, given = parsed("--settings", json.dumps(settings))
    with pytest.raises(InputError, match=f"^--settings: .*{said}"):
        given_or_made_settings(parser, given, "similarities", ["task"], make=None)


def test_the_settings_of_the_k_mer_baseline_have_the_lengths_of_its_n_grams():
    run = {"task": "a", "model": "kmer", "init": "baseline", "mapping": "identity", "fraction": 1, "rate": "none"}
    parser, given = parsed("--settings", json.dumps({**run, "seed": 0}))
    with pytest.raises(InputError, match="'ngrams' is a required property"):
        given_or_made_settings(parser, given, "baseline", ["task"], make=None)


def test_otherwise_they_are_made_from_the_other_arguments(capsys):
    parser, given = parsed("--task", "splice", "--model", "minilm-l6", "--fraction", "0.5")
    assert (given.init, given.seed, given.fraction) == ("pretrained", 100, 0.5)
    made = {"made": True}
    assert given_or_made_settings(parser, given, "run", ["task", "model"], make=lambda: made) == made
    parser, given = parsed("--task", "splice")
    with pytest.raises(SystemExit):
        given_or_made_settings(parser, given, "run", ["task", "model"], make=None)
    assert "give --task and --model (or --settings)" in capsys.readouterr().err


def test_every_argument_has_a_help_text_or_choices():
    assert all("help" in options for options in JOB_ARGUMENTS.values())
