"""Data: filtering and split sizes of every task, sources, models."""

import pandas as pd

from beyondtext.report import text
from beyondtext.report.section import Section, Table
from beyondtext.study import definitions, needs

SOURCE_COLUMNS = ["source", "title", "version", "licence", "homepage", "note"]
MODEL_COLUMNS = ["model", "title", "note"]
REASONS = {  # a column of counts: the sequences that it counts
    "dropped_empty": "with an empty cell",
    "outside_bins": "outside the target's bins",
    "duplicates": "duplicates",
    "conflicting": "with conflicting targets",
    "dropped_unknown": "with unknown symbols",
    "dropped_long": "too long",
    "capped": "over the split's cap",
}


def tasks(results):
    """How many of each task's records were read, removed and kept, and its split sizes."""
    rows = []
    for info in results.example_counts:
        counts = info["counts"]
        rows.append(
            {
                **{key: info[key] for key in ("domain", "task", "metric", "source")},
                "read": counts["read"],
                "dropped_empty": counts.get("dropped_empty", 0),
                "outside_bins": counts["outside_bins"],
                "duplicates": counts["duplicates"],
                "conflicting": counts["conflicting"],
                "dropped_unknown": counts["dropped_unknown"],
                "dropped_long": counts["dropped_long"],
                "capped": counts["capped"],
                **counts["splits"],
                "test_groups": counts["groups"]["test"],
                "length_median": counts["length"]["median"],
                "length_max": counts["length"]["max"],
                "unknown_symbols": counts["unknown_symbols"],
                "truncated": counts["truncated"],
            }
        )
    return pd.DataFrame(rows)


def sources(results):
    """Every source that the study reads, with its licence."""
    rows = [{**definitions.source(name), "source": name} for name in needs.sources_needed(results.config)]
    return pd.DataFrame(rows, columns=SOURCE_COLUMNS)


def models(results):
    """Every model that the study trains, compares or measures."""
    rows = [{**definitions.model(name), "model": name} for name in needs.networks(results.config)]
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)


def rows(table):
    """The tasks' counts as text, with what was removed in words."""
    numbers = ("read", "train", "validation", "test", "test_groups", "length_max")
    return [
        {
            **{key: f"{row[key]:,}" for key in numbers},
            "task": text.task_title(row["task"]),
            "question": definitions.task(row["task"])["description"],
            "domain": text.DOMAINS[row["domain"]],
            "length_median": f"{row['length_median']:g}",
            "removed": ", ".join(f"{row[key]:,} {words}" for key, words in REASONS.items() if row[key]) or "none",
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """Tasks, sources and models."""
    return {
        "rows": rows(tables["tasks"]),
        "sources": tables["sources"].fillna("").to_dict("records"),
        "models": tables["models"].to_dict("records"),
    }


SECTION = Section(
    "data",
    "Data filtering and split sizes",
    content,
    (Table("tasks", tasks), Table("sources", sources), Table("models", models)),
)
