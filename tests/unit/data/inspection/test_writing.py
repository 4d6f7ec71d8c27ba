"""The three files."""

from dataclasses import replace

import pytest
import yaml

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch
from beyondtext.data.inspection import writing
from beyondtext.data.inspection.findings import Wishes
from beyondtext.data.inspection.inspect import inspect
from beyondtext.data.prepare import make_examples
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config
from beyondtext.study.selection import selected
from own_data import fasta, letters, table, write

NUMBER = 60
TWO = ["enzyme" if row % 3 else "other" for row in range(NUMBER)]


@pytest.fixture
def findings(project, tmp_path):
    headers = [f"p{row} class={value}" for row, value in enumerate(TWO)]
    sequences = letters(NUMBER)
    sequences[5] = sequences[4]
    return inspect(write(tmp_path / "my_enzymes.fasta", fasta(headers, sequences)))


def test_the_files_define_what_was_found(project, findings):
    made = writing.write(findings)
    assert [path.relative_to(project).as_posix() for path in made.values()] == [
        "config/sources/my-enzymes.yaml",
        "config/tasks/my-enzymes.yaml",
        "config/my-enzymes.yaml",
    ]
    assert definitions.source("my-enzymes") == findings.source
    assert definitions.task("my-enzymes") == findings.task
    study = selected(load_config(made["study"]))
    assert (study["name"], study["tasks"], study["similarity"]["tasks"]) == ("my-enzymes", ["my-enzymes"], [])
    assert study["experiments"] == ["main", "frozen"]


def test_what_is_decided_when_the_files_exist_is_in_the_study(project, findings):
    def decide(config):
        assert config["name"] == findings.name and definitions.task(findings.name) == findings.task
        return {"training": {"steps": 7}}, {"training.steps": "a lucky number"}

    path = writing.write(findings, decide)["study"]
    assert "  steps: 7 # seen: a lucky number\n" in path.read_text()
    assert load_config(path)["training"]["steps"] == 7


def test_no_file_is_left_if_that_fails(project, findings):
    def fail(config):
        raise InputError("the memory is full")

    with pytest.raises(InputError, match="the memory is full"):
        writing.write(findings, fail)
    assert not any(path.exists() for path in writing.files_of(findings.name).values())


def test_the_workflow_makes_the_examples_that_the_inspection_counted(project, findings, tmp_path):
    writing.write(findings)
    name, raw = findings.name, project / "data" / "raw"
    fetch(definitions.source(name), raw / name)
    task = definitions.task(name)
    counts = make_examples(name, task, raw, tmp_path, tmp_path / "examples.parquet")
    assert counts == findings.counts
    assert {change["reason"] for change in counts["changes"]} & {"duplicates", "conflicting"}


def test_every_value_that_was_seen_has_a_comment(findings):
    text = writing.text_of(findings)["task"]
    target = "target: {kind: class, classes: [enzyme, other]}"
    assert f"{target} # seen: `class` has two values (enzyme: 40, other: 20)\n" in text
    for key in ("header", "symbols", "split", "max_length", "metric"):
        before, _, after = text.partition(f"{key}: ")
        assert "# seen: " in after.split("\n")[0] or before.rsplit("\n", 2)[-2].strip().startswith("# "), key
    assert all(len(line) <= 120 or " " not in line.strip("# ") for line in text.split("\n"))


def test_nothing_is_overwritten(project, findings):
    (project / "config" / "tasks" / "my-enzymes.yaml").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InputError, match=r"config/tasks/my-enzymes\.yaml exists already, not written by .*--name"):
            writing.write(findings, overwrite=overwrite)
    assert not (project / "config" / "my-enzymes.yaml").exists()
    assert (project / "config" / "tasks" / "my-enzymes.yaml").read_text() == "mine"


def test_files_of_its_own_are_overwritten_on_request(project, findings):
    made = writing.write(findings)
    with pytest.raises(
        InputError, match=r"tasks/my-enzymes\.yaml and config/my-enzymes\.yaml exist already; .*--overwrite"
    ):
        writing.write(findings)
    made["study"].write_text(made["study"].read_text().replace("max_seeds: 3", "max_seeds: 2"))
    writing.write(findings, overwrite=True)
    assert load_config(made["study"])["frozen"]["max_seeds"] == 3


def test_what_was_there_is_left_if_that_fails(project, findings):
    made = writing.write(findings)
    before = {path: path.read_text() for path in made.values()}

    def fail(config):
        raise InputError("the memory is full")

    changed = replace(findings, task=findings.task | {"title": "another title"})
    with pytest.raises(InputError, match="the memory is full"):
        writing.write(changed, fail, overwrite=True)
    assert {path: path.read_text() for path in made.values()} == before


@pytest.mark.parametrize("step", ["text", "check"])
def test_all_files_or_none(project, findings, step, monkeypatch):
    before = sorted(project.rglob("*"))

    def fail(*arguments):
        raise InputError("no")

    monkeypatch.setattr(writing, *(("load_config", fail) if step == "check" else ("replacing", fail)))
    with pytest.raises(InputError, match="no"):
        writing.write(findings)
    assert sorted(project.rglob("*")) == before
    assert "my-enzymes" not in definitions.names("tasks")


@pytest.mark.parametrize(
    "names",
    [
        ("yes", "no"),
        ("1.0", "~"),
        ("a: b", "# c"),
        ("it's", 'so "so"'),
        ("[x", "{y}"),
        ("été", "naïve"),
        ("very long " * 8 + "x", "very long " * 8 + "y"),
    ],
)
def test_classes_that_yaml_could_misread(project, tmp_path, names):
    labels = [names[row % 2] for row in range(NUMBER)]
    text = table(letters(NUMBER), labels, delimiter="\t", header=["sequence", "label"])
    found = inspect(write(tmp_path / "odd.tsv", text), Wishes(name="odd"))
    writing.write(found)
    assert definitions.task("odd")["target"]["classes"] == sorted(name.strip() for name in names)


def test_mappings_and_lists_that_are_long_have_a_line_for_each_entry():
    value = {"a": {"b": ["x" * 70, "y" * 70], "c": {"d": 1}}, "e": {}}
    text = writing.as_yaml(value, {"a.c": "one line\nnot two"})
    assert yaml.safe_load(text) == value
    assert text == (
        "a:\n  b:\n    - " + "x" * 70 + "\n    - " + "y" * 70 + "\n  c: {d: 1} # seen: one line not two\ne: {}\n"
    )
