"""Which sequences are trained on, chosen on and scored on."""

import numpy as np
import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.examples import SPLITS


def assign(table, rule):
    """Give each row its split.

    Parameters
    ----------
    table : pandas.DataFrame
        ``group``, ``target`` and, for a published split, ``split``.
    rule : dict
        The task's ``split``.

    Returns
    -------
    pandas.Series of str
        ``train``, ``validation`` or ``test``.

    Raises
    ------
    InputError
        If a published split has a value that the rule does not name, or a class has too few groups.
    """
    if rule["method"] == "published":
        split = _published(table, rule["values"])
        if "validation_fraction" in rule:
            train = table[split == "train"]
            split.update(_drawn(train, {"validation": rule["validation_fraction"]}, rule["seed"]))
        return split
    return _drawn(table, {name: rule["fractions"][name] for name in ("test", "validation")}, rule["seed"])


def _published(table, values):
    if "split" not in table:
        raise InputError(
            "split.method is published, but the reader found no split; name its column, or its group of the header, in "
            "options"
        )
    ours = {theirs: name for name, theirs in values.items()}
    strange = table.loc[~table["split"].isin(ours), "split"]
    if len(strange):
        raise InputError(
            f"record {table['id'][strange.index[0]]!r} is in split {strange.iloc[0]!r}, but split.values names "
            f"{', '.join(ours)} only; add it there or delete the record"
        )
    return table["split"].map(ours)


def _drawn(table, fractions, seed):
    """Splits of whole groups at random, in the same proportions for every class; what is left over is train."""
    from sklearn.model_selection import train_test_split

    classes = table["target"] if table["target"].dtype != float else pd.Series("all", index=table.index)
    # A group's class is the most frequent one of its rows; the first in the alphabet of equals.
    strata = classes.groupby(table["group"]).agg(lambda values: values.mode().iloc[0])
    rest, place = strata, pd.Series("train", index=strata.index)
    left = 1.0
    for name, fraction in fractions.items():
        try:
            rest, chosen = train_test_split(rest, test_size=fraction / left, stratify=rest, random_state=seed)
        except ValueError:
            counts = ", ".join(f"{value} {count}" for value, count in strata.value_counts().items())
            raise InputError(
                f"too few groups for a {name} split of {fraction:g} with every class in it ({counts}); "
                "give more data or other shares"
            ) from None
        place[chosen.index] = name
        left -= fraction
    return table["group"].map(place)


def cap(splits, caps, seed):
    """Which rows stay when each split may hold at most ``caps[split]`` rows, as booleans.

    The rows are drawn at random, so that a file that is sorted by class keeps all classes.
    """
    kept = pd.Series(True, index=splits.index)
    generator = np.random.default_rng(seed)
    for name in SPLITS:
        rows = splits.index[splits == name]
        order = generator.permutation(len(rows))
        kept[rows[order[caps.get(name, len(rows)) :]]] = False
    return kept


def take_fraction(train, fraction, seed):
    """A share of the training rows, at least one; a smaller share is a subset of a larger one."""
    if fraction == 1:
        return train
    order = np.random.default_rng(seed).permutation(len(train))
    return train.iloc[np.sort(order[: max(1, round(fraction * len(train)))])]
