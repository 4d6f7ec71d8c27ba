"""Whether a target is a class or a number, and how it is scored."""

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.fields import MAYBE_MISSING

MOST_WHOLE_CLASSES = 10  # different whole numbers that are read as classes
FEWEST = 10  # records of a class, for a score of it
IMBALANCE = 3  # times as many records: then each class counts as much as the other
MOST_NAMED = 8  # classes that are named in a remark
PER_NUMBER = 5  # records for each of the whole numbers that are read as classes


def target_rule(field, wishes, notes):
    """The task's ``target`` and ``metric``.

    Parameters
    ----------
    field : Field
        Of the target.
    wishes : Wishes
    notes : Notes

    Returns
    -------
    rule : dict
    metric : str

    Raises
    ------
    InputError
        If there is only one value, or if numbers are wished and there are none.
    """
    if len(field.counts) < 2:
        raise InputError(
            f"the target `{field.name}` has only the value {next(iter(field.counts.index), '')!r}; name another field "
            "with --target"
        )
    kind = wishes.target_kind or _kind(field)
    return _number(field, wishes, notes) if kind == "number" else _classes(field, notes)


def _kind(field):
    numbers = field.numbers
    if numbers.notna().mean() < 0.9 or len(numbers) == 0:
        return "class"
    is_whole = numbers.dropna().mod(1).eq(0).all()
    few = numbers.nunique() <= min(MOST_WHOLE_CLASSES, len(numbers) / PER_NUMBER)
    return "class" if few and (is_whole or numbers.nunique() == 2) else "number"


def _number(field, wishes, notes):
    numbers = field.numbers
    if numbers.isna().all():
        raise InputError(f"--target-kind number: no value of `{field.name}` is a number; leave the option out")
    why = (
        f"`{field.name}` has {numbers.nunique():,} different numbers from {numbers.min():g} to {numbers.max():g}, "
        f"median {numbers.median():g}"
    )
    notes.add("the target is a number", why, "--target-kind class", "target")
    notes.add("the metric is Spearman's rank correlation", "the target is a number", key="metric")
    wrong = field.known[numbers.isna()]
    if len(wrong):
        shown = ", ".join(repr(value) for value in wrong.drop_duplicates().iloc[:3])
        notes.add(f"{len(wrong):,} targets are no numbers", f"such as {shown}; correct or delete them")
    return {"kind": "number"}, "spearman"


def _classes(field, notes):
    counts = field.counts
    shown = ", ".join(f"{value}: {count:,}" for value, count in counts.iloc[:MOST_NAMED].items())
    more = f" and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else ""
    number = "two" if len(counts) == 2 else f"{len(counts):,}"
    why = f"`{field.name}` has {number} values ({shown}{more})"
    option = "--target-kind number" if field.numbers.notna().all() and len(field.numbers) else "--target NAME"
    notes.add(f"{len(counts):,} classes", why, option, "target")
    _warn_of_small_classes(field, notes)
    metric = "balanced_accuracy" if counts.iloc[0] > IMBALANCE * counts.iloc[-1] else "accuracy"
    ratio = counts.iloc[0] / counts.iloc[-1]
    why = f"the largest class has {ratio:.1f} times the records of the smallest"
    notes.add(f"the metric is {metric.replace('_', ' ')}", why, key="metric")
    return {"kind": "class", "classes": sorted(map(str, counts.index))}, metric


def _warn_of_small_classes(field, notes):
    counts = field.counts
    small = counts[counts < FEWEST]
    if len(small):
        shown = ", ".join(f"{value}: {count}" for value, count in small.iloc[:MOST_NAMED].items())
        more = f" and {len(small) - MOST_NAMED} more" if len(small) > MOST_NAMED else ""
        typical = counts.median()
        advice = "merge them with others in target.labels, or delete them"
        if typical < FEWEST:
            advice = f"half of all classes have at most {typical:g}, so is this the target?"
        notes.add(f"{len(small):,} classes with fewer than {FEWEST} records", f"{shown}{more}; {advice}")
    words = [value for value in counts.index if value.lower() in MAYBE_MISSING or value in field.missing_words]
    if words:
        shown = ", ".join(f"{value!r} {counts[value]:,} times" for value in words)
        notes.add("classes that may stand for missing values", f"{shown}; delete these records if so")
