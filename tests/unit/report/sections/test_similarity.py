"""The section on similarity: its rows and its figure."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import page
from beyondtext.report.load import Results, Tables, write_table
from beyondtext.report.plots import WIDTH
from beyondtext.report.sections import similarity
from beyondtext.similarity.files import write_problem


@pytest.fixture
def table():
    return study.last_layers(study.similarity())


def test_the_rows_of_the_answer(table):
    first, left, *others = similarity.answer_rows(table)
    assert first == {
        "task": "GB1 binding",
        "sample": "20,000 tokens, 400 sequences",
        "pair": "MiniLM-L6 with ESM-2 8M",
        "measure": "CKA",
        "meaning": "unmodified last layers",
        "value": "0.500",
        "interval": "0.400 to 0.600",
        "over": "",
        "random": "0.700 to 0.800",
        "how_many": "2 untrained",
        "permuted": "0.050",
        "above": "no, above permuted only",
    }
    assert [(row["pair"], row["sample"]) for row in others] == [
        *[("MiniLM-L6 with ESM-2 8M", "")] * 2,  # PWCCA, unmodified and deconfounded
        *[("ESM-2 8M with MiniLM-L6", "")] * 2,
    ]
    assert left["meaning"] == "what is left after symbol and position are regressed out" and left["above"] == "yes"


@pytest.mark.parametrize(
    ("random", "permuted", "words"),
    [
        (True, True, "yes"),
        (True, False, "no, above random only"),
        (False, True, "no, above permuted only"),
        (False, False, "no, neither"),
        (False, None, "no"),
        (None, False, "no"),
        (True, None, "–"),
        (None, True, "–"),
        (None, None, "–"),
    ],
)
def test_the_table_says_which_null_is_exceeded(table, tmp_path, random, permuted, words):
    """Next to a variant that is above both, so that a column of the file has true, false and missing values."""
    made = study.with_outcomes(table, raw=(random, permuted), deconfounded=(True, True))
    write_table(made, tmp_path, "similarity")
    for rows in map(similarity.answer_rows, (made, Tables(tmp_path)["similarity"])):
        assert [row["above"] for row in rows] == [words, "yes"] * 3
    alone = made[made["variant"] == "raw"]  # a column without a second value
    write_table(alone, tmp_path, "alone")
    assert {row["above"] for row in similarity.answer_rows(Tables(tmp_path)["alone"])} == {words}


def test_a_missing_null_is_called_missing():
    table = study.similarity()
    for side in "ab":
        chosen = (table[f"model_{side}"] == "minilm-l6") & (table[f"init_{side}"] != "scratch")
        table.loc[chosen, f"stage_{side}"] = "finetuned"
    rows = similarity.answer_rows(study.last_layers(table))
    assert {(row["random"], row["how_many"], row["above"]) for row in rows} == {("missing", "", "–")}
    for side in "ab":
        table.loc[table[f"init_{side}"] == "scratch", f"stage_{side}"] = "finetuned"
    assert {row["how_many"] for row in similarity.answer_rows(study.last_layers(table))} == {"2 fine-tuned"}


def test_the_further_rows(table):
    rows = similarity.further_rows(table)
    # The released code's number in both directions.
    assert [row["measure"] for row in rows] == ["attention overlap"] + ["PWCCA, released code"] * 2
    assert [row["first"] for row in rows[1:]] == ["MiniLM-L6", "ESM-2 8M"]
    assert rows[0] == {
        "task": "GB1 binding",
        "first": "MiniLM-L6",
        "second": "ESM-2 8M",
        "variant": "unmodified",
        "measure": "attention overlap",
        "value": "0.400",
        "interval": "0.300 to 0.500",
        "random": "0.200 to 0.300",
        "permuted": "–",
        "gaussian": "0.110",
    }


def test_several_seeds_are_one_row_with_their_mean_and_range():
    first, *_ = similarity.answer_rows(study.last_layers(study.with_second_seed(study.similarity(), 0.2)))
    assert first["pair"] == "MiniLM-L6 with ESM-2 8M"
    assert (first["value"], first["over"]) == ("0.400", "2 seeds: 0.300 to 0.500")
    assert first["interval"] == "0.200 to 0.600"  # 0.4 to 0.6 and 0.2 to 0.4
    further = similarity.further_rows(study.last_layers(study.with_second_seed(study.similarity(), 0.2)))
    assert [(row["measure"], row["interval"]) for row in further] == [
        ("attention overlap", "0.100 to 0.500"),
        *[("PWCCA, released code", "2 seeds: 0.650 to 0.850")] * 2,  # without intervals
    ]


def test_what_the_authors_printed_is_shown_for_their_tasks_only(root, config):
    assert similarity.printed(Results(config, root)).empty
    config["similarity"]["tasks"] = ["fluorescence"]
    study.write_similarity(root, config, "fluorescence")
    first, second = similarity.printed_rows(similarity.printed(Results(config, root)))
    assert first == {
        "task": first["task"],
        "pair": "text model with the domain's model",
        "stage": "before fine-tuning",
        "measure": "PWCCA",
        "theirs": "0.729",
        "ours": "0.500",
    }
    assert (second["theirs"], second["ours"]) == ("0.461", "0.700 to 0.800")


def drawn_places(table):
    """The places of the values in the figure, panel by panel."""
    panels = [axis for axis in similarity.draw_similarity({"similarity": table}, {}, WIDTH).axes if axis.get_title()]
    places = [float(line.get_ydata()[0]) for axis in panels for line in axis.lines if line.get_marker() in ("o", "D")]
    return places, [[label.get_text() for label in axis.get_yticklabels()] for axis in panels]


def test_a_pair_has_a_row_in_the_figure_and_each_variant_its_place(table):
    places, labels = drawn_places(table)
    assert places == pytest.approx([-0.2, 0.2] * 3)  # unmodified and deconfounded: CKA, PWCCA in both directions
    assert labels == [["GB1 binding\nMiniLM-L6 – ESM-2 8M"], [], []]  # on the left of each line of panels


def test_the_pairs_of_two_tasks_do_not_share_rows():
    table = pd.concat([study.similarity("gb1"), study.similarity("amp")], ignore_index=True)
    places, _ = drawn_places(study.last_layers(table[table["measure"] == "cka"]))
    assert sorted(places) == pytest.approx([-0.2, 0.2, 0.8, 1.2])


def reported(root, config, folder):
    """The page of a study, and its table of the tasks that are left out."""
    tables = study.write_tables(root, config, folder / "tables")
    study.write_stand_ins(config, tables, folder / "figures")
    return page.render(config, tables, folder / "figures"), tables["similarity_left_out"]


def test_a_study_that_cannot_be_compared_has_a_page_that_says_why(root, config, tmp_path):
    write_problem(root / "results/similarity/gb1.parquet", "gb1", "9 test sequences; raise caps.gb1.test")
    html, left_out = reported(root, config, tmp_path)
    assert left_out.to_dict("records") == [{"task": "gb1", "problem": "9 test sequences; raise caps.gb1.test"}]
    assert "Similarity of representations" in html
    assert "GB1 binding: 9 test sequences; raise caps.gb1.test." in html and "similarity_left_out.csv" in html
    assert 'data-csv="similarity' not in html and "Similarity in detail" not in html
    assert "Test scores" in html  # and everything else is there


def test_one_task_that_cannot_be_compared_leaves_the_others(root, config, tmp_path):
    write_problem(root / "results/similarity/splice.parquet", "splice", "too few")
    config["similarity"]["tasks"] = ["gb1", "splice"]
    html, left_out = reported(root, config, tmp_path)
    assert list(left_out["task"]) == ["splice"]
    assert "Splice junctions: too few." in html and 'data-csv="similarity"' in html


def test_a_study_in_which_all_tasks_are_compared_leaves_none_out(results):
    assert similarity.left_out(results).empty
