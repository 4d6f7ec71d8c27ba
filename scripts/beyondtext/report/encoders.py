"""Encoders in the similarity tables: their columns, and what they are called."""

from collections import Counter

from beyondtext.report import text
from beyondtext.similarity.measures import MEASURES
from beyondtext.study.measured_models import Encoder, domain_models

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
    """One side of a row."""
    return Encoder(row["task"], *(row[f"{key}_{side}"] for key in SIDE))


def encoders_of(table):
    """The encoders of a table, each once, in the order of its rows."""
    return list(dict.fromkeys(encoder(row, side) for row in table[PAIR].to_dict("records") for side in "ab"))


def replaced(row):
    """The encoders of a row that random initializations replace: all but the model of the domain next to another."""
    both = [encoder(row, side) for side in "ab"]
    others = [one for one in both if not domain_models([one])]
    return others or both


def pair_of(row):
    """The two encoders of a row, whatever their order."""
    return frozenset((encoder(row, "a"), encoder(row, "b")))


def with_titles(table):
    """A table with ``title_a`` and ``title_b``: the titles of its encoders, with the seed if a task has several."""
    encoders = encoders_of(table)

    def without_seed(one):
        return one.task, one.model, one.init, one.stage

    seeds = Counter(without_seed(one) for one in encoders)
    titles = {
        one: text.encoder_title(one.model, one.init, one.stage, seed=one.seed if seeds[without_seed(one)] > 1 else None)
        for one in encoders
    }
    rows = table[PAIR].to_dict("records")
    return table.assign(**{f"title_{side}": [titles[encoder(row, side)] for row in rows] for side in "ab"})


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
