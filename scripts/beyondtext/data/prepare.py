"""From a task's source to its examples: read, cleaned, split, capped and written."""

from beyondtext.core.errors import InputError, located
from beyondtext.data.cleaning import (
    apply_length_limit,
    apply_unknown_rule,
    check_groups,
    check_not_empty,
    check_splits,
    drop_duplicates,
)
from beyondtext.data.examples import COLUMNS, SEPARATOR, SPLITS, write_examples
from beyondtext.data.raw import raw_files, require_file
from beyondtext.data.readers import reader
from beyondtext.data.splits import assign_splits, cap_splits
from beyondtext.data.symbols import make_symbols
from beyondtext.data.targets import parse_targets
from beyondtext.study import definitions


def make_examples(name, task, raw, cache, output):
    """Read a task's source and write its examples.

    Parameters
    ----------
    name : str
        The task's name.
    task : dict
        The task's definition.
    raw : pathlib.Path
        The folder of the downloaded sources.
    cache : pathlib.Path
        A folder for results that take a reader long to compute.
    output : pathlib.Path
        The parquet file; `beyondtext.data.examples` describes it and the JSON file next to it.

    Returns
    -------
    dict
        The numbers of examples read, excluded and kept.

    Raises
    ------
    InputError
        If a file is missing or invalid, or if no usable examples remain.
    """
    source, options = raw / task["source"], task["options"]
    with located(f"task {name}"):
        vocabulary = _vocabulary(task, raw)
        table, notes = reader(task["reader"]).read(raw_files(source), options, cache)
        with located(source / options.get("path", "")):
            examples, alphabet, counts = build(task, table, vocabulary)
    if task["target"] == {"kind": "class"}:
        task = {**task, "target": {"kind": "class", "classes": sorted(set(examples["target"]))}}
    counts = {**notes, **counts}
    write_examples(output, name, task, examples, alphabet, counts)
    return counts


def _vocabulary(task, raw):
    """The vocabulary file of the model that the task takes its word pieces from, or None."""
    if "vocabulary" not in task["symbols"]:
        return None
    model = definitions.model(task["symbols"]["vocabulary"])
    return require_file(raw_files(raw / model["source"]), model["vocabulary"])


def build(task, table, vocabulary=None):
    """Clean, split and cap a reader's table.

    Parameters
    ----------
    task : dict
        The task's definition.
    table : pandas.DataFrame
        From a reader.
    vocabulary : path, optional
        The vocabulary file, for word pieces.

    Returns
    -------
    examples : pandas.DataFrame
        With the columns of the examples file.
    alphabet : list of str
    counts : dict
        The numbers of examples read, excluded and kept.

    Raises
    ------
    InputError
        For targets or symbols that do not match the task, and for a split that ends up empty.
    """
    counts = {"read": len(table)}
    table, counts["outside_bins"] = parse_targets(table, task["target"])
    table, alphabet = _add_symbols(table, task["symbols"], vocabulary)
    table = _clean(table, task, counts)
    if "group" not in table:
        table = table.assign(group=table["id"])
    table = table.assign(split=assign_splits(table, task["split"]))
    check_groups(table)
    kept = cap_splits(table["split"], task["caps"], task["split"]["seed"])
    counts["capped"] = int((~kept).sum())
    table = table.loc[kept, COLUMNS].reset_index(drop=True)
    check_splits(table)
    return table, alphabet, counts | _describe(table)


def _add_symbols(table, rule, vocabulary):
    """Add the column ``symbols``, of pairs with the separator between both; return also the alphabet."""
    is_paired = "second" in table
    sequences = table["sequence"].tolist() + (table["second"].tolist() if is_paired else [])
    symbols, alphabet = make_symbols(sequences, rule, vocabulary)
    check_not_empty(table["id"].tolist() * (1 + is_paired), symbols)
    if is_paired:
        first, second = symbols[: len(table)], symbols[len(table) :]
        symbols = [[*a, SEPARATOR, *b] for a, b in zip(first, second, strict=True)]
    return table.assign(symbols=symbols), alphabet


def _clean(table, task, counts):
    """Exclude unusable sequences and add their numbers to ``counts``."""
    table, counts["unknown_symbols"], counts["dropped_unknown"] = apply_unknown_rule(table, task["symbols"])
    table, counts["dropped_long"], counts["truncated"] = apply_length_limit(table, task["max_length"], task["too_long"])
    is_published = task["split"]["method"] == "published" and "split" in table
    is_test = table["split"] == task["split"]["values"]["test"] if is_published else None
    table, counts["duplicates"], counts["conflicting"] = drop_duplicates(table, is_test)
    if table.empty:
        reasons = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        raise InputError(f"no example is left ({reasons}); check target, symbols and max_length")
    return table


def _describe(table):
    """The numbers of examples and groups in each split, and the lengths in symbols."""
    lengths = table["symbols"].map(len)
    splits = {name: table[table["split"] == name] for name in SPLITS}
    return {
        "splits": {name: len(part) for name, part in splits.items()},
        "groups": {name: int(part["group"].nunique()) for name, part in splits.items()},
        "length": {"min": int(lengths.min()), "median": float(lengths.median()), "max": int(lengths.max())},
    }
