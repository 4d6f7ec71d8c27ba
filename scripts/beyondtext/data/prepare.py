"""From a reader's table to a task's examples: cleaned, split and capped, with counts of what was left out."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.examples import COLUMNS, SEPARATOR, SPLITS, UNKNOWN
from beyondtext.data.splits import assign, cap
from beyondtext.data.symbols import make_symbols

INFINITY = float("inf")


def build(task, table, vocabulary_files=None, model=None):
    """Clean, split and cap a reader's table.

    Parameters
    ----------
    task : dict
        The task's definition.
    table : pandas.DataFrame
        From a reader.
    vocabulary_files, model
        For word pieces; see `beyondtext.data.symbols.make_symbols`.

    Returns
    -------
    examples : pandas.DataFrame
        The columns of the examples file.
    alphabet : list of str
    counts : dict
        What was read, left out and kept.

    Raises
    ------
    InputError
        For targets or symbols that do not fit the task, and for a split that ends up empty.
    """
    counts = {"read": len(table)}
    table, counts["outside_bins"] = read_targets(table, task["target"])
    paired = "second" in table
    sequences = table["sequence"].tolist() + (table["second"].tolist() if paired else [])
    symbols, alphabet = make_symbols(sequences, task["symbols"], vocabulary_files, model)
    refuse_empty(table["id"].tolist() * (1 + paired), symbols)
    if paired:
        symbols = [[*a, SEPARATOR, *b] for a, b in zip(symbols[: len(table)], symbols[len(table) :], strict=True)]
    table = table.assign(symbols=symbols)
    table, counts["unknown_symbols"], counts["dropped_unknown"] = handle_unknown(table, task["symbols"])
    table, counts["dropped_long"], counts["truncated"] = handle_long(table, task["max_length"], task["too_long"])
    published = task["split"]["method"] == "published" and "split" in table
    test = table["split"] == task["split"]["values"]["test"] if published else False
    table, counts["duplicates"], counts["conflicting"] = drop_duplicates(table, test)
    if table.empty:
        found = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        raise InputError(f"no record is left ({found}); check target, symbols and max_length")
    if "group" not in table:
        table = table.assign(group=table["id"])

    table = table.assign(split=assign(table, task["split"]))
    refuse_parted_groups(table)
    kept = cap(table["split"], task["caps"], task["split"]["seed"])
    counts["capped"] = int((~kept).sum())
    table = table.loc[kept, COLUMNS].reset_index(drop=True)
    refuse_useless_splits(table)

    lengths = table["symbols"].map(len)
    counts["splits"] = {name: int((table["split"] == name).sum()) for name in SPLITS}
    counts["groups"] = {name: int(table.loc[table["split"] == name, "group"].nunique()) for name in SPLITS}
    counts["length"] = {"min": int(lengths.min()), "median": float(lengths.median()), "max": int(lengths.max())}
    return table, alphabet, counts


def read_targets(table, rule):
    """Targets as the task wants them, and how many rows lie outside all bins.

    ``labels`` renames what the file says; without ``classes`` every one that occurs is a class. ``bins`` makes
    classes of numbers: each gives the lowest and the highest number of a class, null for no bound; rows in none of
    them are left out.
    """
    raw = table["target"]
    if rule["kind"] == "number" or "bins" in rule:
        numbers = pd.to_numeric(raw, errors="coerce")
        strange = table.index[numbers.isna() | numbers.abs().eq(INFINITY)]
        if len(strange):
            raise InputError(
                f"record {table['id'][strange[0]]!r} has the target {raw[strange[0]]!r}, where a number was expected; "
                f"mend or delete it ({len(strange)} such records)"
            )
        raw = numbers.astype("float64")
    if rule["kind"] == "number":
        return table.assign(target=raw), 0
    if "bins" in rule:
        named = pd.Series(None, index=table.index, dtype=object)
        for name, (low, high) in rule["bins"].items():
            inside = raw.between(-INFINITY if low is None else low, INFINITY if high is None else high)
            if named[inside].notna().any():
                raise InputError(
                    f"target.bins: {name} overlaps another bin at {raw[inside & named.notna()].iloc[0]:g}; mend it"
                )
            named[inside] = name
        outside = int(named.isna().sum())
        raw = named.dropna()
        table = table.loc[raw.index]
    else:
        raw, outside = raw.replace(rule.get("labels", {})), 0
    strange = raw.index[~raw.isin(rule["classes"])] if "classes" in rule else []
    if len(strange):
        raise InputError(
            f"record {table['id'][strange[0]]!r} has the target {raw[strange[0]]!r}, but target.classes are "
            f"{', '.join(rule['classes'])}; add the class, or rename it with target.labels"
        )
    return table.assign(target=raw.astype(str)), outside


def refuse_empty(ids, sequences):
    """Raise `InputError` if a sequence has no symbols at all; ``ids`` are their records'."""
    for name, symbols in zip(ids, sequences, strict=True):
        if not symbols:
            raise InputError(f"record {name!r} has a sequence without symbols; delete it or fill it in")


def handle_unknown(table, rule):
    """Apply ``symbols.unknown``: refuse the input, drop the sequence, or read the symbol as unknown.

    Returns the table, the unknown symbols found, and the sequences dropped for them.
    """
    unknown = table["symbols"].map(lambda symbols: symbols.count(UNKNOWN))
    affected = table.index[unknown > 0]
    if len(affected) and rule.get("unknown") == "refuse":
        place = table["symbols"][affected[0]].index(UNKNOWN) + 1
        row = table.loc[affected[0]]
        symbol = (row["sequence"] + "/" + row.get("second", ""))[place - 1]
        raise InputError(
            f"record {table['id'][affected[0]]!r} has the symbol {symbol!r} outside the alphabet {rule['alphabet']} at "
            f"position {place} ({len(affected)} such records); mend it, extend symbols.alphabet, or set "
            "symbols.unknown to drop or unknown"
        )
    if rule.get("unknown") == "drop":
        return table.drop(index=affected), int(unknown.sum()), len(affected)
    return table, int(unknown.sum()), 0


def handle_long(table, max_length, rule):
    """Drop or truncate sequences of more than ``max_length`` symbols; returns also how many of each.

    Of a pair the longer one is truncated first.
    """
    long = table["symbols"].map(len) > max_length
    if rule == "drop":
        return table[~long], int(long.sum()), 0
    return (
        table.assign(symbols=table["symbols"].map(lambda symbols: shortened(symbols, max_length))),
        0,
        int(long.sum()),
    )


def shortened(symbols, length):
    """The first ``length`` symbols; of a pair the first ones of both, as many of each as the shorter one allows."""
    if SEPARATOR not in symbols:
        return symbols[:length]
    place = symbols.index(SEPARATOR)
    a, b = symbols[:place], symbols[place + 1 :]
    room = length - 1  # the separator stays
    of_a = min(len(a), max(room - room // 2, room - len(b)))
    return [*a[:of_a], SEPARATOR, *b[: room - of_a]]


def drop_duplicates(table, test=False):
    """Keep the first of equal sequences, and none where equal sequences have different targets.

    ``test`` (booleans, where the test split is published) says which rows are of the test split: others with a
    sequence that is there, too, are dropped, so that the published test split stays whole.

    Returns the table, the repeats dropped, and the sequences dropped for conflicting targets.
    """
    key = table["symbols"].map("\x1f".join)
    seen = key.isin(key[test]) & ~test if test is not False else pd.Series(False, index=table.index)
    table, key = table[~seen], key[~seen]
    conflicting = table["target"].groupby(key).transform("nunique") > 1
    repeated = key.duplicated() & ~conflicting
    return table[~conflicting & ~repeated], int(seen.sum() + repeated.sum()), int(conflicting.sum())


def refuse_useless_splits(table):
    """Raise `InputError` for a split that is empty, or in which nothing can be learned or told apart."""
    for name in SPLITS:
        targets = table.loc[table["split"] == name, "target"]
        if targets.empty:
            raise InputError(f"the {name} split is empty; check the split rule, max_length and the caps")
        if targets.nunique() == 1:
            raise InputError(
                f"the {name} split has only the target {targets.tolist()[0]!r} ({len(targets)} records); at least two "
                "different ones are needed"
            )


def refuse_parted_groups(table):
    """Raise `InputError` if a published split puts rows of one group into different splits."""
    parted = table.groupby("group")["split"].nunique()
    parted = parted.index[parted > 1]
    if len(parted):
        names = ", ".join(sorted(set(table.loc[table["group"] == parted[0], "split"])))
        raise InputError(
            f"group {parted[0]!r} is in the splits {names} ({len(parted)} such groups); "
            "a group must be in one split only"
        )
