"""From a task's source to its examples: read, cleaned, split, capped and written."""

from contextlib import contextmanager

from beyondtext.core.errors import InputError, located
from beyondtext.data.blanks import check_blanks
from beyondtext.data.cleaning import (
    apply_length_limit,
    apply_unknown_rule,
    check_classes,
    check_groups,
    check_not_empty,
    check_splits,
    count_unseen_classes,
    drop_duplicates,
    sequence_keys,
)
from beyondtext.data.examples import COLUMNS, SEPARATOR, SPLITS, write_examples
from beyondtext.data.groups import RELATED, count_related_tests, join_relatives
from beyondtext.data.raw import raw_files, raw_record, require_file
from beyondtext.data.readers import reader
from beyondtext.data.splits import assign_splits, cap_splits
from beyondtext.data.symbols import make_symbols
from beyondtext.data.tally import ALTERED, CHOSEN, DROPPED, MAX_AFFECTED, Tally
from beyondtext.data.targets import count_small_classes, parse_targets
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
        What `build` counts, with the relatives of training examples in a published test split.

    Raises
    ------
    InputError
        If a file is missing or invalid, or if no usable examples remain.
    """
    source, options = raw / task["source"], task["options"]
    with located(f"task {name}"):
        vocabulary = _vocabulary(task, raw)
        tally = Tally(task.get("max_affected", MAX_AFFECTED))
        files = raw_files(source)
        tally.update(raw_record(source).get("changes", []))
        table = reader(task["reader"]).read(files, options, cache, tally)
        with located(source / options.get("path", "")):
            examples, alphabet, counts = build(task, table, tally, vocabulary)
    if task["split"]["method"] == "published" and task["domain"] in RELATED:
        count_related_tests(examples, tally, task["domain"])
        counts["changes"] = tally.as_list()
    definition = definitions.digest(task)
    if task["target"]["kind"] == "class" and "classes" not in task["target"]:
        task = {**task, "target": {**task["target"], "classes": sorted(set(examples["target"]))}}
    write_examples(output, name, task, examples, alphabet, counts, definition)
    return counts


def _vocabulary(task, raw):
    """The vocabulary file of the model that the task takes its word pieces from, or None."""
    if "vocabulary" not in task["symbols"]:
        return None
    model = definitions.model(task["symbols"]["vocabulary"])
    return require_file(raw_files(raw / model["source"]), model["vocabulary"])


def build(task, table, tally, vocabulary=None):
    """Clean, split and cap a reader's table.

    Parameters
    ----------
    task : dict
        The task's definition.
    table : pandas.DataFrame
        From a reader.
    tally : beyondtext.data.tally.Tally
        With what the reader has counted.
    vocabulary : path, optional
        The vocabulary file, for word pieces.

    Returns
    -------
    examples : pandas.DataFrame
        With the columns of the examples file.
    alphabet : list of str
    counts : dict
        As `beyondtext.data.examples` describes them.

    Raises
    ------
    InputError
        For targets or symbols that do not match the task, for more losses than it allows, and for a split that ends up
        empty.
    """
    read = len(table) + tally.count_by_reader()
    options = task["options"].get("table", task["options"])
    table = parse_targets(table, task["target"], tally, options.get("empty", "refuse"))
    check_classes(table, task["target"])
    table, alphabet = _add_symbols(table, task["symbols"], vocabulary, tally)
    table = _clean(table, task, tally)
    count_small_classes(table, task["target"], tally)
    tally.check(read, altered=int((table["truncated"] | (table["unknown"].map(len) > 0)).sum()))
    if "group" not in table:
        table = table.assign(group=table["id"])
    with remembering(tally):
        if task["split"].get("groups") == "relatives":
            table = join_relatives(table, tally, task["domain"])
        table = table.assign(split=assign_splits(table, task["split"]))
        check_groups(table)
        available = _sizes(table)
        kept = cap_splits(table["split"], task["caps"], task["split"]["seed"])
        tally.add("capped", (~kept).sum())
        table = table.loc[kept, COLUMNS].reset_index(drop=True)
        check_splits(table)
        count_unseen_classes(table, task["target"], tally)
    return table, alphabet, {"read": read, "changes": tally.as_list(), "available": available, **_describe(table)}


def _add_symbols(table, rule, vocabulary, tally):
    """Add the column ``symbols``, of pairs with the separator between both; return also the alphabet."""
    is_paired = "second" in table
    sequences = table["sequence"].tolist() + (table["second"].tolist() if is_paired else [])
    if rule["kind"] == "characters" and " " not in rule["alphabet"]:
        for column in ("sequence", "second")[: 1 + is_paired]:
            check_blanks(table["id"], table[column])
    symbols, alphabet, unknown, repairs = make_symbols(sequences, rule, vocabulary)
    for reason, positions in repairs.items():
        rows = sorted({position % len(table) for position in positions})  # once for a pair
        tally.add(reason, len(rows), table["id"].iloc[rows[0]])
    check_not_empty(table["id"].tolist() * (1 + is_paired), symbols)
    if is_paired:
        first, second = symbols[: len(table)], symbols[len(table) :]
        symbols = [[*a, SEPARATOR, *b] for a, b in zip(first, second, strict=True)]
        unknown = [[*a, *b] for a, b in zip(unknown[: len(table)], unknown[len(table) :], strict=True)]
    return table.assign(symbols=symbols, unknown=unknown), alphabet


def _clean(table, task, tally):
    """Exclude unusable sequences and count them."""
    table = apply_unknown_rule(table, task["symbols"], tally)
    whole = sequence_keys(table)
    table = apply_length_limit(table, task["max_length"], task["too_long"], tally)
    is_published = task["split"]["method"] == "published" and "split" in table
    names = {value: name for name, value in task["split"]["values"].items()} if is_published else {}
    splits = table["split"].map(names) if is_published else None
    table = drop_duplicates(table, tally, splits, task.get("repeats", "drop"), whole)
    if table.empty:
        raise InputError(f"no example is left ({tally.sentence()}); check target, repeats, symbols and max_length")
    return table


@contextmanager
def remembering(tally):
    """Add what was lost so far, and which groups relatives form, to an `InputError` that the body raises."""
    try:
        yield
    except InputError as error:
        lost = tally.sentence((DROPPED, ALTERED, CHOSEN))
        context = [f"left out or altered: {lost}"] if lost else []
        context += [tally.words("relatives")] if tally.count("relatives") else []
        raise InputError(f"{error} ({'; '.join(context)})" if context else str(error)) from None


def _sizes(table):
    """The number of examples in each split."""
    return {name: int((table["split"] == name).sum()) for name in SPLITS}


def _describe(table):
    """The numbers of examples and groups in each split, and the lengths in symbols."""
    lengths = table["symbols"].map(len)
    splits = {name: table[table["split"] == name] for name in SPLITS}
    return {
        "splits": _sizes(table),
        "groups": {name: int(part["group"].nunique()) for name, part in splits.items()},
        "length": {"min": int(lengths.min()), "median": float(lengths.median()), "max": int(lengths.max())},
    }
