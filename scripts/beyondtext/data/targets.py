"""From the targets in a file to the classes or numbers of a task."""

import re
from collections import Counter
from statistics import median

import pandas as pd

from beyondtext.core.errors import InputError, suggestion
from beyondtext.core.printing import listed, printable, quoted
from beyondtext.data.missing import MISSING
from beyondtext.data.tally import FEW

INFINITY = float("inf")
DECIMAL_COMMA = r"[+-]?\d*,\d+([eE][+-]?\d+)?"
# In front of a number or of its exponent. Spreadsheets and word processors write it in place of the hyphen.
MINUS = re.compile("(^|[eE])\N{MINUS SIGN}(?=[0-9.,])")
NAMED = 10  # small classes at most
THOUSANDS = r"[+-]?[1-9]\d{0,2},\d{3}"  # with a decimal comma, or with a comma between thousands and hundreds?
WITH_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")  # the same question about points
WHOLE = re.compile(r"^([+-]?\d+)\.0+$")
LEADING_ZEROS = re.compile(r"[+-]?0\d+([.,]\d+)?")  # of codes, such as 007
BELOW_THOUSAND = re.compile(r"[+-]?\d{1,3}")


def with_plain_minus(texts):
    """A series of texts with a hyphen in place of the minus sign U+2212 of a number."""
    return texts.str.replace(MINUS, r"\1-", regex=True)


def unclear_points(texts, delimiter):
    """The numbers whose points may be between thousands, if all with a point are such numbers and the others are small.

    Where a comma is the decimal sign, spreadsheets write points there, and semicolons between cells. Without smaller
    whole numbers next to them, both readings have the same order.

    Parameters
    ----------
    texts : pandas.Series of str
        Without words for missing values.
    delimiter : str
        Of the table.

    Returns
    -------
    pandas.Series of str
        Empty if the points are clear.
    """
    point = texts.str.contains(".", regex=False)
    with_point, others = texts[point], texts[~point]
    is_unclear = (
        delimiter == ";"
        and len(others) > 0
        and with_point.str.fullmatch(WITH_POINTS).all()
        and others.str.fullmatch(BELOW_THOUSAND).all()
    )
    return with_point if is_unclear else with_point[:0]


def parse_targets(table, rule, tally, empty="refuse"):
    """Convert a reader's targets.

    Parameters
    ----------
    table : pandas.DataFrame
        From a reader: ``id`` and ``target`` (str). If its ``attrs["delimiter"]`` is not a comma, decimal commas are
        recognized.
    rule : dict
        The task's ``target``. ``labels`` renames the file's values. ``bins`` makes classes of numbers: the lowest and
        the highest number of each class, both included, or None for no bound. Without ``classes`` every value that
        occurs is a class; ``others`` says whether to ``refuse`` (the default) or ``drop`` values that it does not name.
        ``decimal`` is a comma if the numbers have decimal commas, and a point where points could be between thousands.
    tally : beyondtext.data.tally.Tally
    empty : {"refuse", "drop"}
        What to do with records whose target is a word for a missing value, unless ``classes`` or ``labels`` names it.

    Returns
    -------
    pandas.DataFrame
        With ``target`` as float64 or str, without the records that the rule leaves out, and without ``attrs``.

    Raises
    ------
    InputError
        For a target that is not a finite number where one is needed or not one of the classes, and for bins that
        overlap.
    """
    table = _without_missing(table.astype({"target": str}), rule, tally, empty)
    if rule["kind"] == "number":
        targets = _parse_numbers(table, rule, tally)
    elif "bins" in rule:
        targets = _bin_numbers(_parse_numbers(table, rule, tally), rule["bins"]).dropna()
        _count(table.loc[table.index.difference(targets.index)], "outside_bins", tally)
    else:
        targets = _rename(table, rule, tally)
    if "classes" in rule:
        targets = _in_classes(table, targets, rule, tally)
    targets = targets.astype("float64" if rule["kind"] == "number" else str)
    parsed = table.loc[targets.index].assign(target=targets)
    parsed.attrs = {}
    return parsed


def count_small_classes(table, rule, tally):
    """Note the classes with few records, those that ``rule`` names and that have none among them.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column ``target``, as `parse_targets` returns it.
    rule : dict
        The task's ``target``.
    tally : beyondtext.data.tally.Tally
    """
    if rule["kind"] != "class":
        return
    sizes = {**dict.fromkeys(rule.get("classes", []), 0), **Counter(table["target"])}
    small = sorted((size, name) for name, size in sizes.items() if size < FEW)
    if small:
        named = ", ".join(f"{printable(name)} {size}" for size, name in small[:NAMED])
        named += ", …" if len(small) > NAMED else ""
        tally.add("small_classes", len(small), remark=named + doubt(list(sizes.values())))


def doubt(sizes):
    """The question whether many small classes are meant, given the size of each; empty if most of them are large."""
    if len(sizes) <= NAMED or median(sizes) >= FEW:
        return ""
    return f"; half of the {len(sizes):,} classes have at most {median(sizes):g} members: is this the target?"


def _count(rows, reason, tally, **details):
    """Count rows, with the id of the first one as the example."""
    if len(rows):
        tally.add(reason, len(rows), rows["id"].iloc[0], **details)


def _without_missing(table, rule, tally, empty):
    """Refuse or drop records whose target is a word for a missing value."""
    named = {*rule.get("classes", []), *rule.get("labels", {})}
    missing = table[table["target"].str.lower().isin(MISSING) & ~table["target"].isin(named)]
    if len(missing) and empty != "drop":
        expected, advice = "a number", ""
        if rule["kind"] == "class" and "bins" not in rule:
            expected, advice = "a class", ", name it in target.classes if it is a class"
        raise InputError(
            f"record {quoted(missing['id'].iloc[0])} has the target {quoted(missing['target'].iloc[0])}, where "
            f"{expected} was expected; correct or delete it ({len(missing)} such records){advice}, or, in a table or "
            "FASTA, set options.empty to drop"
        )
    _count(missing, "missing", tally, symbols=missing["target"])
    return table.drop(index=missing.index)


def _parse_numbers(table, rule, tally):
    plain = with_plain_minus(table["target"])
    _count(table[plain != table["target"]], "minus_signs", tally)
    _count(table[plain.str.fullmatch(LEADING_ZEROS)], "leading_zeros", tally)
    table = table.assign(target=plain)
    numbers = pd.to_numeric(_with_decimal_points(table, rule, tally), errors="coerce")
    invalid = table.index[numbers.isna() | numbers.abs().eq(INFINITY)]
    if len(invalid):
        target = table["target"][invalid[0]]
        expected = "a number" if pd.isna(numbers[invalid[0]]) else "a finite number"
        advice = ', set target.decimal to "," if the comma is a decimal comma' if "," in target else ""
        raise InputError(
            f"record {quoted(table['id'][invalid[0]])} has the target {quoted(target)}, where {expected} was expected; "
            f"correct or delete it ({len(invalid)} such records){advice}"
        )
    return numbers.astype("float64")


def _with_decimal_points(table, rule, tally):
    """The targets as text, with decimal points in place of decimal commas."""
    texts, is_stated = table["target"], rule.get("decimal") == ","
    comma, point = (texts.str.contains(mark, regex=False) for mark in ",.")
    if "decimal" not in rule and len(unclear := unclear_points(texts, table.attrs.get("delimiter"))):
        first = unclear.iloc[0]
        raise InputError(
            f"record {quoted(table['id'][unclear.index[0]])} has the target {quoted(first)}, whose point may be a "
            f"decimal point or between thousands ({len(unclear)} such records); delete the points between thousands, "
            'or set target.decimal to "." if they are decimal points'
        )
    if not is_stated and (
        table.attrs.get("delimiter", ",") == "," or point.any() or not texts[comma].str.fullmatch(DECIMAL_COMMA).all()
    ):
        return texts
    unclear = table[texts.str.fullmatch(THOUSANDS)]
    if len(unclear) and not is_stated:
        first = unclear["target"].iloc[0]
        raise InputError(
            f"record {quoted(unclear['id'].iloc[0])} has the target {quoted(first)}, which is "
            f"{first.replace(',', '.')} "
            f'or {first.replace(",", "")} ({len(unclear)} such records); set target.decimal to "," if the comma is a '
            "decimal comma, or delete the commas"
        )
    if point.any():
        raise InputError(
            f"record {quoted(table['id'][point.idxmax()])} has the target {quoted(texts[point.idxmax()])}, but "
            f"target.decimal is a comma ({point.sum()} such records); write all targets in the same way"
        )
    _count(table[comma], "decimal_commas", tally)
    return texts.str.replace(",", ".", n=1, regex=False)


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


def _rename(table, rule, tally):
    """The targets under the names that ``labels`` gives them, whole numbers without a decimal fraction of zeros.

    Without ``classes``, a number such as 1.0 is 1 if others are.
    """
    labels, targets = rule.get("labels", {}), table["target"]
    named = {*labels, *rule.get("classes", [])}
    known = named if "classes" in rule else {*named, *targets}
    whole = targets.str.replace(WHOLE, r"\1", regex=True)
    is_decimal = ~targets.isin(named) & (whole != targets) & whole.isin(known)
    _count(table[is_decimal], "decimal_classes", tally)
    targets = targets.where(~is_decimal, whole)
    unused = [label for label in labels if not (targets == label).any()]
    if unused:
        tally.add("unused_labels", len(unused), unused[0])
    return targets.replace(labels)


def _in_classes(table, targets, rule, tally):
    """Refuse or drop records of other classes than those of the rule."""
    others = targets[~targets.isin(rule["classes"])]
    if len(others) and rule.get("others") != "drop":
        classes = listed(rule["classes"], NAMED)
        raise InputError(
            f"record {quoted(table['id'][others.index[0]])} has the target {quoted(others.iloc[0])}, but "
            f"target.classes are {classes}; add the class{suggestion(others.iloc[0], rule['classes'])}, rename it with "
            f"target.labels, or set target.others to drop ({len(others)} such records)"
        )
    _count(table.loc[others.index], "other_classes", tally, symbols=others)
    return targets.drop(index=others.index)
