"""Training, validation and test splits."""

import numpy as np
import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import listed, printable, quoted
from beyondtext.data.examples import SPLITS
from beyondtext.data.targets import doubt

MOST_CLASSES = 10  # that a message names


def assign_splits(table, rule):
    """Assign each row to a split.

    Parameters
    ----------
    table : pandas.DataFrame
        ``id``, ``group``, ``target`` and, for a published split, ``split``.
    rule : dict
        The task's ``split``.

    Returns
    -------
    pandas.Series of str
        ``train``, ``validation`` or ``test``, with the index of ``table``.

    Raises
    ------
    InputError
        If a published split has a value that the rule does not name, or if a class has too few groups.
    """
    if rule["method"] == "published":
        splits = _published_splits(table, rule["values"])
        if "validation_fraction" in rule:
            train = table[splits == "train"]
            splits.update(_random_splits(train, {"validation": rule["validation_fraction"]}, rule["seed"]))
        return splits
    return _random_splits(table, {name: rule["fractions"][name] for name in ("test", "validation")}, rule["seed"])


def _published_splits(table, values):
    if "split" not in table:
        raise InputError(
            "split.method is published, but the reader found no split; name its column, or its group of the header, in "
            "options"
        )
    names = {value: name for name, value in values.items()}
    unknown = table.loc[~table["split"].isin(names), "split"]
    if len(unknown):
        raise InputError(
            f"record {quoted(table['id'][unknown.index[0]])} is in split {quoted(unknown.iloc[0])}, but split.values "
            f"names only {listed(names)}; add it there or delete the record"
        )
    return table["split"].map(names)


def _random_splits(table, fractions, seed):
    """Draw splits of whole groups, stratified by class; the remaining groups are the training split."""
    from sklearn.model_selection import train_test_split

    classes = table["target"] if table["target"].dtype != float else pd.Series("all", index=table.index)
    # The class of a group is the most frequent one of its rows; of several, the first in alphabetical order.
    counts = classes.groupby([table["group"], classes]).size()
    strata = counts.groupby(level=0).idxmax().map(lambda pair: pair[1])
    remaining, splits = strata, pd.Series("train", index=strata.index)
    remaining_fraction = 1.0
    for name, fraction in fractions.items():
        try:
            remaining, drawn = train_test_split(
                remaining, test_size=fraction / remaining_fraction, stratify=remaining, random_state=seed
            )
        except ValueError:
            _refuse_few_groups(strata, name, fraction)
        splits[drawn.index] = name
        remaining_fraction -= fraction
    return table["group"].map(splits)


def _refuse_few_groups(strata, name, fraction):
    """Raise `InputError`; ``strata`` is the class of each group, or the same value for all."""
    if strata.empty:
        raise InputError(
            f"no record is left from which a {name} split of {fraction:g} could be drawn; correct the data or the "
            "rules by which the records were left out"
        ) from None
    counts = strata.value_counts()
    smallest = ", ".join(f"{printable(value)} {count}" for value, count in counts.iloc[-MOST_CLASSES:].items())
    if len(counts) > MOST_CLASSES:
        smallest = f"the smallest of {len(counts)} classes: {smallest}"
    remedy = "provide more data or other fractions"
    if len(counts) > 1:
        remedy = (
            f"the class {quoted(counts.index[-1])} has only {counts.iloc[-1]}: add records of it, merge it with "
            "another class by target.labels, leave it out by target.classes and target.others, or choose other "
            "fractions"
        )
    raise InputError(
        f"there are too few groups for a {name} split of {fraction:g} with every class in it ({smallest}); {remedy}"
        f"{doubt(counts.tolist())}"
    ) from None


def cap_splits(splits, caps, seed):
    """Choose the rows to keep so that no split has more than its cap.

    The rows are drawn at random, so that a file that is sorted by class keeps all its classes.

    Parameters
    ----------
    splits : pandas.Series of str
        The split of each row.
    caps : dict of str to int
        The largest number of rows of a split; a split without a cap keeps all rows.
    seed : int

    Returns
    -------
    pandas.Series of bool
        Whether to keep each row. The rows under a larger cap include those under a smaller one.
    """
    kept = pd.Series(True, index=splits.index)
    generator = np.random.default_rng(seed)
    for name in SPLITS:
        rows = splits.index[splits == name]
        order = generator.permutation(len(rows))
        kept[rows[order[caps.get(name, len(rows)) :]]] = False
    return kept


def take_fraction(train, fraction, seed):
    """Draw a fraction of the training rows, at least one; a smaller fraction is a subset of a larger one."""
    if fraction == 1:
        return train
    order = np.random.default_rng(seed).permutation(len(train))
    return train.iloc[np.sort(order[: max(1, round(fraction * len(train)))])]
