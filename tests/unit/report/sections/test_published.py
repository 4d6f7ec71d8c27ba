"""The paper's numbers next to ours."""

import pandas as pd
import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.report.sections import published
from beyondtext.study import definitions


def test_ours_are_compared_with_what_was_printed(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(
        "table,task,model,init,metric,value,where\n"
        "main,h3,bert,pretrained,accuracy,0.85,Table 2\n"
        "main,h3,bert,scratch,accuracy,,\n"
        "main,h4,bert,pretrained,accuracy,0.5,Table 2\n"
    )
    row = {"task": "h3", "model": "bert", "mapping": "permutation", "rate": "fixed", "metric": "accuracy"}
    rows = [
        {**row, "init": "pretrained", "fraction": 1, "mean": 0.8, "ci_low": 0.7, "ci_high": 0.9},
        {**row, "init": "pretrained", "fraction": 0.5, "mean": 0.6, "ci_low": 0.5, "ci_high": 0.7},
        {**row, "init": "scratch", "fraction": 1, "mean": 0.7, "ci_low": 0.6, "ci_high": 0.8},
    ]
    table = published.compare(pd.DataFrame(rows), path)
    assert table["init"].tolist() == ["pretrained", "scratch"]
    assert table["difference"].tolist()[0] == pytest.approx(-0.05) and table["inside"].iloc[0]
    assert table[["value", "difference", "inside"]].iloc[1].isna().all()
    path.write_text("task,value\n")
    with pytest.raises(InputError, match=r"published\.csv has the columns task, value"):
        published.compare(pd.DataFrame(rows), path)


def test_the_file_of_printed_numbers_names_tasks_models_and_metrics_that_exist():
    table = pd.read_csv(paths.CONFIG / "published.csv")
    for row in table.to_dict("records"):
        assert definitions.task(row["task"])["metric"] == row["metric"]
        assert definitions.model(row["model"])


def test_the_rows_of_the_table():
    row = {"task": "splice", "model": "minilm-l6", "init": "pretrained", "metric": "accuracy"}
    row |= {"ours": 0.8, "ci_low": 0.7, "ci_high": 0.9}
    theirs = [
        {"value": 0.75, "difference": 0.05, "inside": True},
        {"value": 0.5, "difference": 0.3, "inside": False},
        dict.fromkeys(("value", "difference", "inside"), float("nan")),
    ]
    table = pd.DataFrame([{**row, **one} for one in theirs])
    shown = [(r["theirs"], r["difference"], r["inside"]) for r in published.content({"published": table}, {})["rows"]]
    assert shown == [("0.750", "+0.050", "yes"), ("0.500", "+0.300", "no"), ("not checked", "", "")]
    assert published.content({"published": table.iloc[:0]}, {}) is None
