"""The paper's numbers next to ours."""

from beyondtext.core import paths
from beyondtext.core.tables import read_table
from beyondtext.report import text
from beyondtext.report.section import Section, Table
from beyondtext.report.sections import scores

COLUMNS = ["table", "task", "model", "init", "metric", "value", "where"]  # of config/published.csv


def published(results):
    """Mean scores and those that the paper printed; see `compare`."""
    return compare(scores.summary(results), paths.CONFIG / "published.csv")


def compare(summary, path):
    """Mean scores and those in a file of printed numbers.

    Parameters
    ----------
    summary : pandas.DataFrame
        From `beyondtext.report.sections.scores.summary`.
    path : path
        A CSV with the columns ``table task model init metric value where``; the value is empty if it has not been
        looked up yet.

    Returns
    -------
    pandas.DataFrame
        A row for each line of the file that the study has an arm for, trained on all of the data: ``ours``, its
        interval, ``value``, ``difference`` and whether the value is ``inside`` the interval (empty if unknown).
    """
    printed = read_table(path, COLUMNS, "correct its header line", dtype={"where": str})
    ours = summary[(summary["fraction"] == 1) & (summary["rate"] == "fixed")]
    ours = ours[ours["mapping"] == "permutation"].rename(columns={"mean": "ours"})
    keys = ["task", "model", "init", "metric"]
    merged = printed.merge(ours[[*keys, "ours", "ci_low", "ci_high"]], on=keys)
    known = merged["value"].notna() & merged["ci_low"].notna()
    inside = (merged["ci_low"] <= merged["value"]) & (merged["value"] <= merged["ci_high"])
    return merged.assign(difference=merged["ours"] - merged["value"], inside=inside.where(known))


def rows(table):
    """The comparison as text."""
    return [
        {
            "task": text.task_title(row["task"]),
            "model": text.model_title(row["model"]),
            "init": text.init_title(row["init"]),
            "metric": text.metric_title(row["metric"]),
            "ours": text.score(row["ours"]),
            "interval": text.between(row["ci_low"], row["ci_high"]),
            "theirs": text.score(row["value"]) or "not checked",
            "difference": text.signed(row["difference"]),
            "inside": {True: "yes", False: "no"}.get(row["inside"], ""),
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """The rows that the study has an arm for."""
    table = tables["published"]
    return None if table.empty else {"rows": rows(table)}


SECTION = Section("published", "Comparison with the paper", content, (Table("published", published),))
