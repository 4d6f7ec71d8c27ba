"""Excluding the sequences that a task cannot use, with counts, and refusing tables that no task can use."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.examples import SEPARATOR, SPLITS, UNKNOWN


def check_not_empty(ids, symbols):
    """Raise `InputError` for a sequence without symbols; ``ids`` are those of the records."""
    for name, sequence in zip(ids, symbols, strict=True):
        if not sequence:
            raise InputError(f"record {name!r} has a sequence without symbols; delete it or fill it in")


def apply_unknown_rule(table, rule):
    """Refuse, drop or keep sequences with symbols outside the alphabet.

    Parameters
    ----------
    table : pandas.DataFrame
        ``id``, ``sequence``, for pairs ``second``, and ``symbols``.
    rule : dict
        The task's ``symbols``. Its ``unknown`` is ``refuse``, ``drop``, or ``unknown``, which keeps the sequence; so
        does a rule without ``unknown``.

    Returns
    -------
    table : pandas.DataFrame
    unknown : int
        The number of unknown symbols, including those of dropped sequences.
    dropped : int
        The number of sequences dropped.

    Raises
    ------
    InputError
        If the rule is ``refuse`` and there is an unknown symbol.
    """
    unknown = table["symbols"].map(lambda symbols: symbols.count(UNKNOWN))
    affected = table.index[unknown > 0]
    if len(affected) and rule.get("unknown") == "refuse":
        row = table.loc[affected[0]]
        position = row["symbols"].index(UNKNOWN)
        symbol = (row["sequence"] + "/" + row.get("second", ""))[position]  # in a pair the separator counts
        raise InputError(
            f"record {row['id']!r} has the symbol {symbol!r} outside the alphabet {rule['alphabet']} at position "
            f"{position + 1} ({len(affected)} such records); correct it, extend symbols.alphabet, or set "
            "symbols.unknown to drop or unknown"
        )
    if rule.get("unknown") == "drop":
        return table.drop(index=affected), int(unknown.sum()), len(affected)
    return table, int(unknown.sum()), 0


def apply_length_limit(table, max_length, rule):
    """Drop or truncate sequences of more than ``max_length`` symbols.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column ``symbols``.
    max_length : int
        In symbols; in a pair the separator counts.
    rule : {"drop", "truncate"}

    Returns
    -------
    table : pandas.DataFrame
    dropped, truncated : int
        The numbers of sequences dropped and truncated.
    """
    is_long = table["symbols"].map(len) > max_length
    if rule == "drop":
        return table[~is_long], int(is_long.sum()), 0
    truncated = table["symbols"].map(lambda symbols: truncate(symbols, max_length))
    return table.assign(symbols=truncated), 0, int(is_long.sum())


def truncate(symbols, length):
    """Keep the first ``length`` symbols; of a pair, shorten the longer sequence first."""
    if SEPARATOR not in symbols:
        return symbols[:length]
    middle = symbols.index(SEPARATOR)
    first, second = symbols[:middle], symbols[middle + 1 :]
    room = length - 1  # the separator is kept
    first_length = min(len(first), max(room - room // 2, room - len(second)))
    return [*first[:first_length], SEPARATOR, *second[: room - first_length]]


def drop_duplicates(table, is_test=None):
    """Keep the first of equal sequences, and none of those with different targets.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns ``symbols`` and ``target``.
    is_test : pandas.Series of bool, optional
        Which rows belong to a published test split. It stays complete: a sequence that is also in the test split is
        dropped from the others.

    Returns
    -------
    table : pandas.DataFrame
    duplicates : int
        The number of repeats dropped.
    conflicting : int
        The number of sequences dropped because an equal one has another target.
    """
    key = table["symbols"].map("\x1f".join)
    in_test = pd.Series(False, index=table.index) if is_test is None else key.isin(key[is_test]) & ~is_test
    table, key = table[~in_test], key[~in_test]
    conflicting = table["target"].groupby(key).transform("nunique") > 1
    repeated = key.duplicated() & ~conflicting
    return table[~conflicting & ~repeated], int(in_test.sum() + repeated.sum()), int(conflicting.sum())


def check_groups(table):
    """Raise `InputError` if a published split divides a group."""
    splits_per_group = table.groupby("group")["split"].nunique()
    divided = splits_per_group.index[splits_per_group > 1]
    if len(divided):
        names = ", ".join(sorted(set(table.loc[table["group"] == divided[0], "split"])))
        raise InputError(
            f"group {divided[0]!r} is in the splits {names} ({len(divided)} such groups); every group must be in one "
            "split only: correct the groups or the split"
        )


def check_splits(table):
    """Raise `InputError` for a split that is empty or has only one target."""
    for name in SPLITS:
        targets = table.loc[table["split"] == name, "target"]
        if targets.empty:
            raise InputError(f"the {name} split is empty; check the split rule, max_length and the caps")
        if targets.nunique() == 1:
            raise InputError(
                f"the {name} split has only the target {targets.tolist()[0]!r} ({len(targets)} records), but at least "
                "two different targets are needed; check the split rule and the caps"
            )
