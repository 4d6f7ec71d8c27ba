"""Excluding the sequences that a task cannot use, with counts, and refusing tables that no task can use."""

from collections import Counter

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import listed, printable, quoted
from beyondtext.data.examples import SEPARATOR, SPLITS, UNKNOWN
from beyondtext.data.normalize import likely_cause
from beyondtext.data.repeats import merge_repeats
from beyondtext.data.tally import name_symbols

MOST = 0.5  # of the records: more with unknown symbols, or more classes, are a mistake in the task


def check_classes(table, rule):
    """Raise `InputError` if nearly every record has a target of its own.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column ``target``.
    rule : dict
        The task's ``target``. Nothing is checked for numbers, or if the rule itself names the classes.
    """
    if rule["kind"] != "class" or "classes" in rule:
        return
    targets = table["target"].drop_duplicates()
    if len(targets) > max(2, MOST * len(table)):
        numbers = pd.to_numeric(targets, errors="coerce").notna().all()
        remedy = "set target.kind to number, since these are numbers" if numbers else "correct what is read as target"
        examples = ", ".join(map(repr, targets[:3]))
        raise InputError(
            f"{len(table):,} records have {len(targets):,} different targets, such as {examples}, but a class needs "
            f"several records: {remedy}"
        )


def check_not_empty(ids, symbols):
    """Raise `InputError` for a sequence without symbols; ``ids`` are those of the records."""
    for name, sequence in zip(ids, symbols, strict=True):
        if not sequence:
            raise InputError(f"record {quoted(name)} has a sequence without symbols; delete it or fill it in")


def apply_unknown_rule(table, rule, tally):
    """Refuse, drop or keep sequences with symbols outside the alphabet.

    Parameters
    ----------
    table : pandas.DataFrame
        ``id``, ``symbols``, and ``unknown``, the list of a sequence's unknown symbols.
    rule : dict
        The task's ``symbols``. Its ``unknown`` is ``refuse``, ``drop``, or ``unknown``, which keeps the sequence; so
        does a rule without ``unknown``.
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If the rule is ``refuse`` and there is an unknown symbol, or if most records have unknown symbols and that is
        more than the tally allows.
    """
    affected = table[table["unknown"].map(len) > 0]
    if affected.empty:
        return table
    first = affected.iloc[0]
    symbols = Counter(symbol for unknown in affected["unknown"] for symbol in unknown)
    cause = likely_cause(symbols, rule["alphabet"]) if "alphabet" in rule else ""
    commonest = name_symbols(symbols) + (f" ({cause})" if cause else "")
    if rule.get("unknown") == "refuse":
        position = first["symbols"].index(UNKNOWN)  # in a pair the separator counts
        raise InputError(
            f"record {quoted(first['id'])} has the symbol {quoted(first['unknown'][0])} outside the alphabet "
            f"{printable(rule['alphabet'])} at position {position + 1} ({len(affected)} such records); the commonest "
            f"such symbols: {commonest}; correct it, extend symbols.alphabet, or set symbols.unknown to drop or unknown"
        )
    if "alphabet" in rule and len(affected) > max(MOST, tally.limit) * len(table):
        raise InputError(
            f"{len(affected):,} of {len(table):,} records have symbols outside the alphabet "
            f"{printable(rule['alphabet'])}, such as {quoted(first['id'])}; the commonest such symbols: {commonest}; "
            "correct symbols.alphabet, or what is read as sequence"
        )
    drop = rule.get("unknown") == "drop"
    tally.add("unknown_dropped" if drop else "unknown", len(affected), first["id"], symbols)
    return table.drop(index=affected.index) if drop else table


def apply_length_limit(table, max_length, rule, tally):
    """Drop or truncate sequences of more than ``max_length`` symbols.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column ``symbols``.
    max_length : int
        In symbols; in a pair the separator counts.
    rule : {"drop", "truncate"}
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    pandas.DataFrame
        With the column ``truncated``.
    """
    is_long, drop = table["symbols"].map(len) > max_length, rule == "drop"
    if is_long.any():
        tally.add("long" if drop else "truncated", is_long.sum(), table["id"][is_long.idxmax()])
    if drop:
        return table[~is_long].assign(truncated=False)
    symbols = table["symbols"].map(lambda symbols: truncate(symbols, max_length))
    return table.assign(symbols=symbols, truncated=is_long)


def truncate(symbols, length):
    """Keep the first ``length`` symbols; of a pair, shorten the longer sequence first."""
    if SEPARATOR not in symbols:
        return symbols[:length]
    middle = symbols.index(SEPARATOR)
    first, second = symbols[:middle], symbols[middle + 1 :]
    room = length - 1  # the separator is kept
    first_length = min(len(first), max(room - room // 2, room - len(second)))
    return [*first[:first_length], SEPARATOR, *second[: room - first_length]]


def drop_duplicates(table, tally, splits=None, repeats="drop", whole=None):
    """Keep one record of each sequence, or none, outside a published test split.

    Sequences that are equal only because they were truncated are no repeats: their targets are of different sequences,
    and are never merged. One record of them stays if their targets are equal, and none if not.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns ``id``, ``symbols`` and ``target``.
    tally : beyondtext.data.tally.Tally
    splits : pandas.Series of str, optional
        The published split of each row: ``train``, ``validation`` or ``test``. A sequence that is also in a later one
        of these is dropped, so repeats are merged within a split. All rows of the test split are kept, repeats and
        conflicts included, since published scores are those of the whole split.
    repeats : {"drop", "first", "mean", "median", "majority"}
        What to do with several records of a sequence. The first one stays; its target becomes the mean or the median of
        theirs, or the class that most of them have. A sequence without such a class is dropped, and so is, for
        ``drop``, one with different targets.
    whole : pandas.Series of str, optional
        The sequences, as `sequence_keys` returns them, before they were truncated.

    Returns
    -------
    pandas.DataFrame
    """
    splits = pd.Series("train", index=table.index) if splits is None else splits
    key = sequence_keys(table) if whole is None else whole[table.index]
    is_left_out = pd.Series(False, index=table.index)
    for reason, rows in _in_later_splits(key, splits).items():
        _count(reason, rows, table, tally)
        is_left_out |= rows
    others = table[~is_left_out & (splits != "test")]
    merged = merge_repeats(others, key[others.index], tally, repeats)
    table = table.drop(index=others.index.difference(merged.index).union(is_left_out.index[is_left_out]))
    table = table.assign(target=merged["target"].reindex(table.index).fillna(table["target"]))
    return table if whole is None else _drop_equal_beginnings(table, tally, splits[table.index])


def sequence_keys(table):
    """The symbols of each sequence in one text: a pandas.Series of str."""
    return table["symbols"].map("\x1f".join)


def _in_later_splits(key, splits):
    """Which rows have a sequence that is also in a later split, by the reason for which they are counted."""
    in_test = key.isin(key[splits == "test"]) & (splits != "test")
    in_validation = key.isin(key[splits == "validation"]) & (splits == "train") & ~in_test
    return {"in_test": in_test, "in_validation": in_validation}


def _count(reason, rows, table, tally, remark=""):
    """Count the ``rows`` of a table, a pandas.Series of bool."""
    if rows.any():
        tally.add(reason, rows.sum(), table["id"][rows.idxmax()], remark=remark)


def _drop_equal_beginnings(table, tally, splits):
    """Drop records outside a published test split that truncation made equal to another record."""
    key = sequence_keys(table)
    in_later = pd.concat(_in_later_splits(key, splits), axis=1).any(axis=1)
    others = key[~in_later & (splits != "test")]
    is_repeat = others.duplicated().reindex(key.index, fill_value=False)
    in_conflict = table["target"][others.index].groupby(others).transform("nunique").gt(1)
    in_conflict = in_conflict.reindex(key.index, fill_value=False)
    for reason, rows in (("cut_repeats", in_later | is_repeat & ~in_conflict), ("cut_conflicting", in_conflict)):
        _count(reason, rows, table, tally, f"of {key[rows].nunique():,} beginnings")
    return table[~(in_later | is_repeat | in_conflict)]


def check_groups(table):
    """Raise `InputError` if a published split divides a group."""
    splits_per_group = table.groupby("group")["split"].nunique()
    divided = splits_per_group.index[splits_per_group > 1]
    if len(divided):
        names = ", ".join(sorted(set(table.loc[table["group"] == divided[0], "split"])))
        raise InputError(
            f"group {quoted(divided[0])} is in the splits {names} ({len(divided)} such groups); every group must be in "
            "one split only: correct the groups or the split"
        )


def check_splits(table):
    """Raise `InputError` for a split that is empty or has only one target."""
    for name in SPLITS:
        targets = table.loc[table["split"] == name, "target"]
        if targets.empty:
            raise InputError(f"the {name} split is empty; check the split rule, max_length and the caps")
        if targets.nunique() == 1:
            raise InputError(
                f"the {name} split has only the target {quoted(targets.tolist()[0])} ({len(targets)} records), but at "
                "least two different targets are needed; check the split rule and the caps"
            )


def count_unseen_classes(table, rule, tally):
    """Count validation and test examples of classes that no training example has.

    Parameters
    ----------
    table : pandas.DataFrame
        ``id``, ``target`` and ``split``.
    rule : dict
        The task's ``target``. Nothing is counted for numbers.
    tally : beyondtext.data.tally.Tally

    Raises
    ------
    InputError
        If all examples of a split have such classes.
    """
    if rule["kind"] != "class":
        return
    seen = set(table.loc[table["split"] == "train", "target"])
    unseen = table[~table["target"].isin(seen)]
    for name in SPLITS:
        others = unseen.loc[unseen["split"] == name, "target"]
        if len(others) and len(others) == (table["split"] == name).sum():
            raise InputError(
                f"no example of the {name} split has a class of the training split: its classes are "
                f"{listed(sorted(set(others)))}, those for training {listed(sorted(seen))}; check the target, the "
                "split rule and the caps, or write the classes alike"
            )
    if len(unseen):
        tally.add("unseen_classes", len(unseen), unseen["id"].iloc[0], unseen["target"])
