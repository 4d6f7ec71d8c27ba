"""What the report says of trainability: how easily each start can be trained, beside a random initialization."""

import numpy as np
import pandas as pd

from beyondtext.core import paths
from beyondtext.report.intervals import FEWEST_SEEDS, t_interval
from beyondtext.report.tables import REFERENCE
from beyondtext.report.text import apart, between, init_title, score, signed, task_title
from beyondtext.study import grid
from beyondtext.trainability.files import read_measurements

TITLES = {
    "gradient_cosine": "Cosine of the gradients of two batches",
    "perturbation": "Relative move of the first token's vector",
    "layer_norm_input": "Spread of what enters a layer normalisation",
    "log10_singular_value": "Singular values of the Jacobian (log10, mean)",
    "log10_singular_value_spread": "Singular values of the Jacobian (log10, spread)",
}
ARM = ["task", "model", "mapping", "init"]
QUANTITY = ["analysis", "noise", "place"]
KEYS = ("model", "mapping")  # what may tell rows of one task and start apart
WHOLE = "all"  # the place of the mean over all places


def load(config, root=paths.ROOT):
    """The measurements of all starts of a configuration, one below the other.

    The columns are those of `beyondtext.trainability.files`.

    The spread of the singular values becomes a quantity of its own, and so does the mean over all layer
    normalisations.
    """
    parts = [read_measurements(root / model.path) for model in grid.initial_models(config)]
    table = pd.concat(parts, ignore_index=True)
    singular = table[table["analysis"] == "log10_singular_value"]
    norms = table[table["analysis"] == "layer_norm_input"]
    over_places = norms.groupby([*ARM, "seed"], sort=False)["mean"].mean().reset_index()
    return pd.concat(
        [
            table,
            singular.assign(analysis="log10_singular_value_spread", mean=singular["sd"]),
            over_places.assign(analysis="layer_norm_input", place=WHOLE),
        ],
        ignore_index=True,
    )


def summary(table, confidence):
    """Each quantity's mean over seeds, and its difference from a random initialization on the same seeds.

    Parameters
    ----------
    table : pandas.DataFrame
        From `load`.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        ``task model mapping init analysis noise place``; ``n`` seeds, ``mean``, ``ci_low``, ``ci_high``; and
        ``difference``, ``difference_ci_low``, ``difference_ci_high``, NaN for the random initialization itself and
        where there is none. Intervals are Student's t over seeds, NaN with fewer than three.
    """
    rows = []
    groups = dict(list(table.groupby([*ARM, *QUANTITY], sort=False, dropna=False)))
    for key, part in groups.items():
        row = dict(zip([*ARM, *QUANTITY], key, strict=True))
        values = part.set_index("seed")["mean"]
        row |= {"n": len(values), "mean": values.mean()}
        row["ci_low"], row["ci_high"] = t_interval(values.to_numpy(), confidence)
        reference = _reference(key, groups)
        paired = pd.Series(dtype=float)
        if row["init"] != REFERENCE and reference is not None:
            paired = (values - reference.set_index("seed")["mean"]).dropna()
        row["difference"] = paired.mean() if len(paired) else np.nan
        row["difference_ci_low"], row["difference_ci_high"] = t_interval(paired.to_numpy(), confidence)
        rows.append(row)
    return pd.DataFrame(rows)


def _reference(key, groups):
    """The rows of the random initialization that some rows are compared with, or None."""
    wanted = (*key[:3], REFERENCE, *key[4:])
    for other, rows in groups.items():
        if all(a == b or (a != a and b != b) for a, b in zip(other, wanted, strict=True)):
            return rows
    return None


def sentences(table):
    """One sentence for each quantity: where a start differs from a random one, from a `summary`."""
    shown = table[(table["init"] != REFERENCE) & table["difference"].notna() & table["place"].isin(["", WHOLE])]
    said = []
    for (analysis, noise), part in shown.groupby(["analysis", "noise"], sort=False, dropna=False):
        clauses = []
        for row in part.to_dict("records"):
            where = ", ".join([f"“{init_title(row['init'])}” on {task_title(row['task'])}", *apart(row, part, KEYS)])
            if row["n"] < FEWEST_SEEDS:
                clauses.append(f"{signed(row['difference'])} for {where} (too few seeds for an interval)")
                continue
            low, high = row["difference_ci_low"], row["difference_ci_high"]
            verdict = "higher" if low > 0 else "lower" if high < 0 else "no difference shown"
            clauses.append(f"{verdict} for {where} ({signed(row['difference'])}; {between(low, high, signed)})")
        with_noise = "" if noise != noise else f", noise {noise:g}"
        said.append(f"{TITLES[analysis]}{with_noise}, against a random initialization: {'; '.join(clauses)}.")
    return said


def rows(table):
    """A `summary` as text, without the single layer normalisations."""
    kept = table[table["place"].isin(["", WHOLE])]
    return [
        {
            "task": task_title(row["task"]),
            "init": init_title(row["init"]),
            "apart": ", ".join(apart(row, kept, KEYS)),
            "quantity": TITLES[row["analysis"]],
            "noise": "" if row["noise"] != row["noise"] else f"noise {row['noise']:g}",
            "n": row["n"],
            "mean": score(row["mean"]),
            "interval": between(row["ci_low"], row["ci_high"]) or "–",
            "difference": signed(row["difference"]) or "–",
            "difference_interval": between(row["difference_ci_low"], row["difference_ci_high"], signed) or "–",
        }
        for row in kept.to_dict("records")
    ]
