"""Whether a target is a class or a number, and how it is scored."""

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.inspection.fields import MAYBE_MISSING

MOST_WHOLE_CLASSES = 10  # different whole numbers that are read as classes
FEWEST = 10  # records of a class, for a score of it
IMBALANCE = 3  # times as many records: then each class counts as much as the other
MOST_NAMED = 8  # classes that are named in a remark
THOUSANDS = r"[+-]?[1-9]\d{0,2},\d{3}"
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
            f"the target `{field.name}` has only the value {quoted(next(iter(field.counts.index), ''))}; name another "
            "field with --target"
        )
    kind = wishes.target_kind or _kind(field)
    return _number(field, wishes, notes) if kind == "number" else _classes(field, wishes, notes)


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
    if field.decimal != "," and wishes.decimal is None:
        return {"kind": "number"}, "spearman"
    return {"kind": "number", "decimal": _decimal_comma(field, wishes, notes)}, "spearman"


def _decimal_comma(field, wishes, notes):
    with_comma = field.known[field.known.str.contains(",", regex=False)]
    if wishes.decimal is None and with_comma.str.fullmatch(THOUSANDS).all():
        first = with_comma.iloc[0]
        raise InputError(
            f"the target {quoted(first)} is {first.replace(',', '.')} or {first.replace(',', '')}, and the others with "
            "a comma are no clearer; give --decimal comma, or delete the commas"
        )
    example = f"such as {quoted(with_comma.iloc[0])}" if len(with_comma) else "as you say"
    notes.add("decimal commas", f"{len(with_comma):,} numbers have one, {example}", key="target.decimal")
    return ","


def _classes(field, wishes, notes):
    counts = field.counts.drop(list(field.missing_words))
    least = wishes.smallest_class or 1
    kept = counts[counts >= least]
    if len(kept) < 2:
        raise InputError(
            f"`{field.name}` has {_number_of(kept)} with at least {least:,} known records, but two are needed; name "
            "another field with --target"
        )
    number = "two" if len(counts) == 2 else f"{len(counts):,}"
    why = f"`{field.name}` has {number} values ({_named(counts)})"
    option = "--target-kind number" if field.numbers.notna().all() and len(field.numbers) else "--target NAME"
    notes.add(f"{len(counts):,} classes", why, option, "target")
    _note_small_classes(kept, counts[counts < least], notes)
    ratio = kept.iloc[0] / kept.iloc[-1]
    metric = "balanced_accuracy" if ratio > IMBALANCE else "accuracy"
    why = f"the largest class has {ratio:.1f} times the records of the smallest"
    notes.add(f"the metric is {metric.replace('_', ' ')}", why, key="metric")
    words = [value for value in kept.index if value.lower() in MAYBE_MISSING]
    if words:
        shown = ", ".join(f"{quoted(value)} {kept[value]:,} times" for value in words)
        notes.add("classes that may stand for missing values", f"{shown}; delete these records if so")
    rule = {"kind": "class", "classes": sorted(map(str, kept.index))}
    return (rule if len(kept) == len(counts) else {**rule, "others": "drop"}), metric


def _note_small_classes(kept, left_out, notes):
    if len(left_out):
        why = f"{_named(left_out)}; they have fewer records than you ask for"
        notes.add(f"{_number_of(left_out)} left out", why, key="target.others")
    small = kept[kept < FEWEST]
    if len(small):
        why = _named(small)
        if kept.median() < FEWEST:
            why += f"; half of all classes have at most {kept.median():g} records: is this the target?"
        notes.add(f"{_number_of(small)} with fewer than {FEWEST} records", why, f"--smallest-class {FEWEST}")


def _number_of(counts):
    return "1 class" if len(counts) == 1 else f"{len(counts):,} classes"


def _named(counts):
    shown = ", ".join(f"{value}: {count:,}" for value, count in counts.iloc[:MOST_NAMED].items())
    return shown + (f" and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else "")
