"""Similarity layer by layer, and its dependence on the sample."""

from types import SimpleNamespace

import pandas as pd

import small_study as study
from beyondtext.report.load import Results
from beyondtext.report.sections import similarity, similarity_layers


def table_of(similarity):
    """The table of layers of a study with these similarities."""
    return similarity_layers.layers(SimpleNamespace(similarity=similarity))


def test_there_is_a_map_for_each_pair_whose_layers_are_all_compared():
    maps = list(similarity_layers.layer_maps(table_of(study.similarity())))
    sizes = [(task, a, b, {title: len(rows) for title, rows in by_title.items()}) for task, a, b, by_title in maps]
    assert sizes == [
        ("gb1", "MiniLM-L6", "ESM-2 8M", {"CKA": 9, "attention overlap": 4}),
        ("gb1", "MiniLM-L6, random initialization", "ESM-2 8M", {"CKA": 9}),
    ]


def test_maps_of_several_seeds_are_named():
    table = study.similarity()
    second = table[(table["init_a"] == "pretrained") & (table["init_b"] == "pretrained")].copy()
    for side in "ab":
        second.loc[second[f"model_{side}"] == "minilm-l6", f"seed_{side}"] = 101
    table = table_of(pd.concat([table, second], ignore_index=True))
    assert [(a, b) for _, a, b, _ in similarity_layers.layer_maps(table)] == [
        ("MiniLM-L6, seed 100", "ESM-2 8M"),
        ("MiniLM-L6, random initialization", "ESM-2 8M"),
        ("MiniLM-L6, seed 101", "ESM-2 8M"),
    ]


def test_the_rows_of_sensitivity():
    first, second = similarity_layers.sensitivity(study.last_layers(study.similarity()))
    assert (first["pair"], first["measure"]) == ("MiniLM-L6 with ESM-2 8M", "CKA")
    assert [cell["value"] for cell in first["cells"]] == ["0.500", "0.520", "0.540", "0.600"]
    assert first["cells"][0]["gaussian"] == "0.110"
    assert [cell["tokens"] for cell in first["cells"]] == ["", "9,200 tokens", "5,400 tokens", ""]
    assert second["measure"] == "PWCCA" and second["cells"][1:] == [None] * 3


def test_a_study_that_compares_nothing_has_empty_tables(root):
    config = study.config()
    config["similarity"]["tasks"] = []
    results = Results(config, root)
    assert similarity_layers.layers(results).empty and similarity.last_layers(results).empty
    assert similarity.printed(results).empty
