"""Encoders in the similarity tables: their columns, and what they are called."""

from collections import Counter

from beyondtext.report import text
from beyondtext.similarity.measures import MEASURES
from beyondtext.study import grid

SIDE = ("model", "init", "stage", "seed")
PAIR = ["task", *(f"{key}_{side}" for side in "ab" for key in SIDE)]
PUBLISHED_PWCCA = "paper_pwcca"
PUBLISHED_COST = "paper_attention"  # not a similarity: the smaller, the more similar
OTHER_MEASURES = {
    "attention": "attention overlap",
    PUBLISHED_PWCCA: "PWCCA, released code",
    PUBLISHED_COST: "attention cost, released code (smaller is more similar)",
}


def measure_title(name):
    """The title of a measure."""
    return MEASURES[name].title if name in MEASURES else OTHER_MEASURES[name]


def encoder(row, side):
    """One side of a row, as ``(model, init, stage, seed)``."""
    return tuple(row[f"{key}_{side}"] for key in SIDE)


def is_random(row, side):
    """Whether one side of a row has learned nothing."""
    return grid.is_random(row[f"init_{side}"], row[f"stage_{side}"])


def pair_of(row):
    """The task and the two encoders of a row, whatever their order."""
    return row["task"], frozenset((encoder(row, "a"), encoder(row, "b")))


def with_titles(table):
    """A table with ``title_a`` and ``title_b``: the titles of its encoders, with the seed if a task has several."""
    rows = table.to_dict("records")
    encoders = {(row["task"], *encoder(row, side)) for row in rows for side in "ab"}
    seeds = Counter(one[:-1] for one in encoders)
    titles = {one: text.encoder_title(*one[1:4], seed=one[4] if seeds[one[:4]] > 1 else None) for one in encoders}
    columns = {f"title_{side}": [titles[row["task"], *encoder(row, side)] for row in rows] for side in "ab"}
    return table.assign(**columns)


def pair_title(row):
    """The titles of both encoders of a row."""
    return f"{row['title_a']} with {row['title_b']}"


def pair_label(row):
    """The task and the two encoders of a row, on two lines."""
    return f"{text.task_title(row['task'])}\n{row['title_a']} – {row['title_b']}"


def one_direction(table):
    """The rows of each pair in its first order; a measure that is not symmetric has the pair in both."""
    first, kept = {}, []
    for row in table.to_dict("records"):
        kept.append(first.setdefault(pair_of(row), encoder(row, "a")) == encoder(row, "a"))
    return table[kept]


def random_initializations(table):
    """How many random initializations of which models are compared, in words; ``table`` is ``similarity_layers``."""
    encoders = {
        (row[f"model_{side}"], row[f"seed_{side}"])
        for row in table.to_dict("records")
        for side in "ab"
        if is_random(row, side)
    }
    numbers = Counter(model for model, _ in encoders)
    return (
        text.listed(f"{count} of {text.model_title(model)}" for model, count in numbers.items()) if numbers else "none"
    )
