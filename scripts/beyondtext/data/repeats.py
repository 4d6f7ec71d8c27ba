"""Several records of one sequence: repeated measurements, or opinions on its class."""

import pandas as pd

TARGETS = {  # what the target of the record that stays becomes
    "first": "the first one's target stays",
    "mean": "their mean is the target",
    "median": "their median is the target",
    "majority": "the commonest class is the target",
}


def merge_repeats(table, key, tally, rule):
    """Keep at most one record of each sequence, the first one.

    Parameters
    ----------
    table : pandas.DataFrame
        ``id`` and ``target`` (float64 or str), and further columns.
    key : pandas.Series of str
        The sequence of each row.
    tally : beyondtext.data.tally.Tally
    rule : {"drop", "first", "mean", "median", "majority"}
        ``drop`` keeps the record if all targets of the sequence are equal. The other rules keep it with the target
        that they name; for ``majority`` not if several classes are the commonest.

    Returns
    -------
    pandas.DataFrame
        Rows of ``table``, in its order, with their index.
    """
    targets, is_repeat = table["target"], key.duplicated()
    by_sequence = targets.groupby(key)
    if rule == "drop":
        merged, is_lost, lost, repeated = targets, by_sequence.transform("nunique").gt(1), "conflicting", "duplicates"
        remarks = {
            lost: [f"sequences with several targets: {key[is_lost].nunique():,}", _spread(targets, key, is_lost)]
        }
    else:
        merged = _commonest(targets, key) if rule == "majority" else by_sequence.transform(rule)
        is_lost, lost, repeated = merged.isna(), "ties", "repeats"
        several = key.duplicated(keep=False) & ~is_lost
        number = f"sequences with several records: {key[several].nunique():,}"
        remarks = {repeated: [number, TARGETS[rule], _spread(targets, key, several)]}
    for reason, rows in ((lost, is_lost), (repeated, is_repeat & ~is_lost)):
        if rows.any():
            remark = "; ".join(filter(None, remarks.get(reason, [])))
            tally.add(reason, rows.sum(), table["id"][rows.idxmax()], remark=remark)
    return table.assign(target=merged)[~is_lost & ~is_repeat]


def _commonest(targets, key):
    """The commonest target of each row's sequence; missing if there are several."""
    counts = pd.DataFrame({"key": key, "target": targets}).value_counts()
    winners = counts[counts == counts.groupby(level="key").transform("max")].reset_index().set_index("key")["target"]
    return key.map(winners[~winners.index.duplicated(keep=False)])


def _spread(targets, key, rows):
    """The median of the standard deviations of each sequence's numbers, in words; nothing for classes."""
    if targets.dtype != float or not rows.any():
        return ""
    return f"median standard deviation {targets[rows].groupby(key[rows]).std().median():.3g}"
