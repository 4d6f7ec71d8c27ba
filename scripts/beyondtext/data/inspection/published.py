"""Fields that say which split a record is in."""

from beyondtext.core.errors import InputError

TRAIN = {"train", "training", "tr", "learn", "learning"}
VALIDATION = {"validation", "valid", "val", "dev", "development"}
TEST = {"test", "testing", "tst", "holdout", "eval", "evaluation"}
SPLITS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
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
    words = list(field.counts.index)
    values = {}
    for word in words:
        split = next((split for split, known in SPLITS.items() if word.lower() in known), None)
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


def absent_split(field):
    """The split of the records of which a field with `published_values` says nothing, if that is clear, or None."""
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
