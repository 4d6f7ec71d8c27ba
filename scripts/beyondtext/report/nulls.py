"""The last layers of every pair of encoders with their nulls, and whether a similarity is above them."""

import pandas as pd

from beyondtext.report.encoders import PAIR, encoder, encoders_of
from beyondtext.similarity.columns import swap_sides
from beyondtext.similarity.measures import MEASURES
from beyondtext.study.encoder_pairs import answer_pairs, random_pairs
from beyondtext.study.measured_models import arm_by_arm, domain_models, is_random

BOUNDS = {"random": "random_high", "permuted": "permuted_q95"}  # what a similarity has to exceed, by null
ANSWER_VARIANTS = ("raw", "deconfounded")
OUTCOMES = [*(f"above_{null}" for null in BOUNDS), "above_both"]
COLUMNS = [*PAIR, "variant", "measure", "answer", "value", "ci_low", "ci_high"]
COLUMNS += ["random_low", "random_high", "n_random", "permuted_mean", "permuted_q95", *OUTCOMES]
COLUMNS += ["gaussian", "n_tokens", "n_sequences"]


def with_nulls(table):
    """The last layers of every pair of encoders that are not random initializations, with both nulls.

    Parameters
    ----------
    table : pandas.DataFrame
        As `beyondtext.similarity.compare` writes it.

    Returns
    -------
    pandas.DataFrame
        ``answer`` is whether the row belongs to the table that answers the study's question: `answer_pairs` with the
        measures that have both nulls. If the measure is symmetric, the model of the task's own domain is second, and of
        two others the arm that comes second in the table, whatever the seeds.
        ``random_low``, ``random_high`` and ``n_random`` are the lowest and the highest value of `random_pairs`, and how
        many there are (missing and 0 if there are none); ``permuted_mean`` and ``permuted_q95`` describe permuted
        sequences. ``above_random``, ``above_permuted`` and ``above_both`` are the `outcomes`.
    """
    last = table[table["last"]]
    parts = [_of_task(part) for _, part in last.groupby("task", sort=False)]
    return pd.DataFrame([row for part in parts for row in part])[COLUMNS]


def _of_task(last):
    """The rows of `with_nulls` for one task, from its last layers."""
    encoders = arm_by_arm(encoders_of(last))
    domain = domain_models(encoders)
    pairs = {frozenset(pair) for pair in answer_pairs(encoders, domain)}
    arms = list(dict.fromkeys(encoder.arm for encoder in encoders))
    rank = {arm: (arm.model in domain, place) for place, arm in enumerate(arms)}
    records, values = last.to_dict("records"), {}
    for row in records:
        key = (row["variant"], row["measure"])
        values[key, encoder(row, "a"), encoder(row, "b")] = row["value"]
        values.setdefault((key, encoder(row, "b"), encoder(row, "a")), row["value"])  # of a symmetric measure
    rows = []
    for row in records:
        if is_random(row["init_a"]) or is_random(row["init_b"]):
            continue
        pair, key = (encoder(row, "a"), encoder(row, "b")), (row["variant"], row["measure"])
        if _is_symmetric(row["measure"]) and rank[pair[0].arm] > rank[pair[1].arm]:
            row, pair = swap_sides(row), pair[::-1]
        places = [(key, *of_null) for of_null in random_pairs(pair, encoders, domain)]
        random = [values[place] for place in places if place in values]
        low, high = (min(random), max(random)) if random else (float("nan"), float("nan"))
        row |= {"answer": frozenset(pair) in pairs and row["variant"] in ANSWER_VARIANTS and _has_nulls(row["measure"])}
        row |= {"random_low": low, "random_high": high, "n_random": len(random)}
        rows.append({**row, **outcomes([row])})
    return rows


def _is_symmetric(measure):
    """Whether a measure has one row for both directions, which may be read either way."""
    return measure == "attention" or (measure in MEASURES and MEASURES[measure].symmetric)


def _has_nulls(measure):
    """Whether a measure is computed for random initializations and for permuted sequences."""
    return measure in MEASURES and not MEASURES[measure].on_folds


def outcomes(rows):
    """The `OUTCOMES` of one or more rows: whether every one is `above` each null, and `above_both`."""
    of_nulls = {f"above_{null}": _every(above(row, null) for row in rows) for null in BOUNDS}
    return {**of_nulls, "above_both": _every(above_both(row) for row in rows)}


def above(row, null):
    """Whether the whole interval of a similarity is above one of the `BOUNDS`; None if either is missing."""
    low, bound = row["ci_low"], row[BOUNDS[null]]
    return None if pd.isna(low) or pd.isna(bound) else bool(low > bound)


def above_both(row):
    """Whether the whole interval of a similarity is above both nulls.

    Returns
    -------
    bool or None
        None if a null or the interval is missing, unless the other null already says no.
    """
    return _every(above(row, null) for null in BOUNDS)


def _every(found):
    """Whether all answers are yes; None if one is missing (None), unless another already says no."""
    found = list(found)
    return False if False in found else None if None in found else True
