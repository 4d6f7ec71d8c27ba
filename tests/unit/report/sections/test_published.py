"""The paper's numbers next to ours."""

import pandas as pd
import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.report.sections import published
from beyondtext.study import definitions

HEADER = "task,init,metric,by,printed_model,printed,where\n"


def arm(task="h3", init="pretrained", mean=0.8, low=0.7, high=0.9, **other):
    """A row of the table of mean scores."""
    row = {"task": task, "model": "minilm-l6", "init": init, "mapping": "permutation", "fraction": 1, "rate": "fixed"}
    return {**row, "metric": "accuracy", "mean": mean, "ci_low": low, "ci_high": high, **other}


@pytest.fixture
def printed(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(
        HEADER + "h3,pretrained,accuracy,example,BERT base,0.85,page 24\n"
        "h3,scratch,accuracy,example,BERT base,0.5,page 24\n"
        "h3,domain,accuracy,example,Hilbert-CNN,0.9,page 24\n"
        "maestro,pretrained,accuracy,group,BERT base,0.552,page 24\n"
    )
    return path


def test_ours_are_compared_with_what_was_printed(printed):
    nan = float("nan")
    summary = pd.DataFrame(
        [
            arm(),
            arm(init="scratch", mean=0.7, low=nan, high=nan),
            arm(init="domain", model="esm2-8m", mapping="identity"),
        ]
    )
    table = published.compare(summary, summary.iloc[:0], printed)
    assert table["init"].tolist() == ["pretrained", "scratch", "domain"]
    assert table["difference"].tolist() == pytest.approx([-0.05, 0.2, -0.1])
    assert table["inside"].tolist()[::2] == [True, True] and pd.isna(table["inside"].iloc[1])


@pytest.mark.parametrize(
    "other", [{"fraction": 0.5}, {"rate": "chosen"}, {"mapping": "shift-5"}, {"metric": "spearman"}, {"task": "h4"}]
)
def test_arms_of_other_kinds_are_not_compared(printed, other):
    summary = pd.DataFrame([arm(**other)])
    assert published.compare(summary, summary.iloc[:0], printed).empty


def test_scores_by_group_are_compared_with_scores_by_group(printed):
    by_example, by_group = (pd.DataFrame([arm("maestro", mean=mean)]) for mean in (0.3, 0.6))
    table = published.compare(by_example, by_group, printed)
    assert table["ours"].tolist() == [0.6]


def test_every_model_of_the_study_has_a_row(printed):
    summary = pd.DataFrame([arm(model=name) for name in ("minilm-l6", "bert-base-uncased")])
    table = published.compare(summary, summary.iloc[:0], printed)
    assert table["model"].tolist() == ["minilm-l6", "bert-base-uncased"]


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text("task,printed\n")
    with pytest.raises(InputError, match=r"published\.csv has the columns task, printed"):
        published.compare(pd.DataFrame([arm()]), pd.DataFrame([arm()]), path)


def test_the_file_of_printed_numbers_names_what_exists():
    table = pd.read_csv(paths.CONFIG / "published.csv")
    for row in table.to_dict("records"):
        assert definitions.task(row["task"])["metric"] == row["metric"]
        assert row["init"] in INITIALIZATIONS and row["by"] in ("example", "group")
        assert METRICS[row["metric"]].lowest <= row["printed"] <= 1
    assert not table.duplicated(["task", "init"]).any()


def test_the_rows_of_the_table(printed):
    summary = pd.DataFrame([arm(task="h3"), arm(task="h3", init="scratch", mean=0.7, low=0.6, high=0.8)])
    table = published.compare(summary, summary.iloc[:0], printed)
    shown = [(row["printed"], row["difference"], row["inside"]) for row in published.rows(table)]
    assert shown == [("0.850", "−0.050", "yes"), ("0.500", "+0.200", "no")]
    assert published.content({"published": table.iloc[:0]}, {}) is None
