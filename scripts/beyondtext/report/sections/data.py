"""Data: filtering and split sizes of every task, sources, models."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import without_secrets
from beyondtext.data.tally import ALTERED, CHOSEN, DROPPED, NOTED, REASONS, REPAIRED
from beyondtext.report import text
from beyondtext.report.section import Section, Table
from beyondtext.study import definitions, needs

SOURCE_COLUMNS = ["source", "title", "version", "licence", "homepage", "note"]
MODEL_COLUMNS = ["model", "title", "note"]
CHANGE_COLUMNS = ["task", "reason", "effect", "count", "example", "symbols", "remark"]
REMOVED = (DROPPED, CHOSEN)  # effects after which a record is not among the examples


def tasks(results):
    """How many of each task's records were read, its split sizes and its lengths in symbols."""
    rows = []
    for info in results.example_counts:
        counts = info["counts"]
        rows.append(
            {
                **{key: info[key] for key in ("domain", "task", "metric", "source")},
                "read": counts["read"],
                **counts["splits"],
                "test_groups": counts["groups"]["test"],
                "length_median": counts["length"]["median"],
                "length_max": counts["length"]["max"],
            }
        )
    return pd.DataFrame(rows)


def changes(results):
    """What was dropped, altered, left out or repaired on the way from each task's files to its examples.

    ``effect`` is that of `beyondtext.data.tally.REASONS`; ``example`` is the first record; ``symbols`` are the
    commonest ones that are the reason, with their counts; ``remark`` says more about all of the records.
    """
    rows = []
    for info in results.example_counts:
        for change in info["counts"]["changes"]:
            symbols = " ".join(f"{symbol}:{count}" for symbol, count in change["symbols"].items())
            if change["reason"] not in REASONS:
                raise InputError(
                    f"the examples of {info['task']} were made by another version of this project: it does not know "
                    f"their {change['reason']!r}; run `snakemake --cores 2 tokenize`"
                )
            effect = REASONS[change["reason"]].effect
            rows.append({"remark": "", **change, "task": info["task"], "effect": effect, "symbols": symbols})
    return pd.DataFrame(rows, columns=CHANGE_COLUMNS)


def sources(results):
    """Every source that the study reads, with its licence; passwords in the address of its homepage are hidden."""
    rows = [{**definitions.source(name), "source": name} for name in needs.sources_needed(results.config)]
    for row in rows:
        if "homepage" in row:
            row["homepage"] = without_secrets(row["homepage"])
    return pd.DataFrame(rows, columns=SOURCE_COLUMNS)


def models(results):
    """Every model of the study."""
    rows = [{**definitions.model(name), "model": name} for name in needs.networks(results.config)]
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)


def rows(table, changed):
    """The tasks' counts as text, with what was removed and what else was changed in words."""
    numbers = ("read", "train", "validation", "test", "test_groups", "length_max")
    return [
        {
            **{key: f"{row[key]:,}" for key in numbers},
            "task": text.task_title(row["task"]),
            "question": definitions.task(row["task"])["description"],
            "domain": text.DOMAINS[row["domain"]],
            "length_median": f"{row['length_median']:g}",
            "removed": _in_words(changed, row["task"], REMOVED) or "none",
            "changed": _in_words(changed, row["task"], (ALTERED, REPAIRED, NOTED)) or "none",
        }
        for row in table.to_dict("records")
    ]


def _in_words(changed, task, effects):
    """The changes of one task with some effects, in words."""
    mine = changed[(changed["task"] == task) & changed["effect"].isin(effects)]
    return ", ".join(
        REASONS[row["reason"]].counted(row["count"])
        # Other remarks are in the CSV only.
        + (f" ({row['remark']})" if row["reason"] == "relatives" else "")
        for row in mine.to_dict("records")
    )


def content(tables, config):
    """Tasks, sources and models."""
    return {
        "rows": rows(tables["tasks"], tables["data_changes"]),
        "sources": [
            {**row, "link": text.link(row["homepage"])} for row in tables["sources"].fillna("").to_dict("records")
        ],
        "models": tables["models"].to_dict("records"),
    }


SECTION = Section(
    "data",
    "Data filtering and split sizes",
    content,
    (Table("tasks", tasks), Table("data_changes", changes), Table("sources", sources), Table("models", models)),
)
