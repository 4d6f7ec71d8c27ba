"""From the targets in a file to the classes or numbers of a task."""

import pandas as pd

from beyondtext.core.errors import InputError

INFINITY = float("inf")


def parse_targets(table, rule, tally):
    """Convert a reader's targets.

    Parameters
    ----------
    table : pandas.DataFrame
        From a reader: ``id`` and ``target`` (str).
    rule : dict
        The task's ``target``. ``labels`` renames the file's values. ``bins`` makes classes of numbers: the lowest and
        the highest number of each class, both included, or None for no bound. Without ``classes`` every value that
        occurs is a class.
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    pandas.DataFrame
        With ``target`` as float64 or str, and without the rows outside all bins.

    Raises
    ------
    InputError
        For a target that is not a finite number where one is needed or not one of the classes, and for bins that
        overlap.
    """
    if rule["kind"] == "number":
        return table.assign(target=_parse_numbers(table))
    if "bins" in rule:
        classes = _bin_numbers(_parse_numbers(table), rule["bins"]).dropna()
    else:
        classes = table["target"].replace(rule.get("labels", {}))
    outside = table.index.difference(classes.index)
    if len(outside):
        tally.add("outside_bins", len(outside), table["id"][outside[0]])
    table = table.loc[classes.index]
    unknown = classes.index[~classes.isin(rule["classes"])] if "classes" in rule else []
    if len(unknown):
        raise InputError(
            f"record {table['id'][unknown[0]]!r} has the target {classes[unknown[0]]!r}, but target.classes are "
            f"{', '.join(rule['classes'])}; add the class, or rename it with target.labels"
        )
    return table.assign(target=classes.astype(str))


def _parse_numbers(table):
    numbers = pd.to_numeric(table["target"], errors="coerce")
    invalid = table.index[numbers.isna() | numbers.abs().eq(INFINITY)]
    if len(invalid):
        raise InputError(
            f"record {table['id'][invalid[0]]!r} has the target {table['target'][invalid[0]]!r}, where a number was "
            f"expected; correct or delete it ({len(invalid)} such records)"
        )
    return numbers.astype("float64")


def _bin_numbers(numbers, bins):
    """The class of each number; missing if it is outside all bins."""
    classes = pd.Series(None, index=numbers.index, dtype=object)
    for name, (low, high) in bins.items():
        inside = numbers.between(-INFINITY if low is None else low, INFINITY if high is None else high)
        overlap = numbers[inside & classes.notna()]
        if len(overlap):
            raise InputError(f"target.bins: {name} overlaps another bin at {overlap.iloc[0]:g}; make the bins disjoint")
        classes[inside] = name
    return classes
