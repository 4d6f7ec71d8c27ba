"""The paper's numbers next to ours."""

import pandas as pd

from beyondtext.core import paths
from beyondtext.core.tables import read_table
from beyondtext.report import text
from beyondtext.report.section import Section, Table
from beyondtext.report.sections import scores
from beyondtext.study.grid import FIXED

COLUMNS = ["task", "init", "metric", "by", "printed_model", "printed", "where"]  # of config/published.csv
EXAMPLE, GROUP = "example", "group"  # what a printed score counts: test examples, or groups such as pieces of music
OURS = ["model", "ours", "ci_low", "ci_high"]


def published(results):
    """Mean scores and those that the paper printed; see `compare`."""
    summary, summary_groups = results.table(scores.summary), results.table(scores.summary_by_group)
    return compare(summary, summary_groups, paths.CONFIG / "published.csv")


def compare(summary, summary_groups, path):
    """Mean scores and those in a file of printed numbers, whatever the model.

    Parameters
    ----------
    summary, summary_groups : pandas.DataFrame
        From `beyondtext.report.sections.scores`.
    path : path
        A CSV with the columns ``task init metric by printed_model printed where``; ``by`` is ``example`` or ``group``.

    Returns
    -------
    pandas.DataFrame
        A row for each line of the file and each of the study's models with such an arm, trained on all of the data with
        one learning rate for every initialization: the ``model``, ``ours``, its interval, the ``difference`` from the
        printed number, and whether that is ``inside`` the interval (empty without an interval).
    """
    printed = read_table(path, COLUMNS, "correct its header line", dtype={"where": str})
    ours = pd.concat([summary.assign(by=EXAMPLE), summary_groups.assign(by=GROUP)])
    own_domain = (ours["init"] == "domain") & (ours["mapping"] == "identity")
    ours = ours[(ours["fraction"] == 1) & (ours["rate"] == FIXED) & ((ours["mapping"] == "permutation") | own_domain)]
    keys = ["task", "init", "metric", "by"]
    merged = printed.merge(ours.rename(columns={"mean": "ours"})[[*keys, *OURS]], on=keys)
    inside = (merged["ci_low"] <= merged["printed"]) & (merged["printed"] <= merged["ci_high"])
    return merged.assign(
        difference=merged["ours"] - merged["printed"], inside=inside.astype(object).where(merged["ci_low"].notna())
    )


def rows(table):
    """The comparison as text."""
    return [
        {
            "task": text.task_title(row["task"]),
            "init": text.init_title(row["init"]),
            "metric": text.metric_title(row["metric"]) + (", by whole group" if row["by"] == GROUP else ""),
            "model": text.model_title(row["model"]),
            "ours": text.score(row["ours"]),
            "interval": text.between(row["ci_low"], row["ci_high"]),
            "printed_model": row["printed_model"],
            "printed": text.score(row["printed"]),
            "difference": text.signed(row["difference"]),
            "inside": {True: "yes", False: "no"}.get(row["inside"], text.DASH),
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """The rows that the study has an arm for."""
    table = tables["published"]
    return None if table.empty else {"rows": rows(table), "where": table["where"].iloc[0]}


SECTION = Section("published", "Comparison with the paper", content, (Table("published", published),))
