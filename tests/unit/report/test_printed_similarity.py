"""Similarities that the paper's authors printed next to ours."""

import pandas as pd

import small_study as study
from beyondtext.core import paths
from beyondtext.report import printed_similarity
from beyondtext.similarity.measures import MEASURES
from beyondtext.study import definitions

LINE = "similarity,gb1,{pair},pwcca,0.5,a slide\n"


def compared(tmp_path, table):
    path = tmp_path / "printed.csv"
    lines = [LINE.format(pair=pair) for pair in printed_similarity.PAIRS]
    path.write_text(",".join(printed_similarity.COLUMNS) + "\n" + "".join(lines) + LINE.replace("gb1", "amp"))
    return printed_similarity.compare(table, path)


def test_ours_are_next_to_those_of_the_same_pair_and_stage(tmp_path):
    table = study.similarity()
    table.loc[(table["model_a"] == "esm2-8m") & (table["init_b"] == "pretrained"), "value"] = 0.45
    rows = compared(tmp_path, table)
    assert rows[["pair", "stage", "n_ours"]].to_numpy().tolist() == [
        ["text-domain", "initial", 2],  # PWCCA in both directions
        ["domain-random", "initial", 4],  # and with two seeds
    ]
    assert rows[["ours_low", "ours_high"]].to_numpy().tolist() == [[0.45, 0.5], [0.7, 0.8]]
    for side in "ab":
        table.loc[table[f"model_{side}"] == "minilm-l6", f"stage_{side}"] = "finetuned"
    assert set(compared(tmp_path, table)["stage"]) == {"finetuned"}


def test_pairs_of_different_stages_are_not_what_was_printed(tmp_path):
    table = study.similarity()
    rows = table[(table["model_b"] == "esm2-8m") & table["last"]].copy()
    pair = rows.assign(model_b="minilm-l6", init_b="scratch", stage_b="finetuned")
    assert compared(tmp_path, pair).empty
    assert compared(tmp_path, pair.assign(stage_b="initial"))["pair"].unique().tolist() == [
        *("text-random", "random-random"),
    ]


def test_the_file_names_tasks_pairs_and_measures_that_exist():
    table = pd.read_csv(paths.CONFIG / "published_similarity.csv")
    assert set(table["pair"]) == set(printed_similarity.PAIRS) and set(table["measure"]) <= set(MEASURES)
    assert all(definitions.task(name) for name in table["task"])
    assert not table.duplicated(["task", "pair", "measure"]).any() and table["value"].between(0, 1).all()
