"""Encoders in the similarity tables: their columns, and what they are called."""

from collections import Counter

from beyondtext.report import text
from beyondtext.similarity.measures import MEASURES
from beyondtext.study.measured_models import Encoder, EncoderArm, domain_models

ENCODER_ARM = ("model", "init", "stage")
ARM_PAIR = ["task", *(f"{key}_{side}" for side in "ab" for key in ENCODER_ARM)]
PAIR = ["task", *(f"{key}_{side}" for side in "ab" for key in (*ENCODER_ARM, "seed"))]
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


def arm(row, side):
    """One side of a row, whatever its seed."""
    return EncoderArm(row["task"], *(row[f"{key}_{side}"] for key in ENCODER_ARM))


def encoder(row, side):
    """One side of a row."""
    return Encoder(**vars(arm(row, side)), seed=row[f"seed_{side}"])


def encoders_of(table):
    """The encoders of a table, each once, in the order of its rows."""
    return list(dict.fromkeys(encoder(row, side) for row in table[PAIR].to_dict("records") for side in "ab"))


def replaced(row):
    """The arms of a row that random initializations replace: all but the model of the domain next to another."""
    both = [arm(row, side) for side in "ab"]
    others = [one for one in both if not domain_models([one])]
    return others or both


def pair_of(row):
    """The two arms of a row, whatever their order."""
    return frozenset((arm(row, "a"), arm(row, "b")))


def with_titles(table):
    """A table with ``title_a`` and ``title_b``: the titles of its encoders, with the seed if an arm has several."""
    encoders = encoders_of(table)
    seeds = Counter(one.arm for one in encoders)
    titles = {
        one: text.encoder_title(one.model, one.init, one.stage, seed=one.seed if seeds[one.arm] > 1 else None)
        for one in encoders
    }
    rows = table[PAIR].to_dict("records")
    return table.assign(**{f"title_{side}": [titles[encoder(row, side)] for row in rows] for side in "ab"})


def with_arm_titles(table):
    """A table with ``title_a`` and ``title_b``: the titles of its arms."""
    rows = table[ARM_PAIR].to_dict("records")
    sides = {f"title_{side}": [arm(row, side) for row in rows] for side in "ab"}
    return table.assign(
        **{name: [text.encoder_title(one.model, one.init, one.stage) for one in arms] for name, arms in sides.items()}
    )


def pair_title(row):
    """The titles of both sides of a row."""
    return f"{row['title_a']} with {row['title_b']}"


def pair_label(row):
    """The task and both sides of a row, on two lines."""
    return f"{text.task_title(row['task'])}\n{row['title_a']} – {row['title_b']}"


def one_direction(table):
    """The rows of each pair of arms in its first order; a measure that is not symmetric has the pair in both."""
    first, kept = {}, []
    for row in table.to_dict("records"):
        kept.append(first.setdefault(pair_of(row), arm(row, "a")) == arm(row, "a"))
    return table[kept]
