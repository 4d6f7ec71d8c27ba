"""Fields that say which split a record is in."""

from dataclasses import replace

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.inspection.fields import plain
from beyondtext.data.inspection.findings import option
from beyondtext.data.marks import NO, VALIDATION_SPLIT, YES, says_yes

TRAIN = {"train", "training", "tr", "learn", "learning"}
VALIDATION = {"validation", "valid", "val", "dev", "development"}
TEST = {"test", "testing", "tst", "holdout", "eval", "evaluation"}
SPLITS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
MOST_OTHERS = 5  # words next to those for splits: with more, these are names of something else
NAMES = {"split", "splits", "set", "subset", "partition", "datasplit", "traintest", "traintestsplit"}
MARKS = {"validation", "isvalidation", "isval", "isvalid"}
FLAGS = {"istest", "testset", "istrain", "istraining", *MARKS}
FOLDS = {"fold", "folds", "kfold", "cvfold", "partition"}
MOST_FOLDS = 20
OF_SPLIT = "part of the split"  # why a field has no other role
TRUE = "true"  # of biotrainer's VALIDATION, for the records of its training set


def published_values(field):
    """What a field calls the splits.

    Parameters
    ----------
    field : Field

    Returns
    -------
    dict of str to str or None
        The field's value by split; that of a split which no record names is missing. A field may name the test split
        only, and leave it empty elsewhere. Without a test split, that for validation is it. None if the field is
        something else, or if it has two words for the same split.
    """
    field = field.in_role("split")
    words = list(field.counts.index)
    values = {}
    for word in words:
        split = _meaning(word)
        if split is None and word.lower() == TRUE and len(words) > 2:
            split = "validation"
        if split is None or split in values:
            return None
        values[split] = word
    if "test" not in values and "validation" in values:
        values["test"] = values.pop("validation")
    if len(values) == 1 and not field.empty_share:
        return None
    return values or None


def is_split(name):
    """Whether a field's name says that its values are splits."""
    return plain(name) in NAMES | FLAGS


def merge_marks(fields, wishes, notes):
    """Merge a column that marks training records for validation, as FLIP has it, with that of the split.

    Parameters
    ----------
    fields : dict of str to Field
    wishes : Wishes
    notes : Notes

    Returns
    -------
    fields : dict of str to Field
        With the split of the marked records, `VALIDATION_SPLIT`, in place of that for training.
    merged : dict of str to str
        The column of the marks by that of the split; empty if there is none.
    """
    splits = [name for name in fields if name == wishes.split or (wishes.split is None and is_split(name))]
    for marks in (name for name in fields if plain(name) in MARKS and name not in vars(wishes).values()):
        for split in splits:
            marked = _marked(fields[split], fields[marks])
            if marked is None:
                continue
            why = f"true in {marked.sum():,} of the training records"
            notes.add(f"`{marks}` marks records of `{split}` for validation", why, key="options.columns.validation")
            values = fields[split].values.mask(marked, VALIDATION_SPLIT)
            changed = {split: replace(fields[split], values=values), marks: replace(fields[marks], aside=OF_SPLIT)}
            return fields | changed, {split: marks}
    return fields, {}


def _marked(split, marks):
    """Which training records are marked for validation; None if the fields do not say so, or if none is marked."""
    values, marked = published_values(split), says_yes(marks.values)
    if values is None or values.keys() != {"train", "test"} or marked is None or not marked.any():
        return None
    is_train = split.values == values["train"]
    return marked if is_train[marked].all() else None


def is_validation(word):
    """Whether a field's word stands for the validation split."""
    return _meaning(word) == "validation"


def split_problem(field):
    """Why the splits that a field names cannot be used, and what to do about it, in words.

    Empty if they can be used, or if neither the field's name nor words for a training split and another one among its
    values say that there are splits.
    """
    field = field.in_role("split")
    meanings = {word: _meaning(word) for word in field.counts.index}
    known = {split for split in meanings.values() if split}
    others = [word for word, split in meanings.items() if split is None]
    if published_values(field) or len(meanings) + (field.empty_share > 0) < 2:
        return ""
    if "train" not in known or len(known) < 2 or len(others) > MOST_OTHERS:
        return _problem_by_name(field)
    for split in SPLITS:
        words = [word for word, meaning in meanings.items() if meaning == split]
        if len(words) > 1:
            return f"its values {_counted(field, words)} mean the same split; write them alike in the file"
    verb = "is no known name of a split" if len(others) == 1 else "are no known names of splits"
    return (
        f"{_counted(field, others)} {verb}; call the splits train, validation and test, and delete records that belong "
        "to none"
    )


def _problem_by_name(field):
    """As `split_problem`, of a field whose values are no known words."""
    name, words = plain(field.name), list(field.counts.index)
    if name in FOLDS and len(words) <= MOST_FOLDS and all(map(str.isdecimal, words)):
        return (
            f"its values, such as {_counted(field, words[:2])}, seem to number folds; write train, validation and test "
            f"in their place, or give {option('group', field.name)} if no split may divide a fold"
        )
    if name in FLAGS and (YES | NO).issuperset(map(str.lower, words)):
        return (
            f"by its name, it marks the records of one split, by the values {_counted(field, words)}; write train, "
            "validation and test in one column instead, and name that with --split"
        )
    if name in NAMES and len(words) <= MOST_OTHERS:
        return (
            f"by its name, it says which split a record is in, but its values, {_counted(field, words)}, are not all "
            f"known names of splits; write train, validation and test in their place, and give "
            f"{option('split', field.name)}, or {option('group', field.name)} if no split may divide them"
        )
    return ""


def _meaning(word):
    """The split that a word stands for, or None."""
    return next((split for split, known in SPLITS.items() if word.lower() in known), None)


def _counted(field, words):
    return " and ".join(f"{quoted(word, 24)} ({field.counts[word]:,})" for word in words)


def absent_split(field):
    """The split of the records of which a field with `published_values` says nothing, if that is clear, or None."""
    field = field.in_role("split")
    values = published_values(field)
    if not field.empty_share or not values or {"train", "test"} <= values.keys():
        return None
    return "test" if "train" in values else "train"


def split_rule(field, seed, validation_share):
    """The task's ``split`` for a field with `published_values`.

    Raises
    ------
    InputError
        If the field does not name a training and a test split.
    """
    problem = split_problem(field)
    if problem:
        raise InputError(f"--split {field.name}: {problem}")
    values = published_values(field) or {}
    absent = absent_split(field)
    if absent:
        values[absent] = absent
    for split in ("train", "test"):
        if split not in values:
            found = ", ".join(map(repr, field.counts.index[:5]))
            raise InputError(
                f"--split {field.name}: its values are {found}, none of which is known to mean {split}; call the "
                "splits train, validation and test"
            )
    ordered = {split: values[split] for split in SPLITS if split in values}
    rule = {"method": "published", "seed": seed, "values": ordered}
    return rule if "validation" in values else {**rule, "validation_fraction": validation_share}
