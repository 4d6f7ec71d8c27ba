"""Whether a target is a class or a number, and how it is scored."""

import unicodedata
from decimal import Decimal, InvalidOperation

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.inspection.fields import MAYBE_MISSING, PER_CLASS
from beyondtext.data.inspection.number_forms import finite_problem, number_problem
from beyondtext.data.inspection.quotation import is_number
from beyondtext.data.inspection.target_field import is_various
from beyondtext.data.targets import LEADING_ZEROS, THOUSANDS, WHOLE, with_plain_minus

MOST_WHOLE_CLASSES = 10  # different whole numbers that are read as classes
FEWEST = 10  # records of a class, for a score of it
IMBALANCE = 3  # times as many records: then each class counts as much as the other
MOST_ALIKE = 4  # of the classes that look like one
MOST_NAMED = 8  # classes that are named in a remark
LONGEST = 60  # letters of a class in a remark
LEAST_NUMBERS = 0.5  # of the values: then numbers may be meant, and the others are mistakes
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
        If there is only one value; or if the target is a number, or is wished to be one, and not every known value is
        a finite one.
    """
    if len(field.counts) < 2:
        raise InputError(
            f"the target `{field.name}` has only the value {quoted(next(iter(field.counts.index), ''))}; name another "
            "field with --target"
        )
    kind = wishes.target_kind or _kind(field, wishes, notes)
    if wishes.target_kind != "class" and (problem := finite_problem(field)):
        advice = "" if wishes.target_kind else ", or give --target-kind class if they are names of classes"
        raise InputError(problem + advice)
    problem = "" if wishes.target_kind or kind == "number" or not is_various(field) else number_problem(field)
    if problem:
        raise InputError(problem)
    for option, suited in (("decimal", "number"), ("smallest_class", "class")):
        if getattr(wishes, option) is not None and kind != suited:
            raise InputError(
                f"--{option.replace('_', '-')} is for a target of the kind {suited}, but `{field.name}` is of the kind "
                f"{kind}; leave the option out, or give --target-kind {suited}"
            )
    return _number(field, wishes, notes) if kind == "number" else _classes(field, wishes, notes)


def _kind(field, wishes, notes):
    numbers = field.numbers
    if numbers.notna().mean() < 0.9 or len(numbers) == 0:
        return "class"
    is_whole = numbers.dropna().mod(1).eq(0).all()
    few = numbers.nunique() <= min(MOST_WHOLE_CLASSES, len(numbers) / PER_NUMBER)
    if few and (is_whole or numbers.nunique() == 2):
        return "class"
    why, are_codes = _codes(field)
    if wishes.decimal is None and are_codes:
        notes.add("these numbers are names of classes", why, "--target-kind number")
        return "class"
    if why:
        notes.add("numbers that may be codes", why, "--target-kind class")
    return "number"


def _codes(field):
    """Why numbers may be names of classes, in words, and whether they are read as these."""
    zeros = field.known[field.known.str.fullmatch(LEADING_ZEROS)]
    spellings = field.known.nunique()
    if len(zeros):
        why = f"{len(zeros):,} of {len(field.known):,} begin with zeros, as codes do, such as {quoted(zeros.iloc[0])}"
        return why, spellings * PER_CLASS <= len(field.known)
    if not (merged := _merged(field)):
        return "", False
    names, numbers = sum(map(len, merged)), len(merged)
    one = "number" if numbers == 1 else "numbers"
    why = f"{names:,} spellings make {numbers:,} {one}, such as {quoted(merged[0][0])} and {quoted(merged[0][1])}"
    are_few = spellings <= min(MOST_WHOLE_CLASSES, len(field.known) / PER_NUMBER)
    return why, are_few and field.numbers.notna().all()


def _merged(field):
    """The spellings of each number that has several, apart from those such as 1, +1 and 1.0."""
    names = with_plain_minus(field.known).drop_duplicates()
    numbers, alike = field.numbers, {}
    for place, name in names.items():
        whole = WHOLE.sub(r"\1", name.replace(",", ".") if field.decimal == "," else name).removeprefix("+")
        alike.setdefault(numbers[place], {}).setdefault(whole, name)
    return [list(spellings.values()) for spellings in alike.values() if len(spellings) > 1]


def _number(field, wishes, notes):
    numbers = field.numbers
    if numbers.isna().any() or numbers.empty:
        option = "--target-kind number: " if wishes.target_kind else ""
        raise InputError(option + (number_problem(field) or _few_numbers(field)))
    why = (
        f"`{field.name}` has {numbers.nunique():,} different numbers from {numbers.min():g} to {numbers.max():g}, "
        f"median {numbers.median():g}"
    )
    notes.add("the target is a number", why, "--target-kind class", "target")
    notes.add("the metric is Spearman's rank correlation", "the target is a number", key="metric")
    if field.decimal == "" and wishes.decimal is None:
        first = field.known[field.known.str.contains(".", regex=False)].iloc[0]
        raise InputError(
            f"`{field.name}` has values such as {quoted(first)} next to whole numbers below 1,000, so its points may "
            "be decimal points or between thousands; delete those between thousands, or give --decimal point"
        )
    if field.may_be_lists and wishes.decimal is None:
        with_comma = field.known[field.known.str.contains(",", regex=False)]
        whole = field.known.drop(with_comma.index).iloc[0]
        raise InputError(
            f"{len(with_comma):,} of {len(field.known):,} values of `{field.name}` have a comma, such as "
            f"{quoted(with_comma.iloc[0])}, and others do not, such as {quoted(whole)}; since commas are between the "
            "cells, too, these may be numbers or lists of labels: give --decimal comma for numbers, or --target-kind "
            "class if each list is a class of its own"
        )
    if wishes.decimal == "point":
        return {"kind": "number", "decimal": "."}, "spearman"
    if field.decimal != "," and wishes.decimal is None:
        return {"kind": "number"}, "spearman"
    return {"kind": "number", "decimal": _decimal_comma(field, wishes, notes)}, "spearman"


def _few_numbers(field):
    """What is wrong if numbers are wished for and few values are any, in words."""
    numbers, others = field.numbers.notna().sum(), field.known[field.numbers.isna()]
    if not numbers:
        return f"no value of `{field.name}` is a number; leave the option out"
    return (
        f"only {numbers:,} of {len(field.known):,} values of `{field.name}` are numbers, the others, such as "
        f"{quoted(others.iloc[0], 24)}, are not; correct them, delete these records, or leave the option out"
    )


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
    counts = _joined(field.counts if wishes.keep_missing else field.counts.drop(list(field.missing_words)))
    least = wishes.smallest_class or 1
    kept = counts[counts >= least]
    if len(kept) < 2:
        raise InputError(
            f"`{field.name}` has {_number_of(kept)} with at least {least:,} known records, but two are needed; name "
            f"another field with --target{_advice_on_missing(field, wishes)}"
        )
    number = "two" if len(counts) == 2 else f"{len(counts):,}"
    why = f"`{field.name}` has {number} values ({_named(counts)})"
    are_numbers = len(field.numbers) and field.numbers.notna().mean() >= LEAST_NUMBERS
    option = "--target-kind number" if are_numbers else "--target NAME"
    notes.add(f"{len(counts):,} classes", why, option, "target")
    if field.blank_ends:
        why = f"{len(field.blank_ends):,} records have blanks at an end, such as {quoted(field.blank_ends[0], LONGEST)}"
        notes.add("classes that differ only in white space at their ends are one", why)
    _note_alike(kept, notes)
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


def _joined(counts):
    """The numbers of records with a whole number such as 1.0 counted as 1, if that is a class, as the reader does."""
    whole = {name: WHOLE.sub(r"\1", name) for name in counts.index}
    joined = counts.groupby(lambda name: whole[name] if whole[name] in whole else name).sum()
    return joined.sort_index().sort_values(ascending=False, kind="stable")


def _advice_on_missing(field, wishes):
    if wishes.keep_missing or not field.missing_words:
        return ""
    words = " and ".join(quoted(word) for word in field.missing_words)
    return f", or give --keep-missing if {words} is a class, not a missing value"


def _note_alike(counts, notes):
    """Say which classes differ only in case, in white space or in characters that are not seen, or are one number."""
    alike = {}
    for name in counts.index:
        alike.setdefault(_exact(name) if is_number(name) else _without_case(name), []).append(name)
    shown = [_few(names) for names in alike.values() if len(names) > 1]
    if shown:
        more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
        why = ", ".join(shown[:MOST_NAMED]) + more
        why += " differ only in case, white space or invisible characters, or are equal numbers; if they are one "
        notes.add("classes that look alike", why + "class, write them alike in the file")


def _few(names):
    more = f" and {len(names) - MOST_ALIKE:,} more" if len(names) > MOST_ALIKE else ""
    return " and ".join(f"'{_shown(name)}'" for name in names[:MOST_ALIKE]) + more


def _exact(name):
    """A number with all of its digits, which floating-point arithmetic has only 16 of; itself if it is too large."""
    try:
        return Decimal(name.replace(",", "."))
    except InvalidOperation:
        return name


def _without_case(name):
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
    return " ".join(seen.split()).casefold()


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
    shown = ", ".join(f"{_shown(value)}: {count:,}" for value, count in counts.iloc[:MOST_NAMED].items())
    return shown + (f" and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else "")


def _shown(name):
    """A class as a remark names it: shortened, and with escapes for what is not seen."""
    short = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in short)
