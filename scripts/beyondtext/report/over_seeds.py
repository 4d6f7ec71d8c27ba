"""Similarities over seeds: one row for each pair of arms, from the rows of its pairs of encoders."""

import pandas as pd

from beyondtext.report import nulls
from beyondtext.report.encoders import ARM_PAIR, arm, with_arm_titles

SAME = ("answer", "n_random", "n_tokens", "n_sequences")  # in all pairs of encoders of a pair of arms
COLUMNS = [*ARM_PAIR, "title_a", "title_b", "variant", "measure", "answer", "n_pairs"]
COLUMNS += ["value", "lowest", "highest", "ci_low", "ci_high"]
COLUMNS += ["random_low", "random_high", "n_random", "permuted_mean", "permuted_q95", *nulls.OUTCOMES]
COLUMNS += ["gaussian", "n_tokens", "n_sequences"]


def over_seeds(table):
    """One row for each pair of arms, measure, direction and variant.

    Parameters
    ----------
    table : pandas.DataFrame
        From `beyondtext.report.nulls.with_nulls`: a row for each pair of encoders.

    Returns
    -------
    pandas.DataFrame
        ``n_pairs`` is the number of pairs of encoders; ``value`` the mean of their similarities, ``lowest`` and
        ``highest`` the range of these. ``ci_low`` and ``ci_high`` are the ends of all their intervals together, and
        ``random_high`` and ``permuted_q95`` the highest of their nulls; the row is above a null if every pair is above
        its own. ``permuted_mean`` and ``gaussian`` are means.
    """
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    groups = {}
    for row in table.to_dict("records"):
        groups.setdefault((arm(row, "a"), arm(row, "b"), row["variant"], row["measure"]), []).append(row)
    rows = [_together(pd.DataFrame(rows)) for rows in groups.values()]
    return with_arm_titles(pd.DataFrame(rows))[COLUMNS]


def _together(rows):
    """One row from those of a pair of arms with one measure and variant."""
    row = rows.iloc[0][[*ARM_PAIR, "variant", "measure", *SAME]].to_dict()
    row |= {"n_pairs": len(rows), "value": rows["value"].mean()}
    row |= {"lowest": rows["value"].min(), "highest": rows["value"].max()}
    # What decides on a null is missing if it is missing for one pair.
    row |= {"ci_low": rows["ci_low"].min(skipna=False), "ci_high": rows["ci_high"].max(skipna=False)}
    row |= {"random_low": rows["random_low"].min(skipna=False), "random_high": rows["random_high"].max(skipna=False)}
    row |= {"permuted_mean": rows["permuted_mean"].mean(), "permuted_q95": rows["permuted_q95"].max(skipna=False)}
    row |= {"gaussian": rows["gaussian"].mean()}
    return row | nulls.outcomes(rows.to_dict("records"))
